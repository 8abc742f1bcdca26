//! Inputs as names that stand for literals.

use std::sync::Arc;

use serde_json::{Map, Value as Json};
use zhida_policies::check::Environment;
use zhida_policies::measure::expression::{Expr, ExprKind, Type, Value};
use zhida_policies::span::{FileId, Span};
use zhida_policies::values::date::days_between;
use zhida_policies::values::{Date, Number};

/// Where everything stands that was not written as text.
pub(crate) const NOWHERE: Span = Span {
    file: FileId(0),
    start: 0,
    end: 0,
};

/// The names of a case.
pub(crate) fn environment(folder: &str, inputs: &Map<String, Json>) -> Environment {
    let mut environment = Environment::new();
    for (name, json) in inputs {
        bind(folder, name, json, &mut environment);
    }
    environment
}

/// The names that the lexer cannot tell from other words by itself.
pub(crate) fn long_names(environment: &Environment) -> Vec<String> {
    let long = |name: &&String| name.contains([' ', '.', '/']);
    environment.keys().filter(long).cloned().collect()
}

fn bind(folder: &str, name: &str, json: &Json, environment: &mut Environment) {
    if let Json::Object(parts) = json
        && tagged(json).is_none()
    {
        for (part, json) in parts {
            bind(folder, &format!("{name}.{part}"), json, environment);
        }
        return;
    }
    let typed = if let (Json::String(text), true) = (json, folder.starts_with("0015")) {
        known(Value::Number(number(text)))
    } else if json.is_object() && (folder.starts_with("0095") || folder.starts_with("0098")) {
        known(day_of(json))
    } else {
        typed(json)
    };
    environment.insert(name.to_owned(), typed);
}

/// An input as an expression with its type.
fn typed(json: &Json) -> (Expr, Type) {
    match json {
        Json::Null => (expr(ExprKind::Unknown), Type::Unknown),
        Json::Array(items) => {
            let (items, types): (Vec<Expr>, Vec<Type>) = items.iter().map(typed).unzip();
            let inner = types.into_iter().find(|inner| *inner != Type::Unknown);
            let inner = Box::new(inner.unwrap_or(Type::Unknown));
            (expr(ExprKind::Sequence(items)), Type::Sequence(inner))
        }
        Json::Bool(value) => known(Value::Boolean(*value)),
        Json::String(text) => known(Value::Text(Arc::from(text.as_str()))),
        Json::Object(_) => known(tagged(json).expect("a value with its type")),
        Json::Number(_) => panic!("numbers stand in quotes: {json}"),
    }
}

fn expr(kind: ExprKind) -> Expr {
    Expr {
        kind,
        span: NOWHERE,
    }
}

fn known(value: Value) -> (Expr, Type) {
    let value_type = match &value {
        Value::Number(_) => Type::Number,
        Value::Boolean(_) => Type::Boolean,
        Value::Date(_) => Type::Date,
        Value::Text(_) => Type::Text,
        Value::Money(_)
        | Value::Duration(_)
        | Value::Set(_)
        | Value::Sequence(_)
        | Value::Test(_) => panic!("not an input: {value:?}"),
    };
    (expr(ExprKind::Literal(value)), value_type)
}

/// `{"number": "1.5"}` and the like; nothing for a context.
pub(crate) fn tagged(json: &Json) -> Option<Value> {
    let Json::Object(parts) = json else {
        return None;
    };
    let [(tag, Json::String(text))] = parts.iter().collect::<Vec<_>>()[..] else {
        return None;
    };
    match tag.as_str() {
        "number" => Some(Value::Number(number(text))),
        "date" => Some(Value::Date(date(text))),
        "time" => Some(Value::Number(Number::from_i64(seconds_of_day(text)))),
        "date and time" => Some(Value::Number(Number::from_i64(seconds_since_1970(text)))),
        "duration" => Some(Value::Number(Number::from_i64(duration(text)))),
        _ => None,
    }
}

/// A day, also where the time of the day follows.
fn day_of(json: &Json) -> Value {
    match json["date and time"].as_str() {
        Some(text) => Value::Date(date(text.split_once('T').unwrap().0)),
        None => tagged(json).expect("a day"),
    }
}

fn number(text: &str) -> Number {
    Number::parse_decimal(text).unwrap()
}

/// A day, also of a year before our era, which rules do not write.
fn date(text: &str) -> Date {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let parts: Vec<i16> = rest.split('-').map(|part| part.parse().unwrap()).collect();
    let [year, month, day] = parts[..] else {
        panic!("not a date: {text}");
    };
    Date::new(
        sign * year,
        month.try_into().unwrap(),
        day.try_into().unwrap(),
    )
    .unwrap()
}

fn seconds_of_day(text: &str) -> i64 {
    let parts: Vec<i64> = text.split(':').map(|part| part.parse().unwrap()).collect();
    let [hours, minutes, seconds] = parts[..] else {
        panic!("not a time: {text}");
    };
    (hours * 60 + minutes) * 60 + seconds
}

fn seconds_since_1970(text: &str) -> i64 {
    let (day, time) = text.split_once('T').unwrap();
    let time = time.strip_suffix('Z').unwrap_or(time);
    let days = days_between(Date::new(1970, 1, 1).unwrap(), date(day));
    days * 24 * 60 * 60 + seconds_of_day(time)
}

/// `P5M` in months, `PT10H` in seconds: the only two forms that the cases have.
fn duration(text: &str) -> i64 {
    if let Some(hours) = text
        .strip_prefix("PT")
        .and_then(|rest| rest.strip_suffix('H'))
    {
        return hours.parse::<i64>().unwrap() * 60 * 60;
    }
    let months = text
        .strip_prefix('P')
        .and_then(|rest| rest.strip_suffix('M'));
    months
        .unwrap_or_else(|| panic!("another duration: {text}"))
        .parse()
        .unwrap()
}
