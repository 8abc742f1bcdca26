//! What the reference interpreter says of every cell, worked out here from its decisions and
//! traces, and the comparison with what the columns say.

use std::sync::atomic::AtomicBool;

use rayon::prelude::*;
use zhida_engine::column::{
    EvaluateOptions, Evaluated, MeasureCounts, Outcome, Pruning, RowDecision, UnknownParts,
    evaluate, missing_of,
};
use zhida_engine::decision::Decision;
use zhida_engine::explain::words::missing_name;
use zhida_engine::facts::Facts;
use zhida_engine::interpreter::{Context, Evaluation, Interpreter, Step};
use zhida_engine::plan::Plan;
use zhida_engine::snapshot::Snapshot;
use zhida_engine::sweep::{SweepControl, SweepOptions, sweep};
use zhida_policies::measure::Measure;
use zhida_policies::measure::library::Library;
use zhida_policies::values::Money;

/// Threads, rows of a morsel, the enterprises in some order, and whether the index is asked first.
pub(crate) type ColumnRun<'a> = (usize, usize, &'a Snapshot, Pruning<'a>);

/// A cell with a decision that is listed.
pub(crate) struct Listed {
    pub(crate) row: usize,
    pub(crate) measure: usize,
    pub(crate) decision: Decision,
    /// What facts are missing for, where it is undetermined.
    parts: Option<UnknownParts>,
}

/// What the reference interpreter says of all cells.
pub(crate) struct Expected {
    pub(crate) counts: Vec<MeasureCounts>,
    pub(crate) listed: Vec<Listed>,
}

/// The parts of an undetermined decision that are unknown, read off its trace.
fn parts(
    interpreter: &Interpreter<'_>,
    measure: &Measure,
    facts: &dyn Facts,
    context: Context,
) -> UnknownParts {
    let (_, trace) = interpreter.trace(measure, facts, context);
    let unknown = trace
        .iter()
        .filter(|node| matches!(node.result, Evaluation::Unknown(_)));
    unknown.fold(UnknownParts::default(), |parts, node| match node.step {
        Step::Region => parts.with(UnknownParts(1)),
        Step::Award => parts.with(UnknownParts(2)),
        Step::Exception(place) => parts.with(UnknownParts(1 << (2 + place))),
        Step::Condition(place) => {
            parts.with(UnknownParts(1 << (2 + measure.exceptions.len() + place)))
        }
        _ => parts,
    })
}

fn count(counts: &mut MeasureCounts, decision: &Decision) {
    match decision {
        Decision::NotApplicable(_) => counts.not_applicable += 1,
        Decision::Ineligible(_) => counts.ineligible += 1,
        Decision::Undetermined(_) => counts.undetermined += 1,
        Decision::Eligible { award, .. } => {
            counts.eligible += 1;
            counts.total_fen += i128::from(award.fen());
        }
        Decision::Error(_) => counts.error += 1,
    }
}

impl Expected {
    pub(crate) fn of(library: &Library, snapshot: &Snapshot, context: Context) -> Self {
        let interpreter = Interpreter::new(library);
        let of_row = |row: usize| {
            let mut counts = vec![MeasureCounts::default(); library.measures.len()];
            let mut listed = Vec::new();
            let facts = snapshot.row(row);
            for (place, measure) in library.measures.iter().enumerate() {
                let decision = interpreter.decide(measure, &facts, context);
                count(&mut counts[place], &decision);
                let parts = match &decision {
                    Decision::NotApplicable(_) | Decision::Ineligible(_) => continue,
                    Decision::Undetermined(_) => {
                        Some(parts(&interpreter, measure, &facts, context))
                    }
                    Decision::Eligible { .. } | Decision::Error(_) => None,
                };
                let measure = place;
                listed.push(Listed {
                    row,
                    measure,
                    decision,
                    parts,
                });
            }
            (counts, listed)
        };
        let nothing = || {
            (
                vec![MeasureCounts::default(); library.measures.len()],
                vec![],
            )
        };
        let rows = (0..snapshot.len()).into_par_iter().map(of_row);
        let (counts, listed) = rows.reduce(nothing, |(mut counts, mut listed), (more, others)| {
            for (counts, more) in counts.iter_mut().zip(more) {
                counts.not_applicable += more.not_applicable;
                counts.ineligible += more.ineligible;
                counts.undetermined += more.undetermined;
                counts.eligible += more.eligible;
                counts.error += more.error;
                counts.total_fen += more.total_fen;
            }
            listed.extend(others);
            (counts, listed)
        });
        Self { counts, listed }
    }

    /// Compares what the columns say by some ways of running them; how many rows they left to the
    /// reference the first time.
    pub(crate) fn compare_runs(&self, plan: &Plan<'_>, runs: &[ColumnRun<'_>], about: &str) -> u64 {
        let mut reference_rows = None;
        for run in runs {
            let (threads, morsel_rows, snapshot, pruning) = *run;
            let options = EvaluateOptions {
                threads,
                morsel_rows,
                pruning,
                ..EvaluateOptions::default()
            };
            let evaluated = evaluate(plan, snapshot, options).unwrap();
            let about = format!("{about}, {threads} threads, {morsel_rows} rows, {pruning:?}");
            self.compare(plan.library(), &evaluated, &about);
            reference_rows.get_or_insert(evaluated.reference_rows);
        }
        reference_rows.unwrap_or(0)
    }

    /// Stops at the first cell, or the first count, of which the columns say something else.
    pub(crate) fn compare(&self, library: &Library, evaluated: &Evaluated, about: &str) {
        let name = |measure: usize| format!("{about}, {}", text_of(library, measure));
        let mut found = evaluated.decisions.iter();
        for expected in &self.listed {
            let decision = found.next();
            let same = decision.is_some_and(|decision| is_same(decision, expected));
            if !same {
                let (row, measure) = (expected.row, expected.measure);
                panic!(
                    "row {row} of {}\nfound {decision:?}\nexpected {:?} {:?}",
                    name(measure),
                    expected.decision,
                    expected.parts
                );
            }
        }
        if let Some(decision) = found.next() {
            panic!("{decision:?} of {}", name(decision.measure()));
        }
        assert_eq!(evaluated.counts.len(), self.counts.len());
        for (place, counts) in self.counts.iter().enumerate() {
            assert_eq!(&evaluated.counts[place], counts, "{}", name(place));
        }
    }

    /// The records of a sweep over columns: missing facts, least and greatest award included.
    pub(crate) fn compare_sweep(
        &self,
        library: &Library,
        snapshot: &Snapshot,
        context: Context,
        about: &str,
    ) {
        let cancel = AtomicBool::new(false);
        let control = SweepControl {
            cancel: &cancel,
            on_progress: &mut |_| {},
            on_write: &|_| {},
        };
        let mut expected = self.listed.iter();
        let options = SweepOptions::new(context);
        sweep(snapshot, library, options, control, &mut |records| {
            for record in records {
                let listed = expected.next().unwrap();
                let Listed { row, measure, .. } = *listed;
                let expected = (row, measure, details(library, &listed.decision));
                let found = (record.least, record.greatest, record.missing.to_string());
                let text = text_of(library, measure);
                assert_eq!(
                    (record.row, record.measure, found),
                    expected,
                    "{about}, {text}"
                );
            }
            Ok(())
        })
        .unwrap();
        assert!(expected.next().is_none());
    }

    /// What is missing where the decision is undetermined, and nothing where it is another.
    ///
    /// Each cell is decided anew, so that only one listed cell in so many is looked at.
    pub(crate) fn compare_missing(&self, plan: &Plan<'_>, snapshot: &Snapshot, one_in: usize) {
        for listed in self.listed.iter().step_by(one_in) {
            let expected = match &listed.decision {
                Decision::Undetermined(missing) => Some(missing.clone()),
                _ => None,
            };
            let found = missing_of(plan, snapshot, listed.row, listed.measure);
            assert_eq!(found, expected, "row {}", listed.row);
        }
    }
}

/// A measure with its text.
fn text_of(library: &Library, measure: usize) -> String {
    let measure = &library.measures[measure];
    let file = library
        .files
        .iter()
        .find(|file| file.id == measure.span.file);
    let text = file.map_or("", |file| {
        &file.text[measure.span.start as usize..measure.span.end as usize]
    });
    format!("{}\n{text}", measure.id)
}

/// What a record says besides outcome, award and reason.
fn details(library: &Library, decision: &Decision) -> (Option<Money>, Option<Money>, String) {
    let Decision::Undetermined(missing) = decision else {
        return (None, None, String::new());
    };
    let names = missing.missing.iter();
    let names: Vec<String> = names
        .map(|missing| missing_name(library, *missing))
        .collect();
    (Some(missing.least), missing.greatest, names.join("、"))
}

/// Everything that the columns say of a cell: outcome, award, reason and what is unknown.
fn is_same(found: &RowDecision, expected: &Listed) -> bool {
    let place = (found.row as usize, found.measure());
    let reason = expected.decision.reasons().into_iter().next();
    let says_the_same = match &expected.decision {
        Decision::Eligible { award, .. } => {
            found.outcome() == Outcome::Eligible
                && found.award() == Some(*award)
                && found.reason().is_none()
        }
        Decision::Undetermined(_) => {
            found.outcome() == Outcome::Undetermined
                && found.unknown_parts() == expected.parts
                && found.reason() == reason
        }
        Decision::Error(_) => found.outcome() == Outcome::Error && found.reason() == reason,
        Decision::NotApplicable(_) | Decision::Ineligible(_) => false,
    };
    place == (expected.row, expected.measure) && says_the_same
}
