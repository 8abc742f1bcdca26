//! Snapshots whole: what is read back, and what is refused.

mod row_groups;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use zhida_policies::measure::MeasureRef;
use zhida_policies::measure::expression::Value;
use zhida_policies::values::{Date, Money, Number, Period};
use zhida_policies::vocabulary::Vocabulary;

use crate::facts::{Facts, PaidWhen, Reading};
use crate::snapshot::*;

const VOCABULARY: &str = r#"
[[fact]]
id = "region"
name = "地区"
type = "code"
period = "none"
source = "市场监管局"
tree = "region"
[[fact]]
id = "industry"
name = "行业"
type = "code"
period = "none"
source = "统计局"
tree = "industry"
[[fact]]
id = "revenue"
name = "营业收入"
type = "money"
unit = "元"
period = "year"
source = "税务局"
[[fact]]
id = "electricity"
name = "用电量"
type = "number"
unit = "千瓦时"
period = "month"
source = "供电公司"
[[fact]]
id = "above_scale"
name = "规上企业"
type = "boolean"
period = "none"
source = "统计局"
[[fact]]
id = "established_on"
name = "成立日期"
type = "date"
period = "none"
source = "市场监管局"
[[fact]]
id = "qualifications"
name = "资质"
type = "set"
period = "none"
source = "经信局"
members = ["高新技术企业", "瞪羚企业"]
[[fact]]
id = "zones"
name = "功能区"
type = "set"
period = "none"
source = "开发区管委会"
absent = "false"
why = "名册完整"
members = ["420679"]
[[fact]]
id = "loans"
name = "贷款"
type = "list"
period = "year"
source = "地方金融局"
fields = [
  { id = "principal", name = "本金", type = "money" },
  { id = "rate", name = "利率", type = "number" },
  { id = "purpose", name = "用途", type = "enum", members = ["技改", "其他"] },
]
"#;

pub(crate) fn vocabulary() -> Arc<Vocabulary> {
    Arc::new(Vocabulary::read(VOCABULARY, &|_| false).unwrap())
}

fn key(vocabulary: &Vocabulary, name: &str, period: Period) -> ColumnKey {
    ColumnKey {
        fact: vocabulary.find(name).unwrap(),
        period,
    }
}

fn text(word: &str) -> Cell {
    Cell::Text(Arc::from(word))
}

fn decimal(text: &str) -> Cell {
    Cell::Number(text.parse().unwrap())
}

/// Three enterprises; the second knows almost nothing.
fn rows() -> Vec<EnterpriseRow> {
    let row = |uscc: &str, name: &str, row, cells| EnterpriseRow {
        uscc: uscc.to_owned(),
        name: name.to_owned(),
        source: Some(SourceRow { file: 0, row }),
        cells,
    };
    let loan = |principal, rate: &str, purpose: Cell| {
        vec![
            Cell::Money(Money::from_fen(principal)),
            decimal(rate),
            purpose,
        ]
    };
    vec![
        row(
            "C3",
            "丙公司",
            2,
            vec![
                text("420606"),
                text("C3823"),
                Cell::Money(Money::from_fen(i64::MIN)),
                decimal("0.00000000000000000001"),
                Cell::Boolean(true),
                Cell::Date(Date::constant(1969, 12, 31)),
                Cell::Set(vec![0, 1]),
                Cell::Records(vec![
                    loan(1, "3.45", text("技改")),
                    loan(2, "0", Cell::Missing),
                ]),
                Cell::Set(vec![0]),
            ],
        ),
        row("A1", "", 3, vec![text("420606"), text("A0111")]),
        row(
            "B2",
            "乙公司",
            4,
            vec![
                text("4205"),
                Cell::Missing,
                Cell::Money(Money::from_fen(120)),
                decimal("99999999999999999999999999999999999999"),
                Cell::Boolean(false),
                Cell::Date(Date::constant(2024, 2, 29)),
                Cell::Set(vec![]),
                Cell::Records(vec![]),
                Cell::Missing,
            ],
        ),
    ]
}

fn build(rows: &[EnterpriseRow]) -> Snapshot {
    let vocabulary = vocabulary();
    let mut builder = SnapshotBuilder::new(
        Arc::clone(&vocabulary),
        2025,
        Some(Date::constant(2026, 6, 30)),
    );
    builder.add_source(Source {
        name: "enterprises.csv".to_owned(),
        sha256: String::new(),
        bytes: 1,
        encoding: "UTF-8".to_owned(),
    });
    for (name, period) in [
        ("地区", Period::Status),
        ("行业", Period::Status),
        ("营业收入", Period::Year(2025)),
        ("用电量", Period::Month(2025, 3)),
        ("规上企业", Period::Status),
        ("成立日期", Period::Status),
        ("资质", Period::Status),
        ("贷款", Period::Year(2025)),
        ("功能区", Period::Status),
    ] {
        builder.add_column(key(&vocabulary, name, period)).unwrap();
    }
    for row in rows {
        builder.push(row).unwrap();
    }
    let entry = |uscc: &str, fen| LedgerEntry {
        uscc: Arc::from(uscc),
        measure: MeasureRef(Arc::from("p/m")),
        award_year: 2024,
        paid_on: Date::constant(2025, 1, 15),
        amount: Money::from_fen(fen),
    };
    let ledger = Ledger::new(vec![entry("B2", 7), entry("B2", -2)], "42".to_owned()).unwrap();
    builder.set_ledger(ledger);
    builder.finish().unwrap()
}

fn written(folder: &Path) -> Snapshot {
    let snapshot = build(&rows());
    snapshot.write(folder).unwrap();
    snapshot
}

#[track_caller]
fn check_content(snapshot: &Snapshot) {
    let vocabulary = vocabulary();
    let fact = |name: &str| vocabulary.find(name).unwrap();
    let order: Vec<&str> = (0..snapshot.len()).map(|row| snapshot.uscc(row)).collect();
    assert_eq!(order, ["B2", "A1", "C3"], "by region, then industry");
    assert_eq!(snapshot.find("C3"), Some(2));
    assert_eq!(snapshot.find("D4"), None);
    let row = snapshot.row(2);
    let read = |name: &str, period| row.read(fact(name), period);
    let known = Reading::Known;
    assert_eq!(
        read("营业收入", Period::Year(2025)),
        known(Value::Money(Number::from_i64(i64::MIN)))
    );
    let tiny = Number::parse_decimal("0.00000000000000000001").unwrap();
    assert_eq!(
        read("用电量", Period::Month(2025, 3)),
        known(Value::Number(tiny))
    );
    assert_eq!(read("用电量", Period::Month(2025, 4)), Reading::Missing);
    assert_eq!(
        read("规上企业", Period::Status),
        known(Value::Boolean(true))
    );
    assert_eq!(
        read("成立日期", Period::Status),
        known(Value::Date(Date::constant(1969, 12, 31)))
    );
    let both: Arc<[Arc<str>]> = [Arc::from("瞪羚企业"), Arc::from("高新技术企业")].into();
    assert_eq!(read("资质", Period::Status), known(Value::Set(both)));
    let money = |fen| Some(Value::Money(Number::from_i64(fen)));
    let number = |text| Some(Value::Number(Number::parse_decimal(text).unwrap()));
    let loans = vec![
        vec![
            money(1),
            number("3.45"),
            Some(Value::Text(Arc::from("技改"))),
        ],
        vec![money(2), number("0"), None],
    ];
    assert_eq!(
        read("贷款", Period::Year(2025)),
        Reading::Records(loans.into())
    );
    assert_eq!(
        row.source(fact("营业收入"), Period::Year(2025)),
        "enterprises.csv 第 2 行"
    );
    assert_eq!(row.source(fact("营业收入"), Period::Year(2024)), "");
    check_missing(snapshot);
}

/// What nobody knows, and what was said to be nothing.
#[track_caller]
fn check_missing(snapshot: &Snapshot) {
    let vocabulary = vocabulary();
    let fact = |name: &str| vocabulary.find(name).unwrap();
    let known = Reading::Known;
    let empty = snapshot.row(1);
    assert_eq!(
        empty.read(fact("营业收入"), Period::Year(2025)),
        Reading::Missing
    );
    assert_eq!(
        empty.read(fact("贷款"), Period::Year(2025)),
        Reading::Missing
    );
    assert_eq!(empty.read(fact("资质"), Period::Status), Reading::Missing);
    // The register of zones is complete: not listed is in none.
    assert_eq!(
        empty.read(fact("功能区"), Period::Status),
        known(Value::Set([].into()))
    );
    let second = snapshot.row(0);
    assert_eq!(
        second.read(fact("贷款"), Period::Year(2025)),
        Reading::Records([].into())
    );
    assert_eq!(
        second.read(fact("资质"), Period::Status),
        known(Value::Set([].into()))
    );
    let nines = Number::parse_decimal(&"9".repeat(38)).unwrap();
    assert_eq!(
        second.read(fact("用电量"), Period::Month(2025, 3)),
        known(Value::Number(nines))
    );
    let measure = MeasureRef(Arc::from("p/m"));
    assert_eq!(
        second.paid(&measure, PaidWhen::Year(2024)),
        Money::from_fen(5)
    );
    assert_eq!(
        snapshot.row(9).read(fact("营业收入"), Period::Year(2025)),
        Reading::Missing
    );
}

#[test]
fn what_was_put_in_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let snapshot = written(folder.path());
    check_content(&snapshot);
    let opened = Snapshot::open(folder.path(), vocabulary()).unwrap();
    check_content(&opened);
    assert_eq!(opened.digest(), snapshot.digest());
    assert_eq!(opened.manifest().sources, snapshot.manifest().sources);
    // Writing it again changes nothing.
    opened.write(folder.path()).unwrap();
}

#[test]
fn files_hold_numbers_in_the_type_that_every_reader_knows() {
    let folder = tempfile::tempdir().unwrap();
    let snapshot = written(folder.path());
    let file = folder
        .path()
        .join(format!("facts-{}.parquet", snapshot.digest()));
    let builder = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(file).unwrap()).unwrap();
    let schema = format!("{:?}", builder.schema());
    assert!(schema.contains("Decimal128(18, "), "{schema}");
    assert!(!schema.contains("Decimal64"), "{schema}");
    // In memory the rates of loans take half as much, whoever has made them.
    let opened = Snapshot::open(folder.path(), vocabulary()).unwrap();
    for snapshot in [snapshot, opened] {
        let loans = key(snapshot.vocabulary(), "贷款", Period::Year(2025));
        let Some(Column::Records(loans)) = snapshot.column(loans) else {
            panic!("{loans:?}");
        };
        let rates = &loans.fields()[1].1;
        assert!(
            matches!(rates, Column::Number(NumberColumn::Short(_))),
            "{rates:?}"
        );
    }
}

#[test]
fn the_order_of_rows_does_not_show() {
    let expected = build(&rows());
    for turn in 1..3 {
        let mut turned = rows();
        turned.rotate_left(turn);
        assert_eq!(build(&turned).digest(), expected.digest());
    }
    let mut other = rows();
    other[2].cells[2] = Cell::Money(Money::from_fen(121));
    assert_ne!(build(&other).digest(), expected.digest());
}

#[test]
fn one_flipped_bit_is_refused_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    written(folder.path());
    for entry in fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        let last = bytes.len() - 1;
        for place in (0..=last).step_by(97).chain([1, last / 2, last]) {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            fs::write(&path, changed).unwrap();
            let opened = Snapshot::open(folder.path(), vocabulary());
            assert!(opened.is_err(), "byte {place} of {}", path.display());
        }
        fs::write(&path, &bytes[..last]).unwrap();
        assert!(
            Snapshot::open(folder.path(), vocabulary()).is_err(),
            "{}",
            path.display()
        );
        fs::write(&path, bytes).unwrap();
    }
    Snapshot::open(folder.path(), vocabulary()).unwrap();
}

#[test]
fn content_under_another_name_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    written(folder.path());
    let other = tempfile::tempdir().unwrap();
    let mut changed = rows();
    changed[0].cells[2] = Cell::Money(Money::from_fen(1));
    let forged = build(&changed).write(other.path()).unwrap();
    // A forger who fixes every file digest and the seal still cannot keep the name.
    let mut manifest = store::read_manifest(&folder.path().join(MANIFEST_NAME)).unwrap();
    fs::copy(
        other.path().join(&forged.files.facts.name),
        folder.path().join(&manifest.files.facts.name),
    )
    .unwrap();
    manifest.files.facts.sha256 = forged.files.facts.sha256.clone();
    manifest.seal = manifest.expected_seal();
    let place = folder.path().join(MANIFEST_NAME);
    fs::write(&place, manifest.to_canonical_json()).unwrap();
    let error = Snapshot::open(folder.path(), vocabulary()).unwrap_err();
    assert!(
        matches!(error, SnapshotError::ColumnDigest { ref column, .. } if column == "revenue@2025")
    );
    manifest.columns = forged.columns;
    manifest.seal = manifest.expected_seal();
    fs::write(&place, manifest.to_canonical_json()).unwrap();
    let error = Snapshot::open(folder.path(), vocabulary()).unwrap_err();
    assert!(matches!(error, SnapshotError::ContentDigest { .. }));
}

#[test]
fn another_vocabulary_or_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    written(folder.path());
    let other = VOCABULARY.replace("瞪羚企业", "独角兽企业");
    let other = Arc::new(Vocabulary::read(&other, &|_| false).unwrap());
    let error = Snapshot::open(folder.path(), other).unwrap_err();
    assert!(matches!(error, SnapshotError::Vocabulary { .. }));
    assert!(error.to_string().contains("--vocabulary"));
    let error = build(&rows()[..1]).write(folder.path()).unwrap_err();
    assert!(matches!(error, SnapshotError::Occupied { .. }));
    let nowhere = folder.path().join("nowhere");
    assert!(matches!(
        Snapshot::open(&nowhere, vocabulary()),
        Err(SnapshotError::Io { .. })
    ));
}

#[test]
fn wrong_rows_change_nothing() {
    let vocabulary = vocabulary();
    let mut builder = SnapshotBuilder::new(Arc::clone(&vocabulary), 2025, None);
    let revenue = key(&vocabulary, "营业收入", Period::Year(2025));
    builder.add_column(revenue).unwrap();
    assert!(builder.add_column(revenue).is_err());
    assert!(
        builder
            .add_column(key(&vocabulary, "营业收入", Period::Status))
            .is_err()
    );
    let row = |uscc: &str, cell| EnterpriseRow {
        uscc: uscc.to_owned(),
        cells: vec![cell],
        ..EnterpriseRow::default()
    };
    builder
        .push(&row("A", Cell::Money(Money::from_fen(1))))
        .unwrap();
    let again = builder.push(&row("A", Cell::Missing)).unwrap_err();
    assert!(matches!(again, SnapshotError::DuplicateEnterprise { .. }));
    let wrong = builder.push(&row("B", Cell::Boolean(true))).unwrap_err();
    assert!(matches!(wrong, SnapshotError::WrongCell { .. }));
    let snapshot = builder.finish().unwrap();
    assert_eq!((snapshot.len(), snapshot.uscc(0)), (1, "A"));
}

#[test]
fn an_empty_snapshot_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let snapshot = build(&[]);
    snapshot.write(folder.path()).unwrap();
    let opened = Snapshot::open(folder.path(), vocabulary()).unwrap();
    assert!(opened.is_empty());
    assert!(opened.columns().is_empty());
}
