//! Loops compiled for the processor at hand.

/// Runs a loop in the widest form that this processor knows.
///
/// What is inlined is compiled several times, and the processor is asked once; so the closure is
/// marked `#[inline(always)]`.
/// Integers only, so that every form gives the same result.
#[inline(always)]
pub(crate) fn vectored<R>(work: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(work)
}
