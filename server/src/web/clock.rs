//! What time it is: the clock of the machine, or one that stands still until it is set.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use zhida_engine::payouts::Moment;

/// The clock of a server.
#[derive(Clone, Debug)]
pub(crate) enum Clock {
    /// That of the machine.
    Machine,
    /// One that is set by hand, for shows and tests: microseconds of UTC.
    Set(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at a moment.
    pub(crate) fn at(moment: Moment) -> Self {
        Self::Set(Arc::new(AtomicI64::new(moment.0)))
    }

    /// The moment now.
    pub(crate) fn now(&self) -> Moment {
        match self {
            Self::Machine => Moment(jiff::Timestamp::now().as_microsecond()),
            Self::Set(moment) => Moment(moment.load(Ordering::SeqCst)),
        }
    }

    /// Sets a clock that is set by hand; that of the machine is left alone.
    pub(crate) fn set(&self, moment: Moment) {
        if let Self::Set(now) = self {
            now.store(moment.0, Ordering::SeqCst);
        }
    }
}
