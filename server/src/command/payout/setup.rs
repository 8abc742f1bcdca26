//! `zhida payout init` and `take`: the data folder, and the awards of a sweep.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use zhida_engine::payouts::{Actor, Command};

use crate::arguments::Common;
use crate::failure::{Failure, Status};
use crate::output::{Form, Output};
use crate::payouts::desk::{Desk, DeskArguments, told};
use crate::payouts::settings::BureauSettings;
use crate::payouts::sweep::SweepArguments;
use crate::store::Listing;
use crate::table::count;

/// 建立数据文件夹:签名密钥、单位、指标、付款账户和人员
#[derive(Args, Debug)]
pub(super) struct Init {
    /// 单位设置(TOML),写法见 docs/payouts.md
    #[arg(value_name = "设置")]
    settings: PathBuf,
}

impl Init {
    pub(super) fn run(
        self,
        arguments: &DeskArguments,
        output: &mut Output,
    ) -> Result<Status, Failure> {
        let settings = BureauSettings::read(&self.settings)?;
        let mut desk = match Desk::create(arguments, &settings.bureau) {
            Ok(desk) => desk,
            Err(refused) => half_done(arguments).ok_or(refused)?,
        };
        let commands = settings.commands()?;
        let answered = desk.give_as(&Actor::System, commands)?;
        let status = told(output, "建立", &answered)?;
        let key = desk.store.key.public().text();
        match output.form() {
            Form::Json => output.json(&json!({"data": arguments.data, "public_key": key}))?,
            Form::People => {
                output.line(format_args!("数据文件夹:{}", arguments.data.display()))?;
                output.line(format_args!("签名公钥:{key}"))?;
                output.line("请把公钥抄录或打印后交审计部门保存:日志和公示都用它核对")?;
            }
        }
        Ok(status)
    }
}

/// A folder that was set up and got no people, because the first call was killed.
fn half_done(arguments: &DeskArguments) -> Option<Desk> {
    let desk = Desk::open(arguments).ok()?;
    let users = desk.wait(desk.store.list(Listing::Users)).ok()?;
    users.is_empty().then_some(desk)
}

/// 从清算结果生成兑付事项:先重算一遍,与封存的结果一致才生成
#[derive(Args, Debug)]
pub(super) struct Take {
    #[command(flatten)]
    sweep: SweepArguments,
    /// 单位设置(TOML)
    #[arg(long, value_name = "设置")]
    settings: PathBuf,
    /// 只取这些事项;可写多次
    #[arg(long, value_name = "事项")]
    measure: Vec<String>,
    /// 最多取多少笔
    #[arg(long, value_name = "笔数")]
    limit: Option<usize>,
}

impl Take {
    pub(super) fn run(
        self,
        desk: &mut Desk,
        common: &Common,
        output: &mut Output,
    ) -> Result<Status, Failure> {
        let settings = BureauSettings::read(&self.settings)?;
        let recomputed = self
            .sweep
            .recompute(desk, common, &BTreeSet::new(), output)?;
        recomputed.record(desk)?;
        let mut awards = recomputed.supplemented(desk, &settings)?;
        if !self.measure.is_empty() {
            awards.retain(|award| self.measure.contains(&award.key.measure));
        }
        awards.truncate(self.limit.unwrap_or(usize::MAX));
        let of_list = awards.len();
        let commands = awards.into_iter().map(Box::new).map(Command::Entitle);
        let answered = desk.give(commands.collect())?;
        if output.form() == Form::People {
            output.line(format_args!("清算重算一致,现在可付 {} 笔", count(of_list)))?;
        }
        told(output, "生成兑付事项", &answered)
    }
}
