//! Typed files whole: what each type becomes, and that CSV and typed files say the same.

#![allow(
    clippy::arithmetic_side_effects,
    reason = "an overflow in a test is a failure of the test"
)]

use std::io::Write;
use std::ops::ControlFlow;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Date32Array, Date64Array, Decimal128Array, DictionaryArray,
    FixedSizeBinaryArray, Float32Array, Float64Array, Int32Array, Int64Array, LargeStringArray,
    ListArray, ListBuilder, NullArray, StringArray, StringBuilder, StringViewArray, StructArray,
    TimestampMicrosecondArray, TimestampSecondArray, UInt8Array, UInt32Array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{Field, Fields, Int8Type, Schema};
use arrow::ipc::writer::{FileWriter, StreamWriter};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use proptest::prelude::*;
use zhida_policies::measure::expression::Value;
use zhida_policies::values::{Date, Period};

use super::*;
use crate::facts::Reading;
use crate::import::limits::{LIST_RECORDS_MAX, PARQUET_BATCH_ROWS};
use crate::import::tests::{GOOD, codes, fen, findings, reading};
use crate::import::{Consequence, EncodingChoice, Reason, import_file};
use crate::snapshot::Snapshot;
use crate::snapshot::tests::vocabulary;

pub(super) const FORMATS: [FileFormat; 3] = [
    FileFormat::Parquet,
    FileFormat::ArrowFile,
    FileFormat::ArrowStream,
];

/// A table as a file of this format.
pub(super) fn file_of(format: FileFormat, batches: &[RecordBatch]) -> Vec<u8> {
    let schema = batches[0].schema();
    let mut bytes = Vec::new();
    match format {
        FileFormat::Parquet => {
            let properties = WriterProperties::builder()
                .set_compression(Compression::ZSTD(ZstdLevel::default()))
                .build();
            let mut writer = ArrowWriter::try_new(&mut bytes, schema, Some(properties)).unwrap();
            for batch in batches {
                writer.write(batch).unwrap();
                writer.flush().unwrap();
            }
            writer.close().unwrap();
        }
        FileFormat::ArrowFile => {
            let mut writer = FileWriter::try_new(&mut bytes, &schema).unwrap();
            for batch in batches {
                writer.write(batch).unwrap();
            }
            writer.finish().unwrap();
        }
        FileFormat::ArrowStream => {
            let mut writer = StreamWriter::try_new(&mut bytes, &schema).unwrap();
            for batch in batches {
                writer.write(batch).unwrap();
            }
            writer.finish().unwrap();
        }
        FileFormat::Csv => panic!("not a typed format"),
    }
    bytes
}

pub(super) fn import_bytes(bytes: &[u8]) -> Result<(Snapshot, ImportReport), ImportError> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    import_path(file.path())
}

fn import_path(path: &Path) -> Result<(Snapshot, ImportReport), ImportError> {
    let options = ImportOptions {
        year: 2025,
        as_of: None,
        encoding: EncodingChoice::Detect,
    };
    let go_on = &mut |_| ControlFlow::Continue(());
    import_file(path, &vocabulary(), &codes(), &options, go_on)
}

pub(super) fn table(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, array)| Field::new(*name, array.data_type().clone(), true))
        .collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

pub(super) fn usccs(count: usize) -> ArrayRef {
    let codes = (0..count).map(|number| format!("91350100M{number:09}"));
    Arc::new(StringArray::from_iter_values(codes))
}

/// What a column becomes in the snapshot, one reading or reason a row, in every format.
#[track_caller]
fn check(
    title: &str,
    array: &ArrayRef,
    fact: &str,
    period: Period,
    expected: &[Result<Reading, Reason>],
) {
    let batch = table(vec![
        ("uscc", usccs(array.len())),
        (title, Arc::clone(array)),
    ]);
    for format in FORMATS {
        let (snapshot, report) =
            import_bytes(&file_of(format, std::slice::from_ref(&batch))).unwrap();
        assert_eq!(report.source.encoding, format.to_string());
        for (row, expected) in expected.iter().enumerate() {
            let place = snapshot.find(&format!("91350100M{row:09}")).unwrap();
            let number = u64::try_from(row + 2).unwrap();
            let fault = findings(&report)
                .into_iter()
                .find(|(row, column, ..)| *row == number && *column == title);
            let found = match fault {
                Some((.., reason, consequence)) => {
                    assert_eq!(consequence, Consequence::CellMissing);
                    Err(reason)
                }
                None => Ok(reading(&snapshot, place, fact, period)),
            };
            assert_eq!(&found, expected, "{title} row {row} as {format}");
        }
    }
}

fn revenue(array: ArrayRef, expected: &[Result<i64, Reason>]) {
    let expected: Vec<_> = expected.iter().map(|found| found.map(fen)).collect();
    check(
        "revenue@2025",
        &array,
        "营业收入",
        Period::Year(2025),
        &expected,
    );
}

/// What the import says of a column that it leaves out.
#[track_caller]
fn ignored(title: &str, array: ArrayRef, reason: Reason) {
    let batch = table(vec![("uscc", usccs(array.len())), (title, array)]);
    for format in FORMATS {
        let (_, report) = import_bytes(&file_of(format, std::slice::from_ref(&batch))).unwrap();
        let expected = (1, title, reason, Consequence::ColumnIgnored);
        assert!(findings(&report).contains(&expected), "{title} as {format}");
    }
}

#[test]
fn money_is_exact_in_every_type() {
    let decimal = |values: Vec<i128>, scale| -> ArrayRef {
        let array = Decimal128Array::from(values);
        Arc::new(array.with_precision_and_scale(30, scale).unwrap())
    };
    revenue(decimal(vec![100_050, -1], 2), &[Ok(100_050), Ok(-1)]);
    revenue(
        decimal(vec![1230, 1234, 10i128.pow(28)], 3),
        &[Ok(123), Err(Reason::PartFen), Err(Reason::TooLarge)],
    );
    // Whole numbers are yuan.
    revenue(
        Arc::new(Int64Array::from(vec![5, -7])),
        &[Ok(500), Ok(-700)],
    );
    revenue(Arc::new(UInt8Array::from(vec![255])), &[Ok(25_500)]);
    revenue(
        Arc::new(Int64Array::from(vec![i64::MAX])),
        &[Err(Reason::TooLarge)],
    );
    let texts = ["1,000.50", "2万元", "1e5"];
    let expected = [Ok(100_050), Ok(2_000_000), Err(Reason::Scientific)];
    revenue(Arc::new(StringArray::from(texts.to_vec())), &expected);
    revenue(Arc::new(LargeStringArray::from(texts.to_vec())), &expected);
    revenue(Arc::new(StringViewArray::from(texts.to_vec())), &expected);
    let words: DictionaryArray<Int8Type> = texts.into_iter().collect();
    revenue(Arc::new(words), &expected);
}

#[test]
fn the_unit_of_the_heading_counts_for_numbers_too() {
    let title = "营业收入(万元)@2025";
    let year = Period::Year(2025);
    let whole: ArrayRef = Arc::new(Int32Array::from(vec![5]));
    check(title, &whole, "营业收入", year, &[Ok(fen(5_000_000))]);
    let floats: ArrayRef = Arc::new(Float64Array::from(vec![1.234_567, 1.234_567_8, 1e9]));
    let expected = [Ok(fen(1_234_567)), Err(Reason::Float), Err(Reason::Float)];
    check(title, &floats, "营业收入", year, &expected);
}

#[test]
fn floats_that_may_have_lost_digits_are_refused() {
    let written = [
        "0.1",
        "1234567.89",
        "0.30000000000000004",
        "10000000000000001",
        "0.005",
        "NaN",
        "inf",
    ];
    // reason = a float of a file is only ever read as its shortest text
    let values: Vec<f64> = written.map(|text| text.parse().unwrap()).to_vec();
    revenue(
        Arc::new(Float64Array::from(values)),
        &[
            Ok(10),
            Ok(123_456_789),
            Err(Reason::Float),
            Err(Reason::Float),
            Err(Reason::Float),
            Err(Reason::NotFinite),
            Err(Reason::NotFinite),
        ],
    );
    // reason = a float of a file is only ever read as its shortest text
    let values: Vec<f32> = ["0.5", "1000000.01", "16777217"]
        .map(|text| text.parse().unwrap())
        .to_vec();
    let expected = [Ok(50), Err(Reason::Float), Err(Reason::Float)];
    revenue(Arc::new(Float32Array::from(values)), &expected);
}

#[test]
fn identifiers_as_floats_are_refused_when_too_long() {
    // An eighteen-digit code does not survive as a float.
    let codes: ArrayRef = Arc::new(Float64Array::from(vec![913_501_000_001_000_000.0]));
    let (snapshot, report) = import_bytes(&file_of(
        FileFormat::Parquet,
        &[table(vec![("uscc", codes)])],
    ))
    .unwrap();
    assert_eq!(snapshot.len(), 0);
    let expected = (2, "uscc", Reason::Float, Consequence::RowRefused);
    assert_eq!(findings(&report), [expected]);
    let regions: ArrayRef = Arc::new(Float64Array::from(vec![420_606.0]));
    let word = |text: &str| Ok(Reading::Known(Value::Text(text.into())));
    check("地区", &regions, "地区", Period::Status, &[word("420606")]);
    let regions: ArrayRef = Arc::new(Int32Array::from(vec![420_606]));
    check("地区", &regions, "地区", Period::Status, &[word("420606")]);
    ignored(
        "行业",
        Arc::new(Int32Array::from(vec![111])),
        Reason::WrongType,
    );
}

#[test]
fn truth_values_and_days() {
    let known = |value| Ok(Reading::Known(value));
    let truth = |value| known(Value::Boolean(value));
    let status = Period::Status;
    let missing = Ok(Reading::Missing);
    let array: ArrayRef = Arc::new(BooleanArray::from(vec![Some(true), Some(false), None]));
    let expected = [truth(true), truth(false), missing.clone()];
    check("规上企业", &array, "规上企业", status, &expected);
    let array: ArrayRef = Arc::new(Int64Array::from(vec![1, 0, 2]));
    let expected = [truth(true), truth(false), Err(Reason::NotBoolean)];
    check("规上企业", &array, "规上企业", status, &expected);
    let nothing: ArrayRef = Arc::new(NullArray::new(1));
    check("规上企业", &nothing, "规上企业", status, &[missing]);

    // 2024-02-29 is day 19782, and 1709164800 seconds, after 1970-01-01.
    let leap = known(Value::Date(Date::constant(2024, 2, 29)));
    let array: ArrayRef = Arc::new(Date32Array::from(vec![19_782, i32::MAX]));
    let expected = [leap.clone(), Err(Reason::NotADate)];
    check("成立日期", &array, "成立日期", status, &expected);
    let array: ArrayRef = Arc::new(Date64Array::from(vec![1_709_164_800_000]));
    check(
        "成立日期",
        &array,
        "成立日期",
        status,
        std::slice::from_ref(&leap),
    );
    let seconds = TimestampSecondArray::from(vec![1_709_164_800, 1_709_164_801]);
    let expected = [leap.clone(), Err(Reason::NotADate)];
    for zone in [None, Some("UTC"), Some("+00:00")] {
        let array: ArrayRef = Arc::new(seconds.clone().with_timezone_opt(zone));
        check("成立日期", &array, "成立日期", status, &expected);
    }
    let shanghai = TimestampMicrosecondArray::from(vec![1_709_136_000_000_000]);
    let shanghai = shanghai.with_timezone("Asia/Shanghai");
    ignored("成立日期", Arc::new(shanghai), Reason::WrongType);
}

#[test]
fn columns_of_other_types_are_left_out_with_the_reason() {
    let day = || Arc::new(Date32Array::from(vec![1]));
    ignored("revenue@2025", day(), Reason::WrongType);
    ignored("region", day(), Reason::WrongType);
    let truth = || Arc::new(BooleanArray::from(vec![true]));
    ignored("revenue@2025", truth(), Reason::WrongType);
    ignored("name", truth(), Reason::WrongType);
    let bytes = FixedSizeBinaryArray::try_from_iter([vec![1u8; 12]].into_iter()).unwrap();
    ignored("revenue@2025", Arc::new(bytes), Reason::WrongType);
    ignored("营业收人", truth(), Reason::UnknownColumn);
    let batch = table(vec![("uscc", day())]);
    let error = import_bytes(&file_of(FileFormat::ArrowFile, &[batch])).unwrap_err();
    assert!(matches!(error, ImportError::UsccType { .. }), "{error}");
    let batch = table(vec![("name", usccs(1))]);
    let error = import_bytes(&file_of(FileFormat::Parquet, &[batch])).unwrap_err();
    assert!(matches!(error, ImportError::NoUscc { .. }), "{error}");
}

/// Sets of words; `None` is missing.
fn word_lists(rows: &[Option<Vec<Option<&str>>>]) -> ArrayRef {
    let mut lists = ListBuilder::new(StringBuilder::new());
    for row in rows {
        match row {
            Some(words) => lists.append_value(words.iter().copied()),
            None => lists.append_null(),
        }
    }
    Arc::new(lists.finish())
}

#[test]
fn sets_come_as_lists_of_words() {
    let set = |words: &[&str]| {
        let words: Vec<Arc<str>> = words.iter().map(|word| Arc::from(*word)).collect();
        Ok(Reading::Known(Value::Set(words.into())))
    };
    let rows = [
        Some(vec![Some("瞪羚企业"), Some("瞪羚企业")]),
        Some(vec![]),
        None,
        Some(vec![Some("瞪羚")]),
        Some(vec![Some("瞪羚企业"), None]),
        Some(vec![Some("瞪羚企业|高新技术企业")]),
        Some(vec![Some("无")]),
        Some(vec![Some("NA")]),
    ];
    let unknown = Err(Reason::UnknownMember);
    let expected = [
        set(&["瞪羚企业"]),
        set(&[]),
        Ok(Reading::Missing),
        unknown.clone(),
        unknown.clone(),
        unknown.clone(),
        unknown.clone(),
        unknown,
    ];
    check(
        "资质",
        &word_lists(&rows),
        "资质",
        Period::Status,
        &expected,
    );
}

/// Records of loans: principal in fen, place of the purpose.
pub(super) type Loans = Vec<(Option<i64>, Option<usize>)>;

const PURPOSES: [&str; 2] = ["技改", "其他"];

fn loan_lists(rows: &[Option<Loans>]) -> ArrayRef {
    let all = || rows.iter().flatten().flatten();
    let principal: Decimal128Array = all().map(|(fen, _)| fen.map(i128::from)).collect();
    let principal = principal.with_precision_and_scale(20, 2).unwrap();
    let purposes = all().map(|(_, purpose)| purpose.map(|place| PURPOSES[place]));
    let purpose: DictionaryArray<Int8Type> = purposes.collect();
    let arrays: Vec<ArrayRef> = vec![Arc::new(principal), Arc::new(purpose)];
    let fields = Fields::from(vec![
        Field::new("本金", arrays[0].data_type().clone(), true),
        Field::new("purpose", arrays[1].data_type().clone(), true),
    ]);
    let records = StructArray::new(fields, arrays, None);
    let item = Arc::new(Field::new("item", records.data_type().clone(), true));
    let lengths = rows.iter().map(|row| row.as_ref().map_or(0, Vec::len));
    let nulls: NullBuffer = rows.iter().map(Option::is_some).collect();
    let offsets = OffsetBuffer::from_lengths(lengths);
    Arc::new(ListArray::new(
        item,
        offsets,
        Arc::new(records),
        Some(nulls),
    ))
}

#[test]
fn fields_of_records_are_checked_once() {
    let list_of = |name: &str, values: ArrayRef| -> ArrayRef {
        let count = values.len();
        let field = Field::new(name, values.data_type().clone(), true);
        let records = StructArray::new(Fields::from(vec![field]), vec![values], None);
        let item = Arc::new(Field::new("item", records.data_type().clone(), true));
        let offsets = OffsetBuffer::from_lengths([count]);
        Arc::new(ListArray::new(item, offsets, Arc::new(records), None))
    };
    let whole: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    ignored(
        "贷款",
        list_of("金额", Arc::clone(&whole)),
        Reason::WrongList,
    );
    let truth: ArrayRef = Arc::new(BooleanArray::from(vec![true]));
    ignored("贷款", list_of("本金", truth), Reason::WrongType);
    ignored("资质", list_of("本金", whole), Reason::WrongType);
    let part: ArrayRef = Arc::new(Float64Array::from(vec![0.005]));
    let year = Period::Year(2025);
    let fault = [Err(Reason::Float)];
    check("贷款", &list_of("本金", part), "贷款", year, &fault);
    let many: ArrayRef = Arc::new(Int64Array::from(vec![1; LIST_RECORDS_MAX + 1]));
    let fault = [Err(Reason::WrongList)];
    check("贷款", &list_of("本金", many), "贷款", year, &fault);
}

#[test]
fn the_report_is_that_of_a_csv_file() {
    let text = format!(
        "uscc,name,revenue\n{GOOD},甲,1\n,乙,2\n{GOOD},丙,3\n91350100M000100Y45,丁,0.005\n"
    );
    let mut csv = tempfile::NamedTempFile::new().unwrap();
    csv.write_all(text.as_bytes()).unwrap();
    let (expected, csv_report) = import_path(csv.path()).unwrap();
    let column = |place| -> ArrayRef {
        let lines = text.lines().skip(1);
        Arc::new(
            lines
                .map(|line| line.split(',').nth(place))
                .collect::<StringArray>(),
        )
    };
    let batch = table(vec![
        ("uscc", column(0)),
        ("name", column(1)),
        ("revenue", column(2)),
    ]);
    for format in FORMATS {
        let (snapshot, report) =
            import_bytes(&file_of(format, std::slice::from_ref(&batch))).unwrap();
        assert_eq!(snapshot.digest(), expected.digest());
        assert_eq!(findings(&report), findings(&csv_report));
        assert_eq!(report.columns, csv_report.columns);
        assert_eq!(report.counts, csv_report.counts);
        assert_eq!(snapshot.manifest().quality, expected.manifest().quality);
    }
}

/// One enterprise as it is written to files of all kinds.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub(super) name: Option<String>,
    pub(super) revenue: Option<i64>,
    pub(super) electricity: Option<i64>,
    pub(super) above_scale: Option<bool>,
    pub(super) established: Option<i32>,
    pub(super) qualifications: Option<Vec<usize>>,
    pub(super) loans: Option<Loans>,
}

const MEMBERS: [&str; 2] = ["高新技术企业", "瞪羚企业"];

// reason = how often a value is there, which is no money
fn some<S: Strategy>(probability: f64, values: S) -> impl Strategy<Value = Option<S::Value>> {
    proptest::option::weighted(probability, values)
}

fn facts() -> impl Strategy<Value = Facts> {
    let money = || -1_000_000_000_000_000i64..1_000_000_000_000_000;
    let loan = (some(0.8, money()), some(0.8, 0usize..2));
    (
        some(0.9, "[甲乙丙a-c]{1,5}"),
        some(0.9, money()),
        some(0.9, any::<i64>()),
        some(0.9, any::<bool>()),
        // From 0001-01-01 to 9999-12-31.
        some(0.9, -719_162..2_932_896i32),
        some(0.9, proptest::collection::vec(0usize..2, 0..3)),
        some(0.9, proptest::collection::vec(loan, 0..4)),
    )
        .prop_map(
            |(name, revenue, electricity, above_scale, established, qualifications, loans)| Facts {
                name,
                revenue,
                electricity,
                above_scale,
                established,
                qualifications,
                loans,
            },
        )
}

/// A number of hundredths or thousandths, as a person would write it.
fn plain(digits: i64, scale: usize) -> String {
    let sign = if digits < 0 { "-" } else { "" };
    let digits = format!("{:0width$}", digits.unsigned_abs(), width = scale + 1);
    let (whole, places) = digits.split_at(digits.len() - scale);
    format!("{sign}{whole}.{places}")
}

fn csv_of(rows: &[Facts]) -> String {
    let mut text = String::from(
        "uscc,name,营业收入@2025,electricity@2025-03,above_scale,established_on,qualifications,loans\n",
    );
    for (number, row) in rows.iter().enumerate() {
        let or_empty = |text: Option<String>| text.unwrap_or_default();
        let loan = |(fen, purpose): &(Option<i64>, Option<usize>)| {
            let fen = fen.map_or("null".to_owned(), |fen| plain(fen, 2));
            let purpose = purpose.map_or("null".to_owned(), |place| {
                format!("\"\"{}\"\"", PURPOSES[place])
            });
            format!("{{\"\"principal\"\":{fen},\"\"用途\"\":{purpose}}}")
        };
        let day =
            |days: i32| (jiff::civil::date(1970, 1, 1) + jiff::Span::new().days(days)).to_string();
        let set = |places: &Vec<usize>| {
            if places.is_empty() {
                return "[]".to_owned();
            }
            places
                .iter()
                .map(|place| MEMBERS[*place])
                .collect::<Vec<_>>()
                .join("|")
        };
        let loans = |loans: &Loans| {
            format!(
                "\"[{}]\"",
                loans.iter().map(loan).collect::<Vec<_>>().join(",")
            )
        };
        text.push_str(&format!(
            "91350100M{number:09},{},{},{},{},{},{},{}\n",
            or_empty(row.name.clone()),
            or_empty(row.revenue.map(|fen| plain(fen, 2))),
            or_empty(row.electricity.map(|digits| plain(digits, 3))),
            or_empty(
                row.above_scale
                    .map(|truth| if truth { "是" } else { "否" }.to_owned())
            ),
            or_empty(row.established.map(day)),
            or_empty(row.qualifications.as_ref().map(set)),
            or_empty(row.loans.as_ref().map(loans)),
        ));
    }
    text
}

pub(super) fn batch_of(rows: &[Facts]) -> RecordBatch {
    let decimals = |values: Vec<Option<i64>>, scale| -> ArrayRef {
        let array: Decimal128Array = values
            .into_iter()
            .map(|value| value.map(i128::from))
            .collect();
        Arc::new(array.with_precision_and_scale(20, scale).unwrap())
    };
    let names: StringArray = rows.iter().map(|row| row.name.clone()).collect();
    let truths: BooleanArray = rows.iter().map(|row| row.above_scale).collect();
    let days: Date32Array = rows.iter().map(|row| row.established).collect();
    let sets: Vec<_> = rows
        .iter()
        .map(|row| {
            let places = row.qualifications.as_ref()?;
            Some(places.iter().map(|place| Some(MEMBERS[*place])).collect())
        })
        .collect();
    let loans: Vec<_> = rows.iter().map(|row| row.loans.clone()).collect();
    table(vec![
        ("uscc", usccs(rows.len())),
        ("name", Arc::new(names)),
        (
            "revenue",
            decimals(rows.iter().map(|row| row.revenue).collect(), 2),
        ),
        (
            "用电量@3月",
            decimals(rows.iter().map(|row| row.electricity).collect(), 3),
        ),
        ("规上企业", Arc::new(truths)),
        ("成立日期", Arc::new(days)),
        ("资质", word_lists(&sets)),
        ("贷款@2025", loan_lists(&loans)),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    /// The law of this module: the kind of file does not show in the snapshot.
    #[test]
    fn all_kinds_of_files_say_the_same(
        rows in proptest::collection::vec(facts(), 1..12),
        cut in 0usize..12,
    ) {
        let mut csv = tempfile::NamedTempFile::new().unwrap();
        csv.write_all(csv_of(&rows).as_bytes()).unwrap();
        let (expected, report) = import_path(csv.path()).unwrap();
        prop_assert_eq!(report.count(Consequence::CellMissing), 0);
        let batch = batch_of(&rows);
        let cut = cut.min(rows.len());
        let parts = [batch.slice(0, cut), batch.slice(cut, rows.len() - cut)];
        for format in FORMATS {
            let (snapshot, report) = import_bytes(&file_of(format, &parts)).unwrap();
            prop_assert_eq!(report.count(Consequence::CellMissing), 0);
            prop_assert_eq!(snapshot.digest(), expected.digest());
            prop_assert_eq!(&snapshot.manifest().columns, &expected.manifest().columns);
        }
    }
}

#[test]
fn files_of_this_system_are_refused() {
    let (snapshot, _) = import_bytes(&file_of(
        FileFormat::ArrowStream,
        &[table(vec![
            ("uscc", usccs(2)),
            ("revenue@2025", Arc::new(Int64Array::from(vec![1, 2]))),
        ])],
    ))
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let manifest = snapshot.write(folder.path()).unwrap();
    let own = |result: Result<_, ImportError>| matches!(result, Err(ImportError::OwnFile));
    assert!(own(import_path(folder.path())));
    assert!(own(import_path(
        &folder.path().join(&manifest.files.facts.name)
    )));
    // The same table, written again by another program.
    for format in FORMATS {
        assert!(own(import_bytes(&file_of(
            format,
            &[snapshot.to_batch().unwrap()]
        ))));
    }
}

#[test]
fn rows_are_read_a_batch_at_a_time() {
    let rows = 5 * PARQUET_BATCH_ROWS + 7;
    let numbers: UInt32Array = (0..u32::try_from(rows).unwrap()).collect();
    let batch = table(vec![
        ("uscc", usccs(rows)),
        ("revenue", Arc::new(numbers)),
        ("other", usccs(rows)),
    ]);
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&file_of(FileFormat::Parquet, &[batch]))
        .unwrap();
    let length = file.metadata().unwrap().len();
    let mut batches = open(file, length, FileFormat::Parquet).unwrap();
    batches.choose(&[0, 1]);
    let mut sizes = Vec::new();
    while let Some(batch) = batches.next().unwrap() {
        assert_eq!(batch.num_columns(), 2);
        sizes.push(batch.num_rows());
    }
    assert_eq!(
        sizes,
        [PARQUET_BATCH_ROWS; 5]
            .into_iter()
            .chain([7])
            .collect::<Vec<_>>()
    );
}
