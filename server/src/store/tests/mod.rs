//! What the store promises, on SQLite and on a real PostgreSQL.

#![allow(
    clippy::arithmetic_side_effects,
    reason = "a test that overflows fails, as it should"
)]

#[macro_use]
pub(crate) mod support;

mod books;
mod bundle;
mod changes;
mod crash;
mod files;
mod folder;
mod histories;
mod jobs;
mod log;
mod memory;
mod papers;
mod promises;
mod schema;
mod servers;
mod tampering;
mod transactions;
mod writers;
