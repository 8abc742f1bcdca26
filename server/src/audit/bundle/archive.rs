//! The archive as a file: entries under their digests, and a comment that covers every byte.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::store::encoding::hex;

/// What the comment at the end of the file begins with; the SHA-256 of all bytes before the
/// digest follows.
const COMMENT: &str = "zhida bundle sha256 ";
/// The digits of a SHA-256.
const DIGITS: usize = 64;
/// How much is read at once.
const BUFFER_BYTES: usize = 1 << 16;

/// One entry, as the manifest names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    /// Its path in the archive.
    pub(crate) path: String,
    /// The SHA-256 of its content.
    pub(crate) sha256: String,
    /// The length of its content.
    pub(crate) bytes: u64,
}

/// Whether an entry is made smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    /// Texts.
    Deflated,
    /// What is packed already.
    Stored,
}

/// An archive that is being written; without [`ArchiveWriter::finish`] it goes.
pub(super) struct ArchiveWriter {
    zip: Option<ZipWriter<File>>,
    passing: PathBuf,
    place: PathBuf,
    open: Option<(String, Sha256, u64)>,
    /// What was written, in order.
    pub(super) entries: Vec<Entry>,
}

impl ArchiveWriter {
    /// Opens an archive beside its place, under a passing name.
    pub(super) fn create(place: &Path) -> io::Result<Self> {
        let mut passing = place.as_os_str().to_owned();
        passing.push(".part");
        let passing = PathBuf::from(passing);
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(true);
        let file = options.open(&passing)?;
        let zip = ZipWriter::new(file).set_auto_large_file();
        Ok(Self {
            zip: Some(zip),
            passing,
            place: place.to_path_buf(),
            open: None,
            entries: Vec::new(),
        })
    }

    fn zip(&mut self) -> io::Result<&mut ZipWriter<File>> {
        let closed = || io::Error::other("the archive is closed");
        self.zip.as_mut().ok_or_else(closed)
    }

    /// Begins an entry.
    pub(super) fn begin(&mut self, path: &str, packing: Packing) -> io::Result<()> {
        let method = match packing {
            Packing::Deflated => CompressionMethod::Deflated,
            Packing::Stored => CompressionMethod::Stored,
        };
        // The time of no entry is that of a clock: the same content gives the same bytes.
        let options = SimpleFileOptions::default().compression_method(method);
        self.zip()?.start_file(path, options)?;
        self.open = Some((path.to_owned(), Sha256::new(), 0));
        Ok(())
    }

    /// Adds to the entry that was begun.
    pub(super) fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.zip()?.write_all(bytes)?;
        if let Some((_, hash, length)) = &mut self.open {
            hash.update(bytes);
            *length = length.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        }
        Ok(())
    }

    /// Ends the entry that was begun.
    pub(super) fn end(&mut self) {
        if let Some((path, hash, bytes)) = self.open.take() {
            let sha256 = hex(&hash.finalize());
            self.entries.push(Entry {
                path,
                sha256,
                bytes,
            });
        }
    }

    /// A whole entry.
    pub(super) fn put(&mut self, path: &str, packing: Packing, bytes: &[u8]) -> io::Result<()> {
        self.begin(path, packing)?;
        self.add(bytes)?;
        self.end();
        Ok(())
    }

    /// Ends the archive: writes the digest of all that it is into its comment, and gives it its
    /// name. The digest comes back.
    pub(super) fn finish(mut self) -> io::Result<String> {
        let zeros = "0".repeat(DIGITS);
        self.zip()?.set_comment(format!("{COMMENT}{zeros}"))?;
        let closed = || io::Error::other("the archive is closed");
        let mut file = self.zip.take().ok_or_else(closed)?.finish()?;
        let end = file.seek(SeekFrom::End(0))?;
        let digits = u64::try_from(DIGITS).unwrap_or(u64::MAX);
        let covered = end.saturating_sub(digits);
        let digest = digest_of(&mut file, covered)?;
        file.seek(SeekFrom::Start(covered))?;
        file.write_all(digest.as_bytes())?;
        file.sync_all()?;
        drop(file);
        fs::rename(&self.passing, &self.place)?;
        Ok(digest)
    }
}

impl Drop for ArchiveWriter {
    fn drop(&mut self) {
        // After `finish` there is nothing under this name any more.
        let _removed = fs::remove_file(&self.passing);
    }
}

/// The SHA-256 of the first bytes of a file.
fn digest_of(file: &mut File, bytes: u64) -> io::Result<String> {
    file.seek(SeekFrom::Start(0))?;
    let mut hash = Sha256::new();
    let mut taken = BufReader::new(file.take(bytes));
    hash_all(&mut taken, &mut hash)?;
    Ok(hex(&hash.finalize()))
}

/// Hashes all that is left of a stream; its length.
fn hash_all(stream: &mut impl Read, hash: &mut Sha256) -> io::Result<u64> {
    let (mut buffer, mut length) = (vec![0; BUFFER_BYTES], 0u64);
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(length),
            Ok(count) => {
                hash.update(buffer.get(..count).unwrap_or_default());
                length = length.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// An archive that is read.
pub(super) struct ArchiveReader {
    zip: ZipArchive<BufReader<File>>,
}

impl ArchiveReader {
    /// Opens an archive whose every byte is covered by its comment; the fault where it is not.
    pub(super) fn open(path: &Path) -> io::Result<Result<Self, String>> {
        let mut file = File::open(path)?;
        let end = file.seek(SeekFrom::End(0))?;
        let digits = u64::try_from(DIGITS).unwrap_or(u64::MAX);
        let Some(covered) = end.checked_sub(digits) else {
            return Ok(Err("文件太短,不是审计包".to_owned()));
        };
        file.seek(SeekFrom::Start(covered))?;
        let mut sealed = String::new();
        if file.read_to_string(&mut sealed).is_err() {
            return Ok(Err("文件末尾的摘要被改动".to_owned()));
        }
        let found = digest_of(&mut file, covered)?;
        if found != sealed {
            return Ok(Err(format!(
                "整个文件的摘要不符:末尾写的是 {sealed},重算得 {found}"
            )));
        }
        let zip = match ZipArchive::new(BufReader::with_capacity(BUFFER_BYTES, file)) {
            Ok(zip) => zip,
            Err(error) => return Ok(Err(format!("不是 zip 文件:{error}"))),
        };
        if !zip.comment().starts_with(COMMENT.as_bytes()) {
            return Ok(Err("不是审计包:没有 zhida bundle 的标记".to_owned()));
        }
        Ok(Ok(Self { zip }))
    }

    /// The paths of all entries; the fault where one is no text.
    pub(super) fn paths(&self) -> io::Result<Vec<String>> {
        let names = self.zip.file_names();
        let names = names.map(|name| Ok(name.map_err(io::Error::from)?.into_owned()));
        names.collect()
    }

    /// The whole of a small entry.
    pub(super) fn read(&mut self, path: &str) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.stream(path)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// An entry as it is unpacked.
    pub(super) fn stream(&mut self, path: &str) -> io::Result<impl Read + '_> {
        let named = |error: zip::result::ZipError| io::Error::other(format!("{path}:{error}"));
        self.zip.by_name(path).map_err(named)
    }

    /// The digest and length of an entry.
    pub(super) fn digest(&mut self, path: &str) -> io::Result<(String, u64)> {
        let mut hash = Sha256::new();
        let length = hash_all(&mut self.stream(path)?, &mut hash)?;
        Ok((hex(&hash.finalize()), length))
    }
}

/// The entries of a manifest by path.
pub(super) fn by_path(entries: &[Entry]) -> BTreeMap<&str, &Entry> {
    let named = entries.iter().map(|entry| (entry.path.as_str(), entry));
    named.collect()
}
