//! API tokens: what programs sign in with, for somebody.

use std::collections::BTreeSet;

use zhida_engine::payouts::{Moment, Role};

use crate::accounts::codes::may_administer;
use crate::accounts::event::{AccountEvent, What, append};
use crate::accounts::record::{self, Record};
use crate::accounts::refusal::{AccountError, AccountRefusal};
use crate::accounts::session::{Entry, Session, Stage, TokenScope};
use crate::accounts::settings::{DAY, MINUTE};
use crate::accounts::vault::Purpose;
use crate::accounts::{Accounts, By, secret};
use crate::store::StoreError;
use crate::store::database::{Row, Transaction, Value};

/// How often it is written down that a token is used.
const USED_EVERY: i64 = MINUTE;
/// How long the title of a token may be.
const TITLE_LETTERS: usize = 80;

/// A token that is asked for.
#[derive(Clone, Debug)]
pub(crate) struct NewToken {
    /// What the owner calls it.
    pub(crate) title: String,
    /// What it may be used for.
    pub(crate) scopes: BTreeSet<TokenScope>,
    /// For how many days.
    pub(crate) days: u32,
}

/// A token in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TokenLine {
    /// What to call it.
    pub(crate) name: String,
    /// Whose.
    pub(crate) account: String,
    /// What the owner calls it.
    pub(crate) title: String,
    /// What it may be used for.
    pub(crate) scopes: BTreeSet<TokenScope>,
    /// When it was made.
    pub(crate) made_at: Moment,
    /// Until when.
    pub(crate) expires_at: Moment,
    /// Since when not any more.
    pub(crate) revoked_at: Option<Moment>,
    /// When it was last used, to the minute.
    pub(crate) used_at: Option<Moment>,
}

impl TokenLine {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            name: row.text("name")?.to_owned(),
            account: row.text("account")?.to_owned(),
            title: row.text("title")?.to_owned(),
            scopes: scopes(row.text("scopes")?)?,
            made_at: Moment(row.int("made_at")?),
            expires_at: Moment(row.int("expires_at")?),
            revoked_at: row.int_or_null("revoked_at")?.map(Moment),
            used_at: row.int_or_null("used_at")?.map(Moment),
        })
    }
}

/// The scopes of a column.
pub(super) fn scopes(text: &str) -> Result<BTreeSet<TokenScope>, StoreError> {
    let unknown = |word: &str| StoreError::Integrity(format!("令牌没有“{word}”这一范围"));
    let words = text.split(' ').filter(|word| !word.is_empty());
    words
        .map(|word| TokenScope::of(word).ok_or_else(|| unknown(word)))
        .collect()
}

/// The column of some scopes.
pub(super) fn column<'a>(scopes: impl IntoIterator<Item = &'a TokenScope>) -> String {
    let words: Vec<&str> = scopes.into_iter().map(|scope| scope.word()).collect();
    words.join(" ")
}

/// Takes all tokens of an account back.
pub(super) async fn revoke_all(
    transaction: &mut Transaction,
    account: &str,
    by: &str,
    now: Moment,
) -> Result<(), StoreError> {
    let query = "SELECT name FROM api_tokens WHERE account = $1 AND revoked_at IS NULL \
         ORDER BY name";
    for row in transaction.fetch(query, &[account.into()]).await? {
        let name = row.text("name")?.to_owned();
        let what = What::TokenRevoked { name };
        let event = AccountEvent::new(Some(account), by, "", what);
        append(transaction, event, now).await?;
    }
    let update = "UPDATE api_tokens SET revoked_at = $2 \
         WHERE account = $1 AND revoked_at IS NULL";
    let values: [Value; 2] = [account.into(), now.0.into()];
    transaction.execute(update, &values).await.map(drop)
}

impl Accounts {
    /// Makes a token of an account; it is shown once.
    ///
    /// # Errors
    /// [`AccountRefusal::BadToken`] without a title or a scope, or for too long;
    /// [`AccountRefusal::NeedsFreshCode`] without a fresh code.
    pub(crate) async fn make_token(
        &self,
        by: By<'_>,
        account: &str,
        new: &NewToken,
        now: Moment,
    ) -> Result<(String, TokenLine), AccountError> {
        let now = self.now(now).await?;
        if let By::Session(session) = by {
            session.complete()?;
            let is_own = session.user.id.as_str() == account;
            if !is_own || !matches!(session.entry, Entry::Browser { .. }) {
                return Err(AccountRefusal::BadToken("令牌只能由本人登录后建立".to_owned()).into());
            }
            if !session.has_stepped_up(now) {
                return Err(AccountRefusal::NeedsFreshCode.into());
            }
        }
        let (title, expires) = self.check_token(new, now)?;
        let text = format!("{}{}", secret::TOKEN_PREFIX, secret::identifier()?);
        let line = TokenLine {
            name: secret::name("T")?,
            account: account.to_owned(),
            title,
            scopes: new.scopes.clone(),
            made_at: now,
            expires_at: expires,
            revoked_at: None,
            used_at: None,
        };
        in_write!(self, async |transaction| {
            self.known(transaction, account).await?;
            self.insert_token(transaction, &text, &line).await?;
            let what = What::TokenMade {
                name: line.name.clone(),
                title: line.title.clone(),
                scopes: line.scopes.iter().copied().collect(),
                expires,
            };
            let event = AccountEvent::new(Some(account), by.name(), "", what);
            append(transaction, event, now).await?;
            Ok::<(), AccountError>(())
        })?;
        Ok((text, line))
    }

    fn check_token(&self, new: &NewToken, now: Moment) -> Result<(String, Moment), AccountRefusal> {
        let title: String = new
            .title
            .trim()
            .chars()
            .filter(|l| !l.is_control())
            .collect();
        let letters = title.chars().count();
        if !(1..=TITLE_LETTERS).contains(&letters) {
            let most = format!("请给令牌起一个 {TITLE_LETTERS} 字以内的名称");
            return Err(AccountRefusal::BadToken(most));
        }
        if new.scopes.is_empty() {
            let words: Vec<&str> = TokenScope::ALL
                .iter()
                .map(|scope| scope.chinese())
                .collect();
            let which = format!("请至少选一个范围:{}", words.join("、"));
            return Err(AccountRefusal::BadToken(which));
        }
        let life = DAY.saturating_mul(new.days.into());
        if life == 0 || life > self.settings().token() {
            let most = self.settings().token_days_max;
            let days = format!("令牌的有效期应为 1 到 {most} 天,写的是 {} 天", new.days);
            return Err(AccountRefusal::BadToken(days));
        }
        Ok((title, Moment(now.0.saturating_add(life))))
    }

    async fn insert_token(
        &self,
        transaction: &mut Transaction,
        text: &str,
        line: &TokenLine,
    ) -> Result<(), StoreError> {
        let columns = [
            "mark",
            "name",
            "account",
            "title",
            "scopes",
            "made_at",
            "expires_at",
        ];
        let values = vec![
            self.0.vault.mark(Purpose::Token, text.as_bytes()).into(),
            line.name.as_str().into(),
            line.account.as_str().into(),
            line.title.as_str().into(),
            column(&line.scopes).into(),
            line.made_at.0.into(),
            line.expires_at.0.into(),
        ];
        transaction
            .insert_many("api_tokens", &columns, &[values])
            .await
    }

    /// Who a token speaks for: the rights of its owner as they are now, as far as its scopes go.
    ///
    /// # Errors
    /// [`AccountRefusal::NotSignedIn`] when there is none, or it has expired or was taken back, or
    /// its owner may not act.
    pub(crate) async fn token(&self, text: &str, now: Moment) -> Result<Session, AccountError> {
        let now = self.now(now).await?;
        let id = text.strip_prefix(secret::TOKEN_PREFIX);
        if !id.is_some_and(secret::is_identifier) {
            return Err(AccountRefusal::NotSignedIn.into());
        }
        let mark = self.0.vault.mark(Purpose::Token, text.as_bytes());
        let found = in_read!(self, async |transaction| {
            let query = "SELECT name, account, title, scopes, made_at, expires_at, \
                     revoked_at, used_at FROM api_tokens WHERE mark = $1";
            let Some(row) = transaction.fetch_one(query, &[mark.into()]).await? else {
                return Ok::<_, StoreError>(None);
            };
            let line = TokenLine::from_row(&row)?;
            let record = Record::find(transaction, &line.account).await?;
            let known = record::user(transaction, &line.account).await?;
            let known = known.filter(|known| known.user.is_active);
            let Some(known) = known.filter(|_| record.is_some()) else {
                return Ok(None);
            };
            let scope = self.scope(transaction, &known.user).await?;
            Ok(Some((line, known, scope)))
        })?;
        let living = |line: &TokenLine| line.revoked_at.is_none() && now < line.expires_at;
        let found = found.filter(|(line, ..)| living(line));
        let (line, known, scope) = found.ok_or(AccountRefusal::NotSignedIn)?;
        let unwritten = |at: Moment| now.0.saturating_sub(at.0) >= USED_EVERY;
        if line.used_at.is_none_or(unwritten) {
            in_write!(self, async |transaction| {
                let update = "UPDATE api_tokens SET used_at = $1 WHERE mark = $2";
                transaction
                    .execute(update, &[now.0.into(), mark.into()])
                    .await?;
                Ok::<(), StoreError>(())
            })?;
        }
        Ok(Session {
            user: known.user,
            scope,
            entry: Entry::Token {
                scopes: line.scopes,
            },
            stage: Stage::Complete,
            name: line.name,
            stepped_up_at: None,
            stepped_up_until: None,
            assists: None,
        })
    }

    /// Whether the token that lists call so can be used; asking is no use of it.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn token_lives(&self, name: &str, now: Moment) -> Result<bool, AccountError> {
        let now = self.now(now).await?;
        let found: Result<_, StoreError> = in_read!(self, async |transaction| {
            let query = "SELECT account FROM api_tokens \
                 WHERE name = $1 AND revoked_at IS NULL AND expires_at > $2";
            let values: [Value; 2] = [name.into(), now.0.into()];
            let Some(row) = transaction.fetch_one(query, &values).await? else {
                return Ok(false);
            };
            let known = record::user(transaction, row.text("account")?).await?;
            Ok(known.is_some_and(|known| known.user.is_active))
        });
        Ok(found?)
    }

    /// The tokens of an account, or of all; the latest first.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn tokens(
        &self,
        account: Option<&str>,
    ) -> Result<Vec<TokenLine>, AccountError> {
        let query = "SELECT name, account, title, scopes, made_at, expires_at, revoked_at, \
             used_at FROM api_tokens WHERE $1 = '' OR account = $1 ORDER BY made_at DESC, name";
        let values: [Value; 1] = [account.unwrap_or("").into()];
        let rows = self.0.database.fetch(query, &values).await?;
        let lines = rows.iter().map(TokenLine::from_row);
        lines.collect::<Result<_, StoreError>>().map_err(Into::into)
    }

    /// Takes a token back: the owner's own, or one of his bureau by a security administrator.
    ///
    /// # Errors
    /// [`AccountRefusal::NoSuchThing`] when there is none that lives.
    pub(crate) async fn revoke_token(
        &self,
        by: By<'_>,
        name: &str,
        now: Moment,
    ) -> Result<(), AccountError> {
        let now = self.now(now).await?;
        in_write!(self, async |transaction| {
            let none = || AccountRefusal::NoSuchThing(format!("令牌“{name}”,或它已失效"));
            let query = "SELECT account FROM api_tokens WHERE name = $1 AND revoked_at IS NULL";
            let row = transaction.fetch_one(query, &[name.into()]).await?;
            let row = row.ok_or_else(none)?;
            let account = row.text("account")?;
            if let By::Session(session) = by {
                session.complete()?;
                if session.user.id.as_str() != account {
                    let administers = session.is(Role::SecurityAdministrator);
                    let known = self.known(transaction, account).await?;
                    if !administers || may_administer(by, &known).is_err() {
                        return Err(none().into());
                    }
                }
            }
            let update = "UPDATE api_tokens SET revoked_at = $1 WHERE name = $2";
            transaction
                .execute(update, &[now.0.into(), name.into()])
                .await?;
            let what = What::TokenRevoked {
                name: name.to_owned(),
            };
            let event = AccountEvent::new(Some(account), by.name(), "", what);
            append(transaction, event, now).await?;
            Ok(())
        })
    }
}
