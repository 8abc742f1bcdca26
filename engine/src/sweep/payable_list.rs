//! The awards of a payable list that may be paid now, each with the leaf of its enterprise: what
//! entitlements are made of, and what a checker computes again.

use zhida_policies::measure::library::Library;
use zhida_policies::measure::{Measure, MeasureRef};
use zhida_policies::values::Money;

use crate::awards::Settled;
use crate::merkle::TreeHash;
use crate::snapshot::Snapshot;
use crate::sweep::award_block::Leaves;
use crate::sweep::award_row::{AwardList, AwardRow, at};
use crate::sweep::{
    DecisionRecord, SweepControl, SweepError, SweepOptions, SweepSummary, sweep_and_settle,
};

/// One award, or one instalment of it, that may be paid now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayableAward {
    /// The row of the enterprise in the snapshot.
    pub row: usize,
    /// The measure.
    pub measure: MeasureRef,
    /// The number of the instalment, where the award is paid in several.
    pub instalment: Option<u16>,
    /// How much.
    pub amount: Money,
    /// What the ledger of the snapshot knew to be paid for the same period.
    pub paid: Money,
    /// The leaf of its enterprise under the root of the payable list, which holds this award.
    pub leaf: TreeHash,
}

/// What a sweep in memory came to, with all that explains an award of it.
#[derive(Clone, Debug)]
pub struct PayableSweep {
    /// Counts, totals, roots and digest.
    pub summary: SweepSummary,
    /// Every award and what the steps changed of it.
    pub settled: Settled,
    /// What may be paid now, in the order of the payable list.
    pub awards: Vec<PayableAward>,
}

/// Sweeps in memory and gives what may be paid now, in the order of the payable list.
///
/// # Errors
/// As [`sweep`](super::sweep).
pub fn payable_awards(
    snapshot: &Snapshot,
    library: &Library,
    options: SweepOptions,
    control: SweepControl<'_>,
) -> Result<(SweepSummary, Vec<PayableAward>), SweepError> {
    let swept = payable_sweep(snapshot, library, options, control)?;
    Ok((swept.summary, swept.awards))
}

/// As [`payable_awards`], with the settlement: whoever keeps it explains any award without another
/// sweep.
///
/// # Errors
/// As [`sweep`](super::sweep).
pub fn payable_sweep(
    snapshot: &Snapshot,
    library: &Library,
    options: SweepOptions,
    control: SweepControl<'_>,
) -> Result<PayableSweep, SweepError> {
    let mut nothing = |_: &[DecisionRecord]| Ok(());
    let swept = sweep_and_settle(snapshot, library, options, control, &mut nothing);
    let (summary, settled) = swept?;
    let list = AwardList {
        library,
        snapshot,
        settled: &settled,
    };
    let mut leaves = Leaves::new(false);
    let mut awards = Vec::new();
    for same in settled.awards.chunk_by(|one, other| one.row == other.row) {
        if same.iter().all(|award| award.payable().is_zero()) {
            continue;
        }
        let leaf = leaves.of(list, same);
        for award in same.iter().filter(|award| award.payable() > Money::ZERO) {
            if let Some(measure) = library.measures.get(at(award.measure)) {
                awards.extend(parts(&list.row(award, measure), measure, leaf));
            }
        }
    }
    Ok(PayableSweep {
        summary,
        settled,
        awards,
    })
}

/// The award itself, or those of its instalments that are due.
fn parts(row: &AwardRow<'_>, measure: &Measure, leaf: TreeHash) -> Vec<PayableAward> {
    let part = |instalment, amount| PayableAward {
        row: usize::try_from(row.award.row).unwrap_or(usize::MAX),
        measure: measure.id.clone(),
        instalment,
        amount,
        paid: row.award.paid,
        leaf,
    };
    if row.instalments.is_empty() {
        return vec![part(None, row.payable)];
    }
    let due = row.instalments.iter().filter(|due| due.is_due);
    let due = due.filter(|due| due.amount > Money::ZERO);
    due.map(|due| part(Some(due.number), due.amount)).collect()
}
