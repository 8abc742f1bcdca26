//! A set of measures, by their places in the library.

/// Measures of one library, one bit each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MeasureSet {
    words: Vec<u64>,
}

const BITS: usize = 64;

impl MeasureSet {
    /// No measure of a library with so many.
    #[must_use]
    pub fn none(measures: usize) -> Self {
        Self {
            words: vec![0; measures.div_ceil(BITS)],
        }
    }

    /// Adds a measure; one beyond the library is no measure and is left out.
    pub fn insert(&mut self, measure: usize) {
        if let Some(word) = self.words.get_mut(word_of(measure)) {
            *word |= bit_of(measure);
        }
    }

    /// Adds all measures of another set of the same library.
    pub fn insert_all(&mut self, other: &Self) {
        for (word, more) in self.words.iter_mut().zip(&other.words) {
            *word |= more;
        }
    }

    /// Whether it holds a measure.
    #[must_use]
    pub fn contains(&self, measure: usize) -> bool {
        let word = self.words.get(word_of(measure));
        word.is_some_and(|word| word & bit_of(measure) != 0)
    }

    /// How many measures it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        let ones = |word: &u64| usize::try_from(word.count_ones()).unwrap_or(BITS);
        self.words.iter().map(ones).sum()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// The measures, in the order of the library.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        let starts = (0..).step_by(BITS);
        starts.zip(&self.words).flat_map(|(start, word)| {
            let after = |rest: &u64| Some(rest & rest.wrapping_sub(1));
            let rests = std::iter::successors(Some(*word), after).take_while(|rest| *rest != 0);
            rests.map(move |rest| {
                let place = usize::try_from(rest.trailing_zeros()).unwrap_or(BITS);
                start | place
            })
        })
    }

    /// The bits: measure n is bit n mod 64 of word n div 64.
    #[must_use]
    pub fn words(&self) -> &[u64] {
        &self.words
    }
}

fn word_of(measure: usize) -> usize {
    measure / BITS
}

fn bit_of(measure: usize) -> u64 {
    1 << (measure % BITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_come_back_in_order() {
        let mut set = MeasureSet::none(130);
        assert!(set.is_empty());
        for measure in [129, 0, 63, 64, 0, 1000] {
            set.insert(measure);
        }
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 63, 64, 129]);
        assert_eq!((set.len(), set.is_empty()), (4, false));
        assert!(set.contains(63) && !set.contains(62) && !set.contains(1000));
        let mut other = MeasureSet::none(130);
        other.insert(62);
        other.insert_all(&set);
        assert_eq!(other.iter().collect::<Vec<_>>(), [0, 62, 63, 64, 129]);
    }
}
