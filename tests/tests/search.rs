//! What people type, and which document of the library must come first.

use std::sync::{Arc, LazyLock};

use zhida_indexer::{
    Delivery, Entry, Index, Kind, Lexicon, Matching, Query, Reach, RegionFilter, Subject,
    entries_of, words_of,
};
use zhida_policies::values::Date;
use zhida_tests::library::library;

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let library = library();
    let lexicon = Arc::new(Lexicon::new(words_of(&library.vocabulary)).unwrap());
    Index::create_in_ram(lexicon, &entries_of(&library)).unwrap()
});

/// An entry as `policy`, `policy#第八条` or `policy/measure`.
fn name(entry: &Entry) -> String {
    let policy = &entry.policy_id;
    match &entry.subject {
        Subject::Policy => policy.clone(),
        Subject::Article { label, .. } => format!("{policy}#{label}"),
        Subject::Measure { id, .. } => format!("{policy}/{id}"),
    }
}

/// The first hit must be one of those that are right. A policy and an article or measure of it
/// differ: what is right is named to the entry.
#[track_caller]
fn check_query(query: &Query, right: &[&str]) {
    let answer = INDEX.search(query).unwrap();
    let found: Vec<String> = answer.hits.iter().map(|hit| name(&hit.entry)).collect();
    let first = found.first().map_or("nothing", String::as_str);
    assert!(right.contains(&first), "{:?} finds {found:#?}, not {right:?}", query.text);
}

#[track_caller]
fn check(text: &str, right: &[&str]) {
    check_query(&Query::text(text), right);
}

/// The first hit must have a property, which the message names.
#[track_caller]
fn check_that(text: &str, what: &str, holds: impl Fn(&Entry) -> bool) {
    let answer = INDEX.search(&Query::text(text)).unwrap();
    let first = &answer.hits.first().unwrap_or_else(|| panic!("{text}: nothing")).entry;
    assert!(holds(first), "{text}: {} is not {what}", name(first));
}
