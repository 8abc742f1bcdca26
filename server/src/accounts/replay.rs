//! What the log comes to for accounts, and whether the tables say the same.

use std::collections::BTreeMap;

use crate::accounts::event::{AccountEvent, What};
use crate::accounts::tokens;
use crate::store::StoreError;
use crate::store::database::{Row, Transaction};

/// Offices, tokens and links as the log has them: what decides who sees and may do what.
#[derive(Debug, Default)]
pub(crate) struct Replay {
    offices: BTreeMap<String, String>,
    tokens: BTreeMap<String, (String, bool)>,
    identities: BTreeMap<String, String>,
    /// Links that were taken away and not made again: they do not come back by themselves.
    taken_away: BTreeMap<String, String>,
}

impl Replay {
    /// Takes one event of the log up.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(crate) fn event(&mut self, kind: &str, body: &[u8]) -> Result<(), String> {
        let event = AccountEvent::read(kind, body)?;
        let account = event.account.unwrap_or_default();
        match event.what {
            What::OfficeSet {
                bureau,
                region,
                department,
                is_finance,
            } => {
                let is_finance = i64::from(is_finance);
                let row = format!("{region} {is_finance} {department}");
                self.offices.insert(bureau, row);
            }
            What::TokenMade { .. } | What::TokenRevoked { .. } => {
                self.token(&account, event.what)?;
            }
            What::IdentityLinked {
                issuer,
                subject,
                enterprise,
            } => {
                let key = format!("{subject} {issuer} {enterprise}");
                self.taken_away.remove(&key);
                if self.identities.insert(key, account).is_some() {
                    return Err(format!("身份“{subject}”关联了两次"));
                }
            }
            What::IdentityUnlinked {
                issuer,
                subject,
                enterprise,
            } => {
                let key = format!("{subject} {issuer} {enterprise}");
                self.identities.remove(&key);
                self.taken_away.insert(key, String::new());
            }
            What::PasswordAccepted
            | What::PasswordRefused
            | What::Throttled { .. }
            | What::SignedIn
            | What::SignedOut
            | What::SessionsEnded { .. }
            | What::CodeAccepted
            | What::CodeRefused
            | What::RecoveryUsed
            | What::SteppedUp
            | What::SecondFactorSet
            | What::SecondFactorRemoved
            | What::BindingAllowed
            | What::RecoveryMade
            | What::CodeIssued { .. }
            | What::CodeAgreed { .. }
            | What::OneTimeCodeRefused
            | What::PasswordSet
            | What::PasswordChanged
            | What::IdentityAsked { .. }
            | What::ServiceAccepted { .. }
            | What::ServiceRefused { .. }
            | What::Assists { .. }
            | What::ArchiveTaken { .. }
            | What::Forbidden { .. }
            | What::ClockSetBack { .. } => {}
        }
        Ok(())
    }

    /// A token that was made or revoked.
    fn token(&mut self, account: &str, what: What) -> Result<(), String> {
        if let What::TokenMade {
            name,
            title,
            scopes,
            expires,
        } = what
        {
            let scopes = tokens::column(&scopes);
            let row = format!("{account} {} {scopes} {title}", expires.0);
            return match self.tokens.insert(name.clone(), (row, true)) {
                Some(_) => Err(format!("令牌“{name}”建立了两次")),
                None => Ok(()),
            };
        }
        if let What::TokenRevoked { name } = what {
            return match self.tokens.get_mut(&name) {
                Some((_, lives)) => {
                    *lives = false;
                    Ok(())
                }
                None => Err(format!("收回的令牌“{name}”没有建立过")),
            };
        }
        Ok(())
    }

    /// Compares the tables with what the log comes to; the first difference in words.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn compare(
        &self,
        transaction: &mut Transaction,
    ) -> Result<Result<(), String>, StoreError> {
        let query = "SELECT bureau, region, department, is_finance FROM offices";
        let mut found = BTreeMap::new();
        for row in transaction.fetch(query, &[]).await? {
            let office = office(&row)?;
            found.insert(row.text("bureau")?.to_owned(), office);
        }
        if let Err(fault) = same("offices", &self.offices, &found) {
            return Ok(Err(fault));
        }
        let query = "SELECT issuer, subject, enterprise, account FROM identities";
        let found = links(transaction, query).await?;
        if let Err(fault) = same("identities", &self.identities, &found) {
            return Ok(Err(fault));
        }
        let query = "SELECT issuer, subject, enterprise, '' AS account FROM identities_taken_away";
        let found = links(transaction, query).await?;
        if let Err(fault) = same("identities_taken_away", &self.taken_away, &found) {
            return Ok(Err(fault));
        }
        self.compare_tokens(transaction).await
    }

    /// A token that the log has taken back must not live; one may have ended otherwise.
    async fn compare_tokens(
        &self,
        transaction: &mut Transaction,
    ) -> Result<Result<(), String>, StoreError> {
        let query = "SELECT name, account, title, scopes, expires_at, revoked_at FROM api_tokens";
        let (mut expected, mut found) = (BTreeMap::new(), BTreeMap::new());
        for (name, (row, _)) in &self.tokens {
            expected.insert(name.clone(), row.clone());
        }
        for row in transaction.fetch(query, &[]).await? {
            let name = row.text("name")?;
            let lives = row.int_or_null("revoked_at")?.is_none();
            let may_live = self.tokens.get(name).is_none_or(|(_, lives)| *lives);
            if lives && !may_live {
                return Ok(Err(format!(
                    "表 api_tokens 的记录 {name}:已收回的令牌又可用"
                )));
            }
            let text = format!(
                "{} {} {} {}",
                row.text("account")?,
                row.int("expires_at")?,
                row.text("scopes")?,
                row.text("title")?
            );
            found.insert(name.to_owned(), text);
        }
        Ok(same("api_tokens", &expected, &found))
    }
}

/// Links of a table, each with its account.
async fn links(
    transaction: &mut Transaction,
    query: &'static str,
) -> Result<BTreeMap<String, String>, StoreError> {
    let mut found = BTreeMap::new();
    for row in transaction.fetch(query, &[]).await? {
        let (subject, issuer) = (row.text("subject")?, row.text("issuer")?);
        let key = format!("{subject} {issuer} {}", row.text("enterprise")?);
        found.insert(key, row.text("account")?.to_owned());
    }
    Ok(found)
}

fn office(row: &Row) -> Result<String, StoreError> {
    let (region, department) = (row.text("region")?, row.text("department")?);
    Ok(format!("{region} {} {department}", row.int("is_finance")?))
}

fn same(
    table: &str,
    expected: &BTreeMap<String, String>,
    found: &BTreeMap<String, String>,
) -> Result<(), String> {
    for (name, row) in expected {
        match found.get(name) {
            None => return Err(format!("表 {table} 缺少记录 {name}")),
            Some(other) if other != row => {
                return Err(format!("表 {table} 的记录 {name} 与日志不符"));
            }
            Some(_) => {}
        }
    }
    match found.keys().find(|name| !expected.contains_key(*name)) {
        Some(extra) => Err(format!("表 {table} 多出记录 {extra}")),
        None => Ok(()),
    }
}
