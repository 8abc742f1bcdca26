//! The checked model: policies, measures, funds, caps and groups with every name resolved.

mod equality;
pub mod example;
pub mod expression;
pub mod library;
mod walk;

use std::fmt;
use std::sync::Arc;

use crate::measure::example::Example;
use crate::measure::expression::{Expr, FactRead, Type, Value};
use crate::span::Span;
use crate::syntax::ast::{CapSplit, CapWindow};
use crate::syntax::words::{AwardUnit, Cadence, Delivery, RoundingWord, Ties};
use crate::values::{Date, Money, Percent, Region};
use crate::vocabulary::FactId;

/// The name of a measure everywhere: `policy-id/measure-id`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MeasureRef(pub Arc<str>);

impl fmt::Display for MeasureRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The place of a binding in its measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BindingId(pub usize);

/// The place of a parameter in the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ParameterId(pub usize);

/// The place of a policy in the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyId(pub usize);

/// One payable item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// `policy-id/measure-id`
    pub id: MeasureRef,
    /// The name people read.
    pub name: String,
    /// The policy it belongs to.
    pub policy: PolicyId,
    /// The clauses it rests on: the article above the block, then what `依据` adds.
    pub basis: Vec<String>,
    /// The index of its article in the policy.
    pub article: Option<usize>,
    /// How it reaches the enterprise.
    pub delivery: Delivery,
    /// Its award period.
    pub cadence: Cadence,
    /// Whether an earlier award excludes another.
    pub first_time_only: bool,
    /// Where the enterprise must be.
    pub region: Region,
    /// When it applies.
    pub validity: Validity,
    /// The fund that pays, as `policy-id/fund-id`.
    pub fund: Option<MeasureRef>,
    /// `设` and the definitions used, each after those it reads.
    pub bindings: Vec<Binding>,
    /// `除外`
    pub exceptions: Vec<Condition>,
    /// `资格`
    pub conditions: Vec<Condition>,
    /// `金额` or `上限金额`
    pub award: Award,
    /// `名额`
    pub places: Option<Places>,
    /// `起付`
    pub payable_from: Option<Money>,
    /// `分期`
    pub instalments: Vec<Instalment>,
    /// `分担`
    pub shares: Vec<Share>,
    /// `收款方`: the text fact that names the payee.
    pub payee: Option<FactRead>,
    /// `更正`
    pub errata: Vec<String>,
    /// `举例`
    pub examples: Vec<Example>,
    /// The whole declaration.
    pub span: Span,
}

/// The days on which a policy or measure applies, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Validity {
    /// The first day.
    pub from: Date,
    /// The last day; absent when it has no end.
    pub to: Option<Date>,
}

/// A named intermediate value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Its name.
    pub name: String,
    /// Whether it is a `定义` of another place in the text, or a `设` of this measure.
    pub kind: BindingKind,
    /// Its type.
    pub value_type: Type,
    /// What it stands for.
    pub expression: Expr,
}

/// Where a binding comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BindingKind {
    /// `设` of the measure.
    Let,
    /// `定义`; the years by which it is read earlier or later (0 for the assessment year).
    Definition {
        /// The policy that declares it.
        policy: PolicyId,
        /// The year in which it is read.
        year: crate::syntax::ast::YearSyntax,
    },
}

/// One `资格` or `除外`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The label in quotes.
    pub label: Option<String>,
    /// What must hold, or must not.
    pub expression: Expr,
    /// The expression as written.
    pub text: String,
    /// The whole statement.
    pub span: Span,
}

/// The money of a measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Award {
    /// The amount; type money.
    pub expression: Expr,
    /// The unit it is rounded to.
    pub unit: AwardUnit,
    /// How it is rounded.
    pub rounding: RoundingWord,
    /// Whether it is an amount, or only the ceiling of one that a person decides.
    pub kind: AwardKind,
    /// The expression as written.
    pub text: String,
    /// The whole statement.
    pub span: Span,
}

/// What the computed money is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AwardKind {
    /// `金额`: the amount.
    Amount,
    /// `上限金额`: the most that a person may grant.
    Ceiling,
}

/// `名额`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// How many.
    pub count: u64,
    /// What ranks the enterprises, the greatest first.
    pub by: Expr,
    /// What happens when the last place is shared.
    pub ties: Ties,
    /// The whole statement.
    pub span: Span,
}

/// One part of an award that falls due on its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instalment {
    /// Its part of the award.
    pub share: Percent,
    /// What must hold when it falls due.
    pub condition: Option<Expr>,
}

/// The part of an award that one level of government bears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Who bears it.
    pub bearer: String,
    /// Its part of the award.
    pub share: Percent,
}

/// A dated figure that is law or official data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// The policy that declares it.
    pub policy: PolicyId,
    /// Its type.
    pub value_type: Type,
    /// The values by first day, ascending.
    pub entries: Vec<(Date, Value)>,
    /// The whole declaration.
    pub span: Span,
}

impl Parameter {
    /// The value on a day; unknown before the first date.
    #[must_use]
    pub fn on(&self, day: Date) -> Option<&Value> {
        let after = self.entries.partition_point(|(from, _)| *from <= day);
        after
            .checked_sub(1)
            .and_then(|index| self.entries.get(index))
            .map(|(_, value)| value)
    }
}

/// A fund with a budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fund {
    /// `policy-id/fund-id`
    pub id: MeasureRef,
    /// The name people read.
    pub name: String,
    /// The policy that declares it.
    pub policy: PolicyId,
    /// The budget.
    pub budget: Money,
    /// How the budget is shared out.
    pub rule: FundRule,
    /// The `定义` that the rule's expression reads.
    pub bindings: Vec<Binding>,
    /// The whole declaration.
    pub span: Span,
}

/// How a fund shares its budget out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FundRule {
    /// When short, everybody gets the same part.
    ProRata,
    /// When short, the earliest key first; without a key, in the order of the run.
    FirstCome(Option<Expr>),
    /// When short, the greatest key first.
    Ranked(Expr),
    /// When short, nobody is paid.
    Stop,
    /// The whole pot is shared by weight.
    ByWeight(Expr),
}

/// A limit over several measures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cap {
    /// `policy-id/cap-id`
    pub id: MeasureRef,
    /// The name people read.
    pub name: String,
    /// The policy that declares it.
    pub policy: PolicyId,
    /// The limit; type money.
    pub limit: Expr,
    /// The `定义` that the limit reads.
    pub bindings: Vec<Binding>,
    /// The measures, in the order named.
    pub over: Vec<MeasureRef>,
    /// One year or all years.
    pub window: CapWindow,
    /// The fact that the enterprises of a group share.
    pub by: Option<FactId>,
    /// How an exceeded cap is shared; first come in the order named when absent.
    pub split: Option<CapSplit>,
    /// The whole declaration.
    pub span: Span,
}

/// Measures of which only the highest is paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HighestOf {
    /// `policy-id/group-id`
    pub id: MeasureRef,
    /// The name people read.
    pub name: String,
    /// The policy that declares it.
    pub policy: PolicyId,
    /// The measures, in the order named; ties go to the first.
    pub over: Vec<MeasureRef>,
    /// The fact that enterprises or projects share.
    pub by: Option<FactId>,
    /// The whole declaration.
    pub span: Span,
}
