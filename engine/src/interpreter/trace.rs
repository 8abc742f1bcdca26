//! The trace of one decision: every node with what it came to, as a tree.

use zhida_policies::measure::expression::FactRead;
use zhida_policies::measure::{BindingId, MeasureRef, ParameterId};
use zhida_policies::span::Span;
use zhida_policies::values::{Date, Period};
use zhida_policies::vocabulary::FactId;

use crate::interpreter::evaluation::Evaluation;

/// One step of a computation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceNode {
    /// What was done.
    pub step: Step,
    /// Where the text says so.
    pub span: Span,
    /// What it came to.
    pub result: Evaluation,
    /// The steps it rests on, in the order taken.
    pub children: Vec<TraceNode>,
}

/// What one step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Whether the enterprise lies inside the measure's region.
    Region,
    /// Whether the award period lies inside the validity.
    Validity,
    /// Whether an earlier award excludes this one.
    FirstTime,
    /// `除外`, by its place.
    Exception(usize),
    /// `资格`, by its place.
    Condition(usize),
    /// `金额` before rounding.
    Award,
    /// The declared rounding.
    Rounding,
    /// A literal of the text.
    Literal,
    /// A fact over one or several periods.
    Fact(FactRead),
    /// One period of a fact that is summed over several.
    Part(FactId, Period),
    /// A field of the record at hand.
    Field(FactId, usize),
    /// A `设` or `定义`.
    Binding(BindingId),
    /// A parameter on a day.
    Parameter(ParameterId, Date),
    /// Money of the ledger.
    Paid(MeasureRef),
    /// One record of a list fact, from 1.
    Record(usize),
    /// One row of tiers or of a table, from 1.
    Row(usize),
    /// An operation, by its Chinese name.
    Operation(&'static str),
}

/// A trace while it grows: the steps found so far on each level.
#[derive(Debug, Default)]
pub(super) struct TraceBuilder {
    levels: Vec<Vec<TraceNode>>,
    finished: Vec<TraceNode>,
}

impl TraceBuilder {
    /// Begins a step; what follows until [`Self::close`] lies inside it.
    pub(super) fn open(&mut self) {
        self.levels.push(Vec::new());
    }

    /// Ends the step begun last.
    pub(super) fn close(&mut self, step: Step, span: Span, result: Evaluation) {
        let children = self.levels.pop().unwrap_or_default();
        let node = TraceNode {
            step,
            span,
            result,
            children,
        };
        self.levels
            .last_mut()
            .unwrap_or(&mut self.finished)
            .push(node);
    }

    /// The steps of the outermost level.
    pub(super) fn finish(self) -> Vec<TraceNode> {
        self.finished
    }
}
