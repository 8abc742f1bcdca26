//! Our side: the columns in memory, the sweep from the snapshot to decisions on disk, and the
//! comparison of what is paid.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use anyhow::{Result, ensure};
use zhida_engine::column::{EvaluateOptions, MeasureCounts, evaluate_each};
use zhida_engine::interpreter::Context;
use zhida_engine::plan::{Plan, Schema};
use zhida_engine::snapshot::Snapshot;
use zhida_engine::sweep::{Evaluator, SweepControl, SweepOptions, SweepSummary, sweep_to_folder};
use zhida_policies::measure::library::Library;
use zhida_policies::values::Date;

use crate::peer::Peer;

/// What the columns took and paid.
pub(crate) struct Held {
    pub(crate) seconds: f64,
    pub(crate) counts: Vec<MeasureCounts>,
    pub(crate) reference_rows: u64,
}

fn context() -> Result<Context> {
    Ok(Context {
        year: crate::YEAR,
        as_of: Date::new(2026, 6, 30)?,
    })
}

/// Decides everything over a snapshot that is in memory; the best of some times (three for
/// the peer too).
pub(crate) fn in_memory(
    snapshot: &Snapshot,
    library: &Library,
    threads: usize,
    times: u64,
) -> Result<Held> {
    let plan = Plan::new(library, context()?, Schema::of(snapshot));
    let mut best: Option<Held> = None;
    for _ in 0..times {
        let options = EvaluateOptions {
            threads,
            ..EvaluateOptions::default()
        };
        let begun = Instant::now();
        let mut decisions = Vec::new();
        let evaluated = evaluate_each(&plan, snapshot, options, &mut |found| {
            decisions.push(found);
            ControlFlow::Continue(())
        })?;
        let seconds = begun.elapsed().as_secs_f64();
        drop(decisions);
        if best.as_ref().is_none_or(|best| seconds < best.seconds) {
            best = Some(Held {
                seconds,
                counts: evaluated.counts,
                reference_rows: evaluated.reference_rows,
            });
        }
    }
    best.ok_or_else(|| anyhow::anyhow!("nothing was measured"))
}

/// Opens the snapshot and sweeps it into a folder.
pub(crate) fn sweep(
    snapshot: &Path,
    library: &Library,
    threads: usize,
    evaluator: Evaluator,
    folder: &Path,
) -> Result<SweepSummary> {
    let snapshot = Snapshot::open(snapshot, Arc::clone(&library.vocabulary))?;
    let options = SweepOptions {
        threads: Some(threads),
        evaluator,
        ..SweepOptions::new(context()?)
    };
    let control = SweepControl {
        cancel: &AtomicBool::new(false),
        on_progress: &mut |_| {},
        on_write: &|_| {},
    };
    let (summary, _) = sweep_to_folder(&snapshot, library, options, folder, control)?;
    Ok(summary)
}

/// Both sides must pay the same number of awards and the same fen, measure by measure.
pub(crate) fn compare(library: &Library, ours: &[MeasureCounts], peer: &Peer) -> Result<()> {
    let mut awards: u64 = 0;
    for (measure, own) in library.measures.iter().zip(ours) {
        let (count, fen) = peer
            .totals
            .get(&*measure.id.0)
            .map_or((0, "0"), |(count, fen)| (*count, fen.as_str()));
        ensure!(
            own.eligible == count && own.total_fen.to_string() == fen,
            "{}: {} awards of {} fen here, {count} awards of {fen} fen in DuckDB",
            measure.id,
            own.eligible,
            own.total_fen
        );
        awards = awards.saturating_add(count);
    }
    println!(
        "{awards} awards, equal to the fen in all {} measures",
        ours.len()
    );
    Ok(())
}

/// Columns and reference must agree on every count.
pub(crate) fn equal(columns: &[MeasureCounts], reference: &SweepSummary) -> Result<()> {
    for (own, other) in columns.iter().zip(&reference.measures) {
        ensure!(
            (
                own.eligible,
                own.undetermined,
                own.ineligible,
                own.not_applicable,
                own.error
            ) == (
                other.eligible,
                other.undetermined,
                other.ineligible,
                other.not_applicable,
                other.error
            ) && own.total_fen == other.award.fen(),
            "{}: the columns and the reference differ",
            other.measure
        );
    }
    println!("columns and reference agree on every count");
    Ok(())
}
