//! How long a sealed sweep takes to be run again beside its own time, and how many decisions a
//! second the reference interpreter replays.
//!
//! The library over a generated province; ZHIDA_BENCH_ENTERPRISES and
//! ZHIDA_BENCH_REFERENCE_ENTERPRISES ask for other sizes.

#![allow(
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    clippy::as_conversions,
    clippy::disallowed_types,
    reason = "a benchmark prints times"
)]

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use zhida_engine::generate::{GenerateOptions, Generator};
use zhida_engine::interpreter::Context;
use zhida_engine::replay::{ReplayOptions, SealInputs, Sealed, seal_sweep};
use zhida_engine::snapshot::Snapshot;
use zhida_engine::sweep::{Evaluator, SweepControl, SweepOptions, sweep_to_folder};
use zhida_policies::check::{CheckOptions, check};
use zhida_policies::load::read_policies;
use zhida_policies::measure::library::Library;
use zhida_policies::values::{Codes, Date};
use zhida_policies::vocabulary::Vocabulary;

const VOCABULARY: &str = include_str!("../../policies/library/vocabulary.toml");

/// The province of the enterprises.
const PROVINCE: &str = "42";
/// A replay may take so much of the time of its sweep.
const RATIO_MAX: f64 = 1.5;
/// The reference interpreter must replay so many awards a second on two cores.
const AWARDS_MIN: f64 = 100_000.0;

fn main() -> Result<()> {
    let library = library()?;
    let many = asked("ZHIDA_BENCH_ENTERPRISES", 1_000_000)?;
    let few = asked("ZHIDA_BENCH_REFERENCE_ENTERPRISES", 50_000)?;
    let (swept, replayed, _) = measured(&library, many, Evaluator::Columns)?;
    let ratio = replayed / swept;
    println!("columns: {many} enterprises, swept {swept:.2} s, replayed {replayed:.2} s");
    println!(
        "  ratio {ratio:.2}, at most {RATIO_MAX}: {}",
        word(ratio <= RATIO_MAX)
    );
    let (_, replayed, awards) = measured(&library, few, Evaluator::Reference)?;
    let decisions = (few * library.measures.len()) as f64 / replayed;
    let awards = awards as f64 / replayed;
    println!("reference: {few} enterprises in {replayed:.2} s, {decisions:.0} decisions/s");
    println!(
        "  {awards:.0} awards/s, at least {AWARDS_MIN}: {}",
        word(awards >= AWARDS_MIN)
    );
    Ok(())
}

fn word(is_met: bool) -> &'static str {
    if is_met { "met" } else { "missed" }
}

fn asked(name: &str, usual: usize) -> Result<usize> {
    let asked = std::env::var(name).ok();
    asked.map_or(Ok(usual), |asked| asked.parse().context(asked))
}

fn library() -> Result<Library> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/library");
    let vocabulary = Vocabulary::read(
        VOCABULARY,
        &zhida_policies::syntax::keywords::ends_expression,
    );
    let vocabulary = vocabulary.map_err(|faults| anyhow::anyhow!("{faults:?}"))?;
    let (texts, codes) = (read_policies(&folder)?, Codes::built_in()?);
    let options = CheckOptions::default();
    let library = check(texts, Arc::new(vocabulary), Arc::new(codes), options);
    ensure!(!library.has_faults(), "the library has faults");
    Ok(library)
}

fn snapshot(library: &Library, count: usize) -> Result<Snapshot> {
    let context = context()?;
    let options = GenerateOptions {
        count: u64::try_from(count)?,
        seed: 1,
        year: context.year,
        as_of: Some(context.as_of),
        regions: vec![library.codes.region(PROVINCE)?],
        only: None,
    };
    let generator = Generator::new(Arc::clone(&library.vocabulary), &library.codes, options)?;
    Ok(generator.snapshot(&mut |_| ControlFlow::Continue(()))?)
}

fn context() -> Result<Context> {
    Ok(Context {
        year: 2025,
        as_of: Date::new(2026, 6, 30)?,
    })
}

/// Seconds of the sweep, seconds of its replay, and the awards in it.
fn measured(library: &Library, count: usize, evaluator: Evaluator) -> Result<(f64, f64, u64)> {
    let snapshot = snapshot(library, count)?;
    let folder = tempfile::tempdir()?;
    let cancel = AtomicBool::new(false);
    let options = SweepOptions::new(context()?);
    let begun = Instant::now();
    let out = folder.path().join("swept");
    let (summary, files) = sweep_to_folder(
        &snapshot,
        library,
        options,
        &out,
        control(&cancel, &mut |_| ()),
    )?;
    let swept = begun.elapsed().as_secs_f64();
    let inputs = SealInputs {
        library,
        vocabulary: VOCABULARY,
        codes: Codes::built_in_texts(),
        snapshot: None,
    };
    let sealed = seal_sweep(&snapshot, inputs, &summary, &files)?;
    drop(snapshot);
    let sealed = Sealed::open(&sealed.path, None)?;
    let options = ReplayOptions {
        evaluator,
        threads: None,
        scratch: &folder.path().join("scratch"),
    };
    let begun = Instant::now();
    let replayed = sealed.replay(options, control(&cancel, &mut |_| ()))?;
    let seconds = begun.elapsed().as_secs_f64();
    ensure!(replayed.difference.is_none(), "the replay differs");
    Ok((swept, seconds, summary.total.eligible))
}

fn control<'a>(
    cancel: &'a AtomicBool,
    on_progress: &'a mut (dyn FnMut(zhida_engine::sweep::SweepProgress) + Send),
) -> SweepControl<'a> {
    SweepControl {
        cancel,
        on_progress,
        on_write: &|_| (),
    }
}
