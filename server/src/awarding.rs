//! One award settled with all that it depends on, and explained in one tree.

use zhida_engine::awards::Settled;
use zhida_engine::explain::{Explanation, award_steps};
use zhida_engine::interpreter::{Context, Interpreter};
use zhida_engine::snapshot::Snapshot;
use zhida_engine::sweep::{Enterprises, SweepOptions, related};
use zhida_policies::measure::library::Library;
use zhida_policies::measure::{Measure, MeasureRef};

use crate::command::settled;
use crate::failure::Failure;

/// Explains a measure for an enterprise, from the base figure to what is payable: the measures
/// that share a fund, a cap or a group with it are decided for all enterprises first.
pub(crate) fn explained(
    library: &Library,
    snapshot: &Snapshot,
    context: Context,
    measure: &Measure,
    row: usize,
) -> Result<Explanation, Failure> {
    let explanation = Interpreter::new(library).explain(measure, &snapshot.row(row), context);
    let who = if snapshot.len() > 1 {
        Enterprises::Several
    } else {
        Enterprises::One
    };
    let Some(related) = place_of(library, &measure.id).and_then(|at| related(library, at, who))
    else {
        return Ok(explanation);
    };
    let settled = settled(snapshot, &related.library, SweepOptions::new(context))?;
    let place = related.measure;
    let continued = continued(explanation, &related.library, snapshot, &settled, (row, place));
    Ok(match continued {
        Continued::Settled(steps) => steps.0.settled(&steps.1, steps.2, &related.left_out),
        Continued::Nothing(explanation) => *explanation,
    })
}
