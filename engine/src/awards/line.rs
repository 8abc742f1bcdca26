//! One award while it is being settled.

use std::ops::Range;

use zhida_policies::values::Money;

use crate::awards::change::{Cause, Doubt};
use crate::awards::claim::{Claim, ClaimState};
use crate::awards::settled::Award;
use crate::decision::Reason;

/// An amount as things stand, and the ends between which it must lie; all in fen.
///
/// [`i64::MAX`] as the greatest end says that nothing bounds it, which is also the largest amount
/// there can be: sums with it are sound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) amount: i64,
    pub(super) least: i64,
    pub(super) greatest: i64,
}

impl Sums {
    pub(super) const ZERO: Self = Self::point(0);

    pub(super) const fn point(amount: i64) -> Self {
        Self {
            amount,
            least: amount,
            greatest: amount,
        }
    }

    pub(super) fn is_point(self) -> bool {
        self.least == self.greatest
    }

    /// Less a sum that is known, not below zero.
    pub(super) fn less(self, paid: i64) -> Self {
        self.map(|fen| (fen - paid).max(0))
    }

    /// Through a function that never falls. An open end stays open.
    pub(super) fn map(self, function: impl Fn(i64) -> i64) -> Self {
        Self {
            amount: function(self.amount),
            least: function(self.least),
            greatest: if self.greatest == i64::MAX {
                i64::MAX
            } else {
                function(self.greatest)
            },
        }
    }

    /// Between ends that also hold the amount as things stand.
    pub(super) fn of(amount: i64, least: i64, greatest: i64) -> Self {
        Self {
            amount,
            least: least.min(amount),
            greatest: greatest.max(amount),
        }
    }
}

/// One award while it is being settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) row: u32,
    pub(super) measure: u32,
    pub(super) state: ClaimState,
    pub(super) base: i64,
    pub(super) sums: Sums,
    /// What the ledger paid for the same award period.
    pub(super) paid: i64,
    /// Whether it takes part as things stand: it is eligible and no step has put it aside.
    pub(super) stands: bool,
    /// Whether it takes part whatever arrives.
    pub(super) sure: bool,
    /// Whether it may take part, now or once something arrives; also where the ledger has already
    /// paid all of it.
    pub(super) may: bool,
    pub(super) doubt: Option<Doubt>,
    /// Where its changes stand in the book, once that is closed.
    pub(super) changes: Range<u32>,
    /// Why it has no amount, once the book is closed.
    pub(super) reason: Option<Reason>,
}

impl Line {
    pub(super) fn new(claim: &Claim) -> Self {
        let (least, greatest) = (claim.least.fen(), claim.greatest.fen());
        let sure = claim.is_sure();
        let base = match claim.state {
            ClaimState::Eligible | ClaimState::Undetermined | ClaimState::Error => least,
            ClaimState::Ceiling => greatest,
        };
        Self {
            row: claim.row,
            measure: claim.measure,
            state: claim.state,
            base,
            sums: Sums::of(least, least, greatest),
            paid: 0,
            stands: sure,
            sure,
            may: sure || greatest > 0,
            doubt: None,
            changes: 0..0,
            reason: None,
        }
    }

    /// Puts it aside for good.
    pub(super) fn exclude(&mut self) {
        self.stands = false;
        self.sure = false;
        self.may = false;
    }
}

/// In place where both have one size: there are millions of them.
impl From<Line> for Award {
    fn from(line: Line) -> Self {
        Self {
            row: line.row,
            measure: line.measure,
            state: line.state,
            base: Money::from_fen(line.base),
            amount: Money::from_fen(line.sums.amount),
            least: Money::from_fen(line.sums.least),
            greatest: Money::from_fen(line.sums.greatest),
            paid: Money::from_fen(line.paid),
            reason: line.reason,
            doubt: line.doubt.filter(|_| !line.sums.is_point()),
            changes: line.changes,
        }
    }
}

/// A rule at work: the step and the place of the rule.
pub(super) type Rule = Doubt;

impl Cause {
    /// The cause with its places moved.
    pub(super) fn moved(self, lines: u32, splits: u32) -> Self {
        match self {
            Self::NotHighest { winner } => Self::NotHighest {
                winner: winner + lines,
            },
            Self::Part(split) => Self::Part(split + splits),
            Self::UsedUp(split) => Self::UsedUp(split + splits),
            Self::Stopped(split) => Self::Stopped(split + splits),
            Self::Weighted { split, weight } => Self::Weighted {
                split: split + splits,
                weight,
            },
            Self::PaidThisPeriod(_)
            | Self::PaidOtherYears(_)
            | Self::NoPlace { .. }
            | Self::NoRank
            | Self::TopUp(_)
            | Self::NoWeight
            | Self::NoLimit(_)
            | Self::LimitsDiffer
            | Self::BelowPayableFrom { .. } => self,
        }
    }
}
