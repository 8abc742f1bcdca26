//! One of several outcomes, when it is not known which.

use zhida_policies::measure::expression::Value;

use crate::interpreter::bounds::Bounds;
use crate::interpreter::evaluation::{Evaluation, Lack};

/// The result when one of `outcomes` will be taken, and `lack` says why it is not known which.
///
/// A value that all outcomes share is sure, whatever the condition turns out to be. This holds
/// for a condition without value too: otherwise a fact that arrives and makes the condition
/// undefined could take back what had been decided without it.
pub(super) fn among(outcomes: Vec<Evaluation>, lack: Lack) -> Evaluation {
    match shared(&outcomes) {
        Some(value) => Evaluation::Known(value.clone()),
        None => not_sure(&outcomes, lack),
    }
}

/// The result when the outcome may be one of `outcomes` or something else.
pub(super) fn not_sure(outcomes: &[Evaluation], mut lack: Lack) -> Evaluation {
    let Some(mut missing) = lack.missing.take() else {
        return match lack.undefined {
            Some(undefined) => Evaluation::Undefined(undefined),
            None => Evaluation::nothing(),
        };
    };
    for outcome in outcomes {
        if let Evaluation::Unknown(unknown) = outcome {
            missing.extend(unknown.missing.iter().copied());
        }
    }
    Evaluation::unknown(missing, Bounds::hull(outcomes))
}

/// The value that all outcomes have, if they all have one and it is the same.
fn shared(outcomes: &[Evaluation]) -> Option<&Value> {
    let (first, rest) = outcomes.split_first()?;
    let value = first.known()?;
    rest.iter()
        .all(|other| other.known() == Some(value))
        .then_some(value)
}
