//! Reading and writing one Parquet file, checked against its digest.

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, new_empty_array};
use arrow::compute::concat;
use arrow::datatypes::DataType;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use rayon::prelude::*;

use crate::snapshot::SnapshotError;
use crate::snapshot::atomic::{AtomicFile, file_digest};
use crate::snapshot::manifest::FileEntry;

/// Rows in one row group: the unit that is written at once.
pub const ROW_GROUP_ROWS: usize = 131_072;

/// How our Parquet files are written.
pub(crate) fn writer_properties() -> WriterProperties {
    WriterProperties::builder()
        .set_created_by("zhida".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .build()
}

/// Writes a batch to a file of this name, or nothing.
pub(crate) fn write(
    folder: &Path,
    name: &str,
    batch: &RecordBatch,
) -> Result<FileEntry, SnapshotError> {
    let place = folder.join(name);
    let failed = |error| SnapshotError::parquet(&place, error);
    let file =
        AtomicFile::create(folder, name).map_err(|error| SnapshotError::io(&place, error))?;
    let mut writer =
        ArrowWriter::try_new(file, batch.schema(), Some(writer_properties())).map_err(failed)?;
    writer.write(batch).map_err(failed)?;
    let mut file = writer.into_inner().map_err(failed)?;
    seal(&mut file, &place, name)
        .and_then(|entry| file.commit(&place).map(|()| entry))
        .map_err(|error| SnapshotError::io(&place, error))
}

/// Waits for the disk and takes the digest of what it holds.
fn seal(file: &mut AtomicFile, place: &Path, name: &str) -> std::io::Result<FileEntry> {
    debug_assert!(place.ends_with(name), "the entry names the file");
    file.sync()?;
    let (sha256, bytes) = file_digest(&mut File::open(file.temporary())?)?;
    Ok(FileEntry {
        name: name.to_owned(),
        sha256,
        bytes,
    })
}

/// Opens a file whose bytes are those of its entry and reads it whole, columns in parallel.
pub(crate) fn read(folder: &Path, entry: &FileEntry) -> Result<RecordBatch, SnapshotError> {
    let path = folder.join(&entry.name);
    let io = |error| SnapshotError::io(&path, error);
    let failed = |error| SnapshotError::parquet(&path, error);
    let mut file = File::open(&path).map_err(io)?;
    let (actual, _) = file_digest(&mut file).map_err(io)?;
    if actual != entry.sha256 {
        let expected = entry.sha256.clone();
        return Err(SnapshotError::FileDigest {
            path,
            expected,
            actual,
        });
    }
    file.seek(SeekFrom::Start(0)).map_err(io)?;
    let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(failed)?;
    let columns: Vec<ArrayRef> = (0..metadata.schema().fields().len())
        .into_par_iter()
        .with_max_len(1)
        .map(|column| {
            // Each reader opens the file itself: a shared handle would share its position.
            let open = || File::open(&path).map_err(io);
            read_column(open, &metadata, column, &failed)
        })
        .collect::<Result<_, SnapshotError>>()?;
    let batch = RecordBatch::try_new(Arc::clone(metadata.schema()), columns);
    batch.map_err(|error| failed(error.into()))
}

/// One column of all row groups, at once where its type allows: then nothing is copied together.
fn read_column(
    open: impl Fn() -> Result<File, SnapshotError>,
    metadata: &ArrowReaderMetadata,
    column: usize,
    failed: &impl Fn(ParquetError) -> SnapshotError,
) -> Result<ArrayRef, SnapshotError> {
    let groups: Vec<usize> = (0..metadata.metadata().num_row_groups()).collect();
    // Each row group has a dictionary of its own.
    let size = if has_words(metadata.schema().field(column).data_type()) {
        1
    } else {
        groups.len().max(1)
    };
    let arrays = groups.chunks(size).map(|groups| {
        let file = open()?;
        read_groups(file, metadata, groups, column).map_err(failed)
    });
    let arrays: Vec<ArrayRef> = arrays.collect::<Result<_, _>>()?;
    match arrays.as_slice() {
        [] => Ok(new_empty_array(metadata.schema().field(column).data_type())),
        [one] => Ok(Arc::clone(one)),
        many => {
            let parts: Vec<&dyn Array> = many.iter().map(|part| &**part).collect();
            concat(&parts).map_err(|error| failed(error.into()))
        }
    }
}

fn has_words(of: &DataType) -> bool {
    if let DataType::List(item) = of {
        return has_words(item.data_type());
    }
    if let DataType::Struct(fields) = of {
        return fields.iter().any(|field| has_words(field.data_type()));
    }
    matches!(of, DataType::Dictionary(..))
}

fn read_groups(
    file: File,
    metadata: &ArrowReaderMetadata,
    groups: &[usize],
    column: usize,
) -> Result<ArrayRef, ParquetError> {
    let rows = groups
        .iter()
        .map(|group| metadata.metadata().row_group(*group).num_rows());
    let rows = usize::try_from(rows.sum::<i64>()).unwrap_or(ROW_GROUP_ROWS);
    let only = ProjectionMask::roots(metadata.parquet_schema(), [column]);
    let mut reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone())
        .with_projection(only)
        .with_row_groups(groups.to_vec())
        .with_batch_size(rows.max(1))
        .build()?;
    let missing = || ParquetError::General("a column without values".to_owned());
    let batch = reader.next().ok_or_else(missing)??;
    // What was asked for at once must not come in parts.
    match (batch.columns(), reader.next()) {
        ([array], None) if array.len() == rows => Ok(Arc::clone(array)),
        _ => Err(missing()),
    }
}
