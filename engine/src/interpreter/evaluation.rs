//! What one node of a rule comes to: a value, an unknown, or nothing at all.

use std::collections::BTreeSet;

use zhida_policies::measure::ParameterId;
use zhida_policies::measure::expression::Value;
use zhida_policies::span::Span;
use zhida_policies::values::{Date, Period};
use zhida_policies::vocabulary::FactId;

use crate::interpreter::bounds::Bounds;

/// What a node comes to.
///
/// # Shape
/// The two kinds without a value are boxed: they are rare, and every node hands one of these on.
/// # Source
/// NOTATION.md parts 4 and 5.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evaluation {
    /// The value, exactly.
    Known(Value),
    /// A value that depends on what is missing.
    Unknown(Box<Unknown>),
    /// No value, whatever arrives later.
    Undefined(Box<Undefined>),
}

/// A value that depends on what is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unknown {
    /// What is missing; empty where the rule itself says `null`.
    pub missing: BTreeSet<MissingFact>,
    /// Between which ends the number, or the money in fen, must lie.
    pub bounds: Bounds,
}

/// One thing that is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MissingFact {
    /// The administrative division, in a vocabulary that has no fact for it.
    Division,
    /// The functional zones, in a vocabulary that has no fact for them.
    Zones,
    /// A fact for a period.
    Fact {
        /// The fact.
        fact: FactId,
        /// Its period.
        period: Period,
    },
    /// A field of one record of a list fact.
    Field {
        /// The list fact.
        list: FactId,
        /// Its period.
        period: Period,
        /// The record, from 0.
        record: usize,
        /// The field, by its place in the vocabulary.
        field: usize,
    },
    /// A parameter on a day before its first date.
    Parameter {
        /// The parameter.
        parameter: ParameterId,
        /// The day asked for.
        day: Date,
    },
}

/// Why a node has no value, and which node it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undefined {
    /// Why.
    pub reason: UndefinedReason,
    /// The node.
    pub span: Span,
}

/// Why a node has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UndefinedReason {
    /// A division by zero.
    DivisionByZero,
    /// A number beyond the size limit.
    Overflow,
    /// A value outside the stated span of a tier table.
    NoTierMatches,
    /// A decision table without a row that matches.
    NoRowMatches,
    /// Two rows of a 唯一 table match.
    SeveralRowsMatch,
    /// Two rows of a 任一 table match and differ.
    RowsDisagree,
    /// 累进 of a value below its first band.
    NegativeMarginal,
    /// A day that does not exist, or outside the calendar.
    BadDate,
    /// An argument that a function has no answer for.
    BadArgument,
    /// A value of another type than its fact declares.
    WrongType,
    /// A rule whose fault has been reported.
    InvalidRule,
}

impl Evaluation {
    /// A truth value.
    #[must_use]
    pub fn boolean(value: bool) -> Self {
        Self::Known(Value::Boolean(value))
    }

    /// Unknown for want of one thing.
    #[must_use]
    pub fn missing(what: MissingFact) -> Self {
        Self::unknown(BTreeSet::from([what]), Bounds::NONE)
    }

    /// Unknown for want of several things, between bounds.
    #[must_use]
    pub fn unknown(missing: BTreeSet<MissingFact>, bounds: Bounds) -> Self {
        Self::Unknown(Box::new(Unknown { missing, bounds }))
    }

    /// Unknown with nothing to blame: FEEL's `null`.
    #[must_use]
    pub fn nothing() -> Self {
        Self::Unknown(Box::default())
    }

    /// Without value, for a reason, at a place.
    #[must_use]
    pub fn undefined(reason: UndefinedReason, span: Span) -> Self {
        Self::Undefined(Box::new(Undefined { reason, span }))
    }

    /// A computed value, or the reason why there is none.
    #[must_use]
    pub fn from_result(result: Result<Value, UndefinedReason>, span: Span) -> Self {
        match result {
            Ok(value) => Self::Known(value),
            Err(reason) => Self::undefined(reason, span),
        }
    }

    /// The value, where it is known.
    #[must_use]
    pub fn known(&self) -> Option<&Value> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown(_) | Self::Undefined(_) => None,
        }
    }
}

/// What is missing from several operands, or the first that is undefined.
///
/// This is the rule of every operation that needs all its operands: undefined wins over unknown,
/// because no fact that arrives can heal it.
#[derive(Debug, Default)]
pub(super) struct Lack {
    /// The union of what is missing; present when any operand is unknown.
    pub(super) missing: Option<BTreeSet<MissingFact>>,
    /// The first operand that is undefined.
    pub(super) undefined: Option<Box<Undefined>>,
}

impl Lack {
    /// Takes note of what one operand lacks.
    pub(super) fn note(&mut self, operand: &Evaluation) {
        match operand {
            Evaluation::Known(_) => {}
            Evaluation::Unknown(unknown) => self.note_missing(&unknown.missing),
            Evaluation::Undefined(undefined) => self.note_undefined(**undefined),
        }
    }

    /// Takes note of an unknown.
    pub(super) fn note_missing(&mut self, missing: &BTreeSet<MissingFact>) {
        self.missing
            .get_or_insert_with(BTreeSet::new)
            .extend(missing.iter().copied());
    }

    /// Takes note of an undefined.
    pub(super) fn note_undefined(&mut self, undefined: Undefined) {
        self.undefined.get_or_insert_with(|| Box::new(undefined));
    }

    /// Takes note of what is missing in outcomes, but not of those without value.
    pub(super) fn wait_for<'a>(&mut self, outcomes: impl IntoIterator<Item = &'a Evaluation>) {
        for outcome in outcomes {
            if let Evaluation::Unknown(unknown) = outcome {
                self.note_missing(&unknown.missing);
            }
        }
    }

    /// The result, if anything is lacking; the bounds are worked out only for an unknown.
    pub(super) fn result(self, bounds: impl FnOnce() -> Bounds) -> Option<Evaluation> {
        if let Some(undefined) = self.undefined {
            return Some(Evaluation::Undefined(undefined));
        }
        self.missing
            .map(|missing| Evaluation::unknown(missing, bounds()))
    }
}
