//! Executing the whole log again and comparing every row and every file with what it comes to.

use std::collections::BTreeMap;

use zhida_engine::merkle::TreeHash;
use zhida_engine::payouts::{Books, Digest, Posting};

use crate::accounts;
use crate::store::books::FILE;
use crate::store::books::submit::{
    Answered, Entry, ORDER, REFUSED, command_digest, json, posting_row,
};
use crate::store::books::tables::{ATTEMPTS, TABLES, Table, attempt_rows, row};
use crate::store::database::{Row, Transaction, Value};
use crate::store::error::StoreError;
use crate::store::files::{self, FileRecord};
use crate::store::folder::Store;
use crate::store::log::{self, EventRecord, PrintedHead};

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// Events of the log.
    pub events: u64,
    /// Things in the tables.
    pub things: u64,
    /// Postings.
    pub postings: u64,
    /// Files.
    pub files: u64,
    /// The root over the log.
    pub root: TreeHash,
    /// What the log comes to, whenever and in whatever order it came to be.
    pub books: Digest,
    /// The first thing that is not what was recorded, by table, name and place in the log.
    pub fault: Option<String>,
}

/// What the log comes to.
#[derive(Default)]
struct Replayed {
    books: Books,
    postings: Vec<(u64, i64, Posting)>,
    replies: BTreeMap<String, Replied>,
    /// What was logged of files, and when.
    files: Vec<(String, i64)>,
    /// Which event each row is as of.
    touched: BTreeMap<(&'static str, String), u64>,
    /// Offices, tokens and links.
    accounts: accounts::Replay,
}

/// A reply as it must stand.
#[derive(PartialEq, Eq)]
struct Replied {
    command: Vec<u8>,
    reply: Vec<u8>,
    sequence: u64,
    at: i64,
}

/// The reading stops at the first fault.
type Checked = Result<Result<(), String>, StoreError>;

impl Store {
    /// Reads everything again, as of one instant.
    ///
    /// # Shape
    /// `head` is the text of a signed head that was printed or exported earlier.
    /// # Errors
    /// What the database says; what is wrong with the records is no error here.
    pub async fn verify(&self, head: Option<&str>) -> Result<Verification, StoreError> {
        let printed = match head {
            Some(text) => Some(printed(text, &self.origin)?),
            None => None,
        };
        let mut transaction = self.database.read().await?;
        let found = self.verify_all(&mut transaction, printed).await;
        transaction.rollback().await;
        found
    }

    async fn verify_all(
        &self,
        transaction: &mut Transaction,
        printed: Option<PrintedHead>,
    ) -> Result<Verification, StoreError> {
        let mut found = Verification {
            events: 0,
            things: 0,
            postings: 0,
            files: 0,
            root: TreeHash::of_nothing(),
            books: Books::new().digest(),
            fault: None,
        };
        match log::verify(transaction, &self.origin, &self.keys, printed).await? {
            Ok(verified) => (found.events, found.root) = (verified.size, verified.root),
            Err(fault) => {
                found.fault = Some(fault.to_string());
                return Ok(found);
            }
        }
        let replayed = match replay(transaction).await? {
            Ok(replayed) => replayed,
            Err(fault) => {
                found.fault = Some(fault);
                return Ok(found);
            }
        };
        found.books = replayed.books.digest();
        found.things = u64::try_from(replayed.books.things().count()).unwrap_or(u64::MAX);
        found.postings = u64::try_from(replayed.postings.len()).unwrap_or(u64::MAX);
        found.files = u64::try_from(replayed.files.len()).unwrap_or(u64::MAX);
        found.fault = self.compare(transaction, &replayed).await?.err();
        Ok(found)
    }

    async fn compare(&self, transaction: &mut Transaction, replayed: &Replayed) -> Checked {
        if let Err(fault) = compare_things(transaction, replayed).await? {
            return Ok(Err(fault));
        }
        if let Err(fault) = compare_postings(transaction, &replayed.postings).await? {
            return Ok(Err(fault));
        }
        if let Err(fault) = compare_replies(transaction, &replayed.replies).await? {
            return Ok(Err(fault));
        }
        if let Err(fault) = replayed.accounts.compare(transaction).await? {
            return Ok(Err(fault));
        }
        if let Some(imbalance) = replayed.books.imbalances().first() {
            return Ok(Err(format!(
                "指标“{}”的{}余额 {} 与各事项合计 {} 不符",
                imbalance.line,
                imbalance.account.chinese(),
                imbalance.booked,
                imbalance.found
            )));
        }
        self.compare_files(transaction, &replayed.files).await
    }

    async fn compare_files(
        &self,
        transaction: &mut Transaction,
        logged: &[(String, i64)],
    ) -> Checked {
        let records = files::list(transaction).await?;
        let mut recorded: Vec<(String, i64)> = Vec::with_capacity(records.len());
        for record in &records {
            recorded.push((file_body(record)?, record.at));
        }
        recorded.sort_unstable();
        let mut logged = logged.to_vec();
        logged.sort_unstable();
        if let Some(differs) = first_difference(&logged, &recorded) {
            return Ok(Err(format!("表 files 的登记与日志不符:{differs}")));
        }
        let faults = self.files.verify(transaction).await?;
        Ok(faults
            .first()
            .map_or(Ok(()), |fault| Err(fault.to_string())))
    }
}

fn first_difference<'a>(left: &'a [(String, i64)], right: &'a [(String, i64)]) -> Option<&'a str> {
    let pairs = left.iter().zip(right).find(|(left, right)| left != right);
    let longer = if left.len() > right.len() {
        left
    } else {
        right
    };
    let beyond = longer.get(left.len().min(right.len()));
    pairs
        .map(|(left, _)| left)
        .or(beyond)
        .map(|(body, _)| body.as_str())
}

fn file_body(record: &FileRecord) -> Result<String, StoreError> {
    let digest = crate::store::encoding::hex(&record.digest);
    let body = json(&serde_json::json!({
        "digest": digest, "kind": record.kind, "name": record.name, "length": record.length,
    }))?;
    Ok(String::from_utf8_lossy(&body).into_owned())
}

/// Executes the log from its first event to its last.
async fn replay(transaction: &mut Transaction) -> Result<Result<Replayed, String>, StoreError> {
    let mut replayed = Replayed::default();
    let mut after = 0u64;
    loop {
        let page = log::page(transaction, after).await?;
        let Some(last) = page.last() else {
            return Ok(Ok(replayed));
        };
        after = last.sequence;
        for event in &page {
            if let Err(fault) = replayed.event(event)? {
                return Ok(Err(format!("日志第 {} 条:{fault}", event.sequence)));
            }
        }
    }
}

impl Replayed {
    fn event(&mut self, event: &EventRecord) -> Result<Result<(), String>, StoreError> {
        match event.kind.as_str() {
            FILE => {
                let body = String::from_utf8_lossy(&event.body).into_owned();
                self.files.push((body, event.at));
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
                for (place, posting) in (0i64..).zip(&effects.postings) {
                    self.postings.push((sequence, place, posting.clone()));
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
        if self.replies.insert(entry.key, replied).is_some() {
            return Ok(Err("幂等键在前面已经用过".to_owned()));
        }
        Ok(Ok(()))
    }

    fn touch(&mut self, place: usize, name: String, sequence: u64) {
        if let Some(table) = TABLES.get(place) {
            self.touched.insert((table.name, name), sequence);
        }
    }

    /// The event that a row is as of, in words.
    fn as_of(&self, table: &'static str, name: &str) -> String {
        let of = if table == ATTEMPTS.name {
            "payouts"
        } else {
            table
        };
        let sequence = self.touched.get(&(of, name.to_owned()));
        sequence.map_or_else(String::new, |sequence| format!("(日志第 {sequence} 条)"))
    }
}

/// One row as it must stand, and whose it is.
struct Expected {
    of: String,
    values: Vec<Value>,
}

async fn compare_things(transaction: &mut Transaction, replayed: &Replayed) -> Checked {
    let mut expected: BTreeMap<usize, BTreeMap<String, Expected>> = BTreeMap::new();
    for thing in replayed.books.things() {
        let (table, name, values) = row(&thing)?;
        let of = name.clone();
        let rows = expected.entry(table).or_default();
        rows.insert(name, Expected { of, values });
    }
    for (place, table) in TABLES.iter().enumerate() {
        let expected = expected.remove(&place).unwrap_or_default();
        if let Err(fault) = compare_table(transaction, table, expected, replayed).await? {
            return Ok(Err(fault));
        }
    }
    let mut expected = BTreeMap::new();
    for payout in replayed.books.payouts() {
        for (attempt, values) in payout.attempts.iter().zip(attempt_rows(payout)) {
            let of = payout.id.to_string();
            let name = attempt.end_to_end_id.to_string();
            expected.insert(name, Expected { of, values });
        }
    }
    compare_table(transaction, &ATTEMPTS, expected, replayed).await
}

/// Compares every row of a table, by the name that its rows have.
async fn compare_table(
    transaction: &mut Transaction,
    table: &Table,
    mut expected: BTreeMap<String, Expected>,
    replayed: &Replayed,
) -> Checked {
    let name = table.name;
    let key = if name == ATTEMPTS.name {
        "end_to_end_id"
    } else {
        "id"
    };
    let mut extra: Option<String> = None;
    for row in transaction.fetch(table.select, &[]).await? {
        let found = row.text(key)?;
        let Some(Expected { of, values }) = expected.remove(found) else {
            extra.get_or_insert_with(|| found.to_owned());
            continue;
        };
        for (column, value) in table.columns.iter().zip(&values) {
            if !is_same(&row, column, value)? {
                let as_of = replayed.as_of(name, &of);
                return Ok(Err(format!(
                    "表 {name} 的记录 {found}{as_of}:{column} 被改动"
                )));
            }
        }
    }
    if let Some((missing, Expected { of, .. })) = expected.first_key_value() {
        let as_of = replayed.as_of(name, of);
        return Ok(Err(format!("表 {name} 缺少记录 {missing}{as_of}")));
    }
    Ok(match extra {
        Some(extra) => Err(format!("表 {name} 多出记录 {extra}")),
        None => Ok(()),
    })
}

fn is_same(row: &Row, column: &str, value: &Value) -> Result<bool, StoreError> {
    Ok(match value {
        Value::Int(number) => row.int_or_null(column)? == Some(*number),
        Value::Text(text) => row.text_or_null(column)? == Some(text.as_str()),
        Value::Null => row.text_or_null(column)?.is_none(),
        Value::Blob(_) => false,
    })
}

async fn compare_postings(
    transaction: &mut Transaction,
    expected: &[(u64, i64, Posting)],
) -> Checked {
    let query = "SELECT sequence, place, line, account, fen FROM postings \
         ORDER BY sequence, place";
    let rows = transaction.fetch(query, &[]).await?;
    for (row, (sequence, place, posting)) in rows.iter().zip(expected) {
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
    if rows.len() != expected.len() {
        return Ok(Err(format!(
            "表 postings 有 {} 条分录,日志里应有 {} 条",
            rows.len(),
            expected.len()
        )));
    }
    Ok(Ok(()))
}

async fn compare_replies(
    transaction: &mut Transaction,
    expected: &BTreeMap<String, Replied>,
) -> Checked {
    let query = "SELECT key, command, first_sequence, last_sequence, reply, at FROM replies \
         ORDER BY key";
    let rows = transaction.fetch(query, &[]).await?;
    for row in &rows {
        let key = row.text("key")?;
        let found = Replied {
            command: row.blob("command")?.to_vec(),
            reply: row.blob("reply")?.to_vec(),
            sequence: row.size("first_sequence")?,
            at: row.int("at")?,
        };
        let is_one = row.size("last_sequence")? == found.sequence;
        if !is_one || expected.get(key) != Some(&found) {
            return Ok(Err(format!("表 replies 中幂等键“{key}”的答复被改动")));
        }
    }
    if rows.len() != expected.len() {
        return Ok(Err(format!(
            "表 replies 有 {} 条答复,日志里应有 {} 条",
            rows.len(),
            expected.len()
        )));
    }
    Ok(Ok(()))
}

/// Reads the text of a signed head: name, size and root, a line each.
fn printed(text: &str, origin: &str) -> Result<PrintedHead, StoreError> {
    let unreadable = || StoreError::Integrity("日志头的文本读不出来".to_owned());
    let mut lines = text.lines();
    if lines.next() != Some(origin) {
        return Err(StoreError::Integrity(format!("日志头不是“{origin}”的")));
    }
    let size = lines.next().and_then(|size| size.parse().ok());
    let root = lines.next().and_then(crate::store::encoding::from_base64);
    let root = root.and_then(|root| <[u8; 32]>::try_from(root).ok());
    match (size, root) {
        (Some(size), Some(root)) => Ok(PrintedHead {
            size,
            root: TreeHash(root),
        }),
        (_, _) => Err(unreadable()),
    }
}
