//! What an enterprise is asked to do, and what was told to it.

use askama::Template;
use axum::extract::{Form, Path, Query};
use axum::response::Response;
use serde::Deserialize;
use zhida_engine::payouts::{Payout, PayoutState};

use super::parts::{address, encoded, enterprise};
use super::payouts::own;
use crate::messages::Holder;
use crate::messages::inbox::{self, After, Item, Tongue};
use crate::store::StoreError;
use crate::table::{count, money};
use crate::views::payout_steps::told;
use crate::views::times::minute;
use crate::web::{Access, Ask, Language, Page, Place, Section, WebFault, html, see_other};

/// Messages on one page.
const MESSAGES: u32 = 20;

/// The routes.
pub(super) fn places() -> Vec<Place> {
    vec![
        Place::get("/my/messages", Access::Enterprise, messages),
        Place::get("/my/messages/{key}", Access::Enterprise, message),
        Place::post("/my/messages/{key}/read", Access::Enterprise, read),
    ]
}

/// One thing to do.
struct Todo {
    path: String,
    title: String,
    text: String,
    is_urgent: bool,
}

/// One message in the list.
struct Line {
    path: String,
    subject: String,
    on: String,
    is_new: bool,
}

#[derive(Template)]
#[template(path = "portal/my_messages.html")]
struct Messages {
    page: Page,
    todo: Vec<Todo>,
    unread: String,
    lines: Vec<Line>,
    next: Option<String>,
}

/// Where the list begins.
#[derive(Deserialize)]
struct Turn {
    #[serde(default)]
    at: Option<i64>,
    #[serde(default)]
    after: Option<String>,
}

fn tongue(ask: &Ask) -> Tongue {
    match ask.language {
        Language::Chinese => Tongue::Chinese,
        Language::English => Tongue::English,
    }
}

async fn messages(ask: Ask, Query(turn): Query<Turn>) -> Result<Response, WebFault> {
    let holder = Holder::Enterprise(enterprise(&ask)?);
    let database = &ask.server.store.database;
    let after = turn.at.zip(turn.after).map(|(at, key)| After { at, key });
    let (is_first, wanted) = (after.is_none(), MESSAGES.saturating_add(1));
    let mut items = inbox::list(database, &holder, tongue(&ask), after.as_ref(), wanted).await?;
    let shown = usize::try_from(MESSAGES).unwrap_or(usize::MAX);
    let is_more = items.len() > shown;
    items.truncate(shown);
    let next = items.last().filter(|_| is_more).map(|last| {
        let at = last.at.to_string();
        address(
            "/my/messages",
            [("at", at.as_str()), ("after", last.key.as_str())],
        )
    });
    let unread = inbox::unread(database, &holder).await?;
    html(&Messages {
        page: ask.page(Section::Portal, "消息"),
        todo: if is_first {
            todo(&ask).await?
        } else {
            Vec::new()
        },
        unread: count(unread),
        lines: items.iter().map(line).collect(),
        next,
    })
}

/// What waits for the enterprise.
async fn todo(ask: &Ask) -> Result<Vec<Todo>, WebFault> {
    let payouts = own(ask).await?;
    let waiting = payouts.iter().filter(|payout| {
        matches!(
            payout.state(),
            PayoutState::AwaitPayee | PayoutState::Returned | PayoutState::Rejected
        )
    });
    Ok(waiting.map(one_to_do).collect())
}

fn one_to_do(payout: &Payout) -> Todo {
    let is_urgent = payout.state() == PayoutState::AwaitPayee;
    let until = payout.confirm_until.filter(|_| is_urgent);
    let until = until.map_or_else(String::new, |until| {
        format!(",请在 {until} 前办理,逾期视为放弃")
    });
    Todo {
        path: format!("/my/payouts/{}", payout.id),
        title: payout.terms.title.clone(),
        text: format!("{} 元:{}{until}", money(payout.amount), told(payout)),
        is_urgent,
    }
}

fn line(item: &Item) -> Line {
    Line {
        path: format!("/my/messages/{}", encoded(&item.key)),
        subject: item.subject.clone(),
        on: minute(zhida_engine::payouts::Moment(item.at)),
        is_new: item.read_at.is_none(),
    }
}

#[derive(Template)]
#[template(path = "portal/my_message.html")]
struct MessagePage {
    page: Page,
    subject: String,
    paragraphs: Vec<String>,
    on: String,
    path: String,
    is_new: bool,
    payout: Option<String>,
}

/// One message of the enterprise; of those of others nothing is told.
async fn find(ask: &Ask, key: &str) -> Result<Item, WebFault> {
    let holder = Holder::Enterprise(enterprise(ask)?);
    let database = &ask.server.store.database;
    let found = inbox::find(database, &holder, tongue(ask), key).await?;
    found.ok_or_else(WebFault::missing)
}

async fn message(ask: Ask, Path(key): Path<String>) -> Result<Response, WebFault> {
    let item = find(&ask, &key).await?;
    let payouts = own(&ask).await?;
    let about = item.about.as_deref();
    let payout = payouts
        .iter()
        .find(|payout| about == Some(payout.id.as_str()));
    html(&MessagePage {
        page: ask.page(Section::Portal, item.subject.clone()),
        paragraphs: item.body.lines().map(str::to_owned).collect(),
        on: minute(zhida_engine::payouts::Moment(item.at)),
        path: format!("/my/messages/{}", encoded(&item.key)),
        is_new: item.read_at.is_none(),
        payout: payout.map(|payout| payout.id.to_string()),
        subject: item.subject,
    })
}

/// What a form carries; only its token is needed.
#[derive(Deserialize)]
struct Nothing {}

async fn read(
    ask: Ask,
    Path(key): Path<String>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, WebFault> {
    let item = find(&ask, &key).await?;
    let holder = Holder::Enterprise(enterprise(&ask)?);
    let now = ask.at.0;
    let written: Result<bool, StoreError> = ask
        .server
        .store
        .database
        .write(|mut transaction| {
            let (holder, key) = (holder.clone(), item.key.clone());
            async move { inbox::mark_read(&mut transaction, &holder, &key, now).await }
        })
        .await;
    written?;
    Ok(see_other("/my/messages"))
}
