//! What pages and API show: read from the store, and never more than lies within sight.
//!
//! # Shape
//! One file a noun. Each list takes the [`Scope`](crate::web::Scope) of whoever looks and puts it
//! into the statement, so that no row outside is even read. Long lists come a page at a time.
//! Nothing is decided here.

pub(crate) mod asked;
pub(crate) mod blocks;
pub(crate) mod calculator;
pub(crate) mod distance;
pub(crate) mod explained;
pub(crate) mod kept;
pub(crate) mod law;
pub(crate) mod letters;
pub(crate) mod my_measures;
pub(crate) mod payout_steps;
pub(crate) mod payouts;
pub(crate) mod public;
pub(crate) mod rules;
pub(crate) mod seen;
pub(crate) mod sentences;
mod sight;
pub(crate) mod speed;
pub(crate) mod sweep_sums;
#[cfg(test)]
mod tests;
pub(crate) mod things;
pub(crate) mod times;
pub(crate) mod work;
