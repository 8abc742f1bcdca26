//! Payouts of some bureaus by name, a page at a time, out of the index alone: however many there
//! are, a page reads as many rows as it shows.
//!
//! # Shape
//! The index is ordered by state, bureau and name. Names are taken from each state of each bureau,
//! as many as a page has, and the first of all of them are the page; only their rows are read.

use zhida_engine::payouts::{Payout, PayoutState, Thing};
use zhida_policies::values::Uscc;

use super::Within;
use super::tables::{list, thing};
use crate::store::database::{Row, Transaction, Value};
use crate::store::error::StoreError;
use crate::store::folder::Store;

/// Which payouts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keyed {
    /// Those in these states; in all where there is none.
    pub(crate) states: Vec<PayoutState>,
    /// Of this measure.
    pub(crate) measure: Option<String>,
    /// Of this enterprise.
    pub(crate) enterprise: Option<Uscc>,
    /// What this line pays.
    pub(crate) line: Option<String>,
    /// Only where a bank said something that people must look into.
    pub(crate) is_questioned: bool,
    /// Only where something is claimed back.
    pub(crate) is_claimed: bool,
    /// Those behind this name.
    pub(crate) after: String,
    /// How many at most.
    pub(crate) limit: Option<u32>,
}

/// The names in one state of one bureau.
pub(crate) const IN_STATE: &str = "SELECT id FROM payouts \
     WHERE state = $1 AND bureau = $2 AND id > $3 AND ($4 = '' OR measure = $4) \
     AND ($5 = '' OR line = $5) ORDER BY id LIMIT $6";
/// The names of one bureau with questions, or with claims.
pub(crate) const QUESTIONED: &str = "SELECT id FROM payouts \
     WHERE bureau = $1 AND is_questioned = 1 AND id > $2 \
     AND ($3 = '[]' OR state IN (SELECT value FROM json_each($3))) \
     AND ($4 = '' OR measure = $4) AND ($5 = '' OR line = $5) \
     AND ($6 = 0 OR is_claimed = 1) ORDER BY id LIMIT $7";
pub(crate) const CLAIMED: &str = "SELECT id FROM payouts \
     WHERE bureau = $1 AND is_claimed = 1 AND id > $2 \
     AND ($3 = '[]' OR state IN (SELECT value FROM json_each($3))) \
     AND ($4 = '' OR measure = $4) AND ($5 = '' OR line = $5) \
     AND ($6 = 0 OR is_questioned = 1) ORDER BY id LIMIT $7";
/// The names of one enterprise, in all bureaus or in some.
pub(crate) const OF_ENTERPRISE: &str = "SELECT id FROM payouts \
     WHERE uscc = $1 AND ($2 = '' OR bureau IN (SELECT value FROM json_each($2))) AND id > $3 \
     AND ($4 = '' OR measure = $4) AND ($5 = '' OR line = $5) \
     AND ($6 = '[]' OR state IN (SELECT value FROM json_each($6))) \
     AND ($7 = 0 OR is_questioned = 1) AND ($8 = 0 OR is_claimed = 1) ORDER BY id LIMIT $9";
/// All bureaus that pay anything, from one to the next in the index.
pub(crate) const BUREAUS: &str = "WITH RECURSIVE known (name) AS ( \
     SELECT MIN(bureau) FROM payouts UNION ALL \
     SELECT (SELECT MIN(bureau) FROM payouts WHERE bureau > known.name) FROM known \
     WHERE known.name IS NOT NULL) SELECT name FROM known WHERE name IS NOT NULL";
/// The rows of some names.
pub(crate) const OF_NAMES: &str =
    "SELECT body FROM payouts WHERE id IN (SELECT value FROM json_each($1)) ORDER BY id";

impl Keyed {
    fn states(&self) -> String {
        let names: Vec<&str> = self.states.iter().map(|state| state.name()).collect();
        list(&names)
    }

    fn measure(&self) -> Value {
        self.measure.clone().unwrap_or_default().into()
    }

    fn line(&self) -> Value {
        self.line.clone().unwrap_or_default().into()
    }

    fn limit(&self) -> Value {
        Value::Int(self.limit.map_or(i64::MAX, i64::from))
    }

    /// The names of one bureau, those of each state together.
    async fn of_bureau(
        &self,
        transaction: &mut Transaction,
        bureau: &str,
        found: &mut Vec<String>,
    ) -> Result<(), StoreError> {
        let marked = match (self.is_questioned, self.is_claimed) {
            (true, both) => Some((QUESTIONED, both)),
            (false, true) => Some((CLAIMED, false)),
            (false, false) => None,
        };
        if let Some((statement, both)) = marked {
            let values = [
                bureau.into(),
                self.after.as_str().into(),
                self.states().into(),
                self.measure(),
                self.line(),
                Value::Int(both.into()),
                self.limit(),
            ];
            return names(transaction, statement, &values, found).await;
        }
        let states: &[PayoutState] = match self.states.as_slice() {
            [] => &PayoutState::ALL,
            states => states,
        };
        for state in states {
            let values = [
                state.name().into(),
                bureau.into(),
                self.after.as_str().into(),
                self.measure(),
                self.line(),
                self.limit(),
            ];
            names(transaction, IN_STATE, &values, found).await?;
        }
        Ok(())
    }

    /// The names of one enterprise.
    async fn of_enterprise(
        &self,
        transaction: &mut Transaction,
        (uscc, bureaus): (Uscc, String),
        found: &mut Vec<String>,
    ) -> Result<(), StoreError> {
        let values = [
            uscc.as_str().into(),
            bureaus.into(),
            self.after.as_str().into(),
            self.measure(),
            self.line(),
            self.states().into(),
            Value::Int(self.is_questioned.into()),
            Value::Int(self.is_claimed.into()),
            self.limit(),
        ];
        names(transaction, OF_ENTERPRISE, &values, found).await
    }
}

async fn names(
    transaction: &mut Transaction,
    statement: &'static str,
    values: &[Value],
    found: &mut Vec<String>,
) -> Result<(), StoreError> {
    for row in transaction.fetch(statement, values).await? {
        found.push(row.text("id")?.to_owned());
    }
    Ok(())
}

impl Store {
    /// The names of payouts within sight, in their order.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn payout_names(
        &self,
        within: &Within,
        wanted: &Keyed,
    ) -> Result<Vec<String>, StoreError> {
        let mut transaction = self.database.read().await?;
        let found = named(&mut transaction, within, wanted).await;
        transaction.rollback().await;
        found
    }

    /// Payouts within sight, by name.
    ///
    /// # Errors
    /// As [`Store::payout_names`].
    pub(crate) async fn payouts_within(
        &self,
        within: &Within,
        wanted: &Keyed,
    ) -> Result<Vec<Payout>, StoreError> {
        let mut transaction = self.database.read().await?;
        let found = match named(&mut transaction, within, wanted).await {
            Ok(names) => transaction.fetch(OF_NAMES, &[list(&names).into()]).await,
            Err(error) => Err(error),
        };
        transaction.rollback().await;
        payouts_of(&found?)
    }

    /// Payouts of all bureaus by name, behind one of them.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn payouts_after(
        &self,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Payout>, StoreError> {
        let select = "SELECT body FROM payouts WHERE id > $1 ORDER BY id LIMIT $2";
        let values = [after.into(), Value::Int(limit.into())];
        payouts_of(&self.database.fetch(select, &values).await?)
    }
}

fn payouts_of(rows: &[Row]) -> Result<Vec<Payout>, StoreError> {
    let mut payouts = Vec::with_capacity(rows.len());
    for row in rows {
        let Thing::Payout(payout) = thing(row.text("body")?)? else {
            return Err(StoreError::Integrity("表 payouts 里有别的记录".to_owned()));
        };
        payouts.push(*payout);
    }
    Ok(payouts)
}

async fn named(
    transaction: &mut Transaction,
    within: &Within,
    wanted: &Keyed,
) -> Result<Vec<String>, StoreError> {
    let mut found = Vec::new();
    let bureaus: Vec<String> = match within {
        Within::Enterprise(own) => {
            if wanted.enterprise.is_none_or(|other| other == *own) {
                let of = (*own, String::new());
                wanted.of_enterprise(transaction, of, &mut found).await?;
            }
            return Ok(found);
        }
        Within::Bureaus(bureaus) => bureaus.iter().map(ToString::to_string).collect(),
        Within::All => {
            let rows = transaction.fetch(BUREAUS, &[]).await?;
            let names = rows.iter().map(|row| row.text("name").map(str::to_owned));
            names.collect::<Result<_, _>>()?
        }
    };
    if let Some(uscc) = wanted.enterprise {
        let of = (uscc, list(&bureaus));
        wanted.of_enterprise(transaction, of, &mut found).await?;
        return Ok(found);
    }
    for bureau in &bureaus {
        wanted.of_bureau(transaction, bureau, &mut found).await?;
    }
    found.sort();
    let most = wanted.limit.and_then(|limit| usize::try_from(limit).ok());
    found.truncate(most.unwrap_or(usize::MAX));
    Ok(found)
}
