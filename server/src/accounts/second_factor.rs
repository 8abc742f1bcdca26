//! The second factor: enrolling, showing a code at sign-in, and again before a grave step.

use zhida_engine::payouts::Moment;

use crate::accounts::codes::OneTime;
use crate::accounts::event::{AccountEvent, What, append};
use crate::accounts::identity;
use crate::accounts::record::{Known, Record, needs_second_factor};
use crate::accounts::refusal::{AccountError, AccountRefusal};
use crate::accounts::session::{Entry, Session};
use crate::accounts::sessions::{self, Found, Present, SessionRow};
use crate::accounts::sign_in::{signed_in, take};
use crate::accounts::throttle::{self, Bucket};
use crate::accounts::totp::{self, Seed};
use crate::accounts::vault::Purpose;
use crate::accounts::{Accounts, Client, secret};
use crate::store::StoreError;
use crate::store::database::{Transaction, Value};

/// How many recovery codes an account has.
const RECOVERY_CODES: usize = 10;

/// What a phone needs to give codes.
#[derive(Clone, Debug)]
pub(crate) struct Enrolment {
    /// The seed as it is typed.
    pub(crate) seed: String,
    /// The address that a phone reads.
    pub(crate) address: String,
    /// The same as a picture, an `svg` element.
    pub(crate) picture: String,
}

/// Codes for whoever lost his phone; each can be used once, and they are shown once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RecoveryCodes(pub(crate) Vec<String>);

impl Accounts {
    /// Begins to enrol a second factor; it counts from its first code on.
    ///
    /// # Errors
    /// [`AccountRefusal::NeedsFreshCode`] when there is one already, here or over there, and it was
    /// not shown freshly; [`AccountRefusal::NeedsCodeToBind`] for an official who may sign in by a
    /// service and shows no code of two administrators.
    pub(crate) async fn begin_second_factor(
        &self,
        id: &str,
        now: Moment,
    ) -> Result<Enrolment, AccountError> {
        let now = self.now(now).await?;
        let seed = Seed::new()?;
        let account = in_write!(self, async |transaction| {
            let present = self.must_be_present(transaction, id, now).await?;
            self.may_enrol(transaction, &present, now).await?;
            let account = present.record.id;
            let sealed = self.0.vault.seal(&account, seed.bytes())?;
            let update = "UPDATE accounts SET seed_waiting = $2 WHERE id = $1";
            let values: [Value; 2] = [account.as_str().into(), sealed.into()];
            transaction.execute(update, &values).await?;
            Ok::<String, AccountError>(account)
        })?;
        let address = seed.address(&self.settings().issuer, &account)?;
        Ok(Enrolment {
            seed: seed.base32(),
            picture: totp::picture(&address)?,
            address,
        })
    }

    /// Whoever has no second factor yet may bind one; anybody else shows the one that he has
    /// first: whoever comes to a browser that stands open has none of them. An official who may
    /// sign in by a service shows a code to which two administrators agreed: the first factor
    /// alone, here or over there, binds nothing.
    async fn may_enrol(
        &self,
        transaction: &mut Transaction,
        present: &Present,
        now: Moment,
    ) -> Result<(), AccountError> {
        let Present { row, record, known } = present;
        if record.seed.is_none() && row.may_bind {
            return Ok(());
        }
        if record.seed.is_none() && !row.vouched {
            return match is_asked_for(transaction, known).await? {
                true => Err(AccountRefusal::NeedsCodeToBind.into()),
                false => Ok(()),
            };
        }
        let step_up = self.settings().step_up();
        let fresh = |at: Moment| (0..step_up).contains(&now.0.saturating_sub(at.0));
        match row.stepped_up_at.is_some_and(fresh) {
            true => Ok(()),
            false => Err(AccountRefusal::NeedsFreshCode.into()),
        }
    }

    /// Whether a code of two administrators is still to be shown before a phone is bound.
    ///
    /// # Errors
    /// [`AccountRefusal::NotSignedIn`].
    pub(crate) async fn needs_code_to_bind(
        &self,
        id: &str,
        now: Moment,
    ) -> Result<bool, AccountError> {
        let now = self.now(now).await?;
        in_read!(self, async |transaction| {
            let present = self.must_be_present(transaction, id, now).await?;
            match self.may_enrol(transaction, &present, now).await {
                Err(AccountError::Refused(AccountRefusal::NeedsCodeToBind)) => Ok(true),
                Ok(()) | Err(AccountError::Refused(_)) => Ok(false),
                Err(error) => Err(error),
            }
        })
    }

    /// Takes the first code of a new second factor. The session gets a new identifier, all others
    /// end.
    ///
    /// # Errors
    /// [`AccountRefusal::WrongCode`]; [`AccountRefusal::NoSecondFactor`] when none was begun.
    pub(crate) async fn finish_second_factor(
        &self,
        id: &str,
        code: &str,
        client: &Client,
        now: Moment,
    ) -> Result<(String, RecoveryCodes), AccountError> {
        let now = self.now(now).await?;
        let done = in_write!(self, async |transaction| {
            let present = self.must_be_present(transaction, id, now).await?;
            self.may_enrol(transaction, &present, now).await?;
            let record = &present.record;
            let account = record.id.as_str();
            let whose = (Some(account), client);
            take(transaction, Bucket::Factor(account), whose, now).await?;
            let sealed = record.seed_waiting.as_deref();
            let sealed = sealed.ok_or(AccountRefusal::NoSecondFactor)?;
            let seed = Seed::from_bytes(self.0.vault.open_sealed(account, sealed)?);
            let Some(step) = seed.step(code, now, None) else {
                refused(transaction, account, client, now).await?;
                return Ok::<_, AccountError>(None);
            };
            throttle::give_back(transaction, Bucket::Factor(account), now).await?;
            let update = "UPDATE accounts SET seed = seed_waiting, seed_waiting = NULL, \
                     seed_step = $2 WHERE id = $1";
            transaction
                .execute(update, &[account.into(), step.into()])
                .await?;
            let what = What::SecondFactorSet;
            let event = AccountEvent::new(Some(account), account, &client.address, what);
            append(transaction, event, now).await?;
            let codes = self
                .make_recovery(transaction, account, client, now)
                .await?;
            sessions::end_all(transaction, account, Some(&present.row.mark)).await?;
            let id = self.shown(transaction, present, client, now).await?;
            Ok(Some((id, codes)))
        })?;
        done.ok_or_else(|| AccountRefusal::WrongCode.into())
    }

    /// Shows a code at sign-in: of the phone, or a recovery code. The session gets a new
    /// identifier.
    ///
    /// # Errors
    /// [`AccountRefusal::WrongCode`], [`AccountRefusal::TooMany`].
    pub(crate) async fn show_code(
        &self,
        id: &str,
        code: &str,
        client: &Client,
        now: Moment,
    ) -> Result<String, AccountError> {
        let now = self.now(now).await?;
        let shown = in_write!(self, async |transaction| {
            let present = self.must_be_present(transaction, id, now).await?;
            let account = present.record.id.clone();
            let whose = (Some(account.as_str()), client);
            take(transaction, Bucket::Factor(&account), whose, now).await?;
            let by_phone = self
                .use_code(transaction, &present.record, code, now)
                .await?;
            let what = match by_phone {
                true => What::CodeAccepted,
                false if self.use_recovery(transaction, &account, code).await? => {
                    What::RecoveryUsed
                }
                false => {
                    refused(transaction, &account, client, now).await?;
                    return Ok::<_, AccountError>(None);
                }
            };
            throttle::give_back(transaction, Bucket::Factor(&account), now).await?;
            let event = AccountEvent::new(Some(&account), &account, &client.address, what);
            append(transaction, event, now).await?;
            Ok(Some(self.shown(transaction, present, client, now).await?))
        })?;
        shown.ok_or_else(|| AccountRefusal::WrongCode.into())
    }

    /// Shows a fresh code before a grave step. The session gets a new identifier.
    ///
    /// # Errors
    /// [`AccountRefusal::WrongCode`], [`AccountRefusal::TooMany`],
    /// [`AccountRefusal::SignInUnfinished`].
    pub(crate) async fn step_up(
        &self,
        id: &str,
        code: &str,
        client: &Client,
        now: Moment,
    ) -> Result<String, AccountError> {
        let now = self.now(now).await?;
        let shown = in_write!(self, async |transaction| {
            let present = self.must_be_present(transaction, id, now).await?;
            self.must_have_shown_code(&present, now)?;
            if !self
                .fresh_code(transaction, &present.record, code, client, now)
                .await?
            {
                return Ok::<_, AccountError>(None);
            }
            let row = SessionRow {
                stepped_up_at: Some(now),
                seen_at: now,
                ..present.row
            };
            Ok(Some(self.rotate(transaction, &row).await?))
        })?;
        shown.ok_or_else(|| AccountRefusal::WrongCode.into())
    }

    /// Shows a fresh code with one request of an API token; it counts for that request alone.
    ///
    /// # Errors
    /// As [`Accounts::step_up`]; [`AccountRefusal::NotSignedIn`] for a session of a browser.
    pub(crate) async fn step_up_once(
        &self,
        session: Session,
        code: &str,
        client: &Client,
        now: Moment,
    ) -> Result<Session, AccountError> {
        let now = self.now(now).await?;
        if matches!(session.entry, Entry::Browser { .. }) {
            return Err(AccountRefusal::NotSignedIn.into());
        }
        let fits = in_write!(self, async |transaction| {
            let name = session.user.id.as_str();
            let record = Record::find(transaction, name).await?;
            let record = record.ok_or(AccountRefusal::NotSignedIn)?;
            self.fresh_code(transaction, &record, code, client, now)
                .await
        })?;
        if !fits {
            return Err(AccountRefusal::WrongCode.into());
        }
        let until = Moment(now.0.saturating_add(self.settings().step_up()));
        Ok(Session {
            stepped_up_at: Some(now),
            stepped_up_until: Some(until),
            ..session
        })
    }

    async fn fresh_code(
        &self,
        transaction: &mut Transaction,
        record: &Record,
        code: &str,
        client: &Client,
        now: Moment,
    ) -> Result<bool, AccountError> {
        let account = record.id.as_str();
        let whose = (Some(account), client);
        take(transaction, Bucket::Factor(account), whose, now).await?;
        if record.seed.is_none() {
            return Err(AccountRefusal::NoSecondFactor.into());
        }
        if !self.use_code(transaction, record, code, now).await? {
            refused(transaction, account, client, now).await?;
            return Ok(false);
        }
        throttle::give_back(transaction, Bucket::Factor(account), now).await?;
        let event = AccountEvent::new(Some(account), account, &client.address, What::SteppedUp);
        append(transaction, event, now).await?;
        Ok(true)
    }

    /// Whether a code fits; it does not fit again.
    async fn use_code(
        &self,
        transaction: &mut Transaction,
        record: &Record,
        code: &str,
        now: Moment,
    ) -> Result<bool, AccountError> {
        let sealed = record
            .seed
            .as_deref()
            .ok_or(AccountRefusal::NoSecondFactor)?;
        let seed = Seed::from_bytes(self.0.vault.open_sealed(&record.id, sealed)?);
        let Some(step) = seed.step(code, now, record.seed_step) else {
            return Ok(false);
        };
        let update = "UPDATE accounts SET seed_step = $2 \
             WHERE id = $1 AND (seed_step IS NULL OR seed_step < $2)";
        let values: [Value; 2] = [record.id.as_str().into(), step.into()];
        Ok(transaction.execute(update, &values).await? == 1)
    }

    async fn use_recovery(
        &self,
        transaction: &mut Transaction,
        account: &str,
        code: &str,
    ) -> Result<bool, StoreError> {
        let Some(typed) = secret::typed_code(code) else {
            return Ok(false);
        };
        let mark = self.0.vault.mark(Purpose::Code, typed.as_bytes());
        let delete = "DELETE FROM account_codes \
             WHERE mark = $1 AND account = $2 AND purpose = $3";
        let purpose = OneTime::Recovery.word();
        let values: [Value; 3] = [mark.into(), account.into(), purpose.into()];
        Ok(transaction.execute(delete, &values).await? == 1)
    }

    /// The second factor of a session was shown.
    async fn shown(
        &self,
        transaction: &mut Transaction,
        present: Present,
        client: &Client,
        now: Moment,
    ) -> Result<String, AccountError> {
        let row = SessionRow {
            second_at: Some(now),
            seen_at: now,
            may_bind: false,
            ..present.row
        };
        let account = row.account.clone();
        let id = self.rotate(transaction, &row).await?;
        if let Found::Present(present) = self.present(transaction, &id, now).await? {
            let user = &present.known.user;
            let (record, row) = (&present.record, &present.row);
            let stage = record.stage(user, row, self.settings(), now);
            if stage.is_complete() {
                signed_in(transaction, &account, client, now).await?;
            }
        }
        Ok(id)
    }

    /// Makes new recovery codes in the place of the old ones.
    ///
    /// # Errors
    /// [`AccountRefusal::NeedsFreshCode`] without a fresh code.
    pub(crate) async fn renew_recovery(
        &self,
        id: &str,
        client: &Client,
        now: Moment,
    ) -> Result<RecoveryCodes, AccountError> {
        let now = self.now(now).await?;
        in_write!(self, async |transaction| {
            let present = self.must_be_present(transaction, id, now).await?;
            if present.record.seed.is_none() {
                return Err(AccountRefusal::NoSecondFactor.into());
            }
            self.may_enrol(transaction, &present, now).await?;
            let account = present.record.id.as_str();
            self.make_recovery(transaction, account, client, now).await
        })
    }

    pub(super) async fn make_recovery(
        &self,
        transaction: &mut Transaction,
        account: &str,
        client: &Client,
        now: Moment,
    ) -> Result<RecoveryCodes, AccountError> {
        let purpose = OneTime::Recovery.word();
        let delete = "DELETE FROM account_codes WHERE account = $1 AND purpose = $2";
        transaction
            .execute(delete, &[account.into(), purpose.into()])
            .await?;
        let mut codes = Vec::with_capacity(RECOVERY_CODES);
        for _ in 0..RECOVERY_CODES {
            let made_by = (account, None);
            codes.push(
                self.put_code(transaction, account, OneTime::Recovery, made_by, now)
                    .await?,
            );
        }
        let event = AccountEvent::new(Some(account), account, &client.address, What::RecoveryMade);
        append(transaction, event, now).await?;
        Ok(RecoveryCodes(codes))
    }

    /// Gives the second factor up; only an enterprise may do without.
    ///
    /// # Errors
    /// [`AccountRefusal::SecondFactorRequired`], [`AccountRefusal::NeedsFreshCode`].
    pub(crate) async fn drop_second_factor(
        &self,
        id: &str,
        client: &Client,
        now: Moment,
    ) -> Result<(), AccountError> {
        let now = self.now(now).await?;
        in_write!(self, async |transaction| {
            let present = self.must_be_present(transaction, id, now).await?;
            if needs_second_factor(&present.known.user) {
                return Err(AccountRefusal::SecondFactorRequired.into());
            }
            if present.record.seed.is_none() {
                return Err(AccountRefusal::NoSecondFactor.into());
            }
            self.may_enrol(transaction, &present, now).await?;
            let account = present.record.id.as_str();
            remove(transaction, account, (account, &client.address), now).await?;
            sessions::end_all(transaction, account, Some(&present.row.mark)).await?;
            Ok(())
        })
    }
}

/// Whether somebody who has no phone yet needs a code of two administrators to bind one: an
/// official who may sign in by a service. His first factor over there, or a password beside it,
/// may be known to others; where there is no service, his password is the one that he chose with a
/// code that counted.
pub(super) async fn is_asked_for(
    transaction: &mut Transaction,
    known: &Known,
) -> Result<bool, StoreError> {
    let user = &known.user;
    Ok(needs_second_factor(user) && identity::is_linked(transaction, user.id.as_str()).await?)
}

/// Lets a session bind a phone.
pub(super) async fn allow(
    transaction: &mut Transaction,
    row: &SessionRow,
    (by, from): (&str, &str),
    now: Moment,
) -> Result<(), StoreError> {
    let update = "UPDATE sessions SET may_bind = 1 WHERE mark = $1";
    transaction.execute(update, &[row.mark.into()]).await?;
    let event = AccountEvent::new(Some(&row.account), by, from, What::BindingAllowed);
    append(transaction, event, now).await
}

/// Takes the second factor of an account away, with its recovery codes.
pub(super) async fn remove(
    transaction: &mut Transaction,
    account: &str,
    (by, from): (&str, &str),
    now: Moment,
) -> Result<(), StoreError> {
    let update = "UPDATE accounts SET seed = NULL, seed_waiting = NULL WHERE id = $1";
    transaction.execute(update, &[account.into()]).await?;
    let delete = "DELETE FROM account_codes WHERE account = $1 AND purpose = $2";
    let purpose = OneTime::Recovery.word();
    transaction
        .execute(delete, &[account.into(), purpose.into()])
        .await?;
    let event = AccountEvent::new(Some(account), by, from, What::SecondFactorRemoved);
    append(transaction, event, now).await
}

async fn refused(
    transaction: &mut Transaction,
    account: &str,
    client: &Client,
    now: Moment,
) -> Result<(), StoreError> {
    let event = AccountEvent::new(Some(account), account, &client.address, What::CodeRefused);
    append(transaction, event, now).await
}
