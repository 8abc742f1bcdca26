//! What is kept: the database, the event log, replies, jobs and files of a data folder.
//!
//! # Shape
//! A data folder holds the lock file, the key that signs the log, the files named by digest and,
//! unless PostgreSQL is used, the database. One process works with it at a time.
//!
//! State, postings, event and reply of a command go into one transaction
//! ([`database::Database::write`]).
//! What was answered "done" has been synced; a write of which nobody knows the outcome turns the
//! store read-only until it is opened again.

pub(crate) mod books;
pub(crate) mod database;
pub(crate) mod durable;
pub(crate) mod encoding;
pub(crate) mod error;
pub(crate) mod faults;
pub(crate) mod files;
pub(crate) mod folder;
pub(crate) mod jobs;
pub(crate) mod lock;
pub(crate) mod log;
pub(crate) mod replies;
pub(crate) mod settings;
pub(crate) mod shelf;
#[cfg(test)]
pub(crate) mod tests;

pub use books::{Answered, Request, Verification};
pub(crate) use books::{Keyed, Kind, Listing, NewFile, PayoutFilter, Rows, Within};
pub use database::Address;
pub use error::StoreError;
pub use folder::Store;
pub(crate) use log::{ExportedProof, Proved, PublicKey};
