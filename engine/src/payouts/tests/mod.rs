//! The laws of the payouts.
