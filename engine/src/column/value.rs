//! Value nodes: lanes for lists of rows.

use zhida_policies::measure::Binding;
use zhida_policies::measure::expression::Value;
use zhida_policies::values::{Date, Duration};

use crate::column::bound::Prepared;
use crate::column::dictionary::{BEYOND_BIT, UNDEFINED_BIT, UNKNOWN_BIT, YES};
use crate::column::evaluator::Evaluator;
use crate::column::kernel::arithmetic::{self, Binary};
use crate::column::kernel::{compare, rounding};
use crate::column::lane::{BEYOND, KNOWN, Lane, UNDEFINED, UNKNOWN};
use crate::column::source::{Source, is_known};
use crate::interpreter::Evaluation;
use crate::plan::{
    BandStep, DayPart, Kind, NodeId, Op, Written, day_number, power_of_ten, ratio_of,
};

impl Evaluator<'_, '_> {
    /// The values of a node for a list of rows of its domain, ascending.
    pub(super) fn lane(&mut self, node: NodeId, rows: &[u32]) -> Lane {
        let op = self.bound.op(node);
        if self.kind(node) == Kind::Truth && !op.is_constant() {
            return self.lane_of_truth(node, rows);
        }
        if self.bound.kept[node.index()] {
            return self.lane_kept(node, rows);
        }
        self.lane_of_op(node, rows)
    }

    /// The values of a node in the form of a wider kind.
    pub(super) fn lane_as(&mut self, node: NodeId, rows: &[u32], kind: Kind) -> Lane {
        let mut lane = self.lane(node, rows);
        lane.adapt(self.kind(node), kind);
        lane
    }

    fn lane_of_truth(&mut self, node: NodeId, rows: &[u32]) -> Lane {
        let words = self.words(node);
        let mut mask = self.new_mask(0);
        mask.set_rows(words, rows);
        self.truth(node, &mask);
        self.free_mask(mask);
        let mut lane = self.new_lane(Kind::Truth, rows.len());
        let truths = &self.truths[node.index()];
        for (at, row) in rows.iter().enumerate() {
            let entry = truths.entry(*row);
            lane.values.set(at, i128::from(entry & YES));
            lane.states[at] = state_of(entry);
        }
        lane
    }

    /// A dear node that several others name: each row is worked out once.
    fn lane_kept(&mut self, node: NodeId, rows: &[u32]) -> Lane {
        let mut kept = self.take_kept(node);
        let mut lacking = self.new_list();
        let is_there = |valid: &[u64], row: u32| valid[row as usize / 64] >> (row % 64) & 1 == 1;
        lacking.extend(rows.iter().filter(|row| !is_there(&kept.valid, **row)));
        if !lacking.is_empty() {
            let lane = self.lane_of_op(node, &lacking);
            for (place, row) in lacking.iter().enumerate() {
                kept.lane.copy(*row as usize, &lane, place);
                kept.valid[*row as usize / 64] |= 1 << (row % 64);
            }
            self.free_lane(lane);
        }
        self.free_list(lacking);
        let mut lane = self.new_lane(self.kind(node), rows.len());
        for (at, row) in rows.iter().enumerate() {
            lane.copy(at, &kept.lane, *row as usize);
        }
        self.kept[node.index()] = kept;
        lane
    }

    /// The values of a node, worked out.
    pub(super) fn lane_of_op(&mut self, node: NodeId, rows: &[u32]) -> Lane {
        let kind = self.kind(node);
        match self.bound.op(node) {
            Op::Truth(value) => self.constant(kind, rows, i128::from(*value), 1),
            Op::Exact(exact) => self.constant(kind, rows, exact.digits, 1),
            Op::Ratio(over, under) => self.constant(kind, rows, *over, *under),
            Op::Day(day) => self.constant(kind, rows, i128::from(*day), 1),
            Op::Text(text) => self.constant(kind, rows, i128::from(text.0), 1),
            Op::Unknown => self.without_value(rows, UNKNOWN),
            Op::Undefined => self.without_value(rows, UNDEFINED),
            Op::Column(_) | Op::Field(..) => self.lane_of_leaf(node, rows),
            Op::Lift(_, operand) => self.lane_lifted(node, *operand, rows),
            Op::Paid(..) => self.lane_paid(node, rows),
            Op::Within(subject, intervals) => {
                let mut lane = self.lane(*subject, rows);
                compare::within_lane(&mut lane, self.kind(*subject), intervals);
                lane
            }
            Op::Compare(comparison, left, right) => {
                let kind = wider(self.kind(*left), self.kind(*right));
                let mut lane = self.lane_as(*left, rows, kind);
                let right = self.lane_as(*right, rows, kind);
                compare::compare_lanes(*comparison, &mut lane, &right);
                self.free_lane(right);
                lane
            }
            Op::Among(subject, texts) => {
                let mut lane = self.lane(*subject, rows);
                for at in 0..lane.len() {
                    let value = lane.values.get(at);
                    let is_one = texts.iter().any(|text| i128::from(text.0) == value);
                    lane.values.set(at, i128::from(is_one));
                }
                lane
            }
            Op::If(condition, then, otherwise) => {
                self.lane_if(kind, *condition, *then, *otherwise, rows)
            }
            Op::First(table) => self.lane_first(kind, table, rows),
            Op::Unique(table) => self.lane_unique(kind, table, rows),
            Op::Table(table) => self.lane_table(kind, table, rows),
            Op::Negate(operand) => {
                let mut lane = self.lane(*operand, rows);
                arithmetic::negate(&mut lane);
                lane
            }
            Op::Absolute(operand) => {
                let mut lane = self.lane(*operand, rows);
                arithmetic::absolute(&mut lane);
                lane
            }
            Op::Add(left, right) => self.binary(Binary::Add, kind, *left, *right, rows),
            Op::Subtract(left, right) => self.binary(Binary::Subtract, kind, *left, *right, rows),
            Op::Multiply(left, right) => self.binary(Binary::Multiply, kind, *left, *right, rows),
            Op::Divide(left, right) => self.binary(Binary::Divide, kind, *left, *right, rows),
            Op::Modulo(left, right) => self.lane_modulo(kind, *left, *right, rows),
            Op::Parity(operand, parity) => self.lane_parity(*operand, *parity, rows),
            Op::Days(left, right) => {
                self.binary(Binary::Subtract, Kind::Decimal(0), *left, *right, rows)
            }
            Op::Shift(operand, span) => self.lane_shifted(*operand, *span, rows),
            Op::Part(operand, part) => self.lane_part(*operand, *part, rows),
            Op::Least(operands) => self.lane_extreme(kind, operands, false, rows),
            Op::Greatest(operands) => self.lane_extreme(kind, operands, true, rows),
            Op::Round(operand, places, mode) => {
                let mut lane = self.lane(*operand, rows);
                rounding::round_lane(&mut lane, self.kind(*operand), *places, *mode);
                lane
            }
            Op::Marginal(operand, bands) => self.lane_marginal(*operand, bands, rows),
            Op::Aggregate { .. } => self.lane_aggregate(node, rows),
            Op::Reference(written) => self.lane_by_reference(kind, written, rows),
            Op::Not(_)
            | Op::And(_)
            | Op::Or(_)
            | Op::Holds(..)
            | Op::Dictionary(..)
            | Op::Missing(_) => self.lane_of_truth(node, rows),
        }
    }

    fn constant(&mut self, kind: Kind, rows: &[u32], value: i128, under: i128) -> Lane {
        let mut lane = self.new_lane(kind, rows.len());
        lane.values.fill(rows.len(), value);
        if kind == Kind::Ratio {
            lane.under.fill(rows.len(), under);
        }
        lane
    }

    fn without_value(&mut self, rows: &[u32], state: u8) -> Lane {
        let mut lane = self.new_lane(Kind::Nothing, rows.len());
        lane.states.fill(state);
        lane
    }

    /// A fact or field: gathered from its column.
    fn lane_of_leaf(&mut self, node: NodeId, rows: &[u32]) -> Lane {
        let base = self.base(node);
        let kind = self.kind(node);
        let mut lane = self.new_lane(kind, rows.len());
        let places = rows.iter().map(|row| base + *row as usize).enumerate();
        match (self.bound.source(node), &self.bound.prepared[node.index()]) {
            (Some(Source::Narrow { values, known }), _) => {
                let places = rows.iter().map(|row| base + *row as usize);
                lane.values
                    .set_narrow(places.clone().map(|place| values[place]));
                if known.is_some() {
                    for (state, place) in lane.states.iter_mut().zip(places) {
                        *state = u8::from(!is_known(known, place));
                    }
                }
            }
            (Some(Source::Wide { values, known }), _) => {
                for (at, place) in places {
                    lane.values.set(at, values[place]);
                    lane.states[at] = u8::from(!is_known(known, place));
                }
            }
            (Some(Source::Words { keys, known, .. }), Prepared::Texts(numbers)) => {
                for (at, place) in places {
                    if is_known(known, place) {
                        let number = numbers[keys[place] as usize];
                        lane.values.set(at, i128::from(number));
                    } else {
                        lane.states[at] = UNKNOWN;
                    }
                }
            }
            (Some(Source::Loose { column, zero }), _) => {
                for (at, place) in places {
                    match column.number(place) {
                        None if *zero => {}
                        None => lane.states[at] = UNKNOWN,
                        Some(number) => match power_of_ten(number.scale()) {
                            Some(power) => lane.set(at, (number.digits(), power)),
                            None => lane.set_beyond(at),
                        },
                    }
                }
            }
            _ => lane.states.fill(UNKNOWN),
        }
        lane
    }

    /// The values of the enterprises, seen from their records.
    fn lane_lifted(&mut self, node: NodeId, operand: NodeId, places: &[u32]) -> Lane {
        let domain = self.bound.domains[node.index()];
        self.enter(domain);
        let mut rows = self.new_list();
        for place in places {
            let row = self.domains[domain].parents[*place as usize];
            if rows.last() != Some(&row) {
                rows.push(row);
            }
        }
        let of_rows = self.lane(operand, &rows);
        let mut lane = self.new_lane(self.kind(node), places.len());
        let mut from = 0;
        for (at, place) in places.iter().enumerate() {
            let row = self.domains[domain].parents[*place as usize];
            while rows[from] != row {
                from += 1;
            }
            lane.copy(at, &of_rows, from);
        }
        self.free_lane(of_rows);
        self.free_list(rows);
        lane
    }

    fn lane_paid(&mut self, node: NodeId, rows: &[u32]) -> Lane {
        let base = self.base(node);
        let mut lane = self.new_lane(Kind::Decimal(0), rows.len());
        if let Prepared::Ledger(entries) = &self.bound.prepared[node.index()] {
            for (at, row) in rows.iter().enumerate() {
                let row = base as u32 + row;
                if let Ok(place) = entries.binary_search_by_key(&row, |(row, _)| *row) {
                    lane.values.set(at, i128::from(entries[place].1));
                }
            }
        }
        lane
    }

    fn binary(
        &mut self,
        operation: Binary,
        kind: Kind,
        left: NodeId,
        right: NodeId,
        rows: &[u32],
    ) -> Lane {
        match kind {
            Kind::Ratio => {
                let mut lane = self.lane_as(left, rows, kind);
                let right = self.lane_as(right, rows, kind);
                arithmetic::ratios(operation, &mut lane, &right);
                self.free_lane(right);
                lane
            }
            // A product has the places of both factors; a sum those of the finer operand.
            Kind::Decimal(_) if operation == Binary::Multiply => {
                let mut lane = self.lane(left, rows);
                let right = self.lane(right, rows);
                arithmetic::decimals(operation, &mut lane, &right);
                self.free_lane(right);
                lane
            }
            Kind::Nothing => {
                let mut lane = self.lane(left, rows);
                let right = self.lane(right, rows);
                lane.take_states(&right);
                lane.under.clear();
                self.free_lane(right);
                lane
            }
            _ => {
                let mut lane = self.lane_as(left, rows, kind);
                let right = self.lane_as(right, rows, kind);
                arithmetic::decimals(operation, &mut lane, &right);
                self.free_lane(right);
                lane
            }
        }
    }

    fn lane_extreme(
        &mut self,
        kind: Kind,
        operands: &[NodeId],
        is_greatest: bool,
        rows: &[u32],
    ) -> Lane {
        let Some((first, rest)) = operands.split_first() else {
            return self.without_value(rows, UNDEFINED);
        };
        let mut lane = self.lane_as(*first, rows, kind);
        for operand in rest {
            let other = self.lane_as(*operand, rows, kind);
            further(&mut lane, &other, is_greatest);
            self.free_lane(other);
        }
        lane
    }

    fn lane_shifted(&mut self, operand: NodeId, span: Duration, rows: &[u32]) -> Lane {
        let mut lane = self.lane(operand, rows);
        for at in 0..lane.len() {
            if lane.states[at] == KNOWN {
                let day = date_of(lane.values.get(at));
                match day.and_then(|date| span.after(date).ok()) {
                    Some(date) => lane.values.set(at, i128::from(day_number(date))),
                    None => lane.states[at] = UNDEFINED,
                }
            }
        }
        lane
    }

    fn lane_part(&mut self, operand: NodeId, part: DayPart, rows: &[u32]) -> Lane {
        let mut lane = self.lane(operand, rows);
        for at in 0..lane.len() {
            if lane.states[at] == KNOWN {
                match date_of(lane.values.get(at)) {
                    Some(date) => lane.values.set(at, part_of(date, part)),
                    None => lane.set_beyond(at),
                }
            }
        }
        lane
    }

    fn lane_marginal(&mut self, operand: NodeId, bands: &[BandStep], rows: &[u32]) -> Lane {
        let Kind::Decimal(scale) = self.kind(operand) else {
            return self.without_value(rows, BEYOND);
        };
        let ends = bands.iter().fold(scale, |ends, band| {
            ends.max(band.low.scale)
                .max(band.high.map_or(0, |high| high.scale))
        });
        let rates = bands.iter().map(|band| band.rate.scale).max().unwrap_or(0);
        let digits: Option<Vec<(i128, Option<i128>, i128)>> = bands
            .iter()
            .map(|band| {
                let high = match band.high {
                    None => None,
                    Some(high) => Some(high.digits_at(ends)?),
                };
                Some((band.low.digits_at(ends)?, high, band.rate.digits_at(rates)?))
            })
            .collect();
        let mut lane = self.lane_as(operand, rows, Kind::Decimal(ends));
        let narrow = digits.as_deref().and_then(narrow_bands);
        for at in 0..lane.len() {
            if lane.states[at] != KNOWN {
                continue;
            }
            let subject = lane.values.get(at);
            let total = match (&narrow, i64::try_from(subject)) {
                (Some(bands), Ok(subject)) => Some(narrow_marginal(subject, bands)),
                _ => digits.as_deref().and_then(|bands| marginal(subject, bands)),
            };
            match total {
                Some(Some(total)) => lane.values.set(at, total),
                Some(None) => lane.states[at] = UNDEFINED,
                None => lane.set_beyond(at),
            }
        }
        lane
    }

    /// What the reference interpreter says of an expression for one row.
    pub(super) fn evaluate_by_reference(&mut self, written: &Written, row: u32) -> Evaluation {
        self.reference_rows += 1;
        let bound = self.bound;
        let bindings: &[Binding] = written
            .measure
            .and_then(|measure| bound.plan.library().measures.get(measure))
            .map_or(&[], |measure| &measure.bindings);
        let facts = bound.snapshot.row(self.domains[0].base + row as usize);
        let context = bound.plan.context();
        bound
            .interpreter
            .evaluate_expression(&written.expression, bindings, &facts, context)
    }

    fn lane_by_reference(&mut self, kind: Kind, written: &Written, rows: &[u32]) -> Lane {
        let mut lane = self.new_lane(kind, rows.len());
        for (at, row) in rows.iter().enumerate() {
            match self.evaluate_by_reference(written, *row) {
                Evaluation::Unknown(_) => lane.states[at] = UNKNOWN,
                Evaluation::Undefined(_) => lane.states[at] = UNDEFINED,
                Evaluation::Known(Value::Money(number) | Value::Number(number))
                    if kind == Kind::Ratio =>
                {
                    match ratio_of(&number) {
                        Some(ratio) => lane.set(at, ratio),
                        None => lane.set_beyond(at),
                    }
                }
                Evaluation::Known(Value::Date(date)) if kind == Kind::Date => {
                    lane.values.set(at, i128::from(day_number(date)));
                }
                Evaluation::Known(Value::Boolean(value)) if kind == Kind::Truth => {
                    lane.values.set(at, i128::from(value));
                }
                Evaluation::Known(_) => lane.set_beyond(at),
            }
        }
        lane
    }
}

/// The sum over the bands that a subject reaches: `None` beyond 128 bits, `Some(None)` outside
/// all bands.
fn marginal(subject: i128, bands: &[(i128, Option<i128>, i128)]) -> Option<Option<i128>> {
    let (first, last) = (bands.first()?, bands.last()?);
    if subject < first.0 || last.1.is_some_and(|high| subject > high) {
        return Some(None);
    }
    let mut total = 0i128;
    for (index, (low, high, rate)) in bands.iter().enumerate() {
        if index > 0 && subject <= *low {
            break;
        }
        let end = high.map_or(subject, |high| high.min(subject));
        let part = end.checked_sub(*low)?.checked_mul(*rate)?;
        total = total.checked_add(part)?;
    }
    Some(Some(total))
}

/// The lower end, the upper end and the rate of a band, at 64 bits.
type NarrowBand = (i64, Option<i64>, i64);

fn narrow_bands(bands: &[(i128, Option<i128>, i128)]) -> Option<Vec<NarrowBand>> {
    const RATE_MAX: i64 = 1 << 32;
    const BANDS_MAX: usize = 1 << 16;
    if bands.len() > BANDS_MAX {
        return None;
    }
    let narrow = |value: i128| i64::try_from(value).ok();
    let bands = bands.iter().map(|(low, high, rate)| {
        let high = match high {
            None => None,
            Some(high) => Some(narrow(*high)?),
        };
        let rate = narrow(*rate).filter(|rate| (-RATE_MAX..=RATE_MAX).contains(rate))?;
        Some((narrow(*low)?, high, rate))
    });
    bands.collect()
}

/// [`marginal`] for 64-bit numbers and rates below 2³²: no sum over the bands passes 128 bits.
fn narrow_marginal(subject: i64, bands: &[NarrowBand]) -> Option<i128> {
    let (first, last) = (bands.first()?, bands.last()?);
    if subject < first.0 || last.1.is_some_and(|high| subject > high) {
        return None;
    }
    let mut total = 0i128;
    for (index, (low, high, rate)) in bands.iter().enumerate() {
        if index > 0 && subject <= *low {
            break;
        }
        let end = high.map_or(subject, |high| high.min(subject));
        total += (i128::from(end) - i128::from(*low)) * i128::from(*rate);
    }
    Some(total)
}

/// The further of two values of each row replaces the first.
fn further(lane: &mut Lane, other: &Lane, is_greatest: bool) {
    lane.take_states(other);
    if lane.under.is_empty()
        && let (Some(values), Some(others)) = (lane.values.narrow_mut(), other.values.narrow())
    {
        for (value, other) in values.iter_mut().zip(others) {
            *value = if is_greatest {
                (*value).max(*other)
            } else {
                (*value).min(*other)
            };
        }
        return;
    }
    for at in 0..lane.len() {
        if lane.states[at] != KNOWN {
            continue;
        }
        match compare::order(other, lane, at) {
            Some(order) if order.is_gt() == is_greatest && order.is_ne() => {
                lane.copy(at, other, at);
            }
            Some(_) => {}
            None => lane.set_beyond(at),
        }
    }
}

fn date_of(number: i128) -> Option<Date> {
    let days = Duration {
        months: 0,
        days: i64::try_from(number).ok()?,
    };
    days.after(Date::constant(1970, 1, 1)).ok()
}

fn part_of(date: Date, part: DayPart) -> i128 {
    match part {
        DayPart::Year => i128::from(date.year()),
        DayPart::Month => i128::from(date.month()),
        DayPart::Day => i128::from(date.day()),
        DayPart::DayOfYear => i128::from(date.day_of_year()),
        DayPart::WeekOfYear => i128::from(date.iso_week_date().week()),
    }
}

/// The kind in which two values can be compared.
pub(super) fn wider(left: Kind, right: Kind) -> Kind {
    match (left, right) {
        (Kind::Decimal(left), Kind::Decimal(right)) => Kind::Decimal(left.max(right)),
        (Kind::Ratio, _) | (_, Kind::Ratio) => Kind::Ratio,
        (Kind::Nothing, other) | (other, _) => other,
    }
}

/// The state of a dictionary entry.
pub(super) fn state_of(entry: u8) -> u8 {
    if entry & BEYOND_BIT != 0 {
        BEYOND
    } else if entry & UNDEFINED_BIT != 0 {
        UNDEFINED
    } else if entry & UNKNOWN_BIT != 0 {
        UNKNOWN
    } else {
        KNOWN
    }
}
