//! Where the blocks of a result begin.

/// The kept decisions of a block; the last enterprise may add a few more.
pub(crate) const BLOCK_ROWS: usize = 1 << 16;

/// Where a block begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    /// The first decision, by its place among all that are kept.
    pub(crate) decision: usize,
    /// The leaf of its enterprise in the Merkle tree.
    pub(crate) leaf: u64,
}

/// Cuts kept decisions into blocks that hold whole enterprises.
///
/// Where blocks begin depends only on how many decisions are kept of each enterprise, never on
/// threads or morsels.
pub(crate) struct Cuts {
    limit: usize,
    /// The blocks begun, the open one last.
    starts: Vec<Cut>,
    decisions: usize,
    leaves: u64,
}

impl Cuts {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            starts: vec![Cut {
                decision: 0,
                leaf: 0,
            }],
            decisions: 0,
            leaves: 0,
        }
    }

    /// Takes the next enterprise with its decisions; the next block, where one ends behind it.
    pub(crate) fn take(&mut self, decisions: usize) -> Option<Cut> {
        self.decisions = self.decisions.saturating_add(decisions);
        self.leaves = self.leaves.saturating_add(1);
        let start = self.starts.last().map_or(0, |cut| cut.decision);
        if self.decisions.saturating_sub(start) < self.limit {
            return None;
        }
        let next = Cut {
            decision: self.decisions,
            leaf: self.leaves,
        };
        self.starts.push(next);
        Some(next)
    }

    /// How many decisions there are.
    pub(crate) fn decisions(&self) -> usize {
        self.decisions
    }

    /// How many enterprises there are.
    pub(crate) fn leaves(&self) -> u64 {
        self.leaves
    }

    /// How many blocks there are; none is empty.
    pub(crate) fn blocks(&self) -> usize {
        let open = self.starts.last();
        let is_empty = open.is_none_or(|cut| cut.decision == self.decisions);
        self.starts.len().saturating_sub(usize::from(is_empty))
    }

    /// The decisions of a block, and its first leaf.
    pub(crate) fn block(&self, number: usize) -> Option<(std::ops::Range<usize>, u64)> {
        let cut = self.starts.get(number)?;
        let next = self.starts.get(number.saturating_add(1));
        let end = next.map_or(self.decisions, |next| next.decision);
        Some((cut.decision..end, cut.leaf))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_hold_whole_enterprises() {
        let mut cuts = Cuts::new(4);
        assert_eq!(cuts.blocks(), 0);
        let ends = [3, 2, 1, 1, 9, 1].map(|decisions| cuts.take(decisions).is_some());
        assert_eq!(ends, [false, true, false, false, true, false]);
        assert_eq!((cuts.blocks(), cuts.decisions()), (3, 17));
        let blocks: Vec<_> = (0..4).map(|number| cuts.block(number)).collect();
        let expected = [Some((0..5, 0)), Some((5..16, 2)), Some((16..17, 5)), None];
        assert_eq!(blocks, expected);
        assert!(cuts.take(3).is_some());
        assert_eq!(cuts.blocks(), 3);
    }
}
