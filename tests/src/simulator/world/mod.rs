//! The made-up county: who works there, who is entitled, and what time it is.

pub(crate) mod awards;
pub(crate) mod cast;
pub(crate) mod clock;
