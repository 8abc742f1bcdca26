//! What lies within the sight of whoever asks: every look goes through here.

use std::collections::BTreeSet;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use std::sync::Arc;
use zhida_engine::payouts::Thing;

use crate::store::{Kind, Rows, Within};
use crate::web::{Ask, Scope, Server, WebFault};

/// The most letters of a name in a path.
const NAME_LETTERS_MAX: usize = 200;

/// The names in a path. What cannot be a name is the name of nothing.
pub(super) struct Named<T>(pub(super) T);

impl FromRequestParts<Arc<Server>> for Named<String> {
    type Rejection = WebFault;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, WebFault> {
        let read = Path::<String>::from_request_parts(parts, server).await;
        let Path(name) = read.map_err(|_| WebFault::missing())?;
        Ok(Self(name_of(name)?))
    }
}

impl FromRequestParts<Arc<Server>> for Named<(String, String)> {
    type Rejection = WebFault;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, WebFault> {
        let read = Path::<(String, String)>::from_request_parts(parts, server).await;
        let Path((first, second)) = read.map_err(|_| WebFault::missing())?;
        Ok(Self((name_of(first)?, name_of(second)?)))
    }
}

impl FromRequestParts<Arc<Server>> for Named<(String, String, String)> {
    type Rejection = WebFault;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, WebFault> {
        let read = Path::<(String, String, String)>::from_request_parts(parts, server).await;
        let Path((first, second, third)) = read.map_err(|_| WebFault::missing())?;
        Ok(Self((name_of(first)?, name_of(second)?, name_of(third)?)))
    }
}

fn name_of(name: String) -> Result<String, WebFault> {
    if is_name(&name) {
        return Ok(name);
    }
    Err(WebFault::missing())
}

/// Whether a text can be the name of anything.
pub(super) fn is_name(name: &str) -> bool {
    let letters = name.chars().count();
    (1..=NAME_LETTERS_MAX).contains(&letters) && !name.chars().any(char::is_control)
}

/// What whoever asks may see.
///
/// # Errors
/// Where nobody has signed in.
pub(super) fn within(ask: &Ask) -> Result<Within, WebFault> {
    Ok(match scope(ask)? {
        Scope::Enterprise(uscc) => Within::Enterprise(uscc),
        Scope::Bureaus(bureaus) => Within::Bureaus(bureaus),
    })
}

/// The same, for views.
///
/// # Errors
/// Where nobody has signed in.
pub(super) fn scope(ask: &Ask) -> Result<Scope, WebFault> {
    Ok(ask.session()?.sight())
}

/// The rows of a kind that lie within sight.
///
/// # Errors
/// What the store says.
pub(super) async fn rows(ask: &Ask, kind: Kind, rows: &Rows) -> Result<Vec<Thing>, WebFault> {
    let within = within(ask)?;
    Ok(ask.server.store.page(kind, &within, rows).await?)
}

/// One thing that lies within sight.
///
/// # Errors
/// [`WebFault::missing`], whether it is not there or not to be seen.
pub(super) async fn one(ask: &Ask, kind: Kind, id: &str) -> Result<Thing, WebFault> {
    if !is_name(id) {
        return Err(WebFault::missing());
    }
    let wanted = Rows {
        id: Some(id.to_owned()),
        limit: Some(1),
        ..Rows::default()
    };
    let found = rows(ask, kind, &wanted).await?;
    found.into_iter().next().ok_or_else(WebFault::missing)
}

/// Refused unless all of these lie within sight.
///
/// # Errors
/// [`WebFault::missing`], whichever it is.
pub(super) async fn all(ask: &Ask, kind: Kind, ids: &[String]) -> Result<(), WebFault> {
    let distinct: BTreeSet<&String> = ids.iter().collect();
    for id in distinct {
        one(ask, kind, id).await?;
    }
    Ok(())
}
