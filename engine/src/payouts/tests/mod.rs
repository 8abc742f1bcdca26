//! The laws of the payouts.

mod actions;
mod alarms;
mod answers;
mod edges;
mod forms;
mod guards;
mod knows;
mod limits;
mod reducer;
mod separation;
mod town;
mod walk;
