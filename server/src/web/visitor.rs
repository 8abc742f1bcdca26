//! Who visits, and what lies within sight.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;

use axum::http::HeaderMap;
use zhida_engine::payouts::{Actor, BureauId, Moment, PersonId, Role, User};
use zhida_policies::values::Uscc;

use super::fault::WebFault;
use super::state::Server;

/// Who a request comes from.
#[derive(Clone, Debug)]
pub(crate) enum Visitor {
    /// Nobody has signed in.
    Nobody,
    /// Somebody has.
    Person(Arc<Session>),
}

/// Somebody who has signed in, as of this request.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// The account, as the books have it now.
    pub(crate) user: User,
    /// What lies within sight.
    pub(crate) scope: Scope,
    /// How the request came.
    pub(crate) via: Via,
    /// What every form carries back.
    pub(crate) csrf: String,
    /// What lists call the session or token.
    pub(crate) name: String,
    /// When a second factor was last shown, if ever in this session.
    pub(crate) stepped_up_at: Option<Moment>,
    /// Until when that counts, as the installation has it.
    pub(crate) stepped_up_until: Option<Moment>,
    /// A clerk's enterprise, and who of it asked, while he acts for it.
    pub(crate) assists: Option<(Uscc, PersonId)>,
}

/// How a request of somebody who signed in came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Via {
    /// A browser with a cookie.
    Browser,
    /// A program with a token of these scopes.
    Token(BTreeSet<String>),
}

/// What somebody may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// One enterprise, itself.
    Enterprise(Uscc),
    /// What these bureaus do: one's own, and those that lie inside it.
    Bureaus(BTreeSet<BureauId>),
}

impl Scope {
    /// Whether what a bureau does lies within sight.
    pub(crate) fn sees_bureau(&self, bureau: &BureauId) -> bool {
        match self {
            Self::Bureaus(bureaus) => bureaus.contains(bureau),
            Self::Enterprise(_) => false,
        }
    }
}

impl Session {
    /// Whether one of these roles is held.
    pub(crate) fn is_any(&self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.user.roles.contains(role))
    }

    /// Whether a second factor was shown a short while ago; a clock that went back shows nothing.
    pub(crate) fn has_stepped_up(&self, now: Moment) -> bool {
        let since = self.stepped_up_at.is_some_and(|since| since <= now);
        since && self.stepped_up_until.is_some_and(|until| now < until)
    }

    /// What lies within sight: a clerk who acts for an enterprise sees what it sees.
    pub(crate) fn sight(&self) -> Scope {
        let assisted = self.assists.as_ref().map(|(enterprise, _)| *enterprise);
        assisted.map_or_else(|| self.scope.clone(), Scope::Enterprise)
    }

    /// In whose name orders are given.
    pub(crate) fn actor(&self) -> Actor {
        match &self.assists {
            None => Actor::User(self.user.id.clone()),
            Some((enterprise, asked_by)) => Actor::Assisted {
                clerk: self.user.id.clone(),
                enterprise: *enterprise,
                asked_by: asked_by.clone(),
            },
        }
    }

    /// The enterprise that this session is about: its own, or the one that a clerk assists.
    pub(crate) fn enterprise(&self) -> Option<Uscc> {
        let assisted = self.assists.as_ref().map(|(enterprise, _)| *enterprise);
        let own = || {
            let is_one = self.user.roles.contains(&Role::Enterprise);
            self.user.enterprise.filter(|_| is_one)
        };
        assisted.or_else(own)
    }
}

/// What a recogniser comes to.
pub(crate) type Recognised<'a> =
    Pin<Box<dyn Future<Output = Result<Visitor, WebFault>> + Send + 'a>>;

/// Whether somebody is still there.
pub(crate) type Still<'a> = Pin<Box<dyn Future<Output = Result<bool, WebFault>> + Send + 'a>>;

/// Who knows visitors by what their requests carry.
pub(crate) trait Recogniser: Send + Sync {
    /// Who a request with these headers comes from. What is expired or unknown is nobody.
    fn recognise<'a>(&'a self, server: &'a Server, headers: &'a HeaderMap) -> Recognised<'a>;

    /// Whether a session goes on, for an answer that takes its time. Asking is no use of it.
    fn lives<'a>(&'a self, server: &'a Server, session: &'a Session) -> Still<'a>;
}
