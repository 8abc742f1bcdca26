//! How many requests a client may send: a bucket of tokens for each, filled at a steady rate.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How many clients are remembered at once. Beyond it, those not yet known share one bucket:
/// memory is bounded, and nobody gets round a limit by coming from everywhere.
const CLIENTS_MAX: usize = 65_536;
/// The parts of the table, so that requests do not wait for each other.
const SHARDS: usize = 16;
/// How often a part that is full is looked through.
const TIDY: Duration = Duration::from_secs(1);
/// The client that stands for all that found no room.
const CROWD: u64 = 0;

/// The buckets of all clients.
#[derive(Debug)]
pub(super) struct Rate {
    /// What one request costs; nothing where there is no limit.
    cost: Option<Duration>,
    /// What a full bucket holds.
    full: Duration,
    epoch: Instant,
    hasher: RandomState,
    shards: Vec<Mutex<Shard>>,
}

/// A part of the table.
#[derive(Debug, Default)]
struct Shard {
    /// When the bucket of a client is full again, since the epoch, by the hash of the client.
    clients: HashMap<u64, Duration>,
    /// When it was last looked through for those whose buckets are full.
    tidied: Duration,
}

impl Rate {
    /// So many requests a second, and so many at once.
    pub(super) fn new(per_second: u32, burst: u32) -> Self {
        let cost = Duration::from_secs(1).checked_div(per_second);
        Self {
            cost,
            full: cost.unwrap_or_default().saturating_mul(burst.max(1)),
            epoch: Instant::now(),
            hasher: RandomState::new(),
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
        }
    }

    /// Takes a token; the seconds to wait where there is none.
    pub(super) fn take(&self, client: impl Hash) -> Result<(), u64> {
        let now = Instant::now().saturating_duration_since(self.epoch);
        self.take_at(client, now)
    }

    fn take_at(&self, client: impl Hash, now: Duration) -> Result<(), u64> {
        let Some(cost) = self.cost else { return Ok(()) };
        let hash = self.hasher.hash_one(client);
        let shards = u64::try_from(SHARDS).unwrap_or(1);
        let place = usize::try_from(hash.checked_rem(shards).unwrap_or(0)).unwrap_or(0);
        let Some(shard) = self.shards.get(place) else {
            return Ok(());
        };
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        let room = CLIENTS_MAX.checked_div(SHARDS).unwrap_or(1);
        let is_stale = now.saturating_sub(shard.tidied) >= TIDY;
        if shard.clients.len() >= room && is_stale {
            // Those whose buckets are full again are as those that never came.
            shard.clients.retain(|_, full_at| *full_at > now);
            shard.tidied = now;
        }
        let is_known = shard.clients.contains_key(&hash);
        let has_room = shard.clients.len() < room;
        let key = if is_known || has_room { hash } else { CROWD };
        let full_at = shard.clients.entry(key).or_insert(now);
        let spent = (*full_at).max(now).saturating_add(cost);
        let latest = now.saturating_add(self.full);
        if spent > latest {
            let wait = spent.saturating_sub(latest);
            return Err(wait.as_secs().saturating_add(1));
        }
        *full_at = spent;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_burst_then_the_steady_rate() {
        let rate = Rate::new(10, 5);
        let taken = |at| (0..100).filter(|_| rate.take_at("a", at).is_ok()).count();
        assert_eq!(taken(millis(0)), 5);
        assert_eq!(taken(millis(99)), 0);
        assert_eq!(taken(millis(100)), 1);
        assert_eq!(taken(millis(300)), 2);
        // However long nobody came, no more than a burst is saved up.
        assert_eq!(taken(millis(60_000)), 5);
        assert_eq!(rate.take_at("a", millis(60_000)), Err(1));
        assert_eq!(rate.take_at("b", millis(60_000)), Ok(()));
    }

    #[test]
    fn the_wait_that_is_told_is_enough() {
        let rate = Rate::new(1, 1);
        assert_eq!(rate.take_at(1, millis(500)), Ok(()));
        let Err(seconds) = rate.take_at(1, millis(600)) else {
            panic!("two tokens from a bucket of one")
        };
        assert_eq!(rate.take_at(1, millis(600 + seconds * 1000)), Ok(()));
    }

    #[test]
    fn no_limit_is_no_limit() {
        let rate = Rate::new(0, 1);
        assert!((0..1000).all(|_| rate.take("a").is_ok()));
    }

    #[test]
    fn a_crowd_shares_one_bucket_and_the_table_stays_small() {
        let rate = Rate::new(1, 2);
        let at = millis(1);
        let taken = (0..CLIENTS_MAX * 3)
            .filter(|client| rate.take_at(client, at).is_ok())
            .count();
        let kept: usize = rate
            .shards
            .iter()
            .map(|s| s.lock().unwrap().clients.len())
            .sum();
        assert!(kept <= CLIENTS_MAX + SHARDS, "{kept}");
        assert!(taken <= CLIENTS_MAX + 2 * SHARDS, "{taken}");
        // Later the table has room again.
        assert_eq!(rate.take_at("new", millis(10_000)), Ok(()));
    }
}
