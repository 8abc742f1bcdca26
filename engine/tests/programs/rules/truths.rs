//! Random conditions.

use crate::rules::{Record, Rules};

impl Rules {
    pub(super) fn truth(&mut self, depth: u32) -> String {
        if depth == 0 {
            return self.truth_leaf();
        }
        let less = depth - 1;
        let comparison = self.pick(&[">=", ">", "<", "<=", "=", "!="]);
        match self.below(25) {
            0..=2 => self.truth_leaf(),
            3 => format!("({} 且 {})", self.truth(less), self.truth(less)),
            4 => format!("({} 或 {})", self.truth(less), self.truth(less)),
            5 => format!("非({})", self.truth(less)),
            6 => format!("({} {comparison} {})", self.money(less), self.money(less)),
            7 => format!("({} {comparison} {})", self.number(less), self.number(less)),
            8 => format!("({} {comparison} {})", self.date(less), self.date(0)),
            9 | 10 => self.truth_of_range(less),
            11 => format!(
                "({} 介于 {} 与 {})",
                self.number(less),
                self.number(0),
                self.number(0)
            ),
            12 => format!("缺失({})", self.money(less)),
            13 => {
                let inner = match self.below(4) {
                    0 => self.text(less),
                    1 => self.date(less),
                    2 => self.truth(less),
                    _ => self.number(less),
                };
                format!("缺失({inner})")
            }
            14..=16 if self.record.is_none() => self.truth_of_records(less),
            17 => format!("{}({})", self.pick(&["偶数", "奇数"]), self.number(less)),
            18 | 19 => self.truth_of_text(less),
            20 => self.truth_of_table(less),
            21 => format!("同为({}, {})", self.money(less), self.money(0)),
            22 => format!(
                "{}({}, {}, {})",
                self.pick(&["存在", "全部"]),
                self.truth(less),
                self.truth(0),
                self.truth(0)
            ),
            _ => format!(
                "(如果 {} 则 {} 否则 {})",
                self.truth(less),
                self.truth(less),
                self.truth(0)
            ),
        }
    }

    fn truth_of_range(&mut self, depth: u32) -> String {
        match self.below(8) {
            0 => format!("({} 属于 [0元..{}))", self.money(depth), self.money(0)),
            1 => format!(
                "({} 不属于 ({}..{}])",
                self.money(depth),
                self.money(0),
                self.money(0)
            ),
            2 => format!("({} 属于 (1, < 0, [2..20%)))", self.number(depth)),
            3 => format!("({} 属于 ]0..10[)", self.number(depth)),
            4 => format!("({} 属于 [100万元..])", self.money(depth)),
            5 => format!(
                "({} 属于 [{}, {}])",
                self.number(depth),
                self.number(0),
                self.number(0)
            ),
            6 => format!("({} 属于 [2024-01-01..{}])", self.date(depth), self.date(0)),
            _ => format!("({} 属于 >= {})", self.money(depth), self.money(0)),
        }
    }

    fn truth_of_records(&mut self, depth: u32) -> String {
        let (list, record) = self.list();
        let (condition, filter) = self.inside(record, |rules| {
            (rules.truth(depth.min(2)), rules.filter(depth))
        });
        match self.below(3) {
            0 => format!("存在({list} 其中 {condition})"),
            1 => format!("存在({list}, {condition}{filter})"),
            _ => format!("全部({list}, {condition}{filter})"),
        }
    }

    fn truth_leaf(&mut self) -> String {
        if let Some(record) = self.record
            && self.below(2) == 0
        {
            return match record {
                Record::Loan => self.pick(&[
                    "已还",
                    "用途 = \"设备\"",
                    "(用途 != 商标)",
                    "本金 >= 1万元",
                    "利率 < 1",
                    "(起息日 < 成立日期)",
                    "缺失(本金)",
                ]),
                Record::Hire => self.pick(&["高校毕业生", "参保月数 >= 6", "偶数(参保月数)"]),
                Record::Order => self.pick(&[
                    "已交付",
                    "件数 > 1",
                    "门类 属于 [\"C\", \"F51\"]",
                    "级别 = \"甲\"",
                    "(客户 开头是 \"设\")",
                ]),
            };
        }
        self.pick(&[
            "规上企业",
            "失信企业",
            "上年达标@上年",
            "资质 包含 \"高新技术企业\"",
            "处罚 包含 \"环保\"",
            "功能区 包含 \"420679\"",
            "行业 属于 [\"C\", \"F51\"]",
            "行业 不属于 [\"C13\"]",
            "主业@上年 属于 [\"C\"]",
            "地区 属于 [\"4206\"]",
            "等级 = \"甲\"",
            "等级 属于 [\"乙\", \"丙\"]",
            "商标 = \"甲\"",
            "(商标 开头是 \"设\")",
            "营业收入 >= 100万元",
            "营业收入@上年 <= 0元",
            "费率 > 0.5",
            "成立日期 < 2024-02-29",
            "成立日期 介于 2020-01-01 与 基准日",
            "复合增速不低于(营业收入, 2, 20%)",
            "复合增速不低于(费率, 1, -10%)",
            "缺失(营业收入)",
            "缺失(贷款)",
            "缺失(新增员工)",
            "缺失(资质)",
            "(等级 != 商标)",
            "基数 > 1元",
            "比率 < 10",
            "好评",
            "好评@上年",
            "规上企业 = 否",
            "存在([规上企业, 失信企业])",
            "(等级 = \"甲\" 且 等级 != \"乙\")",
            "偶数(人数)",
            "奇数(人数)",
            "年度 = 2025",
            "1/0 > 1",
            "是",
        ])
    }
}
