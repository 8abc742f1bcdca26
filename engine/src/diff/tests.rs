//! Diffs worked out by hand on the enterprises and policies of the forecasts' tests, and what must
//! hold of every diff.

use std::fs;
use std::sync::atomic::AtomicBool;

use proptest::prelude::*;
use zhida_policies::measure::library::Library;

use super::*;
use crate::awards::Claim;
use crate::forecast::tests::{
    AFTER, BEFORE, CONTEXT, Enterprise, FOUR, enterprises, library, snapshot,
};
use crate::interpreter::Context;
use crate::snapshot::Snapshot;
use crate::sweep::{SweepControl, SweepOptions, sweep, sweep_to_folder};

fn watched<T>(work: impl FnOnce(SweepControl<'_>) -> T) -> T {
    let cancel = AtomicBool::new(false);
    work(SweepControl {
        cancel: &cancel,
        on_progress: &mut |_| {},
        on_write: &|_| {},
    })
}

fn options() -> SweepOptions {
    SweepOptions {
        threads: Some(1),
        ..SweepOptions::new(CONTEXT)
    }
}

fn claims(snapshot: &Snapshot, library: &Library) -> Vec<Claim> {
    let mut claims = Vec::new();
    let swept = watched(|control| {
        sweep(snapshot, library, options(), control, &mut |records| {
            claims.extend(records.iter().filter_map(Claim::of_record));
            Ok(())
        })
    });
    swept.unwrap();
    claims
}

fn side<'a>(snapshot: &'a Snapshot, library: &'a Library) -> Side<'a> {
    let claims = claims(snapshot, library);
    Side::new(snapshot, library, CONTEXT, claims).unwrap()
}

/// A sweep of some enterprises under a text, compared with another.
fn between<T>(
    (old_rows, old_text): (&[Enterprise<'_>], &str),
    (new_rows, new_text): (&[Enterprise<'_>], &str),
    look: impl FnOnce(&Diff<'_>) -> T,
) -> T {
    let (old_snapshot, old_library) = (snapshot(old_rows), library(old_text));
    let (new_snapshot, new_library) = (snapshot(new_rows), library(new_text));
    let before = side(&old_snapshot, &old_library);
    let after = side(&new_snapshot, &new_library);
    look(&Diff::new(&before, &after).unwrap())
}

/// Before, after, new, lost, changed, same; the awards in fen and what moved them.
type Counts = ([u64; 6], [i128; 2], [i128; 3]);

fn counts(counts: &DiffCounts) -> Counts {
    let DiffCounts {
        before,
        after,
        new,
        lost,
        changed,
        same,
        amount_before,
        amount_after,
        effects,
    } = counts;
    (
        [*before, *after, *new, *lost, *changed, *same],
        [amount_before.fen(), amount_after.fen()],
        [effects.facts, effects.rules, effects.limits].map(TotalFen::fen),
    )
}

/// Enterprise and measure with what happened, the awards, and the causes in short.
fn told(diff: &Diff<'_>) -> Vec<String> {
    let changes = diff.changes().enumerate().map(|(place, change)| {
        let amount = |one: &Option<Standpoint>| {
            one.map_or("-".to_owned(), |one| {
                format!("{}{}", short(one), one.amount)
            })
        };
        let causes: Vec<String> = diff.causes(place).iter().map(cause).collect();
        format!(
            "{} {} {:?} {} {} {}",
            change.enterprise,
            change.measure,
            change.kind,
            amount(&change.before),
            amount(&change.after),
            causes.join(" + ")
        )
    });
    changes.collect()
}

fn short(one: Standpoint) -> &'static str {
    match one.outcome {
        "undetermined" => "?",
        _ => "",
    }
}

fn cause(cause: &DiffCause) -> String {
    let rules = |rules: &[RuleChange]| {
        let names = rules
            .iter()
            .map(|rule| format!("{}{}", rule.part.text(), rule.name));
        names.collect::<Vec<String>>().join(",")
    };
    match cause {
        DiffCause::Facts(cause) => {
            let facts = cause.facts.iter();
            let facts = facts.map(|one| format!("{} {}→{}", one.name, one.before, one.after));
            format!(
                "{:?}: {}",
                cause.how,
                facts.collect::<Vec<String>>().join(",")
            )
        }
        DiffCause::Rules(changes) => rules(changes),
        DiffCause::Limits(cause) => format!("Limits {}", rules(&cause.rules)),
        DiffCause::EnterpriseAdded
        | DiffCause::EnterpriseRemoved
        | DiffCause::MeasureAdded
        | DiffCause::MeasureRemoved => format!("{cause:?}"),
    }
}

/// A shrinks to 900, B's revenue arrives, C is gone, D is no longer 规上, E is new.
const LATER: [Enterprise<'static>; 4] = [
    (
        "A",
        Some("420606"),
        Some("C1311"),
        Some(90_000),
        Some(7),
        Some(true),
    ),
    (
        "B",
        Some("420602"),
        Some("C1311"),
        Some(50_000),
        None,
        Some(true),
    ),
    ("D", None, None, Some(20_000), Some(9), Some(false)),
    (
        "E",
        Some("420606"),
        Some("A0111"),
        Some(40_000),
        None,
        Some(true),
    ),
];

#[test]
fn facts_that_changed_are_named() {
    between((&FOUR, BEFORE), (&LATER, BEFORE), |diff| {
        assert_eq!(
            counts(&diff.whole),
            ([9, 5, 1, 5, 2, 2], [3000, 2400], [-600, 0, 0])
        );
        assert_eq!(
            told(diff),
            [
                "A trial/power Lost 7.00 - Alone: 营业收入(2025年) 1,000.00 元→900.00 元",
                "A trial/scale Changed 10.00 9.00 Alone: 营业收入(2025年) 1,000.00 元→900.00 元",
                "B trial/power Lost ?0.00 - Alone: 营业收入(2025年) 缺失→500.00 元",
                "B trial/scale Changed ?0.00 5.00 Alone: 营业收入(2025年) 缺失→500.00 元",
                "C trial/scale Lost 5.00 - EnterpriseRemoved",
                "D trial/entry Lost ?0.00 - Alone: 规上企业 是→否",
                "D trial/scale Lost 2.00 - Alone: 规上企业 是→否",
                "E trial/scale New - 4.00 EnterpriseAdded",
            ]
        );
    });
}

/// Only together do 规上 and the industry make an enterprise eligible for 入库奖励; each alone
/// takes it away again.
#[test]
fn facts_that_count_together_and_facts_that_count_alone() {
    let poor = [("A", None, Some("I6511"), Some(0), None, Some(false))];
    let rich = [("A", None, Some("C1311"), Some(0), None, Some(true))];
    let entry = |diff: &Diff<'_>| -> Vec<String> {
        let entries = told(diff).into_iter();
        entries.filter(|told| told.contains("entry")).collect()
    };
    assert_eq!(
        between((&poor, BEFORE), (&rich, BEFORE), entry),
        [
            "A trial/entry New - 3.00 Together: 行业 I6511 应用软件开发→C1311 稻谷加工,规上企业 否→是"
                .replace("应用软件开发", industry("I6511")),
        ]
    );
    assert_eq!(
        between((&rich, BEFORE), (&poor, BEFORE), entry),
        [
            "A trial/entry Lost 3.00 - Alone: 行业 C1311 稻谷加工→I6511 应用软件开发,规上企业 是→否"
                .replace("应用软件开发", industry("I6511")),
        ]
    );
}

fn industry(code: &str) -> &'static str {
    let codes = zhida_policies::values::Codes::built_in().unwrap();
    let name = codes.industries().name(code).unwrap().to_owned();
    name.leak()
}

/// The draft pays 2 % and has no 入库奖励: all that changes is the effect of the rules.
#[test]
fn rules_that_changed_are_named() {
    between((&FOUR, BEFORE), (&FOUR, AFTER), |diff| {
        assert_eq!(
            counts(&diff.whole),
            ([9, 6, 0, 3, 3, 3], [3000, 4100], [0, 1100, 0])
        );
        assert_eq!(
            told(diff),
            [
                "A trial/entry Lost 3.00 - MeasureRemoved",
                "A trial/scale Changed 10.00 20.00 金额",
                "B trial/entry Lost 3.00 - MeasureRemoved",
                "C trial/scale Changed 5.00 10.00 金额",
                "D trial/entry Lost ?0.00 - MeasureRemoved",
                "D trial/scale Changed 2.00 4.00 金额",
            ]
        );
        let scale = diff
            .measures
            .iter()
            .find(|one| one.measure == "trial/scale");
        let [change] = scale.unwrap().rules.as_slice() else {
            panic!("{:?}", scale.unwrap().rules);
        };
        let (before, after) = (
            change.before.as_ref().unwrap(),
            change.after.as_ref().unwrap(),
        );
        assert!(before.written.contains("1%") && after.written.contains("2%"));
        assert!(before.article.contains("第一条"), "{}", before.article);
    });
}

#[test]
fn every_kind_of_rule_is_told_by_its_name() {
    // What is rewritten, into what, what happens, and what is named.
    let cases = [
        (
            r#"行业 属于 ["C"]"#,
            r#"行业 属于 ["A"]"#,
            "A trial/entry Lost 3.00 - 资格制造业",
        ),
        (
            "营业收入 >= 1000元 则",
            "营业收入 >= 2000元 则",
            "A trial/power Lost 7.00 - 计算项企业规模",
        ),
        (
            "  资格 \"大型\"",
            "  除外 \"小额\" 用电量@3月 <= 7\n  资格 \"大型\"",
            "A trial/power Lost 7.00 - 除外小额",
        ),
        (
            "金额 3元",
            "起付 5元\n  金额 3元",
            "A trial/entry Changed 3.00 0.00 Limits 起付",
        ),
        (
            "region: \"\"",
            "region: \"4201\"",
            "A trial/entry Lost 3.00 - 适用地区",
        ),
        (
            "effective: 2025-01-01",
            "effective: 2026-01-01",
            "A trial/entry Lost 3.00 - 有效期",
        ),
    ];
    let one = &FOUR[..1];
    for (old, new, wanted) in cases {
        let text = BEFORE.replace(old, new);
        assert_ne!(text, BEFORE, "{old}");
        let told = between((one, BEFORE), (one, &text), told);
        assert!(
            told.iter().any(|told| told == wanted),
            "{wanted} in {told:#?}"
        );
    }
}

/// A cap of 8 yuan over both awards of A, the first named first: 8.00 of its 10.00 are left, and
/// nothing of the 3.00.
#[test]
fn a_new_cap_is_an_effect_of_the_limits() {
    let cap = "限额 both \"两项合计\" = 8元 适用 scale, entry 每 年 按先后\n\n事项 entry";
    let text = BEFORE.replace("事项 entry", cap);
    let one = &FOUR[..1];
    between((one, BEFORE), (one, &text), |diff| {
        assert_eq!(
            told(diff),
            [
                "A trial/entry Changed 3.00 0.00 Limits 限额两项合计",
                "A trial/scale Changed 10.00 8.00 Limits 限额两项合计",
            ]
        );
        assert_eq!(
            counts(&diff.whole),
            ([3, 3, 0, 0, 2, 1], [2000, 1500], [0, 0, -500])
        );
        let causes = diff.causes(1);
        let [DiffCause::Limits(cause)] = causes.as_slice() else {
            panic!("{causes:?}");
        };
        assert!(cause.before.is_empty(), "{:?}", cause.before);
        assert!(cause.after[0].contains("10.00") && cause.after[0].contains("8.00"));
    });
}

/// Under the same cap, more for one award is less for another whose own facts are the same.
#[test]
fn what_another_award_takes_is_told_as_a_limit_that_did_not_change() {
    let cap = "限额 both \"两项合计\" = 12元 适用 scale, entry 每 年 按先后\n\n事项 entry";
    let text = BEFORE.replace("事项 entry", cap);
    let later = [(
        "A",
        Some("420606"),
        Some("C1311"),
        Some(120_000),
        Some(7),
        Some(true),
    )];
    between((&FOUR[..1], &text), (&later, &text), |diff| {
        assert_eq!(
            told(diff),
            [
                "A trial/entry Changed 2.00 0.00 Limits ",
                "A trial/scale Changed 10.00 12.00 \
                 Alone: 营业收入(2025年) 1,000.00 元→1,200.00 元",
            ]
        );
        let (_, moved, effects) = counts(&diff.whole);
        assert_eq!((moved, effects), ([1900, 1900], [200, 0, -200]));
    });
}

/// A dated figure of many dates, of which the last one changes from 1 % to 2 %: A, C and D get
/// twice as much, and what B may get had no bound before.
#[test]
fn a_parameter_that_changed_is_named_however_long_it_is() {
    let dates: Vec<String> = (2000..2025)
        .map(|year| format!("  {year}-01-01 : 3%\n"))
        .collect();
    let with = |last: &str| {
        let rate = format!(
            "参数 奖励费率 {{\n{}  2025-06-01 : {last}\n}}\n\n事项 scale",
            dates.concat()
        );
        BEFORE
            .replace("事项 scale", &rate)
            .replace("营业收入 * 1%", "营业收入 * 奖励费率")
    };
    between((&FOUR, &with("1%")), (&FOUR, &with("2%")), |diff| {
        assert_eq!(
            told(diff),
            [
                "A trial/scale Changed 10.00 20.00 参数奖励费率",
                "C trial/scale Changed 5.00 10.00 参数奖励费率",
                "D trial/scale Changed 2.00 4.00 参数奖励费率",
            ]
        );
        assert_eq!(
            counts(&diff.whole),
            ([9, 9, 0, 0, 3, 6], [3000, 4700], [0, 1700, 0])
        );
    });
}

/// D's industry arrives and its 规上 is no longer known: 入库奖励 may come to the same as before,
/// for want of another fact; only 规模奖励 changes.
#[test]
fn a_decision_that_lacks_other_facts_and_may_come_to_the_same_is_the_same() {
    let later = [("D", None, Some("C1311"), Some(20_000), Some(9), None)];
    between((&FOUR[3..], BEFORE), (&later, BEFORE), |diff| {
        assert_eq!(
            told(diff),
            ["D trial/scale Changed 2.00 ?0.00 Alone: 规上企业 是→缺失"]
        );
        assert_eq!(
            counts(&diff.whole),
            ([2, 2, 0, 0, 1, 1], [200, 0], [-200, 0, 0])
        );
    });
}

#[test]
fn a_rule_that_is_only_written_in_another_way_is_the_same() {
    let text = BEFORE
        .replace("金额 3元", "金额 300分")
        .replace("1000元 则", "0.1万元 则");
    between((&FOUR, BEFORE), (&FOUR, &text), |diff| {
        assert!(
            diff.is_empty() && diff.measures.is_empty(),
            "{:?}",
            diff.measures
        );
    });
}

/// A's revenue doubles and so does the rate: by the old rate 1000 more, by the new one 2000 more.
#[test]
fn facts_and_rules_are_told_apart_when_both_changed() {
    let before = &FOUR[..1];
    let after = [(
        "A",
        Some("420606"),
        Some("C1311"),
        Some(200_000),
        Some(7),
        Some(true),
    )];
    between((before, BEFORE), (&after, AFTER), |diff| {
        assert_eq!(
            told(diff)[1],
            "A trial/scale Changed 10.00 40.00 \
             Alone: 营业收入(2025年) 1,000.00 元→2,000.00 元 + 金额"
        );
        let scale = diff
            .measures
            .iter()
            .find(|one| one.measure == "trial/scale");
        assert_eq!(
            counts(&scale.unwrap().counts),
            ([1, 1, 0, 0, 1, 0], [1000, 4000], [1000, 2000, 0])
        );
    });
}

#[test]
fn another_year_is_said_and_not_taken_apart() {
    let (snapshot, library) = (snapshot(&FOUR[..1]), library(BEFORE));
    let before = side(&snapshot, &library);
    let context = Context {
        year: 2026,
        ..CONTEXT
    };
    let after = Side::new(&snapshot, &library, context, Vec::new()).unwrap();
    let diff = Diff::new(&before, &after).unwrap();
    let causes = told(&diff);
    let scale = causes.iter().find(|told| told.contains("scale")).unwrap();
    let wanted = "OtherYear: 评定年度 2025年→2026年,营业收入(2025年,2026年) 1,000.00 元→缺失";
    assert!(scale.contains(wanted), "{scale}");
}

#[test]
fn a_sweep_is_read_back_as_it_was_written() {
    let (snapshot, library) = (snapshot(&FOUR), library(BEFORE));
    let folder = tempfile::tempdir().unwrap();
    let (summary, files) = watched(|control| {
        sweep_to_folder(&snapshot, &library, options(), folder.path(), control).unwrap()
    });
    let file = SweepFile::open(folder.path()).unwrap();
    assert_eq!(file, SweepFile::open(&files.summary).unwrap());
    assert_eq!(file.head.snapshot, snapshot.digest());
    assert_eq!(file.head.policies, policies_digest(&library));
    assert_eq!(file.head.year, summary.year);
    assert_eq!(
        file.claims(&snapshot, &library).unwrap(),
        claims(&snapshot, &library)
    );
    let other = self::library(AFTER);
    let error = file.claims(&snapshot, &other).unwrap_err();
    assert!(error.to_string().contains("trial/entry"), "{error}");
    // A second summary leaves open which is meant.
    fs::write(folder.path().join("summary-0.json"), "{}").unwrap();
    let error = SweepFile::open(folder.path()).unwrap_err();
    assert!(
        matches!(error, DiffError::Summaries { found: 2, .. }),
        "{error}"
    );
    // One byte is enough.
    let mut bytes = fs::read(&files.decisions).unwrap();
    bytes[100] ^= 1;
    fs::write(&files.decisions, bytes).unwrap();
    let error = file.claims(&snapshot, &library).unwrap_err();
    assert!(matches!(error, DiffError::Digest { .. }), "{error}");
}

fn adds_up(diff: &Diff<'_>) -> Result<(), TestCaseError> {
    let mut whole = DiffCounts::default();
    for one in &diff.measures {
        let one = &one.counts;
        prop_assert_eq!(one.before, one.lost + one.changed + one.same);
        prop_assert_eq!(one.after, one.new + one.changed + one.same);
        let moved = one.amount_after.fen() - one.amount_before.fen();
        prop_assert_eq!(one.effects.sum().fen(), moved);
        whole.new += one.new;
        whole.lost += one.lost;
        whole.changed += one.changed;
    }
    let DiffCounts {
        new, lost, changed, ..
    } = diff.whole;
    prop_assert_eq!((whole.new, whole.lost, whole.changed), (new, lost, changed));
    prop_assert_eq!(diff.whole.before, lost + changed + diff.whole.same);
    prop_assert_eq!(diff.whole.after, new + changed + diff.whole.same);
    let moved = diff.whole.amount_after.fen() - diff.whole.amount_before.fen();
    prop_assert_eq!(diff.whole.effects.sum().fen(), moved);
    for (place, change) in diff.changes().enumerate() {
        prop_assert!(!diff.causes(place).is_empty(), "{:?}", change);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn counts_and_effects_add_up(old in enterprises(), new in enterprises()) {
        let (old, new) = (snapshot(&old), snapshot(&new));
        let (rules, draft) = (library(BEFORE), library(AFTER));
        let (before, after) = (side(&old, &rules), side(&new, &draft));
        let there = Diff::new(&before, &after).unwrap();
        let back = Diff::new(&after, &before).unwrap();
        adds_up(&there)?;
        adds_up(&back)?;
        prop_assert_eq!(there.whole.new, back.whole.lost);
        prop_assert_eq!(there.whole.lost, back.whole.new);
        prop_assert_eq!(there.whole.changed, back.whole.changed);
        prop_assert!(Diff::new(&before, &before).unwrap().is_empty());
    }

    #[test]
    fn among_some_it_adds_up_too_and_with_the_rest_it_is_the_whole(
        old in enterprises(),
        new in enterprises(),
        seen in prop::collection::btree_set(prop::sample::select(&["A", "B", "C", "D"][..]), 0..4),
    ) {
        let (old, new) = (snapshot(&old), snapshot(&new));
        let (rules, draft) = (library(BEFORE), library(AFTER));
        let (before, after) = (side(&old, &rules), side(&new, &draft));
        let (sees, rest) = (|uscc: &str| seen.contains(uscc), |uscc: &str| !seen.contains(uscc));
        let part = Diff::among(&before, &after, &sees).unwrap();
        let rest = Diff::among(&before, &after, &rest).unwrap();
        adds_up(&part)?;
        for change in part.changes() {
            prop_assert!(sees(&change.enterprise), "{:?}", change);
        }
        let mut sum = part.whole;
        sum.merge(&rest.whole);
        prop_assert_eq!(sum, Diff::new(&before, &after).unwrap().whole);
    }
}
