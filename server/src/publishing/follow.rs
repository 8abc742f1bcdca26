//! A server goes on with the policies that hold now: after an approval, at the start, and on the
//! day from which a version holds.

use std::sync::Arc;
use std::time::{Duration, Instant};

use zhida_policies::values::Date;

use super::news;
use super::shelf::in_force;
use crate::command::published;
use crate::failure::Failure;
use crate::output::Output;
use crate::store::{Store, StoreError};
use crate::web::Server;

/// How long a server rests after policies could not be put in force.
const PAUSE: Duration = Duration::from_secs(30);

/// What a server has looked at.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    /// How many publications there were, and on which day.
    last: Option<(u32, Date)>,
    /// Not before, where something failed.
    pause: Option<Instant>,
}

/// Puts the policies of today in force, and tells who is to be told; whether they changed.
///
/// It waits for the store, so it belongs on a thread that may block.
/// # Errors
/// What cannot be read or written; the policies stay as they were then.
pub(crate) fn refresh(server: &Arc<Server>) -> Result<bool, Failure> {
    let _turn = server.publishing();
    let today = server.clock.now().business_date();
    let held = in_force(&server.store, &server.base, &server.folder, today);
    let held = server.handle.block_on(held)?;
    let now = server.published();
    let is_new = held.common.policies != now.common.policies;
    if is_new || held.edition != now.edition {
        let mut fresh = published(&held.common, &mut Output::kept())?;
        fresh.edition = held.edition;
        tracing::info!(edition = held.edition, digest = %fresh.digest, "policies in force");
        server.publish(fresh);
    }
    news::tell(server)?;
    Ok(is_new)
}

/// Refreshes where something was published since, here or elsewhere, or another day has begun.
///
/// # Errors
/// As [`refresh`].
pub(crate) fn follow(server: &Arc<Server>, seen: &mut Seen) -> Result<(), Failure> {
    let today = server.clock.now().business_date();
    if seen.pause.is_some_and(|until| Instant::now() < until) {
        return Ok(());
    }
    let edition = server.handle.block_on(edition(&server.store))?;
    let now = Some((edition, today));
    if seen.last == now {
        return Ok(());
    }
    let done = refresh(server);
    *seen = match &done {
        Ok(_) => Seen {
            last: now,
            pause: None,
        },
        Err(_) => Seen {
            last: seen.last,
            pause: Instant::now().checked_add(PAUSE),
        },
    };
    done.map(drop)
}

/// How many publications there are.
async fn edition(store: &Store) -> Result<u32, StoreError> {
    let query = "SELECT CAST(COALESCE(SUM(versions), 0) AS BIGINT) AS versions FROM policies";
    let rows = store.database.fetch(query, &[]).await?;
    let count = rows.first().map_or(Ok(0), |row| row.int("versions"))?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}
