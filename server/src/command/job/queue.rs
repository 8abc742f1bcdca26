//! The queue of jobs as a process sees it: each step is one transaction.

use std::time::{Duration, Instant};

use super::work::Work;
use crate::failure::Failure;
use crate::messages;
use crate::payouts::desk::Desk;
use crate::payouts::keys::Keys;
use crate::store::database::Transaction;
use crate::store::jobs::{self, Claim, Job, JobState, Lease, NewJob};
use crate::store::{Address, StoreError};

/// For how long a job is claimed at a time.
pub(super) const LEASE: Duration = Duration::from_secs(60);

/// The holder of all jobs of a SQLite database: the lock lets one process in at a time.
const ONLY_HOLDER: &str = "sqlite";

/// [`LEASE`] in the unit of the clock.
pub(super) fn lease_microseconds() -> i64 {
    i64::try_from(LEASE.as_micros()).unwrap_or(i64::MAX)
}

/// The time: the moment at which the command acts, and what has passed since.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    begun: i64,
    since: Instant,
}

impl Clock {
    /// A clock that shows the moment of the desk now.
    pub(super) fn of(desk: &Desk) -> Self {
        Self {
            begun: desk.at.0,
            since: Instant::now(),
        }
    }

    /// UTC microseconds.
    pub(super) fn now(&self) -> i64 {
        let passed = i64::try_from(self.since.elapsed().as_micros()).unwrap_or(i64::MAX);
        self.begun.saturating_add(passed)
    }
}

/// Who claims jobs.
pub(super) struct Worker {
    pub(super) holder: String,
    pub(super) clock: Clock,
    is_alone: bool,
}

impl Worker {
    /// A worker of this process.
    pub(super) fn new(desk: &Desk, store: Option<&Address>) -> Result<Self, Failure> {
        let is_alone = match store {
            None | Some(Address::Sqlite(_)) => true,
            Some(Address::Postgres(_)) => false,
        };
        let holder = match is_alone {
            true => ONLY_HOLDER.to_owned(),
            false => Keys::new(None)?.name("W"),
        };
        Ok(Self {
            holder,
            clock: Clock::of(desk),
            is_alone,
        })
    }

    /// Puts back what an earlier process of this database left when it was killed: who holds the
    /// lock knows that it is gone, and need not wait for its claims to run out.
    pub(super) fn begin(&self, desk: &Desk) -> Result<(), Failure> {
        match self.is_alone {
            true => self.put_back(desk),
            false => Ok(()),
        }
    }

    /// Puts back what this worker holds.
    pub(super) fn put_back(&self, desk: &Desk) -> Result<(), Failure> {
        let (holder, now) = (self.holder.as_str(), self.clock.now());
        desk.wait(desk.store.database.write(|mut transaction| async move {
            jobs::put_back(&mut transaction, holder, now)
                .await
                .map(drop)
        }))
    }

    /// Takes the oldest job that nobody works on.
    pub(super) fn claim(&self, desk: &Desk) -> Result<Option<(Job, Lease)>, Failure> {
        let claim = Claim {
            holder: &self.holder,
            now: self.clock.now(),
            span: lease_microseconds(),
        };
        desk.wait(desk.store.database.write(|mut transaction| async move {
            match jobs::waiting_kind(&mut transaction, claim.now).await? {
                Some(kind) => jobs::claim(&mut transaction, &kind, claim).await,
                None => Ok(None),
            }
        }))
    }

    /// Ends a job with the digest of its result, unless it is another's by now.
    pub(super) fn finish(
        &self,
        desk: &Desk,
        lease: &Lease,
        result: &[u8; 32],
    ) -> Result<(), Failure> {
        let now = self.clock.now();
        desk.wait(desk.store.database.write(|mut transaction| async move {
            jobs::finish(&mut transaction, lease, result, now).await?;
            tell(&mut transaction, desk, lease, now).await
        }))
    }

    /// Ends a job with a message, unless it is another's by now.
    pub(super) fn fail(&self, desk: &Desk, lease: &Lease, message: &str) -> Result<(), Failure> {
        let now = self.clock.now();
        desk.wait(desk.store.database.write(|mut transaction| async move {
            jobs::fail(&mut transaction, lease, message, now).await?;
            tell(&mut transaction, desk, lease, now).await
        }))
    }
}

/// Tells whoever asked for a job how it ended.
async fn tell(
    transaction: &mut Transaction,
    desk: &Desk,
    lease: &Lease,
    now: i64,
) -> Result<(), StoreError> {
    let job = jobs::find(transaction, &lease.job).await?;
    let title = Work::of(&job).map_or("任务", |work| work.chinese());
    messages::tell_job(transaction, &desk.store.templates, &job, title, now).await
}

/// Checks that a job is still the caller's.
pub(super) fn check(desk: &Desk, lease: &Lease) -> Result<(), Failure> {
    desk.wait(async {
        let mut transaction = desk.store.database.read().await?;
        let held = jobs::check(&mut transaction, lease).await;
        transaction.rollback().await;
        held
    })
}

/// Writes down what is to be done.
pub(super) fn ask(desk: &Desk, id: &str, work: &Work) -> Result<Job, Failure> {
    let arguments = work.arguments()?;
    let new = NewJob {
        id,
        kind: work.kind(),
        arguments: &arguments,
    };
    let now = desk.at.0;
    desk.wait(desk.store.database.write(|mut transaction| async move {
        messages::follow_job(&mut transaction, id, &desk.actor, now).await?;
        jobs::ask(&mut transaction, new, now).await
    }))
}

/// Whether a job of this name was asked for before.
pub(super) fn is_known(desk: &Desk, id: &str) -> Result<bool, Failure> {
    desk.wait(async {
        let mut transaction = desk.store.database.read().await?;
        let found = jobs::find(&mut transaction, id).await;
        transaction.rollback().await;
        match found {
            Ok(_) => Ok(true),
            Err(StoreError::UnknownJob(_)) => Ok(false),
            Err(error) => Err(error),
        }
    })
}

/// The jobs asked for last, the latest first.
pub(super) fn list(desk: &Desk, count_max: u32) -> Result<Vec<Job>, Failure> {
    desk.wait(async {
        let mut transaction = desk.store.database.read().await?;
        let jobs = jobs::list(&mut transaction, count_max).await;
        transaction.rollback().await;
        jobs
    })
}

/// Ends a job that has not ended: how it stood before, and stands now.
pub(super) fn cancel(desk: &Desk, id: &str) -> Result<(JobState, JobState), Failure> {
    let now = desk.at.0;
    desk.wait(desk.store.database.write(|mut transaction| async move {
        let before = jobs::find(&mut transaction, id).await?.state;
        Ok((before, jobs::cancel(&mut transaction, id, now).await?))
    }))
}
