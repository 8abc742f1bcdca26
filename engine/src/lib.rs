//! Snapshots, decisions and their explanation.

pub mod facts;
pub mod import;
pub mod snapshot;
