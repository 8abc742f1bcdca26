//! The laws of the payouts.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    clippy::too_many_lines,
    clippy::type_complexity,
    reason = "amounts here are small, tables are long, and a wrong guess fails a test"
)]

mod actions;
mod alarms;
mod answers;
mod blocks;
mod edges;
mod edges_after;
mod forms;
mod guards;
mod knows;
mod limits;
mod publications;
mod reducer;
mod separation;
mod town;
mod walk;
