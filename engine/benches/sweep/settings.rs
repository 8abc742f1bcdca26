//! How large the benchmark is.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// All parts of the run.
const DEFAULT_PARTS: &str = "memory,sealed,replay,awards,nation,large,explain";

/// A part of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Everything in memory, beside DuckDB.
    Memory,
    /// From disk to disk, beside DuckDB.
    Sealed,
    /// A sealed sweep run again from its seal.
    Replay,
    /// From disk to disk with funds, caps and groups, beside the same without.
    Awards,
    /// Very many measures beside few.
    Nation,
    /// Ten times the enterprises; after the parts in memory and sealed.
    Large,
    /// One enterprise with full explanation.
    Explain,
}

/// The sizes of a run and where it keeps its files.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Enterprises, of one province and of the nation.
    pub(crate) rows: u64,
    /// Enterprises of the large province.
    pub(crate) large_rows: u64,
    /// Measures.
    pub(crate) measures: usize,
    /// Measures of all regions of the nation.
    pub(crate) nation_measures: usize,
    /// Threads of both sides.
    pub(crate) threads: usize,
    /// Enterprises that are explained.
    pub(crate) explained: usize,
    /// Runs in memory, of which the best counts.
    pub(crate) times: u64,
    /// Below the target folder.
    pub(crate) folder: PathBuf,
}

impl Settings {
    /// What the environment asks for; a tenth of the enterprises where it asks for a quick run.
    pub(crate) fn read() -> Result<Self> {
        let rows = if number("ZHIDA_BENCH_QUICK", 0)? > 0 {
            100_000
        } else {
            1_000_000
        };
        let rows = number("ZHIDA_BENCH_ROWS", rows)?;
        let count = |name, default| anyhow::Ok(usize::try_from(number(name, default)?)?);
        Ok(Self {
            rows,
            large_rows: number("ZHIDA_BENCH_LARGE_ROWS", rows.saturating_mul(10))?,
            measures: count("ZHIDA_BENCH_MEASURES", 305)?,
            nation_measures: count("ZHIDA_BENCH_NATION_MEASURES", 20_000)?,
            threads: count("ZHIDA_BENCH_THREADS", 2)?,
            explained: count("ZHIDA_BENCH_EXPLAINED", 1_000)?,
            times: number("ZHIDA_BENCH_TIMES", 5)?,
            folder: target().join("bench-data"),
        })
    }

    /// Where the files of the last sweep lie.
    pub(crate) fn result(&self) -> PathBuf {
        self.folder.join("decisions")
    }

    /// The parts that `ZHIDA_BENCH_PARTS` lists, or all.
    pub(crate) fn parts() -> Result<Vec<Part>> {
        let listed = std::env::var("ZHIDA_BENCH_PARTS");
        let listed = listed.unwrap_or_else(|_| DEFAULT_PARTS.to_owned());
        listed
            .split(',')
            .map(|part| match part {
                "memory" => Ok(Part::Memory),
                "sealed" => Ok(Part::Sealed),
                "replay" => Ok(Part::Replay),
                "awards" => Ok(Part::Awards),
                "nation" => Ok(Part::Nation),
                "large" => Ok(Part::Large),
                "explain" => Ok(Part::Explain),
                other => bail!("ZHIDA_BENCH_PARTS: there is no part {other}"),
            })
            .collect()
    }
}

fn number(name: &str, default: u64) -> Result<u64> {
    match std::env::var(name) {
        Ok(text) => text
            .replace('_', "")
            .parse()
            .with_context(|| format!("{name}={text} is not a number")),
        Err(_) => Ok(default),
    }
}

/// The target folder, above the one that benches are built in.
fn target() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    program
        .ancestors()
        .nth(3)
        .map_or_else(|| PathBuf::from("target"), Path::to_path_buf)
}
