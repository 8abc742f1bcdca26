//! Percentages and per mille, exactly.

use std::fmt;
use std::str::FromStr;

use super::number::{Number, NumberOverflow, NumberParseError};

/// A share or rate written in percent; 20% is the number 1/5.
///
/// # Example
/// ```
/// # use zhida_policies::values::{Number, Percent};
/// let rate: Percent = "6‰".parse()?;
/// assert_eq!(rate.value(), &Number::from_ratio(6, 1000).unwrap());
/// assert_eq!(rate.to_string(), "0.6%");
/// # Ok::<(), zhida_policies::values::NumberParseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent(Number);

impl Percent {
    /// The percentage with this value: 1 is 100%.
    #[must_use]
    pub fn from_value(value: Number) -> Percent {
        Percent(value)
    }

    /// The percentage written with this many percent signs' worth: 20 is 20%.
    ///
    /// # Errors
    /// [`NumberOverflow`] beyond the size limit of numbers.
    pub fn from_percent(percent: &Number) -> Result<Percent, NumberOverflow> {
        scaled(percent, "0.01").map(Percent)
    }

    /// The value: 100% is 1.
    #[must_use]
    pub fn value(&self) -> &Number {
        &self.0
    }
}

/// Multiplies by a decimal constant.
fn scaled(value: &Number, by: &str) -> Result<Number, NumberOverflow> {
    value.checked_mul(&Number::parse_decimal(by).map_err(|_| NumberOverflow)?)
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = scaled(&self.0, "100").map_err(|_| fmt::Error)?;
        f.pad(&format!("{percent}%"))
    }
}

impl FromStr for Percent {
    type Err = NumberParseError;

    /// Reads `20%`, `2.5％` or `6‰`.
    fn from_str(text: &str) -> Result<Percent, NumberParseError> {
        let (digits, by) = if let Some(digits) = text.strip_suffix(['%', '％']) {
            (digits, "0.01")
        } else if let Some(digits) = text.strip_suffix('‰') {
            (digits, "0.001")
        } else {
            return Err(NumberParseError::NotANumber);
        };
        Ok(Percent(scaled(&Number::parse_decimal(digits)?, by)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes() {
        for (text, numerator, denominator, shown) in [
            ("20%", 1, 5, "20%"),
            ("2.5％", 1, 40, "2.5%"),
            ("6‰", 3, 500, "0.6%"),
            ("-100%", -1, 1, "-100%"),
        ] {
            let percent: Percent = text.parse().unwrap();
            assert_eq!(
                percent.value(),
                &Number::from_ratio(numerator, denominator).unwrap()
            );
            assert_eq!(percent.to_string(), shown);
        }
        assert_eq!(
            Percent::from_percent(&Number::from_i64(30)),
            "30%".parse().map_err(|_| NumberOverflow)
        );
        assert_eq!("20".parse::<Percent>(), Err(NumberParseError::NotANumber));
        assert_eq!("%".parse::<Percent>(), Err(NumberParseError::NotANumber));
    }
}
