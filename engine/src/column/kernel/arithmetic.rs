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
    left.take_states(right);
    if let (Some(a), Some(b)) = (left.values.narrow_mut(), right.values.narrow())
        && narrow_decimals(operation, a, b)
    {
        return;
    }
    for at in 0..left.len() {
        let (a, b) = (left.values.get(at), right.values.get(at));
        let value = match operation {
            Binary::Add => a.checked_add(b),
            Binary::Subtract => a.checked_sub(b),
            Binary::Multiply => a.checked_mul(b),
            Binary::Divide => None,
        };
        match value {
            Some(value) => left.values.set(at, value),
            None if left.states[at] == KNOWN => left.set_beyond(at),
            None => left.values.set(at, 0),
        }
    }
}

/// In 64 bits; where one result does not fit, nothing is changed and the answer is false.
fn narrow_decimals(operation: Binary, left: &mut [i64], right: &[i64]) -> bool {
    let pairs = || left.iter().zip(right);
    // One bit in the sign says that something did not fit.
    let is_beyond = match operation {
        Binary::Add => pairs().fold(0, |all, (a, b)| {
            let sum = a.wrapping_add(*b);
            all | ((a ^ sum) & (b ^ sum))
        }),
        Binary::Subtract => pairs().fold(0, |all, (a, b)| {
            let rest = a.wrapping_sub(*b);
            all | ((a ^ b) & (a ^ rest))
        }),
        Binary::Multiply => pairs().fold(0, |all, (a, b)| {
            let product = i128::from(*a) * i128::from(*b);
            let low = product as i64;
            all | -i64::from((product >> 64) as i64 != low >> 63)
        }),
        Binary::Divide => -1,
    } < 0;
    if is_beyond {
        return false;
    }
    let pairs = left.iter_mut().zip(right);
    match operation {
        Binary::Add => pairs.for_each(|(a, b)| *a = a.wrapping_add(*b)),
        Binary::Subtract => pairs.for_each(|(a, b)| *a = a.wrapping_sub(*b)),
        Binary::Multiply | Binary::Divide => pairs.for_each(|(a, b)| *a = a.wrapping_mul(*b)),
    }
    true
}

/// An operation on two lanes of ratios; the result replaces the left one.
pub(crate) fn ratios(operation: Binary, left: &mut Lane, right: &Lane) {
    left.take_states(right);
    if operation == Binary::Divide && narrow_quotients(left, right) {
        return;
    }
    for at in 0..left.len() {
        if left.states[at] != KNOWN {
            left.set(at, (0, 1));
            continue;
        }
        let a = (left.values.get(at), left.under.get(at));
        let b = (right.values.get(at), right.under.get(at));
        if operation == Binary::Divide && b.0 == 0 {
            left.states[at] = UNDEFINED;
            left.set(at, (0, 1));
            continue;
        }
        match ratio(operation, a, b) {
            Some(quotient) => left.set(at, quotient),
            None => left.set_beyond(at),
        }
    }
}

/// A quotient of 64-bit numbers with equal lower numbers, which cancel; false, with nothing
/// changed, where that is not so or where a sign cannot be turned.
fn narrow_quotients(left: &mut Lane, right: &Lane) -> bool {
    let (Some(over), Some(under)) = (left.values.narrow(), right.values.narrow()) else {
        return false;
    };
    let (Some(b), Some(d)) = (left.under.narrow(), right.under.narrow()) else {
        return false;
    };
    let lowest = |values: &[i64]| values.contains(&i64::MIN);
    if b != d || lowest(over) || lowest(under) {
        return false;
    }
    let (Some(over), Some(lower)) = (left.values.narrow_mut(), left.under.narrow_mut()) else {
        return false;
    };
    for (at, divisor) in under.iter().enumerate() {
        if *divisor == 0 && left.states[at] == KNOWN {
            left.states[at] = UNDEFINED;
        }
        // The lower number of a ratio is above zero, in rows without value too.
        let sign = if *divisor < 0 { -1 } else { 1 };
        over[at] *= sign;
        lower[at] = (divisor * sign).max(1);
    }
    true
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
        match lane.values.get(at).checked_neg() {
            Some(value) => lane.values.set(at, value),
            None => lane.set_beyond(at),
        }
    }
}

/// The sign dropped.
pub(crate) fn absolute(lane: &mut Lane) {
    for at in 0..lane.len() {
        match lane.values.get(at).checked_abs() {
            Some(value) => lane.values.set(at, value),
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
