//! Settlements whole.
