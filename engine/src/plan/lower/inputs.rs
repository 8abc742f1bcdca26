//! What an expression looks at.

use std::collections::BTreeSet;

use zhida_policies::measure::BindingId;
use zhida_policies::measure::expression::{Expr, ExprKind, FactRead};
use zhida_policies::vocabulary::FactId;

use crate::plan::lower::MeasureLowering;

/// What an expression looks at, through its bindings.
#[derive(Clone, Debug, Default)]
pub(super) struct Inputs {
    /// Facts of the enterprise, list facts included.
    pub(super) facts: BTreeSet<FactRead>,
    /// Fields of records that stand outside the expression.
    pub(super) fields: BTreeSet<(FactId, usize)>,
    /// Whether it reads the ledger.
    pub(super) ledger: bool,
    /// Whether it looks into records.
    pub(super) aggregates: bool,
    /// Whether it names a binding itself.
    pub(super) names_binding: bool,
}

impl Inputs {
    /// Whether it looks at nothing: it is a constant.
    pub(super) fn is_empty(&self) -> bool {
        self.facts.is_empty() && self.fields.is_empty() && !self.ledger
    }

    fn add(&mut self, other: &Self) {
        self.facts.extend(other.facts.iter().copied());
        self.fields.extend(other.fields.iter().copied());
        self.ledger |= other.ledger;
        self.aggregates |= other.aggregates;
    }
}

impl<'a> MeasureLowering<'_, 'a> {
    /// What an expression looks at.
    pub(super) fn inputs(&mut self, expr: &'a Expr) -> Inputs {
        let mut inputs = Inputs::default();
        self.gather(expr, &mut inputs);
        inputs
    }

    fn gather(&mut self, expr: &'a Expr, inputs: &mut Inputs) {
        match &expr.kind {
            ExprKind::Fact(read) => {
                inputs.facts.insert(*read);
            }
            ExprKind::Field(list, field) => {
                inputs.fields.insert((*list, *field));
            }
            ExprKind::Paid(..) => inputs.ledger = true,
            ExprKind::Binding(binding) => {
                inputs.names_binding = true;
                let inside = self.inputs_of_binding(*binding);
                inputs.add(&inside);
            }
            ExprKind::Aggregate(aggregate) => {
                let mut inside = Inputs::default();
                for part in aggregate.value.iter().chain(&aggregate.filter) {
                    self.gather(part, &mut inside);
                }
                inside
                    .fields
                    .retain(|(list, _)| *list != aggregate.list.fact);
                inputs.names_binding |= inside.names_binding;
                inputs.aggregates = true;
                inputs.facts.insert(aggregate.list);
                inputs.add(&inside);
            }
            ExprKind::Literal(_)
            | ExprKind::Unknown
            | ExprKind::Parameter(..)
            | ExprKind::AssessmentYear
            | ExprKind::AsOf
            | ExprKind::Invalid
            | ExprKind::Negate(_)
            | ExprKind::Not(_)
            | ExprKind::And(_)
            | ExprKind::Or(_)
            | ExprKind::Compare(..)
            | ExprKind::Arithmetic(..)
            | ExprKind::If(..)
            | ExprKind::In(..)
            | ExprKind::Contains(..)
            | ExprKind::Call(..)
            | ExprKind::Missing(_)
            | ExprKind::Item(..)
            | ExprKind::Sequence(_)
            | ExprKind::Step(..)
            | ExprKind::Marginal(..)
            | ExprKind::Table(_) => {
                for child in expr.children() {
                    self.gather(child, inputs);
                }
            }
        }
    }

    fn inputs_of_binding(&mut self, BindingId(place): BindingId) -> Inputs {
        if let Some(Some(inputs)) = self.inputs.get(place) {
            return inputs.clone();
        }
        let (Some(memo), Some(binding)) = (self.inputs.get_mut(place), self.bindings.get(place))
        else {
            return Inputs::default();
        };
        *memo = Some(Inputs::default());
        let mut inputs = Inputs::default();
        self.gather(&binding.expression, &mut inputs);
        // A binding never sees the record at hand.
        inputs.fields.clear();
        if let Some(memo) = self.inputs.get_mut(place) {
            *memo = Some(inputs.clone());
        }
        inputs
    }
}
