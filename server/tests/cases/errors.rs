//! Wrong use: what is said, and the exit code.

use std::io::Read;
use std::process::Stdio;

use crate::support::{GROWN, Place, command};

#[track_caller]
fn check(code: i32, arguments: &[&str], parts: &[&str]) {
    let run = Place::new().ends(code, arguments);
    for part in parts {
        assert!(run.err.contains(part), "{part} in\n{}", run.err);
    }
    assert!(run.err.contains("帮助:"), "{}", run.err);
    assert!(run.out.is_empty(), "{}", run.out);
}

#[test]
fn what_was_typed_wrongly_is_said_in_chinese() {
    check(1, &["chek"], &["没有 chek 这个命令", "check"]);
    check(
        1,
        &["check", "--deny"],
        &["没有 --deny 这个选项", "--deny-warnings"],
    );
    check(
        1,
        &["check", "--as-of", "2026-02-30"],
        &["2026-02-30", "2026-06-30"],
    );
    check(1, &["match", GROWN], &["缺少 --snapshot"]);
    check(
        1,
        &["search", "奖励", "--kind", "law"],
        &["“law”", "measure"],
    );
    check(
        1,
        &["search", "奖励", "--region", "襄羊市"],
        &["襄羊市", "襄阳市"],
    );
}

#[test]
fn paths_that_lead_nowhere_are_named() {
    check(1, &["check", "没有.md"], &["没有.md", "没有这个文件"]);
    check(1, &["check", "--vocabulary", "没有.toml"], &["没有.toml"]);
    check(
        1,
        &["match", GROWN, "--snapshot", "企业.csv"],
        &["--year 2025"],
    );
    check(
        1,
        &["match", "123", "--snapshot", "企业.csv", "--year", "2025"],
        &["“123”"],
    );
    let stranger = "91420600MA0000066H";
    check(
        3,
        &[
            "match",
            stranger,
            "--snapshot",
            "企业.csv",
            "--year",
            "2025",
        ],
        &[stranger, "5 家"],
    );
}

#[test]
fn a_wrong_vocabulary_is_bad_data_with_its_lines() {
    let place = Place::new();
    place.write("词汇.toml", "[[fact]]\nid = \"revenue\"\n");
    let run = place.ends(3, &["check", "政策.md", "--vocabulary", "词汇.toml"]);
    assert!(run.err.contains("词汇.toml:1:"), "{}", run.err);
}

#[test]
fn a_measure_that_does_not_exist_is_answered_with_the_nearest() {
    let when = [
        "--snapshot",
        "企业.csv",
        "--year",
        "2025",
        "--policies",
        "政策.md",
    ];
    let run = [&["explain", "test/growth", GROWN], &when[..]].concat();
    check(1, &run, &["test/growth", "test-growth/growth"]);
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let place = Place::new();
    let mut child = command(place.path(), &["test"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut said = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(said, "");
}
