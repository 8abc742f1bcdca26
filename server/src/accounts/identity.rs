//! Who somebody is for an outside identity service.
//!
//! # Shape
//! A link of an official is made at the console, or asked for by the security administrator and
//! agreed to by the audit administrator: none of the two alone can make himself somebody else.
//! What is asked for is not in force, and lapses like a one-time code.

use zhida_engine::payouts::{BureauId, Moment, Role};
use zhida_policies::values::Uscc;

use crate::accounts::codes::{may_administer, must_be_asked};
use crate::accounts::event::{AccountEvent, What, append};
use crate::accounts::record::{self, Known, Record};
use crate::accounts::refusal::{AccountError, AccountRefusal};
use crate::accounts::session::Session;
use crate::accounts::tokens;
use crate::accounts::{Accounts, By};
use crate::store::StoreError;
use crate::store::database::{Row, Transaction, Value};

/// An account of an identity service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Identity {
    /// The service, as it calls itself.
    pub(crate) issuer: String,
    /// The account there.
    pub(crate) subject: String,
}

/// What became of a wish to link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Linked {
    /// It holds.
    Now,
    /// A second administrator has to agree.
    Awaits,
}

/// A link, or the wish for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LinkLine {
    /// Who it is over there.
    pub(crate) identity: Identity,
    /// For which enterprise; empty for officials.
    pub(crate) enterprise: String,
    /// The account here.
    pub(crate) account: String,
    /// Who asked for it and when, while it waits.
    pub(crate) asked: Option<(String, Moment)>,
}

impl LinkLine {
    fn from_row(row: &Row, is_wish: bool) -> Result<Self, StoreError> {
        let asked = match is_wish {
            true => Some((row.text("made_by")?.to_owned(), Moment(row.int("made_at")?))),
            false => None,
        };
        Ok(Self {
            identity: Identity {
                issuer: row.text("issuer")?.to_owned(),
                subject: row.text("subject")?.to_owned(),
            },
            enterprise: row.text("enterprise")?.to_owned(),
            account: row.text("account")?.to_owned(),
            asked,
        })
    }

    /// Where a list goes on after this one.
    pub(crate) fn place(&self) -> LinkPlace {
        let Identity { issuer, subject } = &self.identity;
        LinkPlace([&self.account, issuer, subject, &self.enterprise].map(Clone::clone))
    }

    fn is_taken(&self) -> AccountRefusal {
        let what = format!("身份“{}”的关联", self.identity.subject);
        AccountRefusal::AlreadyThere(what)
    }
}

/// A link that waits for a second administrator, and by what else the account is entered already:
/// whoever has that goes on entering it beside the link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    /// The link.
    pub(crate) line: LinkLine,
    /// The person of the account.
    pub(crate) person: String,
    /// Whether somebody has set a password.
    pub(crate) has_password: bool,
    /// Whether somebody has bound a phone.
    pub(crate) has_second_factor: bool,
}

/// After which link a list goes on: its account, service, number there and enterprise. The usual
/// one is before all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LinkPlace(pub(crate) [String; 4]);

/// The enterprise of a link: that of whoever acts for one.
fn enterprise(known: &Known) -> String {
    let user = &known.user;
    let own = user
        .enterprise
        .filter(|_| !record::needs_second_factor(user));
    own.as_ref().map_or("", Uscc::as_str).to_owned()
}

impl Accounts {
    /// Says that an account of an identity service belongs to an account here.
    ///
    /// # Shape
    /// Whoever asks is not told what belongs to other bureaus: there, the agreement is refused.
    /// # Errors
    /// [`AccountRefusal::AlreadyThere`] when it belongs to one of his bureau already.
    pub(crate) async fn link(
        &self,
        by: By<'_>,
        account: &str,
        identity: &Identity,
        now: Moment,
    ) -> Result<Linked, AccountError> {
        let now = self.now(now).await?;
        by.must_be(Role::SecurityAdministrator, now)?;
        in_write!(self, async |transaction| {
            let known = self.known(transaction, account).await?;
            may_administer(by, &known)?;
            let enterprise = enterprise(&known);
            let line = LinkLine {
                identity: identity.clone(),
                enterprise,
                account: account.to_owned(),
                asked: Some((by.name().to_owned(), now)),
            };
            match taken(transaction, &line).await? {
                Some(owner) if self.may_see(transaction, by, &owner).await? => {
                    return Err(line.is_taken().into());
                }
                Some(_) | None => {}
            }
            match by {
                By::Console => {
                    make(transaction, &line, by.name(), now).await?;
                    Ok(Linked::Now)
                }
                By::Session(session) => {
                    ask(transaction, &line, session, now).await?;
                    Ok::<_, AccountError>(Linked::Awaits)
                }
            }
        })
    }

    /// A second administrator agrees to the very wish that he looked at: whose link, to whom, and
    /// asked for by whom and when.
    ///
    /// # Errors
    /// [`AccountRefusal::SamePerson`] for the one who asked and for the owner;
    /// [`AccountRefusal::NotAskedByAdministrator`] when the one who asked may not any more;
    /// [`AccountRefusal::NoSuchThing`] when nothing waits.
    pub(crate) async fn agree_to_link(
        &self,
        session: &Session,
        (account, identity): (&str, &Identity),
        (made_by, made_at): (&str, Moment),
        now: Moment,
    ) -> Result<(), AccountError> {
        let now = self.now(now).await?;
        let by = By::Session(session);
        by.must_be(Role::AuditAdministrator, now)?;
        in_write!(self, async |transaction| {
            let known = self.known(transaction, account).await?;
            may_administer(by, &known)?;
            let query = "SELECT issuer, subject, enterprise, account, made_by, made_at \
                 FROM identity_requests \
                 WHERE issuer = $1 AND subject = $2 AND account = $3 AND made_at > $4 \
                 AND made_by = $5 AND made_at = $6";
            let since = now.0.saturating_sub(self.settings().code());
            let values: [Value; 6] = [
                identity.issuer.as_str().into(),
                identity.subject.as_str().into(),
                account.into(),
                since.into(),
                made_by.into(),
                made_at.0.into(),
            ];
            let row = transaction.fetch_one(query, &values).await?;
            let none = || AccountRefusal::NoSuchThing("等候同意的申请".to_owned());
            let line = LinkLine::from_row(&row.ok_or_else(none)?, true)?;
            must_be_asked(transaction, made_by, session).await?;
            // What he acts for may be another enterprise by now.
            if line.enterprise != enterprise(&known) {
                return Err(none().into());
            }
            if taken(transaction, &line).await?.is_some() {
                return Err(line.is_taken().into());
            }
            forget_wish(transaction, &line).await?;
            make(transaction, &line, by.name(), now).await?;
            Ok(())
        })
    }

    /// Takes links away: of one account, or of all that the identity has. Whoever is signed in by
    /// them is not any more.
    ///
    /// # Shape
    /// What belongs to other bureaus is not there for an administrator.
    /// # Errors
    /// [`AccountRefusal::NoSuchThing`] when there is none.
    pub(crate) async fn unlink(
        &self,
        by: By<'_>,
        (account, identity): (Option<&str>, &Identity),
        now: Moment,
    ) -> Result<(), AccountError> {
        let now = self.now(now).await?;
        by.must_be(Role::SecurityAdministrator, now)?;
        in_write!(self, async |transaction| {
            let query = "SELECT issuer, subject, enterprise, account FROM identities \
                 WHERE issuer = $1 AND subject = $2 AND ($3 = '' OR account = $3) \
                 ORDER BY account";
            let values: [Value; 3] = [
                identity.issuer.as_str().into(),
                identity.subject.as_str().into(),
                account.unwrap_or_default().into(),
            ];
            let mut lines = Vec::new();
            for row in transaction.fetch(query, &values).await? {
                let line = LinkLine::from_row(&row, false)?;
                if self.may_see(transaction, by, &line.account).await? {
                    lines.push(line);
                }
            }
            if lines.is_empty() {
                let what = format!("身份“{}”的关联", identity.subject);
                return Err(AccountRefusal::NoSuchThing(what).into());
            }
            for line in &lines {
                if let Some(known) = record::user(transaction, &line.account).await? {
                    may_administer(by, &known)?;
                }
                take_away(transaction, line, by.name(), now).await?;
            }
            Ok::<(), AccountError>(())
        })
    }

    /// Whether an account lies within sight: of whoever sits at the console, each; of an
    /// administrator, those of his bureau.
    async fn may_see(
        &self,
        transaction: &mut Transaction,
        by: By<'_>,
        account: &str,
    ) -> Result<bool, StoreError> {
        let By::Session(session) = by else {
            return Ok(true);
        };
        let known = record::user(transaction, account).await?;
        Ok(known.is_some_and(|known| known.user.bureau == session.user.bureau))
    }

    /// The links of an account, or of all.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn links(&self, account: Option<&str>) -> Result<Vec<LinkLine>, AccountError> {
        let query = "SELECT issuer, subject, enterprise, account FROM identities \
             WHERE $1 = '' OR account = $1 ORDER BY account, issuer, subject, enterprise";
        let values: [Value; 1] = [account.unwrap_or_default().into()];
        let rows = self.0.database.fetch(query, &values).await?;
        let lines = rows.iter().map(|row| LinkLine::from_row(row, false));
        lines.collect::<Result<_, StoreError>>().map_err(Into::into)
    }

    /// The links of a bureau's accounts after one of them, so many at most, each with its person.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn links_of(
        &self,
        bureau: &BureauId,
        after: &LinkPlace,
        limit: u32,
    ) -> Result<Vec<(LinkLine, String)>, AccountError> {
        let query = "SELECT i.issuer AS issuer, i.subject AS subject, \
             i.enterprise AS enterprise, i.account AS account, u.person AS person \
             FROM identities i JOIN users u ON u.id = i.account WHERE u.bureau = $1 \
             AND (i.account, i.issuer, i.subject, i.enterprise) > ($2, $3, $4, $5) \
             ORDER BY i.account, i.issuer, i.subject, i.enterprise LIMIT $6";
        let [account, issuer, subject, enterprise] = after.0.each_ref().map(String::as_str);
        let values: [Value; 6] = [
            bureau.as_str().into(),
            account.into(),
            issuer.into(),
            subject.into(),
            enterprise.into(),
            i64::from(limit).into(),
        ];
        let rows = self.0.database.fetch(query, &values).await?;
        let lines = rows.iter().map(|row| {
            let line = LinkLine::from_row(row, false)?;
            Ok((line, row.text("person")?.to_owned()))
        });
        lines.collect::<Result<_, StoreError>>().map_err(Into::into)
    }

    /// The wishes of a bureau that wait for a second administrator.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn links_awaiting(
        &self,
        bureau: &BureauId,
        now: Moment,
    ) -> Result<Vec<Wish>, AccountError> {
        let query = "SELECT r.issuer AS issuer, r.subject AS subject, \
             r.enterprise AS enterprise, r.account AS account, r.made_by AS made_by, \
             r.made_at AS made_at, u.person AS person, \
             a.password IS NOT NULL AS has_password, a.seed IS NOT NULL AS has_seed \
             FROM identity_requests r JOIN users u ON u.id = r.account \
             LEFT JOIN accounts a ON a.id = r.account \
             WHERE u.bureau = $1 AND r.made_at > $2 ORDER BY r.made_at, r.account, r.subject";
        let since = now.0.saturating_sub(self.settings().code());
        let values: [Value; 2] = [bureau.as_str().into(), since.into()];
        let rows = self.0.database.fetch(query, &values).await?;
        let wishes = rows.iter().map(|row| {
            Ok(Wish {
                line: LinkLine::from_row(row, true)?,
                person: row.text("person")?.to_owned(),
                has_password: row.int("has_password")? != 0,
                has_second_factor: row.int("has_seed")? != 0,
            })
        });
        let wishes: Result<_, StoreError> = wishes.collect();
        Ok(wishes?)
    }
}

fn key(line: &LinkLine) -> [Value; 3] {
    [
        line.identity.issuer.as_str().into(),
        line.identity.subject.as_str().into(),
        line.enterprise.as_str().into(),
    ]
}

/// Whose the identity is already.
async fn taken(
    transaction: &mut Transaction,
    line: &LinkLine,
) -> Result<Option<String>, StoreError> {
    let query = "SELECT account FROM identities \
         WHERE issuer = $1 AND subject = $2 AND enterprise = $3";
    let row = transaction.fetch_one(query, &key(line)).await?;
    row.map(|row| Ok(row.text("account")?.to_owned()))
        .transpose()
}

/// Writes a wish down in the place of an older one of the same bureau.
async fn ask(
    transaction: &mut Transaction,
    line: &LinkLine,
    session: &Session,
    now: Moment,
) -> Result<(), StoreError> {
    let by = session.user.id.as_str();
    let delete = "DELETE FROM identity_requests \
         WHERE issuer = $1 AND subject = $2 AND enterprise = $3 \
         AND account IN (SELECT id FROM users WHERE bureau = $4)";
    let [issuer, subject, enterprise] = key(line);
    let bureau = session.user.bureau.as_str().into();
    let values = [issuer, subject, enterprise, bureau];
    transaction.execute(delete, &values).await?;
    let insert = "INSERT INTO identity_requests \
         (issuer, subject, enterprise, account, made_by, made_at) VALUES ($1, $2, $3, $4, $5, $6)";
    let [issuer, subject, enterprise] = key(line);
    let account = line.account.as_str().into();
    let values = [
        issuer,
        subject,
        enterprise,
        account,
        by.into(),
        now.0.into(),
    ];
    transaction.execute(insert, &values).await?;
    let what = What::IdentityAsked {
        issuer: line.identity.issuer.clone(),
        subject: line.identity.subject.clone(),
    };
    append(
        transaction,
        AccountEvent::new(Some(&line.account), by, "", what),
        now,
    )
    .await
}

async fn forget_wish(transaction: &mut Transaction, line: &LinkLine) -> Result<(), StoreError> {
    let delete = "DELETE FROM identity_requests \
         WHERE issuer = $1 AND subject = $2 AND enterprise = $3 AND account = $4";
    let [issuer, subject, enterprise] = key(line);
    let values = [issuer, subject, enterprise, line.account.as_str().into()];
    transaction.execute(delete, &values).await.map(drop)
}

/// Whether somebody may sign in to an account by a service.
pub(super) async fn is_linked(
    transaction: &mut Transaction,
    account: &str,
) -> Result<bool, StoreError> {
    let query = "SELECT account FROM identities WHERE account = $1 LIMIT 1";
    let row = transaction.fetch_one(query, &[account.into()]).await?;
    Ok(row.is_some())
}

/// Whether an administrator took the link of an identity away: it does not come back by itself.
#[cfg(feature = "openid")]
pub(super) async fn was_taken_away(
    transaction: &mut Transaction,
    identity: &[Value; 3],
) -> Result<bool, StoreError> {
    let query = "SELECT issuer FROM identities_taken_away \
         WHERE issuer = $1 AND subject = $2 AND enterprise = $3";
    Ok(transaction.fetch_one(query, identity).await?.is_some())
}

/// Puts a link in force.
async fn make(
    transaction: &mut Transaction,
    line: &LinkLine,
    by: &str,
    now: Moment,
) -> Result<(), StoreError> {
    Record::make(transaction, &line.account, now).await?;
    let insert = "INSERT INTO identities (issuer, subject, enterprise, account) \
         VALUES ($1, $2, $3, $4)";
    let [issuer, subject, enterprise] = key(line);
    let values = [issuer, subject, enterprise, line.account.as_str().into()];
    transaction.execute(insert, &values).await?;
    let again = "DELETE FROM identities_taken_away \
         WHERE issuer = $1 AND subject = $2 AND enterprise = $3";
    transaction.execute(again, &key(line)).await?;
    let what = What::IdentityLinked {
        issuer: line.identity.issuer.clone(),
        subject: line.identity.subject.clone(),
        enterprise: line.enterprise.clone(),
    };
    append(
        transaction,
        AccountEvent::new(Some(&line.account), by, "", what),
        now,
    )
    .await
}

async fn take_away(
    transaction: &mut Transaction,
    line: &LinkLine,
    by: &str,
    now: Moment,
) -> Result<(), StoreError> {
    let delete = "DELETE FROM identities WHERE issuer = $1 AND subject = $2 AND enterprise = $3";
    transaction.execute(delete, &key(line)).await?;
    let keep = "INSERT INTO identities_taken_away (issuer, subject, enterprise) \
         VALUES ($1, $2, $3) ON CONFLICT (issuer, subject, enterprise) DO NOTHING";
    transaction.execute(keep, &key(line)).await?;
    let what = What::IdentityUnlinked {
        issuer: line.identity.issuer.clone(),
        subject: line.identity.subject.clone(),
        enterprise: line.enterprise.clone(),
    };
    let event = AccountEvent::new(Some(&line.account), by, "", what);
    append(transaction, event, now).await?;
    // Whoever cannot sign in any more does not go on by his programs.
    let query = "SELECT id FROM accounts WHERE id = $1 AND password IS NOT NULL \
         UNION ALL SELECT account FROM identities WHERE account = $1 LIMIT 1";
    let account = line.account.as_str();
    if transaction
        .fetch_one(query, &[account.into()])
        .await?
        .is_none()
    {
        tokens::revoke_all(transaction, account, by, now).await?;
    }
    let end = "DELETE FROM sessions WHERE account = $1 AND service IS NOT NULL";
    let count = transaction
        .execute(end, &[line.account.as_str().into()])
        .await?;
    if count == 0 {
        return Ok(());
    }
    let reason = "解除外部身份".to_owned();
    let what = What::SessionsEnded { reason, count };
    let event = AccountEvent::new(Some(&line.account), by, "", what);
    append(transaction, event, now).await
}
