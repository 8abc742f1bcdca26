//! A folder for the files of one request; it goes when the request ends.

use std::fs;
use std::path::{Path, PathBuf};

use crate::store::encoding::hex;
use crate::web::{Server, WebFault};

/// The most characters of a file name that are kept.
const NAME_CHARS_MAX: usize = 80;

/// A folder of the server's own.
pub(in crate::console) struct Scratch(PathBuf);

impl Scratch {
    /// An empty folder.
    ///
    /// # Errors
    /// A fault where the disk or the randomness fails.
    pub(in crate::console) fn new(server: &Server) -> Result<Self, WebFault> {
        let mut bytes = [0u8; 16];
        getrandom::fill(&mut bytes).map_err(WebFault::broken)?;
        let folder = server.folder.join("scratch").join(hex(&bytes));
        fs::create_dir_all(&folder).map_err(WebFault::broken)?;
        Ok(Self(folder))
    }

    /// Where it lies.
    pub(in crate::console) fn path(&self) -> &Path {
        &self.0
    }

    /// Where a file of this name lies: the name loses all that could lead elsewhere.
    pub(in crate::console) fn file(&self, name: &str) -> PathBuf {
        let kept = name
            .chars()
            .filter(|character| character.is_alphanumeric() || "._-()()〔〕".contains(*character));
        let kept: String = kept.take(NAME_CHARS_MAX).collect();
        let kept = kept.trim_start_matches('.');
        self.0.join(if kept.is_empty() { "file" } else { kept })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, "a folder of a request stays");
        }
    }
}
