//! Step 8: highest-of groups.
//!
//! What was already paid to the group for its award periods counts: the highest gets what is
//! still missing to it, and never more than its own claim.
//!
//! # Bounds
//! A member is sure to be the highest where its least is above the greatest of every other, and
//! may be where its greatest is not below the least of any other; equal ones go to the first
//! named, then to the first row. A member that may not take part at all has a least of nothing.

use zhida_policies::measure::library::Library;
use zhida_policies::values::Money;

use crate::awards::Settlement;
use crate::awards::book::Book;
use crate::awards::change::{Cause, Step};
use crate::awards::earlier::period;
use crate::awards::line::{Line, Rule, Sums};
use crate::awards::payments::number;
use crate::awards::together::{self, Over, Overs, Rules, Tally, Together};

/// The groups of a library, in its order.
pub(super) fn overs(library: &Library, year: i32) -> Overs {
    let window = |measure: usize| period(library.measures[measure].cadence, year);
    let overs = library
        .highest_of
        .iter()
        .map(|group| Over::new(library, &group.over, group.by, window));
    Overs::new(library, overs.collect())
}

/// Every group of the library, in its order.
pub(super) fn apply(
    settlement: &Settlement<'_>,
    groups: &Overs,
    lines: &mut [Line],
    book: &mut Book,
) {
    together::apply(settlement, groups, lines, book, &HighestRules);
}

struct HighestRules;

impl Rules for HighestRules {
    fn spares(&self, all: &Tally) -> bool {
        all.claimants <= 1
    }

    /// A single claimant keeps all that it claims, unless something has been paid to the group.
    fn concerns(&self, _: usize, tally: &Tally) -> bool {
        tally.claimants > 1 || tally.paid > 0
    }

    fn apply(&self, rule: usize, lines: &mut [Line], together: &Together<'_>, book: &mut Book) {
        highest(rule, lines, together, book);
    }
}

/// The awards of the whole period, what was paid included.
#[derive(Clone, Copy)]
struct Whole {
    stands: Option<i64>,
    least: i64,
    greatest: i64,
}

impl Whole {
    fn of(line: &Line) -> Self {
        let whole = |fen: i64| fen.saturating_add(line.paid);
        Self {
            stands: line.stands.then(|| whole(line.sums.amount)),
            least: if line.sure { whole(line.sums.least) } else { 0 },
            greatest: if line.may {
                whole(line.sums.greatest)
            } else {
                0
            },
        }
    }
}

fn highest(rule: usize, lines: &mut [Line], together: &Together<'_>, book: &mut Book) {
    let members = together.members;
    let wholes: Vec<Whole> = members
        .iter()
        .map(|member| Whole::of(&lines[member.at]))
        .collect();
    let rivals = together.rivals.iter();
    let rival = rivals
        .map(|rival| Whole::of(&lines[rival.at]).greatest)
        .max();
    let others_may_count = rival.is_some_and(|greatest| greatest > 0);
    let has_several = wholes.iter().filter(|whole| whole.greatest > 0).count() > 1;
    let was_paid = together.paid > 0 || together.perhaps_paid > 0;
    if !has_several && !others_may_count && !together.astray && !was_paid {
        return;
    }
    let winner = (0..wholes.len())
        .filter(|at| wholes[*at].stands.is_some_and(|whole| whole > 0))
        // The last of equal maxima is taken, so that the first named must come last.
        .rev()
        .max_by_key(|at| wholes[*at].stands);
    let rule = Rule {
        step: Step::HighestOf,
        rule: number(rule),
    };
    for (at, member) in members.iter().enumerate() {
        let line = &lines[member.at];
        let ahead = wholes[..at].iter();
        let behind = wholes[at + 1..].iter();
        let own = wholes[at];
        let sure = line.sure
            && !together.astray
            && rival.is_none_or(|rival| own.least > rival)
            && ahead.clone().all(|other| own.least > other.greatest)
            && behind.clone().all(|other| own.least >= other.greatest);
        let may = line.may
            && ahead
                .clone()
                .all(|other| own.greatest > other.least || other.least == 0)
            && behind.clone().all(|other| own.greatest >= other.least);
        let missing = |fen: i64, paid: i64| {
            if fen == i64::MAX {
                return fen;
            }
            let whole = i128::from(fen) + i128::from(line.paid) - i128::from(paid);
            i64::try_from(whole.max(0)).unwrap_or(i64::MAX).min(fen)
        };
        let paid_at_most = together.paid.saturating_add(together.perhaps_paid);
        let Sums {
            amount,
            least,
            greatest,
        } = line.sums;
        let wins = winner == Some(at);
        let if_so = |so: bool, fen: i64, paid: i64| if so { missing(fen, paid) } else { 0 };
        let sums = Sums::of(
            if_so(wins, amount, together.paid),
            if_so(sure, least, paid_at_most),
            if_so(may, greatest, together.paid),
        );
        let cause = match winner {
            Some(winner) if !wins => Cause::NotHighest {
                winner: number(members[winner].at),
            },
            Some(_) | None => Cause::TopUp(Money::from_fen(together.paid)),
        };
        let line = &mut lines[member.at];
        line.stands &= wins;
        line.sure &= sure;
        line.may &= may;
        book.set(member.at, line, sums, rule, cause);
    }
}
