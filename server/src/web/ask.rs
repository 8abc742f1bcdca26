//! One request, as a handler sees it.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use zhida_engine::payouts::Moment;

use super::fault::WebFault;
use super::language::Language;
use super::page::{Page, Section};
use super::state::Server;
use super::visitor::{Session, Via, Visitor};

/// Who asks, in which language, of which server. Every handler begins with it.
#[derive(Clone)]
pub(crate) struct Ask {
    /// The server.
    pub(crate) server: Arc<Server>,
    /// Who asks.
    pub(crate) visitor: Visitor,
    /// In which language.
    pub(crate) language: Language,
    /// The path that was asked for.
    pub(crate) path: String,
    /// The moment of the request; everything in it happens then.
    pub(crate) at: Moment,
}

impl Ask {
    /// Who asks, signed in.
    ///
    /// # Errors
    /// [`WebFault::not_signed_in`].
    pub(crate) fn session(&self) -> Result<&Arc<Session>, WebFault> {
        match &self.visitor {
            Visitor::Person(session) => Ok(session),
            Visitor::Nobody => Err(WebFault::not_signed_in()),
        }
    }

    /// Refused unless a second factor was shown a short while ago: for what a route asks of some
    /// requests and not of others.
    ///
    /// # Errors
    /// [`WebFault::step_up`]; whoever has not signed in.
    pub(crate) fn needs_fresh_code(&self) -> Result<(), WebFault> {
        match self.session()?.has_stepped_up(self.at) {
            true => Ok(()),
            false => Err(WebFault::step_up()),
        }
    }

    /// Whether whoever asks may use what needs a token of this scope; people need none.
    ///
    /// # Errors
    /// Whoever has not signed in.
    pub(crate) fn reaches(&self, scope: &str) -> Result<bool, WebFault> {
        Ok(match &self.session()?.via {
            Via::Browser => true,
            Via::Token(scopes) => scopes.contains(scope),
        })
    }

    /// The frame of a page.
    pub(crate) fn page(&self, section: Section, title: impl Into<String>) -> Page {
        Page::new(self, section, title.into())
    }
}

impl FromRequestParts<Arc<Server>> for Ask {
    type Rejection = WebFault;

    async fn from_request_parts(
        parts: &mut Parts,
        server: &Arc<Server>,
    ) -> Result<Self, Self::Rejection> {
        let visitor = parts.extensions.get::<Visitor>().cloned();
        let language = parts.extensions.get::<Language>().copied();
        let at = parts.extensions.get::<Moment>().copied();
        Ok(Self {
            server: Arc::clone(server),
            visitor: visitor.unwrap_or(Visitor::Nobody),
            language: language.unwrap_or_default(),
            path: parts.uri.path().to_owned(),
            at: at.unwrap_or_else(|| server.clock.now()),
        })
    }
}
