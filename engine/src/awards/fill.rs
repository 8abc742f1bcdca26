//! Sharing a limited sum: level by level, and within a level pro rata.
//!
//! One function serves caps and funds: pro rata has one level, first come and ranked have one
//! level for each key. A level that does not fit shares what is left by largest remainder; the
//! levels behind it get nothing.
//!
//! # Bounds
//! What one award gets never falls when its own claim or the room grows, and never rises when
//! another claim of its level or of an earlier one grows, apart from the rounding of the split to
//! the fen below or above its exact quota. So the least is the floor of the quota with its own
//! claim and the room at their least and the others at their greatest, and the greatest the
//! ceiling of the opposite. A member whose level is not known may come before anybody.

use crate::awards::levels::UNKNOWN;
use crate::awards::line::Sums;
use crate::awards::split::split_fen;

/// One award that takes part.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) level: u32,
    pub(super) sums: Sums,
}

/// Claims that may or may not belong here, because a shared fact is unknown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rival {
    pub(super) level: u32,
    pub(super) greatest: i128,
}

/// Where the room ended, as things stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    /// The level that did not fit.
    pub(super) level: u32,
    /// What was left for it.
    pub(super) room: i64,
    /// What it claimed.
    pub(super) claimed: i128,
    /// How many claims it has.
    pub(super) awards: u32,
}

/// What each award gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Filled {
    pub(super) sums: Vec<Sums>,
    pub(super) edge: Option<Edge>,
}

/// Sums of claims in 128 bits.
#[derive(Clone, Copy, Debug, Default)]
struct Totals {
    amount: i128,
    least: i128,
    greatest: i128,
}

impl Totals {
    fn of(entries: &[Entry]) -> Self {
        entries.iter().fold(Self::default(), |totals, entry| {
            totals.plus(Self {
                amount: entry.sums.amount.into(),
                least: entry.sums.least.into(),
                greatest: entry.sums.greatest.into(),
            })
        })
    }

    fn plus(self, other: Self) -> Self {
        Self {
            amount: self.amount + other.amount,
            least: self.least + other.least,
            greatest: self.greatest + other.greatest,
        }
    }
}

/// Shares the room. The entries stand by level, the unknown ones last.
pub(super) fn fill(entries: &[Entry], rivals: &[Rival], room: Sums) -> Filled {
    let unknown = entries.partition_point(|entry| entry.level < UNKNOWN);
    let unknown_greatest = Totals::of(&entries[unknown..]).greatest;
    let mut sums = Vec::with_capacity(entries.len());
    let mut edge = None;
    let mut before = Totals::default();
    let mut fixed = room.is_point() && unknown_greatest == 0;
    for level in entries.chunk_by(|left, right| left.level == right.level) {
        let here = Totals::of(level);
        let at = level.first().map_or(UNKNOWN, |entry| entry.level);
        let left = fen((i128::from(room.amount) - before.amount).max(0));
        let parts = stand(level, here.amount, left, &mut edge);
        fixed &= here.least == here.greatest && rivals.iter().all(|rival| rival.level > at);
        let sure = Known {
            room,
            before,
            here,
            earlier: unknown_greatest + rivals_at(rivals, |rival| rival < at),
            same: rivals_at(rivals, |rival| rival == at),
        };
        for (place, entry) in level.iter().enumerate() {
            let amount = match &parts {
                Stand::Whole => entry.sums.amount,
                Stand::Parts(parts) => fen(parts[place].into()),
                Stand::Nothing => 0,
            };
            sums.push(if fixed {
                Sums::point(amount)
            } else if at == UNKNOWN {
                let others = before.plus(here).greatest - i128::from(entry.sums.greatest);
                let others = others + rivals_at(rivals, |_| true);
                let least = quota(entry.sums.least, 0, i128::from(room.least) - others);
                let greatest = quota(entry.sums.greatest, 0, room.greatest.into());
                Sums::of(amount, fen(least.0), fen(greatest.1))
            } else {
                sure.bounds(entry.sums, amount)
            });
        }
        before = before.plus(here);
    }
    Filled { sums, edge }
}

/// What the claims of a level get as things stand.
enum Stand {
    /// All that they claim.
    Whole,
    /// A part each.
    Parts(Vec<u64>),
    /// Nothing is left for them.
    Nothing,
}

fn stand(level: &[Entry], claimed: i128, left: i64, edge: &mut Option<Edge>) -> Stand {
    if claimed <= i128::from(left) {
        return Stand::Whole;
    }
    if edge.is_none() {
        *edge = Some(Edge {
            level: level.first().map_or(UNKNOWN, |entry| entry.level),
            room: left,
            claimed,
            awards: super::payments::number(
                level.iter().filter(|entry| entry.sums.amount > 0).count(),
            ),
        });
    }
    if left == 0 {
        return Stand::Nothing;
    }
    let weights: Vec<u64> = level
        .iter()
        .map(|entry| entry.sums.amount.unsigned_abs())
        .collect();
    Stand::Parts(split_fen(left.unsigned_abs(), &weights))
}

/// A level whose key is known, and what comes before it.
struct Known {
    room: Sums,
    before: Totals,
    here: Totals,
    /// What members of unknown level and rivals of earlier levels may take first.
    earlier: i128,
    /// What rivals of this level may take.
    same: i128,
}

impl Known {
    fn bounds(&self, own: Sums, amount: i64) -> Sums {
        let others = self.here.greatest - i128::from(own.greatest) + self.same;
        let room = i128::from(self.room.least) - self.before.greatest - self.earlier;
        let least = quota(own.least, others, room).0;
        let others = self.here.least - i128::from(own.least);
        let room = i128::from(self.room.greatest) - self.before.least;
        let greatest = quota(own.greatest, others, room).1;
        Sums::of(amount, fen(least), fen(greatest))
    }
}

fn rivals_at(rivals: &[Rival], holds: impl Fn(u32) -> bool) -> i128 {
    let there = rivals.iter().filter(|rival| holds(rival.level));
    there.map(|rival| rival.greatest).sum()
}

/// The floor and the ceiling of a claim's exact part of a room that it shares with others.
fn quota(own: i64, others: i128, room: i128) -> (i128, i128) {
    let own = i128::from(own);
    let all = own + others;
    if own <= 0 || room <= 0 {
        return (0, 0);
    }
    if all <= room {
        return (own, own);
    }
    // The room is below the sum here, and the sum of a room and a claim fits 128 bits.
    let product = own * room;
    let floor = product / all;
    (floor, floor + i128::from(floor * all < product))
}

/// An amount of at most 64 bits: a part of a 64-bit whole.
fn fen(amount: i128) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX)
}
