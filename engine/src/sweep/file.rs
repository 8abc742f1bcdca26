//! The kept decisions as a Parquet file.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, UInt16Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use zhida_policies::measure::library::Library;
use zhida_policies::values::Money;

use crate::snapshot::atomic::{AtomicFile, file_digest};
use crate::snapshot::parquet_file::writer_properties;
use crate::snapshot::{FileEntry, Snapshot};
use crate::sweep::error::SweepError;
use crate::sweep::record::DecisionRecord;

/// A file of decisions that has no name yet.
pub(crate) struct DecisionFile {
    folder: PathBuf,
    writer: ArrowWriter<AtomicFile>,
}

impl DecisionFile {
    /// Opens a file in a folder, which is made where it does not exist.
    pub(crate) fn create(folder: &Path) -> Result<Self, SweepError> {
        let io = |error| SweepError::io(folder, error);
        std::fs::create_dir_all(folder).map_err(io)?;
        Self::over(AtomicFile::create(folder, "decisions").map_err(io)?, folder)
    }

    /// Decisions over an open file of the folder.
    pub(crate) fn over(file: AtomicFile, folder: &Path) -> Result<Self, SweepError> {
        let writer = ArrowWriter::try_new(file, schema(), Some(writer_properties()))
            .map_err(|error| SweepError::parquet(folder, error))?;
        let folder = folder.to_path_buf();
        Ok(Self { folder, writer })
    }

    /// Where the file is going to be.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Adds decisions in their order.
    pub(crate) fn write(
        &mut self,
        snapshot: &Snapshot,
        library: &Library,
        records: &[DecisionRecord],
    ) -> Result<(), SweepError> {
        let failed = |error| SweepError::parquet(&self.folder, error);
        let batch = batch(snapshot, library, records).map_err(|error| failed(error.into()))?;
        self.writer.write(&batch).map_err(failed)
    }

    /// Waits for the disk and gives the file its name.
    pub(crate) fn commit(self, digest: &str) -> Result<FileEntry, SweepError> {
        let name = format!("decisions-{digest}.parquet");
        let place = self.folder.join(&name);
        let io = |error| SweepError::io(&place, error);
        let mut file = self
            .writer
            .into_inner()
            .map_err(|error| SweepError::parquet(&place, error))?;
        file.sync().map_err(io)?;
        let mut written = File::open(file.temporary()).map_err(io)?;
        let (sha256, bytes) = file_digest(&mut written).map_err(io)?;
        file.commit(&place).map_err(io)?;
        Ok(FileEntry {
            name,
            sha256,
            bytes,
        })
    }
}

fn schema() -> SchemaRef {
    let amount = |name: &str| Field::new(name, DataType::Int64, true);
    Arc::new(Schema::new(vec![
        Field::new("uscc", DataType::Utf8, false),
        Field::new("measure", DataType::Utf8, false),
        Field::new("outcome", DataType::Utf8, false),
        amount("award_fen"),
        amount("ceiling_fen"),
        amount("least_fen"),
        amount("greatest_fen"),
        Field::new("reason", DataType::UInt16, true),
        Field::new("missing", DataType::Utf8, true),
    ]))
}

fn batch(
    snapshot: &Snapshot,
    library: &Library,
    records: &[DecisionRecord],
) -> Result<RecordBatch, arrow::error::ArrowError> {
    let texts = |text: &dyn Fn(&DecisionRecord) -> Option<String>| -> ArrayRef {
        Arc::new(records.iter().map(text).collect::<StringArray>())
    };
    let amounts = |amount: fn(&DecisionRecord) -> Option<Money>| -> ArrayRef {
        let fen = records.iter().map(|record| amount(record).map(Money::fen));
        Arc::new(fen.collect::<Int64Array>())
    };
    let measure = |record: &DecisionRecord| {
        library
            .measures
            .get(record.measure)
            .map(|measure| measure.id.to_string())
    };
    let reasons: UInt16Array = records
        .iter()
        .map(|record| record.reason.map(crate::decision::Reason::code))
        .collect();
    RecordBatch::try_new(
        schema(),
        vec![
            texts(&|record| Some(snapshot.uscc(record.row).to_owned())),
            texts(&measure),
            texts(&|record| Some(record.kind.word().to_owned())),
            amounts(|record| record.award),
            amounts(|record| record.ceiling),
            amounts(|record| record.least),
            amounts(|record| record.greatest),
            Arc::new(reasons),
            texts(&|record| Some(record.missing.clone()).filter(|missing| !missing.is_empty())),
        ],
    )
}
