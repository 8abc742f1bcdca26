//! Many proofs over one list: every full subtree is hashed once.

use crate::merkle::TreeHash;

/// The hashes of all full subtrees over a list of leaves.
///
/// # Units
/// 64 bytes a leaf; a proof needs the square of the tree's height, whatever its size.
#[derive(Clone, Debug, Default)]
pub struct Levels(Vec<Vec<TreeHash>>);

impl Levels {
    /// Over these leaves.
    #[must_use]
    pub fn new(leaves: Vec<TreeHash>) -> Self {
        let mut levels = vec![leaves];
        while let Some(last) = levels.last().filter(|last| last.len() > 1) {
            let pairs = last.as_chunks::<2>().0.iter();
            let above = pairs.map(|[left, right]| TreeHash::of_node(left, right));
            let above = above.collect();
            levels.push(above);
        }
        Self(levels)
    }

    /// How many leaves there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.first().map_or(0, Vec::len)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The root over all leaves.
    #[must_use]
    pub fn root(&self) -> TreeHash {
        self.over(0, self.len())
            .unwrap_or_else(TreeHash::of_nothing)
    }

    /// The hashes beside the way from a leaf to the root, as
    /// [`inclusion_proof`](crate::merkle::inclusion_proof) gives them; nothing past the end.
    ///
    /// # Source
    /// RFC 6962 part 2.1.1.
    #[must_use]
    pub fn inclusion_proof(&self, index: usize) -> Option<Vec<TreeHash>> {
        if index >= self.len() {
            return None;
        }
        let (mut first, mut count, mut path) = (0usize, self.len(), Vec::new());
        while count > 1 {
            let left = split(count);
            let middle = first.checked_add(left)?;
            let right = count.checked_sub(left)?;
            if index < middle {
                path.push(self.over(middle, right)?);
                count = left;
            } else {
                path.push(self.over(first, left)?);
                (first, count) = (middle, right);
            }
        }
        path.reverse();
        Some(path)
    }

    /// The hash over a range that a split of the tree makes.
    fn over(&self, first: usize, count: usize) -> Option<TreeHash> {
        if count == 0 {
            return None;
        }
        if count.is_power_of_two() {
            let level = usize::try_from(count.trailing_zeros()).ok()?;
            return self.0.get(level)?.get(first.checked_div(count)?).copied();
        }
        let left = split(count);
        let (middle, right) = (first.checked_add(left)?, count.checked_sub(left)?);
        let (left, right) = (self.over(first, left)?, self.over(middle, right)?);
        Some(TreeHash::of_node(&left, &right))
    }
}

/// The largest power of two below a count of at least two.
fn split(count: usize) -> usize {
    count.next_power_of_two().checked_div(2).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merkle::{TreeBuilder, inclusion_proof};

    #[test]
    fn proofs_are_those_of_the_definition() {
        for count in 0..70usize {
            let leaves: Vec<TreeHash> = (0..count)
                .map(|number| TreeHash::of_leaf(&number.to_le_bytes()))
                .collect();
            let mut tree = TreeBuilder::default();
            leaves.iter().for_each(|leaf| tree.push(*leaf));
            let levels = Levels::new(leaves.clone());
            assert_eq!(levels.root(), tree.root(), "{count}");
            for index in 0..count {
                let expected = inclusion_proof(&leaves, index);
                assert_eq!(
                    levels.inclusion_proof(index),
                    expected,
                    "{index} of {count}"
                );
            }
            assert_eq!(levels.inclusion_proof(count), None);
        }
    }
}
