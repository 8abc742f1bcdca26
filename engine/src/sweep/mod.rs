//! One run of all measures over one snapshot.
//!
//! Columns decide ranges of rows in parallel ([`crate::column`]), and what they find is put
//! together in the order of the snapshot, so that neither the number of threads nor their timing
//! can show in the result. Decisions that may lead to money, now or once a fact arrives, are kept
//! row by row; the others are counted. What is missing for an undetermined decision is told by the
//! reference interpreter, which can also decide everything itself ([`Evaluator::Reference`]) and
//! then gives the same files, byte for byte.
//!
//! A worker that fills a block of kept decisions encodes and hashes it; one thread writes the
//! blocks while others are decided. The kept decisions are the leaves of a Merkle tree
//! ([`crate::merkle`]), whose root the digest of the result covers.

mod block;
mod detail;
mod error;
mod file;
mod leaf;
mod reads;
mod record;
mod run;
mod shortcut;
mod summary;
#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "numbers of the tests are small"
)]
mod tests;

use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;

use arrow::datatypes::SchemaRef;
use parquet::arrow::arrow_writer::ArrowRowGroupWriterFactory;
use zhida_policies::measure::library::Library;

pub use error::SweepError;
pub use leaf::LEAF_FORMAT;
pub use record::{DecisionKind, DecisionRecord};
pub(crate) use summary::policies_digest;
pub use summary::{
    MeasureReferenceUse, MeasureSummary, RESULT_FORMAT, ReferenceUse, SEMANTICS_VERSION,
    SweepSummary, TotalFen,
};

use crate::column::{MORSEL_ROWS, Outcome};
use crate::interpreter::Context;
use crate::merkle::TreeBuilder;
use crate::morsels::{Job, Sink, Taken};
use crate::snapshot::atomic::write_atomic;
use crate::snapshot::{FileEntry, Snapshot, canonical_json, vocabulary_digest};
use crate::sweep::block::{BLOCK_DECISIONS, Block, BlockEncoder, Blocks, Outbox};
use crate::sweep::file::{DecisionFile, WrittenFile};
use crate::sweep::leaf::LeafEncoder;
use crate::sweep::run::{Ended, Run, Subject};

/// Encoded blocks that wait for the writer before workers do.
const BLOCKS_WAITING: usize = 2;

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

/// The files of a sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepFiles {
    /// The kept decisions: `decisions-<digest>.parquet`.
    pub decisions: PathBuf,
    /// What the file system holds of them.
    pub entry: FileEntry,
    /// The summary: `summary-<digest>.json`.
    pub summary: PathBuf,
}

/// Decides every measure for every enterprise and writes the result into a folder.
///
/// # Shape
/// `decisions-<digest>.parquet` with the columns `uscc`, `measure`, `outcome`, `award_fen`,
/// `ceiling_fen`, `least_fen`, `greatest_fen`, `reason`, `missing`, enterprises in the order of the
/// snapshot and measures in the order of the library; then `summary-<digest>.json`.
/// # Units
/// Fen; an award is before limits over several measures or enterprises.
/// # Errors
/// [`SweepError`]; afterwards the folder holds no new result.
pub fn sweep_to_folder(
    snapshot: &Snapshot,
    library: &Library,
    options: SweepOptions,
    folder: &Path,
    control: SweepControl<'_>,
) -> Result<(SweepSummary, SweepFiles), SweepError> {
    let file = DecisionFile::create(folder)?;
    sweep_to_file(snapshot, library, options, file, control)
}

fn sweep_to_file(
    snapshot: &Snapshot,
    library: &Library,
    options: SweepOptions,
    file: (DecisionFile, SchemaRef, ArrowRowGroupWriterFactory),
    control: SweepControl<'_>,
) -> Result<(SweepSummary, SweepFiles), SweepError> {
    let (cancel, on_write) = (control.cancel, control.on_write);
    let subject = subject(snapshot, library, options)?;
    let (summary, written) = decide_and_write(subject, options, file, control)?;
    if cancel.load(Ordering::Relaxed) {
        return Err(SweepError::Cancelled);
    }
    on_write(WritePhase::Begins);
    let named = name_files(&summary, written);
    on_write(WritePhase::Ends);
    named.map(|files| (summary, files))
}

/// Decides in the pool while one thread writes.
fn decide_and_write(
    subject: Subject<'_>,
    options: SweepOptions,
    (file, schema, factory): (DecisionFile, SchemaRef, ArrowRowGroupWriterFactory),
    control: SweepControl<'_>,
) -> Result<(SweepSummary, WrittenFile), SweepError> {
    let pool = pool(options.threads)?;
    let encoder = BlockEncoder::new(subject, schema, factory);
    let (sender, receiver) = sync_channel(BLOCKS_WAITING);
    let on_write = control.on_write;
    thread::scope(|scope| {
        let writer = scope.spawn(move || file.write(&receiver, on_write));
        let outbox = Outbox::new(sender);
        let ended: Result<Ended, SweepError> = pool.install(|| {
            let mut blocks = Blocks::new(BLOCK_DECISIONS);
            let job = |block: Block| -> Job<'_> {
                let (encoder, outbox) = (&encoder, &outbox);
                Box::new(move || outbox.put(encoder.encode(&block)))
            };
            let ended = decide(subject, options, control, &mut |run| {
                if outbox.is_closed() {
                    return ControlFlow::Break(());
                }
                ControlFlow::Continue(blocks.add(run).into_iter().map(job).collect())
            })?;
            if let Some(last) = blocks.finish() {
                outbox.put(encoder.encode(&last));
            }
            Ok(ended)
        });
        let tree = outbox.finish();
        let written = match writer.join() {
            Ok(written) => written,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        // A writer that failed is why the others stopped.
        let written = written?;
        let tree = tree.map_err(|error| SweepError::parquet(written.folder(), error))?;
        Ok((summary(subject, ended?, &tree), written))
    })
}

/// Gives the decisions their name and writes the summary beside them: both or none.
fn name_files(summary: &SweepSummary, written: WrittenFile) -> Result<SweepFiles, SweepError> {
    let folder = written.folder().to_path_buf();
    let (decisions, entry) = written.commit(&summary.digest)?;
    let place = folder.join(format!("summary-{}.json", summary.digest));
    let mut value = serde_json::to_value(summary).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        let entry = serde_json::to_value(&entry).unwrap_or_default();
        fields.insert("decisions".to_owned(), entry);
    }
    if let Err(error) = write_atomic(&place, canonical_json(&value).as_bytes()) {
        // Without its summary the file of decisions would be half a result.
        let _removed = std::fs::remove_file(&decisions);
        return Err(SweepError::io(&place, error));
    }
    Ok(SweepFiles {
        decisions,
        entry,
        summary: place,
    })
}

/// Decides every measure for every enterprise; `take` gets the kept decisions in order.
///
/// # Errors
/// [`SweepError::Faults`] when a policy is faulty, [`SweepError::Vocabulary`] when snapshot and
/// library do not fit, [`SweepError::Cancelled`], [`SweepError::Disagreement`],
/// [`SweepError::Threads`], and what `take` answers.
pub fn sweep(
    snapshot: &Snapshot,
    library: &Library,
    options: SweepOptions,
    control: SweepControl<'_>,
    take: &mut (dyn FnMut(&[DecisionRecord]) -> Result<(), SweepError> + Send),
) -> Result<SweepSummary, SweepError> {
    let subject = subject(snapshot, library, options)?;
    let (mut tree, mut encoder) = (TreeBuilder::default(), LeafEncoder::default());
    let mut failed = None;
    let ended = pool(options.threads)?.install(|| {
        decide(subject, options, control, &mut |run| {
            let records = records(subject, &run, &mut encoder, &mut tree);
            match take(&records) {
                Ok(()) => ControlFlow::Continue(Vec::new()),
                Err(error) => {
                    failed = Some(error);
                    ControlFlow::Break(())
                }
            }
        })
    });
    match failed {
        Some(error) => Err(error),
        None => Ok(summary(subject, ended?, &tree)),
    }
}

/// The records of a run; their leaves go into the tree.
fn records(
    subject: Subject<'_>,
    run: &Run,
    encoder: &mut LeafEncoder,
    tree: &mut TreeBuilder,
) -> Vec<DecisionRecord> {
    let mut details = run.details.iter();
    let mut records = Vec::with_capacity(run.decisions.len());
    for decision in &run.decisions {
        let is_undetermined = decision.outcome() == Outcome::Undetermined;
        let detail = is_undetermined.then(|| details.next()).flatten();
        let record = DecisionRecord::new(subject.library, decision, detail);
        let kind = subject.award_kind(decision);
        let uscc = subject.snapshot.uscc(record.row);
        tree.push(encoder.hash(decision, uscc, kind, detail));
        records.push(record);
    }
    records
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

fn summary(subject: Subject<'_>, ended: Ended, tree: &TreeBuilder) -> SweepSummary {
    let Subject {
        snapshot,
        library,
        context,
    } = subject;
    let measures = library.measures.iter().zip(&ended.counts);
    let measures: Vec<MeasureSummary> = measures
        .map(|(measure, counts)| MeasureSummary::new(measure, counts))
        .collect();
    let mut total = MeasureSummary::default();
    measures.iter().for_each(|measure| total.merge(measure));
    let mut summary = SweepSummary {
        format: RESULT_FORMAT,
        semantics: SEMANTICS_VERSION,
        digest: String::new(),
        root: tree.root().to_string(),
        kept: tree.size(),
        snapshot: snapshot.digest().to_owned(),
        policies: summary::policies_digest(library),
        vocabulary: vocabulary_digest(&library.vocabulary),
        year: context.year,
        as_of: context.as_of.to_string(),
        enterprises: u64::try_from(snapshot.len()).unwrap_or(u64::MAX),
        measures,
        total,
        reference: ended.reference,
    };
    summary.digest = summary.result_digest();
    summary
}
