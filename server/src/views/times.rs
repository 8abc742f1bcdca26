//! Moments as people read them, in Beijing time.

use zhida_engine::payouts::Moment;

/// A moment to the minute: 2026-07-01 09:30.
pub(crate) fn minute(at: Moment) -> String {
    let at = jiff::Timestamp::from_microsecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
    at.to_zoned(zone).strftime("%Y-%m-%d %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_shown_in_beijing_time() {
        // 1,767,225,600 s is 2026-01-01 00:00 UTC.
        assert_eq!(minute(Moment(1_767_225_600_000_000)), "2026-01-01 08:00");
    }
}
