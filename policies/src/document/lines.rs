//! Byte offsets as the lines and columns that a person counts.

/// The beginnings of the lines of one text.
///
/// Lines end at `\n` (with or without `\r` before it); both counts start at 1 and columns are
/// counted in characters. A byte-order mark at the start of the text is not counted.
///
/// # Example
/// ```
/// # use zhida_policies::document::LineIndex;
/// let text = "事项\n金额 5元\n";
/// let place = LineIndex::new(text).position(text, "事项\n金额 ".len());
/// assert_eq!((place.line, place.column), (2, 4));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineIndex {
    starts: Vec<usize>,
}

/// A place in a text as people count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinePosition {
    /// The line, from 1.
    pub line: usize,
    /// The character of the line, from 1.
    pub column: usize,
}

impl LinePosition {
    /// The place of a byte, for one place of a text: an index is worth its while for many.
    ///
    /// # Example
    /// ```
    /// # use zhida_policies::document::LinePosition;
    /// let place = LinePosition::of("事项\n金额 5元\n", "事项\n金额 ".len());
    /// assert_eq!((place.line, place.column), (2, 4));
    /// ```
    #[must_use]
    pub fn of(text: &str, offset: usize) -> LinePosition {
        let before = text.get(..text.floor_char_boundary(offset));
        let before = before.unwrap_or_default();
        let breaks = before.bytes().filter(|byte| *byte == b'\n').count();
        let start = before.rfind('\n').map_or(0, |at| at.saturating_add(1));
        LinePosition {
            line: breaks.saturating_add(1),
            column: column(before.get(start..).unwrap_or_default(), start),
        }
    }
}

/// The column behind the beginning of a line that starts at a byte.
fn column(before: &str, start: usize) -> usize {
    let before = if start == 0 {
        before.strip_prefix(BYTE_ORDER_MARK).unwrap_or(before)
    } else {
        before
    };
    before.chars().count().saturating_add(1)
}

/// The byte-order mark.
pub(crate) const BYTE_ORDER_MARK: char = '\u{feff}';

impl LineIndex {
    /// Finds the lines of a text.
    #[must_use]
    pub fn new(text: &str) -> LineIndex {
        let after_breaks = text.match_indices('\n').map(|(at, _)| at.saturating_add(1));
        LineIndex {
            starts: std::iter::once(0).chain(after_breaks).collect(),
        }
    }

    /// The place of a byte of the same text; an offset inside a character means that character,
    /// and one beyond the end means the end.
    #[must_use]
    pub fn position(&self, text: &str, offset: usize) -> LinePosition {
        let offset = text.floor_char_boundary(offset);
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self
            .starts
            .get(line.saturating_sub(1))
            .copied()
            .unwrap_or(0);
        let before = text.get(start..offset).unwrap_or_default();
        LinePosition {
            line,
            column: column(before, start),
        }
    }

    /// How many lines there are; a text that ends with a line break has an empty last line.
    #[must_use]
    pub fn lines(&self) -> usize {
        self.starts.len()
    }

    /// The bytes of a line without its line break; nothing for a line that is not there.
    #[must_use]
    pub fn line_span(&self, text: &str, line: usize) -> Option<std::ops::Range<usize>> {
        let start = *self.starts.get(line.checked_sub(1)?)?;
        let end = self.starts.get(line).copied().unwrap_or(text.len());
        let content = text.get(start..end)?.trim_end_matches(['\n', '\r']);
        Some(start..start.checked_add(content.len())?)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn characters_count_not_bytes() {
        let text = "\u{feff}一二\r\n\r\n三";
        let lines = LineIndex::new(text);
        let at = |offset| {
            let place = lines.position(text, offset);
            assert_eq!(LinePosition::of(text, offset), place);
            (place.line, place.column)
        };
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(3), (1, 1));
        assert_eq!(at(6), (1, 2));
        assert_eq!(at(7), (1, 2), "inside a character");
        assert_eq!(at(11), (2, 1));
        assert_eq!(at(13), (3, 1));
        assert_eq!(at(16), (3, 2));
        assert_eq!(at(999), (3, 2));
        assert_eq!(lines.line_span(text, 1), Some(0..9));
        assert_eq!(lines.line_span(text, 2), Some(11..11));
        assert_eq!(lines.line_span(text, 3), Some(13..16));
        assert_eq!(lines.line_span(text, 4), None);
        assert_eq!(lines.lines(), 3);
    }

    proptest! {
        #[test]
        fn agrees_with_counting(text in "[a一\n\r]{0,60}", offset in 0usize..80) {
            let place = LineIndex::new(&text).position(&text, offset);
            prop_assert_eq!(LinePosition::of(&text, offset), place);
            let before = &text[..text.floor_char_boundary(offset)];
            prop_assert_eq!(place.line, before.matches('\n').count().saturating_add(1));
            let last = before.rsplit('\n').next().unwrap_or_default();
            prop_assert_eq!(place.column, last.chars().count().saturating_add(1));
        }
    }
}
