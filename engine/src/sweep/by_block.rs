//! A payable list whose blocks are settled on their own, as they are decided.
//!
//! Where funds are drawn on, a block waits after the rules over its enterprises until all blocks
//! are decided and the funds are shared; otherwise its part of the list is written at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;
use zhida_policies::measure::library::Library;

use crate::awards::{Opened, Problem, Reach, SettleError, Settled, SharedFunds, share_among};
use crate::sweep::award_block::{AwardBreak, ListBlock, Listed};
use crate::sweep::award_row::{AwardList, StatedFunds};
use crate::sweep::block::{Block, EncodedBlock};
use crate::sweep::claims::{Claims, Terms};
use crate::sweep::error::SweepError;
use crate::sweep::file::RowGroups;
use crate::sweep::outbox::Outbox;
use crate::sweep::payable_sums::PayableSums;
use crate::sweep::run::Run;
use crate::sweep::settler::SettledList;

/// Decisions that are settled at a time: so many that what becomes of them stays in the caches.
const PIECE: usize = if cfg!(test) { 3 } else { 1 << 13 };

/// What every block is settled and written with.
#[derive(Clone, Copy)]
pub(crate) struct Means<'m> {
    pub(crate) terms: &'m Terms<'m>,
    pub(crate) stated: &'m StatedFunds<'m>,
    pub(crate) groups: &'m RowGroups,
    pub(crate) cancel: &'m AtomicBool,
}

/// What settles each block on its own.
pub(crate) struct ByBlock {
    /// None, ever: those of a piece begin with them.
    blank: Claims,
    has_funds: bool,
    outbox: Outbox,
    taken: Mutex<Taken>,
    blocks: Mutex<Blocks>,
}

/// A block of the list with its sums, while settlements of its enterprises are added.
struct BlockList<'m> {
    means: Means<'m>,
    sums: PayableSums,
    list: ListBlock<'m>,
}

impl<'m> BlockList<'m> {
    fn new(means: Means<'m>, place: (usize, u64), rows: usize) -> Self {
        Self {
            means,
            sums: PayableSums::new(means.terms.subject.library),
            list: ListBlock::new(means.stated, place, Some(rows)),
        }
    }

    fn add(&mut self, settled: &Settled) {
        self.sums.add_settled(settled);
        let subject = self.means.terms.subject;
        let list = AwardList {
            library: subject.library,
            snapshot: subject.snapshot,
            settled,
        };
        self.list.add(list, &settled.awards);
    }
}

/// What the blocks come to so far.
struct Blocks {
    sums: PayableSums,
    rows: u64,
    /// Those that wait for the funds.
    opened: Vec<OpenedBlock>,
    failed: Option<SweepError>,
}

/// A block that waits for the funds.
struct OpenedBlock {
    number: usize,
    leaf: u64,
    rows: usize,
    /// In their order.
    parts: Vec<Opened>,
}

/// What was taken so far: a settlement of everything would see an enterprise that comes twice,
/// those of its blocks would pay it twice.
#[derive(Default)]
struct Taken {
    count: usize,
    /// Row and measure.
    last: Option<(u32, usize)>,
}

impl Taken {
    fn add(&mut self, run: &Run) -> Result<(), SettleError> {
        for decision in &run.decisions {
            let next = Some((decision.row, decision.measure()));
            if self.last >= next {
                return Err(SettleError::Order(self.count));
            }
            self.last = next;
            self.count = self.count.saturating_add(1);
        }
        Ok(())
    }
}

impl ByBlock {
    /// Whether no rule of a library looks beyond one enterprise before its funds do.
    pub(crate) fn suits(library: &Library) -> bool {
        Reach::of(library) != Reach::Others
    }

    pub(crate) fn new(library: &Library, sender: SyncSender<EncodedBlock>) -> Self {
        Self {
            blank: Claims::new(library),
            has_funds: Reach::of(library) == Reach::Funds,
            outbox: Outbox::new(sender),
            taken: Mutex::default(),
            blocks: Mutex::new(Blocks {
                sums: PayableSums::new(library),
                rows: 0,
                opened: Vec::new(),
                failed: None,
            }),
        }
    }

    /// Takes what was decided, in the order of rows.
    pub(crate) fn add(&self, run: &Run) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = taken.add(run) {
            self.fail(SweepError::Settlement(error));
        }
    }

    /// Takes a block of what was decided, in any order.
    pub(crate) fn put(&self, block: &Block, means: Means<'_>) {
        // What is out of order is not read any further.
        if self.is_closed() {
            return;
        }
        let done = if self.has_funds {
            self.open(block, means)
        } else {
            self.settle(block, means)
        };
        if let Err(error) = done {
            self.fail(error);
        }
    }

    /// A block up to the funds, for which it waits.
    fn open(&self, block: &Block, means: Means<'_>) -> Result<(), SweepError> {
        let mut parts = Vec::new();
        self.each_part(block, means, |opened| parts.push(opened))?;
        let opened = OpenedBlock {
            number: block.number,
            leaf: block.leaf,
            rows: block.decisions.len(),
            parts,
        };
        self.lock().opened.push(opened);
        Ok(())
    }

    /// A block, settled and written.
    fn settle(&self, block: &Block, means: Means<'_>) -> Result<(), SweepError> {
        let mut list = BlockList::new(means, (block.number, block.leaf), block.decisions.len());
        let (settlement, no_funds) = (means.terms.settlement(), SharedFunds::default());
        self.each_part(block, means, |opened| {
            list.add(&opened.close(&settlement, &no_funds));
        })?;
        self.send(list);
        Ok(())
    }

    /// The decisions of a block in parts of whole enterprises, each settled up to the funds.
    fn each_part(
        &self,
        block: &Block,
        means: Means<'_>,
        mut take: impl FnMut(Opened),
    ) -> Result<(), SweepError> {
        let terms = means.terms;
        // Read for many enterprises in one go.
        let limits = (terms.rulebook).limits(&terms.settlement(), &block.decisions);
        let mut open = |claims: Claims| -> Result<(), SweepError> {
            if means.cancel.load(Ordering::Relaxed) {
                return Err(SweepError::Cancelled);
            }
            let opened = claims.open(terms, &limits);
            take(opened.map_err(SweepError::Settlement)?);
            Ok(())
        };
        let mut claims = self.blank.blank(PIECE);
        let mut failed: Result<(), SweepError> = Ok(());
        block.each(|decisions, details| {
            claims.add(decisions, details);
            if claims.len() >= PIECE && failed.is_ok() {
                failed = open(std::mem::replace(&mut claims, self.blank.blank(PIECE)));
            }
        });
        failed?;
        open(claims)
    }

    /// Writes a part of the list.
    fn send(&self, list: BlockList<'_>) {
        let BlockList { means, sums, list } = list;
        let list = list.finish(Some(means.groups));
        let rows = list.as_ref().map_or(0, |list| list.rows);
        let rows = u64::try_from(rows).unwrap_or(u64::MAX);
        self.outbox.put(list);
        let mut blocks = self.lock();
        blocks.sums.merge(sums);
        blocks.rows = blocks.rows.saturating_add(rows);
    }

    fn lock(&self) -> MutexGuard<'_, Blocks> {
        self.blocks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops, and keeps why.
    fn fail(&self, error: SweepError) {
        self.outbox.close();
        self.lock().failed.get_or_insert(error);
    }

    /// Whether nothing more can be settled or written.
    pub(crate) fn is_closed(&self) -> bool {
        self.outbox.is_closed()
    }

    /// Shares the funds and writes what waited for them, in the current pool; the writer learns
    /// that there is no more. Nothing where not everything was decided.
    pub(crate) fn finish(
        self,
        is_complete: bool,
        means: Means<'_>,
    ) -> Result<Option<SettledList>, AwardBreak> {
        if is_complete && !self.is_closed() {
            self.share(means);
        }
        let Self { outbox, blocks, .. } = self;
        let tree = outbox.finish().map_err(AwardBreak::Parquet)?;
        let blocks = blocks.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = blocks.failed {
            return Err(AwardBreak::Settlement(error));
        }
        let Blocks { mut sums, rows, .. } = blocks;
        // Blocks come in any order, and an enterprise may ask a fund more than once.
        let place = |problem: &Problem| (problem.at.step, problem.at.rule, problem.row);
        // Stably, as one settlement does: those of one place stand in the order of their finding.
        sums.problems.sort_by_key(place);
        sums.problems.dedup();
        let listed = Listed { tree, rows };
        Ok(is_complete.then_some(SettledList { sums, listed }))
    }

    fn share(&self, means: Means<'_>) {
        let mut blocks = std::mem::take(&mut self.lock().opened);
        blocks.sort_unstable_by_key(|block| block.number);
        let terms = means.terms;
        let settlement = terms.settlement();
        let parts = blocks.iter_mut().flat_map(|block| &mut block.parts);
        let mut parts: Vec<&mut Opened> = parts.collect();
        let shared = share_among(&settlement, &terms.rulebook, means.cancel, &mut parts);
        let mut shared = match shared {
            Some(Ok(shared)) => shared,
            Some(Err(error)) => return self.fail(SweepError::Settlement(error)),
            None => return self.fail(SweepError::Cancelled),
        };
        let mut sums = PayableSums::new(means.terms.subject.library);
        sums.funds = std::mem::take(&mut shared.uses);
        sums.problems = std::mem::take(&mut shared.problems);
        self.lock().sums.merge(sums);
        // In their order, so that the writer need not wait for the first.
        blocks.into_iter().par_bridge().for_each(|block| {
            if self.is_closed() {
                return;
            }
            if means.cancel.load(Ordering::Relaxed) {
                return self.fail(SweepError::Cancelled);
            }
            let mut list = BlockList::new(means, (block.number, block.leaf), block.rows);
            for part in block.parts {
                list.add(&part.close(&settlement, &shared));
            }
            self.send(list);
        });
    }
}

#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "numbers of the tests are small"
)]
mod tests {
    use super::*;
    use crate::column::RowDecision;

    #[test]
    fn an_enterprise_that_comes_twice_is_seen_across_runs() {
        let run = |places: &[(u32, u32)]| Run {
            decisions: places
                .iter()
                .map(|(row, measure)| RowDecision::eligible(*row, *measure, 1))
                .collect(),
            ..Run::default()
        };
        let mut taken = Taken::default();
        assert_eq!(taken.add(&run(&[(0, 1), (0, 2), (3, 0)])), Ok(()));
        assert_eq!(taken.add(&run(&[])), Ok(()));
        assert_eq!(taken.add(&run(&[(4, 0)])), Ok(()));
        for again in [
            &[(4, 0)][..],
            &[(3, 9)],
            &[(5, 1), (5, 1)],
            &[(9, 2), (9, 1)],
        ] {
            let mut taken = Taken { ..taken };
            assert!(taken.add(&run(again)).is_err(), "{again:?}");
        }
    }
}
