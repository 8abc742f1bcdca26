//! Step 10: fund budgets.
//!
//! A budget is the pot of one year: what the ledger paid from the fund's measures for the
//! assessment year has been spent, whoever was paid. Funds that no file declares are kept
//! elsewhere and limit nothing here.

mod weights;

use std::cmp::Reverse;

use rayon::prelude::*;
use zhida_policies::measure::{Fund, FundRule};
use zhida_policies::values::Money;

use crate::awards::Settlement;
use crate::awards::book::Book;
use crate::awards::change::{Cause, Split, Step};
use crate::awards::fill::{Entry, fill};
use crate::awards::levels::{Order, UNKNOWN, levels, note_undefined};
use crate::awards::line::{Line, Rule, Sums};
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
    /// What they come to before it.
    drawn: Vec<Drawn>,
}

/// An award that draws on a fund, as it comes to it: funds look at them again and again, in the
/// order of keys, and among millions of lines they lie far apart.
struct Drawn {
    row: u32,
    stands: bool,
    sure: bool,
    may: bool,
    paid: i64,
    sums: Sums,
}

impl Drawn {
    fn of(line: &Line) -> Self {
        Self {
            row: line.row,
            stands: line.stands,
            sure: line.sure,
            may: line.may,
            paid: line.paid,
            sums: line.sums,
        }
    }
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
    let funds = (0..library.funds.len()).zip(members);
    let funds: Vec<(usize, Vec<u32>)> = funds
        .filter(|(fund, _)| drawn.contains(&Some(*fund)))
        .collect();
    let mut uses = Vec::with_capacity(funds.len());
    for some in funds.chunks(FUNDS_AT_ONCE) {
        let granted = share_some(settlement, &drawn, some, lines);
        uses.extend(grant(granted, lines, book));
    }
    uses
}

/// How many funds are shared before their awards get what they grant: all grants of all funds at
/// once would take more memory than the awards.
const FUNDS_AT_ONCE: usize = 8;

/// Shares some funds, in their order, each with its members.
fn share_some(
    settlement: &Settlement<'_>,
    drawn: &[Option<usize>],
    funds: &[(usize, Vec<u32>)],
    lines: &[Line],
) -> Vec<Granted> {
    let library = settlement.library;
    let mut asked: Vec<&(usize, Vec<u32>)> = funds.iter().collect();
    // The longest first, so that nobody waits for one of those at the end.
    asked.sort_by_key(|(fund, members)| Reverse(work(&library.funds[*fund].rule, members.len())));
    let shared = asked.into_iter().par_bridge().map(|(fund, members)| {
        let payments = settlement.payments.all().iter().filter(|payment| {
            payment.year == settlement.context.year && drawn[place(payment.measure)] == Some(*fund)
        });
        let paid = sum(payments);
        let rule = Rule {
            step: Step::Funds,
            rule: number(*fund),
        };
        let fund = &library.funds[*fund];
        let room = fund.budget.fen().saturating_sub(paid).max(0);
        let drawn = members.iter().map(|at| Drawn::of(&lines[place(*at)]));
        let pot = Pot {
            settlement,
            fund,
            rule,
            paid,
            room,
            members,
            drawn: drawn.collect(),
        };
        pot.share()
    });
    let mut granted: Vec<Granted> = shared.collect();
    granted.sort_by_key(|granted| granted.fund.fund);
    granted
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
        let rule = Rule {
            step: Step::Funds,
            rule: one.fund.fund,
        };
        grants.push((rule, number(book.splits.len()), one.grants));
        book.absorb(one.book, 0);
        uses.push(one.fund);
    }
    let pieces = book.split_lines(lines).into_par_iter();
    let books: Vec<(usize, Book)> = pieces
        .map(|(first, piece)| {
            let end = first + piece.len();
            let mut book = Book::default();
            for (rule, splits, grants) in &grants {
                let next = grants.partition_point(|one| one.at < first);
                for one in grants[next..].iter().take_while(|one| one.at < end) {
                    let at = one.at - first;
                    let cause = one.grant.cause.moved(0, *splits);
                    book.set(at, &mut piece[at], one.grant.sums, *rule, cause);
                }
            }
            (first, book)
        })
        .collect();
    for (first, other) in books {
        book.absorb_changes(other, first);
    }
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
        let changed = self.members.iter().zip(&self.drawn).zip(grants);
        let changed = changed.filter(|((_, drawn), grant)| grant.sums != drawn.sums);
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

    /// The rows of the members.
    fn rows(&self) -> Vec<u32> {
        self.drawn.iter().map(|drawn| drawn.row).collect()
    }

    /// What the awards ask for, in one look at each.
    fn asked(&self) -> Asked {
        let mut asked = Asked::default();
        for Drawn { sums, .. } in &self.drawn {
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
            sums: self.drawn[place(*member)].sums,
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
        let grant = |Drawn { sums, .. }: &Drawn| {
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
        self.drawn.iter().map(grant).collect()
    }
}
