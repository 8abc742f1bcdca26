#![allow(
    clippy::arithmetic_side_effects,
    reason = "a test that overflows fails, as it should"
)]

use proptest::prelude::*;

use super::*;

const ALL: [Audience; 5] = [
    Audience::Public,
    Audience::Official,
    Audience::PaymentStaff,
    Audience::Sealing,
    Audience::Enterprise,
];
/// The two examples that GB 11643 prints.
const IDS: [&str; 2] = ["11010519491231002X", "440524188001010014"];

/// What each audience sees, in the order of the columns of the table of masking; payment staff
/// twice, at their work and while sealing.
#[track_caller]
fn check(show: impl Fn(Audience) -> String, expected: [&str; 5]) {
    for (audience, expected) in ALL.into_iter().zip(expected) {
        assert_eq!(show(audience), expected, "{audience:?}");
    }
}

#[test]
fn the_table_of_masking() {
    let name = "襄阳示例机械有限公司";
    check(|who| enterprise_name(name, who), [name; 5]);
    check(
        |who| person_name("张三丰", who),
        ["张*", "张三丰", "张三丰", "张三丰", "张三丰"],
    );
    let id = "350500199001011237";
    let masked = "3505***********37";
    check(
        |who| resident_id(id, who),
        ["〔身份证号已隐去〕", masked, id, id, id],
    );
    let mobile = "13800001234";
    let masked = "138****1234";
    check(
        |who| phone(mobile, who),
        ["〔电话已隐去〕", masked, mobile, mobile, mobile],
    );
    let account = "6222020200112233445";
    let last = "****3445";
    check(
        |who| bank_account(account, who),
        ["〔账号已隐去〕", last, last, account, last],
    );
    let code = Uscc::parse("91110000802100433B").unwrap().0;
    check(|who| uscc(code, who), ["91110000802100433B"; 5]);
}

#[test]
fn short_and_odd_values_show_less() {
    assert_eq!(person_name("", Audience::Public), "*");
    assert_eq!(person_name("  欧阳娜娜 ", Audience::Public), "欧*");
    assert_eq!(person_name("阿卜杜拉·买买提", Audience::Public), "阿*");
    assert_eq!(phone("3512345", Audience::Official), "****");
    assert_eq!(bank_account("1234567", Audience::Official), "****");
    assert_eq!(bank_account("12345678", Audience::Official), "****5678");
    assert_eq!(resident_id("35", Audience::Official), "***********");
}

#[test]
fn the_trade_name_of_a_sole_proprietor_stays_and_the_owner_does_not() {
    assert_eq!(
        enterprise_name("樊城区张三小吃店", Audience::Public),
        "樊城区张三小吃店"
    );
    let text = PublicText::of("经营者张三丰、张三提出申请", &["张三", "张三丰"]);
    assert_eq!(text.as_str(), "经营者张*、张*提出申请");
}

#[test]
fn the_check_digit_of_a_resident_id() {
    for id in IDS {
        assert!(number::is_resident_id(id), "{id}");
        // GB 11643: one changed check character is always told.
        for other in "0123456789X".chars().filter(|c| !id.ends_with(*c)) {
            assert!(!number::is_resident_id(&format!("{}{other}", &id[..17])));
        }
    }
    // There is no month 13, whatever the check character.
    for digit in "0123456789X".chars() {
        assert!(!number::is_resident_id(&format!(
            "11010519491331002{digit}"
        )));
    }
    for wrong in [
        "",
        "1",
        "11010519491231002",
        "11010519491231002XX",
        "一1010519491231002X",
    ] {
        assert!(!number::is_resident_id(wrong), "{wrong}");
    }
}

/// A text as everybody sees it.
#[track_caller]
fn public(text: &str, expected: &str) {
    assert_eq!(PublicText::of(text, &[]).as_str(), expected);
}

#[test]
fn numbers_of_persons_leave_free_text() {
    let (id, phone, account) = ("〔身份证号已隐去〕", "〔电话已隐去〕", "〔账号已隐去〕");
    public("身份证11010519491231002X,电话", &format!("身份证{id},电话"));
    public("11010519491231002x", id);
    public("１１０１０５１９４９１２３１００２Ｘ", id);
    public("110105 19491231 002X", id);
    public("联系13800001234", &format!("联系{phone}"));
    for spelled in [
        "138 0000 1234",
        "138-0000-1234",
        "138.0000.1234",
        "138·0000·1234",
        "(+86)13800001234",
        "0086 138 0000 1234",
        "１３８００００１２３４",
        "一三八零零零零一二三四",
        "幺三八〇〇〇〇幺二三四",
        "1\u{200b}3\u{200b}8\u{200b}0\u{200b}0\u{200b}0\u{200b}0\u{200b}1234",
        "①③⑧00001234",
        "𝟏𝟑𝟖00001234",
        "0710-3512345",
        "(0710)3512345",
        "010 88886666",
    ] {
        let shown = PublicText::of(spelled, &[]);
        assert!(shown.as_str().ends_with(phone), "{spelled}: {shown:?}");
        assert!(!shown.as_str().contains("1234"), "{spelled}: {shown:?}");
    }
    // Digits of a script whose values are not read here count all the same.
    public("١٣٨٠٠٠٠١٢٣٤", phone);
    public("汇入6222020200112233445行", &format!("汇入{account}行"));
    public("6222 0202 0011 2233 445", account);
    // Fifteen digits of an old ID, a wrong check digit, digits before and after a right one.
    public("110105491231002", account);
    public("110105194912310021", account);
    public("911010519491231002X0", &format!("{account}0"));
    // Eighteen of its digits are a right resident ID by chance; it is an account all the same.
    assert!(number::is_resident_id("222020200112233445"));
    public(
        "电话13800001234元旦后联系",
        &format!("电话{phone}元旦后联系"),
    );
}

#[test]
fn figures_of_a_finding_stay() {
    for text in [
        "2024年营业收入 1,234,567,890.12 元,比2023年增长12.5%",
        "研发费用15345678.90元",
        "营业收入12,345,678,901元",
        "期间 2025-03-01 2025-12-31",
        "期间 2025.1.1-2025.12.31",
        "2025/01/01 - 2025/12/31",
        "襄政办发〔2025〕12号第五条",
        "2025-03-01 12:30:45",
        "缴纳社保 120 人,12 个月",
        "第一二三四条",
        "10086",
        "400-820-8820",
    ] {
        public(text, text);
    }
    // The last character of a name is no digit of the number behind it.
    public("张三13800001234李四", "张三〔电话已隐去〕李四");
    public("李四 6222020200112233445", "李四 〔账号已隐去〕");
    // The same figures in the shape of a phone or an account are not.
    for text in [
        "15345678901元",
        "1534567890123.45元",
        "2025-03-01 20251231 00",
    ] {
        assert_ne!(PublicText::of(text, &[]).as_str(), text);
    }
}

#[test]
fn other_audiences_see_in_free_text_what_the_table_gives_them() {
    let parts = |id: &str, phone: &str, account: &str| format!("张三{id}、{phone}、{account}。");
    let (id, phone) = ("110105 19491231 002X", "138 0000 1234");
    let account = "6222 0202 0011 2233 445";
    let text = parts(id, phone, account);
    let text_of = |who| free_text(&text, &["张三"], who);
    assert_eq!(
        text_of(Audience::Official),
        parts("1101***********2X", "138****1234", "****3445")
    );
    assert_eq!(
        text_of(Audience::PaymentStaff),
        parts(id, phone, "****3445")
    );
    assert_eq!(text_of(Audience::Sealing), text);
}

#[test]
fn a_resident_id_in_the_field_of_a_code_is_none() {
    // Both IDs fit the alphabet of the code, and its check character tells that they are none.
    for id in IDS {
        let (code, warning) = Uscc::parse(id).unwrap();
        assert!(warning.is_some());
        assert_eq!(uscc(code, Audience::Public), "〔身份证号已隐去〕");
    }
    // Early codes with wrong check characters are legal.
    let early = Uscc::parse("91350100M0001TGQXM").unwrap().0;
    assert_eq!(uscc(early, Audience::Public), "91350100M0001TGQXM");
}

#[test]
fn a_public_text_is_one_line_of_visible_characters() {
    public("甲\n乙\r丙\0丁\u{7f}", "甲 乙␍丙␀丁␡");
    public("\t=1+1", "=1+1");
    public(
        "甲\u{202e}乙\u{feff}丙\u{ffff}",
        "甲\u{fffd}乙\u{fffd}丙\u{fffd}",
    );
    public(" 甲 ", "甲");
}

/// A resident ID with the right check digit, computed here from the standard's formula.
fn any_id() -> impl Strategy<Value = String> {
    (
        1u64..=8,
        10_000u64..=99_999,
        1900i16..=2025,
        1i8..=12,
        1i8..=28,
        0u64..=999,
    )
        .prop_map(|(first, region, year, month, day, serial)| {
            let body = format!("{first}{region}{year}{month:02}{day:02}{serial:03}");
            // ISO 7064 MOD 11-2: the check is what makes Σ value × 2^place ≡ 1 (mod 11).
            let sum: u32 = body
                .bytes()
                .rev()
                .zip(1u32..)
                .map(|(byte, place)| u32::from(byte - b'0') * (1 << place) % 11)
                .sum();
            let check = (12 - sum % 11) % 11;
            let check = if check == 10 {
                'X'
            } else {
                char::from_digit(check, 10).unwrap()
            };
            format!("{body}{check}")
        })
}

/// Any number that the public must not see.
fn any_secret() -> impl Strategy<Value = String> {
    prop_oneof![any_id(), "1[3-9][0-9]{9}", "[0-9]{13,32}", "[1-9][0-9]{14}"]
}

/// How a digit is written, and what stands behind it.
fn any_spelling() -> impl Strategy<Value = Vec<(u8, String)>> {
    let part = prop_oneof![
        5 => Just(String::new()),
        1 => "[ \u{3000}\t\n]{1,3}",
        1 => "[-－—–_·/\u{2212}]",
        1 => "[\u{200b}\u{ad}\u{2060}\u{feff}]{1,2}",
        1 => " ?- ?",
    ];
    prop::collection::vec((0u8..3, part), 33)
}

fn spell(secret: &str, spelling: &[(u8, String)]) -> String {
    let count = secret.chars().count();
    let mut text = String::new();
    for (place, (character, (dress, part))) in secret.chars().zip(spelling).enumerate() {
        let value = character.to_digit(10);
        let dressed = match (dress, value) {
            (1, Some(value)) => char::from_u32(0xff10 + value).unwrap(),
            (2, Some(value)) => ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九']
                [usize::try_from(value).unwrap()],
            _ => character,
        };
        text.push(dressed);
        if place + 1 < count {
            text.push_str(part);
        }
    }
    text
}

/// The digits of a text as a reader would note them, whatever their dress.
fn noted(text: &str) -> String {
    let spelled = "零一二三四五六七八九";
    text.chars()
        .filter_map(|c| {
            let full = u32::from(c).checked_sub(0xff10).filter(|value| *value < 10);
            let word = spelled.chars().position(|s| s == c);
            let word = word.and_then(|place| u32::try_from(place).ok());
            c.to_digit(10).or(full).or(word)
        })
        .map(|value| char::from_digit(value, 10).unwrap())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// No number of a person survives, wherever it stands and however it is spelled; not even
    /// five of its digits in a row do.
    #[test]
    fn nothing_survives_in_public(
        secret in any_secret(),
        spelling in any_spelling(),
        before in "[0-9]{0,3}|[甲乙丙元年::、,。A-Za-z〔〕]{0,8}",
        behind in "[0-9]{0,3}|[甲乙丙年::、,。A-WYZa-wyz〔〕]{0,8}",
    ) {
        let text = format!("{before}{}{behind}", spell(&secret, &spelling));
        let shown = PublicText::of(&text, &[]);
        let left = noted(shown.as_str());
        let digits = secret.trim_end_matches('X').as_bytes();
        for part in digits.windows(5) {
            let part = std::str::from_utf8(part).unwrap();
            let of_the_frame = format!("{before} {behind}").contains(part);
            prop_assert!(!left.contains(part) || of_the_frame, "{text:?} shows {shown:?}");
        }
        let name = PublicText::of_enterprise(&text);
        prop_assert_eq!(name, shown);
    }

    /// The generator above agrees with the table of weights, so that it makes real numbers.
    #[test]
    fn generated_ids_are_right(id in any_id()) {
        prop_assert!(number::is_resident_id(&id), "{id}");
        prop_assert!(!PublicText::of(&id, &[]).as_str().contains(&id[..6]));
        let found = PublicText::of(&id, &[]);
        prop_assert_eq!(found.as_str(), "〔身份证号已隐去〕");
    }

    /// A right code in its own field is shown, also one of digits alone.
    #[test]
    fn a_right_code_is_never_masked(
        division in "[1-8][0-9]{5}",
        organisation in "[0-9]{8}|[0-9A-HJ-NPQRTUWXY]{8}",
        class in "91|92|93|52|12",
    ) {
        let code = Uscc::generate(&class, &division, &organisation).unwrap();
        for audience in ALL {
            prop_assert_eq!(uscc(code, audience), code.as_str());
        }
    }

    /// Any text is survived, masking twice is masking once, and no digit comes from nowhere.
    #[test]
    fn any_text_is_survived(text in "\\PC{0,40}", digits in "[0-9 -]{0,40}") {
        for text in [text, digits] {
            for audience in ALL {
                free_text(&text, &[], audience);
            }
            let once = PublicText::of(&text, &[]);
            prop_assert_eq!(&PublicText::of(once.as_str(), &[]), &once);
            prop_assert!(noted(once.as_str()).len() <= noted(&text).len());
        }
    }
}
