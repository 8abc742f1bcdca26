//! Snapshots, decisions and their explanation.

pub mod facts;
