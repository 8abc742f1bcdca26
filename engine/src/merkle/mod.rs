//! Merkle trees of RFC 6962: one hash that stands for a list, and short proofs about it.
//!
//! A list of decisions or of events is summed up in one root. Whoever holds the root can be shown
//! that an entry is in the list ([`inclusion_proof`]) and that a longer list begins with the
//! shorter one ([`consistency_proof`]) without seeing the rest.

mod proof;
#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "numbers of the tests are small"
)]
mod tests;

use std::fmt;

use sha2::{Digest, Sha256};

pub use proof::{
    ProofError, consistency_proof, inclusion_proof, verify_consistency, verify_inclusion,
};

/// What leaves are hashed behind, so that no leaf can pass for a node.
const LEAF_PREFIX: [u8; 1] = [0x00];

/// What nodes are hashed behind.
const NODE_PREFIX: [u8; 1] = [0x01];

/// The SHA-256 of a leaf, of a node or of a whole tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreeHash(pub [u8; 32]);

impl TreeHash {
    /// The hash of a leaf with this content.
    #[must_use]
    pub fn of_leaf(content: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(LEAF_PREFIX);
        hash.update(content);
        Self(hash.finalize().into())
    }

    /// The hash of the node over two others.
    #[must_use]
    pub fn of_node(left: &Self, right: &Self) -> Self {
        let mut hash = Sha256::new();
        hash.update(NODE_PREFIX);
        hash.update(left.0);
        hash.update(right.0);
        Self(hash.finalize().into())
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

/// A subtree does not begin where a subtree of its size can stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a subtree of {more} leaves cannot stand behind {size} leaves")]
pub struct Misaligned {
    /// The leaves there are.
    pub size: u64,
    /// The leaves of the subtree.
    pub more: u64,
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

    /// Adds all leaves of a tree that was built apart, perhaps on another thread.
    ///
    /// # Errors
    /// [`Misaligned`] unless the leaves there are divide by the other's largest full subtree;
    /// nothing has been added then.
    pub fn append(&mut self, other: &Self) -> Result<(), Misaligned> {
        let Some(highest) = other.size.checked_ilog2() else {
            return Ok(());
        };
        if self.size.trailing_zeros() < highest && self.size > 0 {
            let (size, more) = (self.size, other.size);
            return Err(Misaligned { size, more });
        }
        let levels = (0..=highest).rev();
        let full = levels.filter(|level| (other.size >> level) & 1 == 1);
        for (level, peak) in full.zip(&other.peaks) {
            self.push_peak(level, *peak);
        }
        Ok(())
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
