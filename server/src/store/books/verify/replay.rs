//! The log, executed from its first event to its last, with the rows that its events wrote.

use std::collections::{BTreeMap, BTreeSet};

use zhida_engine::payouts::{Books, Posting};

use super::Checked;
use crate::accounts;
use crate::store::books::FILE;
use crate::store::books::changes;
use crate::store::books::submit::{
    Answered, Entry, ORDER, REFUSED, command_digest, json, posting_row,
};
use crate::store::books::tables::{TABLES, list, row};
use crate::store::database::{Row, Transaction, Value};
use crate::store::error::StoreError;
use crate::store::files::{self, FileRecord};
use crate::store::log::{self, EventRecord};

/// What the log comes to, as far as it has been read.
#[derive(Default)]
pub(super) struct Replay {
    pub(super) books: Books,
    /// How many postings there are.
    pub(super) postings: u64,
    /// How many files were recorded.
    pub(super) files: u64,
    replies: u64,
    /// How many changes of payouts there are.
    changes: u64,
    /// Offices, tokens and links.
    pub(super) accounts: accounts::Replay,
    /// Which event each row is as of.
    touched: BTreeMap<(&'static str, String), u64>,
}

/// What one page of the log must have written.
#[derive(Default)]
struct Page {
    postings: Vec<(u64, i64, Posting)>,
    changes: BTreeSet<(u64, String, i64)>,
    replies: BTreeMap<String, Replied>,
    /// What was logged of files, and when.
    files: Vec<(String, i64)>,
}

/// A reply as it must stand.
#[derive(PartialEq, Eq)]
struct Replied {
    command: Vec<u8>,
    reply: Vec<u8>,
    sequence: u64,
    at: i64,
}

impl Replay {
    /// Executes everything, and compares what the events themselves wrote.
    pub(super) async fn run(
        &mut self,
        transaction: &mut Transaction,
        tell: &(dyn Fn(u64) + Sync),
    ) -> Checked {
        let mut after = 0u64;
        loop {
            let events = log::page(transaction, after).await?;
            let Some(last) = events.last() else { break };
            let range = (after, last.sequence);
            after = last.sequence;
            let mut page = Page::default();
            for event in &events {
                if let Err(fault) = self.event(event, &mut page)? {
                    return Ok(Err(format!("日志第 {} 条:{fault}", event.sequence)));
                }
            }
            if let Err(fault) = self.compare(transaction, range, &page).await? {
                return Ok(Err(fault));
            }
            tell(after);
        }
        self.compare_counts(transaction).await
    }

    fn event(
        &mut self,
        event: &EventRecord,
        page: &mut Page,
    ) -> Result<Result<(), String>, StoreError> {
        match event.kind.as_str() {
            FILE => {
                let body = String::from_utf8_lossy(&event.body).into_owned();
                page.files.push((body, event.at));
                return Ok(Ok(()));
            }
            ORDER | REFUSED => {}
            kind if kind.starts_with(accounts::KIND) => {
                return Ok(self.accounts.event(kind, &event.body));
            }
            other => return Ok(Err(format!("没有“{other}”这一种事件"))),
        }
        let entry: Entry = match serde_json::from_slice(&event.body) {
            Ok(entry) => entry,
            Err(error) => return Ok(Err(format!("内容读不出来:{error}"))),
        };
        let sequence = event.sequence;
        if event.at != entry.order.at.0 {
            return Ok(Err("登记的时刻与指令的时刻不同".to_owned()));
        }
        let answer = match (self.books.execute(&entry.order), entry.refused) {
            (Ok(effects), None) => {
                for thing in &effects.things {
                    let (place, name, _) = row(thing)?;
                    self.touch(place, name, sequence);
                }
                page.changes
                    .extend(changes::keys(sequence, &entry.order.command, &effects));
                for (place, posting) in (0i64..).zip(&effects.postings) {
                    page.postings.push((sequence, place, posting.clone()));
                }
                Answered::Done {
                    sequence,
                    postings: effects.postings,
                }
            }
            (Err(refusal), Some(code)) if refusal.code() == code => Answered::Refused {
                sequence,
                code,
                message: refusal.to_string(),
            },
            (Err(refusal), None) => return Ok(Err(format!("重放时不能办理:{refusal}"))),
            (Ok(_), Some(code)) => {
                return Ok(Err(format!("当时以 {code} 拒绝,重放时却可以办理")));
            }
            (Err(refusal), Some(code)) => {
                let now = refusal.code();
                return Ok(Err(format!("当时以 {code} 拒绝,重放时以 {now} 拒绝")));
            }
        };
        let command = command_digest(&entry.order)?.to_vec();
        let replied = Replied {
            command,
            reply: json(&answer)?,
            sequence,
            at: event.at,
        };
        if page.replies.insert(entry.key, replied).is_some() {
            return Ok(Err("幂等键在前面已经用过".to_owned()));
        }
        Ok(Ok(()))
    }

    fn touch(&mut self, place: usize, name: String, sequence: u64) {
        if let Some(table) = TABLES.get(place) {
            self.touched.insert((table.name, name), sequence);
        }
    }

    /// The event that a row of a table is as of, in words.
    pub(super) fn as_of(&self, table: &'static str, name: &str) -> String {
        let sequence = self.touched.get(&(table, name.to_owned()));
        sequence.map_or_else(String::new, |sequence| format!("(日志第 {sequence} 条)"))
    }

    async fn compare(
        &mut self,
        transaction: &mut Transaction,
        range: (u64, u64),
        page: &Page,
    ) -> Checked {
        let counts = [
            (&mut self.postings, page.postings.len()),
            (&mut self.changes, page.changes.len()),
            (&mut self.replies, page.replies.len()),
            (&mut self.files, page.files.len()),
        ];
        for (all, more) in counts {
            *all = all.saturating_add(u64::try_from(more).unwrap_or(u64::MAX));
        }
        if let Err(fault) = page.compare_postings(transaction, range).await? {
            return Ok(Err(fault));
        }
        if let Err(fault) = page.compare_changes(transaction, range).await? {
            return Ok(Err(fault));
        }
        if let Err(fault) = page.compare_replies(transaction).await? {
            return Ok(Err(fault));
        }
        page.compare_files(transaction).await
    }

    /// What no event of the log wrote must not be there.
    async fn compare_counts(&self, transaction: &mut Transaction) -> Checked {
        let counts = [
            (
                "SELECT COUNT(*) AS count FROM postings",
                "postings",
                "条分录",
                self.postings,
            ),
            (
                "SELECT COUNT(*) AS count FROM payout_changes",
                "payout_changes",
                "条变动",
                self.changes,
            ),
            (
                "SELECT COUNT(*) AS count FROM replies",
                "replies",
                "条答复",
                self.replies,
            ),
            (
                "SELECT COUNT(*) AS count FROM files",
                "files",
                "个文件",
                self.files,
            ),
        ];
        for (query, table, unit, expected) in counts {
            let row = transaction.fetch_one(query, &[]).await?;
            let found = row.map_or(Ok(0), |row| row.size("count"))?;
            if found != expected {
                return Ok(Err(format!(
                    "表 {table} 有 {found} {unit},日志里应有 {expected} {unit}"
                )));
            }
        }
        Ok(Ok(()))
    }
}

impl Page {
    async fn compare_postings(
        &self,
        transaction: &mut Transaction,
        (after, last): (u64, u64),
    ) -> Checked {
        let query = "SELECT sequence, place, line, account, fen FROM postings \
             WHERE sequence > $1 AND sequence <= $2 ORDER BY sequence, place";
        let range = [Value::size(after)?, Value::size(last)?];
        let rows = transaction.fetch(query, &range).await?;
        for (row, (sequence, place, posting)) in rows.iter().zip(&self.postings) {
            let found: Vec<Value> = vec![
                row.int("sequence")?.into(),
                row.int("place")?.into(),
                row.text("line")?.into(),
                row.text("account")?.into(),
                row.int("fen")?.into(),
            ];
            if found != posting_row(*sequence, *place, posting)? {
                return Ok(Err(format!(
                    "表 postings 中日志第 {sequence} 条的分录被改动"
                )));
            }
        }
        if rows.len() != self.postings.len() {
            return Ok(Err(format!(
                "表 postings 中日志第 {} 条至第 {last} 条有 {} 条分录,应有 {} 条",
                after.saturating_add(1),
                rows.len(),
                self.postings.len()
            )));
        }
        Ok(Ok(()))
    }

    async fn compare_changes(
        &self,
        transaction: &mut Transaction,
        (after, last): (u64, u64),
    ) -> Checked {
        let query = "SELECT sequence, payout, is_alone FROM payout_changes \
             WHERE sequence > $1 AND sequence <= $2";
        let range = [Value::size(after)?, Value::size(last)?];
        let mut found = BTreeSet::new();
        for row in transaction.fetch(query, &range).await? {
            let payout = row.text("payout")?.to_owned();
            found.insert((row.size("sequence")?, payout, row.int("is_alone")?));
        }
        let differs = found.symmetric_difference(&self.changes).next();
        Ok(differs.map_or(Ok(()), |(sequence, payout, _)| {
            Err(format!(
                "表 payout_changes 中日志第 {sequence} 条对 {payout} 的记录被改动"
            ))
        }))
    }

    async fn compare_replies(&self, transaction: &mut Transaction) -> Checked {
        let query = "SELECT key, command, first_sequence, last_sequence, reply, at FROM replies \
             WHERE key IN (SELECT value FROM json_each($1))";
        let keys: Vec<&str> = self.replies.keys().map(String::as_str).collect();
        let rows = transaction.fetch(query, &[list(&keys).into()]).await?;
        let mut found: BTreeMap<&str, &Row> = BTreeMap::new();
        for row in &rows {
            found.insert(row.text("key")?, row);
        }
        for (key, expected) in &self.replies {
            let Some(row) = found.get(key.as_str()) else {
                return Ok(Err(format!("表 replies 缺少幂等键“{key}”的答复")));
            };
            let found = Replied {
                command: row.blob("command")?.to_vec(),
                reply: row.blob("reply")?.to_vec(),
                sequence: row.size("first_sequence")?,
                at: row.int("at")?,
            };
            let is_one = row.size("last_sequence")? == found.sequence;
            if !is_one || *expected != found {
                return Ok(Err(format!("表 replies 中幂等键“{key}”的答复被改动")));
            }
        }
        Ok(Ok(()))
    }

    async fn compare_files(&self, transaction: &mut Transaction) -> Checked {
        for (logged, at) in &self.files {
            let differs = || Ok(Err(format!("表 files 的登记与日志不符:{logged}")));
            let Some(digest) = logged_digest(logged) else {
                return differs();
            };
            let record = match files::find(transaction, &digest).await {
                Ok(record) => record,
                Err(StoreError::UnknownFile(_)) => return differs(),
                Err(error) => return Err(error),
            };
            if file_body(&record)? != *logged || record.at != *at {
                return differs();
            }
        }
        Ok(Ok(()))
    }
}

/// The digest of the file that an event tells of.
fn logged_digest(body: &str) -> Option<[u8; 32]> {
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    let digest = body.get("digest")?.as_str()?;
    zhida_engine::payouts::Digest::new(digest).bytes()
}

fn file_body(record: &FileRecord) -> Result<String, StoreError> {
    let digest = crate::store::encoding::hex(&record.digest);
    let body = json(&serde_json::json!({
        "digest": digest, "kind": record.kind, "name": record.name, "length": record.length,
    }))?;
    Ok(String::from_utf8_lossy(&body).into_owned())
}
