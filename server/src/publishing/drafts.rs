//! What a bureau is still writing at.
//!
//! # Shape
//! One draft a policy and bureau. Every text that was saved stays among the files, in the name of
//! who saved it; all who have written at a draft are its authors until it is published.

use std::collections::BTreeSet;

use zhida_engine::payouts::{BureauId, Digest, Moment, PersonId, User};
use zhida_policies::document::Document;

use crate::store::database::{Row, Transaction, Value};
use crate::store::{Store, StoreError};

/// A draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Draft {
    /// Whose.
    pub(crate) bureau: BureauId,
    /// Of which policy.
    pub(crate) policy: String,
    /// What it calls itself.
    pub(crate) title: String,
    /// The text.
    pub(crate) text: String,
    /// Who has written at it.
    pub(crate) authors: BTreeSet<PersonId>,
    /// Who saved it last.
    pub(crate) user: String,
    /// When.
    pub(crate) at: Moment,
}

impl Draft {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let authors = serde_json::from_str(row.text("authors")?);
        Ok(Self {
            bureau: BureauId::new(row.text("bureau")?),
            policy: row.text("policy")?.to_owned(),
            title: row.text("title")?.to_owned(),
            text: row.text("text")?.to_owned(),
            authors: authors.map_err(|error| StoreError::Integrity(error.to_string()))?,
            user: row.text("user_id")?.to_owned(),
            at: Moment(row.int("at")?),
        })
    }

    /// The draft of a policy.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn find(
        store: &Store,
        bureau: &BureauId,
        policy: &str,
    ) -> Result<Option<Self>, StoreError> {
        let query = "SELECT * FROM policy_drafts WHERE bureau = $1 AND policy = $2";
        let values = [bureau.as_str().into(), policy.into()];
        let rows = store.database.fetch(query, &values).await?;
        rows.first().map(Self::read).transpose()
    }

    /// The digest by which it is known whether somebody has changed it.
    pub(crate) fn digest(&self) -> Digest {
        Digest::of(self.text.as_bytes())
    }

    /// Saves a text as the draft of a policy, in the name of a user who has seen the draft with
    /// this digest; none where there was no draft. What somebody else saved meanwhile stays, but
    /// where it is the same text.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn save(
        store: &Store,
        user: &User,
        (policy, text): (&str, &str),
        seen: Option<&Digest>,
        at: Moment,
    ) -> Result<Saved, StoreError> {
        let name = format!("{policy} {}", user.id);
        store.keep("draft", &name, text.as_bytes(), at).await?;
        let document = Document::read(text).document;
        let title = document
            .front_matter()
            .map_or_else(|| policy.to_owned(), |front| front.title.value.clone());
        let (bureau, title) = (user.bureau.as_str(), title.as_str());
        store
            .database
            .write(|mut transaction| async move {
                let known = known(&mut transaction, (bureau, policy)).await?;
                if let Some(known) = &known
                    && known.text != text
                    && seen != Some(&known.digest())
                {
                    return Ok(Saved::Not(Box::new(known.clone())));
                }
                let mut authors = known.map_or_else(BTreeSet::new, |known| known.authors);
                authors.insert(user.person.clone());
                let authors = serde_json::to_string(&authors)
                    .map_err(|error| StoreError::Integrity(error.to_string()))?;
                let upsert = "INSERT INTO policy_drafts \
                     (bureau, policy, title, text, authors, user_id, at) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (bureau, policy) \
                     DO UPDATE SET title = excluded.title, text = excluded.text, \
                     authors = excluded.authors, user_id = excluded.user_id, at = excluded.at";
                let values: [Value; 7] = [
                    bureau.into(),
                    policy.into(),
                    title.into(),
                    text.into(),
                    authors.into(),
                    user.id.as_str().into(),
                    at.0.into(),
                ];
                transaction.execute(upsert, &values).await?;
                Ok(Saved::Yes)
            })
            .await
    }

    /// Gives a draft up, where it still is the text that was published or is not wanted.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn drop(
        store: &Store,
        bureau: &BureauId,
        policy: &str,
        text: &str,
    ) -> Result<(), StoreError> {
        store
            .database
            .write(|mut transaction| async move {
                let delete = "DELETE FROM policy_drafts \
                     WHERE bureau = $1 AND policy = $2 AND text = $3";
                let values = [bureau.as_str().into(), policy.into(), text.into()];
                transaction.execute(delete, &values).await.map(drop)
            })
            .await
    }
}

/// What became of a text that was to be saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Saved {
    /// It is the draft now.
    Yes,
    /// Somebody saved this meanwhile, and nothing was written.
    Not(Box<Draft>),
}

async fn known(
    transaction: &mut Transaction,
    (bureau, policy): (&str, &str),
) -> Result<Option<Draft>, StoreError> {
    let query = "SELECT * FROM policy_drafts WHERE bureau = $1 AND policy = $2";
    let row = transaction
        .fetch_one(query, &[bureau.into(), policy.into()])
        .await?;
    row.as_ref().map(Draft::read).transpose()
}

/// The drafts of a bureau, by policy.
///
/// # Errors
/// What the database says.
pub(crate) async fn drafts(store: &Store, bureau: &BureauId) -> Result<Vec<Draft>, StoreError> {
    let query = "SELECT * FROM policy_drafts WHERE bureau = $1 ORDER BY policy";
    let rows = store
        .database
        .fetch(query, &[bureau.as_str().into()])
        .await?;
    rows.iter().map(Draft::read).collect()
}
