//! What auditors ask: sealed sweeps run again, payouts followed back, archives of everything.

pub(crate) mod answers;
pub(crate) mod bundle;
pub(crate) mod files;
mod held;
pub(crate) mod pages;
pub(crate) mod sealed;
pub(crate) mod sheet;
pub(crate) mod trail;

use zhida_engine::replay::ReplayError;
use zhida_engine::sweep::SweepError;

pub(crate) use files::files_of;
pub(crate) use held::HeldSweeps;

use crate::failure::{Failure, Status};

impl From<ReplayError> for Failure {
    fn from(error: ReplayError) -> Self {
        failed(error)
    }
}

/// What a sweep that cannot be sealed or run again means for the command.
pub(crate) fn failed(error: ReplayError) -> Failure {
    if error.is_integrity() {
        return Failure::said(Status::Integrity, error.to_string(), "");
    }
    let message = error.to_string();
    let status = match error {
        ReplayError::Snapshot(error) => return crate::enterprises::failed(error),
        ReplayError::Io { path, source } => return Failure::file(&path, "读写", &source),
        ReplayError::Sweep(SweepError::Cancelled) => Status::Interrupted,
        ReplayError::Version { .. } => Status::Refused,
        ReplayError::Seals { .. } | ReplayError::Asked(_) => Status::Usage,
        ReplayError::Sweep(_) | _ => Status::BadData,
    };
    // These messages say themselves what to do.
    Failure::said(status, message, "")
}
