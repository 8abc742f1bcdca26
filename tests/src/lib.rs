//! What several whole-path tests need: the policies of the library, probes of its statutory
//! definitions, golden cases, the reading of underlines, and the simulated years of payouts.

pub mod cases;
pub mod library;
#[allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a simulation that overflows or reads beyond an end fails, as it should; most of its \
              steps look for one of many kinds and leave the others to chance"
)]
pub mod simulator;
pub mod size_classes;
pub mod underlines;
