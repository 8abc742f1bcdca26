//! Reading what departments deliver: CSV files into a snapshot, with a report of everything that
//! could not be taken over.
//!
//! A wrong cell becomes missing and its row stays; a row without a usable code, a second row of an
//! enterprise or one with another number of cells than the heading is left out; a file that
//! cannot be read without guessing is refused whole. Nothing is rounded, completed or guessed.

mod cell;
mod encoding;
mod error;
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

use std::fs::File;
use std::io::{Read, Seek};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use zhida_policies::values::{Codes, Date};
use zhida_policies::vocabulary::Vocabulary;

pub use cell::EMPTY_SET_WORDS;
pub use encoding::EncodingChoice;
pub use error::ImportError;
pub use report::{Consequence, Finding, ImportReport, Reason};
pub use text::MISSING_WORDS;

use crate::import::encoding::{Inspection, Utf8Reader, inspect};
use crate::import::header::Header;
use crate::import::limits::COLUMNS_MAX;
use crate::import::records::{Record, RecordError, Records, detect_delimiter};
use crate::import::rows::RowReader;
use crate::snapshot::{Snapshot, SnapshotBuilder, Source};

/// Rows between two reports of progress.
const PROGRESS_ROWS: u64 = 1_024;

/// What an import must be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportOptions {
    /// The assessment year: that of yearly facts whose heading names none.
    pub year: i32,
    /// The day whose status the facts without period give.
    pub as_of: Option<Date>,
    /// The encoding of the file.
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
    let mut report = ImportReport::new(source(name, &inspection));
    let mut builder = SnapshotBuilder::new(Arc::clone(vocabulary), options.year, options.as_of);
    builder.add_source(report.source.clone());
    for key in &header.keys {
        builder.add_column(*key)?;
    }
    report.columns = header.columns(vocabulary);
    for finding in &header.findings {
        report.add(finding.clone());
    }
    let mut rows = RowReader::new(&header, codes);
    let mut tell = |rows: u64, bytes: u64| {
        let bytes_total = inspection.bytes;
        match on_progress(ImportProgress {
            bytes,
            bytes_total,
            rows,
        }) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(ImportError::Cancelled),
        }
    };
    while records.next(&mut record).map_err(refused)? {
        rows.read(&record, &mut builder, &mut report)?;
        if report.rows_read.checked_rem(PROGRESS_ROWS) == Some(0) {
            tell(report.rows_read, records.inner().bytes_read())?;
        }
    }
    tell(report.rows_read, inspection.bytes)?;
    builder.set_quality(report.quality());
    Ok((builder, report))
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
    let header = Header::bind(titles, vocabulary, year, record.row, record.line);
    if !header.has_uscc() {
        let titles = header.titles.join(",");
        return Err(ImportError::NoUscc {
            header: text::shortened(&titles, 200),
        });
    }
    Ok(header)
}

fn source(name: &Path, inspection: &Inspection) -> Source {
    let file = name
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    Source {
        name: file,
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
