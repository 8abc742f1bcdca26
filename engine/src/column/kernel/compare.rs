//! Comparisons: of whole columns to bits, and of lanes value by value.

use std::cmp::Ordering;

use zhida_policies::measure::expression::Comparison;

use crate::column::lane::{BEYOND, KNOWN, Lane};
use crate::plan::{Exact, Interval, Kind, power_of_ten};

/// The closed interval of digits at a scale that holds what an interval holds; `None` when it
/// holds nothing.
pub(crate) fn closed(interval: &Interval, scale: u8) -> Option<(i128, i128)> {
    let low = match interval.low {
        None => i128::MIN,
        Some((bound, included)) => lowest(bound, included, scale)?,
    };
    let high = match interval.high {
        None => i128::MAX,
        Some((bound, included)) => highest(bound, included, scale)?,
    };
    (low <= high).then_some((low, high))
}

/// The digits of a bound, and whether something was left behind.
fn floor_at(bound: Exact, scale: u8) -> Result<(i128, bool), Ordering> {
    if let Some(less) = bound.scale.checked_sub(scale) {
        let power = power_of_ten(less).unwrap_or(1);
        let (digits, rest) = (
            bound.digits.div_euclid(power),
            bound.digits.rem_euclid(power),
        );
        return Ok((digits, rest != 0));
    }
    match bound.digits_at(scale) {
        Some(digits) => Ok((digits, false)),
        None => Err(bound.digits.cmp(&0)),
    }
}

fn lowest(bound: Exact, included: bool, scale: u8) -> Option<i128> {
    match floor_at(bound, scale) {
        Ok((digits, false)) if included => Some(digits),
        Ok((digits, _)) => digits.checked_add(1),
        Err(Ordering::Greater) => None,
        Err(Ordering::Less | Ordering::Equal) => Some(i128::MIN),
    }
}

fn highest(bound: Exact, included: bool, scale: u8) -> Option<i128> {
    match floor_at(bound, scale) {
        Ok((digits, false)) if !included => digits.checked_sub(1),
        Ok((digits, _)) => Some(digits),
        Err(Ordering::Less) => None,
        Err(Ordering::Greater | Ordering::Equal) => Some(i128::MAX),
    }
}

/// The part of a closed interval that 64-bit values can lie in.
pub(crate) fn narrow((low, high): (i128, i128)) -> Option<(i64, i64)> {
    let low = i64::try_from(low.max(i128::from(i64::MIN))).ok()?;
    let high = i64::try_from(high.min(i128::from(i64::MAX))).ok()?;
    (low <= high).then_some((low, high))
}

/// Which of up to 64 values lie in an interval.
#[inline(always)]
pub(crate) fn within_word(values: &[i64], (low, high): (i64, i64)) -> u64 {
    // One subtraction and one unsigned comparison tell both ends.
    let span = high.wrapping_sub(low) as u64;
    let mut word = 0u64;
    if let Ok(values) = <&[i64; 64]>::try_from(values) {
        for (bit, value) in values.iter().enumerate() {
            word |= u64::from(value.wrapping_sub(low) as u64 <= span) << bit;
        }
        return word;
    }
    for (bit, value) in values.iter().enumerate() {
        word |= u64::from(value.wrapping_sub(low) as u64 <= span) << bit;
    }
    word
}

/// Whether the values of a lane lie in one of several intervals; the answer replaces them.
pub(crate) fn within_lane(lane: &mut Lane, kind: Kind, intervals: &[Interval]) {
    let scale = match kind {
        Kind::Decimal(scale) => scale,
        _ => 0,
    };
    if kind == Kind::Ratio {
        within_ratios(lane, intervals);
        lane.under.clear();
        return;
    }
    let closed: Vec<(i128, i128)> = intervals
        .iter()
        .filter_map(|interval| closed(interval, scale))
        .collect();
    if let Some(values) = lane.values.narrow_mut() {
        let closed: Vec<(i64, i64)> = closed.into_iter().filter_map(narrow).collect();
        for value in values {
            let inside = closed.iter().fold(false, |inside, (low, high)| {
                inside | ((*value >= *low) & (*value <= *high))
            });
            *value = i64::from(inside);
        }
        return;
    }
    for at in 0..lane.len() {
        let value = lane.values.get(at);
        let inside = closed
            .iter()
            .any(|(low, high)| (value >= *low) & (value <= *high));
        lane.values.set(at, i128::from(inside));
    }
}

fn within_ratios(lane: &mut Lane, intervals: &[Interval]) {
    let constants: Option<Vec<NarrowInterval>> =
        intervals.iter().map(NarrowInterval::new).collect();
    if let (Some(constants), Some(over), Some(under)) =
        (constants, lane.values.narrow_mut(), lane.under.narrow())
    {
        // A product of two 64-bit numbers always fits 128.
        for (over, under) in over.iter_mut().zip(under) {
            let ratio = (*over, *under);
            *over = i64::from(constants.iter().any(|interval| interval.holds(ratio)));
        }
        return;
    }
    for at in 0..lane.len() {
        if lane.states[at] == KNOWN {
            match ratio_within(lane.values.get(at), lane.under.get(at), intervals) {
                Some(inside) => lane.values.set(at, i128::from(inside)),
                None => lane.states[at] = BEYOND,
            }
        }
    }
}

/// An interval with ends of 64 bits: the power of ten, the digits and whether it is included.
struct NarrowInterval {
    low: Option<(i64, i64, bool)>,
    high: Option<(i64, i64, bool)>,
}

impl NarrowInterval {
    fn new(interval: &Interval) -> Option<Self> {
        let end = |end: Option<(Exact, bool)>| match end {
            None => Some(None),
            Some((bound, included)) => {
                let power = i64::try_from(power_of_ten(bound.scale)?).ok()?;
                let digits = i64::try_from(bound.digits).ok()?;
                Some(Some((power, digits, included)))
            }
        };
        Some(Self {
            low: end(interval.low)?,
            high: end(interval.high)?,
        })
    }

    fn holds(&self, (over, under): (i64, i64)) -> bool {
        let order = |power: i64, digits: i64| {
            let left = i128::from(over) * i128::from(power);
            left.cmp(&(i128::from(digits) * i128::from(under)))
        };
        let above = self.low.is_none_or(|(power, digits, included)| {
            let order = order(power, digits);
            order.is_gt() || included && order.is_eq()
        });
        above
            && self.high.is_none_or(|(power, digits, included)| {
                let order = order(power, digits);
                order.is_lt() || included && order.is_eq()
            })
    }
}

fn ratio_within(over: i128, under: i128, intervals: &[Interval]) -> Option<bool> {
    for interval in intervals {
        let low = match interval.low {
            None => true,
            Some((bound, included)) => match ratio_order(over, under, bound)? {
                Ordering::Less => false,
                Ordering::Equal => included,
                Ordering::Greater => true,
            },
        };
        let high = match interval.high {
            None => true,
            Some((bound, included)) => match ratio_order(over, under, bound)? {
                Ordering::Less => true,
                Ordering::Equal => included,
                Ordering::Greater => false,
            },
        };
        if low && high {
            return Some(true);
        }
    }
    Some(false)
}

/// How a ratio compares with a constant: by cross-multiplication, exactly.
fn ratio_order(over: i128, under: i128, bound: Exact) -> Option<Ordering> {
    let left = over.checked_mul(power_of_ten(bound.scale)?)?;
    Some(left.cmp(&bound.digits.checked_mul(under)?))
}

/// How two known values of one kind compare; `None` where that is beyond 128 bits.
pub(crate) fn order(left: &Lane, right: &Lane, at: usize) -> Option<Ordering> {
    let (a, c) = (left.values.get(at), right.values.get(at));
    if left.under.is_empty() {
        return Some(a.cmp(&c));
    }
    order_of((a, left.under.get(at)), (c, right.under.get(at)))
}

/// How two ratios compare; `None` where that is beyond 128 bits.
pub(crate) fn order_of((a, b): (i128, i128), (c, d): (i128, i128)) -> Option<Ordering> {
    if b == d {
        return Some(a.cmp(&c));
    }
    Some(a.checked_mul(d)?.cmp(&c.checked_mul(b)?))
}

/// Compares two lanes of one kind; the answer replaces the left one.
pub(crate) fn compare_lanes(comparison: Comparison, left: &mut Lane, right: &Lane) {
    left.take_states(right);
    if left.under.is_empty()
        && let (Some(a), Some(b)) = (left.values.narrow_mut(), right.values.narrow())
    {
        for (a, b) in a.iter_mut().zip(b) {
            *a = i64::from(accepts(comparison, (*a).cmp(b)));
        }
        return;
    }
    for at in 0..left.len() {
        if left.states[at] == KNOWN {
            match order(left, right, at) {
                Some(ordering) => {
                    left.values
                        .set(at, i128::from(accepts(comparison, ordering)));
                }
                None => left.states[at] = BEYOND,
            }
        }
    }
    left.under.clear();
}

fn accepts(comparison: Comparison, ordering: Ordering) -> bool {
    match comparison {
        Comparison::Equal => ordering.is_eq(),
        Comparison::NotEqual => ordering.is_ne(),
        Comparison::Less => ordering.is_lt(),
        Comparison::LessOrEqual => ordering.is_le(),
        Comparison::Greater => ordering.is_gt(),
        Comparison::GreaterOrEqual => ordering.is_ge(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(digits: i128, scale: u8) -> Exact {
        Exact { digits, scale }
    }

    #[test]
    fn bounds_between_two_digits_move_inwards() {
        let interval = Interval {
            low: Some((exact(15, 1), true)),
            high: Some((exact(-25, 1), false)),
        };
        assert_eq!(closed(&interval, 0), None);
        let interval = Interval {
            low: Some((exact(-25, 1), true)),
            high: Some((exact(15, 1), true)),
        };
        assert_eq!(closed(&interval, 0), Some((-2, 1)));
        assert_eq!(closed(&interval, 2), Some((-250, 150)));
        let open = Interval {
            low: Some((exact(1, 0), false)),
            high: Some((exact(3, 0), false)),
        };
        assert_eq!(closed(&open, 0), Some((2, 2)));
        assert_eq!(closed(&Interval::ALL, 0), Some((i128::MIN, i128::MAX)));
    }

    #[test]
    fn words_at_the_limits() {
        let values = [i64::MIN, -1, 0, 1, i64::MAX];
        assert_eq!(within_word(&values, (i64::MIN, i64::MAX)), 0b11111);
        assert_eq!(within_word(&values, (0, i64::MAX)), 0b11100);
        assert_eq!(within_word(&values, (-1, 1)), 0b01110);
        assert_eq!(within_word(&values, (i64::MIN, -2)), 0b00001);
        assert_eq!(narrow((i128::MIN, -1)), Some((i64::MIN, -1)));
        assert_eq!(narrow((i128::from(i64::MAX) + 1, i128::MAX)), None);
    }
}
