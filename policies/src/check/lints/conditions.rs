//! W04: conditions that can never hold or never fail.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a few kinds of node have a truth that is known beforehand; all others have none"
)]

use crate::check::cells::{self, Answers};
use crate::check::intervals;
use crate::fault::{Code, Fault};
use crate::measure::expression::{Comparison, Expr, ExprKind, Test, Value};
use crate::measure::{Condition, Measure};

/// A subject and the values of it that let a part of a condition hold.
struct Atom<'m> {
    subject: &'m Expr,
    answers: Answers,
    condition: &'m Condition,
}

pub(crate) fn check(measure: &Measure, faults: &mut Vec<Fault>) {
    let everyone = |condition: &Condition| {
        condition.expression.kind == ExprKind::Literal(Value::Boolean(true))
    };
    let conditions = measure
        .conditions
        .iter()
        .filter(|condition| !everyone(condition));
    for condition in conditions.chain(&measure.exceptions) {
        if let Some(always) = constant_truth(&condition.expression) {
            let what = if always {
                "永远成立"
            } else {
                "永远不成立"
            };
            faults.push(
                Fault::new(Code::W04, condition.span, format!("这个条件{what}"))
                    .with_help("改正条件,或删去这一条"),
            );
        }
    }
    let mut atoms: Vec<Atom<'_>> = Vec::new();
    for condition in &measure.conditions {
        let mut parts = Vec::new();
        conjuncts(&condition.expression, &mut parts);
        for part in parts {
            let Some((subject, answers)) = atom(part) else {
                continue;
            };
            let clash = atoms.iter().find(|earlier| {
                *earlier.subject == *subject && cells::common(&earlier.answers, &answers).is_none()
            });
            if let Some(earlier) = clash {
                let fault = if earlier.condition.span == condition.span {
                    Fault::new(Code::W04, condition.span, "这个条件自相矛盾,永远不成立")
                } else {
                    Fault::new(
                        Code::W04,
                        condition.span,
                        "这个条件与前面的条件矛盾,合在一起永远不成立",
                    )
                    .with_related(earlier.condition.span, "前面的条件")
                };
                faults.push(fault.with_help("核对两处的界限"));
            }
            atoms.push(Atom {
                subject,
                answers,
                condition,
            });
        }
    }
    for exception in &measure.exceptions {
        let Some((subject, answers)) = atom(&exception.expression) else {
            continue;
        };
        let swallowed = atoms
            .iter()
            .find(|part| *part.subject == *subject && cells::covers(&answers, &part.answers));
        if let Some(part) = swallowed {
            faults.push(
                Fault::new(
                    Code::W04,
                    exception.span,
                    "凡符合资格的都被这条除外,没有企业能得到",
                )
                .with_related(part.condition.span, "这条资格")
                .with_help("核对资格和除外的界限"),
            );
        }
    }
}

fn conjuncts<'m>(expr: &'m Expr, into: &mut Vec<&'m Expr>) {
    if let ExprKind::And(operands) = &expr.kind {
        operands.iter().for_each(|operand| conjuncts(operand, into));
    } else {
        into.push(expr);
    }
}

/// A part of a condition that looks at one subject.
fn atom(expr: &Expr) -> Option<(&Expr, Answers)> {
    let yes = |holds: bool| {
        let literal = Expr {
            kind: ExprKind::Literal(Value::Boolean(holds)),
            span: expr.span,
        };
        cells::of_cell(&Test::Equal(Box::new(literal)))
    };
    match &expr.kind {
        ExprKind::Fact(_) | ExprKind::Binding(_) | ExprKind::Field(_, _) => Some((expr, yes(true))),
        ExprKind::Compare(comparison, left, right) => {
            if crate::check::constants::constant(right).is_some() {
                let test = Test::Compare(*comparison, right.clone());
                return Some((left, cells::of_cell(&test)));
            }
            if crate::check::constants::constant(left).is_some() {
                let test = Test::Compare(mirrored(*comparison), left.clone());
                return Some((right, cells::of_cell(&test)));
            }
            None
        }
        ExprKind::In(subject, tests) => match cells::of_cell(&Test::Any(tests.clone())) {
            Answers::Unknown => None,
            answers => Some((subject, answers)),
        },
        ExprKind::Not(inner) => match &inner.kind {
            ExprKind::In(subject, tests) => {
                match cells::of_cell(&Test::Not(Box::new(Test::Any(tests.clone())))) {
                    Answers::Unknown => None,
                    answers => Some((subject, answers)),
                }
            }
            ExprKind::Fact(_) | ExprKind::Binding(_) | ExprKind::Field(_, _) => {
                Some((inner, yes(false)))
            }
            _other => None,
        },
        _other => None,
    }
}

fn mirrored(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Equal => Comparison::Equal,
        Comparison::NotEqual => Comparison::NotEqual,
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
    }
}

/// The truth of a condition that no fact can change.
fn constant_truth(expr: &Expr) -> Option<bool> {
    match &expr.kind {
        ExprKind::Literal(Value::Boolean(value)) => Some(*value),
        ExprKind::Not(inner) => constant_truth(inner).map(|value| !value),
        ExprKind::And(operands) => {
            let truths: Vec<Option<bool>> = operands.iter().map(constant_truth).collect();
            if truths.contains(&Some(false)) {
                return Some(false);
            }
            truths
                .iter()
                .all(|truth| *truth == Some(true))
                .then_some(true)
        }
        ExprKind::Or(operands) => {
            let truths: Vec<Option<bool>> = operands.iter().map(constant_truth).collect();
            if truths.contains(&Some(true)) || covers_everything(operands) {
                return Some(true);
            }
            truths
                .iter()
                .all(|truth| *truth == Some(false))
                .then_some(false)
        }
        ExprKind::Compare(comparison, left, right) => {
            if left == right {
                return Some(matches!(
                    comparison,
                    Comparison::Equal | Comparison::LessOrEqual | Comparison::GreaterOrEqual
                ));
            }
            let a = crate::check::constants::constant(left)?;
            let b = crate::check::constants::constant(right)?;
            Some(holds(*comparison, a.cmp(&b)))
        }
        ExprKind::In(_, tests) => {
            let intervals = intervals::of_test(&Test::Any(tests.clone()))?;
            intervals
                .iter()
                .all(intervals::Interval::is_empty)
                .then_some(false)
        }
        _other => None,
    }
}

/// Whether comparisons of one subject leave no value out.
fn covers_everything(operands: &[Expr]) -> bool {
    let mut all = Vec::new();
    let mut common: Option<&Expr> = None;
    for operand in operands {
        let Some((subject, Answers::Line(intervals))) = atom(operand) else {
            return false;
        };
        if common.is_some_and(|earlier| *earlier != *subject) {
            return false;
        }
        common = Some(subject);
        all.extend(intervals.into_iter().map(|interval| (0, interval)));
    }
    let open_below = all.iter().any(|(_, interval)| interval.low.is_none());
    let open_above = all.iter().any(|(_, interval)| interval.high.is_none());
    open_below && open_above && intervals::first_gap(&all).is_none()
}

fn holds(comparison: Comparison, ordering: std::cmp::Ordering) -> bool {
    match comparison {
        Comparison::Equal => ordering.is_eq(),
        Comparison::NotEqual => ordering.is_ne(),
        Comparison::Less => ordering.is_lt(),
        Comparison::LessOrEqual => ordering.is_le(),
        Comparison::Greater => ordering.is_gt(),
        Comparison::GreaterOrEqual => ordering.is_ge(),
    }
}
