//! Reading policy files and vocabularies from disk.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::check::PolicyText;
use crate::document::DOCUMENT_BYTES_MAX;
use crate::vocabulary::{Vocabulary, VocabularyFault};

/// Why files could not be read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file system refused.
    #[error("无法读取 {path}:{source}")]
    Io {
        /// The path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A folder holds no policy.
    #[error("{0} 里没有政策文件(*.md)")]
    Empty(PathBuf),
    /// A file is too large to be a policy or vocabulary.
    #[error("{0} 超过 2 MiB,不是政策文件或词汇表")]
    TooLarge(PathBuf),
    /// The vocabulary has faults.
    #[error("词汇表 {path} 有 {} 处错误", faults.len())]
    Vocabulary {
        /// The path.
        path: PathBuf,
        /// All faults.
        faults: Vec<VocabularyFault>,
    },
}

/// Reads one policy file, or every `*.md` below a folder except files named `README.md`.
///
/// # Shape
/// Paths are relative to the folder, with `/`, in order; a single file is named by its own name.
/// # Errors
/// [`LoadError`] where a path cannot be read or holds no policy.
pub fn read_policies(path: &Path) -> Result<Vec<PolicyText>, LoadError> {
    let metadata = fs::metadata(path).map_err(|source| failed(path, source))?;
    if !metadata.is_dir() {
        let name = path
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        return Ok(vec![PolicyText {
            path: name,
            bytes: read_file(path)?,
        }]);
    }
    let mut texts = Vec::new();
    let mut folders = vec![(path.to_path_buf(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|source| failed(&folder, source))? {
            let entry = entry.map_err(|source| failed(&folder, source))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = entry
                .file_type()
                .map_err(|source| failed(&folder, source))?;
            let relative = format!("{prefix}{name}");
            if kind.is_dir() {
                folders.push((entry.path(), format!("{relative}/")));
            } else if name.ends_with(".md") && name != "README.md" {
                texts.push(PolicyText {
                    path: relative,
                    bytes: read_file(&entry.path())?,
                });
            }
        }
    }
    if texts.is_empty() {
        return Err(LoadError::Empty(path.to_path_buf()));
    }
    texts.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(texts)
}

/// Reads a vocabulary.
///
/// # Errors
/// [`LoadError`] where it cannot be read or has faults, all of them.
pub fn read_vocabulary(path: &Path) -> Result<Arc<Vocabulary>, LoadError> {
    let bytes = read_file(path)?;
    let text = String::from_utf8(bytes).map_err(|error| {
        failed(
            path,
            io::Error::new(io::ErrorKind::InvalidData, error.utf8_error()),
        )
    })?;
    Vocabulary::read(&text, &crate::syntax::keywords::ends_expression)
        .map(Arc::new)
        .map_err(|faults| LoadError::Vocabulary {
            path: path.to_path_buf(),
            faults,
        })
}

fn read_file(path: &Path) -> Result<Vec<u8>, LoadError> {
    let length = fs::metadata(path)
        .map_err(|source| failed(path, source))?
        .len();
    let limit = u64::try_from(DOCUMENT_BYTES_MAX).unwrap_or(u64::MAX);
    if length > limit {
        return Err(LoadError::TooLarge(path.to_path_buf()));
    }
    fs::read(path).map_err(|source| failed(path, source))
}

fn failed(path: &Path, source: io::Error) -> LoadError {
    LoadError::Io {
        path: path.to_path_buf(),
        source,
    }
}
