//! What waits, counted: for whom, since which day, how many and how much.
//!
//! # Shape
//! Counted by the database out of an index, so that very many payouts cost no more than the days on
//! which they began to wait.

use std::collections::BTreeMap;

use zhida_engine::payouts::{BureauId, Step, WaitsFor};
use zhida_policies::calendar::WorkingDays;
use zhida_policies::values::{Date, Duration};

use super::sight::sight;
use crate::failure::Failure;
use crate::payouts::settings::{BureauSettings, role};
use crate::store::books::list;
use crate::store::database::{Row, Value};
use crate::store::{Store, StoreError};
use crate::web::Scope;

/// What waits within sight, by bureau, step and day in Beijing, eight hours ahead.
pub(super) const PILES: &str = "SELECT bureau, next_step, \
     (since + 28800000000) / 86400000000 AS day, \
     COUNT(*) AS payouts, CAST(SUM(amount) AS BIGINT) AS fen FROM payouts \
     WHERE next_step IN (SELECT value FROM json_each($2)) \
     AND bureau IN (SELECT value FROM json_each($1)) GROUP BY 1, 2, 3";
const PILES_OF_ENTERPRISE: &str = "SELECT bureau, next_step, \
     (since + 28800000000) / 86400000000 AS day, \
     COUNT(*) AS payouts, CAST(SUM(amount) AS BIGINT) AS fen FROM payouts \
     WHERE next_step IN (SELECT value FROM json_each($2)) AND uscc = $1 GROUP BY 1, 2, 3";
const ALL_PILES: &str = "SELECT bureau, next_step, \
     (since + 28800000000) / 86400000000 AS day, \
     COUNT(*) AS payouts, CAST(SUM(amount) AS BIGINT) AS fen FROM payouts \
     WHERE next_step IN (SELECT value FROM json_each($1)) GROUP BY 1, 2, 3";

/// What began to wait for one step in one bureau on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DayPile {
    /// Where.
    pub(crate) bureau: BureauId,
    /// What is to be done.
    pub(crate) step: Step,
    /// Since which day.
    pub(crate) since: Date,
    /// How many.
    pub(crate) payouts: u64,
    /// What they come to.
    pub(crate) fen: i64,
}

/// What waits within sight.
///
/// # Errors
/// What the database says.
pub(crate) async fn piles(store: &Store, scope: &Scope) -> Result<Vec<DayPile>, StoreError> {
    let [bureaus, enterprise] = sight(scope);
    let rows = match scope {
        Scope::Bureaus(_) => store.database.fetch(PILES, &[bureaus, open()]).await?,
        Scope::Enterprise(_) => {
            let values = [enterprise, open()];
            store.database.fetch(PILES_OF_ENTERPRISE, &values).await?
        }
    };
    rows.iter().map(read).collect()
}

/// What waits in all bureaus.
///
/// # Errors
/// What the database says.
pub(crate) async fn all_piles(store: &Store) -> Result<Vec<DayPile>, StoreError> {
    let rows = store.database.fetch(ALL_PILES, &[open()]).await?;
    rows.iter().map(read).collect()
}

/// The steps that somebody or something has to take.
fn open() -> Value {
    let steps = Step::ALL.into_iter().filter(|step| *step != Step::Ended);
    let names: Vec<&str> = steps.map(Step::name).collect();
    list(&names).into()
}

fn read(row: &Row) -> Result<DayPile, StoreError> {
    let word = row.text("next_step")?;
    let step = Step::ALL.into_iter().find(|step| step.name() == word);
    let day = Duration::from_days(row.int("day")?).after(Date::constant(1970, 1, 1));
    let day = day.map_err(|error| StoreError::Integrity(error.to_string()))?;
    Ok(DayPile {
        bureau: BureauId::new(row.text("bureau")?),
        step: step.ok_or_else(|| StoreError::Integrity(format!("没有步骤“{word}”")))?,
        since: day,
        payouts: row.size("payouts")?,
        fen: row.int("fen")?,
    })
}

/// How long things may wait for each role of each bureau, in working days.
pub(crate) type Limits = BTreeMap<(BureauId, WaitsFor), u32>;

/// The limits that the bureaus have set.
///
/// # Errors
/// A role that there is not.
pub(crate) fn limits(bureaus: &[BureauSettings]) -> Result<Limits, Failure> {
    let mut limits = Limits::new();
    for settings in bureaus {
        for limit in &settings.limits {
            let on = WaitsFor::Role(role(&limit.role)?);
            limits.insert((settings.id(), on), limit.working_days);
        }
    }
    Ok(limits)
}

/// What waits for one step, over several days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pile {
    /// How many.
    pub(crate) payouts: u64,
    /// What they come to.
    pub(crate) fen: i128,
    /// Since when the first of them waits.
    pub(crate) since: Option<Date>,
    /// How many have waited for longer than they may.
    pub(crate) overdue: u64,
}

impl Pile {
    /// With those of another day.
    ///
    /// # Errors
    /// A day that the calendar does not know is not guessed at.
    pub(crate) fn add(
        &mut self,
        more: &DayPile,
        (limit, calendar): (Option<u32>, &WorkingDays),
        today: Date,
    ) -> Result<(), Failure> {
        self.payouts = self.payouts.saturating_add(more.payouts);
        self.fen = self.fen.saturating_add(i128::from(more.fen));
        let since = more.since;
        self.since = Some(self.since.map_or(since, |earliest| earliest.min(since)));
        if let Some(limit) = limit {
            let deadline = calendar.deadline(since, limit, today).map_err(|error| {
                Failure::bad_data(error.to_string(), "请更新程序自带的工作日历")
            })?;
            if deadline.is_overdue() {
                self.overdue = self.overdue.saturating_add(more.payouts);
            }
        }
        Ok(())
    }
}

impl DayPile {
    /// Who must act.
    pub(crate) const fn on(&self) -> WaitsFor {
        self.step.on()
    }
}
