//! Payouts from the command line: who acts, in which data folder, at which moment.

pub(crate) mod asked;
pub(crate) mod bank;
pub(crate) mod desk;
pub(crate) mod keys;
pub(crate) mod ledger;
pub(crate) mod settings;
pub(crate) mod sheet;
pub(crate) mod sweep;
pub(crate) mod terms;
pub(crate) mod trial_bank;
