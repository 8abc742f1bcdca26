//! What goes out and what comes in, tried against the schemas, tables made elsewhere, and a bank
//! that answers.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test that overflows fails, as it should"
)]

mod answers;
mod bank;
mod bank_texts;
mod batch;
mod encodings;
mod hostile;
mod messages;
mod papers;
mod round_trip;
mod schema;
