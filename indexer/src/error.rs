//! What can fail in the world around the index. A user's question is never an error.

use std::path::{Path, PathBuf};

/// An index that cannot be built, opened, changed or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or directory of the index cannot be read or written.
    #[error("cannot use {}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The search library refuses.
    #[error("the search index failed")]
    Tantivy(#[from] tantivy::TantivyError),
    /// An entry cannot be written as JSON, or a stored one cannot be read back.
    #[error("an indexed entry is not readable")]
    Entry(#[from] serde_json::Error),
    /// A synonym stands in two groups, so that it has no single meaning.
    #[error("line {line} of the synonyms: {word} already stands in another group")]
    Synonym {
        /// The line of the second group, from 1.
        line: usize,
        /// The word.
        word: String,
    },
    /// An update for one policy holds an entry of another.
    #[error("an update of policy {expected} holds an entry of policy {found}")]
    ForeignEntry {
        /// The policy that is updated.
        expected: String,
        /// The policy of the entry.
        found: String,
    },
    /// Another process has rebuilt this directory since it was opened here: open it again.
    #[error("the index in {} was rebuilt by another process", path.display())]
    Superseded {
        /// The directory.
        path: PathBuf,
    },
}

impl Error {
    /// Says which file an input or output error was about.
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::Io {
            path: path.to_owned(),
            source,
        }
    }
}
