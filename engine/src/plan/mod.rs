//! All measures as one graph: what fifty measures say alike exists once.
//!
//! Every node has a kind that is known before any row is looked at: a truth value, a decimal of a
//! fixed scale, a ratio, a day or a text. Parameters, the assessment year and everything else
//! that does not depend on an enterprise are constants. A node that no column can hold is left
//! to the reference interpreter, and the plan counts and shows it.

mod graph;
mod lower;
mod op;
mod print;
mod reference;
mod scale;
mod schema;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use zhida_policies::measure::expression::Expr;
use zhida_policies::measure::library::Library;
use zhida_policies::measure::{AwardKind, Binding, Measure};
use zhida_policies::syntax::words::RoundingWord;
use zhida_policies::values::Region;

use crate::interpreter::Context;

pub use graph::{Graph, Node};
pub(crate) use lower::day_number;
pub use op::{BandStep, DayPart, Interval, Kind, NodeId, Op, Parity, TableStep, TextId, Written};
pub use print::PlanSummary;
pub use reference::{MeasurePart, ReferenceUse};
pub use scale::{Exact, SCALE_MAX, power_of_ten, ratio_of};
pub use schema::Schema;

use lower::{Lowering, MeasureLowering};

/// One measure of a plan.
#[derive(Clone, Debug)]
pub struct MeasurePlan {
    /// Where the enterprise must be.
    pub region: Region,
    /// Whether the assessment year lies inside the validity; if not, nothing else is looked at.
    pub is_valid: bool,
    /// Whether an earlier award excludes another.
    pub first_time_only: bool,
    /// The exceptions in the order of the text.
    pub exceptions: Vec<NodeId>,
    /// The conditions in the order of the text.
    pub conditions: Vec<NodeId>,
    /// The award before rounding; absent for a measure that is not valid.
    pub award: Option<NodeId>,
    /// The unit to which it is rounded, in fen.
    pub unit_fen: i64,
    /// How it is rounded.
    pub rounding: RoundingWord,
    /// Whether it is an amount or a ceiling.
    pub kind: AwardKind,
}

/// All measures of a library for one run, as one graph.
///
/// # Shape
/// `measures` has one entry for each measure of the library, in its order.
/// # Source
/// DESIGN.md part 3.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    library: &'a Library,
    context: Context,
    schema: Schema,
    graph: Graph,
    texts: Vec<Arc<str>>,
    measures: Vec<MeasurePlan>,
}

impl<'a> Plan<'a> {
    /// Lowers all measures of a library, for columns of these forms.
    #[must_use]
    pub fn new(library: &'a Library, context: Context, schema: Schema) -> Self {
        let mut lowering = Lowering::new(library, context, &schema);
        let measures = library.measures.iter().enumerate();
        let measures: Vec<MeasurePlan> = measures
            .map(|(place, measure)| plan_measure(&mut lowering, place, measure))
            .collect();
        let texts = in_order(lowering.texts);
        let mut graph = lowering.graph;
        let mut memo = BTreeMap::new();
        graph.tree_nodes = measures
            .iter()
            .flat_map(MeasurePlan::roots)
            .fold(0u64, |size, root| {
                size.saturating_add(graph.tree_size(root, &mut memo))
            });
        Self {
            library,
            context,
            graph,
            texts,
            measures,
            schema,
        }
    }

    /// The plan of one expression outside the measures and its node; nothing where it has no form
    /// in columns throughout.
    pub(crate) fn of_question(
        library: &'a Library,
        context: Context,
        schema: Schema,
        expression: &'a Expr,
        bindings: &'a [Binding],
    ) -> Option<(Self, NodeId)> {
        let mut lowering = Lowering::new(library, context, &schema);
        let mut inner = MeasureLowering::new(&mut lowering, usize::MAX, bindings);
        let node = inner.quantity(expression)?;
        let (graph, texts) = (lowering.graph, in_order(lowering.texts));
        // No measure holds the bindings that such a node would name.
        let is_bound = |written: &Written| written.measure.is_some();
        let is_whole = graph.nodes().iter().all(|node| match &node.op {
            Op::Reference(_) => false,
            Op::Dictionary(_, written) => !is_bound(written),
            _ => true,
        });
        let plan = Self {
            library,
            context,
            graph,
            texts,
            measures: Vec::new(),
            schema,
        };
        is_whole.then_some((plan, node))
    }

    /// The plan of some expressions of one measure, each by itself, and their nodes; nothing for
    /// one that has no form in columns.
    pub(crate) fn of_expressions(
        library: &'a Library,
        context: Context,
        schema: Schema,
        measure: usize,
        expressions: &[&'a Expr],
    ) -> (Self, Vec<Option<NodeId>>) {
        let mut lowering = Lowering::new(library, context, &schema);
        let bindings = library.measures.get(measure);
        let bindings = bindings.map_or(&[][..], |measure| &measure.bindings);
        let mut inner = MeasureLowering::new(&mut lowering, measure, bindings);
        let nodes = expressions.iter().map(|one| inner.by_itself(one)).collect();
        let (graph, texts) = (lowering.graph, in_order(lowering.texts));
        let plan = Self {
            library,
            context,
            graph,
            texts,
            measures: Vec::new(),
            schema,
        };
        (plan, nodes)
    }

    /// The library whose measures these are.
    #[must_use]
    pub fn library(&self) -> &'a Library {
        self.library
    }

    /// The assessment year and the as-of date.
    #[must_use]
    pub fn context(&self) -> Context {
        self.context
    }

    /// The forms of columns that it was made for.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The nodes.
    #[must_use]
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The texts of the rules, by [`TextId`].
    #[must_use]
    pub fn texts(&self) -> &[Arc<str>] {
        &self.texts
    }

    /// The measures, in the order of the library.
    #[must_use]
    pub fn measures(&self) -> &[MeasurePlan] {
        &self.measures
    }

    /// The nodes that are left to the reference interpreter.
    #[must_use]
    pub fn reference_nodes(&self) -> Vec<NodeId> {
        (0u32..)
            .zip(self.graph.nodes())
            .filter(|(_, node)| matches!(node.op, Op::Reference(_)))
            .map(|(id, _)| NodeId(id))
            .collect()
    }
}

impl MeasurePlan {
    /// Its exceptions, conditions and award.
    pub fn roots(&self) -> impl Iterator<Item = NodeId> {
        let conditions = self.exceptions.iter().chain(&self.conditions);
        conditions.chain(&self.award).copied()
    }
}

/// The texts by their number.
fn in_order(texts: BTreeMap<Arc<str>, TextId>) -> Vec<Arc<str>> {
    let mut texts: Vec<_> = texts.into_iter().map(|(text, id)| (id, text)).collect();
    texts.sort();
    texts.into_iter().map(|(_, text)| text).collect()
}

fn plan_measure<'a>(
    lowering: &mut Lowering<'a>,
    place: usize,
    measure: &'a Measure,
) -> MeasurePlan {
    let year = lowering.context.year;
    let mut plan = MeasurePlan {
        region: measure.region,
        is_valid: crate::interpreter::is_valid(measure.validity, measure.cadence, year),
        first_time_only: measure.first_time_only,
        exceptions: Vec::new(),
        conditions: Vec::new(),
        award: None,
        unit_fen: measure.award.unit.fen(),
        rounding: measure.award.rounding,
        kind: measure.award.kind,
    };
    if plan.is_valid {
        let mut lowering = MeasureLowering::new(lowering, place, &measure.bindings);
        let conditions = measure.exceptions.iter();
        plan.exceptions = conditions
            .map(|condition| lowering.condition(&condition.expression))
            .collect();
        let conditions = measure.conditions.iter();
        plan.conditions = conditions
            .map(|condition| lowering.condition(&condition.expression))
            .collect();
        plan.award = Some(lowering.award(&measure.award.expression));
    }
    plan
}
