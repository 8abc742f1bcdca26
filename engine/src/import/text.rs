//! The writing of people: full-width forms, invisible characters, words for nothing.

/// What a cell may hold to say that nothing is known, besides being empty.
pub const MISSING_WORDS: [&str; 7] = ["无数据", "NULL", "N/A", "NA", "-", "—", "——"];

/// Whether a trimmed cell says that nothing is known. Letters count in either case.
pub(crate) fn is_missing(cell: &str) -> bool {
    cell.is_empty()
        || MISSING_WORDS
            .iter()
            .any(|word| cell.eq_ignore_ascii_case(word))
}

/// The text with full-width ASCII and the ideographic space in their plain forms.
pub(crate) fn half_width(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\u{3000}' => ' ',
            '\u{FF01}'..='\u{FF5E}' => u32::from(character)
                .checked_sub(0xFEE0)
                .and_then(char::from_u32)
                .unwrap_or(character),
            other => other,
        })
        .collect()
}

/// The first character that no one can see or that turns the direction of writing.
pub(crate) fn invisible(text: &str) -> Option<char> {
    text.chars().find(|character| {
        character.is_control()
            || matches!(
                character,
                '\u{00AD}'
                    | '\u{061C}'
                    | '\u{180E}'
                    | '\u{200B}'..='\u{200F}'
                    | '\u{2028}'..='\u{202E}'
                    | '\u{2060}'..='\u{206F}'
                    | '\u{FEFF}'
                    | '\u{FFF9}'..='\u{FFFD}'
            )
    })
}

/// Whether a spreadsheet would run the text as a formula.
pub(crate) fn looks_like_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\0', '＝', '＋', '－', '＠'])
}

/// The beginning of a text, for reports.
pub(crate) fn shortened(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_width_forms_become_plain() {
        assert_eq!(half_width("１，２３４．５％　（万元）"), "1,234.5% (万元)");
        assert_eq!(half_width("−１"), "−1");
    }

    #[test]
    fn nothing_is_said_in_several_ways() {
        for word in ["", "无数据", "null", "n/a", "-", "——"] {
            assert!(is_missing(word), "{word}");
        }
        for word in ["0", "无", "否", "--", "#N/A"] {
            assert!(!is_missing(word), "{word}");
        }
    }

    #[test]
    fn invisible_characters_are_seen() {
        assert_eq!(invisible("甲\u{200B}公司"), Some('\u{200B}'));
        assert_eq!(invisible("a\u{202E}b"), Some('\u{202E}'));
        assert_eq!(invisible("a\0b"), Some('\0'));
        assert_eq!(invisible("甲公司(𠮷)"), None);
    }
}
