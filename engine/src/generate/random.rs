//! Random numbers that are the same on every machine and in every release.
//!
//! The key of an enterprise is the first output of ChaCha8 with the key SHA-256(`zhida-generate-1`
//! ‖ seed, little-endian) and the number of the enterprise as its stream. Each fact draws from a
//! SplitMix64 that begins at the enterprise's key XOR the first eight bytes of SHA-256 of the
//! fact's id, so that leaving out a fact changes no other. Everything is drawn from whole numbers.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use sha2::{Digest, Sha256};

/// The name of this way to draw; another way gets another name.
const ALGORITHM: &[u8] = b"zhida-generate-1";

/// The keys of all enterprises of one run.
#[derive(Clone, Debug)]
pub(crate) struct Keys(ChaCha8Rng);

impl Keys {
    pub(crate) fn new(seed: u64) -> Self {
        let mut hash = Sha256::new();
        hash.update(ALGORITHM);
        hash.update(seed.to_le_bytes());
        Self(ChaCha8Rng::from_seed(hash.finalize().into()))
    }

    /// The key of an enterprise.
    pub(crate) fn of(&self, number: u64) -> u64 {
        let mut random = self.0.clone();
        random.set_stream(number);
        random.next_u64()
    }
}

/// The part of a text in the keys.
pub(crate) fn mark(text: &str) -> u64 {
    let digest = Sha256::digest(text.as_bytes());
    digest
        .iter()
        .take(8)
        .fold(0, |mark, byte| mark.wrapping_shl(8) | u64::from(*byte))
}

/// SplitMix64.
#[derive(Clone, Debug)]
pub(crate) struct Draw(u64);

impl Draw {
    pub(crate) fn new(key: u64) -> Self {
        Self(key)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed.wrapping_shr(30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed.wrapping_shr(27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed.wrapping_shr(31)
    }

    /// A number from 0 to below `bound`; 0 when the bound is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.next()).wrapping_mul(u128::from(bound));
        u64::try_from(wide.wrapping_shr(64)).unwrap_or(0)
    }

    /// A number between two, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = high.abs_diff(low).saturating_add(1);
        low.saturating_add_unsigned(if high < low { 0 } else { self.below(width) })
    }

    /// True in this many of a thousand cases.
    pub(crate) fn chance(&mut self, of_thousand: u64) -> bool {
        self.below(1_000) < of_thousand
    }

    /// One of the items.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        let bound = u64::try_from(items.len()).unwrap_or(u64::MAX);
        items.get(usize::try_from(self.below(bound)).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn split_mix_is_the_published_one() {
        // The reference implementation by Vigna, seed 1234567.
        let mut draw = Draw::new(1_234_567);
        let expected = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
        ];
        assert_eq!([draw.next(), draw.next(), draw.next()], expected);
    }

    #[test]
    fn bounds_hold() {
        let mut draw = Draw::new(1);
        for _ in 0..1_000 {
            assert!(draw.below(7) < 7);
            assert!((-3..=4).contains(&draw.between(-3, 4)));
        }
        assert_eq!(draw.below(0), 0);
        assert_eq!(draw.between(5, 5), 5);
        assert_eq!(draw.between(i64::MIN, i64::MAX).signum().abs(), 1);
        assert!(draw.pick::<u8>(&[]).is_none());
    }
}
