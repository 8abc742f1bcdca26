//! The value of expressions that depend on no enterprise.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "only what is named here is known before the run"
)]

use crate::measure::expression::{Arithmetic, Expr, ExprKind, Value};
use crate::syntax::words::Function;
use crate::values::date::parse_date;
use crate::values::{Date, Number};

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
        ExprKind::Call(Function::Date, arguments) => {
            let arguments: Option<Vec<Value>> = arguments.iter().map(constant).collect();
            date(&arguments?).map(Value::Date)
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

fn date(arguments: &[Value]) -> Option<Date> {
    if let [Value::Date(day)] = arguments {
        return Some(*day);
    }
    if let [Value::Text(text)] = arguments {
        return parse_date(text).ok();
    }
    let whole = |value: &Value| plain(value)?.to_i64();
    let [year, month, day] = arguments else {
        return None;
    };
    let year = i16::try_from(whole(year)?).ok()?;
    let month = i8::try_from(whole(month)?).ok()?;
    let day = i8::try_from(whole(day)?).ok()?;
    Date::new(year, month, day).ok()
}

fn plain(value: &Value) -> Option<&Number> {
    match value {
        Value::Number(number) | Value::Money(number) => Some(number),
        _other => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Value, constant};
    use crate::check::{Environment, check_expression};
    use crate::span::FileId;
    use crate::syntax::parse_expression;
    use crate::values::{Codes, Date};
    use crate::vocabulary::Vocabulary;

    #[track_caller]
    fn check(text: &str, expected: Option<Value>) {
        let (syntax, faults) = parse_expression(text, FileId(0), &[]);
        assert_eq!(faults, []);
        let codes = Codes::built_in().unwrap();
        let (expr, _, faults) =
            check_expression(&syntax, &Environment::new(), &Vocabulary::default(), &codes);
        assert_eq!(faults, []);
        assert_eq!(constant(&expr), expected);
    }

    #[test]
    fn written_days_are_constants() {
        let day = Date::new(2016, 10, 1).unwrap();
        check("2016-10-01", Some(Value::Date(day)));
        check("date(\"2016-10-01\")", Some(Value::Date(day)));
        check("date(2016, 10, 1)", Some(Value::Date(day)));
        check("date(2016, 13, 1)", None);
        check("date(2016, 10, 1.5)", None);
    }

    #[test]
    fn two_texts_may_differ() {
        check("\"foo\" = \"Foo\"", None);
    }
}
