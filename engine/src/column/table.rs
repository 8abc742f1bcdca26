//! Decision tables whose result rests on all rows that match: 任一, 优先, 合计, 最大, 最小, 计数.
//!
//! A row whose test is not known may match: the result is known only where it cannot change it,
//! exactly as the reference interpreter says.

use std::cmp::Ordering;

use zhida_policies::syntax::words::HitPolicy;

use crate::column::bitmap::push_bits;
use crate::column::evaluator::Evaluator;
use crate::column::kernel::arithmetic::{self, Binary};
use crate::column::kernel::compare::order_of;
use crate::column::lane::{BEYOND, KNOWN, Lane, UNDEFINED, UNKNOWN};
use crate::column::value::state_of;
use crate::plan::{Kind, NodeId, TableStep};

/// A value as the upper and lower number of a ratio; the lower is 1 for other kinds.
type Pair = (i128, i128);

/// A row of the table that matches, or may.
#[derive(Clone, Copy)]
struct Hit {
    /// What is known of its test.
    test: u8,
    /// What is known of its result.
    state: u8,
    value: Pair,
}

impl Hit {
    fn is_certain(&self) -> bool {
        self.test == KNOWN
    }

    fn known(&self) -> Option<Pair> {
        (self.state == KNOWN).then_some(self.value)
    }
}

/// What a table comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Known(Pair),
    Unknown,
    Undefined,
}

impl Evaluator<'_, '_> {
    pub(super) fn lane_table(&mut self, kind: Kind, table: &TableStep, rows: &[u32]) -> Lane {
        let mut lane = self.new_lane(kind, rows.len());
        if rows.is_empty() {
            return lane;
        }
        let hits = self.hits(kind, table, rows);
        let order: Vec<Pair> = table
            .order
            .iter()
            .map(|value| self.constant_pair(*value, kind))
            .collect();
        for (at, hits) in hits.iter().enumerate() {
            let left = |hit: &Hit| hit.test == BEYOND || hit.state == BEYOND;
            let verdict = if hits.iter().any(left) {
                None
            } else {
                verdict(table.policy, kind, hits, &order)
            };
            match verdict {
                None => lane.states[at] = BEYOND,
                Some(Verdict::Unknown) => lane.states[at] = UNKNOWN,
                Some(Verdict::Undefined) => lane.states[at] = UNDEFINED,
                Some(Verdict::Known(value)) => lane.set(at, value),
            }
        }
        lane
    }

    fn constant_pair(&mut self, node: NodeId, kind: Kind) -> Pair {
        let lane = self.lane_as(node, &[0], kind);
        let pair = pair(&lane, 0);
        self.free_lane(lane);
        pair
    }

    /// The rows of the table that match or may match, for each enterprise at hand.
    fn hits(&mut self, kind: Kind, table: &TableStep, rows: &[u32]) -> Vec<Vec<Hit>> {
        let mut hits: Vec<Vec<Hit>> = vec![Vec::new(); rows.len()];
        let (open, places) = self.open_rows(&table.rows, rows);
        for (test, value) in &table.rows {
            self.truth(*test, &open);
            let mut found = self.new_list();
            for word in open.range() {
                let answers = self.truths[test.index()].word(word);
                push_bits(word, answers.not_false() & open.words[word], &mut found);
            }
            // A count does not look at the results.
            let is_count = table.policy == HitPolicy::Count;
            let values = if is_count || found.is_empty() {
                self.new_lane(kind, found.len())
            } else {
                self.lane_as(*value, &found, kind)
            };
            for (place, row) in found.iter().enumerate() {
                let entry = self.truths[test.index()].entry(*row);
                hits[places[*row as usize] as usize].push(Hit {
                    test: state_of(entry),
                    state: values.states[place],
                    value: pair(&values, place),
                });
            }
            self.free_lane(values);
            self.free_list(found);
        }
        self.free_mask(open);
        self.free_list(places);
        hits
    }
}

fn pair(lane: &Lane, at: usize) -> Pair {
    (lane.values.get(at), lane.under(at))
}

/// What the hits come to; `None` beyond 128 bits.
fn verdict(policy: HitPolicy, kind: Kind, hits: &[Hit], order: &[Pair]) -> Option<Verdict> {
    match policy {
        HitPolicy::Any => any(hits),
        HitPolicy::Priority => priority(hits, order),
        HitPolicy::Sum => sum(hits),
        HitPolicy::Max => extreme(hits, Ordering::Greater, kind),
        HitPolicy::Min => extreme(hits, Ordering::Less, kind),
        HitPolicy::Count => Some(count(hits)),
        HitPolicy::Unique | HitPolicy::First | HitPolicy::Collect | HitPolicy::OutputOrder => None,
    }
}

fn certain(hits: &[Hit]) -> impl Iterator<Item = &Hit> + Clone {
    hits.iter().filter(|hit| hit.is_certain())
}

fn possible(hits: &[Hit]) -> impl Iterator<Item = &Hit> + Clone {
    hits.iter().filter(|hit| !hit.is_certain())
}

/// Where the result is not sure: unknown as long as something that is missing can still tell.
fn not_sure(hits: &[Hit], lacks_results: bool) -> Verdict {
    let mut possible = possible(hits).peekable();
    if lacks_results || possible.peek().is_none() || possible.any(|hit| hit.test == UNKNOWN) {
        Verdict::Unknown
    } else {
        Verdict::Undefined
    }
}

fn is_same(left: Pair, right: Pair) -> Option<bool> {
    order_of(left, right).map(Ordering::is_eq)
}

fn any(hits: &[Hit]) -> Option<Verdict> {
    let mut known = certain(hits).filter_map(Hit::known);
    if let Some(first) = known.next() {
        for other in known {
            if !is_same(first, other)? {
                return Some(Verdict::Undefined);
            }
        }
    }
    if certain(hits).any(|hit| hit.state == UNDEFINED) {
        return Some(Verdict::Undefined);
    }
    if certain(hits).next().is_none() {
        return Some(nothing_certain(hits));
    }
    let mut all = hits.iter().map(Hit::known);
    if let Some(Some(first)) = all.next() {
        let mut shared = true;
        for other in all {
            shared = shared
                && match other {
                    Some(other) => is_same(first, other)?,
                    None => false,
                };
        }
        if shared {
            return Some(Verdict::Known(first));
        }
    }
    let lacks_results = certain(hits).any(|hit| hit.state == UNKNOWN);
    Some(not_sure(hits, lacks_results || may_agree(hits)?))
}

/// Whether missing facts can show that all results are the same: none is undefined, and those
/// that are known agree.
fn may_agree(hits: &[Hit]) -> Option<bool> {
    if hits.iter().any(|hit| hit.state == UNDEFINED) {
        return Some(false);
    }
    let mut known = hits.iter().filter_map(Hit::known);
    if let Some(first) = known.next() {
        for other in known {
            if !is_same(first, other)? {
                return Some(false);
            }
        }
    }
    Some(true)
}

/// Without a row that surely matches: no row does, or it is not sure.
fn nothing_certain(hits: &[Hit]) -> Verdict {
    if hits.is_empty() {
        Verdict::Undefined
    } else {
        not_sure(hits, false)
    }
}

fn priority(hits: &[Hit], order: &[Pair]) -> Option<Verdict> {
    if certain(hits).any(|hit| hit.state == UNDEFINED) {
        return Some(Verdict::Undefined);
    }
    if certain(hits).next().is_none() {
        return Some(nothing_certain(hits));
    }
    // The rank of each result that is known; among equal ranks the earlier row wins.
    let mut ranks = Vec::with_capacity(hits.len());
    for hit in hits {
        let mut rank = None;
        if let Some(value) = hit.known() {
            let mut place = order.len();
            for (ranked, at) in order.iter().zip(0..) {
                if is_same(*ranked, value)? {
                    place = at;
                    break;
                }
            }
            rank = Some(place);
        }
        ranks.push(rank);
    }
    let lacks_results = certain(hits).any(|hit| hit.state == UNKNOWN);
    let placed = hits.iter().zip(&ranks).enumerate();
    let best = placed
        .filter(|(_, (hit, rank))| hit.is_certain() && rank.is_some())
        .min_by_key(|(index, (_, rank))| (**rank, *index));
    let Some((best_index, (best, best_rank))) = best else {
        return Some(not_sure(hits, lacks_results));
    };
    let mut has_rival = false;
    let mut all_unknown = true;
    for (index, (hit, rank)) in hits.iter().zip(&ranks).enumerate() {
        let comes_first = rank.is_none() || (*rank, index) < (*best_rank, best_index);
        if comes_first && (rank.is_none() || !is_same(hit.value, best.value)?) {
            has_rival = true;
            all_unknown &= hit.state == UNKNOWN;
        }
    }
    if has_rival {
        // What is not known may turn out to come later, or to be the same.
        return Some(not_sure(hits, lacks_results || all_unknown));
    }
    Some(Verdict::Known(best.value))
}

fn sum(hits: &[Hit]) -> Option<Verdict> {
    if certain(hits).any(|hit| hit.state == UNDEFINED) {
        return Some(Verdict::Undefined);
    }
    let all_known = hits.iter().all(|hit| hit.state == KNOWN);
    let is_sure = possible(hits).next().is_none();
    // A row that may match changes nothing only where its result is zero.
    if all_known && possible(hits).all(|hit| hit.value.0 == 0) {
        let total = certain(hits).try_fold((0, 1), |total, hit| {
            arithmetic::ratio(Binary::Add, total, hit.value)
        });
        return total.map(Verdict::Known);
    }
    // The reference adds up what comes before the first unknown, and its size has a limit.
    let mut before = certain(hits).map_while(Hit::known);
    before.try_fold((0, 1), |total, value| {
        arithmetic::ratio(Binary::Add, total, value)
    })?;
    if is_sure {
        return Some(Verdict::Unknown);
    }
    let spoils = |hit: &Hit| hit.state == UNDEFINED || (hit.state == KNOWN && hit.value.0 != 0);
    let lacks_results = hits.iter().any(|hit| hit.state == UNKNOWN);
    let can_be_sure = lacks_results && !possible(hits).any(spoils);
    Some(not_sure(hits, can_be_sure))
}

fn extreme(hits: &[Hit], wanted: Ordering, kind: Kind) -> Option<Verdict> {
    if certain(hits).next().is_none() {
        return Some(nothing_certain(hits));
    }
    if certain(hits).any(|hit| hit.state == UNDEFINED) {
        return Some(Verdict::Undefined);
    }
    let is_sure = possible(hits).next().is_none();
    let mut best: Option<Pair> = None;
    for value in certain(hits).filter_map(Hit::known) {
        best = match best {
            Some(best) if order_of(value, best)? != wanted => Some(best),
            Some(_) | None => Some(value),
        };
    }
    let certain_known = certain(hits).all(|hit| hit.state == KNOWN);
    if is_sure {
        let known = best.filter(|_| certain_known);
        return Some(known.map_or(Verdict::Unknown, Verdict::Known));
    }
    // Days have no bounds in the reference: one that may match leaves them open.
    let all_known = hits.iter().all(|hit| hit.state == KNOWN) && kind != Kind::Date;
    if let (true, Some(best)) = (all_known, best) {
        let mut pinched = true;
        for hit in possible(hits) {
            pinched = pinched && order_of(hit.value, best)? != wanted;
        }
        if pinched {
            return Some(Verdict::Known(best));
        }
    }
    let can_be_sure = match best {
        _ if possible(hits).any(|hit| hit.state == UNDEFINED) => false,
        _ if !certain_known => true,
        Some(best) if kind != Kind::Date => {
            let mut lacks_results = false;
            let mut leaves_room = true;
            for hit in possible(hits) {
                match hit.known() {
                    None => lacks_results = true,
                    Some(value) => leaves_room &= order_of(value, best)? != wanted,
                }
            }
            lacks_results && leaves_room
        }
        Some(_) | None => false,
    };
    Some(not_sure(hits, can_be_sure))
}

fn count(hits: &[Hit]) -> Verdict {
    let mut state = KNOWN;
    let mut count = 0;
    for hit in hits {
        state = state.max(hit.test);
        count += 1;
    }
    match state {
        KNOWN => Verdict::Known((count, 1)),
        UNKNOWN => Verdict::Unknown,
        _ => Verdict::Undefined,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(test: u8, state: u8, value: i128) -> Hit {
        Hit {
            test,
            state,
            value: (value, 1),
        }
    }

    #[track_caller]
    fn check(policy: HitPolicy, hits: &[Hit], expected: Verdict) {
        let order = [(3, 1), (1, 1)];
        let found = verdict(policy, Kind::Decimal(0), hits, &order);
        assert_eq!(found, Some(expected));
    }

    #[test]
    fn a_row_that_may_match_leaves_what_it_cannot_change() {
        let (one, three) = (hit(KNOWN, KNOWN, 1), hit(KNOWN, KNOWN, 3));
        let may = |value| hit(UNKNOWN, KNOWN, value);
        let known = |value| Verdict::Known((value, 1));
        check(HitPolicy::Sum, &[], known(0));
        check(HitPolicy::Sum, &[one, three], known(4));
        check(HitPolicy::Sum, &[one, may(0)], known(1));
        check(HitPolicy::Sum, &[one, may(3)], Verdict::Unknown);
        check(HitPolicy::Max, &[three, may(1)], known(3));
        check(HitPolicy::Min, &[three, may(1)], Verdict::Unknown);
        check(HitPolicy::Priority, &[three, may(1)], known(3));
        check(HitPolicy::Priority, &[one, may(3)], Verdict::Unknown);
        check(HitPolicy::Any, &[one, may(1)], known(1));
        check(HitPolicy::Any, &[one, three], Verdict::Undefined);
        check(HitPolicy::Count, &[one, three], known(2));
        check(HitPolicy::Count, &[one, may(1)], Verdict::Unknown);
        for policy in [HitPolicy::Any, HitPolicy::Priority, HitPolicy::Max] {
            check(policy, &[], Verdict::Undefined);
            check(policy, &[may(1)], Verdict::Unknown);
            check(policy, &[hit(UNDEFINED, KNOWN, 1)], Verdict::Undefined);
        }
    }

    #[test]
    fn a_row_without_an_answer_waits_for_what_may_make_no_difference() {
        let (one, three) = (hit(KNOWN, KNOWN, 1), hit(KNOWN, KNOWN, 3));
        let never = |value| hit(UNDEFINED, KNOWN, value);
        let open = hit(UNDEFINED, UNKNOWN, 0);
        let missing = hit(KNOWN, UNKNOWN, 0);
        for (policy, spoils) in [
            (HitPolicy::Any, never(3)),
            (HitPolicy::Sum, never(3)),
            (HitPolicy::Max, never(3)),
            (HitPolicy::Min, never(0)),
            (HitPolicy::Priority, never(3)),
        ] {
            check(policy, &[one, open], Verdict::Unknown);
            check(policy, &[one, open, spoils], Verdict::Undefined);
            let undefined = hit(UNDEFINED, UNDEFINED, 0);
            check(policy, &[one, open, undefined], Verdict::Undefined);
        }
        check(HitPolicy::Sum, &[missing, never(0)], Verdict::Unknown);
        check(HitPolicy::Max, &[missing, never(3)], Verdict::Unknown);
        check(HitPolicy::Max, &[three, never(1)], Verdict::Known((3, 1)));
    }
}
