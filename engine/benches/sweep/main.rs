//! The sweep, side by side with DuckDB: the same measures, the same Parquet file, the same machine,
//! one run, two threads.
//!
//! `ZHIDA_BENCH_ROWS` and `ZHIDA_BENCH_MEASURES` change the size (1,000,000 × 305), and
//! `ZHIDA_BENCH_THREADS` the threads (2). `ZHIDA_BENCH_PROFILE=100` runs the columns alone, so many
//! times, for a profiler. DuckDB runs as a Python package in a virtual
//! environment below the target folder, which is made on the first run.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_types,
    clippy::float_arithmetic,
    clippy::arithmetic_side_effects,
    reason = "a measurement prints seconds and ratios"
)]

mod ours;
mod peer;
mod workload;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result};
use zhida_engine::generate::{GenerateOptions, Generator};
use zhida_engine::snapshot::Snapshot;
use zhida_engine::sweep::{Evaluator, SweepSummary};
use zhida_policies::check::{CheckOptions, PolicyText, check};
use zhida_policies::measure::library::Library;
use zhida_policies::values::{Codes, Date};
use zhida_policies::vocabulary::Vocabulary;

use workload::Workload;

/// The assessment year of the workload.
const YEAR: i32 = 2025;

fn main() -> Result<()> {
    let rows = setting("ZHIDA_BENCH_ROWS", 1_000_000);
    let measures = usize::try_from(setting("ZHIDA_BENCH_MEASURES", 305))?;
    let threads = usize::try_from(setting("ZHIDA_BENCH_THREADS", 2))?;
    let folder = target().join("bench-data");
    let vocabulary = vocabulary()?;
    let codes = Arc::new(Codes::built_in()?);
    let workload = workload::workload(measures, &regions(&codes, measures));
    let library = library(&workload, &vocabulary, &codes)?;
    let snapshot_folder = folder.join(format!("snapshot-{rows}"));
    let snapshot = snapshot(&snapshot_folder, rows, &vocabulary, &codes)?;
    println!(
        "{rows} enterprises × {} measures, {threads} threads",
        library.measures.len()
    );
    let profiled = setting("ZHIDA_BENCH_PROFILE", 0);
    if profiled > 0 {
        let held = ours::in_memory(&snapshot, &library, threads, profiled)?;
        println!(
            "zhida columns: in memory {:.4} s, the best of {profiled}",
            held.seconds
        );
        return Ok(());
    }
    let facts = snapshot_folder.join(&snapshot.manifest().files.facts.name);
    let peer = peer::run(&folder, &facts, &workload, threads)?;
    println!(
        "DuckDB {}: in memory {:.3} s, file to file {:.3} s {:?}",
        peer.version, peer.in_memory_s, peer.file_to_file_s, peer.in_memory_by_form
    );
    let held = ours::in_memory(&snapshot, &library, threads, 3)?;
    println!(
        "zhida columns: in memory {:.3} s, 1/{:.1} of DuckDB; {} rows by the reference",
        held.seconds,
        peer.in_memory_s / held.seconds,
        held.reference_rows
    );
    ours::compare(&library, &held.counts, &peer)?;
    let sweep = sealed(
        &snapshot_folder,
        &library,
        threads,
        &peer,
        Evaluator::Columns,
    )?;
    ours::equal(&held.counts, &sweep)?;
    if rows <= 100_000 {
        // The reference decides every pair on its own; it is measured on small sizes only.
        let other = sealed(
            &snapshot_folder,
            &library,
            threads,
            &peer,
            Evaluator::Reference,
        )?;
        anyhow::ensure!(other.digest == sweep.digest, "the two evaluators differ");
    }
    Ok(())
}

/// From the snapshot on disk to sealed decisions on disk.
fn sealed(
    snapshot: &Path,
    library: &Library,
    threads: usize,
    peer: &peer::Peer,
    evaluator: Evaluator,
) -> Result<SweepSummary> {
    let begun = Instant::now();
    let folder = target().join("bench-data").join("decisions");
    let summary = ours::sweep(snapshot, library, threads, evaluator, &folder)?;
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "zhida sweep by {evaluator:?}: file to file {seconds:.3} s, {:.2} of DuckDB; {} kept, {} \
         undetermined",
        seconds / peer.file_to_file_s,
        summary.kept,
        summary.total.undetermined
    );
    Ok(summary)
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.replace('_', "").parse().ok())
        .unwrap_or(default)
}

/// The target folder, above the one that benches are built in.
fn target() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    program
        .ancestors()
        .nth(3)
        .map_or_else(|| PathBuf::from("target"), Path::to_path_buf)
}

fn vocabulary() -> Result<Arc<Vocabulary>> {
    let text = include_str!("vocabulary.toml");
    let vocabulary = Vocabulary::read(text, &zhida_policies::syntax::keywords::ends_expression)
        .map_err(|faults| anyhow::anyhow!("{faults:?}"))?;
    Ok(Arc::new(vocabulary))
}

/// The nation, one province, its cities and counties; for very many measures every region there is.
fn regions(codes: &Codes, measures: usize) -> Vec<String> {
    let all = codes.regions().iter().map(|(code, _)| code.to_owned());
    if measures > 1_000 {
        return all.collect();
    }
    let inside = |code: &String| code.is_empty() || code.starts_with("42");
    all.filter(inside).collect()
}

fn library(
    workload: &Workload,
    vocabulary: &Arc<Vocabulary>,
    codes: &Arc<Codes>,
) -> Result<Library> {
    let texts = workload
        .policies
        .iter()
        .map(|(path, text)| PolicyText {
            path: path.clone(),
            bytes: text.clone().into_bytes(),
        })
        .collect();
    let library = check(
        texts,
        Arc::clone(vocabulary),
        Arc::clone(codes),
        CheckOptions::default(),
    );
    let fault = library.faults.iter().find(|fault| !fault.code.is_warning());
    if let Some(fault) = fault {
        let shown =
            zhida_policies::render::render(&library, fault, zhida_policies::render::Colours::Plain);
        anyhow::bail!("the workload has a fault:\n{shown}");
    }
    Ok(library)
}

/// The enterprises, made once and kept.
fn snapshot(
    folder: &Path,
    rows: u64,
    vocabulary: &Arc<Vocabulary>,
    codes: &Codes,
) -> Result<Snapshot> {
    if folder.join("manifest.json").exists() {
        return Ok(Snapshot::open(folder, Arc::clone(vocabulary))?);
    }
    let begun = Instant::now();
    let options = GenerateOptions {
        count: rows,
        seed: 20_250_630,
        year: YEAR,
        as_of: Date::new(2026, 6, 30).ok(),
        regions: vec![codes.region("42")?],
        only: None,
    };
    let generator = Generator::new(Arc::clone(vocabulary), codes, options)?;
    let snapshot = generator.snapshot(&mut |_| std::ops::ControlFlow::Continue(()))?;
    snapshot
        .write(folder)
        .context("the snapshot cannot be kept")?;
    println!(
        "made {rows} enterprises in {:.1} s",
        begun.elapsed().as_secs_f64()
    );
    Ok(snapshot)
}
