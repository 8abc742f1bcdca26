//! What is worked out once for something shared, and given up with it.

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

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

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
