//! Proofs that an entry is in a tree, and that one tree continues another.

use crate::merkle::{TreeBuilder, TreeHash};

/// Why a proof does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// There is no such leaf, or the older tree is the larger one.
    #[error("the tree has no such leaf")]
    OutOfRange,
    /// The proof has too many or too few hashes for trees of these sizes.
    #[error("the proof has a wrong length for trees of these sizes")]
    Length,
    /// The proof leads to another root.
    #[error("the proof leads to another root")]
    Root,
}

/// The hashes that lead from a leaf to the root, from below; `None` when there is no such leaf.
///
/// # Source
/// RFC 6962 part 2.1.1.
#[must_use]
pub fn inclusion_proof(leaves: &[TreeHash], index: usize) -> Option<Vec<TreeHash>> {
    let mut proof = Vec::new();
    path(leaves, index, &mut proof)?;
    Some(proof)
}

fn path(leaves: &[TreeHash], index: usize, proof: &mut Vec<TreeHash>) -> Option<()> {
    if index >= leaves.len() {
        return None;
    }
    if leaves.len() == 1 {
        return Some(());
    }
    let (left, right) = halves(leaves)?;
    match index.checked_sub(left.len()) {
        None => {
            path(left, index, proof)?;
            proof.push(root(right));
        }
        Some(index) => {
            path(right, index, proof)?;
            proof.push(root(left));
        }
    }
    Some(())
}

/// The hashes that show that the first `size` leaves are those of an older tree, whole or not;
/// `None` when the older tree is empty or the larger one.
///
/// # Source
/// RFC 6962 part 2.1.2.
#[must_use]
pub fn consistency_proof(leaves: &[TreeHash], size: usize) -> Option<Vec<TreeHash>> {
    if size == 0 || size > leaves.len() {
        return None;
    }
    let mut proof = Vec::new();
    subproof(leaves, size, Older::Known, &mut proof)?;
    Some(proof)
}

/// Whether the verifier holds the root of the older part already.
#[derive(Clone, Copy)]
enum Older {
    Known,
    Unknown,
}

fn subproof(
    leaves: &[TreeHash],
    size: usize,
    older: Older,
    proof: &mut Vec<TreeHash>,
) -> Option<()> {
    if size == leaves.len() {
        if matches!(older, Older::Unknown) {
            proof.push(root(leaves));
        }
        return Some(());
    }
    let (left, right) = halves(leaves)?;
    match size.checked_sub(left.len()) {
        None | Some(0) => {
            subproof(left, size, older, proof)?;
            proof.push(root(right));
        }
        Some(size) => {
            subproof(right, size, Older::Unknown, proof)?;
            proof.push(root(left));
        }
    }
    Some(())
}

/// Cuts more than one leaf at the largest power of two below their number.
fn halves(leaves: &[TreeHash]) -> Option<(&[TreeHash], &[TreeHash])> {
    let level = leaves.len().checked_sub(1)?.checked_ilog2()?;
    leaves.split_at_checked(1 << level)
}

fn root(leaves: &[TreeHash]) -> TreeHash {
    let mut tree = TreeBuilder::default();
    tree.extend(leaves.iter().copied());
    tree.root()
}

/// Checks that a leaf stands at its index in the tree of this size and root.
///
/// # Errors
/// [`ProofError`] when it is not shown.
/// # Source
/// RFC 9162 part 2.1.3.2.
pub fn verify_inclusion(
    root: &TreeHash,
    size: u64,
    index: u64,
    leaf: &TreeHash,
    proof: &[TreeHash],
) -> Result<(), ProofError> {
    let last = size.checked_sub(1).ok_or(ProofError::OutOfRange)?;
    if index > last {
        return Err(ProofError::OutOfRange);
    }
    let (mut at, mut last, mut hash) = (index, last, *leaf);
    for step in proof {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if at & 1 == 1 || at == last {
            hash = TreeHash::of_node(step, &hash);
            climb(&mut at, &mut last);
        } else {
            hash = TreeHash::of_node(&hash, step);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    if last != 0 {
        return Err(ProofError::Length);
    }
    (hash == *root).then_some(()).ok_or(ProofError::Root)
}

/// Checks that the tree of the newer root begins with all leaves of the older one.
///
/// Every tree continues the empty one, and each continues itself; both need no hash.
///
/// # Errors
/// [`ProofError`] when it is not shown.
/// # Source
/// RFC 9162 part 2.1.4.2.
pub fn verify_consistency(
    older: (&TreeHash, u64),
    newer: (&TreeHash, u64),
    proof: &[TreeHash],
) -> Result<(), ProofError> {
    let ((older, older_size), (newer, newer_size)) = (older, newer);
    if older_size > newer_size {
        return Err(ProofError::OutOfRange);
    }
    if older_size == 0 || older_size == newer_size {
        let expected = if older_size == 0 {
            TreeHash::of_nothing()
        } else {
            *newer
        };
        return match (proof, *older == expected) {
            ([], true) => Ok(()),
            ([], false) => Err(ProofError::Root),
            ([_, ..], _) => Err(ProofError::Length),
        };
    }
    let (first, rest) = match proof.split_first() {
        // The older tree is itself a node of the newer one, which the verifier holds.
        Some(_) if older_size.is_power_of_two() => (older, proof),
        Some((first, rest)) => (first, rest),
        None => return Err(ProofError::Length),
    };
    let mut at = older_size.saturating_sub(1);
    let mut last = newer_size.saturating_sub(1);
    while at & 1 == 1 {
        (at, last) = (at >> 1, last >> 1);
    }
    let (mut old, mut new) = (*first, *first);
    for step in rest {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if at & 1 == 1 || at == last {
            old = TreeHash::of_node(step, &old);
            new = TreeHash::of_node(step, &new);
            climb(&mut at, &mut last);
        } else {
            new = TreeHash::of_node(&new, step);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    if last != 0 {
        return Err(ProofError::Length);
    }
    let holds = old == *older && new == *newer;
    holds.then_some(()).ok_or(ProofError::Root)
}

/// Goes up past the levels at which a node at the right edge has no sibling.
fn climb(at: &mut u64, last: &mut u64) {
    while *at & 1 == 0 && *at != 0 {
        (*at, *last) = (*at >> 1, *last >> 1);
    }
}
