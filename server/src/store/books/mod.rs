//! The books of payouts in the database.
//!
//! What an order changes, its postings, its event in the log and the reply to its key go into one
//! transaction. The tables are what the log of orders comes to, executed from the first to the
//! last; [`Store::verify`] does that and compares.

mod changes;
mod complete;
pub(crate) mod keyed;
mod load;
pub(crate) mod page;
mod papers;
mod prove;
pub(crate) mod submit;
pub(crate) mod tables;
mod verify;
mod writer;

use std::fs::File;
use std::path::Path;

use zhida_engine::payouts::{Books, Digest, Moment, Payout, PayoutState, Subject, Thing, User};
use zhida_policies::values::Uscc;

use crate::audit::files::FileToKeep;
use crate::store::database::{Transaction, Value};
use crate::store::durable;
use crate::store::error::StoreError;
use crate::store::files;
use crate::store::folder::Store;
use crate::store::log::{self, NewEvent, SignedHead};
use crate::store::replies::check_key;

pub(in crate::store) use complete::complete;
pub(crate) use keyed::Keyed;
pub(crate) use page::{Kind, Rows, Within};
pub use submit::{Answered, Request};
pub(crate) use tables::{list, motion_state, thing};
pub use verify::Verification;
pub(crate) use writer::Writer;

/// Which payouts a list holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct PayoutFilter {
    /// Only these states; all where there is none.
    pub(crate) states: Vec<PayoutState>,
    /// Only this measure.
    pub(crate) measure: Option<String>,
    /// Only this enterprise.
    pub(crate) enterprise: Option<Uscc>,
    /// How many at most.
    pub(crate) limit: Option<u32>,
}

/// A file that an order brings with it.
#[derive(Clone, Debug)]
pub(crate) struct NewFile {
    /// What it is.
    pub(crate) kind: &'static str,
    /// Its name.
    pub(crate) name: String,
    /// Its content.
    pub(crate) bytes: Vec<u8>,
}

/// A list of things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listing {
    /// Budget lines.
    Lines,
    /// Batches.
    Batches,
    /// What needs several people.
    Motions,
    /// Movements that nobody ordered.
    BankLines,
    /// Accounts of enterprises.
    Payees,
    /// Users.
    Users,
    /// Public notices.
    Notices,
    /// Policies that two people have published.
    Policies,
}

/// The user of a row of the table of users.
///
/// # Errors
/// [`StoreError::Integrity`] when it holds something else.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the others are all told alike"
)]
pub(crate) fn user(body: &str) -> Result<User, StoreError> {
    match tables::thing(body)? {
        Thing::User(user) => Ok(user),
        _ => Err(StoreError::Integrity("表 users 里有别的记录".to_owned())),
    }
}

/// The kind of events that record a file.
pub(crate) const FILE: &str = "file";

impl Store {
    /// Carries out orders, each by itself; the answers come when everything is durable.
    ///
    /// # Errors
    /// [`StoreError::KeyReused`] when a key was used for another command; what the database says.
    /// Nothing of the call is done then, [`StoreError::Uncertain`] apart.
    pub async fn submit(&self, requests: &[Request]) -> Result<Vec<Answered>, StoreError> {
        if requests.is_empty() {
            return Ok(Vec::new());
        }
        self.writer.submit(requests.to_vec()).await
    }

    /// Carries out one order that files belong to. The files are recorded with it, in the same
    /// transaction: where the order is refused, or the process killed, the log knows neither.
    ///
    /// # Errors
    /// As [`Store::submit`] and [`Store::keep`].
    pub(crate) async fn submit_with_files(
        &self,
        request: Request,
        files: &[NewFile],
    ) -> Result<Answered, StoreError> {
        check_key(&request.key)?;
        let at = request.order.at;
        let mut kept = Vec::with_capacity(files.len());
        for file in files {
            let content = self.files.keep(file.bytes.clone()).await?;
            kept.push((content, file.kind, file.name.as_str()));
        }
        let (kept, requests) = (&kept, std::slice::from_ref(&request));
        let answers = self
            .database
            .write(|mut transaction| async move {
                let answers = submit::submit(&mut transaction, &self.templates, requests).await?;
                if let [Answered::Done { .. }] = answers.as_slice() {
                    record_files(&mut transaction, kept, at).await?;
                }
                Ok::<_, StoreError>(answers)
            })
            .await?;
        let gone = || StoreError::Integrity("指令没有回答".to_owned());
        answers.into_iter().next().ok_or_else(gone)
    }

    /// The part of the books that the subjects name.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn see(&self, subjects: &[Subject]) -> Result<Books, StoreError> {
        let mut transaction = self.database.read().await?;
        let books = load::load(&mut transaction, subjects).await;
        transaction.rollback().await;
        books
    }

    /// Payouts by name.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn payouts(&self, filter: &PayoutFilter) -> Result<Vec<Payout>, StoreError> {
        let query = "SELECT body FROM payouts \
             WHERE ($1 = '[]' OR state IN (SELECT value FROM json_each($1))) \
             AND ($2 = '' OR measure = $2) AND ($3 = '' OR uscc = $3) \
             ORDER BY id LIMIT $4";
        let states: Vec<&str> = filter.states.iter().map(|state| state.name()).collect();
        let values = [
            tables::list(&states).into(),
            filter.measure.clone().unwrap_or_default().into(),
            filter
                .enterprise
                .map(|uscc| uscc.to_string())
                .unwrap_or_default()
                .into(),
            Value::Int(filter.limit.map_or(i64::MAX, i64::from)),
        ];
        let rows = self.database.fetch(query, &values).await?;
        let mut payouts = Vec::with_capacity(rows.len());
        for row in rows {
            let thing = tables::thing(row.text("body")?)?;
            let Thing::Payout(payout) = thing else {
                return Err(StoreError::Integrity("表 payouts 里有别的记录".to_owned()));
            };
            payouts.push(*payout);
        }
        Ok(payouts)
    }

    /// All things of a kind, by name.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn list(&self, listing: Listing) -> Result<Vec<Thing>, StoreError> {
        let query = match listing {
            Listing::Lines => "SELECT body FROM budget_lines ORDER BY id",
            Listing::Batches => "SELECT body FROM batches ORDER BY id",
            Listing::Motions => "SELECT body FROM motions ORDER BY id",
            Listing::BankLines => "SELECT body FROM bank_lines ORDER BY id",
            Listing::Users => "SELECT body FROM users ORDER BY id",
            Listing::Notices => "SELECT body FROM notices ORDER BY id",
            Listing::Payees => "SELECT body FROM payees ORDER BY id",
            Listing::Policies => "SELECT body FROM policies ORDER BY id",
        };
        let rows = self.database.fetch(query, &[]).await?;
        rows.iter()
            .map(|row| tables::thing(row.text("body")?))
            .collect()
    }

    /// Keeps a file under its digest and records it in the log.
    ///
    /// # Errors
    /// As [`FileFolder::keep`](crate::store::FileFolder::keep); what the database says.
    pub(crate) async fn keep(
        &self,
        kind: &str,
        name: &str,
        bytes: &[u8],
        at: Moment,
    ) -> Result<Digest, StoreError> {
        let kept = self.files.keep(bytes.to_vec()).await?;
        let kept = &[(kept, kind, name)];
        self.database
            .write(|mut transaction| async move { record_files(&mut transaction, kept, at).await })
            .await?;
        Ok(Digest::of(bytes))
    }

    /// Keeps files under their digests and records them in the log, all or none.
    ///
    /// # Errors
    /// As [`Store::keep`]; [`StoreError::File`] when one cannot be read.
    pub(crate) async fn keep_files(
        &self,
        files: &[FileToKeep],
        at: Moment,
    ) -> Result<(), StoreError> {
        let mut kept = Vec::with_capacity(files.len());
        for file in files {
            let open = File::open(&file.path).map_err(StoreError::file("读取", &file.path))?;
            let content = self.files.keep_from(open).await?;
            kept.push((content, file.kind, file.name.as_str()));
        }
        let kept = &kept;
        self.database
            .write(|mut transaction| async move { record_files(&mut transaction, kept, at).await })
            .await
    }

    /// The bytes of a recorded file, checked against its digest.
    ///
    /// # Errors
    /// [`StoreError::Integrity`] when there is none, or it is not what was recorded.
    pub(crate) async fn fetch(&self, digest: &Digest) -> Result<Vec<u8>, StoreError> {
        let missing = || StoreError::Integrity(format!("没有登记摘要为 {digest} 的文件"));
        let bytes = digest.bytes().ok_or_else(missing)?;
        let mut transaction = self.database.read().await?;
        let record = files::find(&mut transaction, &bytes).await;
        transaction.rollback().await;
        self.files.read(&record?).await
    }

    /// Puts a file where others take it from: whole, or not at all, and never in the place of
    /// another.
    ///
    /// # Errors
    /// [`StoreError::Integrity`] when another file of that name lies there;
    /// [`StoreError::File`] when it cannot be written.
    pub(crate) async fn place(
        &self,
        folder: &Path,
        name: &str,
        bytes: &[u8],
    ) -> Result<(), StoreError> {
        let path = folder.join(name);
        if let Ok(there) = std::fs::read(&path) {
            if there == bytes {
                return Ok(());
            }
            return Err(StoreError::Integrity(format!(
                "{} 已有内容不同的同名文件,没有覆盖",
                path.display()
            )));
        }
        let faults = self.files.faults();
        durable::folder(folder, faults)?;
        durable::write(&path, bytes, durable::Readers::Usual, faults)
    }

    /// All recorded files, in order of recording.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn file_records(&self) -> Result<Vec<files::FileRecord>, StoreError> {
        let mut transaction = self.database.read().await?;
        let records = files::list(&mut transaction).await;
        transaction.rollback().await;
        records
    }

    /// The log as it stands, signed.
    ///
    /// # Errors
    /// As [`log::sign_head`].
    pub(crate) async fn head(&self, at: Moment) -> Result<SignedHead, StoreError> {
        let (key, origin) = (&self.key, self.origin.as_str());
        self.database
            .write(|mut transaction| async move {
                log::sign_head(&mut transaction, key, origin, at.0).await
            })
            .await
    }
}

/// Records files that are in the folder, and says so in the log; those that are known stay as they
/// were recorded first.
async fn record_files(
    transaction: &mut Transaction,
    kept: &[(files::Kept, &str, &str)],
    at: Moment,
) -> Result<(), StoreError> {
    let mut events = Vec::new();
    for (kept, kind, name) in kept {
        match files::find(transaction, &kept.digest).await {
            Ok(_) => continue,
            Err(StoreError::UnknownFile(_)) => {}
            Err(error) => return Err(error),
        }
        files::record(transaction, kept, kind, name, at.0).await?;
        let digest = crate::store::encoding::hex(&kept.digest);
        events.push(NewEvent {
            at: at.0,
            kind: FILE.to_owned(),
            body: submit::json(&serde_json::json!({
                "digest": digest, "kind": kind, "name": name, "length": kept.length,
            }))?,
        });
    }
    if events.is_empty() {
        return Ok(());
    }
    log::append(transaction, &events).await.map(drop)
}
