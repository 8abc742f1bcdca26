//! One decision as it is kept.

use zhida_policies::measure::AwardKind;
use zhida_policies::measure::library::Library;
use zhida_policies::values::Money;

use crate::decision::{Decision, Reason};
use crate::explain::words::missing_name;

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

impl From<&Decision> for DecisionKind {
    fn from(decision: &Decision) -> Self {
        match decision {
            Decision::NotApplicable(_) => Self::NotApplicable,
            Decision::Ineligible(_) => Self::Ineligible,
            Decision::Undetermined(_) => Self::Undetermined,
            Decision::Eligible { .. } => Self::Eligible,
            Decision::Error(_) => Self::Error,
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
    pub missing: String,
}

impl DecisionRecord {
    /// What is kept of a decision.
    #[must_use]
    pub fn new(library: &Library, row: usize, measure: usize, decision: &Decision) -> Self {
        let mut record = Self {
            row,
            measure,
            kind: DecisionKind::from(decision),
            award: None,
            ceiling: None,
            least: None,
            greatest: None,
            reason: decision.reasons().into_iter().next(),
            missing: String::new(),
        };
        match decision {
            Decision::Eligible {
                award,
                kind: AwardKind::Amount,
            } => record.award = Some(*award),
            Decision::Eligible {
                award,
                kind: AwardKind::Ceiling,
            } => record.ceiling = Some(*award),
            Decision::Undetermined(facts) => {
                record.least = Some(facts.least);
                record.greatest = facts.greatest;
                let names = facts
                    .missing
                    .iter()
                    .map(|missing| missing_name(library, *missing));
                record.missing = names.collect::<Vec<_>>().join("、");
            }
            Decision::NotApplicable(_) | Decision::Ineligible(_) | Decision::Error(_) => {}
        }
        record
    }
}
