//! A sweep run again from what was sealed with it, equal or with the first thing that differs.
//!
//! A [`Seal`] stands beside the result of a sweep and names by digest all that went into it and
//! all that came out: policy texts, vocabulary, code tables, snapshot with its position in the
//! ledger, year and as-of date, the version of the rules' meaning, roots, counts and totals. The
//! texts and the snapshot lie beside it under their digests ([`seal_sweep`]), so that the folder
//! alone is enough to run the sweep again ([`Sealed::open`], [`Sealed::replay`]), on another
//! machine, years later.
//!
//! What an auditor may then ask goes from there: what would be paid with one fact corrected or one
//! policy replaced ([`Sealed::suppose`]), which awards to look at first ([`Sealed::sample`]), and
//! which invoice, person or patent stands behind several awards ([`overlaps`]).

mod compare;
mod error;
mod inputs;
mod kept;
mod nodes;
mod nudged;
mod overlap;
mod sample;
mod seal;
mod sealed;
mod trace;
mod weights;
mod what_if;

pub use compare::{ColumnPair, Difference, ReplayOptions, Replayed, RowDifference};
pub use error::ReplayError;
pub use inputs::{INPUTS_FOLDER, SealInputs, SealedFolder, seal_sweep, snapshot_folder};
pub use kept::KeptRow;
pub use nodes::{NodePair, NodeTrace};
pub use overlap::{Overlap, OverlapUse, overlaps};
pub use sample::{Risk, SampleOptions, Sampled};
pub use seal::{SEAL_FORMAT, Seal, SealedFiles, SealedMeasure, SealedResult, SealedText};
pub use sealed::{Sealed, seal_path};
pub use trace::{KeptOutcome, KeptPayable, TraceLine, TracePair, Traces};
pub use what_if::{Correction, Supposed, WhatIf, WhatIfChange};
