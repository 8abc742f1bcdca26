//! The texts of messages: data, checked when the program starts.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use crate::messages::kind::Kind;
use crate::store::StoreError;

/// The texts that come with the program.
const PACKED: &str = include_str!("templates.toml");
/// An installation's own texts, in its data folder: only the kinds that it words otherwise.
const OWN: &str = "messages.toml";

/// A text in one language.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Text {
    /// One line.
    pub(crate) subject: String,
    /// Plain text.
    pub(crate) body: String,
}

/// A text in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Texts {
    /// Chinese.
    pub(crate) zh: Text,
    /// English.
    pub(crate) en: Text,
}

/// The texts of all kinds.
#[derive(Clone, Debug)]
pub(crate) struct Templates(Arc<BTreeMap<&'static str, Texts>>);

impl Templates {
    /// Those of the program, with those of the data folder in their place.
    ///
    /// # Errors
    /// [`StoreError::File`] when the file cannot be read; [`StoreError::Name`] when it is not TOML,
    /// names an unknown kind, or puts in a word that its kind does not have.
    pub(crate) fn of_folder(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(OWN);
        match fs::read_to_string(&path) {
            Ok(own) => Self::parse(&[PACKED, &own]),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::parse(&[PACKED]),
            Err(error) => Err(StoreError::file("读取", path)(error)),
        }
    }

    /// Reads texts; later ones take the place of earlier ones.
    pub(super) fn parse(sources: &[&str]) -> Result<Self, StoreError> {
        let mut all = BTreeMap::new();
        for source in sources {
            let read: BTreeMap<String, Texts> = toml::from_str(source)
                .map_err(|error| wrong(error.message().to_owned(), "不是 TOML 消息模板"))?;
            for (name, mut texts) in read {
                let kind = Kind::ALL.into_iter().find(|kind| kind.name() == name);
                let kind = kind.ok_or_else(|| wrong(name, "没有这种消息"))?;
                check(kind, &texts)?;
                for text in [&mut texts.zh, &mut texts.en] {
                    text.body = text.body.trim().to_owned();
                }
                all.insert(kind.name(), texts);
            }
        }
        match Kind::ALL
            .into_iter()
            .find(|kind| !all.contains_key(kind.name()))
        {
            None => Ok(Self(Arc::new(all))),
            Some(kind) => Err(wrong(kind.name().to_owned(), "缺少这种消息的模板")),
        }
    }

    /// The texts of a message.
    pub(super) fn fill(&self, kind: Kind, words: &BTreeMap<&'static str, String>) -> Texts {
        let empty = || Text {
            subject: kind.name().to_owned(),
            body: String::new(),
        };
        let Some(texts) = self.0.get(kind.name()) else {
            // Checked at the start: each kind has its texts.
            let (zh, en) = (empty(), empty());
            return Texts { zh, en };
        };
        let fill = |text: &Text| Text {
            subject: put_in(&text.subject, words),
            body: put_in(&text.body, words),
        };
        Texts {
            zh: fill(&texts.zh),
            en: fill(&texts.en),
        }
    }
}

fn wrong(value: String, problem: &'static str) -> StoreError {
    let what = "消息模板";
    StoreError::Name {
        what,
        value,
        problem,
    }
}

/// Refuses a text with words that its kind does not have, or with a subject of several lines.
fn check(kind: Kind, texts: &Texts) -> Result<(), StoreError> {
    let words: BTreeSet<&str> = kind.words().into_iter().collect();
    for text in [&texts.zh, &texts.en] {
        if text.subject.trim().is_empty() || text.subject.chars().any(char::is_control) {
            return Err(wrong(kind.name().to_owned(), "标题应为一行"));
        }
        for part in [&text.subject, &text.body] {
            for piece in pieces(part) {
                match piece {
                    Piece::Text(plain) if plain.contains(['{', '}']) => {
                        return Err(wrong(format!("{}:{plain}", kind.name()), "花括号没有配对"));
                    }
                    Piece::Word(word) if !words.contains(word) => {
                        let named = format!("{}:{{{word}}}", kind.name());
                        return Err(wrong(named, "这种消息没有这一项"));
                    }
                    Piece::Text(_) | Piece::Word(_) => {}
                }
            }
        }
    }
    Ok(())
}

enum Piece<'a> {
    Text(&'a str),
    Word(&'a str),
}

/// A text and the words in it, one after the other.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((word, after)) = after.split_once('}') else {
            break;
        };
        pieces.push(Piece::Text(before));
        pieces.push(Piece::Word(word));
        rest = after;
    }
    pieces.push(Piece::Text(rest));
    pieces
}

/// A text with its words put in. What is put in is never looked at for words again, and cannot
/// begin a line of its own.
fn put_in(text: &str, words: &BTreeMap<&'static str, String>) -> String {
    let mut filled = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Text(plain) => filled.push_str(plain),
            Piece::Word(word) => {
                let value = words.get(word).map_or("", String::as_str);
                let clean = |letter: char| {
                    let breaks = letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}');
                    if breaks { ' ' } else { letter }
                };
                filled.extend(value.chars().map(clean));
            }
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_texts_that_use_only_its_words() {
        let templates = Templates::parse(&[PACKED]).unwrap();
        for kind in Kind::ALL {
            let words = kind
                .words()
                .into_iter()
                .map(|word| (word, format!("<{word}>")));
            let texts = templates.fill(kind, &words.collect());
            for text in [&texts.zh, &texts.en] {
                assert!(
                    !text.subject.is_empty() && !text.body.is_empty(),
                    "{kind:?}"
                );
                assert!(!text.body.contains(['{', '}']), "{}", text.body);
                // Both languages of a kind name the same thing.
                assert!(
                    text.subject.contains("<title>"),
                    "{kind:?}: {}",
                    text.subject
                );
            }
        }
    }

    #[test]
    fn an_installation_words_some_of_them_otherwise() {
        let own = "['job.done']\nzh = {subject='好了 {job}', body='x'}\n\
                   en = {subject='done {job}', body='x'}";
        let templates = Templates::parse(&[PACKED, own]).unwrap();
        let words = BTreeMap::from([("job", "J1\r\nBcc: a@b{title}".to_owned())]);
        let texts = templates.fill(Kind::JobDone, &words);
        assert_eq!(texts.zh.subject, "好了 J1  Bcc: a@b{title}");
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (own, word) in [
            (
                "['job.gone']\nzh={subject='a',body='b'}\nen={subject='a',body='b'}",
                "job.gone",
            ),
            (
                "['job.done']\nzh={subject='{amount}',body='b'}\nen={subject='a',body='b'}",
                "{amount}",
            ),
            (
                "['job.done']\nzh={subject='a',body='{job'}\nen={subject='a',body='b'}",
                "花括号",
            ),
            ("['job.done']\nzh={subject='a',body='b'}", "en"),
            (
                "['job.done']\nzh={subject=\"a\\nb\",body='b'}\nen={subject='a',body='b'}",
                "一行",
            ),
            ("nonsense", "TOML"),
        ] {
            let told = Templates::parse(&[PACKED, own]).unwrap_err().to_string();
            assert!(told.contains(word), "{own}: {told}");
        }
    }
}
