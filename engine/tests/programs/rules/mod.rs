//! Random measures in the notation: every construct that an expression may hold, at small depth.

mod dates;
mod money;
mod numbers;
mod tables;
mod texts;
mod truths;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::RngCore;

/// The list fact whose record is at hand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Record {
    Loan,
    Hire,
    Order,
}

/// Draws rules.
pub(crate) struct Rules {
    random: ChaCha8Rng,
    record: Option<Record>,
}

/// What all measures of a file may name.
const SHARED: &str = "\
参数 系数 : 数 { 2024-01-01 : 3.10%, 2026-06-01 : 1 }
参数 门槛 : 金额 { 2020-01-01 : 100万元, 2025-06-01 : 80万元 }
参数 起日 : 日期 { 2024-01-01 : 2024-03-01 }
定义 净额 : 金额 = 营业收入 - 税额
定义 强度 : 数 = 费率 / (费率@上年 + 1)
定义 好评 : 布尔 = 规上企业 且 净额 > 0元
定义 档次 : 文本 = 如果 人数 >= 10 则 等级 否则 \"丙\"
";

impl Rules {
    pub(crate) fn new(random: ChaCha8Rng) -> Self {
        Self {
            random,
            record: None,
        }
    }

    fn below(&mut self, count: u32) -> u32 {
        self.random.next_u32() % count
    }

    fn pick(&mut self, texts: &[&str]) -> String {
        texts[self.below(texts.len() as u32) as usize].to_owned()
    }

    /// A policy file of several measures.
    pub(crate) fn policy(&mut self, measures: u32) -> String {
        let region = self.pick(&["\"4206\"", "\"\"", "\"42\"", "\"420679\"", "\"420602\""]);
        let mut text = format!(
            "---\nid: p\ntitle: 措施\nregion: {region}\npublished: 2025-01-01\n\
             effective: 2025-01-01\nsource: https://example.org\n---\n\n# 措施\n\n## 第一条\n\n\
             奖励。\n\n```zhida\n{SHARED}"
        );
        for measure in 0..measures {
            text.push_str(&self.measure(measure));
        }
        text.push_str("```\n");
        text
    }

    fn measure(&mut self, number: u32) -> String {
        let cadence = self.pick(&["每年", "每年", "每年", "每季度", "每月", "一次性", "每2年"]);
        let mut text = format!("事项 m{number} \"事项\"\n  方式 免申即享\n  周期 {cadence}\n");
        if self.below(6) == 0 {
            text.push_str("  仅限首次\n");
        }
        if self.below(8) == 0 {
            let validity = self.pick(&["2025-03-01..2025-12-31", "2025-01-01..", "2026-01-01.."]);
            text.push_str(&format!("  有效 {validity}\n"));
        }
        // Neither names itself.
        let money = self
            .money(2)
            .replace("基数", "税额")
            .replace("比率", "费率");
        let size = self.number(2).replace("比率", "费率");
        text.push_str(&format!("  设 基数 = {money}\n  设 比率 = {size}\n"));
        for exception in 0..self.below(3) {
            let expr = self.truth(2);
            text.push_str(&format!("  除外 \"x{exception}\" {expr}\n"));
        }
        for condition in 0..1 + self.below(3) {
            // A junction with something that mostly holds lets more rows come to the award.
            let expr = match self.below(4) {
                0 => self.truth(3),
                1 => format!("{} 或 {}", self.truth(2), self.truth(1)),
                2 => format!("{} 或 规上企业 或 非 失信企业", self.truth(3)),
                _ => format!(
                    "缺失({}) 或 {} 或 非(规上企业)",
                    self.truth(2),
                    self.truth(2)
                ),
            };
            text.push_str(&format!("  资格 \"c{condition}\" {expr}\n"));
        }
        let award = self.pick(&["金额", "金额", "金额", "上限金额"]);
        let amount = self.money(3);
        let unit = self.pick(&["元", "分", "万元", "角", "十元", "百元", "千元"]);
        let mode = self.pick(&["四舍五入", "舍去", "进位"]);
        text.push_str(&format!("  {award} {amount} 取整 {unit} {mode}\n"));
        text
    }

    /// A text written inside the records of a list, of which it may name the fields.
    fn inside<T>(&mut self, record: Record, write: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.record.replace(record);
        let written = write(self);
        self.record = outer;
        written
    }

    /// A list fact with its period, and what its records are.
    fn list(&mut self) -> (String, Record) {
        match self.below(8) {
            0..=2 => ("贷款".to_owned(), Record::Loan),
            3 => ("贷款@上年".to_owned(), Record::Loan),
            4 | 5 => ("新增员工".to_owned(), Record::Hire),
            6 => ("订单@二季度".to_owned(), Record::Order),
            _ => ("订单@上年四季度".to_owned(), Record::Order),
        }
    }

    /// A condition after `其中`, or none.
    fn filter(&mut self, depth: u32) -> String {
        if self.below(2) == 0 {
            format!(" 其中 {}", self.truth(depth.min(1)))
        } else {
            String::new()
        }
    }
}
