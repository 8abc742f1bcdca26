//! Texts of which each comes several times in a row, each written as what it adds to the one before
//! it.
//!
//! The codes of enterprises make half of a result where they stand as texts. Neighbours begin
//! alike, and the rows of one enterprise add nothing.
//!
//! # Source
//! Apache Parquet format 2.x: delta strings, and delta encoding for their lengths.

use crate::sweep::packed::{bits_for, pack_bits, put_number};

/// Lengths whose differences are written above the smallest of them.
const BLOCK: usize = 128;

/// The lengths that are packed with one width: a block has four times as many.
const MINIBLOCK: usize = 32;

/// Texts and how often each comes.
#[derive(Default)]
pub(crate) struct Runs {
    runs: Vec<Run>,
    last: Vec<u8>,
    /// What each text adds to the one before it.
    added: Vec<u8>,
    rows: usize,
}

#[derive(Clone, Copy)]
struct Run {
    /// How many bytes are those of the text before.
    kept: i32,
    /// How many follow.
    added: i32,
    /// How many bytes the text has.
    length: i32,
    rows: usize,
}

impl Runs {
    /// Adds so many rows of a text.
    pub(crate) fn add(&mut self, text: &str, rows: usize) {
        if rows == 0 {
            return;
        }
        let pairs = self.last.iter().zip(text.as_bytes());
        let kept = pairs.take_while(|(last, byte)| last == byte).count();
        let added = text.as_bytes().get(kept..).unwrap_or_default();
        self.added.extend_from_slice(added);
        self.runs.push(Run {
            kept: length(kept),
            added: length(added.len()),
            length: length(text.len()),
            rows,
        });
        self.last.clear();
        self.last.extend_from_slice(text.as_bytes());
        self.rows = self.rows.saturating_add(rows);
    }

    /// How many rows there are.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// The values as Parquet writes them.
    pub(crate) fn encode(&self, bytes: &mut Vec<u8>) {
        // All rows of a run behind the first keep everything.
        self.lengths(|run| (run.kept, run.length), bytes);
        self.lengths(|run| (run.added, 0), bytes);
        bytes.extend_from_slice(&self.added);
    }

    /// One length a row: that of the first row of a run, and that of the others.
    fn lengths(&self, of: impl Fn(&Run) -> (i32, i32), bytes: &mut Vec<u8>) {
        for number in [BLOCK, BLOCK / MINIBLOCK, self.rows] {
            put_number(number, bytes);
        }
        let first = self.runs.first().map_or(0, |run| of(run).0);
        put_signed(first, bytes);
        // All lengths but the first follow as differences.
        let mut block = Differences::default();
        let mut before = None;
        for run in &self.runs {
            let (first, others) = of(run);
            if let Some(before) = before {
                block.add(first, before, bytes);
            }
            if run.rows > 1 {
                block.add(others, first, bytes);
                (2..run.rows).for_each(|_| block.add(others, others, bytes));
                before = Some(others);
            } else {
                before = Some(first);
            }
        }
        block.finish(bytes);
    }
}

/// Differences of lengths that are packed together.
struct Differences {
    block: [i32; BLOCK],
    count: usize,
}

impl Default for Differences {
    fn default() -> Self {
        let (block, count) = ([0; BLOCK], 0);
        Self { block, count }
    }
}

impl Differences {
    /// Adds what a length has more than the one before it; neither is below zero.
    #[inline]
    fn add(&mut self, length: i32, before: i32, bytes: &mut Vec<u8>) {
        if let Some(place) = self.block.get_mut(self.count) {
            *place = length.wrapping_sub(before);
        }
        self.count = self.count.saturating_add(1);
        if self.count == BLOCK {
            self.put(bytes);
        }
    }

    fn finish(mut self, bytes: &mut Vec<u8>) {
        if self.count > 0 {
            self.put(bytes);
        }
    }

    /// The differences as what they are above the smallest of them.
    fn put(&mut self, bytes: &mut Vec<u8>) {
        let (differences, rest) = self.block.split_at_mut(self.count.min(BLOCK));
        let least = differences.iter().copied().min().unwrap_or(0);
        rest.fill(least);
        put_signed(least, bytes);
        // No two of them are further apart than 32 bits say.
        let above = self
            .block
            .map(|one| one.wrapping_sub(least).cast_unsigned());
        let widths = bytes.len();
        bytes.resize(widths.saturating_add(BLOCK / MINIBLOCK), 0);
        let (miniblocks, _) = above.as_chunks::<MINIBLOCK>();
        for (place, some) in (widths..).zip(miniblocks) {
            let most = some.iter().copied().max().unwrap_or(0);
            if most == 0 {
                continue;
            }
            let width = bits_for(most.saturating_add(1));
            if let Some(place) = bytes.get_mut(place) {
                *place = width;
            }
            let length = usize::from(width).saturating_mul(MINIBLOCK / 8);
            pack_bits(some.iter().copied(), width, length, bytes);
        }
        self.count = 0;
    }
}

/// A number that may be below zero: 2n, or −2n − 1.
fn put_signed(number: i32, bytes: &mut Vec<u8>) {
    let number = i64::from(number);
    let folded = (number << 1 ^ number >> 63).cast_unsigned();
    put_number(usize::try_from(folded).unwrap_or(usize::MAX), bytes);
}

fn length(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "numbers of the tests are small"
)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Array, StringArray};
    use bytes::Bytes;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;
    use proptest::prelude::*;

    use super::*;
    use crate::sweep::pages::{Levels, PageEncoder};

    fn runs(texts: &[(&str, usize)]) -> Runs {
        let mut runs = Runs::default();
        texts.iter().for_each(|(text, rows)| runs.add(text, *rows));
        runs
    }

    #[test]
    fn the_example_of_the_parquet_format() {
        // Encodings.md: axis, axle, babble, babyhood keep 0, 2, 0, 3 bytes of the one before.
        let runs = runs(&[("axis", 1), ("axle", 1), ("babble", 1), ("babyhood", 1)]);
        let mut bytes = Vec::new();
        runs.encode(&mut bytes);
        // Blocks of 128 in 4 parts, 4 values, the first 0; the least difference −2; 3 bits each.
        let mut expected = vec![0x80, 1, 4, 4, 0, 3, 3, 0, 0, 0];
        // 4, 0 and 5 above the least: 100, 000, 101 from the right.
        expected.extend([0b0100_0100, 0b1]);
        expected.extend([0; 10]);
        // Added: 4, 2, 6, 5, with differences of −2, 4, −1: 0, 6, 1 above the least.
        expected.extend([0x80, 1, 4, 4, 8, 3, 3, 0, 0, 0, 0b0111_0000, 0]);
        expected.extend([0; 10]);
        expected.extend(b"axislebabbleyhood");
        assert_eq!(bytes, expected);
    }

    /// What the Parquet library reads from a file with this column.
    fn read(runs: &Runs, rows: usize) -> Vec<String> {
        let schema = "message rows { REQUIRED BYTE_ARRAY text (STRING); }";
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let properties = Arc::new(WriterProperties::default());
        let mut writer = SerializedFileWriter::new(Vec::new(), schema, properties).unwrap();
        let columns = writer.schema_descr().columns().to_vec();
        let mut encoder = PageEncoder::new().unwrap();
        let mut group = encoder.group(&columns, rows);
        group.runs(&Levels::required(rows), runs).unwrap();
        let mut to = writer.next_row_group().unwrap();
        for pages in group.finish().unwrap() {
            to.append_column(&pages.bytes, pages.close).unwrap();
        }
        to.close().unwrap();
        let file = Bytes::from(writer.into_inner().unwrap());
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        let mut found = Vec::new();
        for batch in reader.build().unwrap() {
            let batch = batch.unwrap();
            let texts = batch.column(0).as_any().downcast_ref::<StringArray>();
            found.extend(texts.unwrap().iter().flatten().map(str::to_owned));
        }
        found
    }

    proptest! {
        #[test]
        fn another_reader_finds_every_row(
            texts in prop::collection::vec(("[ab]{0,3}[a-c规]{0,4}", 0..200usize), 1..40),
        ) {
            let each = texts.iter().map(|(text, rows)| (text.as_str(), *rows));
            let each: Vec<(&str, usize)> = each.collect();
            let rows = each.iter().map(|(_, rows)| rows).sum();
            let expected: Vec<&str> = each
                .iter()
                .flat_map(|(text, rows)| std::iter::repeat_n(*text, *rows))
                .collect();
            prop_assume!(rows > 0);
            prop_assert_eq!(read(&runs(&each), rows), expected);
        }
    }
}
