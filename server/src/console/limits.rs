//! `/console/limits`: what has waited for whom beyond its time, by department.

use std::collections::BTreeMap;

use askama::Template;
use axum::response::Response;
use zhida_engine::payouts::{BureauId, Payout, PayoutState, WaitsFor};
use zhida_engine::sweep::TotalFen;
use zhida_policies::calendar::WorkingDays;
use zhida_policies::values::Date;
use zhida_policies::values::date::days_between;

use crate::payouts::settings::role;
use crate::payouts::sheet;
use crate::table::{count, total};
use crate::views::payouts::{self, PayoutQuery};
use crate::web::{Ask, Page, Section, WebFault, html};

/// How many payouts are looked at together.
const CHUNK: u32 = 2_000;

/// What waits for one step in one department.
#[derive(Default)]
struct Pile {
    payouts: u64,
    fen: i128,
    since: Option<Date>,
    overdue: u64,
}

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

/// The limits of each bureau within sight, in working days.
type Limits = BTreeMap<(BureauId, WaitsFor), u32>;

/// The page.
pub(super) async fn show(ask: Ask) -> Result<Response, WebFault> {
    let calendar = WorkingDays::built_in().map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        WebFault::broken(faults.join(";"))
    })?;
    let (store, scope) = (&ask.server.store, &ask.session()?.scope);
    let limits = limits(&ask)?;
    let today = ask.at.business_date();
    let query = PayoutQuery {
        states: PayoutState::ALL
            .into_iter()
            .filter(|state| *state < PayoutState::Settled)
            .collect(),
        ..PayoutQuery::default()
    };
    let mut piles: BTreeMap<(BureauId, WaitsFor, &'static str), Pile> = BTreeMap::new();
    let mut after = String::new();
    loop {
        let page = payouts::page(store, scope, &query, (&after, CHUNK)).await?;
        for payout in &page.payouts {
            let waiting = payout.waiting();
            let bureau = payout.key.bureau.clone();
            let limit = limits.get(&(bureau.clone(), waiting.on)).copied();
            let pile = piles.entry((bureau, waiting.on, waiting.step)).or_default();
            pile.add(payout, today, limit, &calendar)?;
        }
        match page.next {
            Some(next) => after = next,
            None => break,
        }
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

fn limits(ask: &Ask) -> Result<Limits, WebFault> {
    let mut limits = Limits::new();
    for settings in &ask.server.bureaus {
        for limit in &settings.limits {
            let on = WaitsFor::Role(role(&limit.role)?);
            limits.insert((settings.id(), on), limit.working_days);
        }
    }
    Ok(limits)
}

impl Pile {
    fn add(
        &mut self,
        payout: &Payout,
        today: Date,
        limit: Option<u32>,
        calendar: &WorkingDays,
    ) -> Result<(), WebFault> {
        let since = payout.waiting().since.business_date();
        self.payouts = self.payouts.saturating_add(1);
        self.fen = self.fen.saturating_add(i128::from(payout.amount.fen()));
        self.since = Some(self.since.map_or(since, |earliest| earliest.min(since)));
        if let Some(limit) = limit {
            let deadline = calendar.deadline(since, limit, today);
            let deadline = deadline
                .map_err(|error| WebFault::bad(error.to_string(), "请更新程序自带的工作日历"))?;
            self.overdue = self.overdue.saturating_add(deadline.is_overdue().into());
        }
        Ok(())
    }
}
