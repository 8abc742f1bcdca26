//! What is missing for an undetermined decision, and between what the money must lie.

use std::collections::BTreeMap;
use std::sync::Arc;

use zhida_policies::measure::Measure;
use zhida_policies::measure::expression::Expr;
use zhida_policies::measure::library::Library;
use zhida_policies::values::Money;

use crate::column::{Outcome, RowDecision};
use crate::decision::{Decision, MissingFacts};
use crate::explain::words::missing_name;
use crate::interpreter::{Context, Evaluation, Interpreter, MissingFact};
use crate::snapshot::Snapshot;

/// What is kept of an undetermined decision besides its outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Detail {
    /// The least that could be paid.
    pub(crate) least: Money,
    /// The most that could be paid, where it is bounded.
    pub(crate) greatest: Option<Money>,
    /// The names of the missing facts, joined by `、`.
    pub(crate) missing: Arc<str>,
}

/// What one worker keeps to work details out.
pub(crate) struct Details<'a> {
    library: &'a Library,
    snapshot: &'a Snapshot,
    interpreter: Interpreter<'a>,
    context: Context,
    /// Few sets of facts are missing again and again: each is named once, by its facts in order.
    names: BTreeMap<Box<[MissingFact]>, Arc<str>>,
    /// Those that are looked for.
    facts: Vec<MissingFact>,
}

impl<'a> Details<'a> {
    pub(crate) fn new(library: &'a Library, snapshot: &'a Snapshot, context: Context) -> Self {
        Self {
            library,
            snapshot,
            interpreter: Interpreter::new(library),
            context,
            names: BTreeMap::new(),
            facts: Vec::new(),
        }
    }

    /// What the reference interpreter says of an expression of a measure.
    pub(crate) fn evaluate(&self, measure: &Measure, expression: &Expr, row: usize) -> Evaluation {
        let facts = self.snapshot.row(row);
        self.interpreter
            .evaluate_expression(expression, &measure.bindings, &facts, self.context)
    }

    /// What the reference interpreter says of an undetermined decision; `None` when it does not
    /// call the decision undetermined.
    pub(crate) fn of(&mut self, decision: &RowDecision) -> Option<Detail> {
        debug_assert_eq!(decision.outcome(), Outcome::Undetermined);
        let measure = self.library.measures.get(decision.measure())?;
        let facts = self.snapshot.row(usize::try_from(decision.row).ok()?);
        match self.interpreter.decide(measure, &facts, self.context) {
            Decision::Undetermined(missing) => Some(self.named(missing)),
            Decision::NotApplicable(_)
            | Decision::Ineligible(_)
            | Decision::Eligible { .. }
            | Decision::Error(_) => None,
        }
    }

    /// The detail of what the reference interpreter found missing.
    pub(crate) fn named(&mut self, found: MissingFacts) -> Detail {
        Detail {
            least: found.least,
            greatest: found.greatest,
            missing: self.names(found.missing),
        }
    }

    /// The names of missing facts.
    pub(crate) fn names(&mut self, missing: impl IntoIterator<Item = MissingFact>) -> Arc<str> {
        let mut facts = std::mem::take(&mut self.facts);
        facts.clear();
        facts.extend(missing);
        facts.sort_unstable();
        facts.dedup();
        let known = self.names.get(facts.as_slice()).map(Arc::clone);
        let names = known.unwrap_or_else(|| self.name(&facts));
        self.facts = facts;
        names
    }

    fn name(&mut self, facts: &[MissingFact]) -> Arc<str> {
        let names = facts
            .iter()
            .map(|missing| missing_name(self.library, *missing));
        let names: Vec<String> = names.collect();
        let names: Arc<str> = names.join("、").into();
        self.names.insert(facts.into(), Arc::clone(&names));
        names
    }
}
