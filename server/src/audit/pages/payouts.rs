//! Payouts followed back: bank, batch, approvals, award, sweep, rule, article, facts.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use serde::Deserialize;
use zhida_engine::payouts::{Payout, PayoutId};
use zhida_policies::values::Uscc;

use super::{look_at_trail, reader};
use crate::audit::sheet::{Block, Sheet};
use crate::audit::trail::{Trail, trail};
use crate::console::bank_said;
use crate::table::money;
use crate::views::law::{LawBlock, blocks};
use crate::views::payouts::{self, PayoutQuery};
use crate::views::times;
use crate::web::{Ask, Page, Section, WebFault, html};

/// How many payouts a page of the list has.
const ROWS: u32 = 50;

/// What is looked for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Sought {
    #[serde(default)]
    q: String,
    #[serde(default)]
    after: String,
}

/// A payout in the list.
struct Row {
    id: String,
    amount: String,
    state: &'static str,
    enterprise: String,
    uscc: String,
    title: String,
    period: String,
}

fn row(payout: &Payout) -> Row {
    Row {
        id: payout.id.to_string(),
        amount: money(payout.amount),
        state: payout.state().chinese(),
        enterprise: payout.enterprise.clone(),
        uscc: payout.key.uscc.to_string(),
        title: payout.terms.title.clone(),
        period: payout.key.period.clone(),
    }
}

#[derive(Template)]
#[template(path = "audit/payouts.html")]
struct ListPage {
    page: Page,
    q: String,
    rows: Vec<Row>,
    next: Option<String>,
}

/// The list: all within sight, one enterprise, or one payout.
pub(super) async fn list(ask: Ask, Query(sought): Query<Sought>) -> Result<Response, WebFault> {
    let (store, scope) = (&ask.server.store, &ask.session()?.scope);
    let q = sought.q.trim().to_owned();
    let mut next = None;
    let rows = match (q.is_empty(), Uscc::parse(&q)) {
        (false, Err(_)) => {
            let found = payouts::find(store, scope, &PayoutId::new(&q)).await?;
            found.iter().map(row).collect()
        }
        (_, uscc) => {
            let query = PayoutQuery {
                enterprise: uscc.ok().map(|(uscc, _)| uscc),
                ..PayoutQuery::default()
            };
            let page = payouts::page(store, scope, &query, (&sought.after, ROWS)).await?;
            next = page.next;
            page.payouts.iter().map(row).collect()
        }
    };
    html(&ListPage {
        page: ask.page(Section::Audit, "追查兑付"),
        q,
        rows,
        next,
    })
}

/// One thing that the bank said.
struct Said {
    attempt: u32,
    kind: &'static str,
    amount: String,
    on: String,
    reference: String,
    reason: String,
}

/// One batch.
struct BatchShown {
    id: String,
    message: String,
    execution: String,
    signed: Vec<(&'static str, String, String)>,
    files: Vec<(String, String)>,
}

/// One event of the log.
struct EventShown {
    sequence: u64,
    at: String,
    command: String,
    leaf: String,
}

/// What the sweep came to when it was run again.
struct SweepShown {
    is_equal: bool,
    pairs: Vec<(&'static str, String)>,
    law_title: String,
    law: Vec<LawBlock>,
    rule: String,
    /// Facts and steps as blocks of a sheet.
    sheet: Sheet,
}

#[derive(Template)]
#[template(path = "audit/payout.html")]
struct PayoutPage {
    page: Page,
    row: Row,
    document: String,
    said: Vec<Said>,
    attempts: Vec<(u32, String, &'static str, String)>,
    batches: Vec<BatchShown>,
    signed: Vec<(&'static str, String, String)>,
    notice: Option<(String, String, String)>,
    origin: Vec<(&'static str, String)>,
    events: Vec<EventShown>,
    sweep: Option<SweepShown>,
}

/// One payout, all in one view.
pub(super) async fn show(ask: Ask, Path(id): Path<String>) -> Result<Response, WebFault> {
    let scope = &ask.session()?.scope;
    let wanted = PayoutId::new(&id);
    let found = payouts::find(&ask.server.store, scope, &wanted).await?;
    let payout = found.ok_or_else(WebFault::missing)?;
    let reader = reader(&ask).await?;
    let of = wanted.clone();
    let looking = look_at_trail(&ask, (&of, reader), move |desk, _| {
        trail(desk, &wanted, reader)
    });
    let trail = looking.await?;
    let page = ask.page(Section::Audit, format!("{} {id}", payout.enterprise));
    html(&PayoutPage {
        row: row(&payout),
        document: payout.terms.document.clone(),
        said: said(&trail),
        attempts: trail
            .attempts
            .iter()
            .map(|one| {
                let name = one.end_to_end_id.clone();
                (one.number, money(one.amount), one.shown, name)
            })
            .collect(),
        batches: batches(&trail),
        signed: trail.signatures.iter().map(signed).collect(),
        notice: trail.notice.as_ref().map(|notice| {
            let days = format!("{} 至 {}", notice.from, notice.until);
            (notice.id.clone(), days, notice.sheet.to_string())
        }),
        origin: vec![
            ("清算结果", trail.origin.sweep.to_string()),
            ("清单树根", trail.origin.root.to_string()),
            ("清单叶", trail.origin.award.to_string()),
        ],
        events: trail
            .events
            .iter()
            .map(|event| EventShown {
                sequence: event.sequence,
                at: times::minute(zhida_engine::payouts::Moment(event.at)),
                command: event.command.clone(),
                leaf: event.leaf.clone(),
            })
            .collect(),
        sweep: sweep(&trail),
        page,
    })
}

fn signed(signature: &zhida_engine::payouts::Signature) -> (&'static str, String, String) {
    let who = format!("{}({})", signature.person, signature.user);
    (signature.role.chinese(), who, times::minute(signature.at))
}

fn said(trail: &Trail) -> Vec<Said> {
    let mut all = Vec::new();
    for attempt in &trail.attempts {
        for fact in &attempt.bank {
            all.push(Said {
                attempt: attempt.number,
                kind: bank_said(fact.kind),
                amount: fact.amount.map_or_else(String::new, money),
                on: fact.on.map_or_else(String::new, |on| on.to_string()),
                reference: fact.reference.clone(),
                reason: fact.reason.clone().unwrap_or_default(),
            });
        }
    }
    all
}

fn batches(trail: &Trail) -> Vec<BatchShown> {
    let batches = trail.attempts.iter().filter_map(|one| one.batch.as_ref());
    let shown = batches.map(|batch| BatchShown {
        id: batch.id.clone(),
        message: batch.message_id.clone(),
        execution: batch.execution.to_string(),
        signed: batch.signatures.iter().map(signed).collect(),
        files: batch
            .files
            .iter()
            .map(|file| (file.name.clone(), file.digest.to_string()))
            .collect(),
    });
    shown.collect()
}

fn sweep(trail: &Trail) -> Option<SweepShown> {
    let sweep = trail.sweep.as_ref()?;
    let article = sweep.article.as_ref();
    let amount = sweep.amount.map_or_else(|| "没有".to_owned(), money);
    Some(SweepShown {
        is_equal: sweep.is_equal,
        pairs: vec![
            ("封存摘要", sweep.seal.to_string()),
            ("封存的结果", sweep.sealed.clone()),
            ("重放的结果", sweep.found.clone()),
            ("重放得出的金额(元)", amount),
            ("数据摘要", sweep.snapshot.clone()),
            ("已付记录的日志位置", sweep.ledger.clone()),
            ("规则含义版本", sweep.semantics.to_string()),
        ],
        law_title: article.map_or_else(String::new, |article| {
            let number = article.document.as_deref().unwrap_or_default();
            format!("《{}》{number} {}", article.policy, article.label)
        }),
        law: article.map_or_else(Vec::new, |article| blocks(&article.text)),
        rule: sweep.rule.clone(),
        sheet: crate::audit::sheet::reckoning(sweep),
    })
}
