//! Faults and warnings as they are shown.

use serde::Serialize;
use zhida_engine::decision::{AwardErrorKind, Decision};
use zhida_engine::example::{ExampleOutcome, run_case, run_measure};
use zhida_engine::interpreter::UndefinedReason;
use zhida_policies::fault::Fault;
use zhida_policies::measure::Measure;
use zhida_policies::measure::example::Case;
use zhida_policies::measure::library::Library;
use zhida_policies::render::{record, render};

use crate::failure::Failure;
use crate::output::{Form, Output};

/// How many of something there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Found {
    /// Faults.
    pub(crate) faults: usize,
    /// Warnings.
    pub(crate) warnings: usize,
}

impl Found {
    /// Counts faults and warnings.
    pub(crate) fn of(faults: &[&Fault]) -> Self {
        let warnings = faults.iter().filter(|fault| fault.code.is_warning());
        let warnings = warnings.count();
        Self {
            faults: faults.len().saturating_sub(warnings),
            warnings,
        }
    }
}

/// Shows faults in the order of files and places.
pub(crate) fn faults(
    output: &mut Output,
    library: &Library,
    mut faults: Vec<&Fault>,
) -> Result<(), Failure> {
    faults.sort_by_key(|fault| (fault.span, fault.code));
    for fault in faults {
        match output.form() {
            Form::Json => output.json(&record(library, fault))?,
            Form::People => {
                let text = render(library, fault, output.colours());
                output.line(text.trim_end())?;
                output.line("")?;
            }
        }
    }
    Ok(())
}

/// Runs the examples of a measure, unless its rule has a fault: then they prove nothing.
pub(crate) fn examples(library: &Library, measure: &Measure) -> Vec<ExampleOutcome> {
    let broken = library.faults.iter().any(|fault| {
        !fault.code.is_warning()
            && fault.span.file == measure.span.file
            && fault.span.start >= measure.span.start
            && fault.span.end <= measure.span.end
    });
    if broken {
        return Vec::new();
    }
    let mut outcomes = run_measure(library, measure);
    outcomes.retain(|outcome| !rests_on_a_fault(&outcome.decision));
    outcomes
}

/// Runs a case, unless the library has a fault: then it proves nothing.
pub(crate) fn case(library: &Library, case: &Case) -> Option<Vec<Fault>> {
    (!library.has_faults()).then(|| run_case(library, case))
}

/// Whether the rule reads a definition with a fault that has been reported.
fn rests_on_a_fault(decision: &Decision) -> bool {
    let Decision::Error(error) = decision else {
        return false;
    };
    error.kind == AwardErrorKind::Undefined(UndefinedReason::InvalidRule)
}
