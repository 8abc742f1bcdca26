//! The column evaluator says of the whole library what the reference interpreter says.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is not as it should be"
)]

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;
use zhida_engine::column::{
    EvaluateOptions, Evaluated, MeasureCounts, Outcome, RowDecision, evaluate,
};
use zhida_engine::decision::Decision;
use zhida_engine::generate::{GenerateOptions, Generator};
use zhida_engine::interpreter::{Context, Interpreter};
use zhida_engine::plan::{Plan, Schema};
use zhida_engine::snapshot::Snapshot;
use zhida_policies::check::{CheckOptions, check};
use zhida_policies::load::{read_policies, read_vocabulary};
use zhida_policies::measure::library::Library;
use zhida_policies::values::Codes;

fn library() -> Library {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/library");
    let vocabulary = read_vocabulary(&root.join("vocabulary.toml")).unwrap();
    let texts = read_policies(&root).unwrap();
    check(
        texts,
        vocabulary,
        Arc::new(Codes::built_in().unwrap()),
        CheckOptions::default(),
    )
}

fn context(year: i32) -> Context {
    Context {
        year,
        as_of: format!("{year}-12-31").parse().unwrap(),
    }
}

/// Enterprises of the regions of the library's measures, so that most measures meet some.
fn enterprises(library: &Library, year: i32, count: u64) -> Snapshot {
    let regions = library.measures.iter().map(|measure| measure.region);
    let mut regions: Vec<_> = regions.filter(|region| !region.is_nation()).collect();
    regions.sort();
    regions.dedup();
    let options = GenerateOptions {
        count,
        seed: 7,
        year,
        as_of: Some(context(year).as_of),
        regions,
        only: None,
    };
    let generator =
        Generator::new(Arc::clone(&library.vocabulary), &library.codes, options).unwrap();
    generator
        .snapshot(&mut |_| ControlFlow::Continue(()))
        .unwrap()
}

/// What the reference interpreter says of all cells.
fn reference(
    library: &Library,
    snapshot: &Snapshot,
    context: Context,
) -> (Vec<MeasureCounts>, Vec<(usize, usize, Decision)>) {
    let interpreter = Interpreter::new(library);
    let rows: Vec<Vec<(usize, usize, Decision)>> = (0..snapshot.len())
        .into_par_iter()
        .map(|row| {
            let facts = snapshot.row(row);
            let measures = library.measures.iter().enumerate();
            let decide =
                |(place, measure)| (row, place, interpreter.decide(measure, &facts, context));
            measures.map(decide).collect()
        })
        .collect();
    let mut counts = vec![MeasureCounts::default(); library.measures.len()];
    let mut listed = Vec::new();
    for (row, place, decision) in rows.into_iter().flatten() {
        let counts = &mut counts[place];
        match &decision {
            Decision::NotApplicable(_) => counts.not_applicable += 1,
            Decision::Ineligible(_) => counts.ineligible += 1,
            Decision::Undetermined(_) => counts.undetermined += 1,
            Decision::Eligible { award, .. } => {
                counts.eligible += 1;
                counts.total_fen += i128::from(award.fen());
            }
            Decision::Error(_) => counts.error += 1,
        }
        if !matches!(
            decision,
            Decision::NotApplicable(_) | Decision::Ineligible(_)
        ) {
            listed.push((row, place, decision));
        }
    }
    (counts, listed)
}

fn agrees(decision: &RowDecision, expected: &Decision) -> bool {
    match (decision.outcome(), expected) {
        (Outcome::Eligible, Decision::Eligible { award, .. }) => decision.award() == Some(*award),
        (Outcome::Undetermined, Decision::Undetermined(_)) => true,
        (Outcome::Error, Decision::Error(_)) => {
            expected.reasons().into_iter().next() == decision.reason()
        }
        (Outcome::Eligible | Outcome::Undetermined | Outcome::Error, _) => false,
    }
}

fn compare(library: &Library, evaluated: &Evaluated, expected: &[(usize, usize, Decision)]) {
    let mut expected = expected.iter();
    for decision in &evaluated.decisions {
        let (row, measure) = (decision.row as usize, decision.measure());
        let name = &library.measures[measure].id;
        match expected.next() {
            Some((wanted, place, reference)) => {
                assert_eq!(
                    (row, measure),
                    (*wanted, *place),
                    "{name} {decision:?} {reference:?}"
                );
                assert!(
                    agrees(decision, reference),
                    "{name} {decision:?} {reference:?}"
                );
            }
            None => panic!("row {row}: {name} {decision:?} is not expected"),
        }
    }
    assert!(expected.next().is_none());
}

fn check_year(year: i32, count: u64) {
    let library = library();
    let snapshot = enterprises(&library, year, count);
    let plan = Plan::new(&library, context(year), Schema::of(&snapshot));
    println!("{}", plan.summary());
    for node in plan.reference_nodes() {
        println!("  {}", plan.reference_text(node).unwrap_or_default());
    }
    let (counts, listed) = reference(&library, &snapshot, context(year));
    println!("{} decisions are listed", listed.len());
    let mut first: Option<Evaluated> = None;
    for (threads, morsel_rows) in [(1, 64), (2, 1_000), (7, 16_384)] {
        let options = EvaluateOptions {
            threads,
            morsel_rows,
            ..EvaluateOptions::default()
        };
        let evaluated = evaluate(&plan, &snapshot, options).unwrap();
        compare(&library, &evaluated, &listed);
        for (place, (counts, expected)) in evaluated.counts.iter().zip(&counts).enumerate() {
            assert_eq!(counts, expected, "{}", library.measures[place].id);
        }
        println!("{} rows by reference", evaluated.reference_rows);
        if let Some(first) = &first {
            assert_eq!(first.decisions, evaluated.decisions);
        }
        first = Some(evaluated);
    }
}

/// How many enterprises: more in the long run at night.
fn enterprise_count(usual: u64) -> u64 {
    let wanted = std::env::var("ZHIDA_COLUMN_ENTERPRISES").ok();
    wanted.and_then(|count| count.parse().ok()).unwrap_or(usual)
}

#[test]
fn the_library_in_its_regions() {
    check_year(2025, enterprise_count(2_000));
}

#[test]
fn the_library_in_another_year() {
    check_year(2024, enterprise_count(500));
}
