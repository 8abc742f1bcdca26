//! All pairs decided, by columns or by the reference interpreter, in the order of the snapshot.

use std::ops::{ControlFlow, Range};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use zhida_policies::measure::AwardKind;
use zhida_policies::measure::library::Library;

use crate::column::{self, EvaluateOptions, Found, MeasureCounts, Outcome, RowDecision};
use crate::decision::{Decision, Reason};
use crate::interpreter::{Context, Interpreter, Place, Whereabouts};
use crate::morsels::{self, Morsels, Sink, Work};
use crate::plan::{Plan, Schema};
use crate::snapshot::Snapshot;
use crate::sweep::detail::{Detail, Details};
use crate::sweep::error::SweepError;
use crate::sweep::shortcut::{Shared, Shortcut};
use crate::sweep::summary::{MeasureReferenceUse, ReferenceUse};

/// Rows that one thread gives to the reference interpreter at a time.
const REFERENCE_ROWS: usize = 64;

/// What is decided, and when.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) library: &'a Library,
    pub(crate) context: Context,
}

impl<'a> Subject<'a> {
    /// The code of an enterprise.
    pub(crate) fn uscc(&self, row: u32) -> &'a str {
        self.snapshot
            .uscc(usize::try_from(row).unwrap_or(usize::MAX))
    }

    /// Whether the award of a decision is an amount or a ceiling.
    pub(crate) fn award_kind(&self, decision: &RowDecision) -> AwardKind {
        let place = decision.measure();
        let measure = self.library.measures.get(place);
        measure.map_or(AwardKind::Amount, |measure| measure.award.kind)
    }

    /// Says on which decision the evaluators differ.
    pub(crate) fn disagreement(&self, decision: &RowDecision) -> SweepError {
        let place = decision.measure();
        let row = usize::try_from(decision.row).unwrap_or(usize::MAX);
        let measure = self.library.measures.get(place);
        SweepError::Disagreement {
            enterprise: self.snapshot.uscc(row).to_owned(),
            measure: measure.map_or_else(String::new, |measure| measure.id.to_string()),
        }
    }
}

/// The kept decisions of one morsel.
#[derive(Default)]
pub(crate) struct Run {
    /// By row, then by measure.
    pub(crate) decisions: Vec<RowDecision>,
    /// One for each undetermined decision, in their order.
    pub(crate) details: Vec<Detail>,
    /// How many are eligible.
    pub(crate) eligible: u64,
    /// A decision on which the evaluators differ: the sweep must stop.
    pub(crate) disagreement: Option<RowDecision>,
}

/// What is known when all morsels have been handed over.
pub(crate) struct Ended {
    pub(crate) counts: Vec<MeasureCounts>,
    pub(crate) reference: ReferenceUse,
}

impl Run {
    /// Adds what is missing, as the reference interpreter says it.
    fn of(found: Found, shortcut: &mut Shortcut<'_>) -> Self {
        let mut run = Self::default();
        let Found { decisions, known } = found;
        let mut known = known.iter().peekable();
        for decision in &decisions {
            match decision.outcome() {
                Outcome::Eligible => run.eligible = run.eligible.saturating_add(1),
                Outcome::Error => {}
                Outcome::Undetermined => {
                    let award = known.next_if(|known| {
                        (known.row, usize::try_from(known.measure).ok())
                            == (decision.row, Some(decision.measure()))
                    });
                    match shortcut.of(decision, award) {
                        Some(detail) => run.details.push(detail),
                        None => run.disagreement = run.disagreement.or(Some(*decision)),
                    }
                }
            }
        }
        run.decisions = decisions;
        run
    }
}

/// Decides everything over columns.
pub(crate) fn by_columns<'j>(
    subject: Subject<'_>,
    morsel_rows: usize,
    cancel: &AtomicBool,
    sink: Sink<'_, 'j, Run>,
) -> Result<Ended, SweepError> {
    let Subject {
        snapshot,
        library,
        context,
    } = subject;
    let plan = Plan::new(library, context, Schema::of(snapshot));
    let options = EvaluateOptions {
        morsel_rows,
        cancel: Some(cancel),
        ..EvaluateOptions::default()
    };
    let shared = Shared::new(subject, &plan);
    let begin = || {
        let mut shortcut = Shortcut::new(subject, Arc::clone(&shared));
        move |found: Found| Run::of(found, &mut shortcut)
    };
    let totals = column::evaluate_mapped(&plan, snapshot, options, begin, sink)?;
    let mut nodes = vec![0u64; library.measures.len()];
    for used in plan.reference_uses() {
        if let Some(count) = nodes.get_mut(used.measure) {
            *count = count.saturating_add(1);
        }
    }
    let measures = library.measures.iter().zip(nodes).zip(&totals.referred);
    let used = measures.filter(|((_, nodes), decisions)| *nodes > 0 || **decisions > 0);
    let used = used.map(|((measure, nodes), decisions)| MeasureReferenceUse {
        measure: measure.id.to_string(),
        decisions: *decisions,
        nodes,
    });
    Ok(Ended {
        counts: totals.counts,
        reference: ReferenceUse {
            decisions: totals.referred.iter().sum(),
            nodes: u64::try_from(plan.reference_nodes().len()).unwrap_or(u64::MAX),
            measures: used.collect(),
        },
    })
}

/// Decides everything by the reference interpreter.
pub(crate) fn by_reference<'j>(
    subject: Subject<'_>,
    cancel: &AtomicBool,
    sink: Sink<'_, 'j, Run>,
) -> Result<Ended, SweepError> {
    let blank = vec![MeasureCounts::default(); subject.library.measures.len()];
    let totals = Mutex::new(blank.clone());
    let work = Work {
        begin: || Referee::new(subject, blank.clone()),
        morsel: |referee: &mut Referee<'_>, rows: Range<usize>| referee.decide(rows),
        end: |referee: Referee<'_>| {
            let mut totals = totals.lock().unwrap_or_else(PoisonError::into_inner);
            for (total, counts) in totals.iter_mut().zip(&referee.counts) {
                total.add(counts);
            }
        },
    };
    let morsels = Morsels {
        rows: subject.snapshot.len(),
        morsel_rows: REFERENCE_ROWS,
        cancel: Some(cancel),
    };
    if let ControlFlow::Break(()) = morsels::in_order(morsels, &work, sink) {
        return Err(SweepError::Cancelled);
    }
    let counts = totals.into_inner().unwrap_or_else(PoisonError::into_inner);
    let rows = u64::try_from(subject.snapshot.len()).unwrap_or(u64::MAX);
    let measures = subject.library.measures.iter();
    let measures: Vec<MeasureReferenceUse> = measures
        .map(|measure| MeasureReferenceUse {
            measure: measure.id.to_string(),
            decisions: rows,
            nodes: 0,
        })
        .collect();
    let pairs = u64::try_from(measures.len()).unwrap_or(u64::MAX);
    Ok(Ended {
        counts,
        reference: ReferenceUse {
            decisions: rows.saturating_mul(pairs),
            nodes: 0,
            measures,
        },
    })
}

/// A worker that asks the reference interpreter.
struct Referee<'a> {
    subject: Subject<'a>,
    interpreter: Interpreter<'a>,
    details: Details<'a>,
    counts: Vec<MeasureCounts>,
    /// Where the enterprise at hand is, and what that means for each measure: the rows of a
    /// snapshot are sorted by region, so that most enterprises are where the one before was.
    place: Option<Place>,
    whereabouts: Vec<Whereabouts>,
}

impl<'a> Referee<'a> {
    fn new(subject: Subject<'a>, counts: Vec<MeasureCounts>) -> Self {
        let Subject {
            snapshot,
            library,
            context,
        } = subject;
        Self {
            subject,
            interpreter: Interpreter::new(library),
            details: Details::new(library, snapshot, context),
            counts,
            place: None,
            whereabouts: Vec::new(),
        }
    }

    /// Goes to where an enterprise is.
    fn go_to(&mut self, place: Place) {
        if self.place.as_ref() != Some(&place) {
            let measures = self.subject.library.measures.iter();
            let interpreter = self.interpreter;
            self.whereabouts = measures
                .map(|measure| interpreter.whereabouts(measure, &place))
                .collect();
            self.place = Some(place);
        }
    }

    fn decide(&mut self, rows: Range<usize>) -> Run {
        let mut run = Run::default();
        for row in rows {
            let facts = self.subject.snapshot.row(row);
            self.go_to(self.interpreter.place(&facts));
            let measures = self.subject.library.measures.iter().zip(&mut self.counts);
            // The snapshot and the library hold fewer than 2³² rows and measures.
            let at = u32::try_from(row).unwrap_or(u32::MAX);
            let measures = measures.zip(&self.whereabouts);
            for (place, ((measure, counts), whereabouts)) in (0u32..).zip(measures) {
                let context = self.subject.context;
                let decision =
                    (self.interpreter).decide_there(measure, &facts, context, whereabouts);
                counts.count(&decision);
                let kept = match decision {
                    Decision::NotApplicable(_) | Decision::Ineligible(_) => continue,
                    Decision::Eligible { award, .. } => {
                        run.eligible = run.eligible.saturating_add(1);
                        RowDecision::eligible(at, place, award.fen())
                    }
                    Decision::Undetermined(missing) => {
                        run.details.push(self.details.named(missing));
                        RowDecision::undetermined(at, place, column::UnknownParts::default())
                    }
                    Decision::Error(error) => {
                        RowDecision::error(at, place, Reason::from(error.kind))
                    }
                };
                run.decisions.push(kept);
            }
        }
        run
    }
}
