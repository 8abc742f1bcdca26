//! One of the two sweeps: its kept decisions with their awards.

use std::cmp::Ordering;

use zhida_policies::measure::library::Library;
use zhida_policies::measure::{Measure, MeasureRef};
use zhida_policies::values::Money;

use crate::awards::{
    Award, Claim, ClaimState, InterpreterReadings, Payments, Settled, Settlement, settle,
};
use crate::decision::Decision;
use crate::diff::DiffError;
use crate::interpreter::{Context, Interpreter};
use crate::snapshot::Snapshot;
use crate::sweep::TotalFen;

/// One of the two sweeps.
pub struct Side<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) library: &'a Library,
    pub(super) context: Context,
    claims: Vec<Claim>,
    pub(super) settled: Settled,
    /// The places of the claims by enterprise, then by measure, as texts.
    order: Vec<usize>,
}

/// What a decision says, in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Says {
    pub(super) state: ClaimState,
    least: Money,
    most: Money,
}

impl Says {
    /// What a decision says; nothing where it leads to no money.
    pub(super) fn of(decision: &Decision) -> Option<Self> {
        Claim::of(0, 0, decision).map(|claim| Self::of_claim(&claim))
    }

    fn of_claim(claim: &Claim) -> Self {
        Self {
            state: claim.state,
            least: claim.least,
            most: claim.greatest,
        }
    }

    /// The money of the decision alone, as things stand.
    pub(super) fn worth(self) -> TotalFen {
        TotalFen::of(i128::from(self.least.fen()))
    }

    /// The most that it can come to, where something bounds it.
    pub(super) fn greatest(self) -> Option<TotalFen> {
        let bounded = self.most != Claim::NO_BOUND;
        bounded.then(|| TotalFen::of(i128::from(self.most.fen())))
    }
}

/// A kept decision of a side.
#[derive(Clone, Copy)]
pub(super) struct Held<'a> {
    claim: &'a Claim,
    pub(super) award: &'a Award,
}

impl Held<'_> {
    pub(super) fn says(self) -> Says {
        Says::of_claim(self.claim)
    }

    /// The award after all limits.
    pub(super) fn amount(self) -> TotalFen {
        TotalFen::of(i128::from(self.award.amount.fen()))
    }
}

/// The same enterprise and measure in both sweeps, by the places of their claims.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub(super) before: Option<usize>,
    pub(super) after: Option<usize>,
}

impl<'a> Side<'a> {
    /// A sweep of its kept decisions, by row, then by measure.
    ///
    /// # Errors
    /// [`DiffError::Settle`] when the decisions are out of order.
    pub fn new(
        snapshot: &'a Snapshot,
        library: &'a Library,
        context: Context,
        claims: Vec<Claim>,
    ) -> Result<Self, DiffError> {
        let settlement = Settlement {
            library,
            context,
            payments: &Payments::of(snapshot, library),
            readings: &InterpreterReadings::new(library, snapshot, context),
        };
        let settled = settle(&settlement, &claims)?;
        let mut side = Self {
            snapshot,
            library,
            context,
            claims,
            settled,
            order: Vec::new(),
        };
        let mut order: Vec<usize> = (0..side.claims.len()).collect();
        order.sort_by(|left, right| side.key(*left).cmp(&side.key(*right)));
        side.order = order;
        Ok(side)
    }

    fn key(&self, place: usize) -> Option<(&str, &MeasureRef)> {
        let held = self.held(Some(place))?;
        Some((self.uscc(held), self.measure_id(held)?))
    }

    /// The kept decision at a place.
    pub(super) fn held(&self, place: Option<usize>) -> Option<Held<'_>> {
        let place = place?;
        Some(Held {
            claim: self.claims.get(place)?,
            award: self.settled.awards.get(place)?,
        })
    }

    pub(super) fn uscc(&self, held: Held<'_>) -> &str {
        self.snapshot.uscc(at(held.claim.row))
    }

    pub(super) fn name(&self, held: Held<'_>) -> &str {
        self.snapshot.name(at(held.claim.row))
    }

    pub(super) fn measure_id(&self, held: Held<'_>) -> Option<&MeasureRef> {
        let measure = self.library.measures.get(at(held.claim.measure))?;
        Some(&measure.id)
    }

    /// The measure of this name.
    pub(super) fn measure(&self, id: &MeasureRef) -> Option<&Measure> {
        let place = self.library.measure_index.get(id)?;
        self.library.measures.get(*place)
    }

    /// What this side's rules say about an enterprise of another snapshot.
    pub(super) fn decide(
        &self,
        id: &MeasureRef,
        snapshot: &Snapshot,
        row: usize,
        context: Context,
    ) -> Option<Decision> {
        let measure = self.measure(id)?;
        let interpreter = Interpreter::new(self.library);
        Some(interpreter.decide(measure, &snapshot.row(row), context))
    }
}

fn at(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// The kept decisions of both sides, by enterprise, then by measure.
pub(super) fn pairs(before: &Side<'_>, after: &Side<'_>) -> Vec<Pair> {
    let mut pairs = Vec::with_capacity(before.order.len().max(after.order.len()));
    let mut left = before.order.iter().copied().peekable();
    let mut right = after.order.iter().copied().peekable();
    loop {
        let order = match (left.peek(), right.peek()) {
            (None, None) => return pairs,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(left), Some(right)) => before.key(*left).cmp(&after.key(*right)),
        };
        pairs.push(Pair {
            before: left.next_if(|_| order != Ordering::Greater),
            after: right.next_if(|_| order != Ordering::Less),
        });
    }
}
