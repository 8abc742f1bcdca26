//! W05: too few examples, or none that pays, does not pay, or lacks a fact.

use crate::fault::{Code, Fault};
use crate::span::Span;
use crate::syntax::ast::{ExampleResult, MeasureSyntax, StatementKind};

pub(crate) fn check(measure: &MeasureSyntax) -> Option<Fault> {
    let results: Vec<&ExampleResult> = measure
        .statements
        .iter()
        .filter_map(|statement| {
            let StatementKind::Example(example) = &statement.kind else {
                return None;
            };
            Some(&example.result)
        })
        .collect();
    let mut lacking: Vec<&str> = Vec::new();
    if !results
        .iter()
        .any(|result| matches!(result, ExampleResult::Award(_)))
    {
        lacking.push("得到金额的");
    }
    if !results.iter().any(|result| {
        matches!(
            result,
            ExampleResult::Ineligible | ExampleResult::NotApplicable
        )
    }) {
        lacking.push("不发的");
    }
    if !results
        .iter()
        .any(|result| matches!(result, ExampleResult::Undetermined(_)))
    {
        lacking.push("缺一个事实的(=> 待核 事实)");
    }
    let few = results.len() < 3;
    if lacking.is_empty() && !few {
        return None;
    }
    let mut message = format!("事项“{}”有 {} 个举例", measure.id.text, results.len());
    if few {
        message.push_str(",至少要 3 个");
    }
    if !lacking.is_empty() {
        message.push_str(",还没有");
        message.push_str(&lacking.join("、"));
    }
    let at: Span = measure.id.span;
    Some(Fault::new(Code::W05, at, message).with_help("补上举例,门槛两边各写一个"))
}
