//! The commands from outside: what they print, and how they end.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test whose inputs cannot be made or read fails"
)]

mod accounts;
mod before_paying;
mod checking;
mod deciding;
mod differing;
mod errors;
mod finding;
mod forecasting;
mod help;
mod importing;
mod jobs;
mod paying;
mod planning;
mod proving;
mod publishing;
mod recovering;
mod replaying;
mod sending;
mod settling;
mod support;
mod sweeping;
mod two_at_once;
