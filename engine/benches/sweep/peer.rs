//! Running DuckDB.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use crate::workload::Workload;

/// The version that the ratios are measured against.
const PACKAGE: &str = "duckdb==2.0.0";

/// What DuckDB took and what it paid.
#[derive(Debug, Deserialize)]
pub(crate) struct Peer {
    pub(crate) version: String,
    pub(crate) in_memory_s: f64,
    /// Of both forms of the query.
    pub(crate) in_memory_by_form: BTreeMap<String, f64>,
    pub(crate) file_to_file_s: f64,
    /// For each measure the number of awards and their sum in fen.
    pub(crate) totals: BTreeMap<String, (u64, String)>,
}

/// Runs the measures as SQL over the facts.
pub(crate) fn run(
    folder: &Path,
    facts: &Path,
    workload: &Workload,
    threads: usize,
) -> Result<Peer> {
    let python = environment(folder)?;
    let script = folder.join("peer.py");
    fs::write(&script, include_str!("peer.py"))?;
    let measures = folder.join("measures.json");
    let pairs: Vec<_> = workload
        .pairs
        .iter()
        .map(
            |pair| serde_json::json!({"id": pair.id, "filter": pair.filter, "amount": pair.amount}),
        )
        .collect();
    fs::write(&measures, serde_json::to_vec(&pairs)?)?;
    let output = Command::new(python)
        .arg(script)
        .arg(facts)
        .arg(measures)
        .arg(threads.to_string())
        .output()
        .context("DuckDB cannot be run")?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "DuckDB failed:\n{errors}");
    serde_json::from_slice(&output.stdout).with_context(|| format!("DuckDB said:\n{errors}"))
}

/// A virtual environment with DuckDB.
fn environment(folder: &Path) -> Result<PathBuf> {
    let venv = folder.join("venv");
    let python = venv.join("bin/python");
    if !python.exists() {
        let made = Command::new("python3")
            .args(["-m", "venv"])
            .arg(&venv)
            .status()?;
        ensure!(made.success(), "python3 -m venv failed");
        let installed = Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", PACKAGE])
            .status()?;
        ensure!(installed.success(), "{PACKAGE} cannot be installed");
    }
    Ok(python)
}
