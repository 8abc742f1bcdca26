//! Working days: which days count when a law gives a limit in 工作日.
//!
//! The State Council moves days off every year, so no rule of weekdays can tell; the days are data
//! (`library/calendar.toml`), and a year without its notice is unknown.

mod deadline;
mod fault;
mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::civil::Weekday;

use crate::values::Date;

pub use deadline::{Deadline, Standing};
pub use fault::{CalendarFault, CalendarFaultKind};

/// From this day of December on a year is known only together with the next: notices for a new
/// year have reached back to 29 December at the earliest (2007, 2008, 2012, 2019, 2023).
const LAST_WEEK_BEGINS: i8 = 25;

/// What a day is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DayKind {
    /// A Monday to Friday that no notice names.
    Weekday,
    /// A Saturday or Sunday on which people work instead of another day.
    MadeUp,
    /// A Saturday or Sunday that no notice names.
    Weekend,
    /// A day off that a notice names, with the name of the holiday.
    Holiday(String),
}

impl DayKind {
    /// Whether people work on such a day.
    #[must_use]
    pub fn is_working(&self) -> bool {
        match self {
            DayKind::Weekday | DayKind::MadeUp => true,
            DayKind::Weekend | DayKind::Holiday(_) => false,
        }
    }
}

/// The calendar cannot tell whether a day is a working day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCovered {
    /// There is no notice for the year.
    #[error(
        "工作日历没有 {year} 年的放假安排,不知道 {day} 是不是工作日;请补充国务院办公厅关于 {year} 年的通知"
    )]
    Year {
        /// The year.
        year: i16,
        /// The day that was asked about.
        day: Date,
    },
    /// The notice for the next year, which may reach back into December, is missing.
    #[error(
        "工作日历没有 {next} 年的放假安排,它可能改动 {day};请补充国务院办公厅关于 {next} 年的通知"
    )]
    LastWeek {
        /// The year after the day.
        next: i16,
        /// The day that was asked about.
        day: Date,
    },
    /// The day lies beyond the last that can be written.
    #[error("{day} 之后没有可以表示的日期")]
    End {
        /// The last day.
        day: Date,
    },
}

/// Which days are working days, as far as it is known.
///
/// # Shape
/// Monday to Friday, except for the days that notices of the State Council name.
/// # Source
/// `policies/library/calendar.toml`, which names the document of each year. Counting follows the
/// Civil Code (民法典): by the calendar (art. 200); the first day does not count, the period begins
/// on the next (art. 201); a last day that is a statutory day off moves to the day after it (art.
/// 203), which for limits in working days is so by itself.
/// # Example
/// ```
/// # use zhida_policies::calendar::WorkingDays;
/// # use zhida_policies::values::date::parse_date;
/// let calendar = WorkingDays::built_in().unwrap();
/// // The Sunday after the Spring Festival of 2024 was worked.
/// assert!(calendar.is_working(parse_date("2024-02-18")?).unwrap());
/// // Five working days from 26 September 2025 jump over the National Day.
/// let until = calendar.add_working_days(parse_date("2025-09-26")?, 5).unwrap();
/// assert_eq!(until.to_string(), "2025-10-10");
/// // Nobody knows yet.
/// assert!(calendar.is_working(parse_date("2031-05-06")?).is_err());
/// # Ok::<(), zhida_policies::values::date::DateParseError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkingDays {
    /// The document number of the first notice of each year.
    years: BTreeMap<i16, String>,
    /// The days that notices name.
    named: BTreeMap<Date, DayKind>,
}

impl WorkingDays {
    /// Reads a calendar file.
    ///
    /// # Errors
    /// All faults of the file in its order; a text that is not TOML has one.
    pub fn read(text: &str) -> Result<WorkingDays, Vec<CalendarFault>> {
        read::read(text)
    }

    /// The calendar that comes with the program.
    ///
    /// # Errors
    /// Its faults: a bug that a test finds.
    pub fn built_in() -> Result<WorkingDays, Vec<CalendarFault>> {
        WorkingDays::read(include_str!("../../library/calendar.toml"))
    }

    /// The years whose notice is known, with its document number.
    pub fn years(&self) -> impl Iterator<Item = (i16, &str)> {
        self.years
            .iter()
            .map(|(year, document)| (*year, document.as_str()))
    }

    /// What a day is.
    ///
    /// # Errors
    /// [`NotCovered`] for a day that the notices do not reach; never a guess by the weekday.
    pub fn kind(&self, day: Date) -> Result<DayKind, NotCovered> {
        let year = day.year();
        if !self.years.contains_key(&year) {
            return Err(NotCovered::Year { year, day });
        }
        let next = year.saturating_add(1);
        let last_week = day.month() == 12 && day.day() >= LAST_WEEK_BEGINS;
        if last_week && !self.years.contains_key(&next) {
            return Err(NotCovered::LastWeek { next, day });
        }
        Ok(match self.named.get(&day) {
            Some(kind) => kind.clone(),
            None if is_weekend(day) => DayKind::Weekend,
            None => DayKind::Weekday,
        })
    }

    /// Whether people work on a day.
    ///
    /// # Errors
    /// [`NotCovered`] where it is not known.
    pub fn is_working(&self, day: Date) -> Result<bool, NotCovered> {
        Ok(self.kind(day)?.is_working())
    }

    /// The last day of a limit of `count` working days that begins with what happens on `from`.
    ///
    /// # Shape
    /// `from` itself does not count, working day or not: the first working day after it is day
    /// one. A limit of no days ends on `from`.
    /// # Errors
    /// [`NotCovered`] when a day on the way is not known.
    /// # Source
    /// 民法典 art. 201.
    pub fn add_working_days(&self, from: Date, count: u32) -> Result<Date, NotCovered> {
        let (mut day, mut counted) = (from, 0u32);
        while counted < count {
            day = after(day)?;
            if self.is_working(day)? {
                counted = counted.saturating_add(1);
            }
        }
        Ok(day)
    }

    /// How many working days lie after `from`, up to and including `until`.
    ///
    /// # Shape
    /// The count that [`WorkingDays::add_working_days`] turns round; zero when `until` is not
    /// after `from`.
    /// # Errors
    /// [`NotCovered`] when a day in between is not known.
    pub fn working_days_between(&self, from: Date, until: Date) -> Result<u32, NotCovered> {
        let (mut day, mut counted) = (from, 0u32);
        while day < until {
            day = after(day)?;
            if self.is_working(day)? {
                counted = counted.saturating_add(1);
            }
        }
        Ok(counted)
    }
}

/// The day after.
fn after(day: Date) -> Result<Date, NotCovered> {
    day.tomorrow().map_err(|_| NotCovered::End { day })
}

/// Whether a day is a Saturday or Sunday.
fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}
