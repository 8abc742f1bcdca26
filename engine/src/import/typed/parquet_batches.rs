//! Batches of Parquet files.
//!
//! Footer and page headers are checked before the Parquet reader sees them; row groups are read
//! one after the other, a thousand rows at a time, and only the columns that are used. Texts are
//! read as views of their pages, so that a long word which many rows share stands in memory once.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use parquet::basic::Type as PhysicalType;

use crate::import::limits::{FOOTER_BYTES_MAX, PARQUET_BATCH_ROWS};
use crate::import::typed::Batches;
use crate::import::typed::guard::{damaged, guarded, unsupported};
use crate::import::typed::pages::check_pages;
use crate::import::typed::thrift::{self, FILE_META};
use crate::import::{FileFormat, ImportError};

const PARQUET: FileFormat = FileFormat::Parquet;

/// The length of the footer and the magic, which end the file.
const TAIL_BYTES: u64 = 8;

/// The name under which this system writes Parquet files.
const OWN_WRITER: &str = "zhida";

/// The batches of a Parquet file.
pub(crate) struct ParquetBatches {
    file: File,
    length: u64,
    metadata: ArrowReaderMetadata,
    mask: ProjectionMask,
    group: usize,
    reader: Option<ParquetRecordBatchReader>,
    rows: u64,
    bytes: u64,
}

impl ParquetBatches {
    /// Reads and checks the footer.
    pub(crate) fn open(mut file: File, length: u64) -> Result<Self, ImportError> {
        check_footer(&mut file, length)?;
        let metadata = guarded(PARQUET, || {
            let options = ArrowReaderOptions::new();
            let metadata = ArrowReaderMetadata::load(&file, options).map_err(of_reader)?;
            let written_by = metadata.metadata().file_metadata().created_by();
            if written_by == Some(OWN_WRITER) {
                return Err(ImportError::OwnFile);
            }
            let options = ArrowReaderOptions::new().with_schema(with_views(metadata.schema()));
            ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options)
                .map_err(of_reader)
        })?;
        let batches = Self {
            file,
            length,
            metadata,
            mask: ProjectionMask::all(),
            group: 0,
            reader: None,
            rows: 0,
            bytes: 0,
        };
        batches.check_rows()?;
        Ok(batches)
    }

    /// Whether the row groups have as many rows as the file promises.
    fn check_rows(&self) -> Result<(), ImportError> {
        let metadata = self.metadata.metadata();
        let groups = metadata.row_groups().iter();
        let sum = groups
            .map(|group| u64::try_from(group.num_rows()).ok())
            .try_fold(0u64, |sum, rows| sum.checked_add(rows?));
        let promised = u64::try_from(metadata.file_metadata().num_rows()).ok();
        if sum.is_none() || sum != promised {
            return Err(damaged(PARQUET, "行数前后矛盾"));
        }
        Ok(())
    }

    /// Opens the next row group; false after the last.
    fn open_group(&mut self) -> Result<bool, ImportError> {
        let Some(group) = self.metadata.metadata().row_groups().get(self.group) else {
            return Ok(false);
        };
        let mask = &self.mask;
        check_pages(&mut self.file, self.length, group, &|leaf| {
            mask.leaf_included(leaf)
        })?;
        let file = self
            .file
            .try_clone()
            .map_err(|error| damaged(PARQUET, &error.to_string()))?;
        let (metadata, mask, number) = (self.metadata.clone(), self.mask.clone(), self.group);
        self.reader = Some(guarded(PARQUET, || {
            ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata)
                .with_row_groups(vec![number])
                .with_projection(mask)
                .with_batch_size(PARQUET_BATCH_ROWS)
                .build()
                .map_err(of_reader)
        })?);
        let size = u64::try_from(group.compressed_size()).unwrap_or(0);
        self.bytes = self.bytes.saturating_add(size).min(self.length);
        self.group = self.group.saturating_add(1);
        Ok(true)
    }
}

impl Batches for ParquetBatches {
    /// The schema; columns of 96-bit instants, which wrap around, appear as binary.
    fn schema(&self) -> SchemaRef {
        let parquet = self.metadata.parquet_schema();
        let wraps = |root: usize| {
            (0..parquet.num_columns()).any(|leaf| {
                parquet.get_column_root_idx(leaf) == root
                    && parquet.column(leaf).physical_type() == PhysicalType::INT96
            })
        };
        let fields = self.metadata.schema().fields().iter().enumerate();
        let fields: Vec<FieldRef> = fields
            .map(|(root, field)| {
                if wraps(root) {
                    let binary = Field::new(field.name(), DataType::FixedSizeBinary(12), true);
                    Arc::new(binary)
                } else {
                    Arc::clone(field)
                }
            })
            .collect();
        Arc::new(Schema::new(fields))
    }

    fn choose(&mut self, used: &[usize]) {
        let used = used.iter().copied();
        self.mask = ProjectionMask::roots(self.metadata.parquet_schema(), used);
    }

    fn next(&mut self) -> Result<Option<RecordBatch>, ImportError> {
        loop {
            if let Some(reader) = &mut self.reader {
                let batch = guarded(PARQUET, || {
                    let batch = reader.next().transpose();
                    batch.map_err(|error| damaged(PARQUET, &error.to_string()))
                })?;
                if let Some(batch) = batch {
                    let rows = u64::try_from(batch.num_rows()).unwrap_or(u64::MAX);
                    self.rows = self.rows.saturating_add(rows);
                    return Ok(Some(batch));
                }
            }
            if !self.open_group()? {
                let promised = self.metadata.metadata().file_metadata().num_rows();
                return if u64::try_from(promised) == Ok(self.rows) {
                    Ok(None)
                } else {
                    Err(damaged(PARQUET, "行数少于文件所说"))
                };
            }
        }
    }

    fn bytes_read(&self) -> u64 {
        self.bytes
    }
}

fn of_reader(error: parquet::errors::ParquetError) -> ImportError {
    damaged(PARQUET, &error.to_string())
}

/// Checks the structure of the footer, before memory is reserved for what it promises.
fn check_footer(file: &mut File, length: u64) -> Result<(), ImportError> {
    let short = || damaged(PARQUET, "文件在中途结束");
    let io = |error: std::io::Error| damaged(PARQUET, &error.to_string());
    let tail_start = length.checked_sub(TAIL_BYTES).ok_or_else(short)?;
    file.seek(SeekFrom::Start(tail_start)).map_err(io)?;
    let mut tail = [0u8; 8];
    file.read_exact(&mut tail).map_err(io)?;
    let [a, b, c, d, magic @ ..] = tail;
    match &magic {
        b"PAR1" => {}
        b"PARE" => return Err(unsupported(PARQUET, "文件是加密的,请不加密导出")),
        _ => return Err(damaged(PARQUET, "没有结尾")),
    }
    let size = u64::from(u32::from_le_bytes([a, b, c, d]));
    let start = tail_start.checked_sub(size).filter(|start| *start >= 4);
    let start = start.ok_or_else(short)?;
    if size > FOOTER_BYTES_MAX {
        return Err(damaged(PARQUET, "结尾过长"));
    }
    file.seek(SeekFrom::Start(start)).map_err(io)?;
    let mut footer = vec![0u8; usize::try_from(size).map_err(|_| short())?];
    file.read_exact(&mut footer).map_err(io)?;
    match thrift::check(&footer, FILE_META, &mut |_, _| {}) {
        Ok(_) => Ok(()),
        Err(_) => Err(damaged(PARQUET, "结尾的内容不对")),
    }
}

/// The schema with views of texts instead of texts.
fn with_views(schema: &SchemaRef) -> SchemaRef {
    let fields: Vec<FieldRef> = schema.fields().iter().map(field_with_views).collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "Arrow has many types; those not named stay as they are"
)]
fn field_with_views(field: &FieldRef) -> FieldRef {
    let data = match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
        DataType::List(item) => DataType::List(field_with_views(item)),
        DataType::LargeList(item) => DataType::LargeList(field_with_views(item)),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(field_with_views).collect()),
        _ => return Arc::clone(field),
    };
    Arc::new(field.as_ref().clone().with_data_type(data))
}
