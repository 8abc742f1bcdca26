//! `search`.

use crate::support::{Place, library};

#[test]
fn traditional_script_finds_the_simplified_text() {
    let place = Place::new();
    let simplified = place.ends(0, &["search", "规上企业", "--json"]);
    let traditional = place.ends(0, &["search", "規上企業", "--json"]);
    assert!(simplified.totals()["total"].as_u64().unwrap() > 0);
    assert_eq!(simplified.lines()[0], traditional.lines()[0]);
}

#[test]
fn what_was_asked_for_is_marked() {
    let arguments = ["search", "增长奖励", "--policies", ".", "--kind", "measure"];
    let place = Place::new();
    std::fs::remove_file(place.path().join("faults.md")).unwrap();
    let run = place.ends(0, &arguments);
    insta::assert_snapshot!("search", run.out);
}

#[test]
fn filters_leave_only_what_fits() {
    let place = Place::new();
    let filters = [
        "--region",
        "襄阳市",
        "--delivery",
        "免申即享",
        "--kind",
        "measure",
    ];
    let run = place.ends(0, &[&["search", "奖励", "--json"], &filters[..]].concat());
    let lines = run.lines();
    let (_, hits) = lines.split_last().unwrap();
    assert!(!hits.is_empty());
    for hit in hits {
        assert_eq!(hit["entry"]["places"][1]["code"], "4206");
        assert_eq!(hit["entry"]["delivery"], "no-application");
    }
    let run = place.ends(0, &["search", "奖励", "--valid-on", "1999-01-01", "--json"]);
    assert_eq!(run.totals()["total"], 0);
}

#[test]
fn an_index_in_a_folder_answers_the_same() {
    let place = Place::new();
    let memory = place.ends(0, &["search", "稳岗", "--json"]);
    let first = place.ends(0, &["search", "稳岗", "--json", "--index", "index"]);
    let second = place.ends(0, &["search", "稳岗", "--json", "--index", "index"]);
    assert_eq!((&memory.out, &memory.out), (&first.out, &second.out));
    assert!(first.err.contains("索引已建立") && second.err.is_empty());
}

#[test]
fn every_document_number_finds_its_document_first() {
    let place = Place::new();
    let library = library();
    let all = ["search", "--policies", library.to_str().unwrap(), "--json"];
    let run = place.ends(0, &[&all[..], &["皖政秘〔2020〕52号"]].concat());
    assert_eq!(
        run.lines()[0]["entry"]["document_number"],
        "皖政秘〔2020〕52号"
    );
}
