//! The characters of a block, folded, with a position.

use super::fold::fold;
use crate::span::Span;
use crate::syntax::source::BlockSource;

/// Whether a character can stand inside a word.
pub(crate) fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// One character.
#[derive(Clone, Copy)]
struct Glyph {
    offset: usize,
    raw: char,
    folded: char,
}

/// The characters and how many of them have been read.
pub(super) struct Scanner<'s> {
    source: &'s BlockSource<'s>,
    glyphs: Vec<Glyph>,
    /// The number of characters read.
    pub(super) at: usize,
}

impl<'s> Scanner<'s> {
    pub(super) fn new(source: &'s BlockSource<'s>) -> Self {
        let glyphs = source
            .text()
            .char_indices()
            .map(|(offset, raw)| Glyph {
                offset,
                raw,
                folded: fold(raw),
            })
            .collect();
        Self {
            source,
            glyphs,
            at: 0,
        }
    }

    pub(super) fn is_end(&self) -> bool {
        self.at >= self.glyphs.len()
    }

    pub(super) fn advance(&mut self, count: usize) {
        self.at = self.at.saturating_add(count).min(self.glyphs.len());
    }

    /// The folded character some places ahead; NUL at the end.
    pub(super) fn peek(&self, ahead: usize) -> char {
        self.char_at(self.at.saturating_add(ahead))
    }

    /// The folded character at a place; NUL at the end.
    pub(super) fn char_at(&self, index: usize) -> char {
        self.glyphs.get(index).map_or('\0', |glyph| glyph.folded)
    }

    /// The character some places ahead as written; NUL at the end.
    pub(super) fn raw(&self, ahead: usize) -> char {
        self.glyphs
            .get(self.at.saturating_add(ahead))
            .map_or('\0', |glyph| glyph.raw)
    }

    pub(super) fn skip_while(&mut self, condition: impl Fn(char) -> bool) {
        while !self.is_end() && condition(self.peek(0)) {
            self.advance(1);
        }
    }

    pub(super) fn starts_with(&self, text: &str) -> bool {
        self.starts_with_at(self.at, text)
    }

    pub(super) fn starts_with_at(&self, index: usize, text: &str) -> bool {
        let glyphs = self.glyphs.get(index..).unwrap_or_default();
        let mut rest = glyphs.iter();
        text.chars()
            .all(|c| rest.next().is_some_and(|glyph| glyph.folded == c))
    }

    /// The number of characters of a word of several parts that stands here; the spaces between
    /// its parts may be more than one.
    pub(super) fn compound_length(&self, compound: &str) -> Option<usize> {
        let mut index = self.at;
        for c in compound.chars() {
            if c == ' ' {
                let start = index;
                while matches!(self.char_at(index), ' ' | '\t') {
                    index = index.saturating_add(1);
                }
                if index == start {
                    return None;
                }
            } else if self.char_at(index) == c {
                index = index.saturating_add(1);
            } else {
                return None;
            }
        }
        let next = self.char_at(index);
        let joined = next == '-' && is_word_char(self.char_at(index.saturating_add(1)));
        let ends = !is_word_char(next) && (compound.contains(' ') || !joined);
        ends.then(|| index.saturating_sub(self.at))
    }

    /// The folded text between two places.
    pub(super) fn folded(&self, from: usize, to: usize) -> String {
        let glyphs = self.glyphs.get(from..to).unwrap_or_default();
        glyphs.iter().map(|glyph| glyph.folded).collect()
    }

    /// The text between two places as written.
    pub(super) fn written(&self, from: usize, to: usize) -> &'s str {
        self.source
            .text()
            .get(self.offset(from)..self.offset(to))
            .unwrap_or_default()
    }

    /// The byte of the block where a character starts.
    pub(super) fn offset(&self, index: usize) -> usize {
        self.glyphs
            .get(index)
            .map_or(self.source.text().len(), |glyph| glyph.offset)
    }

    pub(super) fn span(&self, from: usize, to: usize) -> Span {
        self.source.span(self.offset(from), self.offset(to))
    }

    /// The span from a place to where reading stands.
    pub(super) fn span_from(&self, from: usize) -> Span {
        self.span(from, self.at)
    }
}
