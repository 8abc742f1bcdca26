//! One door to both databases: SQLite in the data folder, or PostgreSQL by address.
//!
//! Every statement is written once, with `$1`, `$2`, …, and runs on both. Values are whole
//! numbers, text, bytes or nothing; no type of either database crosses this door.
//!
//! # One writer
//! Writing transactions come one after another on both databases: on SQLite by one connection and
//! `BEGIN IMMEDIATE`, on PostgreSQL by an advisory lock that is taken before `BEGIN`, so that the
//! transaction's snapshot is taken behind the lock. Therefore READ COMMITTED, REPEATABLE READ and
//! SERIALIZABLE all see the same, and no writer has to be tried again because of another; should
//! PostgreSQL ask for it all the same, it is tried again a few times.
//! Readers use connections of their own and wait for nobody.

mod address;
mod connection;
mod fault;
mod open;
mod row;
mod schema;
mod transaction;
mod value;

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use sqlx::{PgPool, SqlitePool};

pub use address::Address;
pub(crate) use fault::DatabaseFault;
pub(crate) use row::Row;
#[cfg(test)]
pub(crate) use schema::{POSTGRES, SQLITE};
pub(crate) use transaction::Transaction;
pub(crate) use value::Value;

use crate::store::error::StoreError;
use crate::store::faults::Faults;
use crate::store::lock::ProcessLock;
use connection::Connection;
use transaction::{Access, Lender};

/// How often a transaction is tried again when PostgreSQL asks for it.
const RETRIES_MAX: u32 = 5;
/// How long a writer waits for the others before it says that the database is busy.
const WRITER_WAIT_MAX: Duration = Duration::from_secs(60);
/// How many can read at once.
const READERS_MAX: u32 = 8;

/// A database that is open; copies share it.
#[derive(Clone, Debug)]
pub(crate) struct Database(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    writers: Pool,
    readers: Pool,
    faults: Faults,
    /// Why nothing more is written, once a write had an unknown outcome.
    closed: OnceLock<String>,
    lock: Mutex<Option<ProcessLock>>,
}

#[derive(Debug)]
enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Pool {
    async fn acquire(&self) -> Result<Connection, sqlx::Error> {
        Ok(match self {
            Self::Sqlite(pool) => Connection::Sqlite(pool.acquire().await?),
            Self::Postgres(pool) => Connection::Postgres(pool.acquire().await?),
        })
    }

    async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Database {
    /// Begins a transaction that writes, behind all others that do.
    ///
    /// # Errors
    /// [`StoreError::ReadOnly`] after a write of unknown outcome, [`StoreError::Busy`] when the
    /// others take too long, [`StoreError::Database`] when the database cannot be reached.
    pub(crate) async fn begin(&self) -> Result<Transaction, StoreError> {
        Transaction::begin(self, Access::Write).await
    }

    /// Begins a transaction that reads: everything in it is seen as of one instant.
    ///
    /// # Errors
    /// [`StoreError::Database`] when the database cannot be reached.
    pub(crate) async fn read(&self) -> Result<Transaction, StoreError> {
        Transaction::begin(self, Access::Read).await
    }

    /// Runs a closure in a transaction that writes, and commits if it gives `Ok`.
    ///
    /// # Shape
    /// `database.write(|mut transaction| async move { … })`. The closure is lent the transaction,
    /// and cannot end it. It may run again, in a new transaction, so it must not change anything
    /// outside.
    /// # Errors
    /// What the closure gives, after everything was undone; or what went wrong at beginning or
    /// committing. [`StoreError::Broken`] when the closure keeps the transaction.
    pub(crate) async fn write<T, E, F, R>(&self, mut work: F) -> Result<T, E>
    where
        F: FnMut(Transaction) -> R,
        R: Future<Output = Result<T, E>>,
        E: From<StoreError>,
    {
        let mut retries = Retries::default();
        loop {
            let lender = Lender::default();
            let result = work(lender.lend(self.begin().await?)).await;
            let transaction = lender.take_back()?;
            if let Some(result) = retries.finish(transaction, result).await {
                return result;
            }
        }
    }

    /// Reads rows outside any transaction.
    ///
    /// # Errors
    /// [`StoreError::Database`] when the statement is refused.
    pub(crate) async fn fetch(
        &self,
        sql: &'static str,
        values: &[Value],
    ) -> Result<Vec<Row>, StoreError> {
        let acquired = self.0.readers.acquire().await;
        let mut connection = acquired.map_err(|error| fault::reaching(error, "连接"))?;
        connection.fetch(sql, values).await
    }

    /// Why nothing more is written, if so.
    pub(crate) fn closed(&self) -> Option<&str> {
        self.0.closed.get().map(String::as_str)
    }

    /// Closes all connections, so that SQLite tidies up its files, and lets others open it.
    pub(crate) async fn close(&self) {
        self.0.readers.close().await;
        self.0.writers.close().await;
        if let Ok(mut lock) = self.0.lock.lock() {
            *lock = None;
        }
    }

    fn faults(&self) -> &Faults {
        &self.0.faults
    }

    /// Nothing more is written from here on; the first reason stays.
    fn turn_read_only(&self, reason: &str) {
        self.0.closed.get_or_init(|| reason.to_owned());
    }
}

/// How often a transaction may still be tried again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Retries(u32);

impl Default for Retries {
    fn default() -> Self {
        Self(RETRIES_MAX)
    }
}

impl Retries {
    /// Commits what went well and undoes the rest; nothing where PostgreSQL asks for another try.
    ///
    /// # Errors
    /// Those of the work, or what went wrong at committing.
    pub(crate) async fn finish<T, E: From<StoreError>>(
        &mut self,
        transaction: Transaction,
        result: Result<T, E>,
    ) -> Option<Result<T, E>> {
        let mut raced = transaction.lost_a_race();
        let error: E = match result {
            Ok(value) => match transaction.commit().await {
                Ok(()) => return Some(Ok(value)),
                Err(error) => {
                    raced |= is_race(&error);
                    error.into()
                }
            },
            Err(error) => {
                transaction.rollback().await;
                error
            }
        };
        match self.0.checked_sub(1) {
            Some(left) if raced => {
                self.0 = left;
                None
            }
            Some(_) | None => Some(Err(error)),
        }
    }
}

fn is_race(error: &StoreError) -> bool {
    matches!(error, StoreError::Database { source, .. } if source.is_race())
}
