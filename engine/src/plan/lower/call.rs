//! Function calls.

use zhida_policies::measure::expression::{Comparison, Expr, ExprKind, Value};
use zhida_policies::syntax::words::Function;
use zhida_policies::values::{Number, RoundingMode};

use crate::plan::lower::choice::join;
use crate::plan::lower::{Beyond, Lowered, MeasureLowering, is_quantity};
use crate::plan::op::{DayPart, Kind, NodeId, Op, Parity};
use crate::plan::scale::{Exact, SCALE_MAX};

/// Yuan have two more decimal places than fen.
const FEN_PLACES: i32 = 2;

impl<'a> MeasureLowering<'_, 'a> {
    pub(super) fn call(&mut self, function: Function, arguments: &'a [Expr]) -> Lowered {
        match (function, arguments) {
            (Function::Min | Function::Max, _) => self.extreme(function, arguments),
            (Function::Sum, _) => self.sum(arguments),
            (Function::Mean, _) => {
                let count = i128::try_from(items(arguments).len()).map_err(|_| Beyond)?;
                let sum = self.sum(arguments)?;
                let count = self.exact(Exact::whole(count));
                self.divide(sum, count)
            }
            (Function::Product, _) => {
                let nodes = self.nodes(arguments)?;
                if !nodes.iter().all(|node| is_quantity(self.kind(*node))) {
                    return Err(Beyond);
                }
                let mut nodes = nodes.into_iter();
                let first = nodes.next().ok_or(Beyond)?;
                nodes.try_fold(first, |product, node| self.multiply(product, node))
            }
            (Function::Modulo, [dividend, divisor]) => self.modulo(dividend, divisor),
            (Function::Even, [operand]) => self.parity(operand, Parity::Even),
            (Function::Odd, [operand]) => self.parity(operand, Parity::Odd),
            (Function::Any, _) => {
                let operands = self.truth_items(arguments)?;
                Ok(self.any_of(operands))
            }
            (Function::All, _) => {
                let operands = self.truth_items(arguments)?;
                Ok(self.all_of(operands))
            }
            (Function::Missing, [operand]) => self.missing(operand),
            (Function::Is, [left, right]) => {
                let (left, right) = (self.lower(left)?, self.lower(right)?);
                self.compare(Comparison::Equal, left, right)
            }
            (Function::Contains, [whole, part]) => self.contains(whole, part),
            (Function::Absolute, [operand]) => {
                let operand = self.lower(operand)?;
                match self.kind(operand) {
                    Kind::Nothing => Ok(operand),
                    kind if is_quantity(kind) => Ok(self.node(Op::Absolute(operand), kind)),
                    _ => Err(Beyond),
                }
            }
            (Function::CompoundGrowthAtLeast, [now, base, years, rate]) => {
                self.compound_growth(now, base, years, rate)
            }
            _ => match (rounding(function), day_part(function)) {
                (Some(mode), _) => self.rounded(mode, arguments),
                (None, Some(part)) => self.part(part, arguments),
                (None, None) => Err(Beyond),
            },
        }
    }

    fn nodes(&mut self, arguments: &'a [Expr]) -> Result<Vec<NodeId>, Beyond> {
        let nodes: Result<Vec<NodeId>, Beyond> = items(arguments)
            .iter()
            .map(|item| self.lower(item))
            .collect();
        nodes.and_then(|nodes| {
            if nodes.is_empty() {
                Err(Beyond)
            } else {
                Ok(nodes)
            }
        })
    }

    fn extreme(&mut self, function: Function, arguments: &'a [Expr]) -> Lowered {
        let nodes = self.nodes(arguments)?;
        let kind = nodes
            .iter()
            .map(|node| self.kind(*node))
            .try_fold(Kind::Nothing, join)
            .filter(|kind| is_quantity(*kind) || *kind == Kind::Date)
            .ok_or(Beyond)?;
        if let [only] = nodes.as_slice() {
            return Ok(*only);
        }
        let op = if function == Function::Min {
            Op::Least(nodes)
        } else {
            Op::Greatest(nodes)
        };
        Ok(self.node(op, kind))
    }

    fn sum(&mut self, arguments: &'a [Expr]) -> Lowered {
        let nodes = self.nodes(arguments)?;
        if !nodes.iter().all(|node| is_quantity(self.kind(*node))) {
            return Err(Beyond);
        }
        let mut nodes = nodes.into_iter();
        let first = nodes.next().ok_or(Beyond)?;
        nodes.try_fold(first, |sum, node| self.add(sum, node))
    }

    fn modulo(&mut self, dividend: &'a Expr, divisor: &'a Expr) -> Lowered {
        let (dividend, divisor) = (self.lower(dividend)?, self.lower(divisor)?);
        let kind = match (self.kind(dividend), self.kind(divisor)) {
            (Kind::Nothing, _) | (_, Kind::Nothing) => Kind::Nothing,
            (left, right) => join(left, right)
                .filter(|kind| is_quantity(*kind))
                .ok_or(Beyond)?,
        };
        Ok(self.node(Op::Modulo(dividend, divisor), kind))
    }

    fn parity(&mut self, operand: &'a Expr, parity: Parity) -> Lowered {
        let operand = self.lower(operand)?;
        if !is_quantity(self.kind(operand)) {
            return Err(Beyond);
        }
        Ok(self.node(Op::Parity(operand, parity), Kind::Truth))
    }

    fn truth_items(&mut self, arguments: &'a [Expr]) -> Result<Vec<NodeId>, Beyond> {
        let nodes = self.nodes(arguments)?;
        let is_truth = |node: &NodeId| matches!(self.kind(*node), Kind::Truth | Kind::Nothing);
        if nodes.iter().all(is_truth) {
            Ok(nodes)
        } else {
            Err(Beyond)
        }
    }

    fn rounded(&mut self, mode: RoundingMode, arguments: &'a [Expr]) -> Lowered {
        let (subject, scale) = match arguments {
            [subject] => (subject, 0),
            [subject, scale] => {
                let Some(Value::Number(scale)) = self.known(scale) else {
                    return Err(Beyond);
                };
                let whole = scale.round_to(0, RoundingMode::Down).map_err(|_| Beyond)?;
                let whole = whole.to_i64().and_then(|scale| i32::try_from(scale).ok());
                (subject, whole.ok_or(Beyond)?)
            }
            _ => return Err(Beyond),
        };
        let is_money = self.plan.interpreter.is_money(subject, self.bindings);
        let places = if is_money {
            scale.saturating_sub(FEN_PLACES)
        } else {
            scale
        };
        if places.unsigned_abs() > u32::from(SCALE_MAX) {
            return Err(Beyond);
        }
        let subject = self.lower(subject)?;
        let finer = |scale: u8| places >= i32::from(scale);
        match self.kind(subject) {
            Kind::Nothing => Ok(subject),
            Kind::Decimal(scale) if finer(scale) => Ok(subject),
            Kind::Decimal(_) | Kind::Ratio => {
                let scale = u8::try_from(places.max(0)).map_err(|_| Beyond)?;
                Ok(self.node(Op::Round(subject, places, mode), Kind::Decimal(scale)))
            }
            Kind::Truth | Kind::Date | Kind::Text | Kind::Set | Kind::Records => Err(Beyond),
        }
    }

    fn part(&mut self, part: DayPart, arguments: &'a [Expr]) -> Lowered {
        let [day] = arguments else {
            return Err(Beyond);
        };
        let day = self.lower(day)?;
        match self.kind(day) {
            Kind::Date => Ok(self.node(Op::Part(day, part), Kind::Decimal(0))),
            _ => Err(Beyond),
        }
    }

    /// `now ≥ base × (1 + rate)^years` with constant years and rate.
    fn compound_growth(
        &mut self,
        now: &'a Expr,
        base: &'a Expr,
        years: &'a Expr,
        rate: &'a Expr,
    ) -> Lowered {
        let (Some(Value::Number(years)), Some(Value::Number(rate))) =
            (self.known(years), self.known(rate))
        else {
            return Err(Beyond);
        };
        let years = years.to_i64().and_then(|years| u32::try_from(years).ok());
        let growth = Number::one().checked_add(&rate).map_err(|_| Beyond)?;
        let factor = growth.pow_u32(years.ok_or(Beyond)?).map_err(|_| Beyond)?;
        let (now, base) = (self.lower(now)?, self.lower(base)?);
        if !is_quantity(self.kind(now)) || !is_quantity(self.kind(base)) {
            return Err(Beyond);
        }
        let factor = self.number(&factor)?;
        let grown = self.multiply(base, factor)?;
        self.compare(Comparison::GreaterOrEqual, now, grown)
    }
}

/// The items that a function over a list looks at.
fn items(arguments: &[Expr]) -> &[Expr] {
    match arguments {
        [
            Expr {
                kind: ExprKind::Sequence(items),
                ..
            },
        ] => items,
        _ => arguments,
    }
}

fn rounding(function: Function) -> Option<RoundingMode> {
    match function {
        Function::Floor => Some(RoundingMode::Floor),
        Function::Ceiling => Some(RoundingMode::Ceiling),
        Function::Decimal => Some(RoundingMode::HalfEven),
        Function::RoundHalfUp => Some(RoundingMode::HalfUp),
        Function::RoundHalfDown => Some(RoundingMode::HalfDown),
        Function::RoundUp => Some(RoundingMode::Up),
        Function::RoundDown => Some(RoundingMode::Down),
        _ => None,
    }
}

fn day_part(function: Function) -> Option<DayPart> {
    match function {
        Function::Year => Some(DayPart::Year),
        Function::Month => Some(DayPart::Month),
        Function::Day => Some(DayPart::Day),
        Function::DayOfYear => Some(DayPart::DayOfYear),
        Function::WeekOfYear => Some(DayPart::WeekOfYear),
        _ => None,
    }
}
