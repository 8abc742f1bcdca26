//! What auditors are answered, as data: pages, programs and files hold the same.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;

use serde::Serialize;
use serde_json::{Value, json};
use zhida_engine::payouts::Thing;
use zhida_engine::replay::{
    Difference, Overlap, Replayed, SampleOptions, Sampled, Sealed, Supposed, Traces, WhatIf,
    WhatIfChange, overlaps,
};
use zhida_engine::sweep::TotalFen;
use zhida_policies::values::Money;

use crate::failure::Failure;
use crate::payouts::desk::Desk;
use crate::store::Listing;

/// Who may be named in an answer; everybody where there is no list.
pub(crate) type Seen<'a> = Option<&'a BTreeSet<String>>;

fn sees(seen: Seen<'_>, enterprise: &str) -> bool {
    seen.is_none_or(|seen| seen.contains(enterprise))
}

/// What a replay came to. A decision of somebody out of sight is counted and not shown.
pub(crate) fn replay(sealed: &Sealed, replayed: &Replayed, seen: Seen<'_>) -> Value {
    let difference = replayed.difference.as_ref().map(|difference| {
        let hidden = match difference {
            Difference::Decision(row) | Difference::Award(row) => !sees(seen, &row.enterprise),
            Difference::File { .. } | Difference::Result { .. } => false,
        };
        match hidden {
            true => json!({"differs": "outside"}),
            false => json!(difference),
        }
    });
    json!({
        "seal": sealed.digest,
        "semantics": sealed.seal.semantics,
        "sealed": sealed.seal.result.digest,
        "found": replayed.summary.digest,
        "enterprises": replayed.summary.enterprises,
        "measures": sealed.seal.result.measures.len(),
        "payable": sealed.seal.result.payable,
        "equal": replayed.difference.is_none(),
        "difference": difference,
    })
}

/// What would be paid otherwise, as far as it can be seen.
///
/// # Errors
/// As [`Supposed::changes`].
pub(crate) fn what_if(
    supposed: &Supposed<'_>,
    seen: Seen<'_>,
    cancel: &AtomicBool,
) -> Result<WhatIf, Failure> {
    let mut found = supposed.changes(&|enterprise, _| sees(seen, enterprise), cancel)?;
    if seen.is_some() {
        // The sums of others are theirs: what is left is what the listed payments come to.
        let sum = |of: &dyn Fn(&WhatIfChange) -> Option<Money>| {
            let fen = found.changes.iter().filter_map(of);
            TotalFen::of(fen.map(|amount| i128::from(amount.fen())).sum())
        };
        (found.before, found.after) = (sum(&|change| change.before), sum(&|change| change.after));
    }
    Ok(found)
}

/// A change with both computations side by side.
#[derive(Serialize)]
pub(crate) struct TracedChange<'a> {
    #[serde(flatten)]
    change: &'a WhatIfChange,
    /// Absent where they were not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    traces: Option<Traces>,
}

/// The changes with the computations of the first so many, made when each is written: all of them
/// at once would be more than a machine holds.
pub(crate) fn traced<'a>(
    supposed: &'a Supposed<'_>,
    changes: &'a [WhatIfChange],
    traces_max: usize,
) -> impl Iterator<Item = TracedChange<'a>> {
    changes
        .iter()
        .enumerate()
        .map(move |(place, change)| TracedChange {
            change,
            traces: (place < traces_max).then(|| supposed.traces(change)),
        })
}

/// Awards to look at first, drawn among those that can be seen.
///
/// # Errors
/// As [`Sealed::sample`].
pub(crate) fn sample(
    sealed: &Sealed,
    options: SampleOptions<'_>,
    cancel: &AtomicBool,
) -> Result<Vec<Sampled>, Failure> {
    sealed.sample(options, cancel).map_err(super::failed)
}

/// What stands behind several awards. Uses by others are left out; one that is left is none.
///
/// # Errors
/// As [`overlaps`].
pub(crate) fn overlap(
    sweeps: impl IntoIterator<Item = Result<Sealed, Failure>>,
    seen: Seen<'_>,
    cancel: &AtomicBool,
) -> Result<Vec<Overlap>, Failure> {
    let mut found = overlaps(sweeps, cancel)?;
    if seen.is_some() {
        found.retain(|overlap| overlap.uses.iter().any(|one| sees(seen, &one.enterprise)));
        for overlap in &mut found {
            for one in &mut overlap.uses {
                if !sees(seen, &one.enterprise) {
                    // That there is another one is what the test is for; who it is, is not.
                    one.enterprise.clear();
                    one.name = "其他单位的企业".to_owned();
                }
            }
        }
    }
    Ok(found)
}

/// The enterprises whose account is not the first that they gave.
///
/// # Errors
/// What the database says.
pub(crate) fn changed_accounts(desk: &Desk) -> Result<BTreeSet<String>, Failure> {
    let payees = desk.wait(desk.store.list(Listing::Payees))?;
    let changed = payees.into_iter().filter_map(|thing| match thing {
        Thing::Payee(payee) if payee.versions.len() > 1 => Some(payee.uscc.to_string()),
        Thing::Payee(_)
        | Thing::User(_)
        | Thing::Delegation(_)
        | Thing::Settings(_)
        | Thing::Line(_)
        | Thing::Payer(_)
        | Thing::Bar(_)
        | Thing::Payout(_)
        | Thing::Notice(_)
        | Thing::Batch(_)
        | Thing::Motion(_)
        | Thing::BankLine(_)
        | Thing::Policy(_) => None,
    });
    Ok(changed.collect())
}
