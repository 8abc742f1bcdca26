//! Proofs of what the log holds, for those who do not have it.

use zhida_engine::payouts::{Moment, PayoutId};

use super::changes::{self, Change};
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

    /// The proof of the last event that changed this payout and no other, so that whoever holds it
    /// learns nothing of others; nothing when there is none.
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
        let found = self
            .inclusion_of(&mut transaction, payout, &head, Change::Alone)
            .await;
        transaction.rollback().await;
        found
    }

    async fn inclusion(
        &self,
        transaction: &mut Transaction,
        payout: &PayoutId,
        head: &SignedHead,
    ) -> Result<Option<ExportedProof>, StoreError> {
        self.inclusion_of(transaction, payout, head, Change::Any)
            .await
    }

    async fn inclusion_of(
        &self,
        transaction: &mut Transaction,
        payout: &PayoutId,
        head: &SignedHead,
        change: Change,
    ) -> Result<Option<ExportedProof>, StoreError> {
        let Some(event) = changes::last(transaction, payout, change).await? else {
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
