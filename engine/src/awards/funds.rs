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
use crate::awards::change::{Cause, Change, Split, Step};
use crate::awards::fill::{Entry, fill};
use crate::awards::levels::{Order, UNKNOWN, levels, note_undefined};
use crate::awards::line::{Book, Line, Rule, Sums};
use crate::awards::payments::{number, sum};
use crate::awards::readings::{Question, place};
use crate::awards::settled::FundUse;
use crate::sweep::TotalFen;
use zhida_policies::measure::expression::Expr;

/// What a fund leaves one award.
#[derive(Clone, Copy)]
struct Grant {
    sums: Sums,
    cause: Cause,
}

/// What a fund changes of one award.
struct Granting {
    at: usize,
    grant: Grant,
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
    /// The awards that draw on it, in their order.
    members: &'a [u32],
    /// What they come to before it: funds look at their members again and again, in the order of
    /// keys, and millions of lines lie far apart.
    sums: Vec<Sums>,
    lines: &'a [Line],
}

/// What the awards of a fund ask for together.
#[derive(Default)]
struct Asked {
    claimed: i128,
    at_least: i128,
    at_most: i128,
    /// How many ask for something as things stand.
    awards: u64,
    /// How many are open.
    open: u64,
}

/// What came of one fund.
struct Granted {
    /// In the order of the awards.
    grants: Vec<Granting>,
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
            let sums = members.iter().map(|at| shared[place(*at)].sums);
            let pot = Pot {
                settlement,
                fund,
                rule,
                paid,
                room,
                members,
                sums: sums.collect(),
                lines: shared,
            };
            pot.share()
        })
        .collect();
    grant(granted, lines, book)
}

/// Gives the awards what the funds grant.
fn grant(granted: Vec<Granted>, lines: &mut [Line], book: &mut Book) -> Vec<FundUse> {
    let mut uses = Vec::with_capacity(granted.len());
    let mut grants: Vec<(Rule, u32, Vec<Granting>)> = Vec::with_capacity(granted.len());
    for one in granted {
        let rule = Rule {
            step: Step::Funds,
            rule: one.fund.fund,
        };
        grants.push((rule, number(book.splits.len()), one.grants));
        book.absorb(one.book, 0);
        uses.push(one.fund);
    }
    let chunks = lines.par_chunks_mut(CHUNK).enumerate();
    let changes: Vec<Vec<Change>> = chunks
        .map(|(number, chunk)| {
            let first = number * CHUNK;
            let end = first + chunk.len();
            let mut book = Book::default();
            for (rule, splits, grants) in &grants {
                let next = grants.partition_point(|one| one.at < first);
                for one in grants[next..].iter().take_while(|one| one.at < end) {
                    let line = &mut chunk[one.at - first];
                    let cause = one.grant.cause.moved(0, *splits);
                    book.set(one.at, line, one.grant.sums, *rule, cause);
                }
            }
            book.changes
        })
        .collect();
    book.changes.reserve(changes.iter().map(Vec::len).sum());
    changes
        .into_iter()
        .for_each(|changes| book.changes.extend(changes));
    uses
}

/// Lines that one thread looks at in one go.
const CHUNK: usize = if cfg!(test) { 3 } else { 1 << 16 };

/// The awards that may draw on each fund, in their order.
fn members(drawn: &[Option<usize>], funds: usize, lines: &[Line]) -> Vec<Vec<u32>> {
    let chunks = lines.par_chunks(CHUNK).enumerate();
    let chunks: Vec<Vec<Vec<u32>>> = chunks
        .map(|(chunk_number, chunk)| {
            let mut members = vec![Vec::new(); funds];
            for (at, line) in (number(chunk_number * CHUNK)..).zip(chunk) {
                if let (Some(fund), true) = (drawn[place(line.measure)], line.may) {
                    members[fund].push(at);
                }
            }
            members
        })
        .collect();
    let all = |fund: usize| -> Vec<u32> {
        let parts: Vec<&[u32]> = chunks.iter().map(|chunk| &*chunk[fund]).collect();
        parts.concat()
    };
    (0..funds).into_par_iter().map(all).collect()
}

impl Pot<'_> {
    fn share(&self) -> Granted {
        let mut book = Book::default();
        let asked = self.asked();
        let fits = asked.at_most <= i128::from(self.room);
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
            FundRule::FirstCome(None) => self.by_level(&self.rows(), &mut book),
            FundRule::Ranked(key) => {
                let levels = self.levels(key, Order::Descending, &mut book);
                self.by_level(&levels, &mut book)
            }
            FundRule::Stop => self.stop(&asked, &mut book),
        };
        let fund = self.used(&asked, &grants);
        // Those that change nothing leave no note.
        let changed = self.members.iter().zip(&self.sums).zip(grants);
        let changed = changed.filter(|((_, sums), grant)| grant.sums != **sums);
        let grants = changed.map(|((at, _), grant)| Granting {
            at: place(*at),
            grant,
        });
        Granted {
            grants: grants.collect(),
            book,
            fund,
        }
    }

    /// The line of a member.
    fn line(&self, member: usize) -> &Line {
        &self.lines[place(self.members[member])]
    }

    /// The rows of the members.
    fn rows(&self) -> Vec<u32> {
        let members = 0..self.members.len();
        members.map(|member| self.line(member).row).collect()
    }

    /// What the awards ask for, in one look at each.
    fn asked(&self) -> Asked {
        let mut asked = Asked::default();
        for sums in &self.sums {
            asked.claimed += i128::from(sums.amount);
            asked.at_least += i128::from(sums.least);
            asked.at_most += i128::from(sums.greatest);
            asked.awards += u64::from(sums.amount > 0);
            asked.open += u64::from(!sums.is_point());
        }
        asked
    }

    fn used(&self, asked: &Asked, grants: &[Grant]) -> FundUse {
        let granted = if grants.is_empty() {
            asked.claimed
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
            claimed: TotalFen::of(asked.claimed),
            granted: TotalFen::of(granted),
            left: Money::from_fen(i64::try_from(left).unwrap_or(0)),
            awards: asked.awards,
            open: asked.open,
        }
    }

    fn levels(&self, key: &Expr, order: Order, book: &mut Book) -> Vec<u32> {
        let rows = self.rows();
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
        let mut order: Vec<(u32, u32)> = levels.iter().copied().zip(0..).collect();
        order.sort_unstable();
        let entry = |(level, member): &(u32, u32)| Entry {
            level: *level,
            sums: self.sums[place(*member)],
        };
        let entries: Vec<Entry> = order.iter().map(entry).collect();
        let filled = fill(&entries, &[], Sums::point(self.room));
        let split = filled
            .edge
            .map(|edge| book.split(self.split(edge.room, edge.claimed, edge.awards)));
        let split = split.unwrap_or_default();
        let nothing = Grant {
            sums: Sums::ZERO,
            cause: Cause::Part(split),
        };
        let mut grants = vec![nothing; self.members.len()];
        for ((level, member), sums) in order.iter().zip(filled.sums) {
            let cause = match filled.edge {
                Some(edge) if edge.level < *level => Cause::UsedUp(split),
                Some(_) if *level == UNKNOWN => Cause::NoRank,
                Some(_) | None => Cause::Part(split),
            };
            grants[place(*member)] = Grant { sums, cause };
        }
        grants
    }

    /// Everybody, or nobody.
    fn stop(&self, asked: &Asked, book: &mut Book) -> Vec<Grant> {
        let room = i128::from(self.room);
        let least = asked.at_least;
        let stops = asked.claimed > room;
        let split = if stops {
            book.split(self.split(self.room, asked.claimed, number(self.members.len())))
        } else {
            0
        };
        let grant = |sums: &Sums| {
            // With everybody else at the least, this much of it fits.
            let fits = room - (least - i128::from(sums.least));
            let greatest = if fits < i128::from(sums.least) {
                0
            } else {
                sums.greatest.min(i64::try_from(fits).unwrap_or(i64::MAX))
            };
            let amount = if stops { 0 } else { sums.amount };
            Grant {
                // The fund may yet be short: that it is not was asked before.
                sums: Sums::of(amount, 0, greatest),
                cause: Cause::Stopped(split),
            }
        };
        self.sums.iter().map(grant).collect()
    }
}
