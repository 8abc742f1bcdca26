//! One value of one enterprise on its way into a column.

use std::sync::Arc;

use zhida_policies::values::{Date, Money};

use crate::snapshot::decimal::FiniteDecimal;

/// One value, as a data cell gives it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Cell {
    /// Nothing is known.
    #[default]
    Missing,
    /// Money in whole fen.
    Money(Money),
    /// A number.
    Number(FiniteDecimal),
    /// A truth value.
    Boolean(bool),
    /// A day.
    Date(Date),
    /// A text, an enum member or a code.
    Text(Arc<str>),
    /// The members of a set, by their place in the vocabulary.
    Set(Vec<usize>),
    /// The records of a list fact: one cell a field, in the order of the vocabulary.
    Records(Vec<Vec<Cell>>),
}

impl Cell {
    /// Whether nothing is known.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        *self == Self::Missing
    }
}

/// What the values of a column are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Money in fen.
    Money,
    /// Exact decimals.
    Number,
    /// Truth values.
    Boolean,
    /// Days.
    Date,
    /// Texts, enum members and codes.
    Text,
    /// Sets of these members, in the order of the vocabulary.
    Set(Arc<[Arc<str>]>),
    /// Records of these fields, each with its name.
    Records(Arc<[(String, Shape)]>),
}

impl Shape {
    /// The word for it in manifests and digests.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Money => "money",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Text => "text",
            Self::Set(_) => "set",
            Self::Records(_) => "list",
        }
    }
}
