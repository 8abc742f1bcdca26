//! Who gets what: the enterprises of the month, and what the text of the law grants them.
//!
//! 第一条:年营业收入1亿元以上、比上年增长10%以上的规上企业,按增加额的0.5%奖励,最高50万元。
//! 上年没有营业收入的企业不适用本条。金额取整到元,四舍五入。

use zhida_policies::values::Uscc;

/// One enterprise, in yuan.
pub(crate) struct Enterprise {
    pub(crate) name: &'static str,
    number: &'static str,
    is_above_size: bool,
    revenue: i64,
    revenue_before: i64,
}

const fn enterprise(
    name: &'static str,
    number: &'static str,
    is_above_size: bool,
    (revenue, revenue_before): (i64, i64),
) -> Enterprise {
    Enterprise {
        name,
        number,
        is_above_size,
        revenue,
        revenue_before,
    }
}

/// Confirms its account.
pub(crate) const CONFIRMS: usize = 0;
/// Objects to the notice, and confirms when that was decided.
pub(crate) const OBJECTS: usize = 1;
/// Waives.
pub(crate) const WAIVES: usize = 2;
/// Reaches the cap; a clerk confirms for it.
pub(crate) const ASSISTED: usize = 3;
/// Says nothing.
pub(crate) const SILENT: usize = 4;

/// All of them: five to whom the article applies, and four to whom it does not.
pub(crate) const ENTERPRISES: [Enterprise; 9] = [
    enterprise(
        "汉江甲机械有限公司",
        "80000001",
        true,
        (120_000_000, 100_000_000),
    ),
    enterprise(
        "汉江乙电子有限公司",
        "80000002",
        true,
        (123_456_789, 100_000_000),
    ),
    enterprise(
        "汉江丙纺织有限公司",
        "80000003",
        true,
        (130_000_000, 100_000_000),
    ),
    enterprise(
        "汉江丁汽车零部件有限公司",
        "80000004",
        true,
        (300_000_000, 100_000_000),
    ),
    enterprise(
        "汉江戊食品有限公司",
        "80000005",
        true,
        (100_000_000, 90_909_090),
    ),
    enterprise(
        "汉江己建材有限公司",
        "80000006",
        true,
        (109_999_999, 100_000_000),
    ),
    enterprise(
        "汉江庚化工有限公司",
        "80000007",
        true,
        (99_999_999, 50_000_000),
    ),
    enterprise("汉江辛软件有限公司", "80000008", true, (200_000_000, 0)),
    enterprise(
        "汉江壬商贸有限公司",
        "80000009",
        false,
        (200_000_000, 100_000_000),
    ),
];

impl Enterprise {
    pub(crate) fn uscc(&self) -> String {
        Uscc::generate("91", "420600", self.number)
            .unwrap()
            .to_string()
    }

    /// What the article grants, in fen.
    pub(crate) fn due(&self) -> Option<i64> {
        // Half a percent is a two-hundredth.
        self.due_by(200, 500_000)
    }

    /// What it would grant with another share of the growth and another cap in yuan.
    pub(crate) fn due_by(&self, part: i64, cap: i64) -> Option<i64> {
        let growth = self.revenue - self.revenue_before;
        let applies = self.is_above_size
            && self.revenue_before > 0
            && self.revenue >= 100_000_000
            && growth * 10 >= self.revenue_before;
        // Rounded to the yuan: half of the divisor is added before.
        let yuan = (growth + part / 2) / part;
        applies.then_some(yuan.min(cap) * 100)
    }

    /// The last four digits of its account.
    pub(crate) fn account(&self) -> String {
        format!("35{:0>16}7", self.number)
    }
}

/// Fen as yuan with commas.
pub(crate) fn yuan(fen: i64) -> String {
    let digits = (fen / 100).to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    format!("{text}.{:02}", fen % 100)
}

/// The settings of the demonstration, with a lower bound for a second approver, and with people of
/// three enterprises.
fn settings() -> String {
    let shown = include_str!("../../../src/command/demo/bureau.toml");
    let lower = "second_approver_from = \"400000.00\"";
    let mut text = shown.replace("second_approver_from = \"5000000.00\"", lower);
    assert!(text.contains(lower));
    for (place, account) in [(CONFIRMS, "qiye1"), (OBJECTS, "qiye2"), (WAIVES, "qiye3")] {
        let uscc = ENTERPRISES[place].uscc();
        text.push_str(&format!(
            "\n[[user]]\nid = \"{account}\"\nperson = \"{account}经办\"\nroles = [\"企业\"]\n\
             enterprise = \"{uscc}\"\n"
        ));
    }
    text
}

/// Where the policy lies.
pub(crate) const TEXT: &str = "政策/办法.md";

/// What lies on the machines of the bureau before the month begins.
pub(crate) fn files() -> Vec<(&'static str, String)> {
    let mut facts =
        "统一社会信用代码,企业名称,地区,功能区,规上企业,营业收入@2025,营业收入@2024\n".to_owned();
    let mut payees = "uscc,name,account,cnaps,bank\n".to_owned();
    for (place, one) in ENTERPRISES.iter().enumerate() {
        let above = if one.is_above_size { "是" } else { "否" };
        let (uscc, name) = (one.uscc(), one.name);
        facts.push_str(&format!(
            "{uscc},{name},420606,无,{above},{},{}\n",
            one.revenue, one.revenue_before
        ));
        if [OBJECTS, ASSISTED, SILENT].contains(&place) {
            let account = one.account();
            payees.push_str(&format!("{uscc},{name},{account},102100099996,示例银行\n"));
        }
    }
    vec![
        (TEXT, include_str!("../../cases/data/policy.md").to_owned()),
        ("企业.csv", facts),
        ("账户.csv", payees),
        (
            "处理意见.txt",
            "经查,金额按申报的营业收入计算无误。".to_owned(),
        ),
        ("bureau.toml", settings()),
        // So many pages from one address are nobody's attack here.
        (
            "installation.toml",
            "[serve.rates]\naddress_per_second = 0\n".to_owned(),
        ),
    ]
}
