//! `/console/payouts/{id}`: one payout with all that happened to it.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use zhida_engine::payouts::{
    Attempt, AttemptState, BankFact, FactKind, Payout, PayoutId, PayoutState, Question,
};
use zhida_policies::values::Money;

use super::acts::{Choice, Done, Offer, list};
use super::rows::PayoutRow;
use super::trace::{self, Trace};
use crate::masking;
use crate::table::money;
use crate::views::payouts::{self, PayoutQuery};
use crate::views::{things, times};
use crate::web::{Ask, Page, Section, WebFault, html};

/// One line of what people did.
struct Signed {
    role: &'static str,
    person: String,
    in_place_of: String,
    at: String,
}

/// One objection.
struct Objected {
    number: u32,
    by: String,
    at: String,
    is_open: bool,
}

/// One instruction.
struct Tried {
    number: u32,
    amount: String,
    state: &'static str,
    name: String,
    batch: String,
    payee: String,
    facts: Vec<Told>,
    questions: Vec<String>,
}

/// One thing that the bank said.
struct Told {
    kind: &'static str,
    amount: String,
    on: String,
    reference: String,
    reason: String,
}

/// One claim.
struct Claimed {
    number: u32,
    amount: String,
    open: String,
    recovered: String,
    document: String,
    due: String,
}

/// One account with what stands in it for this payout.
struct Booked {
    account: &'static str,
    amount: String,
}

/// A stretch of the way.
struct Stretch {
    title: &'static str,
    class: &'static str,
}

#[derive(Template)]
#[template(path = "console/payout.html")]
struct PayoutPage {
    page: Page,
    done: Done,
    row: PayoutRow,
    document: String,
    line: String,
    unpaid: String,
    sweep: String,
    award: String,
    way: Vec<Stretch>,
    signed: Vec<Signed>,
    objections: Vec<Objected>,
    notice: Option<(String, String)>,
    confirm_until: String,
    attempts: Vec<Tried>,
    claims: Vec<Claimed>,
    booked: Vec<Booked>,
    trace: Trace,
    offers: Vec<Offer>,
}

/// The page.
pub(super) async fn show(
    ask: Ask,
    Path(id): Path<String>,
    Query(done): Query<Done>,
) -> Result<Response, WebFault> {
    let session = ask.session()?;
    let found = payouts::find(&ask.server.store, &session.scope, &PayoutId::new(&id)).await?;
    let payout = found.ok_or_else(WebFault::missing)?;
    let page = ask.page(Section::Console, format!("{} {}", payout.enterprise, id));
    let offers = offers(&ask, &page, &payout).await?;
    let trace = trace::of(&ask, &payout).await?;
    let booked = payout.booked().into_iter().map(|(account, fen)| Booked {
        account: account.chinese(),
        amount: crate::table::total(zhida_engine::sweep::TotalFen::of(fen)),
    });
    let day = |day: Option<zhida_policies::values::Date>| {
        day.map_or_else(String::new, |day| day.to_string())
    };
    html(&PayoutPage {
        row: PayoutRow::of(&payout, ask.at.business_date()),
        document: payout.terms.document.clone(),
        line: payout.line.to_string(),
        unpaid: money(payout.unpaid()),
        sweep: payout.origin.sweep.to_string(),
        award: payout.origin.award.to_string(),
        way: way(payout.state()),
        signed: payout.signatures.iter().map(signed).collect(),
        objections: payout.objections.iter().map(objected).collect(),
        notice: payout
            .notice
            .as_ref()
            .map(|notice| (notice.to_string(), day(payout.notice_until))),
        confirm_until: day(payout.confirm_until),
        attempts: payout.attempts.iter().map(tried).collect(),
        claims: payout.claims.iter().map(claimed).collect(),
        booked: booked.collect(),
        trace,
        offers,
        done,
        page,
    })
}

/// The stretches of the way, with the one where the payout is now.
fn way(state: PayoutState) -> Vec<Stretch> {
    const WAY: [&str; 8] = [
        "核算", "提出", "复核", "审批", "公示", "确认", "支付", "办结",
    ];
    let (place, is_stopped) = match state {
        PayoutState::Computed => (0, false),
        PayoutState::Proposed => (1, false),
        PayoutState::Checked => (2, false),
        PayoutState::Approved => (3, false),
        PayoutState::OnNotice => (4, false),
        PayoutState::Objected => (4, true),
        PayoutState::AwaitPayee => (5, false),
        PayoutState::Declined | PayoutState::Expired => (5, true),
        PayoutState::Confirmed
        | PayoutState::Batched
        | PayoutState::Sealed
        | PayoutState::Sending
        | PayoutState::Sent
        | PayoutState::Accepted
        | PayoutState::Reissue => (6, false),
        PayoutState::Unknown
        | PayoutState::Rejected
        | PayoutState::Returned
        | PayoutState::Cancelled => (6, true),
        PayoutState::Paid => (7, false),
        PayoutState::Settled => (WAY.len(), false),
    };
    let stretch = |(number, title): (usize, &&'static str)| Stretch {
        title,
        class: match number.cmp(&place) {
            std::cmp::Ordering::Less => "done",
            std::cmp::Ordering::Equal if is_stopped => "stopped",
            std::cmp::Ordering::Equal => "now",
            std::cmp::Ordering::Greater => "",
        },
    };
    WAY.iter().enumerate().map(stretch).collect()
}

fn signed(signature: &zhida_engine::payouts::Signature) -> Signed {
    let of = signature.in_place_of.as_ref();
    Signed {
        role: signature.role.chinese(),
        person: signature.person.to_string(),
        in_place_of: of.map_or_else(String::new, ToString::to_string),
        at: times::minute(signature.at),
    }
}

fn objected(objection: &zhida_engine::payouts::Objection) -> Objected {
    Objected {
        number: objection.number,
        by: objection.by.clone(),
        at: times::minute(objection.at),
        is_open: objection.is_open(),
    }
}

fn tried(attempt: &Attempt) -> Tried {
    let payee = attempt.payee.as_ref();
    Tried {
        number: attempt.number,
        amount: money(attempt.amount),
        state: attempt_word(attempt.state()),
        name: attempt.end_to_end_id.to_string(),
        batch: attempt.batch.to_string(),
        payee: payee.map_or_else(String::new, |payee| {
            format!("{} {} {}", payee.name, masked(&payee.account), payee.bank)
        }),
        facts: attempt.facts.iter().map(told).collect(),
        questions: attempt.questions().iter().map(question_word).collect(),
    }
}

/// An account by its last four digits.
pub(super) fn masked(account: &str) -> String {
    masking::bank_account(account, masking::Audience::Official)
}

/// What a bank said, in words.
pub(crate) const fn bank_said(kind: FactKind) -> &'static str {
    match kind {
        FactKind::Accepted => "银行已受理",
        FactKind::Unclear => "含义不明",
        FactKind::Rejected => "拒付",
        FactKind::Booked => "已扣款",
        FactKind::Returned => "退回",
        FactKind::Duplicate => "重复",
    }
}

fn told(fact: &BankFact) -> Told {
    Told {
        kind: bank_said(fact.kind),
        amount: fact.amount.map_or_else(String::new, money),
        on: fact.on.map_or_else(String::new, |on| on.to_string()),
        reference: fact.reference.clone(),
        reason: fact.reason.clone().unwrap_or_default(),
    }
}

fn claimed(claim: &zhida_engine::payouts::Claim) -> Claimed {
    Claimed {
        number: claim.number,
        amount: money(claim.terms.amount),
        open: money(claim.open()),
        recovered: money(claim.recovered),
        document: claim.terms.document.clone(),
        due: claim.terms.due.to_string(),
    }
}

/// Where an attempt stands, in words.
pub(crate) const fn attempt_word(state: AttemptState) -> &'static str {
    match state {
        AttemptState::Batched => "已组批",
        AttemptState::Sealed => "已封批",
        AttemptState::Sending => "发送中",
        AttemptState::Sent => "已发送",
        AttemptState::Accepted => "银行已受理",
        AttemptState::Unknown => "状态未知",
        AttemptState::Paid => "已支付",
        AttemptState::PartReturned => "部分退回",
        AttemptState::Returned => "已退票",
        AttemptState::Rejected => "银行拒付",
        AttemptState::Voided => "未发出,已作废",
        AttemptState::Disputed => "有争议,挂在未达",
    }
}

/// A question in words.
pub(super) fn question_word(question: &Question) -> String {
    let word = match question {
        Question::Contradiction => "银行既说已付又说拒付",
        Question::ReturnedUnpaid => "没有付出的记录,却有退回",
        Question::BookedTwice => "银行扣款不止一次",
        Question::ReturnedTooMuch => "退回的比付出的多",
        Question::Duplicate => "银行说以前收到过这条指令",
        Question::Unclear => "银行的答复含义不明",
        Question::Mismatch(_) => "答复的金额或账号与指令不符",
        Question::PaidAfterReplacement => "已另行支付的指令又被银行付出",
        Question::NeverSent => "银行答复了没有送出的指令",
    };
    word.to_owned()
}

/// What can be done with a payout now, by whoever looks.
async fn offers(ask: &Ask, page: &Page, payout: &Payout) -> Result<Vec<Offer>, WebFault> {
    if ask.session()?.user.bureau != payout.key.bureau {
        return Ok(Vec::new());
    }
    let (state, id) = (payout.state(), payout.id.as_str());
    let mut offers = Vec::new();
    for act in list::PAYOUT.iter().chain(list::AFTER) {
        let is_now = match act.name {
            "question" => payout.has_questions(),
            "reissue" => {
                act.states.contains(&state)
                    && (state != PayoutState::Paid || payout.open_return() > Money::ZERO)
            }
            "recover" | "write-off" | "offset" | "withdraw-claim" => has_claim(payout),
            "resolve" | "amend" => payout.has_open_objection(),
            _ => act.states.contains(&state),
        };
        if is_now {
            offers.extend(Offer::of(act, page, &[id]));
        }
    }
    let (lines, others) = (lines(ask).await?, others(ask, payout).await?);
    let open = payout.objections.iter().find(|one| one.is_open());
    let claim = payout
        .claims
        .iter()
        .find(|claim| claim.open() > Money::ZERO);
    let filled = offers.into_iter().map(|offer| {
        let mut offer = offer.offering("line", lines.clone());
        offer = offer.offering("against", others.clone());
        if let Some(open) = open {
            offer = offer.filled("objection", open.number);
        }
        if let Some(claim) = claim {
            offer = offer.filled("claim", claim.number);
        }
        offer.filled("place", 1)
    });
    Ok(filled.collect())
}

fn has_claim(payout: &Payout) -> bool {
    let mut claims = payout.claims.iter();
    claims.any(|claim| claim.open() > Money::ZERO)
}

/// Money that came in and belongs to nothing yet.
async fn lines(ask: &Ask) -> Result<Vec<Choice>, WebFault> {
    let lines = things::bank_lines(&ask.server.store, &super::bulk::own(ask)?).await?;
    let open = lines.iter().filter(|line| line.matched.is_none());
    let open = open.filter(|line| line.amount > Money::ZERO);
    let choice = |line: &zhida_engine::payouts::BankLine| Choice {
        value: line.id.to_string(),
        label: format!(
            "{} {} {}",
            line.on,
            money(line.amount),
            super::reconciliation::masked(&line.text)
        ),
    };
    Ok(open.map(choice).collect())
}

/// What else the enterprise is owed.
async fn others(ask: &Ask, payout: &Payout) -> Result<Vec<Choice>, WebFault> {
    let query = PayoutQuery {
        enterprise: Some(payout.key.uscc),
        states: vec![
            PayoutState::Confirmed,
            PayoutState::AwaitPayee,
            PayoutState::Reissue,
        ],
        ..PayoutQuery::default()
    };
    let own = super::bulk::own(ask)?;
    let found = payouts::page(&ask.server.store, &own, &query, ("", 100)).await?;
    let others = found.payouts.iter().filter(|other| other.id != payout.id);
    let choice = |other: &Payout| Choice {
        value: other.id.to_string(),
        label: format!("{} {}", money(other.amount), other.terms.title),
    };
    Ok(others.map(choice).collect())
}
