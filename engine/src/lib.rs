//! Snapshots, decisions and their explanation.

#[allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "amounts of 64 bits are summed and multiplied in 128, where fewer than 2^32 of them \
              cannot overflow; places of lines and rules come from the same vectors"
)]
pub mod awards;
#[allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    clippy::wildcard_enum_match_arm,
    reason = "kernels over morsels: rows and words lie inside buffers sized for the morsel, row \
              numbers fit 32 bits, and every sum and product of values is checked; most code looks \
              for one of many kinds of node and leaves the others to a general way"
)]
pub mod column;
pub mod decision;
#[allow(
    clippy::arithmetic_side_effects,
    reason = "amounts of 64 bits are added in 128, where fewer than 2^63 of them cannot overflow; \
              counts are counts of enterprises and awards"
)]
pub mod diff;
pub mod example;
pub mod explain;
pub mod facts;
#[allow(
    clippy::arithmetic_side_effects,
    reason = "amounts of 64 bits are added in 128, where fewer than 2^63 of them cannot overflow; \
              counts are counts of enterprises and awards"
)]
pub mod forecast;
pub mod generate;
pub mod import;
pub mod interpreter;
pub mod merkle;
mod morsels;
pub mod payouts;
#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "most steps look for one of many kinds of node and leave the others to a general way"
)]
pub mod plan;
pub mod replay;
mod rule_reads;
pub mod snapshot;
pub mod sweep;
