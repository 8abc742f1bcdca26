//! `forecast` and `diff` over enterprises whose awards are worked out by hand.
//!
//! 增长企业 gets 100,000.00 yuan by 0.5 % of its increment of 20 million, and 200,000.00 by the 1 %
//! of the draft; 缺上年企业 may get anything up to 500,000.00 once its earlier revenue is known.

use serde_json::{Value, json};

use crate::support::{GROWN, POLICY, Place, Run, WHEN};

/// The policy with 1 % instead of 0.5 %.
fn place() -> Place {
    let place = Place::new();
    let text = place.read("政策.md").replace("0.5%", "1%");
    let text = text.replace("=> 10万元", "=> 20万元");
    place.write("新政策.md", &text);
    let draft = text.replace("effective:", "status: draft\neffective:");
    place.write("草案.md", &draft);
    place
}

fn whole(run: &Run) -> Value {
    run.totals()["whole"].clone()
}

#[test]
fn a_forecast_names_what_stands_and_both_ends() {
    let run = place().ends(0, &[&["forecast", "--json"], &WHEN[..], &POLICY].concat());
    let expected = json!({"awards": 1, "amount": "100000.00", "least": "100000.00",
                          "greatest": "600000.00", "unbounded": 0, "open": 1});
    assert_eq!(whole(&run), expected);
    let lines = run.lines();
    let find = |by: &str, key: &str| {
        let mut lines = lines.iter();
        let line = lines.find(|line| line["by"] == by && line["line"]["key"] == key);
        line.unwrap_or_else(|| panic!("{by} {key}"))["line"].clone()
    };
    // The rule stands alone, so that sizes come from the definition of the built-in library, and
    // without staff nothing is known of them.
    for (by, key) in [
        ("measure", "test-growth/growth"),
        ("fund", ""),
        ("province", "42"),
        ("city", "4206"),
        ("county", "420606"),
        ("section", ""),
        ("division", ""),
        ("size", ""),
        ("month", "2026"),
    ] {
        let line = find(by, key);
        assert_eq!(line["amount"], "100000.00", "{by}");
        assert_eq!(line["greatest"], "600000.00", "{by}");
    }
    assert_eq!(run.totals()["sizes"], true);
}

#[test]
fn a_forecast_for_people() {
    let run = place().ends(
        0,
        &[
            &["forecast", "--by", "measure", "--by", "month"],
            &WHEN[..],
            &POLICY,
        ]
        .concat(),
    );
    insta::assert_snapshot!("forecast", run.out);
}

#[test]
fn a_draft_takes_part_and_is_compared() {
    let draft = ["forecast", "--policies", "草案.md", "--compare", "政策.md"];
    let run = place().ends(0, &[&draft, &WHEN[..], &["--json"]].concat());
    let totals = run.totals();
    assert_eq!(totals["drafts"], 1);
    assert_eq!(totals["whole"]["amount"], "200000.00");
    assert_eq!(totals["difference"]["change"], "100000.00");
    let moved = &totals["difference"]["whole"];
    assert_eq!(
        moved["winners"],
        json!({"enterprises": 1, "amount": "100000.00"})
    );
    assert_eq!(moved["losers"], json!({"enterprises": 0, "amount": "0.00"}));
    let people = place().ends(0, &[&draft, &WHEN[..], &["--by", "region"]].concat());
    insta::assert_snapshot!("forecast_compare", people.out);
}

#[test]
fn the_same_policies_differ_in_nothing() {
    let same = ["forecast", "--compare", "政策.md"];
    let run = place().ends(0, &[&same, &WHEN[..], &POLICY].concat());
    assert!(run.out.contains("没有差别"), "{}", run.out);
}

#[test]
fn what_is_typed_wrongly_is_told() {
    let place = place();
    let by = ["forecast", "--by", "colour"];
    let run = place.ends(1, &[&by, &WHEN[..], &POLICY].concat());
    assert!(run.err.contains("不能是“colour”"), "{}", run.err);
    let compare = ["forecast", "--compare", "没有"];
    let run = place.ends(1, &[&compare, &WHEN[..], &POLICY].concat());
    assert!(run.err.contains("没有"), "{}", run.err);
    let faulty = ["forecast", "--compare", "faults.md"];
    place.ends(2, &[&faulty, &WHEN[..], &POLICY].concat());
}

/// Imports enterprises and sweeps them under a policy.
fn swept(place: &Place, file: &str, snapshot: &str, policy: &str, out: &str) {
    if !place.path().join(snapshot).exists() {
        let import = ["import", file, "--year", "2025", "--as-of", "2026-06-30"];
        place.ends(0, &[&import[..], &["-o", snapshot]].concat());
    }
    let sweep = ["sweep", "--snapshot", snapshot, "--policies", policy];
    place.ends(0, &[&sweep[..], &["--out", out]].concat());
}

#[test]
fn two_sets_of_policies_differ_by_the_rule_that_changed() {
    let place = place();
    swept(&place, "企业.csv", "s", "政策.md", "a");
    swept(&place, "企业.csv", "s", "新政策.md", "b");
    let policies = ["--policies", "政策.md", "--other-policies", "新政策.md"];
    let diff = [&["diff", "a", "b", "--snapshot", "s"], &policies[..]].concat();
    let run = place.ends(0, &diff);
    insta::assert_snapshot!("diff_rules", run.out);
    let run = place.ends(0, &[&diff[..], &["--json"]].concat());
    let last = run.lines().pop().unwrap();
    assert_eq!(last["difference"], "100000.00");
    let effects = json!({"facts": "0.00", "rules": "100000.00", "limits": "0.00"});
    assert_eq!(last["totals"]["effects"], effects);
    let changes: Vec<Value> = run.lines();
    let change = changes
        .iter()
        .find(|line| line["change"]["enterprise"] == GROWN);
    let cause = &change.unwrap()["causes"][0]["rules"][0];
    assert_eq!(cause["part"], "award");
    // The other way round the same is lost.
    let back = [&["diff", "b", "a", "--snapshot", "s"], &policies[..]].concat();
    let run = place.ends(0, &[&back[..], &["--json"]].concat());
    assert_eq!(run.lines().pop().unwrap()["difference"], "-100000.00");
}

#[test]
fn two_snapshots_differ_by_the_fact_that_changed() {
    let place = place();
    let later = place.read("企业.csv").replace(
        "是,120000000,100000000\n91420600MA00000234",
        "是,130000000,100000000\n91420600MA00000234",
    );
    place.write("后来.csv", &later);
    swept(&place, "企业.csv", "s", "政策.md", "a");
    swept(&place, "后来.csv", "t", "政策.md", "b");
    let both = ["diff", "a", "b", "--snapshot", "t", "--snapshot", "s"];
    let run = place.ends(0, &[&both[..], &POLICY].concat());
    insta::assert_snapshot!("diff_facts", run.out);
    let same = ["diff", "a", "a", "--snapshot", "s"];
    let run = place.ends(0, &[&same[..], &POLICY].concat());
    assert!(
        run.out.contains("新增 0 笔,失去 0 笔,变动 0 笔,不变 2 笔"),
        "{}",
        run.out
    );
}

#[test]
fn a_diff_says_what_it_lacks() {
    let place = place();
    swept(&place, "企业.csv", "s", "政策.md", "a");
    swept(&place, "企业.csv", "s", "新政策.md", "b");
    let run = place.ends(
        1,
        &[&["diff", "a", "b", "--snapshot", "s"], &POLICY[..]].concat(),
    );
    for part in ["乙(b/summary-", "所用的政策", "--other-policies"] {
        assert!(run.err.contains(part), "{part} in\n{}", run.err);
    }
    let other = place.read("企业.csv").replace("100000000", "90000000");
    place.write("另外.csv", &other);
    swept(&place, "另外.csv", "t", "政策.md", "c");
    let run = place.ends(
        1,
        &[&["diff", "a", "a", "--snapshot", "t"], &POLICY[..]].concat(),
    );
    for part in ["甲(a/summary-", "所用的快照"] {
        assert!(run.err.contains(part), "{part} in\n{}", run.err);
    }
    let run = place.ends(
        1,
        &[&["diff", "s", "a", "--snapshot", "s"], &POLICY[..]].concat(),
    );
    assert!(run.err.contains("summary-"), "{}", run.err);
    place.ends(1, &[&["diff", "a", "a"], &POLICY[..]].concat());
}
