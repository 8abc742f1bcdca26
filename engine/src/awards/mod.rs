//! From single awards to the payable list: steps 6 to 13 of NOTATION.md part 7.
//!
//! One module a step, in a fixed order: less what was already paid (`earlier`), limited places
//! (`places`), highest-of groups (`groups`), caps over several measures (`caps`), budgets
//! (`funds`), the least payable amount (`payable_from`), instalments and funding shares
//! (`parts`). A step is a pure function of the awards before it, and notes each change with the
//! figures that made it so; a step that does nothing leaves no note.
//!
//! Every award is carried as three amounts: what comes out as things stand, with undetermined
//! decisions at their least, and the ends between which it must lie whatever facts arrive. So an
//! undetermined decision never silently changes the money of others: where it could, their ends
//! differ, and [`Award::payable`] pays nothing that could be taken away again.
//!
//! Results depend neither on threads nor on the order of anything but the library and the snapshot.

mod caps;
mod change;
mod claim;
mod columns;
mod earlier;
mod fill;
mod funds;
mod groups;
mod levels;
mod line;
mod parts;
mod payable_from;
mod payments;
mod places;
mod readings;
mod settled;
mod split;
#[cfg(test)]
mod tests;
mod together;

use rayon::prelude::*;
use zhida_policies::measure::library::Library;
use zhida_policies::values::Money;

pub use change::{Cause, Change, Doubt, Split, Step};
pub use claim::{Claim, ClaimState};
pub use columns::ColumnReadings;
pub use parts::DueInstalment;
pub(crate) use parts::instalments;
pub use payments::{Payment, Payments};
pub use readings::{Figure, InterpreterReadings, Question, Readings};
pub use settled::{Award, AwardTotals, FundUse, Problem, ProblemKind, Settled, Standing};
pub use split::{SplitError, split};

use crate::awards::line::{Book, Line};
use crate::awards::payments::number;
use crate::awards::readings::place;
use crate::interpreter::Context;

/// What a settlement works with.
#[derive(Clone, Copy)]
pub struct Settlement<'a> {
    /// The measures, funds, caps and groups.
    pub library: &'a Library,
    /// The assessment year and the as-of date.
    pub context: Context,
    /// The ledger.
    pub payments: &'a Payments,
    /// Keys, limits, weights and shared facts.
    pub readings: &'a dyn Readings,
}

/// Why claims cannot be settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettleError {
    /// The claims are not in order, or a pair of enterprise and measure comes twice.
    #[error("the claim at place {0} is not behind the one before it")]
    Order(usize),
    /// A claim names a measure that the library does not hold.
    #[error("the claim at place {0} names a measure that the library does not hold")]
    Measure(usize),
    /// A claim is below zero, or its ends are turned.
    #[error("the claim at place {0} is below zero, or its ends are turned")]
    Amount(usize),
    /// There are more claims than 32 bits can number.
    #[error("there are more than 4294967294 claims")]
    TooMany,
}

/// Makes single awards into a payable list.
///
/// # Shape
/// `claims` by row, then by measure, each pair once; one award for each claim, in the same order.
/// # Units
/// Fen.
/// # Errors
/// [`SettleError`] when the claims are not in order, or say what no sweep can say.
/// # Source
/// NOTATION.md part 7; DOMAIN.md shapes S14, S20 to S34, S36, S47.
pub fn settle(settlement: &Settlement<'_>, claims: &[Claim]) -> Result<Settled, SettleError> {
    check(settlement.library, claims)?;
    let mut lines: Vec<Line> = claims.iter().map(Line::new).collect();
    let mut book = Book::default();
    earlier::apply(settlement, &mut lines, &mut book);
    places::apply(settlement, &mut lines, &mut book);
    groups::apply(settlement, &mut lines, &mut book);
    caps::apply(settlement, &mut lines, &mut book);
    let funds = funds::apply(settlement, &mut lines, &mut book);
    payable_from::apply(settlement, &mut lines, &mut book);
    Ok(close(settlement.library, lines, book, funds))
}

fn check(library: &Library, claims: &[Claim]) -> Result<(), SettleError> {
    if claims.len() >= place(u32::MAX) {
        return Err(SettleError::TooMany);
    }
    for (at, claim) in claims.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| claims.get(before));
        let key = (claim.row, claim.measure);
        if before.is_some_and(|before| (before.row, before.measure) >= key) {
            return Err(SettleError::Order(at));
        }
        if place(claim.measure) >= library.measures.len() {
            return Err(SettleError::Measure(at));
        }
        if claim.least.is_negative() || claim.least > claim.greatest {
            return Err(SettleError::Amount(at));
        }
    }
    Ok(())
}

/// Puts the settled lines and the notes on them together.
fn close(library: &Library, lines: Vec<Line>, mut book: Book, funds: Vec<FundUse>) -> Settled {
    // The steps ran in order, and a stable sort keeps that order within each award.
    book.changes.par_sort_by_key(|change| change.award);
    book.problems
        .sort_by_key(|problem| (problem.at.step, problem.at.rule, problem.row));
    book.problems.dedup();
    let mut measures = vec![AwardTotals::default(); library.measures.len()];
    let mut awards = Vec::with_capacity(lines.len());
    let mut next = 0;
    for (at, line) in lines.into_iter().enumerate() {
        let start = next;
        let mut reason = None;
        while let Some(change) = book.changes.get(next)
            && change.award == number(at)
        {
            reason = Some(change.cause.reason(change.step));
            next += 1;
        }
        let award = Award {
            row: line.row,
            measure: line.measure,
            state: line.state,
            base: Money::from_fen(line.base),
            amount: Money::from_fen(line.sums.amount),
            least: Money::from_fen(line.sums.least),
            greatest: Money::from_fen(line.sums.greatest),
            paid: Money::from_fen(line.paid),
            reason: reason.filter(|_| line.sums.amount == 0),
            doubt: line.doubt.filter(|_| !line.sums.is_point()),
            changes: number(start)..number(next),
        };
        measures[place(award.measure)].add(&award);
        awards.push(award);
    }
    let mut total = AwardTotals::default();
    measures.iter().for_each(|measure| total.merge(measure));
    Settled {
        awards,
        changes: book.changes,
        splits: book.splits,
        funds,
        problems: book.problems,
        measures,
        total,
    }
}
