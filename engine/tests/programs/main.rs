//! Random rules over random enterprises: the column evaluator and the reference interpreter agree
//! on every cell.
//!
//! `ZHIDA_PROGRAMS` says how many measures without faults are tried (10,000 at night), and
//! `ZHIDA_SEED` from which seed on, so that each night tries others. A failure names its seed.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test stops at the first thing that is not as it should be"
)]

mod cells;
mod coverage;
mod enterprises;
mod rules;

use std::sync::Arc;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rayon::prelude::*;
use zhida_engine::column::Pruning;
use zhida_engine::interpreter::Context;
use zhida_engine::plan::{Plan, Schema};
use zhida_indexer::prospect::Prospects;
use zhida_policies::check::{CheckOptions, PolicyText, check};
use zhida_policies::measure::library::Library;
use zhida_policies::span::Span;
use zhida_policies::syntax::keywords::ends_expression;
use zhida_policies::values::Codes;
use zhida_policies::vocabulary::Vocabulary;

use cells::Expected;
use coverage::Coverage;
use rules::Rules;

/// The measures of one policy file.
const MEASURES: u32 = 20;
/// The enterprises that each is tried on: three morsels of 64.
const ENTERPRISES: usize = 130;
/// The policy files tried between two looks at the count.
const BATCH: u64 = 8;
/// Seeds that have found a fault before.
const SEEDS_OF_FAULTS: [u64; 1] = [8_703_003_901_034_666];

struct World {
    vocabulary: Arc<Vocabulary>,
    codes: Arc<Codes>,
}

impl World {
    fn new() -> Self {
        let text = include_str!("vocabulary.toml");
        Self {
            vocabulary: Arc::new(Vocabulary::read(text, &ends_expression).unwrap()),
            codes: Arc::new(Codes::built_in().unwrap()),
        }
    }

    /// The measures of a policy file without those that have a fault, and how many those are.
    fn library(&self, text: String) -> (Library, usize) {
        let text = PolicyText {
            path: "p.md".to_owned(),
            bytes: text.into_bytes(),
        };
        let (vocabulary, codes) = (Arc::clone(&self.vocabulary), Arc::clone(&self.codes));
        let mut library = check(vec![text], vocabulary, codes, CheckOptions::default());
        let all = library.measures.len();
        let faults: Vec<Span> = library
            .faults
            .iter()
            .filter(|fault| !fault.code.is_warning())
            .map(|fault| fault.span)
            .collect();
        if std::env::var_os("ZHIDA_FAULTS").is_some() {
            let text = &library.files[0].text;
            for fault in library
                .faults
                .iter()
                .filter(|fault| !fault.code.is_warning())
            {
                let (start, end) = (fault.span.start as usize, fault.span.end as usize);
                println!("{} {}: {}", fault.code, fault.message, &text[start..end]);
            }
        }
        library.measures.retain(|measure| {
            let span = measure.span;
            let inside = |fault: &Span| span.start <= fault.start && fault.start < span.end;
            !faults.iter().any(inside)
        });
        let measures = library.measures.iter().enumerate();
        library.measure_index = measures
            .map(|(place, measure)| (measure.id.clone(), place))
            .collect();
        library.faults.clear();
        let refused = all - library.measures.len();
        (library, refused)
    }

    /// The measures and enterprises of one seed, whatever the threads, the morsels, the order of
    /// rows and the index.
    fn check(&self, seed: u64) -> Coverage {
        let mut rules = Rules::new(ChaCha8Rng::seed_from_u64(seed));
        let (library, refused) = self.library(rules.policy(MEASURES));
        let (snapshot, shuffled) = enterprises::pair(seed, &self.vocabulary, ENTERPRISES);
        let context = Context {
            year: 2025,
            as_of: "2025-12-31".parse().unwrap(),
        };
        let plan = Plan::new(&library, context, Schema::of(&snapshot));
        let expected = Expected::of(&library, &snapshot, context);
        expected.compare_missing(&plan, &snapshot, 23);
        let about = format!("seed {seed}");
        expected.compare_sweep(&library, &snapshot, context, &about);
        let prospects = Prospects::build(&library).unwrap();
        let pruned = Pruning::Index(&prospects);
        let runs = [
            (1, 64, &snapshot, Pruning::None),
            (2, 16_384, &shuffled, Pruning::None),
            (7, 128, &snapshot, Pruning::None),
            (2, 64, &shuffled, pruned),
        ];
        let reference_rows = expected.compare_runs(&plan, &runs, &about);
        let industry = |code| prospects.candidates(&prospects.group(2025, None, None, code));
        let anybody = industry(None).len();
        let mut coverage = Coverage {
            refused,
            excluded: anybody - industry(Some("A0111")).len().min(anybody),
            ..Coverage::default()
        };
        coverage.add(&plan, &expected, reference_rows);
        coverage
    }
}

fn number_from(name: &str, usual: u64) -> u64 {
    let wanted = std::env::var(name).ok();
    wanted
        .and_then(|number| number.parse().ok())
        .unwrap_or(usual)
}

#[test]
fn columns_say_what_the_reference_says() {
    let wanted = number_from("ZHIDA_PROGRAMS", 1_000) as usize;
    let mut seed = number_from("ZHIDA_SEED", 0) << 32;
    let world = World::new();
    let mut coverage = Coverage::default();
    for seed in SEEDS_OF_FAULTS {
        world.check(seed);
    }
    while coverage.programs < wanted {
        let seeds: Vec<u64> = (seed..seed + BATCH).collect();
        let found: Vec<Coverage> = seeds.par_iter().map(|seed| world.check(*seed)).collect();
        found.into_iter().for_each(|found| coverage.join(found));
        seed += BATCH;
    }
    println!(
        "{} measures tried, {} with faults",
        coverage.programs, coverage.refused
    );
    println!(
        "{:?}, {} rows by reference",
        coverage.outcomes, coverage.reference_rows
    );
    println!("nodes {:#?}", coverage.nodes);
    println!("in columns {:#?}", coverage.in_columns);
    println!("by reference {:#?}", coverage.by_reference);
    // One measure in two hundred has each construct at the least.
    coverage.assert(wanted / 200);
}
