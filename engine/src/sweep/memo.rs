//! What was worked out before, by what it depends on.

use crate::sweep::packed::SPREAD;

/// What a memo finds values by.
pub(crate) trait MemoKey: PartialEq {
    /// All that makes it different from others, in words.
    fn words(&self) -> [u64; 4];
}

/// Values by keys, up to a number; found by a hash, and never gone through in its order.
pub(crate) struct Memo<K, V> {
    entries: Vec<(K, V)>,
    /// By hash: the place of an entry above zero, or zero for a free place.
    slots: Vec<u32>,
}

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            slots: Vec::new(),
        }
    }
}

/// The places of a memo that begins to grow.
const SLOTS_MIN: usize = 16;

impl<K: MemoKey, V> Memo<K, V> {
    /// How many values there are.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut slot = hash(key) & mask;
        loop {
            let place = self.slots.get(slot)?.checked_sub(1)?;
            let (known, value) = self.entries.get(usize::try_from(place).ok()?)?;
            if known == key {
                return Some(value);
            }
            slot = slot.wrapping_add(1) & mask;
        }
    }

    /// Adds a value under a key that has none yet.
    pub(crate) fn add(&mut self, key: K, value: V) {
        self.entries.push((key, value));
        // At most half of the places are taken.
        if self.entries.len().saturating_mul(2) > self.slots.len() {
            let slots = self.slots.len().saturating_mul(2).max(SLOTS_MIN);
            self.slots.clear();
            self.slots.resize(slots, 0);
            (0..self.entries.len()).for_each(|place| self.place(place));
        } else {
            self.place(self.entries.len().saturating_sub(1));
        }
    }

    /// Takes a slot for an entry.
    fn place(&mut self, place: usize) {
        let mask = self.slots.len().wrapping_sub(1);
        let Some((key, _)) = self.entries.get(place) else {
            return;
        };
        let mut slot = hash(key) & mask;
        while let Some(taken) = self.slots.get_mut(slot) {
            if *taken == 0 {
                // A memo holds fewer than 2³² values.
                *taken = u32::try_from(place).unwrap_or(u32::MAX).saturating_add(1);
                return;
            }
            slot = slot.wrapping_add(1) & mask;
        }
    }
}

fn hash(key: &impl MemoKey) -> usize {
    let words = key.words().into_iter();
    let mixed = words.fold(0u64, |hash, word| {
        let hash = (hash ^ word).wrapping_mul(SPREAD);
        hash ^ hash >> 32
    });
    usize::try_from(mixed & u64::from(u32::MAX)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    impl MemoKey for u64 {
        fn words(&self) -> [u64; 4] {
            [*self, 0, 0, 0]
        }
    }

    #[test]
    fn what_was_added_is_found() {
        let mut memo = Memo::default();
        assert_eq!(memo.get(&0), None);
        for number in 0..1_000u64 {
            memo.add(number.pow(3), number);
        }
        assert_eq!(memo.len(), 1_000);
        for number in 0..1_000u64 {
            assert_eq!(memo.get(&number.pow(3)), Some(&number));
            assert_eq!(memo.get(&number.pow(3).saturating_add(3)), None);
        }
    }

    #[test]
    fn keys_with_one_hash_are_told_apart() {
        struct Same(u64);
        impl PartialEq for Same {
            fn eq(&self, other: &Self) -> bool {
                self.0 == other.0
            }
        }
        impl MemoKey for Same {
            fn words(&self) -> [u64; 4] {
                [7; 4]
            }
        }
        let mut memo = Memo::default();
        (0..40).for_each(|number| memo.add(Same(number), number));
        for number in 0..40 {
            assert_eq!(memo.get(&Same(number)), Some(&number));
        }
        assert_eq!(memo.get(&Same(40)), None);
    }
}
