//! One fund, and how it is shared.

use zhida_policies::measure::expression::Expr;
use zhida_policies::measure::{Fund, FundRule};
use zhida_policies::values::Money;

use super::drawn::Drawn;
use crate::awards::Settlement;
use crate::awards::book::Book;
use crate::awards::change::{Cause, Split, Step};
use crate::awards::fill::{Entry, fill};
use crate::awards::levels::{Order, Ranked, UNKNOWN, note_undefined, ranked};
use crate::awards::line::{Rule, Sums};
use crate::awards::payments::number;
use crate::awards::readings::{Question, place};
use crate::awards::settled::FundUse;
use crate::sweep::TotalFen;

/// What a fund leaves one award.
#[derive(Clone, Copy)]
pub(super) struct Grant {
    pub(super) sums: Sums,
    pub(super) cause: Cause,
}

/// What a fund works with.
pub(super) struct Pot<'a> {
    pub(super) settlement: &'a Settlement<'a>,
    pub(super) fund: &'a Fund,
    pub(super) rule: Rule,
    /// What the ledger paid from it.
    pub(super) paid: i64,
    /// What is left.
    pub(super) room: i64,
    /// The awards that draw on it, in their order.
    pub(super) drawn: Vec<Drawn>,
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

impl Pot<'_> {
    /// What it leaves each award; nothing where it changes none.
    pub(super) fn share(&self, book: &mut Book) -> (Vec<Grant>, FundUse) {
        let asked = self.asked();
        let fits = asked.at_most <= i128::from(self.room);
        let grants = match &self.fund.rule {
            FundRule::ByWeight(weight) => self.by_weight(weight, book),
            FundRule::ProRata | FundRule::FirstCome(_) | FundRule::Ranked(_) | FundRule::Stop
                if fits =>
            {
                Vec::new()
            }
            FundRule::ProRata => self.by_level(&Ranked::equal(self.drawn.len()), book),
            FundRule::FirstCome(Some(key)) => {
                let ranked = self.ranked(key, Order::Ascending, book);
                self.by_level(&ranked, book)
            }
            FundRule::FirstCome(None) => {
                // They stand by row, and those of one row come together.
                let rows = self.drawn.iter().map(|drawn| drawn.row).zip(0..);
                self.by_level(&Ranked(rows.collect()), book)
            }
            FundRule::Ranked(key) => {
                let ranked = self.ranked(key, Order::Descending, book);
                self.by_level(&ranked, book)
            }
            FundRule::Stop => self.stop(&asked, book),
        };
        let used = self.used(&asked, &grants);
        (grants, used)
    }

    /// The rows of the members.
    pub(super) fn rows(&self) -> Vec<u32> {
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

    fn ranked(&self, key: &Expr, order: Order, book: &mut Book) -> Ranked {
        let rows = self.rows();
        let question = Question {
            expression: key,
            bindings: &self.fund.bindings,
        };
        let keys = self.settlement.readings.figures(question, &rows);
        note_undefined(book, Step::Funds, self.rule.rule, &rows, &keys);
        ranked(&keys, order)
    }

    /// What fell short, for the explanation.
    pub(super) fn split(&self, room: i64, claimed: i128, awards: u32) -> Split {
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
    fn by_level(&self, ranked: &Ranked, book: &mut Book) -> Vec<Grant> {
        let entry = |(level, member): &(u32, u32)| Entry {
            level: *level,
            sums: self.drawn[place(*member)].sums,
        };
        let entries: Vec<Entry> = ranked.0.iter().map(entry).collect();
        let filled = fill(&entries, &[], Sums::point(self.room));
        // Several funds are shared at a time, and some have half a million awards.
        drop(entries);
        let split = filled
            .edge
            .map(|edge| book.split(self.split(edge.room, edge.claimed, edge.awards)));
        let split = split.unwrap_or_default();
        let nothing = Grant {
            sums: Sums::ZERO,
            cause: Cause::Part(split),
        };
        let mut grants = vec![nothing; self.drawn.len()];
        for ((level, member), sums) in ranked.0.iter().zip(filled.sums) {
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
            book.split(self.split(self.room, asked.claimed, number(self.drawn.len())))
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
