//! Rows that were kept before their tables had all columns of today, and tables that are younger
//! than the log.
//!
//! # Shape
//! A step of the schema adds a column that holds nothing; what belongs there follows from the body
//! and is written when the store is opened, before anybody looks. The indexes that lists use find
//! such rows at once where there are none.

use std::collections::BTreeMap;

use super::changes;
use super::tables::{self, TABLES, Table, row, thing};
use crate::store::database::{Database, Transaction, Value};
use crate::store::error::StoreError;

/// How many rows are written in one transaction.
const ROWS: i64 = 1_000;

/// Rows without what a later step of the schema added, of one table each.
const OLDER: [&str; 2] = [
    "SELECT body FROM payouts WHERE next_step IS NULL LIMIT $1",
    "SELECT body FROM payees WHERE version IS NULL LIMIT $1",
];

/// Writes what is missing; how many rows there were.
///
/// # Errors
/// What the database says; [`StoreError::Integrity`] where a body cannot be read, or the log cannot
/// be executed.
pub(in crate::store) async fn complete(database: &Database) -> Result<u64, StoreError> {
    let mut all = 0_u64;
    for older in OLDER {
        // Where nothing is missing, nothing is written.
        while !database.fetch(older, &[Value::Int(1)]).await?.is_empty() {
            let written = database
                .write(|mut transaction| async move { rewrite(&mut transaction, older).await })
                .await?;
            all = all.saturating_add(written);
        }
    }
    changes::fill(database).await?;
    Ok(all)
}

async fn rewrite(transaction: &mut Transaction, older: &'static str) -> Result<u64, StoreError> {
    let found = transaction.fetch(older, &[ROWS.into()]).await?;
    let mut rows: BTreeMap<usize, tables::Rows> = BTreeMap::new();
    for one in &found {
        let (place, name, values) = row(&thing(one.text("body")?)?)?;
        let of_table = rows.entry(place).or_default();
        of_table.names.push(name);
        of_table.rows.push(values);
    }
    for (place, rows) in &rows {
        let table: Option<&Table> = TABLES.get(*place);
        let table = table.ok_or_else(|| StoreError::Integrity("没有这张表".to_owned()))?;
        tables::replace(transaction, table, rows).await?;
    }
    Ok(u64::try_from(found.len()).unwrap_or(u64::MAX))
}
