//! How long the columns take for a library over made-up enterprises, held in memory.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "a tool for people that measures time and stops at the first problem"
)]

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use zhida_engine::column::{EvaluateOptions, evaluate};
use zhida_engine::generate::{GenerateOptions, Generator};
use zhida_engine::interpreter::Context;
use zhida_engine::plan::{Plan, Schema};
use zhida_policies::check::{CheckOptions, check};
use zhida_policies::load::{read_policies, read_vocabulary};
use zhida_policies::values::Codes;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let count = arguments
        .next()
        .map_or(1_000_000, |count| count.parse().unwrap());
    let threads = arguments
        .next()
        .map_or(2, |threads| threads.parse().unwrap());
    let folder = arguments
        .next()
        .unwrap_or_else(|| "policies/library".to_owned());
    let root = Path::new(&folder);
    let vocabulary = read_vocabulary(&root.join("vocabulary.toml")).unwrap();
    let codes = Arc::new(Codes::built_in().unwrap());
    let texts = read_policies(root).unwrap();
    let library = check(
        texts,
        Arc::clone(&vocabulary),
        codes,
        CheckOptions::default(),
    );
    let as_of = "2025-12-31".parse().unwrap();
    let mut regions: Vec<_> = library
        .measures
        .iter()
        .map(|measure| measure.region)
        .collect();
    regions.retain(|region| !region.is_nation());
    regions.sort();
    regions.dedup();
    let options = GenerateOptions {
        count,
        seed: 1,
        year: 2025,
        as_of: Some(as_of),
        regions,
        only: None,
    };
    let started = Instant::now();
    let generator = Generator::new(vocabulary, &library.codes, options).unwrap();
    let snapshot = generator
        .snapshot(&mut |_| ControlFlow::Continue(()))
        .unwrap();
    println!("made in {:?}", started.elapsed());
    let context = Context { year: 2025, as_of };
    let started = Instant::now();
    let plan = Plan::new(&library, context, Schema::of(&snapshot));
    println!("planned in {:?}\n{}", started.elapsed(), plan.summary());
    for _ in 0..3 {
        let options = EvaluateOptions {
            threads,
            ..EvaluateOptions::default()
        };
        let started = Instant::now();
        let evaluated = evaluate(&plan, &snapshot, options).unwrap();
        let took = started.elapsed();
        let eligible: u64 = evaluated.counts.iter().map(|counts| counts.eligible).sum();
        let undetermined: u64 = evaluated
            .counts
            .iter()
            .map(|counts| counts.undetermined)
            .sum();
        let total: i128 = evaluated.counts.iter().map(|counts| counts.total_fen).sum();
        println!(
            "{took:?}: {} decisions, {eligible} eligible, {undetermined} undetermined, \
             {total} fen, {} rows by reference",
            evaluated.decisions.len(),
            evaluated.reference_rows
        );
    }
}
