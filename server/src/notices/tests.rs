#![allow(
    clippy::arithmetic_side_effects,
    reason = "a test that overflows fails, as it should"
)]

use std::collections::BTreeSet;
use std::io::{Cursor, Read};

use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::Event;
use sha2::{Digest, Sha256};
use zhida_policies::values::date::parse_date;

use super::*;

fn calendar() -> WorkingDays {
    WorkingDays::built_in().unwrap()
}

fn row(enterprise: &str, uscc: &str, fen: i64, basis: &str) -> DraftRow {
    DraftRow {
        enterprise: enterprise.to_owned(),
        uscc: Uscc::parse(uscc).unwrap().0,
        amount: Money::from_fen(fen),
        basis: basis.to_owned(),
        standing: AmountStanding::Final,
        persons: Vec::new(),
    }
}

/// Three awards: a company, a sole proprietor, and a company whose amount can still change.
fn draft() -> NoticeDraft {
    let mut proprietor = row(
        "樊城区张三小吃店",
        "92420606MA4ABCDE0X",
        500_000,
        "经营者张三(身份证11010519491231002X,电话13800001234)首次升规",
    );
    proprietor.persons = vec!["张三".to_owned()];
    let mut open = row(
        "襄阳<b>&“示例”材料有限公司",
        "914206020000000430",
        123_456_789,
        "研发费用 12,345,678.90 元,按 10% 计算",
    );
    open.standing = AmountStanding::Provisional;
    NoticeDraft {
        title: "关于拟兑现 2025 年工业企业增长奖励的公示".to_owned(),
        bureau: "襄阳市经济和信息化局".to_owned(),
        policy_title: "襄阳市支持工业经济高质量发展若干措施".to_owned(),
        policy_number: "襄政办发〔2025〕12号".to_owned(),
        measure: "营业收入增长奖励".to_owned(),
        article: "第五条".to_owned(),
        published: parse_date("2025-09-24").unwrap(),
        working_days: 5,
        objections: "市经济和信息化局企业科,电话 0710-3512345,襄阳市樊城区".to_owned(),
        rows: vec![
            row(
                "襄阳示例机械有限公司",
                "91110000802100433B",
                20_000_000,
                "营业收入 1.2 亿元,增长 12.5%",
            ),
            proprietor,
            open,
        ],
        total: Money::from_fen(143_956_789),
        evidence: Evidence {
            sweep: [0xab; 32],
            seal: None,
            log_size: 1_234,
            log_root: [0x01; 32],
            log_signature: [0xf0; 64],
            key: "2025-a".to_owned(),
        },
    }
}

fn sealed() -> NoticeList {
    NoticeList::seal(&draft(), &calendar()).unwrap()
}

/// What a draft is refused with.
#[track_caller]
fn refused(change: impl Fn(&mut NoticeDraft), message: &str) {
    let mut draft = draft();
    change(&mut draft);
    let error = NoticeList::seal(&draft, &calendar()).unwrap_err();
    assert_eq!(error.to_string(), message);
}

#[test]
fn a_draft_that_is_wrong_is_refused() {
    refused(|d| d.rows.clear(), "公示名单没有一家企业,不能公示");
    refused(
        |d| d.total = Money::from_fen(143_956_790),
        "各行合计 1439567.89 元,与核定总额 1439567.90 元不符;请重新生成名单",
    );
    for fen in [0, -1] {
        let amount = Money::from_fen(fen);
        refused(
            |d| d.rows[1].amount = amount,
            &format!("第 2 行:金额 {amount} 元不大于零,不能公示;请核对兑付清单"),
        );
    }
    refused(
        |d| d.rows[0].amount = Money::MAX,
        "各行合计超出可以表示的金额;请分成几份名单",
    );
    refused(
        |d| d.title = " \n".to_owned(),
        "公示名单的“标题”是空的,请填写",
    );
    refused(
        |d| d.rows[2].enterprise.clear(),
        "第 3 行:公示名单的“企业名称”是空的,请填写",
    );
    refused(
        |d| d.rows[0].basis = "长".repeat(2_001),
        "第 1 行:公示名单的“依据”有 2001 个字,最多 2000 个;请改短,系统不会截断",
    );
    refused(
        |d| d.working_days = 0,
        "公示期是 0 个工作日;请按政策写明公示的工作日数",
    );
    // Nobody guesses the holidays of a year without its notice.
    refused(
        |d| d.published = parse_date("2031-05-06").unwrap(),
        "算不出公示截止日:工作日历没有 2031 年的放假安排,不知道 2031-05-07 是不是工作日;\
         请补充国务院办公厅关于 2031 年的通知",
    );
}

#[test]
fn the_last_day_follows_the_calendar() {
    // 25, 26, 28 (a Sunday of work), 29 and 30 September 2025.
    assert_eq!(sealed().until().to_string(), "2025-09-30");
    assert_eq!(sealed().total(), Money::from_fen(143_956_789));
}

#[test]
fn the_seal_of_the_sweep_stands_on_every_form() {
    let mut draft = draft();
    draft.evidence.seal = Some([0x5e; 32]);
    let list = NoticeList::seal(&draft, &calendar()).unwrap();
    let seal = "5e".repeat(32);
    for text in [list.canonical_text(), list.html(), list.csv()] {
        assert!(text.contains(&seal), "{text}");
    }
    assert!(part(&list, "xl/sharedStrings.xml").contains(&seal));
}

#[test]
fn the_page_reads_like_this() {
    let html = sealed().html();
    let style = html.find("<style>").unwrap()..html.find("</style>").unwrap();
    let mut short = html.clone();
    short.replace_range(style, "<style>…");
    let source = NoticeList::style_source();
    insta::assert_snapshot!("notice_html", short.replace(&source, "STYLE"));
}

#[test]
fn the_table_for_spreadsheets_reads_like_this() {
    let csv = sealed().csv();
    assert!(csv.starts_with('\u{feff}'));
    let shown = csv.replace("\r\n", "␍\n").replace('\u{feff}', "[BOM]");
    insta::assert_snapshot!("notice_csv", shown);
}

#[test]
fn the_digest_is_that_of_the_text_and_stands_on_every_form() {
    let list = sealed();
    let text = list.canonical_text();
    insta::assert_snapshot!("notice_canonical", text);
    let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    assert_eq!(digest, list.digest());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(list.html().contains(&hex));
    assert!(list.csv().contains(&hex));
    assert!(strings(&list).contains(&hex));
    // Each fact of the list moves the digest.
    let changes: [fn(&mut NoticeDraft); 9] = [
        |d| d.title.push('一'),
        |d| d.working_days = 6,
        |d| d.rows.swap(0, 1),
        |d| d.rows[0].standing = AmountStanding::Provisional,
        |d| d.rows[0].basis.push('。'),
        |d| d.evidence.seal = Some([0x5e; 32]),
        |d| d.evidence.log_size = 1_235,
        |d| d.evidence.key.push('b'),
        |d| d.objections.push('号'),
    ];
    let mut digests = BTreeSet::from([digest]);
    for change in changes {
        let mut draft = draft();
        change(&mut draft);
        let changed = NoticeList::seal(&draft, &calendar()).unwrap();
        assert!(digests.insert(changed.digest()));
    }
}

#[test]
fn the_same_list_gives_the_same_bytes() {
    let (one, other) = (sealed(), sealed());
    assert_eq!(one.html(), other.html());
    assert_eq!(one.csv(), other.csv());
    assert_eq!(one.xlsx().unwrap(), other.xlsx().unwrap());
    // Equal bytes within one second prove nothing of the clock: the times inside do.
    let core = part(&one, "docProps/core.xml");
    let times = core.matches("2025-09-24T00:00:00Z").count();
    assert_eq!(times, 2, "{core}");
    let bytes = one.xlsx().unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    for place in 0..archive.len() {
        let file = archive.by_index(place).unwrap();
        let time = file.last_modified().unwrap();
        assert_eq!((time.year(), time.month(), time.day()), (1980, 1, 1));
    }
}

#[test]
fn the_page_asks_nothing_of_anybody() {
    let html = sealed().html();
    let lower = html.to_lowercase();
    for outside in [
        "<script", "http:", "https:", "//", "url(", "@import", "src=", "<link", "<img",
    ] {
        assert!(!lower.contains(outside), "{outside}");
    }
    // The policy of the page allows its own style and nothing else: the digest is checked
    // against the text between the tags, as browsers do.
    let style = html
        .split_once("<style>")
        .unwrap()
        .1
        .split_once("</style>")
        .unwrap()
        .0;
    assert!(!style.contains('<'));
    let digest = Sha256::digest(style.as_bytes());
    assert_eq!(NoticeList::style_source().len(), "'sha256-'".len() + 44);
    assert_eq!(
        decoded(&NoticeList::style_source()["'sha256-".len()..][..44]),
        digest.to_vec()
    );
    assert!(html.contains(&format!("style-src {}\">", NoticeList::style_source())));
}

/// Base64 read by its definition: six bits a letter.
fn decoded(text: &str) -> Vec<u8> {
    let letters = ('A'..='Z')
        .chain('a'..='z')
        .chain('0'..='9')
        .chain(['+', '/']);
    let letters: Vec<char> = letters.collect();
    let bits: String = text
        .trim_end_matches('=')
        .chars()
        .map(|c| format!("{:06b}", letters.iter().position(|l| *l == c).unwrap()))
        .collect();
    bits.as_bytes()
        .chunks_exact(8)
        .map(|byte| u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2).unwrap())
        .collect()
}

/// One part of the workbook.
fn part(list: &NoticeList, name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(list.xlsx().unwrap())).unwrap();
    let mut text = String::new();
    let mut file = archive.by_name(name).unwrap();
    file.read_to_string(&mut text).unwrap();
    text
}

/// All texts of the workbook.
fn strings(list: &NoticeList) -> Vec<String> {
    let xml = part(list, "xl/sharedStrings.xml");
    let mut reader = Reader::from_str(&xml);
    let (mut texts, mut open) = (Vec::new(), None::<String>);
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) if tag.name().as_ref() == "t" => open = Some(String::new()),
            Event::End(tag) if tag.name().as_ref() == "t" => texts.extend(open.take()),
            Event::Text(text) => {
                if let Some(open) = &mut open {
                    open.push_str(&text);
                }
            }
            Event::GeneralRef(entity) => {
                let plain = match &*entity {
                    "amp" => "&",
                    "lt" => "<",
                    "gt" => ">",
                    "quot" => "\"",
                    other => panic!("entity {other}"),
                };
                open.as_mut().unwrap().push_str(plain);
            }
            Event::Eof => return texts,
            Event::Start(_)
            | Event::End(_)
            | Event::Empty(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_) => {}
        }
    }
}

#[test]
fn the_workbook_has_text_cells_only() {
    let mut draft = draft();
    draft.rows[0].enterprise = "=HYPERLINK(\"http://x\",\"y\")".to_owned();
    draft.rows[0].basis = "＝cmd|' /C calc'!A0".to_owned();
    let list = NoticeList::seal(&draft, &calendar()).unwrap();
    let sheet = part(&list, "xl/worksheets/sheet1.xml");
    assert!(!sheet.contains("<f>") && !sheet.contains("<f "), "{sheet}");
    // Every cell with a value is a shared text.
    let values = sheet.matches("<v>").count();
    assert_eq!(sheet.matches("t=\"s\"").count(), values);
    assert!(values > 30);
    let texts = strings(&list);
    for text in [
        "=HYPERLINK(\"http://x\",\"y\")",
        "1439567.89",
        "914206020000000430",
    ] {
        assert!(texts.iter().any(|t| t == text), "{text}: {texts:?}");
    }
    // What would be a formula if it were typed in keeps its quotation mark.
    assert!(part(&list, "xl/styles.xml").contains("quotePrefix=\"1\""));
    let mut archive = zip::ZipArchive::new(Cursor::new(list.xlsx().unwrap())).unwrap();
    for place in 0..archive.len() {
        let name = archive
            .by_index(place)
            .unwrap()
            .name()
            .unwrap()
            .into_owned();
        assert!(
            !name.contains("vba") && !name.contains("external"),
            "{name}"
        );
    }
}

#[test]
fn spreadsheets_cannot_misread_a_field() {
    for text in [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\0=1",
        "＝1",
        "＋1",
        "－1",
        "＠1",
        " =1",
        "\u{3000}=1",
        "\n=1",
    ] {
        assert!(sheet::begins_formula(text), "{text:?}");
    }
    for text in ["", "襄阳=示例", "1-2", "'=1", "第五条"] {
        assert!(!sheet::begins_formula(text), "{text:?}");
    }
    for text in [
        "914206020000000430",
        "9142060200E0000430",
        "1234567890123456",
        "1e5",
    ] {
        assert!(sheet::loses_digits(text), "{text:?}");
    }
    for text in [
        "91110000802100433B",
        "123456789012345",
        "1439567.89",
        "E5",
        "5e",
        "",
    ] {
        assert!(!sheet::loses_digits(text), "{text:?}");
    }
}

/// A reader of RFC 4180 of our own: records of fields.
fn records(csv: &str) -> Vec<Vec<String>> {
    let mut characters = csv.strip_prefix('\u{feff}').unwrap().chars().peekable();
    let (mut records, mut record, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut quoted = false;
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                field.push('"');
                characters.next();
            }
            '"' if quoted => quoted = false,
            '"' if field.is_empty() => quoted = true,
            ',' if !quoted => record.push(std::mem::take(&mut field)),
            '\r' if !quoted => {
                assert_eq!(characters.next(), Some('\n'));
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            other => field.push(other),
        }
    }
    assert!(record.is_empty() && field.is_empty() && !quoted);
    records
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever the texts hold, the forms are whole, the sums hold and nothing of a person shows.
    #[test]
    fn any_list_is_written_safely(
        names in prop::collection::vec("[\0\t\r\n=+@'\",<>&＝－a-zA-Z0-9甲乙丙 -]{1,20}", 1..6),
        basis in "[^\u{0}]{1,30}",
        fens in prop::collection::vec(1i64..10_000_000_000, 6),
        phone in "1[3-9][0-9]{9}",
        account in "[0-9]{13,32}",
    ) {
        let mut draft = draft();
        draft.rows = names
            .iter()
            .zip(&fens)
            .map(|(name, fen)| {
                let basis = format!("{basis}甲{phone}乙{account}丙");
                row(&format!("甲{name}"), "914206020000000430", *fen, &basis)
            })
            .collect();
        draft.rows[0].enterprise = names[0].clone();
        draft.total = Money::from_fen(fens.iter().take(names.len()).sum());
        let Ok(list) = NoticeList::seal(&draft, &calendar()) else {
            prop_assert!(names[0].trim().is_empty());
            return Ok(());
        };
        let (html, csv, strings) = (list.html(), list.csv(), strings(&list));
        for form in [&html, &csv, &strings.join("\n"), &list.canonical_text()] {
            prop_assert!(!form.contains(&phone) && !form.contains(&account));
            prop_assert!(form.contains("914206020000000430"));
        }
        let records = records(&csv);
        prop_assert!(records.iter().all(|record| record.len() == 6));
        prop_assert!(records.iter().flatten().all(|field| !sheet::begins_formula(field)));
        let fen = |text: &str| text.parse::<Money>().unwrap().fen();
        let rows = &records[1..=names.len()];
        let sum: i64 = rows.iter().map(|record| fen(&record[3])).sum();
        prop_assert_eq!(sum, fen(&records[names.len() + 1][3]));
        prop_assert!(!part(&list, "xl/worksheets/sheet1.xml").contains("<f"));
        // The page is well formed: every tag that our markup opens is closed, and no other opens.
        prop_assert_eq!(html.matches('<').count(), html.matches('>').count());
        prop_assert_eq!(html.matches("<tr").count(), names.len() + 2);
        prop_assert_eq!(html.matches("<td").count(), names.len() * 6 + 2);
        prop_assert_eq!(list.canonical_text().lines().count(), 18 + names.len());
    }
}
