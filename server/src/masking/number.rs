//! The numbers of persons: what a run of digits is.

use zhida_policies::values::Date;

/// The weights of the first seventeen digits of a resident ID.
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// The check characters by the weighted sum modulo 11.
const CHECKS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];

/// Whether a text is the number of a resident identity card: eighteen characters with a date of
/// birth and the right check character.
///
/// # Source
/// GB 11643-1999.
pub(super) fn is_resident_id(text: &str) -> bool {
    let characters: Vec<char> = text.chars().collect();
    let Some((check, body)) = characters.split_last() else {
        return false;
    };
    let digits: Vec<u32> = body.iter().filter_map(|c| c.to_digit(10)).collect();
    if body.len() != WEIGHTS.len() || digits.len() != body.len() {
        return false;
    }
    let sum = digits
        .iter()
        .zip(WEIGHTS)
        .fold(0u32, |sum, (digit, weight)| {
            sum.saturating_add(digit.saturating_mul(weight))
        });
    let place = usize::try_from(sum.checked_rem(11).unwrap_or(0)).unwrap_or(0);
    let right = CHECKS.get(place) == Some(&check.to_ascii_uppercase());
    right && text.get(6..14).is_some_and(is_birth)
}

/// Whether eight digits are a date on which somebody alive was born.
fn is_birth(text: &str) -> bool {
    let part = |range: std::ops::Range<usize>| text.get(range)?.parse::<i16>().ok();
    let (Some(year), Some(month), Some(day)) = (part(0..4), part(4..6), part(6..8)) else {
        return false;
    };
    is_day(year, month, day) && (1850..=2150).contains(&year)
}

/// Whether a day exists.
pub(super) fn is_day(year: i16, month: i16, day: i16) -> bool {
    let (month, day) = (i8::try_from(month), i8::try_from(day));
    match (month, day) {
        (Ok(month), Ok(day)) => Date::new(year, month, day).is_ok(),
        (Err(_), _) | (_, Err(_)) => false,
    }
}

/// Whether eleven or twelve digits hold a mobile phone, or ten to twelve are a fixed one with its
/// area code. A digit that is not known may be any.
pub(super) fn is_phone(digits: &[Option<u8>]) -> bool {
    let mobile = digits.windows(11).any(|window| {
        let first = window.first().is_some_and(|digit| may_be(*digit, 1..=1));
        let second = window.get(1).is_some_and(|digit| may_be(*digit, 3..=9));
        first && second
    });
    let area = digits.first().is_some_and(|digit| may_be(*digit, 0..=0));
    mobile || (area && digits.len() >= 10)
}

fn may_be(digit: Option<u8>, range: std::ops::RangeInclusive<u8>) -> bool {
    digit.is_none_or(|value| range.contains(&value))
}
