//! Running one test on both databases.

pub(crate) mod month;
mod postgres;

use std::str::FromStr;

use sqlx::AssertSqlSafe;
use sqlx::{Connection, PgConnection, SqliteConnection};
use tempfile::TempDir;

pub(crate) use postgres::Server;

use crate::store::database::{Address, Database, Row, Transaction, Value};
use crate::store::error::StoreError;
use crate::store::faults::Faults;

/// Makes two tests of each function, one for each database.
macro_rules! on_both_databases {
    ($($test:ident),* $(,)?) => {
        $(
            mod $test {
                #[test]
                fn sqlite() {
                    crate::store::tests::support::on_sqlite(super::$test);
                }

                #[test]
                fn postgres() {
                    crate::store::tests::support::on_postgres(super::$test);
                }
            }
        )*
    };
}

pub(crate) use on_both_databases;

/// Where a test works: a folder of its own and an empty database of its own.
pub(crate) struct Place {
    /// A folder that goes with the test.
    pub folder: TempDir,
    /// The database.
    pub address: Address,
}

impl Place {
    /// Opens the database.
    pub(crate) async fn open(&self) -> Database {
        let faults = Faults::default();
        Database::open_with(&self.address, faults).await.unwrap()
    }

    /// Opens the database so that it fails at a step.
    pub(crate) async fn open_failing(&self, step: u64) -> Database {
        let faults = Faults::failing_at(step);
        Database::open_with(&self.address, faults).await.unwrap()
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self.address, Address::Sqlite(_))
    }

    /// Changes the database behind the store's back, as somebody with rights on it could.
    pub(crate) async fn tamper(&self, statements: &str) {
        let sql = AssertSqlSafe(statements.to_owned());
        match &self.address {
            Address::Sqlite(path) => {
                let url = format!("sqlite:{}", path.display());
                let mut connection = SqliteConnection::connect(&url).await.unwrap();
                sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
            Address::Postgres(options) => {
                let mut connection = PgConnection::connect_with(options).await.unwrap();
                sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
        }
    }
}

/// Runs a test on a SQLite file of its own.
pub(crate) fn on_sqlite(test: impl AsyncFnOnce(&Place)) {
    let folder = tempfile::tempdir().unwrap();
    let address = Address::Sqlite(folder.path().join("test.sqlite"));
    runtime().block_on(test(&Place { folder, address }));
}

/// Runs a test on a PostgreSQL database of its own.
pub(crate) fn on_postgres(test: impl AsyncFnOnce(&Place)) {
    on_postgres_at("read committed", test);
}

/// Runs a test on a PostgreSQL database of its own, where transactions are isolated so by default.
pub(crate) fn on_postgres_at(isolation: &str, test: impl AsyncFnOnce(&Place)) {
    let Some(server) = Server::shared() else {
        let in_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
        assert!(!in_ci, "PostgreSQL is not installed: run `make tools`");
        eprintln!("skipped: PostgreSQL is not installed: run `make tools`");
        return;
    };
    runtime().block_on(async {
        let name = server.create_database(isolation).await;
        let address = Address::from_str(&server.url(&name)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        test(&Place { folder, address }).await;
        server.drop_database(&name).await;
    });
}

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().unwrap()
}

/// The one row of a query outside any transaction.
pub(crate) async fn one(database: &Database, sql: &'static str) -> Row {
    let rows = database.fetch(sql, &[]).await.unwrap();
    let [row] = rows.as_slice() else {
        panic!("{} rows from {sql}", rows.len())
    };
    row.clone()
}

/// How many rows a query counts as `n`.
pub(crate) async fn count(database: &Database, sql: &'static str) -> i64 {
    one(database, sql).await.int("n").unwrap()
}

/// Writes a setting in the transaction.
pub(crate) async fn set(
    transaction: &mut Transaction,
    name: &str,
    value: &str,
) -> Result<(), StoreError> {
    let insert = "INSERT INTO settings (name, value) VALUES ($1, $2)";
    let values: [Value; 2] = [name.into(), value.into()];
    transaction.execute(insert, &values).await.map(|_| ())
}
