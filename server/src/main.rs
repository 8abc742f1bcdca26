//! The `zhida` command.
//!
//! Data goes to standard output, everything said on the way to standard error. The exit code is
//! one of [`failure::Status`].

mod arguments;
mod articles;
mod command;
mod embedded;
mod enterprises;
mod failure;
mod figures;
mod interrupt;
mod library;
mod masking;
mod notices;
mod output;
mod payable;
mod payment_files;
mod payouts;
mod progress;
mod region;
mod report;
mod store;
mod table;
mod timings;

use std::process::ExitCode;

fn main() -> ExitCode {
    match arguments::read() {
        Ok(arguments) => command::run(arguments),
        Err(status) => status.into(),
    }
}
