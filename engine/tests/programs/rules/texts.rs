//! Random texts.

use crate::rules::{Record, Rules};

impl Rules {
    pub(super) fn text(&mut self, depth: u32) -> String {
        let own = self.below(2) == 0;
        match self.record {
            Some(Record::Loan) if own => return "用途".to_owned(),
            Some(Record::Order) if own => return "客户".to_owned(),
            Some(Record::Loan | Record::Hire | Record::Order) | None => {}
        }
        match self.below(7 + 7 * depth.min(1)) {
            0..=2 => "商标".to_owned(),
            3 | 4 => "等级".to_owned(),
            5 => self.pick(&["\"甲\"", "\"设备\"", "\"\"", "\"Ab\""]),
            6 => "档次".to_owned(),
            7 => format!("大写({})", self.text(0)),
            8 => format!("小写({})", self.text(0)),
            9 => {
                let length = self.pick(&["", ", 1"]);
                format!(
                    "截取({}, {}{length})",
                    self.text(0),
                    self.pick(&["1", "2", "-1", "0"])
                )
            }
            10 => {
                let function = self.pick(&["之前", "之后"]);
                format!("{function}({}, \"备\")", self.text(0))
            }
            11 => format!("连接([{}, {}], \"-\")", self.text(0), self.text(0)),
            12 => format!("({} + {})", self.text(0), self.text(0)),
            _ => format!(
                "(如果 {} 则 {} 否则 {})",
                self.truth(0),
                self.text(0),
                self.text(0)
            ),
        }
    }

    pub(super) fn truth_of_text(&mut self, depth: u32) -> String {
        match self.below(12) {
            0 => format!("({} = {})", self.text(depth), self.text(0)),
            1 => format!("({} != {})", self.text(depth), self.text(0)),
            2 => format!("({} 包含 \"备\")", self.text(depth)),
            3 => format!("({} 开头是 {})", self.text(depth), self.text(0)),
            4 => format!("结尾是({}, \"备\")", self.text(depth)),
            5 => format!("含有({}, \"设\")", self.text(depth)),
            6 => format!("起头({}, {})", self.text(depth), self.text(0)),
            7 => format!(
                "({} 属于 [\"甲\", \"设备\", {}])",
                self.text(depth),
                self.text(0)
            ),
            8 => format!(
                "字数({}) {} 2",
                self.text(depth),
                self.pick(&[">=", "<", "="])
            ),
            9 => format!("截取(商标, {}) = \"设\"", self.pick(&["1", "-1", "1, 1"])),
            10 => format!("{}(商标) = \"AB\"", self.pick(&["大写", "小写"])),
            _ => self.truth_of_table_of_texts(),
        }
    }
}
