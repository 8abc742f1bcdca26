//! Who somebody is for an outside identity service.
//!
//! A link is made by an administrator or at the console; signing in never makes one, and never
//! makes an account.

use zhida_engine::payouts::{Moment, Role};

use crate::accounts::codes::may_administer;
use crate::accounts::event::{AccountEvent, What, append};
use crate::accounts::refusal::{AccountError, AccountRefusal};
use crate::accounts::{Accounts, By};
use crate::store::database::Value;

/// An account of an identity service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Identity {
    /// The service, as it calls itself.
    pub(crate) issuer: String,
    /// The account there.
    pub(crate) subject: String,
}

impl Accounts {
    /// Says that an account of an identity service belongs to an account here.
    ///
    /// # Errors
    /// [`AccountRefusal::AlreadyThere`] when it belongs to one already.
    pub(crate) async fn link(
        &self,
        by: By<'_>,
        account: &str,
        identity: &Identity,
        now: Moment,
    ) -> Result<(), AccountError> {
        let now = self.now(now).await?;
        by.must_be(Role::SecurityAdministrator, now)?;
        in_write!(self, async |transaction| {
            let known = self.known(transaction, account).await?;
            may_administer(by, &known)?;
            crate::accounts::record::Record::make(transaction, account, now).await?;
            let insert = "INSERT INTO identities (issuer, subject, account) VALUES ($1, $2, $3) \
                 ON CONFLICT (issuer, subject) DO NOTHING";
            let values: [Value; 3] = [
                identity.issuer.as_str().into(),
                identity.subject.as_str().into(),
                account.into(),
            ];
            if transaction.execute(insert, &values).await? != 1 {
                let what = format!("身份“{}”的关联", identity.subject);
                return Err(AccountRefusal::AlreadyThere(what).into());
            }
            let what = What::IdentityLinked {
                issuer: identity.issuer.clone(),
                subject: identity.subject.clone(),
            };
            let event = AccountEvent::new(Some(account), by.name(), "", what);
            append(transaction, event, now).await?;
            Ok(())
        })
    }

    /// Takes a link away.
    ///
    /// # Errors
    /// [`AccountRefusal::NoSuchThing`] when there is none.
    pub(crate) async fn unlink(
        &self,
        by: By<'_>,
        identity: &Identity,
        now: Moment,
    ) -> Result<(), AccountError> {
        let now = self.now(now).await?;
        by.must_be(Role::SecurityAdministrator, now)?;
        in_write!(self, async |transaction| {
            let none = || AccountRefusal::NoSuchThing(format!("身份“{}”的关联", identity.subject));
            let query = "SELECT account FROM identities WHERE issuer = $1 AND subject = $2";
            let (issuer, subject) = (identity.issuer.as_str(), identity.subject.as_str());
            let values: [Value; 2] = [issuer.into(), subject.into()];
            let row = transaction.fetch_one(query, &values).await?;
            let row = row.ok_or_else(none)?;
            let account = row.text("account")?;
            let known = self.known(transaction, account).await?;
            may_administer(by, &known)?;
            let delete = "DELETE FROM identities WHERE issuer = $1 AND subject = $2";
            transaction.execute(delete, &values).await?;
            let what = What::IdentityUnlinked {
                issuer: issuer.to_owned(),
                subject: subject.to_owned(),
            };
            let event = AccountEvent::new(Some(account), by.name(), "", what);
            append(transaction, event, now).await?;
            Ok(())
        })
    }
}
