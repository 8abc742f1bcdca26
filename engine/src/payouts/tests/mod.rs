//! The laws of the payouts.

mod edges;
mod reducer;
mod town;
