//! A folder of files that is there whole, or not at all, and never changes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::store::durable::{self, Readers};
use crate::store::error::StoreError;
use crate::store::folder::Store;

/// One file: its path inside of the folder, with `/`, and its bytes.
pub(crate) type ShelvedFile = (String, Vec<u8>);

impl Store {
    /// Puts a folder of files in its place.
    ///
    /// # Shape
    /// Everything is written and synced under a passing name beside it, which a crash may leave
    /// behind and the next call removes. A folder that is there already must hold these very
    /// files and no others.
    /// # Errors
    /// [`StoreError::Integrity`] where another folder of that name was changed;
    /// [`StoreError::File`] where it cannot be written.
    pub(crate) fn shelve(&self, folder: &Path, files: &[ShelvedFile]) -> Result<(), StoreError> {
        if folder.is_dir() {
            return compare(folder, files);
        }
        let faults = self.files.faults();
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let passing = folder.with_file_name(format!(".{name}.tmp"));
        match fs::remove_dir_all(&passing) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(StoreError::file("删除", &passing)(error));
            }
            Ok(()) | Err(_) => {}
        }
        for (path, bytes) in files {
            let path = passing.join(path);
            if let Some(parent) = path.parent() {
                durable::folder(parent, faults)?;
            }
            durable::write(&path, bytes, Readers::Usual, faults)?;
        }
        let renamed = durable::step(faults, "rename", || fs::rename(&passing, folder));
        renamed.map_err(StoreError::file("改名为", folder))?;
        durable::sync_folder(folder.parent().unwrap_or(Path::new(".")), faults)
    }
}

/// Refuses a folder that does not hold these files.
fn compare(folder: &Path, files: &[ShelvedFile]) -> Result<(), StoreError> {
    let changed = |path: &Path, what: &str| {
        StoreError::Integrity(format!(
            "{} {what},与日志不符;请移走文件夹 {},程序会按日志重建",
            path.display(),
            folder.display()
        ))
    };
    for (name, bytes) in files {
        let path = folder.join(name);
        match fs::read(&path) {
            Ok(there) if there == *bytes => {}
            Ok(_) => return Err(changed(&path, "被改动")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(changed(&path, "缺失"));
            }
            Err(error) => return Err(StoreError::file("读取", &path)(error)),
        }
    }
    let mut found = Vec::new();
    list(folder, &mut found)?;
    let extra = found.into_iter().find(|path| {
        let mut known = files.iter().map(|(name, _)| folder.join(name));
        known.all(|known| known != *path)
    });
    match extra {
        Some(path) => Err(changed(&path, "不是程序写的")),
        None => Ok(()),
    }
}

fn list(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), StoreError> {
    let entries = fs::read_dir(folder).map_err(StoreError::file("读取", folder))?;
    for entry in entries {
        let entry = entry.map_err(StoreError::file("读取", folder))?;
        let path = entry.path();
        if path.is_dir() {
            list(&path, found)?;
        } else {
            found.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(texts: &[(&str, &str)]) -> Vec<ShelvedFile> {
        let owned = texts.iter();
        owned
            .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()))
            .collect()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_folder_is_written_once_and_a_change_of_it_is_found() {
        let data = tempfile::tempdir().unwrap();
        let store = Store::create(&data.path().join("data"), None, "示例")
            .await
            .unwrap();
        let shelf = data.path().join("data/published/000001");
        let texts = files(&[("a.md", "甲"), ("hubei/b.md", "乙")]);
        // What a crash left behind is in nobody's way.
        let left = shelf.with_file_name(".000001.tmp");
        fs::create_dir_all(&left).unwrap();
        fs::write(left.join("half.md"), "半").unwrap();
        store.shelve(&shelf, &texts).unwrap();
        assert!(!left.exists() && !shelf.join("half.md").exists());
        assert_eq!(fs::read_to_string(shelf.join("hubei/b.md")).unwrap(), "乙");
        store.shelve(&shelf, &texts).unwrap();
        for (name, text, what) in [("a.md", "丙", "被改动"), ("c.md", "丁", "不是程序写的")]
        {
            let before = fs::read(shelf.join(name)).ok();
            fs::write(shelf.join(name), text).unwrap();
            let error = store.shelve(&shelf, &texts).unwrap_err().to_string();
            assert!(error.contains(what) && error.contains(name), "{error}");
            match before {
                Some(bytes) => fs::write(shelf.join(name), bytes).unwrap(),
                None => fs::remove_file(shelf.join(name)).unwrap(),
            }
        }
        fs::remove_file(shelf.join("hubei/b.md")).unwrap();
        let error = store.shelve(&shelf, &texts).unwrap_err().to_string();
        assert!(error.contains("缺失"), "{error}");
    }
}
