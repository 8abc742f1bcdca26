//! One-time codes: for setting an account up, for a lost password, for a lost phone.
//!
//! # Shape
//! Whoever makes a code hands it to the owner and never learns his password. A code for a password
//! leaves the second factor in force; one for a phone still needs the password, or the sign-in by a
//! service. A code that opens an account by itself (`needs_agreement`) counts only once a second
//! administrator, another person, has agreed. So no administrator alone can take an account over,
//! nor one that nobody has used yet: he would be a second person for every step that needs two.

use zhida_engine::payouts::{BureauId, Moment, Role};

use crate::accounts::event::{AccountEvent, What, append};
use crate::accounts::record::{self, Known, Record};
use crate::accounts::refusal::{AccountError, AccountRefusal};
use crate::accounts::second_factor;
use crate::accounts::session::Session;
use crate::accounts::sessions;
use crate::accounts::sign_in::{Came, SignedIn, take};
use crate::accounts::throttle::{self, Bucket};
use crate::accounts::vault::Purpose;
use crate::accounts::{Accounts, By, Client, secret};
use crate::store::StoreError;
use crate::store::database::{Row, Transaction, Value};

/// What a one-time code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OneTime {
    /// Setting an account up.
    SetUp,
    /// A lost password.
    Password,
    /// Binding a phone: after a lost one, or the first one of somebody who comes by a service.
    SecondFactor,
    /// In the place of a code of the phone; made for the owner himself.
    Recovery,
}

impl OneTime {
    const ALL: [Self; 4] = [
        Self::SetUp,
        Self::Password,
        Self::SecondFactor,
        Self::Recovery,
    ];

    /// The word in the table.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::SetUp => "set_up",
            Self::Password => "password",
            Self::SecondFactor => "second_factor",
            Self::Recovery => "recovery",
        }
    }

    /// What people call it.
    pub(crate) const fn chinese(self) -> &'static str {
        match self {
            Self::SetUp => "首次设置",
            Self::Password => "重设密码",
            Self::SecondFactor => "换绑动态码",
            Self::Recovery => "备用",
        }
    }

    /// The purpose of a word.
    pub(crate) fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.word() == word)
    }
}

/// The codes by which a password is set.
const FOR_PASSWORD: [OneTime; 2] = [OneTime::SetUp, OneTime::Password];

/// A one-time code, shown once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Issued {
    /// Whose.
    pub(crate) account: String,
    /// What for.
    pub(crate) purpose: OneTime,
    /// The code.
    pub(crate) code: String,
    /// Until when.
    pub(crate) expires: Moment,
    /// Whether a second administrator must agree before it counts.
    pub(crate) needs_agreement: bool,
}

/// A code that waits for a second administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Awaiting {
    /// Whose.
    pub(crate) account: String,
    /// What for.
    pub(crate) purpose: OneTime,
    /// Who made it.
    pub(crate) made_by: String,
    /// When.
    pub(crate) made_at: Moment,
}

/// Which codes `c` of accounts `a` need a second administrator: those for setting up and for a
/// phone, and those for a password where no phone stands in the way. It is asked in the transaction
/// that uses a code as well: the phone may be gone by then.
macro_rules! needs_agreement {
    () => {
        "(c.purpose IN ('set_up', 'second_factor') \
          OR (c.purpose = 'password' AND a.seed IS NULL))"
    };
}

/// The codes that a condition picks.
macro_rules! codes_where {
    ($condition:literal) => {
        concat!(
            "SELECT c.account AS account, c.mark AS mark, c.purpose AS purpose, \
             c.made_by AS made_by, c.made_at AS made_at, c.agreed_by AS agreed_by, ",
            needs_agreement!(),
            " AS needs_agreement \
             FROM account_codes c JOIN accounts a ON a.id = c.account WHERE ",
            $condition
        )
    };
}

/// A code as it is kept.
struct CodeRow {
    mark: [u8; 32],
    purpose: OneTime,
    made_by: String,
    agreed_by: Option<String>,
    needs_agreement: bool,
}

impl CodeRow {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            mark: row.array("mark")?,
            purpose: purpose(row)?,
            made_by: row.text("made_by")?.to_owned(),
            agreed_by: row.text_or_null("agreed_by")?.map(str::to_owned),
            needs_agreement: row.int("needs_agreement")? != 0,
        })
    }

    /// Whether it can be used.
    fn counts(&self) -> bool {
        self.agreed_by.is_some() || !self.needs_agreement
    }
}

fn purpose(row: &Row) -> Result<OneTime, StoreError> {
    let word = row.text("purpose")?;
    let unknown = || StoreError::Integrity(format!("表 account_codes 里没有“{word}”这一用途"));
    OneTime::of(word).ok_or_else(unknown)
}

impl Accounts {
    /// Makes a one-time code for an account: to set it up where it has no password yet, else for
    /// a new password. Older codes for the same end. See [`Issued::needs_agreement`].
    ///
    /// # Errors
    /// [`AccountRefusal::NoSuchUser`]; [`AccountRefusal::NotTheRole`] for all but a security
    /// administrator of the bureau; [`AccountRefusal::SamePerson`] for himself.
    pub(crate) async fn issue(
        &self,
        by: By<'_>,
        account: &str,
        now: Moment,
    ) -> Result<Issued, AccountError> {
        self.issue_for(by, account, None, now).await
    }

    /// Makes a one-time code that takes a second factor away, or lets an official who signs in by
    /// a service bind his first one.
    ///
    /// # Errors
    /// As [`Accounts::issue`]; [`AccountRefusal::NoSecondFactor`] where there is none, and he needs
    /// no code to bind one.
    pub(crate) async fn issue_for_second_factor(
        &self,
        by: By<'_>,
        account: &str,
        now: Moment,
    ) -> Result<Issued, AccountError> {
        self.issue_for(by, account, Some(OneTime::SecondFactor), now)
            .await
    }

    async fn issue_for(
        &self,
        by: By<'_>,
        account: &str,
        purpose: Option<OneTime>,
        now: Moment,
    ) -> Result<Issued, AccountError> {
        let now = self.now(now).await?;
        by.must_be(Role::SecurityAdministrator, now)?;
        in_write!(self, async |transaction| {
            let known = self.known(transaction, account).await?;
            may_administer(by, &known)?;
            Record::make(transaction, account, now).await?;
            let record = Record::find(transaction, account).await?;
            let record = record.ok_or(StoreError::Broken)?;
            let purpose = match purpose {
                Some(purpose) => {
                    let is_bound = record.seed.is_some();
                    if !is_bound && !second_factor::is_asked_for(transaction, &known).await? {
                        return Err(AccountRefusal::NoSecondFactor.into());
                    }
                    purpose
                }
                None if record.password.is_none() => OneTime::SetUp,
                None => OneTime::Password,
            };
            let delete = "DELETE FROM account_codes WHERE account = $1 AND purpose = $2";
            let values: [Value; 2] = [account.into(), purpose.word().into()];
            transaction.execute(delete, &values).await?;
            let is_console = matches!(by, By::Console);
            let agreed_by = is_console.then(|| by.name());
            let made_by = (by.name(), agreed_by);
            let code = self
                .put_code(transaction, account, purpose, made_by, now)
                .await?;
            let what = What::CodeIssued {
                purpose: purpose.word().to_owned(),
            };
            append(
                transaction,
                AccountEvent::new(Some(account), by.name(), "", what),
                now,
            )
            .await?;
            Ok(Issued {
                account: account.to_owned(),
                purpose,
                code,
                expires: Moment(now.0.saturating_add(self.settings().code())),
                needs_agreement: waits(transaction, account, purpose).await?,
            })
        })
    }

    /// Codes for all administrators who were set up with the installation: what a first start
    /// prints, so that there is no default password.
    ///
    /// # Shape
    /// Nothing once anybody has a password, has signed in, or is linked to who he is for an
    /// identity service: where nobody uses passwords, not every start is the first.
    /// # Errors
    /// What the database says.
    pub(crate) async fn first_codes(&self, now: Moment) -> Result<Vec<Issued>, AccountError> {
        let users = in_read!(self, async |transaction| {
            let query = "SELECT id FROM accounts \
                     WHERE password IS NOT NULL OR signed_in_at IS NOT NULL \
                     UNION ALL SELECT account FROM identities LIMIT 1";
            if transaction.fetch_one(query, &[]).await?.is_some() {
                return Ok::<_, StoreError>(Vec::new());
            }
            let rows = transaction
                .fetch("SELECT body FROM users ORDER BY id", &[])
                .await?;
            rows.iter()
                .map(|row| record::known(row.text("body")?))
                .collect()
        })?;
        let mut issued = Vec::new();
        for known in users {
            let is_administrator = known.user.roles.iter().any(|role| role.is_administrator());
            if is_administrator && known.user.is_active {
                issued.push(self.issue(By::Console, known.user.id.as_str(), now).await?);
            }
        }
        Ok(issued)
    }

    /// A second administrator agrees to the very code that he looked at: one that was made since,
    /// by whomever, waits on.
    ///
    /// # Errors
    /// [`AccountRefusal::SamePerson`] for the one who asked and for the owner;
    /// [`AccountRefusal::NotAskedByAdministrator`] when the one who asked may not any more;
    /// [`AccountRefusal::NoSuchThing`] when nothing waits.
    pub(crate) async fn agree(
        &self,
        session: &Session,
        wish: &Awaiting,
        now: Moment,
    ) -> Result<(), AccountError> {
        let now = self.now(now).await?;
        let (account, purpose) = (wish.account.as_str(), wish.purpose);
        By::Session(session).must_be(Role::AuditAdministrator, now)?;
        let who = session.user.id.as_str();
        in_write!(self, async |transaction| {
            let known = self.known(transaction, account).await?;
            may_administer(By::Session(session), &known)?;
            let query = codes_where!(
                "c.account = $1 AND c.purpose = $2 AND c.agreed_by IS NULL AND c.expires_at > $3 \
                 AND c.made_by = $4 AND c.made_at = $5"
            );
            let values: [Value; 5] = [
                account.into(),
                purpose.word().into(),
                now.0.into(),
                wish.made_by.as_str().into(),
                wish.made_at.0.into(),
            ];
            let row = transaction.fetch_one(query, &values).await?;
            let code = row.as_ref().map(CodeRow::from_row).transpose()?;
            let none = || AccountRefusal::NoSuchThing("等候同意的申请".to_owned());
            let code = code.filter(|code| !code.counts()).ok_or_else(none)?;
            must_be_asked(transaction, &code.made_by, session).await?;
            let update = "UPDATE account_codes SET agreed_by = $2 WHERE mark = $1";
            transaction
                .execute(update, &[code.mark.into(), who.into()])
                .await?;
            let what = What::CodeAgreed {
                purpose: purpose.word().to_owned(),
            };
            append(
                transaction,
                AccountEvent::new(Some(account), who, "", what),
                now,
            )
            .await?;
            Ok(())
        })
    }

    /// The codes that wait for a second administrator.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn awaiting(
        &self,
        bureau: &BureauId,
        now: Moment,
    ) -> Result<Vec<Awaiting>, AccountError> {
        let query = concat!(
            codes_where!("c.agreed_by IS NULL AND c.expires_at > $1 AND "),
            needs_agreement!(),
            " AND EXISTS (SELECT 1 FROM users u WHERE u.id = c.account AND u.bureau = $2) \
             ORDER BY c.made_at, c.account, c.purpose"
        );
        let values = [now.0.into(), bureau.as_str().into()];
        let rows = self.0.database.fetch(query, &values).await?;
        let lines = rows.iter().map(|row| {
            Ok(Awaiting {
                account: row.text("account")?.to_owned(),
                purpose: purpose(row)?,
                made_by: row.text("made_by")?.to_owned(),
                made_at: Moment(row.int("made_at")?),
            })
        });
        lines.collect::<Result<_, StoreError>>().map_err(Into::into)
    }

    /// Sets a password with a one-time code, and begins a session. All others end.
    ///
    /// # Errors
    /// [`AccountRefusal::WrongOneTimeCode`], [`AccountRefusal::BadPassword`],
    /// [`AccountRefusal::TooMany`].
    pub(crate) async fn redeem(
        &self,
        (name, code): (&str, &str),
        new: &str,
        client: &Client,
        now: Moment,
    ) -> Result<SignedIn, AccountError> {
        let now = self.now(now).await?;
        let name = name.trim();
        let whose = (name, code);
        let (record, known) = self.look_up(whose, &FOR_PASSWORD, client, now).await?;
        let hashed = self.new_password(&known.user, new, Some(&record)).await?;
        self.redeem_for(whose, &hashed, client, now).await
    }

    /// Sets a password whose hash took its time: the code must count still.
    pub(super) async fn redeem_for(
        &self,
        (name, code): (&str, &str),
        hashed: &str,
        client: &Client,
        now: Moment,
    ) -> Result<SignedIn, AccountError> {
        in_write!(self, async |transaction| {
            let whose = (name, code);
            let known = self.use_up(transaction, whose, &FOR_PASSWORD, now).await?.1;
            let delete = "DELETE FROM account_codes WHERE account = $1 \
                 AND purpose IN ('set_up', 'password')";
            transaction.execute(delete, &[name.into()]).await?;
            self.keep_password(transaction, name, hashed, now).await?;
            sessions::end_all(transaction, name, None).await?;
            let event = AccountEvent::new(Some(name), name, &client.address, What::PasswordSet);
            append(transaction, event, now).await?;
            let record = Record::find(transaction, name)
                .await?
                .ok_or(StoreError::Broken)?;
            let whose = (&record, &known);
            self.begin(transaction, whose, Came::Code, client, now)
                .await
        })
    }

    /// Takes a lost second factor away with a one-time code, in the middle of signing in, and lets
    /// this session bind another.
    ///
    /// # Errors
    /// [`AccountRefusal::WrongOneTimeCode`], [`AccountRefusal::TooMany`].
    pub(crate) async fn redeem_second_factor(
        &self,
        id: &str,
        code: &str,
        client: &Client,
        now: Moment,
    ) -> Result<(), AccountError> {
        let now = self.now(now).await?;
        let session = self.session(id, now).await?;
        let name = session.user.id.as_str();
        let (whose, purpose) = ((name, code), [OneTime::SecondFactor]);
        self.look_up(whose, &purpose, client, now).await?;
        in_write!(self, async |transaction| {
            let present = self.must_be_present(transaction, id, now).await?;
            let (record, _) = self.use_up(transaction, whose, &purpose, now).await?;
            let by = (name, client.address.as_str());
            if record.seed.is_some() {
                second_factor::remove(transaction, name, by, now).await?;
            }
            second_factor::allow(transaction, &present.row, by, now).await?;
            sessions::end_all(transaction, name, Some(&present.row.mark)).await?;
            Ok(())
        })
    }

    /// Uses a code up, in the transaction that does what it is for: whether it counts is asked
    /// here, whatever was found before.
    async fn use_up(
        &self,
        transaction: &mut Transaction,
        whose: (&str, &str),
        purposes: &[OneTime],
        now: Moment,
    ) -> Result<(Record, Known), AccountError> {
        let found = self.counting(transaction, whose, purposes, now).await?;
        let (code, record, known) = found.ok_or(AccountRefusal::WrongOneTimeCode)?;
        let delete = "DELETE FROM account_codes WHERE mark = $1";
        match transaction.execute(delete, &[code.mark.into()]).await? {
            1 => Ok((record, known)),
            _ => Err(AccountRefusal::WrongOneTimeCode.into()),
        }
    }

    /// The account of the code that was typed; a wrong one is written down.
    async fn look_up(
        &self,
        typed: (&str, &str),
        purposes: &[OneTime],
        client: &Client,
        now: Moment,
    ) -> Result<(Record, Known), AccountError> {
        let network = throttle::network(&client.address);
        let found = in_write!(self, async |transaction| {
            let whose = (None, client);
            take(transaction, Bucket::Address(&network), whose, now).await?;
            match self.counting(transaction, typed, purposes, now).await? {
                Some((_, record, known)) => {
                    throttle::give_back(transaction, Bucket::Address(&network), now).await?;
                    Ok::<_, AccountError>(Some((record, known)))
                }
                None => {
                    let what = What::OneTimeCodeRefused;
                    let event = AccountEvent::new(None, "未登录", &client.address, what);
                    append(transaction, event, now).await?;
                    Ok(None)
                }
            }
        })?;
        found.ok_or_else(|| AccountRefusal::WrongOneTimeCode.into())
    }

    /// The code that was typed, where it is one of these and counts, with its account.
    async fn counting(
        &self,
        transaction: &mut Transaction,
        (name, code): (&str, &str),
        purposes: &[OneTime],
        now: Moment,
    ) -> Result<Option<(CodeRow, Record, Known)>, StoreError> {
        let typed = secret::typed_code(code).unwrap_or_default();
        let mark = self.0.vault.mark(Purpose::Code, typed.as_bytes());
        let query = codes_where!("c.mark = $1 AND c.account = $2 AND c.expires_at > $3");
        let values: [Value; 3] = [mark.into(), name.into(), now.0.into()];
        let Some(row) = transaction.fetch_one(query, &values).await? else {
            return Ok(None);
        };
        let row = CodeRow::from_row(&row)?;
        if !purposes.contains(&row.purpose) || !row.counts() {
            return Ok(None);
        }
        let record = Record::find(transaction, name).await?;
        let known = record::user(transaction, name).await?;
        let known = known.filter(|known| known.user.is_active);
        Ok(record
            .zip(known)
            .map(|(record, known)| (row, record, known)))
    }

    /// Makes a code and keeps its mark.
    pub(super) async fn put_code(
        &self,
        transaction: &mut Transaction,
        account: &str,
        purpose: OneTime,
        (made_by, agreed_by): (&str, Option<&str>),
        now: Moment,
    ) -> Result<String, AccountError> {
        let code = secret::one_time_code()?;
        let typed = secret::typed_code(&code).ok_or(StoreError::Broken)?;
        let expires = match purpose {
            OneTime::Recovery => None,
            OneTime::SetUp | OneTime::Password | OneTime::SecondFactor => {
                Some(now.0.saturating_add(self.settings().code()))
            }
        };
        let insert = "INSERT INTO account_codes \
             (mark, account, purpose, made_at, expires_at, made_by, agreed_by) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let values: [Value; 7] = [
            self.0.vault.mark(Purpose::Code, typed.as_bytes()).into(),
            account.into(),
            purpose.word().into(),
            now.0.into(),
            expires.into(),
            made_by.into(),
            agreed_by.into(),
        ];
        transaction.execute(insert, &values).await?;
        Ok(code)
    }

    /// The user of an account that is to be administered.
    pub(super) async fn known(
        &self,
        transaction: &mut Transaction,
        account: &str,
    ) -> Result<Known, AccountError> {
        let known = record::user(transaction, account).await?;
        Ok(known.ok_or_else(|| AccountRefusal::NoSuchUser(account.to_owned()))?)
    }
}

/// An administrator looks after the accounts of his bureau, and not after his own.
pub(super) fn may_administer(by: By<'_>, known: &Known) -> Result<(), AccountRefusal> {
    match by {
        By::Console => Ok(()),
        By::Session(session) => {
            if session.user.bureau != known.user.bureau {
                return Err(AccountRefusal::NoSuchUser(known.user.id.to_string()));
            }
            if session.user.person == known.user.person {
                return Err(AccountRefusal::SamePerson);
            }
            Ok(())
        }
    }
}

/// What somebody agrees to was asked for by another person, who is a security administrator still.
pub(super) async fn must_be_asked(
    transaction: &mut Transaction,
    maker: &str,
    session: &Session,
) -> Result<(), AccountError> {
    let maker = record::user(transaction, maker).await?;
    let maker = maker.map(|known| known.user);
    let maker = maker
        .filter(|user| user.is_active && user.roles.contains(&Role::SecurityAdministrator))
        .ok_or(AccountRefusal::NotAskedByAdministrator)?;
    match maker.person == session.user.person {
        true => Err(AccountRefusal::SamePerson.into()),
        false => Ok(()),
    }
}

/// Whether the code of an account for this purpose needs a second administrator who has not agreed.
async fn waits(
    transaction: &mut Transaction,
    account: &str,
    purpose: OneTime,
) -> Result<bool, StoreError> {
    let query = codes_where!("c.account = $1 AND c.purpose = $2");
    let values: [Value; 2] = [account.into(), purpose.word().into()];
    let row = transaction.fetch_one(query, &values).await?;
    let code = row.as_ref().map(CodeRow::from_row).transpose()?;
    Ok(code.is_some_and(|code| !code.counts()))
}
