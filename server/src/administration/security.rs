//! The security log: sign-ins, refusals, codes, tokens, as the log of the installation has them.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use serde::Deserialize;
use zhida_engine::payouts::Moment;

use super::PEOPLE;
use crate::accounts::pages::clock_time;
use crate::accounts::{AccountEvent, Seen};
use crate::web::{Ask, Page, Place, Section, WebFault, html};

pub(super) fn places() -> Vec<Place> {
    vec![Place::get("/administration/security", PEOPLE, security)]
}

/// Where the list begins, and what it holds.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    before: Option<u64>,
    #[serde(default)]
    account: String,
    #[serde(default)]
    refused: Option<String>,
}

/// An event as the page shows it.
struct EventRow {
    sequence: u64,
    at: String,
    what: &'static str,
    detail: String,
    account: String,
    by: String,
    from: String,
    success: bool,
}

impl EventRow {
    fn of(seen: Seen) -> Self {
        let AccountEvent {
            account,
            by,
            from,
            success,
            what,
        } = seen.event;
        Self {
            sequence: seen.sequence,
            at: clock_time(Moment(seen.at)),
            what: what.chinese(),
            detail: what.detail(),
            account: account.unwrap_or_default(),
            by,
            from,
            success,
        }
    }
}

#[derive(Template)]
#[template(path = "administration/security.html")]
struct SecurityPage {
    page: Page,
    events: Vec<EventRow>,
    account: String,
    refused: bool,
    older: Option<u64>,
}

async fn security(ask: Ask, Query(asked): Query<Asked>) -> Result<Response, WebFault> {
    let bureau = &ask.session()?.user.bureau;
    let accounts = &ask.server.accounts;
    let account = asked.account.trim();
    let is_shown = |event: &AccountEvent| {
        let is_asked = account.is_empty() || event.account.as_deref() == Some(account);
        is_asked && (asked.refused.is_none() || !event.success)
    };
    let (events, older) = accounts.events(asked.before, bureau, is_shown).await?;
    html(&SecurityPage {
        page: ask.page(Section::Administration, "安全日志"),
        events: events.into_iter().map(EventRow::of).collect(),
        account: account.to_owned(),
        refused: asked.refused.is_some(),
        older,
    })
}
