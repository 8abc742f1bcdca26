//! Amounts and numbers as people write them, exactly or not at all.

use zhida_policies::values::Money;

use crate::import::cell::{CellFault, Unit};
use crate::import::report::Reason;
use crate::import::text::half_width;
use crate::snapshot::{DecimalError, FiniteDecimal};

/// Units of money after an amount, and the power of ten of yuan that each is. Longer ones first.
pub(crate) const MONEY_UNITS: [(&str, u8); 5] = [
    ("百万元", 6),
    ("千元", 3),
    ("万元", 4),
    ("亿元", 8),
    ("元", 0),
];

/// Signs of parts: the power of ten by which a number is divided.
pub(crate) const PARTS: [(&str, u8); 2] = [("%", 2), ("‰", 3)];

/// Fen are hundredths of a yuan.
const FEN_SCALE: u8 = 2;

/// An amount of money in yuan, with an optional unit.
pub(crate) fn money(text: &str, unit: Unit) -> Result<Money, CellFault> {
    let plain = half_width(text);
    let plain = plain.trim();
    let plain = plain
        .strip_prefix(['¥', '￥'])
        .unwrap_or(plain)
        .trim_start();
    let (digits, own) = split(plain, &MONEY_UNITS);
    let up = match own {
        Some(power) if unit.up == 0 || unit.up == power => power,
        Some(_) => return Err(conflict(text)),
        None => unit.up,
    };
    let value = decimal(digits, text)?;
    // In fen the amount is digits × 10^(up + 2 − scale), which must be whole.
    let power = i32::from(up)
        .saturating_add(i32::from(FEN_SCALE))
        .saturating_sub(i32::from(value.scale()));
    let Ok(power) = u32::try_from(power) else {
        let message = format!("“{text}”精确到了一分以下;金额最多到分,请改正,系统不会代为取舍");
        return Err(CellFault::new(Reason::PartFen, message));
    };
    let fen = 10i128
        .checked_pow(power)
        .and_then(|power| value.digits().checked_mul(power));
    let fen = fen.and_then(|fen| i64::try_from(fen).ok());
    fen.map(Money::from_fen).ok_or_else(|| too_large(text))
}

/// A number, with an optional `%` or `‰`.
pub(crate) fn number(text: &str, unit: Unit) -> Result<FiniteDecimal, CellFault> {
    let plain = half_width(text);
    let (digits, own) = split(plain.trim(), &PARTS);
    let down = match own {
        Some(power) if unit.down == 0 || unit.down == power => power,
        Some(_) => return Err(conflict(text)),
        None => unit.down,
    };
    let value = decimal(digits, text)?;
    let scale = value.scale().saturating_add(down);
    FiniteDecimal::new(value.digits(), scale).map_err(|_| too_large(text))
}

fn split<'a>(text: &'a str, units: &[(&str, u8)]) -> (&'a str, Option<u8>) {
    let found = units
        .iter()
        .find_map(|(unit, power)| Some((text.strip_suffix(unit)?, *power)));
    found.map_or((text, None), |(digits, power)| {
        (digits.trim_end(), Some(power))
    })
}

/// The digits, with thousands separators where they belong.
fn decimal(digits: &str, text: &str) -> Result<FiniteDecimal, CellFault> {
    let plain = ungrouped(digits, text)?;
    plain.parse().map_err(|error| match error {
        DecimalError::TooLong => too_large(text),
        DecimalError::NotANumber => not_a_number(digits, text),
    })
}

/// The digits without their thousands separators, which must stand every three digits.
fn ungrouped(digits: &str, text: &str) -> Result<String, CellFault> {
    if !digits.contains(',') {
        return Ok(digits.to_owned());
    }
    let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
    let mut groups = whole.strip_prefix('-').unwrap_or(whole).split(',');
    let numeric = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let first = groups.next().unwrap_or_default();
    let regular = (1..=3).contains(&first.len())
        && numeric(first)
        && groups.all(|group| group.len() == 3 && numeric(group))
        && !places.contains(',');
    if regular {
        return Ok(digits.replace(',', ""));
    }
    let message = format!("“{text}”的千分位不在每三位处,可能多写或漏写了数字;请核对");
    Err(CellFault::new(Reason::WrongGrouping, message))
}

fn too_large(text: &str) -> CellFault {
    CellFault::new(
        Reason::TooLarge,
        format!("“{text}”超出可精确保存的范围;请核对"),
    )
}

fn conflict(text: &str) -> CellFault {
    let message = format!("“{text}”自带的单位与表头的单位不同;请只留一处");
    CellFault::new(Reason::UnitConflict, message)
}

/// Says what else the text may be.
fn not_a_number(digits: &str, text: &str) -> CellFault {
    let lower = digits.trim_start_matches(['-', '+']).to_ascii_lowercase();
    let (reason, message) = if lower.starts_with('#') {
        (
            Reason::SheetError,
            format!("“{text}”是表格里的错误值;请在原表中改正"),
        )
    } else if ["nan", "inf", "infinity", "∞"].contains(&lower.as_str()) {
        (
            Reason::NotFinite,
            format!("“{text}”不是有限的数;没有数据请留空"),
        )
    } else if is_scientific(&lower) {
        let advice = "请把单元格格式改为数值再导出,原值可能已丢失精度";
        (Reason::Scientific, format!("“{text}”是科学计数法;{advice}"))
    } else if digits.starts_with(['−', '–', '—', '﹣', '+', '(']) {
        (
            Reason::WrongSign,
            format!("“{text}”的正负号写法不对;负数请写成 -100,正数不写符号"),
        )
    } else {
        (
            Reason::NotANumber,
            format!("“{text}”不是数字;请改正,没有数据请留空"),
        )
    };
    CellFault::new(reason, message)
}

fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once('e') else {
        return false;
    };
    let exponent = exponent.trim_start_matches(['+', '-']);
    let digits = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.')
    };
    digits(mantissa) && digits(exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn fen(text: &str, expected: i64) {
        assert_eq!(
            money(text, Unit::NONE).map(Money::fen),
            Ok(expected),
            "{text}"
        );
    }

    #[track_caller]
    fn refused(text: &str, reason: Reason) {
        assert_eq!(
            money(text, Unit::NONE).unwrap_err().reason,
            reason,
            "{text}"
        );
    }

    #[test]
    fn amounts_are_exact() {
        fen("0", 0);
        fen("-0", 0);
        fen("0.05", 5);
        fen("1.5", 150);
        fen("1.000", 100);
        fen("-12.34", -1234);
        fen("1,234,567.89", 123_456_789);
        fen("１，２３４．５０", 123_450);
        fen("¥1,000.00", 100_000);
        fen("500万元", 500_000_000);
        fen("1.23456万元", 1_234_560);
        fen("1.2 亿元", 12_000_000_000);
        fen("3元", 300);
        fen("92233720368547758.07", i64::MAX);
        fen("-92233720368547758.08", i64::MIN);
    }

    #[test]
    fn hostile_amounts_are_refused_with_their_reason() {
        refused("0.005", Reason::PartFen);
        refused("0.015", Reason::PartFen);
        refused("1.2345678万元", Reason::PartFen);
        refused("0.00000000000000000001", Reason::PartFen);
        refused("92233720368547758.08", Reason::TooLarge);
        refused("-92233720368547758.09", Reason::TooLarge);
        refused(&"9".repeat(40), Reason::TooLarge);
        refused("170141183460469231731687303715884105728", Reason::TooLarge);
        refused("99999999999999999999亿元", Reason::TooLarge);
        refused("1e5", Reason::Scientific);
        refused("1.5E+5", Reason::Scientific);
        refused("NaN", Reason::NotFinite);
        refused("Infinity", Reason::NotFinite);
        refused("-inf", Reason::NotFinite);
        refused("−100", Reason::WrongSign);
        refused("+100", Reason::WrongSign);
        refused("(100)", Reason::WrongSign);
        refused("1,00", Reason::WrongGrouping);
        refused("1,2345", Reason::WrongGrouping);
        refused(",100", Reason::WrongGrouping);
        refused("1000,000", Reason::WrongGrouping);
        refused("1,000.000,0", Reason::WrongGrouping);
        refused("#REF!", Reason::SheetError);
        refused("1 000", Reason::NotANumber);
        refused("一百", Reason::NotANumber);
        refused("1.", Reason::NotANumber);
        refused("元", Reason::NotANumber);
        refused("0x10", Reason::NotANumber);
    }

    #[test]
    fn the_unit_of_the_heading_counts_once() {
        let wan = Unit::of_money("万元").unwrap();
        assert_eq!(money("1.5", wan).map(Money::fen), Ok(1_500_000));
        assert_eq!(money("1.5万元", wan).map(Money::fen), Ok(1_500_000));
        assert_eq!(
            money("15000元", wan).unwrap_err().reason,
            Reason::UnitConflict
        );
        let percent = Unit::of_number("%").unwrap();
        assert_eq!(number("3.45", percent).unwrap().to_string(), "0.0345");
    }

    #[test]
    fn numbers_and_parts() {
        for (text, shown) in [
            ("12.5%", "0.125"),
            ("6‰", "0.006"),
            ("150%", "1.5"),
            ("1,000", "1000"),
            ("-3.450", "-3.45"),
            ("３.５", "3.5"),
        ] {
            assert_eq!(
                number(text, Unit::NONE).unwrap().to_string(),
                shown,
                "{text}"
            );
        }
        for (text, reason) in [
            ("1e5", Reason::Scientific),
            ("12万", Reason::NotANumber),
            ("5人", Reason::NotANumber),
        ] {
            assert_eq!(
                number(text, Unit::NONE).unwrap_err().reason,
                reason,
                "{text}"
            );
        }
    }
}
