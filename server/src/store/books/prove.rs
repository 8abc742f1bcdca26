//! Proofs of what the log holds, for those who do not have it.

use zhida_engine::payouts::{Actor, Books, Moment, PayoutId, Subject, User, UserId};
use zhida_policies::values::Uscc;

use super::{changes, load};
use crate::store::books::submit::Entry;
use crate::store::database::Transaction;
use crate::store::error::StoreError;
use crate::store::folder::Store;
use crate::store::log::{self, EventRecord, ExportedProof, PublicKey, SignedHead};

impl Store {
    /// The proof that the last event that changed a payout stands in the log as it is signed now;
    /// nothing when there is no such payout.
    ///
    /// # Errors
    /// [`StoreError::Integrity`] when the log is not what was signed; what the database says.
    pub(crate) async fn prove_payout(
        &self,
        payout: &PayoutId,
        at: Moment,
    ) -> Result<Option<ExportedProof>, StoreError> {
        let head = self.head(at).await?;
        let mut transaction = self.database.read().await?;
        let found = self.inclusion(&mut transaction, payout, &head).await;
        transaction.rollback().await;
        found
    }

    /// The proof of the last event that changed this payout and no other and that the system or its
    /// enterprise ordered, so that whoever holds it learns nothing of others and of no official;
    /// nothing when there is none.
    ///
    /// # Errors
    /// As [`Store::prove_payout`].
    pub(crate) async fn prove_alone(
        &self,
        payout: &PayoutId,
        at: Moment,
    ) -> Result<Option<ExportedProof>, StoreError> {
        let head = self.head(at).await?;
        let mut transaction = self.database.read().await?;
        let event = last_alone(&mut transaction, payout).await;
        let found = match event {
            Ok(event) => self.inclusion_of(&mut transaction, event, &head).await,
            Err(error) => Err(error),
        };
        transaction.rollback().await;
        found
    }

    async fn inclusion(
        &self,
        transaction: &mut Transaction,
        payout: &PayoutId,
        head: &SignedHead,
    ) -> Result<Option<ExportedProof>, StoreError> {
        let event = changes::last(transaction, payout).await?;
        self.inclusion_of(transaction, event, head).await
    }

    async fn inclusion_of(
        &self,
        transaction: &mut Transaction,
        event: Option<EventRecord>,
        head: &SignedHead,
    ) -> Result<Option<ExportedProof>, StoreError> {
        let Some(event) = event else {
            return Ok(None);
        };
        let path = log::inclusion(transaction, event.sequence, head.size).await?;
        let signer = self.signer();
        let proof = ExportedProof::inclusion(&event, head, (&self.origin, &signer), &path);
        sound(proof).map(Some)
    }

    /// Every event that changed a payout, in order.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn history(&self, payout: &PayoutId) -> Result<Vec<EventRecord>, StoreError> {
        let mut transaction = self.database.read().await?;
        let found = changes::all(&mut transaction, payout).await;
        transaction.rollback().await;
        found
    }

    /// The proof that the log as it is signed now begins with all of the log of an older head.
    ///
    /// # Errors
    /// [`StoreError::Integrity`] when it does not, or the head is none of this log; what the
    /// database says.
    pub(crate) async fn prove_growth(
        &self,
        older: &str,
        at: Moment,
    ) -> Result<ExportedProof, StoreError> {
        let signer = self.signer();
        // What was saved from a screen may have lost or gained blanks around it.
        let older = format!("{}\n", older.trim());
        let read = SignedHead::from_note(&older, &signer);
        let older = read
            .filter(|(origin, head)| *origin == self.origin && head.is_signed_by(&signer, origin));
        let (_, older) = older.ok_or_else(|| {
            StoreError::Integrity("日志头不完整,或不是这个日志的密钥签的".to_owned())
        })?;
        let newer = self.head(at).await?;
        let mut transaction = self.database.read().await?;
        let path = log::consistency(&mut transaction, older.size, newer.size).await;
        transaction.rollback().await;
        let signer = (self.origin.as_str(), &signer);
        sound(ExportedProof::consistency(&older, &newer, signer, &path?))
    }

    /// The public half of the key that signs the log now.
    fn signer(&self) -> PublicKey {
        self.key.public()
    }
}

/// A proof that does not hold is not given away: the log is not what was signed.
fn sound(proof: ExportedProof) -> Result<ExportedProof, StoreError> {
    match proof.verify(None) {
        Ok(_) => Ok(proof),
        Err(fault) => Err(StoreError::Integrity(format!("证明不成立:{fault}"))),
    }
}

/// The last event that is about a payout alone and names no official.
async fn last_alone(
    transaction: &mut Transaction,
    payout: &PayoutId,
) -> Result<Option<EventRecord>, StoreError> {
    let mut subjects = vec![Subject::Payout(payout.clone())];
    let mut found = Vec::new();
    for event in changes::alone(transaction, payout).await? {
        let sequence = event.sequence;
        let wrong = |error| StoreError::Integrity(format!("日志第 {sequence} 条:{error}"));
        let entry: Entry = serde_json::from_slice(&event.body).map_err(wrong)?;
        subjects.push(Subject::User(sender(&entry)));
        if let Actor::User(user) = &entry.order.actor {
            subjects.push(Subject::User(user.clone()));
        }
        found.push((event, entry));
    }
    let books = load::load(transaction, &subjects).await?;
    let Some(uscc) = books.payout(payout).map(|payout| payout.key.uscc) else {
        return Ok(None);
    };
    let mut found = found.into_iter();
    let last = found.find(|(_, entry)| names_nobody(&books, entry, uscc));
    Ok(last.map(|(event, _)| event))
}

/// Who may have sent an order, by its key.
fn sender(entry: &Entry) -> UserId {
    UserId::new(entry.key.split('/').next().unwrap_or_default())
}

/// Whether an event names no official: an order of the system, or of the enterprise itself. The
/// proof of an event holds the order as it was given, with its key; keys of old began with who sent
/// them.
fn names_nobody(books: &Books, entry: &Entry, uscc: Uscc) -> bool {
    let is_own = |user: &User| user.enterprise == Some(uscc);
    let is_plain = books.user(&sender(entry)).is_none_or(is_own);
    is_plain
        && match &entry.order.actor {
            Actor::System => true,
            Actor::User(user) => books.user(user).is_some_and(is_own),
            Actor::Delegate { .. } | Actor::Assisted { .. } => false,
        }
}
