//! One value of an Arrow array as the text that a CSV cell would hold, exactly or not at all.
//!
//! Binary floats are the trap: 16777217 and 16777216 are one number in 32 bits, and 10¹⁶ + 1 is
//! 10¹⁶ in 64. A float is taken over only where its shortest decimal text is certain to be what
//! was written: as many digits as the type always keeps, whole digits and places together. The
//! types are named here to read that text and the number of those digits off them; nothing is
//! reckoned with a float.

use std::borrow::Cow;

use arrow::array::types::{
    Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow::array::{Array, ArrowPrimitiveType, AsArray};
use arrow::datatypes::{DataType, TimeUnit};

use crate::import::cell::CellFault;
use crate::import::limits::RECORD_BYTES_MAX;
use crate::import::report::Reason;
use crate::import::text::shortened;

/// Seconds of a day.
const DAY_SECONDS: i64 = 86_400;

/// How many places after the point a float must be able to tell apart: those of a fen for money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Places {
    /// As many as its text shows.
    Own,
    /// This many, and its text may not show more.
    Fen(u8),
}

/// A value that cannot be taken over: what it looks like, and why.
pub(crate) type ValueFault = (String, CellFault);

/// The text of one value; `None` when it is missing.
#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "Arrow has many types; those not named are refused"
)]
pub(crate) fn text_of(
    array: &dyn Array,
    row: usize,
    places: Places,
) -> Result<Option<Cow<'_, str>>, ValueFault> {
    if array.is_null(row) || row >= array.len() {
        return Ok(None);
    }
    let owned = |text: Option<String>| Ok(text.map(Cow::Owned));
    match array.data_type() {
        DataType::Utf8 => bounded(array.as_string_opt::<i32>().map(|texts| texts.value(row))),
        DataType::LargeUtf8 => bounded(array.as_string_opt::<i64>().map(|texts| texts.value(row))),
        DataType::Utf8View => bounded(array.as_string_view_opt().map(|texts| texts.value(row))),
        DataType::Dictionary(_, _) => of_dictionary(array, row, places),
        DataType::Boolean => owned(
            array
                .as_boolean_opt()
                .map(|values| values.value(row).to_string()),
        ),
        DataType::Decimal32(precision, scale) => decimal(
            native::<Decimal32Type>(array, row).map(|value| value.to_string()),
            *precision,
            *scale,
        ),
        DataType::Decimal64(precision, scale) => decimal(
            native::<Decimal64Type>(array, row).map(|value| value.to_string()),
            *precision,
            *scale,
        ),
        DataType::Decimal128(precision, scale) => decimal(
            native::<Decimal128Type>(array, row).map(|value| value.to_string()),
            *precision,
            *scale,
        ),
        DataType::Decimal256(precision, scale) => decimal(
            native::<Decimal256Type>(array, row).map(|value| value.to_string()),
            *precision,
            *scale,
        ),
        DataType::Float32 => match native::<Float32Type>(array, row) {
            Some(value) => float(value.to_string(), f32::DIGITS, places),
            None => Ok(None),
        },
        DataType::Float64 => match native::<Float64Type>(array, row) {
            Some(value) => float(value.to_string(), f64::DIGITS, places),
            None => Ok(None),
        },
        DataType::Date32 => days(native::<Date32Type>(array, row).map(i64::from)),
        DataType::Date64 => instant(native::<Date64Type>(array, row), 1_000),
        DataType::Timestamp(unit, _) => timestamp(array, row, *unit),
        _ => owned(integer(array, row).map(|value| value.to_string())),
    }
}

fn native<T: ArrowPrimitiveType>(array: &dyn Array, row: usize) -> Option<T::Native> {
    array
        .as_primitive_opt::<T>()
        .map(|values| values.value(row))
}

/// A whole number of any width.
#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "Arrow has many types; those not named are refused"
)]
fn integer(array: &dyn Array, row: usize) -> Option<i128> {
    match array.data_type() {
        DataType::Int8 => native::<Int8Type>(array, row).map(i128::from),
        DataType::Int16 => native::<Int16Type>(array, row).map(i128::from),
        DataType::Int32 => native::<Int32Type>(array, row).map(i128::from),
        DataType::Int64 => native::<Int64Type>(array, row).map(i128::from),
        DataType::UInt8 => native::<UInt8Type>(array, row).map(i128::from),
        DataType::UInt16 => native::<UInt16Type>(array, row).map(i128::from),
        DataType::UInt32 => native::<UInt32Type>(array, row).map(i128::from),
        DataType::UInt64 => native::<UInt64Type>(array, row).map(i128::from),
        _ => None,
    }
}

fn bounded(text: Option<&str>) -> Result<Option<Cow<'_, str>>, ValueFault> {
    match text {
        Some(text) if text.len() > RECORD_BYTES_MAX => {
            let message = format!("一格超过 {RECORD_BYTES_MAX} 字节;请缩短");
            Err((
                shortened(text, 20),
                CellFault::new(Reason::TooLong, message),
            ))
        }
        text => Ok(text.map(Cow::Borrowed)),
    }
}

fn of_dictionary(
    array: &dyn Array,
    row: usize,
    places: Places,
) -> Result<Option<Cow<'_, str>>, ValueFault> {
    let Some(dictionary) = array.as_any_dictionary_opt() else {
        return Ok(None);
    };
    let place = integer(dictionary.keys(), row).and_then(|key| usize::try_from(key).ok());
    match place {
        Some(place) if place < dictionary.values().len() => {
            text_of(dictionary.values().as_ref(), place, places)
        }
        Some(_) | None => {
            let message = "字典编码指向不存在的词;文件可能已损坏".to_owned();
            Err((String::new(), CellFault::new(Reason::WrongType, message)))
        }
    }
}

/// Digits with a point where the scale puts it.
fn decimal(
    digits: Option<String>,
    precision: u8,
    scale: i8,
) -> Result<Option<Cow<'static, str>>, ValueFault> {
    let Some(digits) = digits else {
        return Ok(None);
    };
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", digits.as_str()),
    };
    if digits.len() > usize::from(precision) {
        let message = format!(
            "这个数有 {} 位,超过列声明的 {precision} 位;文件可能已损坏",
            digits.len()
        );
        let shown = format!("{sign}{digits}");
        return Err((shown, CellFault::new(Reason::TooLarge, message)));
    }
    let places = usize::from(scale.unsigned_abs());
    let text = if scale <= 0 {
        let zeros = if digits == "0" { 0 } else { places };
        format!("{sign}{digits}{}", "0".repeat(zeros))
    } else {
        let digits = format!("{digits:0>width$}", width = places.saturating_add(1));
        let point = digits.len().saturating_sub(places);
        let (whole, rest) = digits.split_at_checked(point).unwrap_or((&digits, ""));
        format!("{sign}{whole}.{rest}")
    };
    Ok(Some(Cow::Owned(text)))
}

/// The shortest text of a float, where it can only be what was written.
fn float(
    text: String,
    digits_max: u32,
    places: Places,
) -> Result<Option<Cow<'static, str>>, ValueFault> {
    let unsigned = text.strip_prefix('-').unwrap_or(&text);
    if !unsigned.starts_with(|first: char| first.is_ascii_digit()) {
        // Not a number or infinite: the cell parser says so.
        return Ok(Some(Cow::Owned(text)));
    }
    let (whole, decimals) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let shown = decimals.len();
    let (allowed, needed) = match places {
        Places::Own => (usize::MAX, shown),
        Places::Fen(fen) => (usize::from(fen), usize::from(fen)),
    };
    let digits = whole.trim_start_matches('0').len();
    let digits_max = usize::try_from(digits_max).unwrap_or(0);
    if shown <= allowed && digits.saturating_add(needed.max(shown)) <= digits_max {
        return Ok(Some(Cow::Owned(text)));
    }
    let message = format!(
        "“{}”是二进制浮点数,原值可能已丢失精度(整数和小数最多 {digits_max} 位,金额到分);请改用定点小数或文本列",
        shortened(&text, 40)
    );
    Err((shortened(&text, 60), CellFault::new(Reason::Float, message)))
}

fn timestamp(
    array: &dyn Array,
    row: usize,
    unit: TimeUnit,
) -> Result<Option<Cow<'static, str>>, ValueFault> {
    match unit {
        TimeUnit::Second => instant(native::<TimestampSecondType>(array, row), 1),
        TimeUnit::Millisecond => instant(native::<TimestampMillisecondType>(array, row), 1_000),
        TimeUnit::Microsecond => instant(native::<TimestampMicrosecondType>(array, row), 1_000_000),
        TimeUnit::Nanosecond => {
            instant(native::<TimestampNanosecondType>(array, row), 1_000_000_000)
        }
    }
}

/// The day of an instant that is a midnight.
fn instant(value: Option<i64>, per_second: i64) -> Result<Option<Cow<'static, str>>, ValueFault> {
    let Some(value) = value else { return Ok(None) };
    let day = DAY_SECONDS.saturating_mul(per_second);
    if value.checked_rem_euclid(day) != Some(0) {
        let message = "时间不是零点(UTC),无法确定是哪一天;请改用日期列".to_owned();
        return Err((value.to_string(), CellFault::new(Reason::NotADate, message)));
    }
    days(value.checked_div_euclid(day))
}

/// The day that is this many days after 1970-01-01.
fn days(count: Option<i64>) -> Result<Option<Cow<'static, str>>, ValueFault> {
    let Some(count) = count else { return Ok(None) };
    let date = jiff::Span::new()
        .try_days(count)
        .and_then(|span| jiff::civil::date(1970, 1, 1).checked_add(span));
    match date {
        Ok(date) => Ok(Some(Cow::Owned(date.to_string()))),
        Err(_) => {
            let message = format!("离 1970-01-01 有 {count} 天,不是日历上的日期");
            Err((count.to_string(), CellFault::new(Reason::NotADate, message)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn of_float(written: &str, places: Places, expected: Option<&str>) {
        // reason = a float of a file is only ever read as its shortest text
        let value: f64 = written.parse().unwrap();
        let found = float(value.to_string(), f64::DIGITS, places).ok().flatten();
        assert_eq!(found.as_deref(), expected, "{written}");
    }

    #[test]
    fn floats_are_certain_or_refused() {
        let fen = Places::Fen(2);
        of_float("0.1", fen, Some("0.1"));
        of_float("1234567.89", fen, Some("1234567.89"));
        of_float("-0.05", fen, Some("-0.05"));
        of_float("9999999999999", fen, Some("9999999999999"));
        // What IEEE 754 makes of 0.1 + 0.2.
        of_float("0.30000000000000004", fen, None);
        of_float("0.30000000000000004", Places::Own, None);
        // 10^16 + 1 is stored as 10^16.
        of_float("10000000000000001", fen, None);
        of_float("10000000000000001", Places::Own, None);
        of_float("1000000000000000", Places::Own, None);
        of_float("999999999999999", Places::Own, Some("999999999999999"));
        // Fourteen whole digits leave one place for the fen.
        of_float("10000000000000", fen, None);
        of_float("0.005", fen, None);
        of_float("0.005", Places::Own, Some("0.005"));
        of_float("1e-300", Places::Own, None);
        of_float("1e300", Places::Own, None);
    }

    #[test]
    fn narrow_floats_keep_six_digits() {
        let read = |written: &str, places| {
            // reason = a float of a file is only ever read as its shortest text
            let value: f32 = written.parse().unwrap();
            float(value.to_string(), f32::DIGITS, places).is_ok()
        };
        assert!(read("1234.56", Places::Fen(2)));
        // 1,000,000.01 and 1,000,000 are one number in 32 bits.
        assert!(!read("1000000.01", Places::Fen(2)));
        assert!(!read("12345.67", Places::Fen(2)));
        assert!(!read("16777216", Places::Own));
        assert!(read("0.5", Places::Own));
    }

    #[test]
    fn decimals_are_placed_by_their_scale() {
        let text = |digits: &str, precision, scale| {
            let text = decimal(Some(digits.to_owned()), precision, scale);
            text.ok().flatten().map(Cow::into_owned)
        };
        assert_eq!(text("12345", 10, 2).as_deref(), Some("123.45"));
        assert_eq!(text("-5", 10, 2).as_deref(), Some("-0.05"));
        assert_eq!(text("0", 10, 2).as_deref(), Some("0.00"));
        assert_eq!(text("12", 10, -3).as_deref(), Some("12000"));
        assert_eq!(text("12", 10, 0).as_deref(), Some("12"));
        assert_eq!(text("12345", 4, 2), None);
    }

    #[test]
    fn instants_are_days_only_at_midnight() {
        let day = |value| {
            instant(Some(value), 1_000)
                .ok()
                .flatten()
                .map(Cow::into_owned)
        };
        // 2024-02-29T00:00:00Z is 1709164800 seconds after 1970-01-01T00:00:00Z.
        assert_eq!(day(1_709_164_800_000).as_deref(), Some("2024-02-29"));
        assert_eq!(day(1_709_164_800_001), None);
        assert_eq!(day(-86_400_000).as_deref(), Some("1969-12-31"));
        assert_eq!(day(i64::MAX), None);
        assert!(days(Some(i64::MAX)).is_err());
        assert!(days(Some(i64::from(i32::MIN))).is_err());
    }
}
