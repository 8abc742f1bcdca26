//! Transactions: everything or nothing.

use std::sync::{Arc, Mutex};

use crate::store::database::Database;
use crate::store::database::connection::Connection;
use crate::store::database::fault::{self, CommitFault, DatabaseFault};
use crate::store::database::row::{self, Row};
use crate::store::database::value::Value;
use crate::store::error::StoreError;

/// A transaction that is open until it is committed or rolled back.
///
/// Dropping it, as when a client goes away in the middle, closes its connection, and the database
/// undoes it. After an error of a statement it can only be rolled back: PostgreSQL would answer
/// "committed" to nothing, and SQLite may have undone it already and would run what follows alone.
#[derive(Debug)]
pub(crate) struct Transaction {
    /// Nothing once it has ended or gone back to its lender.
    open: Option<Box<Open>>,
    lender: Option<Lender>,
}

/// Where a transaction that was lent comes back to when whoever has it lets it go.
#[derive(Clone, Debug, Default)]
pub(super) struct Lender(Arc<Mutex<Option<Box<Open>>>>);

impl Lender {
    /// Lends a transaction: whoever has it cannot end it.
    pub(super) fn lend(&self, mut transaction: Transaction) -> Transaction {
        Transaction {
            open: transaction.open.take(),
            lender: Some(self.clone()),
        }
    }

    /// The transaction, once it was let go.
    pub(super) fn take_back(&self) -> Result<Transaction, StoreError> {
        let open = self.0.lock().ok().and_then(|mut place| place.take());
        match open {
            Some(open) => Ok(Transaction::new(open)),
            None => Err(StoreError::Broken),
        }
    }
}

#[derive(Debug)]
struct Open {
    database: Database,
    connection: Connection,
    access: Access,
    state: State,
}

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    /// A statement failed.
    Broken {
        /// Because of another transaction: it may be tried again.
        raced: bool,
    },
    /// The connection is clean.
    Ended,
}

/// The state while a statement runs: one that nobody waited for to the end leaves it behind.
const INTERRUPTED: State = State::Broken { raced: false };

impl Transaction {
    pub(super) async fn begin(database: &Database, access: Access) -> Result<Self, StoreError> {
        let pool = match access {
            Access::Read => &database.0.readers,
            Access::Write => &database.0.writers,
        };
        let failed = |error| fault::reaching(error, "开始事务");
        let connection = pool.acquire().await.map_err(failed)?;
        // From here on, dropping it in the middle closes the connection.
        let mut open = Box::new(Open {
            database: database.clone(),
            connection,
            access,
            state: State::Open,
        });
        match access {
            Access::Read => open.connection.begin_reading().await.map_err(failed)?,
            Access::Write => open.begin_writing().await?,
        }
        Ok(Self::new(open))
    }

    fn new(open: Box<Open>) -> Self {
        let (open, lender) = (Some(open), None);
        Self { open, lender }
    }

    /// Runs a statement and gives the number of rows that it changed.
    ///
    /// # Errors
    /// [`StoreError::Database`] when it is refused; the transaction can only be rolled back then.
    pub(crate) async fn execute(
        &mut self,
        sql: &'static str,
        values: &[Value],
    ) -> Result<u64, StoreError> {
        self.open()?.execute(sql, values).await
    }

    /// Runs a query and gives its rows.
    ///
    /// # Errors
    /// [`StoreError::Database`] when it is refused; the transaction can only be rolled back then.
    /// [`StoreError::Row`] when a value is of a kind that the store does not use.
    pub(crate) async fn fetch(
        &mut self,
        sql: &'static str,
        values: &[Value],
    ) -> Result<Vec<Row>, StoreError> {
        self.open()?.fetch(sql, values).await
    }

    /// Runs a query that gives one row at most.
    ///
    /// # Errors
    /// As [`Transaction::fetch`].
    pub(crate) async fn fetch_one(
        &mut self,
        sql: &'static str,
        values: &[Value],
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.fetch(sql, values).await?.into_iter().next())
    }

    /// Inserts many rows with few statements.
    ///
    /// # Errors
    /// [`StoreError::Database`] when one is refused; none is inserted once it is rolled back.
    pub(crate) async fn insert_many(
        &mut self,
        table: &'static str,
        columns: &[&'static str],
        rows: &[Vec<Value>],
    ) -> Result<(), StoreError> {
        self.open()?.insert_many(table, columns, rows).await
    }

    /// Makes everything durable, or nothing.
    ///
    /// # Errors
    /// [`StoreError::Broken`] when a statement failed before. [`StoreError::Database`] and
    /// [`StoreError::Full`] when nothing was written. [`StoreError::Uncertain`] when nobody knows;
    /// the store is read-only from then on, because a disk that failed to sync may have dropped
    /// what it was given and would say "done" at the next try.
    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        self.owned()?.commit().await
    }

    /// Undoes everything.
    pub(crate) async fn rollback(mut self) {
        if let Ok(mut open) = self.owned() {
            open.undo().await;
        }
    }

    /// Whether it failed because of another transaction, so that it may be tried again.
    pub(super) fn lost_a_race(&self) -> bool {
        let open = self.open.as_ref();
        open.is_some_and(|open| open.state == State::Broken { raced: true })
    }

    fn open(&mut self) -> Result<&mut Open, StoreError> {
        self.open.as_deref_mut().ok_or(StoreError::Broken)
    }

    /// The transaction itself, for ending it; only the lender of one that was lent can.
    fn owned(&mut self) -> Result<Box<Open>, StoreError> {
        match self.lender {
            Some(_) => Err(StoreError::Broken),
            None => self.open.take().ok_or(StoreError::Broken),
        }
    }
}

impl Open {
    async fn begin_writing(&mut self) -> Result<(), StoreError> {
        self.step("begin")?;
        let began = self.connection.begin_writing().await;
        began.map_err(|error| fault::reaching(error, "开始事务"))?;
        // Those who waited while a write failed are not to write either.
        if let Some(reason) = self.database.closed() {
            let error = StoreError::ReadOnly(reason.to_owned());
            self.undo().await;
            return Err(error);
        }
        self.step("begun")
    }

    async fn execute(&mut self, sql: &'static str, values: &[Value]) -> Result<u64, StoreError> {
        self.check_writing()?;
        self.step("statement")?;
        self.state = INTERRUPTED;
        let result = self.connection.execute(sql, values).await;
        let changed = result.map_err(|fault| self.broke(fault, row::table(sql)))?;
        self.state = State::Open;
        self.step("statement done")?;
        Ok(changed)
    }

    async fn fetch(&mut self, sql: &'static str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.check_open()?;
        self.state = INTERRUPTED;
        let rows = self.connection.fetch(sql, values).await;
        self.state = match &rows {
            Ok(_) => State::Open,
            Err(error) => State::Broken {
                raced: super::is_race(error),
            },
        };
        rows
    }

    async fn insert_many(
        &mut self,
        table: &'static str,
        columns: &[&'static str],
        rows: &[Vec<Value>],
    ) -> Result<(), StoreError> {
        self.check_writing()?;
        for batch in rows.chunks(self.connection.batch_rows(columns.len())) {
            self.step("batch")?;
            self.state = INTERRUPTED;
            let result = self.connection.insert(table, columns, batch).await;
            result.map_err(|fault| self.broke(fault, table))?;
            self.state = State::Open;
            self.step("batch done")?;
        }
        Ok(())
    }

    async fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        if let State::Broken { .. } = self.state {
            self.undo().await;
            return Err(StoreError::Broken);
        }
        if let Err(error) = self.database.faults().step("commit") {
            return Err(self.uncertain(&error.to_string()));
        }
        if let Err(error) = self.connection.control("COMMIT").await {
            return Err(self.commit_failed(DatabaseFault::new(error)).await);
        }
        if let Err(error) = self.database.faults().step("committed") {
            return Err(self.uncertain(&error.to_string()));
        }
        self.end().await;
        Ok(())
    }

    async fn commit_failed(&mut self, source: DatabaseFault) -> StoreError {
        match source.at_commit() {
            CommitFault::Refused => {
                self.undo().await;
                let doing = "提交".to_owned();
                StoreError::Database { doing, source }
            }
            CommitFault::Full => {
                self.undo().await;
                StoreError::Full
            }
            CommitFault::Uncertain => self.uncertain(&source.to_string()),
        }
    }

    fn uncertain(&mut self, reason: &str) -> StoreError {
        self.database.turn_read_only(reason);
        StoreError::Uncertain(reason.to_owned())
    }

    async fn undo(&mut self) {
        // SQLite may have undone it already, and then refuses.
        if self.connection.control("ROLLBACK").await.is_ok() {
            self.end().await;
        }
    }

    /// Gives the connection back clean; where that fails it is closed.
    async fn end(&mut self) {
        let clean = match self.access {
            Access::Read => Ok(()),
            Access::Write => self.connection.unlock_writers().await,
        };
        if clean.is_ok() {
            self.state = State::Ended;
        }
    }

    fn broke(&mut self, source: DatabaseFault, table: &str) -> StoreError {
        let raced = source.is_race();
        self.state = State::Broken { raced };
        if source.is_full() {
            return StoreError::Full;
        }
        if source.is_disk() {
            self.database.turn_read_only(&source.to_string());
        }
        let doing = format!("写入表 {table} ");
        StoreError::Database { doing, source }
    }

    fn check_open(&self) -> Result<(), StoreError> {
        match self.state {
            State::Open => Ok(()),
            State::Broken { .. } | State::Ended => Err(StoreError::Broken),
        }
    }

    fn check_writing(&self) -> Result<(), StoreError> {
        match self.access {
            Access::Write => self.check_open(),
            Access::Read => Err(StoreError::Reading),
        }
    }

    fn step(&mut self, point: &'static str) -> Result<(), StoreError> {
        let step = self.database.faults().step(point);
        step.map_err(|error| {
            self.state = State::Broken { raced: false };
            let (doing, error) = ("写入".to_owned(), sqlx::Error::Io(error));
            let source = DatabaseFault::new(error);
            StoreError::Database { doing, source }
        })
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if let Some(lender) = &self.lender
            && let Ok(mut place) = lender.0.lock()
        {
            *place = self.open.take();
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if self.state != State::Ended {
            self.connection.abandon();
        }
    }
}
