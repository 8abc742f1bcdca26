//! Replies by idempotency key: a command that comes twice is done once and answered the same.
//!
//! A reply is written in the transaction of its command and is kept for ever, so that a key never
//! comes to mean something else.

use crate::store::database::{Transaction, Value};
use crate::store::error::StoreError;
use crate::store::log::Appended;

/// The most characters of an idempotency key.
const KEY_CHARS_MAX: usize = 200;

/// The answer to a command that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    /// The sequences of its events, first and last; nothing when it made none.
    pub events: Option<(u64, u64)>,
    /// The bytes that were answered.
    pub bytes: Vec<u8>,
}

/// The reply to a key, if it was used before for the same command.
///
/// # Errors
/// [`StoreError::KeyReused`] when it was used for another, [`StoreError::Name`] when it cannot be
/// a key; what the database says.
pub(crate) async fn find(
    transaction: &mut Transaction,
    key: &str,
    command: &[u8; 32],
) -> Result<Option<Reply>, StoreError> {
    check_key(key)?;
    let query = "SELECT command, first_sequence, last_sequence, reply FROM replies \
         WHERE key = $1";
    let Some(row) = transaction.fetch_one(query, &[key.into()]).await? else {
        return Ok(None);
    };
    if row.array::<32>("command")? != *command {
        return Err(StoreError::KeyReused(key.to_owned()));
    }
    let events = match row.int_or_null("first_sequence")? {
        None => None,
        Some(_) => Some((row.size("first_sequence")?, row.size("last_sequence")?)),
    };
    let bytes = row.blob("reply")?.to_vec();
    Ok(Some(Reply { events, bytes }))
}

/// Keeps the reply to a key in the transaction of the command.
///
/// # Errors
/// [`StoreError::Database`] with [`StoreError::is_duplicate`] when the key has a reply; what the
/// database says.
pub(crate) async fn keep(
    transaction: &mut Transaction,
    key: &str,
    command: &[u8; 32],
    events: Option<&Appended>,
    reply: &[u8],
    at: i64,
) -> Result<(), StoreError> {
    check_key(key)?;
    let insert = "INSERT INTO replies \
         (key, command, first_sequence, last_sequence, reply, at) \
         VALUES ($1, $2, $3, $4, $5, $6)";
    let events = events.filter(|events| events.first <= events.last);
    let (first, last) = match events {
        Some(events) => (Value::size(events.first)?, Value::size(events.last)?),
        None => (Value::Null, Value::Null),
    };
    let command = Value::from(*command);
    let values = [key.into(), command, first, last, reply.into(), at.into()];
    transaction.execute(insert, &values).await?;
    Ok(())
}

fn check_key(key: &str) -> Result<(), StoreError> {
    let problem = if key.trim().is_empty() {
        "不能为空"
    } else if key.chars().count() > KEY_CHARS_MAX {
        "超过 200 个字符"
    } else if key.chars().any(char::is_control) {
        "含有控制字符"
    } else {
        return Ok(());
    };
    Err(StoreError::Name {
        what: "幂等键",
        value: key.chars().take(KEY_CHARS_MAX).collect(),
        problem,
    })
}
