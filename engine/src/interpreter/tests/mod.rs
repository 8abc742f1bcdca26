//! The semantics of the notation, row by row, and the laws behind them.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "independent computations on small machine integers; a test stops at a surprise"
)]

mod decisions;
mod expressions;
mod functions;
mod generated;
mod laws;
mod records;
mod tables;

use std::sync::Arc;

use zhida_policies::check::{CheckOptions, PolicyText, check};
use zhida_policies::measure::Measure;
use zhida_policies::measure::library::Library;
use zhida_policies::values::Codes;
use zhida_policies::vocabulary::Vocabulary;

use crate::decision::{Decision, Ineligible, NotApplicable};
use crate::example::ExampleFacts;
use crate::explain::words;
use crate::interpreter::{Bounds, Context, Evaluation, Interpreter};

const VOCABULARY: &str = include_str!("vocabulary.toml");

/// A library of one policy with one measure.
pub(crate) fn library_of(region: &str, measure: &str) -> Library {
    let text = format!(
        "---\nid: test\ntitle: 试行办法\nissuer: 试验市人民政府\nregion: \"{region}\"\n\
         published: 2020-01-01\neffective: 2020-01-01\n---\n\n# 试行办法\n\n## 第一条\n\n\
         ```zhida\n{measure}\n```\n"
    );
    let vocabulary = Vocabulary::read(VOCABULARY, &|_| false).unwrap();
    let texts = vec![PolicyText {
        path: "test.md".to_owned(),
        bytes: text.into_bytes(),
    }];
    let codes = Arc::new(Codes::built_in().unwrap());
    let library = check(texts, Arc::new(vocabulary), codes, CheckOptions::default());
    let faults: Vec<_> = library
        .faults
        .iter()
        .filter(|fault| !fault.code.is_warning())
        .collect();
    assert!(faults.is_empty(), "{measure}\n{faults:#?}");
    library
}

/// An expression of a measure, with the facts of an example.
#[track_caller]
pub(super) fn check_expression(facts: &str, expression: &str, expected: &str) {
    let measure = format!(
        "事项 one \"一\"\n周期 每年\n设 甲 = {expression}\n资格 规上企业\n金额 1元 取整 元 舍去\n\
         举例 年度 = 2025{}{facts} => 1元",
        if facts.is_empty() { "" } else { ", " },
    );
    let library = library_of("4206", &measure);
    let measure = &library.measures[0];
    let example = &measure.examples[0];
    let context = Context {
        year: example.year,
        as_of: example.as_of,
    };
    let found = Interpreter::new(&library).evaluate_expression(
        &measure.bindings.last().unwrap().expression,
        &measure.bindings,
        &ExampleFacts::new(&library, measure, example),
        context,
    );
    assert_eq!(
        show(&library, &found),
        expected,
        "{expression} with {facts}"
    );
}

/// The decision of a measure with the facts of an example.
pub(super) fn decide(library: &Library) -> Decision {
    let measure = &library.measures[0];
    let example = &measure.examples[0];
    let context = Context {
        year: example.year,
        as_of: example.as_of,
    };
    let facts = ExampleFacts::new(library, measure, example);
    let interpreter = Interpreter::new(library);
    let decision = interpreter.decide(measure, &facts, context);
    // Recording the steps must not change what is decided.
    assert_eq!(interpreter.trace(measure, &facts, context).0, decision);
    decision
}

/// The decision of a measure, given with its statements.
#[track_caller]
pub(super) fn check_decision(region: &str, statements: &str, facts: &str, expected: &str) {
    let measure = format!("事项 one \"一\"\n{statements}\n举例 {facts} => 1元");
    let library = library_of(region, &measure);
    let decision = decide(&library);
    let shown = show_decision(&library, &library.measures[0], &decision);
    assert_eq!(shown, expected, "{statements} with {facts}");
}

/// A node in short: the value, `? missing [bounds]`, or `! reason`.
pub(super) fn show(library: &Library, evaluation: &Evaluation) -> String {
    match evaluation {
        Evaluation::Known(value) => words::value(value),
        Evaluation::Unknown(unknown) => {
            let missing: Vec<String> = unknown
                .missing
                .iter()
                .map(|one| words::missing_name(library, *one))
                .collect();
            let missing = missing.join(" ");
            match &unknown.bounds {
                Bounds {
                    least: None,
                    greatest: None,
                } => format!("? {missing}"),
                Bounds { least, greatest } => {
                    let end = |end: &Option<zhida_policies::values::Number>| {
                        end.as_ref().map_or_else(String::new, ToString::to_string)
                    };
                    format!("? {missing} [{}..{}]", end(least), end(greatest))
                }
            }
        }
        Evaluation::Undefined(undefined) => format!("! {:?}", undefined.reason),
    }
}

/// A decision in short.
pub(super) fn show_decision(library: &Library, measure: &Measure, decision: &Decision) -> String {
    match decision {
        Decision::NotApplicable(NotApplicable::Region { .. }) => "不适用 地区".to_owned(),
        Decision::NotApplicable(NotApplicable::Validity { .. }) => "不适用 有效期".to_owned(),
        Decision::NotApplicable(NotApplicable::Exceptions(_)) | Decision::Ineligible(_) => {
            let mut reasons: Vec<String> = decision
                .conditions(measure)
                .iter()
                .map(|(condition, _)| condition.label.clone().unwrap_or_default())
                .collect();
            let is_ineligible = matches!(decision, Decision::Ineligible(_));
            if let Decision::Ineligible(all) = decision {
                reasons.extend(all.iter().filter_map(|reason| match reason {
                    Ineligible::Condition(_) => None,
                    Ineligible::AlreadyPaid { paid } => Some(format!("已付{paid}")),
                    Ineligible::AwardIsZero => Some("零".to_owned()),
                }));
            }
            let kind = if is_ineligible {
                "不符合"
            } else {
                "不适用"
            };
            format!("{kind} {}", reasons.join(" "))
        }
        Decision::Undetermined(facts) => {
            let missing: Vec<String> = facts
                .missing
                .iter()
                .map(|one| words::missing_name(library, *one))
                .collect();
            let greatest = facts
                .greatest
                .map_or_else(String::new, |money| money.to_string());
            format!("待核 {} {}..{greatest}", missing.join(" "), facts.least)
        }
        Decision::Eligible { award, .. } => award.chinese().to_string(),
        Decision::Error(error) => format!("出错 {:?}", error.kind),
    }
}
