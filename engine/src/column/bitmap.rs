//! Sets of rows as words of 64 bits.

/// How many words hold this many bits.
pub(super) fn words_for(bits: usize) -> usize {
    bits.div_ceil(64)
}

/// A set of rows of one morsel, or of its records.
#[derive(Clone, Debug, Default)]
pub(super) struct Mask {
    /// The bits.
    pub(super) words: Vec<u64>,
    /// The first word that may have a bit.
    pub(super) from: usize,
    /// The word behind the last that may have one.
    pub(super) to: usize,
}

impl Mask {
    /// Makes it empty, for this many words.
    pub(super) fn reset(&mut self, words: usize) {
        self.words.clear();
        self.words.resize(words, 0);
        (self.from, self.to) = (0, 0);
    }

    /// The words that may have bits.
    pub(super) fn range(&self) -> std::ops::Range<usize> {
        self.from..self.to
    }

    /// Leaves out the empty words at both ends; whether anything is left.
    pub(super) fn trim(&mut self) -> bool {
        while self.from < self.to && self.words[self.from] == 0 {
            self.from += 1;
        }
        while self.from < self.to && self.words[self.to - 1] == 0 {
            self.to -= 1;
        }
        self.from < self.to
    }

    /// How many rows.
    pub(super) fn count(&self) -> u64 {
        self.words[self.range()]
            .iter()
            .map(|word| u64::from(word.count_ones()))
            .sum()
    }

    /// Becomes the rows of an ascending list.
    pub(super) fn set_rows(&mut self, words: usize, rows: &[u32]) {
        self.reset(words);
        if let (Some(first), Some(last)) = (rows.first(), rows.last()) {
            (self.from, self.to) = (*first as usize / 64, *last as usize / 64 + 1);
        }
        for row in rows {
            self.words[*row as usize / 64] |= 1 << (row % 64);
        }
    }

    /// Adds a range of rows.
    pub(super) fn add_range(&mut self, start: usize, end: usize) {
        if start >= end {
            return;
        }
        let (first, last) = (start / 64, (end - 1) / 64);
        for word in first..=last {
            let low = if word == first { start % 64 } else { 0 };
            let high = if word == last { (end - 1) % 64 } else { 63 };
            let ones = (u64::MAX << low) & (u64::MAX >> (63 - high));
            self.words[word] |= ones;
        }
        if self.from == self.to {
            (self.from, self.to) = (first, last + 1);
        } else {
            self.from = self.from.min(first);
            self.to = self.to.max(last + 1);
        }
    }

    /// Leaves out a range of rows.
    pub(super) fn clear_range(&mut self, start: usize, end: usize) {
        if start >= end {
            return;
        }
        let (first, last) = (start / 64, (end - 1) / 64);
        for word in first..=last {
            let low = if word == first { start % 64 } else { 0 };
            let high = if word == last { (end - 1) % 64 } else { 63 };
            self.words[word] &= !((u64::MAX << low) & (u64::MAX >> (63 - high)));
        }
    }

    /// Adds the rows to a list, in order.
    pub(super) fn push_rows(&self, rows: &mut Vec<u32>) {
        for index in self.range() {
            push_bits(index, self.words[index], rows);
        }
    }
}

/// Adds the rows of one word to a list.
pub(super) fn push_bits(index: usize, mut word: u64, rows: &mut Vec<u32>) {
    while word != 0 {
        rows.push((index * 64) as u32 + word.trailing_zeros());
        word &= word - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_rows_agree() {
        for (start, end) in [(0, 0), (0, 1), (3, 64), (63, 65), (10, 300), (128, 192)] {
            let mut mask = Mask::default();
            mask.reset(5);
            mask.add_range(start, end);
            let mut rows = Vec::new();
            mask.push_rows(&mut rows);
            let expected: Vec<u32> = (start as u32..end as u32).collect();
            assert_eq!(rows, expected);
            assert_eq!(mask.count() as usize, end - start);
            let mut again = Mask::default();
            again.set_rows(5, &rows);
            assert_eq!(again.words, mask.words);
        }
    }
}
