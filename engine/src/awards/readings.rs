//! What the rules of a settlement read of an enterprise: keys, limits, weights, shared facts.

use std::cmp::Ordering;
use std::collections::BTreeMap;

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
    /// Any other number.
    Exact(Box<Number>),
    /// Not known, between bounds.
    Unknown(Box<Bounds>),
    /// It has no value, whatever arrives.
    Undefined(UndefinedReason),
}

impl Figure {
    /// The number, where it is known.
    #[must_use]
    pub fn number(&self) -> Option<Number> {
        match self {
            Self::Whole(whole) => Some(Number::from_i64(*whole)),
            Self::Exact(number) => Some(Number::clone(number)),
            Self::Unknown(_) | Self::Undefined(_) => None,
        }
    }

    /// How two known numbers compare; unknown ones are equal to each other and above the known.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Whole(left), Self::Whole(right)) => left.cmp(right),
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
            Self::Whole(_) | Self::Exact(_) => true,
            Self::Unknown(_) | Self::Undefined(_) => false,
        }
    }
}

impl From<Evaluation> for Figure {
    fn from(evaluation: Evaluation) -> Self {
        match evaluation {
            Evaluation::Known(Value::Money(number) | Value::Number(number)) => {
                match number.to_i64() {
                    Some(whole) => Self::Whole(whole),
                    None => Self::Exact(Box::new(number)),
                }
            }
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
