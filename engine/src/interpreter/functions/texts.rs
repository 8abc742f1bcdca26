//! Functions of texts. Places count characters, not bytes.

use zhida_policies::measure::expression::Value;
use zhida_policies::span::Span;
use zhida_policies::syntax::words::Function;
use zhida_policies::values::{Money, Number, RoundingMode};

use super::{Outcome, finish};
use crate::interpreter::bounds::Bounds;
use crate::interpreter::evaluation::{Evaluation, Lack, UndefinedReason};

/// A function of known arguments.
pub(super) fn apply(function: Function, arguments: &[&Value]) -> Outcome {
    let text = |text: String| Ok(Some(Value::Text(text.into())));
    let boolean = |value: bool| Ok(Some(Value::Boolean(value)));
    match (function, arguments) {
        (Function::EndsWith, [Value::Text(whole), Value::Text(part)]) => {
            boolean(whole.ends_with(&**part))
        }
        (Function::StartsWith, [Value::Text(whole), Value::Text(part)]) => {
            boolean(whole.starts_with(&**part))
        }
        (Function::Contains, [Value::Text(whole), Value::Text(part)]) => {
            boolean(whole.contains(&**part))
        }
        (Function::Contains, [Value::Set(members), Value::Text(member)]) => {
            boolean(members.binary_search(member).is_ok())
        }
        (Function::StringLength, [Value::Text(whole)]) => {
            let count = i64::try_from(whole.chars().count()).unwrap_or(i64::MAX);
            Ok(Some(Value::Number(Number::from_i64(count))))
        }
        (Function::Substring, [Value::Text(whole), Value::Number(start)]) => {
            substring(whole, start, None)
        }
        (
            Function::Substring,
            [
                Value::Text(whole),
                Value::Number(start),
                Value::Number(length),
            ],
        ) => substring(whole, start, Some(length)),
        (Function::SubstringBefore, [Value::Text(whole), Value::Text(part)]) => text(
            whole
                .split_once(&**part)
                .map_or("", |(before, _)| before)
                .to_owned(),
        ),
        (Function::SubstringAfter, [Value::Text(whole), Value::Text(part)]) => text(
            whole
                .split_once(&**part)
                .map_or("", |(_, after)| after)
                .to_owned(),
        ),
        (Function::UpperCase, [Value::Text(whole)]) => text(whole.to_uppercase()),
        (Function::LowerCase, [Value::Text(whole)]) => text(whole.to_lowercase()),
        (Function::String, [value]) => text(written(value)?),
        _ => Err(UndefinedReason::WrongType),
    }
}

/// A whole number of characters.
fn places(number: &Number) -> Result<i64, UndefinedReason> {
    let whole = number.round_to(0, RoundingMode::Down)?;
    whole.to_i64().ok_or(UndefinedReason::BadArgument)
}

/// The characters from a place, from 1 or from −1 at the end, up to a length.
fn substring(whole: &str, start: &Number, length: Option<&Number>) -> Outcome {
    let count = i64::try_from(whole.chars().count()).unwrap_or(i64::MAX);
    let start = places(start)?;
    let skipped = if start > 0 {
        start.checked_sub(1)
    } else {
        count.checked_add(start)
    };
    let skipped = skipped.filter(|skipped| start != 0 && (0..count).contains(skipped));
    let skipped = skipped.ok_or(UndefinedReason::BadArgument)?;
    let taken = match length {
        Some(length) => places(length)?,
        None => count,
    };
    if taken < 1 {
        return Err(UndefinedReason::BadArgument);
    }
    let size = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
    let part: String = whole
        .chars()
        .skip(size(skipped))
        .take(size(taken))
        .collect();
    Ok(Some(Value::Text(part.into())))
}

/// The items one after the other, with a separator between them.
pub(super) fn join(items: &[&Value], separator: Option<&Value>) -> Outcome {
    let separator = match separator {
        None => "",
        Some(Value::Text(separator)) => separator,
        Some(_) => return Err(UndefinedReason::WrongType),
    };
    let texts: Option<Vec<&str>> = items
        .iter()
        .map(|item| match item {
            Value::Text(text) => Some(&**text),
            Value::Money(_)
            | Value::Number(_)
            | Value::Boolean(_)
            | Value::Date(_)
            | Value::Duration(_)
            | Value::Set(_)
            | Value::Sequence(_)
            | Value::Test(_) => None,
        })
        .collect();
    let texts = texts.ok_or(UndefinedReason::WrongType)?;
    Ok(Some(Value::Text(texts.join(separator).into())))
}

/// A value as FEEL's `string` writes it.
fn written(value: &Value) -> Result<String, UndefinedReason> {
    match value {
        Value::Text(text) => Ok(text.to_string()),
        Value::Money(fen) => match Money::from_exact_fen(fen) {
            Ok(money) => Ok(money.to_string()),
            Err(_) => Ok(fen.checked_div(&Number::from_i64(100))?.to_string()),
        },
        Value::Number(number) => Ok(number.to_string()),
        Value::Boolean(value) => Ok(value.to_string()),
        Value::Date(day) => Ok(day.to_string()),
        Value::Duration(length) => Ok(length.to_string()),
        Value::Set(members) => {
            let members: Vec<String> = members.iter().map(|member| quoted(member)).collect();
            Ok(format!("[{}]", members.join(", ")))
        }
        Value::Sequence(items) => {
            let items: Result<Vec<String>, UndefinedReason> = items
                .iter()
                .map(|item| match item {
                    Value::Text(text) => Ok(quoted(text)),
                    Value::Money(_)
                    | Value::Number(_)
                    | Value::Boolean(_)
                    | Value::Date(_)
                    | Value::Duration(_)
                    | Value::Set(_)
                    | Value::Sequence(_)
                    | Value::Test(_) => written(item),
                })
                .collect();
            Ok(format!("[{}]", items?.join(", ")))
        }
        Value::Test(_) => Err(UndefinedReason::WrongType),
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// `number(text, grouping, decimal)`; a separator that is `null` is not used.
pub(super) fn number(arguments: &[Evaluation], span: Span) -> Evaluation {
    let is_null = |argument: &Evaluation| match argument {
        Evaluation::Unknown(unknown) => unknown.missing.is_empty(),
        Evaluation::Known(_) | Evaluation::Undefined(_) => false,
    };
    let mut lack = Lack::default();
    for (index, argument) in arguments.iter().enumerate() {
        if index == 0 || !is_null(argument) {
            lack.note(argument);
        }
    }
    if let Some(lacking) = lack.result(Bounds::default) {
        return lacking;
    }
    let argument = |index: usize| arguments.get(index).and_then(Evaluation::known);
    finish(parse(argument(0), argument(1), argument(2)), span)
}

fn parse(text: Option<&Value>, grouping: Option<&Value>, decimal: Option<&Value>) -> Outcome {
    if let Some(Value::Number(number)) = text {
        return Ok(Some(Value::Number(number.clone())));
    }
    let Some(Value::Text(text)) = text else {
        return Err(UndefinedReason::WrongType);
    };
    let separator = |value: Option<&Value>, allowed: &[&'static str]| match value {
        None => Ok(None),
        Some(Value::Text(text)) => {
            let found = allowed.iter().find(|separator| **separator == &**text);
            found
                .map(|separator| Some(*separator))
                .ok_or(UndefinedReason::BadArgument)
        }
        Some(_) => Err(UndefinedReason::WrongType),
    };
    let grouping = separator(grouping, &[" ", ",", "."])?;
    let decimal = separator(decimal, &[",", "."])?;
    if grouping.is_some() && grouping == decimal {
        return Err(UndefinedReason::BadArgument);
    }
    let plain = grouping.map_or_else(|| text.to_string(), |grouping| text.replace(grouping, ""));
    let plain = match decimal {
        Some(",") if plain.contains('.') => return Err(UndefinedReason::BadArgument),
        Some(",") => plain.replace(',', "."),
        Some(_) | None => plain,
    };
    let number = Number::parse_decimal(&plain).map_err(|_| UndefinedReason::BadArgument)?;
    Ok(Some(Value::Number(number)))
}
