//! Random decision tables of all hit policies.

use crate::rules::Rules;

impl Rules {
    /// The tests of one row over money, a level and a truth.
    fn cells(&mut self) -> String {
        let money = self.pick(&[
            "-",
            ">= 100万元",
            "< 0元",
            "[0元..3000元]",
            "(0元..100万元]",
            "(< 0元, [5角..])",
            "不属于 [0元..1元]",
            ">= 门槛",
            "1元, < 0元, >= 500万元",
        ]);
        let level = self.pick(&[
            "-",
            "-",
            "\"甲\"",
            "\"乙\", \"丙\"",
            "非(\"甲\")",
            "属于 [\"甲\", \"乙\"]",
        ]);
        let above = self.pick(&["-", "是", "否", "-"]);
        let marks = self.pick(&["-", "-", "包含 \"瞪羚企业\""]);
        format!("{money} | {level} | {above} | {marks}")
    }

    fn table(&mut self, policy: &str, subject: &str, results: &[String]) -> String {
        // A row of a table is one line, so that a table inside another goes by a name.
        let subject = if subject.contains('\n') {
            "基数"
        } else {
            subject
        };
        let mut rows = String::new();
        for (place, result) in results.iter().enumerate() {
            let mut cells = self.cells();
            if policy == "唯一" && self.below(8) != 0 {
                // Rows apart from each other, as the checker wants them.
                let parts: Vec<&str> = cells.split(" | ").collect();
                let level = ["\"甲\"", "\"乙\"", "\"丙\"", "\"丙\""][place];
                cells = format!("{} | {level} | {} | {}", parts[0], parts[2], parts[3]);
            }
            rows.push_str(&format!("    | {cells} | {result} |\n"));
        }
        format!(
            "(按表 {policy} {{\n    | {subject} | 等级 | 规上企业 | 资质 | 结果 |\n{rows}    }})"
        )
    }

    pub(super) fn table_of_money(&mut self, depth: u32) -> String {
        let policy = self.pick(&[
            "首个",
            "首个",
            "唯一",
            "唯一",
            "任一",
            "任一",
            "优先",
            "优先 (3000元, 0元, 1分)",
            "合计",
            "合计",
            "最大",
            "最小",
        ]);
        let subject = self.money(depth);
        let constants = policy.starts_with("优先");
        let rows = 2 + self.below(3);
        let same = self.money(0);
        let results: Vec<String> = (0..rows)
            .map(|_| {
                if constants {
                    self.pick(&["3000元", "0元", "1分"])
                } else if policy == "任一" && self.below(3) != 0 {
                    same.clone()
                } else if self.below(3) == 0 {
                    self.pick(&["0元", "3000元", "营业收入@上年"])
                } else {
                    self.money(0)
                }
            })
            .collect();
        self.table(&policy, &subject, &results)
    }

    pub(super) fn table_of_numbers(&mut self, depth: u32) -> String {
        let policy = self.pick(&[
            "首个", "唯一", "任一", "优先", "合计", "最大", "最小", "计数", "计数", "计数",
        ]);
        let subject = self.money(depth);
        let results: Vec<String> = (0..2 + self.below(3))
            .map(|_| {
                if policy == "优先" {
                    self.pick(&["1", "0.5", "20%"])
                } else {
                    self.number(0)
                }
            })
            .collect();
        self.table(&policy, &subject, &results)
    }

    /// A list of all results.
    pub(super) fn collected(&mut self, depth: u32) -> String {
        let policy = self.pick(&["收集", "依序", "依序 (0元, 3000元, 1分)"]);
        let subject = self.money(depth);
        let results: Vec<String> = (0..3)
            .map(|_| self.pick(&["3000元", "0元", "1分"]))
            .collect();
        self.table(&policy, &subject, &results)
    }

    pub(super) fn table_of_dates(&mut self) -> String {
        let policy = self.pick(&["首个", "任一", "最大", "最小"]);
        let results: Vec<String> = (0..2)
            .map(|_| self.pick(&["成立日期", "2024-02-29", "基准日"]))
            .collect();
        self.table(&policy, "营业收入", &results)
    }

    pub(super) fn truth_of_table(&mut self, depth: u32) -> String {
        let policy = self.pick(&["首个", "任一", "优先", "唯一"]);
        let subject = self.money(depth);
        let results: Vec<String> = (0..2 + self.below(2))
            .map(|_| {
                if policy == "优先" {
                    self.pick(&["是", "否"])
                } else {
                    self.truth(0)
                }
            })
            .collect();
        self.table(&policy, &subject, &results)
    }

    /// A table whose results are texts, compared with one of them.
    pub(super) fn truth_of_table_of_texts(&mut self) -> String {
        let policy = self.pick(&["首个", "任一", "优先 (\"甲\", \"乙\")", "优先", "唯一"]);
        let subject = self.money(0);
        let results: Vec<String> = (0..2 + self.below(2))
            .map(|_| {
                if policy.starts_with("优先") {
                    self.pick(&["\"甲\"", "\"乙\""])
                } else {
                    self.pick(&["\"甲\"", "等级", "商标", "\"乙\""])
                }
            })
            .collect();
        let table = self.table(&policy, &subject, &results);
        format!("({table} = {})", self.pick(&["\"甲\"", "等级", "\"乙\""]))
    }
}
