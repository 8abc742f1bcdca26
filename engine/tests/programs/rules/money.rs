//! Random money.

use crate::rules::{Record, Rules};

impl Rules {
    pub(super) fn money(&mut self, depth: u32) -> String {
        if depth == 0 {
            return self.money_leaf();
        }
        let less = depth - 1;
        match self.below(26) {
            0..=3 => self.money_leaf(),
            4 => format!("({} + {})", self.money(less), self.money(less)),
            5 => format!("({} - {})", self.money(less), self.money(less)),
            6 => format!("({} * {})", self.money(less), self.number(less)),
            7 => format!("({} * {})", self.number(less), self.money(less)),
            8 => format!("({} / {})", self.money(less), self.number(less)),
            9 => self.money_of_items(less),
            10 => format!(
                "(如果 {} 则 {} 否则 {})",
                self.truth(less),
                self.money(less),
                self.money(less)
            ),
            11 => self.money_of_tiers(less),
            12 => self.money_of_bands(less),
            13..=16 => self.table_of_money(less),
            17 | 18 if self.record.is_none() => self.money_of_records(less),
            19 => format!("绝对值({})", self.money(less)),
            20 => self.money_rounded(less),
            21 => format!("(-{})", self.money(less)),
            22 => format!("({} / 3)", self.money(less)),
            23 => format!(
                "[{}, {}][{}]",
                self.money(0),
                self.money(less),
                1 + self.below(3)
            ),
            24 if self.record.is_none() => format!(
                "{}({})",
                self.pick(&["合计", "最大", "中位数"]),
                self.collected(less)
            ),
            _ => format!("最小({}, {})", self.money(less), self.money(0)),
        }
    }

    fn money_leaf(&mut self) -> String {
        let own = self.below(2) == 0;
        match self.record {
            Some(Record::Loan) if own => return "本金".to_owned(),
            Some(Record::Order) if own => return "订单额".to_owned(),
            Some(Record::Loan | Record::Hire | Record::Order) | None => {}
        }
        self.pick(&[
            "营业收入",
            "营业收入",
            "营业收入@上年",
            "营业收入@2024",
            "营业收入@次年",
            "税额",
            "税额@前年",
            "产值",
            "产值@上半年",
            "产值@四季度",
            "产值@上年一季度",
            "缴款",
            "缴款@3月",
            "缴款@1月..9月",
            "缴款@上年下半年",
            "0元",
            "1分",
            "5角",
            "100万元",
            "1.5亿元",
            "3000元",
            "92233720368547758.07元",
            "500 万元",
            "已付(本事项)",
            "已付(本事项, 本年)",
            "已付(本事项, @2024)",
            "已付(m1, 上年)",
            "已付(m0, 2024-01-01..2024-12-31)",
            "基数",
            "净额",
            "净额@上年",
            "门槛",
            "门槛@2024-06-01",
            "门槛@2019-06-01",
        ])
    }

    fn money_of_items(&mut self, depth: u32) -> String {
        let function = self.pick(&["最小", "最大", "合计", "平均", "最大", "中位数"]);
        let (a, b, c) = (self.money(depth), self.money(depth), self.money(0));
        if self.below(2) == 0 {
            format!("{function}([{a}, {b}, {c}])")
        } else {
            format!("{function}({a}, {b}, {c})")
        }
    }

    fn money_of_tiers(&mut self, depth: u32) -> String {
        if self.below(3) == 0 {
            return format!(
                "分档({}) {{ < 0 : {}, [0..0.5) : {}, [0.5..10] : {}, > 10 : {} }}",
                self.number(depth),
                self.money(0),
                self.money(0),
                self.money(depth),
                self.money(0)
            );
        }
        format!(
            "分档({}) {{ < 0元 : {}, [0元..100万元) : {}, >= 100万元 : {} }}",
            self.money(depth),
            self.money(0),
            self.money(0),
            self.money(depth)
        )
    }

    fn money_of_bands(&mut self, depth: u32) -> String {
        if self.below(3) == 0 {
            return format!(
                "累进({}) {{ [0..12) : 100元, [12..20] : {}, > 20 : 1分 }}",
                self.number(depth),
                self.pick(&["0元", "50元", "门槛"])
            );
        }
        format!(
            "累进({}) {{ [0元..100万元) : 1%, [100万元..1000万元) : 0.5%, >= 1000万元 : {} }}",
            self.money(depth),
            self.pick(&["0%", "0.1%", "系数"])
        )
    }

    fn money_of_records(&mut self, depth: u32) -> String {
        let function = self.pick(&["合计", "最大", "最小", "平均"]);
        let (list, record) = self.list();
        let (value, filter) = self.inside(record, |rules| {
            (rules.money(depth.min(1)), rules.filter(depth))
        });
        format!("{function}({list}, {value}{filter})")
    }

    fn money_rounded(&mut self, depth: u32) -> String {
        let money = self.money(depth);
        if self.below(4) == 0 {
            let function = self.pick(&["向下取整", "向上取整"]);
            return format!("{function}({money})");
        }
        let function = self.pick(&["四舍五入", "decimal", "进位", "舍去", "五舍六入"]);
        let scale = self.pick(&["0", "1", "-3", "2", "-4"]);
        format!("{function}({money}, {scale})")
    }
}
