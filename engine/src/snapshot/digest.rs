//! The digest of a column and of a whole snapshot: a function of what is known, not of how it is
//! stored.
//!
//! A column is hashed as its kind, its rows' validity and its values, row by row in the order of
//! the snapshot, in an encoding of our own. Numbers are hashed in lowest form and texts by their
//! sorted distinct words, so that neither the writer's version nor the order of arrival can show.

use arrow::array::Array;
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::util::bit_chunk_iterator::BitChunks;
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
        self.flush();
        hex(&self.hash.finalize())
    }

    fn flush(&mut self) {
        self.hash.update(&self.buffer);
        self.buffer.clear();
    }

    fn bytes(&mut self, bytes: &[u8]) {
        if self.buffer.len().saturating_add(bytes.len()) > CHUNK_BYTES {
            self.flush();
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

    /// Values of one width, one after the other.
    fn values<const N: usize>(&mut self, values: impl Iterator<Item = [u8; N]>) {
        self.flush();
        let mut values = values.peekable();
        let mut chunk = Vec::with_capacity(CHUNK_ROWS);
        while values.peek().is_some() {
            chunk.clear();
            chunk.extend(values.by_ref().take(CHUNK_ROWS));
            self.hash.update(chunk.as_flattened());
        }
    }

    /// The values of a column, each as bytes; what stands for one that is missing in its place.
    fn known<T: Copy, const N: usize>(
        &mut self,
        values: &[T],
        nulls: Option<&NullBuffer>,
        (missing, bytes): (T, impl Fn(T) -> [u8; N]),
    ) {
        self.flush();
        let known = nulls.map(|nulls| nulls.inner().bit_chunks());
        let mut known = known.as_ref().map(BitChunks::iter_padded);
        let mut chunk = Vec::with_capacity(CHUNK_ROWS);
        for rows in values.chunks(CHUNK_ROWS) {
            chunk.clear();
            for word_rows in rows.chunks(64) {
                let word = known.as_mut().map(|words| words.next().unwrap_or(0));
                let word = word.unwrap_or(u64::MAX);
                chunk.extend(word_rows.iter().enumerate().map(|(at, value)| {
                    let is_known = word >> at & 1 == 1;
                    bytes(if is_known { *value } else { missing })
                }));
            }
            self.hash.update(chunk.as_flattened());
        }
    }

    fn validity(&mut self, rows: usize, nulls: Option<&NullBuffer>) {
        self.count(rows);
        match nulls.map(NullBuffer::inner) {
            Some(bits) => self.bitmap(bits),
            None => self.bitmap(&BooleanBuffer::new_set(rows)),
        }
    }

    fn bitmap(&mut self, bits: &BooleanBuffer) {
        if bits.offset() != 0 {
            return self.bitmap(&bits.iter().collect());
        }
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
                self.known(values.values(), values.nulls(), (0, i64::to_le_bytes));
            }
            Column::Number(NumberColumn::Short(values)) if values.scale() == 0 => {
                let bytes = |number: i64| decimal_bytes(number.into(), 0);
                self.known(values.values(), values.nulls(), (0, bytes));
            }
            Column::Number(NumberColumn::Long(values)) if values.scale() == 0 => {
                let bytes = |number: i128| decimal_bytes(number, 0);
                self.known(values.values(), values.nulls(), (0, bytes));
            }
            Column::Number(_) | Column::NumberText(_) => {
                self.values((0..rows).map(|row| {
                    let number = column.number(row);
                    let (digits, scale) = number.map_or((0, 0), |n| (n.digits(), n.scale()));
                    decimal_bytes(digits, scale)
                }));
            }
            Column::Boolean(values) => match values.nulls() {
                Some(nulls) => self.bitmap(&(values.values() & nulls.inner())),
                None => self.bitmap(values.values()),
            },
            Column::Date(values) => {
                self.known(values.values(), values.nulls(), (0, i32::to_le_bytes));
            }
            Column::Text(texts) => self.texts(texts),
            Column::Set(sets) => self.sets(sets),
            Column::Records(lists) => self.lists(rows, lists),
        }
    }

    fn texts(&mut self, column: &TextColumn) {
        self.count(column.words().len());
        for word in column.words().iter() {
            self.text(word);
        }
        let keys = column.keys();
        // A word is told by its place from 1.
        let bytes = |key: i32| u32::try_from(key).map_or(0, |key| key.wrapping_add(1));
        let bytes = |key| bytes(key).to_le_bytes();
        self.known(keys.values(), keys.nulls(), (-1, bytes));
    }

    fn sets(&mut self, column: &SetColumn) {
        let held = column
            .members()
            .iter()
            .filter(|(_, bits)| bits.count_set_bits() > 0);
        let mut held: Vec<&(std::sync::Arc<str>, BooleanBuffer)> = held.collect();
        held.sort_by(|left, right| left.0.cmp(&right.0));
        self.count(held.len());
        for (member, bits) in held {
            self.text(member);
            self.bitmap(bits);
        }
    }

    fn lists(&mut self, rows: usize, column: &ListColumn) {
        self.values((0..rows).map(|row| {
            let count = column.range(row).len();
            u64::try_from(count).unwrap_or(u64::MAX).to_le_bytes()
        }));
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

#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "numbers of the tests are small"
)]
mod tests;
