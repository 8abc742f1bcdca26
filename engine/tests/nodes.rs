//! Columns and the reference interpreter agree on every node of every measure, and where the facts
//! of the two differ, the first node that differs is the one that read them.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test stops at the first thing that is not as it should be"
)]

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;
use zhida_engine::facts::{Facts, PaidWhen, Reading};
use zhida_engine::generate::{GenerateOptions, Generator};
use zhida_engine::interpreter::{Context, PeriodRange};
use zhida_engine::replay::NodeTrace;
use zhida_engine::snapshot::Snapshot;
use zhida_policies::check::{CheckOptions, check};
use zhida_policies::load::{read_policies, read_vocabulary};
use zhida_policies::measure::MeasureRef;
use zhida_policies::measure::expression::Value;
use zhida_policies::measure::library::Library;
use zhida_policies::values::{Codes, Money, Number, Period, Region};
use zhida_policies::vocabulary::FactId;

const ENTERPRISES: u64 = 24;

fn library() -> Library {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/library");
    let vocabulary = read_vocabulary(&root.join("vocabulary.toml")).unwrap();
    let codes = Arc::new(Codes::built_in().unwrap());
    let texts = read_policies(&root).unwrap();
    check(texts, vocabulary, codes, CheckOptions::default())
}

fn context() -> Context {
    Context {
        year: 2025,
        as_of: "2026-06-30".parse().unwrap(),
    }
}

fn snapshot(library: &Library) -> Snapshot {
    let options = GenerateOptions {
        count: ENTERPRISES,
        seed: 11,
        year: context().year,
        as_of: Some(context().as_of),
        regions: vec![library.codes.region("420600").unwrap()],
        only: None,
    };
    let vocabulary = Arc::clone(&library.vocabulary);
    let generator = Generator::new(vocabulary, &library.codes, options).unwrap();
    generator
        .snapshot(&mut |_| ControlFlow::Continue(()))
        .unwrap()
}

#[test]
fn every_node_of_the_library_comes_to_the_same() {
    let library = library();
    let snapshot = snapshot(&library);
    let cells: Vec<(usize, usize)> = (0..library.measures.len())
        .flat_map(|measure| (0..snapshot.len()).map(move |row| (measure, row)))
        .filter(|(measure, row)| measure % snapshot.len() == *row || measure % 7 == row % 7)
        .collect();
    let nodes: usize = cells
        .par_iter()
        .map(|(measure, row)| {
            let facts = snapshot.row(*row);
            let trace = NodeTrace::of(&library, *measure, (&snapshot, *row), &facts, context());
            let id = &library.measures[*measure].id;
            assert_eq!(trace.first(), None, "{id} of {}", snapshot.uscc(*row));
            trace.pairs.len()
        })
        .sum();
    assert!(
        nodes > 10 * cells.len(),
        "{nodes} nodes of {} cells",
        cells.len()
    );
}

/// The facts of an enterprise, one of them one fen more.
struct OneFenMore<'a> {
    facts: &'a dyn Facts,
    fact: FactId,
}

impl Facts for OneFenMore<'_> {
    fn enterprise(&self) -> &str {
        self.facts.enterprise()
    }

    fn read(&self, fact: FactId, period: Period) -> Reading {
        match self.facts.read(fact, period) {
            Reading::Known(Value::Money(fen)) if fact == self.fact => {
                let more = fen.checked_add(&Number::one()).unwrap();
                Reading::Known(Value::Money(more))
            }
            other => other,
        }
    }

    fn total(&self, fact: FactId, range: PeriodRange) -> Option<Reading> {
        self.facts.total(fact, range)
    }

    fn division(&self) -> Option<Region> {
        self.facts.division()
    }

    fn source(&self, fact: FactId, period: Period) -> String {
        self.facts.source(fact, period)
    }

    fn paid(&self, measure: &MeasureRef, when: PaidWhen) -> Money {
        self.facts.paid(measure, when)
    }
}

#[test]
fn the_first_node_that_differs_is_the_one_that_read_another_value() {
    let library = library();
    let snapshot = snapshot(&library);
    let fact = library.vocabulary.find("营业收入").unwrap();
    let measure = "xiangyang-industry-2025/growth-award";
    let places = library.measures.iter();
    let place = places
        .enumerate()
        .find(|(_, one)| *one.id.0 == *measure)
        .unwrap()
        .0;
    let known = |row: &usize| {
        let read = snapshot.row(*row).read(fact, Period::Year(2025));
        matches!(read, Reading::Known(_))
    };
    let row = (0..snapshot.len()).find(known).unwrap();
    let facts = snapshot.row(row);
    let other = OneFenMore {
        facts: &facts,
        fact,
    };
    let trace = NodeTrace::of(&library, place, (&snapshot, row), &other, context());
    let first = trace.first().unwrap();
    assert!(first.written.contains("营业收入"), "{first:?}");
    assert!(first.differs && first.place.is_some(), "{first:?}");
    // Both values stand side by side, a fen apart.
    let fen = |text: &str| -> i64 {
        let digits = text.replace(" 元", "").replace([',', '.'], "");
        digits.parse().unwrap()
    };
    assert_eq!(fen(&first.reference) - fen(&first.columns), 1, "{first:?}");
    // What it rests on comes before it, and nothing before it differs.
    let place = trace.first.unwrap();
    assert!(trace.pairs[..place].iter().all(|pair| !pair.differs));
}
