//! What the rules of a settlement read by columns is what the reference interpreter says.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    reason = "a test stops at the first thing that is not as it should be"
)]

use std::path::Path;
use std::sync::Arc;

use zhida_engine::awards::{ColumnReadings, Figure, InterpreterReadings, Question, Readings};
use zhida_engine::generate::{GenerateOptions, Generator};
use zhida_engine::interpreter::Context;
use zhida_engine::snapshot::{Ledger, LedgerEntry, Snapshot, SnapshotBuilder};
use zhida_policies::check::{CheckOptions, check};
use zhida_policies::load::{read_policies, read_vocabulary};
use zhida_policies::measure::FundRule;
use zhida_policies::measure::library::Library;
use zhida_policies::values::{Codes, Money, Number};

fn library() -> Library {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/library");
    let vocabulary = read_vocabulary(&root.join("vocabulary.toml")).unwrap();
    let codes = Arc::new(Codes::built_in().unwrap());
    check(
        read_policies(&root).unwrap(),
        vocabulary,
        codes,
        CheckOptions::default(),
    )
}

/// The keys of places, the limits of caps, the keys and weights of funds and every award.
fn questions(library: &Library) -> Vec<Question<'_>> {
    let awards = library.measures.iter().map(|measure| Question {
        expression: &measure.award.expression,
        bindings: &measure.bindings,
    });
    let places = library.measures.iter().filter_map(|measure| {
        Some(Question {
            expression: &measure.places.as_ref()?.by,
            bindings: &measure.bindings,
        })
    });
    let caps = library.caps.iter().map(|cap| Question {
        expression: &cap.limit,
        bindings: &cap.bindings,
    });
    let funds = library.funds.iter().filter_map(|fund| {
        let expression = match &fund.rule {
            FundRule::FirstCome(key) => key.as_ref()?,
            FundRule::Ranked(key) | FundRule::ByWeight(key) => key,
            FundRule::ProRata | FundRule::Stop => return None,
        };
        Some(Question {
            expression,
            bindings: &fund.bindings,
        })
    });
    awards.chain(places).chain(caps).chain(funds).collect()
}

#[test]
fn columns_read_what_the_reference_reads() {
    let library = library();
    let context = Context {
        year: 2025,
        as_of: "2025-12-31".parse().unwrap(),
    };
    let options = GenerateOptions {
        count: 1_200,
        seed: 11,
        year: context.year,
        as_of: Some(context.as_of),
        regions: vec![library.codes.region("42").unwrap()],
        only: None,
    };
    let vocabulary = Arc::clone(&library.vocabulary);
    let generator = Generator::new(vocabulary, &library.codes, options).unwrap();
    for ledger in [Ledger::default(), payments(&generator, &library)] {
        let snapshot = snapshot(&generator, &library, ledger);
        compare(&library, &snapshot, context);
    }
}

/// A payment of every enterprise, each for another measure than the ones around it.
fn payments(generator: &Generator, library: &Library) -> Ledger {
    let measures = library.measures.iter().cycle();
    let entries = (0..generator.count()).zip(measures).map(|(row, measure)| {
        let amount = if row % 3 == 0 { 0 } else { 10_000_000 };
        LedgerEntry {
            uscc: generator.row(row).uscc.into(),
            measure: measure.id.clone(),
            award_year: if row % 2 == 0 { 2024 } else { 2025 },
            paid_on: "2025-06-30".parse().unwrap(),
            amount: Money::from_fen(amount),
        }
    });
    Ledger::new(entries.collect(), String::new()).unwrap()
}

fn snapshot(generator: &Generator, library: &Library, ledger: Ledger) -> Snapshot {
    let vocabulary = Arc::clone(&library.vocabulary);
    let as_of = Some("2025-12-31".parse().unwrap());
    let mut builder = SnapshotBuilder::new(vocabulary, 2025, as_of);
    for column in generator.columns() {
        builder.add_column(*column).unwrap();
    }
    for row in 0..generator.count() {
        builder.push(&generator.row(row)).unwrap();
    }
    builder.set_ledger(ledger);
    builder.finish().unwrap()
}

/// Whole numbers are the figures cut to the whole, not below zero; of many rows in their order they
/// are read another way than of a few.
fn compare_wholes(
    columns: &ColumnReadings<'_>,
    reference: &InterpreterReadings<'_>,
    question: Question<'_>,
) {
    let rows: Vec<u32> = (0..1_200).collect();
    let figures = reference.figures(question, &rows);
    let whole = |figure: &Figure| {
        let number = figure.number()?;
        let whole = number.max(Number::from_i64(0)).floor();
        Some(whole.to_i64().unwrap_or(i64::MAX))
    };
    let expected: Vec<Option<i64>> = figures.iter().map(whole).collect();
    let (few, of_few) = (rows.iter().take(7), expected.iter().take(7));
    let (few, of_few) = (few.copied().collect(), of_few.copied().collect());
    for (rows, expected) in [(rows, expected), (few, of_few)] {
        let found = columns.wholes(question, &rows);
        assert_eq!(found, expected, "{:?}", question.expression.span);
    }
}

fn compare(library: &Library, snapshot: &Snapshot, context: Context) {
    let columns = ColumnReadings::new(library, snapshot, context);
    let reference = InterpreterReadings::new(library, snapshot, context);
    // Some rows twice, and not in their order.
    let rows: Vec<u32> = (0..1_200).rev().chain(0..300).collect();
    let (mut known, mut unknown) = (0, 0);
    for question in questions(library) {
        let found = columns.figures(question, &rows);
        let expected = reference.figures(question, &rows);
        assert_eq!(found, expected, "{:?}", question.expression.span);
        compare_wholes(&columns, &reference, question);
        for figure in found {
            match figure {
                Figure::Whole(_) | Figure::Ratio(..) | Figure::Exact(_) => known += 1,
                Figure::Unknown(_) | Figure::Undefined(_) => unknown += 1,
            }
        }
    }
    println!("{known} known, {unknown} not");
    assert!(known > 10_000 && unknown > 10_000);
    let facts = library.caps.iter().filter_map(|cap| cap.by);
    let groups = library.highest_of.iter().filter_map(|group| group.by);
    for fact in facts.chain(groups) {
        // The numbers mean nothing but which rows have the same.
        let (found, expected) = (columns.shared(fact, &rows), reference.shared(fact, &rows));
        for (place, expected_code) in expected.iter().enumerate() {
            assert_eq!(found.get(place).unwrap().is_some(), expected_code.is_some());
        }
        let pairs = found.iter().zip(&expected);
        let mut pairs: Vec<_> = pairs.collect();
        pairs.sort_unstable();
        pairs.dedup();
        let distinct = |codes: &[Option<u32>]| {
            let mut codes = codes.to_vec();
            codes.sort_unstable();
            codes.dedup();
            codes.len()
        };
        assert_eq!(
            (pairs.len(), pairs.len()),
            (distinct(&found), distinct(&expected))
        );
    }
}
