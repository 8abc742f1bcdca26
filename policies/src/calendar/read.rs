//! The reader of `calendar.toml`: collects every fault, guesses nothing.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::fault::{CalendarFault, CalendarFaultKind as Kind};
use super::{DayKind, LAST_WEEK_BEGINS, WorkingDays, is_weekend};
use crate::document::LineIndex;
use crate::values::Date;
use crate::values::date::parse_date;

/// The most days of a holiday: the longest so far, of 2020 with its extension, had ten.
const HOLIDAY_DAYS_MAX: usize = 15;

/// The file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    notice: Vec<Notice>,
}

/// One notice of the State Council.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Notice {
    year: Spanned<i16>,
    document: Spanned<String>,
    issued: Spanned<String>,
    amends: Option<Spanned<String>>,
    holidays: Vec<Holiday>,
    working: Vec<Spanned<String>>,
}

/// One holiday of a notice.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Holiday {
    name: Spanned<String>,
    from: Spanned<String>,
    until: Spanned<String>,
}

/// Reads a calendar, or tells every fault in the order of the text.
pub(super) fn read(text: &str) -> Result<WorkingDays, Vec<CalendarFault>> {
    let mut reader = Reader::default();
    match toml::from_str::<File>(text) {
        Ok(file) => {
            for notice in &file.notice {
                reader.notice(notice);
            }
        }
        Err(error) => {
            let span = error.span().unwrap_or(0..0);
            reader.fault(span, Kind::Toml(error.message().to_owned()));
        }
    }
    if reader.faults.is_empty() {
        return Ok(reader.calendar);
    }
    reader
        .faults
        .sort_by_key(|(span, _)| (span.start, span.end));
    let lines = LineIndex::new(text);
    let faults = reader.faults.into_iter().map(|(span, kind)| CalendarFault {
        position: lines.position(text, span.start),
        kind,
    });
    Err(faults.collect())
}

/// Collects the calendar and its faults.
#[derive(Default)]
struct Reader {
    calendar: WorkingDays,
    documents: BTreeSet<String>,
    faults: Vec<(Range<usize>, Kind)>,
}

impl Reader {
    fn fault(&mut self, span: Range<usize>, kind: Kind) {
        self.faults.push((span, kind));
    }

    fn notice(&mut self, notice: &Notice) {
        let year = *notice.year.get_ref();
        if !(1999..=2999).contains(&year) {
            self.fault(notice.year.span(), Kind::YearRange(year));
            return;
        }
        self.documents_of(notice, year);
        self.date(&notice.issued);
        let mut named = BTreeMap::new();
        for holiday in &notice.holidays {
            self.holiday(holiday, year, &mut named);
        }
        for text in &notice.working {
            let Some(day) = self.date(text) else {
                continue;
            };
            if !is_weekend(day) {
                self.fault(text.span(), Kind::NoWeekend(day));
                continue;
            }
            self.name_day(text.span(), year, day, DayKind::MadeUp, &mut named);
        }
        for (day, (span, kind)) in named {
            let before = self.calendar.named.insert(day, kind);
            if before.is_some() && notice.amends.is_none() {
                self.fault(span, Kind::NamedTwice(day));
            }
        }
    }

    /// The document number, which is new, and that of the notice that it amends, which is not.
    fn documents_of(&mut self, notice: &Notice, year: i16) {
        let document = self.filled(&notice.document, "document");
        match &notice.amends {
            Some(amended) if !self.documents.contains(amended.get_ref()) => {
                let unknown = Kind::UnknownDocument(amended.get_ref().clone());
                self.fault(amended.span(), unknown);
            }
            Some(_) => {}
            None if self.calendar.years.contains_key(&year) => {
                self.fault(notice.year.span(), Kind::SecondNotice(year));
            }
            None => {
                self.calendar.years.insert(year, document.clone());
            }
        }
        if !document.is_empty() && !self.documents.insert(document.clone()) {
            self.fault(notice.document.span(), Kind::SecondDocument(document));
        }
    }

    fn holiday(
        &mut self,
        holiday: &Holiday,
        year: i16,
        named: &mut BTreeMap<Date, (Range<usize>, DayKind)>,
    ) {
        let name = self.filled(&holiday.name, "name");
        let (from, until) = (self.date(&holiday.from), self.date(&holiday.until));
        let (Some(from), Some(until)) = (from, until) else {
            return;
        };
        if until < from {
            self.fault(holiday.until.span(), Kind::Backwards { from, until });
            return;
        }
        let days: Vec<Date> = from
            .series(jiff::Span::new().days(1))
            .take(HOLIDAY_DAYS_MAX.saturating_add(1))
            .take_while(|day| *day <= until)
            .collect();
        if days.len() > HOLIDAY_DAYS_MAX {
            let max = HOLIDAY_DAYS_MAX;
            self.fault(holiday.until.span(), Kind::TooLong { from, until, max });
            return;
        }
        for day in days {
            let kind = DayKind::Holiday(name.clone());
            self.name_day(holiday.from.span(), year, day, kind, named);
        }
    }

    /// Names a day of a notice: of its year or of the last week before it, and once.
    fn name_day(
        &mut self,
        span: Range<usize>,
        year: i16,
        day: Date,
        kind: DayKind,
        named: &mut BTreeMap<Date, (Range<usize>, DayKind)>,
    ) {
        let last_week = day.month() == 12 && day.day() >= LAST_WEEK_BEGINS;
        let reaches_back = last_week && day.year().saturating_add(1) == year;
        if day.year() != year && !reaches_back {
            self.fault(span, Kind::OutsideYear { day, year });
        } else if let Entry::Vacant(place) = named.entry(day) {
            place.insert((span, kind));
        } else {
            self.fault(span, Kind::NamedTwice(day));
        }
    }

    fn date(&mut self, text: &Spanned<String>) -> Option<Date> {
        let date = parse_date(text.get_ref()).ok();
        if date.is_none() {
            self.fault(text.span(), Kind::Date(text.get_ref().clone()));
        }
        date
    }

    /// A text that must not be empty.
    fn filled(&mut self, text: &Spanned<String>, key: &'static str) -> String {
        let plain = text.get_ref().trim();
        if plain.is_empty() {
            self.fault(text.span(), Kind::Empty(key));
        }
        plain.to_owned()
    }
}
