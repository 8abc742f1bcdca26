//! `/console/limits`: what has waited for whom beyond its time, by department.

use std::collections::BTreeMap;

use askama::Template;
use axum::response::Response;
use zhida_engine::payouts::{BureauId, WaitsFor};
use zhida_engine::sweep::TotalFen;
use zhida_policies::calendar::WorkingDays;
use zhida_policies::values::date::days_between;

use crate::payouts::sheet;
use crate::table::{count, total};
use crate::views::work::{self, Pile};
use crate::web::{Ask, Page, Section, WebFault, html};

/// One line of the board.
struct Row {
    bureau: String,
    who: String,
    step: &'static str,
    payouts: String,
    amount: String,
    limit: String,
    overdue: u64,
    since: String,
    days: i64,
}

#[derive(Template)]
#[template(path = "console/limits.html")]
struct LimitsPage {
    page: Page,
    overdue: u64,
    rows: Vec<Row>,
}

/// The page.
pub(super) async fn show(ask: Ask) -> Result<Response, WebFault> {
    let calendar = WorkingDays::built_in().map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        WebFault::broken(faults.join(";"))
    })?;
    let (store, scope) = (&ask.server.store, &ask.session()?.scope);
    let limits = work::limits(&ask.server.bureaus)?;
    let today = ask.at.business_date();
    let mut piles: BTreeMap<(BureauId, WaitsFor, &'static str), Pile> = BTreeMap::new();
    for more in work::piles(store, scope).await? {
        let limit = limits.get(&(more.bureau.clone(), more.on())).copied();
        let key = (more.bureau.clone(), more.on(), more.step.chinese());
        let pile = piles.entry(key).or_default();
        pile.add(&more, (limit, &calendar), today)?;
    }
    let row = |((bureau, on, step), pile): ((BureauId, WaitsFor, &'static str), Pile)| {
        let since = pile.since.unwrap_or(today);
        let limit = limits.get(&(bureau.clone(), on));
        Row {
            bureau: bureau.to_string(),
            who: sheet::who(on).trim_end_matches(':').to_owned(),
            step,
            payouts: count(pile.payouts),
            amount: total(TotalFen::of(pile.fen)),
            limit: limit.map_or_else(String::new, ToString::to_string),
            overdue: pile.overdue,
            since: since.to_string(),
            days: days_between(since, today),
        }
    };
    let mut rows: Vec<Row> = piles.into_iter().map(row).collect();
    rows.sort_by_key(|row| (std::cmp::Reverse(row.overdue), std::cmp::Reverse(row.days)));
    html(&LimitsPage {
        page: ask.page(Section::Console, "时限"),
        overdue: rows
            .iter()
            .fold(0, |sum, row| sum.saturating_add(row.overdue)),
        rows,
    })
}
