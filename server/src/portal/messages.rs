//! What an enterprise is asked to do, and what was told to it.

use askama::Template;
use axum::response::Response;
use zhida_engine::payouts::{Payout, PayoutState};

use super::payouts::own;
use crate::table::money;
use crate::views::payout_steps::{day, told};
use crate::web::{Access, Ask, Page, Place, Section, WebFault, html};

/// News that is shown.
const NEWS_MAX: usize = 50;

/// The routes.
pub(super) fn places() -> Vec<Place> {
    vec![Place::get("/my/messages", Access::Enterprise, messages)]
}

/// One thing to know.
struct News {
    path: String,
    title: String,
    text: String,
    on: String,
    is_urgent: bool,
}

#[derive(Template)]
#[template(path = "portal/my_messages.html")]
struct Messages {
    page: Page,
    todo: Vec<News>,
    news: Vec<News>,
}

async fn messages(ask: Ask) -> Result<Response, WebFault> {
    let payouts = own(&ask).await?;
    let is_todo = |payout: &&Payout| {
        matches!(
            payout.state(),
            PayoutState::AwaitPayee | PayoutState::Returned | PayoutState::Rejected
        )
    };
    let mut latest: Vec<&Payout> = payouts.iter().filter(|one| !is_todo(one)).collect();
    latest.sort_by_key(|payout| (std::cmp::Reverse(payout.since), payout.id.clone()));
    html(&Messages {
        page: ask.page(Section::Portal, "消息"),
        todo: payouts.iter().filter(is_todo).map(news).collect(),
        news: latest.into_iter().take(NEWS_MAX).map(news).collect(),
    })
}

fn news(payout: &Payout) -> News {
    let until = payout.confirm_until.map_or_else(String::new, |until| {
        format!(",请在 {until} 前办理,逾期视为放弃")
    });
    let is_urgent = payout.state() == PayoutState::AwaitPayee;
    let until = if is_urgent { until } else { String::new() };
    News {
        path: format!("/my/payouts/{}", payout.id),
        title: payout.terms.title.clone(),
        text: format!("{} 元:{}{until}", money(payout.amount), told(payout)),
        on: day(payout.since),
        is_urgent,
    }
}
