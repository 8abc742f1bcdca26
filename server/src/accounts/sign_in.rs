//! Signing in with a password, and changing it.

use zhida_engine::payouts::{Moment, User};

use crate::accounts::event::{AccountEvent, What, append};
use crate::accounts::password::{Context, PasswordFault};
use crate::accounts::record::{self, Known, Record};
use crate::accounts::refusal::{AccountError, AccountRefusal};
use crate::accounts::session::Session;
use crate::accounts::sessions::{self, Present, SessionRow};
use crate::accounts::settings::DAY;
use crate::accounts::throttle::{self, Bucket, Left};
use crate::accounts::vault::Purpose;
use crate::accounts::{Accounts, Client, secret};
use crate::store::StoreError;
use crate::store::database::{Transaction, Value};

/// For how long a device counts as known.
const DEVICE_LIFE: i64 = 180 * DAY;
/// How many known devices an account has; the oldest goes.
const DEVICES_MAX: i64 = 20;
/// How much of what a browser calls itself is kept.
const AGENT_LETTERS: usize = 120;

/// Somebody whose password fitted.
#[derive(Clone, Debug)]
pub(crate) struct SignedIn {
    /// The identifier of the session: the cookie, and nowhere else.
    pub(crate) id: String,
    /// The identifier of the device, for another cookie that stays.
    pub(crate) device: String,
    /// The session; see its stage for what is still missing.
    pub(crate) session: Session,
}

/// By what somebody came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Came {
    /// By something that only he knows.
    Password,
    /// By a one-time code that counts.
    Code,
    /// By an identity service.
    #[cfg(feature = "openid")]
    Service {
        /// Which.
        service: String,
        /// Whether it saw a second factor.
        vouched: bool,
    },
}

impl Came {
    /// The service, and whether it saw a second factor.
    fn by_service(self) -> (Option<String>, bool) {
        match self {
            Self::Password | Self::Code => (None, false),
            #[cfg(feature = "openid")]
            Self::Service { service, vouched } => (Some(service), vouched),
        }
    }
}

/// Somebody who knocks.
struct Knock<'a> {
    name: &'a str,
    network: String,
    is_familiar: bool,
    /// The account, where it can be used.
    usable: Option<(Record, Known)>,
    /// The account of that name, whether or not it can be used.
    account: Option<String>,
}

impl<'a> Knock<'a> {
    fn buckets(&'a self) -> [Bucket<'a>; 2] {
        let own = match self.is_familiar {
            true => Bucket::Familiar(self.name),
            false => Bucket::Account(self.name),
        };
        [own, Bucket::Address(&self.network)]
    }
}

impl Accounts {
    /// Signs in with a password.
    ///
    /// # Shape
    /// The steps, their time and their answer are the same for a name that nobody has, an account
    /// without a password and one that is suspended.
    /// # Errors
    /// [`AccountRefusal::TooMany`], [`AccountRefusal::Busy`], [`AccountRefusal::NotLetIn`].
    pub(crate) async fn sign_in(
        &self,
        name: &str,
        password: &str,
        client: &Client,
        now: Moment,
    ) -> Result<SignedIn, AccountError> {
        let now = self.now(now).await?;
        let name = name.trim();
        let knock = self.knock(name, client, now).await?;
        self.take_tries(&knock, client, now).await?;
        let hashed = knock.usable.as_ref();
        let hashed = hashed.and_then(|(record, _)| record.password.as_deref());
        let fits = self
            .0
            .hasher
            .verify(password, self.pepper(name), hashed)
            .await;
        let fits = match fits {
            Ok(fits) => fits,
            Err(error) => {
                self.give_back(&knock, now).await?;
                return Err(error);
            }
        };
        match (&knock.usable, fits) {
            (Some((record, known)), true) => self.let_in(&knock, record, known, client, now).await,
            (Some(_) | None, _) => {
                let account = knock.account.as_deref();
                let what = What::PasswordRefused;
                let event = AccountEvent::new(account, "未登录", &client.address, what);
                in_write!(self, async |transaction| {
                    throttle::tidy(transaction, now).await?;
                    append(transaction, event.clone(), now).await
                })?;
                Err(AccountRefusal::NotLetIn.into())
            }
        }
    }

    async fn knock<'a>(
        &self,
        name: &'a str,
        client: &Client,
        now: Moment,
    ) -> Result<Knock<'a>, AccountError> {
        in_read!(self, async |transaction| {
            let record = Record::find(transaction, name).await?;
            let known = record::user(transaction, name).await?;
            let account = known.as_ref().map(|known| known.user.id.to_string());
            let is_familiar = self.is_familiar(transaction, name, client, now).await?;
            let usable = record.zip(known);
            let knock = Knock {
                name,
                network: throttle::network(&client.address),
                is_familiar,
                usable: usable.filter(|(_, known)| known.user.is_active),
                account,
            };
            // Whoever is refused for long is refused without a write.
            for bucket in knock.buckets() {
                let left = throttle::look(transaction, bucket, now).await?;
                refuse_none(left)?;
            }
            Ok(knock)
        })
    }

    async fn is_familiar(
        &self,
        transaction: &mut Transaction,
        name: &str,
        client: &Client,
        now: Moment,
    ) -> Result<bool, StoreError> {
        let device = client
            .device
            .as_deref()
            .filter(|id| secret::is_identifier(id));
        let mark = self
            .0
            .vault
            .mark(Purpose::Device, device.unwrap_or("").as_bytes());
        let query = "SELECT at FROM account_devices WHERE mark = $1 AND account = $2 AND at > $3";
        let since = now.0.saturating_sub(DEVICE_LIFE);
        let values: [Value; 3] = [mark.into(), name.into(), since.into()];
        Ok(transaction.fetch_one(query, &values).await?.is_some())
    }

    async fn take_tries(
        &self,
        knock: &Knock<'_>,
        client: &Client,
        now: Moment,
    ) -> Result<(), AccountError> {
        in_write!(self, async |transaction| {
            for bucket in knock.buckets() {
                let account = knock.account.as_deref();
                take(transaction, bucket, (account, client), now).await?;
            }
            Ok(())
        })
    }

    async fn give_back(&self, knock: &Knock<'_>, now: Moment) -> Result<(), StoreError> {
        in_write!(self, async |transaction| {
            for bucket in knock.buckets() {
                throttle::give_back(transaction, bucket, now).await?;
            }
            Ok(())
        })
    }

    /// The password fitted: gives back the tries and begins a session.
    async fn let_in(
        &self,
        knock: &Knock<'_>,
        record: &Record,
        known: &Known,
        client: &Client,
        now: Moment,
    ) -> Result<SignedIn, AccountError> {
        in_write!(self, async |transaction| {
            for bucket in knock.buckets() {
                throttle::give_back(transaction, bucket, now).await?;
            }
            let who = Some(record.id.as_str());
            let event = AccountEvent::new(who, &record.id, &client.address, What::PasswordAccepted);
            append(transaction, event, now).await?;
            let whose = (record, known);
            self.begin(transaction, whose, Came::Password, client, now)
                .await
        })
    }

    /// Begins a session for somebody who has shown his password, or whom an identity service
    /// vouches for.
    pub(super) async fn begin(
        &self,
        transaction: &mut Transaction,
        (record, known): (&Record, &Known),
        came: Came,
        client: &Client,
        now: Moment,
    ) -> Result<SignedIn, AccountError> {
        let id = secret::identifier()?;
        // Where there is no phone yet, the code was one to which two administrators agreed.
        let may_bind = came == Came::Code && record.seed.is_none();
        let (service, vouched) = came.by_service();
        let row = SessionRow {
            mark: self.mark_of_session(&id),
            name: secret::name("S")?,
            account: record.id.clone(),
            user_digest: known.digest.clone(),
            began_at: now,
            seen_at: now,
            second_at: vouched.then_some(now),
            stepped_up_at: None,
            source: client.address.chars().take(64).collect(),
            agent: client.agent.chars().take(AGENT_LETTERS).collect(),
            assists: None,
            service,
            vouched,
            may_bind,
        };
        self.tidy_sessions(transaction, now).await?;
        row.insert(transaction).await?;
        let device = self.device(transaction, &record.id, client, now).await?;
        let scope = self.scope(transaction, &known.user).await?;
        let (record, known) = (record.clone(), known.clone());
        let present = Present { row, record, known };
        let session = self.session_of(&id, &present, scope, now);
        if session.stage.is_complete() {
            signed_in(transaction, &present.record.id, client, now).await?;
        }
        Ok(SignedIn {
            id,
            device,
            session,
        })
    }

    async fn tidy_sessions(
        &self,
        transaction: &mut Transaction,
        now: Moment,
    ) -> Result<(), StoreError> {
        let delete = "DELETE FROM sessions WHERE seen_at <= $1 OR began_at <= $2";
        let idle = now.0.saturating_sub(self.settings().idle());
        let old = now.0.saturating_sub(self.settings().session());
        let values: [Value; 2] = [idle.into(), old.into()];
        transaction.execute(delete, &values).await.map(drop)
    }

    /// The identifier of the device, a new one where it had none.
    async fn device(
        &self,
        transaction: &mut Transaction,
        account: &str,
        client: &Client,
        now: Moment,
    ) -> Result<String, StoreError> {
        let known = client
            .device
            .as_deref()
            .filter(|id| secret::is_identifier(id));
        let known = match known {
            Some(id) if self.is_familiar(transaction, account, client, now).await? => Some(id),
            Some(_) | None => None,
        };
        let id = known.map_or_else(secret::identifier, |id| Ok(id.to_owned()))?;
        let mark = self.0.vault.mark(Purpose::Device, id.as_bytes());
        let upsert = "INSERT INTO account_devices (mark, account, at) VALUES ($1, $2, $3) \
             ON CONFLICT (mark) DO UPDATE SET at = excluded.at";
        let values: [Value; 3] = [mark.into(), account.into(), now.0.into()];
        transaction.execute(upsert, &values).await?;
        let delete = "DELETE FROM account_devices WHERE account = $1 AND mark NOT IN \
             (SELECT mark FROM account_devices WHERE account = $1 ORDER BY at DESC, mark LIMIT $2)";
        let values: [Value; 2] = [account.into(), DEVICES_MAX.into()];
        transaction.execute(delete, &values).await?;
        Ok(id)
    }

    /// Changes the password of whoever asks; all his other sessions end, and his own gets a new
    /// identifier.
    ///
    /// # Errors
    /// [`AccountRefusal::NotLetIn`] when the current one is wrong, [`AccountRefusal::BadPassword`],
    /// [`AccountRefusal::NeedsFreshCode`] in the middle of signing in.
    pub(crate) async fn change_password(
        &self,
        id: &str,
        (current, new): (&str, &str),
        client: &Client,
        now: Moment,
    ) -> Result<String, AccountError> {
        let now = self.now(now).await?;
        let present = in_write!(self, async |transaction| {
            let present = self.must_be_present(transaction, id, now).await?;
            self.must_have_shown_code(&present, now)?;
            let account = present.record.id.clone();
            let whose = (Some(account.as_str()), client);
            take(transaction, Bucket::Change(&account), whose, now).await?;
            Ok::<Present, AccountError>(present)
        })?;
        let record = &present.record;
        let (hasher, pepper) = (&self.0.hasher, self.pepper(&record.id));
        let fits = hasher
            .verify(current, pepper, record.password.as_deref())
            .await?;
        if !fits {
            let who = Some(record.id.as_str());
            let event = AccountEvent::new(who, &record.id, &client.address, What::PasswordRefused);
            in_write!(self, async |transaction| append(
                transaction,
                event.clone(),
                now
            )
            .await)?;
            return Err(AccountRefusal::NotLetIn.into());
        }
        // Whoever knows the current one may try new ones as often as he likes.
        in_write!(self, async |transaction| {
            let own = Bucket::Change(&record.id);
            throttle::give_back(transaction, own, now).await
        })?;
        let hashed = self
            .new_password(&present.known.user, new, Some(record))
            .await?;
        in_write!(self, async |transaction| {
            let present = self.must_be_present(transaction, id, now).await?;
            let account = present.record.id.as_str();
            self.keep_password(transaction, account, &hashed, now)
                .await?;
            sessions::end_all(transaction, account, Some(&present.row.mark)).await?;
            let what = What::PasswordChanged;
            let event = AccountEvent::new(Some(account), account, &client.address, what);
            append(transaction, event, now).await?;
            let needed = !present
                .record
                .stage(&present.known.user, &present.row, self.settings(), now)
                .is_complete();
            if needed {
                signed_in(transaction, account, client, now).await?;
            }
            Ok(self.rotate(transaction, &present.row).await?)
        })
    }

    /// Refuses before the second factor of an account that has one was shown.
    pub(super) fn must_have_shown_code(
        &self,
        present: &Present,
        now: Moment,
    ) -> Result<(), AccountRefusal> {
        use crate::accounts::session::Stage;
        let (user, row) = (&present.known.user, &present.row);
        let stage = present.record.stage(user, row, self.settings(), now);
        match stage {
            Stage::NeedsCode | Stage::NeedsSecondFactor => {
                Err(AccountRefusal::SignInUnfinished(stage))
            }
            Stage::NeedsPassword | Stage::Complete => Ok(()),
        }
    }

    /// The hash of a new password that follows the rules.
    pub(super) async fn new_password(
        &self,
        user: &User,
        new: &str,
        record: Option<&Record>,
    ) -> Result<String, AccountError> {
        let context = Context {
            account: user.id.to_string(),
            person: user.person.to_string(),
            bureau: user.bureau.to_string(),
        };
        let profile = self.settings().passwords;
        let mut faults = profile.faults(new, &context);
        let pepper = self.pepper(user.id.as_str());
        if faults.is_empty() {
            let used = self
                .used_before(user.id.as_str(), record, profile.history())
                .await?;
            for hashed in &used {
                if self.0.hasher.verify(new, pepper, Some(hashed)).await? {
                    let last = profile.history();
                    faults.push(PasswordFault::Used { last });
                    break;
                }
            }
        }
        if !faults.is_empty() {
            return Err(AccountRefusal::BadPassword(faults).into());
        }
        self.0.hasher.hash(new, pepper).await
    }

    async fn used_before(
        &self,
        account: &str,
        record: Option<&Record>,
        history: usize,
    ) -> Result<Vec<String>, StoreError> {
        let query = "SELECT password FROM account_passwords WHERE account = $1 \
             ORDER BY at DESC LIMIT $2";
        let limit = i64::try_from(history.saturating_sub(1)).unwrap_or(i64::MAX);
        let values: [Value; 2] = [account.into(), limit.into()];
        let rows = self.0.database.fetch(query, &values).await?;
        let current = record.and_then(|record| record.password.clone());
        let mut used: Vec<String> = current.into_iter().collect();
        for row in &rows {
            used.push(row.text("password")?.to_owned());
        }
        Ok(used)
    }

    /// Writes a new password down and keeps the one before, as far as the rules look back.
    pub(super) async fn keep_password(
        &self,
        transaction: &mut Transaction,
        account: &str,
        hashed: &str,
        now: Moment,
    ) -> Result<(), StoreError> {
        let keep = "INSERT INTO account_passwords (account, at, password) \
             SELECT id, password_at, password FROM accounts \
             WHERE id = $1 AND password IS NOT NULL AND password_at IS NOT NULL \
             ON CONFLICT (account, at) DO UPDATE SET password = excluded.password";
        transaction.execute(keep, &[account.into()]).await?;
        let forget = "DELETE FROM account_passwords WHERE account = $1 AND at NOT IN \
             (SELECT at FROM account_passwords WHERE account = $1 ORDER BY at DESC LIMIT $2)";
        let history = self.settings().passwords.history().saturating_sub(1);
        let history = i64::try_from(history).unwrap_or(i64::MAX);
        transaction
            .execute(forget, &[account.into(), history.into()])
            .await?;
        let update = "UPDATE accounts SET password = $2, password_at = $3, must_change = 0 \
             WHERE id = $1";
        let values: [Value; 3] = [account.into(), hashed.into(), now.0.into()];
        transaction.execute(update, &values).await.map(drop)
    }

    pub(super) fn pepper(&self, account: &str) -> [u8; 32] {
        self.0.vault.mark(Purpose::Password, account.as_bytes())
    }
}

/// Takes a try; the last one of a bucket is written down, so that those after it need not be.
pub(super) async fn take(
    transaction: &mut Transaction,
    bucket: Bucket<'_>,
    (account, client): (Option<&str>, &Client),
    now: Moment,
) -> Result<(), AccountError> {
    let left = throttle::take(transaction, bucket, now).await?;
    if left == Left::Last {
        let what = match bucket {
            Bucket::Account(_) => "密码",
            Bucket::Familiar(_) => "密码(登录过的设备)",
            Bucket::Address(_) => "同一地址",
            #[cfg(feature = "openid")]
            Bucket::Visit(_) => "同一地址前往身份服务",
            Bucket::Factor(_) => "动态码",
            Bucket::Change(_) => "更换密码",
        };
        let what = What::Throttled {
            what: what.to_owned(),
        };
        let event = AccountEvent::new(account, "未登录", &client.address, what);
        append(transaction, event, now).await?;
    }
    Ok(refuse_none(left)?)
}

pub(super) fn refuse_none(left: Left) -> Result<(), AccountRefusal> {
    match left {
        Left::More | Left::Last => Ok(()),
        Left::None { minutes } => Err(AccountRefusal::TooMany { minutes }),
    }
}

/// Signing in is complete.
pub(super) async fn signed_in(
    transaction: &mut Transaction,
    account: &str,
    client: &Client,
    now: Moment,
) -> Result<(), StoreError> {
    let update = "UPDATE accounts SET signed_in_at = $2 WHERE id = $1";
    transaction
        .execute(update, &[account.into(), now.0.into()])
        .await?;
    let event = AccountEvent::new(Some(account), account, &client.address, What::SignedIn);
    append(transaction, event, now).await
}
