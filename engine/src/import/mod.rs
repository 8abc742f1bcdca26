//! Reading what departments deliver: CSV, Parquet and Arrow files into a snapshot, with a report
//! of everything that could not be taken over.
//!
//! A wrong cell becomes missing and its row stays; a row without a usable code, a second row of an
//! enterprise or one with another number of cells than the heading is left out; a file that
//! cannot be read without guessing is refused whole. Nothing is rounded, completed or guessed.

mod cell;
mod cell_text;
mod encoding;
mod error;
mod format;
mod header;
pub mod limits;
mod list;
mod number;
mod period;
mod records;
mod report;
mod rows;
#[cfg(test)]
mod tests;
mod text;
mod typed;

use std::fs::File;
use std::io::{Read, Seek};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use zhida_policies::values::{Codes, Date};
use zhida_policies::vocabulary::Vocabulary;

pub use cell::EMPTY_SET_WORDS;
pub(crate) use cell_text::CellText;
pub use encoding::EncodingChoice;
pub use error::ImportError;
pub use format::FileFormat;
pub use report::{Consequence, Finding, ImportReport, Reason};
pub use text::MISSING_WORDS;

use crate::import::encoding::{Inspection, Utf8Reader, inspect};
use crate::import::header::Header;
use crate::import::limits::COLUMNS_MAX;
use crate::import::records::{Record, RecordError, Records, detect_delimiter};
use crate::import::rows::RowReader;
use crate::snapshot::{MANIFEST_NAME, Snapshot, SnapshotBuilder, Source};

/// Rows between two reports of progress.
const PROGRESS_ROWS: u64 = 1_024;

/// What an import must be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportOptions {
    /// The assessment year: that of yearly facts whose heading names none.
    pub year: i32,
    /// The day whose status the facts without period give.
    pub as_of: Option<Date>,
    /// The encoding of a CSV file; the others have none.
    pub encoding: EncodingChoice,
}

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportProgress {
    /// Bytes read.
    pub bytes: u64,
    /// Bytes of the file.
    pub bytes_total: u64,
    /// Data rows read.
    pub rows: u64,
}

/// Told now and then how far the import is; `Break` stops it.
pub type OnProgress<'a> = &'a mut dyn FnMut(ImportProgress) -> ControlFlow<()>;

/// Reads a file of any kind into a snapshot: CSV, Parquet, Arrow IPC file or stream, told apart by
/// their first bytes.
///
/// # Shape
/// One row an enterprise; the columns as in a CSV heading: `统一社会信用代码` or `uscc`, names of
/// facts in either language, `@` and the period, a unit in brackets. The rows of files without
/// lines are numbered as a spreadsheet would: the first is row 2.
/// # Units
/// Money is in yuan, or in the unit of the heading, in every type: also in whole numbers. Files
/// that this system has written hold fen and are refused.
/// # Errors
/// [`ImportError`] when the file as a whole cannot be trusted; nothing has been imported then.
/// What is wrong with single cells, rows and columns stands in the report.
pub fn import_file(
    path: &Path,
    vocabulary: &Arc<Vocabulary>,
    codes: &Codes,
    options: &ImportOptions,
    on_progress: OnProgress<'_>,
) -> Result<(Snapshot, ImportReport), ImportError> {
    let (builder, report) = read_file(path, vocabulary, codes, options, on_progress)?;
    Ok((builder.finish()?, report))
}

/// Reads a file of any kind into a snapshot in the making, which may still get a ledger.
///
/// # Errors
/// As [`import_file`].
pub fn read_file(
    path: &Path,
    vocabulary: &Arc<Vocabulary>,
    codes: &Codes,
    options: &ImportOptions,
    on_progress: OnProgress<'_>,
) -> Result<(SnapshotBuilder, ImportReport), ImportError> {
    if path.is_dir() && path.join(MANIFEST_NAME).is_file() {
        return Err(ImportError::OwnFile);
    }
    let io = |source| ImportError::Io {
        path: path.to_path_buf(),
        source,
    };
    let mut file = File::open(path).map_err(io)?;
    let format = FileFormat::detect(&mut file).map_err(io)?;
    match format {
        FileFormat::Csv => import_reader(&mut file, path, vocabulary, codes, options, on_progress),
        FileFormat::Parquet | FileFormat::ArrowFile | FileFormat::ArrowStream => {
            typed::read(file, path, format, vocabulary, codes, options, on_progress)
        }
    }
}

/// Reads a CSV file into a snapshot.
///
/// # Errors
/// [`ImportError`] when the file as a whole cannot be trusted; nothing has been imported then.
/// What is wrong with single cells, rows and columns stands in the report.
pub fn import_csv(
    path: &Path,
    vocabulary: &Arc<Vocabulary>,
    codes: &Codes,
    options: &ImportOptions,
    on_progress: OnProgress<'_>,
) -> Result<(Snapshot, ImportReport), ImportError> {
    let mut file = File::open(path).map_err(|source| ImportError::Io {
        path: path.to_path_buf(),
        source,
    })?;
    let (builder, report) =
        import_reader(&mut file, path, vocabulary, codes, options, on_progress)?;
    Ok((builder.finish()?, report))
}

/// Reads a CSV text into a snapshot in the making, which may still get a ledger.
///
/// # Shape
/// The text is read three times, for its encoding, for its delimiter and for its rows. `name` is
/// only used to speak of it.
/// # Errors
/// As [`import_csv`].
pub fn import_reader<R: Read + Seek>(
    reader: &mut R,
    name: &Path,
    vocabulary: &Arc<Vocabulary>,
    codes: &Codes,
    options: &ImportOptions,
    on_progress: OnProgress<'_>,
) -> Result<(SnapshotBuilder, ImportReport), ImportError> {
    let io = |source| ImportError::Io {
        path: name.to_path_buf(),
        source,
    };
    let inspection = inspect(reader, name, options.encoding)?;
    let encoding = inspection.encoding;
    let start = Utf8Reader::new(&mut *reader, encoding).map_err(io)?;
    let delimiter = detect_delimiter(start).map_err(io)?;
    let text = Utf8Reader::new(reader, encoding).map_err(io)?;
    let mut records = Records::new(text, delimiter);
    let refused = |error| refusal(error, name);
    let mut record = Record::default();
    if !records.next(&mut record).map_err(refused)? {
        return Err(ImportError::Empty);
    }
    let header = bind(&record, vocabulary, options.year)?;
    let source = source(name, &inspection);
    let (mut builder, mut report) = begin(&header, source, vocabulary, options)?;
    let mut rows = RowReader::new(&header, codes);
    let bytes = inspection.bytes;
    while records.next(&mut record).map_err(refused)? {
        rows.read(&record, &mut builder, &mut report)?;
        if report.rows_read.checked_rem(PROGRESS_ROWS) == Some(0) {
            let read = records.inner().bytes_read();
            tell(on_progress, report.rows_read, read, bytes)?;
        }
    }
    tell(on_progress, report.rows_read, bytes, bytes)?;
    builder.set_quality(report.quality());
    Ok((builder, report))
}

/// The snapshot and the report before the first row.
fn begin(
    header: &Header,
    source: Source,
    vocabulary: &Arc<Vocabulary>,
    options: &ImportOptions,
) -> Result<(SnapshotBuilder, ImportReport), ImportError> {
    let mut report = ImportReport::new(source);
    let mut builder = SnapshotBuilder::new(Arc::clone(vocabulary), options.year, options.as_of);
    builder.add_source(report.source.clone());
    for key in &header.keys {
        builder.add_column(*key)?;
    }
    report.columns = header.columns(vocabulary);
    for finding in &header.findings {
        report.add(finding.clone());
    }
    Ok((builder, report))
}

/// Says how far the import is; an error when it is to stop.
fn tell(
    on_progress: &mut dyn FnMut(ImportProgress) -> ControlFlow<()>,
    rows: u64,
    bytes: u64,
    bytes_total: u64,
) -> Result<(), ImportError> {
    match on_progress(ImportProgress {
        bytes,
        bytes_total,
        rows,
    }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(ImportError::Cancelled),
    }
}

/// Binds the heading.
fn bind(record: &Record, vocabulary: &Vocabulary, year: i32) -> Result<Header, ImportError> {
    if record.len() > COLUMNS_MAX {
        return Err(ImportError::TooManyColumns {
            found: record.len(),
        });
    }
    let titles: Option<Vec<String>> = record
        .cells()
        .map(|title| title.map(|title| title.trim().to_owned()))
        .collect();
    let titles = titles.ok_or(ImportError::Changed { line: record.line })?;
    Header::bind(titles, vocabulary, year, record.row, record.line).with_uscc()
}

/// The name without its folder.
fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn source(name: &Path, inspection: &Inspection) -> Source {
    Source {
        name: file_name(name),
        sha256: inspection.sha256.clone(),
        bytes: inspection.bytes,
        encoding: inspection.encoding.name().to_owned(),
    }
}

fn refusal(error: RecordError, name: &Path) -> ImportError {
    match error {
        RecordError::Io(source) => ImportError::Io {
            path: name.to_path_buf(),
            source,
        },
        RecordError::TooLong(line) => ImportError::RecordTooLong { line },
        RecordError::Unclosed(line) => ImportError::UnclosedQuote { line },
    }
}
