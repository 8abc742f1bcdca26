//! Files that are there whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

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
    /// Opens a temporary file in the folder, under a name that no other file of this process has,
    /// and removes those that killed processes have left under the same stem.
    pub(crate) fn create(folder: &Path, stem: &str) -> io::Result<Self> {
        remove_left_behind(folder, stem);
        loop {
            let temporary = temporary_name(folder, stem);
            // A file that a crashed process of the same number has left, where nothing is locked.
            match fs::remove_file(&temporary) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
            let file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .open(&temporary)?;
            // Who tidies up tells by the lock that somebody writes. Not every file system has
            // locks, and on those nothing is tidied up.
            let is_locked = file.lock().is_ok();
            if !is_locked || temporary.exists() {
                return Ok(Self {
                    temporary,
                    file: Some(BufWriter::new(file)),
                });
            }
            // Somebody took it for left behind before it was locked.
        }
    }

    /// A file to which every write says that the disk is full.
    #[cfg(test)]
    pub(crate) fn on_full_disk(folder: &Path, stem: &str) -> io::Result<Self> {
        let temporary = temporary_name(folder, stem);
        std::os::unix::fs::symlink("/dev/full", &temporary)?;
        let file = OpenOptions::new().write(true).open(&temporary)?;
        Ok(Self {
            temporary,
            file: Some(BufWriter::new(file)),
        })
    }

    /// Where the bytes stand until they are committed.
    pub(crate) fn temporary(&self) -> &Path {
        &self.temporary
    }

    /// Another handle of the file.
    pub(crate) fn handle(&self) -> io::Result<File> {
        let closed = || io::Error::other("the file is closed");
        let writer = self.file.as_ref().ok_or_else(closed)?;
        writer.get_ref().try_clone()
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

/// Removes the temporary files of a stem that nobody writes any more: a lock ends with the process
/// that holds it, however it ends. What cannot be looked at or removed stays.
fn remove_left_behind(folder: &Path, stem: &str) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        if !is_temporary(&entry.file_name().to_string_lossy(), stem) {
            continue;
        }
        let file = OpenOptions::new().write(true).open(entry.path());
        if file.is_ok_and(|file| file.try_lock().is_ok()) {
            let _removed = fs::remove_file(entry.path());
        }
    }
}

/// Whether a name is one of [`temporary_name`].
fn is_temporary(name: &str, stem: &str) -> bool {
    let inner = name
        .strip_prefix('.')
        .and_then(|name| name.strip_suffix(".tmp"));
    let numbers = inner.and_then(|inner| inner.strip_prefix(stem)?.strip_prefix('.'));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    numbers
        .and_then(|numbers| numbers.split_once('.'))
        .is_some_and(|(process, number)| is_number(process) && is_number(number))
}

/// A hidden name beside the place of a file.
fn temporary_name(folder: &Path, stem: &str) -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    folder.join(format!(".{stem}.{}.{number}.tmp", std::process::id()))
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
    fn what_a_killed_process_left_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let names = || {
            let entries = fs::read_dir(folder.path()).unwrap();
            let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
            names.collect::<std::collections::BTreeSet<String>>()
        };
        let others = [
            ".facts.1.2",
            ".facts.1.2.tmp.keep",
            ".facts.1.tmp",
            ".facts.a.2.tmp",
            ".ledger.1.2.tmp",
            "facts.1.2.tmp",
        ];
        // No process has a number of so many digits.
        let left = [".facts.99999999999.0.tmp", ".facts.99999999999.7.tmp"];
        for name in others.iter().chain(&left) {
            fs::write(folder.path().join(name), "half").unwrap();
        }
        let mut living = AtomicFile::create(folder.path(), "facts").unwrap();
        assert!(names().is_superset(&others.map(String::from).into()));
        assert_eq!(names().len(), others.len() + 1);
        // The file of a process that lives stays, and keeps what is written to it.
        living.write_all(b"whole").unwrap();
        let other = AtomicFile::create(folder.path(), "facts").unwrap();
        assert_eq!(names().len(), others.len() + 2);
        drop(other);
        living.commit(&folder.path().join("facts")).unwrap();
        assert_eq!(fs::read(folder.path().join("facts")).unwrap(), b"whole");
        assert_eq!(names().len(), others.len() + 1);
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
