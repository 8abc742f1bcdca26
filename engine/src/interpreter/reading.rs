//! What a rule reads: facts over their periods, fields, parameters and the ledger.

use zhida_policies::measure::expression::{FactRead, PeriodRead, Value};
use zhida_policies::measure::{MeasureRef, ParameterId};
use zhida_policies::span::Span;
use zhida_policies::syntax::ast::{PaidPeriodSyntax, YearSyntax};
use zhida_policies::values::{Date, Period};
use zhida_policies::vocabulary::FactId;

use crate::facts::{PaidWhen, Reading};
use crate::interpreter::arithmetic;
use crate::interpreter::bounds::Bounds;
use crate::interpreter::evaluation::{Evaluation, Lack, MissingFact, UndefinedReason};
use crate::interpreter::evaluator::Evaluator;
use crate::interpreter::trace::Step;

/// The periods of one read, from the first to the last, all of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeriodRange {
    /// The first period.
    pub first: Period,
    /// The last period.
    pub last: Period,
}

impl PeriodRange {
    /// The periods that a rule names, for an assessment year.
    #[must_use]
    pub fn of(read: PeriodRead, assessment_year: i32) -> Self {
        let (first, last) = match read {
            PeriodRead::Status => (Period::Status, Period::Status),
            PeriodRead::Year(year) => {
                let period = Period::Year(year_of(year, assessment_year));
                (period, period)
            }
            PeriodRead::Quarters(year, first, last) => {
                let year = year_of(year, assessment_year);
                (Period::Quarter(year, first), Period::Quarter(year, last))
            }
            PeriodRead::Months(year, first, last) => {
                let year = year_of(year, assessment_year);
                (Period::Month(year, first), Period::Month(year, last))
            }
        };
        Self { first, last }
    }

    /// Whether it is one period only.
    #[must_use]
    pub fn is_single(self) -> bool {
        self.first == self.last
    }

    /// Its periods, in order.
    pub fn periods(self) -> impl Iterator<Item = Period> {
        std::iter::successors(Some(self.first), move |period| {
            if *period >= self.last {
                return None;
            }
            match *period {
                Period::Status | Period::Year(_) => None,
                Period::Quarter(year, quarter) => {
                    Some(Period::Quarter(year, quarter.checked_add(1)?))
                }
                Period::Month(year, month) => Some(Period::Month(year, month.checked_add(1)?)),
            }
        })
    }
}

/// The calendar year that a rule names, for an assessment year.
#[must_use]
pub fn year_of(year: YearSyntax, assessment_year: i32) -> i32 {
    match year {
        YearSyntax::Offset(years) => assessment_year.saturating_add(years),
        YearSyntax::Fixed(year) => year,
    }
}

/// Which payments a rule names, for an assessment year.
#[must_use]
pub fn paid_when(period: Option<PaidPeriodSyntax>, assessment_year: i32) -> PaidWhen {
    match period {
        None => PaidWhen::Always,
        Some(PaidPeriodSyntax::Year(year)) => PaidWhen::Year(year_of(year, assessment_year)),
        Some(PaidPeriodSyntax::Dates(from, to)) => PaidWhen::Dates(from, to),
    }
}

impl Evaluator<'_> {
    /// The periods of a read in this run.
    pub(super) fn range(&self, read: FactRead) -> PeriodRange {
        PeriodRange::of(read.period, self.context.year)
    }

    /// A fact: its value, or the sum of its values over several periods.
    pub(super) fn read_fact(&mut self, read: FactRead, span: Span) -> Evaluation {
        let range = self.range(read);
        if range.is_single() {
            let reading = self.facts.read(read.fact, range.first);
            return plain(reading, read.fact, range.first, span);
        }
        match self.facts.total(read.fact, range) {
            Some(Reading::Known(value)) => Evaluation::Known(value),
            Some(Reading::Records(_)) => Evaluation::undefined(UndefinedReason::WrongType, span),
            Some(Reading::Missing) | None => self.sum_of_parts(read.fact, range, span),
        }
    }

    /// The sum over periods: unknown as soon as one is missing, and then all missing are named.
    fn sum_of_parts(&mut self, fact: FactId, range: PeriodRange, span: Span) -> Evaluation {
        let mut lack = Lack::default();
        let mut sum: Option<Value> = None;
        for period in range.periods() {
            self.open();
            let part = plain(self.facts.read(fact, period), fact, period, span);
            self.close(Step::Part(fact, period), span, &part);
            let Evaluation::Known(value) = part else {
                lack.note(&part);
                continue;
            };
            sum = match sum {
                None => Some(value),
                Some(so_far) => match arithmetic::add(&so_far, &value) {
                    Ok(sum) => Some(sum),
                    Err(reason) => return Evaluation::undefined(reason, span),
                },
            };
        }
        let known = || sum.map_or_else(Evaluation::nothing, Evaluation::Known);
        lack.result(Bounds::default).unwrap_or_else(known)
    }

    /// A field of the record at hand.
    pub(super) fn read_field(&mut self, list: FactId, field: usize, span: Span) -> Evaluation {
        let current = self
            .records
            .iter()
            .rev()
            .find(|current| current.list == list);
        let Some(current) = current else {
            return Evaluation::undefined(UndefinedReason::InvalidRule, span);
        };
        let value = current
            .records
            .get(current.index)
            .and_then(|record| record.get(field));
        match value {
            Some(Some(value)) => Evaluation::Known(value.clone()),
            Some(None) | None => Evaluation::missing(MissingFact::Field {
                list,
                period: current.period,
                record: current.index,
                field,
            }),
        }
    }

    /// A parameter on the assessment date, or on the day given.
    pub(super) fn parameter(
        &mut self,
        ParameterId(place): ParameterId,
        day: Option<Date>,
        span: Span,
    ) -> Evaluation {
        let day = day.unwrap_or(self.context.as_of);
        let Some(parameter) = self.library.parameters.get(place) else {
            return Evaluation::undefined(UndefinedReason::InvalidRule, span);
        };
        match parameter.on(day) {
            Some(value) => Evaluation::Known(value.clone()),
            None => Evaluation::missing(MissingFact::Parameter {
                parameter: ParameterId(place),
                day,
            }),
        }
    }

    /// `已付(…)`
    pub(super) fn paid(
        &mut self,
        measure: &MeasureRef,
        period: Option<PaidPeriodSyntax>,
    ) -> Evaluation {
        let when = paid_when(period, self.context.year);
        Evaluation::Known(Value::Money(self.facts.paid(measure, when).to_number()))
    }
}

/// A reading of a fact that is not a list.
fn plain(reading: Reading, fact: FactId, period: Period, span: Span) -> Evaluation {
    match reading {
        Reading::Known(value) => Evaluation::Known(value),
        Reading::Missing => Evaluation::missing(MissingFact::Fact { fact, period }),
        Reading::Records(_) => Evaluation::undefined(UndefinedReason::WrongType, span),
    }
}
