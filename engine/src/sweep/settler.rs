//! How the decisions of a sweep become its payable list: a block at a time where no rule looks
//! beyond one enterprise, otherwise all together once everything is decided.
//!
//! Both give the same list. By the block its awards never lie in memory together.

use std::sync::atomic::AtomicBool;
use std::sync::mpsc::SyncSender;
use std::sync::{Mutex, PoisonError};

use crate::awards::reach_one_enterprise;
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
    blocks: Mutex<SettledBlocks>,
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
        let way = if reach_one_enterprise(library) {
            Way::ByBlock(Box::new(ByBlock {
                blank: Claims::new(library),
                outbox: Outbox::new(sender),
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
        if let Way::Together { claims, .. } = &self.way {
            let mut claims = claims.lock().unwrap_or_else(PoisonError::into_inner);
            claims.add(&run.decisions, &run.details);
        }
    }

    /// Takes a block of what was decided, in any order.
    pub(crate) fn put(&self, block: &Block) {
        let Way::ByBlock(way) = &self.way else {
            return;
        };
        let lock = || way.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        match self.settle(block, &way.blank) {
            Ok((sums, list)) => {
                let list = list.finish(Some(&self.groups));
                let rows = list.as_ref().map_or(0, |list| list.rows);
                let rows = u64::try_from(rows).unwrap_or(u64::MAX);
                way.outbox.put(list);
                let mut blocks = lock();
                blocks.sums.merge(sums);
                blocks.rows = blocks.rows.saturating_add(rows);
            }
            Err(error) => {
                way.outbox.close();
                lock().failed.get_or_insert(error);
            }
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
                let (mut sums, rows) = (blocks.sums, blocks.rows);
                sums.sort_problems();
                let listed = Listed { tree, rows };
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
