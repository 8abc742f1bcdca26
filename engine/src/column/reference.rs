//! What the reference interpreter says where columns cannot.

use zhida_policies::measure::Measure;

use crate::column::result::UnknownParts;
use crate::decision::{Decision, MissingFacts};
use crate::facts::Facts;
use crate::interpreter::{Context, Evaluation, Interpreter};
use crate::plan::Plan;
use crate::snapshot::Snapshot;

/// Which parts of a measure facts are missing for.
pub(super) fn unknown_parts(
    interpreter: &Interpreter<'_>,
    measure: &Measure,
    facts: &dyn Facts,
    context: Context,
) -> UnknownParts {
    let is_unknown = |expression| {
        let evaluation =
            interpreter.evaluate_expression(expression, &measure.bindings, facts, context);
        matches!(evaluation, Evaluation::Unknown(_))
    };
    let mut parts = UnknownParts::default();
    if interpreter.is_region_unknown(measure, facts) {
        parts = parts.with(UnknownParts::REGION);
    }
    if is_unknown(&measure.award.expression) {
        parts = parts.with(UnknownParts::AWARD);
    }
    let conditions = measure.exceptions.iter().chain(&measure.conditions);
    for (place, condition) in conditions.enumerate() {
        if is_unknown(&condition.expression) {
            parts = parts.with(UnknownParts::part(place));
        }
    }
    parts
}

/// What is missing for an undetermined decision, with the least and the greatest award; `None`
/// when the decision is another one.
///
/// It is worked out by the reference interpreter when somebody asks, not during a run.
#[must_use]
pub fn missing_of(
    plan: &Plan<'_>,
    snapshot: &Snapshot,
    row: usize,
    measure: usize,
) -> Option<MissingFacts> {
    let library = plan.library();
    let measure = library.measures.get(measure)?;
    let facts = snapshot.row(row);
    match Interpreter::new(library).decide(measure, &facts, plan.context()) {
        Decision::Undetermined(missing) => Some(missing),
        Decision::NotApplicable(_)
        | Decision::Ineligible(_)
        | Decision::Eligible { .. }
        | Decision::Error(_) => None,
    }
}
