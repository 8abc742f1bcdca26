//! `/console/payees`: where money goes, and what is odd about accounts.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use serde::Deserialize;
use zhida_engine::payouts::{Books, Payee, PayeeAlarm, Thing};

use super::acts::{Done, Offer, list};
use super::payout::masked;
use crate::views::{blocks, things, times};
use crate::web::{Ask, Page, Scope, Section, WebFault, html};

/// How many rows a page has.
const ROWS: u32 = 50;
/// For how many days a change counts as recent.
const RECENT_DAYS: u16 = 30;

/// What is asked for.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    after: String,
    #[serde(flatten)]
    done: Done,
}

/// One account.
struct Row {
    uscc: String,
    name: String,
    account: String,
    bank: String,
    version: u32,
    signed: Vec<String>,
    blocked: String,
}

#[derive(Template)]
#[template(path = "console/payees.html")]
struct PayeesPage {
    page: Page,
    done: Done,
    offers: Vec<Offer>,
    alarms: Vec<String>,
    rows: Vec<Row>,
    next: Option<String>,
    is_first: bool,
}

/// The page.
pub(super) async fn show(ask: Ask, Query(wanted): Query<Wanted>) -> Result<Response, WebFault> {
    let (store, scope) = (&ask.server.store, &ask.session()?.scope);
    let page = ask.page(Section::Console, "收款账户");
    let offer = list::named("payee").and_then(|act| Offer::of(act, &page, &[]));
    let listed = things::payees(store, scope, (&wanted.after, ROWS.saturating_add(1))).await?;
    let rows_max = usize::try_from(ROWS).unwrap_or(usize::MAX);
    let next = (listed.len() > rows_max).then(|| {
        let last = rows_max.checked_sub(1).and_then(|last| listed.get(last));
        last.map_or_else(String::new, |payee| payee.uscc.to_string())
    });
    let odd = things::odd_payees(store, scope, things::days_back(ask.at, RECENT_DAYS)).await?;
    html(&PayeesPage {
        offers: offer.into_iter().collect(),
        alarms: alarms(&ask, odd),
        rows: listed
            .iter()
            .take(rows_max)
            .map(|payee| row(payee, scope, &page))
            .collect(),
        next,
        is_first: wanted.after.is_empty(),
        done: wanted.done,
        page,
    })
}

/// What is odd about these accounts, in words.
pub(super) fn alarms(ask: &Ask, payees: Vec<Payee>) -> Vec<String> {
    let mut books = Books::new();
    for payee in payees {
        books.put(Thing::Payee(payee));
    }
    let alarms = books.payee_alarms(ask.at.business_date(), RECENT_DAYS);
    let word = |alarm: PayeeAlarm| match alarm {
        PayeeAlarm::Shared {
            account,
            enterprises,
        } => {
            let codes: Vec<String> = enterprises.iter().map(ToString::to_string).collect();
            format!(
                "{} 家企业用同一账号 {}:{}",
                codes.len(),
                masked(&account),
                codes.join("、")
            )
        }
        PayeeAlarm::Recent {
            enterprise,
            version,
            changed,
        } => {
            format!("{enterprise} 的账户 {changed} 刚变更(第 {version} 版)")
        }
    };
    alarms.into_iter().map(word).collect()
}

fn row(payee: &Payee, scope: &Scope, page: &Page) -> Row {
    let current = payee.current();
    let details = current.map(|version| &version.details);
    let signed = current.into_iter().flat_map(|version| &version.signatures);
    Row {
        uscc: payee.uscc.to_string(),
        name: details.map_or_else(String::new, |details| details.name.clone()),
        account: details.map_or_else(String::new, |details| masked(&details.account)),
        bank: details.map_or_else(String::new, |details| details.bank.clone()),
        version: current.map_or(0, |version| version.number),
        signed: signed
            .map(|signed| format!("{} {}", signed.person, times::minute(signed.at)))
            .collect(),
        blocked: blocks::told(payee, scope, |text| page.t(text)).unwrap_or_default(),
    }
}
