//! Aggregates over records, by segments: the records of all rows at hand are evaluated together,
//! then each row takes up its own.

use std::ops::Range;

use zhida_policies::syntax::words::Function;

use crate::column::evaluator::Evaluator;
use crate::column::kernel::arithmetic::{self, Binary};
use crate::column::kernel::compare;
use crate::column::lane::{BEYOND, KNOWN, Lane, UNDEFINED, UNKNOWN};
use crate::column::source::Source;
use crate::plan::{Kind, NodeId, Op};

/// The records of the rows at hand.
struct Segments {
    /// The records of all rows, in order.
    records: Vec<u32>,
    /// Where those of each row lie.
    ranges: Vec<Range<usize>>,
    /// Whether each passes the filter: a lane of truth values.
    passes: Lane,
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
        let value_kind = condition.map_or(Kind::Nothing, |value| self.kind(value));
        let value_kind = match value_kind {
            Kind::Nothing => kind,
            // A mean is a ratio, whatever the scale of what it is made of.
            _ if *function == Function::Mean => Kind::Ratio,
            other => other,
        };
        let segments = self.segments(domain, rows, condition, filter, value_kind);
        let base = self.domains[0].base;
        for (at, row) in rows.iter().enumerate() {
            let known = match source {
                Some(Source::Records { empty: true, .. }) => true,
                Some(source) => {
                    let place = base + *row as usize;
                    source.known_word(place / 64) >> (place % 64) & 1 == 1
                }
                None => false,
            };
            if !known {
                lane.states[at] = UNKNOWN;
                continue;
            }
            let range = segments.ranges[at].clone();
            if is_quantifier {
                segments.quantify(
                    *function == Function::All,
                    condition.is_some(),
                    range,
                    &mut lane,
                    at,
                );
            } else {
                segments.reduce(*function, condition.is_some(), range, &mut lane, at);
            }
        }
        self.free_lane(segments.passes);
        self.free_lane(segments.values);
        self.free_list(segments.records);
        self.free_list(segments.places);
        lane
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
        let passes = match filter {
            Some(filter) => self.lane(filter, &records),
            None => {
                let mut passes = self.new_lane(Kind::Truth, records.len());
                passes.values.fill(1);
                passes
            }
        };
        let mut counted = self.new_list();
        let mut places = self.new_list();
        for (at, record) in records.iter().enumerate() {
            places.push(counted.len() as u32);
            if passes.states[at] != KNOWN || passes.values[at] != 0 {
                counted.push(*record);
            }
        }
        let values = match value {
            Some(value) => self.lane_as(value, &counted, kind),
            None => {
                let mut values = self.new_lane(kind, counted.len());
                values.values.fill(1);
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
            match (self.passes.states[record], self.passes.values[record]) {
                (KNOWN, 0) => continue,
                (KNOWN, _) => {}
                (UNKNOWN, _) => {
                    state = state.max(UNKNOWN);
                    continue;
                }
                (passes, _) => {
                    state = state.max(passes);
                    continue;
                }
            }
            count += 1;
            state = state.max(self.values.states[place]);
            if self.values.states[place] != KNOWN || function == Function::Count && !has_value {
                continue;
            }
            if function != Function::Count && state == KNOWN {
                let value = (
                    self.values.values[place],
                    self.values.under.get(place).copied().unwrap_or(1),
                );
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
            lane.values[at] = count;
            return;
        }
        match total {
            Some((over, under)) => {
                lane.values[at] = over;
                if let Some(lower) = lane.under.get_mut(at) {
                    *lower = under;
                }
                if function == Function::Mean {
                    match under.checked_mul(count) {
                        Some(under) => lane.under[at] = under,
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
            lane.values[at] = i128::from(is_all || !range.is_empty());
            return;
        }
        let (mut beyond, mut unknown, mut undefined) = (false, false, false);
        for record in range {
            let place = self.places[record] as usize;
            let passes = (self.passes.states[record], self.passes.values[record] != 0);
            if passes == (KNOWN, false) {
                continue;
            }
            let wanted = !is_all;
            let value = (
                self.values.states[place],
                (self.values.values[place] != 0) == wanted,
            );
            // "Passes and holds"; for 全部 "passes and does not hold".
            match (passes, value) {
                (_, (KNOWN, false)) => {}
                ((KNOWN, _), (KNOWN, true)) => {
                    lane.values[at] = i128::from(!is_all);
                    return;
                }
                ((BEYOND, _), _) | (_, (BEYOND, _)) => beyond = true,
                ((UNKNOWN, _), _) | (_, (UNKNOWN, _)) => unknown = true,
                _ => undefined = true,
            }
        }
        lane.values[at] = i128::from(is_all);
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
