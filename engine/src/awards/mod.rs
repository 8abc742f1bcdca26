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

mod book;
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
mod opened;
mod packed;
mod parts;
mod payable_from;
mod payments;
mod pieces;
mod places;
mod readings;
mod rows;
mod rulebook;
mod settled;
mod split;
#[cfg(test)]
mod tests;
mod together;

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;
use zhida_policies::measure::library::Library;

pub(crate) use caps::CapLimits;
pub use change::{Cause, Change, Changes, Doubt, Split, Step};
pub use claim::{Claim, ClaimState};
pub use columns::ColumnReadings;
pub use opened::Reach;
pub(crate) use opened::{Opened, SharedFunds, share_among};
pub use parts::DueInstalment;
pub(crate) use parts::instalments;
pub use payments::{Payment, Payments};
pub use readings::{Figure, InterpreterReadings, Question, Readings};
pub(crate) use rulebook::Rulebook;
pub use settled::{Award, AwardTotals, FundUse, Problem, ProblemKind, Settled, Standing};
pub use split::{SplitError, split};

use crate::awards::book::{Book, Closed};
use crate::awards::line::Line;
use crate::awards::readings::place;
use crate::awards::settled::Tally;
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
    let mut lines = Lines::default();
    claims.iter().for_each(|claim| lines.push(*claim));
    let rulebook = Rulebook::new(settlement);
    match lines.settle(settlement, &rulebook, &AtomicBool::new(false)) {
        Some(settled) => settled,
        // Nobody cancels.
        None => Ok(Settled::default()),
    }
}

/// The claims of a settlement to come, taken up one after the other.
#[derive(Default)]
pub(crate) struct Lines {
    lines: Vec<Line>,
    /// The last measure in the library of which there is a line.
    last_measure: u32,
    failed: Option<SettleError>,
}

impl Lines {
    /// Makes room for so many more.
    pub(crate) fn reserve(&mut self, more: usize) {
        self.lines.reserve(more);
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.lines.len()
    }

    /// Takes up a claim, which must stand behind those before.
    pub(crate) fn push(&mut self, claim: Claim) {
        let at = self.lines.len();
        let before = self.lines.last().map(|before| (before.row, before.measure));
        if before.is_some_and(|before| before >= (claim.row, claim.measure)) {
            self.failed.get_or_insert(SettleError::Order(at));
        }
        if claim.least.is_negative() || claim.least > claim.greatest {
            self.failed.get_or_insert(SettleError::Amount(at));
        }
        self.last_measure = self.last_measure.max(claim.measure);
        self.lines.push(Line::new(&claim));
    }

    fn check(&self, library: &Library) -> Option<SettleError> {
        if self.lines.len() >= place(u32::MAX) {
            return Some(SettleError::TooMany);
        }
        let measures = library.measures.len();
        if place(self.last_measure) < measures {
            return None;
        }
        let unknown = |line: &Line| place(line.measure) >= measures;
        let at = self.lines.iter().position(unknown)?;
        Some(SettleError::Measure(at))
    }

    /// As [`settle`]; nothing where the caller asked to stop.
    pub(crate) fn settle(
        self,
        settlement: &Settlement<'_>,
        rulebook: &Rulebook,
        cancel: &AtomicBool,
    ) -> Option<Result<Settled, SettleError>> {
        let failed = self.failed.or_else(|| self.check(settlement.library));
        let mut lines = self.lines;
        if let Some(error) = failed {
            return Some(Err(error));
        }
        let mut book = Book::of(&lines);
        let go_on = || (!cancel.load(Ordering::Relaxed)).then_some(());
        earlier::apply(settlement, &rulebook.own_payments, &mut lines, &mut book);
        go_on()?;
        places::apply(settlement, &mut lines, &mut book);
        go_on()?;
        groups::apply(settlement, &rulebook.groups, &mut lines, &mut book);
        go_on()?;
        let limits = CapLimits::read(settlement, &rulebook.caps, &lines);
        caps::apply(settlement, &rulebook.caps, &limits, &mut lines, &mut book);
        go_on()?;
        let fund_of = &rulebook.fund_of;
        let funds = funds::apply(settlement, fund_of, cancel, &mut lines, &mut book);
        go_on()?;
        payable_from::apply(settlement, &mut lines, &mut book);
        go_on()?;
        Some(Ok(close(settlement.library, lines, book, funds)))
    }
}

/// Lines that one thread closes in one go.
const CHUNK: usize = if cfg!(test) { 3 } else { 1 << 16 };

/// Puts the settled lines and the notes on them together.
fn close(library: &Library, mut lines: Vec<Line>, book: Book, funds: Vec<FundUse>) -> Settled {
    let Closed {
        changes,
        splits,
        problems,
    } = book.close(&mut lines);
    let awards: Vec<Award> = lines.into_iter().map(Award::from).collect();
    let measures = library.measures.len();
    let sum = |mut tallies: Vec<Tally>, awards: &[Award]| {
        for award in awards {
            tallies[place(award.measure)].add(award);
        }
        tallies
    };
    let tallies = awards
        .par_chunks(CHUNK)
        .fold(|| vec![Tally::default(); measures], sum);
    let totals = tallies.map(|tallies| tallies.into_iter().map(Tally::totals).collect());
    let measures = totals.reduce(
        || vec![AwardTotals::default(); measures],
        |mut totals: Vec<AwardTotals>, more| {
            let pairs = totals.iter_mut().zip(&more);
            pairs.for_each(|(total, more)| total.merge(more));
            totals
        },
    );
    let mut total = AwardTotals::default();
    measures.iter().for_each(|measure| total.merge(measure));
    Settled {
        awards,
        changes,
        splits,
        funds,
        problems,
        measures,
        total,
    }
}
