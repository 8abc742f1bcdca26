//! The laws of the payouts.

mod actions;
mod alarms;
mod edges;
mod forms;
mod guards;
mod reducer;
mod separation;
mod town;
