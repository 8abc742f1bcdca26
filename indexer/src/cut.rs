//! Words and grams of a text, and both as tantivy tokenizers.
//!
//! Words carry the ranking. Grams (single characters and pairs) are the safety net: a sequence
//! of grams at the right distances is exactly the text that was asked for, whether or not the
//! dictionary knows it. A run of Latin letters or digits is one unit of both, so that 50万元 is
//! not found inside 150万元. The position of a token is the character where it starts, hence
//! overlapping words do not disturb phrases.

use std::ops::Range;
use std::sync::Arc;

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use crate::lexicon::Lexicon;
use crate::normal::Normal;

/// Changes whenever the same text would be cut differently: indexes are then rebuilt.
pub(crate) const CUT_VERSION: &str = "jieba-rs 0.11, search and full cut, no guessing; grams 1-2";

/// One Chinese character, or one run of Latin letters and digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unit {
    /// Bytes of the normal text.
    pub(crate) bytes: Range<usize>,
    /// Characters of the normal text.
    pub(crate) characters: Range<usize>,
    /// Whether it is a run of Latin letters and digits.
    pub(crate) latin: bool,
}

/// The units of a normal text; everything else in it separates.
pub(crate) fn units(normal: &str) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    let mut letters = normal.char_indices().enumerate().peekable();
    while let Some((character, (start, letter))) = letters.next() {
        if !letter.is_alphanumeric() {
            continue;
        }
        let latin = letter.is_ascii();
        let mut bytes = start..start.saturating_add(letter.len_utf8());
        let mut characters = character..character.saturating_add(1);
        if latin {
            while let Some((at, (byte, next))) = letters.next_if(|&(_, (byte, next))| {
                next.is_ascii_alphanumeric() || is_decimal_point(normal, byte, next)
            }) {
                bytes.end = byte.saturating_add(next.len_utf8());
                characters.end = at.saturating_add(1);
            }
        }
        units.push(Unit {
            bytes,
            characters,
            latin,
        });
    }
    units
}

/// Whether the character at a byte is a point between two digits.
fn is_decimal_point(text: &str, byte: usize, letter: char) -> bool {
    let digit = |at: Option<usize>| {
        at.and_then(|at| text.as_bytes().get(at))
            .is_some_and(u8::is_ascii_digit)
    };
    letter == '.' && digit(byte.checked_sub(1)) && digit(byte.checked_add(1))
}

/// A gram of a normal text: its bytes, and the characters it covers.
pub(crate) type Gram = (Range<usize>, Range<usize>);

/// Every unit, and every pair of units with nothing between.
pub(crate) fn grams(units: &[Unit]) -> Vec<Gram> {
    let mut grams = Vec::with_capacity(units.len().saturating_mul(2));
    for (at, unit) in units.iter().enumerate() {
        grams.push((unit.bytes.clone(), unit.characters.clone()));
        grams.extend(pair(unit, units.get(at.saturating_add(1))));
    }
    grams
}

/// The fewest grams that pin a text down: all pairs, and each unit that is in no pair.
pub(crate) fn covering_grams(units: &[Unit]) -> Vec<Gram> {
    let mut grams = Vec::with_capacity(units.len());
    let mut covered = false;
    for (at, unit) in units.iter().enumerate() {
        let with_next = pair(unit, units.get(at.saturating_add(1)));
        if with_next.is_none() && !covered {
            grams.push((unit.bytes.clone(), unit.characters.clone()));
        }
        covered = with_next.is_some();
        grams.extend(with_next);
    }
    grams
}

/// Two units as one gram, if nothing stands between them.
fn pair(unit: &Unit, next: Option<&Unit>) -> Option<Gram> {
    let next = next.filter(|next| next.characters.start == unit.characters.end)?;
    Some((
        unit.bytes.start..next.bytes.end,
        unit.characters.start..next.characters.end,
    ))
}

/// The tokenizer of word fields.
#[derive(Clone)]
pub(crate) struct Words(pub(crate) Arc<Lexicon>);

impl Tokenizer for Words {
    type TokenStream<'a> = Tokens;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Tokens {
        let normal = Normal::of(text);
        let mut cuts = self.0.cut_all(normal.text());
        let units = units(normal.text());
        let latin = units.iter().filter(|unit| unit.latin);
        cuts.extend(latin.map(|u| (u.bytes.start, u.bytes.end, u.characters.start)));
        let tokens = cuts.into_iter().filter_map(|(start, end, position)| {
            let word = normal.text().get(start..end)?;
            let length = word.chars().count();
            let end_position = position.saturating_add(length);
            word.chars()
                .any(char::is_alphanumeric)
                .then(|| token(&normal, &(start..end), &(position..end_position)))?
        });
        Tokens::new(tokens.collect())
    }
}

/// The tokenizer of gram fields.
#[derive(Clone)]
pub(crate) struct Grams;

impl Tokenizer for Grams {
    type TokenStream<'a> = Tokens;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Tokens {
        let normal = Normal::of(text);
        let grams = grams(&units(normal.text()));
        let tokens = grams
            .iter()
            .filter_map(|(bytes, at)| token(&normal, bytes, at));
        Tokens::new(tokens.collect())
    }
}

fn token(normal: &Normal, bytes: &Range<usize>, characters: &Range<usize>) -> Option<Token> {
    let original = normal.original(bytes)?;
    Some(Token {
        offset_from: original.start,
        offset_to: original.end,
        position: characters.start,
        text: normal.text().get(bytes.clone())?.to_owned(),
        position_length: characters.len(),
    })
}

/// The tokens of one text.
pub(crate) struct Tokens {
    rest: std::vec::IntoIter<Token>,
    current: Token,
}

impl Tokens {
    fn new(tokens: Vec<Token>) -> Self {
        Self {
            rest: tokens.into_iter(),
            current: Token::default(),
        }
    }
}

impl TokenStream for Tokens {
    fn advance(&mut self) -> bool {
        self.rest.next().map(|token| self.current = token).is_some()
    }

    fn token(&self) -> &Token {
        &self.current
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.current
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexicon::tests::SHARED;

    fn tokens(mut tokenizer: impl Tokenizer, text: &str) -> Vec<Token> {
        let mut out = Vec::new();
        tokenizer
            .token_stream(text)
            .process(&mut |token| out.push(token.clone()));
        out
    }

    #[test]
    fn words_keep_their_place_in_the_original() {
        let text = "對首臺（套）裝備獎勵50萬元。";
        for token in tokens(Words(SHARED.clone()), text) {
            let original = &text[token.offset_from..token.offset_to];
            assert_eq!(Normal::text_of(original).replace(')', ""), token.text);
        }
        let words: Vec<String> = tokens(Words(SHARED.clone()), text)
            .into_iter()
            .map(|token| token.text)
            .collect();
        assert!(words.contains(&"首台套".to_owned()), "{words:?}");
        assert!(words.contains(&"50".to_owned()), "{words:?}");
        assert!(words.iter().all(|word| word != "。"), "{words:?}");
    }

    #[test]
    fn positions_are_characters_so_overlapping_words_agree() {
        let tokens = tokens(Words(SHARED.clone()), "高新技术企业奖励");
        let at = |word: &str| {
            tokens
                .iter()
                .find(|token| token.text == word)
                .unwrap()
                .position
        };
        assert_eq!(
            (at("高新技术企业"), at("技术"), at("企业"), at("奖励")),
            (0, 2, 4, 6)
        );
    }

    #[test]
    fn a_number_is_one_unit() {
        let texts: Vec<String> = tokens(Grams, "奖1.5亿元")
            .into_iter()
            .map(|token| token.text)
            .collect();
        assert_eq!(texts, ["奖", "奖1.5", "1.5", "1.5亿", "亿", "亿元", "元"]);
    }

    #[track_caller]
    fn check_cover(text: &str, expected: &[(&str, usize)]) {
        let grams = covering_grams(&units(text));
        let found: Vec<(&str, usize)> = grams
            .iter()
            .map(|(bytes, at)| (&text[bytes.clone()], at.start))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_cover_is_made_of_pairs_and_lonely_units() {
        check_cover("规模以上", &[("规模", 0), ("模以", 1), ("以上", 2)]);
        check_cover("套", &[("套", 0)]);
        check_cover("甲,乙丙", &[("甲", 0), ("乙丙", 2)]);
        check_cover("2025年", &[("2025年", 0)]);
        check_cover("", &[]);
    }
}
