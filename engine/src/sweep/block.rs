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
use crate::sweep::pages::{ColumnPages, Group, Levels};
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

/// Cuts runs into blocks.
pub(crate) struct Blocks {
    cuts: Cuts,
    open: Block,
}

impl Blocks {
    pub(crate) fn new(limit: usize) -> Self {
        let first = Cut {
            decision: 0,
            leaf: 0,
        };
        Self {
            cuts: Cuts::new(limit),
            open: Block::new(0, first),
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
                let next = Block::new(self.open.number.saturating_add(1), cut);
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
    fn new(number: usize, cut: Cut) -> Self {
        Self {
            number,
            leaf: cut.leaf,
            decisions: Vec::new(),
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

/// The columns of a block while decisions are added.
struct Columns {
    uscc: Runs,
    measure: Places,
    outcome: Fewer<u8>,
    award: Amounts,
    ceiling: Amounts,
    least: Amounts,
    greatest: Amounts,
    reason: Fewer<u16>,
    has_reason: Vec<bool>,
    missing: Texts,
    is_missing: Vec<bool>,
}

/// Amounts of which some are absent.
#[derive(Default)]
pub(crate) struct Amounts {
    valid: Vec<bool>,
    fen: Vec<i64>,
}

impl Amounts {
    pub(crate) fn with_capacity(rows: usize) -> Self {
        Self {
            valid: Vec::with_capacity(rows),
            fen: Vec::with_capacity(rows),
        }
    }

    pub(crate) fn push(&mut self, fen: Option<i64>) {
        self.valid.push(fen.is_some());
        self.fen.extend(fen);
    }

    pub(crate) fn write(&self, group: &mut Group<'_>) -> Result<(), ParquetError> {
        group.amounts(&Levels::optional(&self.valid), &self.fen)
    }
}

impl Columns {
    fn new(measures: usize, rows: usize) -> Self {
        Self {
            uscc: Runs::default(),
            measure: Places::new(measures, rows),
            outcome: Fewer::with_capacity(rows),
            award: Amounts::with_capacity(rows),
            ceiling: Amounts::with_capacity(rows),
            least: Amounts::with_capacity(rows),
            greatest: Amounts::with_capacity(rows),
            reason: Fewer::default(),
            has_reason: Vec::with_capacity(rows),
            missing: Texts::default(),
            is_missing: Vec::with_capacity(rows),
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
        let outcome = decision.outcome();
        let (number, word) = match outcome {
            Outcome::Eligible => (0, DecisionKind::Eligible),
            Outcome::Undetermined => (1, DecisionKind::Undetermined),
            Outcome::Error => (2, DecisionKind::Error),
        };
        self.outcome
            .push(number, |dictionary| dictionary.text(word.word()));
        let award = decision.award().map(|award| award.fen());
        self.award.push(award.filter(|_| kind == AwardKind::Amount));
        self.ceiling
            .push(award.filter(|_| kind == AwardKind::Ceiling));
        self.least.push(detail.map(|detail| detail.least.fen()));
        let greatest = detail.and_then(|detail| detail.greatest);
        self.greatest.push(greatest.map(|greatest| greatest.fen()));
        let reason = decision.reason().map(Reason::code);
        self.has_reason.push(reason.is_some());
        if let Some(reason) = reason {
            self.reason
                .push(reason, |dictionary| dictionary.number(reason.into()));
        }
        self.is_missing.push(detail.is_some());
        if let Some(detail) = detail {
            self.missing.push_shared(&detail.missing);
        }
    }

    /// The columns in the order of the schema.
    fn write(&self, group: &mut Group<'_>) -> Result<(), ParquetError> {
        let all = Levels::required(self.has_reason.len());
        group.runs(&all, &self.uscc)?;
        group.codes(&all, &self.measure.column)?;
        group.codes(&all, &self.outcome.column)?;
        for amounts in [&self.award, &self.ceiling, &self.least, &self.greatest] {
            amounts.write(group)?;
        }
        group.codes(&Levels::optional(&self.has_reason), &self.reason.column)?;
        group.codes(&Levels::optional(&self.is_missing), &self.missing.column)
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
