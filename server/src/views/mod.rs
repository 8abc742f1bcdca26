//! What API and pages show, read once for both: nothing is decided here.

pub(crate) mod calculator;
pub(crate) mod distance;
pub(crate) mod kept;
pub(crate) mod law;
pub(crate) mod letters;
pub(crate) mod my_measures;
pub(crate) mod payout_steps;
pub(crate) mod public;
pub(crate) mod rules;
pub(crate) mod sentences;
