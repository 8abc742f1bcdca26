//! The inner loops.

pub(super) mod arch;
pub(super) mod arithmetic;
pub(super) mod compare;
pub(super) mod rounding;
