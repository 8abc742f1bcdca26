//! What several whole-path tests need: the policies of the library, and probes of its statutory
//! definitions.

pub mod library;
pub mod size_classes;
