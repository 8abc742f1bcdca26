//! `check`, `test` and `fmt`.

use crate::support::{Place, library};

#[test]
fn a_sound_file_passes_and_the_summary_counts() {
    let run = Place::new().ends(0, &["check", "政策.md", "--as-of", "2025-06-30"]);
    assert_eq!(
        run.out,
        "检查了 1 个文件、1 个事项,运行了 5 个举例:0 处错误,0 处警告\n"
    );
}

#[test]
fn the_library_has_neither_faults_nor_warnings() {
    let place = Place::new();
    let library = library();
    let folder = library.to_str().unwrap();
    let inside = place.ends(
        0,
        &[
            "check",
            "--deny-warnings",
            "--as-of",
            "2026-06-30",
            "--json",
        ],
    );
    let outside = [
        "check",
        folder,
        "--deny-warnings",
        "--as-of",
        "2026-06-30",
        "--json",
    ];
    let outside = place.ends(0, &outside);
    assert_eq!(inside.totals(), outside.totals());
    assert_eq!(inside.totals()["faults"], 0);
    assert!(inside.totals()["measures"].as_u64().unwrap() >= 50);
}

#[test]
fn all_faults_are_shown_at_once() {
    let run = Place::new().ends(1, &["check", "faults.md", "--as-of", "2025-06-30"]);
    insta::assert_snapshot!("faults", run.out);
}

#[test]
fn faults_as_data_say_where_and_what() {
    let run = Place::new().ends(
        1,
        &["check", "faults.md", "--as-of", "2025-06-30", "--json"],
    );
    let lines = run.lines();
    let example = lines.iter().find(|line| line["code"] == "Z06").unwrap();
    assert_eq!(example["file"], "faults.md");
    assert_eq!(
        (&example["line"], &example["article"]),
        (&23.into(), &"第一条".into())
    );
    let name = lines.iter().find(|line| line["code"] == "Z02").unwrap();
    assert_eq!((&name["line"], &name["column"]), (&36.into(), &13.into()));
    assert_eq!(run.totals()["files"], 1);
}

#[test]
fn expiry_is_a_warning_unless_warnings_are_denied() {
    let place = Place::new();
    place.ends(0, &["check", "政策.md", "--as-of", "2028-01-01"]);
    place.ends(
        0,
        &[
            "check",
            "政策.md",
            "--as-of",
            "2027-12-31",
            "--deny-warnings",
        ],
    );
    let run = place.ends(
        1,
        &[
            "check",
            "政策.md",
            "--as-of",
            "2028-01-01",
            "--deny-warnings",
        ],
    );
    assert!(
        run.out.contains("W04") && run.out.contains("2027-12-31"),
        "{}",
        run.out
    );
}

#[test]
fn a_file_may_use_the_definitions_of_the_library() {
    let place = Place::new();
    let text = include_str!("data/policy.md").replace(
        "资格 \"规上企业\" 规上企业",
        "资格 \"规上企业\" 规上企业\n  资格 \"规模\" 企业规模 != \"微型\"",
    );
    place.write("named.md", &text);
    let run = place.run(&["check", "named.md", "--as-of", "2025-06-30", "--json"]);
    let unknown = run.lines().iter().any(|line| line["code"] == "Z02");
    assert!(!unknown, "{}", run.out);
}

#[test]
fn examples_are_reported_measure_by_measure() {
    let place = Place::new();
    let run = place.ends(0, &["test", "政策.md"]);
    assert_eq!(
        run.out,
        "通过   5/5   test-growth/growth 增长奖励\n1 个事项,5 个举例:0 个不符\n"
    );
    let run = place.ends(1, &["test", "faults.md", "--json"]);
    let wrong = &run
        .lines()
        .into_iter()
        .find(|line| line["failed"] == 1)
        .unwrap();
    assert_eq!(wrong["measure"], "test-faults/wrong-example");
    assert_eq!(wrong["failures"][0]["example"], 1);
    assert_eq!(wrong["failures"][0]["expected"], "4万元");
    assert_eq!(wrong["failures"][0]["got"]["award"], "30000.00");
}

#[test]
fn formatting_changes_rules_only_and_then_nothing_more() {
    let place = Place::new();
    let untidy = include_str!("data/policy.md").replace("  方式 免申即享", "方式   免申即享");
    place.write("政策.md", &untidy);
    let run = place.ends(1, &["fmt", "--check", "政策.md"]);
    assert!(run.out.starts_with("政策.md\n"), "{}", run.out);
    assert_eq!(place.read("政策.md"), untidy);

    place.ends(0, &["fmt", "政策.md"]);
    let chinese = place.read("政策.md");
    place.ends(0, &["fmt", "--check", "政策.md"]);
    place.ends(0, &["check", "政策.md", "--as-of", "2025-06-30"]);

    place.ends(0, &["fmt", "--language", "en", "政策.md"]);
    let english = place.read("政策.md");
    assert!(english.contains("measure growth") && english.contains("年营业收入1亿元以上"));
    place.ends(0, &["test", "政策.md"]);
    place.ends(0, &["fmt", "政策.md"]);
    assert_eq!(place.read("政策.md"), chinese);
}
