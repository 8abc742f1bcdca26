//! 如果, 分档, 累进 and decision tables.

use zhida_policies::measure::expression::{Band, Expr, Table, TierRow};
use zhida_policies::syntax::words::HitPolicy;

use crate::plan::lower::{Beyond, Lowered, MeasureLowering, is_quantity};
use crate::plan::op::{BandStep, Kind, NodeId, Op, TableStep};
use crate::plan::scale::{Exact, SCALE_MAX};

/// The rows of a table whose hits are kept for each enterprise at hand; a longer one is left to
/// the reference interpreter.
const TABLE_ROWS_MAX: usize = 64;

impl<'a> MeasureLowering<'_, 'a> {
    pub(super) fn choose(
        &mut self,
        condition: &'a Expr,
        then: &'a Expr,
        otherwise: &'a Expr,
    ) -> Lowered {
        let condition = self.truth(condition)?;
        let (then, otherwise) = (self.lower(then)?, self.lower(otherwise)?);
        let kind = join(self.kind(then), self.kind(otherwise)).ok_or(Beyond)?;
        Ok(self.node(Op::If(condition, then, otherwise), kind))
    }

    pub(super) fn step(&mut self, subject: &'a Expr, rows: &'a [TierRow]) -> Lowered {
        let node = self.lower(subject)?;
        let mut lowered = Vec::with_capacity(rows.len());
        for row in rows {
            lowered.push((
                self.test(subject, node, &row.test)?,
                self.lower(&row.value)?,
            ));
        }
        let kind = self.kind_of_rows(&lowered)?;
        Ok(self.node(Op::First(lowered), kind))
    }

    pub(super) fn table(&mut self, table: &'a Table) -> Lowered {
        let columns: Result<Vec<NodeId>, Beyond> = table
            .columns
            .iter()
            .map(|column| self.lower(column))
            .collect();
        let columns = columns?;
        let mut lowered = Vec::with_capacity(table.rows.len());
        for row in &table.rows {
            let mut all = Vec::with_capacity(row.cells.len());
            for ((subject, node), cell) in table.columns.iter().zip(&columns).zip(&row.cells) {
                all.push(self.test(subject, *node, cell)?);
            }
            lowered.push((self.all_of(all), self.lower(&row.result)?));
        }
        let kind = self.kind_of_rows(&lowered)?;
        match table.policy {
            HitPolicy::First => Ok(self.node(Op::First(lowered), kind)),
            HitPolicy::Unique => Ok(self.node(Op::Unique(lowered), kind)),
            HitPolicy::Any
            | HitPolicy::Priority
            | HitPolicy::Sum
            | HitPolicy::Max
            | HitPolicy::Min
            | HitPolicy::Count => self.table_of_hits(table, lowered, kind),
            HitPolicy::Collect | HitPolicy::OutputOrder => Err(Beyond),
        }
    }

    /// A table whose result rests on all rows that match.
    fn table_of_hits(
        &mut self,
        table: &'a Table,
        rows: Vec<(NodeId, NodeId)>,
        kind: Kind,
    ) -> Lowered {
        if rows.len() > TABLE_ROWS_MAX {
            return Err(Beyond);
        }
        let order = table.order.iter().map(|value| self.value(value));
        let order = order.collect::<Result<Vec<NodeId>, Beyond>>()?;
        let kind = order
            .iter()
            .map(|value| self.kind(*value))
            .try_fold(kind, join)
            .ok_or(Beyond)?;
        let kind = match (table.policy, kind) {
            (HitPolicy::Count, _) => Kind::Decimal(0),
            // Over no row a sum is zero, which a kind without values cannot hold.
            (_, Kind::Nothing) => return Err(Beyond),
            (HitPolicy::Sum, kind) if !is_quantity(kind) => return Err(Beyond),
            (HitPolicy::Max | HitPolicy::Min, kind) if !is_quantity(kind) && kind != Kind::Date => {
                return Err(Beyond);
            }
            (_, kind) => kind,
        };
        let policy = table.policy;
        let step = TableStep {
            policy,
            rows,
            order,
        };
        Ok(self.node(Op::Table(step), kind))
    }

    fn kind_of_rows(&self, rows: &[(NodeId, NodeId)]) -> Result<Kind, Beyond> {
        rows.iter()
            .map(|(_, value)| self.kind(*value))
            .try_fold(Kind::Nothing, join)
            .ok_or(Beyond)
    }

    /// 累进 over a decimal with constant bands.
    pub(super) fn marginal(&mut self, subject: &'a Expr, bands: &'a [Band]) -> Lowered {
        let subject = self.lower(subject)?;
        let Kind::Decimal(mut ends) = self.kind(subject) else {
            return Err(Beyond);
        };
        let mut rates = 0u8;
        let mut steps = Vec::with_capacity(bands.len());
        for band in bands {
            let rate = self.lower(&band.rate)?;
            let rate = self.exact_of(rate).ok_or(Beyond)?;
            let low = Exact::of(&band.low).ok_or(Beyond)?;
            let high = match &band.high {
                None => None,
                Some(high) => Some(Exact::of(high).ok_or(Beyond)?),
            };
            ends = ends.max(low.scale).max(high.map_or(0, |high| high.scale));
            rates = rates.max(rate.scale);
            steps.push(BandStep { low, high, rate });
        }
        let scale = ends.saturating_add(rates);
        if steps.is_empty() || scale > SCALE_MAX {
            return Err(Beyond);
        }
        Ok(self.node(Op::Marginal(subject, steps), Kind::Decimal(scale)))
    }
}

/// The kind that holds the values of both.
pub(super) fn join(left: Kind, right: Kind) -> Option<Kind> {
    match (left, right) {
        (Kind::Set | Kind::Records, _) | (_, Kind::Set | Kind::Records) => None,
        (Kind::Nothing, other) | (other, Kind::Nothing) => Some(other),
        (Kind::Decimal(left), Kind::Decimal(right)) => Some(Kind::Decimal(left.max(right))),
        (Kind::Decimal(_) | Kind::Ratio, Kind::Decimal(_) | Kind::Ratio) => Some(Kind::Ratio),
        (left, right) => (left == right).then_some(left),
    }
}
