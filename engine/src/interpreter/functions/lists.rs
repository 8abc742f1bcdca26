//! Functions over the items of a list.

use std::cmp::Ordering;

use zhida_policies::measure::expression::{Arithmetic, Value};
use zhida_policies::span::Span;
use zhida_policies::values::Number;

use super::{ItemsFunction, Outcome, finish};
use crate::interpreter::arithmetic;
use crate::interpreter::bounds::Bounds;
use crate::interpreter::comparing::order;
use crate::interpreter::evaluation::{Evaluation, Lack, UndefinedReason};

/// A function over items of which some may be unknown.
pub(super) fn of_items(function: ItemsFunction, items: &[Evaluation], span: Span) -> Evaluation {
    let mut lack = Lack::default();
    for item in items {
        lack.note(item);
    }
    if let Some(lacking) = lack.result(|| bounds(function, items).unwrap_or(Bounds::NONE)) {
        return lacking;
    }
    let values: Vec<&Value> = items.iter().filter_map(Evaluation::known).collect();
    finish(of_values(function, &values), span)
}

/// The bounds of a function over items of which some are unknown.
fn bounds(function: ItemsFunction, items: &[Evaluation]) -> Option<Bounds> {
    let bounds: Option<Vec<Bounds>> = items.iter().map(Bounds::of).collect();
    let mut bounds = bounds?.into_iter();
    let first = bounds.next()?;
    match function {
        ItemsFunction::Min => Some(bounds.fold(first, Bounds::lesser)),
        ItemsFunction::Max => Some(bounds.fold(first, Bounds::greater)),
        ItemsFunction::Sum => Some(bounds.fold(first, Bounds::plus)),
        ItemsFunction::Product => Some(bounds.fold(first, Bounds::times)),
        ItemsFunction::Mean | ItemsFunction::Median => Some(bounds.fold(first, Bounds::join)),
        ItemsFunction::Count | ItemsFunction::Mode => None,
    }
}

/// A function over known items; over none FEEL gives `null`, except for a count and the modes.
fn of_values(function: ItemsFunction, values: &[&Value]) -> Outcome {
    match function {
        ItemsFunction::Count => Ok(Some(count(values.len()))),
        ItemsFunction::Mode => mode(values).map(Some),
        ItemsFunction::Min => extreme(values, Ordering::Less),
        ItemsFunction::Max => extreme(values, Ordering::Greater),
        ItemsFunction::Sum => fold(values, arithmetic::add),
        ItemsFunction::Product => fold(values, |left, right| {
            arithmetic::compute(Arithmetic::Multiply, left, right)
        }),
        ItemsFunction::Mean => match fold(values, arithmetic::add)? {
            Some(total) => arithmetic::divide(&total, &count(values.len())).map(Some),
            None => Ok(None),
        },
        ItemsFunction::Median => median(values),
    }
}

fn count(count: usize) -> Value {
    Value::Number(Number::from_i64(i64::try_from(count).unwrap_or(i64::MAX)))
}

fn fold(
    values: &[&Value],
    combine: impl Fn(&Value, &Value) -> Result<Value, UndefinedReason>,
) -> Outcome {
    let Some((first, rest)) = values.split_first() else {
        return Ok(None);
    };
    let total = rest
        .iter()
        .try_fold((*first).clone(), |total, value| combine(&total, value))?;
    match total {
        Value::Money(_) | Value::Number(_) | Value::Duration(_) => Ok(Some(total)),
        Value::Boolean(_)
        | Value::Date(_)
        | Value::Text(_)
        | Value::Set(_)
        | Value::Sequence(_)
        | Value::Test(_) => Err(UndefinedReason::WrongType),
    }
}

fn extreme(values: &[&Value], wanted: Ordering) -> Outcome {
    let Some((first, rest)) = values.split_first() else {
        return Ok(None);
    };
    let mut best = *first;
    for value in rest {
        let ordering = order(value, best).ok_or(UndefinedReason::WrongType)?;
        if ordering == wanted {
            best = value;
        }
    }
    Ok(Some(best.clone()))
}

/// The values in ascending order.
fn sorted<'a>(values: &[&'a Value]) -> Result<Vec<&'a Value>, UndefinedReason> {
    let comparable = values
        .iter()
        .zip(values.iter().skip(1))
        .all(|(left, right)| order(left, right).is_some());
    if !comparable {
        return Err(UndefinedReason::WrongType);
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(|left, right| order(left, right).unwrap_or(Ordering::Equal));
    Ok(sorted)
}

/// The value in the middle, or half the sum of the two in the middle.
fn median(values: &[&Value]) -> Outcome {
    let sorted = sorted(values)?;
    let half = sorted.len() / 2;
    let Some(upper) = sorted.get(half) else {
        return Ok(None);
    };
    if sorted.len() % 2 == 1 {
        return Ok(Some((*upper).clone()));
    }
    let lower = half.checked_sub(1).and_then(|index| sorted.get(index));
    match lower {
        Some(lower) => {
            let two = Value::Number(Number::from_i64(2));
            arithmetic::divide(&arithmetic::add(lower, upper)?, &two).map(Some)
        }
        None => Ok(None),
    }
}

/// The values that occur most often, in ascending order.
fn mode(values: &[&Value]) -> Result<Value, UndefinedReason> {
    let mut runs: Vec<(&Value, usize)> = Vec::new();
    for value in sorted(values)? {
        match runs.last_mut() {
            Some((last, length)) if *last == value => *length = length.saturating_add(1),
            Some(_) | None => runs.push((value, 1)),
        }
    }
    let longest = runs.iter().map(|(_, length)| *length).max();
    let modes = runs.iter().filter(|(_, length)| Some(*length) == longest);
    Ok(Value::Sequence(
        modes.map(|(value, _)| (*value).clone()).collect(),
    ))
}
