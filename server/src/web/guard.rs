//! What stands before every handler: who visits, whether they may, and whether they meant it.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use subtle::ConstantTimeEq;

use super::fault::WebFault;
use super::language::Language;
use super::place::Access;
use super::state::Server;
use super::visitor::{Session, Via, Visitor};
use crate::serve::ClientAddress;

/// The cookie that keeps the language.
pub(super) const LANGUAGE_COOKIE: &str = "language";
/// The greatest form.
const FORM_BYTES_MAX: usize = 256 * 1024;
/// The field of a form, and the header of a script, that carry the token back.
const FIELD: &str = "csrf";
const HEADER: &str = "x-csrf-token";

/// What a place asks of its visitors.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) access: Access,
    pub(super) token_scope: Option<&'static str>,
    pub(super) is_stepped_up: bool,
}

/// Finds out who visits, before anything else.
pub(super) async fn recognise(
    State(server): State<Arc<Server>>,
    mut request: Request,
    next: Next,
) -> Result<Response, WebFault> {
    let visitor = server
        .recogniser
        .recognise(&server, request.headers())
        .await?;
    let language = language(&request);
    let at = server.clock.now();
    let extensions = request.extensions_mut();
    extensions.insert(visitor.clone());
    extensions.insert(language);
    extensions.insert(at);
    let mut response = next.run(request).await;
    // Whoever tells a fault tells it to the same visitor.
    let extensions = response.extensions_mut();
    extensions.insert(visitor);
    extensions.insert(language);
    Ok(response)
}

/// Lets those through who may use the place.
pub(super) async fn admit(
    State((server, asked)): State<(Arc<Server>, Asked)>,
    request: Request,
    next: Next,
) -> Result<Response, WebFault> {
    let visitor = request.extensions().get::<Visitor>().cloned();
    let visitor = visitor.unwrap_or(Visitor::Nobody);
    if !asked.access.admits(&visitor) {
        return Err(match visitor {
            Visitor::Nobody => WebFault::not_signed_in(),
            Visitor::Person(session) => {
                tracing::warn!(user = %session.user.id, "refused by role");
                refused(&server, &session, asked_for(&request)).await?;
                WebFault::forbidden()
            }
        });
    }
    let Visitor::Person(session) = &visitor else {
        return Ok(next.run(request).await);
    };
    if let Via::Token(scopes) = &session.via {
        let is_in = asked
            .token_scope
            .is_some_and(|scope| scopes.contains(scope));
        if !is_in && asked.access != Access::Public {
            refused(&server, session, asked_for(&request)).await?;
            return Err(WebFault::forbidden());
        }
    }
    // A program shows its owner's code with the request itself.
    if asked.is_stepped_up && !session.has_stepped_up(server.clock.now()) {
        return Err(WebFault::step_up());
    }
    if let Via::Token(_) = &session.via {
        return Ok(next.run(request).await);
    }
    let request = match *request.method() {
        Method::GET | Method::HEAD | Method::OPTIONS => request,
        _ => meant(request, &session.csrf).await?,
    };
    Ok(next.run(request).await)
}

/// Keeps in the log who asked for what he has no right to.
async fn refused(
    server: &Server,
    session: &Session,
    (what, address): (String, String),
) -> Result<(), WebFault> {
    let (who, now) = (Some(session.user.id.as_str()), server.clock.now());
    let kept = server.accounts.forbidden(who, &address, &what, now).await;
    kept.map_err(WebFault::from)
}

/// What a request asks for, and from where.
fn asked_for(request: &Request) -> (String, String) {
    let address = request.extensions().get::<ClientAddress>();
    let address = address.map(|address| address.0.to_string());
    let what = format!("{} {}", request.method(), request.uri().path());
    (what, address.unwrap_or_default())
}

/// A request that carries the token of the session back.
async fn meant(request: Request, csrf: &str) -> Result<Request, WebFault> {
    let sent = request.headers().get(HEADER).cloned();
    if let Some(sent) = sent {
        same(sent.as_bytes(), csrf)?;
        return Ok(request);
    }
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.starts_with("multipart/form-data") {
        // The token is its first field: [`Upload`] reads nothing before it has seen it.
        let (mut parts, body) = request.into_parts();
        parts.extensions.insert(Pending(csrf.to_owned()));
        return Ok(Request::from_parts(parts, body));
    }
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, FORM_BYTES_MAX).await.map_err(|_| {
        WebFault::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "提交的内容太大",
            "请减少一次提交的内容",
        )
    })?;
    same(&field(&bytes), csrf)?;
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

/// The token of a form.
fn field(bytes: &Bytes) -> Vec<u8> {
    let mut fields = bytes.split(|byte| *byte == b'&');
    let prefix = format!("{FIELD}=");
    let found = fields.find_map(|field| field.strip_prefix(prefix.as_bytes()));
    found.unwrap_or_default().to_vec()
}

fn same(sent: &[u8], csrf: &str) -> Result<(), WebFault> {
    if !csrf.is_empty() && bool::from(sent.ct_eq(csrf.as_bytes())) {
        return Ok(());
    }
    Err(WebFault::new(
        StatusCode::FORBIDDEN,
        "这次提交不是从本站页面发出的,或页面已经过期",
        "请刷新页面后重新提交",
    ))
}

/// The token that the first field of an upload has to carry.
#[derive(Clone)]
struct Pending(String);

/// A form with files, whose first field was the token of the session.
pub(crate) struct Upload(pub(crate) Multipart);

impl FromRequest<Arc<Server>> for Upload {
    type Rejection = WebFault;

    async fn from_request(request: Request, server: &Arc<Server>) -> Result<Self, WebFault> {
        let pending = request.extensions().get::<Pending>().cloned();
        let unreadable = |error: &dyn std::fmt::Display| {
            WebFault::bad(format!("上传的内容读不出来:{error}"), "请重新选择文件上传")
        };
        let mut multipart = Multipart::from_request(request, server)
            .await
            .map_err(|error| unreadable(&error))?;
        if let Some(Pending(csrf)) = pending {
            let first = multipart
                .next_field()
                .await
                .map_err(|error| unreadable(&error))?;
            let sent = match first {
                Some(first) if first.name() == Some(FIELD) => {
                    first.bytes().await.map_err(|error| unreadable(&error))?
                }
                _ => Bytes::new(),
            };
            same(&sent, &csrf)?;
        }
        Ok(Self(multipart))
    }
}

fn language(request: &Request) -> Language {
    let cookies = request.headers().get_all(header::COOKIE).iter();
    let cookies = cookies.filter_map(|cookie| cookie.to_str().ok());
    let mut pairs = cookies.flat_map(|cookie| cookie.split(';'));
    let kept = pairs.find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == LANGUAGE_COOKIE).then_some(value)
    });
    kept.map(Language::of_tag).unwrap_or_default()
}
