//! `match`, `explain`, `sweep` and `demo` over enterprises whose awards are worked out by hand.
//!
//! The award is 0.5 % of the increment, at most 500,000 yuan: 增长企业 grew from 100 to 120 million
//! and gets 100,000.00 yuan; 差一分企业 is one fen below the threshold; 缺上年企业 has no earlier
//! revenue on record; 外地企业 is elsewhere; 新企业 had no revenue the year before.

use serde_json::json;

use crate::support::{GROWN, IMPORT, POLICY, Place, WHEN};

fn with(first: &[&'static str], last: &[&'static str]) -> Vec<&'static str> {
    [first, &WHEN, &POLICY, last].concat()
}

#[test]
fn a_sweep_counts_the_five_outcomes_and_sums_to_the_fen() {
    let run = Place::new().ends(0, &with(&["sweep"], &["--json"]));
    let lines = run.lines();
    assert_eq!(
        lines[0],
        json!({"measure": "test-growth/growth", "eligible": 1, "undetermined": 1, "ineligible": 1,
               "not_applicable": 2, "error": 0, "award": "100000.00", "payable": "100000.00",
               "payable_awards": 1, "provisional": 0})
    );
    assert_eq!(lines.len(), 2);
    assert_eq!(run.totals()["award"], "100000.00");
    assert_eq!(run.totals()["enterprises"], 5);
    assert!(lines[1]["timings"]["load_s"].is_number());
    assert!(run.err.is_empty(), "{}", run.err);
}

#[test]
fn a_sweep_from_a_snapshot_writes_the_same_result_with_any_number_of_threads() {
    let place = Place::new();
    place.ends(0, &IMPORT);
    let mut digests = Vec::new();
    for threads in ["1", "2"] {
        let sweep = [
            "sweep",
            "--snapshot",
            "s",
            "--threads",
            threads,
            "--json",
            "--out",
            threads,
        ];
        let run = place.ends(0, &[&sweep[..], &POLICY].concat());
        digests.push(run.totals()["digest"].clone());
        let written = run.totals()["decisions"].as_str().unwrap().to_owned();
        assert!(place.path().join(written).is_file());
    }
    assert_eq!(digests[0], digests[1]);
}

#[test]
fn a_sweep_is_shown_as_a_table() {
    let run = Place::new().ends(0, &with(&["sweep"], &[]));
    let (table, _timings) = run.out.rsplit_once("用时").unwrap();
    insta::assert_snapshot!("sweep", table);
}

#[test]
fn a_match_sorts_the_measures_into_groups() {
    let run = Place::new().ends(0, &with(&["match", GROWN], &[]));
    insta::assert_snapshot!("match_eligible", run.out);
    let run = Place::new().ends(0, &with(&["match", "91420600MA0000031Y"], &[]));
    insta::assert_snapshot!("match_undetermined", run.out);
    let run = Place::new().ends(0, &with(&["match", "91420600MA00000234"], &["--json"]));
    let reason = &run.lines()[0]["outcome"]["reasons"][0];
    assert_eq!(reason["label"], "收入门槛");
    assert_eq!(reason["values"][0]["value"], "99,999,999.99 元");
    assert_eq!(run.totals()["ineligible"], 1);
    assert_eq!(run.totals()["before_limits"], true);
}

#[test]
fn an_explanation_shows_every_step_with_its_source() {
    let run = Place::new().ends(0, &with(&["explain", "test-growth/growth", GROWN], &[]));
    insta::assert_snapshot!("explain", run.out);
    let run = Place::new().ends(
        0,
        &with(&["explain", "test-growth/growth", GROWN], &["--json"]),
    );
    assert_eq!(run.lines()[0]["outcome"]["award"], "100000.00");
}

#[test]
fn a_library_with_faults_decides_nothing() {
    let place = Place::new();
    for first in [
        vec!["sweep"],
        vec!["match", GROWN],
        vec!["explain", "a/b", GROWN],
    ] {
        let run = place.ends(
            2,
            &[&first[..], &WHEN, &["--policies", "faults.md"]].concat(),
        );
        assert!(run.out.contains("Z02") && run.err.contains("不能据此计算金额"));
    }
}

#[test]
fn drafts_are_left_out_with_a_note() {
    let place = Place::new();
    let draft = include_str!("data/policy.md").replace("topics:", "status: draft\ntopics:");
    place.write("政策.md", &draft);
    let run = place.ends(0, &with(&["sweep"], &["--json"]));
    assert_eq!(run.lines().len(), 1);
    assert!(run.err.contains("草案") && run.err.contains("test-growth/growth"));
}

#[test]
fn the_demo_ends_with_one_explained_decision() {
    let place = Place::new();
    let run = place.ends(0, &["demo", "--count", "200", "--seed", "3", "--no-month"]);
    for part in [
        "200 家企业 × ",
        "合计",
        "最大的 10 笔",
        "一笔的计算过程",
        "接着看",
    ] {
        assert!(run.out.contains(part), "{part} in\n{}", run.out);
    }
    assert!(place.path().join("out/demo").is_dir());
    let again = place.ends(0, &["demo", "--count", "200", "--seed", "3", "--no-month"]);
    assert_eq!(run.out, again.out);
}
