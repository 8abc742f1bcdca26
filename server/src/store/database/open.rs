//! Opening a database so that what is committed stays committed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, PgPool};

use crate::store::database::{Address, Database, Inner, Pool, READERS_MAX, WRITER_WAIT_MAX, fault};
use crate::store::error::StoreError;
use crate::store::faults::Faults;
use crate::store::lock::ProcessLock;

/// The oldest SQLite that will do.
///
/// Up to 3.51.2 a checkpoint that ran while another connection began the write-ahead log anew
/// could take part of the new log for copied already and lose committed pages ("WAL-reset bug").
const SQLITE_LEAST: (&str, [u32; 3]) = ("3.51.3", [3, 51, 3]);
/// The oldest PostgreSQL that will do: it can end sessions that are idle outside a transaction.
const POSTGRES_LEAST: (&str, u32) = ("14", 140_000);

/// How long SQLite waits for a lock of its own.
const BUSY_WAIT: Duration = Duration::from_secs(10);
/// How long a connection to PostgreSQL is kept unused; shorter than the server keeps it.
const IDLE_MAX: Duration = Duration::from_secs(20);

/// What every session that writes to PostgreSQL sets first.
///
/// A process that is stopped while it holds the lock of the writers is thrown out, so that others
/// can go on; when it wakes up, its transaction is gone.
const WRITER_SESSION: &str = "SET lock_timeout = '60s'; \
     SET idle_in_transaction_session_timeout = '30s'; \
     SET idle_session_timeout = '30s'; \
     SELECT set_config('synchronous_commit', 'on', false) \
     WHERE current_setting('synchronous_commit') = 'off'";

impl Database {
    /// Opens a database and brings its tables to this version.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when another process uses the SQLite file, [`StoreError::Version`]
    /// when the database is too old, [`StoreError::Database`] when it cannot be reached,
    /// [`StoreError::Migration`] when its tables cannot be brought to this version.
    pub(crate) async fn open(address: &Address) -> Result<Self, StoreError> {
        Self::open_with(address, Faults::of_process()?).await
    }

    /// Opens a database that fails where it is told to.
    ///
    /// # Errors
    /// As [`Database::open`].
    pub(crate) async fn open_with(address: &Address, faults: Faults) -> Result<Self, StoreError> {
        let (writers, readers, lock) = match address {
            Address::Sqlite(path) => sqlite(path).await?,
            Address::Postgres(options) => postgres(options).await?,
        };
        let database = Self(Arc::new(Inner {
            writers,
            readers,
            faults,
            closed: OnceLock::new(),
            lock: Mutex::new(lock),
        }));
        let version = database.system_version().await?;
        match address {
            Address::Sqlite(_) => check_sqlite(&version)?,
            Address::Postgres(_) => check_postgres(&version)?,
        }
        database.migrate().await?;
        Ok(database)
    }
}

type Opened = (Pool, Pool, Option<ProcessLock>);

async fn sqlite(path: &Path) -> Result<Opened, StoreError> {
    let lock = ProcessLock::take(&lock_path(path))?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_WAIT)
        .disable_statement_logging();
    // Without it, `INSERT OR REPLACE` deletes rows that triggers guard.
    let writer = options
        .clone()
        .create_if_missing(true)
        .pragma("recursive_triggers", "ON");
    let reader = options.pragma("query_only", "ON");
    let failed = |error| fault::reaching(error, "打开");
    // The writer comes first: it makes the file.
    let writers = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(WRITER_WAIT_MAX)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(writer)
        .await
        .map_err(failed)?;
    let readers = SqlitePoolOptions::new()
        .max_connections(READERS_MAX)
        .connect_with(reader)
        .await
        .map_err(failed)?;
    Ok((Pool::Sqlite(writers), Pool::Sqlite(readers), Some(lock)))
}

/// The lock file beside a SQLite database.
fn lock_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

async fn postgres(options: &PgConnectOptions) -> Result<Opened, StoreError> {
    let options = options
        .clone()
        .application_name("zhida")
        .disable_statement_logging();
    let writers = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(WRITER_WAIT_MAX)
        .idle_timeout(IDLE_MAX)
        .after_connect(|connection, _| {
            Box::pin(async move {
                sqlx::raw_sql(WRITER_SESSION).execute(connection).await?;
                Ok(())
            })
        });
    let readers = PgPoolOptions::new()
        .max_connections(READERS_MAX)
        .idle_timeout(IDLE_MAX);
    let failed = |error| fault::reaching(error, "连接");
    let connect = async |pool: PgPoolOptions| -> Result<PgPool, sqlx::Error> {
        pool.connect_with(options.clone()).await
    };
    let writers = connect(writers).await.map_err(failed)?;
    let readers = connect(readers).await.map_err(failed)?;
    Ok((Pool::Postgres(writers), Pool::Postgres(readers), None))
}

/// Refuses a SQLite that may lose committed pages.
pub(super) fn check_sqlite(found: &str) -> Result<(), StoreError> {
    let (least, numbers) = SQLITE_LEAST;
    let parts: Vec<u32> = found
        .split('.')
        .filter_map(|part| part.parse().ok())
        .collect();
    if parts.as_slice() >= numbers.as_slice() {
        return Ok(());
    }
    let (system, found) = ("SQLite", found.to_owned());
    Err(StoreError::Version {
        system,
        found,
        least,
    })
}

/// Refuses a PostgreSQL without the settings that the store relies on.
pub(super) fn check_postgres(found: &str) -> Result<(), StoreError> {
    let (least, number) = POSTGRES_LEAST;
    if found.parse().is_ok_and(|found: u32| found >= number) {
        return Ok(());
    }
    let (system, found) = ("PostgreSQL", found.to_owned());
    Err(StoreError::Version {
        system,
        found,
        least,
    })
}
