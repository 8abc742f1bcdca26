//! Signing in with name and password, setting an account up, signing out.

use askama::Template;
use axum::extract::{Form, Query};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::{
    Come, accounts, forget_session, form_token, go_on, keep_device, keep_session, next_page,
    service,
};
use crate::accounts::{AccountError, AccountRefusal, Stage};
use crate::web::{Access, Ask, Page, Place, Section, Visitor, WebFault, html, see_other};

pub(super) fn places() -> Vec<Place> {
    vec![
        Place::get("/sign-in", Access::Public, sign_in_page),
        Place::post("/sign-in", Access::Public, sign_in),
        Place::get("/set-up", Access::Public, set_up_page),
        Place::post("/set-up", Access::Public, set_up),
        Place::get("/sign-in/password", Access::Public, password_page),
        Place::post("/sign-in/password", Access::Public, change_password),
        Place::post("/sign-out", Access::Public, sign_out),
    ]
}

/// Where somebody wanted to go.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Next {
    #[serde(default)]
    pub(super) next: String,
}

#[derive(Template)]
#[template(path = "accounts/sign_in.html")]
struct SignInPage {
    page: Page,
    next: String,
    name: String,
    services: Vec<(String, String)>,
    wrong: Option<String>,
}

async fn sign_in_page(
    ask: Ask,
    come: Come,
    Query(Next { next }): Query<Next>,
) -> Result<Response, WebFault> {
    // Whoever is in the middle goes on there.
    if let Ok((_, session)) = come.session(&ask).await {
        return Ok(see_other(&next_page(session.stage, &next)));
    }
    html(&SignInPage {
        page: ask.page(Section::Account, "登录"),
        services: service::offered(&ask),
        next,
        name: String::new(),
        wrong: None,
    })
}

#[derive(Deserialize)]
struct Credentials {
    name: String,
    password: String,
    #[serde(default)]
    next: String,
}

async fn sign_in(
    ask: Ask,
    come: Come,
    Form(typed): Form<Credentials>,
) -> Result<Response, WebFault> {
    let tried = accounts(&ask)
        .sign_in(&typed.name, &typed.password, &come.client, ask.at)
        .await;
    let signed_in = match tried {
        Ok(signed_in) => signed_in,
        Err(error) => {
            let (status, wrong) = said(error)?;
            let mut response = html(&SignInPage {
                page: ask.page(Section::Account, "登录"),
                services: service::offered(&ask),
                next: typed.next,
                name: typed.name,
                wrong: Some(wrong),
            })?;
            *response.status_mut() = status;
            return Ok(response);
        }
    };
    // What was preset in the browser before is over, whoever put it there.
    if let Some(before) = &come.id {
        accounts(&ask)
            .sign_out(before, &come.client, ask.at)
            .await?;
    }
    let path = next_page(signed_in.session.stage, &typed.next);
    let mut response = go_on(&path, &signed_in.id);
    keep_device(&mut response, &signed_in.device);
    Ok(response)
}

/// A refusal that belongs beside the form; anything else is a fault of its own.
pub(super) fn said(error: AccountError) -> Result<(StatusCode, String), WebFault> {
    match error {
        AccountError::Refused(AccountRefusal::NotSignedIn) => Err(WebFault::not_signed_in()),
        AccountError::Refused(AccountRefusal::NeedsFreshCode) => Err(WebFault::step_up()),
        AccountError::Refused(refusal) => {
            let message = refusal.to_string();
            Ok((WebFault::from(refusal).status, message))
        }
        AccountError::Store(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "accounts/set_up.html")]
struct SetUpPage {
    page: Page,
    name: String,
    rules: Vec<String>,
    wrong: Option<String>,
}

fn set_up_form(ask: &Ask, name: String, wrong: Option<String>) -> Result<Response, WebFault> {
    html(&SetUpPage {
        page: ask.page(Section::Account, "首次设置或重设密码"),
        name,
        rules: accounts(ask).settings().passwords.rules(),
        wrong,
    })
}

async fn set_up_page(ask: Ask) -> Result<Response, WebFault> {
    set_up_form(&ask, String::new(), None)
}

#[derive(Deserialize)]
struct SetUp {
    name: String,
    code: String,
    new: String,
    again: String,
}

async fn set_up(ask: Ask, come: Come, Form(typed): Form<SetUp>) -> Result<Response, WebFault> {
    if typed.new != typed.again {
        return differ(set_up_form(&ask, typed.name, Some(DIFFER.to_owned())));
    }
    let whose = (typed.name.as_str(), typed.code.as_str());
    let done = accounts(&ask)
        .redeem(whose, &typed.new, &come.client, ask.at)
        .await;
    match done {
        Ok(signed_in) => {
            let path = next_page(signed_in.session.stage, "");
            let mut response = go_on(&path, &signed_in.id);
            keep_device(&mut response, &signed_in.device);
            Ok(response)
        }
        Err(error) => {
            let (status, wrong) = said(error)?;
            let mut response = set_up_form(&ask, typed.name, Some(wrong))?;
            *response.status_mut() = status;
            Ok(response)
        }
    }
}

pub(super) const DIFFER: &str = "两次输入的新密码不一样,请重新输入";

pub(super) fn differ(page: Result<Response, WebFault>) -> Result<Response, WebFault> {
    let mut page = page?;
    *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page)
}

#[derive(Template)]
#[template(path = "accounts/password.html")]
struct PasswordPage {
    page: Page,
    form: String,
    next: String,
    rules: Vec<String>,
    wrong: Option<String>,
}

fn password_form(
    ask: &Ask,
    form: &str,
    next: String,
    wrong: Option<String>,
) -> Result<Response, WebFault> {
    html(&PasswordPage {
        page: ask.page(Section::Account, "更换密码"),
        form: form.to_owned(),
        next,
        rules: accounts(ask).settings().passwords.rules(),
        wrong,
    })
}

/// The page of a password that must be changed before anything else.
async fn password_page(
    ask: Ask,
    come: Come,
    Query(Next { next }): Query<Next>,
) -> Result<Response, WebFault> {
    let (_, session) = come.session(&ask).await?;
    if session.stage != Stage::NeedsPassword {
        return Ok(see_other(&next_page(session.stage, &next)));
    }
    password_form(&ask, form_token(&session), next, None)
}

/// A change of password.
#[derive(Deserialize)]
pub(super) struct Change {
    #[serde(default)]
    pub(super) form: String,
    pub(super) current: String,
    pub(super) new: String,
    pub(super) again: String,
    #[serde(default)]
    pub(super) next: String,
}

async fn change_password(
    ask: Ask,
    come: Come,
    Form(typed): Form<Change>,
) -> Result<Response, WebFault> {
    let (id, session) = come.meant(&ask, &typed.form).await?;
    if typed.new != typed.again {
        let wrong = Some(DIFFER.to_owned());
        return differ(password_form(&ask, form_token(&session), typed.next, wrong));
    }
    let pair = (typed.current.as_str(), typed.new.as_str());
    let changed = accounts(&ask)
        .change_password(id, pair, &come.client, ask.at)
        .await;
    match changed {
        Ok(id) => Ok(go_on(&next_page(Stage::Complete, &typed.next), &id)),
        Err(error) => {
            let (status, wrong) = said(error)?;
            let form = form_token(&session);
            let mut response = password_form(&ask, form, typed.next, Some(wrong))?;
            *response.status_mut() = status;
            Ok(response)
        }
    }
}

/// What every form of a half session carries.
#[derive(Deserialize)]
struct Out {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    form: String,
}

async fn sign_out(ask: Ask, come: Come, Form(out): Form<Out>) -> Result<Response, WebFault> {
    let mut goodbye = None;
    if let Ok((_, session)) = come.session(&ask).await {
        let token = if out.form.is_empty() {
            &out.csrf
        } else {
            &out.form
        };
        let (id, _) = come.meant(&ask, token).await?;
        accounts(&ask).sign_out(id, &come.client, ask.at).await?;
        let over = Ask {
            visitor: Visitor::Nobody,
            ..ask
        };
        goodbye = service::goodbye(&over, &session).await;
    }
    let mut response = goodbye.unwrap_or_else(|| see_other("/sign-in"));
    forget_session(&mut response);
    Ok(response)
}

/// Keeps the cookie of a session on a page that is shown at once.
pub(super) fn shown_with(page: Result<Response, WebFault>, id: &str) -> Result<Response, WebFault> {
    let mut page = page?;
    keep_session(&mut page, id);
    Ok(page)
}
