//! The only places where a number loses something: rounding by a stated mode.
#![allow(
    clippy::arithmetic_side_effects,
    reason = "big integers do not overflow and the size of each result is checked"
)]

use std::cmp::Ordering;

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::Ratio;
use num_traits::{One, Signed, Zero};

use super::{DivisionError, Number, NumberOverflow, div_floor, limited};

/// Which neighbour a value between two steps goes to.
///
/// # Source
/// NOTATION.md part 4 for 四舍五入, 舍去, 进位; FEEL for the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RoundingMode {
    /// The nearer one; a tie goes away from zero (四舍五入).
    HalfUp,
    /// Toward zero (舍去).
    Down,
    /// Away from zero (进位).
    Up,
    /// The nearer one; a tie goes toward zero.
    HalfDown,
    /// The nearer one; a tie goes to the even step.
    HalfEven,
    /// Toward the lower.
    Floor,
    /// Toward the higher.
    Ceiling,
}

impl RoundingMode {
    /// Every mode.
    pub const ALL: [RoundingMode; 7] = [
        RoundingMode::HalfUp,
        RoundingMode::Down,
        RoundingMode::Up,
        RoundingMode::HalfDown,
        RoundingMode::HalfEven,
        RoundingMode::Floor,
        RoundingMode::Ceiling,
    ];

    /// Whether a value goes to the higher of the two whole numbers beside it, given its sign,
    /// how its distance from the lower one compares with a half, and whether that one is odd.
    fn goes_up(self, negative: bool, half: Ordering, lower_is_odd: bool) -> bool {
        let nearer = |tie_goes_up: bool| match half {
            Ordering::Less => false,
            Ordering::Equal => tie_goes_up,
            Ordering::Greater => true,
        };
        match self {
            RoundingMode::HalfUp => nearer(!negative),
            RoundingMode::HalfDown => nearer(negative),
            RoundingMode::HalfEven => nearer(lower_is_odd),
            RoundingMode::Down => negative,
            RoundingMode::Up => !negative,
            RoundingMode::Floor => false,
            RoundingMode::Ceiling => true,
        }
    }
}

/// Scales beyond these give what the limits give: no number within the size limit needs more
/// decimal places than it has bits, and none reaches ten to the power of 350.
const SCALE_MAX: i32 = 1024;
const SCALE_MIN: i32 = -350;

impl Number {
    /// Rounds to `scale` decimal places; a negative scale rounds to tens, hundreds and so on.
    ///
    /// # Errors
    /// [`NumberOverflow`] when the rounded value is beyond the size limit.
    /// # Example
    /// ```
    /// # use zhida_policies::values::{Number, RoundingMode};
    /// let rate = Number::from_ratio(2, 3).unwrap();
    /// assert_eq!(rate.round_to(2, RoundingMode::HalfUp)?.to_string(), "0.67");
    /// let award = Number::from_i64(-1250);
    /// assert_eq!(award.round_to(-2, RoundingMode::HalfUp)?, Number::from_i64(-1300));
    /// assert_eq!(award.round_to(-2, RoundingMode::HalfEven)?, Number::from_i64(-1200));
    /// # Ok::<(), zhida_policies::values::NumberOverflow>(())
    /// ```
    pub fn round_to(&self, scale: i32, mode: RoundingMode) -> Result<Number, NumberOverflow> {
        if scale >= 0 && self.is_integer() {
            return Ok(self.clone());
        }
        let scale = scale.clamp(SCALE_MIN, SCALE_MAX);
        let power = BigInt::from(10u32).pow(scale.unsigned_abs());
        if scale >= 0 {
            self.round_by(&BigInt::one(), &power, mode)
        } else {
            self.round_by(&power, &BigInt::one(), mode)
        }
    }

    /// Rounds to the nearest multiples of `unit`, whose sign does not matter.
    ///
    /// # Errors
    /// [`DivisionError`] when `unit` is zero or the result is beyond the size limit.
    /// # Example
    /// ```
    /// # use zhida_policies::values::{Number, RoundingMode};
    /// let quarter = Number::from_ratio(1, 4)?;
    /// let rounded = Number::from_ratio(3, 5)?.round_to_multiple(&quarter, RoundingMode::Down)?;
    /// assert_eq!(rounded.to_string(), "0.5");
    /// # Ok::<(), zhida_policies::values::DivisionError>(())
    /// ```
    pub fn round_to_multiple(
        &self,
        unit: &Number,
        mode: RoundingMode,
    ) -> Result<Number, DivisionError> {
        if unit.is_zero() {
            return Err(DivisionError::ZeroDivision);
        }
        Ok(self.round_by(&unit.numerator().abs(), unit.denominator(), mode)?)
    }

    /// Rounds to a multiple of the positive ratio `unit_numerator / unit_denominator`.
    fn round_by(
        &self,
        unit_numerator: &BigInt,
        unit_denominator: &BigInt,
        mode: RoundingMode,
    ) -> Result<Number, NumberOverflow> {
        let steps = round_quotient(
            &(self.numerator() * unit_denominator),
            &(self.denominator() * unit_numerator),
            mode,
        );
        limited(Ratio::new(steps * unit_numerator, unit_denominator.clone()))
    }

    /// The greatest whole number that is not above this.
    #[must_use]
    pub fn floor(&self) -> Number {
        self.whole_by(RoundingMode::Floor)
    }

    /// The least whole number that is not below this.
    #[must_use]
    pub fn ceil(&self) -> Number {
        self.whole_by(RoundingMode::Ceiling)
    }

    /// Rounds to a whole number, which is never larger than the numerator was.
    fn whole_by(&self, mode: RoundingMode) -> Number {
        if self.is_integer() {
            return self.clone();
        }
        let value = round_quotient(self.numerator(), self.denominator(), mode);
        Number(Ratio::new_raw(value, BigInt::one()))
    }
}

/// Divides by a positive whole number and rounds to a whole number.
fn round_quotient(numerator: &BigInt, denominator: &BigInt, mode: RoundingMode) -> BigInt {
    let (lower, rest) = div_floor(numerator, denominator);
    if rest.is_zero() {
        return lower;
    }
    let half = (&rest + &rest).cmp(denominator);
    if mode.goes_up(numerator.is_negative(), half, lower.is_odd()) {
        lower + 1
    } else {
        lower
    }
}
