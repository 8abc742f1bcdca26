//! Long work tells whoever asked for it how it ended.
//!
//! # Shape
//! Who asks for a job has subscribed to it; the message comes in the transaction that ends it.

use std::collections::BTreeMap;

use zhida_engine::payouts::{Actor, Moment};

use crate::messages::inbox;
use crate::messages::kind::Kind;
use crate::messages::outbox::{Audience, Holder, NewMessage, enqueue};
use crate::messages::templates::Templates;
use crate::store::StoreError;
use crate::store::database::Transaction;
use crate::store::jobs::{Job, JobState};

/// Notes who wants to know how a job ends; the system itself does not.
///
/// # Errors
/// What the database says.
pub(crate) async fn follow_job(
    transaction: &mut Transaction,
    job: &str,
    actor: &Actor,
    at: i64,
) -> Result<(), StoreError> {
    let user = match actor {
        Actor::User(user) | Actor::Delegate { user, .. } => user,
        Actor::Assisted { clerk, .. } => clerk,
        Actor::System => return Ok(()),
    };
    let holder = Holder::User(user.clone());
    inbox::subscribe(transaction, &holder, &topic(job), at).await
}

/// Tells how a job ended; nothing while it has not, or when somebody took it back.
///
/// # Errors
/// What the database says.
pub(crate) async fn tell_job(
    transaction: &mut Transaction,
    templates: &Templates,
    job: &Job,
    title: &str,
    at: i64,
) -> Result<(), StoreError> {
    match message(job, title, Moment(at)) {
        Some(message) => enqueue(transaction, templates, &[message]).await,
        None => Ok(()),
    }
}

/// What a job that ended tells.
pub(super) fn message(job: &Job, title: &str, at: Moment) -> Option<NewMessage> {
    let mut words = BTreeMap::from([("title", title.to_owned()), ("job", job.id.clone())]);
    let kind = match job.state {
        JobState::Done => {
            let digest = job.result.unwrap_or_default();
            let digest = digest.iter().map(|byte| format!("{byte:02x}"));
            words.insert("result", digest.collect());
            Kind::JobDone
        }
        JobState::Failed => {
            words.insert("problem", job.message.clone().unwrap_or_default());
            Kind::JobFailed
        }
        JobState::Queued | JobState::Running | JobState::Cancelled => return None,
    };
    Some(NewMessage {
        key: format!("{}:{}", kind.name(), job.id),
        kind,
        words,
        about: Some(job.id.clone()),
        audience: Audience::Topic(topic(&job.id)),
        at,
    })
}

fn topic(job: &str) -> String {
    format!("job:{job}")
}
