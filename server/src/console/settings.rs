//! `/console/settings`: funds, paying accounts, and the calendar of working days.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use zhida_engine::payouts::{BudgetLine, LedgerAccount, Payer};
use zhida_policies::calendar::{DayKind, WorkingDays};
use zhida_policies::values::{Date, Duration, Money};

use super::acts::{Choice, Done, Offer, list};
use super::bulk;
use super::payout::masked;
use crate::table::{count, money};
use crate::views::things;
use crate::web::{Ask, Page, Section, WebFault, html};

/// A grant of a budget line.
struct Given {
    line: String,
    document: String,
    amount: String,
}

/// A budget line.
struct Line {
    id: String,
    bureau: String,
    year: i16,
    granted: String,
    available: String,
}

/// A paying account.
struct Paying {
    id: String,
    name: String,
    account: String,
    cnaps: String,
    profile: String,
    lines_max: String,
}

/// What a bureau has decided.
struct Rules {
    bureau: String,
    second: String,
    reminders: u16,
    confirm_days: u16,
    answer_days: u16,
    closed: String,
}

/// A day that is not as its weekday says.
struct Odd {
    day: String,
    name: String,
    kind: &'static str,
}

#[derive(Template)]
#[template(path = "console/settings.html")]
struct SettingsPage {
    page: Page,
    done: Done,
    offers: Vec<Offer>,
    lines: Vec<Line>,
    grants: Vec<Given>,
    payers: Vec<Paying>,
    rules: Vec<Rules>,
    years: Vec<(i16, String)>,
    odd: Vec<Odd>,
    year: i16,
}

/// The page.
pub(super) async fn show(ask: Ask, Query(done): Query<Done>) -> Result<Response, WebFault> {
    let (store, scope) = (&ask.server.store, &ask.session()?.scope);
    let page = ask.page(Section::Console, "资金与日历");
    let lines = things::lines(store, scope).await?;
    let own = things::lines(store, &bulk::own(&ask)?).await?;
    let choices = own.iter().map(|line| Choice {
        value: line.id.to_string(),
        label: line.id.to_string(),
    });
    let choices: Vec<Choice> = choices.collect();
    let offer = list::named("grant").and_then(|act| Offer::of(act, &page, &[]));
    let offers = offer.filter(|_| !choices.is_empty());
    let offers = offers.map(|offer| offer.offering("line", choices));
    let payers = things::payers(store, scope).await?;
    let settings = things::settings(store, scope).await?;
    let calendar = WorkingDays::built_in().map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        WebFault::broken(faults.join(";"))
    })?;
    let year = ask.at.business_date().year();
    html(&SettingsPage {
        offers: offers.into_iter().collect(),
        grants: lines.iter().flat_map(grants).collect(),
        lines: lines.iter().map(line).collect(),
        payers: payers.iter().map(paying).collect(),
        rules: settings.iter().map(rules).collect(),
        years: calendar
            .years()
            .map(|(year, document)| (year, document.to_owned()))
            .collect(),
        odd: odd(&calendar, year),
        year,
        done,
        page,
    })
}

fn line(line: &BudgetLine) -> Line {
    let granted = line.balance(LedgerAccount::Granted).saturating_neg();
    Line {
        id: line.id.to_string(),
        bureau: line.bureau.to_string(),
        year: line.fiscal_year,
        granted: money(Money::from_fen(granted)),
        available: money(Money::from_fen(line.balance(LedgerAccount::Available))),
    }
}

fn grants(line: &BudgetLine) -> Vec<Given> {
    let given = |grant: &zhida_engine::payouts::Grant| Given {
        line: line.id.to_string(),
        document: grant.document.clone(),
        amount: money(grant.amount),
    };
    line.grants.iter().map(given).collect()
}

fn paying(payer: &Payer) -> Paying {
    Paying {
        id: payer.id.to_string(),
        name: payer.name.clone(),
        account: masked(&payer.account),
        cnaps: payer.cnaps.clone(),
        profile: payer.profile.clone(),
        lines_max: count(payer.lines_max),
    }
}

fn rules(settings: &zhida_engine::payouts::Settings) -> Rules {
    let rules = settings.rules.as_ref();
    Rules {
        bureau: settings.bureau.to_string(),
        second: rules
            .and_then(|rules| rules.second_approver_from)
            .map_or_else(String::new, money),
        reminders: rules.map_or(0, |rules| rules.reminders),
        confirm_days: rules.map_or(0, |rules| rules.confirm_days),
        answer_days: rules.map_or(0, |rules| rules.answer_days),
        closed: settings
            .closed_until
            .map_or_else(String::new, |until| until.to_string()),
    }
}

/// The days of a year that the State Council has moved.
fn odd(calendar: &WorkingDays, year: i16) -> Vec<Odd> {
    let mut odd = Vec::new();
    let mut day = Date::new(year, 1, 1).ok();
    while let Some(today) = day.filter(|day| day.year() == year) {
        if let Ok(kind) = calendar.kind(today) {
            let (name, kind) = match kind {
                DayKind::Holiday(name) => (name, Some("放假")),
                DayKind::MadeUp => (String::new(), Some("调休上班")),
                DayKind::Weekday | DayKind::Weekend => (String::new(), None),
            };
            odd.extend(kind.map(|kind| Odd {
                day: today.to_string(),
                name,
                kind,
            }));
        }
        day = Duration::from_days(1).after(today).ok();
    }
    odd
}
