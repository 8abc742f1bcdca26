//! Time that jumps.

use zhida_engine::payouts::Moment;
use zhida_policies::values::{Date, Duration};

use crate::simulator::dice::Dice;

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
/// One day.
pub(crate) const DAY: i64 = 24 * HOUR;

/// The clock of the machine, which nobody may trust.
pub(crate) struct Clock {
    now: Moment,
    /// What it has gone forward in all.
    pub(crate) lived: i64,
}

impl Clock {
    /// Somewhere between 2019 and 2095, often right before a year ends or in a leap February.
    pub(crate) fn new(dice: &mut Dice) -> Self {
        let year = 49 + dice.within(0, 76);
        let day = match dice.below(4) {
            0 => 364,
            1 => 57,
            _ => dice.within(0, 364),
        };
        // Leap days before the year: every fourth since 1972; 2100 is not reached.
        let days = year * 365 + (year + 1) / 4 + day;
        Self {
            now: Moment(days * DAY + 20 * HOUR),
            lived: 0,
        }
    }

    pub(crate) fn now(&self) -> Moment {
        self.now
    }

    pub(crate) fn today(&self) -> Date {
        self.now.business_date()
    }

    /// Time goes on: mostly some hours, at times some days, at times back.
    pub(crate) fn turn(&mut self, dice: &mut Dice) {
        let step = match dice.below(1_000) {
            0..700 => dice.within(1, 40 * MINUTE),
            700..970 => dice.within(HOUR, 14 * HOUR),
            970..985 => dice.within(DAY, 4 * DAY),
            985..988 => dice.within(5 * DAY, 30 * DAY),
            988..994 => -HOUR,
            994..998 => -DAY,
            _ => 400 * DAY * i64::from(dice.chance(50)),
        };
        self.now = Moment(self.now.0 + step);
        self.lived += step.max(0);
    }
}

/// This many days after a day.
pub(crate) fn after(date: Date, days: i64) -> Date {
    Duration::from_days(days).after(date).unwrap()
}
