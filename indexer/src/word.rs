//! A word of a question: itself, what means the same, and the pieces it is made of.
//!
//! The more words the dictionary has, the longer they are, and the fewer texts hold exactly the
//! word that was asked for. The pieces find the others: 规模以上的工业企业 for 规模以上工业企业.

use crate::lexicon::Lexicon;

/// A word and what may stand for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) text: String,
    /// Words that mean the same.
    pub(crate) synonyms: Vec<String>,
    /// The shorter words it is made of, each with its synonyms; empty if it cannot be split.
    pub(crate) pieces: Vec<Vec<String>>,
}

impl Word {
    /// A word that nothing else may stand for.
    pub(crate) fn plain(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            synonyms: Vec::new(),
            pieces: Vec::new(),
        }
    }

    /// A word of the dictionary.
    pub(crate) fn read(text: &str, lexicon: &Lexicon) -> Self {
        let synonyms = lexicon.synonyms(text).map(str::to_owned).collect();
        let pieces = pieces(text, lexicon)
            .into_iter()
            .map(|piece| {
                let mut any: Vec<String> = lexicon.synonyms(&piece).map(str::to_owned).collect();
                any.insert(0, piece);
                any
            })
            .collect();
        Self {
            text: text.to_owned(),
            synonyms,
            pieces,
        }
    }

    /// The word and those that mean the same.
    pub(crate) fn meanings(&self) -> Vec<String> {
        std::iter::once(&self.text)
            .chain(&self.synonyms)
            .cloned()
            .collect()
    }
}

/// The longest shorter words that a long word is made of, from left to right.
fn pieces(word: &str, lexicon: &Lexicon) -> Vec<String> {
    if word.chars().nth(3).is_none() {
        return Vec::new();
    }
    let parts = lexicon.cut_all(word);
    let mut pieces = Vec::new();
    let mut from = 0;
    while from < word.len() {
        let longest = parts
            .iter()
            .filter(|&&(start, end, _)| start == from && end.saturating_sub(start) < word.len())
            .filter_map(|&(start, end, _)| word.get(start..end))
            .filter(|part| part.chars().nth(1).is_some())
            .max_by_key(|part| part.len());
        let Some(part) = longest else {
            return Vec::new();
        };
        pieces.push(part.to_owned());
        from = from.saturating_add(part.len());
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexicon::tests::SHARED;

    #[test]
    fn long_words_know_their_pieces_and_synonyms() {
        let word = Word::read("规模以上工业企业", &SHARED);
        assert_eq!(word.synonyms, ["规上工业企业"]);
        assert_eq!(
            word.pieces,
            [vec!["规模以上工业", "规上工业"], vec!["企业"]]
        );
    }
}
