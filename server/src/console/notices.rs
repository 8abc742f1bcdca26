//! `/console/notices`: lists shown in public, and what is said against them.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use zhida_engine::payouts::{Digest, Notice, NoticeId, PayoutState};

use super::acts::{Done, Offer, list};
use super::rows::PayoutRow;
use super::{bulk, files};
use crate::table::{count, total};
use crate::views::payouts::{self, By, PayoutQuery};
use crate::views::{public, things};
use crate::web::{Ask, Page, Section, WebFault, html};

/// One notice.
struct Row {
    id: String,
    title: String,
    from: String,
    until: String,
    payouts: String,
    is_over: bool,
    forms: Vec<files::Kept>,
}

#[derive(Template)]
#[template(path = "console/notices.html")]
struct NoticesPage {
    page: Page,
    done: Done,
    waiting: String,
    waiting_total: String,
    measures: Vec<super::acts::Choice>,
    offers: Vec<Offer>,
    ticks: Vec<Offer>,
    rows: Vec<Row>,
    objected: Vec<PayoutRow>,
}

/// The page.
pub(super) async fn show(ask: Ask, Query(done): Query<Done>) -> Result<Response, WebFault> {
    let (store, scope) = (&ask.server.store, &ask.session()?.scope);
    let page = ask.page(Section::Console, "公示");
    let approved = PayoutQuery {
        states: vec![PayoutState::Approved],
        ..PayoutQuery::default()
    };
    let own = bulk::own(&ask)?;
    let sum = payouts::sum(store, &own, &approved).await?;
    let mut offers = Vec::new();
    if sum.count > 0 {
        let offer = list::named("notice").and_then(|act| Offer::of(act, &page, &[]));
        offers.extend(offer.map(|offer| {
            let offer = offer.hiding("count", sum.count);
            offer.hiding("fen", sum.fen)
        }));
    }
    let ticks = list::named("tick").and_then(|act| Offer::of(act, &page, &[]));
    let objections = PayoutQuery {
        states: vec![PayoutState::Objected],
        ..PayoutQuery::default()
    };
    let objected = payouts::page(store, scope, &objections, ("", 100)).await?;
    let groups = payouts::groups(store, &own, By::Measure).await?;
    let waiting: Vec<payouts::PayoutGroup> = groups
        .into_iter()
        .filter(|group| group.state == PayoutState::Approved)
        .collect();
    let today = ask.at.business_date();
    let mut rows = Vec::new();
    for notice in things::notices(store, scope).await? {
        rows.push(row(&ask, &notice).await?);
    }
    html(&NoticesPage {
        waiting: count(sum.count),
        waiting_total: total(sum.total()),
        measures: super::review::measures(&ask, &waiting),
        offers,
        ticks: ticks.into_iter().collect(),
        rows,
        objected: PayoutRow::all(&objected.payouts, today),
        done,
        page,
    })
}

async fn row(ask: &Ask, notice: &Notice) -> Result<Row, WebFault> {
    let sheet = public::sheet(&ask.server.store, notice).await?;
    Ok(Row {
        id: notice.id.to_string(),
        title: sheet.map_or_else(String::new, |sheet| sheet.title),
        from: notice.from.to_string(),
        until: notice.until.to_string(),
        payouts: count(notice.payouts.len()),
        is_over: ask.at.business_date() > notice.until,
        forms: files::named(&ask.server.store, "notice", &format!("{}.", notice.id)).await?,
    })
}

#[derive(Template)]
#[template(path = "console/notice.html")]
struct NoticePage {
    page: Page,
    notice: Row,
    sheet: String,
    rows: Vec<PayoutRow>,
}

/// One notice with its payouts, each of which can be objected to.
pub(super) async fn one(ask: Ask, Path(id): Path<String>) -> Result<Response, WebFault> {
    let (store, scope) = (&ask.server.store, &ask.session()?.scope);
    let found = things::notice(store, scope, &NoticeId::new(&id)).await?;
    let notice = found.ok_or_else(WebFault::missing)?;
    let today = ask.at.business_date();
    let mut rows = Vec::with_capacity(notice.payouts.len());
    for payout in &notice.payouts {
        let found = payouts::find(store, scope, payout).await?;
        rows.extend(found.map(|payout| PayoutRow::of(&payout, today)));
    }
    html(&NoticePage {
        page: ask.page(Section::Console, format!("公示 {id}")),
        sheet: notice.sheet.to_string(),
        notice: row(&ask, &notice).await?,
        rows,
    })
}

/// One form of a notice, as it was made.
pub(super) async fn form(
    ask: Ask,
    Path((id, digest)): Path<(String, String)>,
) -> Result<Response, WebFault> {
    let (store, scope) = (&ask.server.store, &ask.session()?.scope);
    let found = things::notice(store, scope, &NoticeId::new(&id)).await?;
    let notice = found.ok_or_else(WebFault::missing)?;
    let forms = files::named(store, "notice", &format!("{}.", notice.id)).await?;
    let form = forms.into_iter().find(|form| form.digest == digest);
    let form = form.ok_or_else(WebFault::missing)?;
    let bytes = store.fetch(&Digest::new(&form.digest)).await?;
    Ok(files::attached(&form.name, bytes))
}
