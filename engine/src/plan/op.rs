//! The nodes of a plan.

use std::cmp::Ordering;
use std::sync::Arc;

use zhida_policies::measure::MeasureRef;
use zhida_policies::measure::expression::{Comparison, Expr};
use zhida_policies::syntax::ast::PaidPeriodSyntax;
use zhida_policies::syntax::words::{Function, HitPolicy};
use zhida_policies::values::{Duration, RoundingMode};

use crate::plan::scale::Exact;
use crate::snapshot::ColumnKey;

/// The place of a node in its graph. Operands come before what is made of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(crate) u32);

impl NodeId {
    /// The place.
    #[must_use]
    pub fn index(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// A text of the rules, by its place in the plan's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextId(pub u32);

/// What the values of a node are, known before any row is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A truth value.
    Truth,
    /// A number, or money in fen, with this many decimal places.
    Decimal(u8),
    /// A ratio of two whole numbers.
    Ratio,
    /// A day, counted from 1970-01-01.
    Date,
    /// A text.
    Text,
    /// A set of texts.
    Set,
    /// The records of a list fact.
    Records,
    /// Never known: fits every other kind.
    Nothing,
}

/// Between two constants, each included or not; an absent end is open. Days are whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    /// The lower end.
    pub low: Option<(Exact, bool)>,
    /// The upper end.
    pub high: Option<(Exact, bool)>,
}

impl Interval {
    /// Everything.
    pub const ALL: Self = Self {
        low: None,
        high: None,
    };
}

/// One band of 累进 with constant ends and rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BandStep {
    /// The lower end.
    pub low: Exact,
    /// The upper end; absent for the last band.
    pub high: Option<Exact>,
    /// The rate.
    pub rate: Exact,
}

/// A decision table whose result rests on all rows that match, not on one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TableStep {
    /// Any, Priority, Sum, Max, Min or Count.
    pub policy: HitPolicy,
    /// The test and the result of each row.
    pub rows: Vec<(NodeId, NodeId)>,
    /// The results that 优先 ranks, the most important first: constants.
    pub order: Vec<NodeId>,
}

/// Which whole numbers are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Parity {
    /// `偶数`
    Even,
    /// `奇数`
    Odd,
}

/// A part of a day that a function reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DayPart {
    /// `年份`
    Year,
    /// `月份`
    Month,
    /// `日`
    Day,
    /// `年内天数`
    DayOfYear,
    /// `年内周数`
    WeekOfYear,
}

/// An expression as it was checked, for the reference interpreter.
#[derive(Clone, Debug)]
pub struct Written {
    /// The measure whose bindings it names; absent when it names none, so that equal expressions
    /// of several measures are one.
    pub measure: Option<usize>,
    /// The expression.
    pub expression: Arc<Expr>,
}

impl Written {
    fn key(&self) -> (Option<usize>, &Expr) {
        (self.measure, &self.expression)
    }
}

impl PartialEq for Written {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Written {}

impl PartialOrd for Written {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Written {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

/// What a node does. Two nodes that do the same are one node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Op {
    /// A known truth value.
    Truth(bool),
    /// A known number, or money in fen.
    Exact(Exact),
    /// A known ratio without finite decimal form; the second is positive.
    Ratio(i128, i128),
    /// A known day.
    Day(i32),
    /// A known text.
    Text(TextId),
    /// Never known.
    Unknown,
    /// Without value in every row.
    Undefined,
    /// A fact for one period.
    Column(ColumnKey),
    /// A field of the records of a list fact.
    Field(ColumnKey, usize),
    /// A node of the enterprise, seen from its records.
    Lift(ColumnKey, NodeId),
    /// Money of the ledger.
    Paid(MeasureRef, Option<PaidPeriodSyntax>),
    /// `非`
    Not(NodeId),
    /// `且`
    And(Vec<NodeId>),
    /// `或`
    Or(Vec<NodeId>),
    /// Whether a value lies in one of several intervals. Over no interval it is false, where the
    /// value is known.
    Within(NodeId, Vec<Interval>),
    /// A comparison of two nodes.
    Compare(Comparison, NodeId, NodeId),
    /// Whether a text is one of several.
    Among(NodeId, Vec<TextId>),
    /// Whether a set fact holds a member, by its place in the vocabulary.
    Holds(NodeId, usize),
    /// A condition on one text only, decided once for each distinct word.
    Dictionary(NodeId, Written),
    /// `缺失`
    Missing(NodeId),
    /// `如果`
    If(NodeId, NodeId, NodeId),
    /// The value of the first row whose test holds: `分档`, `按表 首个`.
    First(Vec<(NodeId, NodeId)>),
    /// The value of the only row whose test holds: `按表 唯一`.
    Unique(Vec<(NodeId, NodeId)>),
    /// The other decision tables.
    Table(TableStep),
    /// `-x`
    Negate(NodeId),
    /// `绝对值`
    Absolute(NodeId),
    /// `a + b`
    Add(NodeId, NodeId),
    /// `a - b`
    Subtract(NodeId, NodeId),
    /// `a * b`
    Multiply(NodeId, NodeId),
    /// `a / b`
    Divide(NodeId, NodeId),
    /// `取余`
    Modulo(NodeId, NodeId),
    /// Whether a whole number is even, or odd; without value for other numbers.
    Parity(NodeId, Parity),
    /// The days from the second day to the first.
    Days(NodeId, NodeId),
    /// A day moved by a constant span.
    Shift(NodeId, Duration),
    /// A part of a day.
    Part(NodeId, DayPart),
    /// `最小`
    Least(Vec<NodeId>),
    /// `最大`
    Greatest(Vec<NodeId>),
    /// Rounded to decimal places (money: of fen, so that 元 is −2).
    Round(NodeId, i32, RoundingMode),
    /// `累进` with constant bands.
    Marginal(NodeId, Vec<BandStep>),
    /// An aggregate over the records of a list fact.
    Aggregate {
        /// Sum, Count, Min, Max, Mean, Any or All.
        function: Function,
        /// The list.
        list: ColumnKey,
        /// What is aggregated, or the condition of 存在 and 全部.
        value: Option<NodeId>,
        /// The condition after `其中`.
        filter: Option<NodeId>,
    },
    /// Left to the reference interpreter, row by row.
    Reference(Written),
}

impl Op {
    /// The nodes that it is made of.
    #[must_use]
    pub fn operands(&self) -> Vec<NodeId> {
        match self {
            Self::Truth(_)
            | Self::Exact(_)
            | Self::Ratio(..)
            | Self::Day(_)
            | Self::Text(_)
            | Self::Unknown
            | Self::Undefined
            | Self::Column(_)
            | Self::Field(..)
            | Self::Paid(..)
            | Self::Reference(_) => Vec::new(),
            Self::Lift(_, node)
            | Self::Not(node)
            | Self::Within(node, _)
            | Self::Among(node, _)
            | Self::Holds(node, _)
            | Self::Dictionary(node, _)
            | Self::Missing(node)
            | Self::Negate(node)
            | Self::Absolute(node)
            | Self::Shift(node, _)
            | Self::Part(node, _)
            | Self::Parity(node, _)
            | Self::Round(node, ..)
            | Self::Marginal(node, _) => vec![*node],
            Self::Compare(_, left, right)
            | Self::Add(left, right)
            | Self::Subtract(left, right)
            | Self::Multiply(left, right)
            | Self::Divide(left, right)
            | Self::Modulo(left, right)
            | Self::Days(left, right) => vec![*left, *right],
            Self::And(nodes) | Self::Or(nodes) | Self::Least(nodes) | Self::Greatest(nodes) => {
                nodes.clone()
            }
            Self::If(condition, then, otherwise) => vec![*condition, *then, *otherwise],
            Self::First(rows) | Self::Unique(rows) => rows
                .iter()
                .flat_map(|(test, value)| [*test, *value])
                .collect(),
            Self::Table(table) => {
                let rows = table.rows.iter().flat_map(|(test, value)| [*test, *value]);
                rows.chain(table.order.iter().copied()).collect()
            }
            Self::Aggregate { value, filter, .. } => value.iter().chain(filter).copied().collect(),
        }
    }

    /// Whether it is the same in every row.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        matches!(
            self,
            Self::Truth(_)
                | Self::Exact(_)
                | Self::Ratio(..)
                | Self::Day(_)
                | Self::Text(_)
                | Self::Unknown
                | Self::Undefined
        )
    }
}
