//! From checked expressions to nodes of the graph.
//!
//! What cannot be represented in columns is left to the reference interpreter at the smallest
//! node around it, so that a text function in one condition does not slow the others down.

mod aggregate;
mod arithmetic;
mod call;
mod choice;
mod compare;
mod constant;
mod infer;
mod inputs;
mod test;

use std::collections::BTreeMap;
use std::sync::Arc;

use zhida_policies::measure::expression::{Expr, ExprKind, FactRead};
use zhida_policies::measure::library::Library;
use zhida_policies::measure::{Binding, BindingId};
use zhida_policies::vocabulary::FactType;

use crate::interpreter::{Context, Interpreter, PeriodRange};
use crate::plan::graph::Graph;
use crate::plan::op::{Kind, NodeId, Op, TextId, Written};
use crate::plan::schema::Schema;
use crate::snapshot::ColumnKey;
pub(crate) use constant::day_number;
use inputs::Inputs;

/// An expression has no form in columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Beyond;

/// The node of an expression.
type Lowered = Result<NodeId, Beyond>;

/// What all measures of a plan share.
pub(super) struct Lowering<'a> {
    pub(super) library: &'a Library,
    pub(super) interpreter: Interpreter<'a>,
    pub(super) context: Context,
    pub(super) schema: &'a Schema,
    pub(super) graph: Graph,
    pub(super) texts: BTreeMap<Arc<str>, TextId>,
}

impl<'a> Lowering<'a> {
    /// A lowering with an empty graph.
    pub(super) fn new(library: &'a Library, context: Context, schema: &'a Schema) -> Self {
        Self {
            library,
            interpreter: Interpreter::new(library),
            context,
            schema,
            graph: Graph::default(),
            texts: BTreeMap::new(),
        }
    }
}

/// The lowering of one measure.
pub(super) struct MeasureLowering<'l, 'a> {
    plan: &'l mut Lowering<'a>,
    measure: usize,
    bindings: &'a [Binding],
    memo: Vec<Option<Lowered>>,
    inputs: Vec<Option<Inputs>>,
    /// The list whose record is at hand.
    list: Option<ColumnKey>,
}

impl<'l, 'a> MeasureLowering<'l, 'a> {
    pub(super) fn new(plan: &'l mut Lowering<'a>, measure: usize, bindings: &'a [Binding]) -> Self {
        Self {
            plan,
            measure,
            bindings,
            memo: vec![None; bindings.len()],
            inputs: vec![None; bindings.len()],
            list: None,
        }
    }

    /// The node of a condition.
    pub(super) fn condition(&mut self, expr: &'a Expr) -> NodeId {
        match self.truth(expr) {
            Ok(node) => node,
            Err(Beyond) => self.left_to_reference(expr, Kind::Truth),
        }
    }

    /// The node of an award.
    pub(super) fn award(&mut self, expr: &'a Expr) -> NodeId {
        match self.lower(expr) {
            Ok(node) if is_quantity(self.kind(node)) => node,
            Ok(_) | Err(Beyond) => self.left_to_reference(expr, Kind::Ratio),
        }
    }

    /// The node of an amount, a number or a day.
    pub(super) fn quantity(&mut self, expr: &'a Expr) -> Option<NodeId> {
        let node = self.lower(expr).ok()?;
        let kind = self.kind(node);
        (is_quantity(kind) || kind == Kind::Date).then_some(node)
    }

    /// The node of any expression that comes to a truth value, a quantity or a day.
    pub(super) fn by_itself(&mut self, expr: &'a Expr) -> Option<NodeId> {
        let node = self.lower(expr).ok()?;
        let kind = self.kind(node);
        let is_single = is_quantity(kind) || matches!(kind, Kind::Date | Kind::Truth);
        is_single.then_some(node)
    }

    fn kind(&self, node: NodeId) -> Kind {
        self.plan.graph.get(node).kind
    }

    fn op(&self, node: NodeId) -> &Op {
        &self.plan.graph.get(node).op
    }

    fn node(&mut self, op: Op, kind: Kind) -> NodeId {
        self.plan.graph.node(op, kind, self.list)
    }

    fn lower(&mut self, expr: &'a Expr) -> Lowered {
        if let ExprKind::Binding(binding) = &expr.kind {
            return self.binding(*binding);
        }
        let inputs = self.inputs(expr);
        if inputs.is_empty() {
            return self.constant(expr);
        }
        if inputs.fields.is_empty()
            && let Some(list) = self.list.take()
        {
            let node = self.lower(expr);
            self.list = Some(list);
            return node.map(|node| self.lift(list, node));
        }
        if let Some(node) = self.dictionary(expr, &inputs) {
            return Ok(node);
        }
        self.lower_kind(expr).or_else(|Beyond| self.reference(expr))
    }

    /// A node of the enterprise, seen from the record at hand.
    fn lift(&mut self, list: ColumnKey, node: NodeId) -> NodeId {
        if self.op(node).is_constant() {
            return node;
        }
        let kind = self.kind(node);
        self.node(Op::Lift(list, node), kind)
    }

    /// A `设` or `定义`: inlined, and shared by being equal. It never sees the record at hand.
    fn binding(&mut self, BindingId(place): BindingId) -> Lowered {
        let list = self.list.take();
        let known = self.memo.get(place).copied().ok_or(Beyond)?;
        let lowered = match (known, self.bindings.get(place)) {
            (Some(lowered), _) => lowered,
            (None, None) => Err(Beyond),
            (None, Some(binding)) => {
                // A binding that names itself is refused by the checker; here it is no node.
                self.remember(place, Err(Beyond));
                let lowered = self.lower(&binding.expression);
                self.remember(place, lowered);
                lowered
            }
        };
        self.list = list;
        match list {
            Some(list) => lowered.map(|node| self.lift(list, node)),
            None => lowered,
        }
    }

    fn remember(&mut self, place: usize, lowered: Lowered) {
        if let Some(memo) = self.memo.get_mut(place) {
            *memo = Some(lowered);
        }
    }

    fn lower_kind(&mut self, expr: &'a Expr) -> Lowered {
        match &expr.kind {
            ExprKind::Fact(read) => self.fact(*read),
            ExprKind::Field(list, field) => match self.list {
                Some(key) if key.fact == *list => self.field(key, *field),
                Some(_) | None => Err(Beyond),
            },
            ExprKind::Paid(measure, period) => {
                let op = Op::Paid(measure.clone(), *period);
                Ok(self.node(op, Kind::Decimal(0)))
            }
            ExprKind::Negate(operand) => self.negate(operand),
            ExprKind::Not(operand) => {
                let operand = self.truth(operand)?;
                Ok(self.not(operand))
            }
            ExprKind::And(operands) => {
                let operands = self.truths(operands)?;
                Ok(self.all_of(operands))
            }
            ExprKind::Or(operands) => {
                let operands = self.truths(operands)?;
                Ok(self.any_of(operands))
            }
            ExprKind::Compare(comparison, left, right) => {
                let (left, right) = (self.lower(left)?, self.lower(right)?);
                self.compare(*comparison, left, right)
            }
            ExprKind::Arithmetic(operation, left, right) => {
                self.arithmetic(*operation, left, right)
            }
            ExprKind::If(condition, then, otherwise) => self.choose(condition, then, otherwise),
            ExprKind::In(subject, tests) => self.is_in(subject, tests),
            ExprKind::Contains(whole, part) => self.contains(whole, part),
            ExprKind::Call(function, arguments) => self.call(*function, arguments),
            ExprKind::Missing(operand) => self.missing(operand),
            ExprKind::Step(subject, rows) => self.step(subject, rows),
            ExprKind::Marginal(subject, bands) => self.marginal(subject, bands),
            ExprKind::Table(table) => self.table(table),
            ExprKind::Aggregate(aggregate) => self.aggregate(aggregate),
            ExprKind::Literal(_)
            | ExprKind::Unknown
            | ExprKind::Binding(_)
            | ExprKind::Parameter(..)
            | ExprKind::AssessmentYear
            | ExprKind::AsOf
            | ExprKind::Item(..)
            | ExprKind::Sequence(_)
            | ExprKind::Invalid => Err(Beyond),
        }
    }

    fn missing(&mut self, operand: &'a Expr) -> Lowered {
        let operand = self.lower(operand)?;
        // The records of one period are there or not; several periods have no sum.
        if self.kind(operand) == Kind::Records && !matches!(self.op(operand), Op::Column(_)) {
            return Err(Beyond);
        }
        Ok(self.node(Op::Missing(operand), Kind::Truth))
    }

    /// A fact of one period, or the sum over several.
    fn fact(&mut self, read: FactRead) -> Lowered {
        let range = PeriodRange::of(read.period, self.plan.context.year);
        let mut sum: Option<NodeId> = None;
        for period in range.periods() {
            let key = ColumnKey {
                fact: read.fact,
                period,
            };
            let fact = self.plan.library.vocabulary.fact(read.fact);
            let kind = self.kind_of_type(&fact.fact_type, key, None);
            let column = self.node(Op::Column(key), kind);
            sum = Some(match sum {
                None => column,
                Some(sum) if is_quantity(kind) => self.add(sum, column)?,
                Some(_) => return Err(Beyond),
            });
        }
        sum.ok_or(Beyond)
    }

    fn field(&mut self, list: ColumnKey, field: usize) -> Lowered {
        let fact = self.plan.library.vocabulary.fact(list.fact);
        let FactType::List(fields) = &fact.fact_type else {
            return Err(Beyond);
        };
        let field_type = &fields.get(field).ok_or(Beyond)?.field_type;
        let kind = self.kind_of_type(field_type, list, Some(field));
        Ok(self.node(Op::Field(list, field), kind))
    }

    fn kind_of_type(&self, fact_type: &FactType, key: ColumnKey, field: Option<usize>) -> Kind {
        match fact_type {
            FactType::Money => Kind::Decimal(0),
            FactType::Number => self.plan.schema.number(key, field),
            FactType::Boolean => Kind::Truth,
            FactType::Date => Kind::Date,
            FactType::Text | FactType::Code(_) | FactType::Enum(_) => Kind::Text,
            FactType::Set(_) => Kind::Set,
            FactType::List(_) => Kind::Records,
        }
    }

    /// A condition on one text only is decided once for each distinct word.
    fn dictionary(&mut self, expr: &'a Expr, inputs: &Inputs) -> Option<NodeId> {
        if self.inferred(expr) != Some(Kind::Truth) || matches!(expr.kind, ExprKind::Fact(_)) {
            return None;
        }
        let subject = self.only_text(inputs)?;
        let written = self.written(expr.clone(), inputs.names_binding);
        Some(self.node(Op::Dictionary(subject, written), Kind::Truth))
    }

    /// The only input of an expression, when it is one text.
    fn only_text(&mut self, inputs: &Inputs) -> Option<NodeId> {
        if inputs.ledger || inputs.aggregates {
            return None;
        }
        let mut facts = inputs.facts.iter();
        let mut fields = inputs.fields.iter();
        let subject = match (facts.next(), fields.next(), self.list) {
            (Some(read), None, None) => self.fact(*read),
            (None, Some((list, field)), Some(key)) if key.fact == *list => self.field(key, *field),
            (Some(_) | None, Some(_) | None, Some(_) | None) => return None,
        };
        let subject = subject.ok()?;
        let alone = facts.next().is_none() && fields.next().is_none();
        (alone && self.kind(subject) == Kind::Text).then_some(subject)
    }

    fn written(&self, expr: Expr, names_binding: bool) -> Written {
        Written {
            measure: names_binding.then_some(self.measure),
            expression: Arc::new(expr),
        }
    }

    /// The node left to the reference interpreter, where its kind is plain.
    fn reference(&mut self, expr: &'a Expr) -> Lowered {
        let kind = self.inferred(expr).ok_or(Beyond)?;
        if self.list.is_some() || matches!(kind, Kind::Text | Kind::Set | Kind::Records) {
            return Err(Beyond);
        }
        Ok(self.left_to_reference(expr, kind))
    }

    fn left_to_reference(&mut self, expr: &'a Expr, kind: Kind) -> NodeId {
        let names_binding = self.inputs(expr).names_binding;
        let written = self.written(expr.clone(), names_binding);
        self.node(Op::Reference(written), kind)
    }
}

/// Whether values of a kind are numbers or money.
fn is_quantity(kind: Kind) -> bool {
    match kind {
        Kind::Decimal(_) | Kind::Ratio | Kind::Nothing => true,
        Kind::Truth | Kind::Date | Kind::Text | Kind::Set | Kind::Records => false,
    }
}
