//! The pages of sign-in and of one's own account.
//!
//! # Shape
//! Whoever is in the middle of signing in is nobody to the rest of the server; the pages here know
//! him by the cookie, and their forms carry the token of that half session. Every step that grants
//! something gives the session a new identifier, and with it a new cookie.

mod first;
mod own;
mod second;
#[cfg(feature = "openid")]
mod service;
#[cfg(test)]
pub(crate) mod tests;
mod tokens;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use subtle::ConstantTimeEq;

use crate::accounts::visitor::{DEVICE_COOKIE, SESSION_COOKIE, cookie, text};
use crate::accounts::{AccountRefusal, Accounts, Client, Entry, Session, Stage};
use crate::serve::ClientAddress;
use crate::web::{Ask, Place, Server, WebFault, see_other};

/// For how long a device keeps its cookie: 180 days in seconds.
const DEVICE_SECONDS: u32 = 180 * 24 * 3600;

/// The routes of sign-in and of one's own account.
pub(crate) fn places() -> Vec<Place> {
    let mut places = first::places();
    places.extend(second::places());
    places.extend(own::places());
    places.extend(tokens::places());
    #[cfg(feature = "openid")]
    places.extend(service::places());
    places
}

/// Where a request comes from, and with which cookie.
pub(crate) struct Come {
    /// Address, browser and device.
    pub(crate) client: Client,
    /// The identifier of a session, living or not.
    pub(crate) id: Option<String>,
    /// What shows that it is this browser that went to an identity service.
    #[cfg(feature = "openid")]
    visit: Option<String>,
}

impl FromRequestParts<Arc<Server>> for Come {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        _server: &Arc<Server>,
    ) -> Result<Self, Self::Rejection> {
        let told = parts
            .extensions
            .get::<ClientAddress>()
            .map(|client| client.0);
        let wire = || {
            let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
            peer.map(|peer| peer.0.ip())
        };
        let address = told.or_else(wire).map(|address| address.to_string());
        let agent = text(&parts.headers, header::USER_AGENT.as_str());
        let kept = |name| cookie(&parts.headers, name).map(str::to_owned);
        Ok(Self {
            client: Client {
                address: address.unwrap_or_default(),
                agent: agent.unwrap_or_default().to_owned(),
                device: kept(DEVICE_COOKIE),
            },
            id: kept(SESSION_COOKIE),
            #[cfg(feature = "openid")]
            visit: kept(crate::accounts::visitor::VISIT_COOKIE),
        })
    }
}

impl Come {
    /// The session of the cookie, in whatever stage, with its identifier.
    ///
    /// # Errors
    /// [`AccountRefusal::NotSignedIn`].
    pub(crate) async fn session(&self, ask: &Ask) -> Result<(&str, Session), WebFault> {
        let id = self.id.as_deref().ok_or(AccountRefusal::NotSignedIn)?;
        let session = accounts(ask).session(id, ask.at).await?;
        Ok((id, session))
    }

    /// The same, for a form that must carry the token of this very session.
    ///
    /// # Errors
    /// [`AccountRefusal::NotSignedIn`]; a refusal where the token is another's.
    pub(crate) async fn meant(&self, ask: &Ask, token: &str) -> Result<(&str, Session), WebFault> {
        let (id, session) = self.session(ask).await?;
        let expected = form_token(&session);
        if expected.is_empty() || !bool::from(expected.as_bytes().ct_eq(token.as_bytes())) {
            return Err(WebFault::new(
                axum::http::StatusCode::FORBIDDEN,
                "这次提交不是从本站页面发出的,或页面已经过期",
                "请刷新页面后重新提交",
            ));
        }
        Ok((id, session))
    }
}

/// Without services, none stands on the pages.
#[cfg(not(feature = "openid"))]
mod service {
    use axum::response::Response;

    use crate::accounts::Session;
    use crate::web::Ask;

    pub(super) fn offered(_ask: &Ask) -> Vec<(String, String)> {
        Vec::new()
    }

    pub(super) fn offered_again(_ask: &Ask, _session: &Session) -> Option<(String, String)> {
        None
    }

    pub(super) async fn goodbye(_ask: &Ask, _session: &Session) -> Option<Response> {
        None
    }
}

fn accounts(ask: &Ask) -> &Accounts {
    &ask.server.accounts
}

/// What the forms of a session carry.
fn form_token(session: &Session) -> &str {
    match &session.entry {
        Entry::Browser { form_token, .. } => form_token,
        Entry::Token { .. } => "",
    }
}

/// The page on which a session goes on.
fn next_page(stage: Stage, next: &str) -> String {
    match stage {
        Stage::NeedsCode => with_next("/sign-in/code", next),
        Stage::NeedsSecondFactor => with_next("/sign-in/bind", next),
        Stage::NeedsPassword => with_next("/sign-in/password", next),
        Stage::Complete if next.is_empty() => "/account".to_owned(),
        Stage::Complete => next.to_owned(),
    }
}

/// A path that remembers where somebody wanted to go.
fn with_next(path: &str, next: &str) -> String {
    if next.is_empty() {
        return path.to_owned();
    }
    let mut text = format!("{path}?next=");
    for byte in next.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                text.push(char::from(byte));
            }
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

/// Goes on to a page with the cookie of a session.
fn go_on(path: &str, id: &str) -> Response {
    let mut response = see_other(path);
    keep_session(&mut response, id);
    response
}

/// Gives the browser the cookie of a session: for this site alone, by TLS alone, out of reach of
/// scripts, and gone when the browser closes.
fn keep_session(response: &mut Response, id: &str) {
    let cookie = format!("{SESSION_COOKIE}={id}; Path=/; Secure; HttpOnly; SameSite=Lax");
    set(response, &cookie);
}

/// Gives the browser the cookie by which its device is known again.
fn keep_device(response: &mut Response, id: &str) {
    let cookie = format!(
        "{DEVICE_COOKIE}={id}; Path=/; Max-Age={DEVICE_SECONDS}; Secure; HttpOnly; SameSite=Strict"
    );
    set(response, &cookie);
}

/// Takes the cookie of a session back.
fn forget_session(response: &mut Response) {
    let cookie = format!("{SESSION_COOKIE}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax");
    set(response, &cookie);
}

fn set(response: &mut Response, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// A moment as people read it: in Beijing, to the minute.
pub(crate) fn clock_time(moment: zhida_engine::payouts::Moment) -> String {
    let at = jiff::Timestamp::from_microsecond(moment.0).unwrap_or_default();
    let beijing = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
    at.to_zoned(beijing).strftime("%Y-%m-%d %H:%M").to_string()
}
