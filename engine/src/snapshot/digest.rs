//! The digest of a column and of a whole snapshot: a function of what is known, not of how it is
//! stored.
//!
//! A column is hashed as its kind, its rows' validity and its values, row by row in the order of
//! the snapshot, in an encoding of our own. Numbers are hashed in lowest form and texts by their
//! sorted distinct words, so that neither the writer's version nor the order of arrival can show.

use arrow::array::Array;
use arrow::buffer::{BooleanBuffer, NullBuffer};
use sha2::{Digest, Sha256};

use crate::snapshot::atomic::hex;
use crate::snapshot::column::{Column, ListColumn, SetColumn, TextColumn};
use crate::snapshot::number_column::NumberColumn;

/// Bytes gathered before they are hashed.
const CHUNK_BYTES: usize = 1 << 16;

/// Values that are written together.
const CHUNK_ROWS: usize = 1 << 11;

/// The SHA-256 of a column's content.
///
/// # Shape
/// Hexadecimal digits of SHA-256 over: name, kind, row count, validity bits (least significant
/// first), then the values, zero where missing. Counts are 64-bit, all integers little-endian.
#[must_use]
pub(crate) fn column_digest(name: &str, column: &Column) -> String {
    let mut hasher = Hasher::new();
    hasher.text(name);
    hasher.column(column);
    hasher.finish()
}

/// The SHA-256 of texts in their order, each with its length.
#[must_use]
pub(crate) fn texts_digest<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut hasher = Hasher::new();
    for text in texts {
        hasher.text(text);
    }
    hasher.finish()
}

struct Hasher {
    hash: Sha256,
    buffer: Vec<u8>,
}

impl Hasher {
    fn new() -> Self {
        Self {
            hash: Sha256::new(),
            buffer: Vec::with_capacity(CHUNK_BYTES),
        }
    }

    fn finish(mut self) -> String {
        self.hash.update(&self.buffer);
        hex(&self.hash.finalize())
    }

    fn bytes(&mut self, bytes: &[u8]) {
        if self.buffer.len().saturating_add(bytes.len()) > CHUNK_BYTES {
            self.hash.update(&self.buffer);
            self.buffer.clear();
        }
        if bytes.len() > CHUNK_BYTES {
            self.hash.update(bytes);
        } else {
            self.buffer.extend_from_slice(bytes);
        }
    }

    fn count(&mut self, count: usize) {
        self.bytes(&u64::try_from(count).unwrap_or(u64::MAX).to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.bytes(text.as_bytes());
    }

    fn bits(&mut self, length: usize, bit: impl Fn(usize) -> bool) {
        let rows: Vec<bool> = (0..length).map(bit).collect();
        for chunk in rows.chunks(CHUNK_BYTES) {
            let eight = |bits: &[bool]| {
                let bits = bits.iter().zip(0u8..);
                bits.fold(0u8, |byte, (bit, place)| byte | u8::from(*bit) << place)
            };
            let bytes: Vec<u8> = chunk.chunks(8).map(eight).collect();
            self.bytes(&bytes);
        }
    }

    /// Values of one width, one after the other.
    fn values<const N: usize>(&mut self, rows: usize, value: impl Fn(usize) -> [u8; N]) {
        let mut values = vec![[0u8; N]; CHUNK_ROWS.min(rows)];
        for start in (0..rows).step_by(CHUNK_ROWS) {
            let count = CHUNK_ROWS.min(rows.saturating_sub(start));
            let chunk = values.get_mut(..count).unwrap_or_default();
            for (place, row) in chunk.iter_mut().zip(start..) {
                *place = value(row);
            }
            self.bytes(chunk.as_flattened());
        }
    }

    fn validity(&mut self, rows: usize, nulls: Option<&NullBuffer>) {
        self.count(rows);
        match nulls.map(NullBuffer::inner) {
            Some(bits) if bits.offset() == 0 && bits.len() == rows => self.bitmap(bits),
            Some(bits) => self.bits(rows, |row| bits.value(row)),
            None => self.bits(rows, |_| true),
        }
    }

    /// The bits of a buffer that begins with its first one, as they stand in memory.
    fn bitmap(&mut self, bits: &BooleanBuffer) {
        let whole = bits.len() / 8;
        let (bytes, rest) = bits.values().split_at(whole.min(bits.values().len()));
        bytes
            .chunks(CHUNK_BYTES)
            .for_each(|chunk| self.bytes(chunk));
        if let (Some(last), left @ 1..) = (rest.first(), bits.len() & 7) {
            let mask = u8::MAX >> (8usize.saturating_sub(left));
            self.bytes(&[last & mask]);
        }
    }

    fn column(&mut self, column: &Column) {
        let rows = column.len();
        self.text(word(column));
        self.validity(rows, column.nulls());
        match column {
            Column::Money(values) => {
                self.values(rows, |row| {
                    let is_valid = values.is_valid(row);
                    let fen = if is_valid { values.value(row) } else { 0 };
                    fen.to_le_bytes()
                });
            }
            Column::Number(NumberColumn::Short(values)) if values.scale() == 0 => {
                self.values(rows, |row| {
                    let is_valid = values.is_valid(row);
                    let number = if is_valid { values.value(row) } else { 0 };
                    decimal_bytes(number.into(), 0)
                });
            }
            Column::Number(_) | Column::NumberText(_) => {
                self.values(rows, |row| {
                    let number = column.number(row);
                    let (digits, scale) = number.map_or((0, 0), |n| (n.digits(), n.scale()));
                    decimal_bytes(digits, scale)
                });
            }
            Column::Boolean(values) => {
                self.bits(rows, |row| values.is_valid(row) && values.value(row));
            }
            Column::Date(values) => {
                self.values(rows, |row| {
                    let is_valid = values.is_valid(row);
                    let day = if is_valid { values.value(row) } else { 0 };
                    day.to_le_bytes()
                });
            }
            Column::Text(texts) => self.texts(texts),
            Column::Set(sets) => self.sets(rows, sets),
            Column::Records(lists) => self.lists(rows, lists),
        }
    }

    fn texts(&mut self, column: &TextColumn) {
        self.count(column.words().len());
        for word in column.words().iter() {
            self.text(word);
        }
        let keys = column.keys();
        self.values(keys.len(), |row| {
            let key = keys.is_valid(row).then(|| keys.value(row));
            let key = key.and_then(|key| u32::try_from(key).ok()?.checked_add(1));
            key.unwrap_or(0).to_le_bytes()
        });
    }

    fn sets(&mut self, rows: usize, column: &SetColumn) {
        let held = column
            .members()
            .iter()
            .filter(|(_, bits)| bits.count_set_bits() > 0);
        let mut held: Vec<&(std::sync::Arc<str>, BooleanBuffer)> = held.collect();
        held.sort_by(|left, right| left.0.cmp(&right.0));
        self.count(held.len());
        for (member, bits) in held {
            self.text(member);
            self.bits(rows, |row| bits.value(row));
        }
    }

    fn lists(&mut self, rows: usize, column: &ListColumn) {
        self.values(rows, |row| {
            let count = column.range(row).len();
            u64::try_from(count).unwrap_or(u64::MAX).to_le_bytes()
        });
        self.count(column.fields().len());
        for (name, field) in column.fields() {
            self.text(name);
            self.column(field);
        }
    }
}

/// A decimal in lowest form.
fn decimal_bytes(digits: i128, scale: u8) -> [u8; 17] {
    let mut bytes = [scale; 17];
    if let Some(places) = bytes.first_chunk_mut() {
        *places = digits.to_le_bytes();
    }
    bytes
}

fn word(column: &Column) -> &'static str {
    match column {
        Column::Money(_) => "money",
        Column::Number(_) | Column::NumberText(_) => "number",
        Column::Boolean(_) => "boolean",
        Column::Date(_) => "date",
        Column::Text(_) => "text",
        Column::Set(_) => "set",
        Column::Records(_) => "list",
    }
}
