//! The payable list: worked out by hand, and the same whoever decides and however work is cut.

use arrow::array::{BooleanArray, DictionaryArray, ListArray, PrimitiveArray, StructArray};
use arrow::datatypes::{ArrowPrimitiveType, Int32Type};

use super::*;

/// A cap over both measures, and a fund that pays one of them.
const SHARED: &str = concat!(
    head!(),
    r#"  分期 60%, 40% 若 规上企业
  分担 省 50%, 市 30%, 县 20%
  资格 营业收入 > 0元
  金额 营业收入 取整 分 舍去

事项 b "乙奖励"
  方式 免申即享
  周期 每年
  资格 规上企业
  金额 营业收入@上年 取整 分 舍去

限额 year "年度限额" = 1500元 适用 a, b 按比例
资金 pot "奖励资金" 预算 1000元 不足时 按比例
```
"#
);

const A: Known = ("A", "420606", Some(100_000), Some(100_000), Some(true));
const B: Known = ("B", "420606", Some(60_000), Some(0), Some(false));
/// Nobody knows its revenue: it may ask the fund for as much as the cap leaves.
const C: Known = ("C", "420606", None, Some(0), Some(false));

/// A text of few words.
fn word(array: &dyn Array, row: usize) -> Option<String> {
    let words = array.as_any().downcast_ref::<DictionaryArray<Int32Type>>();
    let words = words.unwrap().downcast_dict::<StringArray>().unwrap();
    words.is_valid(row).then(|| {
        words
            .values()
            .value(words.keys().value(row) as usize)
            .to_owned()
    })
}

fn numeral<T: ArrowPrimitiveType>(array: &dyn Array, row: usize) -> Option<T::Native> {
    let numbers = array.as_any().downcast_ref::<PrimitiveArray<T>>().unwrap();
    numbers.is_valid(row).then(|| numbers.value(row))
}

fn fen(array: &dyn Array, row: usize) -> i64 {
    numeral::<arrow::datatypes::Int64Type>(array, row).unwrap()
}

/// The items of a list.
fn items(batch: &RecordBatch, name: &str, row: usize) -> StructArray {
    let lists: ListArray = column(batch, name);
    let items = lists.value(row);
    items
        .as_any()
        .downcast_ref::<StructArray>()
        .unwrap()
        .clone()
}

fn batches(path: &Path) -> Vec<RecordBatch> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    reader.build().unwrap().map(Result::unwrap).collect()
}

/// A row of the file: who, measure, standing, amounts and parts.
fn shown(batch: &RecordBatch, row: usize) -> String {
    let at = |name: &str| batch.column_by_name(name).unwrap();
    let uscc: StringArray = column(batch, "uscc");
    let amounts = [
        "base_fen",
        "amount_fen",
        "payable_fen",
        "least_fen",
        "paid_fen",
    ];
    let amounts = amounts.map(|name| fen(at(name), row).to_string());
    let (shares, parts) = (
        items(batch, "shares", row),
        items(batch, "instalments", row),
    );
    let shares = (0..shares.len()).map(|place| {
        let bearer = word(shares.column(0), place).unwrap();
        format!("{bearer}{}", fen(shares.column(1), place))
    });
    let parts = (0..parts.len()).map(|place| fen(parts.column(1), place).to_string());
    format!(
        "{} {} {} {} [{}] [{}]",
        uscc.value(row),
        word(at("measure"), row).unwrap(),
        word(at("standing"), row).unwrap(),
        amounts.join(" "),
        parts.collect::<Vec<_>>().join(" "),
        shares.collect::<Vec<_>>().join(" "),
    )
}

#[test]
fn a_list_worked_out_by_hand() {
    // A asks for 1,000 yuan of each, and the cap leaves 750 of each. The fund has 1,000 yuan for
    // 750 + 600: A gets 75000 × 100000 ÷ 135000 = 55555 5/9 fen, B 44444 4/9; the fen that is
    // left goes to A. 60 % of 555.56 is 333.336 and 40 % 222.224; of 444.44, 266.664 and 177.776.
    // 50 %, 30 %, 20 % of 555.56 are 277.78, 166.668, 111.112; of 444.44, 222.22, 133.332, 88.888.
    let folder = tempfile::tempdir().unwrap();
    let library = library(SHARED, vocabulary());
    let (summary, files) = into_folder(&snapshot(&[A, B]), &library, folder.path(), false).unwrap();
    let all = batches(&files.awards);
    let [batch] = all.as_slice() else {
        panic!("{} batches", all.len());
    };
    let found: Vec<String> = (0..batch.num_rows()).map(|row| shown(batch, row)).collect();
    assert_eq!(
        found,
        [
            "A city/a final 100000 55556 55556 55556 0 [33334 22222] [省27778 市16667 县11111]",
            "A city/b final 100000 75000 75000 75000 0 [] []",
            "B city/a final 60000 44444 44444 44444 0 [26666 17778] [省22222 市13333 县8889]",
        ]
    );
    let changes = items(batch, "changes", 0);
    let text = |column: usize, row| word(changes.column(column), row).unwrap();
    assert_eq!(changes.len(), 2);
    assert_eq!(
        (text(1, 0), text(2, 0)),
        ("city/year".to_owned(), "part".to_owned())
    );
    assert_eq!(
        (fen(changes.column(3), 0), fen(changes.column(4), 0)),
        (100_000, 75_000)
    );
    assert_eq!(text(1, 1), "city/pot");
    let figures = "limit_fen=100000 paid_fen=0 room_fen=100000 claimed=135000 awards=2";
    assert_eq!(text(5, 1), figures);
    let payable = &summary.payable;
    assert_eq!(
        (payable.payable.fen(), payable.payable_awards, payable.rows),
        (175_000, 3, 3)
    );
    assert_eq!(summary.measures[0].payable.fen(), 100_000);
    let [fund] = payable.funds.as_slice() else {
        panic!("{:?}", payable.funds);
    };
    assert_eq!((&*fund.fund, &*fund.name), ("city/pot", "奖励资金"));
    let money = [fund.budget, fund.claimed, fund.granted, fund.left].map(TotalFen::fen);
    assert_eq!(money, [100_000, 135_000, 100_000, 0]);
    // 1,750 yuan are left of 1,000 + 1,000 + 600: the cap took 500, the fund 350.
    let [limit, pot] = payable.limits.as_slice() else {
        panic!("{:?}", payable.limits);
    };
    assert_eq!(
        (&*limit.rule.rule, limit.awards, limit.reduced.fen()),
        ("city/year", 2, 50_000)
    );
    assert_eq!(
        (&*pot.rule.rule, pot.awards, pot.reduced.fen()),
        ("city/pot", 2, 35_000)
    );
    assert_eq!(payable.may_fall, ProvisionalTotals::default());
    let text = fs::read_to_string(&files.summary).unwrap();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["payable"]["payable"], "1750.00");
    assert_eq!(
        value["awards"]["sha256"],
        files.awards_entry.sha256.as_str()
    );
}

#[test]
fn who_may_ask_for_more_makes_the_fund_provisional() {
    let library = library(SHARED, vocabulary());
    let (summary, _) = swept(&snapshot(&[A, B, C]), &library, options(2));
    let payable = &summary.payable;
    // Only A's award of the other measure, which no fund pays, is sure. C may ask for 1,500 yuan,
    // and then A has 75000 × 100000 ÷ 285000 = 26315.8 fen and B 21052.6: whole fen are sure.
    assert_eq!((payable.payable.fen(), payable.payable_awards), (75_000, 1));
    let fall = payable.may_fall;
    assert_eq!(
        (fall.awards, fall.amount.fen(), fall.least.fen()),
        (2, 100_000, 26_315 + 21_052)
    );
    assert_eq!((payable.open.undetermined, payable.open.error), (1, 0));
    let [doubt] = payable.doubts.as_slice() else {
        panic!("{:?}", payable.doubts);
    };
    assert_eq!((&*doubt.rule.name, doubt.awards), ("资金“奖励资金”", 2));
    assert_eq!(
        (payable.funds[0].open, summary.measures[0].provisional),
        (1, 2)
    );
}

/// The words of causes in the order of their numbers.
const CAUSES: [&str; 14] = [
    "paid_this_period",
    "paid_other_years",
    "no_place",
    "no_rank",
    "not_highest",
    "top_up",
    "part",
    "used_up",
    "stopped",
    "weighted",
    "no_weight",
    "no_limit",
    "limits_differ",
    "below_payable_from",
];

/// What the leaf of an enterprise holds of a row, by the tables in the documentation of the
/// encoding.
fn award(batch: &RecordBatch, row: usize, library: &Library) -> Vec<u8> {
    let at = |name: &str| batch.column_by_name(name).unwrap();
    let place = |name: &str, words: &[&str]| {
        let word = word(at(name), row).unwrap();
        u8::try_from(words.iter().position(|other| *other == word).unwrap()).unwrap()
    };
    let states = ["eligible", "ceiling", "undetermined", "error"];
    let standings = ["final", "may_rise", "may_fall", "open"];
    let measure = measure_place(&word(at("measure"), row).unwrap(), library);
    let mut bytes = number(measure as u128);
    bytes.extend([place("state", &states), place("standing", &standings)]);
    let amount = |name: &str| numeral::<arrow::datatypes::Int64Type>(at(name), row);
    let (base, stands) = (amount("base_fen").unwrap(), amount("amount_fen").unwrap());
    let greatest = amount("greatest_fen");
    let reason: UInt16Array = column(batch, "reason");
    let reason = reason.is_valid(row).then(|| reason.value(row));
    let lists = lists(batch, row, library);
    let other = |fen: Option<i64>, than: i64| fen.filter(|fen| *fen != than);
    let amounts = [
        (1, other(Some(stands), base)),
        (2, other(amount("payable_fen"), stands)),
        (4, other(amount("least_fen"), stands)),
        (8, other(greatest, stands)),
        (32, other(amount("paid_fen"), 0)),
    ];
    let there = amounts.iter().filter(|(_, fen)| fen.is_some());
    let mut follows: u8 = there.map(|(bit, _)| *bit).sum();
    follows += 16 * u8::from(greatest.is_none()) + 64 * u8::from(reason.is_some());
    follows += 128 * u8::from(!lists.is_empty());
    bytes.push(follows);
    bytes.extend(signed(base.into()));
    for fen in amounts.iter().filter_map(|(_, fen)| *fen) {
        bytes.extend(signed(fen.into()));
    }
    bytes.extend(reason.map_or(Vec::new(), |reason| number(reason.into())));
    bytes.extend(lists);
    bytes
}

fn measure_place(id: &str, library: &Library) -> usize {
    library.measure_index[&library.measure(id).unwrap().id]
}

/// The place of the rule of a change.
fn rule_place(step: u8, id: &str, library: &Library) -> usize {
    let place = match step {
        8 => library.highest_of.iter().position(|rule| &*rule.id.0 == id),
        9 => library.caps.iter().position(|rule| &*rule.id.0 == id),
        10 => library.funds.iter().position(|rule| &*rule.id.0 == id),
        _ => Some(measure_place(id, library)),
    };
    place.unwrap()
}

/// The lists of a row behind the rest of it; nothing where all are empty.
fn lists(batch: &RecordBatch, row: usize, library: &Library) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut filled = 0;
    let mut list = |name: &str, write: &dyn Fn(&StructArray, usize) -> Vec<u8>| {
        let items = items(batch, name, row);
        filled += items.len();
        bytes.extend(number(items.len() as u128));
        (0..items.len()).for_each(|item| bytes.extend(write(&items, item)));
    };
    list("shares", &|items, at| {
        let bearer = words(&word(items.column(0), at).unwrap());
        [bearer, signed(fen(items.column(1), at).into())].concat()
    });
    list("instalments", &|items, at| {
        let place = numeral::<arrow::datatypes::UInt16Type>(items.column(0), at);
        let flag = |column: usize| {
            let flags = items.column(column).as_any().downcast_ref::<BooleanArray>();
            u8::from(flags.unwrap().value(at))
        };
        let amount = signed(fen(items.column(1), at).into());
        let flags = vec![flag(2) + 2 * flag(3)];
        [number(place.unwrap().into()), amount, flags].concat()
    });
    list("changes", &|items, at| {
        let step = numeral::<arrow::datatypes::UInt8Type>(items.column(0), at).unwrap();
        let text = |column: usize| word(items.column(column), at).unwrap();
        let rule = rule_place(step, &text(1), library);
        let cause = CAUSES.iter().position(|cause| *cause == text(2)).unwrap();
        let mut bytes = vec![step];
        bytes.extend(number(rule as u128));
        bytes.push(u8::try_from(cause).unwrap());
        bytes.extend(signed(fen(items.column(3), at).into()));
        bytes.extend(signed(fen(items.column(4), at).into()));
        let figures = text(5);
        if let Some(winner) = figures.strip_prefix("winner=") {
            let (uscc, measure) = winner.split_once(' ').unwrap();
            bytes.extend(words(uscc));
            bytes.extend(number(measure_place(measure, library) as u128));
        } else {
            let weight = numeral::<arrow::datatypes::UInt64Type>(items.column(6), at);
            assert_eq!(weight.is_some(), text(2) == "weighted");
            for (name, figure) in figures.split(' ').filter_map(|part| part.split_once('=')) {
                // The weight of a share has a column of its own.
                if name == "scale" {
                    bytes.extend(signed(weight.unwrap().into()));
                }
                bytes.extend(signed(figure.parse().unwrap()));
            }
        }
        bytes
    });
    if filled == 0 { Vec::new() } else { bytes }
}

/// Two measures of which the higher is paid, from a fund by weight, and one with few places.
const STEPS: &str = concat!(
    head!(),
    r#"  资格 营业收入 > 0元
  金额 营业收入 取整 分 舍去

事项 b "乙奖励"
  方式 免申即享
  周期 每年
  起付 900元
  资格 规上企业
  金额 营业收入@上年 取整 分 舍去

事项 c "丙奖励"
  方式 免申即享
  周期 每年
  名额 1 按 营业收入
  资格 营业收入 > 0元
  金额 1元 取整 分 舍去

就高 best 适用 a, b
资金 pot "奖励资金" 预算 1000元 分配 按权重 营业收入 / 1元
```
"#
);

/// The most that each row of the list can become.
pub(super) fn greatest_fen(files: &SweepFiles) -> Vec<Option<i64>> {
    let greatest = batches(&files.awards).into_iter().flat_map(|batch| {
        let greatest: Int64Array = column(&batch, "greatest_fen");
        greatest.iter().collect::<Vec<_>>()
    });
    greatest.collect()
}

/// The root of the list, computed from the files alone; adds the causes that stand in them.
pub(super) fn assert_root_is_of_files(
    summary: &SweepSummary,
    files: &SweepFiles,
    library: &Library,
    causes: &mut std::collections::BTreeSet<Option<String>>,
) {
    let mut leaves = Leaves::default();
    // Every enterprise of which a decision is kept has a leaf.
    for batch in batches(&files.decisions) {
        let uscc: StringArray = column(&batch, "uscc");
        for uscc in uscc.iter().flatten() {
            if leaves.0.last().is_none_or(|(last, _)| last != uscc) {
                leaves.0.push((uscc.to_owned(), Vec::new()));
            }
        }
    }
    let (mut count, mut own) = (0, 0);
    for batch in batches(&files.awards) {
        let uscc: StringArray = column(&batch, "uscc");
        for row in 0..batch.num_rows() {
            // Both files have the order of the snapshot.
            while leaves.0[own].0 != uscc.value(row) {
                own += 1;
            }
            leaves.0[own].1.push(award(&batch, row, library));
            count += 1;
            let changes = items(&batch, "changes", row);
            causes.extend((0..changes.len()).map(|at| word(changes.column(2), at)));
        }
    }
    let tree = leaves.tree(2);
    assert_eq!((tree.size(), count), (summary.leaves, summary.payable.rows));
    assert_eq!(tree.root().to_string(), summary.payable.root);
}

#[test]
fn the_root_of_the_list_can_be_computed_from_the_file() {
    let mut causes = std::collections::BTreeSet::new();
    for (policy, rows) in [
        (SHARED, &[A, B][..]),
        (SHARED, &[A, B, C]),
        (STEPS, &[A, B]),
        (STEPS, &[A, B, C]),
    ] {
        let library = library(policy, vocabulary());
        let folder = tempfile::tempdir().unwrap();
        let (summary, files) =
            into_folder(&snapshot(rows), &library, folder.path(), false).unwrap();
        assert_root_is_of_files(&summary, &files, &library, &mut causes);
        // The same without a file.
        assert_eq!(
            swept(&snapshot(rows), &library, options(2)).0.digest,
            summary.digest
        );
    }
    let expected = ["no_place", "not_highest", "part", "weighted"];
    assert!(causes.iter().flatten().eq(expected), "{causes:?}");
}

/// More rows than a block holds, which all draw on one fund.
fn many() -> Snapshot {
    let row = |n: i64| {
        let revenue = (n % 997 != 0).then_some(100_000 + n * 7_919 % 1_000_003);
        (
            format!("E{n:06}"),
            revenue,
            Some(n % 17 * 1_000),
            Some(n % 2 == 0),
        )
    };
    let rows: Vec<_> = (0..50_000).map(row).collect();
    let rows: Vec<Row<'_>> = rows
        .iter()
        .map(|(uscc, now, then, above)| (uscc.as_str(), "420606", *now, *then, *above))
        .collect();
    snapshot_of(&rows)
}

#[test]
fn lists_are_equal_byte_by_byte() {
    let library = library(SHARED, vocabulary());
    let snapshot = many();
    let mut first: Option<(SweepSummary, Vec<u8>)> = None;
    for (threads, morsel_rows, evaluator) in [
        (1, 16_384, Evaluator::Columns),
        (2, 64, Evaluator::Columns),
        (7, 1_000, Evaluator::Columns),
        (7, 1_000, Evaluator::Reference),
    ] {
        let options = SweepOptions {
            evaluator,
            morsel_rows,
            ..options(threads)
        };
        let folder = tempfile::tempdir().unwrap();
        let control = SweepControl {
            cancel: &AtomicBool::new(false),
            on_progress: &mut |_| {},
            on_write: &|_| {},
        };
        let (summary, files) =
            sweep_to_folder(&snapshot, &library, options, folder.path(), control).unwrap();
        let bytes = fs::read(&files.awards).unwrap();
        assert_eq!(bytes.len() as u64, files.awards_entry.bytes);
        let summary = SweepSummary {
            reference: ReferenceUse::default(),
            ..summary
        };
        let expected = first.get_or_insert((summary.clone(), bytes.clone()));
        assert_eq!(summary, expected.0, "{options:?}");
        assert!(bytes == expected.1, "{options:?}");
    }
    let (summary, _) = first.unwrap();
    assert!(
        summary.payable.rows > 1 << 16,
        "one block shows nothing about blocks"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_disk_that_is_full_for_the_list_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let files = on_full_disk(folder.path(), ResultTable::Awards);
    let control = SweepControl {
        cancel: &AtomicBool::new(false),
        on_progress: &mut |_| {},
        on_write: &|_| {},
    };
    let library = library(SHARED, vocabulary());
    let failed = sweep_to_files(&snapshot(&[A, B]), &library, options(2), files, control);
    let message = failed.unwrap_err().to_string();
    assert!(
        message.contains("磁盘已满") && message.contains("awards-"),
        "{message}"
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn the_summary_adds_up() {
    let shared = (library(SHARED, vocabulary()), many());
    for (library, snapshot) in [equality::whole_library(2_000), shared] {
        let (summary, _) = swept(&snapshot, &library, options(2));
        let payable = &summary.payable;
        let limits = payable.limits.iter();
        let taken: i128 = limits.map(|limit| limit.reduced.fen()).sum();
        let left = summary.total.award.fen() - taken - payable.may_fall.amount.fen();
        assert_eq!(payable.payable.fen(), left);
        let measures = summary.measures.iter().map(|measure| measure.payable.fen());
        assert_eq!(payable.payable.fen(), measures.sum::<i128>());
        assert!(taken > 0, "{:?}", payable.limits);
    }
}

fn settled(snapshot: &Snapshot, library: &Library) -> Settled {
    let control = SweepControl {
        cancel: &AtomicBool::new(false),
        on_progress: &mut |_| {},
        on_write: &|_| {},
    };
    settle_all(snapshot, library, options(2), control).unwrap()
}

#[test]
fn related_measures_are_settled_as_with_all_others() {
    let (library, snapshot) = equality::whole_library(400);
    let whole = settled(&snapshot, &library);
    let mut seen = 0;
    for (place, measure) in library.measures.iter().enumerate() {
        let related = related(&library, place, Enterprises::Several).unwrap();
        if related.library.measures.len() < 2 && measure.fund.is_none() {
            continue;
        }
        seen += 1;
        let small = settled(&snapshot, &related.library);
        for row in 0..400 {
            let found = small.find(row, u32::try_from(related.measure).unwrap());
            let expected = whole.find(row, u32::try_from(place).unwrap());
            let told = |award: Option<&crate::awards::Award>| {
                award.map(|award| {
                    (
                        award.base,
                        award.amount,
                        award.least,
                        award.greatest,
                        award.reason,
                    )
                })
            };
            assert_eq!(told(found), told(expected), "{} {row}", measure.id);
        }
    }
    assert!(seen > 5, "{seen}");
}

#[test]
fn one_enterprise_leaves_the_steps_out_that_need_others() {
    let library = library(SHARED, vocabulary());
    let alone = related(&library, 0, Enterprises::One).unwrap();
    let left_out = [(crate::awards::Step::Funds, "奖励资金".to_owned())];
    assert_eq!(alone.left_out, left_out);
    // The cap is that of one enterprise and stands: 750 yuan.
    let settled = settled(&snapshot(&[A]), &alone.library);
    assert_eq!(settled.awards[0].payable(), Money::from_fen(75_000));
}
