//! Which events changed which payout, so that the history of one is read and not looked for in the
//! whole log.
//!
//! # Shape
//! The table follows from the log: an order writes its rows in its own transaction, a verification
//! compares every row, and what was logged before there was a table is filled in when the store is
//! opened.

use std::collections::BTreeSet;

use zhida_engine::payouts::{Books, Command, Effects, PayoutId, Thing};

use crate::store::books::submit::{Entry, ORDER};
use crate::store::database::{Database, Transaction, Value};
use crate::store::error::StoreError;
use crate::store::log::{self, EventRecord};
use crate::store::settings;

/// The table.
pub(super) const TABLE: &str = "payout_changes";
/// Its columns.
pub(super) const COLUMNS: [&str; 3] = ["sequence", "payout", "is_alone"];
/// The setting that says up to which event the table was filled when it was new.
const FILLED: &str = "payout_changes.filled";
/// The value of the setting when nothing is left to be filled in.
const WHOLE: &str = "whole";

/// The events of a payout, in order.
const ALL: &str = "SELECT e.sequence, e.at, e.kind, e.body, e.leaf FROM payout_changes c \
     JOIN events e ON e.sequence = c.sequence WHERE c.payout = $1 ORDER BY c.sequence";
/// The last event of a payout.
const LAST: &str = "SELECT e.sequence, e.at, e.kind, e.body, e.leaf FROM payout_changes c \
     JOIN events e ON e.sequence = c.sequence WHERE c.payout = $1 ORDER BY c.sequence DESC LIMIT 1";
/// Those that are about it alone, the last one first.
const ALONE: &str = "SELECT e.sequence, e.at, e.kind, e.body, e.leaf FROM payout_changes c \
     JOIN events e ON e.sequence = c.sequence WHERE c.payout = $1 AND c.is_alone = 1 \
     ORDER BY c.sequence DESC";

/// The events that changed a payout, in order.
///
/// # Errors
/// What the database says.
pub(super) async fn all(
    transaction: &mut Transaction,
    payout: &PayoutId,
) -> Result<Vec<EventRecord>, StoreError> {
    log::fetch(transaction, ALL, &[payout.as_str().into()]).await
}

/// The last event that changed a payout.
///
/// # Errors
/// What the database says.
pub(super) async fn last(
    transaction: &mut Transaction,
    payout: &PayoutId,
) -> Result<Option<EventRecord>, StoreError> {
    let found = log::fetch(transaction, LAST, &[payout.as_str().into()]).await?;
    Ok(found.into_iter().next())
}

/// The events that changed a payout and were about no other and nothing else, the last one first.
///
/// # Errors
/// What the database says.
pub(super) async fn alone(
    transaction: &mut Transaction,
    payout: &PayoutId,
) -> Result<Vec<EventRecord>, StoreError> {
    log::fetch(transaction, ALONE, &[payout.as_str().into()]).await
}

/// What an order changed, as rows.
///
/// # Errors
/// [`StoreError::Integrity`] for a number that no database holds.
pub(super) fn rows(
    sequence: u64,
    command: &Command,
    effects: &Effects,
) -> Result<Vec<Vec<Value>>, StoreError> {
    let rows = keys(sequence, command, effects).into_iter();
    let rows = rows.map(|(sequence, payout, is_alone)| {
        Ok(vec![Value::size(sequence)?, payout.into(), is_alone.into()])
    });
    rows.collect()
}

/// What an order changed: its number, the payout, and 1 where it is about this one alone.
pub(super) fn keys(sequence: u64, command: &Command, effects: &Effects) -> Vec<(u64, String, i64)> {
    let is_alone = i64::from(is_about_one(command));
    let payouts = changed(effects).into_iter();
    let keys = payouts.map(|payout| (sequence, payout.to_owned(), is_alone));
    keys.collect()
}

/// The payouts that an order changed, each once.
fn changed(effects: &Effects) -> BTreeSet<&str> {
    let things = effects.things.iter();
    let payouts = things.filter_map(|thing| match thing {
        Thing::Payout(payout) => Some(payout.id.as_str()),
        Thing::User(_)
        | Thing::Delegation(_)
        | Thing::Settings(_)
        | Thing::Line(_)
        | Thing::Payer(_)
        | Thing::Payee(_)
        | Thing::Bar(_)
        | Thing::Notice(_)
        | Thing::Batch(_)
        | Thing::Motion(_)
        | Thing::BankLine(_)
        | Thing::Policy(_) => None,
    });
    payouts.collect()
}

/// Fills in what was logged before there was a table. Where nothing is missing, nothing is read
/// but a setting.
///
/// # Shape
/// A page of the log at a time; how far it is goes into the same transaction, so that whoever was
/// stopped goes on from there.
/// # Errors
/// [`StoreError::Integrity`] when the log cannot be executed; what the database says.
pub(super) async fn fill(database: &Database) -> Result<(), StoreError> {
    let mut transaction = database.read().await?;
    let known = settings::find(&mut transaction, FILLED).await;
    transaction.rollback().await;
    let filled: u64 = match known?.as_deref() {
        Some(WHOLE) => return Ok(()),
        Some(known) => known
            .parse()
            .map_err(|_| StoreError::Integrity(format!("设置 {FILLED} 读不出来:{known}")))?,
        None => 0,
    };
    let any = "SELECT sequence FROM payout_changes LIMIT 1";
    if filled == 0 && !database.fetch(any, &[]).await?.is_empty() {
        // Filling says how far it is with its first rows: somebody took the setting away. What is
        // missing is for a verification to find.
        return write(database, &[], WHOLE).await;
    }
    let (mut books, mut after) = (Books::new(), 0_u64);
    loop {
        let mut transaction = database.read().await?;
        let page = log::page(&mut transaction, after).await;
        transaction.rollback().await;
        let page = page?;
        let Some(last) = page.last() else { break };
        after = last.sequence;
        let mut rows = Vec::new();
        for event in page.iter().filter(|event| event.kind == ORDER) {
            let of_event = executed(&mut books, event)?;
            if event.sequence > filled {
                rows.extend(of_event);
            }
        }
        if after > filled {
            write(database, &rows, &after.to_string()).await?;
        }
    }
    write(database, &[], WHOLE).await
}

async fn write(database: &Database, rows: &[Vec<Value>], filled: &str) -> Result<(), StoreError> {
    database
        .write(|mut transaction| async move {
            transaction.insert_many(TABLE, &COLUMNS, rows).await?;
            settings::put(&mut transaction, FILLED, filled).await
        })
        .await
}

/// Carries an order of the log out again; what it changed.
fn executed(books: &mut Books, event: &EventRecord) -> Result<Vec<Vec<Value>>, StoreError> {
    let sequence = event.sequence;
    let wrong = |what: String| StoreError::Integrity(format!("日志第 {sequence} 条:{what}"));
    let entry: Entry =
        serde_json::from_slice(&event.body).map_err(|error| wrong(error.to_string()))?;
    let effects = books
        .execute(&entry.order)
        .map_err(|refusal| wrong(refusal.to_string()))?;
    rows(sequence, &entry.order.command, &effects)
}

/// Whether an order is about one payout and holds nothing that its enterprise may not know: not who
/// objected, nor why something was sent back.
///
/// The table holds the answer: where it comes to be another one for a command, a step of the schema
/// has to empty table and setting.
fn is_about_one(command: &Command) -> bool {
    match command {
        Command::Entitle(_)
        | Command::Propose { .. }
        | Command::Check { .. }
        | Command::Approve { .. }
        | Command::EndNotice { .. }
        | Command::Confirm { .. }
        | Command::Decline { .. }
        | Command::Remind { .. }
        | Command::Expire { .. }
        | Command::MarkUnknown { .. }
        | Command::Answer { .. }
        | Command::Settle { .. } => true,
        Command::SendBack { .. }
        | Command::Drop { .. }
        | Command::Publish(_)
        | Command::Object { .. }
        | Command::MakeBatch(_)
        | Command::Unbatch { .. }
        | Command::Seal { .. }
        | Command::BeginSending { .. }
        | Command::Sent { .. }
        | Command::StrayLine { .. }
        | Command::Recover { .. }
        | Command::OpenMotion { .. }
        | Command::SignMotion { .. }
        | Command::WithdrawMotion { .. }
        | Command::Enact { .. }
        | Command::BlockPayee { .. }
        | Command::Delegate(_)
        | Command::EndDelegation(_)
        | Command::SetUp { .. }
        | Command::SetPayer(_)
        | Command::SetLine { .. }
        | Command::Configure { .. }
        | Command::Suspend { .. } => false,
    }
}
