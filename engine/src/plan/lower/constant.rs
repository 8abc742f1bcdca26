//! Expressions without any fact are worked out once, by the reference interpreter.

use std::sync::Arc;

use zhida_policies::measure::MeasureRef;
use zhida_policies::measure::expression::{Expr, Value};
use zhida_policies::values::date::days_between;
use zhida_policies::values::{Date, Money, Number, Period};
use zhida_policies::vocabulary::FactId;

use crate::facts::{Facts, PaidWhen, Reading};
use crate::interpreter::Evaluation;
use crate::plan::lower::{Beyond, Lowered, MeasureLowering};
use crate::plan::op::{Kind, NodeId, Op, TextId};
use crate::plan::scale::{Exact, ratio_of};

/// No enterprise at all.
struct Nobody;

impl Facts for Nobody {
    fn enterprise(&self) -> &str {
        ""
    }

    fn read(&self, _: FactId, _: Period) -> Reading {
        Reading::Missing
    }

    fn source(&self, _: FactId, _: Period) -> String {
        String::new()
    }

    fn paid(&self, _: &MeasureRef, _: PaidWhen) -> Money {
        Money::ZERO
    }
}

/// Days since 1970-01-01.
pub(crate) fn day_number(day: Date) -> i32 {
    let days = days_between(Date::constant(1970, 1, 1), day);
    i32::try_from(days).unwrap_or(i32::MAX)
}

impl<'a> MeasureLowering<'_, 'a> {
    /// What an expression without any fact comes to.
    pub(super) fn evaluated(&self, expr: &Expr) -> Evaluation {
        let plan = &self.plan;
        plan.interpreter
            .evaluate_expression(expr, self.bindings, &Nobody, plan.context)
    }

    /// The value of an expression that looks at nothing and is known.
    pub(super) fn known(&mut self, expr: &'a Expr) -> Option<Value> {
        if !self.inputs(expr).is_empty() {
            return None;
        }
        self.evaluated(expr).known().cloned()
    }

    pub(super) fn constant(&mut self, expr: &Expr) -> Lowered {
        match self.evaluated(expr) {
            Evaluation::Known(value) => self.value(&value),
            Evaluation::Unknown(_) => Ok(self.node(Op::Unknown, Kind::Nothing)),
            Evaluation::Undefined(_) => Ok(self.node(Op::Undefined, Kind::Nothing)),
        }
    }

    /// The node of a known value.
    pub(super) fn value(&mut self, value: &Value) -> Lowered {
        match value {
            Value::Boolean(value) => Ok(self.node(Op::Truth(*value), Kind::Truth)),
            Value::Money(number) | Value::Number(number) => self.number(number),
            Value::Date(day) => Ok(self.node(Op::Day(day_number(*day)), Kind::Date)),
            Value::Text(text) => {
                let text = self.text(text);
                Ok(self.node(Op::Text(text), Kind::Text))
            }
            Value::Duration(_) | Value::Set(_) | Value::Sequence(_) | Value::Test(_) => Err(Beyond),
        }
    }

    pub(super) fn number(&mut self, number: &Number) -> Lowered {
        if let Some(exact) = Exact::of(number) {
            return Ok(self.exact(exact));
        }
        let (numerator, denominator) = ratio_of(number).ok_or(Beyond)?;
        Ok(self.node(Op::Ratio(numerator, denominator), Kind::Ratio))
    }

    pub(super) fn exact(&mut self, exact: Exact) -> NodeId {
        self.node(Op::Exact(exact), Kind::Decimal(exact.scale))
    }

    pub(super) fn text(&mut self, text: &Arc<str>) -> TextId {
        let next = TextId(u32::try_from(self.plan.texts.len()).unwrap_or(u32::MAX));
        *self.plan.texts.entry(Arc::clone(text)).or_insert(next)
    }
}
