//! The directory of an index: what it was made from, and how it changes without ever being
//! half done.
//!
//! ```text
//! DIR/zhida-index.json              names the generation in use; replaced by one rename
//! DIR/zhida-index.lock              held while anything is written
//! DIR/zhida-generation-000007/      one whole tantivy index; its last commit carries the stamp
//! ```
//!
//! A rebuild fills a new generation and then replaces the pointer; whatever dies before that
//! leaves the old generation in use. Other files in the directory are never touched.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::cut::CUT_VERSION;
use crate::error::Error;
use crate::fields::SCHEMA_VERSION;
use crate::lexicon::Lexicon;
use crate::normal::NORMAL_VERSION;

const POINTER: &str = "zhida-index.json";
const POINTER_BESIDE: &str = "zhida-index.json.new";
const LOCK: &str = "zhida-index.lock";
const GENERATION: &str = "zhida-generation-";
const FORMAT: &str = "zhida-index";

/// Why an index was built anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RebuildCause {
    /// There was none, or none that was finished.
    Absent,
    /// There was one that is damaged or not ours.
    Unreadable,
    /// It was made by another version of this program.
    Version,
    /// It was cut with another dictionary.
    Dictionary,
    /// It was made with other synonyms.
    Synonyms,
}

/// What an index was made from. Stored with each commit, so it is never about other content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stamp {
    schema: u32,
    normal: u32,
    cut: String,
    dictionary: String,
    synonyms: String,
    /// The digest of what is indexed of each policy.
    pub(crate) policies: BTreeMap<String, String>,
}

impl Stamp {
    /// The stamp of an index made now with a lexicon from some policies.
    pub(crate) fn new(lexicon: &Lexicon, policies: BTreeMap<String, String>) -> Self {
        Self {
            schema: SCHEMA_VERSION,
            normal: NORMAL_VERSION,
            cut: CUT_VERSION.to_owned(),
            dictionary: lexicon.dictionary_digest().to_owned(),
            synonyms: lexicon.synonyms_digest().to_owned(),
            policies,
        }
    }

    /// Why an index with this stamp cannot be used for a lexicon.
    pub(crate) fn outdated(&self, lexicon: &Lexicon) -> Option<RebuildCause> {
        let now = Self::new(lexicon, BTreeMap::new());
        if (self.schema, self.normal, &self.cut) != (now.schema, now.normal, &now.cut) {
            Some(RebuildCause::Version)
        } else if self.dictionary != now.dictionary {
            Some(RebuildCause::Dictionary)
        } else if self.synonyms != now.synonyms {
            Some(RebuildCause::Synonyms)
        } else {
            None
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pointer {
    format: String,
    generation: String,
}

/// A directory and the generation of it that is in use.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    directory: PathBuf,
    generation: String,
}

/// Holds the directory for writing until dropped.
pub(crate) struct Held {
    _lock: File,
}

impl Home {
    /// Takes the directory for writing, waiting for other writers; makes it if need be.
    pub(crate) fn hold(directory: &Path) -> Result<Held, Error> {
        fs::create_dir_all(directory).map_err(Error::io(directory))?;
        let path = directory.join(LOCK);
        let lock = File::options().create(true).append(true).open(&path);
        let lock = lock.map_err(Error::io(&path))?;
        lock.lock().map_err(Error::io(&path))?;
        Ok(Held { _lock: lock })
    }

    /// The generation in use, if the directory says so in our form.
    pub(crate) fn current(directory: &Path) -> Option<Self> {
        let text = fs::read(directory.join(POINTER)).ok()?;
        let pointer: Pointer = serde_json::from_slice(&text).ok()?;
        generation_number(&pointer.generation)?;
        (pointer.format == FORMAT).then(|| Self {
            directory: directory.to_owned(),
            generation: pointer.generation,
        })
    }

    /// Makes an empty generation that no one uses yet.
    pub(crate) fn prepare(directory: &Path) -> Result<Self, Error> {
        let last = generations(directory)?
            .last()
            .map_or(0, |&(number, _)| number);
        let generation = format!("{GENERATION}{:06}", last.saturating_add(1));
        let home = Self {
            directory: directory.to_owned(),
            generation,
        };
        fs::create_dir(home.path()).map_err(Error::io(&home.path()))?;
        Ok(home)
    }

    /// Where the files of the generation are.
    pub(crate) fn path(&self) -> PathBuf {
        self.directory.join(&self.generation)
    }

    /// The directory of the index.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Whether no other process has put another generation in its place.
    pub(crate) fn is_current(&self) -> bool {
        Self::current(&self.directory).is_some_and(|now| now.generation == self.generation)
    }

    /// Puts this generation in use and removes all others.
    pub(crate) fn publish(&self) -> Result<(), Error> {
        let beside = self.directory.join(POINTER_BESIDE);
        let pointer = Pointer {
            format: FORMAT.to_owned(),
            generation: self.generation.clone(),
        };
        let mut text = serde_json::to_vec(&pointer)?;
        text.push(b'\n');
        let write = || {
            let mut file = File::create(&beside)?;
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&beside, self.directory.join(POINTER))?;
            File::open(&self.directory)?.sync_all()
        };
        write().map_err(Error::io(&beside))?;
        for (_, name) in generations(&self.directory)? {
            if name != self.generation {
                let path = self.directory.join(name);
                fs::remove_dir_all(&path).map_err(Error::io(&path))?;
            }
        }
        Ok(())
    }
}

/// All generations in a directory, finished or not, in their order.
fn generations(directory: &Path) -> Result<Vec<(u64, String)>, Error> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).map_err(Error::io(directory))? {
        let entry = entry.map_err(Error::io(directory))?;
        if let Ok(name) = entry.file_name().into_string()
            && let Some(number) = generation_number(&name)
        {
            found.push((number, name));
        }
    }
    found.sort();
    Ok(found)
}

fn generation_number(name: &str) -> Option<u64> {
    let digits = name.strip_prefix(GENERATION)?;
    let plain = digits.len() >= 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexicon::tests::SHARED;

    #[test]
    fn a_stamp_says_what_changed() {
        let stamp = Stamp::new(&SHARED, BTreeMap::new());
        assert_eq!(stamp.outdated(&SHARED), None);
        let other = Stamp {
            schema: 0,
            ..stamp.clone()
        };
        assert_eq!(other.outdated(&SHARED), Some(RebuildCause::Version));
        let other = Stamp {
            cut: "other".into(),
            ..stamp.clone()
        };
        assert_eq!(other.outdated(&SHARED), Some(RebuildCause::Version));
        let other = Stamp {
            dictionary: String::new(),
            ..stamp.clone()
        };
        assert_eq!(other.outdated(&SHARED), Some(RebuildCause::Dictionary));
        let other = Stamp {
            synonyms: String::new(),
            ..stamp
        };
        assert_eq!(other.outdated(&SHARED), Some(RebuildCause::Synonyms));
    }

    #[test]
    fn only_our_own_names_are_generations() {
        assert_eq!(generation_number("zhida-generation-000012"), Some(12));
        for name in [
            "zhida-generation-",
            "zhida-generation-../../etc",
            "other",
            "zhida-generation-1",
        ] {
            assert_eq!(generation_number(name), None, "{name}");
        }
    }

    #[test]
    fn publishing_replaces_the_old_generation_and_leaves_other_files() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("notes.txt"), "mine").unwrap();
        let first = Home::prepare(directory.path()).unwrap();
        assert!(Home::current(directory.path()).is_none());
        first.publish().unwrap();
        let second = Home::prepare(directory.path()).unwrap();
        assert!(first.is_current() && !second.is_current());
        second.publish().unwrap();
        assert!(second.is_current() && !first.path().exists());
        assert!(directory.path().join("notes.txt").exists());
    }
}
