//! Whether what came out is what was expected.

use serde_json::{Map, Value as Json, json};
use zhida_engine::interpreter::{Evaluation, UndefinedReason};
use zhida_policies::fault::{Code, Fault};
use zhida_policies::measure::expression::Value;
use zhida_policies::values::Number;

use crate::given::tagged;

/// What the notation made of a case.
pub(crate) struct Answer {
    /// The value.
    pub(crate) evaluation: Evaluation,
    /// Every fault of the parser and the checker.
    pub(crate) faults: Vec<Fault>,
}

/// Whether a case passed.
pub(crate) enum Outcome {
    /// It did.
    Passed,
    /// It did, and the checker refuses it for its types.
    PassedRefused,
    /// It did not: what came out instead.
    Differs(String),
}

/// Compares an answer: the value must agree, only faults of type may have been reported, and a
/// value that is undefined for its type must have been reported.
pub(crate) fn judge(answer: Answer, agrees: impl FnOnce(&Evaluation) -> bool) -> Outcome {
    let Answer { evaluation, faults } = answer;
    let only_types = faults.iter().all(|fault| fault.code == Code::Z03);
    let silent = faults.is_empty() && is_ill_typed(&evaluation);
    if agrees(&evaluation) && only_types && !silent {
        return if faults.is_empty() {
            Outcome::Passed
        } else {
            Outcome::PassedRefused
        };
    }
    let faults: Vec<String> = faults
        .iter()
        .map(|fault| format!("{} {}", fault.code, fault.message))
        .collect();
    Outcome::Differs(format!("{evaluation:?} {faults:?}"))
}

fn is_ill_typed(evaluation: &Evaluation) -> bool {
    match evaluation {
        Evaluation::Undefined(undefined) => matches!(
            undefined.reason,
            UndefinedReason::InvalidRule | UndefinedReason::WrongType
        ),
        Evaluation::Known(_) | Evaluation::Unknown(_) => false,
    }
}

/// Whether an evaluation is the value expected, or `null` where that is expected.
pub(crate) fn agrees(evaluation: &Evaluation, expected: &Json, tolerance: &Number) -> bool {
    match evaluation {
        Evaluation::Known(value) => same(value, expected, tolerance),
        Evaluation::Unknown(_) | Evaluation::Undefined(_) => expected.is_null(),
    }
}

fn same(value: &Value, expected: &Json, tolerance: &Number) -> bool {
    match (value, expected) {
        (Value::Boolean(value), Json::Bool(expected)) => value == expected,
        (Value::Text(text), Json::String(expected)) => **text == **expected,
        (Value::Sequence(items), Json::Array(expected)) => {
            items.len() == expected.len()
                && items
                    .iter()
                    .zip(expected)
                    .all(|(item, expected)| same(item, expected, tolerance))
        }
        (value, Json::Object(_)) => match (value, tagged(expected)) {
            (Value::Number(value), Some(Value::Number(expected))) => {
                value.checked_sub(&expected).unwrap().abs() <= *tolerance
            }
            (value, Some(expected)) => *value == expected,
            (_, None) => false,
        },
        _ => false,
    }
}

/// Another value of the same type.
pub(crate) fn spoiled(expected: &Json) -> Json {
    match expected {
        Json::Null => json!(true),
        Json::Bool(value) => json!(!value),
        Json::String(text) => json!(format!("{text}x")),
        Json::Array(items) if items.is_empty() => json!([true]),
        Json::Array(items) => items.iter().map(spoiled).collect(),
        Json::Object(parts) => match tagged(expected) {
            Some(Value::Date(_)) => json!({ "date": "1999-09-09" }),
            Some(_) => json!({ "number": "-123456.789" }),
            None => Json::Object(
                parts
                    .iter()
                    .map(|(name, part)| (name.clone(), spoiled(part)))
                    .collect::<Map<String, Json>>(),
            ),
        },
        Json::Number(_) => panic!("numbers stand in quotes: {expected}"),
    }
}
