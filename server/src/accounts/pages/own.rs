//! One's own account: password, second factor, sessions, and whom a clerk acts for.

use askama::Template;
use axum::extract::Form;
use axum::response::Response;
use serde::Deserialize;
use zhida_engine::payouts::Role;
use zhida_policies::values::Uscc;

use super::first::{Change, DIFFER, differ, said};
use super::second::RecoveryPage;
use super::{Come, accounts, clock_time, go_on};
use crate::accounts::{SessionLine, Stage, TokenLine, TokenScope};
use crate::web::{Access, Ask, Page, Place, Section, WebFault, html, see_other};

pub(super) fn places() -> Vec<Place> {
    vec![
        Place::get("/account", Access::SignedIn, account_page),
        Place::post("/account/password", Access::SignedIn, change_password),
        Place::post("/account/recovery", Access::SignedIn, renew_recovery).stepped_up(),
        Place::post("/account/drop-second-factor", Access::SignedIn, drop_factor).stepped_up(),
        Place::post("/account/end-session", Access::SignedIn, end_session),
        Place::post("/account/assist", Access::Roles(&[Role::Clerk]), assist),
    ]
}

#[derive(Template)]
#[template(path = "accounts/account.html")]
struct AccountPage {
    page: Page,
    user: String,
    person: String,
    bureau: String,
    roles: Vec<&'static str>,
    enterprise: Option<String>,
    has_second_factor: bool,
    must_have_one: bool,
    password_since: Option<String>,
    rules: Vec<String>,
    sessions: Vec<SessionRow>,
    tokens: Vec<TokenRow>,
    scopes: [TokenScope; 7],
    days_max: u32,
    is_clerk: bool,
    assists: Option<(String, String)>,
    wrong: Option<String>,
}

/// A session as the page shows it.
struct SessionRow {
    name: String,
    began: String,
    seen: String,
    source: String,
    agent: String,
    is_own: bool,
}

/// A token as the page shows it.
pub(super) struct TokenRow {
    name: String,
    title: String,
    scopes: String,
    expires: String,
    used: Option<String>,
    lives: bool,
}

impl TokenRow {
    pub(super) fn of(line: TokenLine, now: zhida_engine::payouts::Moment) -> Self {
        let scopes: Vec<&str> = line.scopes.iter().map(|scope| scope.chinese()).collect();
        Self {
            lives: line.revoked_at.is_none() && now < line.expires_at,
            name: line.name,
            title: line.title,
            scopes: scopes.join("、"),
            expires: clock_time(line.expires_at),
            used: line.used_at.map(clock_time),
        }
    }
}

fn session_row(line: SessionLine) -> SessionRow {
    SessionRow {
        name: line.name,
        began: clock_time(line.began_at),
        seen: clock_time(line.seen_at),
        source: line.source,
        agent: line.agent,
        is_own: line.is_own,
    }
}

async fn account_page(ask: Ask, come: Come) -> Result<Response, WebFault> {
    shown(&ask, &come, None).await
}

/// The page, with what went wrong.
pub(super) async fn shown(
    ask: &Ask,
    come: &Come,
    wrong: Option<String>,
) -> Result<Response, WebFault> {
    let (_, session) = come.session(ask).await?;
    let accounts = accounts(ask);
    let user = &session.user;
    let own = accounts.standing(&user.bureau, user.id.as_str(), ask.at);
    let own = own.await?;
    let sessions = accounts.own_sessions(&session, ask.at).await?;
    let tokens = accounts.tokens(Some(user.id.as_str())).await?;
    let settings = accounts.settings();
    html(&AccountPage {
        page: ask.page(Section::Account, "我的账号"),
        user: user.id.to_string(),
        person: user.person.to_string(),
        bureau: user.bureau.to_string(),
        roles: user.roles.iter().map(|role| role.chinese()).collect(),
        enterprise: user.enterprise.map(|uscc| uscc.to_string()),
        has_second_factor: own.as_ref().is_some_and(|own| own.has_second_factor),
        must_have_one: user.roles.iter().any(|role| *role != Role::Enterprise),
        password_since: own.and_then(|own| own.password_at).map(clock_time),
        rules: settings.passwords.rules(),
        sessions: sessions.into_iter().map(session_row).collect(),
        tokens: tokens
            .into_iter()
            .map(|line| TokenRow::of(line, ask.at))
            .collect(),
        scopes: TokenScope::ALL,
        days_max: settings.token_days_max,
        is_clerk: user.roles.contains(&Role::Clerk),
        assists: session
            .assists
            .as_ref()
            .map(|(of, by)| (of.to_string(), by.to_string())),
        wrong,
    })
}

async fn change_password(
    ask: Ask,
    come: Come,
    Form(typed): Form<Change>,
) -> Result<Response, WebFault> {
    let (id, _) = come.session(&ask).await?;
    if typed.new != typed.again {
        return differ(shown(&ask, &come, Some(DIFFER.to_owned())).await);
    }
    let pair = (typed.current.as_str(), typed.new.as_str());
    let changed = accounts(&ask)
        .change_password(id, pair, &come.client, ask.at)
        .await;
    match changed {
        Ok(id) => Ok(go_on("/account", &id)),
        Err(error) => {
            let (status, wrong) = said(error)?;
            let mut page = shown(&ask, &come, Some(wrong)).await?;
            *page.status_mut() = status;
            Ok(page)
        }
    }
}

async fn renew_recovery(ask: Ask, come: Come) -> Result<Response, WebFault> {
    let (id, _) = come.session(&ask).await?;
    let codes = accounts(&ask)
        .renew_recovery(id, &come.client, ask.at)
        .await?;
    html(&RecoveryPage {
        page: ask.page(Section::Account, "保存备用码"),
        codes: codes.0,
        next: "/account".to_owned(),
    })
}

async fn drop_factor(ask: Ask, come: Come) -> Result<Response, WebFault> {
    let (id, _) = come.session(&ask).await?;
    accounts(&ask)
        .drop_second_factor(id, &come.client, ask.at)
        .await?;
    Ok(see_other("/account"))
}

#[derive(Deserialize)]
struct Which {
    #[serde(default)]
    name: String,
}

/// Ends one session, or all others.
async fn end_session(ask: Ask, come: Come, Form(which): Form<Which>) -> Result<Response, WebFault> {
    let (_, session) = come.session(&ask).await?;
    let name = (!which.name.is_empty()).then_some(which.name.as_str());
    accounts(&ask)
        .end_own(&session, name, &come.client, ask.at)
        .await?;
    Ok(see_other("/account"))
}

#[derive(Deserialize)]
struct Assisted {
    #[serde(default)]
    enterprise: String,
    #[serde(default)]
    asked_by: String,
}

/// From here on a clerk acts for an enterprise, or for none.
async fn assist(ask: Ask, come: Come, Form(typed): Form<Assisted>) -> Result<Response, WebFault> {
    let (id, session) = come.session(&ask).await?;
    debug_assert_eq!(session.stage, Stage::Complete);
    let whom = match typed.enterprise.trim() {
        "" => None,
        code => match Uscc::parse(code) {
            Ok((uscc, _)) => Some((uscc, typed.asked_by.as_str())),
            Err(error) => {
                let wrong = format!("“{code}”不是统一社会信用代码:{error}");
                return differ(shown(&ask, &come, Some(wrong)).await);
            }
        },
    };
    let done = accounts(&ask).assist(id, whom, &come.client, ask.at).await;
    match done {
        Ok(()) => Ok(see_other(if whom.is_some() {
            "/my/payouts"
        } else {
            "/account"
        })),
        Err(error) => {
            let (status, wrong) = said(error)?;
            let mut page = shown(&ask, &come, Some(wrong)).await?;
            *page.status_mut() = status;
            Ok(page)
        }
    }
}
