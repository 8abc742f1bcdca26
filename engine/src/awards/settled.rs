//! The result of a settlement: the payable list.

use std::ops::Range;

use serde::Serialize;
use zhida_policies::measure::Measure;
use zhida_policies::values::Money;

use crate::awards::change::{Change, Changes, Doubt, Split};
use crate::awards::claim::ClaimState;
use crate::awards::parts::{self, DueInstalment};
use crate::decision::Reason;
use crate::interpreter::UndefinedReason;
use crate::sweep::TotalFen;

/// The money of one decision after all limits.
///
/// # Shape
/// `least <= amount <= greatest`. The amount is what comes out as things stand, with every
/// undetermined decision at its least. Whatever arrives, the result lies between the ends.
/// # Units
/// Fen; on top of what the ledger had already paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Award {
    /// The row of the enterprise in the snapshot.
    pub row: u32,
    /// The measure, by its place in the library.
    pub measure: u32,
    /// What was decided.
    pub state: ClaimState,
    /// The award before any limit: steps 1 to 5.
    pub base: Money,
    /// The award after all limits.
    pub amount: Money,
    /// The least that it can become.
    pub least: Money,
    /// The most that it can become.
    pub greatest: Money,
    /// What the ledger had paid for the same award period.
    pub paid: Money,
    /// Why nothing is payable.
    pub reason: Option<Reason>,
    /// What made the range wider than a point first; absent where its own decision is open.
    pub doubt: Option<Doubt>,
    /// What the steps changed, in [`Settled::changes`].
    pub changes: Range<u32>,
}

/// How firm an award is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Nothing that arrives can change it.
    Final,
    /// It can only grow: the amount may be paid, the rest follows as a top-up.
    MayRise,
    /// Money could be taken away: nothing may be paid.
    MayFall,
    /// The decision itself is open: undetermined, a ceiling or an error. Nothing may be paid.
    Open,
}

impl Award {
    /// How firm it is.
    #[must_use]
    pub fn standing(&self) -> Standing {
        match self.state {
            ClaimState::Ceiling | ClaimState::Undetermined | ClaimState::Error => Standing::Open,
            ClaimState::Eligible if self.least < self.amount => Standing::MayFall,
            ClaimState::Eligible if self.amount < self.greatest => Standing::MayRise,
            ClaimState::Eligible => Standing::Final,
        }
    }

    /// What may be paid: the amount, unless something that arrives could take it away.
    #[must_use]
    pub fn payable(&self) -> Money {
        match self.standing() {
            Standing::Final | Standing::MayRise => self.amount,
            Standing::MayFall | Standing::Open => Money::ZERO,
        }
    }

    /// Step 12: when the payable money falls due.
    #[must_use]
    pub fn instalments(&self, measure: &Measure) -> Vec<DueInstalment> {
        parts::instalments(measure, self.payable(), self.paid)
    }

    /// Step 13: who bears the payable money, in the order named; nothing where the measure does
    /// not say.
    #[must_use]
    pub fn shares(&self, measure: &Measure) -> Vec<Money> {
        parts::shares(measure, self.payable())
    }
}

/// What a fund came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FundUse {
    /// The fund, by its place in the library.
    pub fund: u32,
    /// The budget of the year.
    pub budget: Money,
    /// What the ledger had already paid from it for the assessment year.
    pub paid: Money,
    /// What the awards asked for as things stand.
    pub claimed: TotalFen,
    /// What they get as things stand.
    pub granted: TotalFen,
    /// What is left.
    pub left: Money,
    /// How many awards asked for something.
    pub awards: u64,
    /// How many members are open: undetermined, or without a known key or weight.
    pub open: u64,
}

/// A rule that gave no value where one was needed; a person has to look at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The step and rule.
    pub at: Doubt,
    /// The enterprise.
    pub row: u32,
    /// Why.
    pub kind: ProblemKind,
}

/// Why a rule gave no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// A node of the rule has no value.
    Undefined(UndefinedReason),
    /// The enterprises of a group come to different limits.
    LimitsDiffer,
}

/// The awards of one measure, or of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AwardTotals {
    /// Awards with money before the limits.
    pub awards: u64,
    /// The awards before the limits.
    pub base: TotalFen,
    /// After the limits, as things stand.
    pub amount: TotalFen,
    /// What may be paid.
    pub payable: TotalFen,
    /// Awards that may be paid.
    pub payable_awards: u64,
    /// Eligible awards that someone else's open decision could change.
    pub provisional: u64,
    /// The amounts of those, as things stand.
    pub provisional_amount: TotalFen,
    /// The least and the most that those could become.
    pub provisional_least: TotalFen,
    /// See `provisional_least`; [`Money::MAX`] where nothing bounds one of them.
    pub provisional_greatest: TotalFen,
    /// Decisions that are open themselves.
    pub open: u64,
    /// Eligible awards of which the limits left nothing.
    pub nothing_left: u64,
}

/// The awards of one measure while they are added up: nearly all are eligible and whole, and one
/// sum tells all of theirs.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    whole: u64,
    whole_fen: i128,
    others: AwardTotals,
}

impl Tally {
    pub(super) fn add(&mut self, award: &Award) {
        let is_whole = [award.base, award.least, award.greatest] == [award.amount; 3]
            && award.state == ClaimState::Eligible
            && award.amount > Money::ZERO;
        if is_whole {
            self.whole += 1;
            // Fewer than 2⁶³ amounts of 64 bits cannot exceed 128.
            self.whole_fen += i128::from(award.amount.fen());
        } else {
            self.others.add(award);
        }
    }

    pub(super) fn totals(self) -> AwardTotals {
        let mut totals = self.others;
        totals.awards += self.whole;
        totals.payable_awards += self.whole;
        let whole = TotalFen::of(self.whole_fen);
        for total in [&mut totals.base, &mut totals.amount, &mut totals.payable] {
            total.merge(whole);
        }
        totals
    }
}

/// What a settlement came to.
///
/// # Shape
/// Awards by row, then by measure, one for each claim; changes by award, then in the order of the
/// steps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// The awards.
    pub awards: Vec<Award>,
    /// What the steps changed.
    pub changes: Changes,
    /// What fell short.
    pub splits: Vec<Split>,
    /// The funds that a measure of the library draws on, in the order of the library.
    pub funds: Vec<FundUse>,
    /// What has to be looked at, by step, rule and row.
    pub problems: Vec<Problem>,
    /// The measures, in the order of the library.
    pub measures: Vec<AwardTotals>,
    /// All measures together.
    pub total: AwardTotals,
}

impl Settled {
    /// What the steps changed of one award.
    #[must_use]
    pub fn changes_of(&self, award: &Award) -> &[Change] {
        self.changes.of(&award.changes)
    }

    /// The award of an enterprise for a measure.
    #[must_use]
    pub fn find(&self, row: u32, measure: u32) -> Option<&Award> {
        let place = self
            .awards
            .binary_search_by_key(&(row, measure), |award| (award.row, award.measure));
        self.awards.get(place.ok()?)
    }
}

impl AwardTotals {
    fn add(&mut self, award: &Award) {
        let count = |count: &mut u64| *count = count.saturating_add(1);
        self.base.add(Some(award.base));
        self.amount.add(Some(award.amount));
        self.payable.add(Some(award.payable()));
        if award.payable() > Money::ZERO {
            count(&mut self.payable_awards);
        }
        if award.state != ClaimState::Eligible {
            count(&mut self.open);
            return;
        }
        count(&mut self.awards);
        match award.standing() {
            Standing::MayRise | Standing::MayFall => {
                count(&mut self.provisional);
                self.provisional_amount.add(Some(award.amount));
                self.provisional_least.add(Some(award.least));
                self.provisional_greatest.add(Some(award.greatest));
            }
            Standing::Final if award.amount.is_zero() => count(&mut self.nothing_left),
            Standing::Final | Standing::Open => {}
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (count, more) in [
            (&mut self.awards, other.awards),
            (&mut self.payable_awards, other.payable_awards),
            (&mut self.provisional, other.provisional),
            (&mut self.open, other.open),
            (&mut self.nothing_left, other.nothing_left),
        ] {
            *count = count.saturating_add(more);
        }
        for (total, more) in [
            (&mut self.base, other.base),
            (&mut self.amount, other.amount),
            (&mut self.payable, other.payable),
            (&mut self.provisional_amount, other.provisional_amount),
            (&mut self.provisional_least, other.provisional_least),
            (&mut self.provisional_greatest, other.provisional_greatest),
        ] {
            total.merge(more);
        }
    }
}
