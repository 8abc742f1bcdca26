//! The bank code of the national payment system (支付系统行号, 联行号).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The twelve digits that name one branch in the China National Advanced Payment System.
///
/// # Shape
/// 1–3 class of bank, 4–7 area, 8–11 branch, 12 check digit.
/// # Source
/// PAYOUTS.md e1; the check digit is ISO 7064 MOD 11,10 over all twelve digits.
/// # Example
/// ```
/// # use zhida_policies::values::{Cnaps, CnapsError};
/// let code = Cnaps::parse("102100099996")?;
/// assert_eq!(code.bank_class(), "102");
/// assert_eq!(Cnaps::parse("102100099997"), Err(CnapsError::CheckDigit { expected: '6' }));
/// # Ok::<(), CnapsError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cnaps([u8; 12]);

/// Why a text is not a bank code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CnapsError {
    /// The text does not have twelve characters.
    #[error("{found} characters instead of 12")]
    Length {
        /// How many it has.
        found: usize,
    },
    /// A character is not a digit.
    #[error("{found:?} at {position} is not a digit")]
    Character {
        /// The character.
        found: char,
        /// Its place, counted from 1.
        position: usize,
    },
    /// The last digit is not the check digit of the eleven before it.
    #[error("the check digit would be {expected}")]
    CheckDigit {
        /// The check digit of the first eleven.
        expected: char,
    },
}

impl Cnaps {
    /// Reads a code; spaces around it are dropped, nothing else is put right.
    ///
    /// # Errors
    /// [`CnapsError`] for a wrong length, character or check digit.
    pub fn parse(text: &str) -> Result<Cnaps, CnapsError> {
        let plain = text.trim();
        let found = plain.chars().count();
        if found != 12 {
            return Err(CnapsError::Length { found });
        }
        for (position, found) in (1..).zip(plain.chars()) {
            if !found.is_ascii_digit() {
                return Err(CnapsError::Character { found, position });
            }
        }
        let digits: [u8; 12] = plain
            .as_bytes()
            .try_into()
            .map_err(|_| CnapsError::Length { found })?;
        let [body @ .., last] = &digits;
        let expected = check_digit(body);
        if expected != char::from(*last) {
            return Err(CnapsError::CheckDigit { expected });
        }
        Ok(Cnaps(digits))
    }

    /// The twelve digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only digits get in, so this is always text.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The class of bank: 102 is one bank, but 313 or 402 are many banks of a kind, so that equal
    /// classes do not prove the same bank.
    #[must_use]
    pub fn bank_class(&self) -> &str {
        self.as_str().get(..3).unwrap_or_default()
    }
}

/// The check digit of ISO 7064 MOD 11,10 (hybrid) for a body of digits.
fn check_digit(body: &[u8]) -> char {
    let product = body.iter().fold(10u32, |product, byte| {
        let digit = u32::from(byte.saturating_sub(b'0'));
        let sum = match remainder(product.saturating_add(digit), 10) {
            0 => 10,
            sum => sum,
        };
        remainder(sum.saturating_mul(2), 11)
    });
    let check = remainder(11u32.saturating_sub(product), 10);
    char::from_digit(check, 10).unwrap_or('0')
}

fn remainder(value: u32, by: u32) -> u32 {
    value.checked_rem(by).unwrap_or_default()
}

impl fmt::Display for Cnaps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Cnaps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cnaps({self})")
    }
}

impl Serialize for Cnaps {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Cnaps {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Cnaps, D::Error> {
        let text = String::deserialize(deserializer)?;
        Cnaps::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Head offices as banks and payment pages publish them; their check digits were also computed
    /// apart from this program.
    const PUBLISHED: [&str; 24] = [
        "102100099996", // 工商银行
        "103100000026", // 农业银行
        "104100000004", // 中国银行
        "105100000017", // 建设银行
        "201100000017", // 国家开发银行
        "202100000003", // 进出口银行
        "203100000019", // 农业发展银行
        "301290000007", // 交通银行
        "302100011000", // 中信银行
        "303100000006", // 光大银行
        "304100040000", // 华夏银行
        "305100000013", // 民生银行
        "306581000003", // 广发银行
        "307584007998", // 平安银行
        "308584000013", // 招商银行
        "309391000011", // 兴业银行
        "310290000013", // 浦发银行
        "313100000013", // 北京银行
        "313522004113",
        "313651027012",
        "401100099996",
        "402602000018",
        "403100000004", // 邮政储蓄银行
        "501100000011",
    ];

    #[test]
    fn published_codes_pass_and_no_other_check_digit_does() {
        for code in PUBLISHED {
            assert_eq!(Cnaps::parse(code).unwrap().as_str(), code);
            let expected = code.chars().last().unwrap();
            for digit in ('0'..='9').filter(|digit| *digit != expected) {
                let wrong = format!("{}{digit}", &code[..11]);
                assert_eq!(
                    Cnaps::parse(&wrong),
                    Err(CnapsError::CheckDigit { expected })
                );
            }
        }
    }

    #[test]
    fn other_texts_are_refused() {
        let error = |text: &str| Cnaps::parse(text).unwrap_err();
        assert_eq!(error(""), CnapsError::Length { found: 0 });
        assert_eq!(error("10210009999"), CnapsError::Length { found: 11 });
        let wide = CnapsError::Character {
            found: '１',
            position: 1,
        };
        assert_eq!(error("１02100099996"), wide);
        assert_eq!(error("1.021E+11   "), CnapsError::Length { found: 9 });
        assert_eq!(Cnaps::parse(" 105100000017\n").unwrap().bank_class(), "105");
    }

    proptest! {
        #[test]
        fn one_wrong_digit_shows(
            which in 0usize..24,
            place in 0usize..12,
            step in 1u8..10,
        ) {
            let mut wrong = PUBLISHED[which].as_bytes().to_vec();
            let digit = wrong[place].wrapping_sub(b'0').wrapping_add(step) % 10;
            wrong[place] = digit.wrapping_add(b'0');
            prop_assert!(Cnaps::parse(std::str::from_utf8(&wrong).unwrap()).is_err());
        }

        #[test]
        fn any_text_is_survived(text in "\\PC{0,16}") {
            let _ = Cnaps::parse(&text);
        }
    }
}
