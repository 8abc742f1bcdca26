//! All accounts of a bureau as they stand, and accounts made ready for a demonstration.

use zhida_engine::payouts::{BureauId, Moment, User};

use crate::accounts::event::{AccountEvent, What, append};
use crate::accounts::record::{self, Record, needs_second_factor};
use crate::accounts::refusal::AccountError;
use crate::accounts::sessions;
use crate::accounts::totp::Seed;
use crate::accounts::{Accounts, By, secret};
use crate::store::StoreError;
use crate::store::database::Value;

/// How an account stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The user.
    pub(crate) user: User,
    /// Whether somebody has set it up.
    pub(crate) has_password: bool,
    /// Since when the password holds.
    pub(crate) password_at: Option<Moment>,
    /// Whether it has a second factor.
    pub(crate) has_second_factor: bool,
    /// Whether it must have one and has none.
    pub(crate) lacks_second_factor: bool,
    /// When somebody last signed in to it.
    pub(crate) signed_in_at: Option<Moment>,
    /// Whether nobody did for longer than the settings say.
    pub(crate) is_stale: bool,
    /// How many sessions live.
    pub(crate) sessions: u64,
}

/// What to sign in with, for a demonstration.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    /// The account.
    pub(crate) account: String,
    /// Its password, made up for this installation.
    pub(crate) password: String,
    /// The seed of its second factor, as it is typed into a phone.
    pub(crate) seed: String,
}

impl Accounts {
    /// How the accounts stand: of one bureau, or of all.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn standings(
        &self,
        bureau: Option<&BureauId>,
        now: Moment,
    ) -> Result<Vec<Standing>, AccountError> {
        let now = self.now(now).await?;
        let rows = in_read!(self, async |transaction| {
            let query = "SELECT u.body AS body, COALESCE(a.created_at, 0) AS created_at, \
                     a.password IS NOT NULL AS has_password, a.password_at AS password_at, \
                     a.seed IS NOT NULL AS has_seed, a.signed_in_at AS signed_in_at, \
                     (SELECT COUNT(*) FROM identities i WHERE i.account = u.id) AS links, \
                     (SELECT COUNT(*) FROM sessions s WHERE s.account = u.id \
                      AND s.seen_at > $2 AND s.began_at > $3) AS sessions \
                     FROM users u LEFT JOIN accounts a ON a.id = u.id \
                     WHERE $1 = '' OR u.bureau = $1 ORDER BY u.id";
            let values: [Value; 3] = [
                bureau.map_or("", BureauId::as_str).into(),
                now.0.saturating_sub(self.settings().idle()).into(),
                now.0.saturating_sub(self.settings().session()).into(),
            ];
            transaction.fetch(query, &values).await
        })?;
        let lines = rows.iter().map(|row| {
            let user = record::known(row.text("body")?)?.user;
            let has_password = row.int("has_password")? != 0;
            let has_second_factor = row.int("has_seed")? != 0;
            let can_sign_in = has_password || row.int("links")? != 0;
            let signed_in_at = row.int_or_null("signed_in_at")?.map(Moment);
            let since = signed_in_at.unwrap_or(Moment(row.int("created_at")?));
            let unused = now.0.saturating_sub(since.0);
            Ok(Standing {
                lacks_second_factor: needs_second_factor(&user) && !has_second_factor,
                has_password,
                password_at: row.int_or_null("password_at")?.map(Moment),
                has_second_factor,
                signed_in_at,
                is_stale: user.is_active && can_sign_in && unused >= self.settings().stale(),
                sessions: row.size("sessions")?,
                user,
            })
        });
        lines.collect::<Result<_, StoreError>>().map_err(Into::into)
    }

    /// Ends the sessions of an account, takes back its tokens and its one-time codes: what goes
    /// with suspending its user in the books.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn shut(
        &self,
        by: By<'_>,
        account: &str,
        now: Moment,
    ) -> Result<u64, AccountError> {
        let now = self.now(now).await?;
        in_write!(self, async |transaction| {
            let count = sessions::end_all(transaction, account, None).await?;
            let delete = "DELETE FROM account_codes WHERE account = $1 AND expires_at IS NOT NULL";
            transaction.execute(delete, &[account.into()]).await?;
            let query = "SELECT name FROM api_tokens WHERE account = $1 AND revoked_at IS NULL \
                 ORDER BY name";
            for row in transaction.fetch(query, &[account.into()]).await? {
                let name = row.text("name")?.to_owned();
                let what = What::TokenRevoked { name };
                append(
                    transaction,
                    AccountEvent::new(Some(account), by.name(), "", what),
                    now,
                )
                .await?;
            }
            let update = "UPDATE api_tokens SET revoked_at = $2 \
                 WHERE account = $1 AND revoked_at IS NULL";
            transaction
                .execute(update, &[account.into(), now.0.into()])
                .await?;
            let reason = "账号停用".to_owned();
            let what = What::SessionsEnded { reason, count };
            let event = AccountEvent::new(Some(account), by.name(), "", what);
            append(transaction, event, now).await?;
            Ok(count)
        })
    }

    /// Gives an account a password and a second factor that nobody chose, both made up for this
    /// installation: for demonstrations and tests, from the console alone.
    ///
    /// # Errors
    /// [`AccountRefusal::NoSuchUser`](crate::accounts::AccountRefusal::NoSuchUser); what the
    /// database says.
    pub(crate) async fn prepare(
        &self,
        account: &str,
        now: Moment,
    ) -> Result<Prepared, AccountError> {
        let now = self.now(now).await?;
        let password = secret::one_time_code()?.to_lowercase();
        let password = format!("A{password}9");
        let seed = Seed::new()?;
        let pepper = self.pepper(account);
        let hashed = self.0.hasher.hash(&password, pepper).await?;
        let sealed = self.0.vault.seal(account, seed.bytes())?;
        let by = By::Console;
        in_write!(self, async |transaction| {
            self.known(transaction, account).await?;
            Record::make(transaction, account, now).await?;
            self.keep_password(transaction, account, &hashed, now)
                .await?;
            let update = "UPDATE accounts SET seed = $2, seed_step = NULL WHERE id = $1";
            let values: [Value; 2] = [account.into(), sealed.clone().into()];
            transaction.execute(update, &values).await?;
            for what in [What::PasswordSet, What::SecondFactorSet] {
                let event = AccountEvent::new(Some(account), by.name(), "", what);
                append(transaction, event, now).await?;
            }
            Ok::<(), AccountError>(())
        })?;
        Ok(Prepared {
            account: account.to_owned(),
            password,
            seed: seed.base32(),
        })
    }
}
