//! The tables, brought to this version of the program.

use sqlx::migrate::Migrator;

use crate::store::database::connection::Connection;
use crate::store::database::fault;
use crate::store::database::{Database, Pool};
use crate::store::error::StoreError;

/// The steps of the tables in SQLite.
pub(crate) static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
/// The steps of the tables in PostgreSQL, one for each of SQLite.
pub(crate) static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

impl Database {
    /// Brings the tables to this version; each step happens whole or not at all.
    ///
    /// # Errors
    /// [`StoreError::Migration`] when a step fails, or the database was made by a newer program.
    pub(crate) async fn migrate(&self) -> Result<(), StoreError> {
        let failed = |error| StoreError::Migration(Box::new(error));
        match &self.0.writers {
            Pool::Sqlite(pool) => SQLITE.run(pool).await.map_err(failed),
            Pool::Postgres(pool) => POSTGRES.run(pool).await.map_err(failed),
        }
    }

    /// The version of the database system, as it says.
    ///
    /// # Errors
    /// [`StoreError::Database`] when it cannot be reached.
    pub(super) async fn system_version(&self) -> Result<String, StoreError> {
        let acquired = self.0.readers.acquire().await;
        let mut connection = acquired.map_err(|error| fault::reaching(error, "连接"))?;
        let query = match connection {
            Connection::Sqlite(_) => "SELECT sqlite_version() AS version",
            Connection::Postgres(_) => "SELECT current_setting('server_version_num') AS version",
        };
        let rows = connection.fetch(query, &[]).await?;
        let version = rows.first().map(|row| row.text("version"));
        Ok(version.transpose()?.unwrap_or("").to_owned())
    }
}
