//! A pot that is always shared out by weight.
//!
//! The share of an award is the pot times its weight by the sum of the weights, by largest
//! remainder; what the ledger paid for the year counts as a part of it, and the award itself is
//! the most that it can get. What awards cannot take stays in the fund.
//!
//! # Bounds
//! The least share is that with everybody who may take part, the greatest that with those alone
//! who are sure to. Where the weight of someone else is unknown it has no bound, and the least is
//! nothing.

use zhida_policies::measure::expression::Expr;
use zhida_policies::values::Number;

use super::drawn::Drawn;
use super::pot::{Grant, Pot};
use crate::awards::book::Book;
use crate::awards::change::{Cause, Split, Step};
use crate::awards::fill::{Entry, Filled, fill};
use crate::awards::levels::note_undefined;
use crate::awards::line::Sums;
use crate::awards::payments::number;
use crate::awards::readings::{Figure, Question};
use crate::awards::split::{split_fen, whole_weights};
use crate::interpreter::UndefinedReason;

/// The weights of the members, whole; nothing where unknown or without value.
struct Weights {
    weights: Vec<Option<u64>>,
    scale: u64,
}

/// The sums that bound a share.
struct Ends {
    /// The weights of all who may take part; nothing where one of them is unknown.
    may: Option<u128>,
    /// The weights of all who are sure to.
    sure: u128,
    /// What those were paid, and what all were paid who may take part.
    paid_sure: i128,
    paid_may: i128,
    /// Whether nothing is open.
    fixed: bool,
}

impl Pot<'_> {
    pub(super) fn by_weight(&self, weight: &Expr, book: &mut Book) -> Vec<Grant> {
        let weights = self.weights(weight, book);
        let standing: Vec<u64> = self
            .drawn
            .iter()
            .zip(&weights.weights)
            .map(|(drawn, weight)| match weight {
                Some(weight) if stands(drawn) => *weight,
                Some(_) | None => 0,
            })
            .collect();
        let paid = self.drawn.iter().zip(&standing);
        let paid = paid.filter(|(_, weight)| **weight > 0);
        let paid: i128 = paid.map(|(drawn, _)| i128::from(drawn.paid)).sum();
        let pot = (i128::from(self.room) + paid).min(i64::MAX.into());
        let shares = split_fen(u64::try_from(pot).unwrap_or(0), &standing);
        let ends = self.ends(&weights);
        let asking = self.drawn.iter().zip(&weights.weights).zip(&shares);
        let entries: Vec<Entry> = asking
            .map(|((drawn, weight), share)| Entry {
                level: 0,
                sums: self.want(drawn, *share, *weight, &ends),
            })
            .collect();
        // Who was paid more than its share leaves less than their shares to the others.
        let filled = fill(&entries, &[], Sums::point(self.room));
        self.grants(&weights, &standing, &filled, pot, book)
    }

    fn weights(&self, weight: &Expr, book: &mut Book) -> Weights {
        let rows = self.rows();
        let question = Question {
            expression: weight,
            bindings: &self.fund.bindings,
        };
        let figures = self.settlement.readings.figures(question, &rows);
        note_undefined(book, Step::Funds, self.rule.rule, &rows, &figures);
        let whole = |figure: &Figure| match figure {
            Figure::Whole(weight) => Some(u64::try_from(*weight).unwrap_or(0)),
            Figure::Ratio(..) | Figure::Exact(_) | Figure::Unknown(_) | Figure::Undefined(_) => {
                None
            }
        };
        let exact = figures
            .iter()
            .any(|figure| matches!(figure, Figure::Ratio(..) | Figure::Exact(_)));
        if !exact {
            return Weights {
                weights: figures.iter().map(whole).collect(),
                scale: 1,
            };
        }
        let numbers: Vec<Option<Number>> = figures.iter().map(Figure::number).collect();
        let known: Vec<Number> = numbers.iter().flatten().cloned().collect();
        let Some((known, scale)) = whole_weights(&known) else {
            for row in rows {
                book.undefined(self.rule, row, UndefinedReason::Overflow);
            }
            return Weights {
                weights: vec![None; figures.len()],
                scale: 1,
            };
        };
        let mut known = known.into_iter();
        let weights = numbers
            .iter()
            .map(|number| number.as_ref().and_then(|_| known.next()));
        Weights {
            weights: weights.collect(),
            scale,
        }
    }

    fn ends(&self, weights: &Weights) -> Ends {
        let mut ends = Ends {
            may: Some(0),
            sure: 0,
            paid_sure: 0,
            paid_may: 0,
            fixed: true,
        };
        for (line, weight) in self.drawn.iter().zip(&weights.weights) {
            if !may_share(line) {
                continue;
            }
            let own = weight.map(u128::from);
            ends.may = ends.may.zip(own).map(|(sum, own)| sum + own);
            ends.paid_may += i128::from(line.paid);
            ends.fixed &= is_sure(line) && line.sums.is_point() && own.is_some();
            // Without weight there is no share, so what was paid is not a part of the pot either.
            if let (true, Some(own)) = (is_sure(line), own)
                && own > 0
            {
                ends.sure += own;
                ends.paid_sure += i128::from(line.paid);
            }
        }
        ends
    }

    /// What an award asks of the pot.
    fn want(&self, line: &Drawn, share: u64, weight: Option<u64>, ends: &Ends) -> Sums {
        let rest = |share: i128| {
            let rest = (share - i128::from(line.paid)).max(0);
            i64::try_from(rest).unwrap_or(i64::MAX)
        };
        let amount = line.sums.amount.min(rest(share.into()));
        if ends.fixed {
            return Sums::point(amount);
        }
        let room = i128::from(self.room);
        let own = u128::from(weight.unwrap_or(0));
        let part = |pot: i128, all: u128, up: bool| -> i128 {
            let (Ok(pot), true) = (u128::try_from(pot.min(i64::MAX.into())), all > 0) else {
                return 0;
            };
            let product = pot * own;
            let part = if up {
                product.div_ceil(all)
            } else {
                product / all
            };
            i128::try_from(part).unwrap_or(i128::MAX)
        };
        let least = match (ends.may, is_sure(line)) {
            (Some(all), true) => part(room + ends.paid_sure, all, false),
            (Some(_) | None, _) => 0,
        };
        let greatest = match weight {
            None => i128::from(i64::MAX),
            Some(_) => {
                let others = if is_sure(line) {
                    ends.sure - own
                } else {
                    ends.sure
                };
                part(room + ends.paid_may, others + own, true)
            }
        };
        Sums::of(
            amount,
            line.sums.least.min(rest(least)),
            line.sums.greatest.min(rest(greatest)),
        )
    }

    fn grants(
        &self,
        weights: &Weights,
        standing: &[u64],
        filled: &Filled,
        pot: i128,
        book: &mut Book,
    ) -> Vec<Grant> {
        let split = book.split(Split {
            step: Step::Funds,
            rule: self.rule.rule,
            limit: self.fund.budget,
            paid: self.split(0, 0, 0).paid,
            room: zhida_policies::values::Money::from_fen(i64::try_from(pot).unwrap_or(0)),
            claimed: standing.iter().map(|weight| i128::from(*weight)).sum(),
            scale: weights.scale,
            awards: number(standing.iter().filter(|weight| **weight > 0).count()),
        });
        let grant = |(place, sums): (usize, &Sums)| Grant {
            sums: *sums,
            cause: match weights.weights[place] {
                Some(weight) => Cause::Weighted { split, weight },
                None => Cause::NoWeight,
            },
        };
        filled.sums.iter().enumerate().map(grant).collect()
    }
}

/// Whether an award shares the pot as things stand: one that can get nothing any more leaves it
/// to the others, one that was paid has had its part of it.
fn stands(drawn: &Drawn) -> bool {
    drawn.stands && drawn.sums.amount.saturating_add(drawn.paid) > 0
}

/// Whether it shares the pot whatever arrives.
fn is_sure(drawn: &Drawn) -> bool {
    drawn.sure && drawn.sums.least.saturating_add(drawn.paid) > 0
}

/// Whether it may share the pot.
fn may_share(drawn: &Drawn) -> bool {
    drawn.sums.greatest.saturating_add(drawn.paid) > 0
}
