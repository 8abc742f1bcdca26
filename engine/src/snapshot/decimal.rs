//! Numbers as data cells hold them: finite decimals, exact.

use std::fmt;
use std::str::FromStr;

use zhida_policies::values::Number;

/// The most digits a data cell may hold.
pub const DIGITS_MAX: u32 = 38;

/// The first number with more digits.
const DIGITS_LIMIT: u128 = 10u128.pow(DIGITS_MAX);

/// A finite decimal of at most 38 digits, in lowest form: no trailing zero after the point.
///
/// # Shape
/// `digits` ÷ 10^`scale`.
/// # Example
/// ```
/// # use zhida_engine::snapshot::FiniteDecimal;
/// let rate: FiniteDecimal = "3.450".parse()?;
/// assert_eq!((rate.digits(), rate.scale()), (345, 2));
/// assert_eq!(rate.to_string(), "3.45");
/// # Ok::<(), zhida_engine::snapshot::DecimalError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FiniteDecimal {
    digits: i128,
    scale: u8,
}

/// Why a text is not a finite decimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// It is not written as digits with at most one point.
    #[error("不是十进制数")]
    NotANumber,
    /// It has more digits than can be kept exactly.
    #[error("超过 38 位数字,无法精确保存")]
    TooLong,
}

impl FiniteDecimal {
    /// `digits` ÷ 10^`scale`, in lowest form.
    ///
    /// # Errors
    /// [`DecimalError::TooLong`] beyond 38 digits or 38 places.
    pub fn new(digits: i128, scale: u8) -> Result<Self, DecimalError> {
        let (mut digits, mut scale) = (digits, scale);
        while scale > 0 && digits.checked_rem(10) == Some(0) {
            digits = digits.checked_div(10).ok_or(DecimalError::TooLong)?;
            scale = scale.saturating_sub(1);
        }
        if digits.unsigned_abs() >= DIGITS_LIMIT || u32::from(scale) > DIGITS_MAX {
            return Err(DecimalError::TooLong);
        }
        Ok(Self { digits, scale })
    }

    /// A whole number.
    #[must_use]
    pub fn from_i64(value: i64) -> Self {
        Self {
            digits: i128::from(value),
            scale: 0,
        }
    }

    /// The digits, without the point.
    #[must_use]
    pub fn digits(self) -> i128 {
        self.digits
    }

    /// How many of the digits stand after the point.
    #[must_use]
    pub fn scale(self) -> u8 {
        self.scale
    }

    /// The digits at another number of places; `None` when they would not stay exact or fit.
    #[must_use]
    pub fn digits_at(self, scale: u8) -> Option<i128> {
        let more = u32::from(scale.checked_sub(self.scale)?);
        let digits = self.digits.checked_mul(power_of_ten(more)?)?;
        (digits.unsigned_abs() < power_of_ten(DIGITS_MAX)?.unsigned_abs()).then_some(digits)
    }

    /// The exact number.
    #[must_use]
    pub fn to_number(self) -> Option<Number> {
        let whole = Number::from_i128(self.digits);
        if self.scale == 0 {
            return Some(whole);
        }
        let power = Number::from_i128(power_of_ten(u32::from(self.scale))?);
        whole.checked_div(&power).ok()
    }
}

/// 10 to a power, where it fits.
pub(crate) fn power_of_ten(power: u32) -> Option<i128> {
    10i128.checked_pow(power)
}

impl FromStr for FiniteDecimal {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, places) = match unsigned.split_once('.') {
            Some((_, "")) => return Err(DecimalError::NotANumber),
            Some(parts) => parts,
            None => (unsigned, ""),
        };
        if whole.is_empty()
            || !whole
                .bytes()
                .chain(places.bytes())
                .all(|b| b.is_ascii_digit())
        {
            return Err(DecimalError::NotANumber);
        }
        let places = places.trim_end_matches('0');
        let scale = u8::try_from(places.len()).map_err(|_| DecimalError::TooLong)?;
        let mut digits = 0i128;
        for byte in whole.bytes().chain(places.bytes()) {
            let digit = i128::from(byte.wrapping_sub(b'0'));
            digits = digits
                .checked_mul(10)
                .and_then(|shifted| shifted.checked_add(digit))
                .ok_or(DecimalError::TooLong)?;
        }
        let signed = if negative {
            digits.checked_neg()
        } else {
            Some(digits)
        };
        Self::new(signed.ok_or(DecimalError::TooLong)?, scale)
    }
}

impl fmt::Display for FiniteDecimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = usize::from(self.scale).saturating_add(1);
        let digits = format!("{:0width$}", self.digits.unsigned_abs());
        let sign = if self.digits < 0 { "-" } else { "" };
        let point = digits.len().saturating_sub(usize::from(self.scale));
        match digits.split_at_checked(point) {
            Some((whole, "")) => write!(formatter, "{sign}{whole}"),
            Some((whole, places)) => write!(formatter, "{sign}{whole}.{places}"),
            None => Err(fmt::Error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, digits: i128, scale: u8, shown: &str) {
        let value: FiniteDecimal = text.parse().unwrap();
        assert_eq!((value.digits(), value.scale()), (digits, scale), "{text}");
        assert_eq!(value.to_string(), shown);
    }

    #[test]
    fn texts_become_the_lowest_form() {
        check("0", 0, 0, "0");
        check("-0", 0, 0, "0");
        check("007", 7, 0, "7");
        check("100", 100, 0, "100");
        check("1.50", 15, 1, "1.5");
        check("-0.05", -5, 2, "-0.05");
        check("0.00000000000000000001", 1, 20, "0.00000000000000000001");
        let nines = "9".repeat(38);
        check(&nines, 10i128.pow(38) - 1, 0, &nines);
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "", "-", ".", "1.", ".5", "+1", "1e5", "1,000", " 1", "\u{FF11}", "--1", "1.2.3",
        ] {
            assert_eq!(
                text.parse::<FiniteDecimal>(),
                Err(DecimalError::NotANumber),
                "{text}"
            );
        }
        for text in [
            "9".repeat(40),
            "1".repeat(39),
            format!("0.{}1", "0".repeat(38)),
        ] {
            assert_eq!(
                text.parse::<FiniteDecimal>(),
                Err(DecimalError::TooLong),
                "{text}"
            );
        }
    }

    #[test]
    fn rescaling_never_loses_a_digit() {
        let value: FiniteDecimal = "1.5".parse().unwrap();
        assert_eq!(value.digits_at(3), Some(1500));
        assert_eq!(value.digits_at(0), None);
        let long: FiniteDecimal = "9".repeat(38).parse().unwrap();
        assert_eq!(long.digits_at(1), None);
    }
}
