//! How long a client may keep the server waiting.

use std::time::Duration;

/// A stock of waiting time: waiting uses it up, bytes that move fill it again.
///
/// # Shape
/// Full, it lasts `most`. `rate` bytes give a second back, never beyond `most`. Whoever moves at
/// least `rate` bytes in each second of waiting never uses it up; whoever moves nothing has `most`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    left: Duration,
    most: Duration,
    rate: u64,
}

impl Patience {
    pub(super) fn new(most: Duration, rate: u64) -> Self {
        let left = most;
        Self { left, most, rate }
    }

    /// What is left after so long a wait.
    pub(super) fn left_after(&self, waited: Duration) -> Duration {
        self.left.saturating_sub(waited)
    }

    /// The server waited.
    pub(super) fn waited(&mut self, waited: Duration) {
        self.left = self.left_after(waited);
    }

    /// Bytes moved.
    pub(super) fn moved(&mut self, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let millis = bytes
            .saturating_mul(1_000)
            .checked_div(self.rate)
            .unwrap_or(0);
        let back = Duration::from_millis(millis);
        self.left = self.left.saturating_add(back).min(self.most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN: Duration = Duration::from_secs(10);

    #[test]
    fn a_drip_uses_it_up_and_a_slow_line_does_not() {
        let mut drip = Patience::new(TEN, 1_000);
        let mut slow = drip;
        for second in 1..=60 {
            drip.waited(Duration::from_secs(1));
            drip.moved(10);
            slow.waited(Duration::from_secs(1));
            slow.moved(1_000);
            assert_eq!(slow.left_after(Duration::ZERO), TEN, "second {second}");
        }
        // 1 s of waiting brings 10 ms back: used up after 10/0.99 s.
        assert_eq!(drip.left_after(Duration::from_millis(10)), Duration::ZERO);
    }

    #[test]
    fn a_gift_of_bytes_is_not_saved_up() {
        let mut patience = Patience::new(TEN, 1_000);
        patience.moved(1_000_000);
        patience.waited(Duration::from_secs(9));
        assert_eq!(patience.left_after(Duration::ZERO), Duration::from_secs(1));
    }
}
