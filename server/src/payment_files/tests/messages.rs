//! pain.001: what is written, against the schemas; what is refused, field by field.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use zhida_policies::values::Date;

use super::batch::{any_batch, batch, line, three};
use super::schema;
use crate::payment_files::pain001::{self, shape};
use crate::payment_files::rules;
use crate::payment_files::xml;
use crate::payment_files::{
    ChargeBearer, Pain001Options, Pain001Version, PaymentFile, PaymentFormat, PaymentLine, Refused,
    WrittenFile, sha256, write,
};

/// A change that makes a payment unfit.
type Change = dyn Fn(&mut PaymentLine);

fn message(version: Pain001Version) -> PaymentFormat {
    PaymentFormat::Pain001(Pain001Options::new(version, ChargeBearer::Slev))
}

fn written(file: &PaymentFile, version: Pain001Version) -> WrittenFile {
    let mut files = write(file, &message(version)).unwrap();
    assert_eq!(files.len(), 1);
    files.remove(0)
}

fn text(file: &WrittenFile) -> String {
    String::from_utf8(file.bytes.clone()).unwrap()
}

/// Worked out with another program: the first 16 bytes of SHA-256 over `zhida uetr`, a line end and
/// the identity, with the bits of version and variant of RFC 9562.
#[test]
fn the_reference_of_2019_follows_from_the_identity() {
    let uetr = "85727413-bffa-43ee-9601-a84bb74f5c29";
    assert_eq!(pain001::uetr("E7QK2M9X4T1B0001"), uetr);
    let of_2019 = text(&written(&three(), Pain001Version::V09));
    assert!(
        of_2019.contains(&format!("<UETR>{uetr}</UETR>")),
        "{of_2019}"
    );
    assert_eq!(of_2019.matches("<UETR>").count(), 3);
    let of_2009 = text(&written(&three(), Pain001Version::V03));
    assert!(!of_2009.contains("UETR"));
    // The schema takes no other kind of UUID.
    let other = of_2019.replace(uetr, "7d444840-9dc0-11d1-b245-5ffdce74fad2");
    schema::is_invalid(other.as_bytes(), "pain.001.001.09");
}

/// S18: what is printed for debugging shows no account and no resident number in full.
#[test]
fn debug_shows_the_last_four_only() {
    let mut file = three();
    file.blocks[0].lines[0].payee_resident_id = Some("42060219900101001X".to_owned());
    let printed = format!("{file:?}");
    assert!(
        printed.contains("****0017") && printed.contains("****001X"),
        "{printed}"
    );
    for secret in ["6222000000000017", "42060219900101001X", "3500000000000001"] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
}

#[test]
fn the_message_of_2019_and_that_of_2009() {
    for (version, name) in [
        (Pain001Version::V09, "pain.001.001.09"),
        (Pain001Version::V03, "pain.001.001.03"),
    ] {
        let file = written(&three(), version);
        insta::assert_snapshot!(name, text(&file));
        schema::is_valid(&file.bytes, name);
        assert_eq!(file.name, "B20260315000001A1.xml");
        assert_eq!(file.count, 3);
        assert_eq!(file.total_fen, 30_000_000 + 1 + 1_234_567_890_123);
        assert_eq!(file.sha256, sha256(&file.bytes));
        assert_eq!(file.end_to_end_ids[2], "E7QK2M9X4T1B0003");
        // No mark, no DTD, line feeds alone.
        assert!(
            file.bytes
                .starts_with(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Document")
        );
        assert!(!file.bytes.contains(&b'\r') && !text(&file).contains("DOCTYPE"));
    }
    // The judge can say no.
    let file = written(&three(), Pain001Version::V09);
    schema::is_invalid(&file.bytes, "pain.001.001.03");
    let long = text(&file).replace("CNAPS", "CNAPSX");
    schema::is_invalid(long.as_bytes(), "pain.001.001.09");
}

#[test]
fn the_longest_values_are_valid() {
    let mut longest = line(1);
    longest.end_to_end_id = "E".repeat(35);
    longest.instruction_id = Some("I".repeat(35));
    longest.payee_name = "示".repeat(140);
    longest.payee_account = "1".repeat(32);
    longest.payee_bank_name = Some("行".repeat(140));
    longest.amount_fen = 999_999_999_999_999_998;
    longest.remittance = "附".repeat(140 - 35 - 1);
    let mut file = batch(vec![
        longest,
        PaymentLine {
            amount_fen: 1,
            ..line(2)
        },
    ]);
    file.message_id = "B".repeat(31);
    file.initiator.name = "局".repeat(140);
    for (version, name) in [
        (Pain001Version::V09, "pain.001.001.09"),
        (Pain001Version::V03, "pain.001.001.03"),
    ] {
        let file = written(&file, version);
        assert!(text(&file).contains("<CtrlSum>9999999999999999.99</CtrlSum>"));
        schema::is_valid(&file.bytes, name);
    }
    for bearer in [ChargeBearer::Shar, ChargeBearer::Debt] {
        let options = Pain001Options {
            charge_bearer: bearer,
            ..Pain001Options::new(Pain001Version::V09, ChargeBearer::Slev)
        };
        let files = write(&file, &PaymentFormat::Pain001(options)).unwrap();
        schema::is_valid(&files[0].bytes, "pain.001.001.09");
    }
}

/// The fields that are refused when one payment is changed.
#[track_caller]
fn refused(change: impl FnOnce(&mut PaymentLine)) -> Vec<(String, String)> {
    let mut changed = line(2);
    change(&mut changed);
    let file = batch(vec![line(1), changed]);
    let Refused(list) = write(&file, &message(Pain001Version::V09)).unwrap_err();
    assert!(
        list.iter().all(|refusal| refusal.line == Some(2)),
        "{list:?}"
    );
    assert!(list.iter().all(|refusal| !refusal.advice.is_empty()));
    list.into_iter()
        .map(|refusal| (refusal.field, refusal.value))
        .collect()
}

#[test]
fn what_is_too_long_or_wrong_is_refused_and_never_cut() {
    let field = |change: &Change| {
        let list = refused(change);
        assert_eq!(list.len(), 1, "{list:?}");
        list[0].0.clone()
    };
    let changes: [(&str, &Change); 22] = [
        ("企业流水号", &|line| {
            line.end_to_end_id = "E".repeat(36)
        }),
        ("企业流水号", &|line| {
            line.end_to_end_id = "E 1".to_owned()
        }),
        ("企业流水号", &|line| {
            line.end_to_end_id = String::new()
        }),
        ("企业流水号", &|line| {
            line.end_to_end_id = "E7QK2M9X4T1B0001".to_owned()
        }),
        ("指令号", &|line| {
            line.instruction_id = Some("I0000000000000001".to_owned())
        }),
        ("指令号", &|line| {
            line.instruction_id = Some("号".to_owned())
        }),
        ("金额", &|line| line.amount_fen = 0),
        ("金额", &|line| line.amount_fen = -1),
        ("收款户名", &|line| line.payee_name = "示".repeat(141)),
        ("收款户名", &|line| line.payee_name = "=1+2".to_owned()),
        ("收款户名", &|line| {
            line.payee_name = "示例\u{1}公司".to_owned()
        }),
        ("收款户名", &|line| line.payee_name = "  ".to_owned()),
        ("收款账号", &|line| {
            line.payee_account = "6.222E+18".to_owned()
        }),
        ("收款账号", &|line| line.payee_account = "1".repeat(33)),
        ("收款行联行号", &|line| {
            line.payee_cnaps = "313522004114".to_owned()
        }),
        ("收款行名", &|line| {
            line.payee_bank_name = Some("行".repeat(141))
        }),
        ("收款人统一社会信用代码", &|line| {
            line.payee_uscc = Some("9111".to_owned())
        }),
        ("收款人身份证号", &|line| {
            line.payee_resident_id = Some("110105194912310020".to_owned())
        }),
        ("用途代码", &|line| {
            line.purpose_code = Some("SUBSIDY".to_owned())
        }),
        ("附言", &|line| line.remittance = "附".repeat(124)),
        ("附言", &|line| line.remittance = String::new()),
        ("附言", &|line| line.remittance = "高企\n奖励".to_owned()),
    ];
    for (expected, change) in changes {
        assert_eq!(field(change), expected);
    }
    assert!(
        write(
            &batch(vec![PaymentLine {
                remittance: "附".repeat(123),
                ..line(1)
            }]),
            &message(Pain001Version::V09)
        )
        .is_ok()
    );
}

#[test]
fn all_refusals_come_at_once_and_hide_the_account() {
    let list = refused(|line| {
        line.payee_account = "6222021234567890123E".to_owned();
        line.payee_cnaps = "1".to_owned();
        line.amount_fen = i64::MIN;
    });
    let fields: Vec<&str> = list.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["金额", "收款账号", "收款行联行号"]);
    assert_eq!(list[1].1, "****123E");
    let mut file = three();
    file.blocks[0].lines[1].payee_account = "622202123456789012345678901234567".to_owned();
    file.blocks[0].lines[2].payee_name = "＝公司".to_owned();
    file.blocks[0].payer.cnaps = "313651027013".to_owned();
    let error = write(&file, &message(Pain001Version::V09)).unwrap_err();
    assert!(!error.to_string().contains("62220212345"));
    insta::assert_snapshot!("refusals", error.to_string());
}

/// The field that is refused of the file as a whole.
#[track_caller]
fn refused_file(change: impl FnOnce(&mut PaymentFile)) -> String {
    let mut file = three();
    change(&mut file);
    let Refused(list) = write(&file, &message(Pain001Version::V09)).unwrap_err();
    assert_eq!(list.len(), 1, "{list:?}");
    assert_eq!(list[0].line, None);
    list[0].field.clone()
}

#[test]
fn the_file_as_a_whole_is_checked() {
    assert_eq!(
        refused_file(|file| file.message_id = "B".repeat(32)),
        "报文编号"
    );
    assert_eq!(
        refused_file(|file| file.message_id = "B/1".to_owned()),
        "报文编号"
    );
    for wrong in [
        "2026-03-15T09:30:00",
        "2026-03-15T09:30:00Z",
        "2026-03-15T09:30:00+09:00",
        "2026-03-15 09:30:00+08:00",
        "2026-02-30T09:30:00+08:00",
        "2026-03-15T24:30:00+08:00",
        "2026-03-15T09:30:00.5+08:00",
        "now",
    ] {
        assert_eq!(
            refused_file(|file| file.sealed_at = wrong.to_owned()),
            "封存时间"
        );
    }
    assert_eq!(
        refused_file(|file| file.initiator.uscc = "1".to_owned()),
        "发起单位统一社会信用代码"
    );
    assert_eq!(
        refused_file(|file| file.initiator.name = "\u{202e}局".to_owned()),
        "发起单位名称"
    );
    assert_eq!(
        refused_file(|file| file.blocks[0].payer.account = "1".to_owned()),
        "付款账号"
    );
    assert_eq!(
        refused_file(|file| file.blocks[0].payer.name = "局\t".to_owned()),
        "付款户名"
    );
    let on = |year, month, day| {
        move |file: &mut PaymentFile| {
            file.blocks[0].execution_date = Date::constant(year, month, day);
        }
    };
    assert_eq!(refused_file(on(2026, 3, 14)), "付款日期");
    assert_eq!(refused_file(on(2027, 1, 4)), "付款日期");
    assert_eq!(refused_file(|file| file.blocks.clear()), "明细");
    assert_eq!(refused_file(|file| file.blocks[0].lines.clear()), "明细");
    let too_much = |file: &mut PaymentFile| {
        for line in &mut file.blocks[0].lines {
            line.amount_fen = 999_999_999_999_999_999;
        }
    };
    assert_eq!(refused_file(too_much), "合计");
}

#[test]
fn a_batch_beyond_the_lines_of_the_bank_is_refused() {
    let lines = |count: usize| batch((1..=count).map(line).collect());
    let file = written(&lines(5_000), Pain001Version::V09);
    assert_eq!(file.count, 5_000);
    schema::is_valid(&file.bytes, "pain.001.001.09");
    let Refused(list) = write(&lines(5_001), &message(Pain001Version::V09)).unwrap_err();
    assert_eq!(list[0].field, "笔数");
    let options = Pain001Options {
        lines_max: 2,
        ..Pain001Options::new(Pain001Version::V09, ChargeBearer::Slev)
    };
    let format = PaymentFormat::Pain001(options);
    assert_eq!(format.lines_max(), Some(2));
    assert!(write(&lines(2), &format).is_ok());
    assert!(write(&lines(3), &format).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_same_batch_gives_the_same_bytes_and_they_say_the_batch(file in any_batch()) {
        for version in [Pain001Version::V03, Pain001Version::V09] {
            let first = written(&file, version);
            let second = written(&file.clone(), version);
            prop_assert!(first.bytes == second.bytes && first == second);
            let document = xml::read(&first.bytes).unwrap();
            let message = document.root.child("CstmrCdtTrfInitn").unwrap();
            let read = message.all("PmtInf").flat_map(|block| {
                let lines: Vec<_> = block.all("CdtTrfTxInf").collect();
                lines
            });
            for ((_, _, line), element) in file.lines().zip(read) {
                let at = |path: &str| element.at(path).unwrap().text.clone();
                prop_assert_eq!(at("PmtId/EndToEndId"), line.end_to_end_id.clone());
                prop_assert_eq!(at("Cdtr/Nm"), line.payee_name.clone());
                prop_assert_eq!(at("CdtrAcct/Id/Othr/Id"), line.payee_account.clone());
                // The expected text by another way than the writer's.
                let expected = format!("{}.{:02}", line.amount_fen / 100, line.amount_fen % 100);
                prop_assert_eq!(at("Amt/InstdAmt"), expected);
                let reference = format!("{} {}", line.end_to_end_id, line.remittance);
                prop_assert_eq!(at("RmtInf/Ustrd"), reference);
            }
        }
    }
}

#[test]
fn any_batch_is_valid() {
    let mut runner = TestRunner::deterministic();
    let files: Vec<PaymentFile> = (0..100)
        .map(|_| any_batch().new_tree(&mut runner).unwrap().current())
        .collect();
    for version in [Pain001Version::V03, Pain001Version::V09] {
        let messages: Vec<_> = files
            .iter()
            .map(|file| written(file, version).bytes)
            .collect();
        for verdict in schema::verdicts(&messages, version.name())
            .into_iter()
            .flatten()
        {
            verdict.unwrap();
        }
    }
}

/// Messages with one line left out, doubled, moved, emptied or made too long.
fn mutants(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let is_leaf = |line: &str| line.matches('<').count() == 2;
    let mut mutants = Vec::new();
    let with = |changed: Vec<&str>| changed.join("\n");
    for place in (2..lines.len()).filter(|place| is_leaf(lines[*place])) {
        let (before, after) = lines.split_at(place);
        let line = lines[place];
        mutants.push(with([before, &after[1..]].concat()));
        mutants.push(with([before, &[line], after].concat()));
        mutants.push(with([before, &after[1..2], &[line], &after[2..]].concat()));
        let (start, rest) = line.split_once('>').unwrap();
        let (content, end) = rest.split_once('<').unwrap();
        for content in [
            "",
            "x",
            "-1",
            "999999999999999999999",
            "é",
            "true",
            &content.repeat(150),
        ] {
            let changed = format!("{start}>{content}<{end}");
            mutants.push(with([before, &[changed.as_str()], &after[1..]].concat()));
        }
    }
    mutants
}

#[test]
fn our_own_check_refuses_whatever_the_schema_refuses() {
    let file = three();
    let checked = rules::check(&file, 10).unwrap();
    for version in [Pain001Version::V03, Pain001Version::V09] {
        let good = text(&written(&file, version));
        assert_eq!(shape::check(good.as_bytes(), version, &checked), Ok(()));
        let mutants = mutants(&good);
        assert!(mutants.len() > 500);
        let bytes: Vec<_> = mutants
            .iter()
            .map(|mutant| mutant.clone().into_bytes())
            .collect();
        let verdicts = schema::verdicts(&bytes, version.name());
        let mut refused = 0;
        for (mutant, verdict) in mutants.iter().zip(verdicts.into_iter().flatten()) {
            let own = shape::check(mutant.as_bytes(), version, &checked);
            if let Err(said) = verdict {
                assert!(own.is_err(), "{said}\n{mutant}");
                refused += 1;
            }
        }
        println!("{refused} of {} mutants", mutants.len());
        // The other version is refused as well.
        let other = match version {
            Pain001Version::V03 => Pain001Version::V09,
            Pain001Version::V09 => Pain001Version::V03,
        };
        assert!(shape::check(good.as_bytes(), other, &checked).is_err());
    }
    // What the schema cannot know: counts and sums.
    let good = text(&written(&file, Pain001Version::V09));
    for (from, to) in [
        ("<NbOfTxs>3<", "<NbOfTxs>4<"),
        ("<CtrlSum>12345978901.24<", "<CtrlSum>12345978901.25<"),
        (">0.01<", ">0.02<"),
        (">0.01<", ">0.010<"),
        ("Ccy=\"CNY\"", "Ccy=\"USD\""),
    ] {
        let changed = good.replacen(from, to, 1);
        assert!(changed != good);
        assert!(shape::check(changed.as_bytes(), Pain001Version::V09, &checked).is_err());
    }
}
