//! The `zhida` command, as a library: `main.rs` runs it, benches and tests reach the store.
//!
//! Data goes to standard output, everything said on the way to standard error. The exit code is
//! one of those that `zhida --help` lists.

mod accounts;
mod administration;
mod api;
mod arguments;
mod articles;
mod audit;
mod command;
mod console;
mod daily;
mod embedded;
mod enterprises;
mod failure;
mod figures;
mod installation;
mod interrupt;
mod job_worker;
mod library;
mod masking;
mod materials;
mod messages;
mod notices;
mod output;
mod payable;
mod payment_files;
mod payouts;
mod portal;
mod progress;
mod publishing;
mod region;
mod report;
mod scratch;
mod serve;
mod site;
mod store;
mod table;
mod timings;
mod views;
mod web;

use std::process::ExitCode;

pub use store::{Address, Answered, Request, Store, StoreError, Verification};

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    match arguments::read() {
        Ok(arguments) => command::run(arguments),
        Err(status) => status.into(),
    }
}
