//! 取余, 偶数 and 奇数: exact, for decimals and for ratios.

use crate::column::evaluator::Evaluator;
use crate::column::lane::{KNOWN, Lane, UNDEFINED};
use crate::plan::{Kind, NodeId, Parity, power_of_ten};

impl Evaluator<'_, '_> {
    /// `dividend - divisor * floor(dividend / divisor)`; without value for a divisor of zero.
    pub(super) fn lane_modulo(
        &mut self,
        kind: Kind,
        dividend: NodeId,
        divisor: NodeId,
        rows: &[u32],
    ) -> Lane {
        let mut lane = self.lane_as(dividend, rows, kind);
        let divisors = self.lane_as(divisor, rows, kind);
        lane.take_states(&divisors);
        for at in 0..lane.len() {
            if lane.states[at] != KNOWN {
                continue;
            }
            if divisors.values.get(at) == 0 {
                lane.states[at] = UNDEFINED;
                continue;
            }
            let pair = |lane: &Lane| (lane.values.get(at), lane.under(at));
            match rest(pair(&lane), pair(&divisors)) {
                Some(rest) => lane.set(at, rest),
                None => lane.set_beyond(at),
            }
        }
        if kind == Kind::Nothing {
            lane.under.clear();
        }
        self.free_lane(divisors);
        lane
    }

    /// Whether whole numbers are even, or odd; other numbers have no answer.
    pub(super) fn lane_parity(&mut self, operand: NodeId, parity: Parity, rows: &[u32]) -> Lane {
        let scale = match self.kind(operand) {
            Kind::Decimal(scale) => scale,
            _ => 0,
        };
        let unit = power_of_ten(scale).unwrap_or(1);
        let mut lane = self.lane(operand, rows);
        for at in 0..lane.len() {
            if lane.states[at] != KNOWN {
                continue;
            }
            let unit = if lane.under.is_empty() {
                unit
            } else {
                lane.under.get(at)
            };
            let value = lane.values.get(at);
            if value % unit != 0 {
                lane.states[at] = UNDEFINED;
                continue;
            }
            let is_even = value / unit % 2 == 0;
            let holds = is_even == (parity == Parity::Even);
            lane.values.set(at, i128::from(holds));
        }
        lane.under.clear();
        lane
    }
}

/// What is left of one ratio after whole times another, with the sign of the other; `None`
/// beyond 128 bits.
fn rest((a, b): (i128, i128), (c, d): (i128, i128)) -> Option<(i128, i128)> {
    let (over, step, under) = if b == d {
        (a, c, b)
    } else {
        (a.checked_mul(d)?, c.checked_mul(b)?, b.checked_mul(d)?)
    };
    let rest = over.checked_rem(step)?;
    if rest != 0 && (rest < 0) != (step < 0) {
        return Some((rest.checked_add(step)?, under));
    }
    Some((rest, under))
}

#[cfg(test)]
mod tests {
    use zhida_policies::values::Number;

    use super::*;

    #[test]
    fn rests_are_those_of_the_exact_numbers() {
        let numbers = [(-7, 2), (7, 2), (0, 1), (12, 1), (-12, 5), (1, 3), (5, 1)];
        for (a, b) in numbers {
            for (c, d) in numbers.into_iter().filter(|(over, _)| *over != 0) {
                let exact = |over, under| Number::from_ratio(over, under).unwrap();
                let expected = exact(a, b).modulo(&exact(c, d)).unwrap();
                let found = rest(
                    (i128::from(a), i128::from(b)),
                    (i128::from(c), i128::from(d)),
                );
                let (over, under) = found.unwrap();
                let found = Number::from_i128(over).checked_div(&Number::from_i128(under));
                assert_eq!(found.unwrap(), expected, "{a}/{b} {c}/{d}");
            }
        }
        assert_eq!(rest((i128::MIN, 1), (-1, 1)), None);
        assert_eq!(rest((i128::MAX, 3), (1, 7)), None);
    }
}
