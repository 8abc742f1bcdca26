//! Simulated years of payouts: seeded, in one process, with everything that can go wrong.
//!
//! # Shape
//! A [`Plan`] names a seed; [`simulate`] lives through it. Made-up sweeps give awards (`world`),
//! people and clocks order what is due and what they should not (`desk`), the program decides
//! and keeps it (`service`, `storage`), a bank pays and speaks of it as banks do (`bank`).
//! Storage fails, the program dies, answers are lost, late, twice and contradictory, the clock
//! jumps. After each step independent judges (`witness`) ask whether the promises of PAYOUTS.md
//! still hold. A [`Mutant`] plants a bug that they must find.
//! # Example
//! ```
//! use zhida_tests::simulator::{Plan, simulate};
//! let lived = simulate(&Plan::new(1, 300)).unwrap();
//! assert!(lived.carried > 0);
//! ```

mod bank;
mod coverage;
mod desk;
mod dice;
mod files;
mod mutant;
mod report;
mod service;
mod simulation;
mod storage;
mod witness;
mod world;

pub use coverage::EVERYTHING;
pub use mutant::Mutant;
pub use report::{Failure, Tally};
pub use simulation::{Plan, simulate};
pub use witness::Promise;
