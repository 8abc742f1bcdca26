//! Sign-in: who is there, and what he may see.
//!
//! # Shape
//! An account belongs to a user of the payout books and has his name; what the user may do stands
//! there alone, and is changed there by two administrators. Here is what he signs in with:
//! password, second factor, one-time codes, sessions, API tokens. [`Accounts`] is the door.
//! The clock is an argument; every step goes into the log ([`event`]), so that `verify` covers it.

/// Reads as of one instant: `in_read!(self, async |transaction| …)`.
macro_rules! in_read {
    ($accounts:expr, async |$transaction:ident| $work:expr) => {{
        let mut owned = $accounts.0.database.read().await?;
        let found = {
            let $transaction = &mut owned;
            async { $work }.await
        };
        owned.rollback().await;
        found
    }};
}

/// Writes whole or not at all: `in_write!(self, async |transaction| …)`. The work may run again in
/// a new transaction. A macro, because the future of a closure that borrows a transaction cannot
/// be shown to go from thread to thread.
macro_rules! in_write {
    ($accounts:expr, async |$transaction:ident| $work:expr) => {{
        let mut retries = crate::store::database::Retries::default();
        loop {
            let mut owned = $accounts.0.database.begin().await?;
            let result = {
                let $transaction = &mut owned;
                async { $work }.await
            };
            if let Some(result) = retries.finish(owned, result).await {
                break result;
            }
        }
    }};
}

mod clock;
mod codes;
mod event;
mod events;
mod identity;
mod office;
#[cfg(feature = "openid")]
pub(crate) mod openid;
pub(crate) mod pages;
mod password;
mod people;
mod record;
mod refusal;
mod replay;
mod roots;
mod scope;
mod second_factor;
mod secret;
mod session;
mod sessions;
mod settings;
mod sign_in;
#[cfg(test)]
mod tests;
mod throttle;
mod tokens;
mod totp;
mod vault;
mod visitor;

use std::path::Path;
use std::sync::Arc;

use zhida_engine::payouts::{Moment, Role};
use zhida_policies::values::Codes;

pub(crate) use codes::{Awaiting, Issued, OneTime};
pub(crate) use event::{AccountEvent, KIND, What};
pub(crate) use events::Seen;
#[cfg(test)]
pub(crate) use identity::Linked;
pub(crate) use identity::{Identity, LinkLine, LinkPlace, Wish};
pub(crate) use office::offices_of;
#[cfg(test)]
pub(crate) use password::Profile;
#[cfg(test)]
pub(crate) use people::Prepared;
pub(crate) use people::Standing;
#[cfg(test)]
pub(crate) use people::StandingCounts;
pub(crate) use refusal::{AccountError, AccountRefusal};
pub(crate) use replay::Replay;
pub(crate) use scope::Office;
pub(crate) use second_factor::Enrolment;
pub(crate) use session::{Entry, Session, Stage, TokenScope, needs_fresh_code};
pub(crate) use sessions::SessionLine;
pub(crate) use settings::AccountSettings;
pub(crate) use tokens::{NewToken, TokenLine};
pub(crate) use visitor::SignIns;

use crate::store::StoreError;
use crate::store::database::Database;
use crate::store::folder::Store;
use clock::Clock;
use office::Offices;
use password::Hasher;
use vault::Vault;

/// The accounts of an installation; copies share them.
#[derive(Clone, Debug)]
pub(crate) struct Accounts(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    database: Database,
    vault: Vault,
    hasher: Hasher,
    clock: Clock,
    settings: AccountSettings,
    codes: Arc<Codes>,
    offices: Offices,
    #[cfg(feature = "openid")]
    services: std::sync::OnceLock<openid::Services>,
}

/// Where a request comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Client {
    /// The address, as the connection or a trusted proxy says.
    pub(crate) address: String,
    /// What the browser calls itself, for the list of sessions.
    pub(crate) agent: String,
    /// The identifier that this device was given when somebody signed in from it.
    pub(crate) device: Option<String>,
}

/// Who does something about an account of another.
#[derive(Clone, Copy, Debug)]
pub(crate) enum By<'a> {
    /// Whoever may use the data folder on this machine.
    Console,
    /// Somebody who has signed in.
    Session(&'a Session),
}

impl By<'_> {
    /// The name in the log.
    fn name(&self) -> &str {
        match self {
            Self::Console => "命令行",
            Self::Session(session) => session.user.id.as_str(),
        }
    }

    /// Refuses all but the console and one who holds the role, has signed in completely and has
    /// shown a fresh code.
    fn must_be(&self, role: Role, now: Moment) -> Result<(), AccountRefusal> {
        match self {
            Self::Console => Ok(()),
            Self::Session(session) => {
                session.complete()?;
                if !session.is(role) || !session.allows(TokenScope::Admin) {
                    return Err(AccountRefusal::NotTheRole(role));
                }
                if !session.has_stepped_up(now) {
                    return Err(AccountRefusal::NeedsFreshCode);
                }
                Ok(())
            }
        }
    }
}

impl Accounts {
    /// Opens the accounts of a store; makes the key of its data folder where there is none yet.
    ///
    /// # Errors
    /// [`StoreError::Key`] when the key cannot be made or used; what the database says.
    pub(crate) async fn open(
        store: &Store,
        folder: &Path,
        settings: AccountSettings,
        codes: Arc<Codes>,
    ) -> Result<Self, StoreError> {
        let database = store.database.clone();
        Ok(Self(Arc::new(Inner {
            vault: Vault::open(folder, &database).await?,
            hasher: Hasher::new(settings.hashing_at_once, settings.hashing_waiting)?,
            clock: Clock::open(&database).await?,
            offices: Offices::default(),
            #[cfg(feature = "openid")]
            services: std::sync::OnceLock::new(),
            database,
            settings,
            codes,
        })))
    }

    /// What checks passwords, a few at a time.
    pub(crate) fn hasher(&self) -> Hasher {
        self.0.hasher.clone()
    }

    /// The figures that hold here.
    pub(crate) fn settings(&self) -> &AccountSettings {
        &self.0.settings
    }

    /// From here on people may sign in by these services; said once, before anybody comes.
    #[cfg(feature = "openid")]
    pub(crate) fn know(&self, services: openid::Services) {
        let _known_already = self.0.services.set(services);
    }

    /// By which services people may sign in.
    #[cfg(feature = "openid")]
    pub(crate) fn services(&self) -> &openid::Services {
        static NONE: openid::Services = openid::Services::new();
        self.0.services.get().unwrap_or(&NONE)
    }

    /// The services to which people may be linked: as they call themselves, and their labels.
    pub(crate) fn issuers(&self) -> Vec<(String, String)> {
        #[cfg(feature = "openid")]
        let issuers = self.services().values().map(|service| {
            let settings = service.settings();
            (settings.issuer.clone(), settings.label.clone())
        });
        #[cfg(not(feature = "openid"))]
        let issuers = std::iter::empty::<(String, String)>();
        issuers.collect()
    }

    /// Keeps that somebody asked for what he has no right to.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn forbidden(
        &self,
        who: Option<&str>,
        address: &str,
        what: &str,
        now: Moment,
    ) -> Result<(), StoreError> {
        let now = self.now(now).await?;
        let what = What::Forbidden {
            what: what.chars().take(200).collect(),
        };
        let event = AccountEvent::new(who, who.unwrap_or("未登录"), address, what);
        in_write!(self, async |transaction| event::append(
            transaction,
            event.clone(),
            now
        )
        .await)
    }

    /// Keeps who takes an archive of everything away.
    ///
    /// # Errors
    /// What the database says; the archive is then not to be given.
    pub(crate) async fn archive_taken(
        &self,
        who: &str,
        address: &str,
        (job, digest, is_full): (&str, String, bool),
        now: Moment,
    ) -> Result<(), StoreError> {
        let now = self.now(now).await?;
        let what = What::ArchiveTaken {
            job: job.to_owned(),
            digest,
            is_full,
        };
        let event = AccountEvent::new(Some(who), who, address, what);
        in_write!(self, async |transaction| event::append(
            transaction,
            event.clone(),
            now
        )
        .await)
    }

    /// The moment that counts; a clock that was set back ends all sessions first.
    async fn now(&self, now: Moment) -> Result<Moment, StoreError> {
        self.0.clock.at(&self.0.database, now).await
    }
}
