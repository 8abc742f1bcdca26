//! Steps 12 and 13: instalments and funding shares of one award.

use zhida_policies::measure::Measure;
use zhida_policies::values::Money;

use crate::awards::split::split_exact;

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
    let parts = split_exact(whole + paid, &weights.cloned().collect::<Vec<_>>());
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
    let weights: Vec<_> = weights.cloned().collect();
    let parts = split_exact(amount.fen().unsigned_abs(), &weights);
    parts.into_iter().map(money).collect()
}

fn money(fen: u64) -> Money {
    Money::from_fen(i64::try_from(fen).unwrap_or(i64::MAX))
}
