//! `/console/enterprises`: one sheet for each enterprise (一企一策).

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use serde::Deserialize;
use zhida_engine::explain::{Outcome, OutcomeKind, describe, words};
use zhida_engine::facts::Reading;
use zhida_engine::interpreter::Interpreter;
use zhida_engine::payouts::{Block, BureauId, Payee, Subject};
use zhida_policies::values::Uscc;

use super::acts::{Done, Offer, list};
use super::payees;
use super::payout::masked;
use super::places_of::Places;
use super::rows::PayoutRow;
use crate::table::{money, total};
use crate::views::blocks;
use crate::views::payouts::{self, PayoutQuery, is_committed, is_paid};
use crate::views::seen::sees_enterprise;
use crate::views::things;
use crate::web::{Ask, Material, Page, Published, Section, WebFault, html, see_other};

/// How many names a search finds.
const FOUND_MAX: usize = 50;

/// What is asked for.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    q: String,
}

/// An enterprise that was found.
struct Hit {
    uscc: String,
    name: String,
    region: String,
    industry: String,
}

#[derive(Template)]
#[template(path = "console/enterprises.html")]
struct EnterprisesPage {
    page: Page,
    q: String,
    hits: Vec<Hit>,
    is_more: bool,
    has_material: bool,
}

/// The search.
pub(super) async fn show(ask: Ask, Query(wanted): Query<Wanted>) -> Result<Response, WebFault> {
    let typed = wanted.q.trim();
    if let Ok((uscc, _)) = Uscc::parse(typed)
        && sees_enterprise(&ask, uscc).await?
    {
        return Ok(see_other(&format!("/console/enterprises/{uscc}")));
    }
    let places = Places::of(&ask);
    let material = ask.server.material();
    let mut hits = Vec::new();
    let mut is_more = false;
    if let (Some(material), Some(places), false) = (&material, &places, typed.is_empty()) {
        for row in 0..material.snapshot.len() {
            let name = material.snapshot.name(row);
            let code = material.snapshot.uscc(row);
            if !name.contains(typed) && !code.starts_with(typed) {
                continue;
            }
            let Ok((uscc, _)) = Uscc::parse(code) else {
                continue;
            };
            if !sees_enterprise(&ask, uscc).await? {
                continue;
            }
            if hits.len() == FOUND_MAX {
                is_more = true;
                break;
            }
            hits.push(Hit {
                uscc: code.to_owned(),
                name: name.to_owned(),
                region: places.region(code),
                industry: places.industry(code),
            });
        }
    }
    html(&EnterprisesPage {
        page: ask.page(Section::Console, "一企一策"),
        q: wanted.q,
        hits,
        is_more,
        has_material: material.is_some(),
    })
}

/// A fact of the enterprise.
struct Fact {
    name: String,
    period: String,
    value: String,
    owner: String,
    source: String,
}

/// What one measure says.
struct Line {
    name: String,
    summary: String,
    amount: String,
    reasons: Vec<String>,
}

/// The measures of one outcome.
struct Group {
    title: &'static str,
    tone: &'static str,
    lines: Vec<Line>,
    /// Whether the list is folded at first.
    is_folded: bool,
}

/// The account in force.
struct Account {
    name: String,
    number: String,
    bank: String,
    version: u32,
}

#[derive(Template)]
#[template(path = "console/enterprise.html")]
struct EnterprisePage {
    page: Page,
    done: Done,
    uscc: String,
    name: String,
    region: String,
    industry: String,
    as_of: String,
    paid: String,
    committed: String,
    groups: Vec<Group>,
    facts: Vec<Fact>,
    account: Option<Account>,
    blocked: String,
    bar: Option<(String, String)>,
    alarms: Vec<String>,
    rows: Vec<PayoutRow>,
    offers: Vec<Offer>,
    printed: String,
}

/// One sheet.
pub(super) async fn one(
    ask: Ask,
    Path(uscc): Path<String>,
    Query(done): Query<Done>,
) -> Result<Response, WebFault> {
    let (uscc, _) = Uscc::parse(&uscc).map_err(|_| WebFault::missing())?;
    if !sees_enterprise(&ask, uscc).await? {
        return Err(WebFault::missing());
    }
    let (store, session) = (&ask.server.store, ask.session()?);
    let query = PayoutQuery {
        enterprise: Some(uscc),
        ..PayoutQuery::default()
    };
    let owed = payouts::page(store, &session.scope, &query, ("", 200)).await?;
    let sum = |holds: fn(zhida_engine::payouts::PayoutState) -> bool| {
        let held = owed.payouts.iter().filter(|payout| holds(payout.state()));
        held.fold(0i128, |sum, payout| {
            sum.saturating_add(i128::from(payout.amount.fen()))
        })
    };
    let shown = |fen: i128| total(zhida_engine::sweep::TotalFen::of(fen));
    let sheet = sheet(&ask, uscc).await?;
    let known = owed.payouts.first().map(|payout| payout.enterprise.clone());
    let name = sheet
        .name
        .clone()
        .or(known)
        .unwrap_or_else(|| uscc.to_string());
    let books = store.see(&[Subject::Payee(uscc)]).await?;
    let payee = books.payee(&uscc).cloned();
    let bar = things::bar(store, uscc).await?;
    let bar = bar.map(|bar| (bar.until.to_string(), bar.document));
    let alarms = payee.clone().map(|payee| payees::alarms(&ask, vec![payee]));
    let page = ask.page(Section::Console, name.clone());
    // Blocks are for those who owe it something: they alone read, set and lift them.
    let is_owed = !owed.payouts.is_empty();
    let blocked = payee.as_ref().filter(|_| is_owed);
    let blocked =
        blocked.and_then(|payee| blocks::told(payee, &session.scope, |text| page.t(text)));
    let offers = offers(&page, (uscc, payee.as_ref()), is_owed, &session.user.bureau);
    let places = Places::of(&ask);
    html(&EnterprisePage {
        uscc: uscc.to_string(),
        region: places
            .as_ref()
            .map_or_else(String::new, |all| all.region(uscc.as_str())),
        industry: places
            .as_ref()
            .map_or_else(String::new, |all| all.industry(uscc.as_str())),
        as_of: sheet.as_of,
        paid: shown(sum(is_paid)),
        committed: shown(sum(is_committed)),
        groups: sheet.groups,
        facts: sheet.facts,
        account: payee.as_ref().and_then(account),
        blocked: blocked.unwrap_or_default(),
        bar,
        alarms: alarms.unwrap_or_default(),
        rows: PayoutRow::all(&owed.payouts, ask.at.business_date()),
        printed: crate::views::times::minute(ask.at),
        name,
        offers,
        done,
        page,
    })
}

fn account(payee: &Payee) -> Option<Account> {
    let current = payee.current()?;
    Some(Account {
        name: current.details.name.clone(),
        number: masked(&current.details.account),
        bank: current.details.bank.clone(),
        version: current.number,
    })
}

fn offers(
    page: &Page,
    (uscc, payee): (Uscc, Option<&Payee>),
    is_owed: bool,
    bureau: &BureauId,
) -> Vec<Offer> {
    // A block that belongs to nobody is lifted by anybody, and an own one may stand beside it.
    let (can_set, can_lift) = match payee.and_then(|payee| payee.block_of(bureau)) {
        None => (true, false),
        Some(Block::Nobodys(_)) => (true, true),
        Some(Block::Own(_)) => (false, true),
    };
    let acts = [
        ("bar", true),
        ("block", is_owed && can_set),
        ("unblock", is_owed && can_lift),
    ];
    let acts = acts.into_iter().filter(|(_, is_offered)| *is_offered);
    let acts = acts.filter_map(|(name, _)| list::named(name));
    acts.filter_map(|act| Offer::of(act, page, &[uscc.as_str()]))
        .collect()
}

/// What is known of an enterprise, and what follows.
#[derive(Default)]
struct Sheet {
    name: Option<String>,
    as_of: String,
    groups: Vec<Group>,
    facts: Vec<Fact>,
}

async fn sheet(ask: &Ask, uscc: Uscc) -> Result<Sheet, WebFault> {
    let Some(material) = ask.server.material() else {
        return Ok(Sheet::default());
    };
    let published = ask.server.published();
    let deciding = tokio::task::spawn_blocking(move || decided(&published, &material, uscc));
    deciding.await.map_err(WebFault::broken)
}

fn decided(published: &Arc<Published>, material: &Arc<Material>, uscc: Uscc) -> Sheet {
    let Some(row) = material.snapshot.find(uscc.as_str()) else {
        return Sheet::default();
    };
    let library = &published.library;
    let facts = material.snapshot.row(row);
    let interpreter = Interpreter::new(library);
    let group = |title, tone, is_folded| Group {
        title,
        tone,
        lines: Vec::new(),
        is_folded,
    };
    let mut groups = [
        group("可享受", "good", false),
        group("待核:缺少数据", "wait", false),
        group("暂不符合", "bad", true),
        group("不适用", "none", true),
    ];
    for measure in &library.measures {
        let decision = interpreter.decide(measure, &facts, material.context);
        let outcome = describe(library, measure, &decision);
        let place = match outcome.kind {
            OutcomeKind::Eligible => 0,
            OutcomeKind::Undetermined | OutcomeKind::Error => 1,
            OutcomeKind::Ineligible => 2,
            OutcomeKind::NotApplicable => 3,
        };
        if let Some(group) = groups.get_mut(place) {
            group.lines.push(line(measure, outcome));
        }
    }
    Sheet {
        name: Some(material.snapshot.name(row).to_owned()),
        as_of: material.context.as_of.to_string(),
        groups: groups.into(),
        facts: known(published, material, row),
    }
}

fn line(measure: &zhida_policies::measure::Measure, outcome: Outcome) -> Line {
    let missing = outcome
        .missing
        .iter()
        .map(|missing| format!("缺 {},由{}提供", missing.name, missing.owner));
    let reasons = outcome.reasons.iter().map(|reason| reason.text.clone());
    Line {
        name: measure.name.clone(),
        summary: outcome.summary.clone(),
        amount: outcome.award.map_or_else(String::new, money),
        reasons: reasons.chain(missing).collect(),
    }
}

/// All facts that are known, with their source.
fn known(published: &Arc<Published>, material: &Arc<Material>, row: usize) -> Vec<Fact> {
    use zhida_engine::facts::Facts as _;
    let library = &published.library;
    let facts = material.snapshot.row(row);
    let mut known = Vec::new();
    for column in material.snapshot.columns() {
        let (fact, period) = (column.key.fact, column.key.period);
        let value = match facts.read(fact, period) {
            Reading::Known(value) => words::fact_value(library, fact, &value),
            Reading::Records(records) => format!("{} 条记录", records.len()),
            Reading::Missing => continue,
        };
        let about = library.vocabulary.fact(fact);
        known.push(Fact {
            name: about.name.clone(),
            period: words::period(period),
            value,
            owner: about.source.clone(),
            source: facts.source(fact, period),
        });
    }
    known
}
