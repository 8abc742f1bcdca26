//! Who went to a service, and comes back from it.
//!
//! # Shape
//! A browser that goes gets a cookie with 256 random bits. State, nonce and the secret of PKCE come
//! from these bits under the key of the data folder: none of them is kept, and nobody who has not
//! the cookie can come back with them. The row of a visit is taken away by the first who comes.
//! Being on the way is no failure: those who are have a limit of their own, and count as a try of
//! their address from when they come back until they are let in.

use reqwest::Url;
use subtle::ConstantTimeEq;
use zhida_engine::payouts::Moment;

use crate::accounts::event::{AccountEvent, What, append};
use crate::accounts::openid::refusal::WhyNot;
use crate::accounts::openid::service::{Service, Verified, known_error};
use crate::accounts::refusal::{AccountError, AccountRefusal};
use crate::accounts::settings::MINUTE;
use crate::accounts::sign_in::{refuse_none, take};
use crate::accounts::throttle::{self, Bucket};
use crate::accounts::vault::Purpose;
use crate::accounts::{Accounts, Client, secret};
use crate::store::StoreError;
use crate::store::database::Value;
use crate::store::encoding::hex;

/// How long somebody may take over there.
const LIFE: i64 = 10 * MINUTE;
/// How much of the mark of a number is kept in the log.
const MARK_DIGITS: usize = 12;
/// The longest address that is remembered for after signing in.
const NEXT_BYTES_MAX: usize = 2048;

/// What somebody goes for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Errand {
    /// To sign in.
    SignIn,
    /// To show again that it is he, for a session of that name.
    StepUp(String),
}

/// A browser that is about to go.
#[derive(Clone, Debug)]
pub(crate) struct Going {
    /// The cookie.
    pub(crate) cookie: String,
    /// Where to.
    pub(crate) address: Url,
}

/// What a browser comes back with.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
pub(crate) struct Answer {
    /// What shows that it belongs to a visit of this browser.
    #[serde(default)]
    pub(crate) state: String,
    /// What is exchanged for a token.
    pub(crate) code: Option<String>,
    /// Who answers (RFC 9207).
    pub(crate) iss: Option<String>,
    /// Why there is no code.
    pub(crate) error: Option<String>,
}

/// Somebody who has come back.
#[derive(Clone, Debug)]
pub(crate) struct Back {
    /// What he went for.
    pub(crate) errand: Errand,
    /// Where he wanted to go in the end.
    pub(crate) next: String,
    /// Who it is.
    pub(crate) verified: Verified,
}

/// What comes from the cookie.
pub(super) struct Marks {
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) verifier: String,
}

/// A visit as it is kept.
struct Visit {
    service: String,
    errand: Errand,
    next: String,
    began_at: Moment,
}

impl Accounts {
    /// The service of that name.
    ///
    /// # Errors
    /// [`AccountRefusal::NoSuchThing`].
    pub(crate) fn service(&self, name: &str) -> Result<&Service, AccountError> {
        let found = self.services().get(name);
        let none = || AccountRefusal::NoSuchThing("这个身份服务".to_owned());
        Ok(found.ok_or_else(none)?)
    }

    /// Somebody goes to a service.
    ///
    /// # Errors
    /// [`AccountRefusal::TooMany`]; [`AccountRefusal::Service`] when the service does not answer.
    pub(crate) async fn go(
        &self,
        name: &str,
        (errand, next): (Errand, &str),
        client: &Client,
        now: Moment,
    ) -> Result<Going, AccountError> {
        let now = self.now(now).await?;
        let service = self.service(name)?;
        let network = throttle::network(&client.address);
        let bucket = Bucket::Visit(&network);
        in_write!(self, async |transaction| {
            // Whoever would not be let in when he comes back is told before he goes.
            refuse_none(throttle::look(transaction, Bucket::Address(&network), now).await?)?;
            take(transaction, bucket, (None, client), now).await
        })?;
        let cookie = secret::identifier()?;
        let marks = self.marks(&cookie);
        let is_again = matches!(errand, Errand::StepUp(_));
        let address = match service.address(&marks, is_again, now).await {
            Ok(address) => address,
            Err(why) => {
                // It was not he who failed.
                in_write!(self, async |transaction| throttle::give_back(
                    transaction,
                    bucket,
                    now
                )
                .await)?;
                return Err(self.refused(service, why, client, now).await?);
            }
        };
        let session = match &errand {
            Errand::SignIn => None,
            Errand::StepUp(session) => Some(session.as_str()),
        };
        let next = Some(next).filter(|next| next.len() <= NEXT_BYTES_MAX);
        let mark = self.0.vault.mark(Purpose::Visit, cookie.as_bytes());
        in_write!(self, async |transaction| {
            let delete = "DELETE FROM identity_visits WHERE began_at <= $1";
            let over = now.0.saturating_sub(LIFE);
            transaction.execute(delete, &[over.into()]).await?;
            let insert = "INSERT INTO identity_visits \
                 (mark, service, session, next, began_at, network) \
                 VALUES ($1, $2, $3, $4, $5, $6)";
            let values: [Value; 6] = [
                mark.into(),
                name.into(),
                session.into(),
                next.unwrap_or_default().into(),
                now.0.into(),
                network.as_str().into(),
            ];
            transaction.execute(insert, &values).await.map(drop)
        })?;
        Ok(Going { cookie, address })
    }

    /// Somebody comes back from a service. What goes wrong is in the log.
    ///
    /// # Errors
    /// [`AccountRefusal::Service`] saying why; [`AccountRefusal::TooMany`].
    pub(crate) async fn come_back(
        &self,
        name: &str,
        cookie: Option<&str>,
        answer: &Answer,
        client: &Client,
        now: Moment,
    ) -> Result<Back, AccountError> {
        let now = self.now(now).await?;
        let service = self.service(name)?;
        let came = self.visit(cookie, answer, now).await?;
        // Counted as a failure until he is let in.
        let network = throttle::network(&client.address);
        let bucket = Bucket::Address(&network);
        in_write!(self, async |transaction| {
            refuse_none(throttle::look(transaction, bucket, now).await?)?;
            take(transaction, bucket, (None, client), now).await
        })?;
        let Some((visit, marks)) = came else {
            return Err(self.refused(service, WhyNot::NoVisit, client, now).await?);
        };
        match answered(service, &visit, &marks, answer, now).await {
            Ok(verified) => Ok(Back {
                errand: visit.errand,
                next: visit.next,
                verified,
            }),
            Err(why) => {
                if why.is_of_service() {
                    in_write!(self, async |transaction| throttle::give_back(
                        transaction,
                        bucket,
                        now
                    )
                    .await)?;
                }
                Err(self.refused(service, why, client, now).await?)
            }
        }
    }

    /// The visit of a cookie, which is over now; nothing for an answer that does not belong to it.
    async fn visit(
        &self,
        cookie: Option<&str>,
        answer: &Answer,
        now: Moment,
    ) -> Result<Option<(Visit, Marks)>, StoreError> {
        let Some(cookie) = cookie.filter(|cookie| secret::is_identifier(cookie)) else {
            return Ok(None);
        };
        let marks = self.marks(cookie);
        let is_his = marks.state.as_bytes().ct_eq(answer.state.as_bytes());
        // Whoever is sent here with another state has not come back yet.
        if !bool::from(is_his) {
            return Ok(None);
        }
        let mark = self.0.vault.mark(Purpose::Visit, cookie.as_bytes());
        let row = in_write!(self, async |transaction| {
            let query = "SELECT service, session, next, began_at, network FROM identity_visits \
                 WHERE mark = $1";
            let row = transaction.fetch_one(query, &[mark.into()]).await?;
            let delete = "DELETE FROM identity_visits WHERE mark = $1";
            let count = transaction.execute(delete, &[mark.into()]).await?;
            let row = row.filter(|_| count == 1);
            if let Some(row) = &row {
                // He may come back by another address than the one from which he went.
                let bucket = Bucket::Visit(row.text("network")?);
                throttle::give_back(transaction, bucket, now).await?;
            }
            Ok::<_, StoreError>(row)
        })?;
        let Some(row) = row else {
            return Ok(None);
        };
        let session = row.text_or_null("session")?.map(str::to_owned);
        let visit = Visit {
            service: row.text("service")?.to_owned(),
            errand: session.map_or(Errand::SignIn, Errand::StepUp),
            next: row.text("next")?.to_owned(),
            began_at: Moment(row.int("began_at")?),
        };
        let age = now.0.saturating_sub(visit.began_at.0);
        Ok((0..LIFE).contains(&age).then_some((visit, marks)))
    }

    fn marks(&self, cookie: &str) -> Marks {
        let mark = |purpose| hex(&self.0.vault.mark(purpose, cookie.as_bytes()));
        Marks {
            state: mark(Purpose::VisitState),
            nonce: mark(Purpose::VisitNonce),
            verifier: mark(Purpose::VisitSecret),
        }
    }

    /// Keeps why somebody was not let in, where anything was looked at; the refusal.
    pub(super) async fn refused(
        &self,
        service: &Service,
        why: WhyNot,
        client: &Client,
        now: Moment,
    ) -> Result<AccountError, StoreError> {
        if why.is_kept() {
            let mark = |subject: &str| {
                let mark = hex(&self.0.vault.mark(Purpose::Subject, subject.as_bytes()));
                mark.get(..MARK_DIGITS).unwrap_or_default().to_owned()
            };
            let what = What::ServiceRefused {
                service: service.name().to_owned(),
                reason: why.kept(mark),
            };
            let event = AccountEvent::new(None, "未登录", &client.address, what);
            in_write!(self, async |transaction| append(
                transaction,
                event.clone(),
                now
            )
            .await)?;
        }
        Ok(AccountRefusal::Service(service.refusal(why)).into())
    }
}

/// Who has come, where the answer is one of this service to this visit.
async fn answered(
    service: &Service,
    visit: &Visit,
    marks: &Marks,
    answer: &Answer,
    now: Moment,
) -> Result<Verified, WhyNot> {
    if visit.service != service.name() {
        return Err(WhyNot::OtherIssuer);
    }
    service.is_answer(answer.iss.as_deref(), now).await?;
    if let Some(error) = &answer.error {
        return Err(WhyNot::Declined(known_error(error)));
    }
    let code = answer.code.as_deref().filter(|code| !code.is_empty());
    let code = code.ok_or(WhyNot::Answer("没有授权码"))?;
    let signed_in_since = match visit.errand {
        Errand::SignIn => None,
        Errand::StepUp(_) => Some(visit.began_at),
    };
    service.exchange(code, marks, signed_in_since, now).await
}
