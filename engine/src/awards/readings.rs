//! What the rules of a settlement read of an enterprise: keys, limits, weights, shared facts.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use num_traits::ToPrimitive as _;
use zhida_policies::measure::Binding;
use zhida_policies::measure::expression::{Expr, Value};
use zhida_policies::measure::library::Library;
use zhida_policies::values::date::days_between;
use zhida_policies::values::{Date, Number, Period, PeriodKind};
use zhida_policies::vocabulary::FactId;

use crate::facts::{Facts, Reading};
use crate::interpreter::{Bounds, Context, Evaluation, Interpreter, UndefinedReason};
use crate::snapshot::{Column, ColumnKey, Snapshot};

/// An expression of a rule with the bindings that it may name.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The expression.
    pub expression: &'a Expr,
    /// The bindings.
    pub bindings: &'a [Binding],
}

/// What a question comes to for one enterprise: an exact number that can be ranked.
///
/// # Units
/// Money in fen, a day as its distance from 1970-01-01.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Figure {
    /// A whole number.
    Whole(i64),
    /// Any other ratio of two 64-bit numbers, in lowest terms, the second above one.
    Ratio(i64, i64),
    /// Any other number.
    Exact(Box<Number>),
    /// Not known, between bounds.
    Unknown(Box<Bounds>),
    /// It has no value, whatever arrives.
    Undefined(UndefinedReason),
}

impl Figure {
    /// A number in the one form that it has.
    #[must_use]
    pub fn of(number: Number) -> Self {
        let terms = number
            .numerator()
            .to_i64()
            .zip(number.denominator().to_i64());
        match terms {
            Some((whole, 1)) => Self::Whole(whole),
            Some((over, under)) => Self::Ratio(over, under),
            None => Self::Exact(Box::new(number)),
        }
    }

    /// A ratio, the second number above zero; nothing where it is too large.
    pub(super) fn of_ratio(over: i128, under: i128) -> Option<Self> {
        if let (Ok(over), Ok(under)) = (i64::try_from(over), i64::try_from(under))
            && under > 0
        {
            if under == 1 {
                return Some(Self::Whole(over));
            }
            // A common divisor of a number of 64 bits and one above zero fits 63 bits.
            let common = common_divisor(over.unsigned_abs(), under.unsigned_abs());
            let common = i64::try_from(common).ok()?;
            return Some(match (over / common, under / common) {
                (whole, 1) => Self::Whole(whole),
                (over, under) => Self::Ratio(over, under),
            });
        }
        let over = Number::from_i128(over);
        over.checked_div(&Number::from_i128(under))
            .ok()
            .map(Self::of)
    }

    /// The number, where it is known.
    #[must_use]
    pub fn number(&self) -> Option<Number> {
        match self {
            Self::Whole(whole) => Some(Number::from_i64(*whole)),
            Self::Ratio(over, under) => Number::from_ratio(*over, *under).ok(),
            Self::Exact(number) => Some(Number::clone(number)),
            Self::Unknown(_) | Self::Undefined(_) => None,
        }
    }

    /// A known number cut to the whole, not below zero; the greatest there is, where it is larger.
    pub(super) fn whole(&self) -> Option<i64> {
        match self {
            Self::Whole(whole) => Some((*whole).max(0)),
            Self::Ratio(over, under) => Some(over.div_euclid(*under).max(0)),
            Self::Exact(number) => Some(whole(number)),
            Self::Unknown(_) | Self::Undefined(_) => None,
        }
    }

    /// How two known numbers compare; unknown ones are equal to each other and above the known.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Whole(left), Self::Whole(right)) => left.cmp(right),
            (Self::Ratio(left, under), Self::Ratio(right, other)) => {
                // Products of two 64-bit numbers fit 128 bits.
                (i128::from(*left) * i128::from(*other))
                    .cmp(&(i128::from(*right) * i128::from(*under)))
            }
            (left, right) => match (left.number(), right.number()) {
                (Some(left), Some(right)) => left.cmp(&right),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => Ordering::Equal,
            },
        }
    }

    /// Whether the number is known.
    pub(super) fn is_known(&self) -> bool {
        match self {
            Self::Whole(_) | Self::Ratio(..) | Self::Exact(_) => true,
            Self::Unknown(_) | Self::Undefined(_) => false,
        }
    }
}

/// A number cut to the whole, not below zero; the greatest there is, where it is larger.
pub(super) fn whole(number: &Number) -> i64 {
    if number.is_negative() {
        return 0;
    }
    number.floor().to_i64().unwrap_or(i64::MAX)
}

/// The greatest common divisor, by Euclid.
fn common_divisor(mut left: u64, mut right: u64) -> u64 {
    while let Some(rest) = left.checked_rem(right) {
        (left, right) = (right, rest);
    }
    left
}

impl From<Evaluation> for Figure {
    fn from(evaluation: Evaluation) -> Self {
        match evaluation {
            Evaluation::Known(Value::Money(number) | Value::Number(number)) => Self::of(number),
            Evaluation::Known(Value::Date(day)) => Self::Whole(days_between(EPOCH, day)),
            Evaluation::Known(_) => Self::Undefined(UndefinedReason::WrongType),
            Evaluation::Unknown(unknown) => Self::Unknown(Box::new(unknown.bounds)),
            Evaluation::Undefined(undefined) => Self::Undefined(undefined.reason),
        }
    }
}

const EPOCH: Date = Date::constant(1970, 1, 1);

/// What the rules of a settlement read of an enterprise.
///
/// [`InterpreterReadings`] is the specification of every other implementation.
pub trait Readings: Sync {
    /// What a question comes to for each of these rows, in their order.
    fn figures(&self, question: Question<'_>, rows: &[u32]) -> Vec<Figure>;

    /// The same in whole numbers: a known figure cut to the whole, not below zero, as limits in fen
    /// are; nothing for any other.
    fn wholes(&self, question: Question<'_>, rows: &[u32]) -> Vec<Option<i64>> {
        let figures = self.figures(question, rows);
        figures.iter().map(Figure::whole).collect()
    }

    /// Which rows share a fact: equal numbers for equal values, nothing for an unknown value. The
    /// numbers mean nothing beyond one answer.
    fn shared(&self, fact: FactId, rows: &[u32]) -> Vec<Option<u32>>;
}

/// Readings of a snapshot by the reference interpreter.
#[derive(Clone, Copy, Debug)]
pub struct InterpreterReadings<'a> {
    interpreter: Interpreter<'a>,
    snapshot: &'a Snapshot,
    context: Context,
}

impl<'a> InterpreterReadings<'a> {
    /// Readings of this snapshot.
    #[must_use]
    pub fn new(library: &'a Library, snapshot: &'a Snapshot, context: Context) -> Self {
        Self {
            interpreter: Interpreter::new(library),
            snapshot,
            context,
        }
    }

    /// The column that answers for a fact in this run.
    pub(super) fn column(&self, fact: FactId) -> Option<&'a Column> {
        let fact_of = self.interpreter.library().vocabulary.fact(fact);
        let period = match fact_of.period {
            PeriodKind::None => Period::Status,
            PeriodKind::Year => Period::Year(self.context.year),
            PeriodKind::Quarter | PeriodKind::Month => return None,
        };
        self.snapshot.column(ColumnKey { fact, period })
    }

    /// What a fact of an enterprise says in this run.
    pub(crate) fn read(&self, fact: FactId, row: u32) -> Option<Value> {
        let period = match self.interpreter.library().vocabulary.fact(fact).period {
            PeriodKind::None => Period::Status,
            PeriodKind::Year => Period::Year(self.context.year),
            PeriodKind::Quarter | PeriodKind::Month => return None,
        };
        match self.snapshot.row(place(row)).read(fact, period) {
            Reading::Known(value) => Some(value),
            Reading::Records(_) | Reading::Missing => None,
        }
    }
}

impl Readings for InterpreterReadings<'_> {
    fn figures(&self, question: Question<'_>, rows: &[u32]) -> Vec<Figure> {
        let figure = |row: &u32| {
            let facts = self.snapshot.row(place(*row));
            let Question {
                expression,
                bindings,
            } = question;
            self.interpreter
                .evaluate_expression(expression, bindings, &facts, self.context)
                .into()
        };
        rows.iter().map(figure).collect()
    }

    fn shared(&self, fact: FactId, rows: &[u32]) -> Vec<Option<u32>> {
        let mut codes: BTreeMap<Value, u32> = BTreeMap::new();
        let code = |row: &u32| {
            let value = self.read(fact, *row)?;
            let next = super::payments::number(codes.len());
            Some(*codes.entry(value).or_insert(next))
        };
        rows.iter().map(code).collect()
    }
}

/// A row as a place in memory.
pub(super) fn place(row: u32) -> usize {
    usize::try_from(row).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_form_and_one_order() {
        let ratios: [(i128, i128); 10] = [
            (0, 7),
            (-6, 4),
            (-3, 2),
            (10, 5),
            (1, 3),
            (i64::MIN.into(), 6),
            (i64::MAX.into(), i64::MAX.into()),
            (i64::MAX.into(), 2),
            (i128::from(i64::MAX) * 4, 8),
            (i128::from(i64::MAX) * 4, 3),
        ];
        let number = |(over, under): (i128, i128)| {
            let over = Number::from_i128(over);
            over.checked_div(&Number::from_i128(under)).unwrap()
        };
        for left in ratios {
            let figure = Figure::of_ratio(left.0, left.1).unwrap();
            assert_eq!(figure.number(), Some(number(left)), "{left:?}");
            for right in ratios {
                let other = Figure::of(number(right));
                let order = number(left).cmp(&number(right));
                assert_eq!(figure.compare(&other), order, "{left:?} {right:?}");
                assert_eq!(figure == other, order.is_eq(), "{left:?} {right:?}");
            }
        }
    }
}
