//! Sealed sweeps that were run again and are held for a while: whoever looks at a second payout of
//! the same sweep waits for nothing.
//!
//! # Shape
//! A seal fixes all that goes in and all that comes out, so that what was held once is right for as
//! long as the program runs. The first who asks runs the sweep, and whoever asks for the same seal
//! meanwhile waits for him. One sweep runs at a time: it takes all processors anyway. What is held
//! are the facts, the rules and the settlement, of [`HELD_MAX`] seals at most.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zhida_engine::payouts::{Digest, Payout};
use zhida_engine::replay::Sealed;
use zhida_engine::sweep::{PayableAward, PayableSweep, SweepOptions, payable_sweep};

use crate::audit::sealed::open_kept;
use crate::audit::trail::SweepTrail;
use crate::command::watched;
use crate::failure::Failure;
use crate::payouts::desk::Desk;
use crate::timings::Timings;
use crate::views::kept::Remembered;

/// How many seals are held: the facts of a city take up to a gigabyte.
const HELD_MAX: usize = 2;

/// How many trails are remembered: each is a few kilobytes.
const TOLD_MAX: usize = 256;

/// A sealed sweep that was run again.
pub(crate) struct Held {
    /// What was sealed.
    pub(crate) sealed: Sealed,
    /// What came out again.
    pub(crate) swept: PayableSweep,
}

impl Held {
    /// Runs a kept sweep again.
    fn of(desk: &Desk, digest: &Digest) -> Result<Self, Failure> {
        let scratch = desk.scratch()?;
        let sealed = open_kept(desk, digest, &scratch)?;
        let (snapshot, library) = (&sealed.snapshot, &sealed.library);
        let options = SweepOptions::new(sealed.context());
        let swept = watched(snapshot, &Timings::start(), |control| {
            payable_sweep(snapshot, library, options, control)
        })?;
        Ok(Self { sealed, swept })
    }

    /// The award of a payout, as it came out again.
    pub(crate) fn award(&self, payout: &Payout) -> Option<&PayableAward> {
        let row = self.sealed.snapshot.find(payout.key.uscc.as_str())?;
        let instalment = payout.key.period.split_once('#');
        let instalment = instalment.and_then(|(_, number)| number.parse::<u16>().ok());
        // The list is in the order of the snapshot.
        let awards = &self.swept.awards;
        let first = awards.partition_point(|award| award.row < row);
        let own = awards.get(first..).unwrap_or_default().iter();
        let mut own = own.take_while(|award| award.row == row);
        own.find(|award| *award.measure.0 == *payout.key.measure && award.instalment == instalment)
    }
}

/// Where one seal is held; locked while it is run.
type Slot = Arc<Mutex<Option<Arc<Held>>>>;

/// The sealed sweeps that are held.
pub(crate) struct HeldSweeps {
    /// What they say of payouts, for those to whom everybody is told the same.
    pub(crate) told: Remembered<SweepTrail>,
    /// The one that was asked for last at the end.
    slots: Mutex<VecDeque<(Digest, Slot)>>,
    /// Taken by whoever runs a sweep.
    turn: Mutex<()>,
    /// How many sweeps were run.
    runs: AtomicU64,
}

impl Default for HeldSweeps {
    fn default() -> Self {
        Self {
            told: Remembered::of_at_most(TOLD_MAX),
            slots: Mutex::default(),
            turn: Mutex::default(),
            runs: AtomicU64::default(),
        }
    }
}

impl fmt::Debug for HeldSweeps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeldSweeps")
            .field("runs", &self.runs)
            .finish_non_exhaustive()
    }
}

impl HeldSweeps {
    /// The sealed sweep of a digest, run again unless it is held.
    ///
    /// # Errors
    /// What was kept and cannot be read; nothing is held then.
    pub(crate) fn get(&self, desk: &Desk, digest: &Digest) -> Result<Arc<Held>, Failure> {
        let slot = self.slot(digest);
        let mut held = lock(&slot);
        if let Some(held) = &*held {
            return Ok(Arc::clone(held));
        }
        let turn = lock(&self.turn);
        self.runs.fetch_add(1, Ordering::Relaxed);
        let found = Arc::new(Held::of(desk, digest)?);
        drop(turn);
        *held = Some(Arc::clone(&found));
        Ok(found)
    }

    /// Whether a sealed sweep is held; not while it is run.
    pub(crate) fn has(&self, digest: &Digest) -> bool {
        let slots = lock(&self.slots);
        let slot = slots.iter().find(|(known, _)| known == digest);
        slot.is_some_and(|(_, slot)| slot.try_lock().is_ok_and(|held| held.is_some()))
    }

    /// Holds none of them any more, as where others took their places.
    #[cfg(test)]
    pub(crate) fn make_room(&self) {
        lock(&self.slots).clear();
    }

    /// The place of a seal; the one that nobody asked for longest makes room.
    fn slot(&self, digest: &Digest) -> Slot {
        let mut slots = lock(&self.slots);
        let known = slots.iter().position(|(known, _)| known == digest);
        let (_, slot) = known
            .and_then(|place| slots.remove(place))
            .unwrap_or_else(|| (digest.clone(), Slot::default()));
        slots.push_back((digest.clone(), Arc::clone(&slot)));
        while slots.len() > HELD_MAX {
            slots.pop_front();
        }
        slot
    }

    /// How many sweeps were run.
    #[cfg(test)]
    pub(crate) fn runs(&self) -> u64 {
        self.runs.load(Ordering::Relaxed)
    }
}

/// A lock that somebody left in a panic holds nothing half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
