//! A month of payouts through the binary: from a sweep to settled money and a clean verification,
//! and what is refused on the way.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Place, Run};

/// The data folder of the month that the demonstration plays.
const DATA: [&str; 2] = ["--data", "out/month/data"];
/// After the month.
const LATER: [&str; 2] = ["--now", "2026-08-04T09:00:00+08:00"];

/// A place where the month was played with few enterprises.
fn played() -> (Place, Run) {
    let place = Place::new();
    let run = place.ends(0, &["demo", "--count", "800", "--out", "out"]);
    (place, run)
}

fn after<'a>(words: &[&'a str]) -> Vec<&'a str> {
    [words, &DATA, &LATER].concat()
}

/// Yuan with two decimals as fen, without a float.
fn fen(text: &Value) -> i64 {
    text.as_str().unwrap().replace('.', "").parse().unwrap()
}

fn balance(line: &Value, account: &str) -> i64 {
    line["balances"][account].as_i64().unwrap_or(0)
}

#[test]
fn a_month_ends_settled_and_verified() {
    let (place, run) = played();
    assert!(run.out.contains("没有发现改动"), "{}", run.out);
    let payouts = place.ends(0, &after(&["payout", "list", "--json"])).lines();
    assert!(!payouts.is_empty());
    let mut paid = 0;
    let mut names = BTreeSet::new();
    for payout in &payouts {
        assert_eq!(payout["state"], "SETTLED", "{payout}");
        paid += fen(&payout["amount"]);
        assert_eq!(payout["amount"], payout["moved"]);
        let attempts = payout["attempts"].as_array().unwrap();
        let moved = attempts.iter().filter(|attempt| attempt["state"] == "Paid");
        assert_eq!(moved.count(), 1, "{payout}");
        for attempt in attempts {
            assert!(
                names.insert(attempt["end_to_end_id"].to_string()),
                "used again"
            );
        }
    }
    // One was returned and paid again: one attempt more than payouts.
    assert_eq!(names.len(), payouts.len() + 1);
    let line = &place
        .ends(0, &after(&["payout", "lines", "--json"]))
        .lines()[0];
    assert_eq!(balance(line, "Granted"), -300_000_000_000);
    assert_eq!(balance(line, "Spent"), paid);
    assert_eq!(balance(line, "Available"), 300_000_000_000 - paid);
    assert_eq!(balance(line, "Expense"), paid);
    assert_eq!(balance(line, "Cash"), -paid);
    for account in ["Reserved", "Committed", "Payable", "Transit", "Returned"] {
        assert_eq!(balance(line, account), 0, "{account}");
    }
}

#[test]
fn the_same_line_again_does_nothing_twice() {
    let (place, _) = played();
    let before = place.ends(0, &after(&["verify", "--json"])).lines();
    // The answer of the bank once more: the facts are known already.
    let answer = [
        "payout",
        "answer",
        "out/month/camt054-7.xml",
        "--payer",
        "零余额",
    ];
    place.ends(0, &after(&answer));
    let lines = place.ends(0, &after(&["payout", "lines", "--json"])).out;
    // The same sweep taken up again: every award has its payout.
    let snapshot = std::fs::read_dir(place.path().join("out")).unwrap();
    let snapshot = snapshot.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let snapshot = snapshot
        .into_iter()
        .find(|name| name.starts_with("snapshot-"))
        .unwrap();
    let snapshot = format!("out/{snapshot}");
    let take = [
        "payout",
        "take",
        "out/month/sweep",
        "--snapshot",
        &snapshot,
        "--settings",
        "out/month/bureau.toml",
        "--limit",
        "200",
        "--as",
        "jingban",
    ];
    let again = place.ends(2, &after(&take));
    assert!(again.out.contains("不能重复"), "{}", again.out);
    assert_eq!(
        place.ends(0, &after(&["payout", "lines", "--json"])).out,
        lines
    );
    let verified = place.ends(0, &after(&["verify", "--json"])).lines();
    assert!(verified[0]["events"].as_u64() > before[0]["events"].as_u64());
    assert_eq!(verified[0]["postings"], before[0]["postings"]);
}

#[test]
fn who_may_not_is_refused_and_nothing_changes() {
    let (place, _) = played();
    let lines = place.ends(0, &after(&["payout", "lines", "--json"])).out;
    let grant = [
        "payout",
        "grant",
        "2026惠企资金",
        "1.00",
        "--document",
        "甲字1号",
    ];
    // The checker cannot begin what the maker begins.
    let run = place.ends(2, &after(&[&grant[..], &["--as", "fuhe"]].concat()));
    assert!(run.out.contains("[103]"), "{}", run.out);
    // Nobody of that name.
    let run = place.ends(2, &after(&[&grant[..], &["--as", "nobody"]].concat()));
    assert!(run.out.contains("[101]"), "{}", run.out);
    // The maker cannot sign his own.
    place.ends(0, &after(&[&grant[..], &["--as", "jingban"]].concat()));
    let run = place.ends(2, &after(&["payout", "sign", "--all", "--as", "jingban"]));
    assert!(run.out.contains("未办"), "{}", run.out);
    assert_eq!(
        place.ends(0, &after(&["payout", "lines", "--json"])).out,
        lines
    );
    place.ends(0, &after(&["verify"]));
}

#[test]
fn a_changed_file_is_found_and_named() {
    let (place, _) = played();
    let folder = place.path().join("out/month/data/files");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with(".tmp") {
            files.extend(
                std::fs::read_dir(path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        }
    }
    files.sort();
    let changed = &files[0];
    let mut bytes = std::fs::read(changed).unwrap();
    bytes[0] ^= 1;
    std::fs::write(changed, bytes).unwrap();
    let run = place.ends(4, &after(&["verify"]));
    let name = changed.file_name().unwrap().to_str().unwrap();
    assert!(run.out.contains("发现改动"), "{}", run.out);
    assert!(run.out.contains(name), "{}", run.out);
}

#[test]
fn a_sweep_that_knows_what_was_paid_awards_nothing_again() {
    let (place, _) = played();
    let paid = place
        .ends(0, &after(&["payout", "list", "--json"]))
        .lines()
        .len();
    let ledger = place.ends(
        0,
        &after(&["payout", "ledger", "-o", "paid.jsonl", "--json"]),
    );
    assert_eq!(ledger.lines()[0]["entries"], paid);
    // The same enterprises as in the month, with what they were paid.
    let when = ["--year", "2025", "--as-of", "2026-06-30"];
    let generate = ["generate", "--count", "800", "-o", "e.csv"];
    place.ends(0, &[&generate[..], &when].concat());
    let import = ["import", "e.csv", "--ledger", "paid.jsonl", "-o", "known"];
    place.ends(0, &[&import[..], &when].concat());
    place.ends(0, &["sweep", "--snapshot", "known", "--out", "again"]);
    let take = [
        "payout",
        "take",
        "again",
        "--snapshot",
        "known",
        "--settings",
        "out/month/bureau.toml",
        "--as",
        "jingban",
    ];
    let taken = place.ends(0, &after(&take));
    assert!(taken.out.contains("现在可付 0 笔"), "{}", taken.out);
    // Half a file is seen.
    let text = place.read("paid.jsonl");
    let half = text.lines().count() / 2;
    let half: Vec<&str> = text.lines().take(half).collect();
    place.write("half.jsonl", &half.join("\n"));
    let import = ["import", "e.csv", "--ledger", "half.jsonl", "-o", "unknown"];
    place.ends(3, &[&import[..], &when].concat());
}
