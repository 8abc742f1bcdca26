//! Facts with one of them a little more or a little less.

use zhida_policies::measure::MeasureRef;
use zhida_policies::measure::expression::Value;
use zhida_policies::values::{Money, Number, Period, Region};
use zhida_policies::vocabulary::FactId;

use crate::facts::{Facts, PaidWhen, Reading};
use crate::interpreter::PeriodRange;

/// The facts of an enterprise, with the amounts of one fact times a ratio.
pub(super) struct Nudged<'a> {
    pub(super) facts: &'a dyn Facts,
    pub(super) fact: FactId,
    pub(super) ratio: Number,
}

impl Nudged<'_> {
    fn nudge(&self, value: Value) -> Value {
        let times = |number: Number| number.checked_mul(&self.ratio).unwrap_or(number);
        match value {
            // A fact is whole fen, so that what is compared with it is not a fraction off.
            Value::Money(fen) => Value::Money(whole(times(fen))),
            Value::Number(number) => Value::Number(times(number)),
            other @ (Value::Boolean(_)
            | Value::Date(_)
            | Value::Duration(_)
            | Value::Text(_)
            | Value::Set(_)
            | Value::Sequence(_)
            | Value::Test(_)) => other,
        }
    }
}

/// The number without its fraction.
fn whole(number: Number) -> Number {
    let part = number.modulo(&Number::one());
    let floor = part.ok().and_then(|part| number.checked_sub(&part).ok());
    floor.unwrap_or(number)
}

impl Facts for Nudged<'_> {
    fn enterprise(&self) -> &str {
        self.facts.enterprise()
    }

    fn read(&self, fact: FactId, period: Period) -> Reading {
        match self.facts.read(fact, period) {
            Reading::Known(value) if fact == self.fact => Reading::Known(self.nudge(value)),
            other @ (Reading::Known(_) | Reading::Records(_) | Reading::Missing) => other,
        }
    }

    fn total(&self, fact: FactId, range: PeriodRange) -> Option<Reading> {
        self.facts.total(fact, range)
    }

    fn division(&self) -> Option<Region> {
        self.facts.division()
    }

    fn source(&self, fact: FactId, period: Period) -> String {
        self.facts.source(fact, period)
    }

    fn paid(&self, measure: &MeasureRef, when: PaidWhen) -> Money {
        self.facts.paid(measure, when)
    }
}
