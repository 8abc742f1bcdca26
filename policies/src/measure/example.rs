//! Executable examples of a measure.

use crate::measure::expression::{FactRead, Value};
use crate::measure::{MeasureRef, PolicyId};
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
    /// What must become of the award afterwards.
    pub settled: ExpectedSettlement,
    /// The whole statement.
    pub span: Span,
}

/// What an example expects of the steps after the award, for this enterprise alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExpectedSettlement {
    /// `实付`: what is payable after all limits, and where that stands.
    pub payable: Option<(Money, Span)>,
    /// `分期`: the amount of each instalment, and where they stand.
    pub instalments: Option<(Vec<Money>, Span)>,
    /// `分担`: what each bearer of the measure bears, in its order, and where that stands.
    pub shares: Option<(Vec<Money>, Span)>,
}

/// One `算例`: several enterprises with their awards, and what each is paid after all limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The name people read.
    pub name: String,
    /// The policy that declares it.
    pub policy: PolicyId,
    /// The measures, in the order of the amounts.
    pub measures: Vec<MeasureRef>,
    /// The assessment year.
    pub year: i32,
    /// The as-of date.
    pub as_of: Date,
    /// The enterprises, in the order written.
    pub rows: Vec<CaseRow>,
    /// The whole declaration.
    pub span: Span,
}

/// One enterprise of a case, or several that are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseRow {
    /// What it is called.
    pub name: String,
    /// How many there are.
    pub count: u64,
    /// What each measure awards before places, groups, caps and funds; zero for no award.
    pub awards: Vec<Money>,
    /// The facts given.
    pub facts: Vec<ExampleFact>,
    /// What the ledger holds.
    pub paid: Vec<ExamplePaid>,
    /// What must be payable for each measure.
    pub expected: Vec<Money>,
    /// Where the expectation stands.
    pub expected_span: Span,
    /// The whole row.
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
