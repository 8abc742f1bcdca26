//! Users: who there is, what he may do, and the codes that he is handed.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Form, Path, Query};
use axum::response::Response;
use serde::Deserialize;
use zhida_engine::payouts::Role;

use super::{AUDIT, PEOPLE, SECURITY, WaitingChange, next_of, roles, waiting_changes};
use crate::accounts::pages::{Come, clock_time};
use crate::accounts::{By, Issued, Standing};
use crate::web::{
    Access, Ask, Cursor, Page, Place, Section, Typed, WebFault, act_typed, html, see_other,
};

pub(super) fn places() -> Vec<Place> {
    vec![
        Place::get("/administration/users", Access::ADMINISTRATORS, users),
        Place::get("/administration/users/{user}", PEOPLE, one_user),
        Place::post("/administration/propose", SECURITY, propose).stepped_up(),
        Place::post("/administration/suspend", SECURITY, suspend).stepped_up(),
        Place::post("/administration/code", SECURITY, issue).stepped_up(),
        Place::post("/administration/second-factor", SECURITY, issue_factor).stepped_up(),
        Place::post("/administration/token", SECURITY, revoke).stepped_up(),
        Place::post("/administration/sign", AUDIT, sign).stepped_up(),
        Place::post("/administration/withdraw", PEOPLE, withdraw),
    ]
}

/// A user as the list shows him.
struct UserRow {
    id: String,
    person: String,
    roles: String,
    is_active: bool,
    has_password: bool,
    lacks_second_factor: bool,
    has_second_factor: bool,
    /// Whether binding a phone takes a one-time code.
    may_bind_by_code: bool,
    is_stale: bool,
    last: String,
    sessions: u64,
}

impl UserRow {
    fn of(standing: &Standing) -> Self {
        Self {
            id: standing.user.id.to_string(),
            person: standing.user.person.to_string(),
            roles: roles(&standing.user),
            is_active: standing.user.is_active,
            has_password: standing.has_password,
            lacks_second_factor: standing.lacks_second_factor,
            has_second_factor: standing.has_second_factor,
            may_bind_by_code: standing.has_second_factor
                || (standing.lacks_second_factor && standing.is_linked),
            is_stale: standing.is_stale,
            last: standing.signed_in_at.map(clock_time).unwrap_or_default(),
            sessions: standing.sessions,
        }
    }
}

#[derive(Template)]
#[template(path = "administration/users.html")]
struct UsersPage {
    page: Page,
    bureau: String,
    users: Vec<UserRow>,
    is_first: bool,
    next: Option<String>,
    changes: Vec<WaitingChange>,
    all_roles: [Role; 12],
    may_propose: bool,
    may_sign: bool,
}

impl UsersPage {
    fn roles_of(&self, change: &WaitingChange) -> String {
        roles(&change.user)
    }
}

async fn users(ask: Ask, Query(cursor): Query<Cursor>) -> Result<Response, WebFault> {
    let session = ask.session()?;
    let bureau = &session.user.bureau;
    let limit = cursor.limit()?;
    // One more than is shown says whether there is another page.
    let part = (cursor.after(), limit.saturating_add(1));
    let accounts = &ask.server.accounts;
    let mut standings = accounts.standings_after(bureau, part, ask.at).await?;
    let next = next_of(&mut standings, limit, |one| one.user.id.to_string());
    html(&UsersPage {
        page: ask.page(Section::Administration, "用户与职责"),
        bureau: bureau.to_string(),
        users: standings.iter().map(UserRow::of).collect(),
        is_first: cursor.is_first(),
        next,
        changes: waiting_changes(&ask).await?,
        all_roles: Role::ALL,
        may_propose: session.is_any(&[Role::SecurityAdministrator]),
        may_sign: session.is_any(&[Role::AuditAdministrator]),
    })
}

#[derive(Template)]
#[template(path = "administration/user.html")]
struct UserPage {
    page: Page,
    row: UserRow,
    bureau: String,
    enterprise: String,
    approves_up_to: String,
    all_roles: Vec<(Role, bool)>,
    tokens: Vec<(String, String, String)>,
    may_propose: bool,
    is_own: bool,
}

async fn one_user(ask: Ask, Path(user): Path<String>) -> Result<Response, WebFault> {
    let session = ask.session()?;
    let accounts = &ask.server.accounts;
    let bureau = &session.user.bureau;
    let standing = accounts.standing(bureau, &user, ask.at).await?;
    let standing = standing.ok_or_else(WebFault::missing)?;
    let tokens = accounts.tokens(Some(&user)).await?;
    let living = tokens
        .into_iter()
        .filter(|token| token.revoked_at.is_none() && ask.at < token.expires_at);
    let has = |role: Role| (role, standing.user.roles.contains(&role));
    let enterprise = standing.user.enterprise.map(|uscc| uscc.to_string());
    let limit = standing.user.approves_up_to.map(|limit| limit.to_string());
    html(&UserPage {
        page: ask.page(Section::Administration, "用户"),
        bureau: bureau.to_string(),
        enterprise: enterprise.unwrap_or_default(),
        approves_up_to: limit.unwrap_or_default(),
        all_roles: Role::ALL.into_iter().map(has).collect(),
        tokens: living
            .map(|token| (token.name, token.title, clock_time(token.expires_at)))
            .collect(),
        may_propose: session.is_any(&[Role::SecurityAdministrator]),
        is_own: standing.user.person == session.user.person,
        row: UserRow::of(&standing),
    })
}

/// A user as he is to be: one field for each role, since forms know no lists.
type Asked = BTreeMap<String, String>;

/// Asks for a user as he is to be; the audit administrator signs.
async fn propose(ask: Ask, Form(asked): Form<Asked>) -> Result<Response, WebFault> {
    let bureau = ask.session()?.user.bureau.clone();
    let said = |name: &str| {
        asked
            .get(name)
            .map(|text| text.trim())
            .filter(|t| !t.is_empty())
    };
    let missing = |what: &str| WebFault::bad(format!("没有写{what}"), "请填写后重新提交");
    let id = said("id").ok_or_else(|| missing("账号"))?;
    let person = said("person").ok_or_else(|| missing("姓名"))?;
    let mut typed = Typed::verb("user")
        .option("--person", person)
        .option("--bureau", bureau)
        .maybe("--enterprise", said("enterprise"))
        .maybe("--approves-up-to", said("approves_up_to"));
    for (place, role) in Role::ALL.into_iter().enumerate() {
        if asked.contains_key(&format!("role-{place}")) {
            typed = typed.option("--role", role.chinese());
        }
    }
    let key = asked.get("key").cloned();
    act_typed(&ask, key, typed.of(id)).await?.whole()?;
    Ok(see_other("/administration/users"))
}

#[derive(Deserialize)]
struct Which {
    account: String,
    #[serde(default)]
    name: String,
}

/// Stops an account at once: in the books, and all that it could still sign in with.
async fn suspend(ask: Ask, come: Come, Form(which): Form<Which>) -> Result<Response, WebFault> {
    let (_, session) = come.session(&ask).await?;
    let typed = Typed::verb("suspend").of(&which.account);
    act_typed(&ask, None, typed).await?.whole()?;
    let by = By::Session(&session);
    ask.server.accounts.shut(by, &which.account, ask.at).await?;
    Ok(see_other("/administration/users"))
}

/// A code that is shown once.
#[derive(Template)]
#[template(path = "administration/issued.html")]
struct IssuedPage {
    page: Page,
    account: String,
    purpose: &'static str,
    code: String,
    expires: String,
    needs_agreement: bool,
}

fn shown(ask: &Ask, issued: Issued) -> Result<Response, WebFault> {
    html(&IssuedPage {
        page: ask.page(Section::Administration, "一次性代码"),
        account: issued.account,
        purpose: issued.purpose.chinese(),
        code: issued.code,
        expires: clock_time(issued.expires),
        needs_agreement: issued.needs_agreement,
    })
}

async fn issue(ask: Ask, come: Come, Form(which): Form<Which>) -> Result<Response, WebFault> {
    let (_, session) = come.session(&ask).await?;
    let accounts = &ask.server.accounts;
    let issued = accounts
        .issue(By::Session(&session), &which.account, ask.at)
        .await?;
    shown(&ask, issued)
}

async fn issue_factor(
    ask: Ask,
    come: Come,
    Form(which): Form<Which>,
) -> Result<Response, WebFault> {
    let (_, session) = come.session(&ask).await?;
    let by = By::Session(&session);
    let accounts = &ask.server.accounts;
    let issued = accounts
        .issue_for_second_factor(by, &which.account, ask.at)
        .await?;
    shown(&ask, issued)
}

async fn revoke(ask: Ask, come: Come, Form(which): Form<Which>) -> Result<Response, WebFault> {
    let (_, session) = come.session(&ask).await?;
    let by = By::Session(&session);
    ask.server
        .accounts
        .revoke_token(by, &which.name, ask.at)
        .await?;
    Ok(see_other(&format!(
        "/administration/users/{}",
        which.account
    )))
}

#[derive(Deserialize)]
struct Change {
    change: String,
    #[serde(default)]
    reason: String,
}

async fn sign(ask: Ask, Form(change): Form<Change>) -> Result<Response, WebFault> {
    let typed = Typed::verb("sign").of(&change.change);
    act_typed(&ask, None, typed).await?.whole()?;
    Ok(see_other("/administration/users"))
}

async fn withdraw(ask: Ask, Form(change): Form<Change>) -> Result<Response, WebFault> {
    let typed = Typed::verb("withdraw")
        .option("--reason", change.reason.trim())
        .of(&change.change);
    act_typed(&ask, None, typed).await?.whole()?;
    Ok(see_other("/administration/users"))
}
