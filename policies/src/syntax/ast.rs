//! The syntax tree of a `zhida` block: what was written, with positions, before any name is
//! resolved.

use crate::span::Span;
use crate::syntax::words::{
    AwardUnit, BinaryOperator, Cadence, Delivery, Function, HitPolicy, RoundingWord, Ties, TypeWord,
};
use crate::values::{Date, Duration, Number};

/// A name as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The text of the name.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// A quoted text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quoted {
    /// The text without quotes, escapes resolved.
    pub text: String,
    /// Where it stands, quotes included.
    pub span: Span,
}

/// A measure, fund, cap or group named from elsewhere: `growth-award` or `policy-id/growth-award`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The policy, where the text names one.
    pub policy: Option<Name>,
    /// The item.
    pub item: Name,
    /// The whole reference.
    pub span: Span,
}

/// All declarations of one block, in the order written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockSyntax {
    /// The declarations.
    pub declarations: Vec<Declaration>,
}

/// One declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Declaration {
    /// `事项`
    Measure(MeasureSyntax),
    /// `定义`
    Definition(DefinitionSyntax),
    /// `参数`
    Parameter(ParameterSyntax),
    /// `资金`
    Fund(FundSyntax),
    /// `限额`
    Cap(CapSyntax),
    /// `就高`
    HighestOf(HighestOfSyntax),
    /// `算例`
    Case(CaseSyntax),
}

/// `定义 名 [: type] = expr`, also the shape of `设`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefinitionSyntax {
    /// The name given.
    pub name: Name,
    /// The declared type.
    pub type_word: Option<TypeWord>,
    /// What it stands for.
    pub value: ExprSyntax,
    /// The whole declaration.
    pub span: Span,
}

/// `参数 名 { DATE : value, … }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterSyntax {
    /// The name given.
    pub name: Name,
    /// The declared type.
    pub type_word: Option<TypeWord>,
    /// The values by the date from which they hold, as written.
    pub entries: Vec<ParameterEntrySyntax>,
    /// The whole declaration.
    pub span: Span,
}

/// One dated value of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterEntrySyntax {
    /// The first day.
    pub from: Date,
    /// Where the date stands.
    pub from_span: Span,
    /// The value from that day on.
    pub value: ExprSyntax,
}

/// `资金 ID "name" 预算 …`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FundSyntax {
    /// The fund's id.
    pub id: Name,
    /// Its name.
    pub name: Option<Quoted>,
    /// The budget.
    pub budget: ExprSyntax,
    /// What happens to the awards, given the budget.
    pub rule: FundRuleSyntax,
    /// The whole declaration.
    pub span: Span,
}

/// How a fund shares its budget out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FundRuleSyntax {
    /// `不足时 按比例`
    ProRata,
    /// `不足时 按先后 [expr]`
    FirstCome(Option<ExprSyntax>),
    /// `不足时 按排名 expr`
    Ranked(ExprSyntax),
    /// `不足时 停发`
    Stop,
    /// `分配 按权重 expr`
    ByWeight(ExprSyntax),
}

/// `限额 ID = expr 适用 …`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapSyntax {
    /// The cap's id.
    pub id: Name,
    /// Its name.
    pub name: Option<Quoted>,
    /// The limit.
    pub limit: ExprSyntax,
    /// The measures it spans.
    pub over: Vec<Reference>,
    /// Whether it counts one year or all years.
    pub window: CapWindow,
    /// The fact that enterprises share, for a cap over a group.
    pub by: Option<Name>,
    /// How an exceeded cap is shared among the measures; in the order named when absent.
    pub split: Option<CapSplit>,
    /// The whole declaration.
    pub span: Span,
}

/// The time over which a cap counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CapWindow {
    /// `每 年`, and when nothing is said.
    PerYear,
    /// `累计`
    Cumulative,
}

/// How an exceeded cap is shared among its measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CapSplit {
    /// `按比例`
    ProRata,
    /// `按先后`
    FirstCome,
}

/// `就高 ID 适用 …`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HighestOfSyntax {
    /// The group's id.
    pub id: Name,
    /// Its name.
    pub name: Option<Quoted>,
    /// The measures of which only the highest is paid.
    pub over: Vec<Reference>,
    /// The fact that enterprises or projects share.
    pub by: Option<Name>,
    /// The whole declaration.
    pub span: Span,
}

/// `事项 ID "name"` with its statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasureSyntax {
    /// The measure's id.
    pub id: Name,
    /// Its name.
    pub name: Option<Quoted>,
    /// Its statements, in the order written.
    pub statements: Vec<Statement>,
    /// From the keyword to the last statement.
    pub span: Span,
}

/// One statement of a measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What it says.
    pub kind: StatementKind,
    /// The keyword.
    pub keyword_span: Span,
    /// The whole statement.
    pub span: Span,
}

/// What a statement says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatementKind {
    /// `方式`
    Delivery(Delivery),
    /// `周期`
    Cadence(Cadence),
    /// `仅限首次`
    FirstTimeOnly,
    /// `有效 a..b`
    Valid {
        /// The first day.
        from: Option<Date>,
        /// The last day.
        to: Option<Date>,
    },
    /// `依据`
    Basis(Quoted),
    /// `资金`
    Fund(Reference),
    /// `设`
    Let(DefinitionSyntax),
    /// `资格`
    Condition {
        /// The label in quotes.
        label: Option<Quoted>,
        /// What must hold.
        expression: ExprSyntax,
    },
    /// `除外`
    Exception {
        /// The label in quotes.
        label: Option<Quoted>,
        /// What must not hold.
        expression: ExprSyntax,
    },
    /// `金额`
    Award(AwardSyntax),
    /// `上限金额`
    AwardCeiling(AwardSyntax),
    /// `名额`
    Places {
        /// How many.
        count: u64,
        /// What the ranking looks at, the greatest first.
        by: ExprSyntax,
        /// What happens when the last place is shared.
        ties: Option<Ties>,
    },
    /// `起付`
    PayableFrom(ExprSyntax),
    /// `分期`
    Instalments(Vec<InstalmentSyntax>),
    /// `分担`
    Shares(Vec<ShareSyntax>),
    /// `更正`
    Erratum(Quoted),
    /// `收款方`
    Payee(Name),
    /// `举例`
    Example(ExampleSyntax),
}

/// The money of a measure and its rounding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwardSyntax {
    /// The amount.
    pub expression: ExprSyntax,
    /// `取整 unit mode`; its absence is a fault that the checker names.
    pub rounding: Option<(AwardUnit, RoundingWord)>,
}

/// One instalment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstalmentSyntax {
    /// Its part of the award.
    pub share: ExprSyntax,
    /// What must hold when it falls due.
    pub condition: Option<ExprSyntax>,
}

/// The part that one level of government bears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareSyntax {
    /// Who bears it.
    pub bearer: Name,
    /// Its part of the award.
    pub share: ExprSyntax,
}

/// `举例 … => …`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExampleSyntax {
    /// The facts given.
    pub items: Vec<ExampleItem>,
    /// What must come out.
    pub result: ExampleResult,
    /// Where the result stands.
    pub result_span: Span,
    /// What becomes of the award afterwards.
    pub settled: SettledSyntax,
}

/// What an example expects of the steps after the award: `实付`, `分期`, `分担`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettledSyntax {
    /// `实付`: what is payable after all limits.
    pub payable: Option<ExprSyntax>,
    /// `分期`: the amount of each instalment.
    pub instalments: Vec<ExprSyntax>,
    /// `分担`: what each level bears.
    pub shares: Vec<ShareSyntax>,
}

/// `算例 "name" 适用 … { … }`: enterprises with their awards, and what each is paid in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseSyntax {
    /// Its name.
    pub name: Quoted,
    /// The measures, in the order of the amounts.
    pub over: Vec<Reference>,
    /// The enterprises.
    pub rows: Vec<CaseRowSyntax>,
    /// The whole declaration.
    pub span: Span,
}

/// One enterprise of a case, or several that are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseRowSyntax {
    /// What it is called.
    pub name: Name,
    /// How many there are.
    pub count: u64,
    /// What each measure awards.
    pub awards: Vec<ExprSyntax>,
    /// Where the awards stand.
    pub awards_span: Span,
    /// The facts and earlier payments given.
    pub items: Vec<ExampleItem>,
    /// What is paid for each measure.
    pub results: Vec<ExprSyntax>,
    /// Where the results stand.
    pub results_span: Span,
    /// The whole row.
    pub span: Span,
}

/// One fact of an example, or a setting of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExampleItem {
    /// What is given.
    pub target: ExampleTarget,
    /// The value; `None` for `缺失`.
    pub value: Option<ExprSyntax>,
    /// The whole item.
    pub span: Span,
}

/// What an item of an example sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExampleTarget {
    /// A fact, or one of the settings `年度` and `基准日`.
    Fact {
        /// Its name.
        name: Name,
        /// Its period.
        period: Option<PeriodSyntax>,
    },
    /// `已付(REF)`; `None` is `本事项`.
    Paid {
        /// The measure paid.
        measure: Option<Reference>,
        /// When it was paid.
        period: Option<PaidPeriodSyntax>,
    },
}

/// What an example expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExampleResult {
    /// An amount of money.
    Award(ExprSyntax),
    /// `不符合`
    Ineligible,
    /// `不适用`
    NotApplicable,
    /// `待核`, with the facts that must be named.
    Undetermined(Vec<(Name, Option<PeriodSyntax>)>),
    /// `出错`
    Error,
}

/// An expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExprSyntax {
    /// What it is.
    pub kind: ExprSyntaxKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExprSyntaxKind {
    /// A literal.
    Literal(Literal),
    /// A fact, definition, parameter, `设`, field or builtin, with a period where one is written.
    Name {
        /// The name.
        name: Name,
        /// The period after `@`.
        period: Option<PeriodSyntax>,
    },
    /// `-x`
    Negate(Box<ExprSyntax>),
    /// `非 x`
    Not(Box<ExprSyntax>),
    /// Two operands and an operator.
    Binary {
        /// The operator.
        operator: BinaryOperator,
        /// Where the operator stands.
        operator_span: Span,
        /// The left operand.
        left: Box<ExprSyntax>,
        /// The right operand.
        right: Box<ExprSyntax>,
    },
    /// `如果 … 则 … 否则 …`
    If {
        /// The condition.
        condition: Box<ExprSyntax>,
        /// The value when it holds.
        then: Box<ExprSyntax>,
        /// The value when it does not.
        otherwise: Box<ExprSyntax>,
    },
    /// `x 属于 …`
    In {
        /// What is tested.
        subject: Box<ExprSyntax>,
        /// Whether it is `不属于`.
        negated: bool,
        /// The tests; one that holds suffices.
        tests: Vec<TestSyntax>,
    },
    /// `x 介于 a 与 b`
    Between {
        /// What is tested.
        subject: Box<ExprSyntax>,
        /// The least value, included.
        low: Box<ExprSyntax>,
        /// The greatest value, included.
        high: Box<ExprSyntax>,
    },
    /// A function call; for an aggregate over a list fact the first argument names the list.
    Call {
        /// The function.
        function: Function,
        /// Where its name stands.
        function_span: Span,
        /// The arguments.
        arguments: Vec<ExprSyntax>,
        /// The condition after `其中`.
        filter: Option<Box<ExprSyntax>>,
    },
    /// `已付(…)`
    Paid {
        /// The measure; `None` is `本事项`.
        measure: Option<Reference>,
        /// When it was paid; always, when absent.
        period: Option<PaidPeriodSyntax>,
    },
    /// `[a, b, …]`
    Sequence(Vec<ExprSyntax>),
    /// `x[1]`
    Item {
        /// The sequence.
        sequence: Box<ExprSyntax>,
        /// The place, from 1.
        place: Box<ExprSyntax>,
    },
    /// A range or comparison that stands where a value is expected: `[1..10]`, `(< 10)`.
    Test(Box<TestSyntax>),
    /// `{ field = v, … }`, in examples.
    Record(Vec<(Name, ExprSyntax)>),
    /// `分档(x) { … }`
    Step(TierSyntax),
    /// `累进(x) { … }`
    Marginal(TierSyntax),
    /// `按表 … { … }`
    Table(TableSyntax),
    /// Something that could not be read; a fault has been reported.
    Unreadable,
}

/// A literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    /// A plain number or percentage.
    Number(Number),
    /// Money, in fen; it need not be whole.
    Money(Number),
    /// A truth value.
    Boolean(bool),
    /// A date.
    Date(Date),
    /// A length of time.
    Duration(Duration),
    /// A text.
    Text(String),
    /// `null`, a value that is not known.
    Unknown,
}

/// The rows of `分档` or `累进`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TierSyntax {
    /// What the rows look at.
    pub subject: Box<ExprSyntax>,
    /// The rows.
    pub rows: Vec<TierRowSyntax>,
}

/// One row of `分档` or `累进`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TierRowSyntax {
    /// The values that it answers.
    pub test: TestSyntax,
    /// The value, or the rate.
    pub value: ExprSyntax,
    /// The whole row.
    pub span: Span,
}

/// A decision table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSyntax {
    /// The hit policy.
    pub policy: HitPolicy,
    /// Where the hit policy stands.
    pub policy_span: Span,
    /// The order of results, for `优先` and the ordered lists.
    pub order: Vec<ExprSyntax>,
    /// What each column looks at.
    pub columns: Vec<ExprSyntax>,
    /// The rows.
    pub rows: Vec<TableRowSyntax>,
}

/// One row of a decision table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableRowSyntax {
    /// One cell a column.
    pub cells: Vec<CellSyntax>,
    /// The result.
    pub result: ExprSyntax,
    /// The whole row.
    pub span: Span,
}

/// One cell of a decision table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellSyntax {
    /// The tests; one that holds suffices. Empty is `-`, anything.
    pub tests: Vec<TestSyntax>,
    /// Whether the tests are negated: `不属于`, `非(…)`.
    pub negated: bool,
    /// Whether it tests what a set contains: `包含`.
    pub contains: bool,
    /// The whole cell.
    pub span: Span,
}

/// A test of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestSyntax {
    /// What it is.
    pub kind: TestSyntaxKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TestSyntaxKind {
    /// `[a..b)`
    Range(RangeSyntax),
    /// `>= a`
    Compare {
        /// One of the six comparisons.
        operator: BinaryOperator,
        /// The bound.
        bound: ExprSyntax,
    },
    /// A value to equal, or a sequence, code or range that holds it.
    Value(ExprSyntax),
    /// `[t, t]` or `(t, t)`: any of them.
    Any(Vec<TestSyntax>),
}

/// A range with open or closed ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeSyntax {
    /// The lower end; absent when unbounded.
    pub low: Option<Box<ExprSyntax>>,
    /// Whether the lower end belongs to the range.
    pub low_included: bool,
    /// The upper end; absent when unbounded.
    pub high: Option<Box<ExprSyntax>>,
    /// Whether the upper end belongs to the range.
    pub high_included: bool,
}

/// What stands after `@`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeriodSyntax {
    /// Which period.
    pub kind: PeriodSyntaxKind,
    /// Where it stands, without the `@`.
    pub span: Span,
}

/// The kinds of period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeriodSyntaxKind {
    /// A year, or a part of one; the assessment year where no year is written.
    Year(YearSyntax, Option<YearPart>),
    /// A day, for parameters.
    Date(Date),
}

/// A year, relative or fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum YearSyntax {
    /// Years from the assessment year: 0 `本年`, −1 `上年`, +1 `次年`.
    Offset(i32),
    /// A calendar year.
    Fixed(i32),
}

/// A part of a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum YearPart {
    /// A quarter, 1 to 4.
    Quarter(u8),
    /// A half, 1 or 2.
    Half(u8),
    /// Months, first to last, both included, 1 to 12.
    Months(u8, u8),
}

/// When the payments were made that `已付` sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PaidPeriodSyntax {
    /// Payments of one year's award.
    Year(YearSyntax),
    /// Payments between two days, both included.
    Dates(Date, Date),
}
