//! What pages and API show: read from the store, and never more than lies within sight.
//!
//! # Shape
//! One file a noun. Each list takes the [`Scope`](crate::web::Scope) of whoever looks and puts it
//! into the statement, so that no row outside is even read. Long lists come a page at a time.

pub(crate) mod asked;
pub(crate) mod explained;
pub(crate) mod payouts;
mod sight;
pub(crate) mod speed;
pub(crate) mod things;
pub(crate) mod times;
