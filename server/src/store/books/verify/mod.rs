//! Executing the whole log again and comparing every row and every file with what it comes to.
//!
//! # Memory
//! The log, its postings, its replies and the tables are read a page at a time; what stays is the
//! books themselves, which grow with what a bureau pays and not with how often somebody acted.

mod replay;
mod things;

use zhida_engine::merkle::TreeHash;
use zhida_engine::payouts::{Books, Digest};

use crate::store::database::Transaction;
use crate::store::error::StoreError;
use crate::store::folder::Store;
use crate::store::log::{self, PrintedHead};
use replay::Replay;

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

/// Told how much of how much is done.
type Tell<'a> = &'a (dyn Fn(u64, u64) + Sync);
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
        self.verify_watched(head, &|_, _| ()).await
    }

    /// As [`Store::verify`]; whoever watches is told how many of how many events are executed.
    ///
    /// # Errors
    /// As [`Store::verify`].
    pub(crate) async fn verify_watched(
        &self,
        head: Option<&str>,
        tell: Tell<'_>,
    ) -> Result<Verification, StoreError> {
        let printed = match head {
            Some(text) => Some(printed(text, &self.origin)?),
            None => None,
        };
        let mut transaction = self.database.read().await?;
        let found = self.verify_all(&mut transaction, printed, tell).await;
        transaction.rollback().await;
        found
    }

    async fn verify_all(
        &self,
        transaction: &mut Transaction,
        printed: Option<PrintedHead>,
        tell: Tell<'_>,
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
        let mut replay = Replay::default();
        let tell = |done| tell(done, found.events);
        let compared = self.compare(transaction, &mut replay, &tell).await?;
        found.fault = compared.err();
        found.books = replay.books.digest();
        found.things = u64::try_from(replay.books.things().count()).unwrap_or(u64::MAX);
        (found.postings, found.files) = (replay.postings, replay.files);
        Ok(found)
    }

    async fn compare(
        &self,
        transaction: &mut Transaction,
        replay: &mut Replay,
        tell: &(dyn Fn(u64) + Sync),
    ) -> Checked {
        if let Err(fault) = replay.run(transaction, tell).await? {
            return Ok(Err(fault));
        }
        if let Err(fault) = things::compare(transaction, replay).await? {
            return Ok(Err(fault));
        }
        if let Err(fault) = replay.accounts.compare(transaction).await? {
            return Ok(Err(fault));
        }
        if let Some(imbalance) = replay.books.imbalances().first() {
            return Ok(Err(format!(
                "指标“{}”的{}余额 {} 与各事项合计 {} 不符",
                imbalance.line,
                imbalance.account.chinese(),
                imbalance.booked,
                imbalance.found
            )));
        }
        let faults = self.files.verify(transaction).await?;
        Ok(faults
            .first()
            .map_or(Ok(()), |fault| Err(fault.to_string())))
    }
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
