//! One result, whoever decides and however the work is cut.

use std::collections::BTreeSet;

use super::*;

/// The library as it lies in the repository, and made-up enterprises of all its regions.
pub(super) fn whole_library(count: u64) -> (Library, Snapshot) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/library");
    let vocabulary = zhida_policies::load::read_vocabulary(&root.join("vocabulary.toml")).unwrap();
    let codes = Arc::new(Codes::built_in().unwrap());
    let texts = zhida_policies::load::read_policies(&root).unwrap();
    let library = check(
        texts,
        Arc::clone(&vocabulary),
        Arc::clone(&codes),
        CheckOptions::default(),
    );
    let regions = library.measures.iter().map(|measure| measure.region);
    let regions: BTreeSet<_> = regions.filter(|region| !region.is_nation()).collect();
    let made = GenerateOptions {
        count,
        seed: 5,
        year: 2025,
        as_of: None,
        regions: regions.into_iter().collect(),
        only: None,
    };
    let generator = Generator::new(vocabulary, &codes, made).unwrap();
    let snapshot = generator
        .snapshot(&mut |_| std::ops::ControlFlow::Continue(()))
        .unwrap();
    (library, snapshot)
}

/// Ways to run that must not show.
fn ways() -> Vec<SweepOptions> {
    let mut ways = Vec::new();
    for threads in [1, 2, 7] {
        for morsel_rows in [64, 1_000, 16_384] {
            ways.push(SweepOptions {
                morsel_rows,
                ..options(threads)
            });
        }
        ways.push(SweepOptions {
            evaluator: Evaluator::Reference,
            ..options(threads)
        });
    }
    ways
}

/// The summary without what says who did the work.
fn result(summary: &SweepSummary) -> SweepSummary {
    SweepSummary {
        reference: ReferenceUse::default(),
        ..summary.clone()
    }
}

#[test]
fn columns_and_reference_keep_the_same_decisions() {
    let (library, snapshot) = whole_library(600);
    let mut first: Option<(SweepSummary, Vec<DecisionRecord>)> = None;
    for options in ways() {
        let (summary, records) = swept(&snapshot, &library, options);
        let (summary, expected) = (
            result(&summary),
            first.get_or_insert((summary, records.clone())),
        );
        assert_eq!(summary, result(&expected.0), "{options:?}");
        assert!(records == expected.1, "{options:?}");
    }
    let (summary, records) = first.unwrap();
    let total = &summary.total;
    // The test would show nothing without any of each.
    assert!(total.eligible > 50 && total.undetermined > 50, "{total:?}");
    assert_eq!(summary.kept, records.len() as u64);
    assert_eq!(
        summary.kept,
        total.eligible + total.undetermined + total.error
    );
    let decided = summary.kept + total.ineligible + total.not_applicable;
    assert_eq!(decided, 600 * library.measures.len() as u64);
}

/// More rows than one block of kept decisions holds, some with facts missing.
pub(super) fn many() -> Vec<(String, Known)> {
    let row = |n: i64| {
        let region = ["420606", "420607", "110101"][usize::try_from(n % 3).unwrap()];
        let revenue = (n % 11 != 0).then_some(100_000 + n * 7_919 % 1_000_003);
        let above = (n % 13 != 0).then_some(n % 2 == 0);
        let before = Some(n % 17 * 1_000);
        (format!("E{n:06}"), ("", region, revenue, before, above))
    };
    (0..60_000).map(row).collect()
}

fn many_in(order: impl Fn(usize) -> usize, rows: &[(String, Known)]) -> Snapshot {
    let row = |place: usize| {
        let (uscc, (_, region, now, then, above)) = &rows[order(place)];
        (uscc.as_str(), *region, *now, *then, *above)
    };
    let rows: Vec<_> = (0..rows.len()).map(row).collect();
    snapshot_of(&rows)
}

/// The bytes of the file of decisions.
fn file_bytes(snapshot: &Snapshot, library: &Library, options: SweepOptions) -> (String, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let done = unwatched(false, |control| {
        sweep_to_folder(snapshot, library, options, folder.path(), control)
    });
    let (summary, files) = done.unwrap();
    let bytes = fs::read(&files.decisions).unwrap();
    assert_eq!(bytes.len() as u64, files.entry.bytes);
    (summary.digest, bytes)
}

#[test]
fn files_are_equal_byte_by_byte() {
    let library = library(POLICY, vocabulary());
    let rows = many();
    let straight = many_in(|place| place, &rows);
    let expected = file_bytes(&straight, &library, options(1));
    for options in [
        SweepOptions {
            morsel_rows: 64,
            ..options(7)
        },
        SweepOptions {
            morsel_rows: 1_000,
            ..options(2)
        },
        SweepOptions {
            evaluator: Evaluator::Reference,
            ..options(2)
        },
    ] {
        let found = file_bytes(&straight, &library, options);
        assert_eq!(found.0, expected.0, "{options:?}");
        assert!(found.1 == expected.1, "{options:?}");
    }
    // 60,000 and 7,919 have no common divisor: each row comes once.
    let shuffled = many_in(|place| place * 7_919 % 60_000, &rows);
    let found = file_bytes(&shuffled, &library, options(2));
    assert!(found == expected);
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), &expected.1).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file.reopen().unwrap()).unwrap();
    let groups = reader.metadata().num_row_groups();
    assert!(groups > 1, "{groups} row groups show nothing about blocks");
}

/// What the leaf of an enterprise holds of a row, by the tables in the documentation of the
/// encoding.
fn decision(batch: &RecordBatch, row: usize, library: &Library) -> Vec<u8> {
    let text = |name| column::<StringArray>(batch, name);
    let amount = |name| {
        let column: Int64Array = column(batch, name);
        column.is_valid(row).then(|| column.value(row))
    };
    let outcome = text("outcome");
    let reason: UInt16Array = column(batch, "reason");
    let reason = if reason.is_valid(row) {
        reason.value(row)
    } else {
        0
    };
    let measures = text("measure");
    let place = |measure: &Measure| measure.id.0.as_ref() == measures.value(row);
    let place = library.measures.iter().position(place).unwrap();
    let kinds = ["", "", "undetermined", "eligible", "error"];
    let kind = kinds.iter().position(|kind| *kind == outcome.value(row));
    let mut bytes = number(place as u128);
    bytes.push(u8::try_from(kind.unwrap()).unwrap());
    bytes.extend(number(reason.into()));
    match (amount("award_fen"), amount("ceiling_fen")) {
        (Some(fen), None) => bytes.extend([&[0][..], &signed(fen.into())].concat()),
        (None, Some(fen)) => bytes.extend([&[1][..], &signed(fen.into())].concat()),
        (None, None) => {}
        both => panic!("{both:?}"),
    }
    if let Some(least) = amount("least_fen") {
        let (greatest, missing) = (amount("greatest_fen"), text("missing"));
        bytes.extend(signed(least.into()));
        bytes.push(u8::from(greatest.is_some()));
        bytes.extend(greatest.map_or(Vec::new(), |greatest| signed(greatest.into())));
        bytes.extend(words(missing.value(row)));
    }
    bytes
}

#[test]
fn the_root_can_be_computed_from_the_file() {
    let library = library(POLICY, vocabulary());
    let snapshot = many_in(|place| place, &many());
    let folder = tempfile::tempdir().unwrap();
    let (summary, files) = into_folder(&snapshot, &library, folder.path(), false).unwrap();
    let reader = File::open(&files.decisions).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(reader).unwrap();
    let mut leaves = Leaves::default();
    let mut rows = 0;
    for batch in reader.build().unwrap() {
        let batch = batch.unwrap();
        let uscc: StringArray = column(&batch, "uscc");
        for row in 0..batch.num_rows() {
            leaves.add(uscc.value(row), decision(&batch, row, &library));
            rows += 1;
        }
    }
    let tree = leaves.tree(2);
    assert_eq!((tree.size(), rows), (summary.leaves, summary.kept));
    assert_eq!(tree.root().to_string(), summary.root);
}

#[test]
fn what_is_left_to_the_reference_is_counted() {
    let library = library(POLICY, vocabulary());
    let (summary, _) = swept(&four(), &library, options(2));
    // The columns leave the reason of C's division by zero to the reference.
    let ratio = MeasureReferenceUse {
        measure: "city/ratio".to_owned(),
        decisions: 1,
        nodes: 0,
    };
    assert_eq!(
        summary.reference,
        ReferenceUse {
            decisions: 1,
            nodes: 0,
            measures: vec![ratio],
        }
    );
    let asked = SweepOptions {
        evaluator: Evaluator::Reference,
        ..options(2)
    };
    let (summary, _) = swept(&four(), &library, asked);
    assert_eq!(summary.reference.decisions, 12);
}

#[test]
fn the_digest_covers_what_the_result_rests_on() {
    let library = library(POLICY, vocabulary());
    let (summary, _) = swept(&four(), &library, options(2));
    assert_eq!(summary.digest, summary.result_digest());
    type Change = fn(&mut SweepSummary);
    let changes: [Change; 16] = [
        |summary| summary.format += 1,
        |summary| summary.semantics += 1,
        |summary| summary.root = summary.snapshot.clone(),
        |summary| summary.kept += 1,
        |summary| summary.leaves += 1,
        |summary| summary.snapshot.push('0'),
        |summary| summary.policies.push('0'),
        |summary| summary.vocabulary.push('0'),
        |summary| summary.year += 1,
        |summary| summary.as_of = "2025-12-30".to_owned(),
        |summary| summary.enterprises += 1,
        |summary| summary.measures[1].ineligible += 1,
        |summary| summary.measures.swap(0, 1),
        |summary| summary.measures[0].payable = TotalFen::of(999),
        |summary| summary.payable.rows += 1,
        |summary| summary.payable.root.push('0'),
    ];
    for (number, change) in changes.iter().enumerate() {
        let mut other = summary.clone();
        change(&mut other);
        assert_ne!(other.result_digest(), summary.digest, "change {number}");
    }
}

#[test]
fn progress_reaches_the_last_row_and_every_write_ends() {
    let library = library(POLICY, vocabulary());
    let snapshot = many_in(|place| place, &many());
    let folder = tempfile::tempdir().unwrap();
    let (mut seen, open) = (Vec::new(), std::sync::Mutex::new((0, 0)));
    let control = SweepControl {
        cancel: &AtomicBool::new(false),
        on_progress: &mut |at: SweepProgress| seen.push(at.enterprises),
        on_write: &|phase| {
            let mut open = open.lock().unwrap();
            match phase {
                WritePhase::Begins => open.0 += 1,
                WritePhase::Ends => open.1 += 1,
            }
        },
    };
    sweep_to_folder(&snapshot, &library, options(2), folder.path(), control).unwrap();
    assert!(seen.is_sorted() && seen.last() == Some(&60_000));
    let (begun, ended) = *open.lock().unwrap();
    assert!(begun > 2 && begun == ended, "{begun} {ended}");
}

#[test]
fn a_sweep_that_is_stopped_half_way_leaves_nothing() {
    let library = library(POLICY, vocabulary());
    let snapshot = many_in(|place| place, &many());
    for evaluator in [Evaluator::Columns, Evaluator::Reference] {
        let folder = tempfile::tempdir().unwrap();
        let cancel = AtomicBool::new(false);
        let control = SweepControl {
            cancel: &cancel,
            on_progress: &mut |at: SweepProgress| {
                cancel.store(at.enterprises >= 100, std::sync::atomic::Ordering::Relaxed);
            },
            on_write: &|_| {},
        };
        let options = SweepOptions {
            evaluator,
            morsel_rows: 64,
            ..options(2)
        };
        let stopped = sweep_to_folder(&snapshot, &library, options, folder.path(), control);
        assert!(matches!(stopped, Err(SweepError::Cancelled)));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

/// The last row is decided, and the awards are being settled.
#[test]
fn a_sweep_that_is_stopped_while_it_settles_leaves_nothing() {
    let library = library(POLICY, vocabulary());
    let snapshot = many_in(|place| place, &many());
    let folder = tempfile::tempdir().unwrap();
    let cancel = AtomicBool::new(false);
    let mut is_decided = false;
    let control = SweepControl {
        cancel: &cancel,
        on_progress: &mut |at: SweepProgress| {
            is_decided = at.enterprises == at.enterprises_total;
            cancel.store(is_decided, std::sync::atomic::Ordering::Relaxed);
        },
        on_write: &|_| {},
    };
    let stopped = sweep_to_folder(&snapshot, &library, options(2), folder.path(), control);
    assert!(matches!(stopped, Err(SweepError::Cancelled)), "{stopped:?}");
    assert!(is_decided);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_disk_that_fills_half_way_leaves_nothing() {
    let library = library(POLICY, vocabulary());
    let snapshot = many_in(|place| place, &many());
    let folder = tempfile::tempdir().unwrap();
    let files = on_full_disk(folder.path(), ResultTable::Decisions);
    let mut decided = 0;
    let control = SweepControl {
        cancel: &AtomicBool::new(false),
        on_progress: &mut |at: SweepProgress| decided = at.enterprises,
        on_write: &|_| {},
    };
    let failed = sweep_to_files(&snapshot, &library, options(2), files, control);
    assert!(matches!(failed, Err(SweepError::Io { .. })), "{failed:?}");
    assert!(decided > 0);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// Measures whose unknown parts look at thresholds, tiers, tables, members and records.
const SIGNS: &str = r#"---
id: signs
title: 样例
issuer: 样例市
region: "42"
effective: 2025-01-01
---
# 样例

## 第一条 奖励

按情况奖励。

```zhida
事项 growth "增速"
  方式 免申即享
  周期 每年
  资格 (营业收入 - 营业收入@上年) / 营业收入@上年 >= 10%
  金额 分档((营业收入 - 营业收入@上年) / 营业收入@上年) {
    [10%..20%) : 1万元
    >= 20% : 3万元
  } 取整 元 四舍五入

事项 increment "增量"
  方式 免申即享
  周期 每年
  资格 营业收入 - 营业收入@上年 >= 5万元 或 规上企业
  金额 最小((营业收入 - 营业收入@上年) * 3‰ + 研发费用 * 0.1%, 20万元) 取整 元 四舍五入

事项 matrix "矩阵"
  方式 免申即享
  周期 每年
  资格 营业收入 >= 1万元 且 从业人员 >= 2
  金额 按表 唯一 {
    | 营业收入 | 从业人员 | 结果 |
    | [1万元..2000万元) | < 20 | 1万元 |
    | [1万元..2000万元) | >= 20 | 2万元 |
    | >= 2000万元 | < 20 | 2万元 |
    | >= 2000万元 | >= 20 | 4万元 |
  } 取整 元 四舍五入

事项 hiring "吸纳"
  方式 免申即享
  周期 每年
  资格 计数(新增员工 其中 参保月数 >= 3) >= 1
  金额 计数(新增员工 其中 参保月数 >= 3 且 登记失业) * 1500元 + 计数(新增员工 其中 参保月数 >= 3 且 非 登记失业) * 500元 取整 元 四舍五入

事项 quarter "满季"
  方式 免申即享
  周期 每年
  资格 存在(新增员工, 登记失业 其中 6 < 参保月数) 或 计数(新增员工 其中 参保月数 = 4) >= 2
  金额 如果 全部(新增员工, 非 登记失业 其中 参保月数 <= 9) 则 5000元 否则 计数(新增员工 其中 登记失业) * 200元 取整 元 四舍五入

事项 titles "称号"
  方式 免申即享
  周期 每年
  资格 资质 包含 "高新技术企业" 或 规上企业 或 行业 属于 ["C"]
  金额 如果 资质 包含 "高新技术企业" 且 研发费用 > 100万元 则 5万元 否则 最大(1万元, 研发费用 * 1%) 取整 元 四舍五入

事项 product "乘积"
  方式 免申即享
  周期 每年
  资格 从业人员 * 研发费用 >= 0元
  金额 累进(营业收入 + 研发费用) {
    [0元..100万元] : 1%
    > 100万元 : 0.5%
  } 取整 元 舍去
```
"#;

#[test]
fn details_by_signs_are_those_of_the_reference() {
    let (library, _) = whole_library(1);
    let vocabulary = Arc::clone(&library.vocabulary);
    let library = super::library(SIGNS, Arc::clone(&vocabulary));
    let codes = Codes::built_in().unwrap();
    let made = GenerateOptions {
        count: 3_000,
        seed: 11,
        year: 2025,
        as_of: None,
        regions: vec![codes.region("42").unwrap()],
        only: None,
    };
    let generator = Generator::new(vocabulary, &codes, made).unwrap();
    let snapshot = generator
        .snapshot(&mut |_| std::ops::ControlFlow::Continue(()))
        .unwrap();
    let reference = SweepOptions {
        evaluator: Evaluator::Reference,
        ..options(2)
    };
    let (_, expected) = swept(&snapshot, &library, reference);
    let (_, found) = swept(&snapshot, &library, options(2));
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found, expected);
    }
    for (place, measure) in library.measures.iter().enumerate() {
        let open = |record: &&DecisionRecord| {
            record.measure == place && record.kind == DecisionKind::Undetermined
        };
        let open = expected.iter().filter(open).count();
        assert!(open > 20, "{open} open decisions of {}", measure.id);
    }
}
