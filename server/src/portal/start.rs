//! The first page: search, what it is about in one sentence, the figures of the city.

use askama::Template;
use axum::response::Response;
use zhida_policies::measure::library::Policy;
use zhida_policies::syntax::words::Delivery;

use crate::table::{count, money, total};
use crate::views::public::{paid_by_measure, totals};
use crate::web::{Access, Ask, Page, Place, Section, WebFault, html};

/// How many policies are shown as the latest.
const LATEST: usize = 6;
/// How many measures the chart shows.
const BARS: usize = 6;
/// The width of the longest bar.
const BAR_WIDTH: i64 = 420;

/// The routes.
pub(super) fn places() -> Vec<Place> {
    vec![Place::get("/", Access::Public, start)]
}

/// One of the latest policies.
struct Latest {
    id: String,
    title: String,
    about: String,
}

/// One bar of the chart.
struct Bar {
    name: String,
    amount: String,
    width: i64,
    top: i64,
    end: i64,
}

#[derive(Template)]
#[template(path = "portal/start.html")]
struct Start {
    page: Page,
    policies: String,
    measures: String,
    enterprises: String,
    paid: String,
    paid_count: String,
    latest: Vec<Latest>,
    bars: Vec<Bar>,
    height: i64,
}

async fn start(ask: Ask) -> Result<Response, WebFault> {
    let published = ask.server.published();
    let library = &published.library;
    let totals = totals(&ask.server.store).await?;
    let by_measure = paid_by_measure(&ask.server.store, BARS).await?;
    let most = by_measure.first().map_or(1, |(_, most)| most.fen().max(1));
    let name = |id: &str| {
        let measure = library.measure(id);
        measure.map_or_else(|| id.to_owned(), |measure| measure.name.clone())
    };
    let bars = by_measure.iter().zip(0i64..);
    let bars: Vec<Bar> = bars
        .map(|((id, amount), place)| {
            let scaled = i128::from(amount.fen()).saturating_mul(i128::from(BAR_WIDTH));
            let width = scaled.checked_div(i128::from(most)).unwrap_or(0);
            let width = i64::try_from(width).unwrap_or(BAR_WIDTH).max(2);
            Bar {
                name: name(id),
                amount: money(*amount),
                width,
                top: place.saturating_mul(48),
                end: width.saturating_add(8),
            }
        })
        .collect();
    let free = library.measures.iter();
    let free = free.filter(|measure| measure.delivery == Delivery::NoApplication);
    let page = Start {
        page: ask.page(Section::Portal, "惠企政策,免申即享"),
        policies: count(library.policies.len()),
        measures: count(free.count()),
        enterprises: count(totals.enterprises),
        paid: total(totals.paid),
        paid_count: count(totals.paid_count),
        latest: latest(&library.policies),
        height: i64::try_from(bars.len()).unwrap_or(0).saturating_mul(48),
        bars,
    };
    html(&page)
}

/// The latest policies by their day of publication, else of effect.
fn latest(policies: &[Policy]) -> Vec<Latest> {
    let mut sorted: Vec<&Policy> = policies.iter().collect();
    sorted.sort_by_key(|policy| {
        let day = policy.published.unwrap_or(policy.effective);
        (std::cmp::Reverse(day), &policy.id)
    });
    let line = |policy: &&Policy| {
        let day = policy.published.unwrap_or(policy.effective).to_string();
        let parts = [
            policy.document_number.as_deref(),
            policy.issuer.as_deref(),
            Some(&day),
        ];
        let parts: Vec<&str> = parts.into_iter().flatten().collect();
        Latest {
            id: policy.id.to_string(),
            title: policy.title.clone(),
            about: parts.join(" · "),
        }
    };
    sorted.iter().take(LATEST).map(line).collect()
}
