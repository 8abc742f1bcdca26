//! Reading and writing one Parquet file, checked against its digest.

use std::cmp::Reverse;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, new_empty_array};
use arrow::compute::concat;
use arrow::datatypes::{DataType, Field, Schema};
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
use crate::snapshot::column_encoding::with_encodings;
use crate::snapshot::manifest::FileEntry;
use crate::snapshot::number_column::short_field;

/// Rows in one row group: the unit that is written at once.
pub const ROW_GROUP_ROWS: usize = 131_072;

/// How our Parquet files are written.
fn writer_properties(batch: &RecordBatch) -> WriterProperties {
    let properties = WriterProperties::builder()
        .set_created_by("zhida".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS));
    with_encodings(batch, properties).build()
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
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(writer_properties(batch)))
        .map_err(failed)?;
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
    // Nothing is decoded before its bytes are known to be right.
    let (actual, _) = file_digest(&mut File::open(&path).map_err(io)?).map_err(io)?;
    if actual != entry.sha256 {
        let expected = entry.sha256.clone();
        return Err(SnapshotError::FileDigest {
            path,
            expected,
            actual,
        });
    }
    read_batch(&path)
}

fn read_batch(path: &Path) -> Result<RecordBatch, SnapshotError> {
    let io = |error| SnapshotError::io(path, error);
    let failed = |error| SnapshotError::parquet(path, error);
    let file = File::open(path).map_err(io)?;
    let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(failed)?;
    let fields = metadata.schema().fields().iter();
    let fields: Vec<Field> = fields.map(|field| short_field(field)).collect();
    let options = ArrowReaderOptions::new().with_schema(Arc::new(Schema::new(fields)));
    let metadata = Arc::clone(metadata.metadata());
    let metadata = ArrowReaderMetadata::try_new(metadata, options).map_err(failed)?;
    let columns = largest_first(sizes(&metadata).into_iter().zip(0..), |column| {
        // Each reader opens the file itself: a shared handle would share its position.
        let open = || File::open(path).map_err(io);
        read_column(open, &metadata, column, &failed)
    })?;
    let batch = RecordBatch::try_new(Arc::clone(metadata.schema()), columns);
    batch.map_err(|error| failed(error.into()))
}

/// How many bytes each column has, by its place among the fields.
fn sizes(metadata: &ArrowReaderMetadata) -> Vec<usize> {
    let mut sizes = vec![0usize; metadata.schema().fields().len()];
    for group in metadata.metadata().row_groups() {
        for (leaf, chunk) in group.columns().iter().enumerate() {
            let root = metadata.parquet_schema().get_column_root_idx(leaf);
            if let Some(size) = sizes.get_mut(root) {
                let bytes = usize::try_from(chunk.uncompressed_size()).unwrap_or(0);
                *size = size.saturating_add(bytes);
            }
        }
    }
    sizes
}

/// Works in parallel on things, each behind its size, the largest first, so that nobody waits for a
/// large one at the end; what was made of them in their order.
pub(crate) fn largest_first<I: Send, T: Send>(
    things: impl Iterator<Item = (usize, I)>,
    work: impl Fn(I) -> Result<T, SnapshotError> + Sync,
) -> Result<Vec<T>, SnapshotError> {
    let mut placed: Vec<(usize, (usize, I))> = things.enumerate().collect();
    placed.sort_by_key(|(_, (size, _))| Reverse(*size));
    let made = placed.into_iter().par_bridge();
    let made = made.map(|(place, (_, thing))| work(thing).map(|made| (place, made)));
    let mut made: Vec<(usize, T)> = made.collect::<Result<_, SnapshotError>>()?;
    made.sort_by_key(|(place, _)| *place);
    Ok(made.into_iter().map(|(_, made)| made).collect())
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
