//! Secrets that the system makes up: identifiers of sessions, tokens, one-time codes.

use std::path::PathBuf;

use crate::store::StoreError;
use crate::store::encoding::hex;

/// What every API token begins with, so that scanners find one that leaked.
pub(crate) const TOKEN_PREFIX: &str = "zhida_";

/// The letters of one-time codes: base 32 of RFC 4648, none of which look like another.
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// The letters of a one-time code: 120 bits.
const CODE_LETTERS: usize = 24;
/// How many of them stand together.
const GROUP: usize = 6;

/// Bytes that nobody can guess.
///
/// # Errors
/// [`StoreError::Key`] when the system has no randomness.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], StoreError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| StoreError::Key {
        path: PathBuf::from("/dev/urandom"),
        problem: format!("系统不能提供随机数:{error}"),
    })?;
    Ok(bytes)
}

/// An identifier of 256 bits, in hexadecimal digits.
///
/// # Errors
/// As [`random`].
pub(crate) fn identifier() -> Result<String, StoreError> {
    Ok(hex(&random::<32>()?))
}

/// A name that is no secret, for lists.
///
/// # Errors
/// As [`random`].
pub(crate) fn name(prefix: &str) -> Result<String, StoreError> {
    Ok(format!("{prefix}{}", hex(&random::<8>()?)))
}

/// Whether a text has the form of an identifier; others are not even looked up.
pub(crate) fn is_identifier(text: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == 64 && text.bytes().all(is_digit)
}

/// A one-time code as it is shown: four groups of six letters.
///
/// # Errors
/// As [`random`].
pub(crate) fn one_time_code() -> Result<String, StoreError> {
    let bytes = random::<CODE_LETTERS>()?;
    let mut text = String::with_capacity(CODE_LETTERS.saturating_add(3));
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 && index.is_multiple_of(GROUP) {
            text.push('-');
        }
        let letter = LETTERS.get(usize::from(byte & 31)).copied();
        text.push(char::from(letter.unwrap_or(b'A')));
    }
    Ok(text)
}

/// A one-time code as it was typed: without blanks and dashes, in capitals; nothing where it
/// cannot be one.
pub(crate) fn typed_code(text: &str) -> Option<String> {
    let kept = text.chars().filter(|letter| !letter.is_whitespace());
    let kept = kept.filter(|letter| !matches!(letter, '-' | '‐' | '–' | '—'));
    let typed: String = kept.take(CODE_LETTERS.saturating_add(1)).collect();
    let typed = typed.to_ascii_uppercase();
    let is_code = typed.len() == CODE_LETTERS && typed.bytes().all(|b| LETTERS.contains(&b));
    is_code.then_some(typed)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = one_time_code().unwrap();
        assert_eq!(code.len(), 27);
        let plain = code.replace('-', "");
        for typed in [
            code.clone(),
            code.to_lowercase(),
            plain.clone(),
            format!(" {} ", code.replace('-', " ")),
        ] {
            assert_eq!(typed_code(&typed).as_deref(), Some(plain.as_str()));
        }
        for wrong in [
            "",
            "ABC",
            &format!("{plain}A"),
            &plain.replace(['A', 'B', 'C'], "0"),
        ] {
            assert!(
                typed_code(wrong).is_none_or(|typed| typed == plain),
                "{wrong}"
            );
        }
        assert_eq!(typed_code("AAAAAA-AAAAAA-AAAAAA-AAAAA1"), None);
    }

    #[test]
    fn nothing_comes_twice() {
        let made: BTreeSet<String> = (0..200).map(|_| identifier().unwrap()).collect();
        assert_eq!(made.len(), 200);
        assert!(made.iter().all(|text| is_identifier(text)));
        assert!(!is_identifier(&"A".repeat(64)));
        assert!(!is_identifier("../../etc/passwd"));
    }
}
