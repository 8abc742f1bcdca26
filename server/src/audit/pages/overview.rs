//! `/audit`: how the log stands, and what the last verification found; archives of everything.

use askama::Template;
use axum::extract::Form;
use axum::response::Response;
use zhida_engine::payouts::Moment;

use super::asking::Plain;
use super::{jobs, sees_all};
use crate::console::JobRow;
use crate::store::jobs::{JobState, last_ended};
use crate::store::log;
use crate::table::count;
use crate::views::times;
use crate::web::{Ask, Page, Section, Typed, WebFault, act_typed, html, see_other};

#[derive(Template)]
#[template(path = "audit/overview.html")]
struct OverviewPage {
    page: Page,
    is_whole: bool,
    origin: String,
    key: String,
    events: String,
    files: String,
    bytes: String,
    head: Option<HeadShown>,
    /// How many events came after the last head; nothing where it covers all.
    unsigned: String,
    last: Option<Last>,
    jobs: Vec<JobRow>,
}

/// What the last verification came to, whoever asked for it.
struct Last {
    at: String,
    is_good: bool,
    /// What was found; empty where it is not for whoever looks.
    message: String,
}

/// A signed head.
struct HeadShown {
    size: String,
    root: String,
    at: String,
    note: String,
    is_signed: bool,
}

/// The page.
pub(super) async fn show(ask: Ask) -> Result<Response, WebFault> {
    let store = &ask.server.store;
    let mut transaction = store.database.read().await?;
    let head = log::latest_head(&mut transaction).await;
    let frontier = log::frontier(&mut transaction).await;
    let select = "SELECT COUNT(*) AS files, CAST(COALESCE(SUM(length), 0) AS BIGINT) AS bytes \
         FROM files";
    let files = transaction.fetch_one(select, &[]).await;
    transaction.rollback().await;
    let (head, events) = (head?, frontier?.size());
    let files = files?.ok_or_else(WebFault::missing)?;
    let public = store.key.public();
    let unsigned = events.saturating_sub(head.as_ref().map_or(0, |head| head.size));
    let head = head.map(|head| HeadShown {
        size: count(head.size),
        root: head.root.to_string(),
        at: times::minute(Moment(head.at)),
        is_signed: store
            .keys
            .iter()
            .any(|key| head.is_signed_by(key, &store.origin)),
        note: head.note(&store.origin, &public),
    });
    let is_whole = sees_all(&ask).await?;
    let last = last_ended(&store.database, "verify").await?;
    let last = last.map(|job| Last {
        at: times::minute(Moment(job.changed_at)),
        is_good: job.state == JobState::Done,
        message: job.message.filter(|_| is_whole).unwrap_or_default(),
    });
    html(&OverviewPage {
        page: ask.page(Section::Audit, "审计总览"),
        is_whole,
        origin: store.origin.clone(),
        key: public.text(),
        events: count(events),
        files: count(files.size("files")?),
        bytes: count(files.size("bytes")?),
        head,
        unsigned: match unsigned {
            0 => String::new(),
            more => count(more),
        },
        last,
        jobs: jobs::rows(&ask, "verify").await?,
    })
}

/// Has the log signed as it stands.
pub(super) async fn sign(ask: Ask, Form(form): Form<Plain>) -> Result<Response, WebFault> {
    let key = Some(form.key);
    act_typed(&ask, key, Typed::verb("head")).await?.whole()?;
    Ok(see_other("/audit"))
}

#[derive(Template)]
#[template(path = "audit/exports.html")]
struct ExportsPage {
    page: Page,
    is_whole: bool,
    jobs: Vec<JobRow>,
}

/// Archives of everything.
pub(super) async fn exports(ask: Ask) -> Result<Response, WebFault> {
    html(&ExportsPage {
        page: ask.page(Section::Audit, "审计包"),
        is_whole: sees_all(&ask).await?,
        jobs: jobs::rows(&ask, "export").await?,
    })
}
