//! Steps 12 and 13: instalments and funding shares of one award.

use zhida_policies::measure::Measure;
use zhida_policies::values::{Money, Number};

use crate::awards::split::{split_fen, whole_weights};

/// One part of an award that falls due on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueInstalment {
    /// Its place among the instalments of the measure.
    pub index: usize,
    /// What is still to be paid of it.
    pub amount: Money,
    /// Whether it is due now. A later one, and one with a condition, is checked against the facts
    /// of the day on which it falls due.
    pub is_due: bool,
}

/// Splits the award of the whole period, what was paid included, into the measure's instalments;
/// what was paid counts for the earliest.
pub(crate) fn instalments(measure: &Measure, amount: Money, paid: Money) -> Vec<DueInstalment> {
    let whole = amount.fen().unsigned_abs();
    if measure.instalments.is_empty() {
        return vec![DueInstalment {
            index: 0,
            amount,
            is_due: true,
        }];
    }
    let mut paid = paid.fen().unsigned_abs();
    let weights = measure.instalments.iter().map(|part| part.share.value());
    let parts = by_percent(whole + paid, weights);
    let due = parts.iter().zip(&measure.instalments).enumerate();
    due.map(|(index, (part, instalment))| {
        let covered = paid.min(*part);
        paid -= covered;
        DueInstalment {
            index,
            amount: money(part - covered),
            is_due: index == 0 && instalment.condition.is_none(),
        }
    })
    .collect()
}

/// Splits an award over those who bear it.
pub(super) fn shares(measure: &Measure, amount: Money) -> Vec<Money> {
    let weights = measure.shares.iter().map(|share| share.share.value());
    let parts = by_percent(amount.fen().unsigned_abs(), weights);
    parts.into_iter().map(money).collect()
}

/// Percentages that a policy can state have few digits; should they not fit, the first named
/// takes all and the sum still holds.
fn by_percent<'a>(whole: u64, weights: impl Iterator<Item = &'a Number>) -> Vec<u64> {
    let weights: Vec<Number> = weights.cloned().collect();
    if let Some((whole_numbers, _)) = whole_weights(&weights) {
        return split_fen(whole, &whole_numbers);
    }
    let mut first = vec![0; weights.len()];
    first[0] = whole;
    first
}

fn money(fen: u64) -> Money {
    Money::from_fen(i64::try_from(fen).unwrap_or(i64::MAX))
}
