//! Random numbers.

use crate::rules::{Record, Rules};

impl Rules {
    pub(super) fn number(&mut self, depth: u32) -> String {
        if depth == 0 {
            return self.number_leaf();
        }
        let less = depth - 1;
        match self.below(24) {
            0..=2 => self.number_leaf(),
            3 => format!("({} + {})", self.number(less), self.number(less)),
            4 => format!("({} - {})", self.number(less), self.number(less)),
            5 => format!("({} * {})", self.number(less), self.number(less)),
            6 => format!("({} / {})", self.number(less), self.number(less)),
            7 => format!("({} / {})", self.money(less), self.money(less)),
            8 => format!("({} - {})", self.date(less), self.date(0)),
            9 => format!(
                "{}({})",
                self.pick(&["年份", "月份", "日", "年内天数", "年内周数"]),
                self.date(less)
            ),
            10 => self.number_rounded(less),
            11 | 12 if self.record.is_none() => self.number_of_records(less),
            13 => self.number_of_items(less),
            14 | 15 => format!("取余({}, {})", self.number(less), self.number(0)),
            16 => format!(
                "取余({}, {})",
                self.number(less),
                self.pick(&["7", "-2", "0.5", "3"])
            ),
            17 | 18 => self.table_of_numbers(less),
            19 => self.number_of_text(less),
            20 => format!("(-{})", self.number(less)),
            21 => format!("绝对值({})", self.number(less)),
            22 if self.record.is_none() => format!("计数({})", self.collected(less)),
            _ => format!(
                "(如果 {} 则 {} 否则 2)",
                self.truth(less),
                self.number(less)
            ),
        }
    }

    fn number_leaf(&mut self) -> String {
        let own = self.below(2) == 0;
        match self.record {
            Some(Record::Loan) if own => return "利率".to_owned(),
            Some(Record::Hire) if own => return "参保月数".to_owned(),
            Some(Record::Order) if own => return "件数".to_owned(),
            Some(Record::Loan | Record::Hire | Record::Order) | None => {}
        }
        self.pick(&[
            "费率",
            "费率",
            "费率@上年",
            "费率@年-3",
            "人数",
            "人数",
            "用电量",
            "用电量@二季度",
            "用电量@12月",
            "用电量@上年1月",
            "0",
            "1",
            "7",
            "20%",
            "6‰",
            "0.5",
            "100万",
            "1/3",
            "年度",
            "系数",
            "系数@2026-06-01",
            "系数@2023-01-01",
            "比率",
            "强度",
            "强度@上年",
            "null",
        ])
    }

    fn number_rounded(&mut self, depth: u32) -> String {
        let number = self.number(depth);
        if self.below(3) == 0 {
            let function = self.pick(&["向下取整", "向上取整"]);
            let scale = self.pick(&["", ", 1"]);
            return format!("{function}({number}{scale})");
        }
        let function = self.pick(&["四舍五入", "decimal", "进位", "舍去", "五舍六入"]);
        format!("{function}({number}, {})", self.pick(&["2", "0", "-1"]))
    }

    fn number_of_records(&mut self, depth: u32) -> String {
        let (list, record) = self.list();
        if self.below(2) == 0 {
            let condition = self.inside(record, |rules| rules.truth(depth.min(2)));
            return format!("计数({list} 其中 {condition})");
        }
        let function = self.pick(&["合计", "最大", "最小", "平均"]);
        let (value, filter) = self.inside(record, |rules| {
            (rules.number(depth.min(1)), rules.filter(depth))
        });
        format!("{function}({list}, {value}{filter})")
    }

    fn number_of_items(&mut self, depth: u32) -> String {
        let (a, b) = (self.number(depth), self.number(0));
        match self.below(8) {
            0 => format!("平均({a}, {b}, 1)"),
            1 => format!("合计([{a}, {b}])"),
            2 | 3 => format!("连乘({a}, {b})"),
            4 => format!("中位数({a}, {b}, {})", self.number(0)),
            5 => format!("众数([{a}, {b}, {a}])[1]"),
            6 => format!("计数([{a}, {b}])"),
            _ => format!("最大({a}, {b})"),
        }
    }

    fn number_of_text(&mut self, depth: u32) -> String {
        match self.below(3) {
            0 => format!("字数({})", self.text(depth)),
            1 => format!("转数(转文本({}))", self.number(0)),
            _ => "转数(\"12.5\")".to_owned(),
        }
    }
}
