//! W04: a `起付` that no award can reach, so that the measure never pays.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a few kinds of node have a greatest value that is known beforehand; others have none"
)]

use crate::check::constants::{constant, constant_number};
use crate::check::written;
use crate::fault::{Code, Fault};
use crate::measure::expression::{Arithmetic, Expr, ExprKind};
use crate::measure::{Binding, Cap, Fund, Measure};
use crate::span::Span;
use crate::syntax::words::{Function, HitPolicy, RoundingWord};
use crate::values::Number;

/// Compares what a measure pays from with the most that it can be awarded, and with the caps and
/// the fund that limit it.
pub(crate) fn check(measure: &Measure, at: Span, caps: &[Cap], funds: &[Fund]) -> Option<Fault> {
    let from = measure.payable_from?.to_number();
    let never = |most: &Number, what: &str, place: Span, label: &str| {
        let text = format!(
            "起付 {} 高于{what} {},这个事项永远不发",
            written::money(&from),
            written::money(most)
        );
        Fault::new(Code::W04, at, text)
            .with_related(place, label)
            .with_help("核对起付和这个金额")
    };
    let award = &measure.award;
    if let Some(most) = greatest_award(measure)
        && most < from
    {
        return Some(never(&most, "最多能算出的", award.span, "金额在这里"));
    }
    for cap in caps.iter().filter(|cap| cap.over.contains(&measure.id)) {
        if let Some(limit) = constant_number(&cap.limit)
            && limit < from
        {
            return Some(never(&limit, "限额", cap.span, "限额在这里"));
        }
    }
    let fund = funds
        .iter()
        .find(|fund| measure.fund.as_ref() == Some(&fund.id))?;
    let budget = fund.budget.to_number();
    (budget < from).then(|| never(&budget, "全部预算", fund.span, "资金在这里"))
}

/// The most that a measure can award, rounded as it says; nothing where it is not known before
/// the run.
fn greatest_award(measure: &Measure) -> Option<Number> {
    let exact = greatest(&measure.award.expression, &measure.bindings)?;
    let unit = Number::from_i64(measure.award.unit.fen());
    let units = exact.checked_div(&unit).ok()?;
    let whole = match measure.award.rounding {
        RoundingWord::Down => units.floor(),
        RoundingWord::HalfUp | RoundingWord::Up => units.ceil(),
    };
    whole.checked_mul(&unit).ok()
}

/// A bound that no value of an expression exceeds.
fn greatest(expr: &Expr, bindings: &[Binding]) -> Option<Number> {
    if constant(expr).is_some() {
        return constant_number(expr);
    }
    let of = |inner: &Expr| greatest(inner, bindings);
    match &expr.kind {
        ExprKind::Binding(id) => of(&bindings.get(id.0)?.expression),
        ExprKind::Call(Function::Min, operands) => operands.iter().filter_map(of).min(),
        ExprKind::Call(Function::Max, operands) => all(operands.iter().map(of)),
        ExprKind::If(_, then, otherwise) => all([of(then), of(otherwise)].into_iter()),
        ExprKind::Step(_, rows) => all(rows.iter().map(|row| of(&row.value))),
        ExprKind::Table(table) => match table.policy {
            HitPolicy::Unique
            | HitPolicy::First
            | HitPolicy::Any
            | HitPolicy::Priority
            | HitPolicy::Max
            | HitPolicy::Min => all(table.rows.iter().map(|row| of(&row.result))),
            HitPolicy::Sum | HitPolicy::Count | HitPolicy::Collect | HitPolicy::OutputOrder => None,
        },
        ExprKind::Arithmetic(Arithmetic::Add, left, right) => {
            of(left)?.checked_add(&of(right)?).ok()
        }
        // What was paid is never below zero.
        ExprKind::Arithmetic(Arithmetic::Subtract, left, right)
            if matches!(right.kind, ExprKind::Paid(_, _)) =>
        {
            of(left)
        }
        ExprKind::Arithmetic(Arithmetic::Multiply, left, right) => {
            let (factor, other) = match (constant_number(left), constant_number(right)) {
                (Some(factor), _) => (factor, right),
                (None, Some(factor)) => (factor, left),
                (None, None) => return None,
            };
            if factor.is_negative() {
                return None;
            }
            of(other)?.checked_mul(&factor).ok()
        }
        _other => None,
    }
}

/// The greatest of bounds that must all be known.
fn all(bounds: impl Iterator<Item = Option<Number>>) -> Option<Number> {
    let bounds: Option<Vec<Number>> = bounds.collect();
    bounds?.into_iter().max()
}
