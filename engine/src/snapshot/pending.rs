//! Columns while their rows still arrive, in the order of arrival.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{BooleanArray, BooleanBufferBuilder, Date32Array, Int64Array, StringArray};
use arrow::buffer::{BooleanBuffer, NullBuffer, OffsetBuffer};
use jiff::civil::Date;

use crate::snapshot::SnapshotError;
use crate::snapshot::cell::{Cell, Shape};
use crate::snapshot::column::{Column, ListColumn, SetColumn, TextColumn};
use crate::snapshot::decimal::FiniteDecimal;
use crate::snapshot::number_column::NumberColumn;

/// The key of a missing text.
const NO_WORD: u32 = u32::MAX;

/// The values of one column so far.
#[derive(Debug)]
pub(crate) struct Pending {
    known: BooleanBufferBuilder,
    known_count: u64,
    values: Values,
}

#[derive(Debug)]
enum Values {
    Money(Vec<i64>),
    Number(Vec<FiniteDecimal>),
    Boolean(BooleanBufferBuilder),
    Date(Vec<i32>),
    Text {
        keys: Vec<u32>,
        words: BTreeMap<Arc<str>, u32>,
    },
    Set {
        names: Arc<[Arc<str>]>,
        members: Vec<BooleanBufferBuilder>,
    },
    Records {
        starts: Vec<u32>,
        names: Vec<String>,
        fields: Vec<Pending>,
    },
}

/// Why a cell does not go into a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PushError {
    /// The cell is of another kind.
    WrongKind,
    /// There are more words or records than 31 bits can count.
    TooMany,
}

impl Pending {
    /// An empty column.
    pub(crate) fn new(shape: &Shape) -> Self {
        let values = match shape {
            Shape::Money => Values::Money(Vec::new()),
            Shape::Number => Values::Number(Vec::new()),
            Shape::Boolean => Values::Boolean(BooleanBufferBuilder::new(0)),
            Shape::Date => Values::Date(Vec::new()),
            Shape::Text => Values::Text {
                keys: Vec::new(),
                words: BTreeMap::new(),
            },
            Shape::Set(names) => Values::Set {
                names: Arc::clone(names),
                members: names.iter().map(|_| BooleanBufferBuilder::new(0)).collect(),
            },
            Shape::Records(fields) => Values::Records {
                starts: vec![0],
                names: fields.iter().map(|(name, _)| name.clone()).collect(),
                fields: fields.iter().map(|(_, field)| Self::new(field)).collect(),
            },
        };
        Self {
            known: BooleanBufferBuilder::new(0),
            known_count: 0,
            values,
        }
    }

    /// How many of the values are known.
    pub(crate) fn known_count(&self) -> u64 {
        self.known_count
    }

    /// For each row the place of its text among the sorted texts, from 1; 0 when it is missing or
    /// the column holds something else.
    pub(crate) fn word_ranks(&self) -> Vec<u32> {
        let Values::Text { keys, words } = &self.values else {
            return Vec::new();
        };
        let ranks: BTreeMap<u32, u32> = words.values().copied().zip(1u32..).collect();
        keys.iter()
            .map(|key| ranks.get(key).copied().unwrap_or(0))
            .collect()
    }

    /// Whether a cell may be pushed; nothing is changed.
    pub(crate) fn accepts(&self, cell: &Cell) -> bool {
        match (&self.values, cell) {
            (_, Cell::Missing)
            | (Values::Money(_), Cell::Money(_))
            | (Values::Number(_), Cell::Number(_))
            | (Values::Boolean(_), Cell::Boolean(_))
            | (Values::Date(_), Cell::Date(_))
            | (Values::Text { .. }, Cell::Text(_)) => true,
            (Values::Set { names, .. }, Cell::Set(members)) => {
                members.iter().all(|member| *member < names.len())
            }
            (Values::Records { fields, .. }, Cell::Records(records)) => {
                records.iter().all(|record| {
                    record.len() == fields.len()
                        && fields
                            .iter()
                            .zip(record)
                            .all(|(field, cell)| field.accepts(cell))
                })
            }
            (_, _) => false,
        }
    }

    /// Adds one value. A cell that the column does not accept is refused.
    pub(crate) fn push(&mut self, cell: &Cell) -> Result<(), PushError> {
        if !self.accepts(cell) {
            return Err(PushError::WrongKind);
        }
        let known = !cell.is_missing();
        self.known.append(known);
        self.known_count = self.known_count.saturating_add(u64::from(known));
        self.values.push(cell)
    }

    /// The column with its values in the order given.
    pub(crate) fn ordered(&self, order: &[u32]) -> Result<Column, SnapshotError> {
        let known = NullBuffer::new(self.bits(&self.known, order));
        let nulls = (known.null_count() > 0).then_some(known);
        Ok(match &self.values {
            Values::Money(values) => {
                Column::Money(Int64Array::new(pick(values, order).into(), nulls))
            }
            Values::Number(values) => number_column(&pick(values, order), nulls.as_ref())?,
            Values::Boolean(values) => {
                Column::Boolean(BooleanArray::new(self.bits(values, order), nulls))
            }
            Values::Date(values) => {
                Column::Date(Date32Array::new(pick(values, order).into(), nulls))
            }
            Values::Text { keys, words } => Column::Text(text_column(&pick(keys, order), words)?),
            Values::Set { names, members } => {
                let bits = members.iter().map(|member| self.bits(member, order));
                Column::Set(SetColumn::new(
                    order.len(),
                    nulls,
                    names.iter().cloned().zip(bits).collect(),
                ))
            }
            Values::Records {
                starts,
                names,
                fields,
            } => Column::Records(list_column(starts, names, fields, order, nulls)?),
        })
    }

    fn bits(&self, source: &BooleanBufferBuilder, order: &[u32]) -> BooleanBuffer {
        let mut bits = BooleanBufferBuilder::new(order.len());
        for row in order {
            let row = index(*row);
            bits.append(row < source.len() && source.get_bit(row));
        }
        bits.finish()
    }
}

impl Values {
    fn push(&mut self, cell: &Cell) -> Result<(), PushError> {
        match (self, cell) {
            (Self::Money(values), Cell::Money(money)) => values.push(money.fen()),
            (Self::Money(values), _) => values.push(0),
            (Self::Number(values), Cell::Number(number)) => values.push(*number),
            (Self::Number(values), _) => values.push(FiniteDecimal::from_i64(0)),
            (Self::Boolean(values), cell) => values.append(*cell == Cell::Boolean(true)),
            (Self::Date(values), Cell::Date(date)) => values.push(days_since_epoch(*date)),
            (Self::Date(values), _) => values.push(0),
            (Self::Text { keys, words }, Cell::Text(text)) => {
                let next = u32::try_from(words.len()).map_err(|_| PushError::TooMany)?;
                let key = match words.get(text) {
                    Some(key) => *key,
                    None => {
                        words.insert(Arc::clone(text), next);
                        next
                    }
                };
                i32::try_from(key).map_err(|_| PushError::TooMany)?;
                keys.push(key);
            }
            (Self::Text { keys, .. }, _) => keys.push(NO_WORD),
            (Self::Set { members, .. }, cell) => {
                let chosen = if let Cell::Set(chosen) = cell {
                    chosen.as_slice()
                } else {
                    &[]
                };
                for (place, member) in members.iter_mut().enumerate() {
                    member.append(chosen.contains(&place));
                }
            }
            (Self::Records { starts, fields, .. }, cell) => {
                let records = if let Cell::Records(records) = cell {
                    records.as_slice()
                } else {
                    &[]
                };
                for (field, value) in records.iter().flat_map(|record| record.iter().enumerate()) {
                    if let Some(field) = fields.get_mut(field) {
                        field.push(value)?;
                    }
                }
                let start = starts.last().copied().unwrap_or(0);
                let count = u32::try_from(records.len()).map_err(|_| PushError::TooMany)?;
                let end = start.checked_add(count).ok_or(PushError::TooMany)?;
                i32::try_from(end).map_err(|_| PushError::TooMany)?;
                starts.push(end);
            }
        }
        Ok(())
    }
}

fn index(row: u32) -> usize {
    usize::try_from(row).unwrap_or(usize::MAX)
}

fn pick<T: Copy>(values: &[T], order: &[u32]) -> Vec<T> {
    order
        .iter()
        .filter_map(|row| values.get(index(*row)).copied())
        .collect()
}

/// Days from 1970-01-01, the unit of Arrow's dates.
pub(crate) fn days_since_epoch(date: Date) -> i32 {
    let hours = Date::constant(1970, 1, 1).duration_until(date).as_hours();
    hours
        .checked_div(24)
        .and_then(|days| i32::try_from(days).ok())
        .unwrap_or(0)
}

fn number_column(
    values: &[FiniteDecimal],
    nulls: Option<&NullBuffer>,
) -> Result<Column, SnapshotError> {
    let scale = values.iter().map(|value| value.scale()).max().unwrap_or(0);
    let digits: Option<Vec<i128>> = values.iter().map(|value| value.digits_at(scale)).collect();
    let exact = digits
        .zip(i8::try_from(scale).ok())
        .and_then(|(digits, scale)| NumberColumn::new(digits, nulls.cloned(), scale).ok());
    if let Some(numbers) = exact {
        return Ok(Column::Number(numbers));
    }
    let known = |row: usize| nulls.is_none_or(|nulls| nulls.is_valid(row));
    let texts = values.iter().enumerate();
    let texts = texts.map(|(row, value)| known(row).then(|| value.to_string()));
    Ok(Column::NumberText(texts.collect::<StringArray>()))
}

fn text_column(keys: &[u32], words: &BTreeMap<Arc<str>, u32>) -> Result<TextColumn, SnapshotError> {
    let by_key: BTreeMap<u32, &Arc<str>> = words.iter().map(|(word, key)| (*key, word)).collect();
    TextColumn::from_words(keys.iter().map(|key| by_key.get(key).copied()))
}

fn list_column(
    starts: &[u32],
    names: &[String],
    fields: &[Pending],
    order: &[u32],
    nulls: Option<NullBuffer>,
) -> Result<ListColumn, SnapshotError> {
    let mut lengths = Vec::with_capacity(order.len());
    let mut records = Vec::new();
    for row in order {
        let row = index(*row);
        let start = starts.get(row).copied().unwrap_or(0);
        let end = starts.get(row.saturating_add(1)).copied().unwrap_or(start);
        lengths.push(index(end.saturating_sub(start)));
        records.extend(start..end);
    }
    let fields: Result<Vec<_>, SnapshotError> = names
        .iter()
        .zip(fields)
        .map(|(name, field)| Ok((name.clone(), field.ordered(&records)?)))
        .collect();
    Ok(ListColumn::new(
        OffsetBuffer::from_lengths(lengths),
        nulls,
        fields?,
    ))
}
