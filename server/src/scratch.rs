//! A folder for what one piece of work needs while it runs; it goes with it.
//!
//! # Source
//! SECURITY.md: what belongs to enterprises lies where nobody but the user of the process reads it,
//! under a name that nobody can guess.

use std::fs::{self, DirBuilder};
use std::io;
use std::path::{Path, PathBuf};

use crate::store::encoding::hex;

/// The folder below a data folder that holds all of them.
const FOLDER: &str = "scratch";
/// The most characters of a file name that are kept.
const NAME_CHARS_MAX: usize = 80;

/// An empty folder of its own.
#[derive(Debug)]
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// A folder inside a data folder, on the same disk as what is kept there.
    ///
    /// # Errors
    /// What the system says of the disk or the randomness.
    pub(crate) fn within(data: &Path) -> io::Result<Self> {
        let folder = folder(data);
        closed(DirBuilder::new().recursive(true)).create(&folder)?;
        Self::new(&folder, "")
    }

    /// A folder among the passing files of the system, for work without a data folder.
    ///
    /// # Errors
    /// As [`Scratch::within`].
    pub(crate) fn passing() -> io::Result<Self> {
        Self::new(&std::env::temp_dir(), "zhida-")
    }

    fn new(folder: &Path, prefix: &str) -> io::Result<Self> {
        let mut bytes = [0u8; 16];
        getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
        let path = folder.join(format!("{prefix}{}", hex(&bytes)));
        // One that is there already is somebody else's, and no folder for this.
        closed(&mut DirBuilder::new()).create(&path)?;
        Ok(Self(path))
    }

    /// Where it lies.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Where a file of this name lies: the name loses all that could lead elsewhere.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
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
            tracing::warn!(%error, "a folder of a piece of work stays");
        }
    }
}

/// The folder of all of them below a data folder.
pub(crate) fn folder(data: &Path) -> PathBuf {
    data.join(FOLDER)
}

/// Removes what a process that was killed has left in a data folder that is this process's alone.
///
/// # Errors
/// What the system says.
pub(crate) fn clear(data: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder(data)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        cleared => cleared,
    }
}

/// Makes folders that are shut to everybody but their owner.
fn closed(builder: &mut DirBuilder) -> &mut DirBuilder {
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Scratch, clear};

    #[cfg(unix)]
    fn mode(path: &std::path::Path) -> u32 {
        use std::os::unix::fs::PermissionsExt;
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    #[cfg(unix)]
    fn nobody_else_reads_it_and_it_goes_with_the_work() {
        let data = tempfile::tempdir().unwrap();
        for scratch in [Scratch::within(data.path()), Scratch::passing()] {
            let scratch = scratch.unwrap();
            let path = scratch.path().to_owned();
            assert_eq!(mode(&path), 0o700, "{}", path.display());
            fs::write(scratch.file("../a"), "b").unwrap();
            assert_eq!(fs::read_dir(&path).unwrap().count(), 1);
            drop(scratch);
            assert!(!path.exists());
        }
        assert_eq!(mode(&data.path().join("scratch")), 0o700);
    }

    #[test]
    fn what_a_killed_process_left_is_removed() {
        let data = tempfile::tempdir().unwrap();
        clear(data.path()).unwrap();
        let left = Scratch::within(data.path()).unwrap();
        let (one, other) = (left.path().to_owned(), data.path().join("files"));
        fs::create_dir(&other).unwrap();
        std::mem::forget(left);
        clear(data.path()).unwrap();
        assert!(!one.exists() && other.exists());
    }
}
