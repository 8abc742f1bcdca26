//! W03: awards linked to the enterprise's own local tax contribution, which the fair-competition
//! review rules have put under suspicion since 2024-08-01.

use crate::fault::{Code, Fault};
use crate::measure::Measure;
use crate::measure::expression::ExprKind;
use crate::vocabulary::Vocabulary;

/// The words by which a fact speaks of taxes that the place keeps.
const WORDS: [&str; 8] = [
    "地方贡献",
    "财政贡献",
    "经济贡献",
    "地方财力",
    "税收",
    "纳税",
    "留成",
    "入库税",
];

pub(crate) fn check(measure: &Measure, vocabulary: &Vocabulary) -> Option<Fault> {
    let mut linked: Option<String> = None;
    let award = &measure.award.expression;
    award.visit_through(&measure.bindings, &mut |node| {
        if let ExprKind::Fact(read) = &node.kind {
            let name = &vocabulary.fact(read.fact).name;
            if WORDS.iter().any(|word| name.contains(word)) {
                linked = Some(name.clone());
            }
        }
    });
    linked.map(|name| {
        Fault::new(
            Code::W03,
            measure.award.span,
            format!("奖补金额与企业的“{name}”挂钩"),
        )
        .with_help(
            "《公平竞争审查条例》(2024-08-01 起施行)不允许;新政策改用其他依据,旧政策保留以便复算",
        )
    })
}
