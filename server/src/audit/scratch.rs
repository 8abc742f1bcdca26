//! A folder for what is only needed while something is compared.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A folder of its own below the system's folder of passing files; it goes with this.
#[derive(Debug)]
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// A name that nothing else of this process has; the folder is made by whoever writes there.
    pub(crate) fn new(what: &str) -> Self {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let number = MADE.fetch_add(1, Ordering::SeqCst);
        let name = format!("zhida-{what}-{}-{number}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _there_may_be_none = std::fs::remove_dir_all(&self.0);
    }
}
