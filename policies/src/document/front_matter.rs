//! What a policy file says about itself: the YAML between its first two `---` lines.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_saphyr::{Error as YamlError, Location, Spanned};

use super::BYTE_ORDER_MARK;
use super::fault::{DocumentFault, DocumentFaultKind as Kind};
use crate::values::date::parse_date;
use crate::values::{Date, Region, spelling};

/// A value and the bytes of the file where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// The bytes of the file.
    pub span: Range<usize>,
}

/// What a policy says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrontMatter {
    /// The name by which other policies refer to it.
    pub id: Located<String>,
    /// The title of the published document.
    pub title: Located<String>,
    /// The number of the published document.
    pub document_number: Option<Located<String>>,
    /// Who issued it.
    pub issuer: Option<Located<String>>,
    /// Where it holds.
    pub region: Located<Region>,
    /// The day it was published.
    pub published: Option<Located<Date>>,
    /// The first day it holds.
    pub effective: Located<Date>,
    /// The last day it holds, if there is one.
    pub expires: Option<Located<Date>>,
    /// The policies that it replaces.
    pub supersedes: Vec<Located<String>>,
    /// Where the document was published.
    pub source: Option<Located<String>>,
    /// What it is about, for search.
    pub topics: Vec<Located<String>>,
    /// Whom to ask.
    pub contact: Option<Located<String>>,
    /// A summary.
    pub about: Option<Located<String>>,
    /// Whether it is in force, a draft, or kept for replay.
    pub status: PolicyStatus,
}

/// Whether a policy may be paid by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyStatus {
    /// It is a published policy.
    Published,
    /// It is a draft, for forecasts only.
    Draft,
    /// It no longer holds and is kept so that its payments can be recomputed.
    Archived,
}

const TEXT_KEYS: [&str; 12] = [
    "id",
    "title",
    "document_number",
    "issuer",
    "region",
    "published",
    "effective",
    "expires",
    "source",
    "contact",
    "about",
    "status",
];
const LIST_KEYS: [&str; 2] = ["supersedes", "topics"];
/// Not every document has a number; what these say, every document has.
const UNSTATED_KEYS: [&str; 3] = ["issuer", "published", "source"];

/// Reads the front matter; gives also the byte where the body begins.
pub(super) fn read(text: &str, faults: &mut Vec<DocumentFault>) -> (Option<FrontMatter>, usize) {
    let mark = if text.starts_with(BYTE_ORDER_MARK) {
        BYTE_ORDER_MARK.len_utf8()
    } else {
        0
    };
    let content = text.get(mark..).unwrap_or_default();
    let mut lines = content.split_inclusive('\n');
    let first = lines.next().unwrap_or_default();
    if first.trim_end() != "---" {
        faults.push(DocumentFault {
            span: mark..mark,
            kind: Kind::NoFrontMatter,
        });
        return (None, mark);
    }
    let mut end = first.len();
    for line in lines {
        if line.trim_end() == "---" {
            // The opening line is YAML too and keeps lines and bytes the same as in the file.
            let yaml = content.get(..end).unwrap_or_default();
            let body = mark.saturating_add(end).saturating_add(line.len());
            let close = mark.saturating_add(end)..body;
            let mut entries = Entries {
                raw: Raw::default(),
                mark,
                close,
                faults,
            };
            return (entries.read(yaml), body);
        }
        end = end.saturating_add(line.len());
    }
    let span = mark..mark.saturating_add(first.trim_end().len());
    faults.push(DocumentFault {
        span,
        kind: Kind::UnclosedFrontMatter,
    });
    (None, mark.saturating_add(first.len()))
}

/// The keys as they stand, before anything is asked of their values.
#[derive(Default)]
struct Raw {
    texts: BTreeMap<String, Spanned<String>>,
    lists: BTreeMap<String, Spanned<Vec<Spanned<String>>>>,
    unknown: Vec<Spanned<String>>,
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Raw, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = Raw;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("keys with values")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
                let mut raw = Raw::default();
                while let Some(key) = map.next_key::<Spanned<String>>()? {
                    if TEXT_KEYS.contains(&key.value.as_str()) {
                        raw.texts.insert(key.value, map.next_value()?);
                    } else if LIST_KEYS.contains(&key.value.as_str()) {
                        raw.lists.insert(key.value, map.next_value()?);
                    } else {
                        map.next_value::<IgnoredAny>()?;
                        raw.unknown.push(key);
                    }
                }
                Ok(raw)
            }
        }
        deserializer.deserialize_map(Keys)
    }
}

/// Reads typed values out of the keys and collects what is wrong.
struct Entries<'a> {
    raw: Raw,
    /// Bytes before the YAML.
    mark: usize,
    /// The closing line, where missing keys are told.
    close: Range<usize>,
    faults: &'a mut Vec<DocumentFault>,
}

impl Entries<'_> {
    fn read(&mut self, yaml: &str) -> Option<FrontMatter> {
        let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
        match serde_saphyr::from_str_with_options(yaml, options) {
            Ok(raw) => self.raw = raw,
            Err(error) => {
                self.yaml_fault(yaml, &error);
                return None;
            }
        }
        let known: Vec<&str> = TEXT_KEYS.into_iter().chain(LIST_KEYS).collect();
        for key in std::mem::take(&mut self.raw.unknown) {
            let nearest = spelling::nearest(&key.value, known.iter().copied()).map(str::to_owned);
            self.fault(
                self.span(key.referenced),
                Kind::UnknownKey {
                    key: key.value,
                    nearest,
                },
            );
        }
        let faults_before = self.faults.len();
        let id = self.id();
        let title = self.required("title");
        let region = self.region();
        let effective = self
            .required("effective")
            .and_then(|text| self.date("effective", text));
        let expires = self.optional_date("expires");
        if let (Some(effective), Some(expires)) = (&effective, &expires)
            && expires.value < effective.value
        {
            self.fault(expires.span.clone(), Kind::ExpiresBeforeEffective);
        }
        for key in UNSTATED_KEYS {
            if !self.raw.texts.contains_key(key) {
                self.fault(self.close.clone(), Kind::UnstatedKey(key));
            }
        }
        let front_matter = FrontMatter {
            document_number: self.optional("document_number"),
            issuer: self.optional("issuer"),
            published: self.optional_date("published"),
            expires,
            supersedes: self.list("supersedes"),
            source: self.optional("source"),
            topics: self.list("topics"),
            contact: self.optional("contact"),
            about: self.optional("about"),
            status: self.status(),
            id: id?,
            title: title?,
            region: region?,
            effective: effective?,
        };
        for id in &front_matter.supersedes {
            if !is_id(&id.value) {
                self.fault(id.span.clone(), Kind::InvalidId(id.value.clone()));
            }
        }
        let told = self.faults.get(faults_before..).unwrap_or_default();
        told.iter()
            .all(DocumentFault::is_warning)
            .then_some(front_matter)
    }

    fn fault(&mut self, span: Range<usize>, kind: Kind) {
        self.faults.push(DocumentFault { span, kind });
    }

    /// Tells why the YAML cannot be read.
    fn yaml_fault(&mut self, yaml: &str, error: &YamlError) {
        let span = match error.location() {
            Some(location) if location.span().byte_offset().is_some() => self.span(location),
            Some(location) => {
                let start = offset_of(yaml, location).saturating_add(self.mark);
                start..start
            }
            None => self.close.clone(),
        };
        let error = error.without_snippet();
        let kind = if let YamlError::DuplicateMappingKey { key: Some(key), .. } = error {
            Kind::DuplicateKey(key.clone())
        } else if let YamlError::NullIntoString { .. } = error {
            Kind::NullValue
        } else {
            let message = error.to_string();
            // The place is told with the fault.
            let reason = message
                .rsplit_once(" at line ")
                .map_or(&*message, |(text, _)| text);
            Kind::Yaml(reason.to_owned())
        };
        self.fault(span, kind);
    }

    /// The bytes of the file for a place in the YAML.
    fn span(&self, location: Location) -> Range<usize> {
        let bytes = |value: Option<u64>| value.and_then(|value| usize::try_from(value).ok());
        let start = bytes(location.span().byte_offset()).unwrap_or(0);
        let length = bytes(location.span().byte_len()).unwrap_or(0);
        let start = start.saturating_add(self.mark).min(self.close.start);
        start..start.saturating_add(length).min(self.close.start)
    }

    fn text(&self, key: &str) -> Option<Located<String>> {
        self.raw.texts.get(key).map(|text| self.located(text))
    }

    fn located(&self, text: &Spanned<String>) -> Located<String> {
        Located {
            value: text.value.trim().to_owned(),
            span: self.span(text.referenced),
        }
    }

    fn present(&mut self, key: &'static str) -> Option<Located<String>> {
        let text = self.text(key);
        if text.is_none() {
            self.fault(self.close.clone(), Kind::MissingKey(key));
        }
        text
    }

    fn required(&mut self, key: &'static str) -> Option<Located<String>> {
        let text = self.present(key)?;
        if text.value.is_empty() {
            self.fault(text.span, Kind::Empty(key));
            return None;
        }
        Some(text)
    }

    fn optional(&mut self, key: &'static str) -> Option<Located<String>> {
        self.text(key).filter(|text| !text.value.is_empty())
    }

    fn id(&mut self) -> Option<Located<String>> {
        let id = self.required("id")?;
        if !is_id(&id.value) {
            self.fault(id.span.clone(), Kind::InvalidId(id.value.clone()));
        }
        Some(id)
    }

    /// The region may be empty, which means the nation, but it must be stated.
    fn region(&mut self) -> Option<Located<Region>> {
        let text = self.present("region")?;
        match text.value.parse() {
            Ok(value) => Some(Located {
                value,
                span: text.span,
            }),
            Err(_) => {
                self.fault(text.span, Kind::InvalidRegion(text.value));
                None
            }
        }
    }

    fn optional_date(&mut self, key: &'static str) -> Option<Located<Date>> {
        let text = self.optional(key)?;
        self.date(key, text)
    }

    fn date(&mut self, key: &'static str, text: Located<String>) -> Option<Located<Date>> {
        match parse_date(&text.value) {
            Ok(value) => Some(Located {
                value,
                span: text.span,
            }),
            Err(_) => {
                self.fault(
                    text.span,
                    Kind::InvalidDate {
                        key,
                        text: text.value,
                    },
                );
                None
            }
        }
    }

    fn list(&self, key: &str) -> Vec<Located<String>> {
        let items = self.raw.lists.get(key);
        items
            .into_iter()
            .flat_map(|items| &items.value)
            .map(|item| self.located(item))
            .collect()
    }

    fn status(&mut self) -> PolicyStatus {
        match self.optional("status") {
            None => PolicyStatus::Published,
            Some(status) if status.value == "archived" => PolicyStatus::Archived,
            Some(status) => {
                if status.value != "draft" {
                    self.fault(status.span, Kind::UnknownStatus(status.value));
                }
                // An unknown status is the safer one: nothing is paid by a draft.
                PolicyStatus::Draft
            }
        }
    }
}

/// The byte at a line and column, both counted from 1, in characters.
fn offset_of(text: &str, location: Location) -> usize {
    let line = usize::try_from(location.line())
        .unwrap_or_default()
        .saturating_sub(1);
    let column = usize::try_from(location.column())
        .unwrap_or_default()
        .saturating_sub(1);
    let before: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = text.get(before..).unwrap_or_default();
    let within: usize = rest.chars().take(column).map(char::len_utf8).sum();
    before.saturating_add(within)
}

fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || c == '-' || c == '_')
}
