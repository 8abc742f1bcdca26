//! Statements on a connection of either database. The only place where the text of a statement is
//! put together, from names that the program holds.

use std::fmt::Write;

use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Postgres, SqlSafeStr, SqlStr, Sqlite};

use crate::store::database::fault::{self, DatabaseFault};
use crate::store::database::row::{self, Row};
use crate::store::database::value::{self, Value};
use crate::store::error::StoreError;

/// The most values that one statement of SQLite takes.
const SQLITE_VALUES_MAX: usize = 32_766;
/// The most values that one statement of PostgreSQL takes.
const POSTGRES_VALUES_MAX: usize = 65_535;
/// The most rows in one statement: beyond it a statement gets no faster, only larger.
const BATCH_ROWS_MAX: usize = 1_000;

/// The lock that the writers of one PostgreSQL database hand on: the letters `zhida`.
const WRITERS_LOCK: i64 = 0x7a_6869_6461;

/// A connection out of a pool.
#[derive(Debug)]
pub(super) enum Connection {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

impl Connection {
    /// Begins a transaction that writes.
    pub(super) async fn begin_writing(&mut self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(_) => self.control("BEGIN IMMEDIATE").await,
            Self::Postgres(_) => {
                self.lock_writers().await?;
                self.control("BEGIN").await
            }
        }
    }

    /// Begins a transaction that sees one instant.
    pub(super) async fn begin_reading(&mut self) -> Result<(), sqlx::Error> {
        let begin = match self {
            Self::Sqlite(_) => "BEGIN DEFERRED",
            Self::Postgres(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
        };
        self.control(begin).await
    }

    /// A statement that concerns the transaction itself.
    pub(super) async fn control(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(connection) => sqlx::raw_sql(sql)
                .execute(&mut **connection)
                .await?
                .rows_affected(),
            Self::Postgres(connection) => sqlx::raw_sql(sql)
                .execute(&mut **connection)
                .await?
                .rows_affected(),
        };
        Ok(())
    }

    async fn lock_writers(&mut self) -> Result<(), sqlx::Error> {
        let lock = "SELECT pg_advisory_lock($1)";
        self.run(lock.into_sql_str(), [Value::Int(WRITERS_LOCK)].iter(), true)
            .await?;
        Ok(())
    }

    /// Lets the next writer in.
    pub(super) async fn unlock_writers(&mut self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(_) => {
                let unlock = "SELECT pg_advisory_unlock($1)".into_sql_str();
                self.run(unlock, [Value::Int(WRITERS_LOCK)].iter(), true)
                    .await?;
                Ok(())
            }
        }
    }

    /// The connection is not used again: the database undoes what was open on it.
    pub(super) fn abandon(&mut self) {
        match self {
            Self::Sqlite(connection) => connection.close_on_drop(),
            Self::Postgres(connection) => connection.close_on_drop(),
        }
    }

    /// Runs a statement and gives the number of rows that it changed.
    pub(super) async fn execute(
        &mut self,
        sql: &'static str,
        values: &[Value],
    ) -> Result<u64, DatabaseFault> {
        let ran = self.run(sql.into_sql_str(), values.iter(), true).await;
        ran.map_err(DatabaseFault::new)
    }

    /// Runs a query and gives its rows.
    pub(super) async fn fetch(
        &mut self,
        sql: &'static str,
        values: &[Value],
    ) -> Result<Vec<Row>, StoreError> {
        let failed = |error| {
            let doing = format!("读取表 {} ", row::table(sql));
            fault::reaching(error, &doing)
        };
        match self {
            Self::Sqlite(connection) => {
                let arguments = value::for_sqlite(values.iter()).map_err(failed)?;
                let query = sqlx::query_with(sql, arguments);
                let rows = query.fetch_all(&mut **connection).await.map_err(failed)?;
                row::from_sqlite(sql, &rows)
            }
            Self::Postgres(connection) => {
                let arguments = value::for_postgres(values.iter()).map_err(failed)?;
                let query = sqlx::query_with(sql, arguments);
                let rows = query.fetch_all(&mut **connection).await.map_err(failed)?;
                row::from_postgres(sql, &rows)
            }
        }
    }

    /// How many rows of so many columns one statement takes.
    pub(super) fn batch_rows(&self, columns: usize) -> usize {
        let values = match self {
            Self::Sqlite(_) => SQLITE_VALUES_MAX,
            Self::Postgres(_) => POSTGRES_VALUES_MAX,
        };
        let rows = values.checked_div(columns).unwrap_or(1);
        rows.clamp(1, BATCH_ROWS_MAX)
    }

    /// Inserts rows with one statement.
    pub(super) async fn insert(
        &mut self,
        table: &'static str,
        columns: &[&'static str],
        rows: &[Vec<Value>],
    ) -> Result<u64, DatabaseFault> {
        let full = self.batch_rows(columns.len());
        let sql = match self {
            // Names of parameters would be searched one by one.
            Self::Sqlite(_) => insert_text(table, columns, rows.len(), |_| "?".to_owned()),
            Self::Postgres(_) => insert_text(table, columns, rows.len(), |n| format!("${n}")),
        };
        // Only the statement of a full batch comes again.
        let comes_again = rows.len() == full || rows.len() == 1;
        let sql = AssertSqlSafe(sql).into_sql_str();
        let ran = self.run(sql, rows.iter().flatten(), comes_again).await;
        ran.map_err(DatabaseFault::new)
    }

    async fn run<'v>(
        &mut self,
        sql: SqlStr,
        values: impl Iterator<Item = &'v Value>,
        comes_again: bool,
    ) -> Result<u64, sqlx::Error> {
        match self {
            Self::Sqlite(connection) => {
                let arguments = value::for_sqlite(values)?;
                let query = sqlx::query_with(sql, arguments).persistent(comes_again);
                Ok(query.execute(&mut **connection).await?.rows_affected())
            }
            Self::Postgres(connection) => {
                let arguments = value::for_postgres(values)?;
                let query = sqlx::query_with(sql, arguments).persistent(comes_again);
                Ok(query.execute(&mut **connection).await?.rows_affected())
            }
        }
    }
}

/// `INSERT INTO table (a, b) VALUES ($1, $2), ($3, $4)`.
fn insert_text(
    table: &str,
    columns: &[&str],
    rows: usize,
    placeholder: impl Fn(usize) -> String,
) -> String {
    let mut sql = format!("INSERT INTO {table} ({}) VALUES ", columns.join(", "));
    let mut numbers = 1..;
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ", (" });
        for (place, number) in (0..columns.len()).zip(&mut numbers) {
            let comma = if place == 0 { "" } else { ", " };
            // Writing to a string cannot fail.
            let _ = write!(sql, "{comma}{}", placeholder(number));
        }
        sql.push(')');
    }
    sql
}
