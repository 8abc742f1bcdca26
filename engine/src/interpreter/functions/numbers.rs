//! Functions of numbers and money.

use zhida_policies::measure::expression::Value;
use zhida_policies::syntax::words::Function;
use zhida_policies::values::{Number, RoundingMode};

use super::{Bounded, Outcome};
use crate::interpreter::arithmetic::{Unit, quantity};
use crate::interpreter::bounds::Bounds;
use crate::interpreter::evaluation::{Evaluation, UndefinedReason};

/// The decimal places that FEEL allows.
const SCALE_MIN: i64 = -6111;
const SCALE_MAX: i64 = 6176;

/// Yuan have two more decimal places than fen.
const FEN_PLACES: i32 = 2;

/// A function of known arguments.
pub(super) fn apply(function: Function, arguments: &[&Value]) -> Outcome {
    match (function, arguments) {
        (Function::Absolute, [Value::Duration(length)]) => {
            let months_first = (length.months, length.days);
            let length = if months_first < (0, 0) {
                length.checked_neg()?
            } else {
                *length
            };
            Ok(Some(Value::Duration(length)))
        }
        (Function::Absolute, [value]) => {
            let (unit, number) = quantity(value).ok_or(UndefinedReason::WrongType)?;
            Ok(Some(unit.value(number.abs())))
        }
        (Function::Modulo, [Value::Number(dividend), Value::Number(divisor)]) => {
            Ok(Some(Value::Number(dividend.modulo(divisor)?)))
        }
        (Function::Modulo, [Value::Money(dividend), Value::Money(divisor)]) => {
            Ok(Some(Value::Money(dividend.modulo(divisor)?)))
        }
        (Function::Even, [Value::Number(number)]) => parity(number, false),
        (Function::Odd, [Value::Number(number)]) => parity(number, true),
        (Function::CompoundGrowthAtLeast, [now, base, years, rate]) => {
            compound_growth_at_least(now, base, years, rate)
        }
        _ => Err(UndefinedReason::WrongType),
    }
}

/// Rounds a number, or money in yuan, to decimal places; to whole ones where none are given.
pub(super) fn round(mode: RoundingMode, arguments: &[&Value]) -> Result<Value, UndefinedReason> {
    let (value, scale) = match arguments {
        [value] => (value, 0),
        [value, Value::Number(scale)] => (value, scale_of(scale)?),
        _ => return Err(UndefinedReason::WrongType),
    };
    let (unit, number) = quantity(value).ok_or(UndefinedReason::WrongType)?;
    Ok(unit.value(round_unit(unit, number, scale, mode)?))
}

fn round_unit(
    unit: Unit,
    number: &Number,
    scale: i32,
    mode: RoundingMode,
) -> Result<Number, UndefinedReason> {
    let scale = match unit {
        Unit::Fen => scale.saturating_sub(FEN_PLACES),
        Unit::One => scale,
    };
    Ok(number.round_to(scale, mode)?)
}

/// The whole part of a scale.
fn scale_of(scale: &Number) -> Result<i32, UndefinedReason> {
    let whole = scale.round_to(0, RoundingMode::Down)?.to_i64();
    whole
        .filter(|scale| (SCALE_MIN..=SCALE_MAX).contains(scale))
        .and_then(|scale| i32::try_from(scale).ok())
        .ok_or(UndefinedReason::BadArgument)
}

/// Whether a whole number is odd, or even; FEEL has no answer for the others.
fn parity(number: &Number, odd: bool) -> Outcome {
    if !number.is_integer() {
        return Err(UndefinedReason::BadArgument);
    }
    let rest = number.modulo(&Number::from_i64(2))?;
    Ok(Some(Value::Boolean(rest.is_zero() != odd)))
}

/// Whether `now` is at least `base` grown by `rate` in each of `years` years: without roots, so
/// exactly.
fn compound_growth_at_least(now: &Value, base: &Value, years: &Value, rate: &Value) -> Outcome {
    let (Value::Number(years), Value::Number(rate)) = (years, rate) else {
        return Err(UndefinedReason::WrongType);
    };
    let ((unit, now), (base_unit, base)) = quantity(now)
        .zip(quantity(base))
        .ok_or(UndefinedReason::WrongType)?;
    if unit != base_unit {
        return Err(UndefinedReason::WrongType);
    }
    let years = years.to_i64().and_then(|years| u32::try_from(years).ok());
    let years = years.ok_or(UndefinedReason::BadArgument)?;
    let factor = Number::one().checked_add(rate)?.pow_u32(years)?;
    Ok(Some(Value::Boolean(*now >= base.checked_mul(&factor)?)))
}

/// The bounds of a function of unknown arguments: rounding never turns an order round.
pub(super) fn bounds(function: Bounded, unit: Unit, arguments: &[Evaluation]) -> Option<Bounds> {
    let subject = Bounds::of(arguments.first()?)?;
    let mode = match function {
        Bounded::Absolute => return Some(subject.absolute()),
        Bounded::Rounding(mode) => mode,
    };
    let scale = match arguments.get(1) {
        None => 0,
        Some(Evaluation::Known(Value::Number(scale))) => scale_of(scale).ok()?,
        Some(_) => return None,
    };
    Some(subject.map(|end| round_unit(unit, end, scale, mode).ok()))
}
