//! Public money in whole fen.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::number::Number;

/// Public money in whole fen (0.01 yuan).
///
/// # Shape
/// From −92,233,720,368,547,758.08 to 92,233,720,368,547,758.07 yuan.
/// # Units
/// Fen inside, yuan with two decimals in every text.
/// # Example
/// ```
/// # use zhida_policies::values::Money;
/// let award: Money = "500000".parse()?;
/// assert_eq!(award, Money::from_fen(50_000_000));
/// assert_eq!(award.to_string(), "500000.00");
/// assert_eq!(award.grouped().to_string(), "500,000.00");
/// assert_eq!(award.chinese().to_string(), "50万元");
/// # Ok::<(), zhida_policies::values::money::MoneyError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i64);

/// Why something is not an amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The text is not an amount in yuan.
    #[error("not an amount in yuan")]
    NotAnAmount,
    /// The amount has a part smaller than one fen.
    #[error("an amount has no part below one fen")]
    NotWholeFen,
    /// The amount does not fit 64-bit fen.
    #[error("the amount is too large")]
    Overflow,
}

/// Fen in one yuan.
const FEN_PER_YUAN: u64 = 100;

impl Money {
    /// No money.
    pub const ZERO: Money = Money(0);
    /// The largest amount.
    pub const MAX: Money = Money(i64::MAX);
    /// The smallest amount, below zero.
    pub const MIN: Money = Money(i64::MIN);

    /// An amount of whole fen.
    #[must_use]
    pub const fn from_fen(fen: i64) -> Money {
        Money(fen)
    }

    /// An amount of whole yuan.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] when it does not fit 64-bit fen.
    pub fn from_yuan(yuan: i64) -> Result<Money, MoneyError> {
        yuan.checked_mul(100).map(Money).ok_or(MoneyError::Overflow)
    }

    /// An exact number of fen.
    ///
    /// # Units
    /// `fen` in fen, not yuan.
    /// # Errors
    /// [`MoneyError::NotWholeFen`] when it is not whole (round it first),
    /// [`MoneyError::Overflow`] when it does not fit.
    pub fn from_exact_fen(fen: &Number) -> Result<Money, MoneyError> {
        if !fen.is_integer() {
            return Err(MoneyError::NotWholeFen);
        }
        fen.to_i64().map(Money).ok_or(MoneyError::Overflow)
    }

    /// The amount in fen.
    #[must_use]
    pub const fn fen(self) -> i64 {
        self.0
    }

    /// The amount in fen as an exact number.
    #[must_use]
    pub fn to_number(self) -> Number {
        Number::from_i64(self.0)
    }

    /// The amount in yuan as a decimal with two places.
    #[must_use]
    pub fn to_decimal(self) -> Decimal {
        Decimal::new(self.0, 2)
    }

    /// The sum.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] when it does not fit 64-bit fen.
    pub fn checked_add(self, other: Money) -> Result<Money, MoneyError> {
        self.0
            .checked_add(other.0)
            .map(Money)
            .ok_or(MoneyError::Overflow)
    }

    /// The difference.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] when it does not fit 64-bit fen.
    pub fn checked_sub(self, other: Money) -> Result<Money, MoneyError> {
        self.0
            .checked_sub(other.0)
            .map(Money)
            .ok_or(MoneyError::Overflow)
    }

    /// The amount with its sign turned.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] for [`Money::MIN`].
    pub fn checked_neg(self) -> Result<Money, MoneyError> {
        self.0.checked_neg().map(Money).ok_or(MoneyError::Overflow)
    }

    /// Whether this is no money.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Whether this is below zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Shows the amount with its thousands apart: `1,234,567.00`.
    #[must_use]
    pub const fn grouped(self) -> Grouped {
        Grouped(self)
    }

    /// Shows the amount as people say it: `50万元`, `1.2亿元`, `1,234.56元`.
    #[must_use]
    pub const fn chinese(self) -> ChineseAmount {
        ChineseAmount(self)
    }

    /// The sign, the whole yuan and the fen beside them.
    fn parts(self) -> (&'static str, u64, u64) {
        let fen = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        (sign, div(fen, FEN_PER_YUAN), rem(fen, FEN_PER_YUAN))
    }
}

/// Divides by a constant that is not zero.
fn div(value: u64, by: u64) -> u64 {
    value.checked_div(by).unwrap_or(0)
}

/// What dividing by a constant that is not zero leaves.
fn rem(value: u64, by: u64) -> u64 {
    value.checked_rem(by).unwrap_or(0)
}

impl fmt::Display for Money {
    /// Writes yuan with two decimals: `123.45`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, yuan, fen) = self.parts();
        f.pad(&format!("{sign}{yuan}.{fen:02}"))
    }
}

/// An amount shown with its thousands apart; see [`Money::grouped`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grouped(Money);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, yuan, fen) = self.0.parts();
        f.pad(&format!("{sign}{}.{fen:02}", group(yuan)))
    }
}

/// Puts a comma before every third digit from the right.
fn group(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        let left = digits.len().saturating_sub(index);
        if index > 0 && left.is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// An amount shown as people say it; see [`Money::chinese`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChineseAmount(Money);

impl ChineseAmount {
    /// The larger units, each with its fen; one is used when at most two decimals say it exactly.
    const UNITS: [(u64, &'static str); 2] = [(10_000_000_000, "亿元"), (1_000_000, "万元")];
}

impl fmt::Display for ChineseAmount {
    /// Writes the largest unit that shows the exact amount with at most two decimals.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, yuan, fen) = self.0.parts();
        let total = self.0.0.unsigned_abs();
        for (unit, name) in ChineseAmount::UNITS {
            let hundredth = div(unit, 100);
            if total >= unit && total.is_multiple_of(hundredth) {
                let (whole, part) = (div(total, unit), div(rem(total, unit), hundredth));
                let number = format!("{}.{part:02}", group(whole));
                let number = number.trim_end_matches('0').trim_end_matches('.');
                return f.pad(&format!("{sign}{number}{name}"));
            }
        }
        match fen {
            0 => f.pad(&format!("{sign}{}元", group(yuan))),
            _ => f.pad(&format!("{sign}{}.{fen:02}元", group(yuan))),
        }
    }
}

impl FromStr for Money {
    type Err = MoneyError;

    /// Reads yuan with at most two decimals: `123`, `123.4`, `-123.45`.
    ///
    /// # Errors
    /// [`MoneyError::NotWholeFen`] for a third decimal, even a zero;
    /// [`MoneyError::NotAnAmount`] for any other text, separators and spaces included;
    /// [`MoneyError::Overflow`] when it does not fit.
    fn from_str(text: &str) -> Result<Money, MoneyError> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (yuan, fraction) = match unsigned.split_once('.') {
            Some((_, "")) => return Err(MoneyError::NotAnAmount),
            Some(parts) => parts,
            None => (unsigned, ""),
        };
        if yuan.is_empty()
            || !yuan
                .bytes()
                .chain(fraction.bytes())
                .all(|b| b.is_ascii_digit())
        {
            return Err(MoneyError::NotAnAmount);
        }
        if fraction.len() > 2 {
            return Err(MoneyError::NotWholeFen);
        }
        let sign = if negative { "-" } else { "" };
        // The digits of yuan and fen side by side are the digits of the amount in fen.
        format!("{sign}{yuan}{fraction:0<2}")
            .parse()
            .map(Money)
            .map_err(|_| MoneyError::Overflow)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Money, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts() {
        for (fen, plain, grouped, chinese) in [
            (0, "0.00", "0.00", "0元"),
            (1, "0.01", "0.01", "0.01元"),
            (-5, "-0.05", "-0.05", "-0.05元"),
            (12_345, "123.45", "123.45", "123.45元"),
            (123_456_700, "1234567.00", "1,234,567.00", "1,234,567元"),
            (50_000_000, "500000.00", "500,000.00", "50万元"),
            (12_000_000_000, "120000000.00", "120,000,000.00", "1.2亿元"),
            (
                11_999_999_900,
                "119999999.00",
                "119,999,999.00",
                "119,999,999元",
            ),
            (
                -1_255_000_000,
                "-12550000.00",
                "-12,550,000.00",
                "-1,255万元",
            ),
            (
                i64::MAX,
                "92233720368547758.07",
                "92,233,720,368,547,758.07",
                "92,233,720,368,547,758.07元",
            ),
            (
                i64::MIN,
                "-92233720368547758.08",
                "-92,233,720,368,547,758.08",
                "-92,233,720,368,547,758.08元",
            ),
        ] {
            let money = Money::from_fen(fen);
            assert_eq!(money.to_string(), plain);
            assert_eq!(money.grouped().to_string(), grouped);
            assert_eq!(money.chinese().to_string(), chinese);
            assert_eq!(plain.parse(), Ok(money));
        }
    }

    #[test]
    fn a_text_that_is_no_amount_is_refused() {
        for text in [
            "", "-", ".5", "1.", "1,000", " 1", "1元", "1e3", "--1", "+1", "1.-5", "１",
        ] {
            assert_eq!(
                text.parse::<Money>(),
                Err(MoneyError::NotAnAmount),
                "{text:?}"
            );
        }
        assert_eq!("0.001".parse::<Money>(), Err(MoneyError::NotWholeFen));
        assert_eq!("1.230".parse::<Money>(), Err(MoneyError::NotWholeFen));
        assert_eq!(
            "92233720368547758.08".parse::<Money>(),
            Err(MoneyError::Overflow)
        );
    }

    #[test]
    fn exact_fen_only() {
        let fen = |text: &str| Money::from_exact_fen(&text.parse().unwrap());
        assert_eq!(fen("12345"), Ok(Money::from_fen(12_345)));
        assert_eq!(fen("0.5"), Err(MoneyError::NotWholeFen));
        assert_eq!(fen("9223372036854775808"), Err(MoneyError::Overflow));
        assert_eq!(
            Money::MAX.checked_add(Money::from_fen(1)),
            Err(MoneyError::Overflow)
        );
        assert_eq!(
            Money::MIN.checked_sub(Money::from_fen(1)),
            Err(MoneyError::Overflow)
        );
        assert_eq!(Money::MIN.checked_neg(), Err(MoneyError::Overflow));
        assert_eq!(Money::from_yuan(i64::MAX), Err(MoneyError::Overflow));
    }

    proptest! {
        #[test]
        fn the_decimal_is_the_text(fen in any::<i64>()) {
            let money = Money::from_fen(fen);
            prop_assert_eq!(money.to_decimal().to_string(), money.to_string());
            prop_assert_eq!(money.to_string().parse(), Ok(money));
            prop_assert_eq!(money.grouped().to_string().replace(',', ""), money.to_string());
            prop_assert_eq!(Money::from_exact_fen(&money.to_number()), Ok(money));
        }
    }
}
