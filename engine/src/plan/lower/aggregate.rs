//! Aggregates over the records of a list fact.

use zhida_policies::measure::expression::{Aggregate, Expr};
use zhida_policies::syntax::words::Function;

use crate::interpreter::PeriodRange;
use crate::plan::lower::{Beyond, Lowered, MeasureLowering, is_quantity};
use crate::plan::op::{Kind, NodeId, Op};
use crate::snapshot::ColumnKey;

impl<'a> MeasureLowering<'_, 'a> {
    /// An aggregate over the records of one period that names no record outside its own.
    pub(super) fn aggregate(&mut self, aggregate: &'a Aggregate) -> Lowered {
        let range = PeriodRange::of(aggregate.list.period, self.plan.context.year);
        if self.list.is_some() || !range.is_single() {
            return Err(Beyond);
        }
        let list = ColumnKey {
            fact: aggregate.list.fact,
            period: range.first,
        };
        self.list = Some(list);
        let value = self.inside(aggregate.value.as_ref());
        let filter = self.inside(aggregate.filter.as_ref());
        self.list = None;
        let (value, filter) = (value?, filter?);
        let is_truth =
            |kind: Option<Kind>| matches!(kind, None | Some(Kind::Truth | Kind::Nothing));
        if !is_truth(filter.map(|filter| self.kind(filter))) {
            return Err(Beyond);
        }
        let of = value.map(|value| self.kind(value));
        let kind = match aggregate.function {
            Function::Any | Function::All if is_truth(of) => Kind::Truth,
            Function::Count if !matches!(of, Some(Kind::Set | Kind::Records)) => Kind::Decimal(0),
            // Over no records even the sum of what is never known is zero, which no column of
            // that kind can hold.
            Function::Sum => of
                .filter(|kind| is_quantity(*kind) && *kind != Kind::Nothing)
                .ok_or(Beyond)?,
            Function::Mean => {
                of.filter(|kind| is_quantity(*kind)).ok_or(Beyond)?;
                Kind::Ratio
            }
            Function::Min | Function::Max => of
                .filter(|kind| is_quantity(*kind) || *kind == Kind::Date)
                .ok_or(Beyond)?,
            _ => return Err(Beyond),
        };
        let op = Op::Aggregate {
            function: aggregate.function,
            list,
            value,
            filter,
        };
        Ok(self.node(op, kind))
    }

    fn inside(&mut self, part: Option<&'a Expr>) -> Result<Option<NodeId>, Beyond> {
        part.map(|part| self.lower(part)).transpose()
    }
}
