//! Regions: administrative divisions by GB/T 2260, functional zones, and the nation.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::short_code::ShortCode;

/// A region: the nation, a province `42`, city `4206`, county `420602`, or a functional zone with
/// a code of its own.
///
/// # Shape
/// Divisions are written by the digits that count: `420600` and `4206` are the same city.
/// # Example
/// ```
/// # use zhida_policies::values::Region;
/// let city: Region = "420600".parse()?;
/// assert_eq!(city.as_str(), "4206");
/// assert_eq!("".parse(), Ok(Region::NATION));
/// # Ok::<(), zhida_policies::values::region::RegionError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Region(ShortCode);

/// The text cannot be the code of a region. Whether a well-formed code exists is a question to
/// the tree of [`Codes`](super::Codes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a region code such as 42, 4206 or 420602, or that of a functional zone")]
pub struct RegionError;

impl Region {
    /// The whole nation.
    pub const NATION: Region = Region(ShortCode::EMPTY);

    /// The code; empty for the nation.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether this is the whole nation.
    #[must_use]
    pub fn is_nation(&self) -> bool {
        self.as_str().is_empty()
    }

    /// Whether the code has the form of an administrative division; some functional zones have
    /// such codes too.
    #[must_use]
    pub fn is_division(&self) -> bool {
        let code = self.as_str();
        matches!(code.len(), 2 | 4 | 6) && code.bytes().all(|byte| byte.is_ascii_digit())
    }

    /// The code in place.
    #[must_use]
    pub fn code(&self) -> ShortCode {
        self.0
    }
}

impl FromStr for Region {
    type Err = RegionError;

    /// Reads a code; `420000` and `420600` lose the zeros that say nothing.
    fn from_str(text: &str) -> Result<Region, RegionError> {
        let text = text.trim();
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let plain = match text.len() {
            6 if digits => text
                .strip_suffix("0000")
                .or_else(|| text.strip_suffix("00"))
                .unwrap_or(text),
            0 | 2 | 4 if digits => text,
            // A zone's own code; digits alone would be a broken division code.
            3.. if !digits || text.len() > 6 => text,
            _ => return Err(RegionError),
        };
        ShortCode::new(plain).map(Region).ok_or(RegionError)
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Region({self})")
    }
}

impl Serialize for Region {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Region {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Region, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        for (text, code, division) in [
            ("", "", false),
            ("42", "42", true),
            ("420000", "42", true),
            ("420600", "4206", true),
            ("420602", "420602", true),
            ("341171", "341171", true),
            (" 4206 ", "4206", true),
            ("4206-gx", "4206-gx", false),
        ] {
            let region: Region = text.parse().unwrap();
            assert_eq!((region.as_str(), region.is_division()), (code, division));
        }
        for text in [
            "4",
            "420",
            "42060",
            "襄阳市",
            "42 06",
            "4206-high-tech-zone",
        ] {
            assert_eq!(text.parse::<Region>(), Err(RegionError), "{text}");
        }
    }
}
