//! The unified social credit code of an enterprise (统一社会信用代码).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use unicode_normalization::UnicodeNormalization;

/// The characters of the code; the place of each is its value.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
/// The weights of the first seventeen characters: 3^(i-1) mod 31.
const WEIGHTS: [u32; 17] = [
    1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28,
];
/// The weights of the organisation code (GB 11714).
const ORGANISATION_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

/// A unified social credit code of the right length and characters.
///
/// # Shape
/// Eighteen characters: 1 registering authority, 2 class, 3–8 division of the registering office
/// at first registration (it does not follow a move), 9–17 organisation code, 18 check character.
/// # Source
/// GB 32100-2015; DOMAIN.md 5.3.
/// # Example
/// ```
/// # use zhida_policies::values::Uscc;
/// let (uscc, warning) = Uscc::parse(" 91110000802100433b ")?;
/// assert_eq!(uscc.as_str(), "91110000802100433B");
/// assert_eq!(warning, None);
/// # Ok::<(), zhida_policies::values::UsccError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uscc([u8; 18]);

/// Why a text cannot be a unified social credit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsccError {
    /// The text does not have eighteen characters.
    #[error("{found} characters instead of 18")]
    Length {
        /// How many it has.
        found: usize,
    },
    /// A character that the standard does not use at this place.
    #[error("{found:?} cannot be character {position}")]
    Character {
        /// The character.
        found: char,
        /// Its place, counted from 1.
        position: usize,
    },
}

/// What is doubtful about a code that may nevertheless be in use: some early codes were issued
/// with wrong check characters and are legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsccWarning {
    /// The last character is not the check character.
    #[error("check character {found} instead of {expected}")]
    CheckCharacter {
        /// The check character of the first seventeen.
        expected: char,
        /// The last character.
        found: char,
    },
    /// The seventeenth character is not the check character of the organisation code.
    #[error("organisation code check character {found} instead of {expected}")]
    OrganisationCode {
        /// The check character of the eight before it.
        expected: char,
        /// The seventeenth character.
        found: char,
    },
}

impl Uscc {
    /// Reads a code; spaces around it, lower case and full-width characters are put right.
    ///
    /// # Errors
    /// [`UsccError`] for a wrong length or character. A wrong check character is a warning, the
    /// one of the whole code before the one of the organisation code.
    pub fn parse(text: &str) -> Result<(Uscc, Option<UsccWarning>), UsccError> {
        let plain: String = text.trim().nfkc().collect();
        let plain = plain.trim().to_ascii_uppercase();
        let found = plain.chars().count();
        if found != 18 {
            return Err(UsccError::Length { found });
        }
        for (position, found) in (1..).zip(plain.chars()) {
            let division = (3..=8).contains(&position);
            if value(found).is_none() || (division && !found.is_ascii_digit()) {
                return Err(UsccError::Character { found, position });
            }
        }
        let bytes = plain
            .as_bytes()
            .try_into()
            .map_err(|_| UsccError::Length { found })?;
        let uscc = Uscc(bytes);
        Ok((uscc, uscc.warning()))
    }

    /// Makes the code with correct check characters from its parts.
    ///
    /// # Shape
    /// `class` is the authority and class (two characters), `division` six digits,
    /// `organisation` the first eight characters of the organisation code.
    /// # Errors
    /// [`UsccError`] when the parts do not make a code.
    /// # Example
    /// ```
    /// # use zhida_policies::values::Uscc;
    /// assert_eq!(Uscc::generate("91", "110000", "80210043")?.as_str(), "91110000802100433B");
    /// # Ok::<(), zhida_policies::values::UsccError>(())
    /// ```
    pub fn generate(class: &str, division: &str, organisation: &str) -> Result<Uscc, UsccError> {
        let first = format!("{class}{division}{organisation}");
        let (mut uscc, _) = Uscc::parse(&format!("{first}00"))?;
        let [.., organisation_check, _] = &mut uscc.0;
        *organisation_check = ascii(organisation_check_of(&first));
        let check = ascii(check_of(uscc.as_str()));
        let [.., last] = &mut uscc.0;
        *last = check;
        Ok(uscc)
    }

    /// The eighteen characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only characters of the alphabet get in, so this is always text.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// What is doubtful about the check characters.
    #[must_use]
    pub fn warning(&self) -> Option<UsccWarning> {
        let mut last = self.as_str().chars().rev();
        let (check, organisation) = (last.next()?, last.next()?);
        let expected = check_of(self.as_str());
        if expected != check {
            return Some(UsccWarning::CheckCharacter {
                expected,
                found: check,
            });
        }
        let expected = organisation_check_of(self.as_str());
        (expected != organisation).then_some(UsccWarning::OrganisationCode {
            expected,
            found: organisation,
        })
    }
}

/// The value of a character in the alphabet of the code.
fn value(character: char) -> Option<u32> {
    let place = ALPHABET
        .iter()
        .position(|&byte| char::from(byte) == character)?;
    u32::try_from(place).ok()
}

/// The check character of the first seventeen characters of `text`.
fn check_of(text: &str) -> char {
    let sum = weighted(text.chars().filter_map(value), &WEIGHTS);
    // The outer remainder matters: a sum divisible by 31 has the check value 0, not 31.
    let check = 31u32.saturating_sub(remainder(sum, 31));
    let place = usize::try_from(remainder(check, 31)).unwrap_or_default();
    ALPHABET.get(place).copied().map_or('0', char::from)
}

/// The check character of the organisation code in the characters 9 to 16 of `text`.
fn organisation_check_of(text: &str) -> char {
    // GB 11714 counts digits and all letters, unlike the alphabet of the whole code.
    let values = text
        .chars()
        .skip(8)
        .filter_map(|character| character.to_digit(36));
    let check = 11u32.saturating_sub(remainder(weighted(values, &ORGANISATION_WEIGHTS), 11));
    match check {
        10 => 'X',
        11 => '0',
        digit => char::from_digit(digit, 10).unwrap_or('0'),
    }
}

/// The weighted sum; at most 18 terms of two small numbers, which cannot overflow.
fn weighted(values: impl Iterator<Item = u32>, weights: &[u32]) -> u32 {
    values.zip(weights).fold(0, |sum, (value, weight)| {
        sum.saturating_add(value.saturating_mul(*weight))
    })
}

fn remainder(value: u32, by: u32) -> u32 {
    value.checked_rem(by).unwrap_or_default()
}

fn ascii(character: char) -> u8 {
    u8::try_from(character).unwrap_or(b'0')
}

impl fmt::Display for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Uscc({self})")
    }
}

impl Serialize for Uscc {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Uscc {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Uscc, D::Error> {
        let text = String::deserialize(deserializer)?;
        Uscc::parse(&text)
            .map(|(uscc, _)| uscc)
            .map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, warning: Option<UsccWarning>) {
        assert_eq!(Uscc::parse(text).unwrap().1, warning);
    }

    #[test]
    fn the_vectors_of_the_standard() {
        // A code in use, and early codes that are legal though their check character is not.
        check("91110000802100433B", None);
        for (text, expected, found) in [
            ("91350100M0001TGQXM", '1', 'M'),
            ("91350211M0000XUF46", 'R', '6'),
            ("91350203M0001FUE2P", 'J', 'P'),
        ] {
            check(text, Some(UsccWarning::CheckCharacter { expected, found }));
        }
        // The weighted sum is divisible by 31: the check value is 0.
        check("914206020000000430", None);
        // By hand from the first row: the 17th value grows by one and weighs 28, so the check
        // value 11 (B) falls by 28, which modulo 31 is 14 (E).
        let organisation = UsccWarning::OrganisationCode {
            expected: '3',
            found: '4',
        };
        check("91110000802100434E", Some(organisation));
    }

    #[test]
    fn the_writing_is_put_right() {
        for text in [
            "９１１１００００８０２１００４３３Ｂ",
            "\u{3000}91110000802100433b\n",
        ] {
            assert_eq!(Uscc::parse(text).unwrap().0.as_str(), "91110000802100433B");
        }
    }

    #[test]
    fn wrong_texts_are_refused() {
        let error = |text: &str| Uscc::parse(text).map(|_| ()).unwrap_err();
        assert_eq!(error(""), UsccError::Length { found: 0 });
        assert_eq!(error("91110000802100433"), UsccError::Length { found: 17 });
        assert_eq!(
            error("91110000802100433BB"),
            UsccError::Length { found: 19 }
        );
        for letter in ['I', 'O', 'Z', 'S', 'V', '襄', '-'] {
            let found = letter;
            assert_eq!(
                error(&format!("9111000080210043{letter}B")),
                UsccError::Character {
                    found,
                    position: 17
                }
            );
        }
        assert_eq!(
            error("911100A0802100433B"),
            UsccError::Character {
                found: 'A',
                position: 7
            }
        );
    }

    proptest! {
        #[test]
        fn a_generated_code_is_right_and_any_changed_character_shows(
            division in "[1-8][0-9]{5}",
            organisation in "[0-9A-HJ-NPQRTUWXY]{8}",
            place in 0usize..18,
            step in 1usize..31,
        ) {
            let uscc = Uscc::generate("91", &division, &organisation).unwrap();
            prop_assert_eq!(Uscc::parse(uscc.as_str()), Ok((uscc, None)));
            // 31 is a prime, so one changed character always changes the check character.
            let mut bytes = uscc.as_str().as_bytes().to_vec();
            let old = ALPHABET.iter().position(|b| *b == bytes[place]).unwrap();
            bytes[place] = ALPHABET[old.saturating_add(step) % 31];
            if let Ok((_, warning)) = Uscc::parse(std::str::from_utf8(&bytes).unwrap()) {
                prop_assert!(warning.is_some());
            }
        }

        #[test]
        fn any_text_is_survived(text in "\\PC{0,24}") {
            let _ = Uscc::parse(&text);
        }
    }
}
