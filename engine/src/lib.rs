//! Snapshots, decisions and their explanation.

pub mod decision;

pub mod facts;
pub mod interpreter;
