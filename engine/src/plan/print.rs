//! What a plan looks like to people.

use std::collections::BTreeMap;
use std::fmt;

use crate::plan::op::{NodeId, Op};
use crate::plan::{Kind, Plan};

/// A plan in numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanSummary {
    /// How many measures apply in this run.
    pub measures: usize,
    /// How many nodes the graph has.
    pub nodes: usize,
    /// How many there would be if nothing were shared.
    pub tree_nodes: u64,
    /// Roughly the work for one row that every measure looks at in full, in units of one look
    /// into a column.
    pub cost: u64,
    /// How many nodes there are of each kind of work.
    pub by_work: BTreeMap<&'static str, usize>,
    /// How many nodes are left to the reference interpreter.
    pub reference_nodes: usize,
}

impl PlanSummary {
    /// Nodes without sharing for each 100 nodes of the graph.
    #[must_use]
    pub fn sharing_percent(&self) -> u64 {
        let nodes = u64::try_from(self.nodes).unwrap_or(u64::MAX);
        let hundredfold = self.tree_nodes.saturating_mul(100);
        hundredfold.checked_div(nodes).unwrap_or(100)
    }
}

impl Plan<'_> {
    /// The plan in numbers.
    #[must_use]
    pub fn summary(&self) -> PlanSummary {
        let mut by_work = BTreeMap::new();
        for node in self.graph().nodes() {
            let count: &mut usize = by_work.entry(work(&node.op)).or_default();
            *count = count.saturating_add(1);
        }
        // Shared nodes are worked out once.
        let cost = self.graph().nodes().iter().fold(0u64, |cost, node| {
            let operands = node.op.operands();
            let inside = operands.into_iter().fold(0u32, |inside, operand| {
                inside.saturating_add(self.graph().get(operand).cost)
            });
            cost.saturating_add(u64::from(node.cost.saturating_sub(inside)))
        });
        PlanSummary {
            measures: self
                .measures()
                .iter()
                .filter(|measure| measure.is_valid)
                .count(),
            nodes: self.graph().nodes().len(),
            tree_nodes: self.graph().tree_nodes,
            cost,
            by_work,
            reference_nodes: self.reference_nodes().len(),
        }
    }

    /// The source text of a node that is left to the reference interpreter.
    #[must_use]
    pub fn reference_text(&self, node: NodeId) -> Option<&str> {
        let Op::Reference(written) = &self.graph().get(node).op else {
            return None;
        };
        let span = written.expression.span;
        let file = self
            .library()
            .files
            .iter()
            .find(|file| file.id == span.file)?;
        let (start, end) = (span.start.try_into().ok()?, span.end.try_into().ok()?);
        file.text.get::<std::ops::Range<usize>>(start..end)
    }
}

/// The kind of work that a node is.
fn work(op: &Op) -> &'static str {
    match op {
        Op::Truth(_)
        | Op::Exact(_)
        | Op::Ratio(..)
        | Op::Day(_)
        | Op::Text(_)
        | Op::Unknown
        | Op::Undefined => "常量",
        Op::Column(_) | Op::Field(..) | Op::Lift(..) => "读列",
        Op::Paid(..) => "读账",
        Op::Not(_) | Op::And(_) | Op::Or(_) => "且或非",
        Op::Within(..)
        | Op::Compare(..)
        | Op::Among(..)
        | Op::Holds(..)
        | Op::Dictionary(..)
        | Op::Parity(..)
        | Op::Missing(_) => "判断",
        Op::If(..) | Op::First(_) | Op::Unique(_) | Op::Table(_) | Op::Marginal(..) => "分支与分档",
        Op::Negate(_)
        | Op::Absolute(_)
        | Op::Add(..)
        | Op::Subtract(..)
        | Op::Multiply(..)
        | Op::Divide(..)
        | Op::Modulo(..)
        | Op::Days(..)
        | Op::Shift(..)
        | Op::Part(..)
        | Op::Least(_)
        | Op::Greatest(_)
        | Op::Round(..) => "计算",
        Op::Aggregate { .. } => "汇总明细",
        Op::Reference(_) => "逐户解释",
    }
}

impl fmt::Display for PlanSummary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = self.sharing_percent();
        let (times, hundredths) = (
            percent.checked_div(100).unwrap_or(0),
            percent.checked_rem(100).unwrap_or(0),
        );
        writeln!(
            formatter,
            "事项 {} 个,节点 {} 个(不共享时 {} 个,共享 {times}.{hundredths:02} 倍)",
            self.measures, self.nodes, self.tree_nodes
        )?;
        writeln!(formatter, "每户估计工作量 {}(读一次列为 1)", self.cost)?;
        for (work, count) in &self.by_work {
            writeln!(formatter, "  {work}\t{count}")?;
        }
        write!(formatter, "逐户解释的节点 {} 个", self.reference_nodes)
    }
}

impl fmt::Display for Plan<'_> {
    /// The summary, then every node: its number, kind, cost, uses and what it does.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.summary())?;
        for (place, node) in self.graph().nodes().iter().enumerate() {
            let kind = Named(node.kind);
            write!(
                formatter,
                "#{place}\t{kind}\t成本 {}\t引用 {}\t",
                node.cost, node.uses
            )?;
            self.write_op(&node.op, formatter)?;
        }
        for node in self.reference_nodes() {
            let text = self.reference_text(node).unwrap_or_default();
            writeln!(formatter, "逐户解释 #{}: {text}", node.index())?;
        }
        Ok(())
    }
}

impl Plan<'_> {
    fn write_op(&self, op: &Op, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match op {
            Op::Column(key) => writeln!(formatter, "{}", key.name(&self.library().vocabulary)),
            Op::Field(key, field) => {
                writeln!(
                    formatter,
                    "{} [{field}]",
                    key.name(&self.library().vocabulary)
                )
            }
            Op::Text(id) => {
                let text = usize::try_from(id.0)
                    .ok()
                    .and_then(|id| self.texts().get(id));
                writeln!(formatter, "“{}”", text.map_or("", |text| text))
            }
            Op::Exact(exact) => match exact.to_number() {
                Some(number) => writeln!(formatter, "{number}"),
                None => writeln!(formatter, "{exact:?}"),
            },
            _ => {
                let operands: Vec<String> = op
                    .operands()
                    .iter()
                    .map(|operand| format!("#{}", operand.index()))
                    .collect();
                writeln!(formatter, "{} {}", work(op), operands.join(" "))
            }
        }
    }
}

/// The kind of a node in plain words.
struct Named(Kind);

impl fmt::Display for Named {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::Truth => formatter.write_str("是否"),
            Kind::Decimal(scale) => write!(formatter, "小数{scale}位"),
            Kind::Ratio => formatter.write_str("比"),
            Kind::Date => formatter.write_str("日期"),
            Kind::Text => formatter.write_str("文本"),
            Kind::Set => formatter.write_str("集合"),
            Kind::Records => formatter.write_str("明细"),
            Kind::Nothing => formatter.write_str("未知"),
        }
    }
}
