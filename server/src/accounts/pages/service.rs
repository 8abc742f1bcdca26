//! Signing in by an identity service: going there, and coming back.
//!
//! # Shape
//! A form may not lead to another site: the rule for forms (`form-action`) holds for redirects too,
//! and a service may send the browser on to further names of its own. So the answer to the form
//! is a page that leads on, by itself and by a link.

use askama::Template;
use axum::extract::{Form, Path, Query};
use axum::http::HeaderValue;
use axum::http::header::REFRESH;
use axum::response::Response;
use reqwest::Url;
use serde::Deserialize;
use zhida_engine::payouts::{Actor, Command, Order, User};

use super::{Come, accounts, go_on, keep_device, next_page, set};
use crate::accounts::openid::{Answer, Entered, Errand, ServiceRefusal, WhyNot};
use crate::accounts::visitor::VISIT_COOKIE;
use crate::accounts::{AccountRefusal, Entry, Session, Stage};
use crate::store::{Answered, Request};
use crate::web::{Access, Ask, Page, Place, Section, WebFault, html};

/// For how long a browser keeps the cookie of a visit: as long as the visit lasts.
const VISIT_SECONDS: u32 = 600;

pub(super) fn places() -> Vec<Place> {
    vec![
        Place::post("/sign-in/by", Access::Public, go),
        Place::get("/sign-in/back/{service}", Access::Public, come_back),
        Place::post("/step-up/by", Access::SignedIn, go_again),
    ]
}

/// The services that stand on the page of sign-in: name and label.
pub(super) fn offered(ask: &Ask) -> Vec<(String, String)> {
    let services = accounts(ask).services().values();
    let named = |service: &std::sync::Arc<crate::accounts::openid::Service>| {
        let label = service.settings().label.clone();
        (service.name().to_owned(), label)
    };
    services.map(named).collect()
}

/// The service that can show again who is there: the one by which he came, where it sees a second
/// factor.
pub(super) fn offered_again(ask: &Ask, session: &Session) -> Option<(String, String)> {
    let Entry::Browser { service, .. } = &session.entry else {
        return None;
    };
    let service = accounts(ask).services().get(service.as_deref()?)?;
    let settings = service.settings();
    let can = settings.second_factor.is_set();
    can.then(|| (service.name().to_owned(), settings.label.clone()))
}

/// A page that leads on to another site.
#[derive(Template)]
#[template(path = "accounts/leaving.html")]
struct LeavingPage {
    page: Page,
    label: String,
    address: String,
    is_goodbye: bool,
}

fn leaving(ask: &Ask, label: &str, address: &Url, is_goodbye: bool) -> Result<Response, WebFault> {
    let title = if is_goodbye {
        "已退出"
    } else {
        "正在前往身份服务"
    };
    let mut page = ask.page(Section::Account, title);
    // What was posted to cannot be looked at: another language begins where everybody begins.
    page.path = "/sign-in".to_owned();
    let mut response = html(&LeavingPage {
        page,
        label: label.to_owned(),
        address: address.to_string(),
        is_goodbye,
    })?;
    // An address of the url crate is ASCII, and has neither blanks nor line ends.
    let refresh = HeaderValue::from_str(&format!("0; url={address}"));
    if let Ok(refresh) = refresh {
        response.headers_mut().insert(REFRESH, refresh);
    }
    Ok(response)
}

/// The page after signing out here, for whoever came by a service: it leads on to its own.
pub(super) async fn goodbye(ask: &Ask, session: &Session) -> Option<Response> {
    let Entry::Browser { service, .. } = &session.entry else {
        return None;
    };
    let service = accounts(ask).services().get(service.as_deref()?)?;
    let address = service.goodbye(ask.at).await?;
    leaving(ask, &service.settings().label, &address, true).ok()
}

#[derive(Deserialize)]
struct Which {
    service: String,
    #[serde(default)]
    next: String,
}

async fn go(ask: Ask, come: Come, Form(which): Form<Which>) -> Result<Response, WebFault> {
    set_out(&ask, &come, &which, Errand::SignIn).await
}

async fn go_again(ask: Ask, come: Come, Form(which): Form<Which>) -> Result<Response, WebFault> {
    let (_, session) = come.session(&ask).await?;
    if offered_again(&ask, &session).is_none_or(|(name, _)| name != which.service) {
        return Err(WebFault::missing());
    }
    set_out(&ask, &come, &which, Errand::StepUp(session.name)).await
}

async fn set_out(
    ask: &Ask,
    come: &Come,
    which: &Which,
    errand: Errand,
) -> Result<Response, WebFault> {
    let accounts = accounts(ask);
    let wish = (errand, which.next.as_str());
    let going = accounts
        .go(&which.service, wish, &come.client, ask.at)
        .await?;
    let label = &accounts.service(&which.service)?.settings().label;
    let mut response = leaving(ask, label, &going.address, false)?;
    let cookie = format!(
        "{VISIT_COOKIE}={}; Path=/; Max-Age={VISIT_SECONDS}; Secure; HttpOnly; SameSite=Lax",
        going.cookie
    );
    set(&mut response, &cookie);
    Ok(response)
}

async fn come_back(
    ask: Ask,
    come: Come,
    Path(name): Path<String>,
    Query(answer): Query<Answer>,
) -> Result<Response, WebFault> {
    let accounts = accounts(&ask);
    let service = accounts.service(&name)?;
    let cookie = come.visit.as_deref();
    let back = accounts
        .come_back(&name, cookie, &answer, &come.client, ask.at)
        .await?;
    let mut response = match &back.errand {
        Errand::StepUp(_) => {
            let (id, _) = come.session(&ask).await?;
            let id = accounts
                .step_up_by(service, id, &back, &come.client, ask.at)
                .await?;
            go_on(&next_page(Stage::Complete, &back.next), &id)
        }
        Errand::SignIn => {
            let (verified, client) = (&back.verified, &come.client);
            let mut entered = accounts.enter(service, verified, client, ask.at).await?;
            if let Entered::First(user) = entered {
                set_up(&ask, *user).await?;
                entered = accounts.enter(service, verified, client, ask.at).await?;
            }
            let Entered::In(signed_in) = entered else {
                let label = service.settings().label.clone();
                let why = WhyNot::WrongAccount;
                return Err(AccountRefusal::from(ServiceRefusal { label, why }).into());
            };
            // What was preset in the browser before is over, whoever put it there.
            if let Some(before) = &come.id {
                accounts.sign_out(before, client, ask.at).await?;
            }
            let path = next_page(signed_in.session.stage, &back.next);
            let mut response = go_on(&path, &signed_in.id);
            keep_device(&mut response, &signed_in.device);
            response
        }
    };
    let over = format!("{VISIT_COOKIE}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax");
    set(&mut response, &over);
    Ok(response)
}

/// Makes the user of an enterprise that came for the first time.
async fn set_up(ask: &Ask, user: User) -> Result<(), WebFault> {
    let key = format!("identity/{}", user.id);
    let order = Order {
        actor: Actor::System,
        at: ask.at,
        command: Command::SetUp { user },
    };
    let answers = ask.server.store.submit(&[Request { key, order }]).await?;
    match answers.into_iter().next() {
        Some(Answered::Done { .. }) => Ok(()),
        Some(Answered::Refused { code, message, .. }) => {
            Err(WebFault::refused(Some(code), message))
        }
        None => Err(WebFault::broken("an order without an answer")),
    }
}
