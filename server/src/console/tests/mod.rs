//! The workbench through its pages: who may, what is refused, and a whole month.

mod month;
mod sums;
mod town;
mod walls;
