//! Which columns a vocabulary allows, and what they are called.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use zhida_policies::values::Period;
use zhida_policies::vocabulary::{FactId, FactType, Vocabulary};

use crate::snapshot::atomic::hex;
use crate::snapshot::cell::Shape;

/// The place of a column: a fact and the period that its values are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ColumnKey {
    /// The fact.
    pub fact: FactId,
    /// The period; `Period::Status` for facts without one.
    pub period: Period,
}

impl ColumnKey {
    /// The name of the column in files: `revenue@2025`, `electricity@2025-03`, `region@status`.
    #[must_use]
    pub fn name(self, vocabulary: &Vocabulary) -> String {
        format!("{}@{}", vocabulary.fact(self.fact).id, self.period)
    }

    /// The column of this name, when the vocabulary allows it.
    #[must_use]
    pub fn from_name(name: &str, vocabulary: &Vocabulary) -> Option<Self> {
        let (id, period) = name.split_once('@')?;
        let fact = vocabulary.find(id)?;
        let period: Period = period.parse().ok()?;
        (vocabulary.fact(fact).period == period.kind()).then_some(Self { fact, period })
    }
}

/// What values of a type look like in a column.
#[must_use]
pub fn shape(fact_type: &FactType) -> Shape {
    match fact_type {
        FactType::Money => Shape::Money,
        FactType::Number => Shape::Number,
        FactType::Boolean => Shape::Boolean,
        FactType::Date => Shape::Date,
        FactType::Text | FactType::Enum(_) | FactType::Code(_) => Shape::Text,
        FactType::Set(members) => Shape::Set(
            members
                .iter()
                .map(|member| Arc::from(member.as_str()))
                .collect(),
        ),
        FactType::List(fields) => {
            let fields = fields
                .iter()
                .map(|field| (field.id.clone(), shape(&field.field_type)));
            Shape::Records(fields.collect())
        }
    }
}

/// The SHA-256 of what a vocabulary means; explanations in it do not count.
#[must_use]
pub fn vocabulary_digest(vocabulary: &Vocabulary) -> String {
    hex(&Sha256::digest(vocabulary.canonical_text().as_bytes()))
}
