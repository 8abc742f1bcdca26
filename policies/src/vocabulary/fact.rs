//! One fact of the vocabulary.

use std::fmt;

use crate::values::PeriodKind;

/// The number of a fact in its vocabulary: its place in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactId(pub(super) u32);

impl FactId {
    /// The place in the file, from 0.
    #[must_use]
    pub fn index(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// One kind of dated, sourced statement about an enterprise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The English name, in snake_case.
    pub id: String,
    /// The Chinese name.
    pub name: String,
    /// What its values are.
    pub fact_type: FactType,
    /// What its numbers count; nothing for a fact without unit.
    pub unit: Option<String>,
    /// Which periods it has values for.
    pub period: PeriodKind,
    /// The department that owns it.
    pub source: String,
    /// What a value that is not there means.
    pub absent: Absent,
    /// The data contract that lets an absent value mean something.
    pub why: Option<String>,
    /// What exactly is counted or stated.
    pub about: Option<String>,
}

/// What the values of a fact are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FactType {
    /// Money.
    Money,
    /// An exact number.
    Number,
    /// Yes or no.
    Boolean,
    /// A calendar date.
    Date,
    /// Free text.
    Text,
    /// A code of an official tree.
    Code(Tree),
    /// Any of these members.
    Set(Vec<String>),
    /// One of these members.
    Enum(Vec<String>),
    /// Records with these fields.
    List(Vec<Field>),
}

/// The official tree that a code belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tree {
    /// GB/T 4754-2017.
    Industry,
    /// GB/T 2260 and the functional zones.
    Region,
}

/// One field of the records of a list fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The English name, in snake_case.
    pub id: String,
    /// The Chinese name.
    pub name: String,
    /// What its values are; never a list.
    pub field_type: FactType,
    /// What its numbers count.
    pub unit: Option<String>,
    /// What exactly is counted or stated.
    pub about: Option<String>,
    /// Whether it names the record itself, such as the number of an invoice: auditors look for
    /// the same one in several places. It decides nothing, and is not part of the canonical text.
    pub is_key: bool,
}

/// What a value that is not there means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Absent {
    /// Nobody knows: it is missing.
    Unknown,
    /// No, by a data contract; the empty set or list.
    False,
    /// Nothing, by a data contract.
    Zero,
}

impl Fact {
    /// The field with this Chinese or English name and its place; nothing for other types.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<(usize, &Field)> {
        match &self.fact_type {
            FactType::List(fields) => {
                let named = |field: &Field| field.id == name || field.name == name;
                fields.iter().enumerate().find(|(_, field)| named(field))
            }
            FactType::Money
            | FactType::Number
            | FactType::Boolean
            | FactType::Date
            | FactType::Text
            | FactType::Code(_)
            | FactType::Set(_)
            | FactType::Enum(_) => None,
        }
    }

    /// The line of the canonical text of a vocabulary.
    pub(super) fn canonical_line(&self) -> String {
        let parts = [
            &self.id,
            &self.name,
            &self.fact_type.canonical_text(),
            self.unit.as_deref().unwrap_or_default(),
            self.period.word(),
            &self.source,
            self.absent.word(),
        ];
        format!("{}\n", parts.map(escaped).join("\t"))
    }
}

impl FactType {
    /// The word of the vocabulary.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            FactType::Money => "money",
            FactType::Number => "number",
            FactType::Boolean => "boolean",
            FactType::Date => "date",
            FactType::Text => "text",
            FactType::Code(_) => "code",
            FactType::Set(_) => "set",
            FactType::Enum(_) => "enum",
            FactType::List(_) => "list",
        }
    }

    /// The members of a set or enum; empty for other types.
    #[must_use]
    pub fn members(&self) -> &[String] {
        match self {
            FactType::Set(members) | FactType::Enum(members) => members,
            FactType::Money
            | FactType::Number
            | FactType::Boolean
            | FactType::Date
            | FactType::Text
            | FactType::Code(_)
            | FactType::List(_) => &[],
        }
    }

    /// The type with all that belongs to it, unambiguously.
    fn canonical_text(&self) -> String {
        let inner: Vec<String> = match self {
            FactType::Set(members) | FactType::Enum(members) => {
                members.iter().map(|member| format!("{member:?}")).collect()
            }
            FactType::List(fields) => fields.iter().map(Field::canonical_text).collect(),
            FactType::Code(tree) => vec![tree.word().to_owned()],
            FactType::Money
            | FactType::Number
            | FactType::Boolean
            | FactType::Date
            | FactType::Text => Vec::new(),
        };
        format!("{}({})", self.word(), inner.join(","))
    }
}

impl Field {
    fn canonical_text(&self) -> String {
        let unit = self.unit.as_deref().unwrap_or_default();
        format!(
            "{:?}:{:?}:{}:{unit:?}",
            self.id,
            self.name,
            self.field_type.canonical_text()
        )
    }
}

impl Tree {
    /// The word of the vocabulary.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Tree::Industry => "industry",
            Tree::Region => "region",
        }
    }
}

impl Absent {
    /// The word of the vocabulary.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Absent::Unknown => "unknown",
            Absent::False => "false",
            Absent::Zero => "zero",
        }
    }

    /// Whether a fact of this type can have this reading.
    #[must_use]
    pub fn fits(self, fact_type: &FactType) -> bool {
        match self {
            Absent::Unknown => true,
            Absent::False => {
                matches!(
                    fact_type,
                    FactType::Boolean | FactType::Set(_) | FactType::List(_)
                )
            }
            Absent::Zero => {
                matches!(
                    fact_type,
                    FactType::Money | FactType::Number | FactType::List(_)
                )
            }
        }
    }
}

impl fmt::Display for FactType {
    /// Writes the type as people call it: `金额`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            FactType::Money => "金额",
            FactType::Number => "数",
            FactType::Boolean => "布尔",
            FactType::Date => "日期",
            FactType::Text => "文本",
            FactType::Code(Tree::Industry) => "行业代码",
            FactType::Code(Tree::Region) => "区划代码",
            FactType::Set(_) => "集合",
            FactType::Enum(_) => "枚举",
            FactType::List(_) => "清单",
        })
    }
}

/// Keeps tabs and line breaks out of a part of the canonical text.
fn escaped(part: &str) -> String {
    part.replace('\\', "\\\\")
        .replace('\t', "\\t")
        .replace('\n', "\\n")
        .replace('\r', "\\r")
}
