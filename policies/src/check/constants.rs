//! The value of expressions that depend on no enterprise.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "only what is named here is known before the run"
)]

use crate::measure::expression::{Arithmetic, Expr, ExprKind, Value};
use crate::values::Number;

/// The value of a constant expression; `None` when it depends on facts or cannot be computed.
pub(crate) fn constant(expr: &Expr) -> Option<Value> {
    match &expr.kind {
        ExprKind::Literal(value) => Some(value.clone()),
        ExprKind::Negate(operand) => match constant(operand)? {
            Value::Number(number) => Some(Value::Number(number.neg())),
            Value::Money(number) => Some(Value::Money(number.neg())),
            _other => None,
        },
        ExprKind::Arithmetic(operator, left, right) => {
            arithmetic(*operator, &constant(left)?, &constant(right)?)
        }
        _other => None,
    }
}

/// The exact number inside a constant number or money (in fen).
pub(crate) fn constant_number(expr: &Expr) -> Option<Number> {
    match constant(expr)? {
        Value::Number(number) | Value::Money(number) => Some(number),
        _other => None,
    }
}

fn arithmetic(operator: Arithmetic, left: &Value, right: &Value) -> Option<Value> {
    let (a, b) = (plain(left)?, plain(right)?);
    let result = match operator {
        Arithmetic::Add => a.checked_add(b).ok(),
        Arithmetic::Subtract => a.checked_sub(b).ok(),
        Arithmetic::Multiply => a.checked_mul(b).ok(),
        Arithmetic::Divide => a.checked_div(b).ok(),
    }?;
    let money = match operator {
        Arithmetic::Add | Arithmetic::Subtract | Arithmetic::Multiply => {
            matches!(left, Value::Money(_)) || matches!(right, Value::Money(_))
        }
        Arithmetic::Divide => matches!(left, Value::Money(_)) && !matches!(right, Value::Money(_)),
    };
    Some(if money {
        Value::Money(result)
    } else {
        Value::Number(result)
    })
}

fn plain(value: &Value) -> Option<&Number> {
    match value {
        Value::Number(number) | Value::Money(number) => Some(number),
        _other => None,
    }
}
