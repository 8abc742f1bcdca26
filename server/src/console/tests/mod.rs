//! The workbench through its pages: who may, what is refused, and a whole month.

mod guarding;
pub(crate) mod month;
mod others;
mod publishing;
mod sums;
pub(crate) mod town;
mod walls;
