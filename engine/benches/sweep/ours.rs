//! Our side: a sweep from the snapshot to decisions on disk, and the comparison of what is paid.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Result, ensure};
use zhida_engine::interpreter::Context;
use zhida_engine::snapshot::Snapshot;
use zhida_engine::sweep::{SweepControl, SweepOptions, SweepSummary, sweep_to_folder};
use zhida_policies::measure::library::Library;
use zhida_policies::values::Date;

use crate::peer::Peer;

/// Opens the snapshot and sweeps it into a folder.
pub(crate) fn sweep(
    snapshot: &Path,
    library: &Library,
    threads: usize,
    folder: &Path,
) -> Result<SweepSummary> {
    let snapshot = Snapshot::open(snapshot, Arc::clone(&library.vocabulary))?;
    let options = SweepOptions {
        context: Context {
            year: crate::YEAR,
            as_of: Date::new(2026, 6, 30)?,
        },
        threads: Some(threads),
    };
    let control = SweepControl {
        cancel: &AtomicBool::new(false),
        on_progress: &mut |_| {},
    };
    let (summary, _) = sweep_to_folder(&snapshot, library, options, folder, control)?;
    Ok(summary)
}

/// Both sides must pay the same number of awards and the same fen, measure by measure.
pub(crate) fn compare(ours: &SweepSummary, peer: &Peer) -> Result<()> {
    let mut awards: u64 = 0;
    for measure in &ours.measures {
        let (count, fen) = peer
            .totals
            .get(&measure.measure)
            .map_or((0, "0"), |(count, fen)| (*count, fen.as_str()));
        let own = measure.award.fen().to_string();

        ensure!(
            measure.eligible == count && own == fen,
            "{}: {} awards of {} here, {count} awards of {fen} fen in DuckDB",
            measure.measure,
            measure.eligible,
            measure.award
        );
        awards = awards.saturating_add(count);
    }
    println!(
        "{awards} awards, equal to the fen in all {} measures",
        ours.measures.len()
    );
    Ok(())
}
