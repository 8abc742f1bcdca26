//! A sealed sweep, and the same sweep run again from its seal alone.

use std::fs;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};
use zhida_engine::replay::{ReplayOptions, SealInputs, Sealed, seal_sweep};
use zhida_engine::sweep::{Evaluator, SweepControl, SweepOptions, sweep_to_folder};
use zhida_policies::values::Codes;

use crate::scene::{self, Scene, context};
use crate::settings::Settings;

/// A sealed sweep and its replay.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Replayed {
    /// Seconds from reading the policies until the result by columns is sealed.
    pub(crate) sealed_s: f64,
    /// Seconds from opening the seal until all is known to be equal.
    pub(crate) replayed_s: f64,
    /// The pairs of an enterprise and a measure.
    pub(crate) pairs: u64,
    /// The awards among them.
    pub(crate) awards: u64,
}

/// Sweeps and seals by columns, and replays by an evaluator.
pub(crate) fn replay(scene: Scene, settings: &Settings, evaluator: Evaluator) -> Result<Replayed> {
    let folder = settings.result();
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let begun = Instant::now();
    let seal = {
        let library = scene.library(settings)?;
        let snapshot = scene.open(settings)?;
        let options = SweepOptions {
            threads: Some(settings.threads),
            ..SweepOptions::new(context()?)
        };
        let (summary, files) = controlled(|control| {
            Ok(sweep_to_folder(
                &snapshot, &library, options, &folder, control,
            )?)
        })?;
        let place = scene.folder(settings);
        let inputs = SealInputs {
            library: &library,
            vocabulary: scene::VOCABULARY,
            codes: Codes::built_in_texts(),
            snapshot: Some(&place),
        };
        seal_sweep(&snapshot, inputs, &summary, &files)?
    };
    let sealed_s = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    let sealed = Sealed::open(&seal.path, None)?;
    let scratch = settings.folder.join("scratch");
    let options = ReplayOptions {
        evaluator,
        threads: Some(settings.threads),
        scratch: &scratch,
    };
    let again = controlled(|control| Ok(sealed.replay(options, control)?))?;
    let replayed_s = begun.elapsed().as_secs_f64();
    let difference = again.difference.as_ref();
    ensure!(difference.is_none(), "the replay differs: {difference:?}");
    let measures = u64::try_from(again.summary.measures.len())?;
    let pairs = scene.rows(settings).checked_mul(measures);
    Ok(Replayed {
        sealed_s,
        replayed_s,
        pairs: pairs.context("too many pairs")?,
        awards: again.summary.total.eligible,
    })
}

/// Does something that nobody watches or stops.
fn controlled<T>(work: impl FnOnce(SweepControl<'_>) -> Result<T>) -> Result<T> {
    work(SweepControl {
        cancel: &AtomicBool::new(false),
        on_progress: &mut |_| (),
        on_write: &|_| (),
    })
}
