//! The stretch of time that one value of a fact is about.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Which periods a fact has: its `period` in the vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PeriodKind {
    /// A status on a date (`none`).
    None,
    /// One value per year.
    Year,
    /// One value per quarter.
    Quarter,
    /// One value per month.
    Month,
}

impl PeriodKind {
    /// Every kind.
    pub const ALL: [PeriodKind; 4] = [
        PeriodKind::None,
        PeriodKind::Year,
        PeriodKind::Quarter,
        PeriodKind::Month,
    ];

    /// The word of the vocabulary.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            PeriodKind::None => "none",
            PeriodKind::Year => "year",
            PeriodKind::Quarter => "quarter",
            PeriodKind::Month => "month",
        }
    }

    /// The kind with this word in the vocabulary.
    #[must_use]
    pub fn from_word(word: &str) -> Option<PeriodKind> {
        PeriodKind::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// One period: a year, a quarter, a month, or the status on the as-of date of a run.
///
/// Within one kind the order is that of time. Years run from 1 to 9999.
///
/// # Example
/// ```
/// # use zhida_policies::values::Period;
/// let quarter: Period = "2025Q1".parse()?;
/// assert_eq!(quarter.last_day().unwrap().to_string(), "2025-03-31");
/// assert!(quarter < "2025Q2".parse()?);
/// # Ok::<(), zhida_policies::values::period::PeriodError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// The status on the as-of date.
    Status,
    /// A calendar year.
    Year(i32),
    /// A quarter, 1 to 4, of a year.
    Quarter(i32, u8),
    /// A month, 1 to 12, of a year.
    Month(i32, u8),
}

/// The text is not a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a period such as 2025, 2025Q1 or 2025-03")]
pub struct PeriodError;

impl Period {
    /// The kind of facts that have values for this period.
    #[must_use]
    pub const fn kind(self) -> PeriodKind {
        match self {
            Period::Status => PeriodKind::None,
            Period::Year(_) => PeriodKind::Year,
            Period::Quarter(..) => PeriodKind::Quarter,
            Period::Month(..) => PeriodKind::Month,
        }
    }

    /// The year, if this is not a status.
    #[must_use]
    pub const fn year(self) -> Option<i32> {
        match self {
            Period::Status => None,
            Period::Year(year) | Period::Quarter(year, _) | Period::Month(year, _) => Some(year),
        }
    }

    /// The first day; nothing for a status or a period outside the calendar.
    #[must_use]
    pub fn first_day(self) -> Option<Date> {
        let (year, first, _) = self.months()?;
        Date::new(i16::try_from(year).ok()?, first, 1).ok()
    }

    /// The last day; nothing for a status or a period outside the calendar.
    #[must_use]
    pub fn last_day(self) -> Option<Date> {
        let (year, _, last) = self.months()?;
        Some(
            Date::new(i16::try_from(year).ok()?, last, 1)
                .ok()?
                .last_of_month(),
        )
    }

    /// The year, the first and the last month.
    fn months(self) -> Option<(i32, i8, i8)> {
        match self {
            Period::Status => None,
            Period::Year(year) => Some((year, 1, 12)),
            Period::Quarter(year, quarter) => {
                let last = i8::try_from(quarter).ok()?.checked_mul(3)?;
                Some((year, last.checked_sub(2)?, last))
            }
            Period::Month(year, month) => {
                let month = i8::try_from(month).ok()?;
                Some((year, month, month))
            }
        }
    }
}

impl fmt::Display for Period {
    /// Writes `2025`, `2025Q1`, `2025-03`, or `status`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Period::Status => f.pad("status"),
            Period::Year(year) => f.pad(&format!("{year:04}")),
            Period::Quarter(year, quarter) => f.pad(&format!("{year:04}Q{quarter}")),
            Period::Month(year, month) => f.pad(&format!("{year:04}-{month:02}")),
        }
    }
}

impl FromStr for Period {
    type Err = PeriodError;

    /// Reads `2025`, `2025Q1` or `2025-03`, or `status`.
    fn from_str(text: &str) -> Result<Period, PeriodError> {
        if text == "status" {
            return Ok(Period::Status);
        }
        let (year, rest) = text.split_at_checked(4).ok_or(PeriodError)?;
        let year = i32::from(digits(year)?);
        if year == 0 {
            return Err(PeriodError);
        }
        if rest.is_empty() {
            return Ok(Period::Year(year));
        }
        if let Some(quarter) = rest.strip_prefix(['Q', 'q'])
            && quarter.len() == 1
        {
            return match u8::try_from(digits(quarter)?) {
                Ok(quarter @ 1..=4) => Ok(Period::Quarter(year, quarter)),
                Ok(_) | Err(_) => Err(PeriodError),
            };
        }
        if let Some(month) = rest.strip_prefix('-')
            && month.len() == 2
        {
            return match u8::try_from(digits(month)?) {
                Ok(month @ 1..=12) => Ok(Period::Month(year, month)),
                Ok(_) | Err(_) => Err(PeriodError),
            };
        }
        Err(PeriodError)
    }
}

/// Reads a few plain digits.
fn digits(text: &str) -> Result<u16, PeriodError> {
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(PeriodError);
    }
    text.parse().map_err(|_| PeriodError)
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Period, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_and_their_days() {
        for (text, period, first, last) in [
            ("2025", Period::Year(2025), "2025-01-01", "2025-12-31"),
            (
                "2025Q1",
                Period::Quarter(2025, 1),
                "2025-01-01",
                "2025-03-31",
            ),
            (
                "2025Q4",
                Period::Quarter(2025, 4),
                "2025-10-01",
                "2025-12-31",
            ),
            (
                "2024-02",
                Period::Month(2024, 2),
                "2024-02-01",
                "2024-02-29",
            ),
            (
                "2025-02",
                Period::Month(2025, 2),
                "2025-02-01",
                "2025-02-28",
            ),
        ] {
            assert_eq!(text.parse(), Ok(period));
            assert_eq!(period.to_string(), text);
            assert_eq!(period.first_day().unwrap().to_string(), first);
            assert_eq!(period.last_day().unwrap().to_string(), last);
        }
        assert_eq!(Period::Status.to_string().parse(), Ok(Period::Status));
        assert_eq!(Period::Status.first_day(), None);
        assert_eq!(Period::Quarter(2025, 5).last_day(), None);
        assert_eq!(Period::Year(i32::MAX).first_day(), None);
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "", "25", "0000", "2025Q0", "2025Q5", "2025Q11", "2025-13", "2025-00", "2025-3",
            "20255", "年年", "+202",
        ] {
            assert_eq!(text.parse::<Period>(), Err(PeriodError), "{text}");
        }
    }

    #[test]
    fn kinds_have_words() {
        for kind in PeriodKind::ALL {
            assert_eq!(PeriodKind::from_word(kind.word()), Some(kind));
        }
        assert_eq!(PeriodKind::from_word("week"), None);
        assert_eq!(Period::Month(2025, 3).kind(), PeriodKind::Month);
    }
}
