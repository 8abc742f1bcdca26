//! What several whole-path tests need: the policies of the library, probes of its statutory
//! definitions, golden cases and the reading of underlines.

pub mod cases;
pub mod library;
pub mod size_classes;
pub mod underlines;
