//! Functions of dates.

use zhida_policies::measure::expression::Value;
use zhida_policies::syntax::words::Function;
use zhida_policies::values::date::parse_date;
use zhida_policies::values::{Date, Number};

use super::Outcome;
use crate::interpreter::evaluation::UndefinedReason;

/// A function of known arguments.
pub(super) fn apply(function: Function, arguments: &[&Value]) -> Outcome {
    match (function, arguments) {
        (Function::Date, [Value::Date(day)]) => Ok(Some(Value::Date(*day))),
        (Function::Date, [Value::Text(text)]) => {
            let day = date_of_text(text).ok_or(UndefinedReason::BadDate)?;
            Ok(Some(Value::Date(day)))
        }
        (
            Function::Date,
            [
                Value::Number(year),
                Value::Number(month),
                Value::Number(day),
            ],
        ) => {
            let date = date_of(year, month, day).ok_or(UndefinedReason::BadDate)?;
            Ok(Some(Value::Date(date)))
        }
        (Function::Year, [Value::Date(day)]) => number(i64::from(day.year())),
        (Function::Month, [Value::Date(day)]) => number(i64::from(day.month())),
        (Function::Day, [Value::Date(day)]) => number(i64::from(day.day())),
        (Function::DayOfYear, [Value::Date(day)]) => number(i64::from(day.day_of_year())),
        (Function::WeekOfYear, [Value::Date(day)]) => number(i64::from(day.iso_week_date().week())),
        _ => Err(UndefinedReason::WrongType),
    }
}

fn number(value: i64) -> Outcome {
    Ok(Some(Value::Number(Number::from_i64(value))))
}

/// A day as FEEL writes it: a minus stands before the years before our era.
fn date_of_text(text: &str) -> Option<Date> {
    let Some(rest) = text.strip_prefix('-') else {
        return parse_date(text).ok();
    };
    let day = parse_date(rest).ok().filter(|day| day.year() > 0)?;
    Date::new(day.year().checked_neg()?, day.month(), day.day()).ok()
}

fn date_of(year: &Number, month: &Number, day: &Number) -> Option<Date> {
    let year = i16::try_from(year.to_i64()?).ok()?;
    let month = i8::try_from(month.to_i64()?).ok()?;
    let day = i8::try_from(day.to_i64()?).ok()?;
    Date::new(year, month, day).ok()
}
