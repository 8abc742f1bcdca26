//! How the columns of our Parquet files are encoded.
//!
//! A dictionary serves columns that say the same few things again and again. Names, codes and most
//! amounts do not: theirs would be built, found too large and given up, and what is read again and
//! again would be larger and slower for it.
//!
//! # Source
//! Apache Parquet format 2.x, encodings.

use arrow::array::{Array, AsArray as _, RecordBatch};
use arrow::datatypes::Int64Type;
use parquet::basic::Encoding;
use parquet::file::properties::WriterPropertiesBuilder;
use parquet::schema::types::ColumnPath;

/// Rows from which the encoding is told: a dictionary holds the words of so many.
const SAMPLE_ROWS: usize = super::parquet_file::ROW_GROUP_ROWS;

/// With fewer values to each distinct one a dictionary does not pay.
const FEW: usize = 8;

/// With fewer values to each distinct one compression finds nothing to say again.
const REPEATED: usize = 2;

/// The properties of a writer, with an encoding for each column of a batch that needs its own.
pub(crate) fn with_encodings(
    batch: &RecordBatch,
    properties: WriterPropertiesBuilder,
) -> WriterPropertiesBuilder {
    let schema = batch.schema();
    let columns = schema.fields().iter().zip(batch.columns());
    columns.fold(properties, |properties, (field, column)| {
        let Some(encoding) = encoding_of(column) else {
            return properties;
        };
        let path = || ColumnPath::new(vec![field.name().clone()]);
        properties
            .set_column_dictionary_enabled(path(), false)
            .set_column_encoding(path(), encoding)
    })
}

/// The encoding of a column; nothing where a dictionary serves it, or its type has no better one.
fn encoding_of(column: &dyn Array) -> Option<Encoding> {
    let rows = column.slice(0, column.len().min(SAMPLE_ROWS));
    if let Some(texts) = rows.as_string_opt::<i32>() {
        let (known, distinct) = distinct(texts.iter().flatten());
        let is_varied = distinct.saturating_mul(FEW) > known;
        return is_varied.then_some(Encoding::DELTA_LENGTH_BYTE_ARRAY);
    }
    let numbers = rows.as_primitive_opt::<Int64Type>()?;
    let (known, distinct) = distinct(numbers.iter().flatten());
    if distinct.saturating_mul(REPEATED) > known {
        return Some(Encoding::DELTA_BINARY_PACKED);
    }
    (distinct.saturating_mul(FEW) > known).then_some(Encoding::PLAIN)
}

/// How many values there are, and how many of them differ.
fn distinct<T: Ord>(values: impl Iterator<Item = T>) -> (usize, usize) {
    let mut values: Vec<T> = values.collect();
    let known = values.len();
    values.sort_unstable();
    values.dedup();
    (known, values.len())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, BooleanArray, Int64Array, StringArray};

    use super::*;

    #[test]
    fn a_column_is_encoded_by_how_often_it_repeats_itself() {
        let texts = |distinct: i32| -> ArrayRef {
            let text = |row: i32| Some((row % distinct).to_string());
            Arc::new((0..1_000).map(text).collect::<StringArray>())
        };
        let fen = |distinct: i64| -> ArrayRef {
            let fen = |row: i64| (row != 0).then_some(row % distinct * 100);
            Arc::new((0..1_001).map(fen).collect::<Int64Array>())
        };
        for (column, expected) in [
            (texts(125), None),
            (texts(126), Some(Encoding::DELTA_LENGTH_BYTE_ARRAY)),
            (fen(125), None),
            (fen(126), Some(Encoding::PLAIN)),
            (fen(500), Some(Encoding::PLAIN)),
            (fen(501), Some(Encoding::DELTA_BINARY_PACKED)),
            (Arc::new(Int64Array::new_null(9)), None),
            (Arc::new(Int64Array::from(Vec::<i64>::new())), None),
            (Arc::new(BooleanArray::from(vec![true])), None),
        ] {
            assert_eq!(encoding_of(&column), expected, "{column:?}");
        }
    }
}
