//! A short official code kept in place: copied, compared and hashed without an allocation.

use std::fmt;

/// The most characters of a [`ShortCode`].
pub const SHORT_CODE_BYTES_MAX: usize = 15;

/// Up to fifteen ASCII letters, digits and dashes; ordered like its text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ShortCode {
    bytes: [u8; SHORT_CODE_BYTES_MAX],
    length: u8,
}

impl ShortCode {
    /// The code without characters.
    pub const EMPTY: ShortCode = ShortCode {
        bytes: [0; SHORT_CODE_BYTES_MAX],
        length: 0,
    };

    /// The code with this text, if it is short enough and has no other characters.
    ///
    /// # Example
    /// ```
    /// # use zhida_policies::values::short_code::ShortCode;
    /// assert_eq!(ShortCode::new("420602").unwrap().as_str(), "420602");
    /// assert_eq!(ShortCode::new("襄阳"), None);
    /// ```
    #[must_use]
    pub fn new(text: &str) -> Option<ShortCode> {
        if !text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        {
            return None;
        }
        let mut bytes = [0; SHORT_CODE_BYTES_MAX];
        bytes
            .get_mut(..text.len())?
            .copy_from_slice(text.as_bytes());
        Some(ShortCode {
            bytes,
            length: u8::try_from(text.len()).ok()?,
        })
    }

    /// The text of the code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let used = self
            .bytes
            .get(..usize::from(self.length))
            .unwrap_or_default();
        // Only ASCII gets in, so this is always text.
        std::str::from_utf8(used).unwrap_or_default()
    }
}

impl fmt::Display for ShortCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for ShortCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ordered_like_its_text(a in "[0-9A-Za-z-]{0,15}", b in "[0-9A-Za-z-]{0,15}") {
            let (x, y) = (ShortCode::new(&a).unwrap(), ShortCode::new(&b).unwrap());
            prop_assert_eq!(x.as_str(), &a);
            prop_assert_eq!(x.cmp(&y), a.cmp(&b));
        }
    }

    #[test]
    fn longer_codes_are_refused() {
        assert_eq!(ShortCode::new("0123456789ABCDEF"), None);
        assert_eq!(ShortCode::new("4 2"), None);
    }
}
