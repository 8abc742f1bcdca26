//! Leaves that were hashed apart and follow others in a tree.

use crate::merkle::{TreeBuilder, TreeHash};

/// Leaves from a place of a tree on, hashed before those on their left are known.
///
/// # Shape
/// The roots of the largest full subtrees of the whole tree that lie between the first of these
/// leaves and the last, so that joining a segment costs a few hashes however long it is.
/// # Example
/// ```
/// # use zhida_engine::merkle::{Segment, TreeBuilder, TreeHash};
/// let leaves = [b"a", b"b", b"c", b"d"].map(|text| TreeHash::of_leaf(text));
/// let mut rest = Segment::at(1);
/// leaves[1..].iter().for_each(|leaf| rest.push(*leaf));
/// let (mut tree, mut whole) = (TreeBuilder::default(), TreeBuilder::default());
/// tree.push(leaves[0]);
/// tree.join(&rest)?;
/// whole.extend(leaves);
/// assert_eq!(tree.root(), whole.root());
/// # Ok::<(), zhida_engine::merkle::Misaligned>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Segment {
    start: u64,
    end: u64,
    /// The subtrees by their level, from the left.
    peaks: Vec<(u32, TreeHash)>,
}

/// A segment does not begin where a tree ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("leaves from place {start} on cannot follow {size} leaves")]
pub struct Misaligned {
    /// The leaves there are.
    pub size: u64,
    /// Where the segment begins.
    pub start: u64,
}

impl Segment {
    /// A segment that begins behind so many leaves.
    #[must_use]
    pub fn at(start: u64) -> Self {
        Self {
            start,
            end: start,
            peaks: Vec::new(),
        }
    }

    /// Adds the hash of a leaf.
    pub fn push(&mut self, leaf: TreeHash) {
        let (mut place, mut level, mut hash) = (self.end, 0u32, leaf);
        // The last subtree ends where this one begins: of the same level, it is its sibling.
        while place & 1 == 1
            && let Some((other, left)) = self.peaks.last()
            && *other == level
        {
            hash = TreeHash::of_node(left, &hash);
            self.peaks.pop();
            level = level.saturating_add(1);
            place >>= 1;
        }
        self.peaks.push((level, hash));
        // A tree of 2⁶⁴ leaves cannot be built.
        self.end = self.end.saturating_add(1);
    }
}

impl TreeBuilder {
    /// Adds leaves that were hashed apart, perhaps on another thread.
    ///
    /// # Errors
    /// [`Misaligned`] unless the tree ends where the segment begins; nothing has been added then.
    pub fn join(&mut self, segment: &Segment) -> Result<(), Misaligned> {
        let (size, start) = (self.size(), segment.start);
        if size != start {
            return Err(Misaligned { size, start });
        }
        for (level, peak) in &segment.peaks {
            self.push_peak(*level, *peak);
        }
        Ok(())
    }
}
