//! One writer that commits the orders of many callers at once: a sync of the disk costs the same
//! for one order as for a hundred.

use tokio::sync::{mpsc, oneshot};

use crate::messages::Templates;
use crate::store::books::submit::{Answered, Request, submit};
use crate::store::database::Database;
use crate::store::error::StoreError;
use crate::store::replies::check_key;

/// How many callers may wait.
const WAITING_MAX: usize = 4_096;
/// How many orders go into one transaction, unless one caller alone has more.
const GROUP_ORDERS: usize = 512;

/// What one caller wants.
struct Job {
    requests: Vec<Request>,
    reply: oneshot::Sender<Result<Vec<Answered>, StoreError>>,
}

/// Where callers hand in their orders.
#[derive(Clone, Debug)]
pub(crate) struct Writer(mpsc::Sender<Job>);

impl Writer {
    /// Starts the writer; it ends when the last copy of the handle is dropped.
    pub(in crate::store) fn start(database: Database, templates: Templates) -> Self {
        let (sender, mut receiver) = mpsc::channel::<Job>(WAITING_MAX);
        tokio::spawn(async move {
            while let Some(first) = receiver.recv().await {
                let mut orders = first.requests.len();
                let mut group = vec![first];
                while orders < GROUP_ORDERS {
                    let Ok(next) = receiver.try_recv() else { break };
                    orders = orders.saturating_add(next.requests.len());
                    group.push(next);
                }
                commit(&database, &templates, group).await;
            }
        });
        Self(sender)
    }

    /// Hands in orders and waits until they are durable, or refused, or failed. A caller who goes
    /// away does not undo them.
    pub(in crate::store) async fn submit(
        &self,
        requests: Vec<Request>,
    ) -> Result<Vec<Answered>, StoreError> {
        // What is wrong with one caller's keys is no matter of the others.
        for request in &requests {
            check_key(&request.key)?;
        }
        let (reply, answer) = oneshot::channel();
        let gone = || StoreError::Uncertain("写入线程已停止".to_owned());
        self.0
            .send(Job { requests, reply })
            .await
            .map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

/// Commits a group, or each caller alone where the group fails.
async fn commit(database: &Database, templates: &Templates, group: Vec<Job>) {
    let all: Vec<Request> = group
        .iter()
        .flat_map(|job| job.requests.iter().cloned())
        .collect();
    let result = write(database, templates, &all).await;
    let answers = match result {
        Ok(answers) => answers,
        Err(error) => return apart(database, templates, group, error).await,
    };
    let mut answers = answers.into_iter();
    for job in group {
        let own = answers.by_ref().take(job.requests.len()).collect();
        let _the_caller_went_away = job.reply.send(Ok(own));
    }
}

/// One of a group cannot be done: the others are not to suffer for it.
async fn apart(database: &Database, templates: &Templates, group: Vec<Job>, error: StoreError) {
    let mut error = Some(error);
    let is_alone = group.len() == 1;
    for job in group {
        let own = match (error.take(), is_alone) {
            (Some(error), true) => Err(error),
            // Nobody knows what became of the group: nobody is told that nothing was done.
            (Some(StoreError::Uncertain(reason)), false) => {
                error = Some(StoreError::Uncertain(reason.clone()));
                Err(StoreError::Uncertain(reason))
            }
            (Some(_) | None, _) => write(database, templates, &job.requests).await,
        };
        let _the_caller_went_away = job.reply.send(own);
    }
}

async fn write(
    database: &Database,
    templates: &Templates,
    requests: &[Request],
) -> Result<Vec<Answered>, StoreError> {
    database
        .write(|mut transaction| async move { submit(&mut transaction, templates, requests).await })
        .await
}
