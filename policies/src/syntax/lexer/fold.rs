//! Full-width forms read as their ASCII forms.

/// The character that `c` is read as, outside texts and comments.
pub(super) fn fold(c: char) -> char {
    match c {
        // The full-width forms stand in the order of ASCII, 0xFEE0 further on.
        '\u{ff01}'..='\u{ff5e}' => u32::from(c)
            .checked_sub(0xfee0)
            .and_then(char::from_u32)
            .unwrap_or(c),
        '\u{3000}' => ' ',
        '“' | '”' => '"',
        '【' => '[',
        '】' => ']',
        '×' => '*',
        '÷' => '/',
        '−' => '-',
        _ => c,
    }
}
