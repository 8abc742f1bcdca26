//! The event log: append-only, numbered without gaps, under a Merkle tree of RFC 6962.
//!
//! # Shape
//! The leaf of an event covers its sequence, time, kind and body ([`leaf`]), so that none of them
//! can be changed, moved, removed or put in without another root. The table `log_frontier` holds
//! the peaks of the tree, so that appending costs the same at any length. Signed heads
//! ([`SignedHead`]) fix the root at a size; one that was printed on paper fixes it for good
//! ([`verify`]).

mod exported;
mod head;
mod key;
mod proof;
mod seal;
mod verify;

use zhida_engine::merkle::{TreeBuilder, TreeHash};

pub(crate) use exported::{ExportedProof, ProofFault, Proved};
pub(crate) use head::{SignedHead, heads, latest_head, sign_head};
pub(crate) use key::{LogKey, PublicKey};
#[cfg(test)]
pub(crate) use proof::leaves;
pub(crate) use proof::{consistency, inclusion};
pub(crate) use seal::{Signed, sign_digest, signed_digest};
#[cfg(test)]
pub(crate) use verify::{LogFault, LogFaultKind, Verified};
pub(crate) use verify::{PrintedHead, verify};

use crate::store::database::{Row, Transaction, Value};
use crate::store::error::StoreError;

/// What the content of a leaf begins with: no other hash of the project begins so.
const LEAF_DOMAIN: &[u8] = b"zhida event 1\n";

/// The bytes of a hash.
const HASH_BYTES: usize = 32;

/// How many events are read at once.
const PAGE: i64 = 4096;

/// An event that is to be appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewEvent {
    /// When it happened, in UTC microseconds; the order of the log is that of the sequence.
    pub at: i64,
    /// What it is.
    pub kind: String,
    /// The rest of it, as canonical JSON.
    pub body: Vec<u8>,
}

/// An event of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EventRecord {
    /// Its number, from 1 without gaps.
    pub sequence: u64,
    /// When it happened, in UTC microseconds.
    pub at: i64,
    /// What it is.
    pub kind: String,
    /// The rest of it.
    pub body: Vec<u8>,
    /// The hash of its leaf.
    pub leaf: TreeHash,
}

/// Where events went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Appended {
    /// The sequence of the first of them.
    pub first: u64,
    /// The sequence of the last of them, which is the size of the log.
    pub last: u64,
    /// The root of the log that ends with them.
    pub root: TreeHash,
}

/// The hash of an event's leaf.
///
/// # Shape
/// The domain, the sequence and the time as eight bytes each, the number of bytes of the kind as
/// four, all with the highest byte first, then the kind and the body. `content` is room to work
/// in, so that a million leaves need one allocation.
pub(crate) fn leaf(
    content: &mut Vec<u8>,
    sequence: u64,
    at: i64,
    kind: &str,
    body: &[u8],
) -> TreeHash {
    // A kind of 4 GiB cannot be stored.
    let length = u32::try_from(kind.len()).unwrap_or(u32::MAX);
    content.clear();
    content.extend_from_slice(LEAF_DOMAIN);
    content.extend_from_slice(&sequence.to_be_bytes());
    content.extend_from_slice(&at.to_be_bytes());
    content.extend_from_slice(&length.to_be_bytes());
    content.extend_from_slice(kind.as_bytes());
    content.extend_from_slice(body);
    TreeHash::of_leaf(content)
}

/// Appends events in the caller's transaction.
///
/// # Errors
/// [`StoreError::Integrity`] when the peaks are not those of a log; what the database says.
pub(crate) async fn append(
    transaction: &mut Transaction,
    events: &[NewEvent],
) -> Result<Appended, StoreError> {
    let mut tree = frontier(transaction).await?;
    let before = tree.size();
    let (mut rows, mut content) = (Vec::with_capacity(events.len()), Vec::new());
    for event in events {
        let sequence = tree.size().saturating_add(1);
        let leaf = leaf(&mut content, sequence, event.at, &event.kind, &event.body);
        tree.push(leaf);
        rows.push(vec![
            Value::size(sequence)?,
            event.at.into(),
            event.kind.as_str().into(),
            event.body.as_slice().into(),
            leaf.0.into(),
        ]);
    }
    let columns = ["sequence", "at", "kind", "body", "leaf"];
    transaction.insert_many("events", &columns, &rows).await?;
    keep_frontier(transaction, before, &tree).await?;
    Ok(Appended {
        first: before.saturating_add(1),
        last: tree.size(),
        root: tree.root(),
    })
}

/// The events after one, in order, a page of them.
///
/// # Errors
/// What the database says.
pub(crate) async fn page(
    transaction: &mut Transaction,
    after: u64,
) -> Result<Vec<EventRecord>, StoreError> {
    page_from(transaction, Value::size(after)?).await
}

async fn page_from(
    transaction: &mut Transaction,
    after: Value,
) -> Result<Vec<EventRecord>, StoreError> {
    let query = "SELECT sequence, at, kind, body, leaf FROM events \
         WHERE sequence > $1 ORDER BY sequence LIMIT $2";
    fetch(transaction, query, &[after, PAGE.into()]).await
}

/// The events that a statement gives with all their columns.
///
/// # Errors
/// What the database says.
pub(crate) async fn fetch(
    transaction: &mut Transaction,
    query: &'static str,
    values: &[Value],
) -> Result<Vec<EventRecord>, StoreError> {
    let rows = transaction.fetch(query, values).await?;
    rows.iter().map(record).collect()
}

fn record(row: &Row) -> Result<EventRecord, StoreError> {
    Ok(EventRecord {
        sequence: row.size("sequence")?,
        at: row.int("at")?,
        kind: row.text("kind")?.to_owned(),
        body: row.blob("body")?.to_vec(),
        leaf: TreeHash(row.array("leaf")?),
    })
}

/// The tree over the whole log, by its peaks.
///
/// # Errors
/// [`StoreError::Integrity`] when the peaks are not those of a log; what the database says.
pub(crate) async fn frontier(transaction: &mut Transaction) -> Result<TreeBuilder, StoreError> {
    let query = "SELECT size, peaks FROM log_frontier WHERE id = 1";
    let row = transaction.fetch_one(query, &[]).await?;
    let row = row.ok_or_else(|| StoreError::Integrity("表 log_frontier 为空".to_owned()))?;
    let size = row.size("size")?;
    let chunks = row.blob("peaks")?.chunks(HASH_BYTES);
    let peaks: Option<Vec<TreeHash>> = chunks
        .map(|chunk| chunk.try_into().ok().map(TreeHash))
        .collect();
    let tree = peaks.and_then(|peaks| TreeBuilder::from_peaks(size, peaks));
    let problem = || format!("表 log_frontier 的峰值个数与日志长度 {size} 不符");
    tree.ok_or_else(|| StoreError::Integrity(problem()))
}

async fn keep_frontier(
    transaction: &mut Transaction,
    before: u64,
    tree: &TreeBuilder,
) -> Result<(), StoreError> {
    let peaks: Vec<u8> = tree.peaks().iter().flat_map(|peak| peak.0).collect();
    let update = "UPDATE log_frontier SET size = $1, peaks = $2 WHERE id = 1 AND size = $3";
    let values = [
        Value::size(tree.size())?,
        peaks.into(),
        Value::size(before)?,
    ];
    match transaction.execute(update, &values).await? {
        1 => Ok(()),
        _ => Err(StoreError::Integrity("日志在追加时被别处改动".to_owned())),
    }
}
