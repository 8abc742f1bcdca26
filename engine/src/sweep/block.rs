//! Kept decisions in blocks of one size: each is encoded and hashed apart, by any worker.
//!
//! A block is a row group of the file and a full subtree of the Merkle tree. Where blocks begin
//! depends only on the number of decisions before, never on threads or morsels.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::sync::{Mutex, PoisonError};

use arrow::array::{ArrayRef, Int64Array, StringBuilder, UInt16Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::arrow_writer::ArrowColumnChunk;
use parquet::errors::ParquetError;
use zhida_policies::measure::AwardKind;
use zhida_policies::values::Money;

use crate::column::{Outcome, RowDecision};
use crate::decision::Reason;
use crate::merkle::TreeBuilder;
use crate::sweep::detail::Detail;
use crate::sweep::file::RowGroups;
use crate::sweep::leaf::LeafEncoder;
use crate::sweep::record::DecisionKind;
use crate::sweep::run::{Run, Subject};

/// The rows of a block: a power of two, so that each block but the last is a full subtree.
pub(crate) const BLOCK_ROWS: usize = 1 << 16;

/// A block of decisions, in their order.
pub(crate) struct Block {
    number: usize,
    decisions: Vec<RowDecision>,
    details: Vec<Detail>,
}

/// Cuts runs into blocks.
pub(crate) struct Blocks {
    limit: usize,
    open: Block,
}

impl Blocks {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            open: Block::new(0),
        }
    }

    /// Adds a run; the blocks that are full with it.
    pub(crate) fn add(&mut self, run: Run) -> Vec<Block> {
        let mut full = Vec::new();
        let mut details = run.details.into_iter();
        let mut rest = run.decisions.as_slice();
        while !rest.is_empty() {
            let room = self.limit.saturating_sub(self.open.decisions.len());
            let (now, later) = rest.split_at(room.min(rest.len()));
            rest = later;
            let undetermined = now.iter().filter(|one| is_undetermined(one)).count();
            self.open.decisions.extend_from_slice(now);
            self.open
                .details
                .extend(details.by_ref().take(undetermined));
            if self.open.decisions.len() >= self.limit {
                let next = Block::new(self.open.number.saturating_add(1));
                full.push(std::mem::replace(&mut self.open, next));
            }
        }
        full
    }

    /// The last block, which is not full.
    pub(crate) fn finish(self) -> Option<Block> {
        (!self.open.decisions.is_empty()).then_some(self.open)
    }
}

fn is_undetermined(decision: &RowDecision) -> bool {
    decision.outcome() == Outcome::Undetermined
}

impl Block {
    fn new(number: usize) -> Self {
        Self {
            number,
            decisions: Vec::new(),
            details: Vec::new(),
        }
    }

    /// The decisions, each with its detail where it is undetermined.
    fn iter(&self) -> impl Iterator<Item = (&RowDecision, Option<&Detail>)> {
        let mut details = self.details.iter();
        self.decisions.iter().map(move |decision| {
            let detail = is_undetermined(decision).then(|| details.next()).flatten();
            (decision, detail)
        })
    }
}

/// A block as the file and the tree take it.
pub(crate) struct EncodedBlock {
    pub(crate) number: usize,
    pub(crate) chunks: Vec<ArrowColumnChunk>,
    tree: TreeBuilder,
}

impl EncodedBlock {
    pub(crate) fn new(number: usize, chunks: Vec<ArrowColumnChunk>, tree: TreeBuilder) -> Self {
        Self {
            number,
            chunks,
            tree,
        }
    }

    /// The subtree over its rows.
    pub(crate) fn tree(&self) -> &TreeBuilder {
        &self.tree
    }
}

/// Encodes blocks; shared by all workers.
pub(crate) struct BlockEncoder<'a> {
    subject: Subject<'a>,
    groups: RowGroups,
}

impl<'a> BlockEncoder<'a> {
    pub(crate) fn new(subject: Subject<'a>, groups: RowGroups) -> Self {
        Self { subject, groups }
    }

    /// The pages of a row group and the subtree over its decisions.
    pub(crate) fn encode(&self, block: &Block) -> Result<EncodedBlock, ParquetError> {
        let tree = self.tree(block);
        let chunks = self.groups.encode(block.number, &self.columns(block))?;
        Ok(EncodedBlock::new(block.number, chunks, tree))
    }

    fn uscc(&self, decision: &RowDecision) -> &'a str {
        let row = usize::try_from(decision.row).unwrap_or(usize::MAX);
        self.subject.snapshot.uscc(row)
    }

    fn tree(&self, block: &Block) -> TreeBuilder {
        let mut tree = TreeBuilder::default();
        let mut encoder = LeafEncoder::default();
        for (decision, detail) in block.iter() {
            let (uscc, kind) = (self.uscc(decision), self.subject.award_kind(decision));
            tree.push(encoder.hash(decision, uscc, kind, detail));
        }
        tree
    }

    /// The columns in the order of the schema.
    fn columns(&self, block: &Block) -> Vec<ArrayRef> {
        let rows = block.decisions.len();
        let (mut uscc, mut measure) = (texts(rows, 18), texts(rows, 32));
        let (mut outcome, mut missing) = (texts(rows, 12), texts(rows, 0));
        let measures = &self.subject.library.measures;
        for (decision, detail) in block.iter() {
            uscc.append_value(self.uscc(decision));
            let place = decision.measure();
            measure.append_value(measures.get(place).map_or("", |measure| &*measure.id.0));
            outcome.append_value(DecisionKind::from(decision.outcome()).word());
            missing.append_option(detail.map(|detail| &*detail.missing));
        }
        let award = |wanted: AwardKind| {
            amounts(block, |decision, _| {
                decision
                    .award()
                    .filter(|_| self.subject.award_kind(decision) == wanted)
            })
        };
        let reasons: UInt16Array = block
            .decisions
            .iter()
            .map(|decision| decision.reason().map(Reason::code))
            .collect();
        vec![
            Arc::new(uscc.finish()),
            Arc::new(measure.finish()),
            Arc::new(outcome.finish()),
            award(AwardKind::Amount),
            award(AwardKind::Ceiling),
            amounts(block, |_, detail| detail.map(|detail| detail.least)),
            amounts(block, |_, detail| detail.and_then(|detail| detail.greatest)),
            Arc::new(reasons),
            Arc::new(missing.finish()),
        ]
    }
}

/// The columns of the kept decisions.
pub(crate) fn decision_schema() -> SchemaRef {
    let text = |name: &str, is_nullable| Field::new(name, DataType::Utf8, is_nullable);
    let amount = |name: &str| Field::new(name, DataType::Int64, true);
    Arc::new(Schema::new(vec![
        text("uscc", false),
        text("measure", false),
        text("outcome", false),
        amount("award_fen"),
        amount("ceiling_fen"),
        amount("least_fen"),
        amount("greatest_fen"),
        Field::new("reason", DataType::UInt16, true),
        text("missing", true),
    ]))
}

fn texts(rows: usize, width: usize) -> StringBuilder {
    StringBuilder::with_capacity(rows, rows.saturating_mul(width))
}

fn amounts(
    block: &Block,
    amount: impl Fn(&RowDecision, Option<&Detail>) -> Option<Money>,
) -> ArrayRef {
    let fen = block
        .iter()
        .map(|(decision, detail)| amount(decision, detail).map(Money::fen));
    Arc::new(fen.collect::<Int64Array>())
}

/// Puts encoded blocks into their order, joins their subtrees and sends them to the writer.
pub(crate) struct Outbox {
    state: Mutex<OutboxState>,
}

struct OutboxState {
    next: usize,
    waiting: BTreeMap<usize, EncodedBlock>,
    tree: TreeBuilder,
    sender: SyncSender<EncodedBlock>,
    failed: Option<ParquetError>,
    is_closed: bool,
}

impl Outbox {
    pub(crate) fn new(sender: SyncSender<EncodedBlock>) -> Self {
        Self {
            state: Mutex::new(OutboxState {
                next: 0,
                waiting: BTreeMap::new(),
                tree: TreeBuilder::default(),
                sender,
                failed: None,
                is_closed: false,
            }),
        }
    }

    /// Takes a block; waits while the writer has enough to do.
    pub(crate) fn put(&self, encoded: Result<EncodedBlock, ParquetError>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match encoded {
            Ok(block) => {
                state.waiting.insert(block.number, block);
            }
            Err(error) => {
                state.is_closed = true;
                state.failed.get_or_insert(error);
            }
        }
        loop {
            let next = state.next;
            let Some(block) = state.waiting.remove(&next) else {
                return;
            };
            state.next = next.saturating_add(1);
            // Blocks before the last are full subtrees of one size, which always align.
            let joined = state.tree.append(&block.tree);
            if joined.is_err() || state.sender.send(block).is_err() {
                // The writer is gone: it says why.
                state.is_closed = true;
                return;
            }
        }
    }

    /// Whether nothing more can be written.
    pub(crate) fn is_closed(&self) -> bool {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_closed
    }

    /// The tree over all blocks; the writer learns that there are no more.
    pub(crate) fn finish(self) -> Result<TreeBuilder, ParquetError> {
        let state = self
            .state
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        match state.failed {
            Some(error) => Err(error),
            None => Ok(state.tree),
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
    use crate::column::UnknownParts;

    fn detail(fen: i64) -> Detail {
        Detail {
            least: Money::from_fen(fen),
            greatest: None,
            missing: Arc::from("x"),
        }
    }

    /// Ten decisions, each third of which is undetermined with its own place as its least award.
    fn run(rows: std::ops::Range<u32>) -> Run {
        let mut run = Run::default();
        for row in rows {
            if row % 3 == 0 {
                run.details.push(detail(i64::from(row)));
                let parts = UnknownParts::AWARD;
                run.decisions.push(RowDecision::undetermined(row, 0, parts));
            } else {
                run.decisions.push(RowDecision::eligible(row, 0, 1));
            }
        }
        run
    }

    #[test]
    fn blocks_begin_at_the_same_decision_whatever_the_runs() {
        for cuts in [vec![10], vec![1, 9], vec![4, 4, 2], vec![3, 0, 7]] {
            let (mut blocks, mut all, mut start) = (Blocks::new(4), Vec::new(), 0);
            for cut in cuts {
                all.extend(blocks.add(run(start..start + cut)));
                start += cut;
            }
            all.extend(blocks.finish());
            let found: Vec<Vec<u32>> = all
                .iter()
                .map(|block| block.decisions.iter().map(|one| one.row).collect())
                .collect();
            assert_eq!(found, [vec![0, 1, 2, 3], vec![4, 5, 6, 7], vec![8, 9]]);
            for (number, block) in all.iter().enumerate() {
                assert_eq!(block.number, number);
                for (decision, found) in block.iter() {
                    let expected = (decision.row % 3 == 0).then(|| detail(decision.row.into()));
                    assert_eq!(found, expected.as_ref());
                }
            }
        }
    }
}
