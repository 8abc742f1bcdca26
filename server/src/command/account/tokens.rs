//! API tokens from the console.

use clap::Args;
use serde_json::json;

use super::Counter;
use crate::accounts::pages::clock_time;
use crate::accounts::{By, NewToken, TokenScope};
use crate::failure::{Failure, Status};
use crate::output::{Form, Output};
use crate::table::{Side, table};

/// 建立访问令牌:权限是本人的权限与所选范围的交集
#[derive(Args, Debug)]
pub(super) struct Token {
    /// 账号
    #[arg(value_name = "账号")]
    account: String,
    /// 名称,说明给哪个程序用
    #[arg(long, value_name = "名称")]
    title: String,
    /// 范围,可写多次:read 查询、data 数据、policies 政策、sweeps 清算、payouts 兑付、admin 管理
    #[arg(
        long = "scope",
        value_name = "范围",
        required = true,
        hide_possible_values = true
    )]
    scopes: Vec<TokenScope>,
    /// 有效天数
    #[arg(long, value_name = "天数", default_value_t = 90)]
    days: u32,
}

impl Token {
    pub(super) fn run(self, counter: &Counter, output: &mut Output) -> Result<Status, Failure> {
        let new = NewToken {
            title: self.title,
            scopes: self.scopes.into_iter().collect(),
            days: self.days,
        };
        let (accounts, at) = (&counter.accounts, counter.desk.at);
        let made = accounts.make_token(By::Console, &self.account, &new, at);
        let (text, line) = counter.wait(made)?;
        match output.form() {
            Form::Json => output.json(&json!({
                "token": text, "name": line.name, "expires": line.expires_at,
            }))?,
            Form::People => {
                output.line(format_args!("令牌:{text}"))?;
                output.line(format_args!(
                    "名称 {},{}(北京时间)前有效。只显示这一次,请保存好",
                    line.name,
                    clock_time(line.expires_at)
                ))?;
            }
        }
        Ok(Status::Done)
    }
}

/// 列出访问令牌
#[derive(Args, Debug)]
pub(super) struct Tokens {
    /// 只列这个账号的
    #[arg(value_name = "账号")]
    account: Option<String>,
}

impl Tokens {
    pub(super) fn run(self, counter: &Counter, output: &mut Output) -> Result<Status, Failure> {
        let lines = counter.wait(counter.accounts.tokens(self.account.as_deref()))?;
        if output.form() == Form::Json {
            for line in &lines {
                let scopes: Vec<&str> = line.scopes.iter().map(|scope| scope.word()).collect();
                output.json(&json!({
                    "name": line.name, "account": line.account, "title": line.title,
                    "scopes": scopes, "expires": line.expires_at,
                    "revoked": line.revoked_at, "used": line.used_at,
                }))?;
            }
            return Ok(Status::Done);
        }
        let headings = [
            "编号",
            "账号",
            "名称",
            "范围",
            "有效期至",
            "最近使用",
            "状态",
        ];
        let mut shown = table(&headings.map(|name| (name, Side::Left)));
        for line in lines {
            let scopes: Vec<&str> = line.scopes.iter().map(|scope| scope.chinese()).collect();
            let lives = line.revoked_at.is_none() && counter.desk.at < line.expires_at;
            shown.add_row([
                line.name,
                line.account,
                line.title,
                scopes.join("、"),
                clock_time(line.expires_at),
                line.used_at.map(clock_time).unwrap_or_default(),
                if lives { "有效" } else { "已失效" }.to_owned(),
            ]);
        }
        output.line(shown)?;
        Ok(Status::Done)
    }
}

/// 收回访问令牌
#[derive(Args, Debug)]
pub(super) struct Revoke {
    /// 令牌编号(zhida account tokens 列出)
    #[arg(value_name = "编号")]
    name: String,
}

impl Revoke {
    pub(super) fn run(self, counter: &Counter, output: &mut Output) -> Result<Status, Failure> {
        let (accounts, at) = (&counter.accounts, counter.desk.at);
        counter.wait(accounts.revoke_token(By::Console, &self.name, at))?;
        match output.form() {
            Form::Json => output.json(&json!({"revoked": self.name}))?,
            Form::People => output.line(format_args!("已收回令牌 {}", self.name))?,
        }
        Ok(Status::Done)
    }
}
