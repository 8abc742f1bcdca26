//! A long log is verified in the memory of its books, not of its length.
//!
//! `ZHIDA_EVENTS=100000` makes it longer.

use std::fs;
use std::time::Instant;

use zhida_engine::payouts::Command;

use super::books::{requests, store};
use super::support::month::{Script, payout};
use super::support::{self, Place};

/// How many events there are, unless `ZHIDA_EVENTS` says another number.
const EVENTS: usize = 12_000;
/// What a page of the log, its rows and the books of a few payouts may take, in kB. The bodies,
/// postings and replies of the events themselves are some 2 kB each.
const KILOBYTES_MAX: u64 = 24_000;

#[test]
fn a_long_log_is_verified_in_little_memory() {
    support::on_sqlite(async |place| long_log(place).await);
}

/// A number of kB that the system knows of this process.
fn kilobytes(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

async fn long_log(place: &Place) {
    let wanted = std::env::var("ZHIDA_EVENTS").ok();
    let wanted = wanted.map_or(EVENTS, |text| text.parse().unwrap());
    let store = store(place).await;
    let mut script = Script::default();
    script.opening(1_000_000);
    script.taken(0..4);
    script.checked(0..4);
    script.approved(0..4);
    script.shown(0..4);
    // Each asks once more for a confirmation: an event, a reply and a row that is written anew.
    while script.orders.len() < wanted {
        let payout = payout(script.orders.len() % 4);
        script.by("经办", Command::Remind { payout });
    }
    for group in requests(&script.orders).chunks(500) {
        store.submit(group).await.unwrap();
    }
    drop(script);
    // The peak is counted from here on.
    fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = kilobytes("VmRSS:");
    let begun = Instant::now();
    let found = store.verify(None).await.unwrap();
    let (peak, seconds) = (kilobytes("VmHWM:"), begun.elapsed().as_secs_f64());
    assert_eq!(found.fault, None);
    println!(
        "{} events verified in {seconds:.1} s, {} kB above {before} kB",
        found.events,
        peak.saturating_sub(before)
    );
    assert!(
        peak.saturating_sub(before) < KILOBYTES_MAX,
        "{before} kB, then {peak} kB"
    );
}
