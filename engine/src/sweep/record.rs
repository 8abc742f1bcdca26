//! One decision as it is kept.

use std::sync::Arc;

use zhida_policies::measure::AwardKind;
use zhida_policies::measure::library::Library;
use zhida_policies::values::Money;

use crate::column::{Outcome, RowDecision};
use crate::decision::Reason;
use crate::sweep::detail::Detail;

/// The five outcomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DecisionKind {
    /// Outside the region or validity, or an exception holds.
    NotApplicable,
    /// At least one condition is false.
    Ineligible,
    /// Facts are missing that could change the outcome.
    Undetermined,
    /// Everything holds.
    Eligible,
    /// The award cannot be computed.
    Error,
}

impl DecisionKind {
    /// The word in files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotApplicable => "not_applicable",
            Self::Ineligible => "ineligible",
            Self::Undetermined => "undetermined",
            Self::Eligible => "eligible",
            Self::Error => "error",
        }
    }

    /// Whether a decision of this kind is kept row by row; the others are counted.
    #[must_use]
    pub const fn is_kept(self) -> bool {
        match self {
            Self::NotApplicable | Self::Ineligible => false,
            Self::Undetermined | Self::Eligible | Self::Error => true,
        }
    }
}

impl From<Outcome> for DecisionKind {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Undetermined => Self::Undetermined,
            Outcome::Eligible => Self::Eligible,
            Outcome::Error => Self::Error,
        }
    }
}

/// One decision as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionRecord {
    /// The row of the enterprise in the snapshot.
    pub row: usize,
    /// The place of the measure in the library.
    pub measure: usize,
    /// The outcome.
    pub kind: DecisionKind,
    /// What is to be paid, of an eligible enterprise whose measure names an amount.
    pub award: Option<Money>,
    /// The most that a person may grant, where the measure names only a ceiling.
    pub ceiling: Option<Money>,
    /// The least that could be paid, of an undetermined decision.
    pub least: Option<Money>,
    /// The most that could be paid, where it is bounded.
    pub greatest: Option<Money>,
    /// Why there is no money.
    pub reason: Option<Reason>,
    /// The names of the missing facts, joined by `、`.
    pub missing: Arc<str>,
}

impl DecisionRecord {
    /// A listed decision with its detail, where it is undetermined.
    pub(crate) fn new(library: &Library, decision: &RowDecision, detail: Option<&Detail>) -> Self {
        let measure = decision.measure();
        let kind = library
            .measures
            .get(measure)
            .map(|measure| measure.award.kind);
        let award = |wanted| {
            decision
                .award()
                .filter(|_| kind.is_some_and(|kind| kind == wanted))
        };
        Self {
            row: usize::try_from(decision.row).unwrap_or(usize::MAX),
            measure,
            kind: decision.outcome().into(),
            award: award(AwardKind::Amount),
            ceiling: award(AwardKind::Ceiling),
            least: detail.map(|detail| detail.least),
            greatest: detail.and_then(|detail| detail.greatest),
            reason: decision.reason(),
            missing: detail.map_or_else(|| Arc::from(""), |detail| Arc::clone(&detail.missing)),
        }
    }
}
