//! The rows of a result file, as text: what two runs are compared by.

use std::fs::File;
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use serde::Serialize;

use crate::replay::ReplayError;
use crate::replay::weights::with_weights;

/// One row of a result file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeptRow {
    /// The enterprise, by its code.
    pub enterprise: String,
    /// The measure.
    pub measure: String,
    /// The other columns with their values as text; nothing where there is none.
    pub cells: Vec<(String, String)>,
}

impl KeptRow {
    /// The value of a column; empty where there is none.
    #[must_use]
    pub fn cell(&self, name: &str) -> &str {
        let found = self.cells.iter().find(|(column, _)| column == name);
        found.map_or("", |(_, value)| value)
    }
}

/// The rows of a result file, one after the other.
pub(super) struct KeptRows {
    path: PathBuf,
    reader: ParquetRecordBatchReader,
    waiting: std::vec::IntoIter<KeptRow>,
}

impl KeptRows {
    pub(super) fn open(path: &Path) -> Result<Self, ReplayError> {
        let file = File::open(path).map_err(|error| ReplayError::io(path, error))?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file)
            .and_then(ParquetRecordBatchReaderBuilder::build)
            .map_err(|error| unreadable(path, &error))?;
        Ok(Self {
            path: path.to_path_buf(),
            reader,
            waiting: Vec::new().into_iter(),
        })
    }

    /// The next row; nothing at the end.
    pub(super) fn next(&mut self) -> Result<Option<KeptRow>, ReplayError> {
        loop {
            if let Some(row) = self.waiting.next() {
                return Ok(Some(row));
            }
            let Some(batch) = self.reader.next() else {
                return Ok(None);
            };
            let rows = batch.and_then(|batch| rows(&with_weights(batch)?));
            let rows = rows.map_err(|error| unreadable(&self.path, &error))?;
            self.waiting = rows.into_iter();
        }
    }
}

fn unreadable(path: &Path, error: &dyn std::error::Error) -> ReplayError {
    ReplayError::Seal {
        path: path.to_path_buf(),
        reason: error.to_string(),
    }
}

/// The rows of a batch.
pub(super) fn rows(batch: &RecordBatch) -> Result<Vec<KeptRow>, ArrowError> {
    let options = FormatOptions::default();
    let schema = batch.schema();
    let mut columns = Vec::with_capacity(batch.num_columns());
    for (field, array) in schema.fields().iter().zip(batch.columns()) {
        columns.push((field.name(), ArrayFormatter::try_new(array, &options)?));
    }
    let row = |place: usize| {
        let mut row = KeptRow {
            enterprise: String::new(),
            measure: String::new(),
            cells: Vec::with_capacity(columns.len()),
        };
        for (name, column) in &columns {
            let value = column.value(place).try_to_string()?;
            match name.as_str() {
                "uscc" => row.enterprise = value,
                "measure" => row.measure = value,
                _ => row.cells.push(((*name).clone(), value)),
            }
        }
        Ok(row)
    };
    (0..batch.num_rows()).map(row).collect()
}
