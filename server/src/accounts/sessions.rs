//! Sessions: opaque, on the server, ended at once.

use zhida_engine::payouts::{Digest, Moment, PersonId, User};
use zhida_policies::values::Uscc;

use crate::accounts::event::{AccountEvent, What, append};
use crate::accounts::record::{self, Known, Record};
use crate::accounts::refusal::{AccountError, AccountRefusal};
use crate::accounts::scope::Scope;
use crate::accounts::session::{Entry, Session, Stage};
use crate::accounts::settings::MINUTE;
use crate::accounts::vault::Purpose;
use crate::accounts::{Accounts, Client, secret};
use crate::store::StoreError;
use crate::store::database::{Row, Transaction, Value};
use crate::store::encoding::hex;

/// How often it is written down that a session is used.
const SEEN_EVERY: i64 = MINUTE;

/// A session as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SessionRow {
    pub(super) mark: [u8; 32],
    pub(super) name: String,
    pub(super) account: String,
    pub(super) user_digest: Digest,
    pub(super) began_at: Moment,
    pub(super) seen_at: Moment,
    pub(super) second_at: Option<Moment>,
    pub(super) stepped_up_at: Option<Moment>,
    pub(super) source: String,
    pub(super) agent: String,
    /// A clerk's enterprise, and who of it asked.
    pub(super) assists: Option<(Uscc, PersonId)>,
    /// The identity service by which it began.
    pub(super) service: Option<String>,
    /// Whether that service saw a second factor.
    pub(super) vouched: bool,
    /// Whether a code to which two administrators agreed was shown: a phone may be bound.
    pub(super) may_bind: bool,
}

/// One session in the list of its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SessionLine {
    /// What to call it.
    pub(crate) name: String,
    /// Since when.
    pub(crate) began_at: Moment,
    /// When it was last used, to the minute.
    pub(crate) seen_at: Moment,
    /// From where.
    pub(crate) source: String,
    /// With what.
    pub(crate) agent: String,
    /// Whether it is the one that asks.
    pub(crate) is_own: bool,
}

/// Somebody at a browser, with all that is kept of him.
pub(super) struct Present {
    pub(super) row: SessionRow,
    pub(super) record: Record,
    pub(super) known: Known,
}

/// What looking for a session finds.
#[expect(clippy::large_enum_variant, reason = "one at a time, for a moment")]
pub(super) enum Found {
    /// One that lives.
    Present(Box<Present>),
    /// One that has just ended, and why.
    Ended(SessionRow, &'static str),
    /// None.
    Nobody,
}

/// The sessions that a condition picks.
macro_rules! sessions_where {
    ($condition:literal) => {
        concat!(
            "SELECT mark, name, account, user_digest, began_at, seen_at, second_at, \
             stepped_up_at, source, agent, assists, asked_by, service, vouched, may_bind \
             FROM sessions WHERE ",
            $condition
        )
    };
}

impl SessionRow {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            mark: row.array("mark")?,
            name: row.text("name")?.to_owned(),
            account: row.text("account")?.to_owned(),
            user_digest: Digest::new(row.text("user_digest")?),
            began_at: Moment(row.int("began_at")?),
            seen_at: Moment(row.int("seen_at")?),
            second_at: row.int_or_null("second_at")?.map(Moment),
            stepped_up_at: row.int_or_null("stepped_up_at")?.map(Moment),
            source: row.text("source")?.to_owned(),
            agent: row.text("agent")?.to_owned(),
            assists: assists(row)?,
            service: row.text_or_null("service")?.map(str::to_owned),
            vouched: row.int("vouched")? != 0,
            may_bind: row.int("may_bind")? != 0,
        })
    }

    /// Writes it down.
    pub(super) async fn insert(&self, transaction: &mut Transaction) -> Result<(), StoreError> {
        let columns = [
            "mark",
            "name",
            "account",
            "user_digest",
            "began_at",
            "seen_at",
            "second_at",
            "stepped_up_at",
            "source",
            "agent",
            "assists",
            "asked_by",
            "service",
            "vouched",
            "may_bind",
        ];
        let values = vec![
            self.mark.into(),
            self.name.as_str().into(),
            self.account.as_str().into(),
            self.user_digest.as_str().into(),
            self.began_at.0.into(),
            self.seen_at.0.into(),
            self.second_at.map(|at| at.0).into(),
            self.stepped_up_at.map(|at| at.0).into(),
            self.source.as_str().into(),
            self.agent.as_str().into(),
            self.assists.as_ref().map(|(of, _)| of.as_str()).into(),
            self.assists.as_ref().map(|(_, by)| by.as_str()).into(),
            self.service.as_deref().into(),
            i64::from(self.vouched).into(),
            i64::from(self.may_bind).into(),
        ];
        transaction
            .insert_many("sessions", &columns, &[values])
            .await
    }
}

fn assists(row: &Row) -> Result<Option<(Uscc, PersonId)>, StoreError> {
    let (of, by) = (row.text_or_null("assists")?, row.text_or_null("asked_by")?);
    let Some((of, by)) = of.zip(by) else {
        return Ok(None);
    };
    let unknown = |_| StoreError::Integrity("表 sessions 里的企业代码读不出来".to_owned());
    let (uscc, _) = Uscc::parse(of).map_err(unknown)?;
    Ok(Some((uscc, PersonId::new(by))))
}

/// Ends all sessions of an account but one; how many ended.
pub(super) async fn end_all(
    transaction: &mut Transaction,
    account: &str,
    but: Option<&[u8; 32]>,
) -> Result<u64, StoreError> {
    let delete = "DELETE FROM sessions WHERE account = $1 AND mark <> $2";
    let but = but.map_or_else(Vec::new, |mark| mark.to_vec());
    let values: [Value; 2] = [account.into(), but.into()];
    transaction.execute(delete, &values).await
}

impl Accounts {
    /// Who the session of an identifier belongs to, with the rights as they are now.
    ///
    /// # Shape
    /// The session may stand in the middle of signing in: see [`Session::stage`].
    /// # Errors
    /// [`AccountRefusal::NotSignedIn`] when there is none, or it has ended: unused for too long,
    /// too old, the user suspended or with other rights.
    pub(crate) async fn session(&self, id: &str, now: Moment) -> Result<Session, AccountError> {
        let now = self.now(now).await?;
        let (present, scope) = in_read!(self, async |transaction| {
            let found = self.present(transaction, id, now).await?;
            let scope = match &found {
                Found::Present(present) => self.scope(transaction, &present.known.user).await?,
                Found::Ended(..) | Found::Nobody => Scope::default(),
            };
            Ok::<_, StoreError>((found, scope))
        })?;
        match present {
            Found::Nobody => Err(AccountRefusal::NotSignedIn.into()),
            Found::Ended(row, reason) => {
                self.end(&row, reason, now).await?;
                Err(AccountRefusal::NotSignedIn.into())
            }
            Found::Present(present) => {
                if now.0.saturating_sub(present.row.seen_at.0) >= SEEN_EVERY {
                    self.seen(&present.row, now).await?;
                }
                Ok(self.session_of(id, &present, scope, now))
            }
        }
    }

    /// The session of an identifier, as its rows say.
    pub(super) async fn present(
        &self,
        transaction: &mut Transaction,
        id: &str,
        now: Moment,
    ) -> Result<Found, StoreError> {
        if !secret::is_identifier(id) {
            return Ok(Found::Nobody);
        }
        let mark = self.mark_of_session(id);
        let query = sessions_where!("mark = $1");
        let row = transaction.fetch_one(query, &[mark.into()]).await?;
        self.looked_at(transaction, row, now).await
    }

    /// Whether the session that lists call so goes on; asking is no use of it.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn session_lives(
        &self,
        name: &str,
        now: Moment,
    ) -> Result<bool, AccountError> {
        let now = self.now(now).await?;
        in_read!(self, async |transaction| {
            let query = sessions_where!("name = $1");
            let row = transaction.fetch_one(query, &[name.into()]).await?;
            let found = self.looked_at(transaction, row, now).await?;
            Ok(matches!(found, Found::Present(_)))
        })
    }

    async fn looked_at(
        &self,
        transaction: &mut Transaction,
        row: Option<Row>,
        now: Moment,
    ) -> Result<Found, StoreError> {
        let Some(row) = row else {
            return Ok(Found::Nobody);
        };
        let row = SessionRow::from_row(&row)?;
        let settings = self.settings();
        if now.0.saturating_sub(row.seen_at.0) >= settings.idle() {
            return Ok(Found::Ended(row, "长时间没有操作"));
        }
        if now.0.saturating_sub(row.began_at.0) >= settings.session() {
            return Ok(Found::Ended(row, "超过最长登录时间"));
        }
        let record = Record::find(transaction, &row.account).await?;
        let known = record::user(transaction, &row.account).await?;
        let (Some(record), Some(known)) = (record, known) else {
            return Ok(Found::Ended(row, "账号不存在"));
        };
        if !known.user.is_active {
            return Ok(Found::Ended(row, "账号已停用"));
        }
        if known.digest != row.user_digest {
            return Ok(Found::Ended(row, "职责或权限已变更"));
        }
        Ok(Found::Present(Box::new(Present { row, record, known })))
    }

    /// The rows of a session that must be there, in a transaction that writes.
    ///
    /// # Errors
    /// [`AccountRefusal::NotSignedIn`].
    pub(super) async fn must_be_present(
        &self,
        transaction: &mut Transaction,
        id: &str,
        now: Moment,
    ) -> Result<Present, AccountError> {
        match self.present(transaction, id, now).await? {
            Found::Present(present) => Ok(*present),
            Found::Ended(..) | Found::Nobody => Err(AccountRefusal::NotSignedIn.into()),
        }
    }

    /// What a user sees.
    pub(super) async fn scope(
        &self,
        transaction: &mut Transaction,
        user: &User,
    ) -> Result<Scope, StoreError> {
        let offices = self.0.offices.all(transaction).await?;
        Ok(Scope::of(user, &offices, &self.0.codes))
    }

    /// What a session is, from what is kept of it.
    pub(super) fn session_of(
        &self,
        id: &str,
        present: &Present,
        scope: Scope,
        now: Moment,
    ) -> Session {
        let Present { row, record, known } = present;
        let stepped_up_at = row.stepped_up_at;
        let until = |since: Moment| Moment(since.0.saturating_add(self.settings().step_up()));
        Session {
            stage: record.stage(&known.user, row, self.settings(), now),
            user: known.user.clone(),
            scope,
            entry: Entry::Browser {
                form_token: hex(&self.0.vault.mark(Purpose::Form, id.as_bytes())),
                service: row.service.clone(),
                has_code: record.seed.is_some(),
            },
            name: row.name.clone(),
            stepped_up_at,
            stepped_up_until: stepped_up_at.map(until),
            assists: row.assists.clone(),
        }
    }

    pub(super) fn mark_of_session(&self, id: &str) -> [u8; 32] {
        self.0.vault.mark(Purpose::Session, id.as_bytes())
    }

    /// Gives a session a new identifier, so that one that was known before is worth nothing.
    pub(super) async fn rotate(
        &self,
        transaction: &mut Transaction,
        row: &SessionRow,
    ) -> Result<String, StoreError> {
        let id = secret::identifier()?;
        let delete = "DELETE FROM sessions WHERE mark = $1";
        transaction.execute(delete, &[row.mark.into()]).await?;
        let mark = self.mark_of_session(&id);
        let row = SessionRow {
            mark,
            ..row.clone()
        };
        row.insert(transaction).await?;
        Ok(id)
    }

    async fn seen(&self, row: &SessionRow, now: Moment) -> Result<(), StoreError> {
        in_write!(self, async |transaction| {
            let update = "UPDATE sessions SET seen_at = $1 WHERE mark = $2 AND seen_at < $1";
            let values: [Value; 2] = [now.0.into(), row.mark.into()];
            transaction.execute(update, &values).await.map(drop)
        })
    }

    async fn end(&self, row: &SessionRow, reason: &str, now: Moment) -> Result<(), StoreError> {
        in_write!(self, async |transaction| {
            let delete = "DELETE FROM sessions WHERE mark = $1";
            let count = transaction.execute(delete, &[row.mark.into()]).await?;
            if count == 0 {
                return Ok(());
            }
            let reason = reason.to_owned();
            let what = What::SessionsEnded { reason, count };
            let event = AccountEvent::new(Some(&row.account), "系统", &row.source, what);
            append(transaction, event, now).await
        })
    }

    /// Signs out. Nobody is told whether there was a session.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn sign_out(
        &self,
        id: &str,
        client: &Client,
        now: Moment,
    ) -> Result<(), AccountError> {
        let now = self.now(now).await?;
        in_write!(self, async |transaction| {
            let Found::Present(present) = self.present(transaction, id, now).await? else {
                return Ok::<(), StoreError>(());
            };
            let delete = "DELETE FROM sessions WHERE mark = $1";
            transaction
                .execute(delete, &[present.row.mark.into()])
                .await?;
            let who = present.row.account.as_str();
            let event = AccountEvent::new(Some(who), who, &client.address, What::SignedOut);
            append(transaction, event, now).await
        })?;
        Ok(())
    }

    /// The living sessions of whoever asks, the latest first.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn own_sessions(
        &self,
        session: &Session,
        now: Moment,
    ) -> Result<Vec<SessionLine>, AccountError> {
        let now = self.now(now).await?;
        let rows = in_read!(self, async |transaction| {
            let query = sessions_where!(
                "account = $1 AND seen_at > $2 AND began_at > $3 ORDER BY began_at DESC, name"
            );
            let values: [Value; 3] = [
                session.user.id.as_str().into(),
                now.0.saturating_sub(self.settings().idle()).into(),
                now.0.saturating_sub(self.settings().session()).into(),
            ];
            transaction.fetch(query, &values).await
        })?;
        let lines = rows.iter().map(|row| {
            let row = SessionRow::from_row(row)?;
            Ok(SessionLine {
                is_own: row.name == session.name,
                name: row.name,
                began_at: row.began_at,
                seen_at: row.seen_at,
                source: row.source,
                agent: row.agent,
            })
        });
        lines.collect::<Result<_, StoreError>>().map_err(Into::into)
    }

    /// From here on a clerk acts for an enterprise, or for none.
    ///
    /// # Errors
    /// As [`Session::assisting`].
    pub(crate) async fn assist(
        &self,
        id: &str,
        whom: Option<(Uscc, &str)>,
        client: &Client,
        now: Moment,
    ) -> Result<(), AccountError> {
        let now = self.now(now).await?;
        let session = self.session(id, now).await?;
        if let Some((enterprise, asked_by)) = whom {
            session.assisting(enterprise, asked_by)?;
        }
        let who = session.user.id.as_str();
        let enterprise = whom.map(|(enterprise, _)| enterprise.to_string());
        let asked_by = whom.map(|(_, asked_by)| asked_by.trim().to_owned());
        let mark = self.mark_of_session(id);
        in_write!(self, async |transaction| {
            let update = "UPDATE sessions SET assists = $2, asked_by = $3 WHERE mark = $1";
            let values: [Value; 3] = [
                mark.into(),
                enterprise.clone().into(),
                asked_by.clone().into(),
            ];
            transaction.execute(update, &values).await?;
            let what = What::Assists {
                enterprise: enterprise.clone(),
                asked_by: asked_by.clone(),
            };
            let event = AccountEvent::new(Some(who), who, &client.address, what);
            append(transaction, event, now).await?;
            Ok::<(), AccountError>(())
        })
    }

    /// Ends one session of whoever asks, or all others.
    ///
    /// # Errors
    /// [`AccountRefusal::NoSuchThing`] when there is no such session of his.
    pub(crate) async fn end_own(
        &self,
        session: &Session,
        which: Option<&str>,
        client: &Client,
        now: Moment,
    ) -> Result<u64, AccountError> {
        let now = self.now(now).await?;
        let who = session.user.id.as_str();
        in_write!(self, async |transaction| {
            let count = match which {
                Some(name) => {
                    let delete = "DELETE FROM sessions WHERE account = $1 AND name = $2";
                    transaction
                        .execute(delete, &[who.into(), name.into()])
                        .await?
                }
                None => {
                    let delete = "DELETE FROM sessions WHERE account = $1 AND name <> $2";
                    let own = session.name.as_str();
                    transaction
                        .execute(delete, &[who.into(), own.into()])
                        .await?
                }
            };
            if count == 0 && which.is_some() {
                return Err(AccountRefusal::NoSuchThing("这个登录".to_owned()).into());
            }
            let reason = "本人结束".to_owned();
            let what = What::SessionsEnded { reason, count };
            let event = AccountEvent::new(Some(who), who, &client.address, what);
            append(transaction, event, now).await?;
            Ok::<u64, AccountError>(count)
        })
    }
}

impl Stage {
    /// Whether nothing is missing.
    pub(crate) fn is_complete(self) -> bool {
        self == Self::Complete
    }
}
