//! Sweeps whole: hand-computed decisions, and results that do not depend on threads.

/// How the policies of the tests of lists begin: up to the first lines of their first measure.
macro_rules! head {
    () => {
        r#"---
id: city
title: 样例
issuer: 样例市
region: "4206"
effective: 2025-01-01
---
# 样例

## 第一条 奖励

按营业收入奖励。

```zhida
事项 a "甲奖励"
  方式 免申即享
  周期 每年
  资金 pot
"#
    };
}

mod alike;
mod by_block;
mod equality;
mod payable;

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use arrow::array::{Array, Int64Array, RecordBatch, StringArray, UInt16Array};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use zhida_policies::check::{CheckOptions, PolicyText, check};
use zhida_policies::measure::Measure;
use zhida_policies::values::{Codes, Date, Money, Period};
use zhida_policies::vocabulary::Vocabulary;

use super::*;
use crate::generate::{GenerateOptions, Generator};
use crate::merkle::{TreeBuilder, TreeHash};
use crate::snapshot::atomic::AtomicFile;
use crate::snapshot::tests::vocabulary;
use crate::snapshot::{Cell, ColumnKey, EnterpriseRow, SnapshotBuilder};
use crate::sweep::file::{ResultFile, ResultTable};
use crate::sweep::folder::{OpenFiles, sweep_to_files};

const POLICY: &str = r#"---
id: city
title: 样例
issuer: 样例市
region: "4206"
effective: 2025-01-01
---
# 样例

## 第一条 奖励

规上企业按营业收入的1%奖励。

```zhida
事项 growth "规模奖励"
  方式 免申即享
  周期 每年
  资格 "规上" 规上企业
  金额 营业收入 * 1% 取整 元 舍去

事项 ratio "倍数奖励"
  方式 免申即享
  周期 每年
  资格 营业收入 > 0元
  金额 1元 * (营业收入 / 营业收入@上年) 取整 分 四舍五入

事项 ceiling "另行核定"
  方式 申报
  周期 每年
  资格 营业收入 > 1000元
  上限金额 5万元 取整 元 舍去
```
"#;

const CONTEXT: Context = Context {
    year: 2025,
    as_of: Date::constant(2025, 12, 31),
};

fn library(policy: &str, vocabulary: Arc<Vocabulary>) -> Library {
    let text = PolicyText {
        path: "city.md".to_owned(),
        bytes: policy.as_bytes().to_vec(),
    };
    let codes = Arc::new(Codes::built_in().unwrap());
    let library = check(vec![text], vocabulary, codes, CheckOptions::default());
    let faults = library
        .faults
        .iter()
        .filter(|fault| !fault.code.is_warning());
    assert_eq!(faults.count(), 0, "{:?}", library.faults);
    library
}

/// Code, region, revenue of 2025 and 2024 in fen, 规上企业.
type Row<'a> = (&'a str, &'a str, Option<i64>, Option<i64>, Option<bool>);

/// As [`Row`], of constants.
type Known = Row<'static>;

fn snapshot(rows: &[Known]) -> Snapshot {
    snapshot_of(rows)
}

/// As [`snapshot`], of codes that need not be constants.
fn snapshot_of(rows: &[Row<'_>]) -> Snapshot {
    builder_of(rows).finish().unwrap()
}

/// A snapshot that is not finished.
fn builder_of(rows: &[Row<'_>]) -> SnapshotBuilder {
    let vocabulary = vocabulary();
    let mut builder = SnapshotBuilder::new(Arc::clone(&vocabulary), 2025, None);
    for (name, period) in [
        ("region", Period::Status),
        ("revenue", Period::Year(2025)),
        ("revenue", Period::Year(2024)),
        ("above_scale", Period::Status),
    ] {
        builder
            .add_column(ColumnKey {
                fact: vocabulary.find(name).unwrap(),
                period,
            })
            .unwrap();
    }
    for (uscc, region, now, then, above) in rows {
        let money =
            |fen: &Option<i64>| fen.map_or(Cell::Missing, |fen| Cell::Money(Money::from_fen(fen)));
        let above = above.map_or(Cell::Missing, Cell::Boolean);
        let cells = vec![
            Cell::Text(Arc::from(*region)),
            money(now),
            money(then),
            above,
        ];
        let uscc = (*uscc).to_owned();
        builder
            .push(&EnterpriseRow {
                uscc,
                cells,
                ..EnterpriseRow::default()
            })
            .unwrap();
    }
    builder
}

fn four() -> Snapshot {
    snapshot(&[
        ("A", "420606", Some(100_099), Some(50_000), Some(true)),
        ("B", "420606", Some(100_000), None, None),
        ("C", "420607", Some(100_000), Some(0), Some(false)),
        ("D", "110101", Some(100_000), Some(100_000), Some(true)),
    ])
}

fn options(threads: usize) -> SweepOptions {
    SweepOptions {
        threads: Some(threads),
        ..SweepOptions::new(CONTEXT)
    }
}

fn swept(
    snapshot: &Snapshot,
    library: &Library,
    options: SweepOptions,
) -> (SweepSummary, Vec<DecisionRecord>) {
    let mut all = Vec::new();
    let summary = unwatched(false, |control| {
        sweep(snapshot, library, options, control, &mut |records| {
            all.extend_from_slice(records);
            Ok(())
        })
    });
    (summary.unwrap(), all)
}

/// Runs something that nobody watches, perhaps cancelled from the beginning.
fn unwatched<T>(cancelled: bool, run: impl FnOnce(SweepControl<'_>) -> T) -> T {
    run(SweepControl {
        cancel: &AtomicBool::new(cancelled),
        on_progress: &mut |_| {},
        on_write: &|_| {},
    })
}

fn into_folder(
    snapshot: &Snapshot,
    library: &Library,
    folder: &Path,
    cancelled: bool,
) -> Result<(SweepSummary, SweepFiles), SweepError> {
    unwatched(cancelled, |control| {
        sweep_to_folder(snapshot, library, options(2), folder, control)
    })
}

#[test]
fn decisions_computed_by_hand() {
    let (summary, records) = swept(&four(), &library(POLICY, vocabulary()), options(2));
    let fen = |money: Option<Money>| money.map(Money::fen);
    let kept: Vec<_> = records
        .iter()
        .map(|record| {
            let money = (
                fen(record.award),
                fen(record.ceiling),
                fen(record.least),
                fen(record.greatest),
            );
            let reason = record.reason.map(crate::decision::Reason::code);
            (record.row, record.measure, record.kind, money, reason)
        })
        .collect();
    let (eligible, undetermined) = (DecisionKind::Eligible, DecisionKind::Undetermined);
    // Rows by region: D (Beijing), A, B, C. 1% of 1000.99 yuan, cut to yuan, is 10 yuan;
    // 1000.99 ÷ 500 yuan is 2.00198; C divides by zero.
    assert_eq!(
        kept,
        [
            (1, 0, eligible, (Some(1_000), None, None, None), None),
            (1, 1, eligible, (Some(200), None, None, None), None),
            (1, 2, eligible, (None, Some(5_000_000), None, None), None),
            (
                2,
                0,
                undetermined,
                (None, None, Some(0), Some(1_000)),
                Some(301)
            ),
            (2, 1, undetermined, (None, None, Some(0), None), Some(301)),
            (
                3,
                1,
                DecisionKind::Error,
                (None, None, None, None),
                Some(401)
            ),
        ]
    );
    assert!(records[3].missing.contains("规上企业"));
    assert!(records[4].missing.contains("营业收入") && records[4].missing.contains("2024"));
    let counts: Vec<_> = summary
        .measures
        .iter()
        .map(|m| {
            (
                m.eligible,
                m.undetermined,
                m.ineligible,
                m.not_applicable,
                m.error,
            )
        })
        .collect();
    assert_eq!(counts, [(1, 1, 1, 1, 0), (1, 1, 0, 1, 1), (1, 0, 2, 1, 0)]);
    assert_eq!(summary.measures[0].measure, "city/growth");
    assert_eq!(summary.total.award.to_string(), "12.00");
    assert_eq!(summary.total.ceiling.to_string(), "50000.00");
    assert_eq!(
        summary.measures[2].award.to_string(),
        "0.00",
        "a ceiling is not an award"
    );
}

#[test]
fn the_order_of_input_does_not_show() {
    let library = library(POLICY, vocabulary());
    let (expected, _) = swept(&four(), &library, options(1));
    let turned = snapshot(&[
        ("D", "110101", Some(100_000), Some(100_000), Some(true)),
        ("C", "420607", Some(100_000), Some(0), Some(false)),
        ("A", "420606", Some(100_099), Some(50_000), Some(true)),
        ("B", "420606", Some(100_000), None, None),
    ]);
    assert_eq!(swept(&turned, &library, options(1)).0, expected);
    let other = snapshot(&[("A", "420606", Some(100_098), Some(50_000), Some(true))]);
    assert_ne!(
        swept(&other, &library, options(1)).0.digest,
        expected.digest
    );
}

/// A number in groups of seven bits, the lowest first, each but the last with the highest bit.
fn number(number: u128) -> Vec<u8> {
    let digits = (128 - number.max(1).leading_zeros()).div_ceil(7);
    let digit = |at: u32| (number >> (7 * at) & 0x7f) as u8;
    let more = |at: u32| if at + 1 < digits { 0x80 } else { 0 };
    (0..digits).map(|at| digit(at) | more(at)).collect()
}

/// An amount, which may be below zero: twice it, or one less than twice its magnitude.
fn signed(amount: i128) -> Vec<u8> {
    number(if amount < 0 {
        amount.unsigned_abs() * 2 - 1
    } else {
        amount.unsigned_abs() * 2
    })
}

/// A text behind the number of its bytes.
fn words(text: &str) -> Vec<u8> {
    [number(text.len() as u128), text.as_bytes().to_vec()].concat()
}

/// The rows of enterprises, in their order, as their leaves hold them.
#[derive(Default)]
struct Leaves(Vec<(String, Vec<Vec<u8>>)>);

impl Leaves {
    fn add(&mut self, uscc: &str, row: Vec<u8>) {
        match self.0.last_mut().filter(|(last, _)| last == uscc) {
            Some((_, rows)) => rows.push(row),
            None => self.0.push((uscc.to_owned(), vec![row])),
        }
    }

    fn tree(&self, format: u8) -> TreeBuilder {
        let mut tree = TreeBuilder::default();
        for (uscc, rows) in &self.0 {
            let head = [vec![format], words(uscc), number(rows.len() as u128)];
            tree.push(TreeHash::of_leaf(&[head.concat(), rows.concat()].concat()));
        }
        tree
    }
}

fn column<T: Array + Clone + 'static>(batch: &RecordBatch, name: &str) -> T {
    batch
        .column_by_name(name)
        .unwrap()
        .as_any()
        .downcast_ref::<T>()
        .unwrap()
        .clone()
}

#[test]
fn the_files_hold_the_decisions() {
    let folder = tempfile::tempdir().unwrap();
    let (summary, files) = into_folder(
        &four(),
        &library(POLICY, vocabulary()),
        folder.path(),
        false,
    )
    .unwrap();
    let file = File::open(&files.decisions).unwrap();
    let mut reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .unwrap()
        .build()
        .unwrap();
    let batch = reader.next().unwrap().unwrap();
    assert_eq!(batch.num_rows(), 6);
    let uscc: StringArray = column(&batch, "uscc");
    assert_eq!(
        uscc.iter().flatten().collect::<Vec<_>>(),
        ["A", "A", "A", "B", "B", "C"]
    );
    let award: Int64Array = column(&batch, "award_fen");
    assert_eq!(award.iter().flatten().sum::<i64>(), 1_200);
    let outcome: StringArray = column(&batch, "outcome");
    assert_eq!((outcome.value(0), outcome.value(5)), ("eligible", "error"));
    let reason: UInt16Array = column(&batch, "reason");
    assert_eq!((reason.is_null(0), reason.value(5)), (true, 401));
    let text = fs::read_to_string(&files.summary).unwrap();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["digest"], summary.digest.as_str());
    assert_eq!(value["decisions"]["sha256"], files.entry.sha256.as_str());
    assert_eq!(value["total"]["award"], "12.00");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
}

#[test]
fn a_stopped_sweep_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let stopped = into_folder(&four(), &library(POLICY, vocabulary()), folder.path(), true);
    assert!(matches!(stopped, Err(SweepError::Cancelled)));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// The files of a sweep, of which one finds the disk full.
fn on_full_disk(folder: &Path, full: ResultTable) -> OpenFiles {
    let open = |table: ResultTable| {
        if table != full {
            return ResultFile::create(folder, table).unwrap();
        }
        let file = AtomicFile::on_full_disk(folder, "full").unwrap();
        ResultFile::over(file, folder, table).unwrap()
    };
    OpenFiles {
        decisions: open(ResultTable::Decisions),
        awards: open(ResultTable::Awards),
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let files = on_full_disk(folder.path(), ResultTable::Decisions);
    let library = library(POLICY, vocabulary());
    let failed = unwatched(false, |control| {
        sweep_to_files(&four(), &library, options(2), files, control)
    });
    let failed = failed.unwrap_err();
    assert!(matches!(failed, SweepError::Io { .. }), "{failed:?}");
    let message = failed.to_string();
    assert!(
        message.contains("磁盘已满") && message.contains("decisions-"),
        "{message}"
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn another_vocabulary_or_a_faulty_policy_is_refused() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/library");
    let other = zhida_policies::load::read_vocabulary(&root.join("vocabulary.toml")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let refused = into_folder(&four(), &library(POLICY, other), folder.path(), false);
    assert!(matches!(refused, Err(SweepError::Vocabulary)));
    let text = POLICY.replace("营业收入 * 1% ", "营业收人 * 1% ");
    let text = PolicyText {
        path: "city.md".to_owned(),
        bytes: text.into_bytes(),
    };
    let codes = Arc::new(Codes::built_in().unwrap());
    let faulty = check(vec![text], vocabulary(), codes, CheckOptions::default());
    let refused = into_folder(&four(), &faulty, folder.path(), false);
    assert!(matches!(refused, Err(SweepError::Faults)));
}
