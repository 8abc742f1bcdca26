//! Rows of a snapshot as bits: many rules ask of nearly everybody.

use std::ops::RangeInclusive;

use crate::awards::payments::number;
use crate::awards::readings::place;

/// A set of rows between two of them.
#[derive(Clone)]
pub(super) struct RowBits {
    /// The first word, by its place in the bits of all rows.
    start: usize,
    words: Vec<u64>,
}

impl RowBits {
    /// None of these rows.
    pub(super) fn over(rows: RangeInclusive<u32>) -> Self {
        let word = |row: &u32| place(row / u64::BITS);
        let (start, end) = (word(rows.start()), word(rows.end()));
        Self {
            start,
            words: vec![0; end + 1 - start],
        }
    }

    /// Adds a row, which lies between the ends.
    pub(super) fn set(&mut self, row: u32) {
        let word = place(row / u64::BITS) - self.start;
        self.words[word] |= 1 << (row % u64::BITS);
    }
}

/// Ascending rows, each with its place among them: for 64 rows of the snapshot one word of bits,
/// and how many rows come before them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rows {
    /// The first word, by its place in the bits of all rows.
    start: usize,
    words: Vec<(u64, u32)>,
}

impl Rows {
    /// All rows of some sets.
    pub(super) fn new<'b>(sets: impl Iterator<Item = &'b RowBits> + Clone) -> Self {
        let starts = sets.clone().map(|set| set.start);
        let start = starts.min().unwrap_or(0);
        let ends = sets.clone().map(|set| set.start + set.words.len());
        let mut found = vec![(0u64, 0u32); ends.max().unwrap_or(0) - start];
        for set in sets {
            for (word, bits) in found[set.start - start..].iter_mut().zip(&set.words) {
                word.0 |= bits;
            }
        }
        let mut before = 0;
        for (bits, start) in &mut found {
            *start = before;
            before += bits.count_ones();
        }
        Self {
            start,
            words: found,
        }
    }

    /// The place of a row among them.
    pub(super) fn find(&self, row: u32) -> Option<usize> {
        let word = place(row / u64::BITS).checked_sub(self.start)?;
        let (bits, before) = *self.words.get(word)?;
        let bit = 1u64 << (row % u64::BITS);
        (bits & bit != 0).then(|| place(before + (bits & (bit - 1)).count_ones()))
    }

    /// The rows, ascending.
    pub(super) fn list(&self) -> Vec<u32> {
        let last = self.words.last();
        let count = last.map_or(0, |(bits, before)| before + bits.count_ones());
        let mut rows = Vec::with_capacity(place(count));
        for (word, (bits, _)) in (self.start..).zip(&self.words) {
            let mut bits = *bits;
            while bits != 0 {
                rows.push(number(word) * u64::BITS + bits.trailing_zeros());
                bits &= bits - 1;
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rows_come_out_as_a_set_of_numbers_would_give_them(
            sets in prop::collection::vec(prop::collection::btree_set(0..1_000u32, 1..50), 0..4),
        ) {
            let bits: Vec<RowBits> = sets
                .iter()
                .map(|rows| {
                    let ends = *rows.first().unwrap()..=*rows.last().unwrap();
                    let mut bits = RowBits::over(ends);
                    rows.iter().for_each(|row| bits.set(*row));
                    bits
                })
                .collect();
            let all: BTreeSet<u32> = sets.into_iter().flatten().collect();
            let rows = Rows::new(bits.iter());
            prop_assert_eq!(rows.list(), all.iter().copied().collect::<Vec<_>>());
            for row in 0..1_100 {
                let place = all.iter().position(|other| *other == row);
                prop_assert_eq!(rows.find(row), place);
            }
        }
    }
}
