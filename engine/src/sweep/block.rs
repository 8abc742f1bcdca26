//! Kept decisions in blocks: each is encoded and hashed apart, by any worker.
//!
//! A block is a row group of the file and a segment of the Merkle tree, in which an enterprise is
//! a leaf.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::errors::ParquetError;
use zhida_policies::measure::AwardKind;

use crate::column::{Outcome, RowDecision};
use crate::decision::Reason;
use crate::merkle::Segment;
use crate::sweep::cuts::{Cut, Cuts};
use crate::sweep::detail::Detail;
use crate::sweep::file::RowGroups;
use crate::sweep::leaf::LeafEncoder;
use crate::sweep::pages::{Codes, ColumnPages, Group, Levels};
use crate::sweep::record::DecisionKind;
use crate::sweep::run::{Run, Subject};
use crate::sweep::runs::Runs;
use crate::sweep::words::{Fewer, Places, Texts};

/// A block of decisions, in their order.
pub(crate) struct Block {
    pub(crate) number: usize,
    /// The leaf of the first enterprise.
    pub(crate) leaf: u64,
    pub(crate) decisions: Vec<RowDecision>,
    /// One for each undetermined decision, in their order.
    pub(crate) details: Vec<Detail>,
}

/// Room for the decisions of the last enterprise of a block, which may go beyond its end; there are
/// rarely more of them.
const LAST_ROOM: usize = 1 << 9;

/// Cuts runs into blocks.
pub(crate) struct Blocks {
    cuts: Cuts,
    open: Block,
    limit: usize,
}

impl Blocks {
    pub(crate) fn new(limit: usize) -> Self {
        let first = Cut {
            decision: 0,
            leaf: 0,
        };
        Self {
            cuts: Cuts::new(limit),
            open: Block::new(0, first, limit),
            limit,
        }
    }

    /// Adds a run, which holds whole enterprises; the blocks that are full with it.
    pub(crate) fn add(&mut self, run: Run) -> Vec<Block> {
        let mut full = Vec::new();
        let mut details = run.details.into_iter();
        for same in run.decisions.chunk_by(|one, other| one.row == other.row) {
            let undetermined = same.iter().filter(|one| is_undetermined(one)).count();
            self.open.decisions.extend_from_slice(same);
            let open = &mut self.open.details;
            open.extend(details.by_ref().take(undetermined));
            if let Some(cut) = self.cuts.take(same.len()) {
                let next = Block::new(self.open.number.saturating_add(1), cut, self.limit);
                full.push(std::mem::replace(&mut self.open, next));
            }
        }
        full
    }

    /// The last block, which is not full, and where all of them begin.
    pub(crate) fn finish(self) -> (Option<Block>, Cuts) {
        let last = (!self.open.decisions.is_empty()).then_some(self.open);
        (last, self.cuts)
    }
}

fn is_undetermined(decision: &RowDecision) -> bool {
    decision.outcome() == Outcome::Undetermined
}

impl Block {
    fn new(number: usize, cut: Cut, room: usize) -> Self {
        Self {
            number,
            leaf: cut.leaf,
            decisions: Vec::with_capacity(room.saturating_add(LAST_ROOM)),
            details: Vec::new(),
        }
    }

    /// The decisions by enterprise, each with its detail where it is undetermined.
    pub(crate) fn each(&self, mut take: impl FnMut(&[RowDecision], &[Detail])) {
        let mut details = self.details.as_slice();
        for same in self.decisions.chunk_by(|one, other| one.row == other.row) {
            let undetermined = same.iter().filter(|one| is_undetermined(one)).count();
            let (own, others) = details.split_at(undetermined.min(details.len()));
            details = others;
            take(same, own);
        }
    }
}

/// Decisions, each with its detail where it is undetermined.
pub(crate) fn with_details<'a>(
    decisions: &'a [RowDecision],
    details: &'a [Detail],
) -> impl Iterator<Item = (&'a RowDecision, Option<&'a Detail>)> {
    let mut details = details.iter();
    decisions.iter().map(move |decision| {
        let detail = is_undetermined(decision).then(|| details.next()).flatten();
        (decision, detail)
    })
}

/// A block as the file and the tree take it.
pub(crate) struct EncodedBlock {
    pub(crate) number: usize,
    /// The columns; none where nothing is written.
    pub(crate) columns: Vec<ColumnPages>,
    /// Its rows.
    pub(crate) rows: usize,
    /// The leaves of its enterprises.
    pub(crate) segment: Segment,
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

    /// The pages of a row group and the leaves of its enterprises.
    pub(crate) fn encode(&self, block: &Block) -> Result<EncodedBlock, ParquetError> {
        let rows = block.decisions.len();
        let mut segment = Segment::at(block.leaf);
        let mut leaf = LeafEncoder::default();
        let mut columns = Columns::new(self.subject.library.measures.len(), rows);
        block.each(|decisions, details| {
            let row = decisions.first().map_or(u32::MAX, |first| first.row);
            let uscc = self.subject.uscc(row);
            leaf.begin(uscc, decisions.len());
            columns.enterprise(uscc, decisions.len());
            for (decision, detail) in with_details(decisions, details) {
                let kind = self.subject.award_kind(decision);
                leaf.add(decision, kind, detail);
                columns.add(self.subject, decision, kind, detail);
            }
            segment.push(leaf.hash());
        });
        let columns = self.groups.encode(rows, |group| columns.write(group))?;
        Ok(EncodedBlock {
            number: block.number,
            columns,
            rows,
            segment,
        })
    }
}

/// What a row of a block says: the number of its outcome, and a mark for each value that it has.
type Marks = u8;

/// The bits of the outcome: 0 eligible, 1 undetermined, 2 error.
const OUTCOME: Marks = 0b11;
const AWARD: Marks = 1 << 2;
const CEILING: Marks = 1 << 3;
/// What is missing, and the least award.
const DETAIL: Marks = 1 << 4;
const GREATEST: Marks = 1 << 5;
const REASON: Marks = 1 << 6;

/// The columns of a block while decisions are added: what each row says, and the values of those
/// that have one.
struct Columns {
    uscc: Runs,
    measure: Places,
    marks: Vec<Marks>,
    award: Vec<i64>,
    ceiling: Vec<i64>,
    least: Vec<i64>,
    greatest: Vec<i64>,
    reason: Fewer<u16>,
    missing: Texts,
}

impl Columns {
    fn new(measures: usize, rows: usize) -> Self {
        Self {
            uscc: Runs::default(),
            measure: Places::new(measures, rows),
            marks: Vec::with_capacity(rows),
            award: Vec::with_capacity(rows),
            ceiling: Vec::new(),
            least: Vec::new(),
            greatest: Vec::new(),
            reason: Fewer::default(),
            missing: Texts::default(),
        }
    }

    fn enterprise(&mut self, uscc: &str, decisions: usize) {
        self.uscc.add(uscc, decisions);
    }

    fn add(
        &mut self,
        subject: Subject<'_>,
        decision: &RowDecision,
        kind: AwardKind,
        detail: Option<&Detail>,
    ) {
        let place = decision.measure();
        let measures = &subject.library.measures;
        self.measure.push(place, || {
            measures.get(place).map_or("", |measure| &*measure.id.0)
        });
        let mut marks = match decision.outcome() {
            Outcome::Eligible => 0,
            Outcome::Undetermined => 1,
            Outcome::Error => 2,
        };
        if let Some(award) = decision.award() {
            let (mark, amounts) = match kind {
                AwardKind::Amount => (AWARD, &mut self.award),
                AwardKind::Ceiling => (CEILING, &mut self.ceiling),
            };
            marks |= mark;
            amounts.push(award.fen());
        }
        if let Some(detail) = detail {
            marks |= DETAIL;
            self.least.push(detail.least.fen());
            self.missing.push_shared(&detail.missing);
            if let Some(greatest) = detail.greatest {
                marks |= GREATEST;
                self.greatest.push(greatest.fen());
            }
        }
        if let Some(reason) = decision.reason().map(Reason::code) {
            marks |= REASON;
            self.reason
                .push(reason, |dictionary| dictionary.number(reason.into()));
        }
        self.marks.push(marks);
    }

    /// The columns in the order of the schema.
    fn write(&self, group: &mut Group<'_>) -> Result<(), ParquetError> {
        let all = Levels::required(self.marks.len());
        let marked = |mark| Levels::marked(&self.marks, mark);
        group.runs(&all, &self.uscc)?;
        group.codes(&all, &self.measure.column)?;
        group.codes(&all, &self.outcomes())?;
        group.amounts(&marked(AWARD), &self.award)?;
        group.amounts(&marked(CEILING), &self.ceiling)?;
        group.amounts(&marked(DETAIL), &self.least)?;
        group.amounts(&marked(GREATEST), &self.greatest)?;
        group.codes(&marked(REASON), &self.reason.column)?;
        group.codes(&marked(DETAIL), &self.missing.column)
    }

    fn outcomes(&self) -> Codes {
        let mut outcomes = Fewer::with_capacity(self.marks.len());
        for marks in &self.marks {
            let outcome = marks & OUTCOME;
            outcomes.push(outcome, |dictionary| {
                let word = match outcome {
                    0 => DecisionKind::Eligible,
                    1 => DecisionKind::Undetermined,
                    _ => DecisionKind::Error,
                };
                dictionary.text(word.word())
            });
        }
        outcomes.column
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

#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "numbers of the tests are small"
)]
mod tests {
    use zhida_policies::values::Money;

    use super::*;
    use crate::column::UnknownParts;

    fn detail(fen: i64) -> Detail {
        Detail {
            least: Money::from_fen(fen),
            greatest: None,
            missing: Arc::from("x"),
        }
    }

    /// The decisions of some rows, two of each even one, of which the first is undetermined with
    /// its row as its least award.
    fn run(rows: std::ops::Range<u32>) -> Run {
        let mut run = Run::default();
        for row in rows {
            if row % 2 == 0 {
                run.details.push(detail(i64::from(row)));
                let parts = UnknownParts::AWARD;
                run.decisions.push(RowDecision::undetermined(row, 0, parts));
            }
            run.decisions.push(RowDecision::eligible(row, 1, 1));
        }
        run
    }

    #[test]
    fn blocks_begin_at_the_same_enterprise_whatever_the_runs() {
        for cuts in [vec![7], vec![1, 6], vec![3, 3, 1], vec![2, 0, 5]] {
            let (mut blocks, mut all, mut start) = (Blocks::new(4), Vec::new(), 0);
            for cut in cuts {
                all.extend(blocks.add(run(start..start + cut)));
                start += cut;
            }
            let (last, cuts) = blocks.finish();
            all.extend(last);
            let found: Vec<Vec<u32>> = all
                .iter()
                .map(|block| block.decisions.iter().map(|one| one.row).collect())
                .collect();
            let expected = [vec![0, 0, 1, 2, 2], vec![3, 4, 4, 5], vec![6, 6]];
            assert_eq!(found, expected);
            assert_eq!((cuts.blocks(), cuts.decisions()), (3, 11));
            for (number, block) in all.iter().enumerate() {
                assert_eq!((block.number, block.leaf), (number, [0, 3, 6][number]));
                block.each(|decisions, details| {
                    for (decision, found) in with_details(decisions, details) {
                        let is_open = decision.measure() == 0;
                        let expected = is_open.then(|| detail(decision.row.into()));
                        assert_eq!(found, expected.as_ref());
                    }
                });
            }
        }
    }
}
