//! What stands after `@`: a year, a part of one, or a day.

use super::scanner::{Scanner, is_word_char};
use crate::syntax::ast::{PeriodSyntaxKind, YearPart, YearSyntax};
use crate::syntax::keywords::{Meaning, PeriodWord, TABLE};
use crate::values::Date;

/// What was read and where it ends.
pub(crate) struct PeriodScan {
    /// The period, or what is wrong with it.
    pub(crate) kind: Result<PeriodSyntaxKind, String>,
    /// One past the last character.
    pub(crate) end: usize,
}

/// Reads a period at the place of the scanner.
pub(super) fn scan(scanner: &Scanner<'_>) -> PeriodScan {
    let mut reader = Reader {
        scanner,
        at: scanner.at,
    };
    let kind = reader.period();
    let mut end = reader.at;
    while is_word_char(scanner.char_at(end)) {
        end = end.saturating_add(1);
    }
    let written = scanner.written(scanner.at, end);
    let kind = match kind {
        Some(Ok(kind)) if end == reader.at => Ok(kind),
        Some(Err(message)) => Err(message),
        Some(Ok(_)) | None if written.is_empty() => Err("@ 之后要写时期".to_owned()),
        Some(Ok(_)) | None => Err(format!("“{written}”不是时期")),
    };
    PeriodScan { kind, end }
}

/// A walk over the characters of a period.
struct Reader<'a, 's> {
    scanner: &'a Scanner<'s>,
    at: usize,
}

impl Reader<'_, '_> {
    fn period(&mut self) -> Option<Result<PeriodSyntaxKind, String>> {
        if let Some(date) = self.date() {
            return Some(date.map(PeriodSyntaxKind::Date));
        }
        let year = self.year();
        let before_dot = self.at;
        if year.is_some() && self.eat(".") && self.scanner.char_at(self.at) == '.' {
            self.at = before_dot;
        }
        let part = match self.part() {
            Some(Ok(part)) => Some(part),
            Some(Err(message)) => return Some(Err(message)),
            None => {
                self.at = before_dot;
                None
            }
        };
        if year.is_none() && part.is_none() {
            return None;
        }
        Some(Ok(PeriodSyntaxKind::Year(
            year.unwrap_or(YearSyntax::Offset(0)),
            part,
        )))
    }

    fn date(&mut self) -> Option<Result<Date, String>> {
        let text = self.scanner.folded(self.at, self.at.saturating_add(10));
        if !is_date_shape(&text) {
            return None;
        }
        self.at = self.at.saturating_add(10);
        Some(read_date(&text))
    }

    fn year(&mut self) -> Option<YearSyntax> {
        for (stem, sign) in [("年-", -1), ("year-", -1), ("年+", 1), ("year+", 1)] {
            let start = self.at;
            if self.eat(stem) {
                if let Some(count) = self.number(2) {
                    return Some(YearSyntax::Offset(count.saturating_mul(sign)));
                }
                self.at = start;
            }
        }
        if let Some(PeriodWord::Year(offset)) =
            self.word(|word| matches!(word, PeriodWord::Year(_)))
        {
            return Some(YearSyntax::Offset(offset));
        }
        let start = self.at;
        if self.digits(4) == 4 {
            let year = self.scanner.folded(start, self.at).parse().ok()?;
            self.eat("年");
            return Some(YearSyntax::Fixed(year));
        }
        self.at = start;
        None
    }

    fn part(&mut self) -> Option<Result<YearPart, String>> {
        match self.word(|word| !matches!(word, PeriodWord::Year(_))) {
            Some(PeriodWord::Quarter(quarter)) => return Some(Ok(YearPart::Quarter(quarter))),
            Some(PeriodWord::Half(half)) => return Some(Ok(YearPart::Half(half))),
            Some(PeriodWord::Year(_)) | None => {}
        }
        let first = self.month()?;
        let start = self.at;
        let last = if self.eat("..") {
            self.month().unwrap_or_else(|| {
                self.at = start;
                first
            })
        } else {
            first
        };
        if first < 1 || last > 12 || first > last {
            return Some(Err(format!("没有 {first} 月到 {last} 月这样的时期")));
        }
        Some(Ok(YearPart::Months(first, last)))
    }

    /// `3月` or `m3`.
    fn month(&mut self) -> Option<u8> {
        let start = self.at;
        let english = self.eat("m");
        let month = self.number(2).and_then(|month| u8::try_from(month).ok());
        if month.is_some() && (english || self.eat("月")) {
            return month;
        }
        self.at = start;
        None
    }

    /// The longest word of the table that stands here and is wanted.
    fn word(&mut self, wanted: impl Fn(PeriodWord) -> bool) -> Option<PeriodWord> {
        let mut best: Option<(usize, PeriodWord)> = None;
        for entry in TABLE {
            let Meaning::Period(word) = entry.meaning else {
                continue;
            };
            for spelling in [entry.chinese, entry.english] {
                let length = spelling.chars().count();
                let longer = best.is_none_or(|(known, _)| length > known);
                if wanted(word) && longer && self.scanner.starts_with_at(self.at, spelling) {
                    best = Some((length, word));
                }
            }
        }
        let (length, word) = best?;
        self.at = self.at.saturating_add(length);
        Some(word)
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = self.scanner.starts_with_at(self.at, text);
        if found {
            self.at = self.at.saturating_add(text.chars().count());
        }
        found
    }

    /// Skips up to `most` digits and tells how many there were.
    fn digits(&mut self, most: usize) -> usize {
        let start = self.at;
        while self.scanner.char_at(self.at).is_ascii_digit() && self.at.saturating_sub(start) < most
        {
            self.at = self.at.saturating_add(1);
        }
        self.at.saturating_sub(start)
    }

    fn number(&mut self, most: usize) -> Option<i32> {
        let start = self.at;
        self.digits(most);
        self.scanner.folded(start, self.at).parse().ok()
    }
}

/// Whether a text has the shape `dddd-dd-dd`.
pub(super) fn is_date_shape(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

/// Reads a text of the shape `dddd-dd-dd`.
pub(super) fn read_date(text: &str) -> Result<Date, String> {
    let part = |range: std::ops::Range<usize>| text.get(range).unwrap_or_default();
    let wrong = || format!("“{text}”不是日期");
    let year: i16 = part(0..4).parse().map_err(|_| wrong())?;
    let month: i8 = part(5..7).parse().map_err(|_| wrong())?;
    let day: i8 = part(8..10).parse().map_err(|_| wrong())?;
    if !(1..=12).contains(&month) {
        return Err(format!("没有 {month} 月"));
    }
    Date::new(year, month, day).map_err(|_| format!("{year} 年 {month} 月没有 {day} 日"))
}
