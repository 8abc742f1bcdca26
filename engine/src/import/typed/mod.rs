//! Files with typed columns: Parquet, and Arrow IPC files and streams.
//!
//! They go through the same heading, the same parser of cells and the same report as CSV files,
//! batch by batch. A column whose type does not fit its fact is left out with the reason.

mod form;
mod guard;
#[cfg(test)]
mod hostile;
mod ipc;
mod pages;
mod parquet_batches;
mod rows;
#[cfg(test)]
mod tests;
mod thrift;
mod value;

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use zhida_policies::values::Codes;
use zhida_policies::vocabulary::Vocabulary;

use crate::import::header::Header;
use crate::import::limits::{COLUMNS_MAX, FILE_BYTES_MAX};
use crate::import::report::ImportReport;
use crate::import::rows::RowReader;
use crate::import::typed::ipc::IpcBatches;
use crate::import::typed::parquet_batches::ParquetBatches;
use crate::import::typed::rows::{BatchRow, Columns};
use crate::import::{
    FileFormat, ImportError, ImportOptions, OnProgress, PROGRESS_ROWS, begin, file_name, tell,
};
use crate::snapshot::atomic::file_digest;
use crate::snapshot::{SnapshotBuilder, Source};

/// The columns that only our own snapshots have together.
const OWN_COLUMNS: [&str; 2] = ["source_file", "source_row"];

/// A file that gives its rows in batches.
pub(crate) trait Batches {
    /// The columns of the file.
    fn schema(&self) -> SchemaRef;

    /// Chooses the columns that the batches are to have, by their place, in ascending order.
    fn choose(&mut self, used: &[usize]);

    /// The next batch, with the columns chosen.
    fn next(&mut self) -> Result<Option<RecordBatch>, ImportError>;

    /// Bytes of the file read.
    fn bytes_read(&self) -> u64;
}

/// Opens a file of this format.
pub(crate) fn open(
    mut file: File,
    length: u64,
    format: FileFormat,
) -> Result<Box<dyn Batches>, ImportError> {
    let rewound = file.seek(SeekFrom::Start(0));
    rewound.map_err(|error| guard::damaged(format, &error.to_string()))?;
    Ok(match format {
        FileFormat::Parquet => Box::new(ParquetBatches::open(file, length)?),
        FileFormat::ArrowFile | FileFormat::ArrowStream | FileFormat::Csv => {
            Box::new(IpcBatches::open(file, length, format)?)
        }
    })
}

/// Reads a Parquet or Arrow file into a snapshot in the making.
pub(crate) fn read(
    mut file: File,
    path: &Path,
    format: FileFormat,
    vocabulary: &Arc<Vocabulary>,
    codes: &Codes,
    options: &ImportOptions,
    on_progress: OnProgress<'_>,
) -> Result<(SnapshotBuilder, ImportReport), ImportError> {
    let io = |source| ImportError::Io {
        path: path.to_path_buf(),
        source,
    };
    let length = file.metadata().map_err(io)?.len();
    if length > FILE_BYTES_MAX {
        return Err(ImportError::FileTooLong);
    }
    let (sha256, bytes) = file_digest(&mut file).map_err(io)?;
    let mut batches = open(file, length, format)?;
    let schema = batches.schema();
    let mut header = bind(&schema, vocabulary, options.year)?;
    let columns = Columns::bind(&mut header, &schema, vocabulary)?;
    batches.choose(&columns.used);
    let source = Source {
        name: file_name(path),
        sha256,
        bytes,
        encoding: format.to_string(),
    };
    let (mut builder, mut report) = begin(&header, source, vocabulary, options)?;
    let mut rows = RowReader::new(&header, codes);
    while let Some(batch) = batches.next()? {
        for row in 0..batch.num_rows() {
            // The heading is row 1, as in a spreadsheet.
            let number = report.rows_read.saturating_add(2);
            let cells = BatchRow {
                columns: &columns,
                batch: &batch,
                row,
                number,
            };
            rows.read(&cells, &mut builder, &mut report)?;
            if report.rows_read.checked_rem(PROGRESS_ROWS) == Some(0) {
                let read = batches.bytes_read();
                tell(on_progress, report.rows_read, read, bytes)?;
            }
        }
    }
    tell(on_progress, report.rows_read, bytes, bytes)?;
    builder.set_quality(report.quality());
    Ok((builder, report))
}

/// Binds the names of the columns as a heading.
fn bind(schema: &SchemaRef, vocabulary: &Vocabulary, year: i32) -> Result<Header, ImportError> {
    let fields = schema.fields();
    if fields.len() > COLUMNS_MAX {
        return Err(ImportError::TooManyColumns {
            found: fields.len(),
        });
    }
    let has = |name: &str| fields.iter().any(|field| field.name() == name);
    if OWN_COLUMNS.iter().all(|name| has(name)) {
        return Err(ImportError::OwnFile);
    }
    let titles = fields.iter().map(|field| field.name().trim().to_owned());
    Header::bind(titles.collect(), vocabulary, year, 1, 1).with_uscc()
}
