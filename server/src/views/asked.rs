//! Imports and sweeps that a bureau asked for, with the jobs that do them.

use zhida_engine::payouts::{BureauId, Moment, UserId};

use super::sight::bureaus;
use crate::store::database::{Row, Value};
use crate::store::jobs::{self, Job};
use crate::store::{Store, StoreError};
use crate::web::Scope;

/// An import or a sweep that somebody asked for.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// The job that does it.
    pub(crate) job: String,
    /// Whose.
    pub(crate) bureau: BureauId,
    /// Who asked.
    pub(crate) user: UserId,
    /// `import` or `sweep`.
    pub(crate) kind: String,
    /// The name of the file that was uploaded.
    pub(crate) source: String,
    /// Where the report of an import lies, below the data folder.
    pub(crate) report: String,
    /// Where the result lies, below the data folder.
    pub(crate) folder: String,
    /// When.
    pub(crate) at: Moment,
}

/// Writes down who asked for a job.
///
/// # Errors
/// What the database says.
pub(crate) async fn record(store: &Store, asked: &Asked) -> Result<(), StoreError> {
    let insert = "INSERT INTO asked_jobs (job, bureau, user_id, kind, source, report, folder, at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (job) DO NOTHING";
    store
        .database
        .write(|mut transaction| {
            let values: [Value; 8] = [
                asked.job.clone().into(),
                asked.bureau.as_str().into(),
                asked.user.as_str().into(),
                asked.kind.clone().into(),
                asked.source.clone().into(),
                asked.report.clone().into(),
                asked.folder.clone().into(),
                asked.at.0.into(),
            ];
            async move { transaction.execute(insert, &values).await.map(drop) }
        })
        .await
}

/// What the bureaus within sight asked for, the last first.
///
/// # Errors
/// What the database says.
pub(crate) async fn list(
    store: &Store,
    scope: &Scope,
    kind: &str,
    limit: u32,
) -> Result<Vec<Asked>, StoreError> {
    let select = "SELECT * FROM asked_jobs \
         WHERE bureau IN (SELECT value FROM json_each($1)) AND kind = $2 \
         ORDER BY at DESC, job LIMIT $3";
    let values = [bureaus(scope), kind.into(), i64::from(limit).into()];
    let rows = store.database.fetch(select, &values).await?;
    rows.iter().map(read).collect()
}

/// One of them.
///
/// # Errors
/// What the database says.
pub(crate) async fn find(
    store: &Store,
    scope: &Scope,
    job: &str,
) -> Result<Option<Asked>, StoreError> {
    let select = "SELECT * FROM asked_jobs \
         WHERE bureau IN (SELECT value FROM json_each($1)) AND job = $2";
    let values = [bureaus(scope), job.into()];
    let rows = store.database.fetch(select, &values).await?;
    rows.first().map(read).transpose()
}

fn read(row: &Row) -> Result<Asked, StoreError> {
    Ok(Asked {
        job: row.text("job")?.to_owned(),
        bureau: BureauId::new(row.text("bureau")?),
        user: UserId::new(row.text("user_id")?),
        kind: row.text("kind")?.to_owned(),
        source: row.text("source")?.to_owned(),
        report: row.text("report")?.to_owned(),
        folder: row.text("folder")?.to_owned(),
        at: Moment(row.int("at")?),
    })
}

/// A job as it stands.
///
/// # Errors
/// What the database says.
pub(crate) async fn job(store: &Store, id: &str) -> Result<Job, StoreError> {
    let mut transaction = store.database.read().await?;
    let job = jobs::find(&mut transaction, id).await;
    transaction.rollback().await;
    job
}
