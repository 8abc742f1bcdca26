//! What can be wrong with a calendar file.

use crate::document::LinePosition;
use crate::values::Date;

/// One fault of a calendar file and its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("第 {} 行第 {} 列:{kind}", position.line, position.column)]
pub struct CalendarFault {
    /// Where it is.
    pub position: LinePosition,
    /// What is wrong there.
    pub kind: CalendarFaultKind,
}

/// The kinds of [`CalendarFault`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CalendarFaultKind {
    /// The text is not TOML of the right shape.
    #[error("不是有效的放假安排文件:{0}")]
    Toml(String),
    /// A text is not a date.
    #[error("“{0}”不是日期,应写作 2025-01-28")]
    Date(String),
    /// A text that must say something is empty.
    #[error("“{0}”不能为空")]
    Empty(&'static str),
    /// A year that no notice can be about.
    #[error("年份 {0} 不在 1999 至 2999 之间")]
    YearRange(i16),
    /// A second notice for a year does not say what it amends.
    #[error("{0} 年已有一份通知;补充通知要用 amends 写明所改的文号")]
    SecondNotice(i16),
    /// A document number stands twice.
    #[error("文号“{0}”重复")]
    SecondDocument(String),
    /// A notice amends one that is not above it.
    #[error("前面没有文号为“{0}”的通知")]
    UnknownDocument(String),
    /// A holiday ends before it begins.
    #[error("放假到 {until} 结束,却从 {from} 开始")]
    Backwards {
        /// The first day.
        from: Date,
        /// The last day.
        until: Date,
    },
    /// A holiday is longer than any.
    #[error("{from} 至 {until} 超过 {max} 天,不像一个假期")]
    TooLong {
        /// The first day.
        from: Date,
        /// The last day.
        until: Date,
        /// The most days.
        max: usize,
    },
    /// A day that the notice for this year cannot speak of.
    #[error("{day} 不在 {year} 年通知的范围内")]
    OutsideYear {
        /// The day.
        day: Date,
        /// The year of the notice.
        year: i16,
    },
    /// A made-up working day is no Saturday or Sunday.
    #[error("{0} 本来就是工作日,不会是调休上班的日子")]
    NoWeekend(Date),
    /// A day is named twice.
    #[error("{0} 已有安排")]
    NamedTwice(Date),
}
