//! The payable list in blocks: a block is a row group of the file and a segment of the Merkle tree,
//! encoded and hashed by any worker.

use std::ops::{ControlFlow, Range};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::SyncSender;

use parquet::errors::ParquetError;

use crate::awards::Award;
use crate::merkle::{Segment, TreeBuilder, TreeHash};
use crate::morsels::{self, Morsels, Work};
use crate::sweep::award_columns::Columns;
use crate::sweep::award_leaf::AwardLeafEncoder;
use crate::sweep::award_row::{AwardList, AwardRow, StatedFunds, at, is_listed, is_plain};
use crate::sweep::block::EncodedBlock;
use crate::sweep::cuts::Cuts;
use crate::sweep::error::SweepError;
use crate::sweep::figures::KnownFigures;
use crate::sweep::file::RowGroups;

/// Where the blocks of a list go.
pub(crate) struct AwardSink<'a> {
    /// What encodes row groups.
    pub(crate) groups: &'a RowGroups,
    /// To the writer.
    pub(crate) sender: &'a SyncSender<EncodedBlock>,
}

/// Why a list is not complete.
pub(crate) enum AwardBreak {
    /// A block cannot be encoded.
    Parquet(ParquetError),
    /// Nothing can be settled.
    Settlement(SweepError),
    /// The caller asked to stop, or the writer is gone and says why.
    Stopped,
}

impl AwardBreak {
    /// The same of a list in a folder.
    pub(crate) fn at(self, folder: &Path) -> SweepError {
        match self {
            Self::Parquet(error) => SweepError::parquet(folder, error),
            Self::Settlement(error) => error,
            Self::Stopped => SweepError::Cancelled,
        }
    }
}

/// What became of a list.
#[derive(Default)]
pub(crate) struct Listed {
    /// The tree over its enterprises.
    pub(crate) tree: TreeBuilder,
    /// Its rows.
    pub(crate) rows: u64,
}

/// Hashes all rows in the current pool, and encodes them where they are to be written.
pub(crate) fn encode_all(
    list: AwardList<'_>,
    cuts: &Cuts,
    sink: Option<&AwardSink<'_>>,
    cancel: &AtomicBool,
) -> Result<Listed, AwardBreak> {
    let stated = StatedFunds::new(list.library);
    let work = Work {
        begin: || (),
        morsel: |(): &mut (), blocks: Range<usize>| {
            let missing = || ParquetError::General("a block of the list without awards".to_owned());
            let number = blocks.start;
            let (places, leaf) = cuts.block(number).ok_or_else(missing)?;
            let awards = list.settled.awards.get(places).ok_or_else(missing)?;
            let groups = sink.map(|to| to.groups);
            let rows = groups.map(|_| awards.len());
            let mut block = ListBlock::new(&stated, (number, leaf), rows);
            block.add(list, awards);
            block.finish(groups)
        },
        end: |()| {},
    };
    let morsels = Morsels {
        rows: cuts.blocks(),
        morsel_rows: 1,
        cancel: Some(cancel),
    };
    let mut listed = Listed::default();
    let mut failed = None;
    let mut take = |_, found: Result<EncodedBlock, ParquetError>| {
        let block = match found {
            Ok(block) => block,
            Err(error) => {
                failed = Some(error);
                return ControlFlow::Break(());
            }
        };
        let rows = u64::try_from(block.rows).unwrap_or(u64::MAX);
        listed.rows = listed.rows.saturating_add(rows);
        // Each block begins where the one before it ends.
        let joined = listed.tree.join(&block.segment).is_ok();
        let is_empty = block.rows == 0;
        let sent = is_empty || sink.is_none_or(|to| to.sender.send(block).is_ok());
        if joined && sent {
            ControlFlow::Continue(Vec::new())
        } else {
            ControlFlow::Break(())
        }
    };
    let ended = morsels::in_order(morsels, &work, &mut take);
    match (failed, ended) {
        (Some(error), _) => Err(AwardBreak::Parquet(error)),
        (None, ControlFlow::Break(())) => Err(AwardBreak::Stopped),
        (None, ControlFlow::Continue(())) => Ok(listed),
    }
}

/// A block of the list while awards are added.
pub(crate) struct ListBlock<'a> {
    number: usize,
    segment: Segment,
    leaves: Leaves<'a>,
}

impl<'a> ListBlock<'a> {
    /// The block of this number, whose first enterprise has this leaf; with columns for about so
    /// many rows where it is to be written.
    pub(crate) fn new(
        stated: &'a StatedFunds<'a>,
        (number, leaf): (usize, u64),
        rows: Option<usize>,
    ) -> Self {
        Self {
            number,
            segment: Segment::at(leaf),
            leaves: Leaves {
                columns: rows.map(|rows| Columns::new(stated, rows)),
                ..Leaves::new(rows.is_some())
            },
        }
    }

    /// Adds awards of whole enterprises, which follow those before, of a settlement of their own or
    /// of the only one.
    pub(crate) fn add(&mut self, list: AwardList<'_>, awards: &[Award]) {
        let changes = awards.first().zip(awards.last());
        let changes = changes.map_or(0, |(first, last)| {
            at(last.changes.end.saturating_sub(first.changes.start))
        });
        self.leaves.begin_settlement(changes);
        for same in awards.chunk_by(|one, other| one.row == other.row) {
            let leaf = self.leaves.of(list, same);
            self.segment.push(leaf);
        }
    }

    /// The block as the file and the tree take it.
    pub(crate) fn finish(self, groups: Option<&RowGroups>) -> Result<EncodedBlock, ParquetError> {
        let Leaves { columns, rows, .. } = self.leaves;
        let columns = match (groups, columns) {
            (Some(groups), Some(mut columns)) => {
                groups.encode(rows, |group| columns.write(group))?
            }
            (None, _) | (_, None) => Vec::new(),
        };
        Ok(EncodedBlock {
            number: self.number,
            columns,
            rows,
            segment: self.segment,
        })
    }
}

/// The leaves of enterprises, one after the other.
pub(crate) struct Leaves<'a> {
    leaf: AwardLeafEncoder,
    figures: KnownFigures,
    /// Nothing where only the hashes are asked for.
    columns: Option<Columns<'a>>,
    rows: usize,
}

impl Leaves<'_> {
    /// None yet, without columns; with the texts that a file has where one is written.
    pub(crate) fn new(has_text: bool) -> Self {
        Self {
            leaf: AwardLeafEncoder::default(),
            figures: KnownFigures::new(has_text),
            columns: None,
            rows: 0,
        }
    }

    /// Begins with the awards of another settlement, which has so many changes.
    fn begin_settlement(&mut self, changes: usize) {
        self.figures.begin_settlement();
        if let Some(columns) = &mut self.columns {
            columns.reserve_changes(changes);
        }
    }

    /// The leaf over all awards of one enterprise.
    pub(crate) fn of(&mut self, list: AwardList<'_>, same: &[Award]) -> TreeHash {
        let listed = same.iter().filter(|award| is_listed(award));
        let count = listed.clone().count();
        self.rows = self.rows.saturating_add(count);
        let row = same.first().map_or(u32::MAX, |first| first.row);
        let uscc = list.snapshot.uscc(at(row));
        self.leaf.begin(uscc, count);
        if let Some(columns) = self.columns.as_mut().filter(|_| count > 0) {
            columns.enterprise(uscc, count);
        }
        for award in listed {
            // A settlement holds awards of the measures of its library alone.
            if let Some(measure) = list.library.measures.get(at(award.measure)) {
                let has_parts = !measure.shares.is_empty() || !measure.instalments.is_empty();
                if !has_parts && is_plain(award) {
                    self.plain(award);
                } else {
                    self.add(list, &list.row(award, measure));
                }
            }
        }
        self.leaf.hash()
    }

    #[inline]
    fn plain(&mut self, award: &Award) {
        self.leaf.plain(award);
        if let Some(columns) = &mut self.columns {
            columns.plain(award);
        }
    }

    fn add(&mut self, list: AwardList<'_>, row: &AwardRow<'_>) {
        self.leaf.row(row);
        if let Some(columns) = &mut self.columns {
            columns.row(row);
        }
        if row.has_lists() {
            self.lists(list, row);
        }
    }

    fn lists(&mut self, list: AwardList<'_>, row: &AwardRow<'_>) {
        self.leaf.list(row.shares.len());
        for share in &row.shares {
            self.leaf.share(share);
            if let Some(columns) = &mut self.columns {
                columns.share(share);
            }
        }
        self.leaf.list(row.instalments.len());
        for part in &row.instalments {
            self.leaf.instalment(part);
            if let Some(columns) = &mut self.columns {
                columns.instalment(part);
            }
        }
        self.leaf.list(row.changes.len());
        for change in row.changes {
            let figures = self.figures.of(list, change.cause);
            self.leaf.change(change, &figures);
            if let Some(columns) = &mut self.columns {
                columns.change(change, figures);
            }
        }
    }
}
