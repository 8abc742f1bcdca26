//! How types are named to people, and which fits where.

use crate::measure::expression::{Type, Value};
use crate::vocabulary::{FactType, Tree};

/// Whether a value of type `found` may stand where `wanted` is expected.
pub(crate) fn fits(found: &Type, wanted: &Type) -> bool {
    match (found, wanted) {
        (Type::Invalid | Type::Unknown, _) | (_, Type::Invalid | Type::Unknown) => true,
        (Type::Sequence(left), Type::Sequence(right)) | (Type::Range(left), Type::Range(right)) => {
            fits(left, right)
        }
        (Type::Code(_), Type::Text) | (Type::Text, Type::Code(_)) => true,
        (left, right) => left == right,
    }
}

/// The more telling of two types that fit each other.
pub(crate) fn joined(left: &Type, right: &Type) -> Type {
    match left {
        Type::Invalid | Type::Unknown => right.clone(),
        Type::Code(_) if *right == Type::Text => Type::Text,
        Type::Sequence(inner) => match right {
            Type::Sequence(other) => Type::Sequence(Box::new(joined(inner, other))),
            Type::Money
            | Type::Number
            | Type::Boolean
            | Type::Date
            | Type::Duration
            | Type::Text
            | Type::Code(_)
            | Type::Set
            | Type::List(_)
            | Type::Range(_)
            | Type::Unknown
            | Type::Invalid => left.clone(),
        },
        Type::Money
        | Type::Number
        | Type::Boolean
        | Type::Date
        | Type::Duration
        | Type::Text
        | Type::Code(_)
        | Type::Set
        | Type::List(_)
        | Type::Range(_) => left.clone(),
    }
}

/// Whether values of the type have an order.
pub(crate) fn is_ordered(value_type: &Type) -> bool {
    matches!(
        value_type,
        Type::Money | Type::Number | Type::Date | Type::Text | Type::Unknown | Type::Invalid
    )
}

/// The name of a type as people read it.
pub(crate) fn name(value_type: &Type) -> String {
    match value_type {
        Type::Money => "金额".to_owned(),
        Type::Number => "数".to_owned(),
        Type::Boolean => "判断(是或否)".to_owned(),
        Type::Date => "日期".to_owned(),
        Type::Duration => "时长".to_owned(),
        Type::Text => "文本".to_owned(),
        Type::Code(Tree::Industry) => "行业代码".to_owned(),
        Type::Code(Tree::Region) => "地区代码".to_owned(),
        Type::Set => "集合".to_owned(),
        Type::List(_) => "明细".to_owned(),
        Type::Sequence(inner) => format!("一列{}", name(inner)),
        Type::Range(inner) => format!("{}的范围", name(inner)),
        Type::Unknown => "未知".to_owned(),
        Type::Invalid => "有错误的内容".to_owned(),
    }
}

/// The type of a fact's value for one period.
pub(crate) fn of_fact(fact_type: &FactType, fact: crate::vocabulary::FactId) -> Type {
    match fact_type {
        FactType::Money => Type::Money,
        FactType::Number => Type::Number,
        FactType::Boolean => Type::Boolean,
        FactType::Date => Type::Date,
        FactType::Text | FactType::Enum(_) => Type::Text,
        FactType::Code(tree) => Type::Code(*tree),
        FactType::Set(_) => Type::Set,
        FactType::List(_) => Type::List(fact),
    }
}

/// The type of a known value.
pub(crate) fn of_value(value: &Value) -> Type {
    match value {
        Value::Money(_) => Type::Money,
        Value::Number(_) => Type::Number,
        Value::Boolean(_) => Type::Boolean,
        Value::Date(_) => Type::Date,
        Value::Duration(_) => Type::Duration,
        Value::Text(_) => Type::Text,
        Value::Set(_) => Type::Set,
        Value::Sequence(items) => {
            Type::Sequence(Box::new(items.first().map_or(Type::Unknown, of_value)))
        }
        Value::Test(_) => Type::Range(Box::new(Type::Unknown)),
    }
}

/// Whether a literal was written as a percentage.
pub(crate) fn is_percentage(text: &str) -> bool {
    text.ends_with(['%', '‰', '\u{FF05}', '\u{FE6A}'])
}
