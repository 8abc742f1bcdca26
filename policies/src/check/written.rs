//! Values as the author would write them.

use crate::check::intervals::Interval;
use crate::measure::expression::Value;
use crate::values::Number;

/// A value as it stands in a policy: `20万元`, `10%` stays `0.1`, `2024-03-01`, `"大型"`.
#[must_use]
pub fn value(value: &Value) -> String {
    match value {
        Value::Money(fen) => money(fen),
        Value::Number(number) => number.to_string(),
        Value::Boolean(true) => "是".to_owned(),
        Value::Boolean(false) => "否".to_owned(),
        Value::Date(date) => date.to_string(),
        Value::Duration(duration) => match (duration.months, duration.days) {
            (0, days) => format!("{days}天"),
            (months, 0) => format!("{months}个月"),
            (months, days) => format!("{months}个月{days}天"),
        },
        Value::Text(text) => format!("\"{text}\""),
        Value::Set(members) => {
            let members: Vec<String> = members.iter().map(|m| format!("\"{m}\"")).collect();
            format!("[{}]", members.join(", "))
        }
        Value::Sequence(items) => {
            let items: Vec<String> = items.iter().map(self::value).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Test(_) => "一个范围".to_owned(),
    }
}

/// Exact fen as money: in 亿元 or 万元 where these are short, else in 元.
#[must_use]
pub fn money(fen: &Number) -> String {
    let units = [
        (10_000_000_000_i64, "亿元"),
        (1_000_000, "万元"),
        (100, "元"),
    ];
    for (size, unit) in units {
        if fen.abs() < Number::from_i64(size) {
            continue;
        }
        if let Ok(amount) = fen.checked_div(&Number::from_i64(size)) {
            let text = amount.to_string();
            let decimals = text
                .split_once('.')
                .map_or(0, |(_, decimals)| decimals.len());
            if !text.contains('/') && (decimals <= 4 || unit == "元") {
                return format!("{text}{unit}");
            }
        }
    }
    fen.checked_div(&Number::from_i64(100))
        .map_or_else(|_| fen.to_string(), |yuan| format!("{yuan}元"))
}

/// How the author writes plain numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// `0.2`
    Plain,
    /// `20%`
    Percent,
}

/// A value in the style of the text around it.
pub(crate) fn styled(value: &Value, style: Style) -> String {
    if let (Value::Number(number), Style::Percent) = (value, style)
        && let Ok(percent) = number.checked_mul(&Number::from_i64(100))
    {
        return format!("{percent}%");
    }
    self::value(value)
}

/// An interval with its ends.
pub(crate) fn interval(interval: &Interval, style: Style) -> String {
    let value = |value: &Value| styled(value, style);
    let low = interval.low.as_ref();
    let high = interval.high.as_ref();
    match (low, high) {
        (None, None) => "任何值".to_owned(),
        (Some(end), None) => format!(
            "{} {}",
            if end.included { ">=" } else { ">" },
            value(&end.value)
        ),
        (None, Some(end)) => format!(
            "{} {}",
            if end.included { "<=" } else { "<" },
            value(&end.value)
        ),
        (Some(a), Some(b)) if a.value == b.value => value(&a.value),
        (Some(a), Some(b)) => format!(
            "{}{}..{}{}",
            if a.included { '[' } else { '(' },
            value(&a.value),
            value(&b.value),
            if b.included { ']' } else { ')' }
        ),
    }
}
