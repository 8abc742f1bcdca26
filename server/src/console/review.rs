//! `/console/review`: what waits for which step, looked at one by one, done one by one or at once.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use serde::Deserialize;
use zhida_engine::payouts::{Payout, PayoutId, PayoutState, Role};
use zhida_policies::values::Uscc;

use super::acts::{Choice, Done, Offer, list};
use super::bulk;
use super::rows::PayoutRow;
use super::trace::{self, Trace};
use crate::table::{count, total};
use crate::views::payouts::{self, By, PayoutQuery};
use crate::web::{Ask, Page, Section, WebFault, html};

/// One step of the way, with the payouts that wait for it.
pub(super) struct Step {
    /// Its name in the address.
    pub(super) name: &'static str,
    /// What people call it.
    pub(super) title: &'static str,
    /// The states in which payouts wait for it.
    pub(super) states: &'static [PayoutState],
    /// Who does it.
    pub(super) role: Role,
    /// What can be done with all of them.
    acts: &'static [&'static str],
    /// What can be done with one of them.
    each: &'static [&'static str],
}

/// The steps, in their order.
pub(super) const STEPS: [Step; 9] = [
    Step {
        name: "propose",
        title: "提出",
        states: &[PayoutState::Computed],
        role: Role::Maker,
        acts: &["propose-all"],
        each: &["propose"],
    },
    Step {
        name: "check",
        title: "复核",
        states: &[PayoutState::Proposed],
        role: Role::Checker,
        acts: &["check-all", "send-back-proposed"],
        each: &["send-back", "drop"],
    },
    Step {
        name: "approve",
        title: "审批",
        states: &[PayoutState::Checked],
        role: Role::Approver,
        acts: &["approve-all", "send-back-checked"],
        each: &["approve", "send-back", "drop"],
    },
    Step {
        name: "notice",
        title: "公示",
        states: &[PayoutState::Approved],
        role: Role::Maker,
        acts: &["notice"],
        each: &["cancel"],
    },
    Step {
        name: "objection",
        title: "处理异议",
        states: &[PayoutState::Objected],
        role: Role::Checker,
        acts: &[],
        each: &["resolve", "amend"],
    },
    Step {
        name: "batch",
        title: "组批",
        states: &[PayoutState::Confirmed, PayoutState::Reissue],
        role: Role::PaymentMaker,
        acts: &["batch"],
        each: &[],
    },
    Step {
        name: "unknown",
        title: "查证",
        states: &[PayoutState::Unknown],
        role: Role::Reconciler,
        acts: &[],
        each: &["rule"],
    },
    Step {
        name: "again",
        title: "重新支付或取消",
        states: &[PayoutState::Rejected, PayoutState::Returned],
        role: Role::Maker,
        acts: &[],
        each: &["reissue", "cancel"],
    },
    Step {
        name: "settle",
        title: "办结",
        states: &[PayoutState::Paid],
        role: Role::Reconciler,
        acts: &["settle-all"],
        each: &["settle"],
    },
];

/// How many rows a page of the queue has.
const ROWS: u32 = 25;

/// What is asked for.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    step: String,
    #[serde(default)]
    measure: String,
    #[serde(default)]
    enterprise: String,
    #[serde(default)]
    after: String,
    /// Whose trace is shown.
    #[serde(default)]
    look: String,
    #[serde(flatten)]
    done: Done,
}

/// A step with how much waits for it.
struct Tab {
    name: &'static str,
    title: &'static str,
    payouts: String,
    is_here: bool,
    is_mine: bool,
}

#[derive(Template)]
#[template(path = "console/review.html")]
struct ReviewPage {
    page: Page,
    done: Done,
    tabs: Vec<Tab>,
    step: &'static str,
    title: &'static str,
    role: &'static str,
    measure: String,
    enterprise: String,
    measures: Vec<Choice>,
    count: String,
    total: String,
    rows: Vec<PayoutRow>,
    next: Option<String>,
    is_first: bool,
    offers: Vec<Offer>,
    look: Option<Looked>,
    /// Why the filter is none.
    wrong: Option<String>,
}

/// The payout whose trace is shown.
struct Looked {
    row: PayoutRow,
    trace: Trace,
    offers: Vec<Offer>,
}

/// The page.
pub(super) async fn show(ask: Ask, Query(wanted): Query<Wanted>) -> Result<Response, WebFault> {
    let own = bulk::own(&ask)?;
    let store = &ask.server.store;
    let page = ask.page(Section::Console, "审核");
    let groups = payouts::groups(store, &own, By::Measure).await?;
    let waiting = |states: &[PayoutState]| {
        let held = groups.iter().filter(|group| states.contains(&group.state));
        held.fold(0u64, |sum, group| sum.saturating_add(group.sum.count))
    };
    let is_mine = |step: &&Step| page.is_any(&[step.role]);
    let asked = STEPS.iter().find(|step| step.name == wanted.step);
    let busy = || {
        let mut mine = STEPS.iter().filter(is_mine);
        mine.find(|step| waiting(step.states) > 0)
    };
    let idle = || STEPS.iter().find(is_mine).or(STEPS.first());
    let Some(step) = asked.or_else(busy).or_else(idle) else {
        return Err(WebFault::missing());
    };
    let tabs = STEPS.iter().map(|tab| Tab {
        name: tab.name,
        title: tab.title,
        payouts: count(waiting(tab.states)),
        is_here: tab.name == step.name,
        is_mine: is_mine(&tab),
    });
    let tabs = tabs.collect();
    let (enterprise, wrong) = enterprise_of(&wanted.enterprise);
    let query = PayoutQuery {
        states: step.states.to_vec(),
        measure: Some(wanted.measure.clone()).filter(|measure| !measure.is_empty()),
        enterprise,
        line: None,
    };
    let sum = payouts::sum(store, &own, &query).await?;
    let listed = payouts::page(store, &own, &query, (&wanted.after, ROWS)).await?;
    let offers = step.acts.iter().filter_map(|name| {
        // A check is over whole measures: one enterprise of many is none.
        if *name == "check-all" && query.enterprise.is_some() {
            return None;
        }
        let offer = Offer::of(list::named(name)?, &page, &[])?;
        let offer = offer.hiding("count", sum.count).hiding("fen", sum.fen);
        let offer = offer
            .hiding("measure", &wanted.measure)
            .hiding("step", step.name);
        Some(offer.hiding("enterprise", &wanted.enterprise))
    });
    let mut offers: Vec<Offer> = offers.collect();
    if sum.count == 0 {
        offers.clear();
    }
    for offer in &mut offers {
        *offer = offer.clone().offering("payer", payers(&ask).await?);
    }
    let today = ask.at.business_date();
    let rows = PayoutRow::all(&listed.payouts, today);
    let look = looked(&ask, &page, step, &wanted.look).await?;
    html(&ReviewPage {
        tabs,
        step: step.name,
        title: step.title,
        role: step.role.chinese(),
        measures: measures(&ask, &groups),
        count: count(sum.count),
        total: total(sum.total()),
        rows,
        next: listed.next,
        is_first: wanted.after.is_empty(),
        offers,
        look,
        wrong,
        measure: wanted.measure,
        enterprise: wanted.enterprise,
        done: wanted.done,
        page,
    })
}

/// A code as it was typed into a filter.
pub(super) fn enterprise_of(typed: &str) -> (Option<Uscc>, Option<String>) {
    if typed.trim().is_empty() {
        return (None, None);
    }
    match Uscc::parse(typed.trim()) {
        Ok((uscc, _)) => (Some(uscc), None),
        Err(error) => (None, Some(format!("“{typed}”不是统一社会信用代码:{error}"))),
    }
}

/// The measures that payouts are for.
pub(super) fn measures(ask: &Ask, groups: &[payouts::PayoutGroup]) -> Vec<Choice> {
    let library = ask.server.published();
    let keys: std::collections::BTreeSet<&str> =
        groups.iter().map(|group| group.key.as_str()).collect();
    let choice = |key: &str| {
        let name = library
            .library
            .measure(key)
            .map(|measure| measure.name.clone());
        Choice {
            value: key.to_owned(),
            label: name.map_or_else(|| key.to_owned(), |name| format!("{name} {key}")),
        }
    };
    keys.into_iter().map(choice).collect()
}

/// The paying accounts of the bureau.
pub(super) async fn payers(ask: &Ask) -> Result<Vec<Choice>, WebFault> {
    let payers = crate::views::things::payers(&ask.server.store, &bulk::own(ask)?).await?;
    let choice = |payer: &zhida_engine::payouts::Payer| Choice {
        value: payer.id.to_string(),
        label: format!("{} {}", payer.id, payer.name),
    };
    Ok(payers.iter().map(choice).collect())
}

async fn looked(ask: &Ask, page: &Page, step: &Step, id: &str) -> Result<Option<Looked>, WebFault> {
    if id.is_empty() {
        return Ok(None);
    }
    let scope = bulk::own(ask)?;
    let found = payouts::find(&ask.server.store, &scope, &PayoutId::new(id)).await?;
    let payout = found.ok_or_else(WebFault::missing)?;
    let trace = trace::of(ask, &payout).await?;
    Ok(Some(Looked {
        row: PayoutRow::of(&payout, ask.at.business_date()),
        trace,
        offers: offers_of(page, step, &payout),
    }))
}

fn offers_of(page: &Page, step: &Step, payout: &Payout) -> Vec<Offer> {
    let state = payout.state();
    let acts = step.each.iter().filter_map(|name| list::named(name));
    let acts = acts.filter(|act| act.states.contains(&state));
    acts.filter_map(|act| Offer::of(act, page, &[payout.id.as_str()]))
        .collect()
}
