//! Where the letters of a sheet stand on paper, in whole numbers: tenths of a point.

use krilla::Data;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider as _};

/// The font, with its licence beside it in `server/fonts`.
static FONT: &[u8] = include_bytes!("../../../fonts/NotoSansCJKsc-GB2312.otf");
/// What stands for a character that the font does not have.
const LACKING: char = '〓';
/// Parts of the font's square in which widths are told.
const PARTS: u32 = 1_000;
/// Marks that no line begins with.
const NEVER_FIRST: &str = ",。、;:?!)》」』】〕%,.;:?!)]}”’…";

/// The font as paper needs it.
pub(super) struct Letters<'a> {
    pub(super) font: Font,
    charmap: skrifa::charmap::Charmap<'a>,
    metrics: GlyphMetrics<'a>,
}

/// A line of text that fits its width.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) text: String,
}

impl Letters<'static> {
    /// Opens the font of the binary.
    pub(super) fn open() -> Option<Self> {
        let font = Font::new(Data::from(FONT), 0)?;
        let read = FontRef::new(FONT).ok()?;
        let metrics = read.glyph_metrics(Size::unscaled(), LocationRef::default());
        Some(Self {
            font,
            charmap: read.charmap(),
            metrics,
        })
    }
}

impl Letters<'_> {
    /// Whether the font has a character.
    pub(super) fn has(&self, character: char) -> bool {
        self.charmap.map(character).is_some()
    }

    fn glyph(&self, character: char) -> skrifa::GlyphId {
        let found = self.charmap.map(character);
        let found = found.or_else(|| self.charmap.map(LACKING));
        found.unwrap_or_default()
    }

    /// How wide a character is, in parts of the font's square.
    #[expect(
        clippy::as_conversions,
        reason = "widths of glyphs are small whole numbers above zero, told as floats"
    )]
    fn parts(&self, character: char) -> u32 {
        let width = self.metrics.advance_width(self.glyph(character));
        width.unwrap_or(0.0).round() as u32
    }

    /// How wide a text is at a size.
    pub(super) fn width(&self, text: &str, size: u16) -> u32 {
        let parts = text.chars().map(|one| self.parts(one));
        let parts = parts.fold(0u32, u32::saturating_add);
        parts.saturating_mul(u32::from(size)) / PARTS
    }

    /// The letters of a line, as the PDF draws them.
    #[expect(
        clippy::float_arithmetic,
        clippy::as_conversions,
        reason = "where ink goes on paper; no amount is computed"
    )]
    pub(super) fn glyphs(&self, text: &str) -> Vec<KrillaGlyph> {
        let letters = text.char_indices();
        letters
            .map(|(at, character)| {
                let advance = self.parts(character) as f32 / PARTS as f32;
                let range = at..at.saturating_add(character.len_utf8());
                let id = GlyphId::new(self.glyph(character).to_u32());
                KrillaGlyph::new(id, advance, 0.0, 0.0, 0.0, range, None)
            })
            .collect()
    }

    /// A text in lines of a width. Words of other scripts stay whole where they fit a line; a mark
    /// that no line begins with stays with what it follows.
    pub(super) fn lines(&self, text: &str, size: u16, width: u32) -> Vec<Line> {
        let mut lines = Vec::new();
        for paragraph in text.split('\n') {
            let mut line = String::new();
            let mut used = 0u32;
            for word in words(paragraph) {
                let wide = self.width(&word, size);
                if used.saturating_add(wide) <= width {
                    line.push_str(&word);
                    used = used.saturating_add(wide);
                    continue;
                }
                let is_hanging = word.chars().all(|one| NEVER_FIRST.contains(one));
                if is_hanging && !line.is_empty() {
                    line.push_str(&word);
                    continue;
                }
                if wide <= width {
                    lines.extend((!line.is_empty()).then_some(Line { text: line }));
                    (line, used) = (word.trim_start().to_owned(), wide);
                    continue;
                }
                for letter in word.chars() {
                    let wide = self.width(letter.encode_utf8(&mut [0; 4]), size);
                    if used.saturating_add(wide) > width {
                        lines.push(Line {
                            text: std::mem::take(&mut line),
                        });
                        used = 0;
                    }
                    line.push(letter);
                    used = used.saturating_add(wide);
                }
            }
            lines.push(Line { text: line });
        }
        lines
    }
}

/// A text in pieces that are not broken: words of letters and digits, and single characters.
fn words(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut is_open = false;
    for character in text.chars() {
        let is_letter = character.is_ascii_graphic();
        match found.last_mut() {
            Some(last) if is_letter && is_open => last.push(character),
            Some(_) | None => found.push(character.to_string()),
        }
        is_open = is_letter;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, width: u32) -> Vec<String> {
        let letters = Letters::open().unwrap();
        let lines = letters.lines(text, 100, width);
        lines.into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn a_chinese_character_is_as_wide_as_it_is_high() {
        let letters = Letters::open().unwrap();
        assert_eq!(letters.width("奖补", 100), 200);
        assert!(letters.has('补') && letters.has('〓') && letters.has('7'));
        assert!(!letters.has('\u{2b5ce}'));
        // Digits are of one width, so that amounts stand below each other.
        let widths: Vec<u32> = ('0'..='9').map(|digit| letters.parts(digit)).collect();
        assert!(widths.iter().all(|width| *width == widths[0]), "{widths:?}");
    }

    #[test]
    fn lines_break_between_characters_and_not_inside_words() {
        assert_eq!(lines("奖补资金", 200), ["奖补", "资金"]);
        assert_eq!(lines("奖补资,金", 300), ["奖补资,", "金"]);
        assert_eq!(lines("补 abc", 200), ["补 ", "abc"]);
        assert_eq!(lines("一\n二", 200), ["一", "二"]);
        // What is longer than a line is broken where it has to be.
        assert!(lines(&"a".repeat(64), 500).len() > 5);
    }
}
