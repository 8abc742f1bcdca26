//! Executable examples of a measure.

use crate::measure::MeasureRef;
use crate::measure::expression::{FactRead, Value};
use crate::span::Span;
use crate::syntax::ast::PaidPeriodSyntax;
use crate::values::{Date, Money};
use crate::vocabulary::FactId;

/// One `举例`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The assessment year.
    pub year: i32,
    /// The as-of date.
    pub as_of: Date,
    /// The facts given; a fact that is not here is missing, or its declared `absent` value.
    pub facts: Vec<ExampleFact>,
    /// What the ledger holds.
    pub paid: Vec<ExamplePaid>,
    /// What must come out.
    pub expected: Expected,
    /// Where the expectation stands.
    pub expected_span: Span,
    /// The whole statement.
    pub span: Span,
}

/// One fact given in an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExampleFact {
    /// The fact and its period. A period of several months or quarters gives their sum.
    pub read: FactRead,
    /// The value.
    pub value: ExampleValue,
}

/// A value given in an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExampleValue {
    /// A plain value.
    Value(Value),
    /// The records of a list fact: one value a field, `None` where it is missing.
    Records(Vec<Vec<Option<Value>>>),
    /// `缺失`: missing, whatever the vocabulary says of absence.
    Missing,
}

/// Money that the ledger holds in an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExamplePaid {
    /// The measure.
    pub measure: MeasureRef,
    /// When; the assessment year when absent.
    pub period: Option<PaidPeriodSyntax>,
    /// How much.
    pub amount: Money,
}

/// What an example expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// This award, or this ceiling of one.
    Award(Money),
    /// `不符合`
    Ineligible,
    /// `不适用`
    NotApplicable,
    /// `待核`, naming at least these facts.
    Undetermined(Vec<ExpectedMissing>),
    /// `出错`
    Error,
}

/// A fact that an undetermined example must name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpectedMissing {
    /// The fact.
    pub fact: FactId,
    /// Its period, where the example writes one; else any period of the fact will do.
    pub read: Option<FactRead>,
}
