//! `import` and `generate`.

use crate::support::{GROWN, IMPORT, Place};

#[test]
fn a_bad_cell_becomes_missing_and_is_reported() {
    let place = Place::new();
    let text = include_str!("data/enterprises.csv").replace("99999999.99", "约一亿");
    place.write("坏.csv", &text);
    let run = place.ends(
        0,
        &[
            "import",
            "坏.csv",
            "--year",
            "2025",
            "-o",
            "s",
            "--report",
            "问题.csv",
        ],
    );
    assert!(run.out.contains("读入 5 行,导入 5 家企业"), "{}", run.out);
    let report = place.read("问题.csv");
    assert!(report.contains("3,营业收入@2025,约一亿"), "{report}");
}

#[test]
fn a_file_that_cannot_be_trusted_is_refused_whole() {
    let place = Place::new();
    place.write("无代码.csv", "企业名称,营业收入\n甲,1\n");
    let run = place.ends(3, &["import", "无代码.csv", "--year", "2025", "-o", "s"]);
    assert!(run.err.contains("统一社会信用代码") && run.out.is_empty());
    assert!(!place.path().join("s").exists());
}

#[test]
fn a_snapshot_is_never_overwritten_and_never_read_when_changed() {
    let place = Place::new();
    let first = place.ends(0, &[&IMPORT[..], &["--json"]].concat());
    place.ends(0, &IMPORT);
    let other = ["generate", "--count", "3", "--year", "2025", "-o", "s"];
    place.ends(2, &other);
    assert_eq!(first.totals()["enterprises"], 5);

    let folder = place.path().join("s");
    let facts = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let facts = facts
        .into_iter()
        .find(|path| path.extension().is_some_and(|end| end == "parquet"));
    let facts = facts.unwrap();
    let mut bytes = std::fs::read(&facts).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&facts, bytes).unwrap();
    place.ends(4, &["match", GROWN, "--snapshot", "s"]);
}

#[test]
fn the_same_seed_makes_the_same_enterprises() {
    let place = Place::new();
    for name in ["a.csv", "b.csv"] {
        let make = ["generate", "--count", "40", "--seed", "7", "--year", "2025"];
        let when = ["--as-of", "2026-06-30", "--region", "4206", "-o", name];
        place.ends(0, &[&make[..], &when[..]].concat());
    }
    assert_eq!(place.read("a.csv"), place.read("b.csv"));
    assert_eq!(place.read("a.csv").lines().count(), 41);
}
