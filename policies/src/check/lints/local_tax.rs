//! W03: awards linked to the enterprise's own local tax contribution, which the fair-competition
//! review rules have put under suspicion since 2024-08-01.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "only facts and bindings lead to a fact"
)]

use crate::fault::{Code, Fault};
use crate::measure::Measure;
use crate::measure::expression::{Expr, ExprKind};
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
    let mut open = vec![&measure.award.expression];
    let mut seen = vec![false; measure.bindings.len()];
    while let Some(expr) = open.pop() {
        let mut found: Vec<&Expr> = Vec::new();
        expr.visit(&mut |node| found.push(node));
        for node in found {
            match &node.kind {
                ExprKind::Fact(read) => {
                    let name = &vocabulary.fact(read.fact).name;
                    if WORDS.iter().any(|word| name.contains(word)) {
                        linked = Some(name.clone());
                    }
                }
                ExprKind::Binding(id) => {
                    if let (Some(binding), Some(mark)) =
                        (measure.bindings.get(id.0), seen.get_mut(id.0))
                        && !std::mem::replace(mark, true)
                    {
                        open.push(&binding.expression);
                    }
                }
                _other => {}
            }
        }
    }
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
