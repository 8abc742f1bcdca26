//! The money of a line: as things stand, and between which ends.

use serde::Serialize;
use zhida_policies::measure::Measure;
use zhida_policies::values::Money;

use crate::awards::{Award, Claim, ClaimState, instalments};
use crate::sweep::TotalFen;

/// What some awards come to.
///
/// # Shape
/// `least <= amount <= greatest`. The ends are sums of the ends of single awards, so that no
/// outcome lies outside them; a fund or cap may keep the real outcome further inside.
/// # Units
/// Fen, on top of what the ledger had already paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Amounts {
    /// Awards with money as things stand; one with several instalments counts in each line in
    /// which one of them has money.
    pub awards: u64,
    /// As things stand: every undetermined decision at its least.
    pub amount: TotalFen,
    /// The least that it can become.
    pub least: TotalFen,
    /// The most that it can become, with the unbounded awards as things stand.
    pub greatest: TotalFen,
    /// Awards that nothing bounds: what they add to `greatest` is not known, and not guessed.
    pub unbounded: u64,
    /// Decisions that are open: undetermined, a ceiling under which a person decides, or an error.
    pub open: u64,
}

impl Amounts {
    /// One award.
    #[must_use]
    pub fn of(award: &Award) -> Self {
        let bounded = award.greatest != Claim::NO_BOUND;
        let greatest = if bounded {
            award.greatest
        } else {
            award.amount
        };
        let is_open = match award.state {
            ClaimState::Eligible => false,
            ClaimState::Ceiling | ClaimState::Undetermined | ClaimState::Error => true,
        };
        Self {
            awards: u64::from(award.amount > Money::ZERO),
            amount: sum(award.amount),
            least: sum(award.least),
            greatest: sum(greatest),
            unbounded: u64::from(!bounded),
            open: u64::from(is_open),
        }
    }

    /// One award by the instalments of its measure; they sum to [`Amounts::of`] but for `awards`.
    pub(super) fn parts(award: &Award, measure: &Measure) -> Vec<Self> {
        let whole = Self::of(award);
        let most = if award.greatest == Claim::NO_BOUND {
            award.amount
        } else {
            award.greatest
        };
        let split = |money: Money| instalments(measure, money, award.paid);
        let (amount, least, most) = (split(award.amount), split(award.least), split(most));
        let parts = amount.iter().zip(&least).zip(&most).enumerate();
        parts
            .map(|(index, ((amount, least), most))| Self {
                awards: u64::from(amount.amount > Money::ZERO),
                amount: sum(amount.amount),
                least: sum(least.amount),
                greatest: sum(most.amount),
                // An open award is counted where its first instalment stands.
                unbounded: if index == 0 { whole.unbounded } else { 0 },
                open: if index == 0 { whole.open } else { 0 },
            })
            .collect()
    }

    /// Adds others.
    pub(super) fn merge(&mut self, other: &Self) {
        self.awards += other.awards;
        self.unbounded += other.unbounded;
        self.open += other.open;
        self.amount.merge(other.amount);
        self.least.merge(other.least);
        self.greatest.merge(other.greatest);
    }

    /// Whether there is neither money nor anything that could become money.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

fn sum(money: Money) -> TotalFen {
    TotalFen::of(i128::from(money.fen()))
}
