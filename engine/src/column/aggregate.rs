//! Aggregates over records, by segments: the records of all rows at hand are evaluated together,
//! then each row takes up its own.

use std::ops::Range;

use zhida_policies::syntax::words::Function;

use crate::column::dictionary::YES;
use crate::column::evaluator::Evaluator;
use crate::column::kernel::arch::vectored;
use crate::column::kernel::arithmetic::{self, Binary};
use crate::column::kernel::compare;
use crate::column::lane::{BEYOND, KNOWN, Lane, UNDEFINED, UNKNOWN};
use crate::column::source::Source;
use crate::column::truths::Answers;
use crate::column::value::state_of;
use crate::plan::{Kind, NodeId, Op};

/// The records of the rows at hand.
struct Segments {
    /// The records of all rows, in order.
    records: Vec<u32>,
    /// Where those of each row lie.
    ranges: Vec<Range<usize>>,
    /// Whether each passes the filter, as a dictionary entry.
    passes: Vec<u8>,
    /// The value of each record that may pass, by its place among them.
    values: Lane,
    /// The place of each record among those with a value.
    places: Vec<u32>,
}

impl Evaluator<'_, '_> {
    pub(super) fn lane_aggregate(&mut self, node: NodeId, rows: &[u32]) -> Lane {
        let kind = self.kind(node);
        let mut lane = self.new_lane(kind, rows.len());
        let Op::Aggregate {
            function,
            list,
            value,
            filter,
        } = self.bound.op(node)
        else {
            return lane;
        };
        let domain = self.bound.domain_of(*list);
        self.enter(domain);
        let source = self.bound.sources.get(self.bound.place(*list));
        let is_quantifier = matches!(function, Function::Any | Function::All);
        let (condition, filter) = match (is_quantifier, value, filter) {
            // The condition alone, whichever way it is written.
            (true, None, Some(condition)) => (Some(*condition), None),
            (_, value, filter) => (*value, *filter),
        };
        let is_plain_count = *function == Function::Count && condition.is_none();
        if let (true, Some(filter)) = (is_plain_count, filter) {
            self.count(&mut lane, domain, filter, rows);
        } else {
            let value_kind = match condition.map_or(Kind::Nothing, |value| self.kind(value)) {
                Kind::Nothing => kind,
                // A mean is a ratio, whatever the scale of what it is made of.
                _ if *function == Function::Mean => Kind::Ratio,
                other => other,
            };
            let segments = self.segments(domain, rows, condition, filter, value_kind);
            for (at, range) in segments.ranges.iter().cloned().enumerate() {
                if is_quantifier {
                    let is_all = *function == Function::All;
                    segments.quantify(is_all, condition.is_some(), range, &mut lane, at);
                } else {
                    segments.reduce(*function, condition.is_some(), range, &mut lane, at);
                }
            }
            self.free_lane(segments.values);
            self.free_list(segments.records);
            self.free_list(segments.places);
        }
        self.forget_missing(&mut lane, source, rows);
        lane
    }

    /// Nothing is known of a list that is missing.
    fn forget_missing(&self, lane: &mut Lane, source: Option<&Source<'_>>, rows: &[u32]) {
        let base = self.domains[0].base;
        match source {
            Some(Source::Records { empty: true, .. } | Source::Records { known: None, .. }) => {}
            Some(Source::Records {
                known: Some(known), ..
            }) => {
                for (state, row) in lane.states.iter_mut().zip(rows) {
                    let place = base + *row as usize;
                    if known[place / 64] >> (place % 64) & 1 == 0 {
                        *state = UNKNOWN;
                    }
                }
            }
            _ => lane.states.fill(UNKNOWN),
        }
    }

    /// 计数 of the records that pass: the bits of the filter, counted for each row.
    fn count(&mut self, lane: &mut Lane, domain: usize, filter: NodeId, rows: &[u32]) {
        let words = self.domains[domain].count.div_ceil(64);
        let mut mask = self.new_mask(words);
        let mut ranges = self.new_list();
        let mut run = 0..0;
        self.push_ranges(domain, rows, &mut ranges);
        for range in ranges.chunks_exact(2) {
            let records = range[0]..range[1];
            // Rows next to each other have their records next to each other.
            if records.start == run.end {
                run.end = records.end;
            } else if !records.is_empty() {
                mask.add_range(run.start as usize, run.end as usize);
                run = records;
            }
        }
        mask.add_range(run.start as usize, run.end as usize);
        self.truth(filter, &mask);
        let truths = &self.truths[filter.index()];
        let (values, states) = (lane.values.narrow_mut(), &mut lane.states);
        let counts = values.unwrap_or_default().iter_mut().zip(states);
        vectored(
            #[inline(always)]
            || {
                for ((count, state), range) in counts.zip(ranges.chunks_exact(2)) {
                    let (start, end) = (range[0] as usize, range[1] as usize);
                    for word in start / 64..end.div_ceil(64) {
                        let low = start.saturating_sub(word * 64);
                        let high = (end - word * 64).min(64);
                        let bits = (u64::MAX << low) & (u64::MAX >> (64 - high));
                        let answers = truths.word(word);
                        *count += i64::from((answers.yes & bits).count_ones());
                        if answers.unsure() & bits != 0 {
                            *state = (*state).max(highest(answers, bits));
                        }
                    }
                }
            },
        );
        self.free_mask(mask);
        self.free_list(ranges);
    }

    fn segments(
        &mut self,
        domain: usize,
        rows: &[u32],
        value: Option<NodeId>,
        filter: Option<NodeId>,
        kind: Kind,
    ) -> Segments {
        let mut records = self.new_list();
        let mut ranges = Vec::with_capacity(rows.len());
        for row in rows {
            let start = records.len();
            records.extend(self.records_of(domain, *row));
            ranges.push(start..records.len());
        }
        let mut passes = vec![YES; records.len()];
        if let Some(filter) = filter {
            let mut mask = self.new_mask(0);
            mask.set_rows(self.domains[domain].count.div_ceil(64), &records);
            self.truth(filter, &mask);
            self.free_mask(mask);
            let truths = &self.truths[filter.index()];
            for (passes, record) in passes.iter_mut().zip(&records) {
                *passes = truths.entry(*record);
            }
        }
        let mut counted = self.new_list();
        let mut places = self.new_list();
        for (passes, record) in passes.iter().zip(&records) {
            places.push(counted.len() as u32);
            if *passes != 0 {
                counted.push(*record);
            }
        }
        let values = match value {
            Some(value) => self.lane_as(value, &counted, kind),
            None => {
                let mut values = self.new_lane(kind, counted.len());
                values.values.reset(counted.len(), 1);
                values
            }
        };
        self.free_list(counted);
        Segments {
            records,
            ranges,
            passes,
            values,
            places,
        }
    }
}

/// The highest state of the records of a word.
fn highest(answers: Answers, bits: u64) -> u8 {
    if answers.beyond & bits != 0 {
        BEYOND
    } else if answers.undefined & bits != 0 {
        UNDEFINED
    } else {
        UNKNOWN
    }
}

impl Segments {
    /// 合计, 计数, 最大, 最小 and 平均 of the records of one row.
    fn reduce(
        &self,
        function: Function,
        has_value: bool,
        range: Range<usize>,
        lane: &mut Lane,
        at: usize,
    ) {
        let mut state = KNOWN;
        let mut count = 0i128;
        let mut total: Option<(i128, i128)> = None;
        for record in range {
            let place = self.places[record] as usize;
            match self.passes[record] {
                0 => continue,
                YES => {}
                passes => {
                    state = state.max(state_of(passes));
                    continue;
                }
            }
            count += 1;
            state = state.max(self.values.states[place]);
            if self.values.states[place] != KNOWN || function == Function::Count && !has_value {
                continue;
            }
            if function != Function::Count && state == KNOWN {
                let value = (self.values.values.get(place), self.values.under(place));
                match taken_up(function, total, value) {
                    Some(next) => total = Some(next),
                    None => state = BEYOND,
                }
            }
        }
        lane.states[at] = state;
        if state != KNOWN {
            return;
        }
        if function == Function::Count {
            lane.values.set(at, count);
            return;
        }
        match total {
            Some((over, under)) => {
                lane.set(at, (over, under));
                if function == Function::Mean {
                    match under.checked_mul(count) {
                        Some(under) => lane.under.set(at, under),
                        None => lane.set_beyond(at),
                    }
                }
            }
            // Over no records a sum is zero; the others are unknown.
            None if function == Function::Sum => {}
            None => lane.states[at] = UNKNOWN,
        }
    }

    /// 存在 and 全部 over the records of one row.
    fn quantify(
        &self,
        is_all: bool,
        has_condition: bool,
        range: Range<usize>,
        lane: &mut Lane,
        at: usize,
    ) {
        if !has_condition {
            let holds = is_all || !range.is_empty();
            lane.values.set(at, i128::from(holds));
            return;
        }
        let (mut beyond, mut unknown, mut undefined) = (false, false, false);
        for record in range {
            let place = self.places[record] as usize;
            if self.passes[record] == 0 {
                continue;
            }
            let passes = state_of(self.passes[record]);
            let wanted = !is_all;
            let value = (
                self.values.states[place],
                (self.values.values.get(place) != 0) == wanted,
            );
            // "Passes and holds"; for 全部 "passes and does not hold".
            match (passes, value) {
                (_, (KNOWN, false)) => {}
                (KNOWN, (KNOWN, true)) => {
                    lane.values.set(at, i128::from(!is_all));
                    return;
                }
                (BEYOND, _) | (_, (BEYOND, _)) => beyond = true,
                (UNKNOWN, _) | (_, (UNKNOWN, _)) => unknown = true,
                _ => undefined = true,
            }
        }
        lane.values.set(at, i128::from(is_all));
        lane.states[at] = if beyond {
            BEYOND
        } else if unknown {
            UNKNOWN
        } else if undefined {
            UNDEFINED
        } else {
            KNOWN
        };
    }
}

/// One more value: its sum with the others, or the further of them.
fn taken_up(
    function: Function,
    total: Option<(i128, i128)>,
    value: (i128, i128),
) -> Option<(i128, i128)> {
    let Some(total) = total else {
        return Some(value);
    };
    if matches!(function, Function::Sum | Function::Mean) {
        return arithmetic::ratio(Binary::Add, total, value);
    }
    let order = compare::order_of(value, total)?;
    let further = if function == Function::Max {
        order.is_gt()
    } else {
        order.is_lt()
    };
    Some(if further { value } else { total })
}
