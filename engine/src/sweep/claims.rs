//! The claims of a sweep: its kept decisions as a settlement takes them.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use zhida_policies::measure::AwardKind;
use zhida_policies::measure::library::Library;
use zhida_policies::values::Money;

use crate::awards::{
    CapLimits, Claim, ClaimState, ColumnReadings, Lines, Opened, Payments, Rulebook, SettleError,
    Settled, Settlement,
};
use crate::column::{Outcome, RowDecision};
use crate::sweep::block::with_details;
use crate::sweep::detail::Detail;
use crate::sweep::error::SweepError;
use crate::sweep::run::Subject;

/// Collects claims while decisions are handed over in order.
pub(crate) struct Claims {
    kinds: Arc<[AwardKind]>,
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

    /// None yet, of the same measures, with room for so many and those of one enterprise.
    pub(crate) fn blank(&self, room: usize) -> Self {
        let mut lines = Lines::default();
        lines.reserve(room.saturating_add(self.kinds.len()));
        Self {
            kinds: Arc::clone(&self.kinds),
            lines,
        }
    }

    /// Adds decisions, which follow those before, with the details of those undetermined.
    pub(crate) fn add(&mut self, decisions: &[RowDecision], details: &[Detail]) {
        self.lines.reserve(decisions.len());
        for (decision, detail) in with_details(decisions, details) {
            let claim = self.claim(decision, detail);
            self.lines.push(claim);
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.lines.len()
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

    /// Settles all claims in the current pool.
    pub(crate) fn settle(
        self,
        terms: &Terms<'_>,
        cancel: &AtomicBool,
    ) -> Result<Settled, SweepError> {
        match self
            .lines
            .settle(&terms.settlement(), &terms.rulebook, cancel)
        {
            Some(settled) => settled.map_err(SweepError::Settlement),
            None => Err(SweepError::Cancelled),
        }
    }

    /// Settles all claims up to the funds.
    pub(crate) fn open(self, terms: &Terms<'_>, limits: &CapLimits) -> Result<Opened, SettleError> {
        self.lines
            .open(&terms.settlement(), &terms.rulebook, limits)
    }
}

/// What claims are settled by: the rules, the ledger of the snapshot, and what the rules read.
pub(crate) struct Terms<'a> {
    pub(crate) subject: Subject<'a>,
    payments: Payments,
    readings: ColumnReadings<'a>,
    pub(crate) rulebook: Rulebook,
}

impl<'a> Terms<'a> {
    pub(crate) fn new(subject: Subject<'a>) -> Self {
        let Subject {
            snapshot,
            library,
            context,
        } = subject;
        let payments = Payments::of(snapshot, library);
        let readings = ColumnReadings::new(library, snapshot, context);
        let rulebook = Rulebook::new(&Settlement {
            library,
            context,
            payments: &payments,
            readings: &readings,
        });
        Self {
            subject,
            payments,
            readings,
            rulebook,
        }
    }

    /// The settlement by them.
    pub(crate) fn settlement(&self) -> Settlement<'_> {
        Settlement {
            library: self.subject.library,
            context: self.subject.context,
            payments: &self.payments,
            readings: &self.readings,
        }
    }
}
