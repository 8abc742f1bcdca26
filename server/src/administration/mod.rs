//! The pages of the three administrators: users and their roles, offices, the security log.
//!
//! Nobody here decides about money, and nobody alone about rights: a change of a user is asked for
//! by the security administrator and signed by the audit administrator.

mod identities;
mod offices;
mod overview;
mod security;
#[cfg(test)]
mod tests;
mod users;

use zhida_engine::payouts::{Action, Motion, MotionState, Role, Thing, User};

use crate::store::books::thing;
use crate::web::{Access, Ask, Place, WebFault};

/// Who looks after accounts.
const SECURITY: Access = Access::Roles(&[Role::SecurityAdministrator]);
/// Who looks over the shoulder of the other two.
const AUDIT: Access = Access::Roles(&[Role::AuditAdministrator]);
/// Who looks after the installation.
const SYSTEM: Access = Access::Roles(&[Role::SystemAdministrator]);
/// Those two to whom people and their rights are known.
const PEOPLE: Access = Access::Roles(&[Role::SecurityAdministrator, Role::AuditAdministrator]);

/// The routes of administration.
pub(crate) fn places() -> Vec<Place> {
    let mut places = overview::places();
    places.extend(users::places());
    places.extend(identities::places());
    places.extend(offices::places());
    places.extend(security::places());
    places
}

/// A change of a user that waits for its second signature.
struct WaitingChange {
    id: String,
    user: User,
    asked_by: String,
}

/// The changes of users of the bureau `$1` that wait, by the index of motions.
pub(crate) const WAITING: &str = "SELECT body FROM motions \
     WHERE kind = 'SetUser' AND bureau = $1 AND state = 'OPEN' ORDER BY asked_at, id";

/// The changes that wait in the bureau of whoever asks, the first that was asked for first.
async fn waiting_changes(ask: &Ask) -> Result<Vec<WaitingChange>, WebFault> {
    let bureau = &ask.session()?.user.bureau;
    let database = &ask.server.store.database;
    let rows = database.fetch(WAITING, &[bureau.as_str().into()]).await?;
    let mut changes = Vec::with_capacity(rows.len());
    for row in &rows {
        let Thing::Motion(motion) = thing(row.text("body")?)? else {
            continue;
        };
        let Motion {
            id,
            action: Action::SetUser { user },
            signatures,
            state: MotionState::Open,
            ..
        } = *motion
        else {
            continue;
        };
        let first = signatures.first();
        let asked_by = first.map(|signature| signature.person.to_string());
        changes.push(WaitingChange {
            id: id.to_string(),
            user,
            asked_by: asked_by.unwrap_or_default(),
        });
    }
    Ok(changes)
}

/// Where the page after this one begins, where one more was found than is shown.
fn next_of<T, N>(found: &mut Vec<T>, limit: u32, name: impl Fn(&T) -> N) -> Option<N> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_more = found.len() > limit;
    found.truncate(limit);
    found.last().filter(|_| is_more).map(name)
}

/// The roles of a user in words.
fn roles(user: &User) -> String {
    let names: Vec<&str> = user.roles.iter().map(|role| role.chinese()).collect();
    names.join("、")
}
