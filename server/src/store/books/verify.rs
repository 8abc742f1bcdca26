//! Executing the whole log again and comparing every row and every file with what it comes to.

use std::collections::BTreeMap;

use zhida_engine::merkle::TreeHash;
use zhida_engine::payouts::{Books, Posting};

use crate::store::books::submit::{
    Answered, Entry, ORDER, REFUSED, command_digest, json, posting_row,
};
use crate::store::books::tables::{ATTEMPTS, TABLES, Table, attempt_rows, row};
use crate::store::books::FILE;
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
    /// The first thing that is not what was recorded.
    pub fault: Option<String>,
}

/// What the log comes to.
#[derive(Default)]
struct Replayed {
    books: Books,
    postings: Vec<(u64, i64, Posting)>,
    replies: BTreeMap<String, (Vec<u8>, Vec<u8>)>,
    files: Vec<String>,
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
        found.things = u64::try_from(replayed.books.things().count()).unwrap_or(u64::MAX);
        found.postings = u64::try_from(replayed.postings.len()).unwrap_or(u64::MAX);
        found.files = u64::try_from(replayed.files.len()).unwrap_or(u64::MAX);
        found.fault = self.compare(transaction, &replayed).await?.err();
        Ok(found)
    }

    async fn compare(&self, transaction: &mut Transaction, replayed: &Replayed) -> Checked {
        if let Err(fault) = compare_things(transaction, &replayed.books).await? {
            return Ok(Err(fault));
        }
        if let Err(fault) = compare_postings(transaction, &replayed.postings).await? {
            return Ok(Err(fault));
        }
        if let Err(fault) = compare_replies(transaction, &replayed.replies).await? {
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

    async fn compare_files(&self, transaction: &mut Transaction, logged: &[String]) -> Checked {
        let records = files::list(transaction).await?;
        let mut recorded: Vec<String> = Vec::with_capacity(records.len());
        for record in &records {
            recorded.push(file_body(record)?);
        }
        recorded.sort_unstable();
        let mut logged = logged.to_vec();
        logged.sort_unstable();
        if let Some(differs) = first_difference(&logged, &recorded) {
            return Ok(Err(format!("文件登记与日志不符:{differs}")));
        }
        for record in &records {
            if let Err(error) = self.files.read(record).await {
                return Ok(Err(error.to_string()));
            }
        }
        Ok(Ok(()))
    }
}

fn first_difference<'a>(left: &'a [String], right: &'a [String]) -> Option<&'a str> {
    let pairs = left.iter().zip(right).find(|(left, right)| left != right);
    let longer = if left.len() > right.len() { left } else { right };
    let beyond = longer.get(left.len().min(right.len()));
    pairs.map(|(left, _)| left).or(beyond).map(String::as_str)
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
                self.files.push(String::from_utf8_lossy(&event.body).into_owned());
                return Ok(Ok(()));
            }
            ORDER | REFUSED => {}
            other => return Ok(Err(format!("没有“{other}”这一种事件"))),
        }
        let entry: Entry = match serde_json::from_slice(&event.body) {
            Ok(entry) => entry,
            Err(error) => return Ok(Err(format!("内容读不出来:{error}"))),
        };
        let sequence = event.sequence;
        let answer = match (self.books.execute(&entry.order), entry.refused) {
            (Ok(effects), None) => {
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
        self.replies.insert(entry.key, (command, json(&answer)?));
        Ok(Ok(()))
    }
}

async fn compare_things(transaction: &mut Transaction, books: &Books) -> Checked {
    let mut expected: BTreeMap<usize, BTreeMap<String, Vec<Value>>> = BTreeMap::new();
    for thing in books.things() {
        let (table, name, row) = row(&thing)?;
        expected.entry(table).or_default().insert(name, row);
    }
    for (place, table) in TABLES.iter().enumerate() {
        let expected = expected.remove(&place).unwrap_or_default();
        let rows = transaction.fetch(table.select, &[]).await?;
        let found = rows.iter().map(|row| Ok((row.text(key_of(table))?.to_owned(), row)));
        let found: Result<BTreeMap<String, &Row>, StoreError> = found.collect();
        if let Some(fault) = differs(table, &expected, &found?)? {
            return Ok(Err(fault));
        }
    }
    let attempts = books.payouts().flat_map(attempt_rows);
    let expected: BTreeMap<String, Vec<Value>> =
        attempts.map(|row| (format!("{:?}", row.get(2)), row)).collect();
    let rows = transaction.fetch(ATTEMPTS.select, &[]).await?;
    let found = rows.iter().map(|row| {
        let name = Value::Text(row.text("end_to_end_id")?.to_owned());
        Ok((format!("{:?}", Some(&name)), row))
    });
    let found: Result<BTreeMap<String, &Row>, StoreError> = found.collect();
    Ok(match differs(&ATTEMPTS, &expected, &found?)? {
        Some(fault) => Err(fault),
        None => Ok(()),
    })
}

fn key_of(table: &Table) -> &'static str {
    table.columns.first().copied().unwrap_or("id")
}

/// The first row that is not what the log comes to.
fn differs(
    table: &Table,
    expected: &BTreeMap<String, Vec<Value>>,
    found: &BTreeMap<String, &Row>,
) -> Result<Option<String>, StoreError> {
    let name = table.name;
    for (key, values) in expected {
        let Some(row) = found.get(key) else {
            return Ok(Some(format!("表 {name} 缺少记录 {key}")));
        };
        for (column, value) in table.columns.iter().zip(values) {
            let same = match value {
                Value::Int(number) => row.int_or_null(column)? == Some(*number),
                Value::Text(text) => row.text_or_null(column)? == Some(text),
                Value::Null => row.text_or_null(column)?.is_none(),
                Value::Blob(_) => false,
            };
            if !same {
                return Ok(Some(format!("表 {name} 的记录 {key}:{column} 被改动")));
            }
        }
    }
    let extra = found.keys().find(|key| !expected.contains_key(*key));
    Ok(extra.map(|key| format!("表 {name} 多出记录 {key}")))
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
            return Ok(Err(format!("第 {sequence} 条指令的分录被改动")));
        }
    }
    if rows.len() != expected.len() {
        return Ok(Err(format!(
            "分录有 {} 条,日志里应有 {} 条",
            rows.len(),
            expected.len()
        )));
    }
    Ok(Ok(()))
}

async fn compare_replies(
    transaction: &mut Transaction,
    expected: &BTreeMap<String, (Vec<u8>, Vec<u8>)>,
) -> Checked {
    let rows = transaction.fetch("SELECT key, command, reply FROM replies", &[]).await?;
    for row in &rows {
        let key = row.text("key")?;
        let same = expected.get(key).is_some_and(|(command, reply)| {
            let found = (row.blob("command"), row.blob("reply"));
            matches!(found, (Ok(one), Ok(two)) if one == command && two == reply)
        });
        if !same {
            return Ok(Err(format!("幂等键“{key}”的答复被改动")));
        }
    }
    if rows.len() != expected.len() {
        return Ok(Err(format!(
            "答复有 {} 条,日志里应有 {} 条",
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
