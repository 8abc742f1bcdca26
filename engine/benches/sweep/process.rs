//! Parts of the benchmark in processes of their own, so that each has its own peak memory.
//!
//! The program starts itself with the part in its environment; the new process prints what it
//! measured as one line of JSON.

use std::fs;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::scene::Scene;

/// Names the part in the environment.
const VARIABLE: &str = "ZHIDA_BENCH_PART";

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Task {
    /// Makes a snapshot and keeps it.
    Make,
    /// Decides everything in memory.
    Evaluate,
    /// Sweeps from disk to disk.
    Sweep,
    /// The same by the reference interpreter.
    SweepByReference,
    /// Sweeps, seals, and replays from the seal.
    Replay,
    /// The same, replayed by the reference interpreter.
    ReplayByReference,
    /// Explains all measures to some enterprises.
    Explain,
}

/// What was measured, and the most memory in use.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Report<T> {
    /// What was measured.
    pub(crate) measured: T,
    /// Bytes that were resident at the most.
    pub(crate) peak_bytes: u64,
}

/// The part that this process was started for.
pub(crate) fn asked() -> Result<Option<(Task, Scene)>> {
    std::env::var(VARIABLE)
        .ok()
        .map(|part| serde_json::from_str(&part).context(VARIABLE))
        .transpose()
}

/// Prints what this process measured.
pub(crate) fn answer(measured: impl Serialize) -> Result<()> {
    let status = fs::read_to_string("/proc/self/status").context("/proc/self/status")?;
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
    let kibibytes: u64 = peak.context("VmHWM is not there")?.trim().parse()?;
    let report = Report {
        measured,
        peak_bytes: kibibytes.saturating_mul(1024),
    };
    println!("{}", serde_json::to_string(&report)?);
    Ok(())
}

/// Has a part measured by a new process.
pub(crate) fn run<T: DeserializeOwned>(task: Task, scene: Scene) -> Result<Report<T>> {
    let output = Command::new(std::env::current_exe()?)
        .env(VARIABLE, serde_json::to_string(&(task, scene))?)
        .stderr(Stdio::inherit())
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "{task:?} of {scene:?} failed");
    serde_json::from_str(said.trim()).with_context(|| format!("{task:?} of {scene:?} said {said}"))
}
