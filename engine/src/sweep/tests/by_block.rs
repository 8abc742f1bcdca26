//! Blocks settled on their own come to what all decisions together come to.

use zhida_policies::measure::MeasureRef;

use super::*;
use crate::awards::may_settle_apart;
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

#[test]
fn blocks_come_to_what_all_come_to() {
    let (library, snapshot) = (library(ALONE, vocabulary()), many(36_000));
    assert!(may_settle_apart(&library));
    // In memory everything is settled together.
    let (expected, _) = swept(&snapshot, &library, options(2));
    let mut first: Option<Vec<u8>> = None;
    for (threads, morsel_rows) in [(2, 16_384), (7, 1_000)] {
        let options = SweepOptions {
            morsel_rows,
            ..options(threads)
        };
        let folder = tempfile::tempdir().unwrap();
        let swept = unwatched(false, |control| {
            sweep_to_folder(&snapshot, &library, options, folder.path(), control)
        });
        let (summary, files) = swept.unwrap();
        assert_eq!(summary, expected, "{options:?}");
        let bytes = fs::read(&files.awards).unwrap();
        assert!(first.get_or_insert(bytes.clone()) == &bytes, "{options:?}");
    }
    // The sweep has seen all of it: rows of several blocks, and doubts.
    let payable: &PayableSummary = &expected.payable;
    assert!(payable.rows > 1 << 16, "{}", payable.rows);
    let steps: Vec<u8> = payable.limits.iter().map(|limit| limit.rule.step).collect();
    for step in [6, 8, 9, 11] {
        assert!(steps.contains(&step), "{step} of {steps:?}");
    }
    assert!(payable.may_fall.awards > 0 && !payable.doubts.is_empty());
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
    let (library, snapshot) = (library(ALONE, vocabulary()), many(36_000));
    let folder = tempfile::tempdir().unwrap();
    let cancel = AtomicBool::new(false);
    let control = SweepControl {
        cancel: &cancel,
        on_progress: &mut |at: SweepProgress| {
            let is_half = at.enterprises * 2 > at.enterprises_total;
            cancel.store(is_half, std::sync::atomic::Ordering::Relaxed);
        },
        on_write: &|_| {},
    };
    let stopped = sweep_to_folder(&snapshot, &library, options(2), folder.path(), control);
    assert!(matches!(stopped, Err(SweepError::Cancelled)), "{stopped:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
#[cfg(target_os = "linux")]
fn a_disk_that_is_full_for_the_list_stops_the_blocks() {
    let folder = tempfile::tempdir().unwrap();
    let files = on_full_disk(folder.path(), ResultTable::Awards);
    let (library, snapshot) = (library(ALONE, vocabulary()), many(36_000));
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

#[test]
fn rules_that_need_others_are_told_apart() {
    let reach = |from: &str, to: &str| {
        let text = ALONE.replace(from, to);
        assert!(from == to || text != ALONE, "{from}");
        may_settle_apart(&library(&text, vocabulary()))
    };
    assert!(reach("", ""));
    assert!(!reach("  起付 1500元\n", "  名额 3 按 营业收入\n"));
    assert!(!reach("适用 b, c\n", "适用 b, c 按 地区\n"));
    assert!(!reach("适用 a, b\n", "适用 a, b 按 地区 按比例\n"));
    assert!(!reach("= 2000元 适用", "= 营业收入 * 10% 适用"));
    let fund = |id: &str| format!("资金 {id} \"奖励资金\" 预算 9元 不足时 按比例\n就高 best");
    assert!(!reach("就高 best", &fund("pot")));
    // A fund that no measure draws on limits nobody.
    assert!(reach("就高 best", &fund("other")));
}
