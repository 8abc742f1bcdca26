//! Twenty thousand measures of all regions: the answers stay exact, and the time is printed.

use std::sync::Arc;
use std::time::Instant;

use zhida_indexer::prospect::{MeasureSet, Prospects};
use zhida_policies::measure::Condition;
use zhida_policies::measure::expression::{Expr, ExprKind, Test};
use zhida_policies::measure::library::Library;
use zhida_policies::span::{FileId, Span};
use zhida_policies::values::Region;
use zhida_policies::vocabulary::{FactId, Tree};

use crate::enterprise::{Enterprise, cells, compare, status};
use crate::library::library;

const MEASURES: usize = 20_000;

/// A condition of its own for each measure, so that clauses are not shared.
fn one_of<'a>(industry: FactId, codes: impl Iterator<Item = &'a Arc<str>>) -> Condition {
    let span = Span::new(FileId(0), 0, 0);
    let subject = ExprKind::Fact(status(industry));
    let kind = subject;
    let subject = Box::new(Expr { kind, span });
    let tests = codes
        .map(|code| Test::Below(Tree::Industry, code.clone()))
        .collect();
    let kind = ExprKind::In(subject, tests);
    Condition {
        label: None,
        expression: Expr { kind, span },
        text: String::new(),
        span,
    }
}

/// The measures of the library again and again, each in another region and with a condition of
/// its own.
fn everywhere() -> (Library, Vec<Region>) {
    let mut library = library();
    let regions: Vec<Region> = library
        .codes
        .regions()
        .iter()
        .filter_map(|(code, _)| code.parse().ok())
        .collect();
    let industries: Vec<Arc<str>> = library
        .codes
        .industries()
        .iter()
        .map(|(code, _)| code.into())
        .collect();
    let industry = library.vocabulary.industry_fact().unwrap();
    let own = library.measures.clone();
    library.measures = own
        .iter()
        .cycle()
        .zip(regions.iter().cycle())
        .take(MEASURES)
        .enumerate()
        .map(|(place, (measure, region))| {
            let mut measure = measure.clone();
            measure.region = *region;
            let some = industries
                .iter()
                .cycle()
                .skip(place * 7)
                .step_by(149)
                .take(12);
            measure.conditions.push(one_of(industry, some));
            measure
        })
        .collect();
    (library, regions)
}

#[test]
fn twenty_thousand_measures_of_all_regions() {
    let (library, regions) = everywhere();
    let started = Instant::now();
    let prospects = Prospects::build(&library).unwrap();
    println!(
        "{} regions, {} clauses, built in {:?}",
        regions.len(),
        prospects.clauses(),
        started.elapsed(),
    );

    let cells = cells(&library, 2025);
    let drawn = |seed: u32| {
        let readings = (1_u32..).zip(&cells).map(|(place, cell)| {
            let drawn = seed
                .wrapping_mul(2_654_435_761)
                .wrapping_add(place.wrapping_mul(40_503));
            (cell.fact, cell.period, cell.reading((drawn >> 4) | 2))
        });
        Enterprise::new(readings)
    };
    compare(&library, &prospects, &drawn(1), 2025);

    let profiles: Vec<_> = (0..200).map(|seed| drawn(seed).profile(2025)).collect();
    let started = Instant::now();
    let mut found = 0;
    for profile in &profiles {
        found += prospects.search(profile).unwrap().len();
    }
    let by_tantivy = started.elapsed() / 200;
    let started = Instant::now();
    let mut again = 0;
    for profile in &profiles {
        again += prospects.candidates(profile).len();
    }
    println!(
        "a profile: {by_tantivy:?} by tantivy, {:?} in memory, {} candidates of {MEASURES}",
        started.elapsed() / 200,
        found / 200,
    );
    assert_eq!(found, again);

    let industries = ["C3911", "F51", "I65", "A01"];
    let groups: Vec<_> = regions
        .iter()
        .flat_map(|region| industries.map(|code| (*region, code)))
        .map(|(region, code)| prospects.group(2025, Some(region), Some(&[]), Some(code)))
        .collect();
    let started = Instant::now();
    let found: usize = prospects
        .group_candidates(&groups)
        .iter()
        .map(MeasureSet::len)
        .sum();
    println!(
        "{} groups: {:?}, {} candidates each",
        groups.len(),
        started.elapsed(),
        found / groups.len(),
    );
}
