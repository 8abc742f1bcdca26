//! The lines of the month, as people would type them, and what they read.

use zhida_engine::payouts::{BureauId, Digest, EntitlementKey};
use zhida_policies::values::Uscc;

/// How many enterprises are paid.
const ENTERPRISES: u32 = 8;

/// What a line touches.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The store.
    Store,
    /// The store, and the folder that the bank takes files from.
    Send,
    /// Neither: the bank's own doing.
    Outside,
}

/// One line; `{}` in a word is the folder of the month.
pub(crate) struct Line {
    pub(crate) words: Vec<String>,
    pub(crate) day: &'static str,
    pub(crate) key: String,
    pub(crate) step: Step,
}

impl Line {
    /// The key of a try: always the same, but for sending, where a person begins anew.
    pub(crate) fn key_of(&self, number: u64) -> String {
        match self.step {
            Step::Store | Step::Outside => self.key.clone(),
            Step::Send => format!("{} {number}", self.key),
        }
    }
}

/// The sweep that the month begins with.
pub(crate) const SWEEP: [&str; 11] = [
    "sweep",
    "--policies",
    "政策.md",
    "--snapshot",
    "企业.csv",
    "--year",
    "2025",
    "--as-of",
    "2026-06-30",
    "--out",
    "sweep",
];

fn uscc(number: u32) -> Uscc {
    Uscc::generate("91", "420600", &format!("8{number:07}")).unwrap()
}

/// 100,000 yuan and 5,000 more for each: 0.5 % of what a year brought more than the one before.
fn yuan(number: u32) -> u32 {
    100_000 + 5_000 * number
}

/// The files that the lines read.
pub(crate) fn inputs() -> Vec<(&'static str, String)> {
    let mut enterprises =
        "统一社会信用代码,企业名称,地区,功能区,规上企业,营业收入@2025,营业收入@2024\n".to_owned();
    let mut payees = "uscc,name,account,cnaps,bank\n".to_owned();
    for number in 0..ENTERPRISES {
        let (uscc, name) = (uscc(number), format!("示例{number}有限公司"));
        let revenue = 120_000_000 + 1_000_000 * number;
        enterprises.push_str(&format!("{uscc},{name},420606,无,是,{revenue},100000000\n"));
        payees.push_str(&format!(
            "{uscc},{name},35{number:016}7,102100099996,示例银行\n"
        ));
    }
    let bureau = include_str!("../../src/command/demo/bureau.toml");
    vec![
        (
            "政策.md",
            include_str!("../cases/data/policy.md").to_owned(),
        ),
        ("企业.csv", enterprises),
        ("payees.csv", payees),
        ("bureau.toml", bureau.to_owned()),
    ]
}

fn line(day: &'static str, key: &str, text: &str) -> Line {
    let step = match text.split(' ').nth(1) {
        Some("send") => Step::Send,
        Some("trial-bank" | "batches") => Step::Outside,
        Some(_) | None => Step::Store,
    };
    Line {
        words: text.split(' ').map(str::to_owned).collect(),
        day,
        key: key.to_owned(),
        step,
    }
}

/// Sets the folder up.
pub(crate) fn init() -> Line {
    line("2026-07-01", "init", "payout init bureau.toml")
}

/// Lists the batches.
pub(crate) fn batches() -> Line {
    line("2026-07-01", "look", "payout batches")
}

/// Lists the payouts.
pub(crate) fn payouts() -> Line {
    line("2026-07-01", "look", "payout list")
}

/// The name that the line of this key gives to a new batch.
fn batch(key: &str) -> String {
    let digest = Digest::of(key.as_bytes()).to_string();
    format!("B{}", digest[..12].to_uppercase())
}

/// The enterprise whose payout comes first in the first file: the bank returns it.
fn returned() -> (String, u32) {
    let payout = |number| {
        let key = EntitlementKey {
            bureau: BureauId::new("示例市财政局"),
            measure: "test-growth/growth".to_owned(),
            uscc: uscc(number),
            period: "2025".to_owned(),
            supplement: 0,
        };
        (key.payout_id().to_string(), number)
    };
    (0..ENTERPRISES).map(payout).min().unwrap()
}

/// Batch, seal, send, and what the bank answers.
fn paid(day: &'static str, key: &str, count: u32, yuan: u32, returns: u32) -> Vec<Line> {
    let batch = batch(&format!("{key} batch"));
    let answer = format!("{{}}/{key}.xml");
    let lines = [
        (
            "batch",
            format!("payout batch --all --payer 零余额 --date {day} --as zhifu1"),
        ),
        (
            "seal",
            format!("payout seal {batch} --count {count} --total {yuan}.00 --as zhifu2"),
        ),
        (
            "send",
            format!("payout send {batch} --to {{}}/bank --as zhifu1"),
        ),
        (
            "bank",
            format!("payout trial-bank {batch} --on {day} --returns {returns} -o {answer}"),
        ),
        ("answer", format!("payout answer {answer} --payer 零余额")),
    ];
    let lines = lines.iter();
    lines
        .map(|(name, text)| line(day, &format!("{key} {name}"), text))
        .collect()
}

/// The month behind the setting up.
pub(crate) fn month() -> Vec<Line> {
    let of_sweep = "sweep --policies 政策.md --snapshot 企业.csv --year 2025 --as-of 2026-06-30 \
         --settings bureau.toml";
    let (first, later) = ("2026-07-01", "2026-07-09");
    let grant = "payout grant 2026惠企资金 30000000.00 --document 财预〔2026〕8号 --as jingban";
    let take = format!("payout take {of_sweep} --as jingban");
    let check = format!("payout check {of_sweep} --as fuhe");
    let notice = "payout notice --policies 政策.md --all --settings bureau.toml --out {}/notices \
         --as jingban";
    let mut lines = vec![
        line(first, "grant", grant),
        line(first, "sign 1", "payout sign --all --as fuhe"),
        line(first, "take", &take),
        line(first, "propose", "payout propose --all --as jingban"),
        line(first, "check", &check),
        line(first, "approve", "payout approve --all --as shenpi1"),
        line(first, "notice", notice),
        line(later, "tick", "payout tick"),
        line(later, "payee", "payout payee payees.csv --as jingban"),
        line(later, "sign 2", "payout sign --all --as fuhe"),
        line(
            later,
            "confirm",
            "payout confirm --all --each-enterprise --as bangban",
        ),
    ];
    let all = (0..ENTERPRISES).map(yuan).sum();
    lines.extend(paid("2026-07-10", "first", ENTERPRISES, all, 1));
    let (payout, number) = returned();
    let reissue = format!("payout reissue {payout} --cause 账户已恢复 --as jingban");
    lines.push(line("2026-07-13", "reissue", &reissue));
    lines.push(line("2026-07-13", "sign 3", "payout sign --all --as fuhe"));
    lines.extend(paid("2026-07-13", "again", 1, yuan(number), 0));
    let close = "payout close 2026-07-31 --bureau 示例市财政局 --as duizhang1";
    let end = "2026-08-03";
    lines.push(line(end, "close", close));
    lines.push(line(end, "sign 4", "payout sign --all --as shenpi1"));
    lines.push(line(end, "settle", "payout settle --all --as duizhang1"));
    lines
}
