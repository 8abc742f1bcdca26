//! The answers to auditors as files: written as they are made, and never in the place of another.

use std::cell::RefCell;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::ser::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use zhida_engine::replay::{Overlap, Sampled};
use zhida_engine::sweep::TotalFen;

use crate::failure::{Failure, Status};

/// Of how many changes an answer holds the computations side by side; those of any other are shown
/// by asking about it alone.
pub(super) const TRACES_KEPT: usize = 20;

/// What would be paid otherwise. What is counted stands before the rows, so that a page reads the
/// first rows and no more.
#[derive(serde::Serialize)]
pub(super) struct WhatIfAnswer<'a, I: Iterator> {
    pub(super) seal: &'a str,
    pub(super) facts: &'a [String],
    pub(super) policies: Vec<&'a str>,
    pub(super) before: TotalFen,
    pub(super) after: TotalFen,
    pub(super) count: usize,
    #[serde(bound(serialize = "I::Item: Serialize"))]
    pub(super) changes: OneByOne<I>,
}

/// A sample.
#[derive(serde::Serialize)]
pub(super) struct SampleAnswer<'a> {
    pub(super) seal: &'a str,
    pub(super) seed: &'a str,
    pub(super) each: usize,
    pub(super) margin: u16,
    pub(super) count: usize,
    pub(super) sampled: &'a [Sampled],
}

/// Things behind several awards.
#[derive(serde::Serialize)]
pub(super) struct OverlapAnswer<'a> {
    pub(super) seals: &'a [String],
    pub(super) count: usize,
    /// How many uses all of them have.
    pub(super) uses: usize,
    pub(super) overlaps: &'a [Overlap],
}

/// A list of which each item is made when it is written.
pub(super) struct OneByOne<I>(RefCell<Option<I>>);

impl<I> OneByOne<I> {
    pub(super) fn new(items: I) -> Self {
        Self(RefCell::new(Some(items)))
    }
}

impl<I: Iterator> Serialize for OneByOne<I>
where
    I::Item: Serialize,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.take().into_iter().flatten())
    }
}

/// Where a job writes: first under a name of its own, and then, whole, under the one asked for.
pub(super) struct OutputFile {
    place: PathBuf,
    /// Beside it, with the name of the job in it.
    passing: PathBuf,
}

impl OutputFile {
    /// A file of this job. What an earlier run of the same job has left is removed, and nothing
    /// else.
    ///
    /// # Errors
    /// What the disk says.
    pub(super) fn of(place: &Path, job: &str) -> Result<Self, Failure> {
        let folder = place.parent().unwrap_or_else(|| Path::new("."));
        fs::create_dir_all(folder).map_err(|error| Failure::file(folder, "建立", &error))?;
        let name = place.file_name().unwrap_or_default().to_string_lossy();
        let file = Self {
            passing: folder.join(format!("{name}.{job}.tmp")),
            place: place.to_owned(),
        };
        if file.is_own() {
            remove(&file.place)?;
        }
        remove(&file.passing)?;
        Ok(file)
    }

    /// The name under which it is written.
    pub(super) fn passing(&self) -> &Path {
        &self.passing
    }

    /// Whether what lies at the place is what this job wrote: one file under both names.
    fn is_own(&self) -> bool {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let of = |path: &Path| {
                let found = fs::symlink_metadata(path).ok();
                found.map(|found| (found.dev(), found.ino()))
            };
            let passing = of(&self.passing);
            passing.is_some() && passing == of(&self.place)
        }
        #[cfg(not(unix))]
        false
    }

    /// Writes a value as a line of JSON; the digest of the file.
    ///
    /// # Errors
    /// What the disk says; refused where another file lies at the place.
    pub(super) fn write(&self, value: &impl Serialize) -> Result<[u8; 32], Failure> {
        match self.fill(value) {
            Ok(digest) => self.publish().map(|()| digest),
            Err(error) => {
                // Half an answer is nothing to keep.
                let _the_first_error_is_told = remove(&self.passing);
                Err(error)
            }
        }
    }

    fn fill(&self, value: &impl Serialize) -> Result<[u8; 32], Failure> {
        let failed = |error: io::Error| Failure::file(&self.passing, "写", &error);
        let file = File::create_new(&self.passing).map_err(failed)?;
        let mut writer = BufWriter::new(Hashed {
            file,
            hash: Sha256::new(),
        });
        let written = serde_json::to_writer(&mut writer, value).map_err(io::Error::from);
        written.map_err(failed)?;
        writer.write_all(b"\n").map_err(failed)?;
        let hashed = writer
            .into_inner()
            .map_err(|error| failed(error.into_error()))?;
        hashed.file.sync_all().map_err(failed)?;
        Ok(hashed.hash.finalize().into())
    }

    /// Gives what was written its name, unless somebody else has put something there. It keeps the
    /// name of the job beside it until [`OutputFile::settle`].
    ///
    /// # Errors
    /// What the disk says; refused where another file lies at the place.
    pub(super) fn publish(&self) -> Result<(), Failure> {
        match fs::hard_link(&self.passing, &self.place) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => self.compare(),
            // A disk on which files have one name only.
            Err(_) if !self.place.exists() => {
                let renamed = fs::rename(&self.passing, &self.place);
                renamed.map_err(|error| Failure::file(&self.place, "写", &error))
            }
            Err(error) => Err(Failure::file(&self.place, "写", &error)),
        }
    }

    /// What lies there may be the same answer, written before the name of the job went.
    fn compare(&self) -> Result<(), Failure> {
        let sha256 = super::work::sha256;
        if self.place.is_file() && sha256(&self.place)? == sha256(&self.passing)? {
            return Ok(());
        }
        remove(&self.passing)?;
        Err(taken(&self.place))
    }

    /// The answer is told of: it keeps one name.
    ///
    /// # Errors
    /// What the disk says.
    pub(super) fn settle(place: &Path, job: &str) -> Result<(), Failure> {
        let mut passing = place.as_os_str().to_owned();
        passing.push(format!(".{job}.tmp"));
        remove(Path::new(&passing))
    }
}

/// That something lies where an answer is to be written.
pub(super) fn taken(place: &Path) -> Failure {
    Failure::said(
        Status::Usage,
        format!("{} 已经存在,没有覆盖", place.display()),
        "请换一个文件名,或先移走它,再提出任务",
    )
}

/// Removes a file that may not be there.
fn remove(path: &Path) -> Result<(), Failure> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Failure::file(path, "删除", &error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// A file with the digest of what went into it.
struct Hashed {
    file: File,
    hash: Sha256,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;

    use super::{OneByOne, OutputFile};

    fn read(path: &std::path::Path) -> String {
        fs::read_to_string(path).unwrap()
    }

    #[test]
    fn a_job_writes_over_nothing_that_it_has_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("答.json");
        fs::write(&place, "theirs").unwrap();
        let file = OutputFile::of(&place, "J1").unwrap();
        assert!(file.write(&json!({"a": 1})).is_err());
        assert_eq!(read(&place), "theirs");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        fs::remove_file(&place).unwrap();
        // Killed behind the name: the job knows its own file and writes it again.
        let first = OutputFile::of(&place, "J1").unwrap();
        first.write(&json!({"a": 1})).unwrap();
        assert!(
            OutputFile::of(&place, "J2")
                .unwrap()
                .write(&json!(2))
                .is_err()
        );
        let again = OutputFile::of(&place, "J1").unwrap();
        assert!(!place.exists());
        again.write(&json!({"a": 2})).unwrap();
        assert_eq!(read(&place), "{\"a\":2}\n");
        OutputFile::settle(&place, "J1").unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        // Killed before it could say so: the same answer is the same file.
        let last = OutputFile::of(&place, "J1").unwrap();
        last.write(&json!({"a": 2})).unwrap();
        assert_eq!(read(&place), "{\"a\":2}\n");
    }

    #[test]
    fn the_digest_is_that_of_the_file_and_items_are_made_when_they_are_written() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a.json");
        let items = OneByOne::new((0..3).map(|number| number * 2));
        let digest = OutputFile::of(&place, "J").unwrap().write(&items).unwrap();
        assert_eq!(read(&place), "[0,2,4]\n");
        let expected = super::super::work::sha256(&place).unwrap();
        assert_eq!(crate::store::encoding::hex(&digest), expected);
    }
}
