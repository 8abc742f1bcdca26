//! `/console/reconciliation`: what we ordered, what the bank did, what the books say.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use zhida_engine::payouts::{
    BankLine, Batch, BatchState, BudgetLine, FactKind, LedgerAccount, LineMatch, Payout,
    PayoutState,
};
use zhida_engine::sweep::TotalFen;
use zhida_policies::values::Money;

use super::acts::{Done, Offer, list};
use super::bulk;
use super::payout::question_word;
use super::rows::PayoutRow;
use crate::masking;
use crate::table::{count, money, total};
use crate::views::payouts::{self, PayoutQuery};
use crate::views::things;
use crate::web::{Ask, Page, Section, WebFault, html};

/// How many batches are compared.
const BATCHES_MAX: usize = 12;
/// How many payouts with questions are shown.
const QUESTIONS_MAX: u32 = 500;

/// One batch on three sides.
struct Side {
    batch: String,
    on: String,
    ordered: String,
    moved: String,
    returned: String,
    open: String,
    tone: &'static str,
}

/// One movement that nobody ordered.
struct Stray {
    id: String,
    on: String,
    amount: String,
    payer: String,
    text: String,
    matched: String,
}

/// One account of one budget line.
struct Balance {
    line: String,
    account: &'static str,
    amount: String,
}

/// A payout with what must be asked about it.
struct Questioned {
    row: PayoutRow,
    questions: Vec<String>,
}

#[derive(Template)]
#[template(path = "console/reconciliation.html")]
struct ReconciliationPage {
    page: Page,
    done: Done,
    paid: String,
    paid_total: String,
    closed: Vec<String>,
    settles: Vec<Offer>,
    closes: Vec<Offer>,
    sides: Vec<Side>,
    balances: Vec<Balance>,
    strays: Vec<Stray>,
    unknown: Vec<PayoutRow>,
    questions: Vec<Questioned>,
}

/// The page.
pub(super) async fn show(ask: Ask, Query(done): Query<Done>) -> Result<Response, WebFault> {
    let (store, scope) = (&ask.server.store, &ask.session()?.scope);
    let page = ask.page(Section::Console, "对账");
    let today = ask.at.business_date();
    let of_states = |states: &[PayoutState]| PayoutQuery {
        states: states.to_vec(),
        ..PayoutQuery::default()
    };
    let sum = payouts::sum(store, &bulk::own(&ask)?, &of_states(&[PayoutState::Paid])).await?;
    let mut settles = Vec::new();
    if sum.count > 0 {
        let offer = list::named("settle-all").and_then(|act| Offer::of(act, &page, &[]));
        settles.extend(offer.map(|offer| offer.hiding("count", sum.count).hiding("fen", sum.fen)));
    }
    let close = list::named("close").and_then(|act| Offer::of(act, &page, &[]));
    let settings = things::settings(store, scope).await?;
    let closed = settings.iter().filter_map(|settings| {
        let until = settings.closed_until?;
        Some(format!("{} {until}", settings.bureau))
    });
    let unknown = of_states(&[PayoutState::Unknown]);
    let unknown = payouts::page(store, scope, &unknown, ("", 100)).await?;
    let lines = things::lines(store, scope).await?;
    let strays = things::bank_lines(store, scope).await?;
    html(&ReconciliationPage {
        paid: count(sum.count),
        paid_total: total(sum.total()),
        closed: closed.collect(),
        settles,
        closes: close.into_iter().collect(),
        sides: sides(&ask).await?,
        balances: lines.iter().flat_map(balances).collect(),
        strays: strays.iter().map(stray).collect(),
        unknown: PayoutRow::all(&unknown.payouts, today),
        questions: questions(&ask).await?,
        done,
        page,
    })
}

/// The last batches that were sent: what they ordered beside what the bank says.
async fn sides(ask: &Ask) -> Result<Vec<Side>, WebFault> {
    let (store, scope) = (&ask.server.store, &ask.session()?.scope);
    let batches = things::batches(store, scope).await?;
    let sent = batches
        .iter()
        .filter(|batch| matches!(batch.state, BatchState::Sending | BatchState::Sent));
    let mut sides = Vec::new();
    for batch in sent.take(BATCHES_MAX) {
        let books = things::books_of(store, &batch.id).await?;
        let of = |(id, number): &(_, u32)| {
            let payout = books.payout(id)?;
            payout
                .attempts
                .iter()
                .find(|attempt| attempt.number == *number)
        };
        let attempts: Vec<_> = batch.items.iter().filter_map(of).collect();
        let facts = |kind: FactKind| {
            let told = attempts.iter().flat_map(|attempt| {
                let facts = attempt.facts.iter().filter(move |fact| fact.kind == kind);
                facts.map(|fact| fact.amount.unwrap_or(attempt.amount))
            });
            sum_of(told)
        };
        let open = attempts.iter().filter(|attempt| attempt.state().is_alive());
        sides.push(side(
            batch,
            (
                sum_of(attempts.iter().map(|attempt| attempt.amount)),
                facts(FactKind::Booked),
            ),
            (
                facts(FactKind::Returned),
                sum_of(open.map(|attempt| attempt.amount)),
            ),
        ));
    }
    Ok(sides)
}

fn side(batch: &Batch, (ordered, moved): (i128, i128), (returned, open): (i128, i128)) -> Side {
    let shown = |fen: i128| total(TotalFen::of(fen));
    Side {
        batch: batch.id.to_string(),
        on: batch.execution.to_string(),
        ordered: shown(ordered),
        moved: shown(moved),
        returned: shown(returned),
        open: shown(open),
        tone: match (open, returned) {
            (0, 0) => "good",
            (0, _) => "wait",
            _ => "bad",
        },
    }
}

fn sum_of(amounts: impl Iterator<Item = Money>) -> i128 {
    amounts.fold(0, |sum, amount| {
        sum.saturating_add(i128::from(amount.fen()))
    })
}

fn balances(line: &BudgetLine) -> Vec<Balance> {
    let account = |account: LedgerAccount| {
        let fen = line.balance(account);
        (fen != 0).then(|| Balance {
            line: line.id.to_string(),
            account: account.chinese(),
            amount: money(Money::from_fen(fen)),
        })
    };
    LedgerAccount::ALL.into_iter().filter_map(account).collect()
}

fn stray(line: &BankLine) -> Stray {
    Stray {
        id: line.id.to_string(),
        on: line.on.to_string(),
        amount: money(line.amount),
        payer: line.payer.to_string(),
        text: masked(&line.text),
        matched: match &line.matched {
            None => String::new(),
            Some(LineMatch::Claim { payout, claim }) => format!("{payout} 第 {claim} 号追回"),
            Some(LineMatch::Instruction { payout, attempt }) => {
                format!("就是 {payout} 第 {attempt} 次支付")
            }
            Some(LineMatch::Reversal(other)) => format!("与 {other} 互为冲正"),
        },
    }
}

/// What a bank has said that people must look into.
async fn questions(ask: &Ask) -> Result<Vec<Questioned>, WebFault> {
    let (store, scope) = (&ask.server.store, &ask.session()?.scope);
    let asked = payouts::questioned(store, scope, ("", QUESTIONS_MAX)).await?;
    let today = ask.at.business_date();
    let questioned = |payout: &Payout| {
        let attempts = payout.attempts.iter();
        let questions = attempts.flat_map(zhida_engine::payouts::Attempt::questions);
        Questioned {
            row: PayoutRow::of(payout, today),
            questions: questions.map(|question| question_word(&question)).collect(),
        }
    };
    Ok(asked.iter().map(questioned).collect())
}

/// What a bank wrote beside a movement, with the numbers of people and accounts covered.
pub(super) fn masked(text: &str) -> String {
    masking::free_text(text, &[], masking::Audience::Official)
}
