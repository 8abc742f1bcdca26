//! `/console/answers`: what banks say, read from their files.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use zhida_engine::payouts::PayoutState;

use super::acts::{Done, Offer, list};
use super::review;
use super::rows::PayoutRow;
use crate::views::payouts::{self, PayoutQuery};
use crate::web::{Ask, Page, Section, WebFault, html};

#[derive(Template)]
#[template(path = "console/answers.html")]
struct AnswersPage {
    page: Page,
    done: Done,
    offers: Vec<Offer>,
    rows: Vec<PayoutRow>,
}

/// The page.
pub(super) async fn show(ask: Ask, Query(done): Query<Done>) -> Result<Response, WebFault> {
    let page = ask.page(Section::Console, "银行答复");
    let payers = review::payers(&ask).await?;
    let offer = list::named("answer").and_then(|act| Offer::of(act, &page, &[]));
    let offers = offer.map(|offer| offer.offering("payer", payers));
    let query = PayoutQuery {
        states: vec![
            PayoutState::Sending,
            PayoutState::Sent,
            PayoutState::Accepted,
            PayoutState::Unknown,
        ],
        ..PayoutQuery::default()
    };
    let (store, scope) = (&ask.server.store, &ask.session()?.scope);
    let waiting = payouts::page(store, scope, &query, ("", 100)).await?;
    html(&AnswersPage {
        offers: offers.into_iter().collect(),
        rows: PayoutRow::all(&waiting.payouts, ask.at.business_date()),
        done,
        page,
    })
}
