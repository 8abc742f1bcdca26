//! What the processes of our side do and measure.

use std::fs;
use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use zhida_engine::column::{EvaluateOptions, MeasureCounts, evaluate_each};
use zhida_engine::interpreter::Interpreter;
use zhida_engine::plan::{Plan, Schema};
use zhida_engine::sweep::{
    Evaluator, MeasureSummary, SweepControl, SweepOptions, WritePhase, sweep_to_folder,
};
use zhida_policies::values::Codes;

use crate::awards::{self, Budgets, Listed};
use crate::scene::{Scene, context};
use crate::settings::Settings;

/// What the decisions of one measure come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Total {
    /// The measure.
    pub(crate) id: String,
    /// Eligible, undetermined, ineligible, not applicable, error.
    pub(crate) outcomes: [u64; 5],
    /// The sum of the awards, in fen.
    pub(crate) fen: String,
}

impl Total {
    fn of_columns(id: String, counts: &MeasureCounts) -> Self {
        Self {
            id,
            outcomes: [
                counts.eligible,
                counts.undetermined,
                counts.ineligible,
                counts.not_applicable,
                counts.error,
            ],
            fen: counts.total_fen.to_string(),
        }
    }

    fn of_sweep(summary: &MeasureSummary) -> Self {
        Self {
            id: summary.measure.clone(),
            outcomes: [
                summary.eligible,
                summary.undetermined,
                summary.ineligible,
                summary.not_applicable,
                summary.error,
            ],
            fen: summary.award.fen().to_string(),
        }
    }
}

/// A snapshot made and kept; nothing when it was there already.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Made {
    /// Seconds to make it, and to write it.
    pub(crate) seconds: Option<(f64, f64)>,
}

pub(crate) fn make(scene: Scene, settings: &Settings) -> Result<Made> {
    let folder = scene.folder(settings);
    if folder.join("manifest.json").exists() {
        return Ok(Made { seconds: None });
    }
    let begun = Instant::now();
    let snapshot = scene.make(settings)?;
    let made = begun.elapsed();
    snapshot
        .write(&folder)
        .context("the snapshot cannot be kept")?;
    let written = begun.elapsed().saturating_sub(made);
    Ok(Made {
        seconds: Some((made.as_secs_f64(), written.as_secs_f64())),
    })
}

/// All decisions in memory.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Evaluated {
    /// The regions that have measures.
    pub(crate) regions: usize,
    /// Seconds to read and check the policies.
    pub(crate) check_s: f64,
    /// Seconds to open the snapshot and prove it.
    pub(crate) load_s: f64,
    /// Seconds to plan.
    pub(crate) plan_s: f64,
    /// The nodes of the plan, and how many there were without sharing.
    pub(crate) nodes: (usize, u64),
    /// Seconds of the best run.
    pub(crate) seconds: f64,
    /// How often the reference interpreter was asked.
    pub(crate) reference_rows: u64,
    /// By measure.
    pub(crate) totals: Vec<Total>,
}

impl Evaluated {
    /// The decisions for enterprises inside the region and the validity, without exception.
    pub(crate) fn pairs(&self) -> u64 {
        let looked_at = |total: &Total| {
            let [eligible, undetermined, ineligible, _, error] = total.outcomes;
            eligible + undetermined + ineligible + error
        };
        self.totals.iter().map(looked_at).sum()
    }

    /// The awards.
    pub(crate) fn awards(&self) -> u64 {
        self.totals.iter().map(|total| total.outcomes[0]).sum()
    }
}

pub(crate) fn evaluate(scene: Scene, settings: &Settings) -> Result<Evaluated> {
    let begun = Instant::now();
    let library = scene.library(settings)?;
    let check_s = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    let snapshot = scene.open(settings)?;
    let load_s = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    let plan = Plan::new(&library, context()?, Schema::of(&snapshot));
    let plan_s = begun.elapsed().as_secs_f64();
    let mut best: Option<(f64, _)> = None;
    for _ in 0..settings.times {
        let options = EvaluateOptions {
            threads: settings.threads,
            ..EvaluateOptions::default()
        };
        let begun = Instant::now();
        let mut decisions = Vec::new();
        let totals = evaluate_each(&plan, &snapshot, options, &mut |found| {
            decisions.push(found);
            ControlFlow::Continue(())
        })?;
        let seconds = begun.elapsed().as_secs_f64();
        drop(decisions);
        if best.as_ref().is_none_or(|(best, _)| seconds < *best) {
            best = Some((seconds, totals));
        }
    }
    let (seconds, totals) = best.context("nothing was measured")?;
    let measures = library.measures.iter().zip(&totals.counts);
    Ok(Evaluated {
        regions: library.policies.len(),
        check_s,
        load_s,
        plan_s,
        nodes: (plan.graph().nodes().len(), plan.summary().tree_nodes),
        seconds,
        reference_rows: totals.reference_rows,
        totals: measures
            .map(|(measure, counts)| Total::of_columns(measure.id.to_string(), counts))
            .collect(),
    })
}

/// A sweep from disk to disk.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Swept {
    /// Seconds from opening the snapshot until the result has its name.
    pub(crate) seconds: f64,
    /// Seconds to open the snapshot and prove it.
    pub(crate) load_s: f64,
    /// Seconds until the last row was decided.
    pub(crate) evaluate_s: f64,
    /// Seconds that the writers were at work, meanwhile and afterwards.
    pub(crate) write_s: f64,
    /// The bytes of the decisions.
    pub(crate) bytes: u64,
    /// Decisions kept.
    pub(crate) kept: u64,
    /// Funds that cannot pay what is asked, of how many.
    pub(crate) short: (usize, usize),
    /// Awards that groups and caps changed.
    pub(crate) limited: u64,
    /// Awards of which something may be paid now, and those that could still fall.
    pub(crate) payable: (u64, u64),
    /// Of the payable list: rows, those with something payable, fen payable, and changes of the
    /// eligible.
    pub(crate) list: [String; 4],
    /// What the payable list comes to, where there are rules.
    pub(crate) listed: Option<Listed>,
    /// The digest of the result.
    pub(crate) digest: String,
    /// By measure.
    pub(crate) totals: Vec<Total>,
}

/// The writers' time so far; how many are at work, and since when any is.
#[derive(Default)]
struct Writing {
    took: Duration,
    writers: u32,
    since: Option<Instant>,
}

fn watch(writing: &Mutex<Writing>, phase: WritePhase) {
    let mut writing = writing.lock().unwrap_or_else(PoisonError::into_inner);
    match phase {
        WritePhase::Begins => {
            writing.writers += 1;
            writing.since.get_or_insert_with(Instant::now);
        }
        WritePhase::Ends => {
            writing.writers = writing.writers.saturating_sub(1);
            if writing.writers == 0 {
                let since = writing.since.take();
                writing.took += since.map_or(Duration::ZERO, |since| since.elapsed());
            }
        }
    }
}

pub(crate) fn sweep(scene: Scene, settings: &Settings, evaluator: Evaluator) -> Result<Swept> {
    let library = scene.library(settings)?;
    let folder = settings.result();
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let begun = Instant::now();
    let snapshot = scene.open(settings)?;
    let load_s = begun.elapsed().as_secs_f64();
    let options = SweepOptions {
        threads: Some(settings.threads),
        evaluator,
        ..SweepOptions::new(context()?)
    };
    let writing = Mutex::<Writing>::default();
    let mut decided = begun.elapsed();
    let control = SweepControl {
        cancel: &AtomicBool::new(false),
        on_progress: &mut |_| decided = begun.elapsed(),
        on_write: &|phase| watch(&writing, phase),
    };
    let (summary, files) = sweep_to_folder(&snapshot, &library, options, &folder, control)?;
    let seconds = begun.elapsed().as_secs_f64();
    let writing = writing.into_inner().unwrap_or_else(PoisonError::into_inner);
    let listed = if scene == Scene::Awards {
        let codes = Codes::built_in()?;
        let pairs = scene.workload(settings, &codes).pairs;
        let budgets = Budgets::read(&settings.folder)?;
        Some(awards::check(&files.awards, &pairs, &budgets)?)
    } else {
        None
    };
    let found = &summary.payable;
    let short = found
        .funds
        .iter()
        .filter(|fund| fund.granted < fund.claimed);
    // A rule changes an award once at the most.
    let changes: u64 = found.limits.iter().map(|limit| limit.awards).sum();
    Ok(Swept {
        seconds,
        load_s,
        evaluate_s: decided.as_secs_f64() - load_s,
        write_s: writing.took.as_secs_f64(),
        bytes: files.entry.bytes,
        kept: summary.kept,
        short: (short.count(), found.funds.len()),
        limited: changes,
        payable: (found.payable_awards, found.may_fall.awards),
        list: [
            found.rows.to_string(),
            found.payable_awards.to_string(),
            found.payable.fen().to_string(),
            changes.to_string(),
        ],
        listed,
        digest: summary.digest,
        totals: summary.measures.iter().map(Total::of_sweep).collect(),
    })
}

/// All measures explained to some enterprises, one after the other.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Explained {
    /// How many enterprises.
    pub(crate) enterprises: usize,
    /// How many measures, each with its explanation.
    pub(crate) measures: usize,
    /// Milliseconds for one enterprise: half take no longer, 99 of 100 take no longer, the most.
    pub(crate) milliseconds: [f64; 3],
    /// Bytes of text for one enterprise, on average.
    pub(crate) bytes: usize,
}

pub(crate) fn explain(scene: Scene, settings: &Settings) -> Result<Explained> {
    let library = scene.library(settings)?;
    let snapshot = scene.open(settings)?;
    let context = context()?;
    let step = (snapshot.len() / settings.explained.max(1)).max(1);
    let mut bytes = 0;
    let mut times = Vec::new();
    for row in (0..snapshot.len()).step_by(step).take(settings.explained) {
        let begun = Instant::now();
        let facts = snapshot.row(row);
        let interpreter = Interpreter::new(&library);
        let explained = library.measures.iter().map(|measure| {
            let explanation = interpreter.explain(measure, &facts, context);
            explanation.to_string()
        });
        let texts: Vec<String> = explained.collect();
        times.push(begun.elapsed());
        bytes += texts.iter().map(String::len).sum::<usize>();
    }
    times.sort();
    let at = |hundredths: usize| {
        let place = (times.len() * hundredths).div_ceil(100).saturating_sub(1);
        let time = times.get(place).copied().unwrap_or_default();
        time.as_secs_f64() * 1_000.0
    };
    Ok(Explained {
        enterprises: times.len(),
        measures: library.measures.len(),
        milliseconds: [at(50), at(99), at(100)],
        bytes: bytes / times.len().max(1),
    })
}
