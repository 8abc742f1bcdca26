//! What a settlement takes: the kept decisions of a sweep, in numbers.

use zhida_policies::measure::AwardKind;
use zhida_policies::values::Money;

use crate::decision::Decision;
use crate::sweep::{DecisionKind, DecisionRecord};

/// One kept decision: who may be paid for what, and between which ends the money lies.
///
/// # Shape
/// A settlement takes claims by row, then by measure, each pair once.
/// # Units
/// Fen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The row of the enterprise in the snapshot.
    pub row: u32,
    /// The measure, by its place in the library.
    pub measure: u32,
    /// What was decided.
    pub state: ClaimState,
    /// The least that can come out; the award itself of an eligible enterprise.
    pub least: Money,
    /// The most that can come out, [`Claim::NO_BOUND`] where nothing bounds it.
    pub greatest: Money,
}

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClaimState {
    /// The award is known.
    Eligible,
    /// Eligible, but a person decides the amount up to a ceiling.
    Ceiling,
    /// Facts are missing that could change the outcome.
    Undetermined,
    /// The award could not be computed: until someone heals it, anything may come out.
    Error,
}

impl Claim {
    /// The greatest amount there is: no award can be larger.
    pub const NO_BOUND: Money = Money::MAX;

    /// The claim of a decision; none where nothing can be paid.
    #[must_use]
    pub fn of(row: u32, measure: u32, decision: &Decision) -> Option<Self> {
        let (state, least, greatest) = match decision {
            Decision::Eligible {
                award,
                kind: AwardKind::Amount,
            } => (ClaimState::Eligible, *award, *award),
            Decision::Eligible {
                award,
                kind: AwardKind::Ceiling,
            } => (ClaimState::Ceiling, Money::ZERO, *award),
            Decision::Undetermined(facts) => (
                ClaimState::Undetermined,
                facts.least,
                facts.greatest.unwrap_or(Self::NO_BOUND),
            ),
            Decision::Error(_) => (ClaimState::Error, Money::ZERO, Self::NO_BOUND),
            Decision::NotApplicable(_) | Decision::Ineligible(_) => return None,
        };
        Some(Self {
            row,
            measure,
            state,
            least,
            greatest,
        })
    }

    /// The claim of a kept decision; none where nothing can be paid.
    #[must_use]
    pub fn of_record(record: &DecisionRecord) -> Option<Self> {
        let (state, least, greatest) = match (record.kind, record.award, record.ceiling) {
            (DecisionKind::Eligible, Some(award), _) => (ClaimState::Eligible, award, award),
            (DecisionKind::Eligible, None, Some(ceiling)) => {
                (ClaimState::Ceiling, Money::ZERO, ceiling)
            }
            (DecisionKind::Undetermined, ..) => (
                ClaimState::Undetermined,
                record.least.unwrap_or(Money::ZERO),
                record.greatest.unwrap_or(Self::NO_BOUND),
            ),
            (DecisionKind::Error, ..) => (ClaimState::Error, Money::ZERO, Self::NO_BOUND),
            (DecisionKind::Eligible, None, None)
            | (DecisionKind::NotApplicable | DecisionKind::Ineligible, ..) => return None,
        };
        Some(Self {
            row: u32::try_from(record.row).ok()?,
            measure: u32::try_from(record.measure).ok()?,
            state,
            least,
            greatest,
        })
    }

    /// Whether the enterprise is eligible whatever arrives.
    ///
    /// An undetermined decision has a least above zero only where no condition and no exception
    /// is unknown.
    pub(super) fn is_sure(self) -> bool {
        match self.state {
            ClaimState::Eligible | ClaimState::Ceiling => true,
            ClaimState::Undetermined => self.least > Money::ZERO,
            ClaimState::Error => false,
        }
    }
}
