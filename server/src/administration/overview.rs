//! What administrators see first: what waits, who is missing something, which rules hold.

use askama::Template;
use axum::extract::{Form, Query};
use axum::response::Response;
use serde::Deserialize;
use zhida_engine::payouts::Moment;

use super::{AUDIT, WaitingChange, next_of, roles, waiting_changes};
use crate::accounts::pages::{Come, clock_time};
use crate::accounts::{Awaiting, OneTime};
use crate::web::{Access, Ask, Cursor, Page, Place, Section, WebFault, html, see_other};

pub(super) fn places() -> Vec<Place> {
    vec![
        Place::get("/administration", Access::ADMINISTRATORS, overview),
        Place::post("/administration/agree", AUDIT, agree).stepped_up(),
    ]
}

/// A code that waits for agreement, as the page shows it.
struct AwaitingRow {
    account: String,
    purpose: OneTime,
    asked_by: String,
    at: String,
    /// The same to the microsecond: what is agreed to is this very code.
    made_at: i64,
}

impl AwaitingRow {
    fn of(awaiting: Awaiting) -> Self {
        Self {
            account: awaiting.account,
            purpose: awaiting.purpose,
            asked_by: awaiting.made_by,
            at: clock_time(awaiting.made_at),
            made_at: awaiting.made_at.0,
        }
    }
}

#[derive(Template)]
#[template(path = "administration/overview.html")]
struct OverviewPage {
    page: Page,
    bureau: String,
    counts: [(&'static str, u64); 5],
    stale: Vec<(String, String, String)>,
    is_first: bool,
    next: Option<String>,
    stale_days: u32,
    changes: Vec<WaitingChange>,
    awaiting: Vec<AwaitingRow>,
    profile: &'static str,
    rules: Vec<String>,
    figures: Vec<(&'static str, String)>,
    may_agree: bool,
}

impl OverviewPage {
    /// The roles that a change would give.
    fn roles_of(&self, change: &WaitingChange) -> String {
        roles(&change.user)
    }
}

async fn overview(ask: Ask, Query(cursor): Query<Cursor>) -> Result<Response, WebFault> {
    let session = ask.session()?;
    let accounts = &ask.server.accounts;
    let bureau = &session.user.bureau;
    let settings = accounts.settings();
    let counts = accounts.counts(bureau, ask.at).await?;
    let limit = cursor.limit()?;
    // One more than is shown says whether there is another page.
    let part = (cursor.after(), limit.saturating_add(1));
    let mut stale = accounts.stale_after(bureau, part, ask.at).await?;
    let next = next_of(&mut stale, limit, |one| one.user.id.to_string());
    let stale = stale.iter().map(|standing| {
        let last = standing.signed_in_at.map(clock_time).unwrap_or_default();
        (
            standing.user.id.to_string(),
            standing.user.person.to_string(),
            last,
        )
    });
    let awaiting = accounts.awaiting(bureau, ask.at).await?.into_iter();
    let shown = OverviewPage {
        page: ask.page(Section::Administration, "管理总览"),
        bureau: bureau.to_string(),
        counts: [
            ("启用的用户", counts.active),
            ("登录中", counts.signed_in),
            ("还没有设置密码", counts.without_password),
            ("缺动态码", counts.without_factor),
            ("长期未登录", counts.stale),
        ],
        stale: stale.collect(),
        is_first: cursor.is_first(),
        next,
        stale_days: settings.stale_days,
        changes: waiting_changes(&ask).await?,
        awaiting: awaiting.map(AwaitingRow::of).collect(),
        profile: settings.passwords.chinese(),
        rules: settings.passwords.rules(),
        figures: vec![
            ("无操作自动退出", format!("{} 分钟", settings.idle_minutes)),
            ("最长登录时间", format!("{} 小时", settings.session_hours)),
            ("再次验证有效", format!("{} 分钟", settings.step_up_minutes)),
            ("一次性代码有效", format!("{} 小时", settings.code_hours)),
            ("访问令牌最长", format!("{} 天", settings.token_days_max)),
        ],
        may_agree: session.is_any(&[zhida_engine::payouts::Role::AuditAdministrator]),
    };
    html(&shown)
}

#[derive(Deserialize)]
struct Which {
    account: String,
    #[serde(default)]
    purpose: String,
    #[serde(default)]
    made_by: String,
    #[serde(default)]
    made_at: i64,
}

/// The audit administrator agrees to the one-time code that he saw.
async fn agree(ask: Ask, come: Come, Form(which): Form<Which>) -> Result<Response, WebFault> {
    let (_, session) = come.session(&ask).await?;
    let purpose = OneTime::of(&which.purpose).ok_or_else(|| {
        let message = format!("没有“{}”这种一次性代码", which.purpose);
        WebFault::bad(message, "请从管理总览的列表里同意")
    })?;
    let code = Awaiting {
        account: which.account,
        purpose,
        made_by: which.made_by,
        made_at: Moment(which.made_at),
    };
    ask.server.accounts.agree(&session, &code, ask.at).await?;
    Ok(see_other("/administration"))
}
