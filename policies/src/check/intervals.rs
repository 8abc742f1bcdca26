//! Sets of values on a line, to prove that rows neither overlap nor leave a gap.

use std::cmp::Ordering;

use crate::check::constants::constant;
use crate::measure::expression::{Comparison, Test, Value};
use crate::values::Number;

/// One end of an interval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) value: Value,
    pub(crate) included: bool,
}

/// An interval; an absent end is unbounded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Interval {
    pub(crate) low: Option<End>,
    pub(crate) high: Option<End>,
}

impl Interval {
    /// Everything.
    pub(crate) const ALL: Self = Self {
        low: None,
        high: None,
    };

    /// Whether no value lies in it.
    pub(crate) fn is_empty(&self) -> bool {
        match (&self.low, &self.high) {
            (Some(low), Some(high)) => match low.value.cmp(&high.value) {
                Ordering::Less => false,
                Ordering::Equal => !(low.included && high.included),
                Ordering::Greater => true,
            },
            _unbounded => false,
        }
    }

    /// The values in both.
    pub(crate) fn intersection(&self, other: &Self) -> Self {
        Self {
            low: tighter(self.low.as_ref(), other.low.as_ref(), Ordering::Greater),
            high: tighter(self.high.as_ref(), other.high.as_ref(), Ordering::Less),
        }
    }

    /// Whether every value of `other` lies in it.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        other.is_empty() || self.intersection(other) == *other
    }

    /// A value inside, for messages: an included end where there is one, else one between the
    /// ends. `None` where none is easily named.
    pub(crate) fn witness(&self) -> Option<Value> {
        let included = |end: &Option<End>| {
            let end = end.as_ref().filter(|end| end.included);
            end.map(|end| end.value.clone())
        };
        included(&self.low)
            .or_else(|| included(&self.high))
            .or_else(|| between(self.low.as_ref(), self.high.as_ref()))
            .filter(|value| self.holds(value))
    }

    /// Whether a value lies inside.
    fn holds(&self, value: &Value) -> bool {
        let point = End {
            value: value.clone(),
            included: true,
        };
        let point = Self {
            low: Some(point.clone()),
            high: Some(point),
        };
        !self.intersection(&point).is_empty()
    }
}

/// A value between two ends that do not belong: half-way, or one unit beyond the only end.
fn between(low: Option<&End>, high: Option<&End>) -> Option<Value> {
    let number = |end: &End| match &end.value {
        Value::Number(number) => Some((number.clone(), false)),
        Value::Money(number) => Some((number.clone(), true)),
        Value::Boolean(_)
        | Value::Date(_)
        | Value::Duration(_)
        | Value::Text(_)
        | Value::Set(_)
        | Value::Sequence(_)
        | Value::Test(_) => None,
    };
    let (exact, money) = match (low, high) {
        (Some(low), Some(high)) => {
            let (a, money) = number(low)?;
            let (b, _) = number(high)?;
            let sum = a.checked_add(&b).ok()?;
            (sum.checked_div(&Number::from_i64(2)).ok()?, money)
        }
        (Some(end), None) | (None, Some(end)) => {
            let (bound, money) = number(end)?;
            let step = Number::from_i64(if money { 100 } else { 1 });
            let beyond = if low.is_some() {
                bound.checked_add(&step)
            } else {
                bound.checked_sub(&step)
            };
            (beyond.ok()?, money)
        }
        (None, None) => return None,
    };
    Some(if money {
        Value::Money(exact)
    } else {
        Value::Number(exact)
    })
}

fn tighter(left: Option<&End>, right: Option<&End>, wins: Ordering) -> Option<End> {
    match (left, right) {
        (None, end) | (end, None) => end.cloned(),
        (Some(a), Some(b)) => {
            let ordering = a.value.cmp(&b.value);
            if ordering == wins || (ordering == Ordering::Equal && !a.included) {
                Some(a.clone())
            } else {
                Some(b.clone())
            }
        }
    }
}

/// The intervals that a test answers; `None` when they are not known before the run.
pub(crate) fn of_test(test: &Test) -> Option<Vec<Interval>> {
    let end = |value: Value, included: bool| Some(End { value, included });
    match test {
        Test::Anything => Some(vec![Interval::ALL]),
        Test::Range {
            low,
            low_included,
            high,
            high_included,
        } => {
            let bound =
                |expr: &Option<Box<crate::measure::expression::Expr>>, included: bool| match expr {
                    None => Some(None),
                    Some(expr) => constant(expr).map(|value| end(value, included)),
                };
            Some(vec![Interval {
                low: bound(low, *low_included)?,
                high: bound(high, *high_included)?,
            }])
        }
        Test::Equal(expr) | Test::Compare(Comparison::Equal, expr) => {
            let value = constant(expr)?;
            Some(vec![Interval {
                low: end(value.clone(), true),
                high: end(value, true),
            }])
        }
        Test::Compare(comparison, expr) => {
            let value = constant(expr)?;
            Some(compared(*comparison, value))
        }
        Test::Any(tests) => {
            let mut all = Vec::new();
            for test in tests {
                all.extend(of_test(test)?);
            }
            Some(all)
        }
        Test::Not(inner) => Some(complement(&of_test(inner)?)),
        Test::Below(_, _) | Test::Member(_) | Test::Holds(_) => None,
    }
}

/// The intervals of values that stand in a relation to a bound.
pub(crate) fn compared(comparison: Comparison, value: Value) -> Vec<Interval> {
    let end = |included: bool| {
        Some(End {
            value: value.clone(),
            included,
        })
    };
    let below = |included| Interval {
        low: None,
        high: end(included),
    };
    let above = |included| Interval {
        low: end(included),
        high: None,
    };
    match comparison {
        Comparison::Equal => vec![Interval {
            low: end(true),
            high: end(true),
        }],
        Comparison::NotEqual => vec![below(false), above(false)],
        Comparison::Less => vec![below(false)],
        Comparison::LessOrEqual => vec![below(true)],
        Comparison::Greater => vec![above(false)],
        Comparison::GreaterOrEqual => vec![above(true)],
    }
}

/// The values outside all of these intervals.
fn complement(intervals: &[Interval]) -> Vec<Interval> {
    let mut outside = vec![Interval::ALL];
    for interval in intervals.iter().filter(|interval| !interval.is_empty()) {
        let sides = beside(interval);
        outside = outside
            .iter()
            .flat_map(|part| sides.iter().map(move |side| part.intersection(side)))
            .filter(|part| !part.is_empty())
            .collect();
    }
    outside
}

/// What lies below an interval and what lies above it.
fn beside(interval: &Interval) -> Vec<Interval> {
    let flipped = |end: &End| End {
        value: end.value.clone(),
        included: !end.included,
    };
    let below = interval.low.as_ref().map(|low| Interval {
        low: None,
        high: Some(flipped(low)),
    });
    let above = interval.high.as_ref().map(|high| Interval {
        low: Some(flipped(high)),
        high: None,
    });
    below.into_iter().chain(above).collect()
}

/// The first place between the least and the greatest end that no interval answers, and the
/// owners of the intervals beside it. The intervals are sorted here; empty ones are passed over.
pub(crate) fn first_gap(intervals: &[(usize, Interval)]) -> Option<(usize, usize, Interval)> {
    let mut sorted: Vec<&(usize, Interval)> = intervals
        .iter()
        .filter(|(_, interval)| !interval.is_empty())
        .collect();
    sorted.sort_by(|(_, left), (_, right)| compare_lows(left.low.as_ref(), right.low.as_ref()));
    let mut reach: Option<(usize, Option<End>)> = None;
    for (owner, interval) in sorted {
        let Some((last, high)) = &reach else {
            reach = Some((*owner, interval.high.clone()));
            continue;
        };
        let Some(high) = high else {
            return None;
        };
        if let Some(low) = &interval.low {
            let apart = match low.value.cmp(&high.value) {
                Ordering::Greater => true,
                Ordering::Equal => !low.included && !high.included,
                Ordering::Less => false,
            };
            if apart {
                let gap = Interval {
                    low: Some(End {
                        value: high.value.clone(),
                        included: !high.included,
                    }),
                    high: Some(End {
                        value: low.value.clone(),
                        included: !low.included,
                    }),
                };
                return Some((*last, *owner, gap));
            }
        }
        let further = match &interval.high {
            None => true,
            Some(end) => match end.value.cmp(&high.value) {
                Ordering::Greater => true,
                Ordering::Equal => end.included && !high.included,
                Ordering::Less => false,
            },
        };
        if further {
            reach = Some((*owner, interval.high.clone()));
        }
    }
    None
}

/// Which of two lower ends comes first; an absent one does.
pub(crate) fn compare_lows(left: Option<&End>, right: Option<&End>) -> Ordering {
    match (left, right) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Less,
        (Some(_), None) => Ordering::Greater,
        (Some(a), Some(b)) => a
            .value
            .cmp(&b.value)
            .then_with(|| b.included.cmp(&a.included)),
    }
}
