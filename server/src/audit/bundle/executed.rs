//! The log of an archive executed from its first event to its last.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use zhida_engine::payouts::{Books, PayoutId, Thing};

use crate::accounts;
use crate::store::Answered;
use crate::store::books::FILE;
use crate::store::books::submit::{Entry, ORDER, REFUSED, command_digest, posting_row};
use crate::store::books::tables::{ATTEMPTS, TABLES, attempt_rows, row};
use crate::store::database::Value;
use crate::store::encoding::hex;

/// The columns of postings.
pub(super) const POSTINGS: [&str; 5] = ["sequence", "place", "line", "account", "fen"];

/// What a log comes to.
#[derive(Default)]
pub(super) struct Executed {
    /// Everything that people act on.
    pub(super) books: Books,
    /// The lines of `books/postings.jsonl`, in order.
    pub(super) postings: Vec<Json>,
    /// The lines of `books/replies.jsonl`, by key.
    pub(super) replies: BTreeMap<String, Json>,
    /// The lines of `files.jsonl`, by digest.
    pub(super) files: BTreeMap<String, Json>,
    /// What the events of accounts come to; the archive does not hold it.
    accounts: accounts::Replay,
    /// The last event that changed each payout.
    pub(super) last: BTreeMap<PayoutId, u64>,
}

/// One event of a log.
pub(super) struct Event<'a> {
    pub(super) sequence: u64,
    pub(super) at: i64,
    pub(super) kind: &'a str,
    pub(super) body: &'a [u8],
}

impl Executed {
    /// Executes one event more; what is wrong with it where it cannot have happened.
    pub(super) fn event(&mut self, event: &Event<'_>) -> Result<(), String> {
        match event.kind {
            FILE => self.file(event),
            ORDER | REFUSED => self.order(event),
            kind if kind.starts_with(accounts::KIND) => self.accounts.event(kind, event.body),
            other => Err(format!("没有“{other}”这一种事件")),
        }
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "a name that a JSON value does not have gives null"
    )]
    fn file(&mut self, event: &Event<'_>) -> Result<(), String> {
        let mut body: Json = read(event.body)?;
        let digest = body["digest"].as_str().unwrap_or_default().to_owned();
        if let Some(fields) = body.as_object_mut() {
            fields.insert("at".to_owned(), json!(event.at));
        }
        match self.files.insert(digest, body) {
            None => Ok(()),
            Some(_) => Err("同一个文件登记了两次".to_owned()),
        }
    }

    fn order(&mut self, event: &Event<'_>) -> Result<(), String> {
        let entry: Entry = read(event.body)?;
        let sequence = event.sequence;
        if event.at != entry.order.at.0 {
            return Err("登记的时刻与指令的时刻不同".to_owned());
        }
        let told = |error: crate::store::StoreError| error.to_string();
        let answer = match (self.books.execute(&entry.order), entry.refused) {
            (Ok(effects), None) => {
                for thing in &effects.things {
                    if let Thing::Payout(payout) = thing {
                        self.last.insert(payout.id.clone(), sequence);
                    }
                }
                for (place, posting) in (0i64..).zip(&effects.postings) {
                    let values = posting_row(sequence, place, posting).map_err(told)?;
                    self.postings.push(object(&POSTINGS, &values));
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
            (Err(refusal), None) => return Err(format!("重放时不能办理:{refusal}")),
            (Ok(_), Some(code)) => return Err(format!("当时以 {code} 拒绝,重放时却可以办理")),
            (Err(refusal), Some(code)) => {
                let now = refusal.code();
                return Err(format!("当时以 {code} 拒绝,重放时以 {now} 拒绝"));
            }
        };
        let reply = json!({
            "key": entry.key,
            "command": hex(&command_digest(&entry.order).map_err(told)?),
            "sequence": sequence,
            "reply": serde_json::to_string(&answer).unwrap_or_default(),
            "at": event.at,
        });
        match self.replies.insert(entry.key, reply) {
            None => Ok(()),
            Some(_) => Err("幂等键在前面已经用过".to_owned()),
        }
    }

    /// The rows of every table as they must stand, by name of the table and of the row.
    pub(super) fn tables(&self) -> BTreeMap<&'static str, BTreeMap<String, Json>> {
        let mut tables: BTreeMap<&'static str, BTreeMap<String, Json>> = BTreeMap::new();
        for table in TABLES.iter().chain([&ATTEMPTS]) {
            tables.insert(table.name, BTreeMap::new());
        }
        for thing in self.books.things() {
            let Ok((place, name, values)) = row(&thing) else {
                continue;
            };
            if let Some(table) = TABLES.get(place) {
                let rows = tables.entry(table.name).or_default();
                rows.insert(name, object(table.columns, &values));
            }
        }
        let attempts = tables.entry(ATTEMPTS.name).or_default();
        for payout in self.books.payouts() {
            for (attempt, values) in payout.attempts.iter().zip(attempt_rows(payout)) {
                let name = attempt.end_to_end_id.to_string();
                attempts.insert(name, object(ATTEMPTS.columns, &values));
            }
        }
        tables
    }
}

/// The column that names the rows of a table.
pub(super) fn key_of(table: &str) -> &'static str {
    if table == ATTEMPTS.name {
        "end_to_end_id"
    } else {
        "id"
    }
}

/// A row as JSON: bytes in hexadecimal digits.
pub(super) fn object(columns: &[&str], values: &[Value]) -> Json {
    let fields = columns.iter().zip(values);
    let fields = fields.map(|(column, value)| ((*column).to_owned(), as_json(value)));
    Json::Object(fields.collect())
}

/// A value as JSON.
pub(super) fn as_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Int(number) => json!(number),
        Value::Text(text) => json!(text),
        Value::Blob(bytes) => json!(hex(bytes)),
    }
}

fn read<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| format!("内容读不出来:{error}"))
}
