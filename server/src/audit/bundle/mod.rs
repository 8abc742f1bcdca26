//! One archive of everything, that can be checked on a machine that has never seen the database.
//!
//! # Shape
//! A zip file. `manifest.json` names every other entry with its SHA-256, `manifest.note` signs the
//! manifest with the key of the log, and the comment at the end of the file is the SHA-256 of all
//! bytes before it, so that no byte can change unseen. `dictionary.md` says in Chinese what each
//! entry holds. The masked edition leaves out what names persons or accounts: the bodies of events
//! (their hashes stay, and with them tree and heads), the books, and the files of enterprises.

mod archive;
mod executed;
mod export;
mod seals;
mod tables;
mod verify;

use serde::{Deserialize, Serialize};

pub(crate) use seals::{ReplayedSeal, replay};
pub(crate) use verify::{Checked, verify};

use archive::Entry;

/// The version of the archive written here, and the only one read.
pub(crate) const BUNDLE_FORMAT: u32 = 1;

const MANIFEST: &str = "manifest.json";
const NOTE: &str = "manifest.note";
const DICTIONARY: &str = "dictionary.md";
const EVENTS: &str = "log/events.jsonl";
const HEADS: &str = "log/heads.jsonl";
const KEYS: &str = "log/keys.json";
const POSTINGS_ENTRY: &str = "books/postings.jsonl";
const REPLIES: &str = "books/replies.jsonl";
const FILES: &str = "files.jsonl";

/// Who may see an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Edition {
    /// Auditors: everything.
    Full,
    /// Others: without persons and accounts.
    Masked,
}

impl Edition {
    /// What people call it.
    pub(crate) const fn chinese(self) -> &'static str {
        match self {
            Self::Full => "完整版",
            Self::Masked => "脱敏版",
        }
    }
}

/// What an archive says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    /// [`BUNDLE_FORMAT`]
    pub(crate) format: u32,
    /// The name of the log.
    pub(crate) origin: String,
    /// Who may see it.
    pub(crate) edition: Edition,
    /// When it was made, in UTC microseconds.
    pub(crate) at: i64,
    /// How many events the log had.
    pub(crate) size: u64,
    /// The root over them.
    pub(crate) root: String,
    /// The public key that signs head and manifest.
    pub(crate) public_key: String,
    /// All entries but the manifest and its note, in order.
    pub(crate) entries: Vec<Entry>,
}
