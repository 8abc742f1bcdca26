//! How the amount of a payout came about, computed again from policies and facts.

use std::sync::atomic::AtomicBool;

use zhida_engine::awards::{Claim, Settled, Step};
use zhida_engine::explain::{Explanation, award_steps};
use zhida_engine::interpreter::{Context, Interpreter};
use zhida_engine::snapshot::Snapshot;
use zhida_engine::sweep::{Enterprises, SweepControl, SweepOptions, related, settle_all};
use zhida_policies::measure::Measure;
use zhida_policies::measure::library::Library;

use crate::failure::{Failure, Status};

/// Whether other enterprises are named in an explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Others {
    /// By code and name.
    Named,
    /// That there are some, and not which.
    Hidden,
}

/// Explains a decision, and its award to the payable amount: the measures that share a fund, a
/// cap or a group with it are decided for all enterprises.
///
/// # Errors
/// What the sweep says of policies and facts that do not fit.
pub(crate) fn explained(
    library: &Library,
    snapshot: &Snapshot,
    context: Context,
    measure: &Measure,
    row: usize,
) -> Result<Explanation, Failure> {
    explained_naming(library, (snapshot, row), context, measure, Others::Named)
}

/// The same, for somebody who may or may not know of others.
///
/// # Errors
/// As [`explained`].
pub(crate) fn explained_naming(
    library: &Library,
    (snapshot, row): (&Snapshot, usize),
    context: Context,
    measure: &Measure,
    others: Others,
) -> Result<Explanation, Failure> {
    let of = (library, snapshot, context);
    let settle = |snapshot: &Snapshot, library: &Library, options: SweepOptions| {
        let control = SweepControl {
            cancel: &AtomicBool::new(false),
            on_progress: &mut |_| {},
            on_write: &|_| {},
        };
        settle_all(snapshot, library, options, control)
            .map_err(|error| Failure::said(Status::BadData, error.to_string(), ""))
    };
    explained_to(of, (measure, row), others, settle)
}

/// The same out of a settlement of everything, without deciding anybody else again.
pub(crate) fn explained_settled(
    (library, snapshot, context): (&Library, &Snapshot, Context),
    settled: &Settled,
    (measure, row): (&Measure, usize),
    others: Others,
) -> Explanation {
    let interpreter = Interpreter::new(library);
    let (_, explanation) = interpreter.explained(measure, &snapshot.row(row), context);
    let Some(place) = library.measure_index.get(&measure.id) else {
        return explanation;
    };
    let named = |row: u32| whose(snapshot, row);
    let place = (row, *place);
    continued_naming(
        explanation,
        (library, settled),
        place,
        (&[], naming(others, &named)),
    )
}

/// How others are called.
fn naming(others: Others, named: Naming<'_>) -> Naming<'_> {
    match others {
        Others::Named => named,
        Others::Hidden => &|_| "其他企业 ".to_owned(),
    }
}

/// The same, settled by whoever wants to tell how far it is.
///
/// # Errors
/// What settling says.
pub(crate) fn explained_by(
    of: (&Library, &Snapshot, Context),
    measure: &Measure,
    row: usize,
    settle: impl FnOnce(&Snapshot, &Library, SweepOptions) -> Result<Settled, Failure>,
) -> Result<Explanation, Failure> {
    explained_to(of, (measure, row), Others::Named, settle)
}

fn explained_to(
    (library, snapshot, context): (&Library, &Snapshot, Context),
    (measure, row): (&Measure, usize),
    others: Others,
    settle: impl FnOnce(&Snapshot, &Library, SweepOptions) -> Result<Settled, Failure>,
) -> Result<Explanation, Failure> {
    let interpreter = Interpreter::new(library);
    let (decision, explanation) = interpreter.explained(measure, &snapshot.row(row), context);
    let who = if snapshot.len() > 1 {
        Enterprises::Several
    } else {
        Enterprises::One
    };
    let place = library.measure_index.get(&measure.id);
    let related = place.and_then(|place| related(library, *place, who));
    let (Some(related), Some(_)) = (related, Claim::of(0, 0, &decision)) else {
        return Ok(explanation);
    };
    let settled = settle(snapshot, &related.library, SweepOptions::new(context))?;
    let named = |row: u32| whose(snapshot, row);
    Ok(continued_naming(
        explanation,
        (&related.library, &settled),
        (row, related.measure),
        (&related.left_out, naming(others, &named)),
    ))
}

/// An enterprise by code and name.
fn whose(snapshot: &Snapshot, row: u32) -> String {
    let row = usize::try_from(row).unwrap_or(usize::MAX);
    format!("{} {} ", snapshot.uscc(row), snapshot.name(row))
}

/// An explanation with the steps of its award behind those of the decision.
pub(crate) fn continued(
    explanation: Explanation,
    (library, snapshot, settled): (&Library, &Snapshot, &Settled),
    place: (usize, usize),
    left_out: &[(Step, String)],
) -> Explanation {
    let named = |row: u32| whose(snapshot, row);
    continued_naming(explanation, (library, settled), place, (left_out, &named))
}

/// What a row is called.
type Naming<'a> = &'a (dyn Fn(u32) -> String + 'a);

fn continued_naming(
    explanation: Explanation,
    (library, settled): (&Library, &Settled),
    (row, measure): (usize, usize),
    (left_out, whose): (&[(Step, String)], Naming<'_>),
) -> Explanation {
    let numbers = (u32::try_from(row), u32::try_from(measure));
    let (Ok(row), Ok(measure)) = numbers else {
        return explanation;
    };
    let Some(award) = settled.find(row, measure) else {
        return explanation;
    };
    let steps = award_steps(library, settled, award, whose);
    explanation.settled(award, steps, left_out)
}
