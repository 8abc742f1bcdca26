//! Every example of every policy of the library says what the interpreter says.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::Path;
use std::sync::Arc;

use zhida_engine::example::{run_cases, run_examples};
use zhida_policies::check::{CheckOptions, check};
use zhida_policies::load::{read_policies, read_vocabulary};
use zhida_policies::measure::library::Library;
use zhida_policies::render::{Colours, render};
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

#[test]
fn every_example_agrees() {
    let library = library();
    let outcomes = run_examples(&library);
    let faults: Vec<_> = outcomes
        .iter()
        .filter_map(|outcome| outcome.fault.as_ref())
        .collect();
    for fault in &faults {
        println!("{}\n", render(&library, fault, Colours::Plain));
    }
    println!("{} examples", outcomes.len());
    assert!(outcomes.len() >= 150, "{}", outcomes.len());
    assert_eq!(faults.len(), 0);
}

#[test]
fn every_case_agrees() {
    let library = library();
    let outcomes = run_cases(&library);
    let faults: Vec<_> = outcomes.iter().flat_map(|case| &case.faults).collect();
    for fault in &faults {
        println!("{}\n", render(&library, fault, Colours::Plain));
    }
    println!("{} cases", outcomes.len());
    assert_eq!(outcomes.len(), library.cases.len());
    assert!(outcomes.len() >= 30, "{}", outcomes.len());
    assert_eq!(faults.len(), 0);
}
