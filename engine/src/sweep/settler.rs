//! How the decisions of a sweep become its payable list: a block at a time where no rule before the
//! funds looks beyond one enterprise, otherwise all together once everything is decided.
//!
//! Both give the same list. By the block its awards never lie in memory together.

use std::sync::atomic::AtomicBool;
use std::sync::mpsc::SyncSender;
use std::sync::{Mutex, PoisonError};

use crate::sweep::award_block::{AwardBreak, AwardSink, Listed, encode_all};
use crate::sweep::award_row::{AwardList, StatedFunds};
use crate::sweep::block::{Block, EncodedBlock};
use crate::sweep::by_block::{ByBlock, Means};
use crate::sweep::claims::{Claims, Terms};
use crate::sweep::cuts::Cuts;
use crate::sweep::file::RowGroups;
use crate::sweep::payable_sums::PayableSums;
use crate::sweep::run::{Run, Subject};

/// Settles what is decided and sends the list to its writer.
pub(crate) struct Settler<'a> {
    terms: Terms<'a>,
    stated: StatedFunds<'a>,
    groups: RowGroups,
    cancel: &'a AtomicBool,
    way: Way,
}

enum Way {
    /// Each block on its own.
    ByBlock(Box<ByBlock>),
    /// All claims at the end.
    Together {
        claims: Mutex<Claims>,
        sender: SyncSender<EncodedBlock>,
    },
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
        let way = if ByBlock::suits(library) {
            Way::ByBlock(Box::new(ByBlock::new(library, sender)))
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

    fn means(&self) -> Means<'_> {
        Means {
            terms: &self.terms,
            stated: &self.stated,
            groups: &self.groups,
            cancel: self.cancel,
        }
    }

    /// Takes what was decided, in the order of rows.
    pub(crate) fn add(&self, run: &Run) {
        match &self.way {
            Way::ByBlock(way) => way.add(run),
            Way::Together { claims, .. } => {
                let mut claims = claims.lock().unwrap_or_else(PoisonError::into_inner);
                claims.add(&run.decisions, &run.details);
            }
        }
    }

    /// Takes a block of what was decided, in any order.
    pub(crate) fn put(&self, block: &Block) {
        match &self.way {
            Way::ByBlock(way) => way.put(block, self.means()),
            Way::Together { .. } => {}
        }
    }

    /// Whether nothing more can be settled or written.
    pub(crate) fn is_closed(&self) -> bool {
        match &self.way {
            Way::ByBlock(way) => way.is_closed(),
            Way::Together { .. } => false,
        }
    }

    /// Settles what is left, in the current pool; the writer learns that there is no more. Nothing
    /// where not everything was decided: then there are no cuts.
    pub(crate) fn finish(self, cuts: Option<&Cuts>) -> Result<Option<SettledList>, AwardBreak> {
        let Self {
            terms,
            stated,
            groups,
            cancel,
            way,
        } = self;
        match way {
            Way::ByBlock(way) => {
                let means = Means {
                    terms: &terms,
                    stated: &stated,
                    groups: &groups,
                    cancel,
                };
                way.finish(cuts.is_some(), means)
            }
            Way::Together { claims, sender } => {
                let Some(cuts) = cuts else {
                    return Ok(None);
                };
                let claims = claims.into_inner().unwrap_or_else(PoisonError::into_inner);
                let settled = claims.settle(&terms, cancel);
                let settled = settled.map_err(AwardBreak::Settlement)?;
                let Subject {
                    library, snapshot, ..
                } = terms.subject;
                let list = AwardList {
                    library,
                    snapshot,
                    settled: &settled,
                };
                let sink = AwardSink {
                    groups: &groups,
                    sender: &sender,
                };
                let listed = encode_all(list, cuts, Some(&sink), cancel)?;
                let sums = PayableSums::of(library, &settled);
                Ok(Some(SettledList { sums, listed }))
            }
        }
    }
}
