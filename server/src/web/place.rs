//! Routes, and who may use them.

use axum::extract::Request;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, MethodRouter, on};
use std::sync::Arc;
use zhida_engine::payouts::Role;

use super::state::Server;
use super::visitor::Visitor;

/// The greatest body of a request that says nothing else.
const BODY_BYTES_MAX: usize = 256 * 1024;

/// Who may use a route. What one of them then sees is a matter of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everybody.
    Public,
    /// Whoever signed in.
    SignedIn,
    /// Whoever acts for an enterprise: itself, or a clerk for it.
    Enterprise,
    /// Whoever has one of these roles.
    Roles(&'static [Role]),
}

/// Everybody who works on payouts in a bureau, and who audits it.
pub(crate) const OFFICIALS: &[Role] = &[
    Role::Maker,
    Role::Checker,
    Role::Approver,
    Role::PaymentMaker,
    Role::PaymentChecker,
    Role::Reconciler,
    Role::Auditor,
];

/// The three administrators.
pub(crate) const ADMINISTRATORS: &[Role] = &[
    Role::SystemAdministrator,
    Role::SecurityAdministrator,
    Role::AuditAdministrator,
];

impl Access {
    /// Those who work in a bureau.
    pub(crate) const OFFICIALS: Self = Self::Roles(OFFICIALS);
    /// The three administrators.
    pub(crate) const ADMINISTRATORS: Self = Self::Roles(ADMINISTRATORS);

    /// Whether a visitor may use the route.
    pub(crate) fn admits(self, visitor: &Visitor) -> bool {
        let Visitor::Person(session) = visitor else {
            return self == Self::Public;
        };
        match self {
            Self::Public | Self::SignedIn => true,
            Self::Enterprise => session.enterprise().is_some(),
            Self::Roles(roles) => session.is_any(roles),
        }
    }
}

/// One route.
pub(crate) struct Place {
    /// How it is asked.
    pub(crate) method: Method,
    /// Its path, with names in braces.
    pub(crate) path: &'static str,
    /// Who may use it.
    pub(crate) access: Access,
    /// The greatest body that it takes.
    pub(crate) body_bytes_max: usize,
    /// The scope that a token needs for it; no token reaches it without one.
    pub(crate) token_scope: Option<&'static str>,
    /// Whether a second factor must have been shown a short while ago.
    pub(crate) is_stepped_up: bool,
    pub(super) handler: MethodRouter<Arc<Server>>,
}

impl Place {
    fn new<H, T>(method: Method, path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, Arc<Server>>,
        T: 'static,
    {
        let filter = MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::GET);
        Self {
            method,
            path,
            access,
            body_bytes_max: BODY_BYTES_MAX,
            token_scope: None,
            is_stepped_up: false,
            handler: on(filter, handler),
        }
    }

    /// Something to look at.
    pub(crate) fn get<H, T>(path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, Arc<Server>>,
        T: 'static,
    {
        Self::new(Method::GET, path, access, handler)
    }

    /// Something to do.
    pub(crate) fn post<H, T>(path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, Arc<Server>>,
        T: 'static,
    {
        Self::new(Method::POST, path, access, handler)
    }

    /// Takes bodies up to so many bytes.
    pub(crate) fn takes(mut self, bytes: usize) -> Self {
        self.body_bytes_max = bytes;
        self
    }

    /// Can be used with a token of this scope.
    pub(crate) fn with_token(mut self, scope: &'static str) -> Self {
        self.token_scope = Some(scope);
        self
    }

    /// Needs a second factor that was shown a short while ago.
    pub(crate) fn stepped_up(mut self) -> Self {
        self.is_stepped_up = true;
        self
    }
}

/// Whether a request belongs to the API.
pub(crate) fn is_api(request: &Request) -> bool {
    request.uri().path().starts_with("/api/")
}
