//! Who a request comes from: by the cookie of a session, or by an API token.

use std::sync::Arc;

use axum::http::{HeaderMap, header};
use zhida_engine::payouts::PersonId;
use zhida_policies::values::Uscc;

#[cfg(feature = "openid")]
use crate::accounts::openid::WhyNot;
use crate::accounts::session::{Entry, Session};
use crate::accounts::{AccountError, AccountRefusal, Client};
use crate::web::{self, Recognised, Recogniser, Server, Still, Via, Visitor, WebFault};

/// The cookie that holds the identifier of a session.
pub(crate) const SESSION_COOKIE: &str = "__Host-zhida";
/// The cookie by which a device is known again.
pub(crate) const DEVICE_COOKIE: &str = "__Host-zhida-device";
/// The cookie of somebody who has gone to an identity service.
#[cfg(feature = "openid")]
pub(crate) const VISIT_COOKIE: &str = "__Host-zhida-visit";
/// With a token: a fresh code of the second factor, for this request alone.
const CODE: &str = "zhida-code";
/// With the token of a clerk: for which enterprise, and who of it asked (percent-encoded).
const FOR_ENTERPRISE: &str = "zhida-for-enterprise";
const ASKED_BY: &str = "zhida-asked-by";

/// Knows visitors by their accounts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SignIns;

impl Recogniser for SignIns {
    fn recognise<'a>(&'a self, server: &'a Server, headers: &'a HeaderMap) -> Recognised<'a> {
        Box::pin(async move {
            let now = server.clock.now();
            let found = match bearer(headers) {
                Some(token) => {
                    let session = server.accounts.token(token, now).await;
                    match session {
                        Ok(session) => with_headers(server, session, headers).await.map(Some),
                        Err(error) => Err(error),
                    }
                }
                None => match cookie(headers, SESSION_COOKIE) {
                    Some(id) => server.accounts.session(id, now).await.map(Some),
                    None => Ok(None),
                },
            };
            match found {
                Ok(Some(session)) if session.stage.is_complete() => {
                    Ok(Visitor::Person(Arc::new(visitor(session))))
                }
                Ok(Some(_) | None) => Ok(Visitor::Nobody),
                Err(AccountError::Refused(AccountRefusal::NotSignedIn)) => Ok(Visitor::Nobody),
                Err(error) => Err(error.into()),
            }
        })
    }

    fn lives<'a>(&'a self, server: &'a Server, session: &'a web::Session) -> Still<'a> {
        Box::pin(async move {
            let now = server.clock.now();
            let lives = match session.via {
                Via::Browser => server.accounts.session_lives(&session.name, now).await,
                Via::Token(_) => server.accounts.token_lives(&session.name, now).await,
            };
            lives.map_err(WebFault::from)
        })
    }
}

/// What else a program says in its headers.
async fn with_headers(
    server: &Server,
    session: Session,
    headers: &HeaderMap,
) -> Result<Session, AccountError> {
    let mut session = session;
    if let Some(code) = text(headers, CODE) {
        let client = Client {
            address: "接口".to_owned(),
            ..Client::default()
        };
        let now = server.clock.now();
        session = server
            .accounts
            .step_up_once(session, code, &client, now)
            .await?;
    }
    if let Some(enterprise) = text(headers, FOR_ENTERPRISE) {
        let unknown = |_| AccountRefusal::NoSuchThing(format!("企业代码“{enterprise}”"));
        let (enterprise, _) = Uscc::parse(enterprise).map_err(unknown)?;
        let asked_by = text(headers, ASKED_BY).map(decoded).unwrap_or_default();
        session.assisting(enterprise, &asked_by)?;
        session.assists = Some((enterprise, PersonId::new(asked_by.trim())));
    }
    Ok(session)
}

/// The session as the rest of the server knows it.
fn visitor(session: Session) -> web::Session {
    let scope = match session.scope.enterprise() {
        Some(enterprise) => web::Scope::Enterprise(enterprise),
        None => web::Scope::Bureaus(session.scope.bureaus().clone()),
    };
    let (via, csrf) = match session.entry {
        Entry::Browser { form_token, .. } => (Via::Browser, form_token),
        Entry::Token { scopes, .. } => {
            let words = scopes.iter().map(|scope| scope.word().to_owned());
            (Via::Token(words.collect()), String::new())
        }
    };
    web::Session {
        user: session.user,
        scope,
        via,
        csrf,
        name: session.name,
        stepped_up_at: session.stepped_up_at,
        stepped_up_until: session.stepped_up_until,
        assists: session.assists,
    }
}

/// The token of a request.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = text(headers, header::AUTHORIZATION.as_str())?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

/// The value of a cookie.
pub(crate) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(header::COOKIE).iter();
    let lines = lines.filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';'));
    pairs.find_map(|pair| {
        let (found, value) = pair.trim().split_once('=')?;
        (found == name).then_some(value)
    })
}

pub(crate) fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// A text that was percent-encoded, as headers carry Chinese.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (first, byte) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            (first, _) => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl From<AccountError> for WebFault {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Store(error) => error.into(),
            AccountError::Refused(refusal) => refusal.into(),
        }
    }
}

impl From<AccountRefusal> for WebFault {
    fn from(refusal: AccountRefusal) -> Self {
        use axum::http::StatusCode;
        let message = refusal.to_string();
        match &refusal {
            AccountRefusal::NotSignedIn => Self::not_signed_in(),
            AccountRefusal::NeedsFreshCode => Self::step_up(),
            AccountRefusal::NotTheRole(_) => Self::forbidden(),
            #[cfg(feature = "openid")]
            AccountRefusal::Service(refused) => {
                let status = match refused.why {
                    WhyNot::Unreachable(_) | WhyNot::Resting | WhyNot::Answer(_) => {
                        StatusCode::BAD_GATEWAY
                    }
                    WhyNot::Busy => StatusCode::SERVICE_UNAVAILABLE,
                    WhyNot::Token(_)
                    | WhyNot::Declined(_)
                    | WhyNot::NoVisit
                    | WhyNot::OtherIssuer
                    | WhyNot::Claim(_)
                    | WhyNot::NotLinked { .. }
                    | WhyNot::WrongAccount
                    | WhyNot::OtherPerson
                    | WhyNot::NoSecondFactor => StatusCode::UNAUTHORIZED,
                };
                Self::new(status, message, refused.why.help())
            }
            AccountRefusal::TooMany { .. } => Self::new(StatusCode::TOO_MANY_REQUESTS, message, ""),
            AccountRefusal::Busy => Self::new(StatusCode::SERVICE_UNAVAILABLE, message, ""),
            AccountRefusal::NoSuchUser(_) | AccountRefusal::NoSuchThing(_) => {
                Self::new(StatusCode::NOT_FOUND, message, "请核对后重试")
            }
            AccountRefusal::SignInUnfinished(_) => {
                Self::new(StatusCode::UNAUTHORIZED, message, "请先完成登录")
            }
            AccountRefusal::NotLetIn
            | AccountRefusal::WrongCode
            | AccountRefusal::WrongOneTimeCode
            | AccountRefusal::BadPassword(_)
            | AccountRefusal::NoSecondFactor
            | AccountRefusal::NeedsCodeToBind
            | AccountRefusal::SecondFactorRequired
            | AccountRefusal::NobodyAsked
            | AccountRefusal::SamePerson
            | AccountRefusal::NotAskedByAdministrator
            | AccountRefusal::AlreadyThere(_)
            | AccountRefusal::BadToken(_) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, message, "")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_travels_in_a_header() {
        assert_eq!(decoded("%E9%99%88%E4%BC%81%E4%B8%9A"), "陈企业");
        assert_eq!(decoded("Chen 100%"), "Chen 100%");
        assert_eq!(decoded("%zz%4"), "%zz%4");
    }
}
