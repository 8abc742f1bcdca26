//! Time as an argument.

use serde::{Deserialize, Serialize};
use zhida_policies::values::{Date, Duration};

/// Microseconds since 1970-01-01 00:00 UTC.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Moment(pub i64);

/// Chinese law counts days by Beijing time, which has no summer time.
const BEIJING_MICROSECONDS: i64 = 8 * 3_600 * 1_000_000;

const DAY_MICROSECONDS: i64 = 24 * 3_600 * 1_000_000;

impl Moment {
    /// The day in Beijing, which is the business date; wherever the program runs.
    #[must_use]
    pub fn business_date(self) -> Date {
        let local = self.0.saturating_add(BEIJING_MICROSECONDS);
        let days = local.div_euclid(DAY_MICROSECONDS);
        let epoch = Date::constant(1970, 1, 1);
        Duration::from_days(days)
            .after(epoch)
            .unwrap_or(if days < 0 { Date::MIN } else { Date::MAX })
    }
}
