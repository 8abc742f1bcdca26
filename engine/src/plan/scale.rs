//! Numbers at a statically known decimal scale.

use num_traits::ToPrimitive;
use zhida_policies::values::Number;

/// The most decimal places that a node may have; beyond, it is kept as a ratio or left to the
/// reference interpreter.
pub const SCALE_MAX: u8 = 30;

/// A constant with a finite decimal form: `digits` ÷ 10^`scale`, with the fewest places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Exact {
    /// The digits, without the point.
    pub digits: i128,
    /// How many of them stand after the point.
    pub scale: u8,
}

impl Exact {
    /// A whole number.
    #[must_use]
    pub const fn whole(digits: i128) -> Self {
        Self { digits, scale: 0 }
    }

    /// The finite decimal that equals a number; `None` when there is none that fits.
    #[must_use]
    pub fn of(number: &Number) -> Option<Self> {
        let mut digits = number.numerator().to_i128()?;
        let mut denominator = number.denominator().to_i128()?;
        let mut scale = 0u8;
        while denominator > 1 {
            // Lowest terms: multiplying by 10 or its half or fifth removes one factor of each.
            let (factor, left) = match (is_multiple(denominator, 2), is_multiple(denominator, 5)) {
                (true, true) => (1, denominator.checked_div(10)?),
                (true, false) => (5, denominator.checked_div(2)?),
                (false, true) => (2, denominator.checked_div(5)?),
                (false, false) => return None,
            };
            digits = digits.checked_mul(factor)?;
            denominator = left;
            scale = scale.checked_add(1)?;
        }
        (scale <= SCALE_MAX).then_some(Self { digits, scale })
    }

    /// The digits at a number of places; `None` when they would not stay exact or fit.
    #[must_use]
    pub fn digits_at(self, scale: u8) -> Option<i128> {
        let more = scale.checked_sub(self.scale)?;
        self.digits.checked_mul(power_of_ten(more)?)
    }

    /// The number.
    #[must_use]
    pub fn to_number(self) -> Option<Number> {
        let power = Number::from_i128(power_of_ten(self.scale)?);
        Number::from_i128(self.digits).checked_div(&power).ok()
    }
}

fn is_multiple(value: i128, of: i128) -> bool {
    value.checked_rem(of) == Some(0)
}

/// 10 to a power, where it fits.
#[must_use]
pub fn power_of_ten(power: u8) -> Option<i128> {
    10i128.checked_pow(u32::from(power))
}

/// A ratio of two 128-bit whole numbers, the lower one positive.
#[must_use]
pub fn ratio_of(number: &Number) -> Option<(i128, i128)> {
    Some((
        number.numerator().to_i128()?,
        number.denominator().to_i128()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, digits: i128, scale: u8) {
        let number: Number = text.parse().unwrap();
        let exact = Exact::of(&number).unwrap();
        assert_eq!((exact.digits, exact.scale), (digits, scale), "{text}");
        assert_eq!(exact.to_number(), Some(number));
    }

    #[test]
    fn finite_decimals_keep_the_fewest_places() {
        check("0", 0, 0);
        check("100", 100, 0);
        check("-2.50", -25, 1);
        check("0.125", 125, 3);
        check("0.0006", 6, 4);
    }

    #[test]
    fn other_ratios_have_none() {
        assert_eq!(Exact::of(&Number::from_ratio(1, 3).unwrap()), None);
        assert_eq!(Exact::of(&Number::from_ratio(7, 30).unwrap()), None);
        assert_eq!(Exact::whole(15).digits_at(2), Some(1500));
        assert_eq!(
            Exact {
                digits: 15,
                scale: 1
            }
            .digits_at(0),
            None
        );
    }
}
