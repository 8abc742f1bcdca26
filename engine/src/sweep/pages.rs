//! Columns of a result as Parquet pages.
//!
//! A result says the same few things millions of times: measures, outcomes, amounts of the same
//! tiers. What writes it knows most of the codes of such values already, so that a column is made
//! of its distinct values and packed codes without looking each value up again.
//!
//! # Shape
//! A column of a row group is one dictionary page and one data page (version 1), compressed by
//! zstd, without statistics; flags are plain bits, and the codes of enterprises what each adds to
//! the one before it. The dictionary of amounts that stand beside others may hold theirs too.
//! # Source
//! Apache Parquet format 2.x: data pages, dictionary encoding, the hybrid of runs and packed bits,
//! delta strings.

use bytes::Bytes;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::column::page::{CompressedPage, Page, PageWriter as _};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
use zstd::bulk::Compressor;

use crate::sweep::packed::{Numbers, bits_for, pack, put_bits, put_number, put_run};
use crate::sweep::runs::Runs;

/// A level of zstd below its first one: a file is written once, at the speed of the sweep, and read
/// now and then.
const LEVEL: i32 = -1;

/// The column of a row group, encoded.
#[derive(Clone)]
pub(crate) struct ColumnPages {
    pub(crate) bytes: Bytes,
    pub(crate) close: ColumnCloseResult,
}

/// The distinct values of a column as Parquet keeps them.
#[derive(Default)]
pub(crate) struct Dictionary {
    bytes: Vec<u8>,
    count: u32,
}

impl Dictionary {
    /// Adds a text; its code.
    pub(crate) fn text(&mut self, text: &str) -> u32 {
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        self.bytes.extend_from_slice(&length.to_le_bytes());
        self.bytes.extend_from_slice(text.as_bytes());
        self.next()
    }

    /// Adds a number of 32 bits; its code.
    pub(crate) fn number(&mut self, number: i32) -> u32 {
        self.bytes.extend_from_slice(&number.to_le_bytes());
        self.next()
    }

    fn next(&mut self) -> u32 {
        let code = self.count;
        self.count = code.saturating_add(1);
        code
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.count = 0;
    }
}

/// A column of values by their codes.
#[derive(Default)]
pub(crate) struct Codes {
    pub(crate) dictionary: Dictionary,
    pub(crate) codes: Vec<u32>,
}

/// Which slots of a column hold values, as Parquet's levels.
pub(crate) struct Levels {
    bytes: Vec<u8>,
    slots: usize,
    /// How many of the slots hold a value.
    values: usize,
}

impl Levels {
    /// A value in each row.
    pub(crate) fn required(rows: usize) -> Self {
        Self {
            bytes: Vec::new(),
            slots: rows,
            values: rows,
        }
    }

    /// No value in any row.
    pub(crate) fn none(rows: usize) -> Self {
        Self::optional(&vec![false; rows])
    }

    /// A value in each row that is marked.
    pub(crate) fn optional(valid: &[bool]) -> Self {
        let mut bytes = Vec::new();
        put_levels(valid, |level| *level, &mut bytes);
        Self {
            bytes,
            slots: valid.len(),
            values: valid.iter().filter(|level| **level).count(),
        }
    }

    /// A value in each row whose marks hold this one.
    pub(crate) fn marked(marks: &[u8], mark: u8) -> Self {
        let mut bytes = Vec::new();
        put_levels(marks, |marks| marks & mark != 0, &mut bytes);
        Self {
            bytes,
            slots: marks.len(),
            values: marks.iter().filter(|marks| *marks & mark != 0).count(),
        }
    }

    /// Lists of these lengths.
    pub(crate) fn lists(lengths: &[u32]) -> Self {
        if lengths.iter().all(|length| *length == 0) {
            // None holds anything, and each is one slot.
            let none = Self::none(lengths.len());
            let bytes = none.bytes.repeat(2);
            return Self { bytes, ..none };
        }
        let (mut bytes, holds) = repeated(lengths);
        put_levels(&holds, |level| *level, &mut bytes);
        Self {
            bytes,
            slots: holds.len(),
            values: holds.iter().filter(|level| **level).count(),
        }
    }

    /// Lists of these lengths, in which each thing that is marked holds a value.
    pub(crate) fn optional_in_lists(lengths: &[u32], valid: &[bool]) -> Self {
        let (mut bytes, holds) = repeated(lengths);
        let mut valid = valid.iter();
        let mut values = 0usize;
        // 0 for an empty list, 1 for a thing without a value, 2 for one with it.
        let levels = holds.iter().map(|holds| {
            let is_valid = *holds && valid.next().copied().unwrap_or(false);
            values = values.saturating_add(usize::from(is_valid));
            u32::from(*holds).saturating_add(u32::from(is_valid))
        });
        let levels: Vec<u32> = levels.collect();
        put_sized(&mut bytes, |bytes| {
            const BITS: u8 = 2;
            match levels.first() {
                Some(first) if levels.iter().all(|level| level == first) => {
                    put_run(levels.len(), *first, BITS, bytes);
                }
                _ => pack(levels.iter().copied(), BITS, bytes),
            }
        });
        Self {
            bytes,
            slots: holds.len(),
            values,
        }
    }

    /// The levels before so many values.
    fn before(&self, values: usize) -> Result<Vec<u8>, ParquetError> {
        if values == self.values {
            return Ok(self.bytes.clone());
        }
        let slots = self.values;
        Err(ParquetError::General(format!(
            "a column of {values} values where its levels leave room for {slots}"
        )))
    }
}

/// The repetition levels of lists of these lengths, and which slots are not those of empty ones.
fn repeated(lengths: &[u32]) -> (Vec<u8>, Vec<bool>) {
    let mut repeats = Vec::with_capacity(lengths.len());
    let mut holds = Vec::with_capacity(lengths.len());
    for length in lengths {
        repeats.push(false);
        holds.push(*length > 0);
        for _ in 1..*length {
            repeats.push(true);
            holds.push(true);
        }
    }
    let mut bytes = Vec::new();
    put_levels(&repeats, |level| *level, &mut bytes);
    (bytes, holds)
}

/// Levels of one bit behind their length.
fn put_levels<T>(levels: &[T], is_set: impl Fn(&T) -> bool, bytes: &mut Vec<u8>) {
    let first = levels.first().map(&is_set);
    put_sized(bytes, |bytes| match first {
        Some(first) if levels.iter().all(|level| is_set(level) == first) => {
            put_run(levels.len(), u32::from(first), 1, bytes);
        }
        _ => {
            put_number(levels.len().div_ceil(8) << 1 | 1, bytes);
            put_bits(levels, is_set, bytes);
        }
    });
}

/// What is written, behind its length.
fn put_sized(bytes: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = bytes.len();
    bytes.extend_from_slice(&[0; 4]);
    write(bytes);
    let length = bytes.len().saturating_sub(start).saturating_sub(4);
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    if let Some(place) = bytes
        .get_mut(start..)
        .and_then(|rest| rest.first_chunk_mut())
    {
        *place = length.to_le_bytes();
    }
}

/// What a worker keeps to encode row groups.
pub(crate) struct PageEncoder {
    compressor: Compressor<'static>,
    numbers: Numbers,
    /// The last amounts.
    amounts: Codes,
    /// The codes of those before, to be written over.
    spare: Vec<u32>,
}

impl PageEncoder {
    pub(crate) fn new() -> Result<Self, ParquetError> {
        let compressor = Compressor::new(LEVEL).map_err(external)?;
        Ok(Self {
            compressor,
            numbers: Numbers::default(),
            amounts: Codes::default(),
            spare: Vec::new(),
        })
    }

    /// Begins a row group.
    pub(crate) fn group<'g>(&'g mut self, columns: &'g [ColumnDescPtr], rows: usize) -> Group<'g> {
        Group {
            encoder: self,
            columns,
            rows,
            done: Vec::with_capacity(columns.len()),
        }
    }

    fn compressed(&mut self, bytes: &[u8]) -> Result<Bytes, ParquetError> {
        self.compressor
            .compress(bytes)
            .map(Bytes::from)
            .map_err(external)
    }
}

fn external(error: std::io::Error) -> ParquetError {
    ParquetError::External(Box::new(error))
}

/// A row group whose columns are given one after the other.
pub(crate) struct Group<'g> {
    encoder: &'g mut PageEncoder,
    columns: &'g [ColumnDescPtr],
    rows: usize,
    done: Vec<ColumnPages>,
}

/// How the values of a page are written, and its bytes before compression.
struct Body {
    encoding: Encoding,
    bytes: Vec<u8>,
}

impl Group<'_> {
    /// The next column, by codes.
    pub(crate) fn codes(&mut self, levels: &Levels, column: &Codes) -> Result<(), ParquetError> {
        let mut bytes = levels.before(column.codes.len())?;
        if column.codes.is_empty() {
            let body = Body {
                encoding: Encoding::PLAIN,
                bytes,
            };
            return self.put(levels, None, body);
        }
        let width = bits_for(column.dictionary.count);
        bytes.push(width);
        if column.dictionary.count == 1 {
            put_run(column.codes.len(), 0, width, &mut bytes);
        } else {
            pack(column.codes.iter().copied(), width, &mut bytes);
        }
        let body = Body {
            encoding: Encoding::RLE_DICTIONARY,
            bytes,
        };
        self.put(levels, Some(&column.dictionary), body)
    }

    /// The next column, of texts that come several times in a row.
    pub(crate) fn runs(&mut self, levels: &Levels, runs: &Runs) -> Result<(), ParquetError> {
        let mut bytes = levels.before(runs.rows())?;
        runs.encode(&mut bytes);
        let body = Body {
            encoding: Encoding::DELTA_BYTE_ARRAY,
            bytes,
        };
        self.put(levels, None, body)
    }

    /// The next column, of amounts or other numbers of 64 bits.
    pub(crate) fn amounts(&mut self, levels: &Levels, values: &[i64]) -> Result<(), ParquetError> {
        let mut column = std::mem::take(&mut self.encoder.amounts);
        self.encoder.numbers.encode(values, &mut column.codes);
        self.numbers(levels, column)
    }

    /// The next column, of amounts that are most often those of the last amounts given, which
    /// were of all rows; of the rows that are valid, where only some are.
    pub(crate) fn amounts_beside(
        &mut self,
        levels: &Levels,
        valid: Option<&[bool]>,
        values: &[i64],
    ) -> Result<(), ParquetError> {
        let mut column = std::mem::take(&mut self.encoder.amounts);
        let spare = std::mem::take(&mut self.encoder.spare);
        let last = std::mem::replace(&mut column.codes, spare);
        let is_valid = |(row, _): &(usize, &u32)| {
            valid.is_none_or(|valid| valid.get(*row).copied().unwrap_or(false))
        };
        let beside = last
            .iter()
            .enumerate()
            .filter(is_valid)
            .map(|(_, code)| *code);
        let pairs = values.iter().copied().zip(beside);
        let numbers = &mut self.encoder.numbers;
        let found = numbers.encode_beside(pairs, &mut column.codes);
        // Where few are alike, the amounts of the others would only make the dictionary larger.
        let is_worth_it = |few: usize, all: usize| few.saturating_mul(2) >= all;
        if !is_worth_it(values.len(), last.len()) || !is_worth_it(found, values.len()) {
            numbers.encode(values, &mut column.codes);
        }
        self.encoder.spare = last;
        self.numbers(levels, column)
    }

    /// The next column, of the numbers that were given codes last.
    fn numbers(&mut self, levels: &Levels, mut column: Codes) -> Result<(), ParquetError> {
        column.dictionary.clear();
        for value in self.encoder.numbers.distinct() {
            let bytes = &mut column.dictionary.bytes;
            bytes.extend_from_slice(&value.to_le_bytes());
            column.dictionary.next();
        }
        let put = self.codes(levels, &column);
        self.encoder.amounts = column;
        put
    }

    /// The next column, of flags.
    pub(crate) fn flags(&mut self, levels: &Levels, values: &[bool]) -> Result<(), ParquetError> {
        let mut bytes = levels.before(values.len())?;
        put_bits(values, |value| *value, &mut bytes);
        let body = Body {
            encoding: Encoding::PLAIN,
            bytes,
        };
        self.put(levels, None, body)
    }

    /// The next column, which holds the same as an earlier one.
    pub(crate) fn again(&mut self, place: usize) -> Result<(), ParquetError> {
        let missing = || ParquetError::General("a column without an earlier one".to_owned());
        let earlier = self.done.get(place).ok_or_else(missing)?.clone();
        let metadata = &earlier.close.metadata;
        let builder = ColumnChunkMetaData::builder(self.descriptor()?)
            .set_compression(metadata.compression())
            .set_encodings(metadata.encodings().collect())
            .set_num_values(metadata.num_values())
            .set_total_compressed_size(metadata.compressed_size())
            .set_total_uncompressed_size(metadata.uncompressed_size())
            .set_data_page_offset(metadata.data_page_offset())
            .set_dictionary_page_offset(metadata.dictionary_page_offset());
        self.done.push(ColumnPages {
            bytes: earlier.bytes,
            close: ColumnCloseResult {
                metadata: builder.build()?,
                ..earlier.close
            },
        });
        Ok(())
    }

    /// The columns, of which none may be missing.
    pub(crate) fn finish(self) -> Result<Vec<ColumnPages>, ParquetError> {
        if self.done.len() == self.columns.len() {
            return Ok(self.done);
        }
        let columns = self.columns.len();
        let found = self.done.len();
        Err(ParquetError::General(format!(
            "{found} columns of {columns}"
        )))
    }

    fn descriptor(&self) -> Result<ColumnDescPtr, ParquetError> {
        let missing = || ParquetError::General("a column too many".to_owned());
        let descriptor = self.columns.get(self.done.len());
        descriptor.cloned().ok_or_else(missing)
    }

    fn put(
        &mut self,
        levels: &Levels,
        dictionary: Option<&Dictionary>,
        body: Body,
    ) -> Result<(), ParquetError> {
        let descriptor = self.descriptor()?;
        let mut sink = TrackedWrite::new(Vec::with_capacity(body.bytes.len()));
        let mut writer = SerializedPageWriter::new(&mut sink);
        let (mut compressed, mut whole) = (0, 0);
        let mut dictionary_offset = None;
        if let Some(dictionary) = dictionary {
            let page = Page::DictionaryPage {
                buf: self.encoder.compressed(&dictionary.bytes)?,
                num_values: dictionary.count,
                encoding: Encoding::PLAIN,
                is_sorted: false,
            };
            let page = CompressedPage::new(page, dictionary.bytes.len());
            let spec = writer.write_page(page)?;
            (compressed, whole) = (spec.compressed_size, spec.uncompressed_size);
            dictionary_offset = Some(0);
        }
        let page = Page::DataPage {
            buf: self.encoder.compressed(&body.bytes)?,
            num_values: u32::try_from(levels.slots).unwrap_or(u32::MAX),
            encoding: body.encoding,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        let spec = writer.write_page(CompressedPage::new(page, body.bytes.len()))?;
        let data_offset = long(compressed);
        compressed = compressed.saturating_add(spec.compressed_size);
        whole = whole.saturating_add(spec.uncompressed_size);
        let mut encodings = vec![Encoding::PLAIN, Encoding::RLE];
        encodings.extend(Some(body.encoding).filter(|used| *used != Encoding::PLAIN));
        let level = ZstdLevel::default();
        let metadata = ColumnChunkMetaData::builder(descriptor)
            .set_compression(Compression::ZSTD(level))
            .set_encodings(encodings)
            .set_num_values(long(levels.slots))
            .set_total_compressed_size(long(compressed))
            .set_total_uncompressed_size(long(whole))
            .set_data_page_offset(data_offset)
            .set_dictionary_page_offset(dictionary_offset)
            .build()?;
        let close = ColumnCloseResult {
            bytes_written: u64::try_from(compressed).unwrap_or(u64::MAX),
            rows_written: u64::try_from(self.rows).unwrap_or(u64::MAX),
            metadata,
            bloom_filter: None,
            column_index: None,
            offset_index: None,
        };
        let bytes = Bytes::from(sink.into_inner()?);
        self.done.push(ColumnPages { bytes, close });
        Ok(())
    }
}

fn long(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_stand_before_as_many_values_as_they_say() {
        let valid = [true, false, true, true];
        for (levels, values) in [
            (Levels::required(4), 4),
            (Levels::none(4), 0),
            (Levels::optional(&valid), 3),
            (Levels::marked(&[0b01, 0b10, 0b11, 0b00], 0b10), 2),
            (Levels::lists(&[0, 0]), 0),
            (Levels::lists(&[2, 0, 3]), 5),
            (Levels::optional_in_lists(&[3, 0, 1], &valid), 3),
            (Levels::optional_in_lists(&[0, 0], &[]), 0),
        ] {
            assert_eq!(levels.before(values).unwrap(), levels.bytes);
            levels.before(values + 1).unwrap_err();
            if let Some(fewer) = values.checked_sub(1) {
                levels.before(fewer).unwrap_err();
            }
        }
    }
}
