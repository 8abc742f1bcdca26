//! Who is being told as things go on: so many at once for each user, however many pages he opens.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zhida_engine::payouts::UserId;

/// How many answers that go on a user has at once.
const AT_ONCE: usize = 8;

/// How many each user has.
#[derive(Debug, Default)]
pub(super) struct Watchers(Mutex<BTreeMap<UserId, usize>>);

/// One answer that goes on; gone, its place is free.
#[derive(Debug)]
pub(crate) struct Watcher {
    all: Arc<Watchers>,
    user: UserId,
}

impl Watchers {
    pub(super) fn take(all: &Arc<Self>, user: &UserId) -> Option<Watcher> {
        let mut counts = all.counts();
        let count = counts.entry(user.clone()).or_insert(0);
        if *count >= AT_ONCE {
            return None;
        }
        *count = count.saturating_add(1);
        Some(Watcher {
            all: Arc::clone(all),
            user: user.clone(),
        })
    }

    fn counts(&self) -> MutexGuard<'_, BTreeMap<UserId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let mut counts = self.all.counts();
        if let Some(count) = counts.get_mut(&self.user) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_user_has_so_many_and_gets_them_back() {
        let all = Arc::default();
        let (one, other) = (UserId::new("jingban"), UserId::new("fuhe"));
        let mut held: Vec<Watcher> = (0..8)
            .map(|_| Watchers::take(&all, &one).expect("a place"))
            .collect();
        assert!(Watchers::take(&all, &one).is_none());
        assert!(Watchers::take(&all, &other).is_some());
        held.pop();
        let again = Watchers::take(&all, &one);
        assert!(again.is_some() && Watchers::take(&all, &one).is_none());
        drop((held, again));
        assert!(all.counts().is_empty(), "nobody is remembered for ever");
    }
}
