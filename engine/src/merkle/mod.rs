//! Merkle trees of RFC 6962: one hash that stands for a list, and short proofs about it.
//!
//! A list of decisions or of events is summed up in one root. Whoever holds the root can be shown
//! that an entry is in the list ([`inclusion_proof`]) and that a longer list begins with the
//! shorter one ([`consistency_proof`]) without seeing the rest.

mod levels;
mod proof;
mod segment;
#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "numbers of the tests are small"
)]
mod tests;

use std::fmt;

use sha2::block_api::compress256;
use sha2::{Digest, Sha256};

pub use levels::Levels;
pub use proof::{
    ProofError, consistency_proof, inclusion_proof, verify_consistency, verify_inclusion,
};
pub use segment::{Misaligned, Segment};

/// What leaves are hashed behind, so that no leaf can pass for a node.
const LEAF_PREFIX: u8 = 0x00;

/// What nodes are hashed behind.
const NODE_PREFIX: u8 = 0x01;

/// The state that SHA-256 begins with (FIPS 180-4, 5.3.3).
const INITIAL: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// The bytes of a block of SHA-256.
const BLOCK: usize = 64;

/// The blocks that a short leaf is padded in at once.
const SHORT_BLOCKS: usize = 4;

/// The SHA-256 of a leaf, of a node or of a whole tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreeHash(pub [u8; 32]);

impl TreeHash {
    /// The hash of a leaf with this content.
    #[must_use]
    pub fn of_leaf(content: &[u8]) -> Self {
        // Millions of short leaves: what a hash of any length needs costs more than they do.
        let mut bytes = [0u8; BLOCK * SHORT_BLOCKS];
        let filled = content.len().saturating_add(1);
        let count = filled.saturating_add(9).div_ceil(BLOCK);
        let (head, body) = bytes.split_at_mut(1);
        let (Some(body), true) = (body.get_mut(..=content.len()), count <= SHORT_BLOCKS) else {
            let mut hash = Sha256::new();
            hash.update([LEAF_PREFIX]);
            hash.update(content);
            return Self(hash.finalize().into());
        };
        head.fill(LEAF_PREFIX);
        if let Some((end, text)) = body.split_last_mut() {
            text.copy_from_slice(content);
            *end = 0x80;
        }
        let bits = u64::try_from(filled).unwrap_or(u64::MAX).saturating_mul(8);
        let (blocks, _) = bytes.as_chunks_mut::<BLOCK>();
        let blocks = blocks.get_mut(..count).unwrap_or_default();
        if let Some(length) = blocks.last_mut().and_then(|last| last.last_chunk_mut()) {
            *length = bits.to_be_bytes();
        }
        Self::of_blocks(blocks)
    }

    /// The hash of the node over two others.
    #[must_use]
    pub fn of_node(left: &Self, right: &Self) -> Self {
        let mut blocks = [[0u8; BLOCK]; 2];
        let [first, second] = &mut blocks;
        let [prefix, hashes @ ..] = first;
        *prefix = NODE_PREFIX;
        let (to_left, to_right) = hashes.split_at_mut(32);
        let [right @ .., last] = &right.0;
        to_left.copy_from_slice(&left.0);
        to_right.copy_from_slice(right);
        // 65 bytes are 520 bits.
        [second[0], second[1], second[62], second[63]] = [*last, 0x80, 0x02, 0x08];
        Self::of_blocks(&blocks)
    }

    /// The hash of what is padded already.
    fn of_blocks(blocks: &[[u8; BLOCK]]) -> Self {
        let mut state = INITIAL;
        compress256(&mut state, blocks);
        let mut hash = [0u8; 32];
        let (words, _) = hash.as_chunks_mut::<4>();
        for (bytes, word) in words.iter_mut().zip(state) {
            *bytes = word.to_be_bytes();
        }
        Self(hash)
    }

    /// The root of a tree without leaves: the SHA-256 of nothing.
    #[must_use]
    pub fn of_nothing() -> Self {
        Self(Sha256::new().finalize().into())
    }
}

impl fmt::Display for TreeHash {
    /// Lower-case hexadecimal digits.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0 {
            write!(formatter, "{byte:02x}")?;
        }
        Ok(())
    }
}

/// A tree that grows leaf by leaf and holds no more than one hash for each power of two.
///
/// # Shape
/// The peaks are the roots of the largest full subtrees from the left, one for each bit of the
/// size, so that a tree of 2⁴⁰ leaves holds at most 40 hashes.
/// # Source
/// RFC 6962 part 2.1, RFC 9162 part 2.1.1.
/// # Example
/// ```
/// # use zhida_engine::merkle::{TreeBuilder, TreeHash};
/// let mut tree = TreeBuilder::default();
/// assert_eq!(tree.root(), TreeHash::of_nothing());
/// tree.push(TreeHash::of_leaf(b"one"));
/// assert_eq!(tree.root(), TreeHash::of_leaf(b"one"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TreeBuilder {
    size: u64,
    peaks: Vec<TreeHash>,
}

impl TreeBuilder {
    /// A tree of which only the peaks were kept; `None` when their number does not fit the size.
    #[must_use]
    pub fn from_peaks(size: u64, peaks: Vec<TreeHash>) -> Option<Self> {
        let expected = usize::try_from(size.count_ones()).ok()?;
        (peaks.len() == expected).then_some(Self { size, peaks })
    }

    /// How many leaves there are.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the largest full subtrees, from the left.
    #[must_use]
    pub fn peaks(&self) -> &[TreeHash] {
        &self.peaks
    }

    /// Adds the hash of a leaf.
    pub fn push(&mut self, leaf: TreeHash) {
        self.push_peak(0, leaf);
    }

    /// The root of the tree as it stands.
    #[must_use]
    pub fn root(&self) -> TreeHash {
        let peaks = self.peaks.iter().rev().copied();
        peaks
            .reduce(|right, left| TreeHash::of_node(&left, &right))
            .unwrap_or_else(TreeHash::of_nothing)
    }

    /// Adds a full subtree of 2^level leaves, joined with those of its size on the left.
    fn push_peak(&mut self, level: u32, peak: TreeHash) {
        let mut peak = peak;
        let mut above = self.size >> level;
        while above & 1 == 1 {
            if let Some(left) = self.peaks.pop() {
                peak = TreeHash::of_node(&left, &peak);
            }
            above >>= 1;
        }
        self.peaks.push(peak);
        // A tree of 2⁶⁴ leaves cannot be built.
        self.size = self.size.saturating_add(1 << level);
    }
}

impl Extend<TreeHash> for TreeBuilder {
    fn extend<I: IntoIterator<Item = TreeHash>>(&mut self, leaves: I) {
        leaves.into_iter().for_each(|leaf| self.push(leaf));
    }
}
