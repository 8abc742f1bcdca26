//! Arithmetic on exact values, and the bounds of what is unknown.

use zhida_policies::measure::expression::{Arithmetic, Value};
use zhida_policies::span::Span;
use zhida_policies::values::date::{DateOverflow, days_between};
use zhida_policies::values::{DivisionError, Number, NumberOverflow};

use crate::interpreter::bounds::Bounds;
use crate::interpreter::evaluation::{Evaluation, Lack, UndefinedReason};

impl From<NumberOverflow> for UndefinedReason {
    fn from(_: NumberOverflow) -> Self {
        Self::Overflow
    }
}

impl From<DivisionError> for UndefinedReason {
    fn from(error: DivisionError) -> Self {
        match error {
            DivisionError::ZeroDivision => Self::DivisionByZero,
            DivisionError::Overflow(_) => Self::Overflow,
        }
    }
}

impl From<DateOverflow> for UndefinedReason {
    fn from(_: DateOverflow) -> Self {
        Self::BadDate
    }
}

/// What kind of quantity a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Fen.
    Fen,
    /// A plain number.
    One,
}

impl Unit {
    /// A quantity of this kind.
    pub(super) fn value(self, number: Number) -> Value {
        match self {
            Self::Fen => Value::Money(number),
            Self::One => Value::Number(number),
        }
    }
}

/// The number of a quantity and its kind; nothing for other values.
pub(super) fn quantity(value: &Value) -> Option<(Unit, &Number)> {
    match value {
        Value::Money(number) => Some((Unit::Fen, number)),
        Value::Number(number) => Some((Unit::One, number)),
        Value::Boolean(_)
        | Value::Date(_)
        | Value::Duration(_)
        | Value::Text(_)
        | Value::Set(_)
        | Value::Sequence(_)
        | Value::Test(_) => None,
    }
}

/// One operation on two operands.
pub(super) fn combine(
    operation: Arithmetic,
    left: &Evaluation,
    right: &Evaluation,
    span: Span,
) -> Evaluation {
    if let (Evaluation::Known(left), Evaluation::Known(right)) = (left, right) {
        return Evaluation::from_result(compute(operation, left, right), span);
    }
    let mut lack = Lack::default();
    lack.note(left);
    lack.note(right);
    let bounds = || interval(operation, left, right).unwrap_or(Bounds::NONE);
    lack.result(bounds).unwrap_or_else(Evaluation::nothing)
}

fn interval(operation: Arithmetic, left: &Evaluation, right: &Evaluation) -> Option<Bounds> {
    let (left, right) = (Bounds::of(left)?, Bounds::of(right)?);
    Some(match operation {
        Arithmetic::Add => left.plus(right),
        Arithmetic::Subtract => left.plus(right.negate()),
        Arithmetic::Multiply => left.times(right),
        Arithmetic::Divide => left.over(&right),
    })
}

/// One operation on two known values.
pub(super) fn compute(
    operation: Arithmetic,
    left: &Value,
    right: &Value,
) -> Result<Value, UndefinedReason> {
    match operation {
        Arithmetic::Add => add(left, right),
        Arithmetic::Subtract => subtract(left, right),
        Arithmetic::Multiply => multiply(left, right),
        Arithmetic::Divide => divide(left, right),
    }
}

/// The sum of quantities, of spans of time, of a day and a span, or of texts.
pub(super) fn add(left: &Value, right: &Value) -> Result<Value, UndefinedReason> {
    match (left, right) {
        (Value::Money(a), Value::Money(b)) => Ok(Value::Money(a.checked_add(b)?)),
        (Value::Number(a), Value::Number(b)) => Ok(Value::Number(a.checked_add(b)?)),
        (Value::Date(day), Value::Duration(span)) | (Value::Duration(span), Value::Date(day)) => {
            Ok(Value::Date(span.after(*day)?))
        }
        (Value::Duration(a), Value::Duration(b)) => Ok(Value::Duration(a.checked_add(*b)?)),
        (Value::Text(a), Value::Text(b)) => Ok(Value::Text(format!("{a}{b}").into())),
        _ => Err(UndefinedReason::WrongType),
    }
}

fn subtract(left: &Value, right: &Value) -> Result<Value, UndefinedReason> {
    match (left, right) {
        (Value::Money(a), Value::Money(b)) => Ok(Value::Money(a.checked_sub(b)?)),
        (Value::Number(a), Value::Number(b)) => Ok(Value::Number(a.checked_sub(b)?)),
        (Value::Date(day), Value::Duration(span)) => Ok(Value::Date(span.before(*day)?)),
        (Value::Date(to), Value::Date(from)) => {
            Ok(Value::Number(Number::from_i64(days_between(*from, *to))))
        }
        (Value::Duration(a), Value::Duration(b)) => {
            Ok(Value::Duration(a.checked_add(b.checked_neg()?)?))
        }
        _ => Err(UndefinedReason::WrongType),
    }
}

/// The product of two quantities of which at most one is money.
pub(super) fn multiply(left: &Value, right: &Value) -> Result<Value, UndefinedReason> {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => Ok(Value::Number(a.checked_mul(b)?)),
        (Value::Money(a), Value::Number(b)) | (Value::Number(a), Value::Money(b)) => {
            Ok(Value::Money(a.checked_mul(b)?))
        }
        _ => Err(UndefinedReason::WrongType),
    }
}

/// The quotient of two quantities; that of money by money is a plain number.
pub(super) fn divide(left: &Value, right: &Value) -> Result<Value, UndefinedReason> {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) | (Value::Money(a), Value::Money(b)) => {
            Ok(Value::Number(a.checked_div(b)?))
        }
        (Value::Money(a), Value::Number(b)) => Ok(Value::Money(a.checked_div(b)?)),
        _ => Err(UndefinedReason::WrongType),
    }
}

/// `-x`
pub(super) fn negate(operand: Evaluation, span: Span) -> Evaluation {
    match operand {
        Evaluation::Known(Value::Duration(length)) => {
            let turned = length.checked_neg().map(Value::Duration);
            Evaluation::from_result(turned.map_err(UndefinedReason::from), span)
        }
        Evaluation::Known(value) => match quantity(&value) {
            Some((unit, number)) => Evaluation::Known(unit.value(number.neg())),
            None => Evaluation::undefined(UndefinedReason::WrongType, span),
        },
        Evaluation::Unknown(mut unknown) => {
            unknown.bounds = unknown.bounds.negate();
            Evaluation::Unknown(unknown)
        }
        undefined @ Evaluation::Undefined(_) => undefined,
    }
}
