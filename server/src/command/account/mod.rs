//! `zhida account …`: setting up sign-in without a browser.

mod codes;
mod places;
mod tokens;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::accounts::{AccountError, Accounts};
use crate::failure::{Failure, Status};
use crate::installation::Installation;
use crate::library;
use crate::output::Output;
use crate::payouts::desk::{Desk, DeskArguments};

/// 登录账号:首次设置、重设、令牌、单位所在(不经浏览器)
#[derive(Args, Debug)]
#[command(
    subcommand_help_heading = "办理",
    subcommand_value_name = "办理",
    override_usage = "zhida account <办理> [选项]",
    after_help = "账号就是 zhida payout init 或两位管理员会签设立的用户;这里只管用什么登录。\n\
    没有默认密码:create 给出一次性代码,本人在 /set-up 页面自己设置密码。\n\n\
    示例:\n  zhida account list --data zhida-data\n  \
    zhida account create --administrators --data zhida-data"
)]
pub(crate) struct Account {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    desk: DeskArguments,
    /// 安装配置(TOML),其中 [accounts] 部分是登录的各项数字
    #[arg(long, value_name = "配置", global = true)]
    installation: Option<PathBuf>,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Verb {
    Create(codes::Create),
    Reset(codes::Reset),
    List(codes::List),
    Disable(codes::Disable),
    Token(tokens::Token),
    Tokens(tokens::Tokens),
    Revoke(tokens::Revoke),
    Office(places::Office),
    Offices(places::Offices),
    Link(places::Link),
    Links(places::Links),
    Unlink(places::Unlink),
}

impl Account {
    pub(super) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let installation = Installation::read(self.installation.as_deref())?;
        let codes = library::codes()?;
        let desk = Desk::open(&self.desk)?;
        let opened = Accounts::open(&desk.store, &self.desk.data, installation.accounts, codes);
        let accounts = desk.wait(opened)?;
        let mut counter = Counter { desk, accounts };
        match self.verb {
            Verb::Create(verb) => verb.run(&counter, output),
            Verb::Reset(verb) => verb.run(&counter, output),
            Verb::List(verb) => verb.run(&counter, output),
            Verb::Disable(verb) => verb.run(&mut counter, output),
            Verb::Token(verb) => verb.run(&counter, output),
            Verb::Tokens(verb) => verb.run(&counter, output),
            Verb::Revoke(verb) => verb.run(&counter, output),
            Verb::Office(verb) => verb.run(&counter, output),
            Verb::Offices(verb) => verb.run(&counter, output),
            Verb::Link(verb) => verb.run(&counter, output),
            Verb::Links(verb) => verb.run(&counter, output),
            Verb::Unlink(verb) => verb.run(&counter, output),
        }
    }
}

/// The open desk with its accounts.
struct Counter {
    desk: Desk,
    accounts: Accounts,
}

impl Counter {
    /// Waits for something of the accounts.
    fn wait<T>(&self, work: impl Future<Output = Result<T, AccountError>>) -> Result<T, Failure> {
        Ok(self.desk.handle().block_on(work)?)
    }
}
