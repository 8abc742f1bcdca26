//! Random rules over random enterprises: the column evaluator and the reference interpreter agree
//! on every cell.
//!
//! `ZHIDA_PROGRAMS` says how many measures are tried; at night there are more.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is not as it should be"
)]

mod enterprises;
mod rules;

use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use zhida_engine::column::{EvaluateOptions, Evaluated, Outcome, evaluate};
use zhida_engine::decision::Decision;
use zhida_engine::interpreter::{Context, Interpreter};
use zhida_engine::plan::{Plan, Schema};
use zhida_engine::snapshot::Snapshot;
use zhida_policies::check::{CheckOptions, PolicyText, check};
use zhida_policies::measure::library::Library;
use zhida_policies::span::Span;
use zhida_policies::syntax::keywords::ends_expression;
use zhida_policies::values::Codes;
use zhida_policies::vocabulary::Vocabulary;

use rules::Rules;

/// The measures of one policy file.
const MEASURES: u32 = 20;

/// The enterprises that each is tried on.
const ENTERPRISES: usize = 100;

fn library(text: String, vocabulary: &Arc<Vocabulary>, codes: &Arc<Codes>) -> Library {
    let text = PolicyText {
        path: "p.md".to_owned(),
        bytes: text.into_bytes(),
    };
    let options = CheckOptions::default();
    let mut library = check(
        vec![text],
        Arc::clone(vocabulary),
        Arc::clone(codes),
        options,
    );
    // A measure with a fault is never run.
    let faults: Vec<_> = library
        .faults
        .iter()
        .filter(|fault| !fault.code.is_warning())
        .map(|fault| fault.span)
        .collect();
    library.measures.retain(|measure| {
        let span = measure.span;
        let inside = |fault: &Span| span.start <= fault.start && fault.start < span.end;
        !faults.iter().any(inside)
    });
    let measures = library.measures.iter().enumerate();
    library.measure_index = measures
        .map(|(place, measure)| (measure.id.clone(), place))
        .collect();
    library
}

/// One cell as a text that says everything that both evaluators say.
fn said(decision: &Decision) -> Option<String> {
    match decision {
        Decision::NotApplicable(_) | Decision::Ineligible(_) => None,
        Decision::Eligible { award, .. } => Some(format!("eligible {award}")),
        Decision::Undetermined(_) => Some("undetermined".to_owned()),
        Decision::Error(_) => Some(format!("error {:?}", decision.reasons().first())),
    }
}

fn check_cells(
    library: &Library,
    snapshot: &Snapshot,
    context: Context,
    evaluated: &Evaluated,
) -> Result<(), TestCaseError> {
    let interpreter = Interpreter::new(library);
    let mut decisions = evaluated.decisions.iter().peekable();
    let mut not_applicable = vec![0u64; library.measures.len()];
    for row in 0..snapshot.len() {
        for (place, measure) in library.measures.iter().enumerate() {
            let expected = interpreter.decide(measure, &snapshot.row(row), context);
            if matches!(expected, Decision::NotApplicable(_)) {
                not_applicable[place] += 1;
            }
            let found = decisions
                .next_if(|decision| (decision.row as usize, decision.measure()) == (row, place));
            let found = found.map(|decision| match decision.outcome() {
                Outcome::Eligible => format!("eligible {}", decision.award().unwrap()),
                Outcome::Undetermined => "undetermined".to_owned(),
                Outcome::Error => format!("error {:?}", decision.reason().as_ref()),
            });
            let text = &library.files[0].text;
            let span = measure.span;
            prop_assert_eq!(
                found,
                said(&expected),
                "row {} of\n{}\n{:?}",
                row,
                &text[span.start as usize..span.end as usize],
                expected
            );
        }
    }
    prop_assert!(decisions.next().is_none());
    for (counts, expected) in evaluated.counts.iter().zip(not_applicable) {
        prop_assert_eq!(counts.not_applicable, expected);
    }
    Ok(())
}

fn check_programs(
    seed: u64,
    vocabulary: &Arc<Vocabulary>,
    codes: &Arc<Codes>,
) -> Result<usize, TestCaseError> {
    let mut rules = Rules::new(ChaCha8Rng::seed_from_u64(seed));
    let library = library(rules.policy(MEASURES), vocabulary, codes);
    let (snapshot, shuffled) = enterprises::pair(seed, vocabulary, ENTERPRISES);
    let context = Context {
        year: 2025,
        as_of: "2025-12-31".parse().unwrap(),
    };
    let plan = Plan::new(&library, context, Schema::of(&snapshot));
    let mut first: Option<Evaluated> = None;
    for (threads, morsel_rows, snapshot) in [
        (1, 64, &snapshot),
        (2, 16_384, &shuffled),
        (7, 128, &snapshot),
    ] {
        let options = EvaluateOptions {
            threads,
            morsel_rows,
            ..EvaluateOptions::default()
        };
        let evaluated = evaluate(&plan, snapshot, options).unwrap();
        match &first {
            None => {
                check_cells(&library, snapshot, context, &evaluated)?;
                first = Some(evaluated);
            }
            Some(first) => {
                prop_assert_eq!(&first.decisions, &evaluated.decisions);
                prop_assert_eq!(&first.counts, &evaluated.counts);
            }
        }
    }
    Ok(library.measures.len())
}

#[test]
fn columns_say_what_the_reference_says() {
    let wanted = std::env::var("ZHIDA_PROGRAMS").ok();
    let programs: u32 = wanted.and_then(|count| count.parse().ok()).unwrap_or(1_000);
    let text = include_str!("vocabulary.toml");
    let vocabulary = Arc::new(Vocabulary::read(text, &ends_expression).unwrap());
    let codes = Arc::new(Codes::built_in().unwrap());
    let config = Config {
        cases: programs.div_ceil(MEASURES),
        failure_persistence: None,
        ..Config::default()
    };
    let whole = std::cell::Cell::new(0usize);
    let outcome = TestRunner::new(config).run(&any::<u64>().no_shrink(), |seed| {
        let count = check_programs(seed, &vocabulary, &codes)?;
        whole.set(whole.get() + count);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    println!("{} of {programs} measures are free of faults", whole.get());
    assert!(whole.get() >= programs as usize / 2);
}
