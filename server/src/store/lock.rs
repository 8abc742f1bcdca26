//! One process at a time: the lock file of a data folder or of a SQLite database.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::store::error::StoreError;

/// The longest text that is read from a lock file.
const HOLDER_BYTES_MAX: u64 = 64;

/// Held for as long as this lives; the system frees it when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct ProcessLock {
    _file: File,
}

impl ProcessLock {
    /// Takes the lock, or says who has it.
    ///
    /// The file stays behind: removing it would let two processes lock two files of one name.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when another process, or another part of this one, has it.
    pub(crate) fn take(path: &Path) -> Result<Self, StoreError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let opened = options.open(path);
        let mut file = opened.map_err(StoreError::file("打开锁文件", path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let (path, holder) = (path.to_owned(), holder(&mut file));
                return Err(StoreError::Locked { path, holder });
            }
            Err(TryLockError::Error(error)) => {
                return Err(StoreError::file("锁定", path)(error));
            }
        }
        let written = sign(&mut file);
        written.map_err(StoreError::file("写入锁文件", path))?;
        Ok(Self { _file: file })
    }
}

fn sign(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

/// The process in the file, which is for people alone: the lock itself is the system's.
fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.take(HOLDER_BYTES_MAX).read_to_string(&mut text);
    let number: Option<u32> = read.ok().and_then(|_| text.trim().parse().ok());
    number.map_or_else(String::new, |number| format!(",进程号 {number}"))
}
