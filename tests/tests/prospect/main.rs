//! The candidates of an enterprise against the reference interpreter: no measure outside them is
//! anything but not applicable or ineligible.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that stops has failed"
)]

mod constructs;
mod enterprise;
mod library;
mod scale;
