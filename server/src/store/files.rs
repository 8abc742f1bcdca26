//! Files named by the digest of their content.
//!
//! # Shape
//! A file is written under a passing name, synced, renamed to its digest, and only then recorded
//! in the caller's transaction. What is not recorded is never given out: a file that a kill left
//! behind under a passing name is removed when the folder is opened next, and one that got its
//! name but no record is no more than room taken. All names are made here; the name that people
//! see is a text in the database.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

use crate::store::database::{Row, Transaction, Value};
use crate::store::durable::{self, Readers};
use crate::store::encoding::hex;
use crate::store::error::StoreError;
use crate::store::faults::Faults;

/// The folder of passing names.
const PASSING: &str = ".tmp";
/// The most characters of the name that people see.
const NAME_CHARS_MAX: usize = 200;
/// How much is read at once.
const BUFFER_BYTES: usize = 1 << 16;

/// A folder of files named by digest; copies share it.
#[derive(Clone, Debug)]
pub(crate) struct FileFolder(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    faults: Faults,
    passed: AtomicU64,
}

/// A file that is in the folder and not yet recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    /// The SHA-256 of its content.
    pub digest: [u8; 32],
    /// Its length in bytes.
    pub length: u64,
}

/// A file that was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileRecord {
    /// The SHA-256 of its content.
    pub digest: [u8; 32],
    /// What it is.
    pub kind: String,
    /// The name that people see.
    pub name: String,
    /// Its length in bytes.
    pub length: u64,
    /// When it was recorded, in UTC microseconds.
    pub at: i64,
}

/// What is wrong with a recorded file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("文件“{name}”(摘要 {digest}){problem}")]
pub(crate) struct FileFault {
    /// The recorded digest.
    pub digest: String,
    /// The name that people see.
    pub name: String,
    /// What is wrong.
    pub problem: String,
}

impl FileFolder {
    /// Opens the folder, makes it where it is not there, and removes what a kill left behind.
    ///
    /// # Errors
    /// [`StoreError::File`] when it cannot be used.
    pub(crate) fn open(path: &Path, faults: Faults) -> Result<Self, StoreError> {
        let passing = path.join(PASSING);
        durable::folder(path, &faults)?;
        durable::folder(&passing, &faults)?;
        let listed = fs::read_dir(&passing).map_err(StoreError::file("读取文件夹", &passing))?;
        for entry in listed {
            let entry = entry.map_err(StoreError::file("读取文件夹", &passing))?;
            let left = entry.path();
            fs::remove_file(&left).map_err(StoreError::file("删除", &left))?;
        }
        Ok(Self(Arc::new(Inner {
            path: path.to_owned(),
            faults,
            passed: AtomicU64::new(0),
        })))
    }

    /// What stands for failing disks in tests.
    pub(super) fn faults(&self) -> &Faults {
        &self.0.faults
    }

    /// Writes a file's content into the folder; it is to be recorded next.
    ///
    /// # Errors
    /// [`StoreError::Full`] when there is no room, [`StoreError::File`] when it cannot be written
    /// or synced; nothing is in the folder under the digest then.
    pub(crate) async fn keep(&self, content: Vec<u8>) -> Result<Kept, StoreError> {
        self.keep_from(io::Cursor::new(content)).await
    }

    /// Copies a file's content into the folder; it is to be recorded next.
    ///
    /// # Errors
    /// As [`FileFolder::keep`].
    pub(crate) async fn keep_from<R>(&self, content: R) -> Result<Kept, StoreError>
    where
        R: Read + Send + 'static,
    {
        let folder = self.clone();
        blocking(move || folder.keep_now(content)).await
    }

    fn keep_now(&self, mut content: impl Read) -> Result<Kept, StoreError> {
        let number = self.0.passed.fetch_add(1, Ordering::SeqCst);
        let passing = self.0.path.join(PASSING).join(format!("{number}.tmp"));
        let mut file = durable::create(&passing, Readers::Usual)?;
        let result = self.fill(&mut content, &mut file, &passing);
        if result.is_err() {
            // What cannot be removed now is removed when the folder is opened next.
            let _ = fs::remove_file(&passing);
        }
        result
    }

    fn fill(
        &self,
        content: &mut impl Read,
        file: &mut File,
        passing: &Path,
    ) -> Result<Kept, StoreError> {
        let faults = &self.0.faults;
        let copied = durable::step(faults, "file write", || copy(content, file));
        let no_room = [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded];
        let kept = match copied {
            Err(error) if no_room.contains(&error.kind()) => Err(StoreError::Full),
            copied => copied.map_err(StoreError::file("写入", passing)),
        }?;
        let path = self.path(&kept.digest);
        durable::folder(path.parent().unwrap_or(&self.0.path), faults)?;
        durable::finish(file, passing, &path, faults)?;
        Ok(kept)
    }

    /// Reads a recorded file, and checks that it is what was recorded.
    ///
    /// # Errors
    /// [`StoreError::Integrity`] when it is not.
    pub(crate) async fn read(&self, record: &FileRecord) -> Result<Vec<u8>, StoreError> {
        let (folder, record) = (self.clone(), record.clone());
        blocking(move || {
            let path = folder.path(&record.digest);
            let content = fs::read(&path).map_err(|error| record.fault(told(&error)))?;
            let digest: [u8; 32] = Sha256::digest(&content).into();
            if digest != record.digest {
                return Err(record.fault("内容与登记的摘要不符".to_owned()).into());
            }
            Ok(content)
        })
        .await
    }

    /// Reads all recorded files again, and says what is wrong with them, in order of recording.
    ///
    /// # Errors
    /// What the database says; what is wrong with a file is no error here.
    pub(crate) async fn verify(
        &self,
        transaction: &mut Transaction,
    ) -> Result<Vec<FileFault>, StoreError> {
        let mut faults = Vec::new();
        let mut last: Option<FileRecord> = None;
        loop {
            let records = page(transaction, last.as_ref()).await?;
            last = records.last().cloned();
            if last.is_none() {
                return Ok(faults);
            }
            for record in records {
                let folder = self.clone();
                let checked = blocking(move || Ok(folder.check(&record))).await?;
                faults.extend(checked.err());
            }
        }
    }

    fn check(&self, record: &FileRecord) -> Result<(), FileFault> {
        let read = File::open(self.path(&record.digest))
            .and_then(|mut file| copy(&mut file, &mut io::sink()));
        let found = read.map_err(|error| record.fault(told(&error)))?;
        if found.length != record.length {
            let (length, found) = (record.length, found.length);
            return Err(record.fault(format!("应有 {length} 字节,现有 {found} 字节")));
        }
        if found.digest != record.digest {
            return Err(record.fault("内容与登记的摘要不符".to_owned()));
        }
        Ok(())
    }

    /// Where the file of this digest lies, if it is there.
    pub(crate) fn path(&self, digest: &[u8; 32]) -> PathBuf {
        let name = hex(digest);
        let folder = name.get(..2).unwrap_or("");
        self.0.path.join(folder).join(&name)
    }
}

impl FileRecord {
    fn fault(&self, problem: String) -> FileFault {
        FileFault {
            digest: hex(&self.digest),
            name: self.name.clone(),
            problem,
        }
    }

    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            digest: row.array("digest")?,
            kind: row.text("kind")?.to_owned(),
            name: row.text("name")?.to_owned(),
            length: row.size("length")?,
            at: row.int("at")?,
        })
    }
}

impl From<FileFault> for StoreError {
    fn from(fault: FileFault) -> Self {
        Self::Integrity(fault.to_string())
    }
}

/// Records a file that is in the folder; one of the same content stays as it was recorded first.
///
/// # Errors
/// [`StoreError::Name`] when the name cannot be shown; what the database says.
pub(crate) async fn record(
    transaction: &mut Transaction,
    kept: &Kept,
    kind: &str,
    name: &str,
    at: i64,
) -> Result<FileRecord, StoreError> {
    check_name(name)?;
    let insert = "INSERT INTO files (digest, kind, name, length, at) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (digest) DO NOTHING";
    let (digest, length) = (Value::from(kept.digest), Value::size(kept.length)?);
    let values = [digest, kind.into(), name.into(), length, at.into()];
    transaction.execute(insert, &values).await?;
    find(transaction, &kept.digest).await
}

/// The file of this digest.
///
/// # Errors
/// [`StoreError::UnknownFile`] when none was recorded; what the database says.
pub(crate) async fn find(
    transaction: &mut Transaction,
    digest: &[u8; 32],
) -> Result<FileRecord, StoreError> {
    let query = "SELECT digest, kind, name, length, at FROM files WHERE digest = $1";
    let row = transaction
        .fetch_one(query, &[Value::from(*digest)])
        .await?;
    let row = row.ok_or_else(|| StoreError::UnknownFile(hex(digest)))?;
    FileRecord::from_row(&row)
}

/// All recorded files, in order of recording, for whoever needs them all.
///
/// # Errors
/// What the database says.
pub(crate) async fn list(transaction: &mut Transaction) -> Result<Vec<FileRecord>, StoreError> {
    let mut records: Vec<FileRecord> = Vec::new();
    loop {
        let page = page(transaction, records.last()).await?;
        if page.is_empty() {
            return Ok(records);
        }
        records.extend(page);
    }
}

/// How many records are read at once.
const PAGE: i64 = 1_000;

/// The next recorded files behind one of them, in order of recording.
///
/// # Errors
/// What the database says.
pub(crate) async fn page(
    transaction: &mut Transaction,
    after: Option<&FileRecord>,
) -> Result<Vec<FileRecord>, StoreError> {
    let query = "SELECT digest, kind, name, length, at FROM files \
         WHERE at > $1 OR (at = $1 AND digest > $2) ORDER BY at, digest LIMIT $3";
    let (at, digest) = match after {
        Some(record) => (record.at, record.digest.to_vec()),
        None => (i64::MIN, Vec::new()),
    };
    let values = [at.into(), Value::Blob(digest), PAGE.into()];
    let rows = transaction.fetch(query, &values).await?;
    rows.iter().map(FileRecord::from_row).collect()
}

/// Copies everything and gives its digest and length.
fn copy(from: &mut impl Read, to: &mut impl Write) -> io::Result<Kept> {
    let (mut hash, mut length) = (Sha256::new(), 0_u64);
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let count = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let read = buffer.get(..count).unwrap_or(&[]);
        hash.update(read);
        to.write_all(read)?;
        length = length.saturating_add(u64::try_from(count).unwrap_or(0));
    }
    let digest = hash.finalize().into();
    Ok(Kept { digest, length })
}

fn told(error: &io::Error) -> String {
    match error.kind() == io::ErrorKind::NotFound {
        true => "不在数据文件夹中".to_owned(),
        false => format!("不能读取:{error}"),
    }
}

fn check_name(name: &str) -> Result<(), StoreError> {
    let is_path = |letter: char| matches!(letter, '/' | '\\' | ':');
    let problem = if name.trim().is_empty() || matches!(name, "." | "..") {
        "不能为空"
    } else if name.chars().count() > NAME_CHARS_MAX {
        "超过 200 个字符"
    } else if name
        .chars()
        .any(|letter| letter.is_control() || is_path(letter))
    {
        "含有路径符号或控制字符"
    } else {
        return Ok(());
    };
    Err(StoreError::Name {
        what: "文件名",
        value: name.chars().take(NAME_CHARS_MAX).collect(),
        problem,
    })
}

/// Runs work with files where it does not hold up others.
async fn blocking<T, F>(work: F) -> Result<T, StoreError>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, StoreError> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(StoreError::Broken),
        },
    }
}
