//! The row of an account, and the user it belongs to.

use zhida_engine::payouts::{Digest, Moment, Role, User};

use crate::accounts::session::Stage;
use crate::accounts::sessions::SessionRow;
use crate::accounts::settings::AccountSettings;
use crate::store::StoreError;
use crate::store::books;
use crate::store::database::{Row, Transaction};

/// An account as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// The user.
    pub(crate) id: String,
    /// The hash of the password.
    pub(crate) password: Option<String>,
    /// Since when.
    pub(crate) password_at: Option<Moment>,
    /// Whether it must be changed before anything else.
    pub(crate) must_change: bool,
    /// The sealed seed of the second factor.
    pub(crate) seed: Option<Vec<u8>>,
    /// The last step whose code was used.
    pub(crate) seed_step: Option<i64>,
    /// A sealed seed that waits for its first code.
    pub(crate) seed_waiting: Option<Vec<u8>>,
}

/// A user as the books have him now, and the digest of all that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// The user.
    pub(crate) user: User,
    /// Another one as soon as anything about him changes.
    pub(crate) digest: Digest,
}

impl Record {
    /// The account of this name.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn find(
        transaction: &mut Transaction,
        id: &str,
    ) -> Result<Option<Self>, StoreError> {
        let query = "SELECT id, password, password_at, must_change, seed, seed_step, \
             seed_waiting FROM accounts WHERE id = $1";
        let row = transaction.fetch_one(query, &[id.into()]).await?;
        row.as_ref().map(Self::from_row).transpose()
    }

    /// The account of a row.
    ///
    /// # Errors
    /// [`StoreError::Row`] when a value is not of its kind.
    pub(crate) fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.text("id")?.to_owned(),
            password: row.text_or_null("password")?.map(str::to_owned),
            password_at: row.int_or_null("password_at")?.map(Moment),
            must_change: row.int("must_change")? != 0,
            seed: row.blob_or_null("seed")?.map(<[u8]>::to_vec),
            seed_step: row.int_or_null("seed_step")?,
            seed_waiting: row.blob_or_null("seed_waiting")?.map(<[u8]>::to_vec),
        })
    }

    /// Makes the account of a user who has none.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn make(
        transaction: &mut Transaction,
        id: &str,
        now: Moment,
    ) -> Result<(), StoreError> {
        let insert = "INSERT INTO accounts (id, must_change, created_at) VALUES ($1, 0, $2) \
             ON CONFLICT (id) DO NOTHING";
        let values = [id.into(), now.0.into()];
        transaction.execute(insert, &values).await.map(drop)
    }

    /// How far signing in is.
    pub(in crate::accounts) fn stage(
        &self,
        user: &User,
        row: &SessionRow,
        settings: &AccountSettings,
        now: Moment,
    ) -> Stage {
        let has_shown = row.second_at.is_some();
        let is_vouched = has_shown && row.vouched;
        match &self.seed {
            Some(_) if !has_shown => Stage::NeedsCode,
            None if needs_second_factor(user) && !is_vouched => Stage::NeedsSecondFactor,
            // Whoever came by a service did not use the password, however old it is.
            Some(_) | None if row.service.is_none() && self.is_password_over(settings, now) => {
                Stage::NeedsPassword
            }
            Some(_) | None => Stage::Complete,
        }
    }

    fn is_password_over(&self, settings: &AccountSettings, now: Moment) -> bool {
        let over = |since: Moment, age: i64| now.0.saturating_sub(since.0) >= age;
        let age = settings.passwords.age_max();
        let is_old = self
            .password_at
            .zip(age)
            .is_some_and(|(since, age)| over(since, age));
        self.must_change || is_old
    }
}

/// Everybody but an enterprise must have a second factor.
pub(crate) fn needs_second_factor(user: &User) -> bool {
    user.roles.iter().any(|role| *role != Role::Enterprise)
}

/// The user of this name, as the books have him.
///
/// # Errors
/// What the database says.
pub(crate) async fn user(
    transaction: &mut Transaction,
    id: &str,
) -> Result<Option<Known>, StoreError> {
    let query = "SELECT body FROM users WHERE id = $1";
    let row = transaction.fetch_one(query, &[id.into()]).await?;
    row.map(|row| known(row.text("body")?)).transpose()
}

/// A user of a row of the books.
///
/// # Errors
/// [`StoreError::Integrity`] when it is none.
pub(crate) fn known(body: &str) -> Result<Known, StoreError> {
    Ok(Known {
        user: books::user(body)?,
        digest: Digest::of(body.as_bytes()),
    })
}
