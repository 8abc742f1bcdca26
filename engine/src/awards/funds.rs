//! Step 10: fund budgets.
//!
//! A budget is the pot of one year: what the ledger paid from the fund's measures for the
//! assessment year has been spent, whoever was paid. Funds that no file declares are kept
//! elsewhere and limit nothing here.

mod weights;

use rayon::prelude::*;
use zhida_policies::measure::{Fund, FundRule};
use zhida_policies::values::Money;

use crate::awards::Settlement;
use crate::awards::change::{Cause, Split, Step};
use crate::awards::fill::{Entry, fill};
use crate::awards::levels::{Order, UNKNOWN, levels, note_undefined};
use crate::awards::line::{Book, Line, Rule, Sums};
use crate::awards::payments::{number, sum};
use crate::awards::readings::{Question, place};
use crate::awards::settled::FundUse;
use crate::sweep::TotalFen;
use zhida_policies::measure::expression::Expr;

/// What a fund gives one award.
struct Grant {
    at: usize,
    sums: Sums,
    cause: Cause,
}

/// What a fund works with.
struct Pot<'a> {
    settlement: &'a Settlement<'a>,
    fund: &'a Fund,
    rule: Rule,
    /// What the ledger paid from it.
    paid: i64,
    /// What is left.
    room: i64,
    /// The awards that draw on it.
    members: &'a [usize],
    lines: &'a [Line],
}

/// What came of one fund.
struct Granted {
    grants: Vec<Grant>,
    book: Book,
    fund: FundUse,
}

/// Every fund of the library; each measure draws on one at most.
pub(super) fn apply(
    settlement: &Settlement<'_>,
    lines: &mut [Line],
    book: &mut Book,
) -> Vec<FundUse> {
    let library = settlement.library;
    let fund_of = |name| library.funds.iter().position(|fund| Some(&fund.id) == name);
    let drawn: Vec<Option<usize>> = library
        .measures
        .iter()
        .map(|measure| fund_of(measure.fund.as_ref()))
        .collect();
    let members = members(&drawn, library.funds.len(), lines);
    let shared: &[Line] = lines;
    let granted: Vec<Granted> = members
        .par_iter()
        .enumerate()
        .filter(|(fund, _)| drawn.contains(&Some(*fund)))
        .map(|(fund, members)| {
            let payments = settlement.payments.all().iter().filter(|payment| {
                payment.year == settlement.context.year
                    && drawn[place(payment.measure)] == Some(fund)
            });
            let paid = sum(payments);
            let rule = Rule {
                step: Step::Funds,
                rule: number(fund),
            };
            let fund = &library.funds[fund];
            let room = fund.budget.fen().saturating_sub(paid).max(0);
            let pot = Pot {
                settlement,
                fund,
                rule,
                paid,
                room,
                members,
                lines: shared,
            };
            pot.share()
        })
        .collect();
    let mut uses = Vec::with_capacity(granted.len());
    for one in granted {
        let splits = number(book.splits.len());
        book.absorb(one.book, 0);
        let rule = Rule {
            step: Step::Funds,
            rule: one.fund.fund,
        };
        for grant in one.grants {
            let cause = grant.cause.moved(0, splits);
            book.set(grant.at, &mut lines[grant.at], grant.sums, rule, cause);
        }
        uses.push(one.fund);
    }
    uses
}

/// Lines that one thread looks at in one go.
const CHUNK: usize = if cfg!(test) { 3 } else { 1 << 16 };

/// The awards that may draw on each fund, in their order.
fn members(drawn: &[Option<usize>], funds: usize, lines: &[Line]) -> Vec<Vec<usize>> {
    let chunks = lines.par_chunks(CHUNK).enumerate();
    let chunks: Vec<Vec<Vec<usize>>> = chunks
        .map(|(number, chunk)| {
            let mut members = vec![Vec::new(); funds];
            for (at, line) in chunk.iter().enumerate() {
                if let (Some(fund), true) = (drawn[place(line.measure)], line.may) {
                    members[fund].push(number * CHUNK + at);
                }
            }
            members
        })
        .collect();
    let all = |fund: usize| -> Vec<usize> {
        let parts: Vec<&[usize]> = chunks.iter().map(|chunk| &*chunk[fund]).collect();
        parts.concat()
    };
    (0..funds).into_par_iter().map(all).collect()
}

impl Pot<'_> {
    fn share(&self) -> Granted {
        let mut book = Book::default();
        let claims = |pick: fn(Sums) -> i64| -> i128 {
            let sums = self.members.iter().map(|at| self.lines[*at].sums);
            sums.map(|sums| i128::from(pick(sums))).sum()
        };
        let claimed = claims(|sums| sums.amount);
        let at_most = claims(|sums| sums.greatest);
        let fits = at_most <= i128::from(self.room);
        let grants = match &self.fund.rule {
            FundRule::ByWeight(weight) => self.by_weight(weight, &mut book),
            FundRule::ProRata | FundRule::FirstCome(_) | FundRule::Ranked(_) | FundRule::Stop
                if fits =>
            {
                Vec::new()
            }
            FundRule::ProRata => self.by_level(&vec![0; self.members.len()], &mut book),
            FundRule::FirstCome(Some(key)) => {
                let levels = self.levels(key, Order::Ascending, &mut book);
                self.by_level(&levels, &mut book)
            }
            FundRule::FirstCome(None) => {
                let rows = self.members.iter().map(|at| self.lines[*at].row);
                self.by_level(&rows.collect::<Vec<u32>>(), &mut book)
            }
            FundRule::Ranked(key) => {
                let levels = self.levels(key, Order::Descending, &mut book);
                self.by_level(&levels, &mut book)
            }
            FundRule::Stop => self.stop(claimed, &mut book),
        };
        let fund = self.used(claimed, &grants);
        let mut grants = grants;
        // Those that change nothing leave no note.
        grants.retain(|grant| grant.sums != self.lines[grant.at].sums);
        grants.shrink_to_fit();
        Granted { grants, book, fund }
    }

    fn used(&self, claimed: i128, grants: &[Grant]) -> FundUse {
        let lines = self.members.iter().map(|at| &self.lines[*at]);
        let awards = lines.clone().filter(|line| line.sums.amount > 0).count();
        let open = lines.filter(|line| !line.sums.is_point()).count();
        let granted = if grants.is_empty() {
            claimed
        } else {
            grants
                .iter()
                .map(|grant| i128::from(grant.sums.amount))
                .sum()
        };
        let left = i128::from(self.room) - granted;
        FundUse {
            fund: self.rule.rule,
            budget: self.fund.budget,
            paid: Money::from_fen(self.paid),
            claimed: TotalFen::of(claimed),
            granted: TotalFen::of(granted),
            left: Money::from_fen(i64::try_from(left).unwrap_or(0)),
            awards: u64::from(number(awards)),
            open: u64::from(number(open)),
        }
    }

    fn levels(&self, key: &Expr, order: Order, book: &mut Book) -> Vec<u32> {
        let rows: Vec<u32> = self.members.iter().map(|at| self.lines[*at].row).collect();
        let question = Question {
            expression: key,
            bindings: &self.fund.bindings,
        };
        let keys = self.settlement.readings.figures(question, &rows);
        note_undefined(book, Step::Funds, self.rule.rule, &rows, &keys);
        levels(&keys, order)
    }

    /// What fell short, for the explanation.
    fn split(&self, room: i64, claimed: i128, awards: u32) -> Split {
        Split {
            step: Step::Funds,
            rule: self.rule.rule,
            limit: self.fund.budget,
            paid: Money::from_fen(self.paid),
            room: Money::from_fen(room),
            claimed,
            scale: 1,
            awards,
        }
    }

    /// Level by level; the level that does not fit shares what is left pro rata.
    fn by_level(&self, levels: &[u32], book: &mut Book) -> Vec<Grant> {
        let mut order: Vec<(u32, usize)> = levels
            .iter()
            .copied()
            .zip(self.members.iter().copied())
            .collect();
        order.sort_unstable();
        let entry = |(level, at): &(u32, usize)| Entry {
            level: *level,
            sums: self.lines[*at].sums,
        };
        let entries: Vec<Entry> = order.iter().map(entry).collect();
        let filled = fill(&entries, &[], Sums::point(self.room));
        let split = filled
            .edge
            .map(|edge| book.split(self.split(edge.room, edge.claimed, edge.awards)));
        let split = split.unwrap_or_default();
        let grants = order.iter().zip(filled.sums).map(|((level, at), sums)| {
            let cause = match filled.edge {
                Some(edge) if edge.level < *level => Cause::UsedUp(split),
                Some(_) if *level == UNKNOWN => Cause::NoRank,
                Some(_) | None => Cause::Part(split),
            };
            Grant {
                at: *at,
                sums,
                cause,
            }
        });
        grants.collect()
    }

    /// Everybody, or nobody.
    fn stop(&self, claimed: i128, book: &mut Book) -> Vec<Grant> {
        let room = i128::from(self.room);
        let lines = self.members.iter().map(|at| &self.lines[*at]);
        let least: i128 = lines.map(|line| i128::from(line.sums.least)).sum();
        let stops = claimed > room;
        let split = if stops {
            book.split(self.split(self.room, claimed, number(self.members.len())))
        } else {
            0
        };
        let grant = |at: &usize| {
            let sums = self.lines[*at].sums;
            // With everybody else at the least, this much of it fits.
            let fits = room - (least - i128::from(sums.least));
            let greatest = if fits < i128::from(sums.least) {
                0
            } else {
                sums.greatest.min(i64::try_from(fits).unwrap_or(i64::MAX))
            };
            let amount = if stops { 0 } else { sums.amount };
            Grant {
                at: *at,
                // The fund may yet be short: that it is not was asked before.
                sums: Sums::of(amount, 0, greatest),
                cause: Cause::Stopped(split),
            }
        };
        self.members.iter().map(grant).collect()
    }
}
