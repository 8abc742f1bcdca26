//! How the decisions of a sweep become its payable list: a block at a time where enterprises may be
//! settled apart, otherwise all together once everything is decided.
//!
//! Both give the same list. By the block its awards never lie in memory together.

use std::sync::atomic::AtomicBool;
use std::sync::mpsc::SyncSender;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::awards::{SettleError, may_settle_apart};
use crate::sweep::award_block::{AwardBreak, AwardSink, ListBlock, Listed, encode_all};
use crate::sweep::award_row::{AwardList, StatedFunds};
use crate::sweep::block::{Block, EncodedBlock};
use crate::sweep::claims::{Claims, Terms};
use crate::sweep::cuts::Cuts;
use crate::sweep::error::SweepError;
use crate::sweep::file::RowGroups;
use crate::sweep::outbox::Outbox;
use crate::sweep::payable_sums::PayableSums;
use crate::sweep::run::{Run, Subject};

/// Decisions that are settled at a time where each block is settled on its own: so many that what
/// becomes of them stays in the caches.
const PIECE: usize = if cfg!(test) { 3 } else { 1 << 13 };

/// Settles what is decided and sends the list to its writer.
pub(crate) struct Settler<'a> {
    terms: Terms<'a>,
    stated: StatedFunds<'a>,
    groups: RowGroups,
    cancel: &'a AtomicBool,
    way: Way,
}

enum Way {
    /// Each block as soon as it is decided.
    ByBlock(Box<ByBlock>),
    /// All claims at the end.
    Together {
        claims: Mutex<Claims>,
        sender: SyncSender<EncodedBlock>,
    },
}

/// What settles each block on its own.
struct ByBlock {
    /// None, ever: those of a piece begin with them.
    blank: Claims,
    outbox: Outbox,
    taken: Mutex<Taken>,
    blocks: Mutex<SettledBlocks>,
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
    fn lock(&self) -> MutexGuard<'_, SettledBlocks> {
        self.blocks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops, and keeps why.
    fn fail(&self, error: SweepError) {
        self.outbox.close();
        self.lock().failed.get_or_insert(error);
    }
}

/// What the blocks settled so far come to.
struct SettledBlocks {
    sums: PayableSums,
    rows: u64,
    failed: Option<SweepError>,
}

/// A settled list, written.
pub(crate) struct SettledList {
    pub(crate) sums: PayableSums,
    pub(crate) listed: Listed,
}

impl<'a> Settler<'a> {
    pub(crate) fn new(
        subject: Subject<'a>,
        groups: RowGroups,
        sender: SyncSender<EncodedBlock>,
        cancel: &'a AtomicBool,
    ) -> Self {
        let library = subject.library;
        let way = if may_settle_apart(library) {
            Way::ByBlock(Box::new(ByBlock {
                blank: Claims::new(library),
                outbox: Outbox::new(sender),
                taken: Mutex::default(),
                blocks: Mutex::new(SettledBlocks {
                    sums: PayableSums::new(library),
                    rows: 0,
                    failed: None,
                }),
            }))
        } else {
            Way::Together {
                claims: Mutex::new(Claims::new(library)),
                sender,
            }
        };
        Self {
            terms: Terms::new(subject),
            stated: StatedFunds::new(library),
            groups,
            cancel,
            way,
        }
    }

    /// Takes what was decided, in the order of rows.
    pub(crate) fn add(&self, run: &Run) {
        match &self.way {
            Way::ByBlock(way) => {
                let mut taken = way.taken.lock().unwrap_or_else(PoisonError::into_inner);
                if let Err(error) = taken.add(run) {
                    way.fail(SweepError::Settlement(error));
                }
            }
            Way::Together { claims, .. } => {
                let mut claims = claims.lock().unwrap_or_else(PoisonError::into_inner);
                claims.add(&run.decisions, &run.details);
            }
        }
    }

    /// Takes a block of what was decided, in any order.
    pub(crate) fn put(&self, block: &Block) {
        let Way::ByBlock(way) = &self.way else {
            return;
        };
        match self.settle(block, &way.blank) {
            Ok((sums, list)) => {
                let list = list.finish(Some(&self.groups));
                let rows = list.as_ref().map_or(0, |list| list.rows);
                let rows = u64::try_from(rows).unwrap_or(u64::MAX);
                way.outbox.put(list);
                let mut blocks = way.lock();
                blocks.sums.merge(sums);
                blocks.rows = blocks.rows.saturating_add(rows);
            }
            Err(error) => way.fail(error),
        }
    }

    /// A block, settled piece by piece.
    fn settle(
        &self,
        block: &Block,
        blank: &Claims,
    ) -> Result<(PayableSums, ListBlock<'_>), SweepError> {
        let Subject {
            library, snapshot, ..
        } = self.terms.subject;
        let mut sums = PayableSums::new(library);
        let place = (block.number, block.leaf);
        let mut list = ListBlock::new(&self.stated, place, Some(block.decisions.len()));
        let mut claims = blank.blank(PIECE);
        let mut settle = |claims: Claims| -> Result<(), SweepError> {
            let settled = &claims.settle(&self.terms, self.cancel)?;
            sums.add_settled(settled);
            let awards = AwardList {
                library,
                snapshot,
                settled,
            };
            list.add(awards, &settled.awards);
            Ok(())
        };
        let mut failed: Result<(), SweepError> = Ok(());
        block.each(|decisions, details| {
            claims.add(decisions, details);
            if claims.len() >= PIECE && failed.is_ok() {
                failed = settle(std::mem::replace(&mut claims, blank.blank(PIECE)));
            }
        });
        failed.and_then(|()| settle(claims))?;
        Ok((sums, list))
    }

    /// Whether nothing more can be settled or written.
    pub(crate) fn is_closed(&self) -> bool {
        match &self.way {
            Way::ByBlock(way) => way.outbox.is_closed(),
            Way::Together { .. } => false,
        }
    }

    /// Settles what is left, in the current pool; the writer learns that there is no more. Nothing
    /// where not everything was decided: then there are no cuts.
    pub(crate) fn finish(self, cuts: Option<&Cuts>) -> Result<Option<SettledList>, AwardBreak> {
        match self.way {
            Way::ByBlock(way) => {
                let ByBlock { outbox, blocks, .. } = *way;
                let tree = outbox.finish().map_err(AwardBreak::Parquet)?;
                let blocks = blocks.into_inner().unwrap_or_else(PoisonError::into_inner);
                if let Some(error) = blocks.failed {
                    return Err(AwardBreak::Settlement(error));
                }
                let rows = blocks.rows;
                let listed = Listed { tree, rows };
                let sums = blocks.sums;
                Ok(cuts.map(|_| SettledList { sums, listed }))
            }
            Way::Together { claims, sender } => {
                let Some(cuts) = cuts else {
                    return Ok(None);
                };
                let claims = claims.into_inner().unwrap_or_else(PoisonError::into_inner);
                let settled = claims.settle(&self.terms, self.cancel);
                let settled = settled.map_err(AwardBreak::Settlement)?;
                let Subject {
                    library, snapshot, ..
                } = self.terms.subject;
                let list = AwardList {
                    library,
                    snapshot,
                    settled: &settled,
                };
                let sink = AwardSink {
                    groups: &self.groups,
                    sender: &sender,
                };
                let listed = encode_all(list, cuts, Some(&sink), self.cancel)?;
                let sums = PayableSums::of(library, &settled);
                Ok(Some(SettledList { sums, listed }))
            }
        }
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
