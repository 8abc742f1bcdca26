//! Public notices: those that run, those that ran, and each list as it was sealed.

use askama::Template;
use axum::extract::{Path, Query};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use zhida_engine::payouts::{Notice, NoticeId};

use crate::table::{count, money};
use crate::views::public::{self, Sheet, is_running};
use crate::web::{Access, Ask, Page, Place, Section, WebFault, html};

/// Notices that are over on one page.
const PAST: usize = 20;
/// Rows of a list on one page.
const ROWS: usize = 100;

/// The routes.
pub(super) fn places() -> Vec<Place> {
    vec![
        Place::get("/notices", Access::Public, list),
        Place::get("/notices/{id}", Access::Public, show),
        Place::get("/notices/{id}/{form}", Access::Public, file),
    ]
}

/// One notice in the list.
struct Line {
    id: String,
    title: String,
    bureau: String,
    from: String,
    until: String,
    rows: String,
    total: String,
}

#[derive(Template)]
#[template(path = "portal/notices.html")]
struct Notices {
    page: Page,
    running: Vec<Line>,
    past: Vec<Line>,
    previous: Option<usize>,
    next: Option<usize>,
}

/// Which page.
#[derive(Deserialize)]
struct Turn {
    #[serde(default)]
    page: Option<usize>,
}

async fn list(ask: Ask, Query(turn): Query<Turn>) -> Result<Response, WebFault> {
    let today = ask.at.business_date();
    let all = public::notices(&ask.server.store).await?;
    // What is to begin is not public before its day.
    let shown = all.into_iter().filter(|notice| notice.from <= today);
    let (running, past): (Vec<Notice>, Vec<Notice>) =
        shown.partition(|notice| is_running(notice, today));
    let page = turn.page.unwrap_or(1).clamp(1, 10_000);
    let skipped = page.saturating_sub(1).saturating_mul(PAST);
    let is_more = past.len() > skipped.saturating_add(PAST);
    let mut lines = (Vec::new(), Vec::new());
    for notice in &running {
        lines.0.push(line(&ask, notice).await?);
    }
    for notice in past.iter().skip(skipped).take(PAST) {
        lines.1.push(line(&ask, notice).await?);
    }
    html(&Notices {
        page: ask.page(Section::Portal, "公示"),
        running: lines.0,
        past: lines.1,
        previous: (page > 1).then(|| page.saturating_sub(1)),
        next: is_more.then(|| page.saturating_add(1)),
    })
}

async fn line(ask: &Ask, notice: &Notice) -> Result<Line, WebFault> {
    let sheet = public::sheet(&ask.server.store, notice).await?;
    let sheet = sheet.unwrap_or_default();
    Ok(Line {
        id: notice.id.to_string(),
        title: title(&sheet),
        bureau: notice.bureau.to_string(),
        from: notice.from.to_string(),
        until: notice.until.to_string(),
        rows: count(notice.payouts.len()),
        total: money(sheet.total),
    })
}

fn title(sheet: &Sheet) -> String {
    match sheet.title.as_str() {
        "" => "拟兑付名单公示".to_owned(),
        title => title.to_owned(),
    }
}

#[derive(Template)]
#[template(path = "portal/notice.html")]
struct NoticePage {
    page: Page,
    id: String,
    title: String,
    bureau: String,
    from: String,
    until: String,
    is_running: bool,
    total: String,
    count: String,
    sheet: Sheet,
    rows: Vec<Row>,
    digest: String,
    has_files: bool,
    previous: Option<usize>,
    next: Option<usize>,
}

/// One row of the list.
struct Row {
    number: String,
    uscc: String,
    enterprise: String,
    amount: String,
    is_provisional: bool,
}

/// A notice that has begun; of one to come nothing is told.
pub(super) async fn find(ask: &Ask, id: &str) -> Result<Notice, WebFault> {
    let found = public::notice(&ask.server.store, &NoticeId::new(id)).await?;
    let found = found.filter(|notice| notice.from <= ask.at.business_date());
    found.ok_or_else(WebFault::missing)
}

async fn show(
    ask: Ask,
    Path(id): Path<String>,
    Query(turn): Query<Turn>,
) -> Result<Response, WebFault> {
    let notice = find(&ask, &id).await?;
    let kept = public::sheet(&ask.server.store, &notice).await?;
    let has_files = kept.is_some();
    let sheet = kept.unwrap_or_default();
    let page = turn.page.unwrap_or(1).clamp(1, 10_000);
    let skipped = page.saturating_sub(1).saturating_mul(ROWS);
    let rows = sheet.rows.iter().skip(skipped).take(ROWS).map(|row| Row {
        number: row.number.clone(),
        uscc: row.uscc.clone(),
        enterprise: row.enterprise.clone(),
        amount: money(row.amount),
        is_provisional: row.is_provisional,
    });
    let title = title(&sheet);
    html(&NoticePage {
        page: ask.page(Section::Portal, title.clone()),
        id: notice.id.to_string(),
        title,
        bureau: notice.bureau.to_string(),
        from: notice.from.to_string(),
        until: notice.until.to_string(),
        is_running: is_running(&notice, ask.at.business_date()),
        total: money(sheet.total),
        count: count(notice.payouts.len()),
        rows: rows.collect(),
        digest: notice.sheet.to_string(),
        has_files,
        previous: (page > 1).then(|| page.saturating_sub(1)),
        next: (sheet.rows.len() > skipped.saturating_add(ROWS)).then(|| page.saturating_add(1)),
        sheet,
    })
}

/// The forms of a list, and how each is given.
const FORMS: [(&str, &str); 4] = [
    ("html", "text/html; charset=utf-8"),
    (
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    ("csv", "text/csv; charset=utf-8"),
    ("txt", "text/plain; charset=utf-8"),
];

/// A list to take away, byte for byte as it was sealed.
async fn file(ask: Ask, Path((id, name)): Path<(String, String)>) -> Result<Response, WebFault> {
    let notice = find(&ask, &id).await?;
    let form = name.strip_prefix("list.").unwrap_or_default();
    let known = FORMS.iter().find(|(known, _)| *known == form);
    let (form, kind) = known.ok_or_else(WebFault::missing)?;
    let bytes = public::form(&ask.server.store, &notice, form).await?;
    let bytes = bytes.ok_or_else(WebFault::missing)?;
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let disposition = format!("attachment; filename=\"notice.{form}\"");
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    Ok(response)
}
