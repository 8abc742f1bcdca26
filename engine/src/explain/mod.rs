//! The explanation of one decision: every step with its place in the text, its result, and the
//! source of every fact.

mod award;
mod outcome;
mod payable;
mod place;
mod render;
mod steps;
#[cfg(test)]
mod tests;
pub mod words;

use serde::Serialize;
use zhida_policies::measure::Measure;
use zhida_policies::values::Date;

pub use award::award_steps;
pub use outcome::{Outcome, OutcomeKind, OutcomeMissing, OutcomeReason, OutcomeValue, describe};
pub use payable::ExplainedPayable;
pub(crate) use place::short_text_at;
pub use place::{Place, place_of, text_at};
pub use steps::{ExplanationStep, StepState};

use crate::decision::Decision;
use crate::facts::Facts;
use crate::interpreter::{Context, Interpreter};

/// One decision explained.
///
/// `to_string` gives the tree as people read it, `serde` the same as data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The measure: `policy-id/measure-id`.
    pub measure: String,
    /// Its name.
    pub name: String,
    /// The title of its policy.
    pub policy: String,
    /// The document number of its policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_number: Option<String>,
    /// The clauses it rests on.
    pub basis: Vec<String>,
    /// Where the published text is known to be wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errata: Vec<String>,
    /// The enterprise.
    pub enterprise: String,
    /// The assessment year.
    pub year: i32,
    /// The as-of date.
    pub as_of: Date,
    /// What was decided.
    pub outcome: Outcome,
    /// What the award comes to after all limits, where it was settled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payable: Option<ExplainedPayable>,
    /// How, step by step.
    pub steps: Vec<ExplanationStep>,
}

impl Interpreter<'_> {
    /// Decides a measure and explains the decision.
    #[must_use]
    pub fn explain(&self, measure: &Measure, facts: &dyn Facts, context: Context) -> Explanation {
        self.explained(measure, facts, context).1
    }

    /// Decides a measure: the decision with its explanation.
    #[must_use]
    pub fn explained(
        &self,
        measure: &Measure,
        facts: &dyn Facts,
        context: Context,
    ) -> (Decision, Explanation) {
        let library = self.library();
        let (decision, trace) = self.trace(measure, facts, context);
        let policy = library.policies.get(measure.policy.0);
        let teller = steps::Teller {
            library,
            measure,
            facts,
            context,
        };
        let explanation = Explanation {
            measure: measure.id.to_string(),
            name: measure.name.clone(),
            policy: policy.map_or_else(String::new, |policy| policy.title.clone()),
            document_number: policy.and_then(|policy| policy.document_number.clone()),
            basis: measure.basis.clone(),
            errata: measure.errata.clone(),
            enterprise: facts.enterprise().to_owned(),
            year: context.year,
            as_of: context.as_of,
            outcome: describe(library, measure, &decision),
            payable: None,
            steps: teller.tell_all(&trace),
        };
        (decision, explanation)
    }
}
