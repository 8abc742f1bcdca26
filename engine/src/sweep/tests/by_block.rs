//! Blocks settled on their own come to what all decisions together come to.

use zhida_policies::measure::MeasureRef;

use super::*;
use crate::awards::Reach;
use crate::snapshot::{Ledger, LedgerEntry};
use crate::sweep::payable::PayableSummary;

/// Rules of every kind that looks at one enterprise: what was paid, a group, caps, and a least
/// payable amount. The fund is kept elsewhere.
const ALONE: &str = concat!(
    head!(),
    r#"  分期 60%, 40% 若 规上企业
  分担 省 50%, 市 30%, 县 20%
  起付 1500元
  资格 营业收入 > 0元
  金额 营业收入 取整 分 舍去

事项 b "乙奖励"
  方式 免申即享
  周期 每年
  资格 规上企业
  金额 营业收入@上年 取整 分 舍去

事项 c "丙奖励"
  方式 免申即享
  周期 每年
  资格 规上企业
  金额 营业收入 * 10% 取整 分 舍去

就高 best "择一" 适用 b, c
限额 growth "增速限额" = 3000元 适用 a, c 按比例
限额 year "年度限额" = 2000元 适用 a, b
```
"#
);

/// The same with a limit that is computed and with funds: pro rata, by weight where a weight may be
/// missing, and first come, which is shared level by level.
fn with_funds(split: &str) -> String {
    let stated =
        |text: &str, at: &str, fund: &str| text.replace(at, &format!("{at}  资金 {fund}\n"));
    let text = stated(ALONE, "事项 b \"乙奖励\"\n  方式 免申即享\n", "second");
    let text = stated(&text, "事项 c \"丙奖励\"\n  方式 免申即享\n", "third");
    let text = text.replace(
        "限额 year \"年度限额\" = 2000元 适用",
        "限额 year \"年度限额\" = 最大(营业收入 * 20%, 1800元) 适用",
    );
    text.replace(
        "就高 best",
        &format!(
            "资金 pot \"奖励资金\" 预算 900万元 {split}\n\
             资金 second \"第二资金\" 预算 20万元 分配 按权重 营业收入 / 3元\n\
             资金 third \"第三资金\" 预算 60万元 不足时 按先后 营业收入@上年\n就高 best"
        ),
    )
}

/// Who gets what, in more rows than a block holds, and what some of them have been paid.
fn many(count: i64) -> Snapshot {
    let row = |n: i64| {
        let revenue = (n % 97 != 0).then_some(100_000 + n * 7_919 % 1_000_003);
        let before = (n % 89 != 0).then_some(n % 17 * 10_000);
        (
            format!("E{n:06}"),
            revenue,
            before,
            (n % 83 != 0).then_some(n % 2 == 0),
        )
    };
    let rows: Vec<_> = (0..count).map(row).collect();
    let rows: Vec<Row<'_>> = rows
        .iter()
        .map(|(uscc, now, then, above)| (uscc.as_str(), "420606", *now, *then, *above))
        .collect();
    let paid = |n: i64| LedgerEntry {
        uscc: Arc::from(format!("E{n:06}")),
        measure: MeasureRef(Arc::from(["city/a", "city/b"][n as usize / 29 % 2])),
        award_year: 2024 + n as i32 / 58 % 2,
        paid_on: Date::constant(2025, 6, 30),
        amount: Money::from_fen(n % 5 * 10_000),
    };
    let paid = (0..count).step_by(29).map(paid).collect();
    let mut builder = builder_of(&rows);
    builder.set_ledger(Ledger::new(paid, "7".to_owned()).unwrap());
    builder.finish().unwrap()
}

/// Sweeps by blocks, with other threads and morsels, and asserts that the summary is that of all
/// decisions together and the files are the same to the byte.
fn assert_blocks_are_all(snapshot: &Snapshot, library: &Library, reach: Reach) -> SweepSummary {
    assert_eq!(Reach::of(library), reach);
    // In memory everything is settled together.
    let (expected, _) = swept(snapshot, library, options(2));
    let mut first: Option<Vec<u8>> = None;
    for (threads, morsel_rows) in [(2, 16_384), (7, 1_000)] {
        let options = SweepOptions {
            morsel_rows,
            ..options(threads)
        };
        let folder = tempfile::tempdir().unwrap();
        let swept = unwatched(false, |control| {
            sweep_to_folder(snapshot, library, options, folder.path(), control)
        });
        let (summary, files) = swept.unwrap();
        assert_eq!(summary, expected, "{options:?}");
        let bytes = fs::read(&files.awards).unwrap();
        assert!(first.get_or_insert(bytes.clone()) == &bytes, "{options:?}");
    }
    expected
}

#[test]
fn blocks_come_to_what_all_come_to() {
    let (library, snapshot) = (library(ALONE, vocabulary()), many(36_000));
    let found = assert_blocks_are_all(&snapshot, &library, Reach::Alone);
    // The sweep has seen all of it: rows of several blocks, and doubts.
    let payable: &PayableSummary = &found.payable;
    assert!(payable.rows > 1 << 16, "{}", payable.rows);
    let steps: Vec<u8> = payable.limits.iter().map(|limit| limit.rule.step).collect();
    for step in [6, 8, 9, 11] {
        assert!(steps.contains(&step), "{step} of {steps:?}");
    }
    assert!(payable.may_fall.awards > 0 && !payable.doubts.is_empty());
}

#[test]
fn blocks_wait_for_the_funds_and_come_to_what_all_come_to() {
    let snapshot = many(36_000);
    for split in ["不足时 按比例", "不足时 停发", "不足时 按排名 营业收入"] {
        let library = library(&with_funds(split), vocabulary());
        let found = assert_blocks_are_all(&snapshot, &library, Reach::Funds);
        let payable: &PayableSummary = &found.payable;
        assert!(payable.rows > 1 << 16, "{}", payable.rows);
        // All three funds are short, and the computed limit has reduced somebody.
        let funds: Vec<&str> = payable
            .funds
            .iter()
            .map(|fund| fund.fund.as_str())
            .collect();
        assert_eq!(funds, ["city/pot", "city/second", "city/third"]);
        for rule in ["city/pot", "city/second", "city/third", "city/year"] {
            let limit = payable.limits.iter().find(|limit| limit.rule.rule == rule);
            assert!(
                limit.is_some_and(|limit| limit.awards > 0),
                "{split}: {rule}"
            );
        }
        assert!(payable.problem_count == 0 && !payable.doubts.is_empty());
    }
}

/// The published numbers of the reasons.
const DIVISION_BY_ZERO: u16 = 401;
const OVERFLOW: u16 = 402;

/// What rules are named as without value for whom, where blocks wait for the funds.
fn without_value(text: &str) -> Vec<(String, String, u16)> {
    let library = library(text, vocabulary());
    let payable = assert_blocks_are_all(&many(36_000), &library, Reach::Funds).payable;
    // More than are named, so that what is named first shows.
    assert!(payable.problem_count > 100, "{}", payable.problem_count);
    assert_eq!(payable.problems.len(), 100);
    let problems = payable.problems.into_iter();
    let problems = problems.map(|problem| (problem.rule.rule, problem.enterprise, problem.code));
    problems.collect()
}

#[test]
fn rules_without_value_are_named_in_one_order_whatever_comes_first() {
    // Nobody can divide by nothing, and two measures ask for the same key.
    let by_key =
        with_funds("不足时 按排名 100元 / 营业收入@上年").replace("  资金 third\n", "  资金 pot\n");
    let by_limit = by_key.replace(
        "最大(营业收入 * 20%, 1800元)",
        "1000元 * (500元 / 营业收入@上年)",
    );
    for (text, rule) in [(by_key, "city/pot"), (by_limit, "city/year")] {
        for (found, _, reason) in without_value(&text) {
            assert_eq!((&*found, reason), (rule, DIVISION_BY_ZERO), "{text}");
        }
    }
}

#[test]
fn a_weight_without_value_for_two_reasons_is_named_with_both_in_their_order() {
    // The measure a, which also those may get whose revenue was nothing, draws by weight; no whole
    // number is a multiple of all those revenues, so that the weights have no common measure.
    let text = with_funds("不足时 按比例")
        .replacen("  资金 pot\n", "  资金 second\n", 1)
        .replace("营业收入 / 3元", "100元 / 营业收入@上年 + 1元 / 营业收入");
    let found = without_value(&text);
    let reasons: Vec<u16> = found.iter().map(|(_, _, reason)| *reason).collect();
    assert!(found.iter().all(|(rule, _, _)| rule == "city/second"));
    assert!(reasons.contains(&DIVISION_BY_ZERO));
    for (one, next) in found.iter().zip(found.iter().skip(1)) {
        let is_first = one.2 == DIVISION_BY_ZERO;
        assert_eq!(one.1 == next.1, is_first, "{one:?} {next:?}");
        assert!(!is_first || next.2 == OVERFLOW);
    }
}

#[test]
fn the_root_is_that_of_the_files_of_blocks() {
    // A block has many pieces here, and the figures of a change are those of its own piece.
    let (library, snapshot) = (library(ALONE, vocabulary()), many(240));
    let folder = tempfile::tempdir().unwrap();
    let (summary, files) = into_folder(&snapshot, &library, folder.path(), false).unwrap();
    let mut causes = std::collections::BTreeSet::new();
    payable::assert_root_is_of_files(&summary, &files, &library, &mut causes);
    let causes: Vec<&str> = causes.iter().flatten().map(String::as_str).collect();
    for cause in ["not_highest", "part", "used_up", "paid_this_period"] {
        assert!(causes.contains(&cause), "{cause} of {causes:?}");
    }
}

#[test]
fn the_root_is_that_of_the_files_of_blocks_that_waited() {
    let folder = tempfile::tempdir().unwrap();
    let mut causes = std::collections::BTreeSet::new();
    for (at, split) in ["不足时 按比例", "不足时 停发"].into_iter().enumerate() {
        let text = with_funds(split)
            .replace("900万元", "9万元")
            .replace("20万元", "1000元");
        let (library, snapshot) = (library(&text, vocabulary()), many(240));
        let folder = folder.path().join(at.to_string());
        let (summary, files) = into_folder(&snapshot, &library, &folder, false).unwrap();
        payable::assert_root_is_of_files(&summary, &files, &library, &mut causes);
    }
    let causes: Vec<&str> = causes.iter().flatten().map(String::as_str).collect();
    for cause in [
        "not_highest",
        "part",
        "stopped",
        "weighted",
        "paid_this_period",
    ] {
        assert!(causes.contains(&cause), "{cause} of {causes:?}");
    }
}

/// Measures without an upper end where their revenue is missing, among awards that are final.
const UNBOUNDED: &str = concat!(
    head!(),
    r#"  资格 规上企业
  金额 最大(1000元, 营业收入 * 10%) 取整 分 舍去

事项 b "乙奖励"
  方式 免申即享
  周期 每年
  资格 规上企业
  金额 营业收入@上年 取整 分 舍去
```
"#
);

#[test]
fn the_root_is_that_of_files_of_several_blocks() {
    let folder = tempfile::tempdir().unwrap();
    for (policy, count) in [(ALONE, 36_000), (UNBOUNDED, 80_000)] {
        let (library, snapshot) = (library(policy, vocabulary()), many(count));
        let folder = folder.path().join(count.to_string());
        let (summary, files) = into_folder(&snapshot, &library, &folder, false).unwrap();
        assert!(summary.payable.rows > 1 << 16, "{}", summary.payable.rows);
        let mut causes = std::collections::BTreeSet::new();
        payable::assert_root_is_of_files(&summary, &files, &library, &mut causes);
        let greatest = payable::greatest_fen(&files);
        let is_unbounded = greatest.contains(&None);
        assert_eq!(is_unbounded, policy == UNBOUNDED, "{}", greatest.len());
    }
}

#[test]
fn a_sweep_that_is_stopped_half_way_leaves_no_list() {
    let snapshot = many(36_000);
    for text in [ALONE.to_owned(), with_funds("不足时 按比例")] {
        let is_half = |at: SweepProgress| at.enterprises * 2 > at.enterprises_total;
        stop_where(&snapshot, &library(&text, vocabulary()), is_half);
    }
}

#[test]
fn a_sweep_that_is_stopped_while_its_blocks_wait_leaves_no_list() {
    let library = library(&with_funds("不足时 按比例"), vocabulary());
    let is_decided = |at: SweepProgress| at.enterprises == at.enterprises_total;
    stop_where(&many(36_000), &library, is_decided);
}

fn stop_where(snapshot: &Snapshot, library: &Library, stops: fn(SweepProgress) -> bool) {
    let folder = tempfile::tempdir().unwrap();
    let cancel = AtomicBool::new(false);
    let control = SweepControl {
        cancel: &cancel,
        on_progress: &mut |at: SweepProgress| {
            cancel.store(stops(at), std::sync::atomic::Ordering::Relaxed);
        },
        on_write: &|_| {},
    };
    let stopped = sweep_to_folder(snapshot, library, options(2), folder.path(), control);
    assert!(matches!(stopped, Err(SweepError::Cancelled)), "{stopped:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
#[cfg(target_os = "linux")]
fn a_disk_that_is_full_for_the_list_stops_the_blocks() {
    let snapshot = many(36_000);
    for text in [ALONE.to_owned(), with_funds("不足时 按比例")] {
        let folder = tempfile::tempdir().unwrap();
        let files = on_full_disk(folder.path(), ResultTable::Awards);
        let library = library(&text, vocabulary());
        let failed = unwatched(false, |control| {
            sweep_to_files(&snapshot, &library, options(2), files, control)
        });
        let message = failed.unwrap_err().to_string();
        assert!(
            message.contains("磁盘已满") && message.contains("awards-"),
            "{message}"
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn rules_that_need_others_are_told_apart() {
    let reach = |from: &str, to: &str| {
        let text = ALONE.replace(from, to);
        assert!(from == to || text != ALONE, "{from}");
        Reach::of(&library(&text, vocabulary()))
    };
    assert_eq!(reach("", ""), Reach::Alone);
    for (from, to) in [
        ("  起付 1500元\n", "  名额 3 按 营业收入\n"),
        ("适用 b, c\n", "适用 b, c 按 地区\n"),
        ("适用 a, b\n", "适用 a, b 按 地区 按比例\n"),
    ] {
        assert_eq!(reach(from, to), Reach::Others, "{to}");
    }
    assert_eq!(
        reach("= 2000元 适用", "= 营业收入 * 10% 适用"),
        Reach::Alone
    );
    let fund = |id: &str| format!("资金 {id} \"奖励资金\" 预算 9元 不足时 按比例\n就高 best");
    assert_eq!(reach("就高 best", &fund("pot")), Reach::Funds);
    // A fund that no measure draws on limits nobody.
    assert_eq!(reach("就高 best", &fund("other")), Reach::Alone);
}
