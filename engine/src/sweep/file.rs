//! A result as a Parquet file: the kept decisions, and the payable list.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;
use std::sync::{Mutex, PoisonError};
use std::thread;

use parquet::arrow::ArrowWriter;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnDescPtr;
use sha2::{Digest, Sha256};

use crate::snapshot::FileEntry;
use crate::snapshot::atomic::{AtomicFile, hex};
use crate::sweep::award_schema::award_schema;
use crate::sweep::block::{EncodedBlock, decision_schema};
use crate::sweep::error::SweepError;
use crate::sweep::pages::{ColumnPages, Group, PageEncoder};
use crate::sweep::writeback::Writeback;
use crate::sweep::{WritePhase, WriteWatch};

/// The two tables of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResultTable {
    /// The kept decisions.
    Decisions,
    /// The payable list.
    Awards,
}

impl ResultTable {
    /// What its file is called before the digest.
    const fn stem(self) -> &'static str {
        match self {
            Self::Decisions => "decisions",
            Self::Awards => "awards",
        }
    }
}

/// A file of a result that has no name yet.
pub(crate) struct ResultFile {
    folder: PathBuf,
    table: ResultTable,
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

/// Encodes the row groups of a file; shared by all workers.
pub(crate) struct RowGroups {
    columns: Vec<ColumnDescPtr>,
    /// What workers keep; each takes one and puts it back.
    encoders: Mutex<Vec<PageEncoder>>,
}

impl RowGroups {
    /// The pages of a row group, whose columns are written one after the other.
    pub(crate) fn encode(
        &self,
        rows: usize,
        write: impl FnOnce(&mut Group<'_>) -> Result<(), ParquetError>,
    ) -> Result<Vec<ColumnPages>, ParquetError> {
        let lock = || self.encoders.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = lock().pop();
        let mut encoder = match kept {
            Some(encoder) => encoder,
            None => PageEncoder::new()?,
        };
        let mut group = encoder.group(&self.columns, rows);
        write(&mut group)?;
        let pages = group.finish()?;
        lock().push(encoder);
        Ok(pages)
    }
}

/// A file that the disk has, still without its name.
pub(crate) struct WrittenFile {
    folder: PathBuf,
    table: ResultTable,
    file: HashedFile,
}

impl ResultFile {
    /// Opens a file in a folder, which is made where it does not exist.
    pub(crate) fn create(
        folder: &Path,
        table: ResultTable,
    ) -> Result<(Self, RowGroups), SweepError> {
        let io = |error| SweepError::io(folder, error);
        std::fs::create_dir_all(folder).map_err(io)?;
        let file = AtomicFile::create(folder, table.stem()).map_err(io)?;
        Self::over(file, folder, table)
    }

    /// A table over an open file of the folder, and what encodes its row groups.
    pub(crate) fn over(
        file: AtomicFile,
        folder: &Path,
        table: ResultTable,
    ) -> Result<(Self, RowGroups), SweepError> {
        let file = HashedFile {
            file,
            hash: Sha256::new(),
            bytes: 0,
        };
        let place = place_of(folder, table, UNNAMED);
        let failed = |error| SweepError::parquet(&place, error);
        let schema = match table {
            ResultTable::Decisions => decision_schema(),
            ResultTable::Awards => award_schema(),
        };
        // Readers that know Arrow learn its types from the schema that its writer adds.
        let properties = WriterProperties::builder()
            .set_created_by("zhida".to_owned())
            .build();
        let writer = ArrowWriter::try_new(file, schema, Some(properties));
        let writer = writer.map_err(failed)?;
        let (writer, _) = writer.into_serialized_writer().map_err(failed)?;
        let groups = RowGroups {
            columns: writer.schema_descr().columns().to_vec(),
            encoders: Mutex::default(),
        };
        let opened = Self {
            folder: folder.to_path_buf(),
            table,
            writer,
        };
        Ok((opened, groups))
    }

    /// Writes blocks until there are no more, then waits for the disk.
    pub(crate) fn write(
        mut self,
        blocks: &Receiver<EncodedBlock>,
        watch: WriteWatch<'_>,
    ) -> Result<WrittenFile, SweepError> {
        let place = place_of(&self.folder, self.table, UNNAMED);
        let io = |error| SweepError::io(&place, error);
        let disk = self.writer.inner().file.handle().map_err(io)?;
        thread::scope(|scope| {
            let mut disk = Writeback::begin(scope, disk);
            while let Ok(block) = blocks.recv() {
                watch(WritePhase::Begins);
                let written = append(&mut self.writer, block);
                watch(WritePhase::Ends);
                written.map_err(|error| SweepError::parquet(&place, error))?;
                disk.grown(self.writer.inner().bytes);
            }
            disk.finish().map_err(io)
        })?;
        watch(WritePhase::Begins);
        let file = self.writer.into_inner();
        let file = file.map_err(|error| SweepError::parquet(&place, error));
        let synced = file.and_then(|mut file| {
            file.file.sync().map_err(io)?;
            Ok(file)
        });
        watch(WritePhase::Ends);
        let (folder, table) = (self.folder, self.table);
        synced.map(|file| WrittenFile {
            folder,
            table,
            file,
        })
    }
}

fn append(
    writer: &mut SerializedFileWriter<HashedFile>,
    block: EncodedBlock,
) -> Result<(), ParquetError> {
    let mut group = writer.next_row_group()?;
    for column in block.columns {
        group.append_column(&column.bytes, column.close)?;
    }
    group.close()?;
    Ok(())
}

/// What stands for the digest in the name of a file that does not know it yet.
const UNNAMED: &str = "<摘要>";

fn place_of(folder: &Path, table: ResultTable, digest: &str) -> PathBuf {
    folder.join(format!("{}-{digest}.parquet", table.stem()))
}

impl WrittenFile {
    /// Where the file is going to be.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Gives the file its name.
    pub(crate) fn commit(self, digest: &str) -> Result<(PathBuf, FileEntry), SweepError> {
        let place = place_of(&self.folder, self.table, digest);
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
