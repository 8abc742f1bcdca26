//! A text that may stand on a public page.

use super::{Audience, enterprise_name, free_text};

/// A text with nothing in it that the public may not see.
///
/// # Shape
/// One line of visible characters: a line break is a blank, a control character is drawn (␀ for
/// NUL), and one that turns the direction of writing is a replacement character, so that a text
/// shows as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublicText(String);

impl PublicText {
    /// A text that people typed, with the names of persons that must not show in it.
    pub(crate) fn of(text: &str, persons: &[&str]) -> PublicText {
        PublicText(visible(&free_text(text, persons, Audience::Public)))
    }

    /// The registered name of an enterprise.
    pub(crate) fn of_enterprise(name: &str) -> PublicText {
        PublicText(visible(&enterprise_name(name, Audience::Public)))
    }

    /// The text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text as one line in which every character shows.
pub(crate) fn visible(text: &str) -> String {
    text.trim().chars().map(shown).collect()
}

fn shown(character: char) -> char {
    let code = u32::from(character);
    match character {
        '\n' | '\u{2028}' | '\u{2029}' => ' ',
        '\0'..='\u{1f}' => char::from_u32(code.saturating_add(0x2400)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        '\u{80}'..='\u{9f}'
        | '\u{61c}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fdd0}'..='\u{fdef}' => '\u{fffd}',
        _ if code & 0xfffe == 0xfffe => '\u{fffd}',
        other => other,
    }
}
