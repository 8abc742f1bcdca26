//! Writing a file so that it is there whole, or not at all, whatever happens in between.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use crate::store::error::StoreError;
use crate::store::faults::Faults;

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readers {
    /// The user of the process alone.
    Owner,
    /// Whoever the system lets.
    Usual,
}

/// Makes an empty file that nobody had before.
pub(super) fn create(path: &Path, readers: Readers) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if readers == Readers::Owner {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path).map_err(StoreError::file("新建", path))
}

/// Shuts a folder to everybody but its owner: accounts lie in it in clear.
pub(super) fn close_to_others(path: &Path) -> Result<(), StoreError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let owner = fs::Permissions::from_mode(0o700);
        fs::set_permissions(path, owner).map_err(StoreError::file("设置权限", path))?;
    }
    Ok(())
}

/// Writes a file's whole content under a passing name beside it, then gives it its name.
pub(crate) fn write(
    path: &Path,
    content: &[u8],
    readers: Readers,
    faults: &Faults,
) -> Result<(), StoreError> {
    let passing = path.with_extension("tmp");
    match fs::remove_file(&passing) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(StoreError::file("删除", &passing)(error));
        }
        Ok(()) | Err(_) => {}
    }
    let mut file = create(&passing, readers)?;
    let written = step(faults, "file write", || file.write_all(content));
    written.map_err(StoreError::file("写入", &passing))?;
    finish(&file, &passing, path, faults)
}

/// Syncs a file that was written under a passing name, and gives it its name for good.
///
/// A sync that failed is not tried again: what the system dropped would not be written by it.
pub(super) fn finish(
    file: &File,
    passing: &Path,
    path: &Path,
    faults: &Faults,
) -> Result<(), StoreError> {
    let synced = step(faults, "file sync", || file.sync_all());
    synced.map_err(StoreError::file("同步到磁盘", passing))?;
    let renamed = step(faults, "rename", || fs::rename(passing, path));
    renamed.map_err(StoreError::file("改名为", path))?;
    sync_folder(parent(path), faults)
}

/// Makes the names in a folder durable.
pub(super) fn sync_folder(folder: &Path, faults: &Faults) -> Result<(), StoreError> {
    let synced = step(faults, "folder sync", || File::open(folder)?.sync_all());
    synced.map_err(StoreError::file("同步文件夹", folder))
}

/// Makes a folder that is to be there, and its name durable.
pub(super) fn folder(path: &Path, faults: &Faults) -> Result<(), StoreError> {
    if path.is_dir() {
        return Ok(());
    }
    let made = step(faults, "folder", || fs::create_dir_all(path));
    made.map_err(StoreError::file("新建文件夹", path))?;
    sync_folder(parent(path), faults)
}

/// Where a name stands: a bare one in the folder that the process works in.
fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    }
}

/// Counts the step before and after what it does.
pub(super) fn step<T>(
    faults: &Faults,
    point: &'static str,
    work: impl FnOnce() -> io::Result<T>,
) -> io::Result<T> {
    faults.step(point)?;
    let done = work()?;
    faults.step(point)?;
    Ok(done)
}

/// Whether nobody but the user of the process can read a file of secrets.
///
/// # Errors
/// What is wrong with it, in words.
#[cfg(unix)]
pub(crate) fn check_private(path: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = fs::metadata(path).map_err(|error| error.to_string())?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(format!("其他用户可以读取(权限 {mode:o},应为 600)"))
}

/// Whether nobody but the user of the process can read a file of secrets.
#[cfg(not(unix))]
pub(crate) fn check_private(_: &Path) -> Result<(), String> {
    Ok(())
}
