//! Step 10: fund budgets.
//!
//! A budget is the pot of one year: what the ledger paid from the fund's measures for the
//! assessment year has been spent, whoever was paid. Funds that no file declares are kept
//! elsewhere and limit nothing here.

mod drawn;
mod pot;
mod weights;

use std::cmp::Reverse;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;
use zhida_policies::measure::FundRule;

use crate::awards::Settlement;
use crate::awards::book::Book;
use crate::awards::change::{Cause, Step};
pub(super) use crate::awards::funds::drawn::{Drawn, FundOf};
use crate::awards::funds::pot::Pot;
use crate::awards::line::{Line, Rule, Sums};
use crate::awards::payments::{number, sum};
use crate::awards::readings::place;
use crate::awards::settled::FundUse;

/// What a fund changes of one award.
pub(super) struct Granting {
    /// Its place among the lines that it was taken from.
    at: u32,
    sums: Sums,
    cause: Cause,
}

/// A fund with the awards that draw on it, in parts that follow each other.
pub(super) struct Asking {
    pub(super) fund: usize,
    pub(super) parts: Vec<Vec<Drawn>>,
}

impl Asking {
    /// How many awards draw on it.
    pub(super) fn awards(&self) -> usize {
        self.parts.iter().map(Vec::len).sum()
    }
}

/// What came of one fund.
pub(super) struct Granted {
    /// By part, in the order of the awards.
    pub(super) parts: Vec<Vec<Granting>>,
    /// Its splits and problems.
    pub(super) book: Book,
    pub(super) used: FundUse,
}

impl Granted {
    /// The fund as a rule.
    pub(super) fn rule(&self) -> Rule {
        rule(self.used.fund)
    }
}

fn rule(fund: u32) -> Rule {
    Rule {
        step: Step::Funds,
        rule: fund,
    }
}

/// Every fund of the library; each measure draws on one at most. Not all of them where the caller
/// asked to stop.
pub(super) fn apply(
    settlement: &Settlement<'_>,
    fund_of: &FundOf,
    cancel: &AtomicBool,
    lines: &mut [Line],
    book: &mut Book,
) -> Vec<FundUse> {
    let drawn = fund_of.drawn();
    let mut uses = Vec::with_capacity(drawn.len());
    for funds in drawn.chunks(FUNDS_AT_ONCE) {
        let chunks = fund_of.draws_of_chunks(funds, lines);
        let granted = share(settlement, fund_of, cancel, by_fund(funds, chunks));
        uses.extend(grant(granted, lines, book));
    }
    uses
}

/// How many funds are shared before their awards get what they grant: all grants of all funds at
/// once would take more memory than the awards.
const FUNDS_AT_ONCE: usize = 8;

/// These funds with what draws on them, of parts that each have it by fund.
pub(super) fn by_fund(funds: &[usize], mut parts: Vec<Vec<Vec<Drawn>>>) -> Vec<Asking> {
    let mut asking = |fund: &usize| Asking {
        fund: *fund,
        parts: parts
            .iter_mut()
            .map(|part| part.get_mut(*fund).map(std::mem::take).unwrap_or_default())
            .collect(),
    };
    funds.iter().map(&mut asking).collect()
}

/// Shares funds, in the order of the library; not all of them where the caller asked to stop.
pub(super) fn share(
    settlement: &Settlement<'_>,
    fund_of: &FundOf,
    cancel: &AtomicBool,
    mut asked: Vec<Asking>,
) -> Vec<Granted> {
    let library = settlement.library;
    // The longest first, so that nobody waits for one of those at the end.
    asked.sort_by_key(|asking| {
        let rule = &library.funds[asking.fund].rule;
        Reverse(work(rule, asking.awards()))
    });
    let shared = asked.into_iter().par_bridge();
    let mut granted: Vec<Granted> = shared
        .filter(|_| !cancel.load(Ordering::Relaxed))
        .map(|asking| share_one(settlement, fund_of, asking))
        .collect();
    granted.sort_by_key(|granted| granted.used.fund);
    granted
}

fn share_one(settlement: &Settlement<'_>, fund_of: &FundOf, asking: Asking) -> Granted {
    let Asking { fund: at, parts } = asking;
    let payments = settlement.payments.all().iter().filter(|payment| {
        payment.year == settlement.context.year && fund_of.of(payment.measure) == Some(at)
    });
    let paid = sum(payments);
    let fund = &settlement.library.funds[at];
    let lengths: Vec<usize> = parts.iter().map(Vec::len).collect();
    let mut drawn = Vec::with_capacity(lengths.iter().sum());
    parts.into_iter().for_each(|part| drawn.extend(part));
    let pot = Pot {
        settlement,
        fund,
        rule: rule(number(at)),
        paid,
        room: fund.budget.fen().saturating_sub(paid).max(0),
        drawn,
    };
    let mut book = Book::default();
    let (grants, used) = pot.share(&mut book);
    let mut all = pot.drawn.iter().zip(grants);
    let part = |length: usize| -> Vec<Granting> {
        // Those that change nothing leave no note.
        let own = all.by_ref().take(length);
        let changed = own.filter(|(drawn, grant)| grant.sums != drawn.sums);
        changed
            .map(|(drawn, grant)| Granting {
                at: drawn.at,
                sums: grant.sums,
                cause: grant.cause,
            })
            .collect()
    };
    Granted {
        parts: lengths.into_iter().map(part).collect(),
        book,
        used,
    }
}

/// How long sharing takes, about: weights are divided several times, keys are put in order.
fn work(rule: &FundRule, members: usize) -> usize {
    members.saturating_mul(match rule {
        FundRule::ByWeight(_) => 4,
        FundRule::FirstCome(_) | FundRule::Ranked(_) => 3,
        FundRule::ProRata => 2,
        FundRule::Stop => 1,
    })
}

/// Gives the awards what the funds grant.
fn grant(granted: Vec<Granted>, lines: &mut [Line], book: &mut Book) -> Vec<FundUse> {
    let mut uses = Vec::with_capacity(granted.len());
    let mut grants: Vec<(Rule, u32, Vec<Granting>)> = Vec::with_capacity(granted.len());
    for one in granted {
        let rule = one.rule();
        let parts = one.parts.into_iter().flatten();
        grants.push((rule, number(book.splits.len()), parts.collect()));
        book.absorb(one.book, 0);
        uses.push(one.used);
    }
    let pieces = book.split_lines(lines).into_par_iter();
    let books: Vec<(usize, Book)> = pieces
        .map(|(first, piece)| {
            let end = first + piece.len();
            let mut book = Book::default();
            for (rule, splits, grants) in &grants {
                let next = grants.partition_point(|one| place(one.at) < first);
                let grants = grants[next..].iter();
                let grants = grants.take_while(|one| place(one.at) < end);
                give(*rule, *splits, grants, (first, piece), &mut book);
            }
            (first, book)
        })
        .collect();
    for (first, other) in books {
        book.absorb_changes(other, first);
    }
    uses
}

/// Gives the awards of a piece, which begins at a place, what a fund grants; so many splits stand
/// before its own.
pub(super) fn give<'g>(
    rule: Rule,
    splits: u32,
    grants: impl Iterator<Item = &'g Granting>,
    (first, piece): (usize, &mut [Line]),
    book: &mut Book,
) {
    for one in grants {
        let at = place(one.at) - first;
        let cause = one.cause.moved(0, splits);
        book.set(at, &mut piece[at], one.sums, rule, cause);
    }
}
