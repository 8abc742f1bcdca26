//! Payouts: lists with filters, counts and sums, and sums by what they have in common.

use std::collections::BTreeSet;

use zhida_engine::payouts::{BudgetLineId, Digest, Payout, PayoutId, PayoutState, Thing};
use zhida_engine::sweep::TotalFen;
use zhida_policies::values::{Date, Duration, Uscc};

use super::sight::{sight, within};
use crate::store::books::{list, thing};
use crate::store::database::{Row, Value};
use crate::store::{Keyed, Store, StoreError};
use crate::web::Scope;

/// Which payouts a list holds, all of them within a scope.
#[derive(Clone, Debug, Default)]
pub(crate) struct PayoutQuery {
    /// Only these states; all where there is none.
    pub(crate) states: Vec<PayoutState>,
    /// Only this measure.
    pub(crate) measure: Option<String>,
    /// Only this enterprise.
    pub(crate) enterprise: Option<Uscc>,
    /// Only what this line pays.
    pub(crate) line: Option<BudgetLineId>,
}

/// How many payouts, and what they come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PayoutSum {
    /// How many.
    pub(crate) count: u64,
    /// Their amounts in fen.
    pub(crate) fen: i64,
}

impl PayoutSum {
    /// The sum of the amounts.
    pub(crate) fn total(self) -> TotalFen {
        TotalFen::of(i128::from(self.fen))
    }

    /// With more of them.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            count: self.count.saturating_add(other.count),
            fen: self.fen.saturating_add(other.fen),
        }
    }
}

/// One page of a list.
#[derive(Clone, Debug, Default)]
pub(crate) struct PayoutPage {
    /// The payouts by name.
    pub(crate) payouts: Vec<Payout>,
    /// After which name the next page begins, if there is one.
    pub(crate) next: Option<String>,
}

/// What payouts are summed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// The measure.
    Measure,
    /// The budget line.
    Line,
    /// The bureau.
    Bureau,
    /// The enterprise.
    Enterprise,
    /// The day since which they stand where they stand.
    Day,
}

/// The payouts that have something in common and stand in one state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PayoutGroup {
    /// What they have in common.
    pub(crate) key: String,
    /// Where they stand.
    pub(crate) state: PayoutState,
    /// How many, and what they come to.
    pub(crate) sum: PayoutSum,
}

macro_rules! within {
    ($select:literal, $tail:literal) => {
        concat!(
            $select,
            " FROM payouts WHERE ((uscc = $2) OR ($2 = '' AND bureau IN \
             (SELECT value FROM json_each($1)))) \
             AND ($3 = '[]' OR state IN (SELECT value FROM json_each($3))) \
             AND ($4 = '' OR measure = $4) AND ($5 = '' OR uscc = $5) \
             AND ($6 = '' OR line = $6) ",
            $tail
        )
    };
}

macro_rules! grouped {
    ($key:literal) => {
        concat!(
            "SELECT ",
            $key,
            " AS name, state, COUNT(*) AS payouts, CAST(SUM(amount) AS BIGINT) AS fen \
             FROM payouts WHERE ((uscc = $2) OR ($2 = '' AND bureau IN \
             (SELECT value FROM json_each($1)))) GROUP BY 1, 2"
        )
    };
}

impl PayoutQuery {
    fn keyed(&self) -> Keyed {
        Keyed {
            states: self.states.clone(),
            measure: self.measure.clone(),
            enterprise: self.enterprise,
            line: self.line.as_ref().map(ToString::to_string),
            ..Keyed::default()
        }
    }

    fn values(&self, scope: &Scope) -> Vec<Value> {
        let states: Vec<&str> = self.states.iter().map(|state| state.name()).collect();
        let enterprise = self.enterprise.map(|uscc| uscc.as_str().to_owned());
        let line = self.line.as_ref().map(ToString::to_string);
        let mut values: Vec<Value> = sight(scope).into();
        values.push(list(&states).into());
        values.push(self.measure.clone().unwrap_or_default().into());
        values.push(enterprise.unwrap_or_default().into());
        values.push(line.unwrap_or_default().into());
        values
    }
}

/// One page of payouts, by name.
///
/// # Errors
/// What the database says.
pub(crate) async fn page(
    store: &Store,
    scope: &Scope,
    query: &PayoutQuery,
    (after, limit): (&str, u32),
) -> Result<PayoutPage, StoreError> {
    let wanted = Keyed {
        after: after.to_owned(),
        limit: Some(limit.saturating_add(1)),
        ..query.keyed()
    };
    let mut payouts = store.payouts_within(&within(scope), &wanted).await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_more = payouts.len() > limit;
    payouts.truncate(limit);
    let next = payouts.last().filter(|_| is_more);
    Ok(PayoutPage {
        next: next.map(|payout| payout.id.to_string()),
        payouts,
    })
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the others are all told alike"
)]
fn payout(row: &Row) -> Result<Payout, StoreError> {
    match thing(row.text("body")?)? {
        Thing::Payout(payout) => Ok(*payout),
        other => Err(StoreError::Integrity(format!(
            "表 payouts 里有别的记录:{other:?}"
        ))),
    }
}

/// How many payouts there are, and what they come to.
///
/// # Errors
/// What the database says.
pub(crate) async fn sum(
    store: &Store,
    scope: &Scope,
    query: &PayoutQuery,
) -> Result<PayoutSum, StoreError> {
    let select = within!(
        "SELECT COUNT(*) AS payouts, CAST(COALESCE(SUM(amount), 0) AS BIGINT) AS fen",
        ""
    );
    let rows = store.database.fetch(select, &query.values(scope)).await?;
    match rows.first() {
        Some(row) => of_row(row),
        None => Ok(PayoutSum::default()),
    }
}

fn of_row(row: &Row) -> Result<PayoutSum, StoreError> {
    Ok(PayoutSum {
        count: row.size("payouts")?,
        fen: row.int("fen")?,
    })
}

/// One payout, if it lies within sight.
///
/// # Errors
/// What the database says.
pub(crate) async fn find(
    store: &Store,
    scope: &Scope,
    id: &PayoutId,
) -> Result<Option<Payout>, StoreError> {
    let mut values = PayoutQuery::default().values(scope);
    values.push(id.as_str().into());
    let select = within!("SELECT body", "AND id = $7");
    let rows = store.database.fetch(select, &values).await?;
    rows.first().map(payout).transpose()
}

/// A payout within sight that came of a sweep, by its seal.
pub(crate) const CAME_OF: &str = within!("SELECT id", "AND seal = $7 LIMIT 1");

/// Whether a payout within sight came of the sweep that was sealed under a digest.
///
/// # Errors
/// What the database says.
pub(crate) async fn came_of(
    store: &Store,
    scope: &Scope,
    seal: &Digest,
) -> Result<bool, StoreError> {
    let mut values = PayoutQuery::default().values(scope);
    values.push(seal.as_str().into());
    let rows = store.database.fetch(CAME_OF, &values).await?;
    Ok(!rows.is_empty())
}

/// The payouts of which something is claimed back.
///
/// # Errors
/// What the database says.
pub(crate) async fn claimed(
    store: &Store,
    scope: &Scope,
    (after, limit): (&str, u32),
) -> Result<Vec<Payout>, StoreError> {
    let wanted = Keyed {
        states: vec![PayoutState::Paid, PayoutState::Settled],
        is_claimed: true,
        after: after.to_owned(),
        limit: Some(limit),
        ..Keyed::default()
    };
    store.payouts_within(&within(scope), &wanted).await
}

/// The payouts about which a bank said something that people must look into.
///
/// # Errors
/// What the database says.
pub(crate) async fn questioned(
    store: &Store,
    scope: &Scope,
    (after, limit): (&str, u32),
) -> Result<Vec<Payout>, StoreError> {
    let wanted = Keyed {
        is_questioned: true,
        after: after.to_owned(),
        limit: Some(limit),
        ..Keyed::default()
    };
    store.payouts_within(&within(scope), &wanted).await
}

/// The names of so many payouts at most.
///
/// # Errors
/// What the database says.
pub(crate) async fn names(
    store: &Store,
    scope: &Scope,
    query: &PayoutQuery,
    limit: u32,
) -> Result<Vec<PayoutId>, StoreError> {
    let wanted = Keyed {
        limit: Some(limit),
        ..query.keyed()
    };
    let names = store.payout_names(&within(scope), &wanted).await?;
    Ok(names.into_iter().map(PayoutId::new).collect())
}

/// The enterprises that are owed something within sight.
///
/// # Errors
/// What the database says.
pub(crate) async fn enterprises(
    store: &Store,
    scope: &Scope,
) -> Result<BTreeSet<String>, StoreError> {
    let select = "SELECT DISTINCT uscc FROM payouts WHERE ((uscc = $2) OR ($2 = '' AND \
         bureau IN (SELECT value FROM json_each($1))))";
    let rows = store.database.fetch(select, &sight(scope)).await?;
    let codes = rows.iter().map(|row| row.text("uscc").map(str::to_owned));
    codes.collect()
}

/// The enterprises that are owed something within sight, each with the measures for which.
///
/// # Errors
/// What the database says.
pub(crate) async fn owed(
    store: &Store,
    scope: &Scope,
) -> Result<BTreeSet<(String, String)>, StoreError> {
    let select = "SELECT DISTINCT uscc, measure FROM payouts WHERE ((uscc = $2) OR ($2 = '' AND \
         bureau IN (SELECT value FROM json_each($1))))";
    let rows = store.database.fetch(select, &sight(scope)).await?;
    let pairs = rows.iter().map(|row| {
        Ok((
            row.text("uscc")?.to_owned(),
            row.text("measure")?.to_owned(),
        ))
    });
    pairs.collect()
}

/// The seals that payouts within sight came of.
///
/// # Errors
/// What the database says.
pub(crate) async fn seals(store: &Store, scope: &Scope) -> Result<BTreeSet<String>, StoreError> {
    let select = "SELECT DISTINCT seal FROM payouts WHERE seal IS NOT NULL AND ((uscc = $2) \
         OR ($2 = '' AND bureau IN (SELECT value FROM json_each($1))))";
    let rows = store.database.fetch(select, &sight(scope)).await?;
    rows.iter()
        .map(|row| row.text("seal").map(str::to_owned))
        .collect()
}

/// Counts and sums of all payouts within sight, by something and by state.
///
/// # Errors
/// What the database says.
pub(crate) async fn groups(
    store: &Store,
    scope: &Scope,
    by: By,
) -> Result<Vec<PayoutGroup>, StoreError> {
    let select = match by {
        By::Measure => grouped!("measure"),
        By::Line => grouped!("line"),
        By::Bureau => grouped!("bureau"),
        By::Enterprise => grouped!("uscc"),
        // The day in Beijing: eight hours ahead.
        By::Day => grouped!("CAST((since + 28800000000) / 86400000000 AS TEXT)"),
    };
    let rows = store.database.fetch(select, &sight(scope)).await?;
    let mut groups = Vec::with_capacity(rows.len());
    for row in &rows {
        let word = row.text("state")?;
        let state = PayoutState::ALL.into_iter().find(|one| one.name() == word);
        let state = state.ok_or_else(|| StoreError::Integrity(format!("没有状态“{word}”")))?;
        groups.push(PayoutGroup {
            key: row.text("name")?.to_owned(),
            state,
            sum: of_row(row)?,
        });
    }
    Ok(groups)
}

/// The month of a group by day, such as 2026-07.
pub(crate) fn month(days: &str) -> Option<String> {
    let days: i64 = days.parse().ok()?;
    let day = Duration::from_days(days)
        .after(Date::constant(1970, 1, 1))
        .ok()?;
    day.to_string().get(..7).map(str::to_owned)
}

/// Whether money has gone out for it.
pub(crate) const fn is_paid(state: PayoutState) -> bool {
    matches!(state, PayoutState::Paid | PayoutState::Settled)
}

/// Whether it is approved and not yet paid.
pub(crate) const fn is_committed(state: PayoutState) -> bool {
    match state {
        PayoutState::Approved
        | PayoutState::OnNotice
        | PayoutState::Objected
        | PayoutState::AwaitPayee
        | PayoutState::Confirmed
        | PayoutState::Batched
        | PayoutState::Sealed
        | PayoutState::Sending
        | PayoutState::Sent
        | PayoutState::Accepted
        | PayoutState::Unknown
        | PayoutState::Rejected
        | PayoutState::Returned
        | PayoutState::Reissue => true,
        PayoutState::Computed
        | PayoutState::Proposed
        | PayoutState::Checked
        | PayoutState::Paid
        | PayoutState::Settled
        | PayoutState::Declined
        | PayoutState::Expired
        | PayoutState::Cancelled => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_follow_from_days() {
        // 20,635 days after 1970-01-01 is 2026-07-01.
        assert_eq!(month("20635").as_deref(), Some("2026-07"));
        assert_eq!(month("20634").as_deref(), Some("2026-06"));
        assert_eq!(month("?"), None);
    }

    #[test]
    fn nothing_is_paid_and_committed_at_once() {
        for state in PayoutState::ALL {
            assert!(!(is_paid(state) && is_committed(state)), "{state:?}");
        }
    }
}
