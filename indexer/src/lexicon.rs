//! The dictionary that Chinese text is cut with, and the words that mean the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jieba_rs::{Jieba, TokenizeMode};
use sha2::{Digest, Sha256};

use crate::entry::hex;
use crate::error::Error;
use crate::normal::Normal;

const DICTIONARY: &str = include_str!("../data/dictionary.txt");
const SYNONYMS: &str = include_str!("../data/synonyms.tsv");

/// Outweighs every combination of shorter words of the stock dictionary.
const LONG_WORD_FREQUENCY: usize = 100_000;

/// Cuts text into words, and knows synonyms.
///
/// It holds the stock dictionary, the words of this field, and the words it is given, usually
/// the names of all facts of the vocabulary. Loading takes a tenth of a second: keep one per
/// process. Two lexicons with the same words have the same digests, in whatever order the words
/// came; an index built with other digests is rebuilt.
pub struct Lexicon {
    jieba: Jieba,
    groups: Vec<Vec<String>>,
    group_of: BTreeMap<String, usize>,
    dictionary_digest: String,
    synonyms_digest: String,
}

impl fmt::Debug for Lexicon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lexicon")
            .field("dictionary", &self.dictionary_digest)
            .field("synonyms", &self.synonyms_digest)
            .finish_non_exhaustive()
    }
}

/// Some bytes of a normal text that form a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// The character, counted from the start of the text, where the word starts.
    pub(crate) position: usize,
}

impl Lexicon {
    /// Loads the built-in lists and the given words.
    ///
    /// # Errors
    /// [`Error::Synonym`] when a synonym stands in two groups.
    /// # Example
    /// ```
    /// let lexicon = zhida_indexer::Lexicon::new(["麻企通"])?;
    /// assert!(lexicon.knows("高企") && lexicon.knows("麻企通"));
    /// # Ok::<(), zhida_indexer::Error>(())
    /// ```
    pub fn new<W: AsRef<str>>(words: impl IntoIterator<Item = W>) -> Result<Self, Error> {
        Self::with_synonyms(words, SYNONYMS)
    }

    /// Loads the built-in dictionary, the given words, and the given synonyms instead of the
    /// built-in ones: one group a line, separated by tabs, `#` for comments.
    ///
    /// # Errors
    /// [`Error::Synonym`] when a synonym stands in two groups.
    pub fn with_synonyms<W: AsRef<str>>(
        words: impl IntoIterator<Item = W>,
        synonyms: &str,
    ) -> Result<Self, Error> {
        let (groups, group_of) = read_groups(synonyms)?;
        let built_in = DICTIONARY.lines().filter(|line| !line.starts_with('#'));
        let mut all: BTreeSet<String> = built_in.map(Normal::text_of).collect();
        all.extend(
            words
                .into_iter()
                .map(|word| Normal::text_of(word.as_ref().trim())),
        );
        all.extend(group_of.keys().cloned());
        all.retain(|word| word.chars().nth(1).is_some() && word.chars().all(char::is_alphanumeric));
        let mut jieba = Jieba::new();
        for word in &all {
            let short = word.chars().nth(2).is_none();
            if short && jieba.has_word(word) {
                continue;
            }
            // A short word gets only the weight that keeps it whole on its own, lest 高企 tear
            // 提高企业 apart.
            jieba.add_word(word, (!short).then_some(LONG_WORD_FREQUENCY), None);
        }
        Ok(Self {
            jieba,
            dictionary_digest: digest(all.iter().map(String::as_str)),
            synonyms_digest: digest(groups.iter().map(|group| group.join("\t"))),
            groups,
            group_of,
        })
    }

    /// Whether a word stands whole in the dictionary.
    pub fn knows(&self, word: &str) -> bool {
        self.jieba.has_word(&Normal::text_of(word))
    }

    /// The digest of the words that were added to the stock dictionary.
    pub fn dictionary_digest(&self) -> &str {
        &self.dictionary_digest
    }

    /// The digest of the synonyms.
    pub fn synonyms_digest(&self) -> &str {
        &self.synonyms_digest
    }

    /// The other words that mean the same as a normal word.
    pub(crate) fn synonyms(&self, word: &str) -> impl Iterator<Item = &str> {
        let group = self
            .group_of
            .get(word)
            .and_then(|&group| self.groups.get(group));
        group
            .into_iter()
            .flatten()
            .map(String::as_str)
            .filter(move |other| *other != word)
    }

    /// Cuts a normal text into words that do not overlap.
    ///
    /// Unknown words come out as single characters: guessing at them would cut the same name in
    /// one way inside a sentence and in another way in a question.
    pub(crate) fn cut(&self, normal: &str) -> Vec<Span> {
        self.jieba
            .tokenize(normal, TokenizeMode::Default, false)
            .iter()
            .map(span)
            .collect()
    }

    /// All words of a normal text: whatever a question could be cut into is among them.
    ///
    /// The search mode of the dictionary offers only parts of two and three characters, which
    /// would hide 高新技术 inside 高新技术企业; the full cut has every word but no unknown ones.
    pub(crate) fn cut_all(&self, normal: &str) -> BTreeSet<(usize, usize, usize)> {
        let search = self.jieba.tokenize(normal, TokenizeMode::Search, false);
        let every = self.jieba.cut_all(normal);
        let tokens = search.iter().chain(&every);
        tokens
            .map(|token| (token.byte_start, token.byte_end, token.start))
            .collect()
    }
}

fn span(token: &jieba_rs::Token<'_>) -> Span {
    Span {
        start: token.byte_start,
        end: token.byte_end,
        position: token.start,
    }
}

type Groups = (Vec<Vec<String>>, BTreeMap<String, usize>);

fn read_groups(text: &str) -> Result<Groups, Error> {
    let mut groups = Vec::new();
    let mut group_of = BTreeMap::new();
    for (line, row) in (1..).zip(text.lines()) {
        if row.starts_with('#') || row.trim().is_empty() {
            continue;
        }
        let mut group: Vec<String> = Vec::new();
        for word in row.split('\t').map(|word| Normal::text_of(word.trim())) {
            if word.is_empty() || group.contains(&word) {
                continue;
            }
            if group_of.insert(word.clone(), groups.len()).is_some() {
                return Err(Error::Synonym { line, word });
            }
            group.push(word);
        }
        groups.push(group);
    }
    Ok((groups, group_of))
}

fn digest<S: AsRef<str>>(lines: impl Iterator<Item = S>) -> String {
    let mut hash = Sha256::new();
    for line in lines {
        hash.update(line.as_ref());
        hash.update(b"\n");
    }
    hex(&hash.finalize())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::sync::{Arc, LazyLock};

    /// Loading the dictionary is slow: all tests of a process share one.
    pub(crate) static SHARED: LazyLock<Arc<Lexicon>> =
        LazyLock::new(|| Arc::new(Lexicon::new(["蕲艾产业"]).unwrap()));

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let words: Vec<&str> = SHARED
            .cut(text)
            .into_iter()
            .map(|span| &text[span.start..span.end])
            .collect();
        assert_eq!(words, expected);
    }

    #[test]
    fn words_of_the_field_stay_whole() {
        check("免申即享", &["免申即享"]);
        check("专精特新小巨人", &["专精特新小巨人"]);
        check("规上企业扩岗补助", &["规上企业", "扩岗补助"]);
        check("提高企业用电量", &["提高", "企业", "用电量"]);
        check("蕲艾产业", &["蕲艾产业"]);
    }

    #[test]
    fn every_part_of_a_long_word_is_cut() {
        let text = "高新技术企业";
        let words: Vec<&str> = SHARED
            .cut_all(text)
            .into_iter()
            .map(|(start, end, _)| &text[start..end])
            .collect();
        for part in ["高新", "高新技术", "高新技术企业", "技术", "企业"] {
            assert!(words.contains(&part), "{part} in {words:?}");
        }
    }

    #[test]
    fn synonyms_go_both_ways_and_leave_out_the_word_itself() {
        let of = |word: &str| SHARED.synonyms(word).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(of("规上"), ["规模以上"]);
        assert_eq!(of("规模以上"), ["规上"]);
        assert!(of("没有这个词").is_empty());
    }

    #[test]
    fn digests_depend_on_the_words_and_not_on_their_order() {
        let one = Lexicon::new(["甲词", "乙词"]).unwrap();
        let two = Lexicon::new(["乙词", "甲词", "甲词"]).unwrap();
        assert_eq!(one.dictionary_digest(), two.dictionary_digest());
        assert_ne!(one.dictionary_digest(), SHARED.dictionary_digest());
        assert_eq!(one.synonyms_digest(), SHARED.synonyms_digest());
    }

    #[test]
    fn a_word_in_two_groups_is_refused_with_its_line() {
        let error = Lexicon::with_synonyms([""; 0], "# 注\n甲\t乙\n丙\t乙\n").unwrap_err();
        assert!(matches!(error, Error::Synonym { line: 3, word } if word == "乙"));
    }
}
