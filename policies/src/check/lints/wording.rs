//! W01 and W02: the law text and the rules below it must state the same figures, and give a bound
//! to the same side.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::lints::figures::{Figure, FigureKind, Side};
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
    let mut stated: BTreeMap<(FigureKind, &Number), Stated<'_>> = BTreeMap::new();
    for found in text.iter().chain(cited) {
        let entry = stated
            .entry((found.figure.kind, &found.figure.value))
            .or_default();
        if let Some(side) = found.figure.side {
            entry.first_side.get_or_insert(found);
            entry.upper |= side == Side::Upper;
            entry.lower |= side == Side::Lower;
        }
    }
    let mut used: BTreeSet<(FigureKind, Number)> = BTreeSet::new();
    for rule in rules {
        let value = rule.value.abs();
        match stated.get(&(rule.kind, &value)) {
            Some(stated) => faults.extend(side_fault(rule, stated)),
            None if rule.demanded && !is_exempt(&rule.value) => faults.push(
                Fault::new(
                    Code::W02,
                    rule.span,
                    format!("规则里的 {} 在条文里找不到", shown_rule(rule)),
                )
                .with_help("核对条文;条文确实没有写的,在条文里说明依据或假设"),
            ),
            None => {}
        }
        used.insert((rule.kind, value));
    }
    for found in text {
        let figure = &found.figure;
        if figure.demanded
            && !is_exempt(&figure.value)
            && !used.contains(&(figure.kind, figure.value.clone()))
        {
            faults.push(
                Fault::new(
                    Code::W02,
                    found.span,
                    format!("条文里的 {} 没有用在规则里", shown(figure)),
                )
                .with_help("补上规则,或核对条文"),
            );
        }
    }
}

/// What a text says of one figure, wherever it stands.
#[derive(Default)]
struct Stated<'a> {
    /// The first place that says to which side it belongs.
    first_side: Option<&'a TextFigure>,
    upper: bool,
    lower: bool,
}

fn side_fault(rule: &RuleFigure, stated: &Stated<'_>) -> Option<Fault> {
    let side = rule.side?;
    let contrary = stated.first_side?;
    let (agreed, text_says, help) = match side {
        Side::Upper => (
            stated.upper,
            "本数归下面一档(以下、超过这样的说法)",
            "“以下”含本数,写 <=;“超过”不含本数,写 >",
        ),
        Side::Lower => (
            stated.lower,
            "本数归上面一档(以上、不满这样的说法)",
            "“以上”含本数,写 >=;“不满”不含本数,写 <",
        ),
    };
    if agreed {
        return None;
    }
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

fn show(kind: FigureKind, value: &Number) -> String {
    match kind {
        FigureKind::Money => written::value(&Value::Money(value.clone())),
        FigureKind::Number => {
            let percent = value.checked_mul(&Number::from_i64(100));
            match percent {
                Ok(percent) if value.abs() < Number::one() => format!("{percent}%"),
                _plain => value.to_string(),
            }
        }
    }
}
