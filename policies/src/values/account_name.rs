//! The name of a bank account (户名), exactly as the bank has registered it.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use unicode_normalization::UnicodeNormalization;

/// The most characters of a name: what payment messages carry.
const LENGTH_MAX: usize = 140;

/// An account name that may be written into payment files; never cleaned, cut or quoted.
///
/// # Source
/// PAYOUTS.md e1 (account name), e3 rule 5, S9.
/// # Example
/// ```
/// # use zhida_policies::values::{AccountName, AccountNameError, NameMatch};
/// let name = AccountName::parse("示例(襄阳)机械有限公司")?;
/// let bank = AccountName::parse("示例（襄阳）机械有限公司")?;
/// assert_eq!(name.compare(&bank), NameMatch::SameButForWriting);
/// assert_eq!(AccountName::parse("=1+2"), Err(AccountNameError::Formula { found: '=' }));
/// # Ok::<(), AccountNameError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountName(String);

/// Why a text cannot be an account name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountNameError {
    /// Nothing but spaces.
    #[error("the name is empty")]
    Empty,
    /// More characters than a payment message carries.
    #[error("{found} characters, at most 140 are allowed")]
    Length {
        /// How many it has.
        found: usize,
    },
    /// Begins like a formula of a spreadsheet.
    #[error("a name does not begin with {found:?}")]
    Formula {
        /// The first character.
        found: char,
    },
    /// A character that is not shown or means nothing outside one system.
    #[error("U+{:04X} at {position} cannot be in a name", u32::from(*.found))]
    Unprintable {
        /// The character.
        found: char,
        /// Its place, counted from 1.
        position: usize,
    },
}

/// How two names compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameMatch {
    /// The same to the letter.
    Same,
    /// The same but for full-width forms, the kind of middle dot, spaces or capitals: worth a
    /// question, because the bank compares to the letter.
    SameButForWriting,
    /// Different names.
    Different,
}

impl AccountName {
    /// Takes a name as it is.
    ///
    /// # Errors
    /// [`AccountNameError`] for an empty or too long name, one that a spreadsheet would take for a
    /// formula, and characters that cannot be seen (control characters, zero-width characters,
    /// direction marks) or have no common meaning (private use).
    pub fn parse(text: &str) -> Result<AccountName, AccountNameError> {
        // The formula signs come first: TAB, CR and NUL are control characters as well.
        let first = text
            .trim_start_matches([' ', '\u{a0}', '\u{3000}'])
            .chars()
            .next();
        match first {
            Some(found) if is_formula_start(found) => {
                return Err(AccountNameError::Formula { found });
            }
            _ if text.trim().is_empty() => return Err(AccountNameError::Empty),
            _ => {}
        }
        for (position, found) in (1..).zip(text.chars()) {
            if is_unprintable(found) {
                return Err(AccountNameError::Unprintable { found, position });
            }
        }
        let found = text.chars().count();
        if found > LENGTH_MAX {
            return Err(AccountNameError::Length { found });
        }
        Ok(AccountName(text.to_owned()))
    }

    /// The name as registered.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Compares with another name; only [`NameMatch::Same`] is what a bank accepts.
    #[must_use]
    pub fn compare(&self, other: &AccountName) -> NameMatch {
        if self.0 == other.0 {
            NameMatch::Same
        } else if normal_form(&self.0) == normal_form(&other.0) {
            NameMatch::SameButForWriting
        } else {
            NameMatch::Different
        }
    }

    /// Whether spaces stand at an end, which the bank's record hardly has.
    #[must_use]
    pub fn has_outer_spaces(&self) -> bool {
        self.0.trim().len() != self.0.len()
    }
}

/// Whether a spreadsheet takes a cell that begins so for a formula; full-width signs count, since
/// some programs turn them into plain ones.
#[must_use]
pub fn is_formula_start(character: char) -> bool {
    matches!(
        character,
        '=' | '+' | '-' | '@' | '\t' | '\r' | '\0' | '＝' | '＋' | '－' | '＠'
    )
}

/// Whether a character is not shown, or means nothing outside one system: control characters,
/// zero-width characters and direction marks, line separators, private use, noncharacters.
#[must_use]
pub fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{ffff}'
                | '\u{e000}'..='\u{f8ff}'
                | '\u{fdd0}'..='\u{fdef}'
                | '\u{e0000}'..='\u{e0fff}'
                | '\u{f0000}'..='\u{10ffff}'
        )
        || u32::from(character) & 0xFFFE == 0xFFFE
}

/// The form in which names are compared to warn: plain width, one middle dot, no spaces, capitals.
fn normal_form(text: &str) -> String {
    let dot = |character: char| match character {
        '•' | '‧' | '∙' | '⋅' | '・' | '●' | '．' | '.' => '·',
        other => other,
    };
    // Dots before the plain width: a full stop stands for the middle dot in names.
    let dotted: String = text.chars().map(dot).collect();
    dotted
        .nfkc()
        .map(dot)
        .filter(|character| !character.is_whitespace())
        .flat_map(char::to_uppercase)
        .collect()
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for AccountName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for AccountName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<AccountName, D::Error> {
        let text = String::deserialize(deserializer)?;
        AccountName::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(text: &str) -> AccountName {
        AccountName::parse(text).unwrap()
    }

    #[test]
    fn a_name_is_kept_to_the_letter() {
        for text in [
            "襄阳示例机械有限公司",
            "示例（湖北）有限公司",
            "买买提·艾力",
            " 前后有空格 ",
            "A&B <中国> 有限公司",
            "𬭎业有限公司",
            "O'Neill 贸易",
        ] {
            assert_eq!(name(text).as_str(), text);
        }
        assert!(name(" 前后有空格 ").has_outer_spaces());
        assert!(!name("襄阳 示例").has_outer_spaces());
    }

    #[test]
    fn formulas_are_refused() {
        for found in ['=', '+', '-', '@', '\t', '\r', '\0', '＝', '＋', '－', '＠'] {
            let error = Err(AccountNameError::Formula { found });
            assert_eq!(AccountName::parse(&format!("{found}示例公司")), error);
            assert_eq!(
                AccountName::parse(&format!(" \u{3000}{found}示例公司")),
                error
            );
            if !found.is_control() {
                assert!(AccountName::parse(&format!("示例{found}公司")).is_ok());
            }
        }
    }

    #[test]
    fn what_cannot_be_seen_is_refused() {
        for found in [
            '\0',
            '\u{1}',
            '\u{1f}',
            '\n',
            '\t',
            '\u{7f}',
            '\u{85}',
            '\u{200b}',
            '\u{202e}',
            '\u{2028}',
            '\u{feff}',
            '\u{e000}',
            '\u{fffd}',
            '\u{ffff}',
            '\u{1fffe}',
        ] {
            let error = Err(AccountNameError::Unprintable { found, position: 2 });
            assert_eq!(
                AccountName::parse(&format!("示{found}例")),
                error,
                "{found:?}"
            );
        }
        assert_eq!(AccountName::parse(""), Err(AccountNameError::Empty));
        assert_eq!(
            AccountName::parse(" \u{3000}"),
            Err(AccountNameError::Empty)
        );
        assert!(AccountName::parse(&"示".repeat(140)).is_ok());
        let long = AccountName::parse(&"示".repeat(141));
        assert_eq!(long, Err(AccountNameError::Length { found: 141 }));
    }

    #[test]
    fn names_that_differ_in_writing_alone_are_told_apart_from_others() {
        for (a, b, expected) in [
            ("买买提·艾力", "买买提·艾力", NameMatch::Same),
            ("买买提·艾力", "买买提•艾力", NameMatch::SameButForWriting),
            ("买买提·艾力", "买买提．艾力", NameMatch::SameButForWriting),
            (
                "示例（湖北）公司",
                "示例(湖北)公司",
                NameMatch::SameButForWriting,
            ),
            ("示例ＡＢ公司", "示例ab公司", NameMatch::SameButForWriting),
            ("示例 公司", "示例公司", NameMatch::SameButForWriting),
            ("示例公司", "示例分公司", NameMatch::Different),
            ("王鋐", "王𬭎", NameMatch::Different),
        ] {
            assert_eq!(name(a).compare(&name(b)), expected, "{a} {b}");
            assert_eq!(name(b).compare(&name(a)), expected, "{b} {a}");
        }
    }

    proptest! {
        #[test]
        fn what_is_taken_is_kept(text in any::<String>()) {
            if let Ok(taken) = AccountName::parse(&text) {
                prop_assert_eq!(taken.as_str(), text.as_str());
                prop_assert!(!taken.as_str().chars().any(char::is_control));
            }
        }
    }
}
