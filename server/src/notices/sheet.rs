//! What both tables for spreadsheets hold, and what a spreadsheet must not make of it.

use zhida_policies::values::Money;

use super::canonical::hex;
use super::{AmountStanding, NoticeList};

/// The columns.
pub(super) const COLUMNS: [&str; 6] = [
    "序号",
    "企业名称",
    "统一社会信用代码",
    "金额(元)",
    "金额性质",
    "依据",
];

/// The cells of one row.
pub(super) type Cells = [String; COLUMNS.len()];

/// One row for every award, in order.
pub(super) fn rows(list: &NoticeList) -> impl Iterator<Item = Cells> {
    list.rows.iter().zip(1usize..).map(|(row, place)| {
        [
            place.to_string(),
            row.enterprise.as_str().to_owned(),
            row.uscc.clone(),
            row.amount.to_string(),
            standing(row.standing).to_owned(),
            row.basis.as_str().to_owned(),
        ]
    })
}

/// The row of the sum.
pub(super) fn total(list: &NoticeList) -> Cells {
    let mut cells: Cells = Default::default();
    let [place, _, _, amount, _, basis] = &mut cells;
    *place = "合计".to_owned();
    *amount = list.total.to_string();
    if list.provisional > Money::ZERO {
        *basis = format!("其中暂定 {} 元", list.provisional);
    }
    cells
}

/// What stands above or below the table: a word and what it says.
pub(super) fn about(list: &NoticeList) -> Vec<(&'static str, String)> {
    vec![
        ("公示单位", list.bureau.as_str().to_owned()),
        ("政策依据", policy(list)),
        ("兑现事项", list.measure.as_str().to_owned()),
        ("公示期", period(list)),
        ("异议渠道", list.objections.clone()),
    ]
}

/// What an auditor needs to find and to check the list.
pub(super) fn evidence(list: &NoticeList) -> Vec<(&'static str, String)> {
    let evidence = &list.evidence;
    let seal = evidence.seal.map(|seal| ("清算封存摘要", hex(&seal)));
    let result = vec![
        ("名单摘要(SHA-256)", hex(&list.digest)),
        ("计算结果摘要", hex(&evidence.sweep)),
    ];
    let log = [
        ("日志条数", evidence.log_size.to_string()),
        ("日志树根", hex(&evidence.log_root)),
        ("日志签名(ed25519)", hex(&evidence.log_signature)),
        ("签名密钥", evidence.key.clone()),
    ];
    result.into_iter().chain(seal).chain(log).collect()
}

/// The policy with its document number and article.
pub(super) fn policy(list: &NoticeList) -> String {
    format!(
        "《{}》({}){}",
        list.policy_title.as_str(),
        list.policy_number.as_str(),
        list.article.as_str()
    )
}

/// From when to when objections count.
pub(super) fn period(list: &NoticeList) -> String {
    format!(
        "{} 公布,自次日起 {} 个工作日,至 {} 止",
        list.published, list.working_days, list.until
    )
}

/// The word for what can still become of an amount.
pub(super) fn standing(standing: AmountStanding) -> &'static str {
    match standing {
        AmountStanding::Final => "确定",
        AmountStanding::Provisional => "暂定",
    }
}

/// Whether a spreadsheet would take a text for a formula: it begins, blanks apart, with a sign of
/// one in any width, or with a character that lets one follow.
///
/// # Source
/// SECURITY.md d1, ASVS 1.2.10.
pub(crate) fn begins_formula(text: &str) -> bool {
    let controls = text.starts_with(['\t', '\r', '\n', '\0']);
    let begin = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    controls || begin.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\u{2212}'])
}

/// Whether a spreadsheet would take a text for a number and lose digits of it: more than fifteen
/// digits, or digits with one E between them. Codes of digits alone are such texts.
pub(super) fn loses_digits(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let number = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.')
    };
    match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => number(mantissa) && number(exponent),
        None => number(text) && digits > 15,
    }
}
