//! The policies of the library, checked.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot read the library has failed"
)]

use std::path::PathBuf;
use std::sync::Arc;

use zhida_policies::check::{CheckOptions, PolicyText, check};
use zhida_policies::load::{read_policies, read_vocabulary};
use zhida_policies::measure::library::Library;
use zhida_policies::values::Codes;

/// The folder of the library.
#[must_use]
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../policies/library")
}

/// The files of the library as they stand.
#[must_use]
pub fn texts() -> Vec<PolicyText> {
    read_policies(&folder()).unwrap()
}

/// The library, which must be without fault.
#[must_use]
pub fn library() -> Library {
    checked(texts())
}

/// The library with more policies beside it, each with the path and text given.
#[must_use]
pub fn library_with(more: &[(&str, String)]) -> Library {
    let mut all = texts();
    all.extend(more.iter().map(|(path, text)| PolicyText {
        path: (*path).to_owned(),
        bytes: text.clone().into_bytes(),
    }));
    checked(all)
}

/// Checks policies with the vocabulary of the library.
///
/// # Panics
/// When they have a fault.
#[must_use]
pub fn checked(texts: Vec<PolicyText>) -> Library {
    let vocabulary = read_vocabulary(&folder().join("vocabulary.toml")).unwrap();
    let codes = Arc::new(Codes::built_in().unwrap());
    let library = check(texts, vocabulary, codes, CheckOptions::default());
    let faults = library.faults.iter().filter(|f| !f.code.is_warning());
    assert_eq!(faults.collect::<Vec<_>>(), Vec::<&_>::new());
    library
}
