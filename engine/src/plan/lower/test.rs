//! The tests of 属于, tiers and table cells.

use zhida_policies::measure::expression::{Comparison, Expr, ExprKind, Test, Value};
use zhida_policies::vocabulary::FactType;

use crate::plan::lower::{Beyond, Lowered, MeasureLowering};
use crate::plan::op::{Interval, Kind, NodeId, Op};
use crate::plan::scale::Exact;

impl<'a> MeasureLowering<'_, 'a> {
    pub(super) fn is_in(&mut self, subject: &'a Expr, tests: &'a [Test]) -> Lowered {
        let node = self.lower(subject)?;
        let tests: Result<Vec<NodeId>, Beyond> = tests
            .iter()
            .map(|test| self.test(subject, node, test))
            .collect();
        let tests = tests?;
        Ok(self.any_of(tests))
    }

    /// Whether a test holds of a subject.
    pub(super) fn test(&mut self, subject: &'a Expr, node: NodeId, test: &'a Test) -> Lowered {
        if *test == Test::Anything {
            return Ok(self.node(Op::Truth(true), Kind::Truth));
        }
        if let Some(dictionary) = self.test_of_text(subject, node, test) {
            return Ok(dictionary);
        }
        match test {
            Test::Anything => Ok(self.node(Op::Truth(true), Kind::Truth)),
            Test::Any(tests) => {
                let tests: Result<Vec<NodeId>, Beyond> = tests
                    .iter()
                    .map(|test| self.test(subject, node, test))
                    .collect();
                let tests = tests?;
                Ok(self.any_of(tests))
            }
            Test::Not(test) => {
                let test = self.test(subject, node, test)?;
                Ok(self.not(test))
            }
            Test::Compare(comparison, bound) => {
                let bound = self.lower(bound)?;
                self.compare(*comparison, node, bound)
            }
            Test::Equal(bound) => {
                let bound = self.lower(bound)?;
                self.compare(Comparison::Equal, node, bound)
            }
            Test::Range {
                low,
                low_included,
                high,
                high_included,
            } => self.range(
                node,
                low.as_deref().map(|low| (low, *low_included)),
                high.as_deref().map(|high| (high, *high_included)),
            ),
            Test::Below(..) => Err(Beyond),
            Test::Member(sequence) => {
                let items = self.known(sequence).ok_or(Beyond)?;
                self.member(node, &items)
            }
            Test::Holds(member) => {
                let member = self.known(member).ok_or(Beyond)?;
                self.holds(node, &member)
            }
        }
    }

    /// A test of a text fact or field with constants only: decided once for each word.
    fn test_of_text(&mut self, subject: &'a Expr, node: NodeId, test: &'a Test) -> Option<NodeId> {
        let is_leaf = matches!(subject.kind, ExprKind::Fact(_) | ExprKind::Field(..));
        if !is_leaf || self.kind(node) != Kind::Text {
            return None;
        }
        // A field seen from its own record only; a fact seen from a record is lifted.
        if !matches!(self.op(node), Op::Column(_) | Op::Field(..)) {
            return None;
        }
        let expr = Expr {
            kind: ExprKind::In(Box::new(subject.clone()), vec![test.clone()]),
            span: subject.span,
        };
        let mut names_binding = false;
        let mut is_alone = true;
        expr.visit(&mut |part| match &part.kind {
            ExprKind::Fact(_) | ExprKind::Field(..) => is_alone &= part.kind == subject.kind,
            ExprKind::Binding(_) | ExprKind::Paid(..) | ExprKind::Aggregate(_) => {
                names_binding = true;
            }
            _ => {}
        });
        if names_binding || !is_alone {
            return None;
        }
        let written = self.written(expr, false);
        Some(self.node(Op::Dictionary(node, written), Kind::Truth))
    }

    fn range(
        &mut self,
        subject: NodeId,
        low: Option<(&'a Expr, bool)>,
        high: Option<(&'a Expr, bool)>,
    ) -> Lowered {
        let mut end = |end: Option<(&'a Expr, bool)>| -> Result<Option<End>, Beyond> {
            let Some((expr, included)) = end else {
                return Ok(None);
            };
            let node = self.lower(expr)?;
            Ok(Some(End {
                exact: self.exact_of(node),
                node,
                included,
            }))
        };
        let (low, high) = (end(low)?, end(high)?);
        let is_ordered = matches!(
            self.kind(subject),
            Kind::Decimal(_) | Kind::Ratio | Kind::Date | Kind::Nothing
        );
        if !is_ordered {
            return Err(Beyond);
        }
        if let (Ok(low), Ok(high)) = (constant_end(low), constant_end(high)) {
            return Ok(self.node(
                Op::Within(subject, vec![Interval { low, high }]),
                Kind::Truth,
            ));
        }
        // The subject itself is an operand: it may be unknown where an end is without value.
        let known = self.node(Op::Within(subject, vec![Interval::ALL]), Kind::Truth);
        let mut all = vec![known];
        if let Some(low) = low {
            let comparison = if low.included {
                Comparison::GreaterOrEqual
            } else {
                Comparison::Greater
            };
            all.push(self.compare(comparison, subject, low.node)?);
        }
        if let Some(high) = high {
            let comparison = if high.included {
                Comparison::LessOrEqual
            } else {
                Comparison::Less
            };
            all.push(self.compare(comparison, subject, high.node)?);
        }
        Ok(self.all_of(all))
    }

    /// Whether the subject equals one of several known values.
    fn member(&mut self, subject: NodeId, items: &Value) -> Lowered {
        let items: Vec<Value> = match items {
            Value::Sequence(items) => items.to_vec(),
            Value::Set(members) => members.iter().cloned().map(Value::Text).collect(),
            Value::Money(_)
            | Value::Number(_)
            | Value::Boolean(_)
            | Value::Date(_)
            | Value::Text(_) => vec![items.clone()],
            Value::Duration(_) | Value::Test(_) => return Err(Beyond),
        };
        if items.is_empty() {
            return Err(Beyond);
        }
        let mut any = Vec::with_capacity(items.len());
        for item in &items {
            let item = self.value(item)?;
            any.push(self.compare(Comparison::Equal, subject, item)?);
        }
        Ok(self.any_of(any))
    }

    pub(super) fn contains(&mut self, whole: &'a Expr, part: &'a Expr) -> Lowered {
        let part = self.known(part).ok_or(Beyond)?;
        let whole = self.lower(whole)?;
        self.holds(whole, &part)
    }

    /// Whether a set fact holds a member.
    fn holds(&mut self, set: NodeId, member: &Value) -> Lowered {
        let (Op::Column(key), Value::Text(member)) = (self.op(set), member) else {
            return Err(Beyond);
        };
        let FactType::Set(members) = &self.plan.library.vocabulary.fact(key.fact).fact_type else {
            return Err(Beyond);
        };
        let place = members.iter().position(|other| **other == **member);
        let place = place.ok_or(Beyond)?;
        Ok(self.node(Op::Holds(set, place), Kind::Truth))
    }
}

/// One end of a range.
#[derive(Clone, Copy)]
struct End {
    exact: Option<Exact>,
    node: NodeId,
    included: bool,
}

fn constant_end(end: Option<End>) -> Result<Option<(Exact, bool)>, Beyond> {
    match end {
        None => Ok(None),
        Some(End {
            exact: Some(exact),
            included,
            ..
        }) => Ok(Some((exact, included))),
        Some(End { exact: None, .. }) => Err(Beyond),
    }
}
