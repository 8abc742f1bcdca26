//! What time it is: the clock of the machine, or one of a show or a test.

#[cfg(test)]
use std::sync::Arc;
#[cfg(test)]
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use zhida_engine::payouts::Moment;

/// The clock of a server.
#[derive(Clone, Debug)]
pub(crate) enum Clock {
    /// That of the machine.
    Machine,
    /// One that began at another moment and goes on from there, for shows.
    Begun(Moment, Instant),
    #[cfg(test)]
    /// One that is set by hand, for tests: microseconds of UTC.
    Set(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that begins now at a moment.
    pub(crate) fn beginning(moment: Moment) -> Self {
        Self::Begun(moment, Instant::now())
    }

    #[cfg(test)]
    /// A clock that stands at a moment.
    pub(crate) fn at(moment: Moment) -> Self {
        Self::Set(Arc::new(AtomicI64::new(moment.0)))
    }

    /// The moment now.
    pub(crate) fn now(&self) -> Moment {
        match self {
            Self::Machine => Moment(jiff::Timestamp::now().as_microsecond()),
            Self::Begun(begun, since) => {
                let passed = i64::try_from(since.elapsed().as_micros()).unwrap_or(i64::MAX);
                Moment(begun.0.saturating_add(passed))
            }
            #[cfg(test)]
            Self::Set(moment) => Moment(moment.load(Ordering::SeqCst)),
        }
    }

    #[cfg(test)]
    /// Sets a clock that is set by hand; that of the machine is left alone.
    pub(crate) fn set(&self, moment: Moment) {
        if let Self::Set(now) = self {
            now.store(moment.0, Ordering::SeqCst);
        }
    }
}
