//! The number of a bank account (银行账号), as text.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The fewest characters of an account number.
const LENGTH_MIN: usize = 9;
/// The most characters of an account number; payment messages allow 34.
const LENGTH_MAX: usize = 32;
/// A spreadsheet keeps this many digits of a number and makes zeros of the rest.
const SPREADSHEET_DIGITS: usize = 15;

/// An account number: digits and single dashes between them, always text and never a number.
///
/// # Shape
/// Nine to thirty-two characters. Accounts of organisations have no common check digit; only cards
/// of natural persons have one, and even there a wrong one is a warning.
/// # Source
/// PAYOUTS.md e1, e3 rule 4.
/// # Example
/// ```
/// # use zhida_policies::values::{BankAccount, BankAccountError};
/// let account = BankAccount::parse("4200 1865 1080 5300 1234")?;
/// assert_eq!(account.as_str(), "42001865108053001234");
/// assert_eq!(account.masked(), "****1234");
/// assert_eq!(BankAccount::parse("6.222E+18"), Err(BankAccountError::Exponent));
/// # Ok::<(), BankAccountError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BankAccount(String);

/// Why a text or a cell is not an account number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BankAccountError {
    /// Too short or too long.
    #[error("{found} characters instead of 9 to 32")]
    Length {
        /// How many it has without spaces.
        found: usize,
    },
    /// A character that no account number has.
    #[error("{found:?} at {position} is neither a digit nor a dash")]
    Character {
        /// The character.
        found: char,
        /// Its place without spaces, counted from 1.
        position: usize,
    },
    /// A dash at an end or beside another dash.
    #[error("the dash at {position} does not stand between digits")]
    Dash {
        /// Its place without spaces, counted from 1.
        position: usize,
    },
    /// A number in E-notation: a spreadsheet has lost the last digits.
    #[error("a number in E-notation has lost its last digits")]
    Exponent,
    /// A number cell of more than fifteen digits: a spreadsheet has lost the last digits.
    #[error("a spreadsheet keeps 15 digits of a number, this one has {found}")]
    DamagedBySpreadsheet {
        /// How many digits it has.
        found: usize,
    },
}

/// What is doubtful about an account number that may nevertheless be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BankAccountWarning {
    /// A card number whose last digit is not the check digit of the others.
    #[error("the check digit of the card number is wrong")]
    CardCheckDigit,
    /// More than fifteen digits, and only zeros after the fifteenth.
    #[error("only zeros after the fifteenth digit")]
    ZerosAfterFifteen,
}

/// Whose account it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccountHolder {
    /// A company, bureau or other organisation (对公账户).
    Organisation,
    /// A natural person, who may have given a card number.
    NaturalPerson,
}

impl BankAccount {
    /// Reads an account number from text; spaces are dropped, nothing else is put right.
    ///
    /// # Errors
    /// [`BankAccountError`] for E-notation, another character than digits and dashes (full-width
    /// digits are other characters), and a wrong length.
    pub fn parse(text: &str) -> Result<BankAccount, BankAccountError> {
        let is_space = |c: char| matches!(c, ' ' | '\u{a0}' | '\u{3000}');
        let plain: String = text.chars().filter(|c| !is_space(*c)).collect();
        if is_exponent_form(&plain) {
            return Err(BankAccountError::Exponent);
        }
        let length = plain.chars().count();
        let mut dash_before = true;
        for (position, found) in (1..).zip(plain.chars()) {
            match found {
                '0'..='9' => dash_before = false,
                '-' if dash_before || position == length => {
                    return Err(BankAccountError::Dash { position });
                }
                '-' => dash_before = true,
                _ => return Err(BankAccountError::Character { found, position }),
            }
        }
        if !(LENGTH_MIN..=LENGTH_MAX).contains(&length) {
            return Err(BankAccountError::Length { found: length });
        }
        Ok(BankAccount(plain))
    }

    /// Reads an account number from a cell that a spreadsheet stores as a number, given as the
    /// digits that the cell would show.
    ///
    /// # Errors
    /// As [`BankAccount::parse`], and [`BankAccountError::DamagedBySpreadsheet`] for more than
    /// fifteen digits: those after the fifteenth are not the ones of the account.
    pub fn parse_number_cell(text: &str) -> Result<BankAccount, BankAccountError> {
        let account = BankAccount::parse(text)?;
        let found = account.digits().count();
        if found > SPREADSHEET_DIGITS {
            return Err(BankAccountError::DamagedBySpreadsheet { found });
        }
        Ok(account)
    }

    /// The account number without spaces.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last four characters, for pages and messages.
    #[must_use]
    pub fn masked(&self) -> String {
        mask(&self.0)
    }

    /// What is doubtful about the number.
    #[must_use]
    pub fn warnings(&self, holder: AccountHolder) -> Vec<BankAccountWarning> {
        let mut warnings = Vec::new();
        let length = self.digits().count();
        let is_card = (13..=19).contains(&length) && !self.0.contains('-');
        if holder == AccountHolder::NaturalPerson && is_card && !self.passes_luhn() {
            warnings.push(BankAccountWarning::CardCheckDigit);
        }
        let mut rest = self.digits().skip(SPREADSHEET_DIGITS);
        if length > SPREADSHEET_DIGITS && rest.all(|digit| digit == 0) {
            warnings.push(BankAccountWarning::ZerosAfterFifteen);
        }
        warnings
    }

    fn digits(&self) -> impl DoubleEndedIterator<Item = u32> {
        self.0
            .chars()
            .filter_map(|character| character.to_digit(10))
    }

    /// The check of card numbers (ISO/IEC 7812-1): every second digit from the right counts twice.
    fn passes_luhn(&self) -> bool {
        let mut sum = 0u32;
        let mut doubled = false;
        for digit in self.digits().rev() {
            let twice = digit.saturating_mul(2);
            let counted = match (doubled, twice) {
                (false, _) => digit,
                (true, 10..) => twice.saturating_sub(9),
                (true, _) => twice,
            };
            sum = sum.saturating_add(counted);
            doubled = !doubled;
        }
        sum.is_multiple_of(10)
    }
}

/// The last four characters of an account number or another secret number behind stars; shorter
/// texts are all stars.
///
/// # Example
/// ```
/// # use zhida_policies::values::bank_account::mask;
/// assert_eq!(mask("6222021234567890"), "****7890");
/// assert_eq!(mask("1234"), "****");
/// ```
#[must_use]
pub fn mask(text: &str) -> String {
    let length = text.chars().count();
    match length.checked_sub(4) {
        Some(hidden) if hidden >= 4 => {
            let shown: String = text.chars().skip(hidden).collect();
            format!("****{shown}")
        }
        _ => "****".to_owned(),
    }
}

/// Whether a text is a number such as `6.222E+18`.
fn is_exponent_form(text: &str) -> bool {
    let Some((front, back)) = text.split_once(['e', 'E']) else {
        return false;
    };
    let exponent = back.strip_prefix(['+', '-']).unwrap_or(back);
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let front: String = front.chars().filter(|c| !matches!(c, '.' | ',')).collect();
    digits(&front) && digits(exponent)
}

impl fmt::Display for BankAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for BankAccount {
    // A log line or a failed assertion must not show an account number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BankAccount({})", self.masked())
    }
}

impl Serialize for BankAccount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for BankAccount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<BankAccount, D::Error> {
        let text = String::deserialize(deserializer)?;
        BankAccount::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn accounts_of_organisations_keep_their_digits_and_dashes() {
        for (text, plain) in [
            ("42001865108053001234", "42001865108053001234"),
            (" 1802 0201 0902 4567 891 ", "1802020109024567891"),
            ("0302-0128-0900-1234567", "0302-0128-0900-1234567"),
            ("123456789", "123456789"),
            ("000000000", "000000000"),
            ("62220000\u{a0}0000\u{3000}0000", "6222000000000000"),
        ] {
            assert_eq!(BankAccount::parse(text).unwrap().as_str(), plain);
        }
        let longest = "1".repeat(32);
        assert_eq!(BankAccount::parse(&longest).unwrap().as_str(), longest);
    }

    #[test]
    fn other_texts_are_refused() {
        use BankAccountError::{Character, Dash, Exponent, Length};
        for (text, error) in [
            ("", Length { found: 0 }),
            ("12345678", Length { found: 8 }),
            (&"1".repeat(33), Length { found: 33 }),
            ("6.222E+18", Exponent),
            ("6.22202E18", Exponent),
            ("62220e+15", Exponent),
            ("-123456789", Dash { position: 1 }),
            ("123456789-", Dash { position: 10 }),
            ("1234--56789", Dash { position: 6 }),
            (
                "１２３４５６７８９",
                Character {
                    found: '１',
                    position: 1,
                },
            ),
            (
                "123456789\t",
                Character {
                    found: '\t',
                    position: 10,
                },
            ),
            (
                "12345678901\u{200b}",
                Character {
                    found: '\u{200b}',
                    position: 12,
                },
            ),
            (
                "'6222021234567890",
                Character {
                    found: '\'',
                    position: 1,
                },
            ),
            (
                "622202123456789.0",
                Character {
                    found: '.',
                    position: 16,
                },
            ),
        ] {
            assert_eq!(BankAccount::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn a_number_cell_beyond_fifteen_digits_is_damaged() {
        assert!(BankAccount::parse_number_cell("622202123456789").is_ok());
        // What Excel stores for 6222021234567890123.
        assert_eq!(
            BankAccount::parse_number_cell("6222021234567890000"),
            Err(BankAccountError::DamagedBySpreadsheet { found: 19 })
        );
        assert_eq!(
            BankAccount::parse_number_cell("6.22202123456789E+18"),
            Err(BankAccountError::Exponent)
        );
        // As text the same digits may be an account, and are worth a question.
        let account = BankAccount::parse("6222021234567890000").unwrap();
        let warnings = account.warnings(AccountHolder::Organisation);
        assert_eq!(warnings, [BankAccountWarning::ZerosAfterFifteen]);
    }

    #[test]
    fn card_numbers_of_persons_are_checked_by_luhn_and_those_of_others_are_not() {
        let warnings = |text: &str, holder| BankAccount::parse(text).unwrap().warnings(holder);
        // Test numbers that card schemes publish.
        for card in [
            "4111111111111111",
            "5555555555554444",
            "6200000000000005",
            "4222222222222",
        ] {
            assert_eq!(warnings(card, AccountHolder::NaturalPerson), []);
        }
        let wrong = "4111111111111112";
        let expected = [BankAccountWarning::CardCheckDigit];
        assert_eq!(warnings(wrong, AccountHolder::NaturalPerson), expected);
        assert_eq!(warnings(wrong, AccountHolder::Organisation), []);
        // Twelve and twenty digits are no card.
        assert_eq!(warnings("411111111112", AccountHolder::NaturalPerson), []);
        assert_eq!(
            warnings("41111111111111111112", AccountHolder::NaturalPerson),
            []
        );
    }

    #[test]
    fn the_number_is_not_shown_by_debug() {
        let account = BankAccount::parse("6222021234567890").unwrap();
        assert_eq!(format!("{account:?}"), "BankAccount(****7890)");
        assert_eq!(mask("1234567"), "****");
    }

    proptest! {
        #[test]
        fn any_text_is_survived_and_what_is_read_reads_again(text in "[0-9eE+. -]{0,40}|\\PC{0,40}") {
            if let Ok(account) = BankAccount::parse(&text) {
                prop_assert_eq!(BankAccount::parse(account.as_str()), Ok(account.clone()));
                prop_assert!((9..=32).contains(&account.as_str().len()));
            }
        }
    }
}
