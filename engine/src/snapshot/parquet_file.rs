//! Reading and writing one Parquet file, checked against its digest.

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::Path;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::concat;
use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use rayon::prelude::*;

use crate::snapshot::SnapshotError;
use crate::snapshot::atomic::{AtomicFile, file_digest};
use crate::snapshot::manifest::FileEntry;

/// Rows in one row group: the unit that is read in parallel.
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

/// Opens a file whose bytes are those of its entry and reads it whole, row groups in parallel.
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
    let groups: Vec<RecordBatch> = (0..metadata.metadata().num_row_groups())
        .into_par_iter()
        .map(|group| {
            // Each reader opens the file itself: a shared handle would share its position.
            let file = File::open(&path).map_err(io)?;
            read_group(file, &metadata, group).map_err(failed)
        })
        .collect::<Result<_, SnapshotError>>()?;
    join(metadata.schema(), &groups).map_err(|error| failed(error.into()))
}

fn read_group(
    file: File,
    metadata: &ArrowReaderMetadata,
    group: usize,
) -> Result<RecordBatch, parquet::errors::ParquetError> {
    let rows = metadata.metadata().row_group(group).num_rows();
    let rows = usize::try_from(rows).unwrap_or(ROW_GROUP_ROWS);
    let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone())
        .with_row_groups(vec![group])
        .with_batch_size(rows.max(1))
        .build()?;
    let schema = metadata.schema();
    let batches: Result<Vec<RecordBatch>, arrow::error::ArrowError> = reader.collect();
    Ok(join(schema, &batches?)?)
}

fn join(
    schema: &SchemaRef,
    batches: &[RecordBatch],
) -> Result<RecordBatch, arrow::error::ArrowError> {
    match batches {
        [] => Ok(RecordBatch::new_empty(schema.clone())),
        [one] => Ok(one.clone()),
        many => {
            let columns: Result<Vec<ArrayRef>, arrow::error::ArrowError> =
                (0..schema.fields().len())
                    .into_par_iter()
                    .map(|column| {
                        let parts: Vec<&dyn arrow::array::Array> =
                            many.iter().map(|batch| &**batch.column(column)).collect();
                        concat(&parts)
                    })
                    .collect();
            RecordBatch::try_new(schema.clone(), columns?)
        }
    }
}
