//! The column evaluator says of the whole library what the reference interpreter says, on every
//! cell, whatever the threads, the size of morsels, the order of rows and the index.
//!
//! `ZHIDA_COLUMN_ENTERPRISES` says how many enterprises all tests have together; without it there
//! are 50,000 in CI and fewer elsewhere. `ZHIDA_SEED` makes others.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test stops at the first thing that is not as it should be"
)]

#[path = "programs/cells.rs"]
mod cells;

use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;
use zhida_engine::column::Pruning;
use zhida_engine::decision::Decision;
use zhida_engine::generate::{GenerateOptions, Generator};
use zhida_engine::interpreter::Context;
use zhida_engine::plan::{Plan, Schema};
use zhida_engine::snapshot::{Cell, EnterpriseRow, Ledger, LedgerEntry, Snapshot, SnapshotBuilder};
use zhida_indexer::prospect::Prospects;
use zhida_policies::check::{CheckOptions, check};
use zhida_policies::load::{read_policies, read_vocabulary};
use zhida_policies::measure::library::Library;
use zhida_policies::values::{Codes, Money};

use cells::Expected;

/// The enterprises of all tests of this file in CI.
const ENTERPRISES_IN_CI: u64 = 50_000;
/// The same elsewhere.
const ENTERPRISES: u64 = 12_000;
/// Into how many parts of equal size they fall.
const PARTS: u64 = 8;

fn library() -> Library {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/library");
    let vocabulary = read_vocabulary(&root.join("vocabulary.toml")).unwrap();
    let texts = read_policies(&root).unwrap();
    let codes = Arc::new(Codes::built_in().unwrap());
    check(texts, vocabulary, codes, CheckOptions::default())
}

fn context(year: i32) -> Context {
    Context {
        year,
        as_of: format!("{year}-12-31").parse().unwrap(),
    }
}

/// Whether a generator has given everything, or every thirtieth cell is missing besides.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Facts {
    Delivered,
    WithGaps,
}

/// Enterprises of the regions of the library's measures, so that most measures meet some; twice,
/// in two orders.
fn enterprises(library: &Library, year: i32, seed: u64, facts: Facts) -> (Snapshot, Snapshot) {
    let regions = library.measures.iter().map(|measure| measure.region);
    let mut regions: Vec<_> = regions.filter(|region| !region.is_nation()).collect();
    regions.sort();
    regions.dedup();
    let usual = if std::env::var_os("CI").is_some() {
        ENTERPRISES_IN_CI
    } else {
        ENTERPRISES
    };
    let count = number_from("ZHIDA_COLUMN_ENTERPRISES", usual).div_ceil(PARTS);
    let options = GenerateOptions {
        count,
        seed: number_from("ZHIDA_SEED", 0) * PARTS + seed,
        year,
        as_of: Some(context(year).as_of),
        regions,
        only: None,
    };
    let vocabulary = Arc::clone(&library.vocabulary);
    let generator = Generator::new(vocabulary, &library.codes, options).unwrap();
    let row = |number: u64| {
        let mut row = generator.row(number);
        for (place, cell) in (0u64..).zip(&mut row.cells) {
            let drawn = (number * 1_000 + place).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
            if facts == Facts::WithGaps && drawn.is_multiple_of(30) {
                *cell = Cell::Missing;
            }
        }
        row
    };
    let rows: Vec<EnterpriseRow> = (0..count).into_par_iter().map(row).collect();
    let entries = (0..count).step_by(7).map(|number| LedgerEntry {
        uscc: rows[number as usize].uscc.as_str().into(),
        measure: library.measures[(number / 7) as usize % library.measures.len()]
            .id
            .clone(),
        award_year: year - 1,
        paid_on: format!("{}-06-30", year - 1).parse().unwrap(),
        amount: Money::from_fen(if number % 2 == 0 { 10_000_000 } else { 0 }),
    });
    let ledger = Ledger::new(entries.collect(), String::new()).unwrap();
    let build = |step: u64| {
        let vocabulary = Arc::clone(&library.vocabulary);
        let mut builder = SnapshotBuilder::new(vocabulary, year, Some(context(year).as_of));
        for column in generator.columns() {
            builder.add_column(*column).unwrap();
        }
        for number in 0..count {
            builder
                .push(&rows[(number * step % count) as usize])
                .unwrap();
        }
        builder.set_ledger(ledger.clone());
        builder.finish().unwrap()
    };
    // Any step that shares no factor with the count meets every row once.
    let apart = |step: &u64| gcd(*step, count) == 1;
    let step = (count * 5 / 8..).find(apart).unwrap_or(1);
    (build(1), build(step))
}

fn number_from(name: &str, usual: u64) -> u64 {
    let wanted = std::env::var(name).ok();
    let wanted = wanted.and_then(|number| number.parse().ok());
    wanted.unwrap_or(usual)
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

fn check_part(year: i32, seed: u64, facts: Facts) {
    let library = library();
    let (snapshot, shuffled) = enterprises(&library, year, seed, facts);
    let plan = Plan::new(&library, context(year), Schema::of(&snapshot));
    let expected = Expected::of(&library, &snapshot, context(year));
    let of = |wanted: fn(&Decision) -> bool| {
        let listed = expected.listed.iter();
        listed.filter(|listed| wanted(&listed.decision)).count()
    };
    let eligible = of(|decision| matches!(decision, Decision::Eligible { .. }));
    let undetermined = of(|decision| matches!(decision, Decision::Undetermined(_)));
    println!("{}", plan.summary());
    for node in plan.reference_nodes() {
        println!("  {}", plan.reference_text(node).unwrap_or_default());
    }
    println!(
        "{} enterprises: {eligible} eligible, {undetermined} undetermined",
        snapshot.len()
    );
    assert!(eligible > 0 && undetermined > 0);
    expected.compare_missing(&plan, &snapshot, 29);
    let about = format!("{year}, seed {seed}");
    expected.compare_sweep(&library, &snapshot, context(year), &about);
    let prospects = Prospects::build(&library).unwrap();
    let pruned = Pruning::Index(&prospects);
    // The index has something to leave out.
    let farming = prospects.candidates(&prospects.group(year, None, None, Some("A01")));
    let anybody = prospects.candidates(&prospects.group(year, None, None, None));
    assert!(farming.len() < anybody.len(), "{year}");
    let runs = [
        (1, 64, &snapshot, Pruning::None),
        (2, 1_000, &shuffled, Pruning::None),
        (7, 16_384, &snapshot, Pruning::None),
        (2, 128, &snapshot, pruned),
        (1, 16_384, &shuffled, pruned),
    ];
    let reference_rows = expected.compare_runs(&plan, &runs, &about);
    println!("{reference_rows} rows by reference");
}

#[test]
fn the_library_in_2025_part_1() {
    check_part(2025, 1, Facts::Delivered);
}

#[test]
fn the_library_in_2025_part_2() {
    check_part(2025, 2, Facts::Delivered);
}

#[test]
fn the_library_in_2025_part_3() {
    check_part(2025, 3, Facts::WithGaps);
}

#[test]
fn the_library_in_2025_part_4() {
    check_part(2025, 4, Facts::WithGaps);
}

#[test]
fn the_library_in_2024_part_1() {
    check_part(2024, 5, Facts::Delivered);
}

#[test]
fn the_library_in_2024_part_2() {
    check_part(2024, 6, Facts::WithGaps);
}

#[test]
fn the_library_in_2021() {
    check_part(2021, 7, Facts::WithGaps);
}

#[test]
fn the_library_in_2022() {
    check_part(2022, 8, Facts::WithGaps);
}
