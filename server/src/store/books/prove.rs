//! Proofs of what the log holds, for those who do not have it.

use zhida_engine::payouts::{Actor, Books, Command, Moment, PayoutId, Thing, User, UserId};
use zhida_policies::values::Uscc;

use crate::store::books::submit::{Entry, ORDER};
use crate::store::database::Transaction;
use crate::store::error::StoreError;
use crate::store::folder::Store;
use crate::store::log::{self, EventRecord, ExportedProof, PublicKey, SignedHead};

impl Store {
    /// The proof that the last event that changed a payout stands in the log as it is signed now;
    /// nothing when there is no such payout.
    ///
    /// # Errors
    /// [`StoreError::Integrity`] when the log cannot be executed; what the database says.
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
        let Some(event) = changes_of(transaction, payout, change).await?.pop() else {
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
    /// [`StoreError::Integrity`] when the log cannot be executed; what the database says.
    pub(crate) async fn history(&self, payout: &PayoutId) -> Result<Vec<EventRecord>, StoreError> {
        let mut transaction = self.database.read().await?;
        let found = changes_of(&mut transaction, payout, Change::Any).await;
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

/// Which changes of a payout are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    /// All of them.
    Any,
    /// Those that changed no other payout and were about nothing else.
    Alone,
}

/// Executes the log from its first event and gives those that changed the payout.
async fn changes_of(
    transaction: &mut Transaction,
    payout: &PayoutId,
    change: Change,
) -> Result<Vec<EventRecord>, StoreError> {
    let (mut books, mut after, mut found) = (Books::new(), 0_u64, Vec::new());
    loop {
        let page = log::page(transaction, after).await?;
        let Some(last) = page.last() else {
            return Ok(found);
        };
        after = last.sequence;
        for event in page {
            if event.kind == ORDER && changes(&mut books, &event, payout, change)? {
                found.push(event);
            }
        }
    }
}

fn changes(
    books: &mut Books,
    event: &EventRecord,
    payout: &PayoutId,
    change: Change,
) -> Result<bool, StoreError> {
    let sequence = event.sequence;
    let wrong = |what: String| StoreError::Integrity(format!("日志第 {sequence} 条:{what}"));
    let entry: Entry =
        serde_json::from_slice(&event.body).map_err(|error| wrong(error.to_string()))?;
    let effects = books
        .execute(&entry.order)
        .map_err(|refusal| wrong(refusal.to_string()))?;
    let is_alone = |uscc| match change {
        Change::Any => true,
        Change::Alone => is_about_one(&entry.order.command) && names_nobody(books, &entry, uscc),
    };
    let is_it = |thing: &Thing| {
        matches!(thing, Thing::Payout(changed)
            if changed.id == *payout && is_alone(changed.key.uscc))
    };
    Ok(effects.things.iter().any(is_it))
}

/// Whether an event names no official: an order of the system, or of the enterprise itself. The
/// proof of an event holds the order as it was given, with its key; keys of old began with who sent
/// them.
fn names_nobody(books: &Books, entry: &Entry, uscc: Uscc) -> bool {
    let is_own = |user: &User| user.enterprise == Some(uscc);
    let sender = entry.key.split('/').next().unwrap_or_default();
    let is_plain = books.user(&UserId::new(sender)).is_none_or(is_own);
    is_plain
        && match &entry.order.actor {
            Actor::System => true,
            Actor::User(user) => books.user(user).is_some_and(is_own),
            Actor::Delegate { .. } | Actor::Assisted { .. } => false,
        }
}

/// Whether an order is about one payout and holds nothing that its enterprise may not know: not who
/// objected, nor why something was sent back.
fn is_about_one(command: &Command) -> bool {
    match command {
        Command::Entitle(_)
        | Command::Propose { .. }
        | Command::Check { .. }
        | Command::Approve { .. }
        | Command::EndNotice { .. }
        | Command::Confirm { .. }
        | Command::Decline { .. }
        | Command::Remind { .. }
        | Command::Expire { .. }
        | Command::MarkUnknown { .. }
        | Command::Answer { .. }
        | Command::Settle { .. } => true,
        Command::SendBack { .. }
        | Command::Drop { .. }
        | Command::Publish(_)
        | Command::Object { .. }
        | Command::MakeBatch(_)
        | Command::Unbatch { .. }
        | Command::Seal { .. }
        | Command::BeginSending { .. }
        | Command::Sent { .. }
        | Command::StrayLine { .. }
        | Command::Recover { .. }
        | Command::OpenMotion { .. }
        | Command::SignMotion { .. }
        | Command::WithdrawMotion { .. }
        | Command::Enact { .. }
        | Command::BlockPayee { .. }
        | Command::Delegate(_)
        | Command::EndDelegation(_)
        | Command::SetUp { .. }
        | Command::SetPayer(_)
        | Command::SetLine { .. }
        | Command::Configure { .. }
        | Command::Suspend { .. } => false,
    }
}
