//! The inbox: what was told, the latest first, read and unread.

use askama::Template;
use axum::extract::{Form, Query};
use axum::response::Response;
use serde::Deserialize;

use super::{holder, minute, tongue};
use crate::messages::inbox::{self, After, Item};
use crate::messages::outbox::Holder;
use crate::web::{Access, Ask, Cursor, Page, Place, Section, WebFault, html, see_other};

pub(super) fn places() -> Vec<Place> {
    vec![
        Place::get("/inbox", Access::SignedIn, list),
        Place::post("/inbox/read", Access::SignedIn, read),
    ]
}

/// A message as the page shows it.
struct Row {
    key: String,
    subject: String,
    paragraphs: Vec<String>,
    at: String,
    /// Where the reader can act on it.
    path: Option<String>,
    is_unread: bool,
}

#[derive(Template)]
#[template(path = "messages/inbox.html")]
struct Inbox {
    page: Page,
    rows: Vec<Row>,
    unread: u64,
    next: Option<String>,
}

async fn list(ask: Ask, Query(cursor): Query<Cursor>) -> Result<Response, WebFault> {
    let holder = holder(&ask)?;
    let database = &ask.server.store.database;
    let after = cursor.after.as_deref().filter(|text| !text.is_empty());
    let after = after.map(after_of).transpose()?;
    let limit = cursor.limit()?;
    let items = inbox::list(database, &holder, tongue(&ask), after.as_ref(), limit).await?;
    let is_full = u32::try_from(items.len()).is_ok_and(|count| count == limit);
    let next = items.last().filter(|_| is_full);
    let next = next.map(|last| format!("/inbox?after={}.{}", last.at, escaped(&last.key)));
    html(&Inbox {
        page: ask.page(Section::Portal, "消息"),
        rows: items.into_iter().map(|item| row(item, &holder)).collect(),
        unread: inbox::unread(database, &holder).await?,
        next,
    })
}

fn row(item: Item, holder: &Holder) -> Row {
    let is_enterprise = matches!(holder, Holder::Enterprise(_));
    let about = item.about.filter(|_| is_enterprise);
    let path = match item.kind.split('.').next() {
        Some("payout") => about.map(|payout| format!("/my/payouts/{payout}")),
        Some("policy") => Some("/my/measures".to_owned()).filter(|_| is_enterprise),
        Some(_) | None => None,
    };
    Row {
        key: item.key,
        subject: item.subject,
        paragraphs: item.body.split("\n\n").map(str::to_owned).collect(),
        at: minute(item.at),
        path,
        is_unread: item.read_at.is_none(),
    }
}

fn after_of(text: &str) -> Result<After, WebFault> {
    let parts = text.split_once('.');
    let after = parts.and_then(|(at, key)| {
        let (at, key) = (at.parse().ok()?, key.to_owned());
        Some(After { at, key })
    });
    after.ok_or_else(|| WebFault::bad("after 写得不对", "请从第一页重新翻起"))
}

/// As a part of an address.
fn escaped(text: &str) -> String {
    let mut found = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte) {
            found.push(char::from(byte));
        } else {
            found.push_str(&format!("%{byte:02X}"));
        }
    }
    found
}

#[derive(Deserialize)]
struct Read {
    key: String,
}

async fn read(ask: Ask, Form(form): Form<Read>) -> Result<Response, WebFault> {
    let holder = holder(&ask)?;
    let mut transaction = ask.server.store.database.begin().await?;
    let found = inbox::mark_read(&mut transaction, &holder, &form.key, ask.at.0).await?;
    transaction.commit().await?;
    match found {
        true => Ok(see_other("/inbox")),
        false => Err(WebFault::missing()),
    }
}
