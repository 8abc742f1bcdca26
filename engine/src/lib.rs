//! Snapshots, decisions and their explanation.

pub mod decision;
pub mod example;
pub mod explain;
pub mod facts;
pub mod interpreter;
