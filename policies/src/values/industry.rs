//! Industries by GB/T 4754-2017.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::short_code::ShortCode;

/// The sections with their first and last divisions.
///
/// # Source
/// GB/T 4754-2017; DOMAIN.md 5.4.
const SECTIONS: [(char, u8, u8); 20] = [
    ('A', 1, 5),
    ('B', 6, 12),
    ('C', 13, 43),
    ('D', 44, 46),
    ('E', 47, 50),
    ('F', 51, 52),
    ('G', 53, 60),
    ('H', 61, 62),
    ('I', 63, 65),
    ('J', 66, 69),
    ('K', 70, 70),
    ('L', 71, 72),
    ('M', 73, 75),
    ('N', 76, 79),
    ('O', 80, 82),
    ('P', 83, 83),
    ('Q', 84, 85),
    ('R', 86, 90),
    ('S', 91, 96),
    ('T', 97, 97),
];

/// An industry: a section `C`, division `C13`, group `C131` or class `C1311`.
///
/// # Shape
/// Always written with the letter of its section, so that a code lies inside another exactly when
/// its text begins with the other's.
/// # Example
/// ```
/// # use zhida_policies::values::Industry;
/// let class: Industry = "1311".parse()?;
/// assert_eq!(class.as_str(), "C1311");
/// assert!(class.is_within("C13".parse()?));
/// # Ok::<(), zhida_policies::values::industry::IndustryError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Industry(ShortCode);

/// Why a text is not an industry code. Whether a well-formed code exists is a question to the
/// tree of [`Codes`](super::Codes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IndustryError {
    /// Not an optional letter and two to four digits, or a letter alone.
    #[error("not an industry code such as C, C13, C131 or C1311")]
    Form,
    /// No section has this letter or holds this division.
    #[error("no section has this letter or division")]
    NoSection,
    /// The division belongs to another section.
    #[error("this division belongs to section {expected}")]
    OtherSection {
        /// The section it belongs to.
        expected: char,
    },
}

impl Industry {
    /// The code with the letter of its section.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The code in place.
    #[must_use]
    pub fn code(&self) -> ShortCode {
        self.0
    }

    /// The code without the letter of its section: empty for a section.
    #[must_use]
    pub fn digits(&self) -> &str {
        self.as_str().get(1..).unwrap_or_default()
    }

    /// The letter of the section.
    #[must_use]
    pub fn section(&self) -> char {
        self.as_str().chars().next().unwrap_or_default()
    }

    /// 1 for a section, 2 for a division, 3 for a group, 4 for a class.
    #[must_use]
    pub fn level(&self) -> usize {
        self.digits().len().max(1)
    }

    /// Whether this is `ancestor` or lies inside it.
    #[must_use]
    pub fn is_within(&self, ancestor: Industry) -> bool {
        self.as_str().starts_with(ancestor.as_str())
    }

    /// The code one level up.
    #[must_use]
    pub fn parent(&self) -> Option<Industry> {
        let shorter = match self.digits().len() {
            0 => return None,
            2 => self.as_str().get(..1),
            _ => self.as_str().get(..self.level()),
        };
        shorter.and_then(ShortCode::new).map(Industry)
    }
}

impl FromStr for Industry {
    type Err = IndustryError;

    /// Reads a code with or without the letter of its section, in either case.
    fn from_str(text: &str) -> Result<Industry, IndustryError> {
        let text = text.trim().to_ascii_uppercase();
        let letter = text.chars().next().filter(char::is_ascii_uppercase);
        let digits = text
            .strip_prefix(|c: char| c.is_ascii_uppercase())
            .unwrap_or(&text);
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(IndustryError::Form);
        }
        let section = match (letter, digits.len()) {
            (Some(letter), 0) => known_letter(letter)?,
            (_, 2..=4) => section_of(digits)?,
            (Some(_) | None, _) => return Err(IndustryError::Form),
        };
        if letter.is_some_and(|letter| letter != section) {
            return Err(IndustryError::OtherSection { expected: section });
        }
        let code = ShortCode::new(&format!("{section}{digits}")).ok_or(IndustryError::Form)?;
        Ok(Industry(code))
    }
}

fn known_letter(letter: char) -> Result<char, IndustryError> {
    let found = SECTIONS.iter().find(|(section, ..)| *section == letter);
    found
        .map(|(section, ..)| *section)
        .ok_or(IndustryError::NoSection)
}

/// The section of the division that the first two digits name.
fn section_of(digits: &str) -> Result<char, IndustryError> {
    let division: u8 = digits
        .get(..2)
        .and_then(|text| text.parse().ok())
        .ok_or(IndustryError::Form)?;
    let found = SECTIONS
        .iter()
        .find(|(_, first, last)| (*first..=*last).contains(&division));
    found
        .map(|(section, ..)| *section)
        .ok_or(IndustryError::NoSection)
}

impl fmt::Display for Industry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Industry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Industry({self})")
    }
}

impl Serialize for Industry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Industry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Industry, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_division_has_one_section() {
        let mut expected = 1;
        for (_, first, last) in SECTIONS {
            assert_eq!(first, expected);
            expected = last + 1;
        }
        assert_eq!(expected, 98);
        for (text, code) in [
            ("01", "A01"),
            ("0610", "B0610"),
            ("43", "C43"),
            ("44", "D44"),
            ("513", "F513"),
            ("7010", "K7010"),
            ("97", "T97"),
            ("c", "C"),
            (" f51 ", "F51"),
        ] {
            assert_eq!(text.parse::<Industry>().unwrap().as_str(), code);
        }
    }

    #[test]
    fn wrong_codes_are_refused() {
        let error = |text: &str| text.parse::<Industry>().unwrap_err();
        for text in [
            "",
            "1",
            "C1",
            "C13111",
            "13111",
            "CC13",
            "C1a",
            "制造业",
            "-13",
        ] {
            assert_eq!(error(text), IndustryError::Form, "{text}");
        }
        assert_eq!(error("U"), IndustryError::NoSection);
        assert_eq!(error("98"), IndustryError::NoSection);
        assert_eq!(error("00"), IndustryError::NoSection);
        assert_eq!(error("C51"), IndustryError::OtherSection { expected: 'F' });
    }

    #[test]
    fn lineage() {
        let class: Industry = "C1311".parse().unwrap();
        let parents: Vec<_> = std::iter::successors(Some(class), Industry::parent).collect();
        let texts: Vec<_> = parents.iter().map(Industry::as_str).collect();
        assert_eq!(texts, ["C1311", "C131", "C13", "C"]);
        assert_eq!(
            parents.iter().map(Industry::level).collect::<Vec<_>>(),
            [4, 3, 2, 1]
        );
        assert!(!class.is_within("C14".parse().unwrap()));
        assert!(!Industry::is_within(&"C".parse().unwrap(), class));
    }
}
