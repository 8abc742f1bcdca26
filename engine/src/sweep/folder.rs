//! A sweep into a folder: decisions and payable list are written while others are worked out, and
//! get their names together.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::mpsc::sync_channel;
use std::thread::{self, ScopedJoinHandle};

use parquet::errors::ParquetError;
use zhida_policies::measure::library::Library;

use crate::morsels::Job;
use crate::snapshot::atomic::write_atomic;
use crate::snapshot::{FileEntry, Snapshot, canonical_json};
use crate::sweep::block::{Block, BlockEncoder, Blocks};
use crate::sweep::cuts::{BLOCK_ROWS, Cuts};
use crate::sweep::error::SweepError;
use crate::sweep::file::{ResultFile, ResultTable, RowGroups, WrittenFile};
use crate::sweep::outbox::Outbox;
use crate::sweep::run::{Ended, Subject};
use crate::sweep::settler::Settler;
use crate::sweep::summary::SweepSummary;
use crate::sweep::{Kept, SweepControl, SweepOptions, WritePhase, decide, pool, subject, summary};

/// Encoded blocks that wait for the writer before workers do.
const BLOCKS_WAITING: usize = 2;

/// The files of a sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepFiles {
    /// The kept decisions: `decisions-<digest>.parquet`.
    pub decisions: PathBuf,
    /// What the file system holds of them.
    pub entry: FileEntry,
    /// The payable list: `awards-<digest>.parquet`.
    pub awards: PathBuf,
    /// What the file system holds of it.
    pub awards_entry: FileEntry,
    /// The summary: `summary-<digest>.json`.
    pub summary: PathBuf,
}

/// The open files of a sweep, each with what encodes its row groups.
pub(crate) struct OpenFiles {
    pub(crate) decisions: (ResultFile, RowGroups),
    pub(crate) awards: (ResultFile, RowGroups),
}

impl OpenFiles {
    pub(crate) fn create(folder: &Path) -> Result<Self, SweepError> {
        Ok(Self {
            decisions: ResultFile::create(folder, ResultTable::Decisions)?,
            awards: ResultFile::create(folder, ResultTable::Awards)?,
        })
    }
}

/// The written files of a sweep.
pub(crate) struct WrittenFiles {
    decisions: WrittenFile,
    awards: WrittenFile,
}

/// Decides and settles every measure for every enterprise and writes the result into a folder.
///
/// # Shape
/// `decisions-<digest>.parquet` with the columns `uscc`, `measure`, `outcome`, `award_fen`,
/// `ceiling_fen`, `least_fen`, `greatest_fen`, `reason`, `missing`, enterprises in the order of the
/// snapshot and measures in the order of the library; `awards-<digest>.parquet` in the same order,
/// a row for each of these decisions that has an amount before or after the limits: `uscc`,
/// `measure`, `state`, `standing`, `base_fen`, `amount_fen`, `payable_fen`, `least_fen`,
/// `greatest_fen` (absent where nothing bounds it), `paid_fen`, `fund`, `reason`, and the lists
/// `shares` (`bearer`, `fen`), `instalments` (`number`, `fen`, `due`, `conditional`) and `changes`
/// (`step`, `rule`, `cause`, `before_fen`, `after_fen`, `figures`, and `weight`, absent where a
/// cause has none); then `summary-<digest>.json`.
/// # Units
/// Fen; `award_fen` is before, `payable_fen` after limits over several measures or enterprises.
/// # Errors
/// [`SweepError`]; afterwards the folder holds no new result.
pub fn sweep_to_folder(
    snapshot: &Snapshot,
    library: &Library,
    options: SweepOptions,
    folder: &Path,
    control: SweepControl<'_>,
) -> Result<(SweepSummary, SweepFiles), SweepError> {
    let files = OpenFiles::create(folder)?;
    sweep_to_files(snapshot, library, options, files, control)
}

pub(crate) fn sweep_to_files(
    snapshot: &Snapshot,
    library: &Library,
    options: SweepOptions,
    files: OpenFiles,
    control: SweepControl<'_>,
) -> Result<(SweepSummary, SweepFiles), SweepError> {
    let (cancel, on_write) = (control.cancel, control.on_write);
    let subject = subject(snapshot, library, options)?;
    let (summary, written) = work_and_write(subject, options, files, control)?;
    if cancel.load(Ordering::Relaxed) {
        return Err(SweepError::Cancelled);
    }
    on_write(WritePhase::Begins);
    let named = name_files(&summary, written);
    on_write(WritePhase::Ends);
    named.map(|files| (summary, files))
}

/// Decides and settles in the pool while one thread for each file writes.
fn work_and_write(
    subject: Subject<'_>,
    options: SweepOptions,
    files: OpenFiles,
    control: SweepControl<'_>,
) -> Result<(SweepSummary, WrittenFiles), SweepError> {
    let pool = pool(options.threads)?;
    let (cancel, on_write) = (control.cancel, control.on_write);
    let (decision_file, decision_groups) = files.decisions;
    let (award_file, award_groups) = files.awards;
    let encoder = BlockEncoder::new(subject, decision_groups);
    let (sender, receiver) = sync_channel(BLOCKS_WAITING);
    let (award_sender, award_receiver) = sync_channel(BLOCKS_WAITING);
    thread::scope(|scope| {
        let writer = scope.spawn(move || decision_file.write(&receiver, on_write));
        let award_writer = scope.spawn(move || award_file.write(&award_receiver, on_write));
        let outbox = Outbox::new(sender);
        let settler = Settler::new(subject, award_groups, award_sender, cancel);
        let decided =
            pool.install(|| decide_into(subject, options, control, &encoder, &outbox, &settler));
        let tree = outbox.finish();
        let cuts = decided.as_ref().ok().map(|(_, cuts)| cuts);
        let settled = pool.install(|| settler.finish(cuts));
        let (written, awards) = (joined(writer), joined(award_writer));
        // A writer that failed is why the others stopped.
        let (decisions, awards) = (written?, awards?);
        let tree = tree.map_err(|error| SweepError::parquet(decisions.folder(), error))?;
        // So is a settlement that failed.
        let settled = settled.map_err(|broken| broken.at(awards.folder()))?;
        let (ended, cuts) = decided?;
        let settled = settled.ok_or(SweepError::Cancelled)?;
        // An enterprise has a leaf in both trees: no block was lost on its way.
        for (table, tree) in [(&decisions, &tree), (&awards, &settled.listed.tree)] {
            if tree.size() != cuts.leaves() {
                let lost = ParquetError::General("blocks are missing".to_owned());
                return Err(SweepError::parquet(table.folder(), lost));
            }
        }
        let kept = Kept {
            tree,
            ..Kept::new(&cuts)
        };
        let found = summary(subject, ended, &kept, &settled.sums, &settled.listed);
        Ok((found, WrittenFiles { decisions, awards }))
    })
}

fn joined<T>(writer: ScopedJoinHandle<'_, T>) -> T {
    match writer.join() {
        Ok(written) => written,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// Decides everything; the blocks go to the writers, or into the settlement to come.
fn decide_into(
    subject: Subject<'_>,
    options: SweepOptions,
    control: SweepControl<'_>,
    encoder: &BlockEncoder<'_>,
    outbox: &Outbox,
    settler: &Settler<'_>,
) -> Result<(Ended, Cuts), SweepError> {
    let mut blocks = Blocks::new(BLOCK_ROWS);
    let put = |block: &Block| {
        // The last blocks are shared by workers who have nothing else to do.
        rayon::join(|| outbox.put(encoder.encode(block)), || settler.put(block));
    };
    let job = |block: Block| -> Job<'_> { Box::new(move || put(&block)) };
    let ended = decide(subject, options, control, &mut |run| {
        if outbox.is_closed() || settler.is_closed() {
            return ControlFlow::Break(());
        }
        settler.add(&run);
        ControlFlow::Continue(blocks.add(run).into_iter().map(job).collect())
    })?;
    let (last, cuts) = blocks.finish();
    last.iter().for_each(put);
    Ok((ended, cuts))
}

/// Gives the files their names and writes the summary beside them: all or none.
fn name_files(summary: &SweepSummary, written: WrittenFiles) -> Result<SweepFiles, SweepError> {
    let folder = written.decisions.folder().to_path_buf();
    let (decisions, entry) = written.decisions.commit(&summary.digest)?;
    // Without the others a file would be half a result.
    let remove = |path: &Path| {
        let _removed = std::fs::remove_file(path);
    };
    let (awards, awards_entry) = match written.awards.commit(&summary.digest) {
        Ok(named) => named,
        Err(error) => {
            remove(&decisions);
            return Err(error);
        }
    };
    let place = folder.join(format!("summary-{}.json", summary.digest));
    let mut value = serde_json::to_value(summary).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        for (name, entry) in [("decisions", &entry), ("awards", &awards_entry)] {
            let entry = serde_json::to_value(entry).unwrap_or_default();
            fields.insert(name.to_owned(), entry);
        }
    }
    if let Err(error) = write_atomic(&place, canonical_json(&value).as_bytes()) {
        remove(&decisions);
        remove(&awards);
        return Err(SweepError::io(&place, error));
    }
    Ok(SweepFiles {
        decisions,
        entry,
        awards,
        awards_entry,
        summary: place,
    })
}
