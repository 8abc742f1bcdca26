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
#[cfg_attr(
    not(test),
    expect(
        dead_code,
        reason = "the commands that publish a notice are not written yet"
    )
)]
mod masking;
#[cfg_attr(
    not(test),
    expect(
        dead_code,
        reason = "the commands that publish a notice are not written yet"
    )
)]
mod notices;
mod output;
mod payable;
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
