//! The number of a resident (公民身份号码), for payees who are natural persons.

use std::fmt;

use super::bank_account::mask;
use super::date::Date;

/// The weights of the first seventeen digits: 2^(18-i) mod 11.
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// The check character for each remainder of the weighted sum.
const CHECKS: &[u8; 11] = b"10X98765432";

/// A resident's number whose date exists and whose check character is right.
///
/// # Source
/// GB 11643-1999; the check is ISO 7064 MOD 11-2.
/// # Example
/// ```
/// # use zhida_policies::values::ResidentId;
/// assert!(ResidentId::parse("11010519491231002x").is_ok());
/// assert!(ResidentId::parse("110105194912310021").is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResidentId([u8; 18]);

/// Why a text is not a resident's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResidentIdError {
    /// Not seventeen digits and a digit or X.
    #[error("not 17 digits and a check character")]
    Form,
    /// The date of birth does not exist.
    #[error("the date of birth does not exist")]
    Birth,
    /// The last character is not the check character.
    #[error("the check character is wrong")]
    CheckCharacter,
}

impl ResidentId {
    /// Reads a number; spaces around it are dropped and a small x becomes a capital.
    ///
    /// # Errors
    /// [`ResidentIdError`] for a wrong form, date of birth or check character.
    pub fn parse(text: &str) -> Result<ResidentId, ResidentIdError> {
        let plain = text.trim().to_ascii_uppercase();
        let bytes: [u8; 18] = plain
            .as_bytes()
            .try_into()
            .map_err(|_| ResidentIdError::Form)?;
        let [body @ .., check] = &bytes;
        if !body.iter().all(u8::is_ascii_digit) || !(check.is_ascii_digit() || *check == b'X') {
            return Err(ResidentIdError::Form);
        }
        let number = |from: usize, to: usize| -> Option<i16> { plain.get(from..to)?.parse().ok() };
        let birth = || -> Option<Date> {
            let month = i8::try_from(number(10, 12)?).ok()?;
            let day = i8::try_from(number(12, 14)?).ok()?;
            Date::new(number(6, 10)?, month, day).ok()
        };
        birth().ok_or(ResidentIdError::Birth)?;
        let values = body.iter().map(|byte| u32::from(byte.saturating_sub(b'0')));
        let sum = values.zip(WEIGHTS).fold(0u32, |sum, (value, weight)| {
            sum.saturating_add(value.saturating_mul(weight))
        });
        let place = usize::try_from(sum.checked_rem(11).unwrap_or_default()).unwrap_or_default();
        if CHECKS.get(place) != Some(check) {
            return Err(ResidentIdError::CheckCharacter);
        }
        Ok(ResidentId(bytes))
    }

    /// The eighteen characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only digits and X get in, so this is always text.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for ResidentId {
    // A log line or a failed assertion must not show the number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResidentId({})", mask(self.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_standard() {
        for text in [
            "11010519491231002X",
            " 440524188001010014 ",
            "11010519491231002x",
        ] {
            let expected = text.trim().to_uppercase();
            assert_eq!(ResidentId::parse(text).unwrap().as_str(), expected);
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for (text, error) in [
            ("", ResidentIdError::Form),
            ("1101051949123100", ResidentIdError::Form),
            ("X1010519491231002X", ResidentIdError::Form),
            ("１１０１０５", ResidentIdError::Form),
            ("110105194902300028", ResidentIdError::Birth),
            ("110105194912310020", ResidentIdError::CheckCharacter),
            ("11010519491231003X", ResidentIdError::CheckCharacter),
        ] {
            assert_eq!(ResidentId::parse(text), Err(error), "{text}");
        }
    }
}
