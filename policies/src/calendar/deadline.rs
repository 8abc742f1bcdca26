//! Where a limit in working days stands on a day: what the work list of a department shows.

use super::{NotCovered, WorkingDays};
use crate::values::Date;

/// A limit in working days, seen from one day.
///
/// # Shape
/// The day of the start does not count. The limit is kept until the end of its last day (民法典
/// art. 203), so that on that day no day is left and nothing is late.
/// # Example
/// ```
/// # use zhida_policies::calendar::{Standing, WorkingDays};
/// # use zhida_policies::values::date::parse_date;
/// let calendar = WorkingDays::built_in().unwrap();
/// let (start, today) = (parse_date("2025-04-25")?, parse_date("2025-04-30")?);
/// // 27 April was a Sunday of work; 26 April and 1 to 5 May were free.
/// let deadline = calendar.deadline(start, 7, today).unwrap();
/// assert_eq!(deadline.due.to_string(), "2025-05-08");
/// assert_eq!(deadline.used, 4);
/// assert_eq!(deadline.standing, Standing::InTime { left: 3 });
/// # Ok::<(), zhida_policies::values::date::DateParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// The last day of the limit.
    pub due: Date,
    /// The working days that are gone, today included; none before the start.
    pub used: u32,
    /// Whether the limit is kept, and by how much or not.
    pub standing: Standing,
}

/// Whether a limit is still kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The last day is not over.
    InTime {
        /// The working days after today that are left.
        left: u32,
    },
    /// The last day is over.
    Overdue {
        /// The working days since then, today included; none on the first days off after it.
        working_days: u32,
        /// The calendar days since then: at least one.
        days: u32,
    },
}

impl Deadline {
    /// Whether the last day is over.
    #[must_use]
    pub fn is_overdue(&self) -> bool {
        match self.standing {
            Standing::InTime { .. } => false,
            Standing::Overdue { .. } => true,
        }
    }
}

impl WorkingDays {
    /// Where a limit of `limit` working days that began with what happened on `start` stands.
    ///
    /// # Errors
    /// [`NotCovered`] when a day up to the last of the limit, or up to today, is not known.
    /// # Source
    /// 民法典 art. 201 and 203.
    pub fn deadline(&self, start: Date, limit: u32, today: Date) -> Result<Deadline, NotCovered> {
        let due = self.add_working_days(start, limit)?;
        let used = self.working_days_between(start, today)?;
        let standing = if today <= due {
            let left = limit.saturating_sub(used);
            Standing::InTime { left }
        } else {
            let days = due.series(jiff::Span::new().days(1)).skip(1);
            let days = days.take_while(|day| *day <= today).count();
            Standing::Overdue {
                working_days: self.working_days_between(due, today)?,
                days: u32::try_from(days).unwrap_or(u32::MAX),
            }
        };
        Ok(Deadline {
            due,
            used,
            standing,
        })
    }
}
