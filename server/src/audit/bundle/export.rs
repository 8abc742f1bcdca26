//! Writing an archive: everything as of one instant.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use zhida_engine::merkle::Levels;
use zhida_engine::payouts::Moment;
use zhida_engine::snapshot::canonical_json;

use crate::audit::bundle::archive::{ArchiveWriter, Packing};
use crate::audit::bundle::executed::{Event, Executed, as_json};
use crate::audit::bundle::tables::{Sheet, sheets};
use crate::audit::bundle::{
    BUNDLE_FORMAT, DICTIONARY, EVENTS, Edition, FILES, HEADS, KEYS, MANIFEST, Manifest, NOTE,
    POSTINGS_ENTRY, REPLIES,
};
use crate::audit::files::{CODES, POLICY, SEAL, SIGNATURE, SUMMARY, VOCABULARY};
use crate::store::books::tables::{ATTEMPTS, TABLES};
use crate::store::database::{Row, Transaction};
use crate::store::encoding::hex;
use crate::store::files::{self, FileRecord};
use crate::store::log::{self, EventRecord, ExportedProof, Signed, SignedHead, sign_digest};
use crate::store::{Store, StoreError};

/// What the entries of the archive mean, in Chinese.
const DICTIONARY_TEXT: &str = include_str!("dictionary.md");
/// The kinds of files that name no person and no account; notices are masked already.
const PUBLIC_KINDS: [&str; 7] = [
    POLICY, VOCABULARY, CODES, SEAL, SIGNATURE, SUMMARY, "notice",
];
/// How much of a file is read at once.
const BUFFER_BYTES: usize = 1 << 16;

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Exported {
    /// The SHA-256 of the archive, as its comment has it.
    pub(crate) digest: String,
    /// What it says of itself.
    pub(crate) manifest: Manifest,
}

/// An archive while it is written.
struct Export<'a> {
    store: &'a Store,
    archive: ArchiveWriter,
    place: &'a Path,
    edition: Edition,
    head: SignedHead,
    executed: Executed,
    events: Vec<EventRecord>,
}

impl Store {
    /// Writes everything into one archive.
    ///
    /// # Errors
    /// [`StoreError::Integrity`] when the log does not come to itself: what is to be exported must
    /// first be whole; what database and file system say.
    pub(crate) async fn export(
        &self,
        place: &Path,
        edition: Edition,
        at: Moment,
    ) -> Result<Exported, StoreError> {
        loop {
            let head = self.head(at).await?;
            let mut transaction = self.database.read().await?;
            let size = log::frontier(&mut transaction).await?.size();
            if size == head.size {
                let written = self
                    .export_at(&mut transaction, head, (place, edition, at))
                    .await;
                transaction.rollback().await;
                return written;
            }
            // Somebody wrote between the signature and the look.
            transaction.rollback().await;
        }
    }

    async fn export_at(
        &self,
        transaction: &mut Transaction,
        head: SignedHead,
        (place, edition, at): (&Path, Edition, Moment),
    ) -> Result<Exported, StoreError> {
        let archive = ArchiveWriter::create(place).map_err(StoreError::file("写", place))?;
        let mut export = Export {
            store: self,
            archive,
            place,
            edition,
            head,
            executed: Executed::default(),
            events: Vec::new(),
        };
        export.put(DICTIONARY, DICTIONARY_TEXT.as_bytes())?;
        export.events(transaction).await?;
        export.heads(transaction).await?;
        export.books(transaction).await?;
        export.files(transaction).await?;
        export.proofs()?;
        for sheet in sheets(&export.executed.books, edition) {
            export.sheet(&sheet)?;
        }
        export.finish(at)
    }
}

impl Export<'_> {
    fn put(&mut self, path: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let written = self.archive.put(path, Packing::Deflated, bytes);
        written.map_err(StoreError::file("写", self.place))
    }

    fn begin(&mut self, path: &str) -> Result<(), StoreError> {
        let begun = self.archive.begin(path, Packing::Deflated);
        begun.map_err(StoreError::file("写", self.place))
    }

    fn line(&mut self, value: &Json) -> Result<(), StoreError> {
        let line = format!("{}\n", canonical_json(value));
        let written = self.archive.add(line.as_bytes());
        written.map_err(StoreError::file("写", self.place))
    }

    /// The log, executed on the way.
    async fn events(&mut self, transaction: &mut Transaction) -> Result<(), StoreError> {
        self.begin(EVENTS)?;
        let mut after = 0;
        loop {
            let page = log::page(transaction, after).await?;
            let Some(last) = page.last() else { break };
            after = last.sequence;
            for event in page {
                let told = Event {
                    sequence: event.sequence,
                    at: event.at,
                    kind: &event.kind,
                    body: &event.body,
                };
                self.executed.event(&told).map_err(|fault| {
                    let sequence = event.sequence;
                    StoreError::Integrity(format!("日志第 {sequence} 条:{fault};没有导出"))
                })?;
                let mut line = json!({
                    "sequence": event.sequence, "at": event.at, "kind": event.kind,
                    "leaf": hex(&event.leaf.0),
                });
                if let (Edition::Full, Some(fields)) = (self.edition, line.as_object_mut()) {
                    let body = String::from_utf8_lossy(&event.body).into_owned();
                    fields.insert("body".to_owned(), json!(body));
                }
                self.line(&line)?;
                self.events.push(event);
            }
        }
        self.archive.end();
        Ok(())
    }

    /// The signed heads and the keys.
    async fn heads(&mut self, transaction: &mut Transaction) -> Result<(), StoreError> {
        self.begin(HEADS)?;
        for head in log::heads(transaction).await? {
            let key = self.store.keys.iter().find(|key| key.id() == head.key_id);
            let key = key.ok_or_else(|| {
                StoreError::Integrity(format!("日志头 {} 的密钥不是这个日志的", head.size))
            })?;
            let note = head.note(&self.store.origin, key);
            self.line(&json!({"size": head.size, "note": note}))?;
        }
        self.archive.end();
        let keys = self.store.keys.iter();
        let keys: Vec<Json> = keys
            .map(|key| json!({"id": key.id(), "public_key": key.text()}))
            .collect();
        let keys = canonical_json(&json!({"origin": self.store.origin, "keys": keys}));
        self.put(KEYS, keys.as_bytes())
    }

    /// The tables as they are recorded.
    async fn books(&mut self, transaction: &mut Transaction) -> Result<(), StoreError> {
        let query = "SELECT sequence, place, line, account, fen FROM postings \
             ORDER BY sequence, place";
        let columns = ["sequence", "place", "line", "account", "fen"];
        self.rows(
            POSTINGS_ENTRY,
            transaction.fetch(query, &[]).await?,
            &columns,
        )?;
        if self.edition == Edition::Masked {
            return Ok(());
        }
        for table in TABLES.iter().chain([&ATTEMPTS]) {
            let rows = transaction.fetch(table.select, &[]).await?;
            let path = format!("books/{}.jsonl", table.name);
            self.rows(&path, rows, table.columns)?;
        }
        let query = "SELECT key, command, first_sequence AS sequence, reply, at FROM replies";
        self.begin(REPLIES)?;
        for row in transaction.fetch(query, &[]).await? {
            let reply = String::from_utf8_lossy(row.blob("reply")?).into_owned();
            self.line(&json!({
                "key": row.text("key")?, "command": hex(row.blob("command")?),
                "sequence": row.size("sequence")?, "reply": reply, "at": row.int("at")?,
            }))?;
        }
        self.archive.end();
        Ok(())
    }

    fn rows(&mut self, path: &str, rows: Vec<Row>, columns: &[&str]) -> Result<(), StoreError> {
        self.begin(path)?;
        for row in rows {
            let mut fields = serde_json::Map::new();
            for column in columns {
                let value = as_json(row.value(column)?);
                fields.insert((*column).to_owned(), value);
            }
            self.line(&Json::Object(fields))?;
        }
        self.archive.end();
        Ok(())
    }

    /// What was recorded of files, and the files themselves.
    async fn files(&mut self, transaction: &mut Transaction) -> Result<(), StoreError> {
        let records = files::list(transaction).await?;
        self.begin(FILES)?;
        for record in &records {
            self.line(&json!({
                "digest": hex(&record.digest), "kind": record.kind, "name": record.name,
                "length": record.length, "at": record.at,
            }))?;
        }
        self.archive.end();
        let edition = self.edition;
        let is_shown = |record: &&FileRecord| {
            edition == Edition::Full || PUBLIC_KINDS.contains(&record.kind.as_str())
        };
        for record in records.iter().filter(is_shown) {
            self.file(record)?;
        }
        Ok(())
    }

    fn file(&mut self, record: &FileRecord) -> Result<(), StoreError> {
        let from = self.store.files.path(&record.digest);
        let mut file = File::open(&from).map_err(StoreError::file("读取", &from))?;
        let path = format!("files/{}", hex(&record.digest));
        let begun = self.archive.begin(&path, Packing::Stored);
        begun.map_err(StoreError::file("写", self.place))?;
        let mut buffer = vec![0; BUFFER_BYTES];
        loop {
            let read = file.read(&mut buffer);
            let count = read.map_err(StoreError::file("读取", &from))?;
            if count == 0 {
                break;
            }
            let written = self.archive.add(buffer.get(..count).unwrap_or_default());
            written.map_err(StoreError::file("写", self.place))?;
        }
        self.archive.end();
        let written = self.archive.entries.last();
        if written.is_some_and(|entry| entry.sha256 == hex(&record.digest)) {
            return Ok(());
        }
        Err(StoreError::Integrity(format!(
            "文件“{}”的内容与登记的摘要不符;没有导出",
            record.name
        )))
    }

    /// The proof of each payout that its last event stands in the log.
    fn proofs(&mut self) -> Result<(), StoreError> {
        if self.edition == Edition::Masked {
            return Ok(());
        }
        let levels = Levels::new(self.events.iter().map(|event| event.leaf).collect());
        if levels.root() != self.head.root {
            return Err(StoreError::Integrity(
                "日志的树根与签名的日志头不符;没有导出".to_owned(),
            ));
        }
        let key = self.store.key.public();
        let last = std::mem::take(&mut self.executed.last);
        for (payout, sequence) in &last {
            let index = sequence
                .checked_sub(1)
                .and_then(|index| usize::try_from(index).ok());
            let event = index.and_then(|index| self.events.get(index));
            let path = index.and_then(|index| levels.inclusion_proof(index));
            let (Some(event), Some(path)) = (event, path) else {
                continue;
            };
            let signer = (self.store.origin.as_str(), &key);
            let proof = ExportedProof::inclusion(event, &self.head, signer, &path);
            let text = serde_json::to_string(&proof)
                .map_err(|error| StoreError::Integrity(error.to_string()))?;
            self.put(&format!("proofs/{payout}.json"), text.as_bytes())?;
        }
        self.executed.last = last;
        Ok(())
    }

    fn sheet(&mut self, sheet: &Sheet) -> Result<(), StoreError> {
        let bad = |error: String| StoreError::Integrity(format!("表“{}”:{error}", sheet.title));
        self.put(
            &format!("tables/{}.csv", sheet.name),
            &sheet.csv().map_err(bad)?,
        )?;
        self.put(
            &format!("tables/{}.xml", sheet.name),
            sheet.xml().as_bytes(),
        )?;
        let workbook = sheet.xlsx().map_err(bad)?;
        let path = format!("tables/{}.xlsx", sheet.name);
        let written = self.archive.put(&path, Packing::Stored, &workbook);
        written.map_err(StoreError::file("写", self.place))
    }

    fn finish(mut self, at: Moment) -> Result<Exported, StoreError> {
        let store = self.store;
        let manifest = Manifest {
            format: BUNDLE_FORMAT,
            origin: store.origin.clone(),
            edition: self.edition,
            at: at.0,
            size: self.head.size,
            root: hex(&self.head.root.0),
            public_key: store.key.public().text(),
            entries: self.archive.entries.clone(),
        };
        let text = canonical_json(&serde_json::to_value(&manifest).unwrap_or_default());
        let digest = hex(&Sha256::digest(text.as_bytes()));
        let note = sign_digest(&store.key, &store.origin, Signed::Bundle, &digest);
        self.put(MANIFEST, text.as_bytes())?;
        self.put(NOTE, note.as_bytes())?;
        let place = self.place;
        let digest = self
            .archive
            .finish()
            .map_err(StoreError::file("写", place))?;
        Ok(Exported { digest, manifest })
    }
}
