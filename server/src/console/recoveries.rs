//! `/console/recoveries`: money that was paid and must come back.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use serde::Deserialize;
use zhida_engine::sweep::TotalFen;
use zhida_policies::values::Money;

use super::acts::Done;
use crate::table::{count, money, total};
use crate::views::payouts;
use crate::views::things;
use crate::web::{Ask, Page, Section, WebFault, html};

/// How many payouts with claims a page has.
const ROWS: u32 = 100;

/// What is asked for.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    after: String,
    #[serde(flatten)]
    done: Done,
}

/// One claim.
struct Row {
    payout: String,
    enterprise: String,
    title: String,
    number: u32,
    amount: String,
    open: String,
    recovered: String,
    offset: String,
    written_off: String,
    document: String,
    due: String,
    is_late: bool,
    is_open: bool,
}

#[derive(Template)]
#[template(path = "console/recoveries.html")]
struct RecoveriesPage {
    page: Page,
    done: Done,
    open: String,
    claims: String,
    strays: String,
    rows: Vec<Row>,
    next: Option<String>,
}

/// The page.
pub(super) async fn show(ask: Ask, Query(wanted): Query<Wanted>) -> Result<Response, WebFault> {
    let (store, scope) = (&ask.server.store, &ask.session()?.scope);
    let claimed = payouts::claimed(store, scope, (&wanted.after, ROWS)).await?;
    let is_full = u32::try_from(claimed.len()).is_ok_and(|len| len == ROWS);
    let next = claimed
        .last()
        .filter(|_| is_full)
        .map(|last| last.id.to_string());
    let (today, mut open, mut rows) = (ask.at.business_date(), 0i128, Vec::new());
    for payout in &claimed {
        for claim in &payout.claims {
            open = open.saturating_add(i128::from(claim.open().fen()));
            let is_open = claim.open() > Money::ZERO;
            rows.push(Row {
                payout: payout.id.to_string(),
                enterprise: payout.enterprise.clone(),
                title: payout.terms.title.clone(),
                number: claim.number,
                amount: money(claim.terms.amount),
                open: money(claim.open()),
                recovered: money(claim.recovered),
                offset: money(claim.offset),
                written_off: money(claim.written_off),
                document: claim.terms.document.clone(),
                due: claim.terms.due.to_string(),
                is_late: is_open && today > claim.terms.due,
                is_open,
            });
        }
    }
    let lines = things::bank_lines(store, scope).await?;
    let strays = lines.iter().filter(|line| line.matched.is_none());
    html(&RecoveriesPage {
        open: total(TotalFen::of(open)),
        claims: count(rows.len()),
        strays: count(strays.count()),
        rows,
        next,
        done: wanted.done,
        page: ask.page(Section::Console, "追回"),
    })
}
