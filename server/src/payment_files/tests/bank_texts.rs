//! Bank text files by profile: golden files, widths in bytes, what is refused.

use super::batch::{CODES, any_batch, batch, line, three};
use crate::payment_files::encoding::TextEncoding;
use crate::payment_files::{
    ChargeBearer, Pain001Options, Pain001Version, PaymentFile, PaymentFormat, PaymentLine, Profile,
    Refusal, Refused, WrittenFile, formats, write,
};
use proptest::prelude::*;

/// A change that makes a payment unfit for a form.
type Change = dyn Fn(&mut PaymentLine);
/// A form, the field that is refused, the change, and a part of the reason.
type Row<'a> = (&'a str, &'a str, &'a Change, &'a str);

/// A built-in profile.
pub(super) fn profile(id: &str) -> Profile {
    Profile::built_in().unwrap().remove(id).unwrap()
}

fn text_form(profile: Profile) -> PaymentFormat {
    PaymentFormat::Text(Box::new(profile))
}

fn written(file: &PaymentFile, profile: Profile) -> Vec<WrittenFile> {
    write(file, &text_form(profile)).unwrap()
}

fn refused(file: &PaymentFile, profile: Profile) -> Vec<(Option<usize>, String, String)> {
    let Refused(list) = write(file, &text_form(profile)).unwrap_err();
    let fields = list.into_iter().map(|refusal| {
        let Refusal {
            line,
            field,
            reason,
            ..
        } = refusal;
        (line, field, reason)
    });
    fields.collect()
}

fn people() -> PaymentFile {
    let ids = ["11010519491231002X", "440524188001010014"];
    let person = |number: usize| PaymentLine {
        payee_name: ["张三", "李四", "王𬭎", "买买提·艾力", "赵六"][number - 1].to_owned(),
        payee_account: "6200000000000005".to_owned(),
        payee_uscc: None,
        payee_resident_id: ids.get(number - 1).map(|id| (*id).to_owned()),
        ..line(number)
    };
    batch((1..=5).map(person).collect())
}

#[test]
fn the_binary_knows_its_forms() {
    let ids: Vec<String> = formats().unwrap().into_keys().collect();
    assert_eq!(
        ids,
        [
            "budget-feed",
            "gbk-csv",
            "gbk-csv-split",
            "pain.001.001.03",
            "pain.001.001.03/DEBT",
            "pain.001.001.03/SHAR",
            "pain.001.001.09",
            "pain.001.001.09/DEBT",
            "pain.001.001.09/SHAR",
            "payroll-pipe"
        ]
    );
    for format in formats().unwrap().values() {
        let is_text = matches!(format, PaymentFormat::Text(_));
        assert_eq!(format.profile().is_some(), is_text);
        assert_eq!(format.lines_max().is_none(), is_text);
        if let Some(profile) = format.profile() {
            assert_eq!(profile.sha256.len(), 64);
            assert!(profile.answer.is_some());
        }
    }
}

#[test]
fn the_default_form_in_gbk() {
    let files = written(&three(), profile("gbk-csv"));
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].name, "B20260315000001A1-01.csv");
    let (text, _, wrong) = encoding_rs::GBK.decode(&files[0].bytes);
    assert!(!wrong && text.lines().count() == 5);
    assert_eq!(text.matches("\r\n").count(), 5);
    // 示例 in GBK, as CPython writes it.
    let name = b"\xca\xbe\xc0\xfd\xbb\xfa\xd0\xb5";
    assert!(files[0].bytes.windows(8).any(|window| window == name));
    insta::assert_snapshot!("gbk_csv", text.replace('\r', ""));
}

/// A form with a column for the name of the payee's bank is not written with an empty one; a form
/// without it does not ask.
#[test]
fn the_name_of_a_bank_is_wanted_where_the_form_has_it() {
    for missing in [None, Some(String::new()), Some(" ".to_owned())] {
        let mut file = batch(vec![line(1), line(2)]);
        file.blocks[0].lines[1].payee_bank_name = missing.clone().filter(|name| !name.is_empty());
        for form in ["gbk-csv", "gbk-csv-split"] {
            let found = refused(&file, profile(form));
            let [(Some(2), field, reason)] = found.as_slice() else {
                panic!("{form} {missing:?}: {found:?}");
            };
            assert!(field == "收款行名" && reason.contains("为空"), "{reason}");
        }
        // A message can do without it; a name of blanks is none.
        let options = Pain001Options::new(Pain001Version::V09, ChargeBearer::Slev);
        let message = write(&file, &PaymentFormat::Pain001(options));
        let is_blank = missing.is_some_and(|name| !name.is_empty());
        assert_eq!(message.is_err(), is_blank);
    }
}

#[test]
fn payments_inside_the_bank_go_first_and_apart() {
    let files = written(&three(), profile("gbk-csv-split"));
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(
        names,
        ["B20260315000001A1-01.csv", "B20260315000001A1-02.csv"]
    );
    // The second payment goes to the bank 105.
    assert_eq!(files[0].end_to_end_ids, ["E7QK2M9X4T1B0002"]);
    assert_eq!(files[0].total_fen, 1);
    assert_eq!(
        files[1].end_to_end_ids,
        ["E7QK2M9X4T1B0001", "E7QK2M9X4T1B0003"]
    );
    let texts: Vec<String> = files
        .iter()
        .map(|file| TextEncoding::Gb18030.decode(&file.bytes).unwrap())
        .collect();
    insta::assert_snapshot!("gbk_csv_split", texts.join("--------\n").replace('\r', ""));
    // A class that many banks share does not decide: 313 is not the own bank of a payer in 313651.
    let mut own = profile("gbk-csv-split");
    own.own_bank_codes = vec!["313651".to_owned()];
    let mut two = batch(vec![
        line(1),
        PaymentLine {
            payee_cnaps: CODES[2].to_owned(),
            ..line(2)
        },
    ]);
    assert_eq!(
        written(&two, own.clone())[0].end_to_end_ids,
        ["E7QK2M9X4T1B0002"]
    );
    // All to other banks: one file.
    two.blocks[0].lines.pop();
    assert_eq!(written(&two, own).len(), 1);
}

#[test]
fn wages_and_the_feed_of_a_budget_system() {
    let files = written(&people(), profile("payroll-pipe"));
    let text = TextEncoding::Gb18030.decode(&files[0].bytes).unwrap();
    insta::assert_snapshot!("payroll_pipe", text.replace('\r', ""));
    let files = written(&three(), profile("budget-feed"));
    let text = String::from_utf8(files[0].bytes.clone()).unwrap();
    assert!(!text.contains('\r') && !text.starts_with('\u{feff}'));
    insta::assert_snapshot!("budget_feed", text);
}

#[test]
fn a_long_batch_becomes_several_files() {
    let file = batch((1..=2_001).map(line).collect());
    let files = written(&file, profile("gbk-csv"));
    let counts: Vec<usize> = files.iter().map(|file| file.count).collect();
    assert_eq!(counts, [1_000, 1_000, 1]);
    let total: i64 = files.iter().map(|file| file.total_fen).sum();
    assert_eq!(total, 2_001 * 30_000_000);
    assert_eq!(files[2].name, "B20260315000001A1-03.csv");
    let ids = files.iter().flat_map(|file| &file.end_to_end_ids);
    assert!(ids.eq(file.lines().map(|(_, _, line)| &line.end_to_end_id)));
    // Fewer than the bank takes.
    let few = refused(&batch(vec![line(1)]), profile("payroll-pipe"));
    assert_eq!((few[0].0, few[0].1.as_str()), (None, "笔数"));
}

#[test]
fn what_the_form_cannot_say_is_refused() {
    let with = |change: &Change, id: &str| {
        let mut changed = line(2);
        change(&mut changed);
        refused(&batch(vec![line(1), changed]), profile(id))
    };
    let rows: [Row<'_>; 8] = [
        (
            "gbk-csv",
            "收款户名",
            &|line| line.payee_name = "王𬭎".to_owned(),
            "GBK 没有的字符“𬭎”",
        ),
        (
            "gbk-csv",
            "收款户名",
            &|line| line.payee_name = "买买提•艾力".to_owned(),
            "字符“•”",
        ),
        (
            "gbk-csv",
            "附言",
            &|line| line.remittance = "奖励€".to_owned(),
            "字符“€”",
        ),
        // Sixty-one characters are 122 bytes.
        (
            "gbk-csv",
            "收款户名",
            &|line| line.payee_name = "示".repeat(61),
            "占 122 字节",
        ),
        (
            "gbk-csv",
            "收款户名",
            &|line| line.payee_name = "示例,公司".to_owned(),
            "分隔符",
        ),
        (
            "gbk-csv",
            "附言",
            &|line| line.remittance = "\"高企\"".to_owned(),
            "引号",
        ),
        (
            "gbk-csv",
            "收款账号",
            &|line| line.payee_account = "6E9".to_owned(),
            "科学计数",
        ),
        (
            "gbk-csv-split",
            "收款户名",
            &|line| line.payee_name = "示,例".to_owned(),
            "分隔符",
        ),
    ];
    for (id, field, change, reason) in rows {
        let list = with(change, id);
        assert_eq!(list.len(), 1, "{list:?}");
        assert_eq!((list[0].0, list[0].1.as_str()), (Some(2), field));
        assert!(list[0].2.contains(reason), "{list:?}");
    }
}

#[test]
fn widths_are_bytes_and_wage_lists_have_no_blanks() {
    // Sixty characters fit; in GB18030 some of them have four bytes.
    let name = |name: String| {
        batch(vec![PaymentLine {
            payee_name: name,
            ..line(1)
        }])
    };
    assert!(write(&name("示".repeat(60)), &text_form(profile("gbk-csv"))).is_ok());
    assert!(write(&name("𬭎".repeat(30)), &text_form(profile("gbk-csv-split"))).is_ok());
    let long = refused(&name("𬭎".repeat(31)), profile("gbk-csv-split"));
    assert!(long[0].2.contains("占 124 字节"));
    // No blank inside a name of a wage list.
    let mut file = people();
    file.blocks[0].lines[1].payee_name = "李 四".to_owned();
    file.blocks[0].lines[2].payee_name = "王|五".to_owned();
    let list = refused(&file, profile("payroll-pipe"));
    let fields: Vec<_> = list
        .iter()
        .map(|(line, field, _)| (*line, field.as_str()))
        .collect();
    assert_eq!(fields, [(Some(2), "姓名"), (Some(3), "姓名")]);
}

#[test]
fn bank_files_get_no_quotes_against_formulas_and_other_forms_quote_only_where_needed() {
    // A remittance that looks like a formula stays as it is: it is the bank's text.
    let file = batch(vec![PaymentLine {
        remittance: "-3月奖励".to_owned(),
        ..line(1)
    }]);
    let text = encoding_rs::GBK
        .decode(&written(&file, profile("gbk-csv"))[0].bytes)
        .0
        .into_owned();
    assert!(text.contains(",-3月奖励,") && !text.contains('\''));
    let mut file = three();
    file.blocks[0].lines[0].remittance = "甲,\"乙\"".to_owned();
    let text = String::from_utf8(written(&file, profile("budget-feed"))[0].bytes.clone()).unwrap();
    assert!(text.contains(",\"E7QK2M9X4T1B0001 甲,\"\"乙\"\"\"\n"));
}

#[test]
fn profiles_that_contradict_themselves_are_refused() {
    let good = crate::embedded::PROFILES
        .iter()
        .find(|(name, _)| *name == "gbk-csv-split.toml")
        .unwrap()
        .1;
    assert!(Profile::parse(good).is_ok());
    for (from, to, fault) in [
        ("id = \"gbk-csv-split\"", "id = \"../x\"", "id 只能"),
        ("separator = \",\"", "separator = \"1\"", "separator"),
        ("lines_max = 50", "lines_max = 0", "lines_min"),
        (
            "own_bank_codes = [\"105\"]",
            "own_bank_codes = []",
            "own_bank_codes",
        ),
        (
            "own_bank_codes = [\"105\"]",
            "own_bank_codes = [\"建行\"]",
            "own_bank_codes",
        ),
        (
            "in_bank_word = \"行内\"",
            "in_bank_word = \"\"",
            "in_bank_word",
        ),
        (
            "source = \"payee-account\"",
            "source = \"payer-bank-name\"",
            "payee-account",
        ),
        ("source = \"amount\"", "source = \"currency\"", "金额列"),
        ("text = \"财政惠企资金\"", "text = \"\"", "constant"),
        (
            "file_name = \"{message_id}-{part}.csv\"",
            "file_name = \"a.csv\"",
            "重名",
        ),
        (
            "file_name = \"{message_id}-{part}.csv\"",
            "file_name = \"../{message_id}-{part}\"",
            "file_name",
        ),
        ("\"{sealed_date}\"", "\"{today}\"", "占位"),
        ("byte", "bite", "unknown field"),
        ("encoding = \"GB18030\"", "encoding = \"UTF-16\"", "UTF-16"),
        (
            "line_end = \"CRLF\"",
            "line_end = \"CRLF\"\nbyte_order_mark = true",
            "byte_order_mark",
        ),
        ("source = \"status\"", "source = \"ignored\"", "status 列"),
        (
            "title = \"原因\"\nsource = \"reason\"",
            "title = \"原因\"\nsource = \"name\"",
            "来源相同",
        ),
        ("\"成功\" = \"booked\"", "\"成功\" = \"paid\"", "paid"),
    ] {
        assert!(good.contains(from), "{from}");
        let error = Profile::parse(&good.replace(from, to)).unwrap_err();
        assert!(error.to_string().contains(fault), "{to}: {error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_same_batch_gives_the_same_bytes(file in any_batch()) {
        for format in formats().unwrap().values() {
            prop_assert_eq!(write(&file, format), write(&file.clone(), format));
        }
    }

    #[test]
    fn every_payment_is_in_exactly_one_file(file in any_batch()) {
        // UTF-8 with quotes can say every batch that may go out.
        let files = written(&file, profile("budget-feed"));
        let mut ids: Vec<_> = files.iter().flat_map(|file| file.end_to_end_ids.clone()).collect();
        ids.sort();
        let mut expected: Vec<_> =
            file.lines().map(|(_, _, line)| line.end_to_end_id.clone()).collect();
        expected.sort();
        prop_assert_eq!(ids, expected);
        let total: i64 = files.iter().map(|file| file.total_fen).sum();
        prop_assert_eq!(total, file.lines().map(|(_, _, line)| line.amount_fen).sum::<i64>());
        for file in &files {
            let lines = file.bytes.iter().filter(|byte| **byte == b'\n').count();
            prop_assert_eq!(lines, file.count + 2);
        }
    }
}
