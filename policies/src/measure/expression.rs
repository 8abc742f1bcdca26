//! Checked expressions: every name resolved, every node typed, every node with its place in the
//! text. This is what the interpreter and the column evaluator run.

use std::sync::Arc;

use crate::measure::{BindingId, MeasureRef, ParameterId};
use crate::span::Span;
use crate::syntax::ast::{PaidPeriodSyntax, YearSyntax};
use crate::syntax::words::{Function, HitPolicy};
use crate::values::{Date, Duration, Number};
use crate::vocabulary::{FactId, Tree};

/// The type of an expression.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    /// Money, exact, in fen.
    Money,
    /// A plain number; a percentage is one.
    Number,
    /// A truth value.
    Boolean,
    /// A day.
    Date,
    /// A length of time.
    Duration,
    /// A text, also the member of an enum.
    Text,
    /// A code of a tree.
    Code(Tree),
    /// A set of texts.
    Set,
    /// The records of a list fact.
    List(FactId),
    /// A sequence of values of one type.
    Sequence(Box<Type>),
    /// A range of, or comparison with, values of one type.
    Range(Box<Type>),
    /// The type of `null`, which fits every other.
    Unknown,
    /// The type of a node whose fault has been reported; it fits every other, so that one
    /// mistake is reported once.
    Invalid,
}

/// A value known exactly.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Money in fen; between roundings it need not be whole.
    Money(Number),
    /// A plain number.
    Number(Number),
    /// A truth value.
    Boolean(bool),
    /// A day.
    Date(Date),
    /// A length of time.
    Duration(Duration),
    /// A text, an enum member or a code.
    Text(Arc<str>),
    /// The members of a set, sorted, each once.
    Set(Arc<[Arc<str>]>),
    /// A sequence.
    Sequence(Arc<[Value]>),
    /// A range or comparison as a value; only equality and membership are defined on it.
    Test(Arc<Test>),
}

/// A checked expression. Two are equal when they say the same, wherever they stand: places do not
/// count.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// Comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// Arithmetic between two operands. The checker has proved that the operand types fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Arithmetic {
    /// Numbers, money, date + duration, text + text.
    Add,
    /// Numbers, money, date − duration, date − date in days.
    Subtract,
    /// Number × number, money × number in either order.
    Multiply,
    /// Number ÷ number, money ÷ number, money ÷ money (a number). By zero it is undefined.
    Divide,
}

/// A fact and the periods whose values it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactRead {
    /// The fact.
    pub fact: FactId,
    /// Its period.
    pub period: PeriodRead,
}

/// The period of a fact, relative to the assessment year where it is relative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PeriodRead {
    /// The status on the as-of date.
    Status,
    /// A year.
    Year(YearSyntax),
    /// Quarters of a year, first to last; the value is their sum when there are several.
    Quarters(YearSyntax, u8, u8),
    /// Months of a year, first to last; the value is their sum when there are several.
    Months(YearSyntax, u8, u8),
}

/// The kinds of checked expression.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExprKind {
    /// A known value.
    Literal(Value),
    /// `null`: unknown, with no fact to blame.
    Unknown,
    /// A fact of the enterprise.
    Fact(FactRead),
    /// A field of the record at hand, inside an aggregate; its index in the list fact's fields.
    Field(FactId, usize),
    /// A `设` or `定义`, by its place in the measure's bindings.
    Binding(BindingId),
    /// A dated parameter on the assessment date, or on the date given.
    Parameter(ParameterId, Option<Date>),
    /// `年度`: the assessment year as a number.
    AssessmentYear,
    /// `基准日`: the as-of date.
    AsOf,
    /// `-x` of a number, money or duration.
    Negate(Box<Expr>),
    /// `非 x`
    Not(Box<Expr>),
    /// `a 且 b 且 …`, two or more, by Kleene's rules.
    And(Vec<Expr>),
    /// `a 或 b 或 …`, two or more, by Kleene's rules.
    Or(Vec<Expr>),
    /// A comparison of two values of one type.
    Compare(Comparison, Box<Expr>, Box<Expr>),
    /// Arithmetic.
    Arithmetic(Arithmetic, Box<Expr>, Box<Expr>),
    /// `如果 … 则 … 否则 …`
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// Whether any test holds of the subject (`属于`, `介于`); Kleene's `or` of the tests.
    In(Box<Expr>, Vec<Test>),
    /// Whether a set holds a member, or a text holds a part.
    Contains(Box<Expr>, Box<Expr>),
    /// A function of known arity, checked.
    Call(Function, Vec<Expr>),
    /// `缺失(x)`: true when x is unknown, false when it is known.
    Missing(Box<Expr>),
    /// The item of a sequence at a place from 1.
    Item(Box<Expr>, Box<Expr>),
    /// A sequence of values of one type.
    Sequence(Vec<Expr>),
    /// `分档`: the value of the one row whose test holds; undefined when none does.
    Step(Box<Expr>, Vec<TierRow>),
    /// `累进`: each part of the subject at the rate of its band; undefined below zero.
    Marginal(Box<Expr>, Vec<Band>),
    /// A decision table.
    Table(Box<Table>),
    /// An aggregate over the records of a list fact.
    Aggregate(Box<Aggregate>),
    /// `已付(…)`: money paid − returned − recovered, never missing.
    Paid(MeasureRef, Option<PaidPeriodSyntax>),
    /// A node whose fault has been reported; evaluating it is undefined.
    Invalid,
}

/// A test of a subject.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Test {
    /// Between two ends, each open or closed; an absent end is unbounded.
    Range {
        /// The lower end.
        low: Option<Box<Expr>>,
        /// Whether the lower end belongs to it.
        low_included: bool,
        /// The upper end.
        high: Option<Box<Expr>>,
        /// Whether the upper end belongs to it.
        high_included: bool,
    },
    /// A comparison with a bound.
    Compare(Comparison, Box<Expr>),
    /// Equal to a value.
    Equal(Box<Expr>),
    /// A code that is this one or one below it.
    Below(Tree, Arc<str>),
    /// A member of a sequence-valued expression: equal to one of its items, or inside one of
    /// them when they are ranges.
    Member(Box<Expr>),
    /// The subject is a set that holds this member.
    Holds(Box<Expr>),
    /// Any of these.
    Any(Vec<Test>),
    /// Not this.
    Not(Box<Test>),
    /// `-`: anything, also the unknown.
    Anything,
}

/// One row of `分档`.
#[derive(Clone, Debug)]
pub struct TierRow {
    /// What the row answers.
    pub test: Test,
    /// Its value.
    pub value: Expr,
    /// The whole row.
    pub span: Span,
}

/// One band of `累进`: from `low` up to `high`, the part inside multiplied by `rate`.
#[derive(Clone, Debug)]
pub struct Band {
    /// The lower end, a constant in the unit of the subject (fen for money).
    pub low: Number,
    /// The upper end; absent for the last band.
    pub high: Option<Number>,
    /// The rate, or the money per unit of a number.
    pub rate: Expr,
    /// The whole row.
    pub span: Span,
}

/// A checked decision table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Table {
    /// The hit policy.
    pub policy: HitPolicy,
    /// The order of results for `优先` and `依序`, most important first; empty for the others.
    pub order: Vec<Value>,
    /// What each column looks at.
    pub columns: Vec<Expr>,
    /// The rows.
    pub rows: Vec<TableRow>,
}

/// One row of a decision table.
#[derive(Clone, Debug)]
pub struct TableRow {
    /// One test a column.
    pub cells: Vec<Test>,
    /// The result.
    pub result: Expr,
    /// The whole row.
    pub span: Span,
}

/// An aggregate over a list fact.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Aggregate {
    /// Sum, Count, Min, Max, Mean, Any or All.
    pub function: Function,
    /// The list fact.
    pub list: FactRead,
    /// What is aggregated; absent for `计数`. For `存在` and `全部` it is the condition.
    pub value: Option<Expr>,
    /// The condition after `其中`; absent when every record counts.
    pub filter: Option<Expr>,
}
