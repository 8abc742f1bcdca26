//! The tables of things, compared with the books that the log comes to.

use std::collections::{BTreeMap, BTreeSet};

use zhida_engine::payouts::{Payout, Thing};

use super::Checked;
use super::replay::Replay;
use crate::store::books::papers::{self, PAPERS};
use crate::store::books::tables::{ATTEMPTS, TABLES, Table, attempt_rows, list, row};
use crate::store::database::{Row, Transaction, Value};
use crate::store::error::StoreError;

/// How many rows are compared at once.
const CHUNK: usize = 1_000;

/// One row as it must stand, and whose it is.
struct Expected {
    of: String,
    values: Vec<Value>,
}

/// Rows of one table that are compared together, by name.
struct Chunk {
    place: usize,
    rows: BTreeMap<String, Expected>,
    payouts: Vec<Payout>,
    /// The files that they name, by holder and digest.
    papers: BTreeMap<String, Expected>,
    /// Who may name files.
    holders: Vec<String>,
}

/// Compares every row of every table.
pub(super) async fn compare(transaction: &mut Transaction, replay: &Replay) -> Checked {
    let mut counts = [0u64; TABLES.len()];
    let (mut attempts, mut papers) = (0u64, 0u64);
    let mut chunk = Chunk::new(0);
    for thing in replay.books.things() {
        let (place, name, values) = row(&thing)?;
        if place != chunk.place || chunk.rows.len() >= CHUNK {
            if let Err(fault) = chunk.compare(transaction, replay).await? {
                return Ok(Err(fault));
            }
            chunk = Chunk::new(place);
        }
        if let Some(count) = counts.get_mut(place) {
            *count = count.saturating_add(1);
        }
        papers = papers.saturating_add(chunk.names_files(&thing, &name));
        if let Thing::Payout(payout) = thing {
            let of_payout = u64::try_from(payout.attempts.len()).unwrap_or(u64::MAX);
            attempts = attempts.saturating_add(of_payout);
            chunk.payouts.push(*payout);
        }
        let of = name.clone();
        chunk.rows.insert(name, Expected { of, values });
    }
    if let Err(fault) = chunk.compare(transaction, replay).await? {
        return Ok(Err(fault));
    }
    for (place, (table, expected)) in TABLES.iter().zip(counts).enumerate() {
        if let Err(fault) = refuse_extra(transaction, replay, table, place, expected).await? {
            return Ok(Err(fault));
        }
    }
    if let Err(fault) = refuse_extra(transaction, replay, &ATTEMPTS, PAYOUTS, attempts).await? {
        return Ok(Err(fault));
    }
    refuse_count(transaction, &PAPERS, papers).await
}

/// The place of the payouts among the tables.
const PAYOUTS: usize = 7;

impl Chunk {
    fn new(place: usize) -> Self {
        Self {
            place,
            rows: BTreeMap::new(),
            payouts: Vec::new(),
            papers: BTreeMap::new(),
            holders: Vec::new(),
        }
    }

    /// Takes the files up that a thing names; how many.
    fn names_files(&mut self, thing: &Thing, name: &str) -> u64 {
        let Some((holder, rows)) = papers::rows(thing, (self.place, name)) else {
            return 0;
        };
        let count = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        for values in rows {
            let of = name.to_owned();
            self.papers.insert(paper(&values), Expected { of, values });
        }
        self.holders.push(holder);
        count
    }

    async fn compare(self, transaction: &mut Transaction, replay: &Replay) -> Checked {
        let Some(table) = TABLES.get(self.place) else {
            return Ok(Ok(()));
        };
        let names: Vec<&str> = self.rows.keys().map(String::as_str).collect();
        let names = list(&names);
        let (of_table, rows) = (table.name, self.rows);
        if let Err(fault) =
            compare_rows(transaction, replay, (table, of_table), &names, rows).await?
        {
            return Ok(Err(fault));
        }
        let (holders, files) = (list(&self.holders), self.papers);
        let of = (&PAPERS, of_table);
        if let Err(fault) = compare_rows(transaction, replay, of, &holders, files).await? {
            return Ok(Err(fault));
        }
        if self.payouts.is_empty() {
            return Ok(Ok(()));
        }
        let mut attempts = BTreeMap::new();
        for payout in &self.payouts {
            for (attempt, values) in payout.attempts.iter().zip(attempt_rows(payout)) {
                let of = payout.id.to_string();
                let name = attempt.end_to_end_id.to_string();
                attempts.insert(name, Expected { of, values });
            }
        }
        let of = (&ATTEMPTS, of_table);
        compare_rows(transaction, replay, of, &names, attempts).await
    }
}

/// What a row of papers is called: its holder and its digest.
fn paper(values: &[Value]) -> String {
    let texts = values.iter().map(|value| match value {
        Value::Text(text) => text.as_str(),
        Value::Int(_) | Value::Blob(_) | Value::Null => "",
    });
    texts.collect::<Vec<_>>().join(" ")
}

/// What a row of a table is called.
fn called(table: &Table, row: &Row) -> Result<String, StoreError> {
    if table.name == PAPERS.name {
        let [holder, thing, digest] = ["holder", "thing", "digest"].map(|name| row.text(name));
        return Ok(format!("{} {} {}", holder?, thing?, digest?));
    }
    let key = match table.name == ATTEMPTS.name {
        true => "end_to_end_id",
        false => "id",
    };
    Ok(row.text(key)?.to_owned())
}

/// Compares the rows of a table that have these names, and belong to things of another.
async fn compare_rows(
    transaction: &mut Transaction,
    replay: &Replay,
    (table, of_table): (&Table, &'static str),
    names: &str,
    mut expected: BTreeMap<String, Expected>,
) -> Checked {
    let name = table.name;
    for row in transaction.fetch(table.named, &[names.into()]).await? {
        let found = called(table, &row)?;
        let Some(Expected { of, values }) = expected.remove(&found) else {
            return Ok(Err(format!("表 {name} 多出记录 {found}")));
        };
        for (column, value) in table.columns.iter().zip(&values) {
            if !is_same(&row, column, value)? {
                let as_of = replay.as_of(of_table, &of);
                return Ok(Err(format!(
                    "表 {name} 的记录 {found}{as_of}:{column} 被改动"
                )));
            }
        }
    }
    match expected.first_key_value() {
        Some((missing, Expected { of, .. })) => {
            let as_of = replay.as_of(of_table, of);
            Ok(Err(format!("表 {name} 缺少记录 {missing}{as_of}")))
        }
        None => Ok(Ok(())),
    }
}

/// What the log does not know of must not be there; it is looked for only where there is more
/// than there should be.
async fn refuse_extra(
    transaction: &mut Transaction,
    replay: &Replay,
    table: &Table,
    place: usize,
    expected: u64,
) -> Checked {
    let row = transaction.fetch_one(table.count, &[]).await?;
    let found = row.map_or(Ok(0), |row| row.size("count"))?;
    if found == expected {
        return Ok(Ok(()));
    }
    let mut known = BTreeSet::new();
    for thing in replay.books.things() {
        let (of, name, _) = self::row(&thing)?;
        if of == place {
            known.insert(name);
        }
    }
    let mut after = String::new();
    loop {
        let chunk = Value::size(u64::try_from(CHUNK).unwrap_or(u64::MAX))?;
        let rows = transaction
            .fetch(table.keys_after, &[after.as_str().into(), chunk])
            .await?;
        let Some(last) = rows.last() else { break };
        after = last.text("key")?.to_owned();
        for row in &rows {
            let key = row.text("key")?;
            if !known.contains(key) {
                return Ok(Err(format!("表 {} 多出记录 {key}", table.name)));
            }
        }
    }
    Ok(Err(format!(
        "表 {} 有 {found} 条记录,日志里应有 {expected} 条",
        table.name
    )))
}

/// What is too much of a table that belongs to all things: each of its rows was compared before.
async fn refuse_count(transaction: &mut Transaction, table: &Table, expected: u64) -> Checked {
    let row = transaction.fetch_one(table.count, &[]).await?;
    let found = row.map_or(Ok(0), |row| row.size("count"))?;
    if found == expected {
        return Ok(Ok(()));
    }
    Ok(Err(format!(
        "表 {} 有 {found} 条记录,日志里应有 {expected} 条",
        table.name
    )))
}

fn is_same(row: &Row, column: &str, value: &Value) -> Result<bool, StoreError> {
    Ok(match value {
        Value::Int(number) => row.int_or_null(column)? == Some(*number),
        Value::Text(text) => row.text_or_null(column)? == Some(text.as_str()),
        Value::Null => row.text_or_null(column)?.is_none(),
        Value::Blob(_) => false,
    })
}
