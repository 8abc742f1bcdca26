//! All enterprises, all measures: morsels of rows in parallel, conditions as bits.
//!
//! Each condition that several measures share is decided once for each row, the most telling for
//! its cost first; a measure for which no row is left stops. Awards are worked out only for the
//! rows that are left, in checked 128-bit arithmetic at a scale known beforehand, and rounded
//! once. What 128 bits cannot hold, and what the plan leaves to it, the reference interpreter
//! decides row by row. The result is that of the reference interpreter on every cell, whatever
//! the threads, the size of morsels and the order of rows.

mod aggregate;
mod award;
mod bitmap;
mod bound;
mod candidates;
mod choice;
mod dictionary;
mod digits;
mod evaluator;
mod kernel;
mod known;
mod lane;
mod morsel;
mod nodes;
mod reference;
mod region;
mod result;
mod source;
mod table;
mod truth;
mod truths;
mod value;
mod values;
mod whole;

use std::fmt;
use std::ops::{ControlFlow, Range};
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use crate::morsels::{self, Morsels, Sink, Work};
use crate::plan::{Plan, Schema};
use crate::snapshot::Snapshot;

pub use candidates::Pruning;
pub(crate) use known::{Found, KnownAward};
pub(crate) use nodes::{NodeValue, node_values};
pub use reference::missing_of;
pub use result::{Evaluated, MeasureCounts, Outcome, RowDecision, UnknownParts};
pub(crate) use values::values;

use bound::Bound;
use candidates::Candidates;
use morsel::Worker;

/// The rows of a morsel unless something else is asked for.
pub const MORSEL_ROWS: usize = 16_384;

/// How a run is carried out. Nothing here shows in the result.
#[derive(Clone, Copy)]
pub struct EvaluateOptions<'o> {
    /// How many threads; all of the machine when 0.
    pub threads: usize,
    /// The rows of a morsel; rounded up to a multiple of 64.
    pub morsel_rows: usize,
    /// Asked after each morsel whether to go on.
    pub cancel: Option<&'o AtomicBool>,
    /// Told how many rows are done after each morsel that was handed over.
    pub progress: Option<&'o (dyn Fn(usize) + Sync)>,
    /// Whether the prospective index is asked first.
    pub pruning: Pruning<'o>,
}

impl fmt::Debug for EvaluateOptions<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("EvaluateOptions")
            .field("threads", &self.threads)
            .field("morsel_rows", &self.morsel_rows)
            .finish_non_exhaustive()
    }
}

impl Default for EvaluateOptions<'_> {
    fn default() -> Self {
        Self {
            threads: 0,
            morsel_rows: MORSEL_ROWS,
            cancel: None,
            progress: None,
            pruning: Pruning::None,
        }
    }
}

/// Why a run has no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluateError {
    /// The plan was made for columns of other forms.
    #[error("计划与快照的列不符,请按这份快照重新生成计划")]
    Schema,
    /// The snapshot speaks of other facts.
    #[error("快照的词汇表与政策库的不同")]
    Vocabulary,
    /// It was cancelled.
    #[error("已取消")]
    Cancelled,
    /// The threads could not be started.
    #[error("无法启动计算线程")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

/// What is known of the whole run when all decisions have been handed over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// The outcomes of each measure, in the order of the library.
    pub counts: Vec<MeasureCounts>,
    /// The decisions of each measure that were left to the reference interpreter. What is counted
    /// here does not depend on threads or morsels.
    pub referred: Vec<u64>,
    /// How often the reference interpreter was asked for a node or a decision of one row. A node
    /// is asked for as conditions are ordered, so that this number may differ from run to run.
    pub reference_rows: u64,
}

/// Decides all measures for all enterprises.
///
/// # Errors
/// [`EvaluateError`] when the plan does not fit the snapshot or the run was cancelled.
/// # Source
/// DESIGN.md part 3.
pub fn evaluate(
    plan: &Plan<'_>,
    snapshot: &Snapshot,
    options: EvaluateOptions<'_>,
) -> Result<Evaluated, EvaluateError> {
    let mut decisions = Vec::new();
    let totals = evaluate_each(plan, snapshot, options, &mut |found| {
        if decisions.is_empty() {
            decisions = found;
        } else {
            decisions.extend_from_slice(&found);
        }
        ControlFlow::Continue(())
    })?;
    Ok(Evaluated {
        counts: totals.counts,
        decisions,
        reference_rows: totals.reference_rows,
    })
}

/// Decides all measures for all enterprises and hands the decisions over in their order, a
/// morsel at a time, so that a writer needs no more memory than a few morsels.
///
/// # Errors
/// [`EvaluateError`] when the plan does not fit the snapshot, or the run was cancelled or broken
/// off by the sink.
pub fn evaluate_each(
    plan: &Plan<'_>,
    snapshot: &Snapshot,
    options: EvaluateOptions<'_>,
    sink: &mut (dyn FnMut(Vec<RowDecision>) -> ControlFlow<()> + Send),
) -> Result<Totals, EvaluateError> {
    let mut sink = |rows: Range<usize>, found| {
        sink(found)?;
        if let Some(progress) = options.progress {
            progress(rows.end);
        }
        ControlFlow::Continue(Vec::new())
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads)
        .build()?;
    pool.install(|| {
        evaluate_mapped(
            plan,
            snapshot,
            options,
            || |found: Found| found.decisions,
            &mut sink,
        )
    })
}

/// As [`evaluate_each`], in the current thread pool; what a worker makes of the decisions of each
/// morsel is handed over instead.
pub(crate) fn evaluate_mapped<'j, T: Send, M: FnMut(Found) -> T>(
    plan: &Plan<'_>,
    snapshot: &Snapshot,
    options: EvaluateOptions<'_>,
    begin: impl Fn() -> M + Sync,
    sink: Sink<'_, 'j, T>,
) -> Result<Totals, EvaluateError> {
    if *snapshot.vocabulary() != plan.library().vocabulary {
        return Err(EvaluateError::Vocabulary);
    }
    if Schema::of(snapshot) != *plan.schema() {
        return Err(EvaluateError::Schema);
    }
    let mut bound = Bound::new(plan, snapshot);
    bound.candidates = Candidates::new(options.pruning, plan, snapshot);
    let measures = plan.measures().len();
    let totals = Mutex::new(Totals {
        counts: vec![MeasureCounts::default(); measures],
        referred: vec![0; measures],
        reference_rows: 0,
    });
    let work = Work {
        begin: || (Worker::new(&bound), begin()),
        morsel: |(worker, map): &mut (Worker<'_, '_>, M), rows: Range<usize>| {
            map(worker.evaluate(rows.start, rows.len()))
        },
        end: |(worker, _): (Worker<'_, '_>, M)| {
            let mut totals = totals
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            totals.add(&worker);
        },
    };
    let morsels = Morsels {
        rows: snapshot.len(),
        morsel_rows: options.morsel_rows.max(1).next_multiple_of(64),
        cancel: options.cancel,
    };
    if morsels::in_order(morsels, &work, sink).is_break() {
        return Err(EvaluateError::Cancelled);
    }
    let mut totals = totals
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    for counts in &mut totals.counts {
        // Whoever was not looked at lies outside the region or the validity, or is excepted.
        let listed = counts.ineligible + counts.undetermined + counts.eligible + counts.error;
        counts.not_applicable = snapshot.len() as u64 - listed;
    }
    Ok(totals)
}

impl Totals {
    fn add(&mut self, worker: &Worker<'_, '_>) {
        self.reference_rows += worker.evaluator.reference_rows;
        for (total, counts) in self.counts.iter_mut().zip(&worker.counts) {
            total.add(counts);
        }
        for (total, referred) in self.referred.iter_mut().zip(&worker.referred) {
            *total += referred;
        }
    }
}
