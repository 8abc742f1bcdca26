//! Arithmetic of lanes. What does not fit 128 bits is marked and left to the reference.

use crate::column::lane::{KNOWN, Lane, UNDEFINED};

/// An operation on two lanes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// An operation on two lanes of decimals at fitting scales; the result replaces the left one.
pub(crate) fn decimals(operation: Binary, left: &mut Lane, right: &Lane) {
    for at in 0..left.len() {
        let (a, b) = (left.values[at], right.values[at]);
        left.states[at] = left.states[at].max(right.states[at]);
        let value = match operation {
            Binary::Add => a.checked_add(b),
            Binary::Subtract => a.checked_sub(b),
            Binary::Multiply => a.checked_mul(b),
            Binary::Divide => None,
        };
        match value {
            Some(value) => left.values[at] = value,
            None if left.states[at] == KNOWN => left.set_beyond(at),
            None => left.values[at] = 0,
        }
    }
}

/// An operation on two lanes of ratios; the result replaces the left one.
pub(crate) fn ratios(operation: Binary, left: &mut Lane, right: &Lane) {
    for at in 0..left.len() {
        left.states[at] = left.states[at].max(right.states[at]);
        if left.states[at] != KNOWN {
            left.values[at] = 0;
            left.under[at] = 1;
            continue;
        }
        let a = (left.values[at], left.under[at]);
        let b = (right.values[at], right.under[at]);
        if operation == Binary::Divide && b.0 == 0 {
            left.states[at] = UNDEFINED;
            (left.values[at], left.under[at]) = (0, 1);
            continue;
        }
        match ratio(operation, a, b) {
            Some((over, under)) => (left.values[at], left.under[at]) = (over, under),
            None => left.set_beyond(at),
        }
    }
}

/// One operation on two ratios; a divisor of zero has been dealt with.
pub(crate) fn ratio(
    operation: Binary,
    (a, b): (i128, i128),
    (c, d): (i128, i128),
) -> Option<(i128, i128)> {
    match operation {
        Binary::Add | Binary::Subtract => {
            let (left, right, under) = if b == d {
                (a, c, b)
            } else {
                (a.checked_mul(d)?, c.checked_mul(b)?, b.checked_mul(d)?)
            };
            let over = if operation == Binary::Add {
                left.checked_add(right)?
            } else {
                left.checked_sub(right)?
            };
            Some((over, under))
        }
        Binary::Multiply => Some((a.checked_mul(c)?, b.checked_mul(d)?)),
        Binary::Divide => {
            // Equal lower numbers cancel, which is the rule for money by money.
            let (over, under) = if b == d {
                (a, c)
            } else {
                (a.checked_mul(d)?, b.checked_mul(c)?)
            };
            if under < 0 {
                Some((over.checked_neg()?, under.checked_neg()?))
            } else {
                Some((over, under))
            }
        }
    }
}

/// The sign turned.
pub(crate) fn negate(lane: &mut Lane) {
    for at in 0..lane.len() {
        match lane.values[at].checked_neg() {
            Some(value) => lane.values[at] = value,
            None => lane.set_beyond(at),
        }
    }
}

/// The sign dropped.
pub(crate) fn absolute(lane: &mut Lane) {
    for at in 0..lane.len() {
        match lane.values[at].checked_abs() {
            Some(value) => lane.values[at] = value,
            None => lane.set_beyond(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_keep_a_positive_lower_number() {
        assert_eq!(ratio(Binary::Divide, (3, 1), (-6, 1)), Some((-3, 6)));
        assert_eq!(ratio(Binary::Divide, (1, 3), (1, 5)), Some((5, 3)));
        assert_eq!(ratio(Binary::Add, (1, 3), (1, 6)), Some((9, 18)));
        assert_eq!(ratio(Binary::Subtract, (1, 3), (2, 3)), Some((-1, 3)));
        assert_eq!(ratio(Binary::Multiply, (i128::MAX, 1), (2, 1)), None);
    }
}
