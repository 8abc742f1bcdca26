//! Kleene's three values, and a fourth for what has no value.

use std::collections::BTreeSet;

use zhida_policies::measure::expression::Value;
use zhida_policies::span::Span;

use crate::interpreter::bounds::Bounds;
use crate::interpreter::evaluation::{Evaluation, Lack, MissingFact, Undefined, UndefinedReason};

/// What a condition or test comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// It depends on what is missing.
    Unknown(BTreeSet<MissingFact>),
    /// It can never be told.
    Undefined(Box<Undefined>),
}

impl Truth {
    /// The truth of a node; a value of another type is a broken rule or fact.
    pub(super) fn of(evaluation: Evaluation, span: Span) -> Self {
        match evaluation {
            Evaluation::Known(Value::Boolean(true)) => Self::True,
            Evaluation::Known(Value::Boolean(false)) => Self::False,
            Evaluation::Known(_) => Self::undefined(UndefinedReason::WrongType, span),
            Evaluation::Unknown(unknown) => Self::Unknown(unknown.missing),
            Evaluation::Undefined(undefined) => Self::Undefined(undefined),
        }
    }

    /// What cannot be told, for a reason, at a place.
    pub(super) fn undefined(reason: UndefinedReason, span: Span) -> Self {
        Self::Undefined(Box::new(Undefined { reason, span }))
    }

    /// `非`
    pub(super) fn negate(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown(_) | Self::Undefined(_) => self,
        }
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

impl From<Truth> for Evaluation {
    fn from(truth: Truth) -> Self {
        match truth {
            Truth::True => Self::boolean(true),
            Truth::False => Self::boolean(false),
            Truth::Unknown(missing) => Self::unknown(missing, Bounds::NONE),
            Truth::Undefined(undefined) => Self::Undefined(undefined),
        }
    }
}

/// `且` or `或` over any number of operands.
///
/// # Shape
/// One operand with the deciding value decides, whatever the others are. Otherwise one unknown
/// makes the whole unknown, since its arrival may still decide; then one undefined makes it
/// undefined.
#[derive(Debug)]
pub(super) struct Junction {
    /// The value that decides: false for `且`, true for `或`.
    deciding: bool,
    decided: bool,
    lack: Lack,
}

impl Junction {
    /// `且`: all must hold.
    pub(super) fn all() -> Self {
        Self {
            deciding: false,
            decided: false,
            lack: Lack::default(),
        }
    }

    /// `或`: one suffices.
    pub(super) fn any() -> Self {
        Self {
            deciding: true,
            decided: false,
            lack: Lack::default(),
        }
    }

    /// Adds an operand.
    pub(super) fn add(&mut self, operand: Truth) {
        match operand {
            Truth::True => self.decided |= self.deciding,
            Truth::False => self.decided |= !self.deciding,
            Truth::Unknown(missing) => self.lack.note_missing(&missing),
            Truth::Undefined(undefined) => self.lack.note_undefined(*undefined),
        }
    }

    /// Whether further operands cannot change the result.
    pub(super) fn is_decided(&self) -> bool {
        self.decided
    }

    /// The result over all operands added.
    pub(super) fn finish(self) -> Truth {
        if self.decided {
            return Truth::from(self.deciding);
        }
        if let Some(missing) = self.lack.missing {
            return Truth::Unknown(missing);
        }
        match self.lack.undefined {
            Some(undefined) => Truth::Undefined(undefined),
            None => Truth::from(!self.deciding),
        }
    }
}
