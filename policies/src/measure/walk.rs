//! Walking checked expressions.

use std::collections::VecDeque;

use crate::measure::expression::{Expr, ExprKind, Test};
use crate::measure::{Binding, BindingId};

impl Expr {
    /// The expressions directly inside this one, in the order written. Bindings are not followed.
    #[must_use]
    pub fn children(&self) -> Vec<&Expr> {
        let mut inside: Vec<&Expr> = Vec::new();
        match &self.kind {
            ExprKind::Literal(_)
            | ExprKind::Unknown
            | ExprKind::Fact(_)
            | ExprKind::Field(_, _)
            | ExprKind::Binding(_)
            | ExprKind::Parameter(_, _)
            | ExprKind::AssessmentYear
            | ExprKind::AsOf
            | ExprKind::Paid(_, _)
            | ExprKind::Invalid => {}
            ExprKind::Negate(operand) | ExprKind::Not(operand) | ExprKind::Missing(operand) => {
                inside.push(operand);
            }
            ExprKind::And(operands)
            | ExprKind::Or(operands)
            | ExprKind::Call(_, operands)
            | ExprKind::Sequence(operands) => inside.extend(operands),
            ExprKind::Compare(_, left, right)
            | ExprKind::Arithmetic(_, left, right)
            | ExprKind::Contains(left, right)
            | ExprKind::Item(left, right) => inside.extend([&**left, &**right]),
            ExprKind::If(condition, then, otherwise) => {
                inside.extend([&**condition, &**then, &**otherwise]);
            }
            ExprKind::In(subject, tests) => {
                inside.push(subject);
                tests.iter().for_each(|test| test.bounds(&mut inside));
            }
            ExprKind::Step(subject, rows) => {
                inside.push(subject);
                for row in rows {
                    row.test.bounds(&mut inside);
                    inside.push(&row.value);
                }
            }
            ExprKind::Marginal(subject, bands) => {
                inside.push(subject);
                inside.extend(bands.iter().map(|band| &band.rate));
            }
            ExprKind::Table(table) => {
                inside.extend(&table.columns);
                for row in &table.rows {
                    row.cells.iter().for_each(|cell| cell.bounds(&mut inside));
                    inside.push(&row.result);
                }
            }
            ExprKind::Aggregate(aggregate) => {
                inside.extend(&aggregate.value);
                inside.extend(&aggregate.filter);
            }
        }
        inside
    }

    /// Calls a visitor with this expression and all inside it, outermost first.
    pub fn visit<'e>(&'e self, visitor: &mut impl FnMut(&'e Expr)) {
        visitor(self);
        for child in self.children() {
            child.visit(visitor);
        }
    }

    /// Calls a visitor with this expression and all inside it, and then with the bindings that
    /// it names, itself or through others, each of them once.
    pub fn visit_through<'e>(
        &'e self,
        bindings: &'e [Binding],
        visitor: &mut impl FnMut(&'e Expr),
    ) {
        let mut seen = vec![false; bindings.len()];
        let mut open = VecDeque::from([self]);
        while let Some(expression) = open.pop_front() {
            expression.visit(&mut |node| {
                visitor(node);
                if let ExprKind::Binding(BindingId(place)) = &node.kind
                    && let (Some(binding), Some(seen)) =
                        (bindings.get(*place), seen.get_mut(*place))
                    && !std::mem::replace(seen, true)
                {
                    open.push_back(&binding.expression);
                }
            });
        }
    }
}

impl Test {
    /// Whether a part of it has been reported as a fault.
    #[must_use]
    pub fn has_fault(&self) -> bool {
        let mut bounds = Vec::new();
        self.bounds(&mut bounds);
        let mut invalid = false;
        for bound in bounds {
            bound.visit(&mut |node| invalid |= node.kind == ExprKind::Invalid);
        }
        invalid
    }

    /// Adds the expressions that the test compares with.
    fn bounds<'e>(&'e self, into: &mut Vec<&'e Expr>) {
        match self {
            Self::Range { low, high, .. } => {
                into.extend(low.as_deref());
                into.extend(high.as_deref());
            }
            Self::Compare(_, bound)
            | Self::Equal(bound)
            | Self::Member(bound)
            | Self::Holds(bound) => into.push(bound),
            Self::Any(tests) => tests.iter().for_each(|test| test.bounds(into)),
            Self::Not(inner) => inner.bounds(into),
            Self::Below(_, _) | Self::Anything => {}
        }
    }
}
