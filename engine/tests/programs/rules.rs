//! Random measures in the notation: every construct, at small depth.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::RngCore;

/// Draws rules.
pub(crate) struct Rules {
    pub(crate) random: ChaCha8Rng,
    /// Inside an aggregate over 贷款.
    record: bool,
}

impl Rules {
    pub(crate) fn new(random: ChaCha8Rng) -> Self {
        Self {
            random,
            record: false,
        }
    }

    pub(crate) fn below(&mut self, count: u32) -> u32 {
        self.random.next_u32() % count
    }

    fn pick(&mut self, texts: &[&str]) -> String {
        texts[self.below(texts.len() as u32) as usize].to_owned()
    }

    /// A policy file of several measures.
    pub(crate) fn policy(&mut self, measures: u32) -> String {
        let region = self.pick(&["\"4206\"", "\"\"", "\"42\"", "\"4206-gx\"", "\"420602\""]);
        let mut text = format!(
            "---\nid: p\ntitle: 措施\nregion: {region}\npublished: 2025-01-01\n\
             effective: 2025-01-01\nsource: https://example.org\n---\n\n# 措施\n\n## 第一条\n\n\
             奖励。\n\n```zhida\n参数 系数 : 数 {{ 2024-01-01 : 3.10%, 2026-06-01 : 1 }}\n"
        );
        for measure in 0..measures {
            text.push_str(&self.measure(measure));
        }
        text.push_str("```\n");
        text
    }

    fn measure(&mut self, number: u32) -> String {
        let mut text = format!("事项 m{number} \"事项\"\n  方式 免申即享\n  周期 每年\n");
        if self.below(6) == 0 {
            text.push_str("  仅限首次\n");
        }
        // Neither names itself.
        let money = self
            .money(2)
            .replace("基数", "税额")
            .replace("比率", "费率");
        let size = self
            .number(2)
            .replace("基数", "税额")
            .replace("比率", "费率");
        text.push_str(&format!("  设 基数 = {money}\n  设 比率 = {size}\n"));
        for exception in 0..self.below(3) {
            let expr = self.truth(2);
            text.push_str(&format!("  除外 \"x{exception}\" {expr}\n"));
        }
        for condition in 0..1 + self.below(3) {
            let expr = self.truth(3);
            text.push_str(&format!("  资格 \"c{condition}\" {expr}\n"));
        }
        let award = self.money(3);
        let unit = self.pick(&["元", "分", "万元", "角"]);
        let mode = self.pick(&["四舍五入", "舍去", "进位"]);
        text.push_str(&format!("  金额 {award} 取整 {unit} {mode}\n"));
        text
    }

    fn money(&mut self, depth: u32) -> String {
        if depth == 0 {
            return self.money_leaf();
        }
        let less = depth - 1;
        match self.below(18) {
            0..=2 => self.money_leaf(),
            3 => format!("({} + {})", self.money(less), self.money(less)),
            4 => format!("({} - {})", self.money(less), self.money(less)),
            5 => format!("({} * {})", self.money(less), self.number(less)),
            6 => format!("({} / {})", self.money(less), self.number(less)),
            7 => format!("最小({}, {})", self.money(less), self.money(less)),
            8 => format!(
                "最大({}, {}, {})",
                self.money(less),
                self.money(less),
                self.money(0)
            ),
            9 => format!(
                "(如果 {} 则 {} 否则 {})",
                self.truth(less),
                self.money(less),
                self.money(less)
            ),
            10 => format!(
                "分档({}) {{ < 0元 : {}, [0元..100万元) : {}, >= 100万元 : {} }}",
                self.money(less),
                self.money(0),
                self.money(0),
                self.money(less)
            ),
            11 => format!(
                "累进({}) {{ [0元..100万元) : 1%, [100万元..1000万元) : 0.5%, >= 1000万元 : {} }}",
                self.money(less),
                self.pick(&["0%", "0.1%", "系数"])
            ),
            12 => self.table(less),
            13 if !self.record => {
                let function = self.pick(&["合计", "最大", "最小", "平均"]);
                let (value, filter) = self.inside(less);
                format!("{function}(贷款, {value}{filter})")
            }
            14 => format!("绝对值({})", self.money(less)),
            15 => {
                let function = self.pick(&["四舍五入", "decimal", "进位", "舍去"]);
                let scale = self.pick(&["0", "1", "-3", "2"]);
                format!("{function}({}, {scale})", self.money(less))
            }
            16 => format!("(-{})", self.money(less)),
            _ => format!("({} / 3)", self.money(less)),
        }
    }

    fn money_leaf(&mut self) -> String {
        if self.record && self.below(2) == 0 {
            return "本金".to_owned();
        }
        self.pick(&[
            "营业收入",
            "营业收入",
            "营业收入@上年",
            "税额",
            "产值",
            "产值@上半年",
            "产值@四季度",
            "0元",
            "1分",
            "100万元",
            "3000元",
            "92233720368547758.07元",
            "500万元",
            "已付(本事项)",
            "基数",
        ])
    }

    fn inside(&mut self, depth: u32) -> (String, String) {
        self.record = true;
        let value = self.money(depth.min(1));
        let filter = if self.below(2) == 0 {
            format!(" 其中 {}", self.truth(depth.min(1)))
        } else {
            String::new()
        };
        self.record = false;
        (value, filter)
    }

    fn table(&mut self, depth: u32) -> String {
        let policy = self.pick(&[
            "首个", "唯一", "任一", "合计", "最大", "最小", "首个", "唯一",
        ]);
        let mut rows = String::new();
        for _ in 0..2 + self.below(2) {
            let money = self.pick(&[
                "-",
                ">= 100万元",
                "< 0元",
                "[0元..3000元]",
                "不属于 [0元..1元]",
            ]);
            let level = self.pick(&["-", "\"甲\"", "\"乙\", \"丙\"", "非(\"甲\")"]);
            let above = self.pick(&["-", "是", "否", "-"]);
            rows.push_str(&format!(
                "    | {money} | {level} | {above} | {} |\n",
                self.money(0)
            ));
        }
        let money = self.money(depth);
        format!("(按表 {policy} {{\n    | {money} | 等级 | 规上企业 | 结果 |\n{rows}    }})")
    }

    fn number(&mut self, depth: u32) -> String {
        if depth == 0 {
            return self.number_leaf();
        }
        let less = depth - 1;
        match self.below(14) {
            0..=1 => self.number_leaf(),
            2 => format!("({} + {})", self.number(less), self.number(less)),
            3 => format!("({} - {})", self.number(less), self.number(less)),
            4 => format!("({} * {})", self.number(less), self.number(less)),
            5 => format!("({} / {})", self.number(less), self.number(less)),
            6 => format!("({} / {})", self.money(less), self.money(less)),
            7 => format!("({} - {})", self.date(), self.date()),
            8 => format!(
                "{}({})",
                self.pick(&["年份", "月份", "日", "年内天数"]),
                self.date()
            ),
            9 => format!(
                "decimal({}, {})",
                self.number(less),
                self.pick(&["2", "0", "-1"])
            ),
            10 if !self.record => format!("计数(贷款 其中 {})", self.inside_truth(less)),
            11 => format!(
                "计数(新增员工 其中 参保月数 >= {})",
                self.pick(&["6", "0", "12"])
            ),
            12 => self.pick(&["平均(1, 人数)", "合计(人数, 费率)", "取余(人数, 7)"]),
            _ => format!(
                "(如果 {} 则 {} 否则 2)",
                self.truth(less),
                self.number(less)
            ),
        }
    }

    fn number_leaf(&mut self) -> String {
        if self.record && self.below(2) == 0 {
            return "利率".to_owned();
        }
        self.pick(&[
            "费率",
            "费率",
            "费率@上年",
            "人数",
            "0",
            "1",
            "7",
            "20%",
            "0.5",
            "年度",
            "系数",
            "比率",
            "字数(商标)",
        ])
    }

    fn date(&mut self) -> String {
        if self.record && self.below(2) == 0 {
            return "起息日".to_owned();
        }
        self.pick(&[
            "成立日期",
            "基准日",
            "2024-02-29",
            "(成立日期 + 1个月)",
            "(成立日期 - 1年)",
            "(成立日期 + 30天)",
            "日期(年度, 1, 1)",
        ])
    }

    fn inside_truth(&mut self, depth: u32) -> String {
        self.record = true;
        let text = self.truth(depth.min(2));
        self.record = false;
        text
    }

    fn truth(&mut self, depth: u32) -> String {
        if depth == 0 {
            return self.truth_leaf();
        }
        let less = depth - 1;
        let comparison = self.pick(&[">=", ">", "<", "<=", "=", "!="]);
        match self.below(16) {
            0..=2 => self.truth_leaf(),
            3 => format!("({} 且 {})", self.truth(less), self.truth(less)),
            4 => format!("({} 或 {})", self.truth(less), self.truth(less)),
            5 => format!("非({})", self.truth(less)),
            6 => format!("({} {comparison} {})", self.money(less), self.money(less)),
            7 => format!("({} {comparison} {})", self.number(less), self.number(less)),
            8 => format!("({} {comparison} {})", self.date(), self.date()),
            9 => format!("({} 属于 [0元..{}))", self.money(less), self.money(0)),
            10 => format!("({} 属于 (1, < 0, [2..20%)))", self.number(less)),
            11 => format!(
                "({} 介于 {} 与 {})",
                self.number(less),
                self.number(0),
                self.number(0)
            ),
            12 => format!("缺失({})", self.money(less)),
            13 if !self.record => format!("存在(贷款 其中 {})", self.inside_truth(less)),
            14 if !self.record => format!("全部(贷款, {})", self.inside_truth(less)),
            _ => format!(
                "(如果 {} 则 {} 否则 否)",
                self.truth(less),
                self.truth(less)
            ),
        }
    }

    fn truth_leaf(&mut self) -> String {
        if self.record && self.below(2) == 0 {
            return self.pick(&[
                "已还",
                "用途 = \"设备\"",
                "(用途 != 商标)",
                "本金 >= 1万元",
                "利率 < 1",
            ]);
        }
        self.pick(&[
            "规上企业",
            "失信企业",
            "资质 包含 \"高新技术企业\"",
            "行业 属于 [\"C\", \"F51\"]",
            "等级 = \"甲\"",
            "等级 属于 [\"乙\", \"丙\"]",
            "商标 = \"甲\"",
            "(商标 开头是 \"设\")",
            "营业收入 >= 100万元",
            "营业收入@上年 <= 0元",
            "费率 > 0.5",
            "成立日期 < 2024-02-29",
            "复合增速不低于(营业收入, 2, 20%)",
            "缺失(营业收入)",
            "缺失(贷款)",
            "缺失(资质)",
            "(等级 != 商标)",
            "基数 > 1元",
            "比率 < 10",
            "地区 属于 [\"4206\"]",
            "规上企业 = 否",
            "存在(新增员工 其中 高校毕业生)",
            "(等级 = \"甲\" 且 等级 != \"乙\")",
            "偶数(人数)",
            "是",
        ])
    }
}
