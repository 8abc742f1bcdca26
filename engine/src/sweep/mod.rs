//! One run of all measures over one snapshot.
//!
//! Ranges of rows are decided in parallel by the reference interpreter and put together in the
//! order of the snapshot, so that neither the number of threads nor their timing can show in the
//! result. Decisions that may lead to money, now or once a fact arrives, are kept row by row; the
//! others are counted.

mod error;
mod file;
mod record;
mod summary;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;
use zhida_policies::measure::library::Library;

pub use error::SweepError;
pub use record::{DecisionKind, DecisionRecord};
pub use summary::{MeasureSummary, RESULT_FORMAT, SweepSummary, TotalFen};

use crate::interpreter::{Context, Interpreter};
use crate::snapshot::atomic::write_atomic;
use crate::snapshot::{FileEntry, Snapshot, canonical_json, vocabulary_digest};
use crate::sweep::file::DecisionFile;
use crate::sweep::summary::ResultDigest;

/// Rows that one thread decides at a time.
const MORSEL_ROWS: usize = 64;

/// Rows that are decided before their decisions are put together and written.
const BATCH_ROWS: usize = 1_024;

/// How a sweep runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SweepOptions {
    /// When the decisions are made.
    pub context: Context,
    /// How many threads decide; as many as there are processors when absent.
    pub threads: Option<usize>,
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

/// How a sweep is watched and stopped.
pub struct SweepControl<'a> {
    /// Set by anyone to stop the sweep, which then leaves no result.
    pub cancel: &'a AtomicBool,
    /// Told after each batch of rows.
    pub on_progress: &'a mut (dyn FnMut(SweepProgress) + Send),
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
    mut file: DecisionFile,
    control: SweepControl<'_>,
) -> Result<(SweepSummary, SweepFiles), SweepError> {
    let folder = file.folder().to_path_buf();
    let summary = sweep(snapshot, library, options, control, &mut |records| {
        file.write(snapshot, library, records)
    })?;
    let entry = file.commit(&summary.digest)?;
    let decisions = folder.join(&entry.name);
    let place = folder.join(format!("summary-{}.json", summary.digest));
    let mut value = serde_json::to_value(&summary).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        fields.insert(
            "decisions".to_owned(),
            serde_json::to_value(&entry).unwrap_or_default(),
        );
    }
    let written = write_atomic(&place, canonical_json(&value).as_bytes());
    if let Err(error) = written {
        // Without its summary the file of decisions would be half a result.
        let _removed = std::fs::remove_file(&decisions);
        return Err(SweepError::io(&place, error));
    }
    Ok((
        summary,
        SweepFiles {
            decisions,
            entry,
            summary: place,
        },
    ))
}

/// Decides every measure for every enterprise; `take` gets the kept decisions in order.
///
/// # Errors
/// [`SweepError::Faults`] when a policy is faulty, [`SweepError::Vocabulary`] when snapshot and
/// library do not fit, [`SweepError::Cancelled`],
/// [`SweepError::Threads`], and what `take` answers.
pub fn sweep(
    snapshot: &Snapshot,
    library: &Library,
    options: SweepOptions,
    control: SweepControl<'_>,
    take: &mut (dyn FnMut(&[DecisionRecord]) -> Result<(), SweepError> + Send),
) -> Result<SweepSummary, SweepError> {
    if library.has_faults() {
        return Err(SweepError::Faults);
    }
    if vocabulary_digest(&library.vocabulary) != vocabulary_digest(snapshot.vocabulary()) {
        return Err(SweepError::Vocabulary);
    }
    let Some(threads) = options.threads else {
        return run(snapshot, library, options.context, control, take);
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| SweepError::Threads {
            threads,
            reason: error.to_string(),
        })?;
    pool.install(|| run(snapshot, library, options.context, control, take))
}

fn run(
    snapshot: &Snapshot,
    library: &Library,
    context: Context,
    control: SweepControl<'_>,
    take: &mut (dyn FnMut(&[DecisionRecord]) -> Result<(), SweepError> + Send),
) -> Result<SweepSummary, SweepError> {
    let mut digest = ResultDigest::new(snapshot, library, context);
    let mut measures = blank(library);
    let mut start = 0usize;
    while start < snapshot.len() {
        let end = start.saturating_add(BATCH_ROWS).min(snapshot.len());
        let morsels: Vec<usize> = (start..end).step_by(MORSEL_ROWS).collect();
        let decided: Vec<Morsel> = morsels
            .into_par_iter()
            .map(|first| {
                let last = first.saturating_add(MORSEL_ROWS).min(end);
                decide(snapshot, library, context, first..last, control.cancel)
            })
            .collect::<Result<_, SweepError>>()?;
        for morsel in &decided {
            for record in &morsel.records {
                digest.record(snapshot.uscc(record.row), record);
            }
            for (measure, more) in measures.iter_mut().zip(&morsel.measures) {
                measure.merge(more);
            }
            take(&morsel.records)?;
        }
        start = end;
        (control.on_progress)(SweepProgress {
            enterprises: end,
            enterprises_total: snapshot.len(),
            eligible: measures
                .iter()
                .fold(0, |sum, measure| measure.eligible.saturating_add(sum)),
        });
    }
    let mut total = MeasureSummary::default();
    measures.iter().for_each(|measure| total.merge(measure));
    Ok(SweepSummary {
        format: RESULT_FORMAT,
        digest: digest.finish(&measures),
        snapshot: snapshot.digest().to_owned(),
        year: context.year,
        as_of: context.as_of.to_string(),
        enterprises: u64::try_from(snapshot.len()).unwrap_or(u64::MAX),
        measures,
        total,
    })
}

/// What one range of rows came to.
struct Morsel {
    records: Vec<DecisionRecord>,
    measures: Vec<MeasureSummary>,
}

fn blank(library: &Library) -> Vec<MeasureSummary> {
    let named = library.measures.iter();
    named
        .map(|measure| MeasureSummary {
            measure: measure.id.to_string(),
            ..MeasureSummary::default()
        })
        .collect()
}

fn decide(
    snapshot: &Snapshot,
    library: &Library,
    context: Context,
    rows: std::ops::Range<usize>,
    cancel: &AtomicBool,
) -> Result<Morsel, SweepError> {
    let interpreter = Interpreter::new(library);
    let mut morsel = Morsel {
        records: Vec::new(),
        measures: vec![MeasureSummary::default(); library.measures.len()],
    };
    for row in rows {
        if cancel.load(Ordering::Relaxed) {
            return Err(SweepError::Cancelled);
        }
        let facts = snapshot.row(row);
        let measures = library.measures.iter().zip(&mut morsel.measures);
        for (place, (measure, summary)) in measures.enumerate() {
            let decision = interpreter.decide(measure, &facts, context);
            let kind = DecisionKind::from(&decision);
            summary.count(kind);
            if kind.is_kept() {
                let record = DecisionRecord::new(library, row, place, &decision);
                summary.award(&record);
                morsel.records.push(record);
            }
        }
    }
    Ok(morsel)
}
