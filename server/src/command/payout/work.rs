//! `zhida payout work` and `alarms`: what waits for whom, how long it may, and what looks odd.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use zhida_engine::payouts::{Books, PayeeAlarm, Thing, WaitsFor};
use zhida_engine::sweep::TotalFen;
use zhida_policies::values::{BankAccount, Date};

use super::notice::calendar;
use crate::failure::{Failure, Status};
use crate::output::{Form, Output};
use crate::payouts::desk::Desk;
use crate::payouts::settings::{BureauSettings, role};
use crate::payouts::sheet;
use crate::table::{Side, count, table, total};
use crate::views::things;
use crate::views::work::{self, Pile};

/// 待办:什么事等着谁,等了多久,超没超时限
#[derive(Args, Debug)]
pub(super) struct Work {
    /// 单位设置(TOML):有 [[limit]] 的职责按工作日考核时限
    #[arg(long, value_name = "设置")]
    settings: Option<PathBuf>,
}

impl Work {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let limits = self.limits()?;
        let calendar = calendar()?;
        let today = desk.at.business_date();
        let mut piles: BTreeMap<(WaitsFor, &'static str), Pile> = BTreeMap::new();
        for more in desk.wait(work::all_piles(&desk.store))? {
            let limit = limits.get(&more.on()).copied();
            let pile = piles.entry((more.on(), more.step.chinese())).or_default();
            pile.add(&more, (limit, &calendar), today)?;
        }
        show(output, &piles, &limits, today)?;
        Ok(Status::Done)
    }

    fn limits(&self) -> Result<BTreeMap<WaitsFor, u32>, Failure> {
        let mut limits = BTreeMap::new();
        if let Some(path) = &self.settings {
            for limit in BureauSettings::read(path)?.limits {
                limits.insert(WaitsFor::Role(role(&limit.role)?), limit.working_days);
            }
        }
        Ok(limits)
    }
}

fn show(
    output: &mut Output,
    piles: &BTreeMap<(WaitsFor, &'static str), Pile>,
    limits: &BTreeMap<WaitsFor, u32>,
    today: Date,
) -> Result<(), Failure> {
    let mut rows = table(&[
        ("笔数", Side::Right),
        ("金额(元)", Side::Right),
        ("超时", Side::Right),
        ("时限(工作日)", Side::Right),
        ("最早", Side::Left),
        ("已等(天)", Side::Right),
        ("等谁", Side::Left),
    ]);
    for ((on, step), pile) in piles {
        let since = pile.since.unwrap_or(today);
        let days = zhida_policies::values::date::days_between(since, today);
        let limit = limits.get(on);
        let sum = TotalFen::of(pile.fen);
        match output.form() {
            Form::Json => output.json(&json!({
                "waits_for": sheet::who(*on).trim_end_matches(':'),
                "step": step,
                "payouts": pile.payouts,
                "amount": sum,
                "overdue": limit.map(|_| pile.overdue),
                "limit": limit,
                "since": since,
                "days": days,
            }))?,
            Form::People => {
                rows.add_row([
                    count(pile.payouts),
                    total(sum),
                    limit.map_or_else(String::new, |_| count(pile.overdue)),
                    limit.map_or_else(String::new, ToString::to_string),
                    since.to_string(),
                    days.to_string(),
                    format!("{}{step}", sheet::who(*on)),
                ]);
            }
        }
    }
    if output.form() == Form::People {
        if piles.is_empty() {
            return output.line("没有待办");
        }
        output.line(rows.trim_fmt())?;
    }
    Ok(())
}

/// 账户提示:几家企业同一账号,或账户刚变更过
#[derive(Args, Debug)]
pub(super) struct Alarms {
    /// 几天以内算刚变更
    #[arg(long, value_name = "天数", default_value_t = 30)]
    days: u16,
}

impl Alarms {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let mut books = Books::new();
        let since = things::days_back(desk.at, self.days);
        for payee in desk.wait(things::all_odd_payees(&desk.store, since))? {
            books.put(Thing::Payee(payee));
        }
        let alarms = books.payee_alarms(desk.at.business_date(), self.days);
        for alarm in &alarms {
            match output.form() {
                Form::Json => output.json(&as_data(alarm))?,
                Form::People => output.line(in_words(alarm))?,
            }
        }
        if alarms.is_empty() && output.form() == Form::People {
            output.line("没有需要留意的账户")?;
        }
        Ok(Status::Done)
    }
}

/// An account by its last four digits.
fn masked(account: &str) -> String {
    BankAccount::parse(account).map_or_else(|_| "****".to_owned(), |account| account.masked())
}

fn in_words(alarm: &PayeeAlarm) -> String {
    match alarm {
        PayeeAlarm::Shared {
            account,
            enterprises,
        } => {
            let codes: Vec<String> = enterprises.iter().map(ToString::to_string).collect();
            let number = count(codes.len());
            format!(
                "{number} 家企业同一账号 {}:{}",
                masked(account),
                codes.join("、")
            )
        }
        PayeeAlarm::Recent {
            enterprise,
            changed,
            ..
        } => format!("{changed} 变更过账户:{enterprise}"),
    }
}

fn as_data(alarm: &PayeeAlarm) -> serde_json::Value {
    match alarm {
        PayeeAlarm::Shared {
            account,
            enterprises,
        } => json!({"alarm": "shared", "account": masked(account), "enterprises": enterprises}),
        PayeeAlarm::Recent {
            enterprise,
            changed,
            ..
        } => json!({"alarm": "recent", "uscc": enterprise, "on": changed}),
    }
}
