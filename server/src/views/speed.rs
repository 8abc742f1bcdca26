//! How long it takes from a sweep to the money in an account.

use std::collections::BTreeMap;

use zhida_engine::payouts::{Moment, Payout, PayoutState};
use zhida_policies::values::date::days_between;

use super::payouts::{PayoutQuery, page};
use crate::materials::{self, MaterialKind};
use crate::store::{Store, StoreError};
use crate::web::Scope;

/// Over how many payouts it is measured.
const MEASURED_MAX: u32 = 5_000;

/// Days from the sweep, or from the proposal where the sweep is not registered, to the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Speed {
    /// Over how many payouts.
    pub(crate) payouts: usize,
    /// The shortest.
    pub(crate) least: i64,
    /// The one in the middle.
    pub(crate) median: i64,
    /// The longest.
    pub(crate) greatest: i64,
}

/// How long it took for payouts within sight; nothing where none is paid.
///
/// # Errors
/// What the database says.
pub(crate) async fn of(store: &Store, scope: &Scope) -> Result<Option<Speed>, StoreError> {
    let query = PayoutQuery {
        states: vec![PayoutState::Paid, PayoutState::Settled],
        ..PayoutQuery::default()
    };
    let sweeps = materials::list(store, MaterialKind::Sweep).await?;
    let begun: BTreeMap<String, Moment> = sweeps
        .into_iter()
        .map(|sweep| (sweep.digest, Moment(sweep.at)))
        .collect();
    let paid = page(store, scope, &query, ("", MEASURED_MAX)).await?;
    let days = paid
        .payouts
        .iter()
        .filter_map(|payout| days(payout, &begun));
    Ok(Speed::over(days.collect()))
}

fn days(payout: &Payout, begun: &BTreeMap<String, Moment>) -> Option<i64> {
    let paid = payout
        .attempts
        .iter()
        .rev()
        .find_map(|attempt| attempt.moved_on())?;
    let proposed = payout.signatures.first().map(|signature| signature.at);
    let begun = begun.get(payout.origin.sweep.as_str()).copied();
    let begun = match (begun, proposed) {
        (Some(begun), Some(proposed)) => begun.min(proposed),
        (begun, proposed) => begun.or(proposed)?,
    };
    Some(days_between(begun.business_date(), paid).max(0))
}

impl Speed {
    fn over(mut days: Vec<i64>) -> Option<Self> {
        days.sort_unstable();
        let middle = days.len().checked_div(2)?;
        Some(Self {
            payouts: days.len(),
            least: *days.first()?,
            median: *days.get(middle)?,
            greatest: *days.last()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_no_mean() {
        let speed = Speed::over(vec![30, 8, 9]).unwrap();
        assert_eq!((speed.least, speed.median, speed.greatest), (8, 9, 30));
        assert_eq!(Speed::over(Vec::new()), None);
    }
}
