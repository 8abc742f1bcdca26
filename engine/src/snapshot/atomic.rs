//! Files that are there whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Bytes read at a time when a file is hashed.
const CHUNK_BYTES: usize = 1 << 16;

/// A file under a temporary name beside its place. It takes its name only on
/// [`AtomicFile::commit`]; dropped before, it is removed.
#[derive(Debug)]
pub(crate) struct AtomicFile {
    temporary: PathBuf,
    file: Option<BufWriter<File>>,
}

impl AtomicFile {
    /// Opens a temporary file in the folder.
    pub(crate) fn create(folder: &Path, stem: &str) -> io::Result<Self> {
        let mut name = OsString::from(".");
        name.push(stem);
        name.push(format!(".{}.tmp", std::process::id()));
        let temporary = folder.join(name);
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(&temporary)?;
        Ok(Self {
            temporary,
            file: Some(BufWriter::new(file)),
        })
    }

    /// Where the bytes stand until they are committed.
    pub(crate) fn temporary(&self) -> &Path {
        &self.temporary
    }

    /// Writes what is still in memory and waits until the disk has it.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        let Some(writer) = self.file.as_mut() else {
            return Ok(());
        };
        writer.flush()?;
        writer.get_ref().sync_all()
    }

    /// Gives the file its name.
    pub(crate) fn commit(mut self, place: &Path) -> io::Result<()> {
        self.sync()?;
        self.file = None;
        fs::rename(&self.temporary, place)?;
        match place.parent() {
            Some(folder) => sync_folder(folder),
            None => Ok(()),
        }
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.file.as_mut() {
            Some(writer) => writer.write(bytes),
            None => Err(io::Error::other("the file is closed")),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.file.as_mut() {
            Some(writer) => writer.flush(),
            None => Ok(()),
        }
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        if let Some(writer) = self.file.take() {
            // What is left in memory is not written: the disk may be full.
            let (_file, _unwritten) = writer.into_parts();
            let _removed = fs::remove_file(&self.temporary);
        }
    }
}

/// Waits until the disk has the names of a folder.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    File::open(folder)?.sync_all()
}

/// Writes a whole small file, or nothing.
pub(crate) fn write_atomic(place: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = place.parent().unwrap_or_else(|| Path::new("."));
    let stem = place
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let mut file = AtomicFile::create(folder, &stem)?;
    file.write_all(bytes)?;
    file.commit(place)
}

/// The SHA-256 of a file and its length.
pub(crate) fn file_digest(file: &mut impl Read) -> io::Result<(String, u64)> {
    let mut hash = Sha256::new();
    let mut chunk = vec![0u8; CHUNK_BYTES];
    let mut length = 0u64;
    loop {
        let count = file.read(&mut chunk)?;
        if count == 0 {
            return Ok((hex(&hash.finalize()), length));
        }
        hash.update(chunk.get(..count).unwrap_or_default());
        length = length.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
    }
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(bytes.len().saturating_mul(2));
    for byte in bytes {
        let _written = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_committed_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = AtomicFile::create(folder.path(), "facts").unwrap();
        file.write_all(b"half").unwrap();
        drop(file);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_committed_file_has_its_name_and_digest() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("abc");
        write_atomic(&place, b"abc").unwrap();
        let (digest, length) = file_digest(&mut File::open(&place).unwrap()).unwrap();
        // FIPS 180-2, appendix B.1.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!((digest.as_str(), length), (expected, 3));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
