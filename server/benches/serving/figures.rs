//! How long answers took.

use std::fmt;
use std::time::Duration;

/// Whether something is as it should be.
pub(crate) fn word(is_met: bool) -> &'static str {
    if is_met { "met" } else { "missed" }
}

/// What was measured.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    spans: Vec<Duration>,
    /// Answers that were not those that had been looked at.
    pub(crate) wrong: usize,
    /// What the first of them was.
    pub(crate) first_wrong: Option<String>,
    whole: Duration,
}

impl Figures {
    /// One answer more.
    pub(crate) fn answered(&mut self, span: Duration, wrong: Option<String>) {
        self.spans.push(span);
        if wrong.is_some() {
            self.wrong += 1;
            self.first_wrong = self.first_wrong.take().or(wrong);
        }
    }

    /// With those of another connection.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.spans.extend(other.spans);
        self.wrong += other.wrong;
        self.first_wrong = self.first_wrong.or(other.first_wrong);
        self
    }

    /// In the order of their lengths, over the whole time.
    pub(crate) fn over(mut self, whole: Duration) -> Self {
        self.spans.sort_unstable();
        self.whole = whole;
        self
    }

    fn rate(&self) -> f64 {
        self.spans.len() as f64 / self.whole.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    /// So many of a thousand answers took no longer.
    fn within(&self, thousandths: usize) -> Duration {
        let last = self.spans.len().saturating_sub(1);
        let place = (self.spans.len() * thousandths).div_ceil(1000);
        let place = place.saturating_sub(1).min(last);
        self.spans.get(place).copied().unwrap_or_default()
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = |thousandths| self.within(thousandths).as_secs_f64() * 1_000.0;
        write!(
            formatter,
            "{:>8.0}/s  p50 {:>7.1} ms  p99 {:>7.1} ms  longest {:>7.1} ms  wrong {}",
            self.rate(),
            millis(500),
            millis(990),
            millis(1000),
            self.wrong
        )
    }
}

/// What must be reached.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    rate: f64,
    p99: Duration,
}

impl Target {
    /// So many a second, 99 of 100 within a time.
    pub(crate) const fn of(rate: f64, p99: Duration) -> Self {
        Self { rate, p99 }
    }

    /// Whether it is reached. A rate that was asked for is reached within one in a hundred: the
    /// last answers come after the time is over.
    pub(crate) fn is_met(self, found: &Figures) -> bool {
        found.rate() >= self.rate * 0.99 && found.within(990) <= self.p99
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rate, millis) = (self.rate, self.p99.as_millis());
        write!(formatter, "target {rate:.0}/s at p99 {millis} ms")
    }
}
