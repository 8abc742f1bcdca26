//! Snapshots, decisions and their explanation.

pub mod decision;
pub mod example;
pub mod explain;
pub mod facts;
pub mod generate;
pub mod import;
pub mod interpreter;
pub mod snapshot;
