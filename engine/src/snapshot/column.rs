//! One fact for one period, of all enterprises.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{Array, BooleanArray, Date32Array, Int32Array, Int64Array, StringArray};
use arrow::buffer::{BooleanBuffer, NullBuffer, OffsetBuffer};
use jiff::civil::Date;

use crate::snapshot::SnapshotError;
use crate::snapshot::cell::Cell;
use crate::snapshot::decimal::FiniteDecimal;
use crate::snapshot::number_column::NumberColumn;
use zhida_policies::values::Money;

/// The values of a column, one a row; a null is missing.
#[derive(Clone, Debug)]
pub enum Column {
    /// Money in fen.
    Money(Int64Array),
    /// Numbers of one scale.
    Number(NumberColumn),
    /// Numbers that no common scale can hold exactly, as decimal texts.
    NumberText(StringArray),
    /// Truth values.
    Boolean(BooleanArray),
    /// Days since 1970-01-01.
    Date(Date32Array),
    /// Texts, enum members and codes.
    Text(TextColumn),
    /// Sets, one bitmap a member.
    Set(SetColumn),
    /// Records.
    Records(ListColumn),
}

/// Texts by key into a sorted list of the distinct words.
#[derive(Clone, Debug)]
pub struct TextColumn {
    keys: Int32Array,
    words: Arc<[Arc<str>]>,
}

/// Sets of members.
#[derive(Clone, Debug)]
pub struct SetColumn {
    rows: usize,
    nulls: Option<NullBuffer>,
    members: Vec<(Arc<str>, BooleanBuffer)>,
}

/// Records: where each row's begin, and a column a field over all records.
#[derive(Clone, Debug)]
pub struct ListColumn {
    offsets: OffsetBuffer<i32>,
    nulls: Option<NullBuffer>,
    fields: Vec<(String, Column)>,
}

impl Column {
    /// How many rows it has.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Money(values) => values.len(),
            Self::Number(values) => values.len(),
            Self::NumberText(values) => values.len(),
            Self::Boolean(values) => values.len(),
            Self::Date(values) => values.len(),
            Self::Text(column) => column.keys.len(),
            Self::Set(column) => column.rows,
            Self::Records(column) => column.offsets.len().saturating_sub(1),
        }
    }

    /// Whether it has no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Which rows are known; `None` when all are.
    #[must_use]
    pub fn nulls(&self) -> Option<&NullBuffer> {
        match self {
            Self::Money(values) => values.nulls(),
            Self::Number(values) => values.nulls(),
            Self::NumberText(values) => values.nulls(),
            Self::Boolean(values) => values.nulls(),
            Self::Date(values) => values.nulls(),
            Self::Text(column) => column.keys.nulls(),
            Self::Set(column) => column.nulls.as_ref(),
            Self::Records(column) => column.nulls.as_ref(),
        }
    }

    /// Whether a row is known. A row that does not exist is not.
    #[must_use]
    pub fn is_known(&self, row: usize) -> bool {
        row < self.len() && self.nulls().is_none_or(|nulls| nulls.is_valid(row))
    }

    /// How many rows are known.
    #[must_use]
    pub fn known_count(&self) -> usize {
        self.len()
            .saturating_sub(self.nulls().map_or(0, NullBuffer::null_count))
    }

    /// One value.
    #[must_use]
    pub fn cell(&self, row: usize) -> Cell {
        if !self.is_known(row) {
            return Cell::Missing;
        }
        match self {
            Self::Money(values) => Cell::Money(Money::from_fen(values.value(row))),
            Self::Number(_) | Self::NumberText(_) => {
                self.number(row).map_or(Cell::Missing, Cell::Number)
            }
            Self::Boolean(values) => Cell::Boolean(values.value(row)),
            Self::Date(values) => day(values.value(row)).map_or(Cell::Missing, Cell::Date),
            Self::Text(column) => column
                .word(row)
                .map_or(Cell::Missing, |word| Cell::Text(Arc::clone(word))),
            Self::Set(column) => Cell::Set(column.places(row)),
            Self::Records(column) => Cell::Records(
                column
                    .range(row)
                    .map(|record| {
                        column
                            .fields
                            .iter()
                            .map(|(_, field)| field.cell(record))
                            .collect()
                    })
                    .collect(),
            ),
        }
    }

    /// The number of a row, when the column holds numbers and the row is known.
    #[must_use]
    pub fn number(&self, row: usize) -> Option<FiniteDecimal> {
        if !self.is_known(row) {
            return None;
        }
        match self {
            Self::Number(values) => {
                FiniteDecimal::new(values.digits(row), u8::try_from(values.scale()).ok()?).ok()
            }
            Self::NumberText(values) => values.value(row).parse().ok(),
            Self::Money(_)
            | Self::Boolean(_)
            | Self::Date(_)
            | Self::Text(_)
            | Self::Set(_)
            | Self::Records(_) => None,
        }
    }
}

/// The day of an Arrow date.
pub(crate) fn day(since_epoch: i32) -> Option<Date> {
    Date::constant(1970, 1, 1)
        .checked_add(jiff::SignedDuration::from_hours(
            i64::from(since_epoch).checked_mul(24)?,
        ))
        .ok()
}

impl TextColumn {
    /// A column of words, `None` where missing.
    ///
    /// # Errors
    /// [`SnapshotError::TooMany`] beyond 2³¹ distinct words.
    pub fn from_words<'a>(
        words: impl Iterator<Item = Option<&'a Arc<str>>> + Clone,
    ) -> Result<Self, SnapshotError> {
        let distinct: BTreeSet<&Arc<str>> = words.clone().flatten().collect();
        let sorted: Arc<[Arc<str>]> = distinct.into_iter().cloned().collect();
        i32::try_from(sorted.len()).map_err(|_| SnapshotError::TooMany {
            what: "不同的文本"
        })?;
        let keys = words
            .map(|word| i32::try_from(sorted.binary_search(word?).ok()?).ok())
            .collect::<Int32Array>();
        Ok(Self {
            keys,
            words: sorted,
        })
    }

    /// A column of keys into words, which are put in order, each once, none unused.
    ///
    /// # Errors
    /// [`SnapshotError::Shape`] when a key has no word.
    pub(crate) fn from_keys(
        column: &str,
        keys: &Int32Array,
        words: &StringArray,
    ) -> Result<Self, SnapshotError> {
        let no_word = || SnapshotError::Shape {
            column: column.to_owned(),
            reason: "有词缺失".to_owned(),
        };
        let mut used = vec![false; words.len()];
        for key in keys.iter().flatten() {
            let place = usize::try_from(key).map_err(|_| no_word())?;
            *used.get_mut(place).ok_or_else(no_word)? = true;
        }
        let kept = used.iter().zip(words).filter(|(used, _)| **used);
        let distinct: BTreeSet<&str> = kept.filter_map(|(_, word)| word).collect();
        let sorted: Arc<[Arc<str>]> = distinct.into_iter().map(Arc::from).collect();
        let places: Vec<Option<i32>> = words
            .iter()
            .map(|word| {
                let word = word?;
                let place = sorted.binary_search_by(|other| (**other).cmp(word)).ok()?;
                i32::try_from(place).ok()
            })
            .collect();
        let keys = keys
            .iter()
            .map(|key| places.get(usize::try_from(key?).ok()?).copied().flatten())
            .collect::<Int32Array>();
        Ok(Self {
            keys,
            words: sorted,
        })
    }

    /// The keys into [`TextColumn::words`]; a null is missing.
    #[must_use]
    pub fn keys(&self) -> &Int32Array {
        &self.keys
    }

    /// The distinct words in code-point order.
    #[must_use]
    pub fn words(&self) -> &Arc<[Arc<str>]> {
        &self.words
    }

    /// The word of a row.
    #[must_use]
    pub fn word(&self, row: usize) -> Option<&Arc<str>> {
        if row >= self.keys.len() || self.keys.is_null(row) {
            return None;
        }
        self.words.get(usize::try_from(self.keys.value(row)).ok()?)
    }
}

impl SetColumn {
    /// A column of this many rows.
    #[must_use]
    pub(crate) fn new(
        rows: usize,
        nulls: Option<NullBuffer>,
        members: Vec<(Arc<str>, BooleanBuffer)>,
    ) -> Self {
        Self {
            rows,
            nulls,
            members,
        }
    }

    /// Each member of the vocabulary, in its order, and which rows hold it. The bits of a missing
    /// row are unset.
    #[must_use]
    pub fn members(&self) -> &[(Arc<str>, BooleanBuffer)] {
        &self.members
    }

    /// The members of a row, by their place in the vocabulary.
    #[must_use]
    pub fn places(&self, row: usize) -> Vec<usize> {
        let bits = self.members.iter().enumerate();
        let held = bits.filter(|(_, (_, bits))| row < bits.len() && bits.value(row));
        held.map(|(place, _)| place).collect()
    }

    /// The members of a row, sorted.
    #[must_use]
    pub fn held(&self, row: usize) -> Arc<[Arc<str>]> {
        let held = self
            .members
            .iter()
            .filter(|(_, bits)| row < bits.len() && bits.value(row));
        let sorted: BTreeSet<Arc<str>> = held.map(|(member, _)| Arc::clone(member)).collect();
        sorted.into_iter().collect()
    }
}

impl ListColumn {
    /// A column of records.
    #[must_use]
    pub(crate) fn new(
        offsets: OffsetBuffer<i32>,
        nulls: Option<NullBuffer>,
        fields: Vec<(String, Column)>,
    ) -> Self {
        Self {
            offsets,
            nulls,
            fields,
        }
    }

    /// Where the records of each row begin, and where those of the last end.
    #[must_use]
    pub fn offsets(&self) -> &OffsetBuffer<i32> {
        &self.offsets
    }

    /// The fields in the order of the vocabulary, each a column over all records.
    #[must_use]
    pub fn fields(&self) -> &[(String, Column)] {
        &self.fields
    }

    /// The records of a row.
    #[must_use]
    pub fn range(&self, row: usize) -> std::ops::Range<usize> {
        let place = |row: usize| {
            self.offsets
                .get(row)
                .and_then(|place| usize::try_from(*place).ok())
        };
        let start = place(row).unwrap_or(0);
        start..place(row.saturating_add(1)).unwrap_or(start)
    }
}
