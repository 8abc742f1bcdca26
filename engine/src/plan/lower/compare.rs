//! Truth nodes: comparisons and junctions.

use zhida_policies::measure::expression::{Comparison, Expr};

use crate::plan::lower::{Beyond, Lowered, MeasureLowering, is_quantity};
use crate::plan::op::{Interval, Kind, NodeId, Op, TextId};
use crate::plan::scale::Exact;

impl<'a> MeasureLowering<'_, 'a> {
    /// The node of an expression whose values are truth values.
    pub(super) fn truth(&mut self, expr: &'a Expr) -> Lowered {
        let node = self.lower(expr)?;
        match self.kind(node) {
            Kind::Truth | Kind::Nothing => Ok(node),
            Kind::Decimal(_)
            | Kind::Ratio
            | Kind::Date
            | Kind::Text
            | Kind::Set
            | Kind::Records => Err(Beyond),
        }
    }

    pub(super) fn truths(&mut self, exprs: &'a [Expr]) -> Result<Vec<NodeId>, Beyond> {
        exprs.iter().map(|expr| self.truth(expr)).collect()
    }

    pub(super) fn not(&mut self, operand: NodeId) -> NodeId {
        match self.op(operand) {
            Op::Not(inner) => *inner,
            Op::Truth(value) => {
                let value = !*value;
                self.node(Op::Truth(value), Kind::Truth)
            }
            Op::Unknown | Op::Undefined => operand,
            _ => self.node(Op::Not(operand), Kind::Truth),
        }
    }

    pub(super) fn all_of(&mut self, mut operands: Vec<NodeId>) -> NodeId {
        operands.retain(|operand| *self.op(*operand) != Op::Truth(true));
        match operands.as_slice() {
            [] => self.node(Op::Truth(true), Kind::Truth),
            [only] => *only,
            _ => self.node(Op::And(operands), Kind::Truth),
        }
    }

    pub(super) fn any_of(&mut self, mut operands: Vec<NodeId>) -> NodeId {
        operands.retain(|operand| *self.op(*operand) != Op::Truth(false));
        if let Some(merged) = self.merged(&operands) {
            return merged;
        }
        match operands.as_slice() {
            [] => self.node(Op::Truth(false), Kind::Truth),
            [only] => *only,
            _ => self.node(Op::Or(operands), Kind::Truth),
        }
    }

    /// One node for several intervals of one value, or for several words of one text.
    fn merged(&mut self, operands: &[NodeId]) -> Option<NodeId> {
        let (first, rest) = operands.split_first()?;
        if rest.is_empty() {
            return None;
        }
        match self.op(*first).clone() {
            Op::Within(subject, mut intervals) => {
                for operand in rest {
                    match self.op(*operand) {
                        Op::Within(other, more) if *other == subject => intervals.extend(more),
                        _ => return None,
                    }
                }
                intervals.sort();
                intervals.dedup();
                Some(self.node(Op::Within(subject, intervals), Kind::Truth))
            }
            Op::Among(subject, mut texts) => {
                for operand in rest {
                    match self.op(*operand) {
                        Op::Among(other, more) if *other == subject => texts.extend(more),
                        _ => return None,
                    }
                }
                Some(self.among(subject, texts))
            }
            _ => None,
        }
    }

    pub(super) fn among(&mut self, subject: NodeId, mut texts: Vec<TextId>) -> NodeId {
        texts.sort();
        texts.dedup();
        self.node(Op::Among(subject, texts), Kind::Truth)
    }

    /// A comparison of two nodes.
    pub(super) fn compare(
        &mut self,
        comparison: Comparison,
        left: NodeId,
        right: NodeId,
    ) -> Lowered {
        let is_order = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        match (self.kind(left), self.kind(right)) {
            (Kind::Set | Kind::Records, _) | (_, Kind::Set | Kind::Records) => return Err(Beyond),
            (Kind::Nothing, _) | (_, Kind::Nothing) => {}
            (Kind::Date, Kind::Date) => {}
            (Kind::Text, Kind::Text) | (Kind::Truth, Kind::Truth) if !is_order => {}
            (left, right) if is_quantity(left) && is_quantity(right) => {}
            _ => return Err(Beyond),
        }
        if self.constant_of(left).is_some() && self.constant_of(right).is_none() {
            return Ok(self.compare_ordered(mirrored(comparison), right, left));
        }
        Ok(self.compare_ordered(comparison, left, right))
    }

    /// A comparison whose constant, if there is one, stands right.
    fn compare_ordered(&mut self, comparison: Comparison, left: NodeId, right: NodeId) -> NodeId {
        let negated = comparison == Comparison::NotEqual;
        match self.constant_of(right) {
            Some(Constant::Exact(exact)) if self.kind(left) != Kind::Nothing => {
                let within = Op::Within(left, vec![interval(comparison, exact)]);
                let node = self.node(within, Kind::Truth);
                if negated { self.not(node) } else { node }
            }
            Some(Constant::Text(text)) if self.kind(left) != Kind::Nothing => {
                let node = self.among(left, vec![text]);
                if negated { self.not(node) } else { node }
            }
            Some(Constant::Truth(value)) if self.kind(left) != Kind::Nothing => {
                if value == negated {
                    self.not(left)
                } else {
                    left
                }
            }
            Some(_) | None => self.node(Op::Compare(comparison, left, right), Kind::Truth),
        }
    }

    fn constant_of(&self, node: NodeId) -> Option<Constant> {
        match self.op(node) {
            Op::Truth(value) => Some(Constant::Truth(*value)),
            Op::Exact(exact) => Some(Constant::Exact(*exact)),
            Op::Day(day) => Some(Constant::Exact(Exact::whole(i128::from(*day)))),
            Op::Text(text) => Some(Constant::Text(*text)),
            _ => None,
        }
    }

    /// The number or day that a constant node is.
    pub(super) fn exact_of(&self, node: NodeId) -> Option<Exact> {
        match self.constant_of(node)? {
            Constant::Exact(exact) => Some(exact),
            Constant::Truth(_) | Constant::Text(_) => None,
        }
    }
}

#[derive(Clone, Copy)]
enum Constant {
    Truth(bool),
    Exact(Exact),
    Text(TextId),
}

fn mirrored(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Equal => Comparison::Equal,
        Comparison::NotEqual => Comparison::NotEqual,
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
    }
}

/// The interval in which a comparison with a constant holds; for `!=` where it does not.
fn interval(comparison: Comparison, bound: Exact) -> Interval {
    let (open, closed) = (Some((bound, false)), Some((bound, true)));
    match comparison {
        Comparison::Equal | Comparison::NotEqual => Interval {
            low: closed,
            high: closed,
        },
        Comparison::Less => Interval {
            low: None,
            high: open,
        },
        Comparison::LessOrEqual => Interval {
            low: None,
            high: closed,
        },
        Comparison::Greater => Interval {
            low: open,
            high: None,
        },
        Comparison::GreaterOrEqual => Interval {
            low: closed,
            high: None,
        },
    }
}
