//! Numbers as text: exact decimals where they end, ratios where they do not.
#![allow(
    clippy::arithmetic_side_effects,
    reason = "big integers do not overflow and the size of each result is checked"
)]

use std::fmt;
use std::str::FromStr;

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::Ratio;
use num_traits::{One, Zero};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Number, NumberOverflow, limited};

/// The longest text that is read as a number; every number within the size limit is shorter.
const TEXT_BYTES_MAX: usize = 1500;

/// The largest exponent that is worked out; beyond it only zero stays within the size limit.
const EXPONENT_MAX: i64 = 3000;

/// Why a text is not a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberParseError {
    /// The text is not written as a number.
    #[error("not a number")]
    NotANumber,
    /// The ratio has a zero below the line.
    #[error("division by zero")]
    ZeroDivision,
    /// The number is beyond the size limit.
    #[error(transparent)]
    Overflow(#[from] NumberOverflow),
}

impl Number {
    /// Reads a decimal exactly: `1.5`, `-0.05`, `.5`, `1.23e4`, `5E-3`.
    ///
    /// # Errors
    /// [`NumberParseError`] when the text is anything else (spaces and separators included) or
    /// the number is beyond the size limit.
    /// # Example
    /// ```
    /// # use zhida_policies::values::Number;
    /// assert_eq!(Number::parse_decimal("1.23e4")?, Number::from_i64(12300));
    /// assert!(Number::parse_decimal("1,000").is_err());
    /// # Ok::<(), zhida_policies::values::NumberParseError>(())
    /// ```
    pub fn parse_decimal(text: &str) -> Result<Number, NumberParseError> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(NumberOverflow.into());
        }
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
            None => (unsigned, 0),
        };
        let (before, after) = match mantissa.split_once('.') {
            Some((_, "")) => return Err(NumberParseError::NotANumber),
            Some(parts) => parts,
            None => (mantissa, ""),
        };
        let digits = parse_digits(&[before, after].concat())?;
        if digits.is_zero() {
            return Ok(Number::zero());
        }
        let places = i64::try_from(after.len()).map_err(|_| NumberOverflow)?;
        let shift = exponent.saturating_sub(places);
        if shift.abs() > EXPONENT_MAX {
            return Err(NumberOverflow.into());
        }
        let power = u32::try_from(shift.unsigned_abs()).map_err(|_| NumberOverflow)?;
        let power = BigInt::from(10u32).pow(power);
        let digits = if negative { -digits } else { digits };
        Ok(limited(if shift >= 0 {
            Ratio::new_raw(digits * power, BigInt::one())
        } else {
            Ratio::new(digits, power)
        })?)
    }

    /// The digits and the number of decimal places of a value whose decimal ends.
    pub(super) fn terminating(&self) -> Option<(BigInt, u32)> {
        if self.is_integer() {
            return Some((self.numerator().clone(), 0));
        }
        let denominator = self.denominator();
        let twos = u32::try_from(denominator.trailing_zeros()?).ok()?;
        let (mut rest, mut fives) = (denominator >> twos, 0u32);
        let five = BigInt::from(5u32);
        while !rest.is_one() {
            let (quotient, remainder) = rest.div_rem(&five);
            if !remainder.is_zero() {
                return None;
            }
            (rest, fives) = (quotient, fives.checked_add(1)?);
        }
        let places = twos.max(fives);
        let digits = self.numerator() * BigInt::from(10u32).pow(places) / denominator;
        Some((digits, places))
    }
}

/// Reads the whole number after an `e`; one too long to read is beyond every limit.
fn parse_exponent(text: &str) -> Result<i64, NumberParseError> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned.is_empty() || !unsigned.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NumberParseError::NotANumber);
    }
    Ok(text.parse().unwrap_or(if text.starts_with('-') {
        i64::MIN
    } else {
        i64::MAX
    }))
}

fn parse_digits(text: &str) -> Result<BigInt, NumberParseError> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NumberParseError::NotANumber);
    }
    text.parse().map_err(|_| NumberParseError::NotANumber)
}

impl FromStr for Number {
    type Err = NumberParseError;

    /// Reads what [`Display`](fmt::Display) writes: a decimal, or a ratio such as `-2/3`.
    fn from_str(text: &str) -> Result<Number, NumberParseError> {
        let Some((numerator, denominator)) = text.split_once('/') else {
            return Number::parse_decimal(text);
        };
        if text.len() > TEXT_BYTES_MAX {
            return Err(NumberOverflow.into());
        }
        let (negative, unsigned) = match numerator.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, numerator),
        };
        let (numerator, denominator) = (parse_digits(unsigned)?, parse_digits(denominator)?);
        if denominator.is_zero() {
            return Err(NumberParseError::ZeroDivision);
        }
        let numerator = if negative { -numerator } else { numerator };
        Ok(limited(Ratio::new(numerator, denominator))?)
    }
}

impl fmt::Display for Number {
    /// Writes the exact decimal if it ends, otherwise the ratio in lowest terms.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((digits, places)) = self.terminating() else {
            return f.pad(&format!("{}/{}", self.numerator(), self.denominator()));
        };
        if places == 0 {
            return f.pad(&digits.to_string());
        }
        let places = usize::try_from(places).map_err(|_| fmt::Error)?;
        let sign = if self.is_negative() { "-" } else { "" };
        let padded = format!(
            "{:0>width$}",
            digits.magnitude().to_string(),
            width = places + 1
        );
        let (before, after) = padded.split_at(padded.len().saturating_sub(places));
        f.pad(&format!("{sign}{before}.{after}"))
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Number({self})")
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Number, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
