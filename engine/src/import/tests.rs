//! Imports whole: what reaches the snapshot, what reaches the report, and hostile files.

use std::io::Cursor;
use std::path::Path;

use encoding_rs::GB18030;
use proptest::prelude::*;
use zhida_policies::measure::expression::Value;
use zhida_policies::values::{Number, Period};

use super::*;
use crate::facts::{Facts, Reading};
use crate::import::limits::{FINDINGS_MAX, RECORD_BYTES_MAX};
use crate::snapshot::tests::vocabulary;

/// A code whose check characters are right: the example of the standard's guides.
const GOOD: &str = "91350100M000100Y43";

fn codes() -> Codes {
    Codes::from_texts(
        "code,level,name\nC,section,制造业\nC38,division,电气机械\nC382,group,输配电\nC3823,class,配电开关\n",
        "code,level,name\n42,province,湖北省\n4206,city,襄阳市\n420606,county,樊城区\n",
        "code,name,parent,overlaps\n",
    )
    .unwrap()
}

fn import_bytes(bytes: &[u8]) -> Result<(Snapshot, ImportReport), ImportError> {
    let options = ImportOptions {
        year: 2025,
        as_of: None,
        encoding: EncodingChoice::Detect,
    };
    let mut reader = Cursor::new(bytes);
    let (builder, report) = import_reader(
        &mut reader,
        Path::new("dir/企业.csv"),
        &vocabulary(),
        &codes(),
        &options,
        &mut |_| ControlFlow::Continue(()),
    )?;
    Ok((builder.finish()?, report))
}

#[track_caller]
fn import(text: &str) -> (Snapshot, ImportReport) {
    import_bytes(text.as_bytes()).unwrap()
}

/// The findings as (row, column, reason, consequence).
fn findings(report: &ImportReport) -> Vec<(u64, &str, Reason, Consequence)> {
    let all = report.findings.iter();
    all.map(|found| {
        (
            found.row,
            found.column.as_str(),
            found.reason,
            found.consequence,
        )
    })
    .collect()
}

fn reading(snapshot: &Snapshot, row: usize, name: &str, period: Period) -> Reading {
    snapshot
        .row(row)
        .read(vocabulary().find(name).unwrap(), period)
}

fn fen(fen: i64) -> Reading {
    Reading::Known(Value::Money(Number::from_i64(fen)))
}

const CHINESE: &str = "统一社会信用代码,企业名称,地区,行业,营业收入,营业收入@上年,用电量@3月,规上企业,成立日期,资质,贷款\n\
    91350100M000100Y43,甲公司,420606,3823,\"1,000.50\",2万元,12.5,是,2024/2/29,高新技术企业、瞪羚企业,\
    \"[{\"\"本金\"\":\"\"100\"\",\"\"用途\"\":\"\"技改\"\"}]\"\n";

const ENGLISH: &str = "uscc;name;region;industry;revenue@2025;revenue@last_year;electricity@2025-03;\
    above_scale;established_on;qualifications;loans\n\
    91350100M000100Y43;甲公司;420606;C3823;1000.5;20000;12.50;true;20240229;瞪羚企业|高新技术企业;\
    \"[{\"\"purpose\"\":\"\"技改\"\",\"\"principal\"\":100.00}]\"\n";

#[test]
fn both_languages_and_all_encodings_say_the_same() {
    let (expected, report) = import(CHINESE);
    assert_eq!(report.findings, []);
    assert_eq!(report.rows_accepted, 1);
    assert_eq!(
        reading(&expected, 0, "营业收入", Period::Year(2025)),
        fen(100_050)
    );
    assert_eq!(
        reading(&expected, 0, "营业收入", Period::Year(2024)),
        fen(2_000_000)
    );
    assert_eq!(expected.source_text(0), "企业.csv 第 2 行");
    let (english, report) = import(ENGLISH);
    assert_eq!(report.findings, []);
    assert_eq!(english.digest(), expected.digest());
    let marked = format!("\u{FEFF}{CHINESE}");
    let (gbk, _, lossy) = encoding_rs::GBK.encode(CHINESE);
    assert!(!lossy);
    let tabs = CHINESE
        .replace("\"1,000.50\"", "1000.5")
        .replace("\"[{", "'[{")
        .replace("}]\"", "}]'");
    let tabs = tabs
        .replace(',', "\t")
        .replace('\'', "\"")
        .replace("\"\"100\"\"\t", "\"\"100\"\",");
    for bytes in [
        marked.as_bytes(),
        &gbk,
        tabs.as_bytes(),
        CHINESE.replace('\n', "\r\n").as_bytes(),
    ] {
        let (snapshot, report) = import_bytes(bytes).unwrap();
        assert_eq!(report.findings, []);
        assert_eq!(snapshot.digest(), expected.digest());
    }
}

#[test]
fn four_byte_characters_survive() {
    let text = format!("uscc,name\n{GOOD},𠮷野家\n");
    let (bytes, _, lossy) = GB18030.encode(&text);
    assert!(!lossy);
    let (snapshot, report) = import_bytes(&bytes).unwrap();
    assert_eq!(snapshot.name(0), "𠮷野家");
    assert_eq!(report.source.encoding, "GB18030");
}

#[test]
fn columns_that_cannot_be_used_are_named() {
    let (snapshot, report) = import(&format!(
        "uscc,name,营业收人,营业收入,revenue@2025,用电量,用电量@2025,规上企业@上年,营业收入(吨)@上年,\n{GOOD},甲,1,2,3,4,5,6,7,\n"
    ));
    let ignored = Consequence::ColumnIgnored;
    assert_eq!(
        findings(&report),
        [
            (1, "营业收人", Reason::UnknownColumn, ignored),
            (1, "revenue@2025", Reason::DuplicateColumn, ignored),
            (1, "用电量", Reason::WrongPeriod, ignored),
            (1, "用电量@2025", Reason::WrongPeriod, ignored),
            (1, "规上企业@上年", Reason::WrongPeriod, ignored),
            (1, "营业收入(吨)@上年", Reason::UnknownUnit, ignored),
            (1, "", Reason::UnknownColumn, ignored),
        ]
    );
    assert!(
        report.findings[0].message.contains("营业收入"),
        "the nearest name is offered"
    );
    assert!(
        report.findings[2].message.contains("用电量@2025-03"),
        "the form is shown"
    );
    assert_eq!(
        reading(&snapshot, 0, "营业收入", Period::Year(2025)),
        fen(200)
    );
}

#[test]
fn the_unit_may_stand_in_the_heading() {
    let (snapshot, report) = import(&format!(
        "uscc,name,营业收入（万元）@2025,营业收入@上年(元),用电量(千瓦时)@3月\n{GOOD},甲,1.5,1.5,3\n"
    ));
    assert_eq!(report.findings, []);
    assert_eq!(
        reading(&snapshot, 0, "营业收入", Period::Year(2025)),
        fen(1_500_000)
    );
    assert_eq!(
        reading(&snapshot, 0, "营业收入", Period::Year(2024)),
        fen(150)
    );
}

#[test]
fn wrong_cells_are_missing_and_their_rows_stay() {
    let (snapshot, report) = import(&format!(
        "uscc,name,营业收入,规上企业,成立日期,地区,资质\n{GOOD},甲,0.005,也许,2025-02-29,420699,瞪羚\n"
    ));
    let missing = Consequence::CellMissing;
    assert_eq!(
        findings(&report),
        [
            (2, "营业收入", Reason::PartFen, missing),
            (2, "规上企业", Reason::NotBoolean, missing),
            (2, "成立日期", Reason::NotADate, missing),
            (2, "地区", Reason::UnknownCode, missing),
            (2, "资质", Reason::UnknownMember, missing),
        ]
    );
    assert_eq!(report.rows_accepted, 1);
    assert_eq!(snapshot.len(), 1);
    assert_eq!(
        reading(&snapshot, 0, "营业收入", Period::Year(2025)),
        Reading::Missing
    );
    assert_eq!(snapshot.manifest().quality.cells_refused, 5);
    assert_eq!(snapshot.manifest().quality.findings["D15"], 1);
}

#[test]
fn wrong_rows_are_left_out_and_nothing_else() {
    let (snapshot, report) = import(&format!(
        "uscc,name,营业收入\n{GOOD},甲,1\n,乙,2\n12345,丙,3\n{GOOD},丁,4\n91350100M000100Y4X,戊,5\n\
         91350100M000100Y43,己\n91350100M000100Y43,庚,1,000\n\"{GOOD}\"x,辛,1\n\n９１350100m000100y45,=壬,9\n"
    ));
    let (refused, warning) = (Consequence::RowRefused, Consequence::Warning);
    assert_eq!(
        findings(&report),
        [
            (3, "uscc", Reason::WrongUscc, refused),
            (4, "uscc", Reason::WrongUscc, refused),
            (5, "", Reason::DuplicateEnterprise, refused),
            (6, "uscc", Reason::UsccCheck, warning),
            (7, "", Reason::FieldCount, refused),
            (8, "", Reason::FieldCount, refused),
            (9, "", Reason::BrokenQuote, refused),
            (11, "uscc", Reason::UsccCheck, warning),
            (11, "name", Reason::Formula, warning),
        ]
    );
    assert_eq!((report.rows_read, report.rows_accepted), (9, 3));
    let mut kept: Vec<&str> = (0..snapshot.len()).map(|row| snapshot.name(row)).collect();
    kept.sort_unstable();
    assert_eq!(kept, ["=壬", "戊", "甲"]);
    assert_eq!(
        reading(
            &snapshot,
            snapshot.find(GOOD).unwrap(),
            "营业收入",
            Period::Year(2025)
        ),
        fen(100)
    );
}

#[test]
fn the_report_is_for_people_and_spreadsheets() {
    let (_, report) = import(&format!("uscc,name,营业收入\n{GOOD},甲,=1+1\n"));
    let mut csv = Vec::new();
    report.to_csv(&mut csv).unwrap();
    let csv = String::from_utf8(csv).unwrap();
    assert!(
        csv.starts_with("\u{FEFF}行,列,值,编号,原因,处理,说明\n2,营业收入,'=1+1,D10,"),
        "{csv}"
    );
    let summary = report.summary();
    assert!(
        summary.contains("导入 1 家企业") && summary.contains("D10 不是数字 1 处"),
        "{summary}"
    );
    let json = report.to_json();
    assert_eq!(json["findings"][0]["reason"], "D10");
    assert_eq!(json["findings"][0]["consequence"], "cell_missing");
    assert_eq!(json["counts"]["D10"], 1);
}

#[test]
fn codes_of_reasons_are_fixed() {
    for (place, reason) in (1..).zip(Reason::ALL) {
        assert_eq!(reason.code(), format!("D{place:02}"));
    }
    assert_eq!(Reason::UnitConflict.code(), "D27");
}

#[test]
fn files_that_cannot_be_trusted_are_refused_whole() {
    for (bytes, part) in [
        (&b""[..], "没有表头"),
        (b"\n\n", "没有表头"),
        (b"name,revenue\nx,1\n", "统一社会信用代码"),
        (b"uscc\n\"9135", "第 2 行"),
        (b"uscc\n\xFF\xFF\n", "第 5 字节"),
        (b"\xFF\xFEu\0", "UTF-16"),
    ] {
        let error = import_bytes(bytes).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
    let wide = ",".repeat(1_000_000);
    let error = import_bytes(format!("uscc{wide}\n").as_bytes()).unwrap_err();
    assert!(matches!(
        error,
        ImportError::TooManyColumns { found: 1_000_001 }
    ));
    let long = format!("uscc\n{}\n", "9".repeat(RECORD_BYTES_MAX + 1));
    let error = import_bytes(long.as_bytes()).unwrap_err();
    assert!(matches!(error, ImportError::RecordTooLong { line: 2 }));
}

#[test]
fn the_report_stays_small() {
    let mut text = String::from("uscc\n");
    for _ in 0..FINDINGS_MAX + 5 {
        text.push_str("x\n");
    }
    let (_, report) = import(&text);
    assert_eq!(report.findings.len(), FINDINGS_MAX);
    assert_eq!(report.findings_omitted, 5);
    assert_eq!(
        report.counts[&Reason::WrongUscc],
        u64::try_from(FINDINGS_MAX + 5).unwrap()
    );
}

#[test]
fn an_import_can_be_stopped() {
    let options = ImportOptions {
        year: 2025,
        as_of: None,
        encoding: EncodingChoice::Utf8,
    };
    let mut reader = Cursor::new(CHINESE.as_bytes());
    let mut told = Vec::new();
    let stopped = import_reader(
        &mut reader,
        Path::new("a.csv"),
        &vocabulary(),
        &codes(),
        &options,
        &mut |progress| {
            told.push(progress);
            ControlFlow::Break(())
        },
    );
    assert!(matches!(stopped, Err(ImportError::Cancelled)));
    let bytes = u64::try_from(CHINESE.len()).unwrap();
    assert_eq!(
        told,
        [ImportProgress {
            bytes,
            bytes_total: bytes,
            rows: 1
        }]
    );
}

/// Pieces that hostile files are made of.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let pieces: Vec<&[u8]> = vec![
        b",",
        b"\n",
        b"\r\n",
        b"\r",
        b"\"",
        b"\"\"",
        b";",
        b"\t",
        b"\0",
        b"\xFF",
        b"\x81\x30\x81\x30",
        b"uscc",
        "统一社会信用代码".as_bytes(),
        "营业收入@上年".as_bytes(),
        "贷款".as_bytes(),
        b"@",
        b"(",
        GOOD.as_bytes(),
        "１，０００．００".as_bytes(),
        "−1".as_bytes(),
        b"1e5",
        b"NaN",
        b"-",
        b"[{",
        b"}]",
        "[{\"本金\":\"1\"}]".as_bytes(),
        "\u{200B}".as_bytes(),
        "\u{202E}".as_bytes(),
        b" ",
        "万元".as_bytes(),
        b"99999999999999999999999999999999999999999",
        b"0.005",
    ];
    prop_oneof![
        8 => proptest::sample::select(pieces).prop_map(<[u8]>::to_vec),
        1 => proptest::collection::vec(any::<u8>(), 0..8),
    ]
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _result = import_bytes(&bytes);
    }

    #[test]
    fn no_pieces_make_it_panic(pieces in proptest::collection::vec(piece(), 0..60), headed: bool) {
        let mut bytes = if headed { "uscc,营业收入,贷款\n".as_bytes().to_vec() } else { Vec::new() };
        bytes.extend(pieces.concat());
        if let Ok((snapshot, report)) = import_bytes(&bytes) {
            prop_assert_eq!(u64::try_from(snapshot.len()).unwrap(), report.rows_accepted);
            prop_assert!(report.rows_accepted <= report.rows_read);
            report.to_csv(&mut Vec::new()).unwrap();
        }
    }

    #[test]
    fn every_row_is_either_taken_or_reported(names in proptest::collection::vec("[甲乙丙a-c,\"]{0,6}", 0..20)) {
        let mut text = String::from("uscc,name\n");
        for (number, name) in names.iter().enumerate() {
            let quoted = name.replace('"', "\"\"");
            text.push_str(&format!("91350100M{number:09},\"{quoted}\"\n"));
        }
        let (snapshot, report) = import(&text);
        prop_assert_eq!(snapshot.len(), names.len());
        for (number, name) in names.iter().enumerate() {
            let row = snapshot.find(&format!("91350100M{number:09}")).unwrap();
            prop_assert_eq!(snapshot.name(row), name.trim());
        }
        prop_assert_eq!(report.count(Consequence::RowRefused), 0);
    }
}
