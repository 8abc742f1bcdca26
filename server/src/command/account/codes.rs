//! One-time codes, the list of accounts, and stopping one.

use clap::Args;
use serde_json::json;
use zhida_engine::payouts::{Actor, Command, UserId};

use super::Counter;
use crate::accounts::pages::clock_time;
use crate::accounts::{By, Issued};
use crate::failure::{Failure, Status};
use crate::output::{Form, Output};
use crate::payouts::desk::told;
use crate::table::{Side, table};

/// 给还没有设置过的账号一次性代码,由本人自己设置密码
#[derive(Args, Debug)]
pub(super) struct Create {
    /// 账号;可写多个
    #[arg(value_name = "账号", required_unless_present_any = ["all", "administrators"])]
    accounts: Vec<String>,
    /// 所有还没有设置过的账号
    #[arg(long)]
    all: bool,
    /// 首次启动:三员中还没有设置过的账号
    #[arg(long)]
    administrators: bool,
}

impl Create {
    pub(super) fn run(self, counter: &Counter, output: &mut Output) -> Result<Status, Failure> {
        let (accounts, at) = (&counter.accounts, counter.desk.at);
        let mut wanted = self.accounts;
        if self.all || self.administrators {
            let standings = counter.wait(accounts.standings(at))?;
            let fresh = standings
                .into_iter()
                .filter(|one| one.user.is_active && !one.has_password)
                .filter(|one| self.all || one.user.roles.iter().any(|r| r.is_administrator()));
            wanted.extend(fresh.map(|one| one.user.id.to_string()));
        }
        for account in wanted {
            let issued = counter.wait(accounts.issue(By::Console, &account, at))?;
            show(output, &issued)?;
        }
        Ok(Status::Done)
    }
}

/// 重设:给忘记密码的人一次性代码;加 --second-factor 给丢失手机或首次绑定的人
#[derive(Args, Debug)]
pub(super) struct Reset {
    /// 账号
    #[arg(value_name = "账号")]
    account: String,
    /// 换绑动态码(登录时仍要密码),或用身份服务登录的工作人员首次绑定
    #[arg(long)]
    second_factor: bool,
}

impl Reset {
    pub(super) fn run(self, counter: &Counter, output: &mut Output) -> Result<Status, Failure> {
        let (accounts, at) = (&counter.accounts, counter.desk.at);
        let issued = match self.second_factor {
            true => {
                let account = self.account.as_str();
                counter.wait(accounts.issue_for_second_factor(By::Console, account, at))?
            }
            false => counter.wait(accounts.issue(By::Console, &self.account, at))?,
        };
        show(output, &issued)?;
        Ok(Status::Done)
    }
}

fn show(output: &mut Output, issued: &Issued) -> Result<(), Failure> {
    match output.form() {
        Form::Json => output.json(&json!({
            "account": issued.account,
            "purpose": issued.purpose.word(),
            "code": issued.code,
            "expires": issued.expires,
        })),
        Form::People => output.line(format_args!(
            "{}:{}代码 {},{}(北京时间)前有效,只能用一次",
            issued.account,
            issued.purpose.chinese(),
            issued.code,
            clock_time(issued.expires)
        )),
    }
}

/// 列出账号:是否设置过、有无动态码、上次登录、是否长期未用
#[derive(Args, Debug)]
pub(super) struct List {
    /// 只列长期未登录的
    #[arg(long)]
    stale: bool,
}

impl List {
    pub(super) fn run(self, counter: &Counter, output: &mut Output) -> Result<Status, Failure> {
        let (accounts, at) = (&counter.accounts, counter.desk.at);
        let mut standings = counter.wait(accounts.standings(at))?;
        standings.retain(|one| !self.stale || one.is_stale);
        if output.form() == Form::Json {
            for one in &standings {
                output.json(&json!({
                    "account": one.user.id,
                    "person": one.user.person,
                    "bureau": one.user.bureau,
                    "active": one.user.is_active,
                    "password": one.has_password,
                    "second_factor": one.has_second_factor,
                    "signed_in_at": one.signed_in_at,
                    "stale": one.is_stale,
                    "sessions": one.sessions,
                }))?;
            }
            return Ok(Status::Done);
        }
        let headings = ["账号", "姓名", "单位", "状态", "动态码", "上次登录"];
        let mut shown = table(&headings.map(|name| (name, Side::Left)));
        let yes = |is: bool, yes: &'static str, no: &'static str| if is { yes } else { no };
        for one in &standings {
            let state = match (one.user.is_active, one.has_password, one.is_stale) {
                (false, _, _) => "已停用",
                (true, false, _) => "未设置",
                (true, true, true) => "长期未登录",
                (true, true, false) => "正常",
            };
            shown.add_row([
                one.user.id.to_string(),
                one.user.person.to_string(),
                one.user.bureau.to_string(),
                state.to_owned(),
                yes(one.has_second_factor, "有", "无").to_owned(),
                one.signed_in_at.map(clock_time).unwrap_or_default(),
            ]);
        }
        output.line(shown)?;
        Ok(Status::Done)
    }
}

/// 停用:立即结束登录、收回令牌,账簿里的用户也停用;恢复须两位管理员会签
#[derive(Args, Debug)]
pub(super) struct Disable {
    /// 账号
    #[arg(value_name = "账号")]
    account: String,
}

impl Disable {
    pub(super) fn run(self, counter: &mut Counter, output: &mut Output) -> Result<Status, Failure> {
        let user = UserId::new(&self.account);
        let command = Command::Suspend { user };
        let answered = counter.desk.give_as(&Actor::System, vec![command])?;
        let status = told(output, "停用", &answered)?;
        let (accounts, at) = (&counter.accounts, counter.desk.at);
        counter.wait(accounts.shut(By::Console, &self.account, at))?;
        Ok(status)
    }
}
