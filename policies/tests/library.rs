//! The policies of the library, their vocabulary and code tables are without fault or warning.

use std::path::Path;
use std::sync::Arc;

use zhida_policies::check::{CheckOptions, check};
use zhida_policies::load::{read_policies, read_vocabulary};
use zhida_policies::measure::library::Library;
use zhida_policies::render::{Colours, render};
use zhida_policies::values::{Codes, Date};

fn library() -> Library {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("library");
    let vocabulary =
        read_vocabulary(&root.join("vocabulary.toml")).expect("the vocabulary is read");
    let texts = read_policies(&root).expect("the policies are read");
    let today = Date::new(2026, 6, 30).expect("a date");
    let options = CheckOptions { today: Some(today) };
    check(
        texts,
        vocabulary,
        Arc::new(Codes::built_in().expect("the code tables are read")),
        options,
    )
}

#[test]
fn every_policy_is_without_fault_and_warning() {
    let library = library();
    for fault in &library.faults {
        println!("{}\n", render(&library, fault, Colours::Plain));
    }
    assert_eq!(library.faults.len(), 0);
}

#[test]
fn the_library_is_as_large_as_promised() {
    let library = library();
    assert!(library.policies.len() >= 15, "{}", library.policies.len());
    assert!(library.measures.len() >= 50, "{}", library.measures.len());
    for measure in &library.measures {
        assert!(measure.examples.len() >= 3, "{}", measure.id);
    }
}
