//! The reader of `vocabulary.toml`: collects every fault, guesses nothing.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fact::{Absent, Fact, FactType, Field, Tree};
use super::fault::{VocabularyFault, VocabularyFaultKind as Kind};
use crate::document::LineIndex;
use crate::values::{PeriodKind, spelling};

type Value<'i> = Spanned<DeValue<'i>>;

const FACT_KEYS: [&str; 12] = [
    "id", "name", "type", "unit", "period", "source", "absent", "why", "about", "members",
    "fields", "tree",
];
const FIELD_KEYS: [&str; 8] = [
    "id", "name", "type", "unit", "about", "members", "tree", "key",
];
const TYPE_WORDS: [&str; 9] = [
    "money", "number", "boolean", "date", "text", "code", "set", "enum", "list",
];

/// Reads every fact, or tells every fault in the order of the text.
pub(super) fn read(
    text: &str,
    is_keyword: &dyn Fn(&str) -> bool,
) -> Result<Vec<Fact>, Vec<VocabularyFault>> {
    let mut reader = Reader {
        faults: Vec::new(),
        is_keyword,
    };
    // Blanks in the place of a byte-order mark keep every offset.
    let plain = match text.strip_prefix('\u{feff}') {
        Some(rest) => Cow::Owned(format!("   {rest}")),
        None => Cow::Borrowed(text),
    };
    let (document, errors) = DeTable::parse_recoverable(&plain);
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        reader.fault(span, Kind::Toml(error.message().to_owned()));
    }
    let mut facts = Vec::new();
    // A broken file can lose half its keys, so only its own faults are told.
    if reader.faults.is_empty() {
        facts = reader.document(&document);
    }
    if reader.faults.is_empty() {
        return Ok(facts);
    }
    reader
        .faults
        .sort_by_key(|(span, _)| (span.start, span.end));
    let lines = LineIndex::new(text);
    let faults = reader.faults.into_iter().map(|(span, kind)| {
        let position = lines.position(text, span.start);
        VocabularyFault {
            span,
            position,
            kind,
        }
    });
    Err(faults.collect())
}

/// Collects faults while it reads.
struct Reader<'a> {
    faults: Vec<(Range<usize>, Kind)>,
    is_keyword: &'a dyn Fn(&str) -> bool,
}

/// One table with its place, the keys of which are read one by one.
#[derive(Clone, Copy)]
struct Entry<'a> {
    table: &'a DeTable<'a>,
    span: &'a Range<usize>,
}

impl<'a> Entry<'a> {
    fn get(self, key: &str) -> Option<&'a Value<'a>> {
        self.table
            .iter()
            .find(|(name, _)| name.get_ref() == key)
            .map(|(_, value)| value)
    }

    /// Where a value stands, or the table when it does not.
    fn span_of(self, key: &str) -> Range<usize> {
        self.get(key)
            .map_or_else(|| self.span.clone(), Spanned::span)
    }
}

impl Reader<'_> {
    fn fault(&mut self, span: Range<usize>, kind: Kind) {
        self.faults.push((span, kind));
    }

    fn document(&mut self, document: &Spanned<DeTable<'_>>) -> Vec<Fact> {
        let mut facts = Vec::new();
        let mut taken = BTreeSet::new();
        for (key, value) in document.get_ref() {
            if key.get_ref() != "fact" {
                self.unknown_key(key.get_ref(), key.span(), &["fact"]);
                continue;
            }
            let Some(entries) = value.get_ref().as_array() else {
                let expected = "[[fact]] 表";
                self.fault(
                    key.span(),
                    Kind::WrongValue {
                        key: "fact".to_owned(),
                        expected,
                    },
                );
                continue;
            };
            for entry in entries.iter() {
                let span = entry.span();
                match entry.get_ref().as_table() {
                    Some(table) => {
                        facts.extend(self.fact(Entry { table, span: &span }, &mut taken));
                    }
                    None => {
                        let key = "fact".to_owned();
                        self.fault(
                            span,
                            Kind::WrongValue {
                                key,
                                expected: "[[fact]] 表",
                            },
                        );
                    }
                }
            }
        }
        facts
    }

    fn unknown_key(&mut self, key: &str, span: Range<usize>, known: &[&'static str]) {
        let nearest = spelling::nearest(key, known.iter().copied()).map(str::to_owned);
        self.fault(
            span,
            Kind::UnknownKey {
                key: key.to_owned(),
                nearest,
            },
        );
    }

    fn keys(&mut self, entry: Entry<'_>, known: &[&'static str]) {
        for (key, _) in entry.table {
            if !known.contains(&key.get_ref().as_ref()) {
                self.unknown_key(key.get_ref(), key.span(), known);
            }
        }
    }

    fn fact(&mut self, entry: Entry<'_>, taken: &mut BTreeSet<String>) -> Option<Fact> {
        self.keys(entry, &FACT_KEYS);
        let (id, name) = self.names(entry, taken);
        let fact_type =
            self.fact_type(entry, name.as_deref().or(id.as_deref()).unwrap_or_default());
        let period = self.required(entry, "period").and_then(|word| {
            let words = PeriodKind::ALL.map(PeriodKind::word);
            self.word(entry, "period", &word, &words, PeriodKind::from_word)
        });
        let source = self.required(entry, "source");
        let why = self.optional(entry, "why");
        let absent = self.absent(entry, fact_type.as_ref(), why.as_deref());
        let (unit, about) = (self.optional(entry, "unit"), self.optional(entry, "about"));
        Some(Fact {
            id: id?,
            name: name?,
            fact_type: fact_type?,
            unit,
            period: period?,
            source: source?,
            absent: absent?,
            why,
            about,
        })
    }

    /// Reads the two names and takes them.
    fn names(
        &mut self,
        entry: Entry<'_>,
        taken: &mut BTreeSet<String>,
    ) -> (Option<String>, Option<String>) {
        let id = self.required(entry, "id");
        let name = self.required(entry, "name");
        if let Some(id) = &id
            && !is_id(id)
        {
            self.fault(entry.span_of("id"), Kind::InvalidId(id.clone()));
        }
        if let Some(name) = &name
            && !is_name(name)
        {
            self.fault(entry.span_of("name"), Kind::InvalidName(name.clone()));
        }
        for (key, word) in [("id", &id), ("name", &name)] {
            let Some(word) = word else { continue };
            if (self.is_keyword)(word) {
                self.fault(entry.span_of(key), Kind::Keyword(word.clone()));
            }
            let own_id = key == "name" && id.as_ref() == Some(word);
            if !taken.insert(word.clone()) && !own_id {
                self.fault(entry.span_of(key), Kind::Duplicate(word.clone()));
            }
        }
        (id, name)
    }

    fn fact_type(&mut self, entry: Entry<'_>, name: &str) -> Option<FactType> {
        let word = self.required(entry, "type")?;
        let fact_type = match word.as_str() {
            "money" => FactType::Money,
            "number" => FactType::Number,
            "boolean" => FactType::Boolean,
            "date" => FactType::Date,
            "text" => FactType::Text,
            "code" => FactType::Code(self.tree(entry, name)?),
            "set" => FactType::Set(self.members(entry, &["|", ";", "；", "、"])?),
            "enum" => FactType::Enum(self.members(entry, &[])?),
            "list" => FactType::List(self.fields(entry)?),
            _ => return self.word(entry, "type", &word, &TYPE_WORDS, |_| None),
        };
        let (members, list, code) = match fact_type {
            FactType::Set(_) | FactType::Enum(_) => (true, false, false),
            FactType::List(_) => (false, true, false),
            FactType::Code(_) => (false, false, true),
            FactType::Money
            | FactType::Number
            | FactType::Boolean
            | FactType::Date
            | FactType::Text => (false, false, false),
        };
        for (key, used) in [("members", members), ("fields", list), ("tree", code)] {
            if !used && entry.get(key).is_some() {
                let fact_type = fact_type.word();
                self.fault(entry.span_of(key), Kind::UselessKey { key, fact_type });
            }
        }
        Some(fact_type)
    }

    /// The tree that is stated, or the one that the names of the fact speak of.
    fn tree(&mut self, entry: Entry<'_>, name: &str) -> Option<Tree> {
        if entry.get("tree").is_some() {
            let word = self.required(entry, "tree")?;
            let trees = [Tree::Industry, Tree::Region];
            let from_word = |word: &str| trees.into_iter().find(|tree| tree.word() == word);
            return self.word(entry, "tree", &word, &trees.map(Tree::word), from_word);
        }
        let id = entry
            .get("id")
            .and_then(|id| id.get_ref().as_str())
            .unwrap_or_default();
        let region = ["region", "division"].iter().any(|word| id.contains(word))
            || ["地区", "区划"].iter().any(|word| name.contains(word));
        Some(if region { Tree::Region } else { Tree::Industry })
    }

    fn members(&mut self, entry: Entry<'_>, separators: &[&str]) -> Option<Vec<String>> {
        let value = self.non_empty_array(entry, "members")?;
        let mut members = Vec::new();
        let mut taken = BTreeSet::new();
        for item in value {
            let Some(member) = item
                .get_ref()
                .as_str()
                .filter(|text| !text.trim().is_empty())
            else {
                let key = "members".to_owned();
                self.fault(
                    item.span(),
                    Kind::WrongValue {
                        key,
                        expected: "不空的文本",
                    },
                );
                continue;
            };
            if separators
                .iter()
                .any(|separator| member.contains(separator))
            {
                self.fault(item.span(), Kind::MemberSeparator(member.to_owned()));
            }
            if !taken.insert(member) {
                self.fault(item.span(), Kind::Duplicate(member.to_owned()));
            }
            members.push(member.to_owned());
        }
        Some(members)
    }

    fn fields(&mut self, entry: Entry<'_>) -> Option<Vec<Field>> {
        let value = self.non_empty_array(entry, "fields")?;
        let mut fields = Vec::new();
        let mut taken = BTreeSet::new();
        for item in value {
            let span = item.span();
            match item.get_ref().as_table() {
                Some(table) => fields.extend(self.field(Entry { table, span: &span }, &mut taken)),
                None => {
                    let key = "fields".to_owned();
                    self.fault(
                        span,
                        Kind::WrongValue {
                            key,
                            expected: "{ id, name, type } 表",
                        },
                    );
                }
            }
        }
        Some(fields)
    }

    fn field(&mut self, entry: Entry<'_>, taken: &mut BTreeSet<String>) -> Option<Field> {
        let (id, name) = self.names(entry, taken);
        let is_list = entry.get("type").and_then(|word| word.get_ref().as_str()) == Some("list");
        if is_list {
            self.fault(entry.span_of("type"), Kind::NestedList);
            return None;
        }
        self.keys(entry, &FIELD_KEYS);
        let field_type = self.fact_type(entry, name.as_deref().unwrap_or_default());
        let (unit, about) = (self.optional(entry, "unit"), self.optional(entry, "about"));
        let is_key = self.is_key(entry);
        Some(Field {
            id: id?,
            name: name?,
            field_type: field_type?,
            unit,
            about,
            is_key,
        })
    }

    /// Whether a field names its record.
    fn is_key(&mut self, entry: Entry<'_>) -> bool {
        let Some(value) = entry.get("key") else {
            return false;
        };
        value.get_ref().as_bool().unwrap_or_else(|| {
            let key = "key".to_owned();
            let expected = "true 或 false";
            self.fault(value.span(), Kind::WrongValue { key, expected });
            false
        })
    }

    fn absent(
        &mut self,
        entry: Entry<'_>,
        fact_type: Option<&FactType>,
        why: Option<&str>,
    ) -> Option<Absent> {
        if entry.get("absent").is_none() {
            return Some(Absent::Unknown);
        }
        let word = self.required(entry, "absent")?;
        let all = [Absent::Unknown, Absent::False, Absent::Zero];
        let from_word = |word: &str| all.into_iter().find(|absent| absent.word() == word);
        let absent = self.word(entry, "absent", &word, &all.map(Absent::word), from_word)?;
        if absent != Absent::Unknown && why.is_none() {
            self.fault(entry.span_of("absent"), Kind::AbsentWithoutWhy);
        }
        if let Some(fact_type) = fact_type
            && !absent.fits(fact_type)
        {
            let (absent, fact_type) = (absent.word(), fact_type.word());
            self.fault(
                entry.span_of("absent"),
                Kind::AbsentDoesNotFit { absent, fact_type },
            );
        }
        Some(absent)
    }

    /// A text that must be there and not be empty.
    fn required(&mut self, entry: Entry<'_>, key: &'static str) -> Option<String> {
        if entry.get(key).is_none() {
            self.fault(entry.span.clone(), Kind::MissingKey(key));
            return None;
        }
        let text = self.text(entry, key)?;
        if text.is_empty() {
            self.fault(entry.span_of(key), Kind::Empty(key));
            return None;
        }
        Some(text)
    }

    /// A text that may be empty or not there.
    fn optional(&mut self, entry: Entry<'_>, key: &'static str) -> Option<String> {
        self.text(entry, key).filter(|text| !text.is_empty())
    }

    fn text(&mut self, entry: Entry<'_>, key: &'static str) -> Option<String> {
        let value = entry.get(key)?;
        let text = value.get_ref().as_str().map(|text| text.trim().to_owned());
        if text.is_none() {
            self.fault(
                value.span(),
                Kind::WrongValue {
                    key: key.to_owned(),
                    expected: "文本",
                },
            );
        }
        text
    }

    fn non_empty_array<'v>(
        &mut self,
        entry: Entry<'v>,
        key: &'static str,
    ) -> Option<&'v [Value<'v>]> {
        let Some(value) = entry.get(key) else {
            self.fault(entry.span.clone(), Kind::MissingKey(key));
            return None;
        };
        let Some(items) = value.get_ref().as_array() else {
            self.fault(
                value.span(),
                Kind::WrongValue {
                    key: key.to_owned(),
                    expected: "数组",
                },
            );
            return None;
        };
        if items.is_empty() {
            self.fault(value.span(), Kind::Empty(key));
            return None;
        }
        Some(items)
    }

    /// The value that a word of a closed list means.
    fn word<T>(
        &mut self,
        entry: Entry<'_>,
        key: &'static str,
        word: &str,
        words: &[&'static str],
        from_word: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let found = from_word(word);
        if found.is_none() {
            let nearest = spelling::nearest(word, words.iter().copied()).map(str::to_owned);
            let word = word.to_owned();
            self.fault(entry.span_of(key), Kind::UnknownWord { key, word, nearest });
        }
        found
    }
}

fn is_id(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic())
        && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}
