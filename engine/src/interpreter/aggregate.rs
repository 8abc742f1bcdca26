//! Aggregates over the records of a list fact.

use std::cmp::Ordering;
use std::convert::identity;
use std::sync::Arc;

use zhida_policies::measure::expression::{Aggregate, Arithmetic, Value};
use zhida_policies::span::Span;
use zhida_policies::syntax::words::Function;
use zhida_policies::values::{Number, Period};
use zhida_policies::vocabulary::FactId;

use crate::facts::{Reading, Record};
use crate::interpreter::arithmetic::{self, Unit};
use crate::interpreter::bounds::Bounds;
use crate::interpreter::comparing::order;
use crate::interpreter::evaluation::{Evaluation, Lack, MissingFact, UndefinedReason};
use crate::interpreter::evaluator::{CurrentRecord, Evaluator};
use crate::interpreter::functions::{ItemsFunction, Kind};
use crate::interpreter::shape;
use crate::interpreter::trace::Step;
use crate::interpreter::truth::{Junction, Truth};

/// The records of a list fact for one period.
type Records = (Period, Arc<[Record]>);

/// The records that count, and those that may.
#[derive(Default)]
struct Members {
    /// The values of the records that surely count.
    certain: Vec<Evaluation>,
    /// The values of the records whose filter is unknown.
    possible: Vec<Evaluation>,
    /// Why it is not known whether they count, and what the values lack.
    lack: Lack,
}

impl Evaluator<'_> {
    /// An aggregate over a list fact.
    ///
    /// A record whose filter is unknown is a possible member: the aggregate is then unknown,
    /// between the values that it can have.
    pub(super) fn aggregate(&mut self, aggregate: &Aggregate, span: Span) -> Evaluation {
        let lists = match self.lists(aggregate, span) {
            Ok(lists) => lists,
            Err(evaluation) => return evaluation,
        };
        let function = match Kind::of(aggregate.function) {
            Kind::Any => return self.quantify(aggregate, &lists, Junction::any(), identity),
            Kind::All => return self.quantify(aggregate, &lists, Junction::all(), Truth::negate),
            Kind::Items(function) => function,
            Kind::Rounding(_)
            | Kind::Absolute
            | Kind::Number
            | Kind::Date
            | Kind::Text
            | Kind::StringJoin
            | Kind::ToNumber
            | Kind::Missing
            | Kind::Is => return Evaluation::undefined(UndefinedReason::InvalidRule, span),
        };
        let members = self.members(aggregate, &lists, span);
        match function {
            ItemsFunction::Sum => {
                let value = aggregate.value.as_ref();
                let unit = value.map_or(Unit::One, |value| shape::unit_of(self.scope(), value));
                sum(&members, unit, span)
            }
            ItemsFunction::Count => count(&members),
            ItemsFunction::Mean => mean(&members, span, || self.nothing_in(aggregate)),
            ItemsFunction::Max => {
                extreme(&members, Ordering::Greater, || self.nothing_in(aggregate))
            }
            ItemsFunction::Min => extreme(&members, Ordering::Less, || self.nothing_in(aggregate)),
            ItemsFunction::Median | ItemsFunction::Mode | ItemsFunction::Product => {
                Evaluation::undefined(UndefinedReason::InvalidRule, span)
            }
        }
    }

    /// The records of all periods of the list, or what the aggregate is without them.
    fn lists(&mut self, aggregate: &Aggregate, span: Span) -> Result<Vec<Records>, Evaluation> {
        let fact = aggregate.list.fact;
        let mut lists = Vec::new();
        let mut lack = Lack::default();
        for period in self.range(aggregate.list).periods() {
            match self.facts.read(fact, period) {
                Reading::Records(records) => lists.push((period, records)),
                Reading::Missing => {
                    lack.note(&Evaluation::missing(MissingFact::Fact { fact, period }));
                }
                Reading::Known(_) => {
                    return Err(Evaluation::undefined(UndefinedReason::WrongType, span));
                }
            }
        }
        let bounds = || {
            if aggregate.function == Function::Count {
                Bounds::at_least(Number::zero())
            } else {
                Bounds::NONE
            }
        };
        lack.result(bounds).map_or(Ok(lists), Err)
    }

    /// The unknown of an aggregate over no records at all: the list is to blame.
    fn nothing_in(&self, aggregate: &Aggregate) -> Evaluation {
        let fact = aggregate.list.fact;
        let mut lack = Lack::default();
        for period in self.range(aggregate.list).periods() {
            lack.note(&Evaluation::missing(MissingFact::Fact { fact, period }));
        }
        lack.result(Bounds::default)
            .unwrap_or_else(Evaluation::nothing)
    }

    /// Does something for each record, with its fields at hand.
    fn for_each_record(
        &mut self,
        list: FactId,
        lists: &[Records],
        span: Span,
        mut action: impl FnMut(&mut Self) -> Evaluation,
    ) {
        let mut number = 0usize;
        for (period, records) in lists {
            for index in 0..records.len() {
                number = number.saturating_add(1);
                let records = Arc::clone(records);
                self.records.push(CurrentRecord {
                    list,
                    period: *period,
                    index,
                    records,
                });
                self.open();
                let result = action(self);
                self.close(Step::Record(number), span, &result);
                self.records.pop();
            }
        }
    }

    /// Whether the record at hand passes the filter.
    fn passes(&mut self, aggregate: &Aggregate) -> Truth {
        aggregate
            .filter
            .as_ref()
            .map_or(Truth::True, |filter| self.truth(filter))
    }

    fn members(&mut self, aggregate: &Aggregate, lists: &[Records], span: Span) -> Members {
        let mut members = Members::default();
        self.for_each_record(aggregate.list.fact, lists, span, |evaluator| {
            let passes = evaluator.passes(aggregate);
            if passes == Truth::False {
                return Evaluation::nothing();
            }
            let one = || Evaluation::Known(Value::Number(Number::one()));
            let value = aggregate
                .value
                .as_ref()
                .map_or_else(one, |value| evaluator.evaluate(value));
            match passes {
                Truth::True => {
                    members.lack.note(&value);
                    members.certain.push(value.clone());
                }
                Truth::False => {}
                Truth::Unknown(missing) => {
                    members.lack.note_missing(&missing);
                    if let Evaluation::Unknown(unknown) = &value {
                        members.lack.note_missing(&unknown.missing);
                    }
                    members.possible.push(value.clone());
                }
                Truth::Undefined(undefined) => members.lack.note_undefined(*undefined),
            }
            value
        });
        members
    }

    /// `存在`: a record that passes and of which the value holds. `全部`: no record that passes
    /// and of which it does not.
    fn quantify(
        &mut self,
        aggregate: &Aggregate,
        lists: &[Records],
        mut junction: Junction,
        turn: fn(Truth) -> Truth,
    ) -> Evaluation {
        let condition = aggregate.value.as_ref().or(aggregate.filter.as_ref());
        let Some(condition) = condition else {
            let any_record = lists.iter().any(|(_, records)| !records.is_empty());
            return Evaluation::boolean(any_record || aggregate.function == Function::All);
        };
        let has_filter = aggregate.value.is_some() && aggregate.filter.is_some();
        self.for_each_record(aggregate.list.fact, lists, condition.span, |evaluator| {
            // "Passes and holds", or "does not pass or holds": the second is the first, turned.
            let mut both = Junction::all();
            if has_filter {
                both.add(evaluator.passes(aggregate));
            }
            both.add(turn(evaluator.truth(condition)));
            let truth = turn(both.finish());
            junction.add(truth.clone());
            truth.into()
        });
        junction.finish().into()
    }
}

fn sum(members: &Members, unit: Unit, span: Span) -> Evaluation {
    let mut total = Evaluation::Known(unit.value(Number::zero()));
    for value in &members.certain {
        total = arithmetic::combine(Arithmetic::Add, &total, value, span);
    }
    with_possible(members, total, || {
        let nothing = || Bounds::exactly(Number::zero());
        let known = members
            .certain
            .iter()
            .map(|value| Bounds::of(value).unwrap_or(Bounds::NONE));
        let possible = members
            .possible
            .iter()
            .map(|value| Bounds::of(value).unwrap_or(Bounds::NONE).join(nothing()));
        known.chain(possible).fold(nothing(), Bounds::plus)
    })
}

fn count(members: &Members) -> Evaluation {
    let number = |count: usize| Number::from_i64(i64::try_from(count).unwrap_or(i64::MAX));
    let certain = members.certain.len();
    with_possible(
        members,
        Evaluation::Known(Value::Number(number(certain))),
        || Bounds {
            least: Some(number(certain)),
            greatest: Some(number(certain.saturating_add(members.possible.len()))),
        },
    )
}

fn mean(members: &Members, span: Span, nothing: impl Fn() -> Evaluation) -> Evaluation {
    if members.certain.is_empty() && members.possible.is_empty() {
        return with_possible(members, nothing(), Bounds::default);
    }
    // The mean lies between the least and the greatest of all that may count.
    let bounds = || Bounds::hull(members.certain.iter().chain(&members.possible));
    let mut values = members.certain.iter().filter_map(Evaluation::known);
    let first = values.next().cloned();
    let total =
        first.map(|first| values.try_fold(first, |total, value| arithmetic::add(&total, value)));
    let count = i64::try_from(members.certain.len()).unwrap_or(i64::MAX);
    let count = Value::Number(Number::from_i64(count));
    let mean = total.map(|total| total.and_then(|total| arithmetic::divide(&total, &count)));
    let mean = mean.map_or_else(Evaluation::nothing, |mean| {
        Evaluation::from_result(mean, span)
    });
    with_possible(members, mean, bounds)
}

fn extreme(members: &Members, wanted: Ordering, nothing: impl Fn() -> Evaluation) -> Evaluation {
    if members.certain.is_empty() && members.possible.is_empty() {
        return with_possible(members, nothing(), Bounds::default);
    }
    let combine = |left: Bounds, right: Bounds| {
        if wanted == Ordering::Greater {
            left.greater(right)
        } else {
            left.lesser(right)
        }
    };
    let bounds = || {
        let certain = members
            .certain
            .iter()
            .filter_map(Bounds::of)
            .reduce(combine);
        let possible = Bounds::hull(&members.possible);
        match certain {
            None => possible,
            Some(certain) if members.possible.is_empty() => certain,
            Some(certain) => certain.clone().join(combine(certain, possible)),
        }
    };
    let values = members.certain.iter().filter_map(Evaluation::known);
    let best = values.reduce(|best, value| {
        if order(value, best) == Some(wanted) {
            value
        } else {
            best
        }
    });
    let best = best
        .cloned()
        .map_or_else(Evaluation::nothing, Evaluation::Known);
    with_possible(members, best, bounds)
}

/// The aggregate of the certain members, if nothing is lacking.
fn with_possible(
    members: &Members,
    certain: Evaluation,
    bounds: impl FnOnce() -> Bounds,
) -> Evaluation {
    if let Some(undefined) = &members.lack.undefined {
        return Evaluation::Undefined(undefined.clone());
    }
    match &members.lack.missing {
        Some(missing) => Evaluation::unknown(missing.clone(), bounds()),
        None => certain,
    }
}
