//! W01 and W02: the law text and the rules below it must state the same figures, and give a bound
//! to the same side.

use crate::check::lints::figures::{Figure, Side};
use crate::check::lints::figures_of_rules::RuleFigure;
use crate::check::written;
use crate::fault::{Code, Fault};
use crate::measure::expression::Value;
use crate::span::Span;
use crate::values::Number;

/// A figure of the law text with its place in the file.
#[derive(Clone, Debug)]
pub(crate) struct TextFigure {
    pub(crate) figure: Figure,
    pub(crate) span: Span,
}

/// Compares the figures of an article with those of its rules. `cited` are figures of other
/// articles on which the rules also rest.
pub(crate) fn compare(
    text: &[TextFigure],
    cited: &[TextFigure],
    rules: &[RuleFigure],
    faults: &mut Vec<Fault>,
) {
    for rule in rules {
        let same: Vec<&TextFigure> = text
            .iter()
            .chain(cited)
            .filter(|found| matches(found, rule))
            .collect();
        if same.is_empty() {
            if rule.demanded && !is_exempt(&rule.value) {
                faults.push(
                    Fault::new(
                        Code::W02,
                        rule.span,
                        format!("规则里的 {} 在条文里找不到", shown_rule(rule)),
                    )
                    .with_help("核对条文;条文确实没有写的,在条文里说明依据或假设"),
                );
            }
            continue;
        }
        faults.extend(side_fault(rule, &same));
    }
    for found in text {
        let used = rules.iter().any(|rule| matches(found, rule));
        if found.figure.demanded && !used && !is_exempt(&found.figure.value) {
            faults.push(
                Fault::new(
                    Code::W02,
                    found.span,
                    format!("条文里的 {} 没有用在规则里", shown(&found.figure)),
                )
                .with_help("补上规则,或核对条文"),
            );
        }
    }
}

fn matches(found: &TextFigure, rule: &RuleFigure) -> bool {
    found.figure.kind == rule.kind && found.figure.value == rule.value.abs()
}

fn side_fault(rule: &RuleFigure, same: &[&TextFigure]) -> Option<Fault> {
    let side = rule.side?;
    let agreed = same.iter().any(|found| found.figure.side == Some(side));
    let contrary = same.iter().find(|found| found.figure.side.is_some())?;
    if agreed {
        return None;
    }
    let (text_says, help) = match side {
        Side::Upper => (
            "本数归下面一档(以下、超过这样的说法)",
            "“以下”含本数,写 <=;“超过”不含本数,写 >",
        ),
        Side::Lower => (
            "本数归上面一档(以上、不满这样的说法)",
            "“以上”含本数,写 >=;“不满”不含本数,写 <",
        ),
    };
    Some(
        Fault::new(
            Code::W01,
            rule.span,
            format!("条文里 {} 的{text_says},规则却相反", shown_rule(rule)),
        )
        .with_related(contrary.span, "条文")
        .with_help(help),
    )
}

/// Zero and one stand in rules without a figure in the text: no revenue, all of it.
fn is_exempt(value: &Number) -> bool {
    value.is_zero() || value.abs() == Number::one()
}

fn shown(figure: &Figure) -> String {
    show(figure.kind, &figure.value)
}

fn shown_rule(rule: &RuleFigure) -> String {
    show(rule.kind, &rule.value)
}

fn show(kind: crate::check::lints::figures::FigureKind, value: &Number) -> String {
    match kind {
        crate::check::lints::figures::FigureKind::Money => {
            written::value(&Value::Money(value.clone()))
        }
        crate::check::lints::figures::FigureKind::Number => {
            let percent = value.checked_mul(&Number::from_i64(100));
            match percent {
                Ok(percent) if value.abs() < Number::one() => format!("{percent}%"),
                _plain => value.to_string(),
            }
        }
    }
}
