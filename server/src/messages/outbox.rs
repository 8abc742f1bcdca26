//! What is to be told, written in the transaction of its cause: both are there, or neither is.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use zhida_engine::payouts::{Moment, UserId};
use zhida_policies::values::Uscc;

use crate::messages::kind::Kind;
use crate::messages::templates::Templates;
use crate::store::StoreError;
use crate::store::database::{Transaction, Value};

/// Who is told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Holder {
    /// All who act for an enterprise.
    Enterprise(Uscc),
    /// One account.
    User(UserId),
}

impl fmt::Display for Holder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Enterprise(uscc) => write!(formatter, "enterprise:{uscc}"),
            Self::User(user) => write!(formatter, "user:{user}"),
        }
    }
}

/// Who is told of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// These.
    Holders(Vec<Holder>),
    /// Whoever has subscribed to the topic when the message is made.
    Topic(String),
}

/// A message to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewMessage {
    /// What is told once and never again, whoever reports it how often.
    pub(crate) key: String,
    /// What it tells.
    pub(crate) kind: Kind,
    /// The words of its kind.
    pub(crate) words: BTreeMap<&'static str, String>,
    /// What it is about: the payout, the policy, the job.
    pub(crate) about: Option<String>,
    /// Who is told.
    pub(crate) audience: Audience,
    /// When it happened.
    pub(crate) at: Moment,
}

/// The columns of a message.
const COLUMNS: [&str; 8] = [
    "key",
    "kind",
    "about",
    "subject_zh",
    "body_zh",
    "subject_en",
    "body_en",
    "at",
];

/// Puts messages into the inboxes of those they are for, and into the outbox for each address that
/// those have given.
///
/// # Shape
/// In the caller's transaction, with a handful of statements for any number of messages. A message
/// whose key is known already is left as it is, and nobody is told again.
/// # Errors
/// What the database says.
pub(crate) async fn enqueue(
    transaction: &mut Transaction,
    templates: &Templates,
    messages: &[NewMessage],
) -> Result<(), StoreError> {
    let fresh = fresh(transaction, messages).await?;
    if fresh.is_empty() {
        return Ok(());
    }
    let rows: Vec<Vec<Value>> = fresh
        .iter()
        .map(|message| row(templates, message))
        .collect();
    transaction.insert_many("messages", &COLUMNS, &rows).await?;
    let mut inbox = Vec::new();
    for message in &fresh {
        let (key, at) = (Value::from(message.key.as_str()), Value::Int(message.at.0));
        match &message.audience {
            Audience::Holders(holders) => {
                let holders: BTreeSet<String> = holders.iter().map(Holder::to_string).collect();
                let of_holder = |holder: String| vec![holder.into(), key.clone(), at.clone()];
                inbox.extend(holders.into_iter().map(of_holder));
            }
            Audience::Topic(topic) => {
                let insert = "INSERT INTO inbox (holder, message, at) \
                     SELECT holder, $1, $2 FROM subscriptions WHERE topic = $3";
                let values = [key, at, topic.as_str().into()];
                transaction.execute(insert, &values).await?;
            }
        }
    }
    transaction
        .insert_many("inbox", &["holder", "message", "at"], &inbox)
        .await?;
    let insert = "INSERT INTO deliveries \
         (message, holder, channel, address, language, state, tries, next_at, changed_at) \
         SELECT i.message, i.holder, c.channel, c.address, c.language, 'waiting', 0, i.at, i.at \
         FROM inbox i JOIN contacts c ON c.holder = i.holder \
         WHERE i.message IN (SELECT value FROM json_each($1))";
    let keys: Vec<&str> = fresh.iter().map(|message| message.key.as_str()).collect();
    transaction.execute(insert, &[list(&keys)?]).await?;
    Ok(())
}

/// Puts a message into some more inboxes, and into the outbox for the addresses of their holders:
/// for messages to so many that one transaction would keep others waiting. Whoever has it already
/// is not told again.
///
/// # Errors
/// What the database says.
pub(crate) async fn enqueue_for(
    transaction: &mut Transaction,
    templates: &Templates,
    message: &NewMessage,
    holders: &[Holder],
) -> Result<(), StoreError> {
    let fresh = fresh(transaction, std::slice::from_ref(message)).await?;
    let rows: Vec<Vec<Value>> = fresh.iter().map(|one| row(templates, one)).collect();
    transaction.insert_many("messages", &COLUMNS, &rows).await?;
    let names: BTreeSet<String> = holders.iter().map(Holder::to_string).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let values = [
        message.key.as_str().into(),
        Value::Int(message.at.0),
        list(&names)?,
    ];
    let inbox = "INSERT INTO inbox (holder, message, at) \
         SELECT h.value, $1, $2 FROM json_each($3) h WHERE h.value <> '' \
         ON CONFLICT (holder, message) DO NOTHING";
    transaction.execute(inbox, &values).await?;
    let deliveries = "INSERT INTO deliveries \
         (message, holder, channel, address, language, state, tries, next_at, changed_at) \
         SELECT $1, c.holder, c.channel, c.address, c.language, 'waiting', 0, $2, $2 \
         FROM contacts c WHERE c.holder IN (SELECT value FROM json_each($3)) \
         ON CONFLICT (message, holder, channel, address) DO NOTHING";
    transaction.execute(deliveries, &values).await.map(drop)
}

/// The messages whose keys are not known, each once.
async fn fresh<'m>(
    transaction: &mut Transaction,
    messages: &'m [NewMessage],
) -> Result<Vec<&'m NewMessage>, StoreError> {
    if messages.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<&str> = messages
        .iter()
        .map(|message| message.key.as_str())
        .collect();
    let query = "SELECT key FROM messages WHERE key IN (SELECT value FROM json_each($1))";
    let mut known = BTreeSet::new();
    for row in transaction.fetch(query, &[list(&keys)?]).await? {
        known.insert(row.text("key")?.to_owned());
    }
    let is_fresh = |message: &&NewMessage| known.insert(message.key.clone());
    Ok(messages.iter().filter(is_fresh).collect())
}

fn row(templates: &Templates, message: &NewMessage) -> Vec<Value> {
    let texts = templates.fill(message.kind, &message.words);
    vec![
        message.key.as_str().into(),
        message.kind.name().into(),
        message.about.clone().into(),
        texts.zh.subject.into(),
        texts.zh.body.into(),
        texts.en.subject.into(),
        texts.en.body.into(),
        message.at.0.into(),
    ]
}

pub(super) fn list(texts: &[&str]) -> Result<Value, StoreError> {
    let list = serde_json::to_string(texts);
    let list = list.map_err(|error| StoreError::Integrity(error.to_string()))?;
    Ok(list.into())
}
