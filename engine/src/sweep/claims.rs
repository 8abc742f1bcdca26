//! The claims of a sweep: its kept decisions as a settlement takes them.

use std::sync::atomic::AtomicBool;

use zhida_policies::measure::AwardKind;
use zhida_policies::measure::library::Library;
use zhida_policies::values::Money;

use crate::awards::{Claim, ClaimState, ColumnReadings, Lines, Payments, Settled, Settlement};
use crate::column::{Outcome, RowDecision};
use crate::sweep::detail::Detail;
use crate::sweep::error::SweepError;
use crate::sweep::run::{Run, Subject};

/// Collects claims while decisions are handed over in order.
pub(crate) struct Claims {
    kinds: Vec<AwardKind>,
    lines: Lines,
}

impl Claims {
    pub(crate) fn new(library: &Library) -> Self {
        let measures = library.measures.iter();
        Self {
            kinds: measures.map(|measure| measure.award.kind).collect(),
            lines: Lines::default(),
        }
    }

    /// Adds the decisions of a run, which follow those before.
    pub(crate) fn add(&mut self, run: &Run) {
        let mut details = run.details.iter();
        self.lines.reserve(run.decisions.len());
        for decision in &run.decisions {
            let is_undetermined = decision.outcome() == Outcome::Undetermined;
            let detail = is_undetermined.then(|| details.next()).flatten();
            let claim = self.claim(decision, detail);
            self.lines.push(claim);
        }
    }

    fn claim(&self, decision: &RowDecision, detail: Option<&Detail>) -> Claim {
        let award = decision.award().unwrap_or(Money::ZERO);
        let measure = decision.measure();
        let (state, least, greatest) = match (decision.outcome(), self.kinds.get(measure)) {
            (Outcome::Eligible, Some(AwardKind::Ceiling)) => {
                (ClaimState::Ceiling, Money::ZERO, award)
            }
            (Outcome::Eligible, Some(AwardKind::Amount) | None) => {
                (ClaimState::Eligible, award, award)
            }
            (Outcome::Undetermined, _) => (
                ClaimState::Undetermined,
                detail.map_or(Money::ZERO, |detail| detail.least),
                detail
                    .and_then(|detail| detail.greatest)
                    .unwrap_or(Claim::NO_BOUND),
            ),
            (Outcome::Error, _) => (ClaimState::Error, Money::ZERO, Claim::NO_BOUND),
        };
        Claim {
            row: decision.row,
            // A library holds fewer than 2³⁰ measures.
            measure: u32::try_from(measure).unwrap_or(u32::MAX),
            state,
            least,
            greatest,
        }
    }

    /// Settles all claims with the ledger of the snapshot, in the current pool.
    pub(crate) fn settle(
        self,
        subject: Subject<'_>,
        cancel: &AtomicBool,
    ) -> Result<Settled, SweepError> {
        let Subject {
            snapshot,
            library,
            context,
        } = subject;
        let payments = Payments::of(snapshot, library);
        let readings = ColumnReadings::new(library, snapshot, context);
        let settlement = Settlement {
            library,
            context,
            payments: &payments,
            readings: &readings,
        };
        match self.lines.settle(&settlement, cancel) {
            Some(settled) => settled.map_err(SweepError::Settlement),
            None => Err(SweepError::Cancelled),
        }
    }
}
