//! What a step changed, and the figures that made it so.

use std::ops::Range;

use zhida_policies::values::Money;

use crate::awards::readings::place;
use crate::decision::Reason;
use crate::interpreter::UndefinedReason;

/// The steps from a single award to the payable one, by their number in NOTATION.md part 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Less what the ledger already paid.
    EarlierPayments,
    /// Limited places.
    Places,
    /// Highest-of groups.
    HighestOf,
    /// Caps over several measures.
    Caps,
    /// The fund's budget.
    Funds,
    /// The least payable amount.
    PayableFrom,
}

impl Step {
    /// Its number in the fixed order.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::EarlierPayments => 6,
            Self::Places => 7,
            Self::HighestOf => 8,
            Self::Caps => 9,
            Self::Funds => 10,
            Self::PayableFrom => 11,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::EarlierPayments => "已付扣减",
            Self::Places => "名额",
            Self::HighestOf => "就高",
            Self::Caps => "限额",
            Self::Funds => "资金",
            Self::PayableFrom => "起付",
        }
    }
}

/// One change of one award by one rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The award, by its place in [`super::Settled::awards`].
    pub award: u32,
    /// The step.
    pub step: Step,
    /// The rule: the place of the cap, fund or highest-of group in the library; of the measure
    /// itself for the other steps.
    pub rule: u32,
    /// The amount before.
    pub before: Money,
    /// The amount after.
    pub after: Money,
    /// Why.
    pub cause: Cause,
}

/// Why an award changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// This much had been paid for the award period.
    PaidThisPeriod(Money),
    /// This much had been paid for other years, and the cadence excludes another award.
    PaidOtherYears(Money),
    /// Too many rank above, or share the last place.
    NoPlace {
        /// How many rank above.
        above: u32,
        /// How many have the same key, this one included.
        tied: u32,
    },
    /// The key is not known, so that no place can be given yet.
    NoRank,
    /// Another award of the group is higher.
    NotHighest {
        /// The other, by its place in [`super::Settled::awards`].
        winner: u32,
    },
    /// The highest of its group, less what the group had been paid.
    TopUp(Money),
    /// Reduced to its part of what was left: [`Split`].
    Part(u32),
    /// Nothing was left when its turn came: [`Split`].
    UsedUp(u32),
    /// The fund is short, and then pays nobody: [`Split`].
    Stopped(u32),
    /// Its part of the pot by weight: [`Split`].
    Weighted {
        /// The split.
        split: u32,
        /// The weight, times the scale of the split.
        weight: u64,
    },
    /// The weight is not known.
    NoWeight,
    /// The limit has no value.
    NoLimit(UndefinedReason),
    /// The enterprises of a group come to different limits.
    LimitsDiffer,
    /// Below the least payable amount.
    BelowPayableFrom {
        /// The least payable amount.
        threshold: Money,
    },
}

impl Cause {
    /// The published reason, where the change leaves nothing.
    #[must_use]
    pub const fn reason(self, step: Step) -> Reason {
        match self {
            Self::PaidThisPeriod(_) | Self::TopUp(_) => Reason::PaidInFull,
            Self::PaidOtherYears(_) => Reason::PaidEarlier,
            Self::NoPlace { .. } => Reason::NoPlace,
            Self::NoRank | Self::NoWeight | Self::NoLimit(_) | Self::LimitsDiffer => {
                Reason::RuleWithoutValue
            }
            Self::NotHighest { .. } => Reason::NotHighest,
            Self::Part(_) | Self::UsedUp(_) | Self::Weighted { .. } => match step {
                Step::Funds => Reason::FundUsedUp,
                Step::EarlierPayments
                | Step::Places
                | Step::HighestOf
                | Step::Caps
                | Step::PayableFrom => Reason::CapUsedUp,
            },
            Self::Stopped(_) => Reason::FundStopped,
            Self::BelowPayableFrom { .. } => Reason::BelowPayableFrom,
        }
    }
}

/// How a limit or a budget fell short: what there was and what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// The step: caps or funds.
    pub step: Step,
    /// The cap or fund, by its place in the library.
    pub rule: u32,
    /// The limit or budget.
    pub limit: Money,
    /// What the ledger had already paid of it.
    pub paid: Money,
    /// What was left for the awards that shared it.
    pub room: Money,
    /// The sum of the awards that shared it, in fen; for a pot by weight the sum of the weights
    /// times `scale`.
    pub claimed: i128,
    /// By what the weights were multiplied to make them whole; 1 for amounts.
    pub scale: u64,
    /// How many awards shared it.
    pub awards: u32,
}

/// The rule that made the range of an award wider than a point: someone else's undetermined
/// decision, or an unknown key, limit, weight or shared fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// The step.
    pub step: Step,
    /// The rule, as in [`Change::rule`].
    pub rule: u32,
}

/// All changes, by award, then in the order of the steps.
///
/// There are millions of them; they stand in the pieces in which they were made, and the changes
/// of one award in one piece.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Each piece with the number of changes before it; none is empty.
    pieces: Vec<(usize, Vec<Change>)>,
}

impl Changes {
    /// Pieces that follow each other.
    pub(super) fn new(pieces: Vec<Vec<Change>>) -> Self {
        let mut before = 0;
        let pieces = pieces.into_iter().filter(|piece| !piece.is_empty());
        let pieces = pieces.map(|piece| {
            let start = before;
            before += piece.len();
            (start, piece)
        });
        Self {
            pieces: pieces.collect(),
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        let last = self.pieces.last();
        last.map_or(0, |(before, piece)| before + piece.len())
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = &Change> {
        self.pieces.iter().flat_map(|(_, piece)| piece)
    }

    /// Those of one award, by their places among all.
    #[must_use]
    pub fn of(&self, award: &Range<u32>) -> &[Change] {
        let (start, end) = (place(award.start), place(award.end));
        let piece = self.pieces.partition_point(|(before, _)| *before <= start);
        let piece = piece
            .checked_sub(1)
            .and_then(|piece| self.pieces.get(piece));
        let found = piece.and_then(|(before, piece)| {
            piece.get(start.checked_sub(*before)?..end.checked_sub(*before)?)
        });
        found.unwrap_or_default()
    }

    /// In pieces, for several threads.
    pub(crate) fn pieces(&self) -> &[(usize, Vec<Change>)] {
        &self.pieces
    }
}
