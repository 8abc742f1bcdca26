//! What kind of file it is, told from its first bytes and never from its name.

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};

/// The kind of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// Text with commas, semicolons or tabs; whatever is none of the others.
    Csv,
    /// Apache Parquet: begins with `PAR1`.
    Parquet,
    /// An Arrow IPC file (Feather): begins with `ARROW1`.
    ArrowFile,
    /// An Arrow IPC stream: begins with four bytes `FF`.
    ArrowStream,
}

impl FileFormat {
    /// Finds out the kind and goes back to the beginning.
    ///
    /// # Errors
    /// What the reader says.
    pub fn detect<R: Read + Seek>(reader: &mut R) -> io::Result<Self> {
        reader.seek(SeekFrom::Start(0))?;
        let mut start = Vec::new();
        reader.by_ref().take(6).read_to_end(&mut start)?;
        reader.seek(SeekFrom::Start(0))?;
        Ok(if start.starts_with(b"ARROW1") {
            Self::ArrowFile
        } else if start.starts_with(b"PAR1") || start.starts_with(b"PARE") {
            Self::Parquet
        } else if start.starts_with(&[0xFF; 4]) {
            Self::ArrowStream
        } else {
            Self::Csv
        })
    }
}

impl fmt::Display for FileFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Csv => "CSV",
            Self::Parquet => "Parquet",
            Self::ArrowFile => "Arrow IPC 文件",
            Self::ArrowStream => "Arrow IPC 流",
        })
    }
}
