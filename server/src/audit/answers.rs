//! What auditors are answered, as data: pages, programs and files hold the same.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;

use serde::Serialize;
use serde_json::{Value, json};
use zhida_engine::payouts::Thing;
use zhida_engine::replay::{
    Correction, Difference, Overlap, OverlapUse, ReplayError, Replayed, SampleOptions, Sampled,
    Sealed, Supposed, Traces, WhatIf, WhatIfChange, overlaps,
};
use zhida_engine::sweep::TotalFen;
use zhida_policies::check::PolicyText;
use zhida_policies::values::Money;

use crate::failure::Failure;
use crate::payouts::desk::Desk;
use crate::store::Listing;

/// The awards that may be shown in an answer, each by enterprise and measure; all where there is no
/// list.
pub(crate) type Seen<'a> = Option<&'a BTreeSet<(String, String)>>;

fn sees(seen: Seen<'_>, enterprise: &str, measure: &str) -> bool {
    let award = || (enterprise.to_owned(), measure.to_owned());
    seen.is_none_or(|seen| seen.contains(&award()))
}

/// Whether anything of an enterprise may be shown.
fn knows(seen: Seen<'_>, enterprise: &str) -> bool {
    seen.is_none_or(|seen| seen.iter().any(|(known, _)| known == enterprise))
}

/// What a replay came to. A decision of somebody out of sight is counted and not shown, and sums of
/// all enterprises are for those who see all.
pub(crate) fn replay(sealed: &Sealed, replayed: &Replayed, seen: Seen<'_>) -> Value {
    let difference = replayed.difference.as_ref();
    let difference = difference.map(|difference| shown(difference, seen));
    json!({
        "seal": sealed.digest,
        "semantics": sealed.seal.semantics,
        "sealed": sealed.seal.result.digest,
        "found": replayed.summary.digest,
        "enterprises": seen.is_none().then_some(replayed.summary.enterprises),
        "measures": sealed.seal.result.measures.len(),
        "payable": seen.is_none().then_some(&sealed.seal.result.payable),
        "equal": replayed.difference.is_none(),
        "difference": difference,
    })
}

/// A difference, as far as it can be seen.
fn shown(difference: &Difference, seen: Seen<'_>) -> Value {
    let hidden = match difference {
        Difference::Decision(row) | Difference::Award(row) => {
            !sees(seen, &row.enterprise, &row.measure)
        }
        // A sum over all enterprises.
        Difference::Result { .. } => seen.is_some(),
        Difference::File { .. } => false,
    };
    match hidden {
        true => json!({"differs": "outside"}),
        false => json!(difference),
    }
}

/// A sealed sweep with facts corrected and policies replaced.
///
/// # Shape
/// Nobody is told who exists: what is supposed of an enterprise out of sight is refused as what is
/// supposed of nobody is.
/// # Errors
/// As [`Sealed::suppose`].
pub(crate) fn suppose<'a>(
    sealed: &'a Sealed,
    (facts, policies): (&[Correction], &[PolicyText]),
    seen: Seen<'_>,
) -> Result<Supposed<'a>, Failure> {
    if let Some(place) = facts.iter().position(|fact| !knows(seen, &fact.enterprise)) {
        // What is wrong before it is told first, as it would be of somebody who is not there.
        let (before, rest) = facts.split_at(place);
        sealed.corrected(before).map_err(super::failed)?;
        return Err(nobody(rest));
    }
    sealed.suppose(facts, policies).map_err(super::failed)
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
    let seen_by = |enterprise: &str, measure: &str| sees(seen, enterprise, measure);
    let mut found = supposed.changes(&seen_by, cancel)?;
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

/// What is said of a correction of somebody who is not in the snapshot, in the words of
/// [`Sealed::corrected`].
fn nobody(corrections: &[Correction]) -> Failure {
    let enterprise = corrections.first().map(|one| one.enterprise.as_str());
    let message = format!("封存的快照里没有企业 {}", enterprise.unwrap_or_default());
    super::failed(ReplayError::Asked(message))
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

/// What stands behind several awards, one of which at least can be seen. Of the others it is said
/// that they are there, and nothing else.
///
/// # Errors
/// As [`overlaps`].
pub(crate) fn overlap(
    sweeps: impl IntoIterator<Item = Result<Sealed, Failure>>,
    seen: Seen<'_>,
    cancel: &AtomicBool,
) -> Result<Vec<Overlap>, Failure> {
    let mut found = overlaps(sweeps, cancel)?;
    narrow(&mut found, seen);
    Ok(found)
}

fn narrow(found: &mut Vec<Overlap>, seen: Seen<'_>) {
    let is_seen = |one: &OverlapUse| sees(seen, &one.enterprise, &one.measure);
    found.retain(|overlap| overlap.uses.iter().any(is_seen));
    for overlap in found {
        for one in &mut overlap.uses {
            if !is_seen(one) {
                *one = hidden(one.year);
            }
        }
        // Where it stood among the others would say something of it.
        overlap.uses.sort_by_key(|one| one.enterprise.is_empty());
    }
}

/// That there is another use is what the test is for; whose it is, and for what, is not. It may be
/// the same enterprise, for a measure of another bureau.
fn hidden(year: i32) -> OverlapUse {
    OverlapUse {
        year,
        enterprise: String::new(),
        name: "其他单位的奖补".to_owned(),
        measure: String::new(),
        period: String::new(),
        record: 0,
        seals: Vec::new(),
    }
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

#[cfg(test)]
mod tests {
    use zhida_engine::replay::{NodeTrace, RowDifference, Traces};

    use super::*;

    const OWN: &str = "91420600MA00000159";
    const BESIDE: &str = "91420600MA00000234";

    /// One bureau owes the first enterprise the first measure; all else there is, is another's.
    fn seen() -> BTreeSet<(String, String)> {
        BTreeSet::from([(OWN.to_owned(), "own/measure".to_owned())])
    }

    fn differing(enterprise: &str, measure: &str) -> Difference {
        Difference::Award(Box::new(RowDifference {
            enterprise: enterprise.to_owned(),
            name: "某企业".to_owned(),
            measure: measure.to_owned(),
            sealed: None,
            found: None,
            columns: Vec::new(),
            traces: Traces::default(),
            nodes: NodeTrace::default(),
        }))
    }

    #[test]
    fn what_all_come_to_together_is_shown_to_those_who_see_all() {
        let difference = Difference::Result {
            what: "own/measure 的 payable".to_owned(),
            sealed: "123456.78".to_owned(),
            found: "123456.79".to_owned(),
        };
        let narrowed = shown(&difference, Some(&seen()));
        assert_eq!(narrowed, json!({"differs": "outside"}));
        let whole = shown(&difference, None).to_string();
        assert!(whole.contains("123456.78"), "{whole}");
    }

    #[test]
    fn a_difference_is_shown_to_the_bureau_that_owes_the_award() {
        let seen = seen();
        for (enterprise, measure, is_shown) in [
            (OWN, "own/measure", true),
            // The same enterprise, owed by another bureau.
            (OWN, "other/measure", false),
            (BESIDE, "own/measure", false),
        ] {
            let value = shown(&differing(enterprise, measure), Some(&seen));
            let told = value.to_string();
            let case = format!("{enterprise} {measure}: {told}");
            assert_eq!(value["differs"] == "award", is_shown, "{case}");
            assert_eq!(value["differs"] == "outside", !is_shown, "{case}");
            assert_eq!(told.contains(enterprise), is_shown, "{case}");
            let whole = shown(&differing(enterprise, measure), None);
            assert_eq!(whole["enterprise"], enterprise);
        }
    }

    fn used(enterprise: &str, measure: &str) -> OverlapUse {
        OverlapUse {
            year: 2025,
            seals: vec!["5ea1".to_owned()],
            enterprise: enterprise.to_owned(),
            name: format!("企业 {enterprise}"),
            measure: measure.to_owned(),
            period: "2024".to_owned(),
            record: 3,
        }
    }

    fn overlap(uses: Vec<OverlapUse>) -> Overlap {
        Overlap {
            fact: "设备".to_owned(),
            field: "编号".to_owned(),
            value: "D-1".to_owned(),
            uses,
        }
    }

    #[test]
    fn of_a_use_by_others_nothing_is_told_but_that_it_is_there() {
        let all = vec![
            overlap(vec![
                used(OWN, "other/measure"),
                used(OWN, "own/measure"),
                used(BESIDE, "own/measure"),
            ]),
            overlap(vec![
                used(OWN, "other/measure"),
                used(BESIDE, "own/measure"),
            ]),
        ];
        let seen = seen();
        let mut found = all.clone();
        narrow(&mut found, Some(&seen));
        assert_eq!(found.len(), 1, "{found:?}");
        let uses = &found[0].uses;
        assert_eq!(uses[0], used(OWN, "own/measure"));
        assert_eq!(uses.len(), 3);
        let hidden = serde_json::to_value(&uses[1..]).unwrap();
        for one in hidden.as_array().unwrap() {
            assert_eq!(
                *one,
                json!({
                    "year": 2025, "enterprise": "", "name": "其他单位的奖补",
                    "measure": "", "period": "", "record": 0, "seals": [],
                })
            );
        }
        let mut whole = all.clone();
        narrow(&mut whole, None);
        assert_eq!(whole, all);
    }
}
