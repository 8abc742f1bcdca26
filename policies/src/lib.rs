//! The Zhida notation: policy files read, checked and typed, and the values they speak about.
//!
//! Data flows from a policy's text (documents) through its rules to checked measures; this
//! crate never sees an enterprise.

pub mod calendar;
pub mod check;
pub mod document;
pub mod fault;
pub mod load;
pub mod measure;
pub mod render;
pub mod span;
pub mod syntax;
pub mod values;
pub mod vocabulary;
