//! Whole numbers of a lane: 64 bits each as long as all fit, else 128.
//!
//! Money in fen and most of what is made of it fits 64 bits; loops over those are several times
//! faster. One number that does not fit turns the whole lane, and nothing else is different.

/// Whole numbers by place.
#[derive(Clone, Debug, Default)]
pub(super) struct Digits {
    narrow: Vec<i64>,
    wide: Vec<i128>,
    is_wide: bool,
}

impl Digits {
    /// This many times one number.
    pub(super) fn reset(&mut self, count: usize, value: i64) {
        self.wide.clear();
        self.is_wide = false;
        self.narrow.clear();
        self.narrow.resize(count, value);
    }

    /// No number.
    pub(super) fn clear(&mut self) {
        self.reset(0, 0);
    }

    /// This many times one number of any size.
    pub(super) fn fill(&mut self, count: usize, value: i128) {
        if let Ok(value) = i64::try_from(value) {
            self.reset(count, value);
            return;
        }
        self.clear();
        self.is_wide = true;
        self.wide.resize(count, value);
    }

    /// Becomes these numbers.
    pub(super) fn set_narrow(&mut self, values: impl Iterator<Item = i64>) {
        self.clear();
        self.narrow.extend(values);
    }

    /// How many.
    pub(super) fn len(&self) -> usize {
        if self.is_wide {
            self.wide.len()
        } else {
            self.narrow.len()
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One number.
    pub(super) fn get(&self, at: usize) -> i128 {
        if self.is_wide {
            self.wide[at]
        } else {
            i128::from(self.narrow[at])
        }
    }

    /// Changes one number.
    pub(super) fn set(&mut self, at: usize, value: i128) {
        if !self.is_wide {
            if let Ok(value) = i64::try_from(value) {
                self.narrow[at] = value;
                return;
            }
            self.widen();
        }
        self.wide[at] = value;
    }

    /// Changes one number to one of another lane.
    pub(super) fn copy(&mut self, at: usize, from: &Self, place: usize) {
        if self.is_wide || from.is_wide {
            self.set(at, from.get(place));
        } else {
            self.narrow[at] = from.narrow[place];
        }
    }

    /// The numbers where all are of 64 bits.
    pub(super) fn narrow(&self) -> Option<&[i64]> {
        (!self.is_wide).then_some(self.narrow.as_slice())
    }

    /// The numbers where all are of 64 bits.
    pub(super) fn narrow_mut(&mut self) -> Option<&mut [i64]> {
        (!self.is_wide).then_some(self.narrow.as_mut_slice())
    }

    /// The numbers at 128 bits.
    pub(super) fn widen(&mut self) -> &mut [i128] {
        if !self.is_wide {
            self.is_wide = true;
            self.wide.clear();
            self.wide
                .extend(self.narrow.iter().copied().map(i128::from));
            self.narrow.clear();
        }
        &mut self.wide
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wide_number_turns_all() {
        let mut digits = Digits::default();
        digits.reset(3, 7);
        digits.set(1, i128::from(i64::MIN));
        assert_eq!(digits.narrow(), Some([7, i64::MIN, 7].as_slice()));
        digits.set(2, i128::from(i64::MAX) + 1);
        assert!(digits.narrow().is_none());
        let expected = [7, i128::from(i64::MIN), i128::from(i64::MAX) + 1];
        assert_eq!([0, 1, 2].map(|at| digits.get(at)), expected);
        let mut other = Digits::default();
        other.fill(2, -1);
        other.copy(0, &digits, 2);
        assert_eq!(
            (other.get(0), other.get(1), other.len()),
            (expected[2], -1, 2)
        );
        other.reset(1, 5);
        assert_eq!(other.narrow(), Some([5].as_slice()));
    }
}
