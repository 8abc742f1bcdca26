//! Awards that are known although the decision is not.

use crate::column::result::RowDecision;

/// The most that an undetermined decision can pay, where its award itself is known: what is
/// missing decides only whether it is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KnownAward {
    /// The row of the snapshot.
    pub(crate) row: u32,
    /// The measure, by its place in the library.
    pub(crate) measure: u32,
    /// The award in fen, at least zero; absent where it is no amount at all.
    pub(crate) fen: Option<i64>,
}

/// What is found of the rows of a morsel.
#[derive(Default)]
pub(crate) struct Found {
    /// The decisions that are listed, by row, then by measure.
    pub(crate) decisions: Vec<RowDecision>,
    /// The known awards of undetermined ones, in the same order.
    pub(crate) known: Vec<KnownAward>,
}

/// Puts what was found measure by measure into the order of rows; equal rows keep their order.
pub(super) fn by_row<T: Copy>(
    found: &[T],
    start: usize,
    rows: usize,
    row: impl Fn(&T) -> u32,
) -> Vec<T> {
    let Some(first) = found.first() else {
        return Vec::new();
    };
    let mut ends = vec![0u32; rows + 1];
    for one in found {
        ends[row(one) as usize - start + 1] += 1;
    }
    for at in 0..rows {
        ends[at + 1] += ends[at];
    }
    let mut sorted = vec![*first; found.len()];
    for one in found {
        let end = &mut ends[row(one) as usize - start];
        sorted[*end as usize] = *one;
        *end += 1;
    }
    sorted
}
