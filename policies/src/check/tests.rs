//! Table tests of the checker: a rule, and the faults that it must give.

mod examples;
mod expressions;
mod lints;
mod measures;
mod rows;

use std::sync::Arc;

use crate::check::{CheckOptions, PolicyText, check};
use crate::measure::library::Library;
use crate::syntax::keywords::ends_expression;
use crate::values::{Codes, Date};
use crate::vocabulary::Vocabulary;

/// The facts of these tests; one of every type.
const VOCABULARY: &str = r#"
[[fact]]
id = "revenue"
name = "营业收入"
type = "money"
period = "year"
source = "税务局"
absent = "unknown"
about = "营业收入"
unit = "元"
[[fact]]
id = "expense"
name = "研发费用"
type = "money"
period = "year"
source = "税务局"
absent = "unknown"
about = "研发费用"
unit = "元"
[[fact]]
id = "tax"
name = "地方贡献"
type = "money"
period = "year"
source = "税务局"
absent = "unknown"
about = "地方留成"
unit = "元"
[[fact]]
id = "power"
name = "用电量"
type = "number"
period = "month"
source = "供电公司"
absent = "unknown"
about = "用电量"
unit = "千瓦时"
[[fact]]
id = "output"
name = "产值"
type = "money"
period = "quarter"
source = "统计局"
absent = "unknown"
about = "产值"
unit = "元"
[[fact]]
id = "staff"
name = "从业人员"
type = "number"
period = "year"
source = "统计局"
absent = "unknown"
about = "从业人员"
unit = "人"
[[fact]]
id = "above_scale"
name = "规上企业"
type = "boolean"
period = "none"
source = "统计局"
absent = "unknown"
about = "规上企业"
unit = ""
[[fact]]
id = "founded"
name = "成立日期"
type = "date"
period = "none"
source = "市场监管局"
absent = "unknown"
about = "成立日期"
unit = ""
[[fact]]
id = "size"
name = "企业规模"
type = "enum"
period = "none"
source = "统计局"
absent = "unknown"
about = "企业规模"
unit = ""
members = ["大型", "中型", "小型"]
[[fact]]
id = "titles"
name = "资质"
type = "set"
period = "none"
source = "科技局"
absent = "unknown"
about = "资质"
unit = ""
members = ["高新技术企业", "瞪羚企业"]
[[fact]]
id = "industry"
name = "行业"
type = "code"
tree = "industry"
period = "none"
source = "统计局"
absent = "unknown"
about = "行业"
unit = ""
[[fact]]
id = "bank"
name = "贷款银行"
type = "text"
period = "none"
source = "人民银行"
absent = "unknown"
about = "贷款银行"
unit = ""
[[fact]]
id = "hires"
name = "新增员工"
type = "list"
period = "year"
source = "人社局"
absent = "unknown"
about = "新增员工"
unit = ""
fields = [
  { id = "months", name = "参保月数", type = "number", unit = "月", about = "参保月数" },
  { id = "unemployed", name = "登记失业", type = "boolean", unit = "", about = "登记失业" },
]
"#;

/// Checks one block of rules that stands below an article with this text.
pub(super) fn library(law: &str, block: &str) -> Library {
    let text = format!(
        "---\nid: p\ntitle: t\nissuer: i\nregion: \"4206\"\npublished: 2025-01-01\n\
         effective: 2025-01-01\nsource: s\n---\n\n# t\n\n## 第一条\n\n{law}\n\n```zhida\n{block}\n```\n"
    );
    let vocabulary = Vocabulary::read(VOCABULARY, &ends_expression);
    check(
        vec![PolicyText {
            path: "p.md".to_owned(),
            bytes: text.into_bytes(),
        }],
        Arc::new(vocabulary.expect("the vocabulary has no fault")),
        Arc::new(Codes::built_in().expect("the code tables are read")),
        CheckOptions {
            today: Some(Date::new(2026, 6, 30).expect("a date")),
        },
    )
}

/// The faults of a library as `Z02 营业收人`: code and underlined text, without W02 and W05.
pub(super) fn faults(library: &Library) -> Vec<String> {
    library
        .faults
        .iter()
        .filter(|fault| !matches!(fault.code.to_string().as_str(), "W02" | "W05"))
        .map(|fault| {
            let text = library.files.first().map_or("", |file| &file.text);
            format!(
                "{} {}",
                fault.code,
                text.get(fault.span.range()).unwrap_or("?")
            )
        })
        .collect()
}

/// A block must give these faults.
#[track_caller]
pub(super) fn block(block: &str, expected: &[&str]) {
    let library = library("文", block);
    assert_eq!(faults(&library), expected, "{block}\n{:#?}", library.faults);
}

/// A condition must give these faults.
#[track_caller]
pub(super) fn condition(expression: &str, expected: &[&str]) {
    block(
        &format!("事项 m \"m\"\n资格 {expression}\n金额 1元 取整 元 舍去"),
        expected,
    );
}

/// An award must give these faults.
#[track_caller]
pub(super) fn award(expression: &str, expected: &[&str]) {
    block(
        &format!("事项 m \"m\"\n资格 是\n金额 {expression} 取整 元 舍去"),
        expected,
    );
}
