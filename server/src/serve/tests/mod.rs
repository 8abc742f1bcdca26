//! The server on real sockets, with clients that mean well and clients that do not.

mod framing;
mod headers;
mod operation;
mod secrecy;
mod slow;
mod support;
mod tls;
