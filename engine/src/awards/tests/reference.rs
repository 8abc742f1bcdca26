//! The steps again, as a clerk would do them: exact fractions, one loop inside the other, no
//! ranges. Everything must be known.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use zhida_policies::measure::FundRule;
use zhida_policies::syntax::ast::{CapSplit, CapWindow};
use zhida_policies::syntax::words::{Cadence, Ties};
use zhida_policies::values::Number;

use super::*;

/// One award on the clerk's desk.
#[derive(Clone, Debug)]
struct Slip {
    row: u32,
    measure: usize,
    amount: i64,
    paid: i64,
    alive: bool,
}

/// The award that each claim comes to.
pub(super) fn reference(
    library: &Library,
    payments: &[Payment],
    table: &Table,
    claims: &[(u32, u32, i64)],
) -> Vec<i64> {
    let mut slips: Vec<Slip> = claims
        .iter()
        .map(|(row, measure, amount)| Slip {
            row: *row,
            measure: *measure as usize,
            amount: *amount,
            paid: 0,
            alive: true,
        })
        .collect();
    let desk = Desk {
        library,
        payments,
        table,
    };
    desk.earlier(&mut slips);
    desk.places(&mut slips);
    desk.groups(&mut slips);
    desk.caps(&mut slips);
    desk.funds(&mut slips);
    for slip in &mut slips {
        let threshold = library.measures[slip.measure].payable_from;
        if threshold.is_some_and(|threshold| slip.amount + slip.paid < threshold.fen()) {
            slip.amount = 0;
        }
    }
    slips.iter().map(|slip| slip.amount).collect()
}

struct Desk<'a> {
    library: &'a Library,
    payments: &'a [Payment],
    table: &'a Table,
}

impl Desk<'_> {
    /// What was paid, less what was given back, which counts to zero for each enterprise and
    /// measure.
    fn paid(&self, counts: impl Fn(&Payment) -> bool) -> i64 {
        let mut each: BTreeMap<(u32, u32), i64> = BTreeMap::new();
        for payment in self.payments.iter().filter(|payment| counts(payment)) {
            *each.entry((payment.row, payment.measure)).or_default() += payment.fen;
        }
        each.values().map(|paid| (*paid).max(0)).sum()
    }

    fn earlier(&self, slips: &mut [Slip]) {
        for slip in slips {
            let measure = &self.library.measures[slip.measure];
            let own = |payment: &Payment| {
                payment.row == slip.row && payment.measure as usize == slip.measure
            };
            slip.paid = self.paid(|payment| own(payment) && payment.year == 2025);
            let others = self.paid(|payment| {
                own(payment)
                    && payment.year != 2025
                    && match measure.cadence {
                        Cadence::Once => true,
                        Cadence::EveryYears(years) => {
                            payment.year < 2025 && payment.year > 2025 - i32::from(years)
                        }
                        Cadence::Yearly | Cadence::Quarterly | Cadence::Monthly => false,
                    }
            });
            if measure.award.text.contains("已付(本事项") {
                continue;
            }
            if others > 0 {
                slip.amount = 0;
                slip.alive = false;
            } else {
                slip.amount = (slip.amount - slip.paid).max(0);
            }
        }
    }

    fn places(&self, slips: &mut [Slip]) {
        for (place, measure) in self.library.measures.iter().enumerate() {
            let Some(places) = &measure.places else {
                continue;
            };
            let key = |slip: &Slip| self.table.figure(&places.by, slip.row).number().unwrap();
            let before = slips.to_vec();
            for slip in slips
                .iter_mut()
                .filter(|slip| slip.measure == place && slip.alive)
            {
                let rivals = before
                    .iter()
                    .filter(|other| other.measure == place && other.alive);
                let above = rivals
                    .clone()
                    .filter(|other| key(other) > key(slip))
                    .count() as u64;
                let tied = rivals.filter(|other| key(other) == key(slip)).count() as u64;
                let has_place = match places.ties {
                    Ties::Share => above < places.count,
                    Ties::Miss => above + tied <= places.count,
                };
                if !has_place {
                    slip.amount = 0;
                    slip.alive = false;
                }
            }
        }
    }

    /// The classes of slips that a rule takes together, in the order named, then by row, with the
    /// rows of each.
    fn classes(
        &self,
        over: &[usize],
        slips: &[Slip],
        by_group: bool,
    ) -> Vec<(Vec<usize>, Vec<u32>)> {
        let class = |row: u32| {
            if by_group {
                self.table.rows[row as usize].group.unwrap()
            } else {
                row
            }
        };
        let all_rows = 0..self.table.rows.len() as u32;
        let mut names: Vec<u32> = all_rows.clone().map(class).collect();
        names.sort_unstable();
        names.dedup();
        let members = |name: &u32| {
            let mut members: Vec<usize> = (0..slips.len())
                .filter(|at| class(slips[*at].row) == *name && over.contains(&slips[*at].measure))
                .collect();
            let order = |at: &usize| over.iter().position(|named| *named == slips[*at].measure);
            members.sort_by_key(|at| (order(at), slips[*at].row));
            (
                members,
                all_rows
                    .clone()
                    .filter(|row| class(*row) == *name)
                    .collect(),
            )
        };
        names.iter().map(members).collect()
    }

    fn over(&self, names: &[zhida_policies::measure::MeasureRef]) -> Vec<usize> {
        names
            .iter()
            .map(|name| self.library.measure_index[name])
            .collect()
    }

    fn groups(&self, slips: &mut [Slip]) {
        for group in &self.library.highest_of {
            let over = self.over(&group.over);
            for (members, rows) in self.classes(&over, slips, group.by.is_some()) {
                let paid = self.paid(|payment| {
                    let measure = payment.measure as usize;
                    rows.contains(&payment.row)
                        && over.contains(&measure)
                        && match self.library.measures[measure].cadence {
                            Cadence::Once => true,
                            Cadence::EveryYears(years) => {
                                payment.year <= 2025 && payment.year > 2025 - i32::from(years)
                            }
                            Cadence::Yearly | Cadence::Quarterly | Cadence::Monthly => {
                                payment.year == 2025
                            }
                        }
                });
                let whole = |at: &usize| slips[*at].amount + slips[*at].paid;
                let alive = members.iter().filter(|at| slips[**at].alive);
                // `min_by_key` takes the first of equal ones.
                let winner = alive.min_by_key(|at| Reverse(whole(at))).copied();
                for at in members {
                    if Some(at) == winner {
                        let missing = slips[at].amount + slips[at].paid - paid;
                        slips[at].amount = missing.clamp(0, slips[at].amount);
                    } else {
                        slips[at].amount = 0;
                        slips[at].alive = false;
                    }
                }
            }
        }
    }

    fn caps(&self, slips: &mut [Slip]) {
        let asking: Vec<bool> = slips.iter().map(|slip| slip.amount > 0).collect();
        for cap in &self.library.caps {
            let over = self.over(&cap.over);
            for (members, rows) in self.classes(&over, slips, cap.by.is_some()) {
                let limits: Vec<Number> = members
                    .iter()
                    .filter(|at| asking[**at])
                    .map(|at| self.table.figure(&cap.limit, slips[*at].row))
                    .map(|limit| limit.number().unwrap())
                    .collect();
                let Some(limit) = limits.first() else {
                    continue;
                };
                // Enterprises of a group that come to different limits are paid nothing.
                if limits.iter().any(|other| other != limit) {
                    members.iter().for_each(|at| slips[*at].amount = 0);
                    continue;
                }
                let limit = limit.floor().to_i64().unwrap().max(0);
                let paid = self.paid(|payment| {
                    rows.contains(&payment.row)
                        && over.contains(&(payment.measure as usize))
                        && (cap.window == CapWindow::Cumulative || payment.year == 2025)
                });
                let mut room = (limit - paid).max(0);
                let levels: Vec<Vec<usize>> = match cap.split {
                    Some(CapSplit::ProRata) => vec![members],
                    Some(CapSplit::FirstCome) | None => over
                        .iter()
                        .map(|measure| {
                            let mut level = members.clone();
                            level.retain(|at| slips[*at].measure == *measure);
                            level
                        })
                        .collect(),
                };
                for level in levels {
                    share(slips, &level, &mut room);
                }
            }
        }
    }

    fn funds(&self, slips: &mut [Slip]) {
        for fund in &self.library.funds {
            let draws =
                |measure: usize| self.library.measures[measure].fund.as_ref() == Some(&fund.id);
            let paid = self.paid(|payment| payment.year == 2025 && draws(payment.measure as usize));
            let mut room = (fund.budget.fen() - paid).max(0);
            let members: Vec<usize> = (0..slips.len())
                .filter(|at| draws(slips[*at].measure) && slips[*at].alive)
                .collect();
            let figure = |expression, at: usize| {
                self.table
                    .figure(expression, slips[at].row)
                    .number()
                    .unwrap()
            };
            let levels = |key: &dyn Fn(usize) -> Number| {
                let mut keys: Vec<Number> = members.iter().map(|at| key(*at)).collect();
                keys.sort();
                keys.dedup();
                let of = |wanted: &Number| {
                    let members = members.iter().copied();
                    members
                        .filter(|at| key(*at) == *wanted)
                        .collect::<Vec<usize>>()
                };
                keys.iter().map(of).collect::<Vec<Vec<usize>>>()
            };
            let levels = match &fund.rule {
                FundRule::ProRata => vec![members.clone()],
                FundRule::FirstCome(Some(key)) => levels(&|at| figure(key, at)),
                FundRule::FirstCome(None) => levels(&|at| Number::from_i64(slips[at].row.into())),
                FundRule::Ranked(key) => levels(&|at| figure(key, at).neg()),
                FundRule::Stop => {
                    if members.iter().map(|at| slips[*at].amount).sum::<i64>() > room {
                        members.iter().for_each(|at| slips[*at].amount = 0);
                    }
                    continue;
                }
                FundRule::ByWeight(weight) => {
                    let weights: Vec<Number> = members
                        .iter()
                        .map(|at| figure(weight, *at).max(Number::zero()))
                        .collect();
                    by_weight(slips, &members, &weights, room);
                    vec![members.clone()]
                }
            };
            for level in levels {
                share(slips, &level, &mut room);
            }
        }
    }
}

fn by_weight(slips: &mut [Slip], members: &[usize], weights: &[Number], room: i64) {
    let weights: &[Number] = &members
        .iter()
        .zip(weights)
        .map(|(at, weight)| match slips[*at].amount + slips[*at].paid {
            0 => Number::zero(),
            _ => weight.clone(),
        })
        .collect::<Vec<Number>>();
    let weighty = members
        .iter()
        .zip(weights)
        .filter(|(_, weight)| !weight.is_zero());
    let paid: i64 = weighty.map(|(at, _)| slips[*at].paid).sum();
    for (at, share) in members.iter().zip(largest_remainder(room + paid, weights)) {
        let slip = &mut slips[*at];
        slip.amount = slip.amount.min((share - slip.paid).max(0));
    }
}

/// Pays a level in full, or shares what is left.
fn share(slips: &mut [Slip], level: &[usize], room: &mut i64) {
    let sum: i64 = level.iter().map(|at| slips[*at].amount).sum();
    if sum > *room {
        let weights: Vec<Number> = level
            .iter()
            .map(|at| Number::from_i64(slips[*at].amount))
            .collect();
        for (at, part) in level.iter().zip(largest_remainder(*room, &weights)) {
            slips[*at].amount = part;
        }
    }
    *room -= sum.min(*room);
}

/// The split with fractions.
pub(super) fn largest_remainder(whole: i64, weights: &[Number]) -> Vec<i64> {
    let sum = weights.iter().fold(Number::zero(), |sum, weight| {
        sum.checked_add(weight).unwrap()
    });
    if sum.is_zero() {
        return vec![0; weights.len()];
    }
    let quotas: Vec<Number> = weights
        .iter()
        .map(|weight| {
            let product = weight.checked_mul(&Number::from_i64(whole)).unwrap();
            product.checked_div(&sum).unwrap()
        })
        .collect();
    let mut parts: Vec<i64> = quotas
        .iter()
        .map(|quota| quota.floor().to_i64().unwrap())
        .collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|at| Reverse(quotas[*at].checked_sub(&quotas[*at].floor()).unwrap()));
    let left = whole - parts.iter().sum::<i64>();
    for at in order.into_iter().take(left as usize) {
        parts[at] += 1;
    }
    parts
}
