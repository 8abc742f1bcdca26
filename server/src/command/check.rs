//! `zhida check`: all faults of policies at once.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use zhida_policies::fault::Fault;
use zhida_policies::values::Date;

use crate::arguments::Common;
use crate::failure::{Failure, Status};
use crate::library;
use crate::output::{Form, Output};
use crate::report::{self, Found};

/// 检查政策文件:语法、类型、档次空档、举例,一次列出全部问题
#[derive(Args, Debug)]
#[command(
    after_help = "示例:\n  zhida check\n  zhida check policies/library --deny-warnings\n\n\
    有错误时退出码为 1;只有警告时为 0(加 --deny-warnings 为 1)。"
)]
pub(crate) struct Check {
    /// 政策文件或文件夹;不写检查整个政策库
    #[arg(value_name = "路径")]
    paths: Vec<PathBuf>,
    /// 有警告也算不通过
    #[arg(long)]
    deny_warnings: bool,
    /// 按哪一天判断文件是否失效;不写用今天
    #[arg(long, value_name = "日期", value_parser = super::day)]
    as_of: Option<Date>,
}

impl Check {
    pub(super) fn run(self, common: &Common, output: &mut Output) -> Result<Status, Failure> {
        let today = self.as_of.unwrap_or_else(library::today);
        let checked = library::check_paths(common, &self.paths, today)?;
        let mut run: usize = 0;
        let mut disagreements: Vec<Fault> = Vec::new();
        for measure in checked.measures() {
            let outcomes = report::examples(&checked.library, measure);
            run = run.saturating_add(outcomes.len());
            disagreements.extend(outcomes.into_iter().filter_map(|outcome| outcome.fault));
        }
        for case in checked.cases() {
            if let Some(faults) = report::case(&checked.library, case) {
                run = run.saturating_add(1);
                disagreements.extend(faults);
            }
        }
        let faults: Vec<&Fault> = checked.faults().chain(&disagreements).collect();
        let found = Found::of(&faults);
        report::faults(output, &checked.library, faults)?;
        let (files, measures) = (checked.files(), checked.measures().count());
        match output.form() {
            Form::Json => output.json(&json!({"totals": {
                "files": files, "measures": measures, "examples": run,
                "faults": found.faults, "warnings": found.warnings,
            }}))?,
            Form::People => output.line(format_args!(
                "检查了 {files} 个文件、{measures} 个事项,运行了 {run} 个举例:{} 处错误,{} 处警告",
                found.faults, found.warnings
            ))?,
        }
        let refused = found.faults > 0 || (self.deny_warnings && found.warnings > 0);
        Ok(if refused { Status::Usage } else { Status::Done })
    }
}
