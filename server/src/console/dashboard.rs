//! `/console`: what was paid and promised, how long it took, what is left, and what waits.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use zhida_engine::payouts::{LedgerAccount, PayoutState};
use zhida_engine::sweep::TotalFen;
use zhida_policies::values::Money;

use super::acts::Done;
use super::charts::{self, Chart, Mark};
use super::places_of;
use super::review::STEPS;
use crate::table::{count, money, total};
use crate::views::payouts::{self, By, PayoutGroup, PayoutSum, is_committed, is_paid};
use crate::views::{speed, things};
use crate::web::{Ask, Page, Section, WebFault, html};

/// How many bars a chart has at most; the rest is summed up.
const BARS_MAX: usize = 12;

/// What is paid and what is promised of one thing.
#[derive(Clone, Copy, Debug, Default)]
struct Both {
    paid: PayoutSum,
    committed: PayoutSum,
}

impl Both {
    fn add(&mut self, state: PayoutState, sum: PayoutSum) {
        if is_paid(state) {
            self.paid = self.paid.and(sum);
        } else if is_committed(state) {
            self.committed = self.committed.and(sum);
        }
    }

    fn fen(&self) -> i64 {
        self.paid.fen.saturating_add(self.committed.fen)
    }
}

/// One line of the table below a chart.
struct Line {
    name: String,
    paid: String,
    paid_count: String,
    committed: String,
    committed_count: String,
}

/// A chart with its numbers.
struct Panel {
    title: &'static str,
    column: &'static str,
    chart: Chart,
    lines: Vec<Line>,
}

/// A budget line.
struct Fund {
    name: String,
    year: i16,
    granted: String,
    available: String,
    reserved: String,
    committed: String,
    spent: String,
}

/// What waits for whoever looks.
struct Task {
    title: &'static str,
    link: String,
    count: String,
}

/// One stage of the funnel.
struct Stage {
    title: &'static str,
    count: String,
    amount: String,
}

#[derive(Template)]
#[template(path = "console/dashboard.html")]
struct DashboardPage {
    page: Page,
    done: Done,
    paid: String,
    paid_count: String,
    committed: String,
    committed_count: String,
    available: String,
    speed: Option<speed::Speed>,
    tasks: Vec<Task>,
    funnel: Vec<Stage>,
    funnel_chart: Chart,
    funds: Vec<Fund>,
    panels: Vec<Panel>,
    has_any: bool,
}

/// The page.
pub(super) async fn show(ask: Ask, Query(done): Query<Done>) -> Result<Response, WebFault> {
    let (store, session) = (&ask.server.store, ask.session()?);
    let scope = &session.scope;
    let page = ask.page(Section::Console, "总览");
    let by_measure = payouts::groups(store, scope, By::Measure).await?;
    let mut whole = Both::default();
    for group in &by_measure {
        whole.add(group.state, group.sum);
    }
    let lines = things::lines(store, scope).await?;
    let available = lines.iter().fold(0i128, |sum, line| {
        sum.saturating_add(i128::from(line.balance(LedgerAccount::Available)))
    });
    let (funnel, funnel_chart) = funnel(&ask, &by_measure);
    html(&DashboardPage {
        paid: total(whole.paid.total()),
        paid_count: count(whole.paid.count),
        committed: total(whole.committed.total()),
        committed_count: count(whole.committed.count),
        available: total(TotalFen::of(available)),
        speed: speed::of(store, scope).await?,
        tasks: tasks(&ask, &page).await?,
        has_any: !by_measure.is_empty(),
        funnel,
        funnel_chart,
        funds: lines.iter().map(fund).collect(),
        panels: panels(&ask, by_measure).await?,
        done,
        page,
    })
}

fn fund(line: &zhida_engine::payouts::BudgetLine) -> Fund {
    let of = |account| money(Money::from_fen(line.balance(account)));
    let granted = line.balance(LedgerAccount::Granted).saturating_neg();
    Fund {
        name: line.id.to_string(),
        year: line.fiscal_year,
        granted: money(Money::from_fen(granted)),
        available: of(LedgerAccount::Available),
        reserved: of(LedgerAccount::Reserved),
        committed: of(LedgerAccount::Committed),
        spent: of(LedgerAccount::Spent),
    }
}

async fn panels(ask: &Ask, by_measure: Vec<PayoutGroup>) -> Result<Vec<Panel>, WebFault> {
    let (store, scope) = (&ask.server.store, &ask.session()?.scope);
    let published = ask.server.published();
    let measure = |key: &str| {
        let found = published.library.measure(key);
        found.map_or_else(|| key.to_owned(), |measure| measure.name.clone())
    };
    let days = payouts::groups(store, scope, By::Day).await?;
    let bureaus = payouts::groups(store, scope, By::Bureau).await?;
    let enterprises = payouts::groups(store, scope, By::Enterprise).await?;
    let months = summed(&days, |key| payouts::month(key).unwrap_or_default());
    let named = |group: &str| measure(group);
    let mut panels = vec![
        in_time("按到达现在状态的月份", "月份", months),
        panel("按事项", "事项", summed(&by_measure, named)),
        panel("按部门", "部门", summed(&bureaus, str::to_owned)),
    ];
    if let Some(places) = places_of::Places::of(ask) {
        let regions = summed(&enterprises, |code| places.region(code));
        let industries = summed(&enterprises, |code| places.industry(code));
        panels.push(panel("按地区", "地区", regions));
        panels.push(panel("按行业", "行业", industries));
    }
    panels.retain(|panel| !panel.lines.is_empty());
    Ok(panels)
}

fn summed(groups: &[PayoutGroup], name: impl Fn(&str) -> String) -> BTreeMap<String, Both> {
    let mut sums: BTreeMap<String, Both> = BTreeMap::new();
    for group in groups {
        if is_paid(group.state) || is_committed(group.state) {
            let both = sums.entry(name(&group.key)).or_default();
            both.add(group.state, group.sum);
        }
    }
    sums
}

fn panel(title: &'static str, column: &'static str, sums: BTreeMap<String, Both>) -> Panel {
    let mut sums: Vec<(String, Both)> = sums.into_iter().collect();
    sums.sort_by_key(|(name, both)| (std::cmp::Reverse(both.fen()), name.clone()));
    let marks: Vec<Mark> = sums.iter().take(BARS_MAX).map(mark).collect();
    Panel {
        title,
        column,
        chart: charts::bars(&marks),
        lines: sums.iter().map(line).collect(),
    }
}

fn in_time(title: &'static str, column: &'static str, sums: BTreeMap<String, Both>) -> Panel {
    let sums: Vec<(String, Both)> = sums.into_iter().collect();
    let from = sums.len().saturating_sub(BARS_MAX);
    let marks: Vec<Mark> = sums.iter().skip(from).map(mark).collect();
    Panel {
        title,
        column,
        chart: charts::columns(&marks),
        lines: sums.iter().map(line).collect(),
    }
}

fn mark((name, both): &(String, Both)) -> Mark {
    Mark {
        name: name.clone(),
        first: both.paid.fen,
        second: both.committed.fen,
        words: total(TotalFen::of(i128::from(both.fen()))),
    }
}

fn line((name, both): &(String, Both)) -> Line {
    Line {
        name: name.clone(),
        paid: total(both.paid.total()),
        paid_count: count(both.paid.count),
        committed: total(both.committed.total()),
        committed_count: count(both.committed.count),
    }
}

/// From the enterprises that were looked at to the money in accounts.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the others are all told alike"
)]
fn funnel(ask: &Ask, groups: &[PayoutGroup]) -> (Vec<Stage>, Chart) {
    let sum = |holds: &dyn Fn(PayoutState) -> bool| {
        let held = groups.iter().filter(|group| holds(group.state));
        held.fold(PayoutSum::default(), |sum, group| sum.and(group.sum))
    };
    let is_past = |from: PayoutState| {
        move |state: PayoutState| state >= from && state < PayoutState::Declined
    };
    let mut stages = Vec::new();
    let mut marks = Vec::new();
    let mut push = |title: &'static str, number: u64, fen: Option<i128>| {
        stages.push(Stage {
            title,
            count: count(number),
            amount: fen.map_or_else(String::new, |fen| total(TotalFen::of(fen))),
        });
        marks.push(Mark {
            name: title.to_owned(),
            first: i64::try_from(number).unwrap_or(i64::MAX),
            second: 0,
            words: count(number),
        });
    };
    let is_alone = ask.server.bureaus.len() <= 1;
    let material = ask.server.material().filter(|_| is_alone);
    let sealed = material.as_ref().and_then(|all| {
        let folder = all.sweep.as_ref()?.path.parent()?;
        zhida_engine::replay::Seal::open(folder).ok()
    });
    if let Some((seal, _)) = sealed {
        let eligible = seal.result.measures.iter();
        let eligible = eligible.fold(0u64, |sum, one| sum.saturating_add(one.eligible));
        push("符合条件", eligible, None);
        push("现在可付", seal.result.payable_awards, None);
    }
    let every = sum(&|_| true);
    push("已生成事项", every.count, Some(i128::from(every.fen)));
    for (title, from) in [
        ("已审批", PayoutState::Approved),
        ("已确认账户", PayoutState::Confirmed),
        ("已支付", PayoutState::Paid),
    ] {
        let holds = is_past(from);
        let held = match from {
            PayoutState::Paid => sum(&is_paid),
            _ => sum(&holds),
        };
        push(title, held.count, Some(i128::from(held.fen)));
    }
    let chart = charts::bars(&marks);
    (stages, chart)
}

/// What waits for the roles of whoever looks.
async fn tasks(ask: &Ask, page: &Page) -> Result<Vec<Task>, WebFault> {
    let store = &ask.server.store;
    let own = super::bulk::own(ask)?;
    let groups = payouts::groups(store, &own, By::Line).await?;
    let mut tasks = Vec::new();
    for step in STEPS.iter().filter(|step| page.is_any(&[step.role])) {
        let held = groups
            .iter()
            .filter(|group| step.states.contains(&group.state));
        let waiting = held.fold(0u64, |sum, group| sum.saturating_add(group.sum.count));
        if waiting > 0 {
            tasks.push(Task {
                title: step.title,
                link: format!("/console/review?step={}", step.name),
                count: count(waiting),
            });
        }
    }
    let motions = things::motions(store, &own).await?;
    let session = ask.session()?;
    let mine = motions.iter().filter(|motion| {
        let is_open = motion.state == zhida_engine::payouts::MotionState::Open;
        let role = motion.next_role().filter(|_| is_open);
        role.is_some_and(|role| session.is_any(&[role]))
            && !motion
                .signatures
                .iter()
                .any(|one| one.person == session.user.person)
    });
    let mine = mine.count();
    if mine > 0 {
        tasks.push(Task {
            title: "会签",
            link: "/console/motions".to_owned(),
            count: count(mine),
        });
    }
    Ok(tasks)
}
