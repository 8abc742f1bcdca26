//! What of a plan is left to the reference interpreter, and where it stands.

use std::collections::BTreeSet;

use zhida_policies::measure::Measure;
use zhida_policies::span::Span;

use crate::plan::op::{NodeId, Op};
use crate::plan::{MeasurePlan, Plan};

/// A part of a measure, by its place in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MeasurePart {
    /// An exception.
    Exception(usize),
    /// A condition.
    Condition(usize),
    /// The award.
    Award,
}

impl MeasurePart {
    /// The part as people name it.
    #[must_use]
    pub fn name(self, measure: &Measure) -> String {
        let labelled = |word: &str, label: Option<&str>| match label {
            Some(label) => format!("{word}“{label}”"),
            None => word.to_owned(),
        };
        let label = |conditions: &'_ [zhida_policies::measure::Condition], place: usize| {
            let condition = conditions.get(place);
            condition.and_then(|condition| condition.label.clone())
        };
        match self {
            Self::Exception(place) => {
                labelled("除外", label(&measure.exceptions, place).as_deref())
            }
            Self::Condition(place) => {
                labelled("资格", label(&measure.conditions, place).as_deref())
            }
            Self::Award => "金额".to_owned(),
        }
    }
}

/// A node that is left to the reference interpreter, in one measure that needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReferenceUse {
    /// The node.
    pub node: NodeId,
    /// The measure, by its place in the library.
    pub measure: usize,
    /// The first part of the measure that needs it.
    pub part: MeasurePart,
    /// Where the expression is written.
    pub span: Span,
}

impl Plan<'_> {
    /// Every node that is left to the reference interpreter, with every measure that needs it, in
    /// the order of the library.
    #[must_use]
    pub fn reference_uses(&self) -> Vec<ReferenceUse> {
        let reference = self.reference_nodes();
        let mut uses = Vec::new();
        if reference.is_empty() {
            return uses;
        }
        for (measure, plan) in self.measures().iter().enumerate() {
            let mut seen = BTreeSet::new();
            for (part, root) in parts(plan) {
                let reached = self.reach(root, &mut seen);
                for node in reference.iter().filter(|node| reached.contains(node)) {
                    if let Op::Reference(written) = &self.graph().get(*node).op {
                        uses.push(ReferenceUse {
                            node: *node,
                            measure,
                            part,
                            span: written.expression.span,
                        });
                    }
                }
            }
        }
        uses
    }

    /// The nodes below a root that have not been seen.
    fn reach(&self, root: NodeId, seen: &mut BTreeSet<NodeId>) -> BTreeSet<NodeId> {
        let mut reached = BTreeSet::new();
        let mut open = vec![root];
        while let Some(node) = open.pop() {
            if seen.insert(node) {
                reached.insert(node);
                open.extend(self.graph().get(node).op.operands());
            }
        }
        reached
    }
}

/// The roots of a measure with the parts they stand for.
fn parts(plan: &MeasurePlan) -> impl Iterator<Item = (MeasurePart, NodeId)> {
    let exceptions = plan.exceptions.iter().enumerate();
    let exceptions = exceptions.map(|(place, node)| (MeasurePart::Exception(place), *node));
    let conditions = plan.conditions.iter().enumerate();
    let conditions = conditions.map(|(place, node)| (MeasurePart::Condition(place), *node));
    let award = plan.award.map(|node| (MeasurePart::Award, node));
    exceptions.chain(conditions).chain(award)
}
