//! The Zhida notation: policy files read, checked and typed.

pub mod fault;
pub mod span;
pub mod syntax;
