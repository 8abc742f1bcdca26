//! Random dates.

use crate::rules::{Record, Rules};

impl Rules {
    pub(super) fn date(&mut self, depth: u32) -> String {
        if self.record == Some(Record::Loan) && self.below(2) == 0 {
            return "起息日".to_owned();
        }
        match self.below(10 + 4 * depth.min(1)) {
            0 | 1 => "成立日期".to_owned(),
            2 => "基准日".to_owned(),
            3 => "认定日期@上年".to_owned(),
            4 => self.pick(&["2024-02-29", "起日", "日期(\"2023-03-01\")"]),
            5 | 6 => {
                let span = self.pick(&["1个月", "1年", "30天", "13个月", "9999年"]);
                let sign = self.pick(&["+", "-"]);
                format!("(成立日期 {sign} {span})")
            }
            7 => format!("日期(年度, 1, {})", 1 + self.below(31)),
            8 => format!("日期(2024, {}, 31)", self.number(0)),
            9 => "(成立日期 + (如果 规上企业 则 1年 否则 30天))".to_owned(),
            10 => format!("最大({}, {})", self.date(0), self.date(0)),
            11 => format!(
                "(如果 {} 则 {} 否则 {})",
                self.truth(0),
                self.date(0),
                self.date(0)
            ),
            12 if self.record.is_none() => {
                let filter = self.inside(Record::Loan, |rules| rules.filter(1));
                let function = self.pick(&["最小", "最大"]);
                format!("{function}(贷款, 起息日{filter})")
            }
            _ => self.table_of_dates(),
        }
    }
}
