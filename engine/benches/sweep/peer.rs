//! Running DuckDB.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::settings::Settings;
use crate::tasks::{Swept, Total};
use crate::workload::Workload;

/// The version that the ratios are measured against.
const PACKAGE: &str = "duckdb==2.0.0";

/// How the measures are asked as SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// One scan that carries the awards of all measures: the form whose seconds stand in
    /// DESIGN.md.
    Single,
    /// One SELECT a measure under UNION ALL: what DuckDB does fastest.
    Union,
}

/// From where to where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// From a table in memory to another.
    Memory,
    /// From the file of facts to a file of awards.
    File,
}

/// What DuckDB took and what it paid.
#[derive(Debug, Deserialize)]
pub(crate) struct Paid {
    /// Its version.
    pub(crate) version: String,
    /// The best run.
    pub(crate) seconds: f64,
    /// Bytes that were resident at the most.
    pub(crate) peak_bytes: u64,
    /// For each measure with awards their number and their sum in fen.
    pub(crate) totals: BTreeMap<String, (u64, String)>,
}

/// What DuckDB took to keep what a sweep keeps, and what it kept.
#[derive(Debug, Deserialize)]
pub(crate) struct Kept {
    /// The best run.
    pub(crate) seconds: f64,
    /// Bytes that were resident at the most.
    pub(crate) peak_bytes: u64,
    /// For each measure with kept decisions how many are eligible and undetermined, and the sum of
    /// the awards in fen.
    totals: BTreeMap<String, (u64, u64, String)>,
}

impl Kept {
    /// Both sides must decide alike; how many measures do, undetermined decisions included.
    ///
    /// A filter of a list in SQL takes an unknown for a no, so that a measure which counts records
    /// may have fewer undetermined decisions there, and no more.
    pub(crate) fn agrees_with(&self, ours: &[Total]) -> Result<usize> {
        let mut alike = 0;
        for own in ours {
            let [eligible, undetermined, ..] = own.outcomes;
            let nothing = (0, 0, "0".to_owned());
            let found = self.totals.get(&own.id).unwrap_or(&nothing);
            ensure!(
                (found.0, &found.2) == (eligible, &own.fen) && found.1 <= undetermined,
                "{}: {found:?} in DuckDB, {eligible}, {undetermined} and {} here",
                own.id,
                own.fen
            );
            alike += usize::from(found.1 == undetermined);
        }
        Ok(alike)
    }
}

/// What DuckDB finds in the files of a sweep.
#[derive(Debug, Deserialize)]
pub(crate) struct Read {
    /// For each measure with kept decisions how many are eligible, undetermined and an error, and
    /// the sum of the awards in fen.
    measures: BTreeMap<String, (u64, u64, u64, String)>,
    /// Of the payable list: rows, those with something payable, fen payable, and changes.
    listed: [String; 4],
}

impl Read {
    /// The files must say what the sweep has summed up itself.
    pub(crate) fn agrees_with(&self, swept: &Swept) -> Result<()> {
        for own in &swept.totals {
            let [eligible, undetermined, _, _, error] = own.outcomes;
            let expected = (eligible, undetermined, error, own.fen.clone());
            let nothing = (0, 0, 0, "0".to_owned());
            let found = self.measures.get(&own.id).unwrap_or(&nothing);
            ensure!(
                *found == expected,
                "{}: DuckDB reads {found:?} in the file of {expected:?}",
                own.id
            );
        }
        ensure!(
            self.listed == swept.list,
            "DuckDB reads {:?} in the list of {:?}",
            self.listed,
            swept.list
        );
        Ok(())
    }
}

/// DuckDB, ready to run measures over facts.
pub(crate) struct Peer {
    python: PathBuf,
    script: PathBuf,
    facts: PathBuf,
    measures: PathBuf,
    folder: PathBuf,
    threads: usize,
}

impl Peer {
    /// Puts down the measures and installs DuckDB where it is not there yet.
    pub(crate) fn new(settings: &Settings, facts: &Path, workload: &Workload) -> Result<Self> {
        let folder = settings.folder.clone();
        let python = environment(&folder)?;
        let script = folder.join("peer.py");
        fs::write(&script, include_str!("peer.py"))?;
        let measures = folder.join("measures.json");
        let pairs = workload.pairs.iter().map(
            |pair| serde_json::json!({"id": pair.id, "filter": pair.filter, "amount": pair.amount}),
        );
        let pairs: Vec<_> = pairs.collect();
        fs::write(&measures, serde_json::to_vec(&pairs)?)?;
        Ok(Self {
            python,
            script,
            facts: facts.to_path_buf(),
            measures,
            folder,
            threads: settings.threads,
        })
    }

    /// Runs the measures.
    pub(crate) fn run(&self, mode: Mode, form: Form) -> Result<Paid> {
        let mode = match mode {
            Mode::Memory => "memory",
            Mode::File => "file",
        };
        let form = match form {
            Form::Single => "single",
            Form::Union => "union",
        };
        self.ask([mode, form])
    }

    /// Keeps what a sweep keeps, from the file of facts to files with digests.
    pub(crate) fn keep(&self) -> Result<Kept> {
        self.ask(["file", "sealed"])
    }

    fn ask<T: DeserializeOwned>(&self, what: [&str; 2]) -> Result<T> {
        let output = Command::new(&self.python)
            .arg(&self.script)
            .args(what)
            .args([&self.facts, &self.measures])
            .arg(self.threads.to_string())
            .arg(&self.folder)
            .output()
            .context("DuckDB cannot be run")?;
        said(&output)
    }

    /// Reads the files of a sweep, which lie in a folder.
    pub(crate) fn read(&self, result: &Path) -> Result<Read> {
        let file = |stem: &str| -> Result<PathBuf> {
            let named = fs::read_dir(result)?.filter_map(|entry| Some(entry.ok()?.path()));
            let is_it = |path: &PathBuf| {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                name.starts_with(stem) && name.ends_with(".parquet")
            };
            let mut found = named.filter(is_it);
            found.next().with_context(|| format!("there is no {stem}"))
        };
        let output = Command::new(&self.python)
            .arg(&self.script)
            .arg("result")
            .args([file("decisions-")?, file("awards-")?])
            .output()
            .context("DuckDB cannot be run")?;
        said(&output)
    }
}

/// The answer of a run that went well.
fn said<T: DeserializeOwned>(output: &Output) -> Result<T> {
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "DuckDB failed:\n{errors}");
    serde_json::from_slice(&output.stdout).with_context(|| format!("DuckDB said:\n{errors}"))
}

impl Paid {
    /// Both sides must pay the same number of awards and the same fen, measure by measure.
    pub(crate) fn agrees_with(&self, ours: &[Total]) -> Result<()> {
        for own in ours {
            let (count, fen) = self
                .totals
                .get(&own.id)
                .map_or((0, "0"), |(count, fen)| (*count, fen.as_str()));
            ensure!(
                own.outcomes[0] == count && own.fen == fen,
                "{}: {} awards of {} fen here, {count} awards of {fen} fen in DuckDB",
                own.id,
                own.outcomes[0],
                own.fen
            );
        }
        Ok(())
    }
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
