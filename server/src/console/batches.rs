//! `/console/batches`: payouts on their way to a bank.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use zhida_engine::payouts::{Batch, BatchId, BatchState, Books, Digest, PayoutState, Role};
use zhida_policies::values::Money;

use super::acts::{Done, Offer, list};
use super::payout::{attempt_word, masked};
use super::{bulk, files, review};
use crate::table::{count, money, total};
use crate::views::payouts::{self, PayoutQuery};
use crate::views::{things, times};
use crate::web::{Ask, Page, Section, WebFault, html};

/// Who may take the files of a batch away.
pub(super) const PAYMENT: &[Role] = &[Role::PaymentMaker, Role::PaymentChecker];

/// One batch.
struct Row {
    id: String,
    execution: String,
    payer: String,
    count: String,
    total: String,
    state: &'static str,
    tone: &'static str,
}

#[derive(Template)]
#[template(path = "console/batches.html")]
struct BatchesPage {
    page: Page,
    done: Done,
    waiting: String,
    waiting_total: String,
    offers: Vec<Offer>,
    rows: Vec<Row>,
}

/// The page.
pub(super) async fn show(ask: Ask, Query(done): Query<Done>) -> Result<Response, WebFault> {
    let (store, scope) = (&ask.server.store, &ask.session()?.scope);
    let page = ask.page(Section::Console, "支付");
    let query = PayoutQuery {
        states: vec![PayoutState::Confirmed, PayoutState::Reissue],
        ..PayoutQuery::default()
    };
    let sum = payouts::sum(store, &bulk::own(&ask)?, &query).await?;
    let mut offers = Vec::new();
    if sum.count > 0 {
        let payers = review::payers(&ask).await?;
        let offer = list::named("batch").and_then(|act| Offer::of(act, &page, &[]));
        offers.extend(offer.map(|offer| {
            let offer = offer.hiding("count", sum.count).hiding("fen", sum.fen);
            offer.offering("payer", payers)
        }));
    }
    let batches = things::batches(store, scope).await?;
    html(&BatchesPage {
        waiting: count(sum.count),
        waiting_total: total(sum.total()),
        offers,
        rows: batches.iter().map(row).collect(),
        done,
        page,
    })
}

fn row(batch: &Batch) -> Row {
    Row {
        id: batch.id.to_string(),
        execution: batch.execution.to_string(),
        payer: batch.payer.to_string(),
        count: count(batch.items.len()),
        total: batch.total.map_or_else(String::new, money),
        state: batch.state.chinese(),
        tone: match batch.state {
            BatchState::Open | BatchState::Sealed => "wait",
            BatchState::Sending => "bad",
            BatchState::Sent => "good",
            BatchState::Voided => "none",
        },
    }
}

/// One payment of a batch.
struct Item {
    payout: String,
    enterprise: String,
    title: String,
    amount: String,
    state: &'static str,
    account: String,
    offers: Vec<Offer>,
}

#[derive(Template)]
#[template(path = "console/batch.html")]
struct BatchPage {
    page: Page,
    done: Done,
    batch: Row,
    message: String,
    sealed_at: String,
    sent_at: String,
    signed: Vec<String>,
    items: Vec<Item>,
    files: Vec<files::Kept>,
    may_take: bool,
    offers: Vec<Offer>,
}

/// One batch.
pub(super) async fn one(
    ask: Ask,
    Path(id): Path<String>,
    Query(done): Query<Done>,
) -> Result<Response, WebFault> {
    let (store, session) = (&ask.server.store, ask.session()?);
    let id = BatchId::new(id);
    let found = things::batch(store, &session.scope, &id).await?;
    let batch = found.ok_or_else(WebFault::missing)?;
    let page = ask.page(Section::Console, format!("批次 {id}"));
    let is_own = session.user.bureau == batch.bureau;
    let books = things::books_of(store, &id).await?;
    let (items, sum) = items(&page, &batch, &books, is_own);
    let mut shown = row(&batch);
    // Who seals counts himself; the page does not count for him.
    let seals = batch.state == BatchState::Open && page.is_any(&[Role::PaymentChecker]);
    if batch.total.is_none() && !seals {
        shown.total = money(Money::from_fen(sum));
    }
    if seals {
        shown.count = String::new();
    }
    let signed = batch.signatures.iter().map(|signed| {
        format!(
            "{} {} {}",
            signed.role.chinese(),
            signed.person,
            times::minute(signed.at)
        )
    });
    html(&BatchPage {
        message: batch.message_id.to_string(),
        sealed_at: batch.sealed_at.map_or_else(String::new, times::minute),
        sent_at: batch.sent_at.map_or_else(String::new, times::minute),
        signed: signed.collect(),
        items,
        files: batch
            .files
            .iter()
            .map(|file| files::Kept {
                name: file.name.clone(),
                form: String::new(),
                digest: file.digest.to_string(),
            })
            .collect(),
        may_take: is_own && page.is_any(PAYMENT),
        offers: if is_own {
            offers(&page, &batch)
        } else {
            Vec::new()
        },
        batch: shown,
        done,
        page,
    })
}

/// The payments of a batch, and their sum in fen.
fn items(page: &Page, batch: &Batch, books: &Books, is_own: bool) -> (Vec<Item>, i64) {
    let mut items = Vec::with_capacity(batch.items.len());
    let mut sum = 0i64;
    for (name, number) in &batch.items {
        let Some(payout) = books.payout(name) else {
            continue;
        };
        let mut attempts = payout.attempts.iter();
        let Some(attempt) = attempts.find(|attempt| attempt.number == *number) else {
            continue;
        };
        sum = sum.saturating_add(attempt.amount.fen());
        let current = books
            .payee(&payout.key.uscc)
            .and_then(|payee| payee.current());
        let details = attempt.payee.as_ref();
        let details = details.or(current.map(|version| &version.details));
        let mut offers = Vec::new();
        if is_own && batch.state == BatchState::Open {
            let offer = list::named("unbatch");
            let offer = offer.and_then(|act| Offer::of(act, page, &[batch.id.as_str()]));
            offers.extend(offer.map(|offer| offer.hiding("payout", name)));
        }
        items.push(Item {
            payout: name.to_string(),
            enterprise: payout.enterprise.clone(),
            title: payout.terms.title.clone(),
            amount: money(attempt.amount),
            state: attempt_word(attempt.state()),
            account: details.map_or_else(String::new, |details| {
                format!("{} {}", details.bank, masked(&details.account))
            }),
            offers,
        });
    }
    (items, sum)
}

fn offers(page: &Page, batch: &Batch) -> Vec<Offer> {
    let names: &[&str] = match batch.state {
        BatchState::Open => &["seal"],
        BatchState::Sealed => &["send", "void"],
        BatchState::Sending => &["send", "hand-over"],
        BatchState::Sent | BatchState::Voided => &[],
    };
    let acts = names.iter().filter_map(|name| list::named(name));
    acts.filter_map(|act| Offer::of(act, page, &[batch.id.as_str()]))
        .collect()
}

/// One frozen file of a batch, for those who pay.
pub(super) async fn file(
    ask: Ask,
    Path((id, digest)): Path<(String, String)>,
) -> Result<Response, WebFault> {
    let (store, session) = (&ask.server.store, ask.session()?);
    let found = things::batch(store, &session.scope, &BatchId::new(id)).await?;
    let batch = found.ok_or_else(WebFault::missing)?;
    // Payment files of a bureau are its own, also where another sees its batches.
    if session.user.bureau != batch.bureau {
        return Err(WebFault::missing());
    }
    let file = batch
        .files
        .iter()
        .find(|file| file.digest.as_str() == digest);
    let file = file.ok_or_else(WebFault::missing)?;
    tracing::info!(user = %session.user.id, file = %file.name, "payment file taken away");
    let bytes = store.fetch(&Digest::new(file.digest.as_str())).await?;
    Ok(files::attached(&file.name, bytes))
}
