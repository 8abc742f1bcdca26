//! The one rounding that a value gets.

use std::cmp::Ordering;

use zhida_policies::values::RoundingMode;

use crate::column::lane::{KNOWN, Lane};
use crate::plan::{Kind, power_of_ten};

/// A quotient by a positive number, rounded to a whole number.
pub(crate) fn divide(over: i128, under: i128, mode: RoundingMode) -> i128 {
    let (quotient, rest) =
        if let (Ok(over), Ok(under)) = (u64::try_from(over), u64::try_from(under)) {
            (i128::from(over / under), i128::from(over % under))
        } else {
            (over.div_euclid(under), over.rem_euclid(under))
        };
    if rest == 0 {
        return quotient;
    }
    // The quotient is the lower neighbour; `rest` is not zero.
    let half = rest.cmp(&(under - rest));
    let is_negative = over < 0;
    let up = match mode {
        RoundingMode::Floor => false,
        RoundingMode::Ceiling => true,
        RoundingMode::Up => !is_negative,
        RoundingMode::Down => is_negative,
        RoundingMode::HalfUp => nearer(half, !is_negative),
        RoundingMode::HalfDown => nearer(half, is_negative),
        RoundingMode::HalfEven => nearer(half, quotient.rem_euclid(2) == 1),
    };
    if up { quotient + 1 } else { quotient }
}

/// Whether the upper neighbour is taken, given what happens halfway.
fn nearer(half: Ordering, tie: bool) -> bool {
    match half {
        Ordering::Less => false,
        Ordering::Equal => tie,
        Ordering::Greater => true,
    }
}

/// A lane rounded to decimal places; the result has `max(places, 0)` of them.
pub(crate) fn round_lane(lane: &mut Lane, kind: Kind, places: i32, mode: RoundingMode) {
    let power = |places: i32| u8::try_from(places).ok().and_then(power_of_ten);
    let scale = match kind {
        Kind::Decimal(scale) => scale,
        _ => 0,
    };
    let under = power_of_ten(scale).unwrap_or(1);
    for at in 0..lane.len() {
        if lane.states[at] != KNOWN {
            continue;
        }
        let under = if lane.under.is_empty() {
            under
        } else {
            lane.under.get(at)
        };
        let over = lane.values.get(at);
        let rounded = if places >= 0 {
            reduced(over, under, power(places)).map(|(over, under)| divide(over, under, mode))
        } else {
            let step = power(places.saturating_neg());
            step.and_then(|step| {
                let whole = divide(over, under.checked_mul(step)?, mode);
                whole.checked_mul(step)
            })
        };
        match rounded {
            Some(value) => lane.values.set(at, value),
            None => lane.set_beyond(at),
        }
    }
    lane.under.clear();
}

/// `over × power ÷ under` as two numbers, without a product where the power divides `under`.
fn reduced(over: i128, under: i128, power: Option<i128>) -> Option<(i128, i128)> {
    let power = power?;
    if under % power == 0 {
        return Some((over, under / power));
    }
    Some((over.checked_mul(power)?, under))
}

#[cfg(test)]
mod tests {
    use zhida_policies::values::Number;

    use super::*;

    #[test]
    fn rounds_as_the_exact_numbers_do() {
        let modes = [
            RoundingMode::Floor,
            RoundingMode::Ceiling,
            RoundingMode::Up,
            RoundingMode::Down,
            RoundingMode::HalfUp,
            RoundingMode::HalfDown,
            RoundingMode::HalfEven,
        ];
        for mode in modes {
            for over in -40i64..=40 {
                for under in 1i64..=9 {
                    let exact = Number::from_ratio(over, under).unwrap();
                    let expected = exact.round_to(0, mode).unwrap().to_i128().unwrap();
                    let rounded = divide(i128::from(over), i128::from(under), mode);
                    assert_eq!(rounded, expected, "{over}/{under} {mode:?}");
                }
            }
        }
    }
}
