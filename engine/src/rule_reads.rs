//! What checked rules read, bindings followed.

use std::collections::BTreeSet;

use zhida_policies::measure::expression::{Expr, ExprKind, FactRead};
use zhida_policies::measure::{Binding, BindingId, Measure, MeasureRef, ParameterId};
use zhida_policies::syntax::ast::PaidPeriodSyntax;

/// What some rules read, each thing once.
#[derive(Clone, Debug, Default)]
pub(crate) struct RuleReads<'a> {
    /// The facts with their periods.
    pub(crate) facts: BTreeSet<FactRead>,
    /// The money of the ledger, in the order of the text.
    pub(crate) paid: Vec<(&'a MeasureRef, Option<PaidPeriodSyntax>)>,
    /// The parameters.
    pub(crate) parameters: BTreeSet<ParameterId>,
    /// The bindings.
    pub(crate) bindings: BTreeSet<BindingId>,
}

impl<'a> RuleReads<'a> {
    /// What some expressions and the bindings that they name read.
    pub(crate) fn of(
        roots: impl IntoIterator<Item = &'a Expr>,
        bindings: &'a [Binding],
    ) -> RuleReads<'a> {
        let mut reads = RuleReads::default();
        for root in roots {
            root.visit_through(bindings, &mut |node| reads.node(node));
        }
        reads
    }

    /// What decides a measure: exceptions, conditions and award.
    pub(crate) fn of_measure(measure: &'a Measure) -> RuleReads<'a> {
        let conditions = measure.exceptions.iter().chain(&measure.conditions);
        let conditions = conditions.map(|condition| &condition.expression);
        let roots = conditions.chain([&measure.award.expression]);
        RuleReads::of(roots, &measure.bindings)
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "few of many kinds of node read something"
    )]
    fn node(&mut self, node: &'a Expr) {
        match &node.kind {
            ExprKind::Fact(read) => {
                self.facts.insert(*read);
            }
            ExprKind::Aggregate(aggregate) => {
                self.facts.insert(aggregate.list);
            }
            ExprKind::Parameter(parameter, _) => {
                self.parameters.insert(*parameter);
            }
            ExprKind::Paid(measure, period) if !self.paid.contains(&(measure, *period)) => {
                self.paid.push((measure, *period));
            }
            ExprKind::Binding(binding) => {
                self.bindings.insert(*binding);
            }
            _ => {}
        }
    }
}
