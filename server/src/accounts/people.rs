//! All accounts of a bureau as they stand, and accounts made ready for a demonstration.

use std::collections::BTreeSet;

use zhida_engine::payouts::{BureauId, Moment, User};

use crate::accounts::event::{AccountEvent, What, append};
use crate::accounts::record::{self, Record, needs_second_factor};
use crate::accounts::refusal::AccountError;
use crate::accounts::sessions;
use crate::accounts::tokens;
use crate::accounts::totp::Seed;
use crate::accounts::{Accounts, By, secret};
use crate::store::StoreError;
use crate::store::books::list;
use crate::store::database::{Transaction, Value};

/// How many users of a bureau are looked at together.
const LOOKED_AT: i64 = 500;

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
    /// Whether somebody may sign in to it by an identity service.
    pub(crate) is_linked: bool,
    /// When somebody last signed in to it.
    pub(crate) signed_in_at: Option<Moment>,
    /// Whether nobody did for longer than the settings say.
    pub(crate) is_stale: bool,
    /// How many sessions live.
    pub(crate) sessions: u64,
}

/// How many accounts of a bureau stand how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct StandingCounts {
    /// May act.
    pub(crate) active: u64,
    /// Somebody is signed in.
    pub(crate) signed_in: u64,
    /// May act, and nobody has set them up.
    pub(crate) without_password: u64,
    /// May act, must have a second factor and have none.
    pub(crate) without_factor: u64,
    /// Nobody has signed in for longer than the settings say.
    pub(crate) stale: u64,
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

/// How the accounts stand that a condition picks; the first two values are for sessions that live.
macro_rules! standings_where {
    ($($condition:expr),+) => {
        concat!(
            "SELECT u.body AS body, COALESCE(a.created_at, 0) AS created_at, \
             a.password IS NOT NULL AS has_password, a.password_at AS password_at, \
             a.seed IS NOT NULL AS has_seed, a.signed_in_at AS signed_in_at, \
             (SELECT COUNT(*) FROM identities i WHERE i.account = u.id) AS links, \
             (SELECT COUNT(*) FROM sessions s WHERE s.account = u.id \
              AND s.seen_at > $1 AND s.began_at > $2) AS sessions \
             FROM users u LEFT JOIN accounts a ON a.id = u.id ",
            $($condition),+
        )
    };
}

/// What makes an account one that nobody uses, where `$4` is the last moment that is too long ago;
/// as [`Standing::is_stale`].
macro_rules! is_stale {
    () => {
        "u.is_active = 1 AND (a.password IS NOT NULL OR EXISTS \
         (SELECT 1 FROM identities i WHERE i.account = u.id)) \
         AND COALESCE(a.signed_in_at, a.created_at, 0) <= $4"
    };
}

/// How many accounts of the bureau `$3` stand how.
const COUNTS: &str = concat!(
    "SELECT COALESCE(SUM(CASE WHEN u.is_active = 1 THEN 1 ELSE 0 END), 0) AS active, \
     COALESCE(SUM(CASE WHEN EXISTS (SELECT 1 FROM sessions s WHERE s.account = u.id \
      AND s.seen_at > $1 AND s.began_at > $2) THEN 1 ELSE 0 END), 0) AS signed_in, \
     COALESCE(SUM(CASE WHEN u.is_active = 1 AND a.password IS NULL \
      THEN 1 ELSE 0 END), 0) AS without_password, \
     COALESCE(SUM(CASE WHEN u.is_active = 1 AND u.needs_factor = 1 AND a.seed IS NULL \
      THEN 1 ELSE 0 END), 0) AS without_factor, \
     COALESCE(SUM(CASE WHEN ",
    is_stale!(),
    " THEN 1 ELSE 0 END), 0) AS stale \
     FROM users u LEFT JOIN accounts a ON a.id = u.id WHERE u.bureau = $3"
);

impl Accounts {
    /// How all accounts of the installation stand.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn standings(&self, now: Moment) -> Result<Vec<Standing>, AccountError> {
        let query = standings_where!("ORDER BY u.id");
        self.found(query, Vec::new(), now).await
    }

    /// How many accounts of a bureau stand how, counted by the database.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn counts(
        &self,
        bureau: &BureauId,
        now: Moment,
    ) -> Result<StandingCounts, AccountError> {
        let now = self.now(now).await?;
        let mut values: Vec<Value> = self.alive(now).into();
        values.extend([bureau.as_str().into(), self.stale_since(now)]);
        let rows = self.0.database.fetch(COUNTS, &values).await?;
        let Some(row) = rows.first() else {
            return Ok(StandingCounts::default());
        };
        Ok(StandingCounts {
            active: row.size("active")?,
            signed_in: row.size("signed_in")?,
            without_password: row.size("without_password")?,
            without_factor: row.size("without_factor")?,
            stale: row.size("stale")?,
        })
    }

    /// The accounts of a bureau that nobody uses and that come after a name, so many at most.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn stale_after(
        &self,
        bureau: &BureauId,
        (after, limit): (&str, u32),
        now: Moment,
    ) -> Result<Vec<Standing>, AccountError> {
        let query = standings_where!(
            "WHERE u.bureau = $3 AND ",
            is_stale!(),
            " AND u.id > $5 ORDER BY u.id LIMIT $6"
        );
        let since = self.stale_since(self.now(now).await?);
        let (bureau, limit) = (bureau.as_str().into(), i64::from(limit).into());
        self.found(query, vec![bureau, since, after.into(), limit], now)
            .await
    }

    /// Which of some accounts belong to a bureau.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn of_bureau(
        &self,
        bureau: &BureauId,
        accounts: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>, StoreError> {
        let query = "SELECT id FROM users \
             WHERE bureau = $1 AND id IN (SELECT value FROM json_each($2))";
        let names: Vec<&str> = accounts.iter().map(String::as_str).collect();
        let values: [Value; 2] = [bureau.as_str().into(), list(&names).into()];
        let rows = self.0.database.fetch(query, &values).await?;
        rows.iter()
            .map(|row| Ok(row.text("id")?.to_owned()))
            .collect()
    }

    /// Since when sessions must have been seen, and must have begun, to live.
    fn alive(&self, now: Moment) -> [Value; 2] {
        let settings = self.settings();
        let longest = [settings.idle(), settings.session()];
        longest.map(|longest| now.0.saturating_sub(longest).into())
    }

    /// Whoever was last there by then has been away for too long.
    fn stale_since(&self, now: Moment) -> Value {
        now.0.saturating_sub(self.settings().stale()).into()
    }

    /// How the accounts of a bureau stand that come after a name, so many at most.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn standings_after(
        &self,
        bureau: &BureauId,
        (after, limit): (&str, u32),
        now: Moment,
    ) -> Result<Vec<Standing>, AccountError> {
        let query = standings_where!("WHERE u.bureau = $3 AND u.id > $4 ORDER BY u.id LIMIT $5");
        let bureau = bureau.as_str().into();
        let values = vec![bureau, after.into(), i64::from(limit).into()];
        self.found(query, values, now).await
    }

    /// How one account stands, where it lies in the bureau.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn standing(
        &self,
        bureau: &BureauId,
        account: &str,
        now: Moment,
    ) -> Result<Option<Standing>, AccountError> {
        let query = standings_where!("WHERE u.bureau = $3 AND u.id = $4");
        let values = vec![bureau.as_str().into(), account.into()];
        let found = self.found(query, values, now).await?;
        Ok(found.into_iter().next())
    }

    /// The bureaus of officials for which nobody said where they stand.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn bureaus_without_office(&self) -> Result<Vec<BureauId>, AccountError> {
        let query = "SELECT DISTINCT bureau FROM users \
             WHERE bureau NOT IN (SELECT bureau FROM offices) ORDER BY bureau";
        let found: Result<_, StoreError> = in_read!(self, async |transaction| {
            let mut without = Vec::new();
            for row in transaction.fetch(query, &[]).await? {
                let bureau = BureauId::new(row.text("bureau")?);
                let is_official = |user: &User| user.roles.iter().any(|role| role.is_official());
                if has_one(transaction, &bureau, is_official).await? {
                    without.push(bureau);
                }
            }
            Ok(without)
        });
        Ok(found?)
    }

    /// Whether anybody works in a bureau of that name.
    ///
    /// # Errors
    /// What the database says.
    #[cfg(feature = "openid")]
    pub(crate) async fn has_bureau(&self, bureau: &BureauId) -> Result<bool, AccountError> {
        let found = in_read!(self, async |transaction| has_one(
            transaction,
            bureau,
            needs_second_factor
        )
        .await);
        Ok(found?)
    }

    async fn found(
        &self,
        query: &'static str,
        more: Vec<Value>,
        now: Moment,
    ) -> Result<Vec<Standing>, AccountError> {
        let now = self.now(now).await?;
        let mut values: Vec<Value> = self.alive(now).into();
        values.extend(more);
        let rows = self.0.database.fetch(query, &values).await?;
        let lines = rows.iter().map(|row| {
            let user = record::known(row.text("body")?)?.user;
            let has_password = row.int("has_password")? != 0;
            let has_second_factor = row.int("has_seed")? != 0;
            let is_linked = row.int("links")? != 0;
            let can_sign_in = has_password || is_linked;
            let signed_in_at = row.int_or_null("signed_in_at")?.map(Moment);
            let since = signed_in_at.unwrap_or(Moment(row.int("created_at")?));
            let unused = now.0.saturating_sub(since.0);
            Ok(Standing {
                lacks_second_factor: needs_second_factor(&user) && !has_second_factor,
                has_password,
                password_at: row.int_or_null("password_at")?.map(Moment),
                has_second_factor,
                is_linked,
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
            tokens::revoke_all(transaction, account, by.name(), now).await?;
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

/// Whether a bureau has such a user. They are looked at part by part, and those who come by a
/// service for enterprises, who may be very many, not at all.
async fn has_one(
    transaction: &mut Transaction,
    bureau: &BureauId,
    is_such: fn(&User) -> bool,
) -> Result<bool, StoreError> {
    let query = "SELECT id, body FROM users WHERE bureau = $1 AND id > $2 AND NOT EXISTS \
         (SELECT 1 FROM identities i WHERE i.account = users.id AND i.enterprise <> '') \
         ORDER BY id LIMIT $3";
    let mut after = String::new();
    loop {
        let bureau = bureau.as_str().into();
        let values: [Value; 3] = [bureau, after.as_str().into(), LOOKED_AT.into()];
        let rows = transaction.fetch(query, &values).await?;
        let Some(last) = rows.last() else {
            return Ok(false);
        };
        last.text("id")?.clone_into(&mut after);
        for row in &rows {
            if is_such(&record::known(row.text("body")?)?.user) {
                return Ok(true);
            }
        }
    }
}
