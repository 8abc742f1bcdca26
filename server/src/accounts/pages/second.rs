//! The second factor: at sign-in, when it is bound, and again before a grave step.

use askama::Template;
use axum::extract::{Form, Query};
use axum::response::Response;
use serde::Deserialize;

use super::first::{Next, said, shown_with};
use super::{Come, accounts, form_token, go_on, next_page, service};
use crate::accounts::{Enrolment, Entry, Session, Stage};
use crate::web::{Access, Ask, Page, Place, Section, WebFault, html, see_other};

pub(super) fn places() -> Vec<Place> {
    vec![
        Place::get("/sign-in/code", Access::Public, code_page),
        Place::post("/sign-in/code", Access::Public, show_code),
        Place::post("/sign-in/lost", Access::Public, lost),
        Place::get("/sign-in/bind", Access::Public, bind_page),
        Place::post("/sign-in/bind", Access::Public, bind),
        Place::post("/sign-in/bind/code", Access::Public, bound),
        Place::get("/step-up", Access::SignedIn, step_up_page),
        Place::post("/step-up", Access::SignedIn, step_up),
    ]
}

#[derive(Template)]
#[template(path = "accounts/code.html")]
struct CodePage {
    page: Page,
    form: String,
    next: String,
    wrong: Option<String>,
}

fn code_form(
    ask: &Ask,
    form: &str,
    next: String,
    wrong: Option<String>,
) -> Result<Response, WebFault> {
    html(&CodePage {
        page: ask.page(Section::Account, "输入动态码"),
        form: form.to_owned(),
        next,
        wrong,
    })
}

async fn code_page(
    ask: Ask,
    come: Come,
    Query(Next { next }): Query<Next>,
) -> Result<Response, WebFault> {
    let (_, session) = come.session(&ask).await?;
    if session.stage != Stage::NeedsCode {
        return Ok(see_other(&next_page(session.stage, &next)));
    }
    code_form(&ask, form_token(&session), next, None)
}

/// A code, of the phone or for one time.
#[derive(Deserialize)]
pub(super) struct Code {
    #[serde(default)]
    pub(super) form: String,
    pub(super) code: String,
    #[serde(default)]
    pub(super) next: String,
}

async fn show_code(ask: Ask, come: Come, Form(typed): Form<Code>) -> Result<Response, WebFault> {
    let (id, session) = come.meant(&ask, &typed.form).await?;
    let shown = accounts(&ask)
        .show_code(id, &typed.code, &come.client, ask.at)
        .await;
    match shown {
        Ok(id) => {
            let session = accounts(&ask).session(&id, ask.at).await?;
            Ok(go_on(&next_page(session.stage, &typed.next), &id))
        }
        Err(error) => {
            let (status, wrong) = said(error)?;
            let mut page = code_form(&ask, form_token(&session), typed.next, Some(wrong))?;
            *page.status_mut() = status;
            Ok(page)
        }
    }
}

/// A lost phone, or a first one: the one-time code to which two administrators agreed.
async fn lost(ask: Ask, come: Come, Form(typed): Form<Code>) -> Result<Response, WebFault> {
    let (id, session) = come.meant(&ask, &typed.form).await?;
    let done = accounts(&ask)
        .redeem_second_factor(id, &typed.code, &come.client, ask.at)
        .await;
    match done {
        Ok(()) => Ok(see_other(&next_page(Stage::NeedsSecondFactor, &typed.next))),
        Err(error) => {
            let (status, wrong) = said(error)?;
            let form = form_token(&session);
            let mut page = match session.stage {
                Stage::NeedsCode => code_form(&ask, form, typed.next, Some(wrong))?,
                Stage::NeedsSecondFactor | Stage::NeedsPassword | Stage::Complete => {
                    bind_form(&ask, form, typed.next, Binding::NeedsCode, Some(wrong))?
                }
            };
            *page.status_mut() = status;
            Ok(page)
        }
    }
}

/// How far binding a phone is.
enum Binding {
    /// A one-time code comes first.
    NeedsCode,
    /// It can begin.
    Ready,
    /// It has begun: what is shown once.
    Begun(Enrolment),
    /// A code that was typed was wrong.
    Again,
}

#[derive(Template)]
#[template(path = "accounts/bind.html")]
struct BindPage {
    page: Page,
    form: String,
    next: String,
    binding: Binding,
    wrong: Option<String>,
}

fn bind_form(
    ask: &Ask,
    form: &str,
    next: String,
    binding: Binding,
    wrong: Option<String>,
) -> Result<Response, WebFault> {
    html(&BindPage {
        page: ask.page(Section::Account, "绑定动态码"),
        form: form.to_owned(),
        next,
        binding,
        wrong,
    })
}

async fn bind_page(
    ask: Ask,
    come: Come,
    Query(Next { next }): Query<Next>,
) -> Result<Response, WebFault> {
    let (id, session) = come.session(&ask).await?;
    if session.stage == Stage::NeedsCode {
        return Ok(see_other(&next_page(session.stage, &next)));
    }
    let binding = match accounts(&ask).needs_code_to_bind(id, ask.at).await? {
        true => Binding::NeedsCode,
        false => Binding::Ready,
    };
    bind_form(&ask, form_token(&session), next, binding, None)
}

/// Begins to bind; what is shown is shown once.
#[derive(Deserialize)]
struct Begin {
    #[serde(default)]
    form: String,
    #[serde(default)]
    next: String,
}

async fn bind(ask: Ask, come: Come, Form(typed): Form<Begin>) -> Result<Response, WebFault> {
    let (id, session) = come.meant(&ask, &typed.form).await?;
    let enrolment = accounts(&ask).begin_second_factor(id, ask.at).await?;
    let begun = Binding::Begun(enrolment);
    bind_form(&ask, form_token(&session), typed.next, begun, None)
}

/// Codes that are shown once.
#[derive(Template)]
#[template(path = "accounts/recovery.html")]
pub(super) struct RecoveryPage {
    pub(super) page: Page,
    pub(super) codes: Vec<String>,
    pub(super) next: String,
}

async fn bound(ask: Ask, come: Come, Form(typed): Form<Code>) -> Result<Response, WebFault> {
    let (id, session) = come.meant(&ask, &typed.form).await?;
    let done = accounts(&ask)
        .finish_second_factor(id, &typed.code, &come.client, ask.at)
        .await;
    match done {
        Ok((id, codes)) => {
            let session = accounts(&ask).session(&id, ask.at).await?;
            let page = html(&RecoveryPage {
                page: ask.page(Section::Account, "保存备用码"),
                codes: codes.0,
                next: next_page(session.stage, &typed.next),
            });
            shown_with(page, &id)
        }
        Err(error) => {
            let (status, wrong) = said(error)?;
            let form = form_token(&session);
            let mut page = bind_form(&ask, form, typed.next, Binding::Again, Some(wrong))?;
            *page.status_mut() = status;
            Ok(page)
        }
    }
}

#[derive(Template)]
#[template(path = "accounts/step_up.html")]
struct StepUpPage {
    page: Page,
    next: String,
    minutes: u32,
    has_code: bool,
    service: Option<(String, String)>,
    wrong: Option<String>,
}

fn step_up_form(
    ask: &Ask,
    session: &Session,
    next: String,
    wrong: Option<String>,
) -> Result<Response, WebFault> {
    let service = service::offered_again(ask, session);
    let has_code = match &session.entry {
        Entry::Browser { has_code, .. } => *has_code,
        Entry::Token { .. } => false,
    };
    html(&StepUpPage {
        has_code: has_code || service.is_none(),
        service,
        page: ask.page(Section::Account, "再次验证动态码"),
        next,
        minutes: accounts(ask).settings().step_up_minutes,
        wrong,
    })
}

async fn step_up_page(
    ask: Ask,
    come: Come,
    Query(Next { next }): Query<Next>,
) -> Result<Response, WebFault> {
    let (_, session) = come.session(&ask).await?;
    step_up_form(&ask, &session, next, None)
}

async fn step_up(ask: Ask, come: Come, Form(typed): Form<Code>) -> Result<Response, WebFault> {
    let (id, session) = come.session(&ask).await?;
    let shown = accounts(&ask)
        .step_up(id, &typed.code, &come.client, ask.at)
        .await;
    match shown {
        Ok(id) => Ok(go_on(&next_page(Stage::Complete, &typed.next), &id)),
        Err(error) => {
            let (status, wrong) = said(error)?;
            let mut page = step_up_form(&ask, &session, typed.next, Some(wrong))?;
            *page.status_mut() = status;
            Ok(page)
        }
    }
}
