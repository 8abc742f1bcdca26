//! Tools of the whole-path tests.

pub mod cases;
pub mod underlines;
