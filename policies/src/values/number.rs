//! Exact numbers: ratios of whole numbers of any size up to a stated limit.
//!
//! No binary floating point, no silent rounding, no wrap-around. A number becomes a decimal only
//! where a rule says so, by a [`RoundingMode`].
#![allow(
    clippy::arithmetic_side_effects,
    reason = "big integers do not overflow and the size of each result is checked"
)]

mod rounding;
#[cfg(test)]
mod tests;
mod text;

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_rational::{BigRational, Ratio};
use num_traits::{One, Signed, ToPrimitive, Zero};
use rust_decimal::Decimal;

pub use rounding::RoundingMode;
pub use text::NumberParseError;

/// The most bits that the numerator or the denominator of a [`Number`] may have.
///
/// About 308 decimal digits: far above any sum of public money, low enough that no rule can make
/// the machine work without end.
pub const NUMBER_BITS_MAX: u64 = 1024;

/// A result needs more than [`NUMBER_BITS_MAX`] bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the number needs more than {NUMBER_BITS_MAX} bits")]
pub struct NumberOverflow;

/// Why a quotient has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DivisionError {
    /// The divisor is zero.
    #[error("division by zero")]
    ZeroDivision,
    /// The quotient is too large.
    #[error(transparent)]
    Overflow(#[from] NumberOverflow),
}

/// An exact ratio of two whole numbers, always in lowest terms.
///
/// # Errors
/// Every operation that can grow its operands says so in its type: see [`NumberOverflow`].
/// # Source
/// NOTATION.md part 4: numbers are exact; a quotient is a ratio that can be carried on.
/// # Example
/// ```
/// # use zhida_policies::values::Number;
/// let third = Number::from_i64(1).checked_div(&Number::from_i64(3))?;
/// assert_eq!(third.checked_mul(&Number::from_i64(3))?, Number::from_i64(1));
/// # Ok::<(), zhida_policies::values::DivisionError>(())
/// ```
#[derive(Clone)]
pub struct Number(BigRational);

impl Number {
    /// Zero.
    #[must_use]
    pub fn zero() -> Number {
        Number(BigRational::zero())
    }

    /// One.
    #[must_use]
    pub fn one() -> Number {
        Number(BigRational::one())
    }

    /// A whole number.
    #[must_use]
    pub fn from_i64(value: i64) -> Number {
        Number(Ratio::new_raw(BigInt::from(value), BigInt::one()))
    }

    /// A whole number of up to 128 bits.
    #[must_use]
    pub fn from_i128(value: i128) -> Number {
        Number(Ratio::new_raw(BigInt::from(value), BigInt::one()))
    }

    /// The ratio of two whole numbers.
    ///
    /// # Errors
    /// [`DivisionError::ZeroDivision`] when `denominator` is zero.
    /// # Example
    /// ```
    /// # use zhida_policies::values::Number;
    /// assert_eq!(Number::from_ratio(3, 6)?.to_string(), "0.5");
    /// # Ok::<(), zhida_policies::values::DivisionError>(())
    /// ```
    pub fn from_ratio(numerator: i64, denominator: i64) -> Result<Number, DivisionError> {
        if denominator == 0 {
            return Err(DivisionError::ZeroDivision);
        }
        Ok(Number(Ratio::new(
            BigInt::from(numerator),
            BigInt::from(denominator),
        )))
    }

    /// The ratio of two whole numbers of any size.
    ///
    /// # Errors
    /// [`DivisionError`] when `denominator` is zero or the ratio is beyond the size limit.
    pub fn from_big_ratio(numerator: BigInt, denominator: BigInt) -> Result<Number, DivisionError> {
        if denominator.is_zero() {
            return Err(DivisionError::ZeroDivision);
        }
        Ok(limited(Ratio::new(numerator, denominator))?)
    }

    /// The exact value of a decimal.
    #[must_use]
    pub fn from_decimal(value: Decimal) -> Number {
        let denominator = BigInt::from(10u32).pow(value.scale());
        Number(Ratio::new(BigInt::from(value.mantissa()), denominator))
    }

    /// The numerator in lowest terms; it carries the sign.
    #[must_use]
    pub fn numerator(&self) -> &BigInt {
        self.0.numer()
    }

    /// The denominator in lowest terms; always positive.
    #[must_use]
    pub fn denominator(&self) -> &BigInt {
        self.0.denom()
    }

    /// Whether this is a whole number.
    #[must_use]
    pub fn is_integer(&self) -> bool {
        self.0.denom().is_one()
    }

    /// Whether this is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.0.numer().is_zero()
    }

    /// How this compares with zero.
    #[must_use]
    pub fn sign(&self) -> Ordering {
        match self.0.numer().sign() {
            Sign::Minus => Ordering::Less,
            Sign::NoSign => Ordering::Equal,
            Sign::Plus => Ordering::Greater,
        }
    }

    /// Whether this is below zero.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.sign() == Ordering::Less
    }

    /// The exact sum.
    ///
    /// # Errors
    /// [`NumberOverflow`] beyond the size limit.
    pub fn checked_add(&self, other: &Number) -> Result<Number, NumberOverflow> {
        if self.is_integer() && other.is_integer() {
            return whole(self.0.numer() + other.0.numer());
        }
        limited(&self.0 + &other.0)
    }

    /// The exact difference.
    ///
    /// # Errors
    /// [`NumberOverflow`] beyond the size limit.
    pub fn checked_sub(&self, other: &Number) -> Result<Number, NumberOverflow> {
        if self.is_integer() && other.is_integer() {
            return whole(self.0.numer() - other.0.numer());
        }
        limited(&self.0 - &other.0)
    }

    /// The exact product.
    ///
    /// # Errors
    /// [`NumberOverflow`] beyond the size limit.
    pub fn checked_mul(&self, other: &Number) -> Result<Number, NumberOverflow> {
        if self.is_integer() && other.is_integer() {
            return whole(self.0.numer() * other.0.numer());
        }
        limited(&self.0 * &other.0)
    }

    /// The exact quotient.
    ///
    /// # Errors
    /// [`DivisionError`] when `other` is zero or the quotient is beyond the size limit.
    pub fn checked_div(&self, other: &Number) -> Result<Number, DivisionError> {
        if other.is_zero() {
            return Err(DivisionError::ZeroDivision);
        }
        Ok(limited(&self.0 / &other.0)?)
    }

    /// What is left of `self` after taking `divisor` as often as it fits; it has the sign of the
    /// divisor.
    ///
    /// # Errors
    /// [`DivisionError`] when `divisor` is zero or the result is beyond the size limit.
    /// # Source
    /// FEEL `modulo`: `dividend - divisor * floor(dividend / divisor)`.
    /// # Example
    /// ```
    /// # use zhida_policies::values::Number;
    /// let rest = Number::from_i64(-12).modulo(&Number::from_i64(5))?;
    /// assert_eq!(rest, Number::from_i64(3));
    /// # Ok::<(), zhida_policies::values::DivisionError>(())
    /// ```
    pub fn modulo(&self, divisor: &Number) -> Result<Number, DivisionError> {
        let times = self.checked_div(divisor)?.floor();
        Ok(self.checked_sub(&divisor.checked_mul(&times)?)?)
    }

    /// The number multiplied by itself `exponent` times; anything to the power of 0 is 1.
    ///
    /// # Errors
    /// [`NumberOverflow`] beyond the size limit; found before the work is done.
    pub fn pow_u32(&self, exponent: u32) -> Result<Number, NumberOverflow> {
        let bits = self.0.numer().bits().max(self.0.denom().bits());
        // A number of b bits is at least 2^(b-1), so its power has more than (b-1)*e bits.
        if bits.saturating_sub(1).saturating_mul(u64::from(exponent)) > NUMBER_BITS_MAX {
            return Err(NumberOverflow);
        }
        limited(Ratio::new_raw(
            self.0.numer().pow(exponent),
            self.0.denom().pow(exponent),
        ))
    }

    /// The number with its sign turned.
    #[must_use]
    pub fn neg(&self) -> Number {
        Number(-self.0.clone())
    }

    /// The number without its sign.
    #[must_use]
    pub fn abs(&self) -> Number {
        Number(self.0.abs())
    }

    /// The value as a 64-bit whole number, if it is exactly one.
    #[must_use]
    pub fn to_i64(&self) -> Option<i64> {
        if self.is_integer() {
            self.0.numer().to_i64()
        } else {
            None
        }
    }

    /// The value as a 128-bit whole number, if it is exactly one.
    #[must_use]
    pub fn to_i128(&self) -> Option<i128> {
        if self.is_integer() {
            self.0.numer().to_i128()
        } else {
            None
        }
    }

    /// The value as a decimal, if it is exactly one of at most 28 digits.
    #[must_use]
    pub fn to_decimal(&self) -> Option<Decimal> {
        let (digits, scale) = self.terminating()?;
        let digits = digits.to_i128()?;
        Decimal::try_from_i128_with_scale(digits, scale).ok()
    }
}

/// A whole number within the size limit.
fn whole(value: BigInt) -> Result<Number, NumberOverflow> {
    limited(Ratio::new_raw(value, BigInt::one()))
}

/// A ratio in lowest terms within the size limit.
fn limited(value: BigRational) -> Result<Number, NumberOverflow> {
    if value.numer().bits() > NUMBER_BITS_MAX || value.denom().bits() > NUMBER_BITS_MAX {
        return Err(NumberOverflow);
    }
    Ok(Number(value))
}

// Lowest terms make equality, order and hash cheap; those of `Ratio` allow for any terms.
impl PartialEq for Number {
    fn eq(&self, other: &Number) -> bool {
        self.0.numer() == other.0.numer() && self.0.denom() == other.0.denom()
    }
}

impl Eq for Number {}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.numer().hash(state);
        self.0.denom().hash(state);
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Number) -> Ordering {
        let by_sign = self.sign().cmp(&other.sign());
        if by_sign != Ordering::Equal || self.0.denom() == other.0.denom() {
            return by_sign.then_with(|| self.0.numer().cmp(other.0.numer()));
        }
        let left = self.0.numer() * other.0.denom();
        let right = other.0.numer() * self.0.denom();
        left.cmp(&right)
    }
}

/// Tells the quotient rounded toward the lower whole number and what is left.
fn div_floor(numerator: &BigInt, denominator: &BigInt) -> (BigInt, BigInt) {
    numerator.div_mod_floor(denominator)
}
