//! The kept decisions as a Parquet file.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowRowGroupWriterFactory;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use sha2::{Digest, Sha256};

use crate::snapshot::FileEntry;
use crate::snapshot::atomic::{AtomicFile, hex};
use crate::sweep::block::{BLOCK_DECISIONS, EncodedBlock};
use crate::sweep::error::SweepError;
use crate::sweep::{WritePhase, WriteWatch};

/// A file of decisions that has no name yet.
pub(crate) struct DecisionFile {
    folder: PathBuf,
    writer: SerializedFileWriter<HashedFile>,
}

/// A file with the digest of what was written to it.
struct HashedFile {
    file: AtomicFile,
    hash: Sha256,
    bytes: u64,
}

impl Write for HashedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.hash.update(bytes.get(..count).unwrap_or_default());
        let more = u64::try_from(count).unwrap_or(u64::MAX);
        self.bytes = self.bytes.saturating_add(more);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A file of decisions that the disk has, still without its name.
pub(crate) struct WrittenFile {
    folder: PathBuf,
    file: HashedFile,
}

impl DecisionFile {
    /// Opens a file in a folder, which is made where it does not exist.
    pub(crate) fn create(
        folder: &Path,
    ) -> Result<(Self, SchemaRef, ArrowRowGroupWriterFactory), SweepError> {
        let io = |error| SweepError::io(folder, error);
        std::fs::create_dir_all(folder).map_err(io)?;
        Self::over(AtomicFile::create(folder, "decisions").map_err(io)?, folder)
    }

    /// Decisions over an open file of the folder, and what encodes their row groups.
    pub(crate) fn over(
        file: AtomicFile,
        folder: &Path,
    ) -> Result<(Self, SchemaRef, ArrowRowGroupWriterFactory), SweepError> {
        let file = HashedFile {
            file,
            hash: Sha256::new(),
            bytes: 0,
        };
        let place = place_of(folder, UNNAMED);
        let failed = |error| SweepError::parquet(&place, error);
        let schema = schema();
        let writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties()));
        let writer = writer.map_err(failed)?;
        let (writer, factory) = writer.into_serialized_writer().map_err(failed)?;
        let folder = folder.to_path_buf();
        Ok((Self { folder, writer }, schema, factory))
    }

    /// Writes blocks until there are no more, then waits for the disk.
    pub(crate) fn write(
        mut self,
        blocks: &Receiver<EncodedBlock>,
        watch: WriteWatch<'_>,
    ) -> Result<WrittenFile, SweepError> {
        let place = place_of(&self.folder, UNNAMED);
        while let Ok(block) = blocks.recv() {
            watch(WritePhase::Begins);
            let written = append(&mut self.writer, block);
            watch(WritePhase::Ends);
            written.map_err(|error| SweepError::parquet(&place, error))?;
        }
        watch(WritePhase::Begins);
        let file = self.writer.into_inner();
        let file = file.map_err(|error| SweepError::parquet(&place, error));
        let synced = file.and_then(|mut file| {
            let synced = file.file.sync();
            synced.map_err(|error| SweepError::io(&place, error))?;
            Ok(file)
        });
        watch(WritePhase::Ends);
        let folder = self.folder;
        synced.map(|file| WrittenFile { folder, file })
    }
}

fn append(
    writer: &mut SerializedFileWriter<HashedFile>,
    block: EncodedBlock,
) -> Result<(), ParquetError> {
    let mut group = writer.next_row_group()?;
    for chunk in block.chunks {
        chunk.append_to_row_group(&mut group)?;
    }
    group.close()?;
    Ok(())
}

/// What stands for the digest in the name of a file that does not know it yet.
const UNNAMED: &str = "<摘要>";

fn place_of(folder: &Path, digest: &str) -> PathBuf {
    folder.join(format!("decisions-{digest}.parquet"))
}

impl WrittenFile {
    /// Where the file is going to be.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Gives the file its name.
    pub(crate) fn commit(self, digest: &str) -> Result<(PathBuf, FileEntry), SweepError> {
        let place = place_of(&self.folder, digest);
        let name = place.file_name().unwrap_or_default();
        let entry = FileEntry {
            name: name.to_string_lossy().into_owned(),
            sha256: hex(&self.file.hash.finalize()),
            bytes: self.file.bytes,
        };
        let committed = self.file.file.commit(&place);
        committed.map_err(|error| {
            // The name may stand already where only the folder could not be synced.
            let _removed = std::fs::remove_file(&place);
            SweepError::io(&place, error)
        })?;
        Ok((place, entry))
    }
}

/// The fastest level of zstd, and statistics of whole row groups: the file is written once, at
/// the speed of the sweep, and read now and then.
fn properties() -> WriterProperties {
    WriterProperties::builder()
        .set_created_by("zhida".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(BLOCK_DECISIONS))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .build()
}

fn schema() -> SchemaRef {
    let text = |name: &str, is_nullable| Field::new(name, DataType::Utf8, is_nullable);
    let amount = |name: &str| Field::new(name, DataType::Int64, true);
    Arc::new(Schema::new(vec![
        text("uscc", false),
        text("measure", false),
        text("outcome", false),
        amount("award_fen"),
        amount("ceiling_fen"),
        amount("least_fen"),
        amount("greatest_fen"),
        Field::new("reason", DataType::UInt16, true),
        text("missing", true),
    ]))
}
