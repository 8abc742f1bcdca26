//! Arithmetic at statically known scales.

use zhida_policies::measure::expression::{Arithmetic, Expr, Value};
use zhida_policies::values::{Duration, Number};

use crate::plan::lower::choice::join;
use crate::plan::lower::{Beyond, Lowered, MeasureLowering, is_quantity};
use crate::plan::op::{Kind, NodeId, Op};
use crate::plan::scale::{Exact, SCALE_MAX};

impl<'a> MeasureLowering<'_, 'a> {
    pub(super) fn arithmetic(
        &mut self,
        operation: Arithmetic,
        left: &'a Expr,
        right: &'a Expr,
    ) -> Lowered {
        if let Some(shifted) = self.shifted(operation, left, right) {
            return shifted;
        }
        let (left, right) = (self.lower(left)?, self.lower(right)?);
        match (self.kind(left), self.kind(right)) {
            (Kind::Date, Kind::Date) if operation == Arithmetic::Subtract => {
                return Ok(self.node(Op::Days(left, right), Kind::Decimal(0)));
            }
            (left, right) if is_quantity(left) && is_quantity(right) => {}
            _ => return Err(Beyond),
        }
        match operation {
            Arithmetic::Add => self.add(left, right),
            Arithmetic::Subtract => {
                let kind = self.sum_kind(left, right)?;
                Ok(self.node(Op::Subtract(left, right), kind))
            }
            Arithmetic::Multiply => self.multiply(left, right),
            Arithmetic::Divide => self.divide(left, right),
        }
    }

    /// A day moved by a constant span.
    fn shifted(
        &mut self,
        operation: Arithmetic,
        left: &'a Expr,
        right: &'a Expr,
    ) -> Option<Lowered> {
        let mut span = |expr| match self.known(expr) {
            Some(Value::Duration(span)) => Some(span),
            Some(_) | None => None,
        };
        let (day, span): (&Expr, Duration) = match operation {
            Arithmetic::Add => match (span(left), span(right)) {
                (Some(_), Some(_)) | (None, None) => return None,
                (Some(span), None) => (right, span),
                (None, Some(span)) => (left, span),
            },
            Arithmetic::Subtract => (left, span(right)?.checked_neg().ok()?),
            Arithmetic::Multiply | Arithmetic::Divide => return None,
        };
        Some(self.lower(day).and_then(|day| match self.kind(day) {
            Kind::Date => Ok(self.node(Op::Shift(day, span), Kind::Date)),
            _ => Err(Beyond),
        }))
    }

    fn sum_kind(&self, left: NodeId, right: NodeId) -> Result<Kind, Beyond> {
        match (self.kind(left), self.kind(right)) {
            (Kind::Nothing, _) | (_, Kind::Nothing) => Ok(Kind::Nothing),
            (left, right) => join(left, right).ok_or(Beyond),
        }
    }

    pub(super) fn add(&mut self, left: NodeId, right: NodeId) -> Lowered {
        let kind = self.sum_kind(left, right)?;
        Ok(self.node(Op::Add(left, right), kind))
    }

    pub(super) fn multiply(&mut self, left: NodeId, right: NodeId) -> Lowered {
        let kind = match (self.kind(left), self.kind(right)) {
            (Kind::Nothing, _) | (_, Kind::Nothing) => Kind::Nothing,
            (Kind::Decimal(left), Kind::Decimal(right)) => {
                let scale = left.saturating_add(right);
                if scale > SCALE_MAX {
                    return Err(Beyond);
                }
                Kind::Decimal(scale)
            }
            _ => Kind::Ratio,
        };
        Ok(self.node(Op::Multiply(left, right), kind))
    }

    pub(super) fn divide(&mut self, left: NodeId, right: NodeId) -> Lowered {
        if let Some(inverse) = self.exact_of(right).and_then(inverse) {
            let inverse = self.exact(inverse);
            return self.multiply(left, inverse);
        }
        let kind = match (self.kind(left), self.kind(right)) {
            (Kind::Nothing, _) | (_, Kind::Nothing) => Kind::Nothing,
            _ => Kind::Ratio,
        };
        Ok(self.node(Op::Divide(left, right), kind))
    }

    pub(super) fn negate(&mut self, operand: &'a Expr) -> Lowered {
        let operand = self.lower(operand)?;
        match self.kind(operand) {
            Kind::Nothing => Ok(operand),
            kind @ (Kind::Decimal(_) | Kind::Ratio) => Ok(self.node(Op::Negate(operand), kind)),
            Kind::Truth | Kind::Date | Kind::Text | Kind::Set | Kind::Records => Err(Beyond),
        }
    }
}

/// The finite decimal that a division by a constant multiplies with.
fn inverse(divisor: Exact) -> Option<Exact> {
    let inverse = Number::one().checked_div(&divisor.to_number()?).ok()?;
    Exact::of(&inverse)
}
