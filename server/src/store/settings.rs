//! Settings of a data folder: names and texts.

use crate::store::database::{Transaction, Value};
use crate::store::error::StoreError;

/// The text of a setting, if it was made.
///
/// # Errors
/// What the database says.
pub(crate) async fn find(
    transaction: &mut Transaction,
    name: &str,
) -> Result<Option<String>, StoreError> {
    let query = "SELECT value FROM settings WHERE name = $1";
    let row = transaction.fetch_one(query, &[name.into()]).await?;
    row.map(|row| row.text("value").map(str::to_owned))
        .transpose()
}

/// All settings whose names begin so, by name.
///
/// # Errors
/// What the database says.
pub(crate) async fn with_prefix(
    transaction: &mut Transaction,
    prefix: &str,
) -> Result<Vec<(String, String)>, StoreError> {
    let query = "SELECT name, value FROM settings ORDER BY name";
    let rows = transaction.fetch(query, &[]).await?;
    let mut found = Vec::new();
    for row in &rows {
        let (name, value) = (row.text("name")?, row.text("value")?);
        if name.starts_with(prefix) {
            found.push((name.to_owned(), value.to_owned()));
        }
    }
    // The two databases may sort text differently.
    found.sort();
    Ok(found)
}

/// Makes or changes a setting.
///
/// # Errors
/// What the database says.
pub(crate) async fn put(
    transaction: &mut Transaction,
    name: &str,
    value: &str,
) -> Result<(), StoreError> {
    let upsert = "INSERT INTO settings (name, value) VALUES ($1, $2) \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    let values: [Value; 2] = [name.into(), value.into()];
    transaction.execute(upsert, &values).await?;
    Ok(())
}
