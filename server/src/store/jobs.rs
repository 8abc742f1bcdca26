//! Long work that survives its process: imports, sweeps, the building of batches.
//!
//! # Shape
//! A job is claimed for a time and with a fencing number that grows with every claim. Whoever
//! works on it renews the claim as it goes on, and can change the job with its own number alone:
//! a process that was stopped for so long that another took over finds its number stale.
//! The clock is an argument; times are UTC microseconds.

use crate::store::database::{Database, Row, Transaction, Value};
use crate::store::error::StoreError;

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JobState {
    /// Nobody works on it.
    Queued,
    /// Somebody works on it, or did until killed.
    Running,
    /// It has its result.
    Done,
    /// It ended with a message.
    Failed,
    /// Somebody asked for it to end.
    Cancelled,
}

impl JobState {
    const ALL: [Self; 5] = [
        Self::Queued,
        Self::Running,
        Self::Done,
        Self::Failed,
        Self::Cancelled,
    ];

    /// The word in the database.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A job as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Job {
    /// Its name, given by whoever asked for it.
    pub id: String,
    /// What is to be done.
    pub kind: String,
    /// With what, as canonical JSON.
    pub arguments: String,
    /// Where it stands.
    pub state: JobState,
    /// How much is done.
    pub done: u64,
    /// How much there is to do; 0 when nobody knows yet.
    pub total: u64,
    /// The digest of the result.
    pub result: Option<[u8; 32]>,
    /// Why it failed.
    pub message: Option<String>,
    /// Who works on it.
    pub holder: Option<String>,
    /// How often it was claimed.
    pub fence: i64,
    /// Until when it is claimed.
    pub lease_until: Option<i64>,
    /// When it was asked for.
    pub created_at: i64,
    /// When it last changed.
    pub changed_at: i64,
}

/// A job that is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewJob<'a> {
    /// Its name; asking twice with one name makes one job.
    pub id: &'a str,
    /// What is to be done.
    pub kind: &'a str,
    /// With what, as canonical JSON.
    pub arguments: &'a str,
}

/// Who wants to work, and for how long at a time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim<'a> {
    /// The process.
    pub holder: &'a str,
    /// Now.
    pub now: i64,
    /// For how many microseconds.
    pub span: i64,
}

impl Claim<'_> {
    fn until(&self) -> i64 {
        self.now.saturating_add(self.span)
    }
}

/// The right to work on a job, until another claims it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lease {
    /// The job.
    pub job: String,
    /// The fencing number.
    pub fence: i64,
}

/// How far the work is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    /// How much is done.
    pub done: u64,
    /// How much there is to do; 0 when nobody knows yet.
    pub total: u64,
}

/// The columns of a job, in every query.
macro_rules! job_query {
    ($rest:literal) => {
        concat!(
            "SELECT id, kind, arguments, state, done, total, result, message, holder, fence, ",
            "lease_until, created_at, changed_at FROM jobs ",
            $rest
        )
    };
}

/// Asks for a job; one that was asked for before under this name stays as it is.
///
/// # Errors
/// [`StoreError::Name`] when the name stands for other work; what the database says.
pub(crate) async fn ask(
    transaction: &mut Transaction,
    job: NewJob<'_>,
    now: i64,
) -> Result<Job, StoreError> {
    let insert = "INSERT INTO jobs \
         (id, kind, arguments, state, done, total, fence, created_at, changed_at) \
         VALUES ($1, $2, $3, 'queued', 0, 0, 0, $4, $4) ON CONFLICT (id) DO NOTHING";
    let values = [
        job.id.into(),
        job.kind.into(),
        job.arguments.into(),
        now.into(),
    ];
    transaction.execute(insert, &values).await?;
    let kept = find(transaction, job.id).await?;
    if kept.kind == job.kind && kept.arguments == job.arguments {
        return Ok(kept);
    }
    Err(StoreError::Name {
        what: "任务编号",
        value: job.id.to_owned(),
        problem: "已用于内容不同的任务",
    })
}

/// The job of this name.
///
/// # Errors
/// [`StoreError::UnknownJob`] when there is none; what the database says.
pub(crate) async fn find(transaction: &mut Transaction, id: &str) -> Result<Job, StoreError> {
    let query = job_query!("WHERE id = $1");
    let row = transaction.fetch_one(query, &[id.into()]).await?;
    let row = row.ok_or_else(|| StoreError::UnknownJob(id.to_owned()))?;
    from_row(&row)
}

/// The jobs asked for last, the latest first.
///
/// # Errors
/// What the database says.
pub(crate) async fn list(
    transaction: &mut Transaction,
    count_max: u32,
) -> Result<Vec<Job>, StoreError> {
    let query = job_query!("ORDER BY created_at DESC, id DESC LIMIT $1");
    let rows = transaction
        .fetch(query, &[Value::Int(count_max.into())])
        .await?;
    rows.iter().map(from_row).collect()
}

/// The jobs that bureaus asked for, the latest first, behind a moment and a name; the bureaus are a
/// JSON list.
///
/// # Errors
/// What the database says.
pub(crate) async fn owned(
    database: &Database,
    bureaus: &str,
    (before, id): (i64, &str),
    count_max: u32,
) -> Result<Vec<Job>, StoreError> {
    let query = job_query!(
        "WHERE id IN (SELECT job FROM job_owners \
         WHERE bureau IN (SELECT value FROM json_each($1))) \
         AND (created_at < $2 OR (created_at = $2 AND id < $3)) \
         ORDER BY created_at DESC, id DESC LIMIT $4"
    );
    let values = [
        bureaus.into(),
        before.into(),
        id.into(),
        Value::Int(count_max.into()),
    ];
    let rows = database.fetch(query, &values).await?;
    rows.iter().map(from_row).collect()
}

/// A job that one of these bureaus asked for.
///
/// # Errors
/// What the database says.
pub(crate) async fn find_owned(
    database: &Database,
    bureaus: &str,
    id: &str,
) -> Result<Option<Job>, StoreError> {
    let query = job_query!(
        "WHERE id = $1 AND id IN (SELECT job FROM job_owners \
         WHERE bureau IN (SELECT value FROM json_each($2)))"
    );
    let rows = database.fetch(query, &[id.into(), bureaus.into()]).await?;
    rows.first().map(from_row).transpose()
}

/// The job of a kind that came to something last, whoever asked for it and how: done or failed.
///
/// # Errors
/// What the database says.
pub(crate) async fn last_ended(database: &Database, kind: &str) -> Result<Option<Job>, StoreError> {
    let query = job_query!(
        "WHERE kind = $1 AND state IN ('done', 'failed') \
         ORDER BY changed_at DESC, created_at DESC, id DESC LIMIT 1"
    );
    let rows = database.fetch(query, &[kind.into()]).await?;
    rows.first().map(from_row).transpose()
}

/// The kind of the oldest job of any kind that nobody works on: what is to be claimed next.
///
/// # Errors
/// What the database says.
pub(crate) async fn waiting_kind(
    transaction: &mut Transaction,
    now: i64,
) -> Result<Option<String>, StoreError> {
    let query = "SELECT kind FROM jobs \
         WHERE state = 'queued' OR (state = 'running' AND lease_until <= $1) \
         ORDER BY created_at, id LIMIT 1";
    let found = transaction.fetch_one(query, &[now.into()]).await?;
    found
        .map(|row| row.text("kind").map(str::to_owned))
        .transpose()
}

/// Takes the oldest job of a kind that nobody works on, with a new fencing number.
///
/// # Shape
/// A job whose claim has run out was left by a process that is gone or stopped.
/// # Errors
/// What the database says.
pub(crate) async fn claim(
    transaction: &mut Transaction,
    kind: &str,
    claim: Claim<'_>,
) -> Result<Option<(Job, Lease)>, StoreError> {
    let query = job_query!(
        "WHERE kind = $1 AND (state = 'queued' OR (state = 'running' AND lease_until <= $2)) \
         ORDER BY created_at, id LIMIT 1"
    );
    let found = transaction
        .fetch_one(query, &[kind.into(), claim.now.into()])
        .await?;
    let Some(row) = found else { return Ok(None) };
    let mut job = from_row(&row)?;
    let fence = job.fence.saturating_add(1);
    let update = "UPDATE jobs SET state = 'running', holder = $1, fence = $2, lease_until = $3, \
         changed_at = $4 WHERE id = $5";
    let until = claim.until();
    let id = Value::from(job.id.as_str());
    let values = [
        claim.holder.into(),
        fence.into(),
        until.into(),
        claim.now.into(),
        id,
    ];
    transaction.execute(update, &values).await?;
    job.state = JobState::Running;
    job.holder = Some(claim.holder.to_owned());
    (job.fence, job.lease_until, job.changed_at) = (fence, Some(until), claim.now);
    let lease = Lease {
        job: job.id.clone(),
        fence,
    };
    Ok(Some((job, lease)))
}

/// Says how far the work is and renews the claim.
///
/// # Errors
/// [`StoreError::StaleLease`] when another has claimed the job, or it has ended; the work is to
/// stop then. What the database says.
pub(crate) async fn renew(
    transaction: &mut Transaction,
    lease: &Lease,
    progress: Progress,
    claim: Claim<'_>,
) -> Result<(), StoreError> {
    let update = "UPDATE jobs SET done = $1, total = $2, lease_until = $3, changed_at = $4 \
         WHERE id = $5 AND fence = $6 AND state = 'running'";
    let (done, total) = (Value::size(progress.done)?, Value::size(progress.total)?);
    let values = [
        done,
        total,
        claim.until().into(),
        claim.now.into(),
        lease.job.as_str().into(),
        lease.fence.into(),
    ];
    let changed = transaction.execute(update, &values).await?;
    if_held(transaction, lease, changed).await
}

/// Checks in the caller's transaction that the job is still the caller's.
///
/// # Errors
/// [`StoreError::StaleLease`] when it is not; what the database says.
pub(crate) async fn check(transaction: &mut Transaction, lease: &Lease) -> Result<(), StoreError> {
    let query = "SELECT count(*) AS held FROM jobs \
         WHERE id = $1 AND fence = $2 AND state = 'running'";
    let values = [lease.job.as_str().into(), lease.fence.into()];
    let row = transaction.fetch_one(query, &values).await?;
    let held = row.map_or(Ok(0), |row| row.size("held"))?;
    if_held(transaction, lease, held).await
}

/// Ends the job with the digest of its result.
///
/// # Errors
/// [`StoreError::StaleLease`] when the job is no longer the caller's; what the database says.
pub(crate) async fn finish(
    transaction: &mut Transaction,
    lease: &Lease,
    result: &[u8; 32],
    now: i64,
) -> Result<(), StoreError> {
    let update = "UPDATE jobs SET state = 'done', result = $1, holder = NULL, \
         lease_until = NULL, changed_at = $2 \
         WHERE id = $3 AND fence = $4 AND state = 'running'";
    let job = Value::from(lease.job.as_str());
    let values = [Value::from(*result), now.into(), job, lease.fence.into()];
    let changed = transaction.execute(update, &values).await?;
    if_held(transaction, lease, changed).await
}

/// Ends the job with a message.
///
/// # Errors
/// [`StoreError::StaleLease`] when the job is no longer the caller's; what the database says.
pub(crate) async fn fail(
    transaction: &mut Transaction,
    lease: &Lease,
    message: &str,
    now: i64,
) -> Result<(), StoreError> {
    let update = "UPDATE jobs SET state = 'failed', message = $1, holder = NULL, \
         lease_until = NULL, changed_at = $2 \
         WHERE id = $3 AND fence = $4 AND state = 'running'";
    let job = Value::from(lease.job.as_str());
    let values = [message.into(), now.into(), job, lease.fence.into()];
    let changed = transaction.execute(update, &values).await?;
    if_held(transaction, lease, changed).await
}

/// Ends a job that is waiting or being worked on; whoever works on it learns of it when renewing.
///
/// # Errors
/// [`StoreError::UnknownJob`] when there is none; what the database says.
pub(crate) async fn cancel(
    transaction: &mut Transaction,
    id: &str,
    now: i64,
) -> Result<JobState, StoreError> {
    let update = "UPDATE jobs SET state = 'cancelled', holder = NULL, lease_until = NULL, \
         changed_at = $1 WHERE id = $2 AND state IN ('queued', 'running')";
    transaction
        .execute(update, &[now.into(), id.into()])
        .await?;
    Ok(find(transaction, id).await?.state)
}

/// Puts back the jobs of a holder that is known to be gone, without waiting for their claims.
///
/// # Errors
/// What the database says.
pub(crate) async fn put_back(
    transaction: &mut Transaction,
    holder: &str,
    now: i64,
) -> Result<u64, StoreError> {
    let update = "UPDATE jobs SET state = 'queued', holder = NULL, lease_until = NULL, \
         changed_at = $1 WHERE holder = $2 AND state = 'running'";
    transaction
        .execute(update, &[now.into(), holder.into()])
        .await
}

async fn if_held(
    transaction: &mut Transaction,
    lease: &Lease,
    count: u64,
) -> Result<(), StoreError> {
    if count == 1 {
        return Ok(());
    }
    let job = find(transaction, &lease.job).await?;
    Err(StoreError::StaleLease {
        job: lease.job.clone(),
        fence: lease.fence,
        now: format!("{} {}", job.state.word(), job.fence),
    })
}

fn from_row(row: &Row) -> Result<Job, StoreError> {
    let word = row.text("state")?;
    let state = JobState::ALL.into_iter().find(|state| state.word() == word);
    let state = state.ok_or_else(|| StoreError::Row {
        table: "jobs".to_owned(),
        column: "state".to_owned(),
        problem: format!("没有状态“{word}”"),
    })?;
    let result = match row.blob_or_null("result")? {
        Some(_) => Some(row.array("result")?),
        None => None,
    };
    Ok(Job {
        id: row.text("id")?.to_owned(),
        kind: row.text("kind")?.to_owned(),
        arguments: row.text("arguments")?.to_owned(),
        state,
        done: row.size("done")?,
        total: row.size("total")?,
        result,
        message: row.text_or_null("message")?.map(str::to_owned),
        holder: row.text_or_null("holder")?.map(str::to_owned),
        fence: row.int("fence")?,
        lease_until: row.int_or_null("lease_until")?,
        created_at: row.int("created_at")?,
        changed_at: row.int("changed_at")?,
    })
}
