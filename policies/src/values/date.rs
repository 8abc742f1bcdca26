//! Calendar dates and spans of months and days.

use std::fmt;

use jiff::Span;
pub use jiff::civil::Date;

/// The text is not a date written as year, month and day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a date such as 2025-03-01")]
pub struct DateParseError;

/// The result lies outside the calendar (years -9999 to 9999).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the date lies outside the calendar")]
pub struct DateOverflow;

/// Reads `2025-03-01`: four, two and two digits, and a day that exists.
///
/// # Errors
/// [`DateParseError`] for any other text.
/// # Example
/// ```
/// # use zhida_policies::values::date::parse_date;
/// assert_eq!(parse_date("2024-02-29")?.to_string(), "2024-02-29");
/// assert!(parse_date("2025-02-29").is_err());
/// # Ok::<(), zhida_policies::values::date::DateParseError>(())
/// ```
pub fn parse_date(text: &str) -> Result<Date, DateParseError> {
    let shape = text.len() == 10
        && text.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !shape {
        return Err(DateParseError);
    }
    let mut parts = text.split('-');
    let mut part = || parts.next().ok_or(DateParseError);
    let year = part()?.parse().map_err(|_| DateParseError)?;
    let month = part()?.parse().map_err(|_| DateParseError)?;
    let day = part()?.parse().map_err(|_| DateParseError)?;
    Date::new(year, month, day).map_err(|_| DateParseError)
}

/// A span of months and days, either of which may be negative.
///
/// # Shape
/// A year is twelve months; months and days do not convert into each other.
/// # Example
/// ```
/// # use zhida_policies::values::date::{Duration, parse_date};
/// let end_of_january = parse_date("2025-01-31").unwrap();
/// let later = Duration::from_months(1).after(end_of_january)?;
/// assert_eq!(later.to_string(), "2025-02-28");
/// # Ok::<(), zhida_policies::values::date::DateOverflow>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration {
    /// Whole months.
    pub months: i64,
    /// Whole days.
    pub days: i64,
}

impl Duration {
    /// A span of whole years.
    ///
    /// # Errors
    /// [`DateOverflow`] when its months do not fit.
    pub fn from_years(years: i64) -> Result<Duration, DateOverflow> {
        Ok(Duration::from_months(
            years.checked_mul(12).ok_or(DateOverflow)?,
        ))
    }

    /// A span of whole months.
    #[must_use]
    pub const fn from_months(months: i64) -> Duration {
        Duration { months, days: 0 }
    }

    /// A span of whole days.
    #[must_use]
    pub const fn from_days(days: i64) -> Duration {
        Duration { months: 0, days }
    }

    /// The sum of two spans.
    ///
    /// # Errors
    /// [`DateOverflow`] when it does not fit.
    pub fn checked_add(self, other: Duration) -> Result<Duration, DateOverflow> {
        Ok(Duration {
            months: self.months.checked_add(other.months).ok_or(DateOverflow)?,
            days: self.days.checked_add(other.days).ok_or(DateOverflow)?,
        })
    }

    /// The span the other way.
    ///
    /// # Errors
    /// [`DateOverflow`] when it does not fit.
    pub fn checked_neg(self) -> Result<Duration, DateOverflow> {
        Ok(Duration {
            months: self.months.checked_neg().ok_or(DateOverflow)?,
            days: self.days.checked_neg().ok_or(DateOverflow)?,
        })
    }

    /// The date this span after `date`: first the months, on the last day of the month if the day
    /// does not exist there, then the days.
    ///
    /// # Errors
    /// [`DateOverflow`] outside the calendar.
    pub fn after(self, date: Date) -> Result<Date, DateOverflow> {
        let span = Span::new()
            .try_months(self.months)
            .and_then(|span| date.checked_add(span))
            .and_then(|date| date.checked_add(Span::new().try_days(self.days)?));
        span.map_err(|_| DateOverflow)
    }

    /// The date this span before `date`, months first.
    ///
    /// # Errors
    /// [`DateOverflow`] outside the calendar.
    pub fn before(self, date: Date) -> Result<Date, DateOverflow> {
        self.checked_neg()?.after(date)
    }
}

impl fmt::Display for Duration {
    /// Writes `2年`, `18个月`, `30天`, `6个月15天`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        if self.months != 0 {
            text = match self.months.checked_div(12) {
                Some(years) if self.months.checked_rem(12) == Some(0) => format!("{years}年"),
                Some(_) | None => format!("{}个月", self.months),
            };
        }
        if self.days != 0 || self.months == 0 {
            text = format!("{text}{}天", self.days);
        }
        f.pad(&text)
    }
}

/// The days from `from` to `to`; negative when `to` is earlier.
#[must_use]
pub fn days_between(from: Date, to: Date) -> i64 {
    from.duration_until(to)
        .as_hours()
        .checked_div(24)
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        parse_date(text).unwrap()
    }

    #[test]
    fn months_stay_inside_the_month() {
        for (from, months, days, to) in [
            ("2024-01-31", 1, 0, "2024-02-29"),
            ("2024-02-29", 12, 0, "2025-02-28"),
            ("2024-03-31", -1, 0, "2024-02-29"),
            ("2024-01-31", 1, 1, "2024-03-01"),
            ("2024-12-15", 1, 20, "2025-02-04"),
        ] {
            assert_eq!(
                Duration { months, days }.after(day(from)),
                Ok(day(to)),
                "{from}"
            );
        }
        assert_eq!(
            Duration::from_days(1).before(day("2025-01-01")),
            Ok(day("2024-12-31"))
        );
        assert_eq!(
            Duration::from_days(i64::MAX).after(day("2025-01-01")),
            Err(DateOverflow)
        );
        assert_eq!(
            Duration::from_months(i64::MIN).before(day("2025-01-01")),
            Err(DateOverflow)
        );
        assert_eq!(Duration::from_years(i64::MAX), Err(DateOverflow));
    }

    #[test]
    fn only_dates_that_exist() {
        for text in [
            "2025-2-01",
            "2025/02/01",
            "2025-13-01",
            "2025-04-31",
            "20250401",
            "２025-04-1",
            "",
            "-025-01-01",
        ] {
            assert_eq!(parse_date(text), Err(DateParseError), "{text}");
        }
    }

    #[test]
    fn days_are_counted_over_leap_years() {
        assert_eq!(days_between(day("2024-02-28"), day("2024-03-01")), 2);
        assert_eq!(days_between(day("2025-01-01"), day("2024-01-01")), -366);
    }

    #[test]
    fn spans_are_written_plainly() {
        let shown = |months, days| Duration { months, days }.to_string();
        assert_eq!(shown(24, 0), "2年");
        assert_eq!(shown(6, 15), "6个月15天");
        assert_eq!(shown(0, 0), "0天");
    }
}
