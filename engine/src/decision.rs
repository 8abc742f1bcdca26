//! What one measure says about one enterprise.
//!
//! A decision holds places and values; the words are joined to them at the edge, by
//! [`crate::explain`].

mod reason;

use std::collections::BTreeSet;

use zhida_policies::measure::expression::Value;
use zhida_policies::measure::{AwardKind, BindingId, Condition, Measure, MeasureRef, Validity};
use zhida_policies::span::Span;
use zhida_policies::values::{Money, Region};
use zhida_policies::vocabulary::FactId;

use crate::interpreter::{MissingFact, PeriodRange, UndefinedReason};

pub use reason::Reason;

/// What one measure says about one enterprise on the assessment date.
///
/// # Shape
/// The order of the variants is the order of precedence.
/// # Source
/// NOTATION.md part 5.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Outside the region or validity, or an exception holds.
    NotApplicable(NotApplicable),
    /// At least one condition is false; all reasons are listed.
    Ineligible(Vec<Ineligible>),
    /// Nothing is false, but facts are missing that could change the outcome.
    Undetermined(MissingFacts),
    /// Everything holds.
    Eligible {
        /// The award, rounded, before limits over several measures or enterprises.
        award: Money,
        /// Whether it is the amount, or the ceiling of one that a person decides.
        kind: AwardKind,
    },
    /// The award cannot be computed.
    Error(AwardError),
}

/// Why a measure does not apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotApplicable {
    /// The enterprise is outside the region.
    Region {
        /// Where it is.
        have: Option<Region>,
        /// Where the measure applies.
        want: Region,
    },
    /// The award period is outside the validity.
    Validity {
        /// The assessment year.
        year: i32,
        /// When the measure applies.
        validity: Validity,
    },
    /// Exceptions hold: all of them.
    Exceptions(Vec<DecidedCondition>),
}

/// Why an enterprise is not eligible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ineligible {
    /// A condition is false.
    Condition(DecidedCondition),
    /// The measure is awarded only once, and the ledger shows an award.
    AlreadyPaid {
        /// What was paid − returned − recovered.
        paid: Money,
    },
    /// The award rounds to nothing.
    AwardIsZero,
}

/// A condition that is false, or an exception that is true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecidedCondition {
    /// Its place among the conditions, or the exceptions, of the measure.
    pub index: usize,
    /// The values that made it so, in the order of the text.
    pub values: Vec<ReadValue>,
}

/// A value that a condition read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadValue {
    /// What was read.
    pub name: ReadName,
    /// The value; absent where it is unknown, which then did not matter.
    pub value: Option<Value>,
}

/// What a condition can read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadName {
    /// A fact over periods.
    Fact(FactId, PeriodRange),
    /// A `设` or `定义`.
    Binding(BindingId),
    /// A parameter, an aggregate over a list fact or money of the ledger, by its place.
    Written(Span),
    /// Money of the ledger.
    Paid(MeasureRef, Span),
}

/// What is missing, and what could still come out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingFacts {
    /// All that could change the outcome, in the order of the vocabulary.
    pub missing: BTreeSet<MissingFact>,
    /// The least that could be paid.
    pub least: Money,
    /// The most that could be paid, where it is bounded.
    pub greatest: Option<Money>,
}

/// Why an award cannot be computed, and which node of the rule it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AwardError {
    /// Why.
    pub kind: AwardErrorKind,
    /// The node.
    pub span: Span,
}

/// Why an award cannot be computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AwardErrorKind {
    /// A node of the rule has no value.
    Undefined(UndefinedReason),
    /// The award is below zero.
    NegativeAward,
    /// The award does not fit 64-bit fen.
    AwardTooLarge,
}

impl DecidedCondition {
    /// The condition, of a measure that is not applicable or an enterprise that is not eligible.
    #[must_use]
    pub fn of<'a>(&self, conditions: &'a [Condition]) -> Option<&'a Condition> {
        conditions.get(self.index)
    }
}

impl Decision {
    /// The award, if there is one.
    #[must_use]
    pub fn award(&self) -> Option<Money> {
        match self {
            Self::Eligible { award, .. } => Some(*award),
            Self::NotApplicable(_)
            | Self::Ineligible(_)
            | Self::Undetermined(_)
            | Self::Error(_) => None,
        }
    }

    /// The published reasons of the outcome; none for an eligible enterprise.
    #[must_use]
    pub fn reasons(&self) -> BTreeSet<Reason> {
        match self {
            Self::NotApplicable(NotApplicable::Region { .. }) => [Reason::OutsideRegion].into(),
            Self::NotApplicable(NotApplicable::Validity { .. }) => [Reason::OutsideValidity].into(),
            Self::NotApplicable(NotApplicable::Exceptions(_)) => [Reason::ExceptionHolds].into(),
            Self::Ineligible(reasons) => reasons
                .iter()
                .map(|reason| match reason {
                    Ineligible::Condition(_) => Reason::ConditionFails,
                    Ineligible::AlreadyPaid { .. } => Reason::AlreadyPaid,
                    Ineligible::AwardIsZero => Reason::AwardIsZero,
                })
                .collect(),
            Self::Undetermined(_) => [Reason::FactsMissing].into(),
            Self::Eligible { .. } => BTreeSet::new(),
            Self::Error(error) => [Reason::from(error.kind)].into(),
        }
    }

    /// The conditions that are false, or the exceptions that hold, with their values.
    #[must_use]
    pub fn conditions<'a>(&'a self, measure: &'a Measure) -> Vec<(&'a Condition, &'a [ReadValue])> {
        let named = |decided: &'a DecidedCondition, all: &'a [Condition]| {
            decided
                .of(all)
                .map(|condition| (condition, decided.values.as_slice()))
        };
        match self {
            Self::NotApplicable(NotApplicable::Exceptions(exceptions)) => exceptions
                .iter()
                .filter_map(|decided| named(decided, &measure.exceptions))
                .collect(),
            Self::Ineligible(reasons) => reasons
                .iter()
                .filter_map(|reason| match reason {
                    Ineligible::Condition(decided) => named(decided, &measure.conditions),
                    Ineligible::AlreadyPaid { .. } | Ineligible::AwardIsZero => None,
                })
                .collect(),
            Self::NotApplicable(_)
            | Self::Undetermined(_)
            | Self::Eligible { .. }
            | Self::Error(_) => Vec::new(),
        }
    }
}
