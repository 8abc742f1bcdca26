//! What is worked out once: for something shared and given up with it, or by name and given up for
//! what came later.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// One value for each of a few shared things that are alive.
pub(crate) struct Kept<K, V>(Mutex<Vec<(Weak<K>, Arc<V>)>>);

impl<K, V> Kept<K, V> {
    /// Nothing yet.
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// The value of a thing, made when it is first asked for. Whoever asks meanwhile waits.
    ///
    /// # Errors
    /// What making it says; nothing is kept then.
    pub(crate) fn of<E>(
        &self,
        key: &Arc<K>,
        make: impl FnOnce(&K) -> Result<V, E>,
    ) -> Result<Arc<V>, E> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(known, _)| known.strong_count() > 0);
        let there = kept
            .iter()
            .find(|(known, _)| std::ptr::eq(known.as_ptr(), Arc::as_ptr(key)));
        if let Some((_, value)) = there {
            return Ok(Arc::clone(value));
        }
        let value = Arc::new(make(key)?);
        kept.push((Arc::downgrade(key), Arc::clone(&value)));
        Ok(value)
    }
}

/// The last values by name, and of so many at most.
pub(crate) struct Remembered<V> {
    most: usize,
    kept: Mutex<VecDeque<(String, Arc<V>)>>,
}

impl<V> Remembered<V> {
    /// Nothing yet.
    pub(crate) const fn of_at_most(most: usize) -> Self {
        Self {
            most,
            kept: Mutex::new(VecDeque::new()),
        }
    }

    /// The value of this name, if it is remembered.
    pub(crate) fn get(&self, name: &str) -> Option<Arc<V>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| Arc::clone(value))
    }

    /// Remembers a value; the oldest goes where there are too many.
    pub(crate) fn keep(&self, name: String, value: Arc<V>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(known, _)| *known != name);
        kept.push_back((name, value));
        while kept.len() > self.most {
            kept.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    #[test]
    fn the_last_are_remembered_by_name_and_no_more_than_so_many() {
        let kept: Remembered<u8> = Remembered::of_at_most(2);
        for (name, value) in [("a", 1), ("b", 2), ("a", 3), ("c", 4)] {
            kept.keep(name.to_owned(), Arc::new(value));
        }
        let found = ["a", "b", "c"].map(|name| kept.get(name).map(|value| *value));
        assert_eq!(found, [Some(3), None, Some(4)]);
    }

    #[test]
    fn a_value_is_made_once_for_each_thing_and_goes_with_it() {
        let kept: Kept<u8, u8> = Kept::new();
        let (one, other) = (Arc::new(1), Arc::new(1));
        let mut made = 0u8;
        let mut ask = |key: &Arc<u8>| {
            let value = kept.of(key, |_| {
                made += 1;
                Ok::<u8, Infallible>(made)
            });
            *value.unwrap()
        };
        assert_eq!((ask(&one), ask(&one), ask(&other)), (1, 1, 2));
        drop(one);
        assert_eq!((ask(&Arc::new(1)), ask(&other)), (3, 2));
    }
}
