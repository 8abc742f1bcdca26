//! One made-up enterprise: what all of its facts agree about.

use zhida_policies::values::Uscc;

use crate::generate::places::Place;
use crate::generate::random::{Draw, mark};
use crate::generate::tables::REVENUE_STEPS;

/// Fen in 万元.
const FEN_PER_WAN: i64 = 1_000_000;

/// The characters of the code's body.
const BODY: [char; 31] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'J',
    'K', 'L', 'M', 'N', 'P', 'Q', 'R', 'T', 'U', 'W', 'X', 'Y',
];

/// Bodies of eight characters.
const BODIES: u64 = 852_891_037_441;

/// No multiple of 31, so that different numbers give different bodies.
const BODY_STEP: u64 = 540_321_000_017;

/// What the facts of one enterprise agree about.
#[derive(Clone, Debug)]
pub(crate) struct Enterprise<'a> {
    /// Where the draws of its facts begin.
    pub(crate) key: u64,
    /// Its code.
    pub(crate) uscc: String,
    /// Where it is.
    pub(crate) place: Option<&'a Place>,
    /// Its industry.
    pub(crate) industry: Option<&'a str>,
    /// Its revenue of the assessment year, in fen.
    pub(crate) revenue: i64,
    /// How much its revenue grows each year, in ‰.
    pub(crate) growth: i64,
    /// How many people it employs.
    pub(crate) employees: i64,
}

impl Enterprise<'_> {
    /// The letter of its section; a blank when it has no industry.
    pub(crate) fn section(&self) -> char {
        self.industry
            .and_then(|code| code.chars().next())
            .unwrap_or(' ')
    }

    /// Its revenue some years before the assessment year, in fen of whole yuan.
    pub(crate) fn revenue_before(&self, years: i32) -> i64 {
        (0..years).fold(self.revenue, |revenue, _| {
            scaled(revenue, 1_000, self.growth.saturating_add(1_000))
        })
    }

    /// Whether its size and trade put it into the statistical register.
    pub(crate) fn is_large(&self) -> bool {
        let wan = self.revenue.checked_div(FEN_PER_WAN).unwrap_or(0);
        let trade = self
            .industry
            .and_then(|code| code.get(..3))
            .unwrap_or_default();
        let threshold = match (self.section(), trade) {
            (_, "F52") => 500,
            ('H', _) => 200,
            ('B' | 'C' | 'D' | 'F' | 'I' | 'M' | 'N' | 'Q', _) => 2_000,
            (_, _) => 1_000,
        };
        wan >= threshold
    }
}

/// `value` × `times` ÷ `by`, cut to whole yuan when it is money of at least one.
pub(crate) fn scaled(value: i64, times: i64, by: i64) -> i64 {
    let wide = i128::from(value).saturating_mul(i128::from(times));
    let scaled = wide
        .checked_div(i128::from(by))
        .and_then(|scaled| i64::try_from(scaled).ok());
    scaled.unwrap_or(0)
}

/// Whole yuan, so that generated money looks like money.
pub(crate) fn whole_yuan(fen: i64) -> i64 {
    fen.saturating_sub(fen.checked_rem(100).unwrap_or(0))
}

/// A yearly revenue in fen.
pub(crate) fn revenue(draw: &mut Draw) -> i64 {
    let steps: Vec<(i64, i64)> = REVENUE_STEPS
        .iter()
        .copied()
        .zip(REVENUE_STEPS.iter().copied().skip(1))
        .collect();
    let (low, high) = draw.pick(&steps).copied().unwrap_or((1, 2));
    draw.between(
        low.saturating_mul(FEN_PER_WAN),
        high.saturating_mul(FEN_PER_WAN),
    )
}

/// People for a revenue: fewer a yuan in large enterprises.
pub(crate) fn employees(revenue: i64, draw: &mut Draw) -> i64 {
    let wan = revenue.checked_div(FEN_PER_WAN).unwrap_or(0);
    let per_person = match wan {
        ..300 => draw.between(15, 40),
        300..2_000 => draw.between(30, 90),
        2_000..20_000 => draw.between(50, 160),
        _ => draw.between(90, 320),
    };
    wan.checked_div(per_person)
        .unwrap_or(0)
        .saturating_add(draw.between(1, 3))
}

/// Growth in ‰, mostly small.
pub(crate) fn growth(draw: &mut Draw) -> i64 {
    let (low, high) = match draw.below(100) {
        0..8 => (-550, -150),
        8..35 => (-150, 0),
        35..75 => (0, 120),
        75..93 => (120, 320),
        _ => (320, 900),
    };
    draw.between(low, high)
}

/// The code of an enterprise: its division and a body that no other number of the run has.
pub(crate) fn uscc(number: u64, seed: u64, division: &str) -> String {
    let start = mark("uscc")
        .wrapping_add(seed)
        .checked_rem(BODIES)
        .unwrap_or(0);
    let step = u128::from(number).saturating_mul(u128::from(BODY_STEP));
    let place = step
        .saturating_add(u128::from(start))
        .checked_rem(u128::from(BODIES));
    let mut rest = place.unwrap_or(0);
    let mut body = String::new();
    for _ in 0..8 {
        let digit = rest
            .checked_rem(31)
            .and_then(|digit| usize::try_from(digit).ok());
        body.extend(digit.and_then(|digit| BODY.get(digit)));
        rest = rest.checked_div(31).unwrap_or(0);
    }
    let division = format!("{division:0<6}");
    let code = Uscc::generate("91", &division, &body);
    code.map(|code| code.as_str().to_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_valid_and_differ() {
        assert_eq!(BODIES, 31u64.pow(8));
        assert_ne!(BODY_STEP % 31, 0);
        let codes: BTreeSet<String> = (0..20_000)
            .map(|number| uscc(number, 7, "420606"))
            .collect();
        assert_eq!(codes.len(), 20_000);
        for code in &codes {
            assert!(matches!(Uscc::parse(code), Ok((_, None))), "{code}");
        }
        assert!(uscc(1, 7, "4206").starts_with("91420600"));
    }

    #[test]
    fn sizes_spread() {
        let mut draw = Draw::new(3);
        let sizes: Vec<i64> = (0..2_000).map(|_| revenue(&mut draw)).collect();
        let small = sizes
            .iter()
            .filter(|size| **size < 2_000 * FEN_PER_WAN)
            .count();
        assert!((1_000..1_500).contains(&small), "{small}");
        assert!(sizes.iter().any(|size| *size > 50_000 * FEN_PER_WAN));
    }
}
