//! `zhida audit`: which awards to look at, and what stands behind several of them.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;
use zhida_engine::replay::{SampleOptions, Sealed};

use super::sweep::interrupted;
use crate::audit::{self, answers};
use crate::failure::{Failure, Status};
use crate::output::{Form, Output};
use crate::payouts::desk::{Desk, DeskArguments};
use crate::table::{Side, count, money, table};

/// 审计:按风险抽样,查同一张发票、设备、人员、专利、贷款是否支撑了几笔奖补
#[derive(Args, Debug)]
#[command(
    subcommand_help_heading = "命令",
    subcommand_value_name = "命令",
    override_usage = "zhida audit <命令> [选项]",
    after_help = "示例:\n  zhida audit sample out/sweep --each 20 --seed 2026年专项审计\n  \
    zhida audit overlap out/sweep-2024 out/sweep-2025\n\n\
    每个命令的说明:zhida audit <命令> --help"
)]
pub(crate) struct Audit {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "one at a time, for a moment")]
enum Verb {
    Sample(Sample),
    Overlap(OverlapOf),
}

impl Audit {
    pub(super) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        match self.verb {
            Verb::Sample(sample) => sample.run(output),
            Verb::Overlap(overlap) => overlap.run(output),
        }
    }
}

/// 抽样:接近门槛、首次受款、变更过账户、金额最大、随机,各抽几笔
#[derive(Args, Debug)]
struct Sample {
    /// zhida sweep --out 写出的文件夹,或其中的 seal-….json
    #[arg(value_name = "封存")]
    sealed: PathBuf,
    /// 每种风险最多抽几笔
    #[arg(long, value_name = "笔数", default_value_t = 10)]
    each: usize,
    /// 种子:同一个种子对同一份封存总抽出同样的笔
    #[arg(long, value_name = "文字", default_value = "1")]
    seed: String,
    /// 数据差千分之几以内算接近门槛
    #[arg(long, value_name = "千分数", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=500))]
    margin: u16,
    /// 也看数据文件夹里谁变更过收款账户
    #[arg(long)]
    accounts: bool,
    #[command(flatten)]
    desk: DeskArguments,
}

impl Sample {
    fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let sealed = Sealed::open(&self.sealed, None).map_err(audit::failed)?;
        let changed_accounts = match self.accounts {
            true => answers::changed_accounts(&Desk::open(&self.desk)?)?,
            false => BTreeSet::new(),
        };
        let options = SampleOptions {
            each: self.each,
            seed: &self.seed,
            margin_permille: self.margin,
            changed_accounts: &changed_accounts,
            among: None,
        };
        let cancel = interrupted()?;
        let sampled = answers::sample(&sealed, options, &cancel)?;
        if output.form() == Form::Json {
            for one in &sampled {
                output.json(one)?;
            }
            output.json(&json!({"totals": {
                "seal": sealed.digest, "seed": self.seed, "sampled": sampled.len(),
            }}))?;
            return Ok(Status::Done);
        }
        output.heading(format_args!(
            "抽出 {} 笔(种子 {})",
            count(sampled.len()),
            self.seed
        ))?;
        let mut rows = table(&[
            ("应付(元)", Side::Right),
            ("风险", Side::Left),
            ("企业", Side::Left),
            ("事项", Side::Left),
        ]);
        for one in sampled {
            let risks: Vec<&str> = one.risks.iter().map(|risk| risk.chinese()).collect();
            let mut why = risks.join("、");
            if !one.near.is_empty() {
                why.push_str(&format!("({})", one.near.join("、")));
            }
            rows.add_row([
                money(one.amount),
                why,
                format!("{} {}", one.enterprise, one.name),
                one.measure,
            ]);
        }
        output.line(rows.trim_fmt())?;
        Ok(Status::Done)
    }
}

/// 重复:词汇表标为编号的明细(发票、设备、人员、专利、贷款)支撑了不止一笔奖补,跨企业、事项和年度
#[derive(Args, Debug)]
struct OverlapOf {
    /// zhida sweep --out 写出的文件夹,或其中的 seal-….json;可写多个
    #[arg(value_name = "封存", required = true)]
    sealed: Vec<PathBuf>,
}

impl OverlapOf {
    fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let sweeps = self.sealed.iter();
        let sweeps = sweeps.map(|path| Sealed::open(path, None).map_err(audit::failed));
        let cancel = interrupted()?;
        let found = answers::overlap(sweeps, None, &cancel)?;
        if output.form() == Form::Json {
            for overlap in &found {
                output.json(overlap)?;
            }
            output.json(&json!({"totals": {"overlaps": found.len()}}))?;
        } else {
            output.heading(format_args!(
                "{} 项编号支撑了不止一笔奖补",
                count(found.len())
            ))?;
            for overlap in &found {
                let (fact, field, value) = (&overlap.fact, &overlap.field, &overlap.value);
                output.line(format_args!("{fact}的{field} {value}:"))?;
                for one in &overlap.uses {
                    output.line(format_args!(
                        "  {} 年度 {} {} {} ({}的第 {} 条)",
                        one.year, one.enterprise, one.name, one.measure, one.period, one.record
                    ))?;
                }
            }
        }
        Ok(match found.is_empty() {
            true => Status::Done,
            // As `check`: something was found.
            false => Status::Usage,
        })
    }
}
