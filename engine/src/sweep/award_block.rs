//! The payable list in blocks: a block is a row group of the file and a segment of the Merkle tree,
//! encoded and hashed by any worker.

use std::ops::{ControlFlow, Range};
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::SyncSender;

use parquet::errors::ParquetError;

use crate::awards::Award;
use crate::merkle::{Segment, TreeBuilder, TreeHash};
use crate::morsels::{self, Morsels, Work};
use crate::sweep::award_columns::Columns;
use crate::sweep::award_leaf::AwardLeafEncoder;
use crate::sweep::award_row::{AwardList, AwardRow, at, is_listed};
use crate::sweep::block::EncodedBlock;
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
    /// The caller asked to stop, or the writer is gone and says why.
    Stopped,
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
    list: &AwardList<'_>,
    sink: Option<&AwardSink<'_>>,
    cancel: &AtomicBool,
) -> Result<Listed, AwardBreak> {
    let work = Work {
        begin: || (),
        morsel: |(): &mut (), blocks: Range<usize>| {
            encode(list, blocks.start, sink.map(|to| to.groups))
        },
        end: |()| {},
    };
    let morsels = Morsels {
        rows: list.cuts.blocks(),
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

fn encode(
    list: &AwardList<'_>,
    number: usize,
    groups: Option<&RowGroups>,
) -> Result<EncodedBlock, ParquetError> {
    let missing = || ParquetError::General("a block of the list without awards".to_owned());
    let (places, leaf) = list.cuts.block(number).ok_or_else(missing)?;
    let awards = list.settled.awards.get(places).ok_or_else(missing)?;
    let mut block = Leaves {
        columns: groups.map(|_| Columns::new(list, awards.len())),
        ..Leaves::new(list)
    };
    let mut segment = Segment::at(leaf);
    for same in awards.chunk_by(|one, other| one.row == other.row) {
        segment.push(block.of(same));
    }
    let rows = block.rows;
    let columns = match (groups, block.columns) {
        (Some(groups), Some(columns)) => groups.encode(rows, |group| columns.write(group))?,
        (None, _) | (_, None) => Vec::new(),
    };
    Ok(EncodedBlock {
        number,
        columns,
        rows,
        segment,
    })
}

/// The leaves of enterprises, one after the other.
pub(crate) struct Leaves<'a> {
    list: &'a AwardList<'a>,
    leaf: AwardLeafEncoder,
    /// Nothing where only the hashes are asked for.
    columns: Option<Columns<'a>>,
    rows: usize,
}

impl<'a> Leaves<'a> {
    /// Leaves without columns.
    pub(crate) fn new(list: &'a AwardList<'a>) -> Self {
        Self {
            list,
            leaf: AwardLeafEncoder::default(),
            columns: None,
            rows: 0,
        }
    }

    /// The leaf over all awards of one enterprise.
    pub(crate) fn of(&mut self, same: &'a [Award]) -> TreeHash {
        let listed = same.iter().filter(|award| is_listed(award));
        let count = listed.clone().count();
        self.rows = self.rows.saturating_add(count);
        let row = same.first().map_or(u32::MAX, |first| first.row);
        let uscc = self.list.snapshot.uscc(at(row));
        self.leaf.begin(uscc, count);
        if let Some(columns) = self.columns.as_mut().filter(|_| count > 0) {
            columns.enterprise(uscc, count);
        }
        for award in listed {
            // A settlement holds awards of the measures of its library alone.
            if let Some(measure) = self.list.library.measures.get(at(award.measure)) {
                self.add(&self.list.row(award, measure));
            }
        }
        self.leaf.hash()
    }

    fn add(&mut self, row: &AwardRow<'a>) {
        self.leaf.row(row);
        if let Some(columns) = &mut self.columns {
            columns.row(row);
        }
        if row.has_lists() {
            self.lists(row);
        }
    }

    fn lists(&mut self, row: &AwardRow<'a>) {
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
            let figures = self.list.figures(change);
            self.leaf.change(change, &figures);
            if let Some(columns) = &mut self.columns {
                columns.change(change, &figures);
            }
        }
    }
}
