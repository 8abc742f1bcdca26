//! The hash-consed graph: what several measures say alike exists once.

use std::collections::BTreeMap;

use crate::plan::op::{Kind, NodeId, Op};
use crate::snapshot::ColumnKey;

/// One node.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it does.
    pub op: Op,
    /// What its values are.
    pub kind: Kind,
    /// The list whose records it is about; absent for the enterprise itself.
    pub records: Option<ColumnKey>,
    /// Roughly the work for one row, its operands included; a truth read off a column is 1.
    pub cost: u32,
    /// How many nodes name it.
    pub uses: u32,
}

/// All nodes, operands first.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    index: BTreeMap<(Op, Option<ColumnKey>), NodeId>,
    /// How many nodes the measures would have without sharing.
    pub(crate) tree_nodes: u64,
}

impl Graph {
    /// The node that does this, made if there is none yet.
    pub(crate) fn node(&mut self, op: Op, kind: Kind, records: Option<ColumnKey>) -> NodeId {
        let records = if op.is_constant() { None } else { records };
        let key = (op, records);
        if let Some(node) = self.index.get(&key) {
            return *node;
        }
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        let op = key.0.clone();
        let mut cost = own_cost(&op);
        for operand in op.operands() {
            if let Some(node) = self.nodes.get_mut(operand.index()) {
                node.uses = node.uses.saturating_add(1);
                cost = cost.saturating_add(node.cost);
            }
        }
        self.nodes.push(Node {
            op,
            kind,
            records,
            cost,
            uses: 0,
        });
        self.index.insert(key, id);
        id
    }

    /// A node.
    #[must_use]
    #[expect(
        clippy::indexing_slicing,
        reason = "only a graph makes the numbers of its nodes"
    )]
    pub fn get(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    /// All nodes, operands first.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// How many nodes the expression under a node has when nothing is shared.
    pub(crate) fn tree_size(&self, id: NodeId, memo: &mut BTreeMap<NodeId, u64>) -> u64 {
        if let Some(size) = memo.get(&id) {
            return *size;
        }
        let operands = self.get(id).op.operands();
        let size = operands.into_iter().fold(1u64, |size, operand| {
            size.saturating_add(self.tree_size(operand, memo))
        });
        memo.insert(id, size);
        size
    }
}

/// Roughly the work of a node for one row, without its operands.
fn own_cost(op: &Op) -> u32 {
    match op {
        Op::Truth(_)
        | Op::Exact(_)
        | Op::Ratio(..)
        | Op::Day(_)
        | Op::Text(_)
        | Op::Unknown
        | Op::Undefined
        | Op::Not(_)
        | Op::And(_)
        | Op::Or(_) => 0,
        Op::Column(_)
        | Op::Field(..)
        | Op::Within(..)
        | Op::Holds(..)
        | Op::Dictionary(..)
        | Op::Missing(_) => 1,
        Op::Compare(..)
        | Op::Among(..)
        | Op::Lift(..)
        | Op::Negate(_)
        | Op::Absolute(_)
        | Op::Add(..)
        | Op::Parity(..)
        | Op::Subtract(..)
        | Op::Days(..)
        | Op::Least(_)
        | Op::Greatest(_) => 4,
        Op::Multiply(..)
        | Op::Divide(..)
        | Op::Modulo(..)
        | Op::If(..)
        | Op::Paid(..)
        | Op::Round(..) => 8,
        Op::First(_)
        | Op::Unique(_)
        | Op::Table(_)
        | Op::Marginal(..)
        | Op::Part(..)
        | Op::Shift(..) => 12,
        Op::Aggregate { .. } => 40,
        Op::Reference(_) => 2_000,
    }
}
