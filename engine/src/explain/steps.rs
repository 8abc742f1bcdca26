//! The steps of a trace in words.

use serde::Serialize;
use zhida_policies::measure::expression::FactRead;
use zhida_policies::measure::library::Library;
use zhida_policies::measure::{BindingId, BindingKind, Condition, Measure};
use zhida_policies::span::Span;
use zhida_policies::values::Period;
use zhida_policies::vocabulary::FactId;

use crate::explain::place::{Place, place_of, short_text_at};
use crate::explain::words;
use crate::facts::Facts;
use crate::interpreter::{Context, Evaluation, PeriodRange, Step, TraceNode};

/// One step in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExplanationStep {
    /// What it is: a clause, the label of a condition, a name, an operation.
    pub label: String,
    /// The text as written.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub written: String,
    /// Where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Whether it came to a value.
    pub state: StepState,
    /// What it came to.
    pub result: String,
    /// Where the value of a fact came from.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// The department that owns the fact.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub owner: String,
    /// The steps it rests on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<ExplanationStep>,
}

/// Whether a step came to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepState {
    /// It did.
    Known,
    /// It depends on what is missing.
    Unknown,
    /// It never can.
    Undefined,
}

impl From<&Evaluation> for StepState {
    fn from(evaluation: &Evaluation) -> Self {
        match evaluation {
            Evaluation::Known(_) => Self::Known,
            Evaluation::Unknown(_) => Self::Unknown,
            Evaluation::Undefined(_) => Self::Undefined,
        }
    }
}

/// Puts the steps of one decision into words.
pub(super) struct Teller<'a> {
    pub(super) library: &'a Library,
    pub(super) measure: &'a Measure,
    pub(super) facts: &'a dyn Facts,
    pub(super) context: Context,
}

impl Teller<'_> {
    /// All steps of one level that say something.
    pub(super) fn tell_all(&self, nodes: &[TraceNode]) -> Vec<ExplanationStep> {
        let mut before: Option<&Evaluation> = None;
        let mut steps = Vec::new();
        for node in nodes {
            let does_nothing = match &node.step {
                Step::Literal => true,
                // Rounding stands right behind the award that it rounds.
                Step::Rounding => before == Some(&node.result),
                Step::Row(_) | Step::Record(_) => is_null(&node.result),
                Step::Region
                | Step::Validity
                | Step::FirstTime
                | Step::Exception(_)
                | Step::Condition(_)
                | Step::Award
                | Step::Fact(_)
                | Step::Part(..)
                | Step::Field(..)
                | Step::Binding(_)
                | Step::Parameter(..)
                | Step::Paid(_)
                | Step::Operation(_) => false,
            };
            if !does_nothing {
                steps.push(self.tell(node));
            }
            before = Some(&node.result);
        }
        steps
    }

    fn tell(&self, node: &TraceNode) -> ExplanationStep {
        let (label, span) = self.label(node);
        let mut step = ExplanationStep {
            label,
            written: self.written(node, span),
            place: place_of(self.library, span),
            state: StepState::from(&node.result),
            result: words::evaluation(&node.result),
            source: String::new(),
            owner: String::new(),
            children: self.tell_all(inner(node)),
        };
        match &node.step {
            Step::Fact(read) => self.add_sources(read, &node.result, &mut step),
            Step::Part(fact, period) => self.add_source(*fact, *period, &node.result, &mut step),
            Step::Region
            | Step::Validity
            | Step::FirstTime
            | Step::Rounding
            | Step::Record(_)
            | Step::Parameter(..)
            | Step::Paid(_)
            | Step::Exception(_)
            | Step::Condition(_)
            | Step::Award
            | Step::Literal
            | Step::Field(..)
            | Step::Binding(_)
            | Step::Row(_)
            | Step::Operation(_) => {}
        }
        if step.written == step.label {
            step.written.clear();
        }
        step
    }

    /// The text as written, where it says more than the label.
    fn written(&self, node: &TraceNode, span: Span) -> String {
        match &node.step {
            // The whole measure stands behind these; its text would say nothing.
            Step::Region => words::region(self.library, self.measure.region),
            Step::Validity => self.validity(),
            Step::FirstTime | Step::Rounding | Step::Record(_) => String::new(),
            // The label says it already, with the period resolved.
            Step::Fact(_) | Step::Part(..) | Step::Parameter(..) | Step::Paid(_) => String::new(),
            Step::Exception(_)
            | Step::Condition(_)
            | Step::Award
            | Step::Literal
            | Step::Field(..)
            | Step::Binding(_)
            | Step::Row(_)
            | Step::Operation(_) => short_text_at(self.library, span),
        }
    }

    fn validity(&self) -> String {
        let validity = self.measure.validity;
        let to = validity
            .to
            .map_or_else(|| "长期".to_owned(), |to| to.to_string());
        format!("{} 至 {to}", validity.from)
    }

    /// The name of a step, and the text that it stands for.
    fn label(&self, node: &TraceNode) -> (String, Span) {
        let name = |condition: Option<&Condition>, kind: &str| {
            let label = condition.and_then(|condition| condition.label.as_deref());
            let span = condition.map_or(node.span, |condition| condition.expression.span);
            (
                label.map_or_else(|| kind.to_owned(), |label| format!("{kind}“{label}”")),
                span,
            )
        };
        let measure = self.measure;
        let label = match &node.step {
            Step::Region => "适用地区".to_owned(),
            Step::Validity => "有效期".to_owned(),
            Step::FirstTime => "仅限首次".to_owned(),
            Step::Exception(index) => return name(measure.exceptions.get(*index), "除外"),
            Step::Condition(index) => return name(measure.conditions.get(*index), "资格"),
            Step::Award => return ("金额".to_owned(), measure.award.expression.span),
            Step::Rounding => "取整".to_owned(),
            Step::Literal => String::new(),
            Step::Fact(read) => {
                let range = PeriodRange::of(read.period, self.context.year);
                format!("{}({})", self.fact_name(read.fact), words::range(range))
            }
            Step::Part(fact, period) => {
                format!("{}({})", self.fact_name(*fact), words::period(*period))
            }
            Step::Field(list, field) => words::field_name(self.library, *list, *field),
            Step::Binding(BindingId(place)) => return self.binding(*place, node.span),
            Step::Parameter(parameter, day) => {
                let parameter = self.library.parameters.get(parameter.0);
                let name = parameter.map_or("", |parameter| parameter.name.as_str());
                format!("{name}({day})")
            }
            Step::Paid(measure) => format!("已付({measure})"),
            Step::Record(number) => format!("第{number}条"),
            Step::Row(number) => format!("第{number}行"),
            Step::Operation(name) => (*name).to_owned(),
        };
        (label, node.span)
    }

    /// A binding stands for the text that defines it; a definition for its own policy.
    fn binding(&self, place: usize, used_at: Span) -> (String, Span) {
        let Some(binding) = self.measure.bindings.get(place) else {
            return (String::new(), used_at);
        };
        let label = match &binding.kind {
            BindingKind::Let => binding.name.clone(),
            BindingKind::Definition { policy, year } => {
                let year = crate::interpreter::year_of(*year, self.context.year);
                let policy = self.library.policies.get(policy.0);
                let title = policy.map_or("", |policy| policy.title.as_str());
                format!("{}({year}年,《{title}》)", binding.name)
            }
        };
        (label, binding.expression.span)
    }

    fn fact_name(&self, fact: FactId) -> &str {
        &self.library.vocabulary.fact(fact).name
    }

    fn add_sources(&self, read: &FactRead, result: &Evaluation, step: &mut ExplanationStep) {
        let range = PeriodRange::of(read.period, self.context.year);
        step.owner
            .clone_from(&self.library.vocabulary.fact(read.fact).source);
        if range.is_single() {
            self.add_source(read.fact, range.first, result, step);
        }
    }

    fn add_source(
        &self,
        fact: FactId,
        period: Period,
        result: &Evaluation,
        step: &mut ExplanationStep,
    ) {
        step.owner
            .clone_from(&self.library.vocabulary.fact(fact).source);
        if let Evaluation::Known(value) = result {
            step.source = self.facts.source(fact, period);
            step.result = words::fact_value(self.library, fact, value);
        }
    }
}

/// The steps below a node; a clause or name and its one expression are one step.
fn inner(node: &TraceNode) -> &[TraceNode] {
    let stands_for_its_expression = matches!(
        node.step,
        Step::Exception(_) | Step::Condition(_) | Step::Award | Step::Binding(_)
    );
    match node.children.as_slice() {
        [only] if stands_for_its_expression && matches!(only.step, Step::Operation(_)) => {
            &only.children
        }
        children => children,
    }
}

/// A row that does not match, or a record that does not count.
fn is_null(result: &Evaluation) -> bool {
    match result {
        Evaluation::Unknown(unknown) => unknown.missing.is_empty(),
        Evaluation::Known(_) | Evaluation::Undefined(_) => false,
    }
}
