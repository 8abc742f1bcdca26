//! The reference interpreter: one enterprise, one measure, exact numbers, plain recursion.
//!
//! It is the specification of every other evaluator. Given the facts of an enterprise and a
//! [`Context`] it decides a measure ([`Interpreter::decide`]) or decides it with every step
//! recorded ([`Interpreter::trace`], which [`crate::explain`] turns into a text for people).

mod aggregate;
mod applicability;
mod arithmetic;
mod bounds;
mod choice;
mod comparing;
mod deciding;
mod evaluation;
mod evaluator;
mod functions;
mod reading;
mod reads;
mod shape;
mod table;
#[cfg(test)]
pub(crate) mod tests;
mod tiers;
mod trace;
mod truth;

use zhida_policies::measure::expression::Expr;
use zhida_policies::measure::library::Library;
use zhida_policies::measure::{Binding, Measure};
use zhida_policies::values::Date;
use zhida_policies::vocabulary::FactId;

pub(crate) use applicability::is_valid;
pub(crate) use applicability::{Place, Whereabouts};
pub use bounds::Bounds;
pub(crate) use deciding::payable_bounds;
pub use evaluation::{Evaluation, MissingFact, Undefined, UndefinedReason, Unknown};
pub use reading::{PeriodRange, paid_when, year_of};
pub use trace::{Step, TraceNode};

use crate::decision::Decision;
use crate::facts::Facts;
use crate::interpreter::evaluator::Evaluator;
use crate::interpreter::trace::TraceBuilder;

/// When a decision is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Context {
    /// The assessment year, which `@本年` means.
    pub year: i32,
    /// The as-of date, on which status facts and parameters are read.
    pub as_of: Date,
}

/// Decides the measures of a library.
///
/// # Source
/// NOTATION.md parts 4 to 7.
#[derive(Clone, Copy, Debug)]
pub struct Interpreter<'a> {
    library: &'a Library,
    region_fact: Option<FactId>,
    zones_fact: Option<FactId>,
}

impl<'a> Interpreter<'a> {
    /// An interpreter of the library's measures.
    #[must_use]
    pub fn new(library: &'a Library) -> Self {
        Self {
            library,
            region_fact: library.vocabulary.region_fact(),
            zones_fact: library.vocabulary.zones_fact(),
        }
    }

    /// The library whose measures it decides.
    #[must_use]
    pub fn library(&self) -> &'a Library {
        self.library
    }

    /// What a measure says about an enterprise.
    #[must_use]
    pub fn decide(&self, measure: &Measure, facts: &dyn Facts, context: Context) -> Decision {
        let whereabouts = self.whereabouts(measure, &self.place(facts));
        self.decide_there(measure, facts, context, &whereabouts)
    }

    /// Where an enterprise is.
    #[must_use]
    pub(crate) fn place(&self, facts: &dyn Facts) -> Place {
        Place::of(self, facts)
    }

    /// Whether a place lies inside the measure's region. Enterprises of one place share it.
    #[must_use]
    pub(crate) fn whereabouts(&self, measure: &Measure, place: &Place) -> Whereabouts {
        applicability::region(self, measure, place)
    }

    /// What a measure says about an enterprise whose whereabouts have been worked out before.
    #[must_use]
    pub(crate) fn decide_there(
        &self,
        measure: &Measure,
        facts: &dyn Facts,
        context: Context,
        whereabouts: &Whereabouts,
    ) -> Decision {
        let mut evaluator = Evaluator::new(self.library, facts, context, &measure.bindings);
        deciding::decide(self, measure, whereabouts, &mut evaluator)
    }

    /// What a measure says about an enterprise, with every step taken.
    #[must_use]
    pub fn trace(
        &self,
        measure: &Measure,
        facts: &dyn Facts,
        context: Context,
    ) -> (Decision, Vec<TraceNode>) {
        let mut evaluator = Evaluator::new(self.library, facts, context, &measure.bindings);
        evaluator.trace = Some(TraceBuilder::default());
        let whereabouts = self.whereabouts(measure, &self.place(facts));
        let decision = deciding::decide(self, measure, &whereabouts, &mut evaluator);
        let trace = evaluator.trace.take().map(TraceBuilder::finish);
        (decision, trace.unwrap_or_default())
    }

    /// Whether it is not known if the enterprise lies inside the measure's region.
    #[must_use]
    pub(crate) fn is_region_unknown(&self, measure: &Measure, facts: &dyn Facts) -> bool {
        let whereabouts = self.whereabouts(measure, &self.place(facts));
        matches!(whereabouts.inside, truth::Truth::Unknown(_))
    }

    /// Whether an expression gives money rather than a plain number.
    #[must_use]
    pub(crate) fn is_money(&self, expression: &Expr, bindings: &[Binding]) -> bool {
        let scope = shape::Scope::new(self.library, bindings);
        shape::unit_of(scope, expression) == arithmetic::Unit::Fen
    }

    /// What one expression comes to, with the bindings that it may name.
    #[must_use]
    pub fn evaluate_expression(
        &self,
        expression: &Expr,
        bindings: &[Binding],
        facts: &dyn Facts,
        context: Context,
    ) -> Evaluation {
        Evaluator::new(self.library, facts, context, bindings).evaluate(expression)
    }
}
