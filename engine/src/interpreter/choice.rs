//! One of several outcomes, when it is not known which.

use zhida_policies::measure::expression::Value;

use crate::interpreter::bounds::Bounds;
use crate::interpreter::evaluation::{Evaluation, Lack};

/// The result when one of `outcomes` will be taken, and `lack` says why it is not known which.
///
/// A value that all outcomes share is sure, whatever the condition turns out to be. This holds
/// for a condition without value too: otherwise a fact that arrives and makes the condition
/// undefined could take back what had been decided without it.
///
/// For the same reason, a condition without value leaves it open as long as a missing fact can
/// still show that all outcomes are the same.
pub(super) fn among(outcomes: Vec<Evaluation>, mut lack: Lack) -> Evaluation {
    if let Some(value) = shared(&outcomes) {
        return Evaluation::Known(value.clone());
    }
    if may_agree(&outcomes) {
        lack.wait_for(&outcomes);
    }
    not_sure(&outcomes, lack)
}

/// Whether missing facts can show that all outcomes have the same value: none is without value,
/// and those that are known agree.
fn may_agree(outcomes: &[Evaluation]) -> bool {
    let mut known = outcomes.iter().filter_map(Evaluation::known);
    let first = known.next();
    known.all(|other| Some(other) == first)
        && !outcomes
            .iter()
            .any(|outcome| matches!(outcome, Evaluation::Undefined(_)))
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
