//! The whole library against generated enterprises.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use zhida_indexer::prospect::Prospects;
use zhida_policies::check::{CheckOptions, check};
use zhida_policies::load::{read_policies, read_vocabulary};
use zhida_policies::measure::library::Library;
use zhida_policies::values::{Codes, Region};

use crate::enterprise::{Cell, Enterprise, Tally, cells, compare};

const YEARS: [i32; 3] = [2024, 2025, 2026];

/// A library, its index, and what its rules read in each year.
struct World {
    library: Library,
    prospects: Prospects,
    cells: Vec<Vec<Cell>>,
}

impl World {
    fn new(library: Library) -> Self {
        let prospects = Prospects::build(&library).unwrap();
        let cells = YEARS.map(|year| cells(&library, year)).into();
        Self {
            library,
            prospects,
            cells,
        }
    }

    fn tally(&self, year: usize, drawn: &[u32]) -> Tally {
        let drawn = drawn.iter().chain(std::iter::repeat(&0));
        let readings = self.cells[year].iter().zip(drawn);
        let enterprise = Enterprise::new(
            readings.map(|(cell, drawn)| (cell.fact, cell.period, cell.reading(*drawn))),
        );
        compare(&self.library, &self.prospects, &enterprise, YEARS[year])
    }

    fn strategy(&self) -> impl Strategy<Value = (usize, Vec<u32>)> + use<> {
        let longest = self.cells.iter().map(Vec::len).max().unwrap();
        let drawn = prop_oneof![1 => Just(0), 9 => any::<u32>()];
        (0..YEARS.len(), prop::collection::vec(drawn, longest))
    }
}

pub(crate) fn library() -> Library {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/library");
    let vocabulary = read_vocabulary(&root.join("vocabulary.toml")).unwrap();
    let texts = read_policies(&root).unwrap();
    let codes = Arc::new(Codes::built_in().unwrap());
    check(texts, vocabulary, codes, CheckOptions::default())
}

/// The library as it is: most enterprises are outside most regions.
static AS_IT_IS: LazyLock<World> = LazyLock::new(|| World::new(library()));

/// The same measures for the whole country, so that only their conditions exclude.
static NATIONWIDE: LazyLock<World> = LazyLock::new(|| {
    let mut library = library();
    for measure in &mut library.measures {
        measure.region = Region::NATION;
    }
    World::new(library)
});

proptest! {
    #![proptest_config(Config::with_cases(192))]

    #[test]
    fn nothing_possible_is_left_out((year, drawn) in AS_IT_IS.strategy()) {
        AS_IT_IS.tally(year, &drawn);
    }

    #[test]
    fn no_condition_leaves_out_what_is_possible((year, drawn) in NATIONWIDE.strategy()) {
        NATIONWIDE.tally(year, &drawn);
    }
}

/// The share of candidates in per mille over enterprises drawn the same way every time.
fn share_of(name: &str, world: &World) -> usize {
    let mut runner = TestRunner::deterministic();
    let strategy = world.strategy();
    let mut sum = Tally::default();
    for _ in 0..100 {
        let (_, drawn) = strategy.new_tree(&mut runner).unwrap().current();
        let tally = world.tally(1, &drawn);
        sum.candidates += tally.candidates;
        sum.excluded += tally.excluded;
        sum.possible += tally.possible;
    }
    let all = sum.candidates + sum.excluded;
    let per_mille = |part: usize| part * 1000 / all;
    println!(
        "{name}: {} ‰ candidates, {} ‰ possible, {} measures, {} clauses, {} reads",
        per_mille(sum.candidates),
        per_mille(sum.possible),
        world.library.measures.len(),
        world.prospects.clauses(),
        world.prospects.reads().count(),
    );
    assert!(sum.possible > 0);
    per_mille(sum.candidates)
}

#[test]
fn candidates_are_far_fewer_than_all() {
    assert!(share_of("as it is", &AS_IT_IS) < 600);
    assert!(share_of("nationwide", &NATIONWIDE) < 600);
}

#[test]
fn nothing_known_excludes_nothing_but_what_is_out_of_force() {
    let world = &*AS_IT_IS;
    let tally = world.tally(1, &[]);
    let outside = world.library.measures.iter().filter(|measure| {
        let (from, to) = (measure.validity.from, measure.validity.to);
        from.year() > 2025 || to.is_some_and(|to| to.year() < 2025)
    });
    assert_eq!(tally.excluded, outside.count());
}
