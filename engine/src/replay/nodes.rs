//! One measure for one enterprise node by node: columns on one side, the reference interpreter on
//! the other, and the first node on which they differ.

use serde::Serialize;
use zhida_policies::measure::expression::{Expr, ExprKind, Value};
use zhida_policies::measure::library::Library;
use zhida_policies::measure::{Binding, BindingId, Measure};

use crate::column::{NodeValue, node_values};
use crate::explain::{Place, place_of, short_text_at, words};
use crate::facts::Facts;
use crate::interpreter::{Context, Evaluation, Interpreter};
use crate::snapshot::Snapshot;

/// One node of a rule with what both evaluators make of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NodePair {
    /// The text as written.
    pub written: String,
    /// Where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What it comes to over columns.
    pub columns: String,
    /// What it comes to by the reference interpreter.
    pub reference: String,
    /// Whether the two differ.
    pub differs: bool,
}

/// Every node that both evaluators can evaluate by itself.
///
/// # Shape
/// What a node rests on comes before it, in the order of the text; a `设` or `定义` where it is
/// first named. Nodes about the records of a list are part of the aggregate around them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NodeTrace {
    /// The nodes.
    pub pairs: Vec<NodePair>,
    /// The place of the first that differs; what it rests on is alike.
    pub first: Option<usize>,
}

impl NodeTrace {
    /// The first node that differs.
    #[must_use]
    pub fn first(&self) -> Option<&NodePair> {
        self.first.and_then(|place| self.pairs.get(place))
    }

    /// Evaluates all nodes of a measure on both sides.
    ///
    /// # Shape
    /// The columns are those of a row of a snapshot; the reference interpreter reads `facts`, which
    /// are those of the same row unless another source is to be compared.
    #[must_use]
    pub fn of(
        library: &Library,
        measure: usize,
        (snapshot, row): (&Snapshot, usize),
        facts: &dyn Facts,
        context: Context,
    ) -> Self {
        let Some(checked) = library.measures.get(measure) else {
            return Self::default();
        };
        let expressions = inside_out(checked);
        let columns = node_values((library, measure), &expressions, (snapshot, row), context);
        let interpreter = Interpreter::new(library);
        let mut trace = Self::default();
        for (expression, by_columns) in expressions.into_iter().zip(columns) {
            let Some(by_columns) = by_columns else {
                continue;
            };
            let bindings = &checked.bindings;
            let found = interpreter.evaluate_expression(expression, bindings, facts, context);
            let differs = !is_same(&by_columns, &found);
            if differs && trace.first.is_none() {
                trace.first = Some(trace.pairs.len());
            }
            let is_money = interpreter.is_money(expression, bindings);
            trace.pairs.push(NodePair {
                written: short_text_at(library, expression.span),
                place: place_of(library, expression.span),
                columns: told(&by_columns, is_money),
                reference: words::evaluation(&found),
                differs,
            });
        }
        trace
    }
}

/// The expressions of a measure, each after what it rests on.
fn inside_out(measure: &Measure) -> Vec<&Expr> {
    let conditions = measure.exceptions.iter().chain(&measure.conditions);
    let roots = conditions.map(|condition| &condition.expression);
    let mut walk = Walk {
        bindings: &measure.bindings,
        seen: vec![false; measure.bindings.len()],
        found: Vec::new(),
    };
    for root in roots.chain([&measure.award.expression]) {
        walk.take(root);
    }
    walk.found
}

struct Walk<'e> {
    bindings: &'e [Binding],
    seen: Vec<bool>,
    found: Vec<&'e Expr>,
}

impl<'e> Walk<'e> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "most kinds of nodes rest on what is inside them"
    )]
    fn take(&mut self, expression: &'e Expr) {
        match &expression.kind {
            ExprKind::Literal(_) | ExprKind::Unknown | ExprKind::Invalid => {}
            ExprKind::Binding(BindingId(place)) => {
                let seen = self.seen.get_mut(*place);
                let is_new = seen.is_some_and(|seen| !std::mem::replace(seen, true));
                if let Some(binding) = self.bindings.get(*place).filter(|_| is_new) {
                    self.take(&binding.expression);
                }
            }
            ExprKind::Aggregate(_) => self.found.push(expression),
            _ => {
                for child in expression.children() {
                    self.take(child);
                }
                self.found.push(expression);
            }
        }
    }
}

fn is_same(columns: &NodeValue, reference: &Evaluation) -> bool {
    match (columns, reference) {
        // Money is fen in columns; its unit is no matter of the row.
        (NodeValue::Known(Value::Number(one)), Evaluation::Known(Value::Money(other))) => {
            one == other
        }
        (NodeValue::Known(one), Evaluation::Known(other)) => one == other,
        (NodeValue::Unknown, Evaluation::Unknown(_))
        | (NodeValue::Undefined, Evaluation::Undefined(_)) => true,
        (NodeValue::Known(_) | NodeValue::Unknown | NodeValue::Undefined, _) => false,
    }
}

fn told(value: &NodeValue, is_money: bool) -> String {
    match value {
        NodeValue::Known(Value::Number(fen)) if is_money => {
            words::value(&Value::Money(fen.clone()))
        }
        NodeValue::Known(known) => words::value(known),
        NodeValue::Unknown => "未知".to_owned(),
        NodeValue::Undefined => "无法计算".to_owned(),
    }
}
