//! The account of whoever a service vouches for.
//!
//! # Shape
//! Officials have one where two administrators, or the console, said so. Enterprises may get one
//! when they come for the first time: the link is written before the user is made. A link that was
//! taken away is kept as such, and never made again by itself.

use sha2::{Digest, Sha256};
use zhida_engine::payouts::{BureauId, Moment, PersonId, Role, User, UserId};
use zhida_policies::values::Uscc;

use crate::accounts::event::{AccountEvent, What, append};
use crate::accounts::identity;
use crate::accounts::openid::refusal::WhyNot;
use crate::accounts::openid::service::{Service, Verified};
use crate::accounts::openid::settings::People;
use crate::accounts::openid::visit::{Back, Errand};
use crate::accounts::record::{self, Known, Record, needs_second_factor};
use crate::accounts::refusal::AccountError;
use crate::accounts::sessions::SessionRow;
use crate::accounts::sign_in::{Came, SignedIn};
use crate::accounts::throttle::{self, Bucket};
use crate::accounts::{Accounts, Client};
use crate::failure::Failure;
use crate::store::StoreError;
use crate::store::database::{Transaction, Value};
use crate::store::encoding::hex;

/// How many digits tell the people of one enterprise apart.
const DIGITS: usize = 12;

/// What became of somebody who has come.
#[derive(Debug)]
pub(crate) enum Entered {
    /// He is in.
    In(Box<SignedIn>),
    /// His account has to be made first, by an order to the books.
    First(Box<User>),
}

/// What is found for somebody.
enum Owner {
    /// His account.
    Ready(Record, Known),
    /// None yet, and here is the one to be made.
    First(User),
}

/// Whether somebody who is nobody's owner yet may become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Strangers {
    /// Where the settings let enterprises in.
    MayStay,
    /// Never: somebody is signed in already.
    AreNobody,
}

impl Accounts {
    /// Refuses services that would make accounts for a bureau that is none: nobody could look after
    /// them. Said once, before anybody comes.
    ///
    /// # Errors
    /// Which service, and what it names.
    pub(crate) async fn check_services(&self, bureaus: &[BureauId]) -> Result<(), Failure> {
        for service in self.services().values() {
            let Some(named) = &service.settings().create_in else {
                continue;
            };
            let bureau = BureauId::new(named.as_str());
            if bureaus.contains(&bureau) || self.has_bureau(&bureau).await? {
                continue;
            }
            let name = service.name();
            return Err(Failure::usage(
                format!("安装配置 [identity.\"{name}\"] 的 create_in:没有“{named}”这个单位"),
                "请写单位设置(--settings)里的单位名称,一字不差",
            ));
        }
        Ok(())
    }

    /// Begins a session for whoever a service vouches for.
    ///
    /// # Errors
    /// [`AccountRefusal::Service`] saying why not.
    pub(crate) async fn enter(
        &self,
        service: &Service,
        verified: &Verified,
        client: &Client,
        now: Moment,
    ) -> Result<Entered, AccountError> {
        let now = self.now(now).await?;
        let done = in_write!(self, async |transaction| {
            let owner = self
                .owner(transaction, (service, verified), Strangers::MayStay, now)
                .await?;
            let (record, known) = match owner {
                Ok(Owner::Ready(record, known)) => (record, known),
                Ok(Owner::First(user)) => return Ok(Ok(Entered::First(Box::new(user)))),
                Err(why) => return Ok::<_, AccountError>(Err(why)),
            };
            let network = throttle::network(&client.address);
            throttle::give_back(transaction, Bucket::Address(&network), now).await?;
            accepted(transaction, service, &record.id, client, now).await?;
            let came = Came::Service {
                service: service.name().to_owned(),
                vouched: verified.has_second_factor,
            };
            let whose = (&record, &known);
            let signed_in = self.begin(transaction, whose, came, client, now).await?;
            Ok(Ok(Entered::In(Box::new(signed_in))))
        })?;
        match done {
            Ok(entered) => Ok(entered),
            Err(why) => Err(self.refused(service, why, client, now).await?),
        }
    }

    /// Somebody has shown again, over there, that it is he. The session gets a new identifier.
    ///
    /// # Errors
    /// [`AccountRefusal::Service`] when it is another person or session, or the service saw no
    /// second factor; [`AccountRefusal::NotSignedIn`].
    pub(crate) async fn step_up_by(
        &self,
        service: &Service,
        id: &str,
        back: &Back,
        client: &Client,
        now: Moment,
    ) -> Result<String, AccountError> {
        let now = self.now(now).await?;
        let done = in_write!(self, async |transaction| {
            let present = self.must_be_present(transaction, id, now).await?;
            self.must_have_shown_code(&present, now)?;
            let whom = (service, &back.verified);
            let owner = self
                .owner(transaction, whom, Strangers::AreNobody, now)
                .await?;
            let is_he = match owner {
                Ok(Owner::Ready(record, _)) => record.id == present.row.account,
                Ok(Owner::First(_)) => false,
                Err(why) => return Ok::<_, AccountError>(Err(why)),
            };
            if !is_he {
                return Ok(Err(WhyNot::WrongAccount));
            }
            if back.errand != Errand::StepUp(present.row.name.clone()) {
                return Ok(Err(WhyNot::NoVisit));
            }
            if !back.verified.has_second_factor {
                return Ok(Err(WhyNot::NoSecondFactor));
            }
            let account = present.row.account.clone();
            let network = throttle::network(&client.address);
            throttle::give_back(transaction, Bucket::Address(&network), now).await?;
            accepted(transaction, service, &account, client, now).await?;
            let event =
                AccountEvent::new(Some(&account), &account, &client.address, What::SteppedUp);
            append(transaction, event, now).await?;
            let row = SessionRow {
                stepped_up_at: Some(now),
                seen_at: now,
                ..present.row
            };
            Ok(Ok(self.rotate(transaction, &row).await?))
        })?;
        match done {
            Ok(id) => Ok(id),
            Err(why) => Err(self.refused(service, why, client, now).await?),
        }
    }

    /// Whose account it is, or why it is nobody's.
    async fn owner(
        &self,
        transaction: &mut Transaction,
        (service, verified): (&Service, &Verified),
        strangers: Strangers,
        now: Moment,
    ) -> Result<Result<Owner, WhyNot>, StoreError> {
        let query = "SELECT account FROM identities \
             WHERE issuer = $1 AND subject = $2 AND enterprise = $3";
        let link: [Value; 3] = [
            service.settings().issuer.as_str().into(),
            verified.subject.as_str().into(),
            verified.enterprise.as_ref().map_or("", Uscc::as_str).into(),
        ];
        let row = transaction.fetch_one(query, &link).await?;
        let Some(row) = row else {
            return match strangers {
                Strangers::MayStay => self.first(transaction, service, verified, now).await,
                Strangers::AreNobody => Ok(Err(not_linked(verified))),
            };
        };
        let account = row.text("account")?;
        let known = record::user(transaction, account).await?;
        let record = Record::find(transaction, account).await?;
        let (Some(known), Some(record)) = (known, record) else {
            // Linked, and then something broke before the books had the user.
            let user = new_user(service, verified);
            let user = user.and_then(|user| as_linked(user, account));
            return Ok(user.map(Owner::First).ok_or(WhyNot::WrongAccount));
        };
        if !known.user.is_active || !is_of(service, &known.user, verified) {
            return Ok(Err(WhyNot::WrongAccount));
        }
        if verified.enterprise.is_some() {
            match verified.person.as_deref() {
                None => return Ok(Err(WhyNot::Claim("姓名"))),
                Some(person) if !is_called(&known.user, person) => {
                    return Ok(Err(WhyNot::OtherPerson));
                }
                Some(_) => {}
            }
        }
        // Where the service stands for the second factor, whoever shows only the first binds no
        // phone of his own here: it would be his, and not the owner's.
        let has_none = record.seed.is_none() && !verified.has_second_factor;
        let stands_for_it = service.settings().second_factor.is_set();
        if has_none && stands_for_it && needs_second_factor(&known.user) {
            return Ok(Err(WhyNot::NoSecondFactor));
        }
        Ok(Ok(Owner::Ready(record, known)))
    }

    /// Links somebody who came for the first time, where the settings let enterprises in.
    async fn first(
        &self,
        transaction: &mut Transaction,
        service: &Service,
        verified: &Verified,
        now: Moment,
    ) -> Result<Result<Owner, WhyNot>, StoreError> {
        let (Some(enterprise), Some(_)) = (verified.enterprise, &service.settings().create_in)
        else {
            return Ok(Err(not_linked(verified)));
        };
        let Some(user) = new_user(service, verified) else {
            return Ok(Err(WhyNot::Claim("姓名")));
        };
        let account = user.id.as_str();
        let issuer = &service.settings().issuer;
        let link: [Value; 3] = [
            issuer.as_str().into(),
            verified.subject.as_str().into(),
            enterprise.as_str().into(),
        ];
        // Whatever he is called over there by now, and whatever his account was called here.
        let was_taken_away = identity::was_taken_away(transaction, &link).await?;
        if was_taken_away || record::user(transaction, account).await?.is_some() {
            return Ok(Err(not_linked(verified)));
        }
        let insert = "INSERT INTO identities (issuer, subject, enterprise, account) \
             VALUES ($1, $2, $3, $4)";
        let values: [Value; 4] = [
            issuer.as_str().into(),
            verified.subject.as_str().into(),
            enterprise.as_str().into(),
            account.into(),
        ];
        transaction.execute(insert, &values).await?;
        Record::make(transaction, account, now).await?;
        let what = What::IdentityLinked {
            issuer: issuer.clone(),
            subject: verified.subject.clone(),
            enterprise: enterprise.to_string(),
        };
        let event = AccountEvent::new(Some(account), "系统", "", what);
        append(transaction, event, now).await?;
        Ok(Ok(Owner::First(user)))
    }
}

fn not_linked(verified: &Verified) -> WhyNot {
    WhyNot::NotLinked {
        subject: verified.subject.clone(),
    }
}

async fn accepted(
    transaction: &mut Transaction,
    service: &Service,
    account: &str,
    client: &Client,
    now: Moment,
) -> Result<(), StoreError> {
    let what = What::ServiceAccepted {
        service: service.name().to_owned(),
    };
    let event = AccountEvent::new(Some(account), account, &client.address, what);
    append(transaction, event, now).await
}

/// Whether a service of this kind may let this user in.
fn is_of(service: &Service, user: &User, verified: &Verified) -> bool {
    match service.settings().people {
        People::Officials => needs_second_factor(user),
        People::Enterprises => {
            let is_one = user.roles.contains(&Role::Enterprise) && !needs_second_factor(user);
            is_one && user.enterprise.is_some() && user.enterprise == verified.enterprise
        }
    }
}

/// Whether somebody of that name is the person of an account.
fn is_called(user: &User, person: &str) -> bool {
    let own = user.person.as_str();
    let for_one = user.enterprise.map(|uscc| called(person, uscc));
    own == person || for_one.is_some_and(|name| own == name)
}

/// The name of a person of an enterprise: people of the same name elsewhere are others.
fn called(person: &str, enterprise: Uscc) -> String {
    format!("{person}({enterprise})")
}

/// The same user under the name by which he was linked: earlier versions made up others. Nothing
/// where that is no name that was made up for this enterprise.
fn as_linked(user: User, account: &str) -> Option<User> {
    let is_made_up = user.enterprise.is_some_and(|enterprise| {
        let rest = account.strip_prefix(enterprise.as_str());
        let digits = rest.and_then(|rest| rest.strip_prefix('-'));
        digits.is_some_and(|digits| digits.len() == DIGITS)
    });
    is_made_up.then(|| User {
        id: UserId::new(account),
        ..user
    })
}

/// The user to be made for an enterprise; nothing where it is not known what he is called. Its name
/// comes from who he is over there, and not from what he is called: that can be changed.
fn new_user(service: &Service, verified: &Verified) -> Option<User> {
    let settings = service.settings();
    let bureau = settings.create_in.as_deref()?;
    let (enterprise, person) = (verified.enterprise?, verified.person.as_deref()?);
    let mut hasher = Sha256::new();
    for part in [settings.issuer.as_str(), &verified.subject] {
        hasher.update(part.as_bytes());
        hasher.update(b"\n");
    }
    let digest = hex(&hasher.finalize());
    let digits = digest.get(..DIGITS)?;
    Some(User {
        id: UserId::new(format!("{enterprise}-{digits}")),
        person: PersonId::new(called(person, enterprise)),
        bureau: BureauId::new(bureau),
        roles: [Role::Enterprise].into(),
        enterprise: Some(enterprise),
        approves_up_to: None,
        is_active: true,
    })
}
