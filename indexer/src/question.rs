//! What a user asked, taken apart: exact phrases, numbers, ids, and words with their synonyms.
//!
//! There is no query language and so no wrong question: whatever is not understood is a word,
//! and whatever is not a word separates.

use crate::cut::{Unit, units};
use crate::highlight::Needle;
use crate::lexicon::Lexicon;
use crate::normal::{Normal, is_han};
use crate::number::{self, Number};
use crate::word::Word;

/// Characters of a question that are read; what follows adds nothing to a search.
const CHARACTERS_MAX: usize = 256;
/// Parts of a question that are used.
const PARTS_MAX: usize = 24;

/// Pairs of marks around an exact phrase. NFKC has already made `"` of its full-width form.
const QUOTES: [(char, char); 5] = [
    ('“', '”'),
    ('"', '"'),
    ('「', '」'),
    ('『', '』'),
    ('〝', '〞'),
];

/// Words that carry no meaning in a question.
const FILLERS: [&str; 56] = [
    "的",
    "了",
    "和",
    "与",
    "及",
    "或",
    "在",
    "是",
    "有",
    "吗",
    "呢",
    "吧",
    "啊",
    "我",
    "我们",
    "你",
    "请问",
    "怎么",
    "怎样",
    "如何",
    "什么",
    "哪些",
    "哪个",
    "哪里",
    "多少",
    "可以",
    "能",
    "能否",
    "能不能",
    "关于",
    "查",
    "查询",
    "查找",
    "搜索",
    "想",
    "要",
    "对",
    "为",
    "为了",
    "这个",
    "那个",
    "一下",
    "给",
    "把",
    "被",
    "将",
    "由",
    "于",
    "以",
    "等",
    "都",
    "也",
    "还",
    "就",
    "政策",
    "文件",
];

/// A question, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Question {
    /// The whole question in its one form, without space at either end.
    pub(crate) whole: String,
    /// Texts in quotation marks, which must occur exactly so.
    pub(crate) phrases: Vec<String>,
    /// What should be found.
    pub(crate) parts: Vec<Part>,
    /// Stretches of words; a document that has one of them in this order ranks higher.
    pub(crate) stretches: Vec<String>,
}

/// One thing that should be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// A document number: its key, and the text as typed, which other documents may cite.
    Number { key: String, text: String },
    /// What may be the id of a policy or measure, else just words.
    Identifier { id: String, words: Vec<String> },
    /// A word of the dictionary or a run of Latin letters and digits.
    Word(Word),
    /// Characters that the dictionary does not know.
    Unknown(String),
}

impl Question {
    /// Takes a question apart.
    pub(crate) fn read(typed: &str, lexicon: &Lexicon) -> Self {
        let cut_off: String = typed.chars().take(CHARACTERS_MAX).collect();
        // Space separates what is asked, so each stretch is brought into its one form on its own.
        let whole = Normal::text_of(cut_off.trim());
        let mut question = Self {
            whole: whole.clone(),
            ..Self::default()
        };
        let (phrases, rest) = split_quoted(&whole);
        question.phrases = phrases;
        for free in rest {
            question.read_free(&free, lexicon);
        }
        question.drop_fillers();
        question.parts.truncate(PARTS_MAX);
        question.stretches.truncate(PARTS_MAX);
        question
    }

    /// Whether nothing in it can be looked for.
    pub(crate) fn is_empty(&self) -> bool {
        self.phrases.is_empty() && self.parts.is_empty()
    }

    /// The texts that a snippet should mark.
    pub(crate) fn needles(&self) -> Vec<Needle> {
        let phrases = self
            .phrases
            .iter()
            .map(|phrase| Needle::of(vec![phrase.clone()]));
        let parts = self.parts.iter().map(|part| match part {
            Part::Number { text, .. } | Part::Unknown(text) => Needle::of(vec![text.clone()]),
            Part::Identifier { words, .. } => Needle::of(words.clone()),
            Part::Word(word) => Needle {
                texts: word.meanings(),
                pieces: word.pieces.iter().flatten().cloned().collect(),
            },
        });
        phrases.chain(parts).collect()
    }

    fn read_free(&mut self, free: &str, lexicon: &Lexicon) {
        let mut from = 0;
        for Number { key, bytes } in number::numbers(free) {
            if let (Some(before), Some(text)) =
                (free.get(from..bytes.start), free.get(bytes.clone()))
            {
                self.read_words(before, lexicon);
                self.parts.push(Part::Number {
                    key,
                    text: text.trim().to_owned(),
                });
            }
            from = bytes.end;
        }
        self.read_words(free.get(from..).unwrap_or_default(), lexicon);
    }

    fn read_words(&mut self, free: &str, lexicon: &Lexicon) {
        for stretch in free.split_whitespace() {
            let units = units(stretch);
            if let Some(id) = identifier(stretch) {
                let words = units
                    .iter()
                    .filter_map(|unit| text_of(stretch, unit))
                    .collect();
                self.parts.push(Part::Identifier {
                    id: id.to_owned(),
                    words,
                });
                continue;
            }
            let before = self.parts.len();
            for run in units.chunk_by(adjoining) {
                self.read_run(stretch, run, lexicon);
            }
            if self.parts.len().saturating_sub(before) > 1 {
                self.stretches.push(stretch.to_owned());
            }
        }
    }

    /// Reads units with nothing between them: either one Latin run or Chinese characters.
    fn read_run(&mut self, stretch: &str, run: &[Unit], lexicon: &Lexicon) {
        let (Some(first), Some(last)) = (run.first(), run.last()) else {
            return;
        };
        let Some(text) = stretch.get(first.bytes.start..last.bytes.end) else {
            return;
        };
        if first.latin {
            self.parts.push(Part::Word(Word::plain(text)));
            return;
        }
        let mut unknown = String::new();
        for span in lexicon.cut(text) {
            let word = text.get(span.start..span.end).unwrap_or_default();
            if word.chars().nth(1).is_none() && !FILLERS.contains(&word) {
                unknown.push_str(word);
                continue;
            }
            self.push_unknown(&mut unknown);
            self.parts.push(Part::Word(Word::read(word, lexicon)));
        }
        self.push_unknown(&mut unknown);
    }

    fn push_unknown(&mut self, unknown: &mut String) {
        if !unknown.is_empty() {
            self.parts.push(Part::Unknown(std::mem::take(unknown)));
        }
    }

    /// Leaves out empty words, unless the question has nothing else, and repeated parts.
    fn drop_fillers(&mut self) {
        let filler = |part: &Part| match part {
            Part::Word(word) => FILLERS.contains(&word.text.as_str()),
            Part::Number { .. } | Part::Identifier { .. } | Part::Unknown(_) => false,
        };
        if !self.phrases.is_empty() || !self.parts.iter().all(filler) {
            self.parts.retain(|part| !filler(part));
        }
        let mut kept: Vec<Part> = Vec::new();
        for part in self.parts.drain(..) {
            if !kept.contains(&part) {
                kept.push(part);
            }
        }
        self.parts = kept;
    }
}

/// Whether two units stand together and are of one script.
fn adjoining(one: &Unit, next: &Unit) -> bool {
    one.characters.end == next.characters.start && !one.latin && !next.latin
}

fn text_of(stretch: &str, unit: &Unit) -> Option<String> {
    stretch.get(unit.bytes.clone()).map(str::to_owned)
}

/// A stretch that looks like the id of a policy, a measure, or both with a slash.
fn identifier(stretch: &str) -> Option<&str> {
    let id = stretch.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let shaped = id
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/'));
    let named = id.chars().any(|c| c.is_ascii_alphabetic());
    (shaped && named && !stretch.chars().any(is_han)).then_some(id)
}

/// Texts in closed quotation marks, and what stands between them. A mark without its partner
/// only separates.
fn split_quoted(text: &str) -> (Vec<String>, Vec<String>) {
    let mut phrases = Vec::new();
    let mut free = vec![String::new()];
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        rest = rest.get(letter.len_utf8()..).unwrap_or_default();
        let close = QUOTES
            .iter()
            .find(|(open, _)| *open == letter)
            .map(|&(_, close)| close);
        if let Some((inside, after)) = close.and_then(|close| rest.split_once(close)) {
            if inside.chars().any(char::is_alphanumeric) {
                phrases.push(inside.trim().to_owned());
            }
            free.push(String::new());
            rest = after;
        } else if let Some(last) = free.last_mut() {
            let mark = QUOTES
                .iter()
                .any(|(open, close)| [*open, *close].contains(&letter));
            last.push(if mark { ' ' } else { letter });
        }
    }
    phrases.truncate(PARTS_MAX);
    (phrases, free)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexicon::tests::SHARED;

    /// The parts in a short form: words bare, unknown characters in ‹›, numbers and ids marked.
    #[track_caller]
    fn check(typed: &str, phrases: &[&str], parts: &[&str]) {
        let question = Question::read(typed, &SHARED);
        let shown: Vec<String> = question
            .parts
            .iter()
            .map(|part| match part {
                Part::Number { key, .. } => format!("#{key}"),
                Part::Identifier { id, .. } => format!("@{id}"),
                Part::Word(word) => word.text.clone(),
                Part::Unknown(text) => format!("‹{text}›"),
            })
            .collect();
        assert_eq!(
            (question.phrases, shown),
            (strings(phrases), strings(parts)),
            "{typed}"
        );
    }

    fn strings(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn questions_come_apart() {
        check("高企认定奖励", &[], &["高企", "认定", "奖励"]);
        check("  專精特新  ", &[], &["专精特新"]);
        check("“规模以上”企业", &["规模以上"], &["企业"]);
        check("＂规模以上＂", &["规模以上"], &[]);
        check("「規模以上」", &["规模以上"], &[]);
        check(
            "襄政办发〔2025〕12号 奖励",
            &[],
            &["#襄政办发|2025|12", "奖励"],
        );
        check("growth-award", &[], &["@growth-award"]);
        check(
            "City-Industry/Growth-Award",
            &[],
            &["@city-industry/growth-award"],
        );
        check("奖励50万元", &[], &["奖励", "50", "万元"]);
        check("请问高企有什么政策", &[], &["高企"]);
        check("的", &[], &["的"]);
    }

    #[test]
    fn hostile_questions_are_only_words() {
        check("title:(奖励 AND \"", &[], &["title", "奖励", "@and"]);
        check("“奖励", &[], &["奖励"]);
        check("", &[], &[]);
        check("？？!()[]{}:^~*", &[], &[]);
        check("“”", &[], &[]);
    }

    #[test]
    fn an_endless_question_is_cut_off() {
        let question = Question::read(&"奖励补贴高企 ".repeat(5000), &SHARED);
        assert!(
            question.parts.len() <= PARTS_MAX && question.whole.chars().count() <= CHARACTERS_MAX
        );
    }
}
