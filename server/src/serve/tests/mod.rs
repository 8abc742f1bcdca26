//! The server on real sockets, with clients that mean well and clients that do not.

#![allow(
    clippy::arithmetic_side_effects,
    reason = "a test that overflows fails, as it should"
)]

mod framing;
mod headers;
mod operation;
mod secrecy;
mod slow;
mod support;
mod tls;
