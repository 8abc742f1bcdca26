//! The payable list in blocks of one size: a block is a row group of the file and a full subtree
//! of the Merkle tree, encoded and hashed by any worker.

use std::ops::{ControlFlow, Range};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::SyncSender;

use arrow::array::{
    ArrayRef, BooleanBuilder, Int64Builder, ListArray, StringBuilder, StringDictionaryBuilder,
    StructArray, UInt8Builder, UInt16Builder,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Fields, Int32Type, Schema, SchemaRef};
use arrow::error::ArrowError;
use parquet::errors::ParquetError;

use zhida_policies::values::Money;

use crate::decision::Reason;
use crate::merkle::TreeBuilder;
use crate::morsels::{self, Morsels, Work};
use crate::sweep::award_leaf::AwardLeafEncoder;
use crate::sweep::award_row::{AwardList, AwardRow, standing_word, state_word};
use crate::sweep::block::{BLOCK_ROWS, EncodedBlock};
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

/// Hashes all rows in the current pool, and encodes them where they are to be written.
pub(crate) fn encode_all(
    list: &AwardList<'_>,
    sink: Option<&AwardSink<'_>>,
    cancel: &AtomicBool,
) -> Result<TreeBuilder, AwardBreak> {
    let work = Work {
        begin: || (),
        morsel: |(): &mut (), rows: Range<usize>| encode(list, rows, sink.map(|to| to.groups)),
        end: |()| {},
    };
    let morsels = Morsels {
        rows: list.len(),
        morsel_rows: BLOCK_ROWS,
        cancel: Some(cancel),
    };
    let mut tree = TreeBuilder::default();
    let mut failed = None;
    let mut take = |_, found: Result<EncodedBlock, ParquetError>| {
        let block = match found {
            Ok(block) => block,
            Err(error) => {
                failed = Some(error);
                return ControlFlow::Break(());
            }
        };
        // Blocks before the last are full subtrees of one size, which always align.
        let joined = tree.append(block.tree()).is_ok();
        let sent = sink.is_none_or(|to| to.sender.send(block).is_ok());
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
        (None, ControlFlow::Continue(())) => Ok(tree),
    }
}

fn encode(
    list: &AwardList<'_>,
    rows: Range<usize>,
    groups: Option<&RowGroups>,
) -> Result<EncodedBlock, ParquetError> {
    let number = rows.start.checked_div(BLOCK_ROWS).unwrap_or(0);
    let (mut tree, mut leaf) = (TreeBuilder::default(), AwardLeafEncoder::default());
    let Some(groups) = groups else {
        list.rows(rows).for_each(|row| tree.push(leaf.hash(&row)));
        return Ok(EncodedBlock::new(number, Vec::new(), tree));
    };
    let mut columns = Columns::new(rows.len());
    for row in list.rows(rows) {
        tree.push(leaf.hash(&row));
        columns.push(&row);
    }
    let chunks = groups.encode(number, &columns.finish()?)?;
    Ok(EncodedBlock::new(number, chunks, tree))
}

/// Words of which there are few.
type Words = StringDictionaryBuilder<Int32Type>;

/// The columns of a block while rows are added.
struct Columns {
    uscc: StringBuilder,
    measure: Words,
    state: Words,
    standing: Words,
    base: Int64Builder,
    amount: Int64Builder,
    payable: Int64Builder,
    least: Int64Builder,
    greatest: Int64Builder,
    paid: Int64Builder,
    fund: Words,
    reason: UInt16Builder,
    shares: Shares,
    instalments: Instalments,
    changes: Changes,
}

#[derive(Default)]
struct Shares {
    lengths: Vec<usize>,
    bearer: Words,
    fen: Int64Builder,
}

#[derive(Default)]
struct Instalments {
    lengths: Vec<usize>,
    number: UInt16Builder,
    fen: Int64Builder,
    due: BooleanBuilder,
    conditional: BooleanBuilder,
}

#[derive(Default)]
struct Changes {
    lengths: Vec<usize>,
    step: UInt8Builder,
    rule: Words,
    cause: Words,
    before: Int64Builder,
    after: Int64Builder,
    figures: Words,
}

impl Columns {
    fn new(rows: usize) -> Self {
        let amounts = || Int64Builder::with_capacity(rows);
        Self {
            uscc: StringBuilder::with_capacity(rows, rows.saturating_mul(18)),
            measure: Words::new(),
            state: Words::new(),
            standing: Words::new(),
            base: amounts(),
            amount: amounts(),
            payable: amounts(),
            least: amounts(),
            greatest: amounts(),
            paid: amounts(),
            fund: Words::new(),
            reason: UInt16Builder::with_capacity(rows),
            shares: Shares::default(),
            instalments: Instalments::default(),
            changes: Changes::default(),
        }
    }

    fn push(&mut self, row: &AwardRow<'_>) {
        let award = row.award;
        self.uscc.append_value(row.uscc);
        self.measure.append_value(&row.measure.id.0);
        self.state.append_value(state_word(award.state));
        self.standing.append_value(standing_word(award.standing()));
        self.base.append_value(award.base.fen());
        self.amount.append_value(award.amount.fen());
        self.payable.append_value(award.payable().fen());
        self.least.append_value(award.least.fen());
        self.greatest.append_option(row.greatest().map(Money::fen));
        self.paid.append_value(award.paid.fen());
        self.fund.append_option(row.fund());
        self.reason.append_option(award.reason.map(Reason::code));
        self.push_parts(row);
    }

    fn push_parts(&mut self, row: &AwardRow<'_>) {
        self.shares.lengths.push(row.shares.len());
        for share in &row.shares {
            self.shares.bearer.append_value(share.bearer);
            self.shares.fen.append_value(share.amount.fen());
        }
        let instalments = &mut self.instalments;
        instalments.lengths.push(row.instalments.len());
        for part in &row.instalments {
            instalments.number.append_value(part.number);
            instalments.fen.append_value(part.amount.fen());
            instalments.due.append_value(part.is_due);
            instalments.conditional.append_value(part.is_conditional);
        }
        let changes = &mut self.changes;
        changes.lengths.push(row.changes.len());
        for change in &row.changes {
            changes.step.append_value(change.step);
            changes.rule.append_value(change.rule);
            changes.cause.append_value(change.cause);
            changes.before.append_value(change.before.fen());
            changes.after.append_value(change.after.fen());
            changes.figures.append_value(&change.figures);
        }
    }

    /// The columns in the order of the schema.
    fn finish(mut self) -> Result<Vec<ArrayRef>, ArrowError> {
        let (shares, instalments, changes) =
            (&mut self.shares, &mut self.instalments, &mut self.changes);
        let share_columns: Vec<ArrayRef> = vec![
            Arc::new(shares.bearer.finish()),
            Arc::new(shares.fen.finish()),
        ];
        let instalment_columns: Vec<ArrayRef> = vec![
            Arc::new(instalments.number.finish()),
            Arc::new(instalments.fen.finish()),
            Arc::new(instalments.due.finish()),
            Arc::new(instalments.conditional.finish()),
        ];
        let change_columns: Vec<ArrayRef> = vec![
            Arc::new(changes.step.finish()),
            Arc::new(changes.rule.finish()),
            Arc::new(changes.cause.finish()),
            Arc::new(changes.before.finish()),
            Arc::new(changes.after.finish()),
            Arc::new(changes.figures.finish()),
        ];
        Ok(vec![
            Arc::new(self.uscc.finish()),
            Arc::new(self.measure.finish()),
            Arc::new(self.state.finish()),
            Arc::new(self.standing.finish()),
            Arc::new(self.base.finish()),
            Arc::new(self.amount.finish()),
            Arc::new(self.payable.finish()),
            Arc::new(self.least.finish()),
            Arc::new(self.greatest.finish()),
            Arc::new(self.paid.finish()),
            Arc::new(self.fund.finish()),
            Arc::new(self.reason.finish()),
            lists(share_fields(), share_columns, &shares.lengths)?,
            lists(
                instalment_fields(),
                instalment_columns,
                &instalments.lengths,
            )?,
            lists(change_fields(), change_columns, &changes.lengths)?,
        ])
    }
}

/// Lists of these lengths, one behind the other.
fn lists(
    fields: Fields,
    columns: Vec<ArrayRef>,
    lengths: &[usize],
) -> Result<ArrayRef, ArrowError> {
    let item = item(fields.clone());
    let items = StructArray::try_new(fields, columns, None)?;
    let offsets = OffsetBuffer::from_lengths(lengths.iter().copied());
    let lists = ListArray::try_new(item, offsets, Arc::new(items), None)?;
    Ok(Arc::new(lists))
}

fn item(fields: Fields) -> Arc<Field> {
    Arc::new(Field::new("item", DataType::Struct(fields), false))
}

fn words(name: &str, is_nullable: bool) -> Field {
    let words = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    Field::new(name, words, is_nullable)
}

fn amount(name: &str) -> Field {
    Field::new(name, DataType::Int64, false)
}

fn share_fields() -> Fields {
    Fields::from(vec![words("bearer", false), amount("fen")])
}

fn instalment_fields() -> Fields {
    Fields::from(vec![
        Field::new("number", DataType::UInt16, false),
        amount("fen"),
        Field::new("due", DataType::Boolean, false),
        Field::new("conditional", DataType::Boolean, false),
    ])
}

fn change_fields() -> Fields {
    Fields::from(vec![
        Field::new("step", DataType::UInt8, false),
        words("rule", false),
        words("cause", false),
        amount("before_fen"),
        amount("after_fen"),
        words("figures", false),
    ])
}

/// The columns of the payable list.
pub(crate) fn award_schema() -> SchemaRef {
    let list = |name: &str, fields| Field::new(name, DataType::List(item(fields)), false);
    Arc::new(Schema::new(vec![
        Field::new("uscc", DataType::Utf8, false),
        words("measure", false),
        words("state", false),
        words("standing", false),
        amount("base_fen"),
        amount("amount_fen"),
        amount("payable_fen"),
        amount("least_fen"),
        Field::new("greatest_fen", DataType::Int64, true),
        amount("paid_fen"),
        words("fund", true),
        Field::new("reason", DataType::UInt16, true),
        list("shares", share_fields()),
        list("instalments", instalment_fields()),
        list("changes", change_fields()),
    ]))
}
