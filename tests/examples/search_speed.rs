//! How long a search of the library takes: prints the median and the slowest percent.
//!
//! Run by hand with `cargo run --release -p zhida-tests --example search_speed`.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a tool run by hand"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use zhida_indexer::{Index, Lexicon, Query, entries_of, words_of};
use zhida_tests::library::library;

const ROUNDS: usize = 50;

fn main() {
    let library = library();
    let lexicon = Arc::new(Lexicon::new(words_of(&library.vocabulary)).unwrap());
    let entries = entries_of(&library);
    let index = Index::create_in_ram(lexicon, &entries).unwrap();
    let mut queries: Vec<String> = entries.iter().map(|entry| entry.heading()).collect();
    queries.extend(entries.iter().map(|entry| entry.document_number.clone()));
    queries.extend(
        [
            "免申即享",
            "“规模以上”",
            "專精特新",
            "工业企业增产用电奖励政策有哪些",
        ]
        .map(Into::into),
    );
    let mut times: Vec<Duration> = Vec::with_capacity(queries.len().saturating_mul(ROUNDS));
    for _ in 0..ROUNDS {
        for text in &queries {
            let query = Query::text(text.as_str());
            let start = Instant::now();
            let answer = index.search(&query).unwrap();
            times.push(start.elapsed());
            std::hint::black_box(answer);
        }
    }
    times.sort_unstable();
    let at = |permille: usize| {
        let place = times.len().saturating_mul(permille) / 1000;
        times
            .get(place)
            .or(times.last())
            .copied()
            .unwrap_or_default()
    };
    let (entries, queries) = (entries.len(), queries.len());
    println!("{entries} entries, {queries} queries × {ROUNDS}");
    println!(
        "median {:?}, p99 {:?}, slowest {:?}",
        at(500),
        at(990),
        at(1000)
    );
}
