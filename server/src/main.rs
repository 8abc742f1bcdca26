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
mod output;
mod payable;
#[cfg_attr(
    not(test),
    expect(
        dead_code,
        unused_imports,
        reason = "written and read whole; the commands that call it come with the store"
    )
)]
mod payment_files;
mod progress;
mod region;
mod report;
mod table;
mod timings;

use std::process::ExitCode;

fn main() -> ExitCode {
    match arguments::read() {
        Ok(arguments) => command::run(arguments),
        Err(status) => status.into(),
    }
}
