//! The account of an enterprise: what is in force, what is asked for, and how to change it.

use askama::Template;
use axum::extract::Form;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use zhida_engine::payouts::{
    Action, MotionState, PayeeDetails, Payout, PayoutState, Subject, Thing,
};
use zhida_policies::values::{AccountName, BankAccount, Cnaps, Uscc};

use super::parts::enterprise;
use super::payouts::{AccountView, account_of, own};
use crate::masking::{Audience, bank_account};
use crate::output::Output;
use crate::payouts::desk::Desk;
use crate::store::Listing;
use crate::views::payout_steps::day;
use crate::web::{Access, Ask, Page, Place, Section, WebFault, act, html, see_other};

/// The routes.
pub(super) fn places() -> Vec<Place> {
    vec![
        Place::get("/my/account", Access::Enterprise, show),
        Place::post("/my/account", Access::Enterprise, change),
    ]
}

/// A change that waits for somebody.
struct Pending {
    account: String,
    bank: String,
    since: String,
    waits_for: &'static str,
}

/// What was filled in, and what is wrong with it.
#[derive(Clone, Debug, Default, Deserialize)]
struct Filled {
    #[serde(default)]
    key: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    account: String,
    #[serde(default)]
    cnaps: String,
    #[serde(default)]
    bank: String,
}

/// What is wrong, field by field.
#[derive(Clone, Debug, Default)]
struct Faults {
    name: String,
    account: String,
    cnaps: String,
    bank: String,
}

#[derive(Template)]
#[template(path = "portal/my_account.html")]
struct AccountPage {
    page: Page,
    enterprise: String,
    uscc: String,
    account: Option<AccountView>,
    blocked: bool,
    pending: Vec<Pending>,
    waiting: Vec<(String, String)>,
    filled: Filled,
    faults: Faults,
    has_faults: bool,
}

async fn show(ask: Ask) -> Result<Response, WebFault> {
    page(&ask, Filled::default(), Faults::default()).await
}

async fn page(ask: &Ask, filled: Filled, faults: Faults) -> Result<Response, WebFault> {
    let uscc = enterprise(ask)?;
    let store = &ask.server.store;
    let books = store.see(&[Subject::Payee(uscc)]).await?;
    let payee = books.payee(&uscc);
    let payouts = own(ask).await?;
    let waiting = payouts
        .iter()
        .filter(|one| one.state() == PayoutState::AwaitPayee);
    let has_faults = [&faults.name, &faults.account, &faults.cnaps, &faults.bank]
        .iter()
        .any(|fault| !fault.is_empty());
    let shown = AccountPage {
        page: ask.page(Section::Portal, "收款账户"),
        enterprise: name_of(ask, &payouts, uscc),
        uscc: uscc.to_string(),
        account: account_of(payee),
        blocked: payee.is_some_and(|payee| payee.is_blocked()),
        pending: pending(ask, uscc).await?,
        waiting: waiting
            .map(|payout| (payout.id.to_string(), payout.terms.title.clone()))
            .collect(),
        filled,
        faults,
        has_faults,
    };
    let mut response = html(&shown)?;
    if has_faults {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// The registered name, from a payout or from the facts.
fn name_of(ask: &Ask, payouts: &[Payout], uscc: Uscc) -> String {
    if let Some(payout) = payouts.first() {
        return payout.enterprise.clone();
    }
    let material = ask.server.material();
    let name = material.and_then(|material| {
        let row = material.snapshot.find(uscc.as_str())?;
        Some(material.snapshot.name(row).to_owned())
    });
    name.unwrap_or_default()
}

/// The changes of this enterprise's account that wait for a signature.
async fn pending(ask: &Ask, uscc: Uscc) -> Result<Vec<Pending>, WebFault> {
    let motions = ask.server.store.list(Listing::Motions).await?;
    let mut found = Vec::new();
    for thing in motions {
        let Thing::Motion(motion) = thing else {
            continue;
        };
        let Action::ChangePayee {
            uscc: whose,
            details,
        } = &motion.action
        else {
            continue;
        };
        if *whose != uscc || motion.state != MotionState::Open {
            continue;
        }
        let since = motion.signatures.first().map(|signature| day(signature.at));
        found.push(Pending {
            account: bank_account(&details.account, Audience::Enterprise),
            bank: details.bank.clone(),
            since: since.unwrap_or_default(),
            waits_for: motion.next_role().map_or("", |role| role.chinese()),
        });
    }
    Ok(found)
}

impl Filled {
    /// What would be registered; the account without spaces.
    fn details(&self) -> PayeeDetails {
        PayeeDetails {
            name: self.name.trim().to_owned(),
            account: self.account.split_whitespace().collect(),
            cnaps: self.cnaps.split_whitespace().collect(),
            bank: self.bank.trim().to_owned(),
        }
    }

    fn faults(&self) -> Faults {
        let details = self.details();
        let mut faults = Faults::default();
        if let Err(error) = AccountName::parse(&details.name) {
            faults.name = format!("户名不能用来收款:{error}");
        }
        if let Err(error) = BankAccount::parse(&details.account) {
            faults.account = format!("账号不能用来收款:{error}");
        }
        if let Err(error) = Cnaps::parse(&details.cnaps) {
            faults.cnaps = format!("联行号不对:{error}");
        }
        let length = details.bank.chars().count();
        if length == 0 || length > 70 {
            faults.bank = "请写开户行全称,不超过 70 个字".to_owned();
        }
        faults
    }
}

/// Asks for another account: the enterprise asks, somebody of the bureau checks and agrees.
async fn change(ask: Ask, Form(filled): Form<Filled>) -> Result<Response, WebFault> {
    let uscc = enterprise(&ask)?;
    let faults = filled.faults();
    let all = [&faults.name, &faults.account, &faults.cnaps, &faults.bank];
    if all.iter().any(|fault| !fault.is_empty()) {
        return page(&ask, shortened(filled), faults).await;
    }
    let action = Action::ChangePayee {
        uscc,
        details: filled.details(),
    };
    let verb = move |desk: &mut Desk, _: &_, output: &mut Output| desk.open_motion(output, action);
    act(&ask, Some(filled.key), verb).await?.whole()?;
    Ok(see_other("/my/account"))
}

/// What was filled in, at a length that can be shown again. The account is typed anew: a page
/// never holds it in full.
fn shortened(mut filled: Filled) -> Filled {
    let cut = |text: &str| text.chars().take(200).collect::<String>();
    filled.name = cut(&filled.name);
    filled.cnaps = cut(&filled.cnaps);
    filled.bank = cut(&filled.bank);
    filled.account = String::new();
    filled
}
