//! What is compared is measured by turns, so that a slow minute of the machine slows all sides, and
//! the best run of each counts.

use anyhow::{Context as _, Result, ensure};

use crate::peer::Paid;
use crate::process::Report;
use crate::tasks::{Evaluated, Swept};

/// How often each side has its turn.
pub(crate) const TIMES: usize = 7;

/// A run that took its time and its memory.
pub(crate) trait Timed: Sized {
    fn seconds(&self) -> f64;
    fn peak_bytes(&mut self) -> &mut u64;
    /// Whether another run came to the same.
    fn is_like(&self, other: &Self) -> bool;
}

impl Timed for Report<Swept> {
    fn seconds(&self) -> f64 {
        self.measured.seconds
    }

    fn peak_bytes(&mut self) -> &mut u64 {
        &mut self.peak_bytes
    }

    fn is_like(&self, other: &Self) -> bool {
        self.measured.digest == other.measured.digest
    }
}

impl Timed for Report<Evaluated> {
    fn seconds(&self) -> f64 {
        self.measured.seconds
    }

    fn peak_bytes(&mut self) -> &mut u64 {
        &mut self.peak_bytes
    }

    fn is_like(&self, other: &Self) -> bool {
        self.measured.totals == other.measured.totals
    }
}

impl Timed for Paid {
    fn seconds(&self) -> f64 {
        self.seconds
    }

    fn peak_bytes(&mut self) -> &mut u64 {
        &mut self.peak_bytes
    }

    /// From disk to disk it has no totals: the file is not read.
    fn is_like(&self, other: &Self) -> bool {
        self.totals == other.totals
    }
}

/// The runs of one side: the fastest, with the highest peak of all.
pub(crate) struct Best<T>(Option<T>);

impl<T> Default for Best<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Timed> Best<T> {
    pub(crate) fn add(&mut self, mut next: T) -> Result<()> {
        if let Some(mut best) = self.0.take() {
            ensure!(best.is_like(&next), "two runs of the same differ");
            let peak = (*best.peak_bytes()).max(*next.peak_bytes());
            if best.seconds() <= next.seconds() {
                next = best;
            }
            *next.peak_bytes() = peak;
        }
        self.0 = Some(next);
        Ok(())
    }

    pub(crate) fn get(self) -> Result<T> {
        self.0.context("nothing was measured")
    }
}
