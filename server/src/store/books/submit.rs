//! Orders in one transaction: decided on the part of the books that they need, and written with
//! their postings, events and replies; or nothing is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zhida_engine::payouts::{Effects, Order, Posting, Subject, Thing};

use super::changes;
use super::papers;
use crate::messages::{self, NewMessage, Templates};
use crate::store::books::load::load;
use crate::store::books::tables::{
    ATTEMPTS, Rows, TABLES, attempt_rows, delegation_id, list, replace, row,
};
use crate::store::database::{Transaction, Value};
use crate::store::error::StoreError;
use crate::store::log::{self, NewEvent};

/// One order under its idempotency key.
#[derive(Clone, Debug)]
pub struct Request {
    /// The key; never used for anything else.
    pub key: String,
    /// The order.
    pub order: Order,
}

/// What became of an order. The same key is answered with the same bytes for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answered {
    /// Carried out.
    Done {
        /// Its number in the log.
        sequence: u64,
        /// What it posted.
        postings: Vec<Posting>,
    },
    /// Refused; nothing changed.
    Refused {
        /// The number of the refusal in the log.
        sequence: u64,
        /// The published number of the reason.
        code: u16,
        /// The reason in words.
        message: String,
    },
}

/// What an event of the log says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// The idempotency key.
    pub(crate) key: String,
    /// The order.
    pub(crate) order: Order,
    /// Why it was refused, by number.
    pub(crate) refused: Option<u16>,
}

/// The kind of events that were carried out.
pub(crate) const ORDER: &str = "order";
/// The kind of events that were refused.
pub(crate) const REFUSED: &str = "refused";

/// Everything that a group of orders writes.
#[derive(Default)]
struct Writes {
    tables: BTreeMap<usize, BTreeMap<String, Vec<Value>>>,
    attempts: BTreeMap<String, Vec<Vec<Value>>>,
    /// Which files the things name, by holder.
    papers: BTreeMap<String, Vec<Vec<Value>>>,
    ended: Vec<String>,
    postings: Vec<Vec<Value>>,
    /// Which payouts the events changed.
    changes: Vec<Vec<Value>>,
    events: Vec<NewEvent>,
    replies: Vec<Vec<Value>>,
    messages: Vec<NewMessage>,
}

/// Carries out a group of orders, one after the other.
pub(super) async fn submit(
    transaction: &mut Transaction,
    templates: &Templates,
    requests: &[Request],
) -> Result<Vec<Answered>, StoreError> {
    let known = known(transaction, requests).await?;
    let fresh = requests
        .iter()
        .zip(&known)
        .filter(|(_, known)| known.is_none());
    let subjects: Vec<Subject> = fresh
        .flat_map(|(request, _)| request.order.subjects())
        .collect();
    let mut books = load(transaction, &subjects).await?;
    let mut sequence = log::frontier(transaction).await?.size();
    let mut writes = Writes::default();
    let mut answers: Vec<Answered> = Vec::with_capacity(requests.len());
    let mut of_group: BTreeMap<&str, usize> = BTreeMap::new();
    for (request, known) in requests.iter().zip(known) {
        if let Some(known) = known {
            answers.push(known);
            continue;
        }
        // The same key twice in one group.
        if let Some(first) = of_group.get(request.key.as_str()) {
            let same = requests
                .get(*first)
                .is_some_and(|first| is_same(first, request));
            match answers.get(*first).cloned() {
                Some(answer) if same => answers.push(answer),
                Some(_) | None => return Err(StoreError::KeyReused(request.key.clone())),
            }
            continue;
        }
        of_group.insert(&request.key, answers.len());
        sequence = sequence.saturating_add(1);
        let answer = match books.decide(&request.order) {
            Ok(effects) => {
                let told = messages::of_order(&books, &request.order, &effects, sequence);
                writes.messages.extend(told);
                books.apply(&effects);
                writes.done(request, sequence, effects)?
            }
            Err(refusal) => {
                writes.refused(request, sequence, refusal.code(), refusal.to_string())?
            }
        };
        answers.push(answer);
    }
    let told = std::mem::take(&mut writes.messages);
    writes.flush(transaction).await?;
    messages::enqueue(transaction, templates, &told).await?;
    Ok(answers)
}

/// The answers to keys that were used before for the same order.
async fn known(
    transaction: &mut Transaction,
    requests: &[Request],
) -> Result<Vec<Option<Answered>>, StoreError> {
    let keys: Vec<&str> = requests
        .iter()
        .map(|request| request.key.as_str())
        .collect();
    let query = "SELECT key, command, reply FROM replies \
         WHERE key IN (SELECT value FROM json_each($1))";
    let mut by_key: BTreeMap<String, ([u8; 32], Vec<u8>)> = BTreeMap::new();
    for row in transaction.fetch(query, &[list(&keys).into()]).await? {
        let command = row.array::<32>("command")?;
        let reply = row.blob("reply")?.to_vec();
        by_key.insert(row.text("key")?.to_owned(), (command, reply));
    }
    let answer = |request: &Request| {
        let Some((command, reply)) = by_key.get(&request.key) else {
            return Ok(None);
        };
        if *command != command_digest(&request.order)? {
            return Err(StoreError::KeyReused(request.key.clone()));
        }
        let answer = serde_json::from_slice(reply);
        answer
            .map(Some)
            .map_err(|error| StoreError::Integrity(error.to_string()))
    };
    requests.iter().map(answer).collect()
}

fn is_same(first: &Request, other: &Request) -> bool {
    let (first, other) = (&first.order, &other.order);
    (&first.actor, &first.command) == (&other.actor, &other.command)
}

/// What makes two commands the same: who and what, not when.
pub(crate) fn command_digest(order: &Order) -> Result<[u8; 32], StoreError> {
    let bytes = json(&(&order.actor, &order.command))?;
    Ok(Sha256::digest(bytes).into())
}

pub(crate) fn json(value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(value).map_err(|error| StoreError::Integrity(error.to_string()))
}

impl Writes {
    fn done(
        &mut self,
        request: &Request,
        sequence: u64,
        effects: Effects,
    ) -> Result<Answered, StoreError> {
        for thing in &effects.things {
            self.thing(thing)?;
        }
        for lent in &effects.ended {
            let name = delegation_id(lent);
            // One that was lent in the same group is not written at all.
            for rows in self.tables.values_mut() {
                rows.remove(&name);
            }
            self.ended.push(name);
        }
        for (place, posting) in (0i64..).zip(&effects.postings) {
            self.postings.push(posting_row(sequence, place, posting)?);
        }
        let changes = changes::rows(sequence, &request.order.command, &effects)?;
        self.changes.extend(changes);
        let answer = Answered::Done {
            sequence,
            postings: effects.postings,
        };
        self.entry(request, sequence, None, &answer)?;
        Ok(answer)
    }

    fn refused(
        &mut self,
        request: &Request,
        sequence: u64,
        code: u16,
        message: String,
    ) -> Result<Answered, StoreError> {
        let answer = Answered::Refused {
            sequence,
            code,
            message,
        };
        self.entry(request, sequence, Some(code), &answer)?;
        Ok(answer)
    }

    fn thing(&mut self, thing: &Thing) -> Result<(), StoreError> {
        let (table, name, row) = row(thing)?;
        if let Thing::Delegation(_) = thing {
            self.ended.retain(|ended| *ended != name);
        }
        if let Thing::Payout(payout) = thing {
            self.attempts.insert(name.clone(), attempt_rows(payout));
        }
        self.papers.extend(papers::rows(thing, (table, &name)));
        self.tables.entry(table).or_default().insert(name, row);
        Ok(())
    }

    fn entry(
        &mut self,
        request: &Request,
        sequence: u64,
        refused: Option<u16>,
        answer: &Answered,
    ) -> Result<(), StoreError> {
        let entry = Entry {
            key: request.key.clone(),
            order: request.order.clone(),
            refused,
        };
        let kind = if refused.is_some() { REFUSED } else { ORDER };
        self.events.push(NewEvent {
            at: request.order.at.0,
            kind: kind.to_owned(),
            body: json(&entry)?,
        });
        self.replies.push(vec![
            request.key.as_str().into(),
            command_digest(&request.order)?.into(),
            Value::size(sequence)?,
            Value::size(sequence)?,
            json(answer)?.into(),
            request.order.at.0.into(),
        ]);
        Ok(())
    }

    async fn flush(self, transaction: &mut Transaction) -> Result<(), StoreError> {
        if self.events.is_empty() {
            return Ok(());
        }
        if !self.ended.is_empty() {
            let delete = "DELETE FROM delegations \
                 WHERE id IN (SELECT value FROM json_each($1))";
            transaction
                .execute(delete, &[list(&self.ended).into()])
                .await?;
        }
        for (place, rows) in self.tables {
            let Some(table) = TABLES.get(place) else {
                continue;
            };
            let (names, rows) = rows.into_iter().unzip();
            replace(transaction, table, &Rows { names, rows }).await?;
        }
        let attempts = Rows {
            names: self.attempts.keys().cloned().collect(),
            rows: self.attempts.into_values().flatten().collect(),
        };
        replace(transaction, &ATTEMPTS, &attempts).await?;
        papers::put(transaction, self.papers).await?;
        let columns = ["sequence", "place", "line", "account", "fen"];
        transaction
            .insert_many("postings", &columns, &self.postings)
            .await?;
        transaction
            .insert_many(changes::TABLE, &changes::COLUMNS, &self.changes)
            .await?;
        log::append(transaction, &self.events).await?;
        let columns = [
            "key",
            "command",
            "first_sequence",
            "last_sequence",
            "reply",
            "at",
        ];
        transaction
            .insert_many("replies", &columns, &self.replies)
            .await
    }
}

/// A posting as it is kept.
pub(crate) fn posting_row(
    sequence: u64,
    place: i64,
    posting: &Posting,
) -> Result<Vec<Value>, StoreError> {
    Ok(vec![
        Value::size(sequence)?,
        place.into(),
        Value::Text(posting.line.to_string()),
        posting.account.name().into(),
        posting.fen.into(),
    ])
}
