//! One run of all measures over one snapshot.
//!
//! Columns decide ranges of rows in parallel ([`crate::column`]), and what they find is put
//! together in the order of the snapshot, so that neither the number of threads nor their timing
//! can show in the result. Decisions that may lead to money, now or once a fact arrives, are kept
//! row by row; the others are counted. What is missing for an undetermined decision is told by the
//! reference interpreter, which can also decide everything itself ([`Evaluator::Reference`]) and
//! then gives the same files, byte for byte.
//!
//! When everything is decided, the kept decisions are settled ([`crate::awards`]): what had been
//! paid, places, groups, caps and funds make a payable list of single amounts. Where
//! enterprises may be settled apart, each block is settled as soon as it is decided.
//!
//! A worker that fills a block of kept decisions encodes and hashes it; one thread writes the
//! blocks while others are decided. The payable list is written in the same way. The digest of the
//! result covers the roots of two Merkle trees ([`crate::merkle`]): a leaf of the one is all kept
//! decisions of an enterprise, a leaf of the other all its rows of the list, so that one proof
//! shows what an enterprise gets, and that nothing of it is left out.

mod alike;
mod award_block;
mod award_columns;
mod award_leaf;
mod award_row;
mod award_schema;
mod block;
mod by_block;
mod canonical;
mod claims;
mod cuts;
mod detail;
mod error;
mod figures;
mod file;
mod folder;
mod leaf;
mod memo;
mod outbox;
mod packed;
mod pages;
mod payable;
mod payable_list;
mod payable_sums;
mod reads;
mod record;
mod related;
mod run;
mod runs;
mod settler;
mod shortcut;
mod sign;
#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "most steps look for one of many kinds of node, and have no signs for the others"
)]
mod signs;
mod summary;
#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "numbers of the tests are small"
)]
mod tests;
mod words;
mod writeback;

use std::ops::{ControlFlow, Range};
use std::sync::atomic::AtomicBool;

use zhida_policies::measure::library::Library;

pub use award_leaf::AWARD_LEAF_FORMAT;
pub use error::SweepError;
pub use folder::{SweepFiles, sweep_to_folder};
pub use leaf::LEAF_FORMAT;
pub use payable::{
    DoubtSummary, FundSummary, LimitSummary, OpenDecisions, PayableSummary, ProblemSummary,
    ProvisionalTotals, RuleName,
};
pub use payable_list::{PayableAward, PayableSweep, payable_awards, payable_sweep};
pub use record::{DecisionKind, DecisionRecord};
pub use related::{Enterprises, Related, related};
pub(crate) use summary::policies_digest;
pub use summary::{
    MeasureReferenceUse, MeasureSummary, RESULT_FORMAT, ReferenceUse, SEMANTICS_VERSION,
    SweepSummary, TotalFen,
};

use crate::awards::Settled;
use crate::column::MORSEL_ROWS;
use crate::interpreter::Context;
use crate::merkle::TreeBuilder;
use crate::morsels::{Sink, Taken};
use crate::snapshot::{Snapshot, vocabulary_digest};
use crate::sweep::award_block::{Listed, encode_all};
use crate::sweep::award_row::AwardList;
use crate::sweep::block::with_details;
use crate::sweep::claims::{Claims, Terms};
use crate::sweep::cuts::{BLOCK_ROWS, Cuts};
use crate::sweep::leaf::LeafEncoder;
use crate::sweep::payable_sums::PayableSums;
use crate::sweep::run::{Ended, Run, Subject};

/// Who decides. Both give the same result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Evaluator {
    /// Columns, with the reference interpreter where they cannot; what it does is counted.
    #[default]
    Columns,
    /// The reference interpreter, every pair on its own: slow, and the specification.
    Reference,
}

/// How a sweep runs. Only the context shows in the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SweepOptions {
    /// When the decisions are made.
    pub context: Context,
    /// How many threads decide; as many as there are processors when absent.
    pub threads: Option<usize>,
    /// Who decides.
    pub evaluator: Evaluator,
    /// The rows that one thread decides at a time over columns.
    pub morsel_rows: usize,
}

impl SweepOptions {
    /// The usual way to run, at a moment of assessment.
    #[must_use]
    pub fn new(context: Context) -> Self {
        Self {
            context,
            threads: None,
            evaluator: Evaluator::default(),
            morsel_rows: MORSEL_ROWS,
        }
    }
}

/// How far a sweep is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SweepProgress {
    /// Enterprises decided.
    pub enterprises: usize,
    /// Enterprises of the snapshot.
    pub enterprises_total: usize,
    /// Decisions that are eligible so far.
    pub eligible: u64,
}

/// What the writer of the result does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WritePhase {
    /// It begins to write or to wait for the disk.
    Begins,
    /// It has nothing to write for now.
    Ends,
}

/// Who is told what the writer does, from the writer's thread: the engine has no clock.
pub type WriteWatch<'a> = &'a (dyn Fn(WritePhase) + Sync);

/// How a sweep is watched and stopped.
pub struct SweepControl<'a> {
    /// Set by anyone to stop the sweep, which then leaves no result.
    pub cancel: &'a AtomicBool,
    /// Told after each morsel of rows.
    pub on_progress: &'a mut (dyn FnMut(SweepProgress) + Send),
    /// Told when the writer of the result is at work.
    pub on_write: WriteWatch<'a>,
}

/// Decides and settles every measure for every enterprise; `take` gets the kept decisions in
/// order.
///
/// # Errors
/// [`SweepError::Faults`] when a policy is faulty, [`SweepError::Vocabulary`] when snapshot and
/// library do not fit, [`SweepError::Cancelled`], [`SweepError::Disagreement`],
/// [`SweepError::Settlement`], [`SweepError::Threads`], and what `take` answers.
pub fn sweep(
    snapshot: &Snapshot,
    library: &Library,
    options: SweepOptions,
    control: SweepControl<'_>,
    take: &mut (dyn FnMut(&[DecisionRecord]) -> Result<(), SweepError> + Send),
) -> Result<SweepSummary, SweepError> {
    sweep_and_settle(snapshot, library, options, control, take).map(|(summary, _)| summary)
}

/// As [`sweep`], with the awards after all limits.
///
/// # Errors
/// As [`sweep`].
pub fn sweep_and_settle(
    snapshot: &Snapshot,
    library: &Library,
    options: SweepOptions,
    control: SweepControl<'_>,
    take: &mut (dyn FnMut(&[DecisionRecord]) -> Result<(), SweepError> + Send),
) -> Result<(SweepSummary, Settled), SweepError> {
    let subject = subject(snapshot, library, options)?;
    let (mut tree, mut encoder) = (TreeBuilder::default(), LeafEncoder::default());
    let (mut claims, mut cuts) = (Claims::new(library), Cuts::new(BLOCK_ROWS));
    let mut failed = None;
    let pool = pool(options.threads)?;
    let cancel = control.cancel;
    let ended = pool.install(|| {
        decide(subject, options, control, &mut |run| {
            claims.add(&run.decisions, &run.details);
            hash(subject, &run, &mut encoder, &mut tree, &mut cuts);
            let records = records(subject, &run);
            match take(&records) {
                Ok(()) => ControlFlow::Continue(Vec::new()),
                Err(error) => {
                    failed = Some(error);
                    ControlFlow::Break(())
                }
            }
        })
    });
    if let Some(error) = failed {
        return Err(error);
    }
    let ended = ended?;
    let settled = pool.install(|| claims.settle(&Terms::new(subject), cancel))?;
    let list = AwardList {
        library,
        snapshot,
        settled: &settled,
    };
    let listed = pool.install(|| encode_all(list, &cuts, None, cancel));
    let listed = listed.map_err(|broken| broken.at("".as_ref()))?;
    let kept = Kept {
        tree,
        ..Kept::new(&cuts)
    };
    let sums = pool.install(|| PayableSums::of(library, &settled));
    let summary = summary(subject, ended, &kept, &sums, &listed);
    Ok((summary, settled))
}

/// Decides and settles every measure for every enterprise, and hashes nothing: for one look at
/// what comes out.
///
/// # Errors
/// As [`sweep`].
pub fn settle_all(
    snapshot: &Snapshot,
    library: &Library,
    options: SweepOptions,
    control: SweepControl<'_>,
) -> Result<Settled, SweepError> {
    let subject = subject(snapshot, library, options)?;
    let mut claims = Claims::new(library);
    let (pool, cancel) = (pool(options.threads)?, control.cancel);
    pool.install(|| {
        decide(subject, options, control, &mut |run| {
            claims.add(&run.decisions, &run.details);
            ControlFlow::Continue(Vec::new())
        })?;
        claims.settle(&Terms::new(subject), cancel)
    })
}

/// The kept decisions of a run.
struct Kept {
    /// The tree over their enterprises.
    tree: TreeBuilder,
    decisions: u64,
}

impl Kept {
    /// Decisions that were cut into blocks, without their tree.
    fn new(cuts: &Cuts) -> Self {
        Self {
            tree: TreeBuilder::default(),
            decisions: u64::try_from(cuts.decisions()).unwrap_or(u64::MAX),
        }
    }
}

/// Adds the enterprises of a run to the tree.
fn hash(
    subject: Subject<'_>,
    run: &Run,
    encoder: &mut LeafEncoder,
    tree: &mut TreeBuilder,
    cuts: &mut Cuts,
) {
    let mut each = with_details(&run.decisions, &run.details);
    for same in run.decisions.chunk_by(|one, other| one.row == other.row) {
        let row = same.first().map_or(u32::MAX, |first| first.row);
        encoder.begin(subject.uscc(row), same.len());
        for (decision, detail) in each.by_ref().take(same.len()) {
            encoder.add(decision, subject.award_kind(decision), detail);
        }
        tree.push(encoder.hash());
        cuts.take(same.len());
    }
}

/// The records of a run.
fn records(subject: Subject<'_>, run: &Run) -> Vec<DecisionRecord> {
    with_details(&run.decisions, &run.details)
        .map(|(decision, detail)| DecisionRecord::new(subject.library, decision, detail))
        .collect()
}

/// What is swept, if it may be.
fn subject<'a>(
    snapshot: &'a Snapshot,
    library: &'a Library,
    options: SweepOptions,
) -> Result<Subject<'a>, SweepError> {
    if library.has_faults() {
        return Err(SweepError::Faults);
    }
    if vocabulary_digest(&library.vocabulary) != vocabulary_digest(snapshot.vocabulary()) {
        return Err(SweepError::Vocabulary);
    }
    Ok(Subject {
        snapshot,
        library,
        context: options.context,
    })
}

fn pool(threads: Option<usize>) -> Result<rayon::ThreadPool, SweepError> {
    let threads = threads.unwrap_or(0);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.map_err(|error| SweepError::Threads {
        threads,
        reason: error.to_string(),
    })
}

/// Decides everything in the current pool; `take` gets the runs in order.
fn decide<'j>(
    subject: Subject<'_>,
    options: SweepOptions,
    control: SweepControl<'_>,
    take: &mut (dyn FnMut(Run) -> Taken<'j> + Send),
) -> Result<Ended, SweepError> {
    let mut eligible = 0u64;
    let mut differs = None;
    let mut take_run = |rows: Range<usize>, run: Run| {
        if let Some(decision) = run.disagreement {
            differs = Some(decision);
            return ControlFlow::Break(());
        }
        eligible = eligible.saturating_add(run.eligible);
        let taken = take(run)?;
        (control.on_progress)(SweepProgress {
            enterprises: rows.end,
            enterprises_total: subject.snapshot.len(),
            eligible,
        });
        ControlFlow::Continue(taken)
    };
    let sink: Sink<'_, 'j, Run> = &mut take_run;
    let ended = match options.evaluator {
        Evaluator::Columns => run::by_columns(subject, options.morsel_rows, control.cancel, sink),
        Evaluator::Reference => run::by_reference(subject, control.cancel, sink),
    };
    match differs {
        Some(decision) => Err(subject.disagreement(&decision)),
        None => ended,
    }
}

fn summary(
    subject: Subject<'_>,
    ended: Ended,
    kept: &Kept,
    sums: &PayableSums,
    listed: &Listed,
) -> SweepSummary {
    let Subject {
        snapshot,
        library,
        context,
    } = subject;
    let measures = library.measures.iter().zip(&ended.counts);
    let measures: Vec<MeasureSummary> = measures
        .zip(&sums.measures)
        .map(|((measure, counts), totals)| MeasureSummary::new(measure, counts, totals))
        .collect();
    let mut total = MeasureSummary::default();
    measures.iter().for_each(|measure| total.merge(measure));
    let mut summary = SweepSummary {
        format: RESULT_FORMAT,
        semantics: SEMANTICS_VERSION,
        digest: String::new(),
        root: kept.tree.root().to_string(),
        kept: kept.decisions,
        leaves: kept.tree.size(),
        snapshot: snapshot.digest().to_owned(),
        policies: summary::policies_digest(library),
        vocabulary: vocabulary_digest(&library.vocabulary),
        year: context.year,
        as_of: context.as_of.to_string(),
        enterprises: u64::try_from(snapshot.len()).unwrap_or(u64::MAX),
        measures,
        total,
        payable: PayableSummary::new(library, snapshot, sums, listed),
        reference: ended.reference,
    };
    summary.digest = summary.result_digest();
    summary
}
