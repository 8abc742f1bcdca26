//! One form for all spellings of a text, with the way back to the original.
//!
//! Full width and compatibility characters (NFKC), traditional characters, capitals, short
//! insertions in brackets (首台(套)) and line breaks inside a Chinese sentence disappear. Each
//! character knows which bytes of the original it stands for, so a snippet can mark the text as
//! it was published. Questions and texts pass through the same function.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// Changes whenever the same text would come out differently: indexes are then rebuilt.
pub(crate) const NORMAL_VERSION: u32 = 1;

static SIMPLIFIED: LazyLock<BTreeMap<char, char>> = LazyLock::new(|| {
    include_str!("../data/traditional.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let mut pair = line.chars();
            Some((pair.next()?, pair.next()?))
        })
        .collect()
});

/// A text in its one form.
#[derive(Clone, Debug, Default)]
pub(crate) struct Normal {
    text: String,
    /// The byte in `text` where each character starts.
    starts: Vec<usize>,
    /// The bytes of the original that each character stands for.
    origins: Vec<Range<usize>>,
}

impl Normal {
    /// Brings a text into its one form.
    pub(crate) fn of(original: &str) -> Self {
        let mut letters = Vec::with_capacity(original.len());
        let mut rest = original.char_indices().peekable();
        while let Some((start, first)) = rest.next() {
            let mut end = start.saturating_add(first.len_utf8());
            let mut cluster = None;
            while let Some((at, mark)) = rest.next_if(|&(_, c)| joins_previous(c)) {
                end = at.saturating_add(mark.len_utf8());
                if canonical_combining_class(mark) != 0 {
                    cluster
                        .get_or_insert_with(|| String::from(first))
                        .push(mark);
                }
            }
            match cluster {
                None if joins_previous(first) && canonical_combining_class(first) == 0 => {}
                None => fold_into(&mut letters, std::iter::once(first).nfkc(), start..end),
                Some(cluster) => fold_into(&mut letters, cluster.nfkc(), start..end),
            }
        }
        Self::from_letters(&join_insertions(&letters))
    }

    /// Only the text.
    pub(crate) fn text_of(original: &str) -> String {
        Self::of(original).text
    }

    /// The text in its one form.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of the original behind some bytes of the text.
    pub(crate) fn original(&self, bytes: &Range<usize>) -> Option<Range<usize>> {
        let first = self
            .starts
            .partition_point(|&start| start <= bytes.start)
            .checked_sub(1)?;
        let last = self
            .starts
            .partition_point(|&start| start < bytes.end)
            .checked_sub(1)?;
        Some(self.origins.get(first)?.start..self.origins.get(last)?.end)
    }

    fn from_letters(letters: &[(char, Range<usize>)]) -> Self {
        let mut normal = Self::default();
        for (letter, origin) in letters {
            normal.starts.push(normal.text.len());
            normal.origins.push(origin.clone());
            normal.text.push(*letter);
        }
        normal
    }
}

/// Whether a character has no place of its own: accents, and marks that nobody sees.
fn joins_previous(c: char) -> bool {
    canonical_combining_class(c) != 0
        || matches!(
            c,
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}'
        )
        || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

fn fold_into(
    letters: &mut Vec<(char, Range<usize>)>,
    composed: impl Iterator<Item = char>,
    origin: Range<usize>,
) {
    for letter in composed {
        let simple = if letter < '\u{2e80}' {
            letter
        } else {
            SIMPLIFIED.get(&letter).copied().unwrap_or(letter)
        };
        letters.extend(simple.to_lowercase().map(|lower| (lower, origin.clone())));
    }
}

/// Whether a character is a Chinese one.
pub(crate) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{323af}' | '〇')
}

/// Drops the brackets of 首台(套) and single line breaks between two Chinese characters.
fn join_insertions(letters: &[(char, Range<usize>)]) -> Vec<(char, Range<usize>)> {
    let mut out: Vec<(char, Range<usize>)> = Vec::with_capacity(letters.len());
    let mut closing = None;
    let mut at = 0;
    while let Some((letter, origin)) = letters.get(at) {
        let rest = letters.get(at..).unwrap_or_default();
        let after_han = out.last().is_some_and(|(last, _)| is_han(*last));
        let dropped = if closing == Some(at) {
            1
        } else if after_han && let Some(length) = short_insertion(rest) {
            closing = Some(at.saturating_add(length).saturating_add(1));
            1
        } else if after_han {
            line_break(rest)
        } else {
            0
        };
        if dropped == 0 {
            out.push((*letter, origin.clone()));
            at = at.saturating_add(1);
        } else {
            at = at.saturating_add(dropped);
            // The closing bracket stays under the mark of the word it closes.
            if *letter == ')'
                && let Some((_, last)) = out.last_mut()
            {
                last.end = origin.end;
            }
        }
    }
    out
}

/// The number of characters in brackets, if the text starts with such a short insertion.
fn short_insertion(letters: &[(char, Range<usize>)]) -> Option<usize> {
    let (('(', _), inside) = letters.split_first()? else {
        return None;
    };
    let length = inside
        .iter()
        .take(3)
        .position(|(letter, _)| *letter == ')')?;
    let inside = inside.get(..length)?;
    let numeral = |c: char| "一二三四五六七八九十百〇零".contains(c);
    let plain = inside
        .iter()
        .all(|(letter, _)| is_han(*letter) && !numeral(*letter));
    (length > 0 && plain).then_some(length)
}

/// The number of characters of a single line break that stands before a Chinese character.
fn line_break(letters: &[(char, Range<usize>)]) -> usize {
    let length = letters
        .iter()
        .take_while(|(letter, _)| letter.is_whitespace())
        .count();
    let breaks = letters
        .iter()
        .take(length)
        .filter(|(letter, _)| *letter == '\n')
        .count();
    let continues = letters
        .get(length)
        .is_some_and(|(letter, _)| is_han(*letter));
    if breaks == 1 && continues { length } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(original: &str, expected: &str) {
        assert_eq!(Normal::text_of(original), expected);
    }

    #[test]
    fn spellings_fall_together() {
        check("專精特新", "专精特新");
        check("ＡＢＣ－１２％", "abc-12%");
        check("首台(套)", "首台套");
        check("首台（套）重大技术装备", "首台套重大技术装备");
        check("县（市、区）", "县(市、区)");
        check("第八条(一)奖励", "第八条(一)奖励");
        check("企业(以下简称高企)", "企业(以下简称高企)");
        check("(套)", "(套)");
        check("专精\n  特新", "专精特新");
        check("第一段。\n\n第二段", "第一段。\n\n第二段");
        check("第一段\n\n第二段", "第一段\n\n第二段");
        check("专精\u{200b}特新", "专精特新");
        check("e\u{301}", "é");
        check("", "");
    }

    #[test]
    fn the_way_back_covers_dropped_brackets() {
        let original = "购买首台（套）装备";
        let normal = Normal::of(original);
        let at = normal.text().find("首台套").unwrap();
        let range = normal.original(&(at..at + "首台套".len())).unwrap();
        assert_eq!(&original[range], "首台（套）");
        let at = normal.text().find("装备").unwrap();
        assert_eq!(&original[normal.original(&(at..at + 6)).unwrap()], "装备");
    }

    #[test]
    fn the_table_never_touches_common_simplified_characters() {
        let common = "专精特新企业奖励补助申报营业收入规模以上研发费用高新技术发展改革";
        check(common, common);
    }

    proptest! {
        #[test]
        fn origins_lie_in_the_original_and_the_form_is_stable(original in any::<String>()) {
            let normal = Normal::of(&original);
            for (at, letter) in normal.text().char_indices() {
                let range = normal.original(&(at..at.saturating_add(letter.len_utf8()))).unwrap();
                prop_assert!(original.get(range).is_some_and(|text| !text.is_empty()));
            }
        }
    }
}
