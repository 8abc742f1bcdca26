//! Whether the server can work: what load balancers and people who run it ask.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::store::database::Database;

/// How long an answer holds: asking often costs nothing.
const FRESH: Duration = Duration::from_secs(2);
/// How long the database may take.
const ANSWER_MAX: Duration = Duration::from_secs(3);

/// What is asked.
#[derive(Debug)]
pub(super) struct Health {
    database: Option<Database>,
    is_stopping: AtomicBool,
    last: Mutex<Option<(Instant, Readiness)>>,
}

/// Whether requests can be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readiness {
    /// They can.
    Ready,
    /// The server was told to stop.
    Stopping,
    /// The database does not answer.
    Unreachable,
    /// It answers, but nothing can be written.
    ReadOnly,
}

impl Readiness {
    /// In words.
    pub(super) fn told(self) -> &'static str {
        match self {
            Self::Ready => "可以办理",
            Self::Stopping => "正在停止",
            Self::Unreachable => "数据库没有应答",
            Self::ReadOnly => "日志不能写入,只读",
        }
    }
}

impl Health {
    pub(super) fn new(database: Option<Database>) -> Self {
        Self {
            database,
            is_stopping: AtomicBool::new(false),
            last: Mutex::new(None),
        }
    }

    /// From now on no new requests are wanted.
    pub(super) fn stop(&self) {
        self.is_stopping.store(true, Ordering::SeqCst);
    }

    /// Whether requests can be answered.
    pub(super) async fn readiness(&self) -> Readiness {
        if self.is_stopping.load(Ordering::SeqCst) {
            return Readiness::Stopping;
        }
        let mut last = self.last.lock().await;
        if let Some((at, readiness)) = *last
            && at.elapsed() < FRESH
        {
            return readiness;
        }
        let readiness = match &self.database {
            Some(database) => look(database).await,
            None => Readiness::Ready,
        };
        *last = Some((Instant::now(), readiness));
        readiness
    }
}

async fn look(database: &Database) -> Readiness {
    let query = "SELECT size FROM log_frontier";
    match timeout(ANSWER_MAX, database.fetch(query, &[])).await {
        Ok(Ok(_)) => {}
        Ok(Err(_)) | Err(_) => return Readiness::Unreachable,
    }
    if database.closed().is_some() {
        return Readiness::ReadOnly;
    }
    // A transaction that changes nothing: the lock of the writers is to be had.
    let begun = timeout(ANSWER_MAX, database.begin()).await;
    match begun {
        Ok(Ok(transaction)) => {
            transaction.rollback().await;
            Readiness::Ready
        }
        Ok(Err(_)) | Err(_) => Readiness::ReadOnly,
    }
}
