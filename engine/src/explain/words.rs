//! Values, periods and missing facts in plain Chinese.

use zhida_policies::measure::expression::Value;
use zhida_policies::measure::library::Library;
use zhida_policies::values::{Money, Number, Percent, Period, Region, RoundingMode};
use zhida_policies::vocabulary::{FactId, FactType, Tree};

use crate::decision::Reason;
use crate::interpreter::{Evaluation, MissingFact, PeriodRange};

/// Decimal places of a ratio whose decimal does not end.
const ABOUT_PLACES: i32 = 6;

/// A value as people write it: `500,000.00 元`, `0.2(20%)`, `是`.
#[must_use]
pub fn value(value: &Value) -> String {
    match value {
        Value::Money(fen) => money(fen),
        Value::Number(value) => number(value),
        Value::Boolean(true) => "是".to_owned(),
        Value::Boolean(false) => "否".to_owned(),
        Value::Date(day) => day.to_string(),
        Value::Duration(length) => length.to_string(),
        Value::Text(text) => text.to_string(),
        Value::Set(members) if members.is_empty() => "无".to_owned(),
        Value::Set(members) => members
            .iter()
            .map(AsRef::as_ref)
            .collect::<Vec<&str>>()
            .join("、"),
        Value::Sequence(items) => {
            let items: Vec<String> = items.iter().map(self::value).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Test(_) => "区间".to_owned(),
    }
}

/// Exact money in fen; a part below one fen is shown exactly and rounded.
fn money(fen: &Number) -> String {
    if let Ok(money) = Money::from_exact_fen(fen) {
        return format!("{} 元", money.grouped());
    }
    let Ok(yuan) = fen.checked_div(&Number::from_i64(100)) else {
        return format!("{fen} 分");
    };
    match about(&yuan, 2) {
        Some(about) => format!("{yuan} 元(约 {about} 元)"),
        None => format!("{yuan} 元"),
    }
}

fn number(value: &Number) -> String {
    if value.is_integer() {
        return value.to_string();
    }
    match about(value, ABOUT_PLACES) {
        Some(about) => format!("{value}(约 {about})"),
        None => format!("{value}({})", Percent::from_value(value.clone())),
    }
}

/// The decimal of a ratio that has no exact one.
fn about(value: &Number, places: i32) -> Option<Number> {
    if value.to_decimal().is_some() {
        return None;
    }
    value.round_to(places, RoundingMode::HalfUp).ok()
}

/// A value of a fact: a code with its official name.
#[must_use]
pub fn fact_value(library: &Library, fact: FactId, known: &Value) -> String {
    let text = value(known);
    let (FactType::Code(tree), Value::Text(code)) =
        (&library.vocabulary.fact(fact).fact_type, known)
    else {
        return text;
    };
    let name = match tree {
        Tree::Industry => library.codes.industries().name(code),
        Tree::Region => code
            .parse::<Region>()
            .ok()
            .and_then(|region| library.codes.regions().name(region.as_str())),
    };
    name.map_or(text, |name| format!("{code} {name}"))
}

/// A region by name and code.
#[must_use]
pub fn region(library: &Library, region: Region) -> String {
    if region.is_nation() {
        return "全国".to_owned();
    }
    match library.codes.regions().name(region.as_str()) {
        Some(name) => format!("{name}({region})"),
        None => region.to_string(),
    }
}

/// What a node comes to.
#[must_use]
pub fn evaluation(evaluation: &Evaluation) -> String {
    match evaluation {
        Evaluation::Known(known) => value(known),
        Evaluation::Unknown(_) => "未知".to_owned(),
        Evaluation::Undefined(undefined) => {
            format!("无法计算:{}", Reason::from(undefined.reason).text())
        }
    }
}

/// A period: `2025年`, `2025年第1季度`, `2025年3月`, `基准日`.
#[must_use]
pub fn period(period: Period) -> String {
    match period {
        Period::Status => "基准日".to_owned(),
        Period::Year(year) => format!("{year}年"),
        Period::Quarter(year, quarter) => format!("{year}年第{quarter}季度"),
        Period::Month(year, month) => format!("{year}年{month}月"),
    }
}

/// Periods in a row: `2025年1月至9月`.
#[must_use]
pub fn range(range: PeriodRange) -> String {
    let first = period(range.first);
    if range.is_single() {
        return first;
    }
    match range.last {
        Period::Status => first,
        Period::Year(year) => format!("{first}至{year}年"),
        Period::Quarter(_, quarter) => format!("{first}至第{quarter}季度"),
        Period::Month(_, month) => format!("{first}至{month}月"),
    }
}

/// The name of something missing, with its period.
#[must_use]
pub fn missing_name(library: &Library, missing: MissingFact) -> String {
    match missing {
        MissingFact::Division => "地区".to_owned(),
        MissingFact::Zones => "功能区".to_owned(),
        MissingFact::Fact {
            fact,
            period: Period::Status,
        } => library.vocabulary.fact(fact).name.clone(),
        MissingFact::Fact { fact, period: when } => {
            format!("{}({})", library.vocabulary.fact(fact).name, period(when))
        }
        MissingFact::Field {
            list,
            period: when,
            record,
            field,
        } => {
            let place = record.saturating_add(1);
            let field = field_name(library, list, field);
            format!(
                "{}({})第{place}条的{field}",
                library.vocabulary.fact(list).name,
                period(when)
            )
        }
        MissingFact::Parameter { parameter, day } => {
            let name = library
                .parameters
                .get(parameter.0)
                .map_or("", |named| named.name.as_str());
            format!("参数 {name}({day})")
        }
    }
}

/// The department that owns what is missing; for a parameter the policy that should state it.
#[must_use]
pub fn missing_owner(library: &Library, missing: MissingFact) -> String {
    match missing {
        MissingFact::Division | MissingFact::Zones => String::new(),
        MissingFact::Fact { fact, .. } | MissingFact::Field { list: fact, .. } => {
            library.vocabulary.fact(fact).source.clone()
        }
        MissingFact::Parameter { parameter, .. } => library
            .parameters
            .get(parameter.0)
            .and_then(|parameter| library.policies.get(parameter.policy.0))
            .map_or_else(String::new, |policy| policy.title.clone()),
    }
}

/// The Chinese name of a field of a list fact.
#[must_use]
pub fn field_name(library: &Library, list: FactId, field: usize) -> String {
    match &library.vocabulary.fact(list).fact_type {
        FactType::List(fields) => fields
            .get(field)
            .map_or_else(String::new, |field| field.name.clone()),
        FactType::Money
        | FactType::Number
        | FactType::Boolean
        | FactType::Date
        | FactType::Text
        | FactType::Code(_)
        | FactType::Set(_)
        | FactType::Enum(_) => String::new(),
    }
}
