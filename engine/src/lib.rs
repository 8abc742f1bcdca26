//! Snapshots, decisions and their explanation.

#[allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    reason = "kernels over morsels: rows and words lie inside buffers sized for the morsel, row \
              numbers fit 32 bits, and every sum and product of values is checked"
)]
pub mod column;
pub mod decision;
pub mod example;
pub mod explain;
pub mod facts;
pub mod generate;
pub mod import;
pub mod interpreter;
pub mod plan;
pub mod snapshot;
