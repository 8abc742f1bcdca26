//! Rows that were kept before their tables had all columns of today, and tables that are younger
//! than the log.
//!
//! # Shape
//! A step of the schema adds a column that holds nothing; what belongs there follows from the body
//! and is written when the store is opened for the first time since, before anybody looks. From
//! then on a row without it is one that somebody changed, and is left for `verify` to find.

use std::collections::BTreeMap;

use super::changes;
use super::papers;
use super::tables::{self, TABLES, Table, row, thing};
use crate::store::database::{Database, Transaction, Value};
use crate::store::error::StoreError;
use crate::store::settings;

/// How many rows are written in one transaction.
const ROWS: i64 = 1_000;

/// Rows without what a later step of the schema added, of one table each.
const OLDER: [&str; 3] = [
    "SELECT body FROM payouts WHERE next_step IS NULL LIMIT $1",
    "SELECT body FROM payees WHERE version IS NULL LIMIT $1",
    "SELECT body FROM motions WHERE kind IS NULL LIMIT $1",
];

/// The setting that says how many of the steps were completed.
pub(in crate::store) const COMPLETED: &str = "books.completed";

/// Writes what is missing, once for each step; how many rows there were.
///
/// # Errors
/// What the database says; [`StoreError::Integrity`] where a body cannot be read, or the log cannot
/// be executed.
pub(in crate::store) async fn complete(database: &Database) -> Result<u64, StoreError> {
    changes::fill(database).await?;
    papers::fill(database).await?;
    let mut transaction = database.read().await?;
    let completed = settings::find(&mut transaction, COMPLETED).await;
    transaction.rollback().await;
    let unreadable =
        |text: &str| StoreError::Integrity(format!("设置 {COMPLETED} 不是数字:{text}"));
    let completed = match completed? {
        Some(text) => text.parse().map_err(|_| unreadable(&text))?,
        None => 0usize,
    };
    if completed >= OLDER.len() {
        return Ok(0);
    }
    let mut all = 0_u64;
    for older in OLDER.into_iter().skip(completed) {
        // Where nothing is missing, nothing is written.
        while !database.fetch(older, &[Value::Int(1)]).await?.is_empty() {
            let written = database
                .write(|mut transaction| async move { rewrite(&mut transaction, older).await })
                .await?;
            all = all.saturating_add(written);
        }
    }
    let steps = OLDER.len().to_string();
    let written: Result<(), StoreError> = database
        .write(|mut transaction| {
            let steps = steps.clone();
            async move { settings::put(&mut transaction, COMPLETED, &steps).await }
        })
        .await;
    written?;
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
