//! What a database says when it refuses, and what that means for the store.

use std::fmt;

use crate::store::error::StoreError;

/// An error of either database.
#[derive(Debug)]
pub struct DatabaseFault(sqlx::Error);

/// What an error at commit means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CommitFault {
    /// Nothing was written, for a reason that lies in the transaction.
    Refused,
    /// Nothing was written for want of room.
    Full,
    /// Nobody knows what was written.
    Uncertain,
}

/// The primary result codes of SQLite that are looked at.
mod sqlite {
    pub(super) const BUSY: i32 = 5;
    pub(super) const IOERR: i32 = 10;
    pub(super) const CORRUPT: i32 = 11;
    pub(super) const FULL: i32 = 13;
    pub(super) const CONSTRAINT: i32 = 19;
    pub(super) const NOTADB: i32 = 26;
    /// The extended code for an index of the log that cannot grow: a full disk, not a broken one.
    pub(super) const IOERR_SHMSIZE: i32 = 4874;
}

impl DatabaseFault {
    pub(super) fn new(error: sqlx::Error) -> Self {
        Self(error)
    }

    /// A key that must be unique is there already.
    #[cfg(test)]
    pub(crate) fn is_duplicate(&self) -> bool {
        let error = self.0.as_database_error();
        error.is_some_and(|error| error.is_unique_violation())
    }

    /// PostgreSQL asks for the whole transaction again.
    ///
    /// # Source
    /// PostgreSQL, appendix A: 40001 `serialization_failure`, 40P01 `deadlock_detected`.
    pub(crate) fn is_race(&self) -> bool {
        matches!(self.state().as_deref(), Some("40001" | "40P01"))
    }

    /// The lock of the writers could not be had in time.
    pub(super) fn is_wait(&self) -> bool {
        self.state().as_deref() == Some("55P03")
            || self.sqlite() == Some(sqlite::BUSY)
            || matches!(self.0, sqlx::Error::PoolTimedOut)
    }

    /// There is no room on the disk.
    pub(super) fn is_full(&self) -> bool {
        self.sqlite() == Some(sqlite::FULL)
            || self.sqlite_extended() == Some(sqlite::IOERR_SHMSIZE)
            || self.state().as_deref() == Some("53100")
    }

    /// The disk of SQLite fails, or the file is not what SQLite wrote.
    pub(super) fn is_disk(&self) -> bool {
        let codes = [sqlite::IOERR, sqlite::CORRUPT, sqlite::NOTADB];
        let broken = self.sqlite().is_some_and(|code| codes.contains(&code));
        broken && !self.is_full()
    }

    /// What it means when the commit was answered with it.
    pub(super) fn at_commit(&self) -> CommitFault {
        if self.is_full() {
            return CommitFault::Full;
        }
        let refused = match (self.sqlite(), self.state()) {
            (Some(code), _) => [sqlite::CONSTRAINT, sqlite::BUSY].contains(&code),
            // Integrity constraints and rollbacks are answers about the transaction.
            (None, Some(state)) => state.starts_with("23") || state.starts_with("40"),
            (None, None) => false,
        };
        if refused {
            CommitFault::Refused
        } else {
            CommitFault::Uncertain
        }
    }

    fn sqlite(&self) -> Option<i32> {
        self.sqlite_extended().map(|code| code & 0xff)
    }

    /// The result code of SQLite, with its detail in the higher bits.
    fn sqlite_extended(&self) -> Option<i32> {
        let error = self.0.as_database_error()?;
        error.try_downcast_ref::<sqlx::sqlite::SqliteError>()?;
        error.code()?.parse().ok()
    }

    /// The five characters with which PostgreSQL names an error.
    fn state(&self) -> Option<String> {
        let error = self.0.as_database_error()?;
        error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>()?;
        error.code().map(|code| code.into_owned())
    }
}

impl fmt::Display for DatabaseFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl std::error::Error for DatabaseFault {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

/// For what failed before a transaction had begun.
pub(super) fn reaching(error: sqlx::Error, doing: &str) -> StoreError {
    let source = DatabaseFault::new(error);
    if source.is_wait() {
        return StoreError::Busy;
    }
    if source.is_full() {
        return StoreError::Full;
    }
    let doing = doing.to_owned();
    StoreError::Database { doing, source }
}
