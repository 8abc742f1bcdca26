//! `zhida job list` and `cancel`.

use clap::Args;
use serde_json::{Value, json};

use super::queue;
use super::work::Work;
use crate::failure::{Failure, Status};
use crate::output::{Form, Output};
use crate::payouts::desk::Desk;
use crate::store::encoding::hex;
use crate::store::jobs::{Job, JobState};
use crate::table::{Side, count, table};

/// 列出任务,后提出的在前
#[derive(Args, Debug)]
#[command(override_usage = "zhida job list [选项]")]
pub(super) struct List {
    /// 最多列多少个
    #[arg(
        long,
        value_name = "个数",
        default_value_t = 20,
        hide_default_value = true
    )]
    limit: u32,
}

impl List {
    pub(super) fn run(self, desk: &Desk, output: &mut Output) -> Result<Status, Failure> {
        let jobs = queue::list(desk, self.limit)?;
        let mut rows = table(&[
            ("进度", Side::Right),
            ("状态", Side::Left),
            ("任务", Side::Left),
            ("提出", Side::Left),
            ("编号", Side::Left),
            ("结果", Side::Left),
        ]);
        for job in &jobs {
            match output.form() {
                Form::Json => output.json(&as_data(job))?,
                Form::People => {
                    rows.add_row(row(job));
                }
            }
        }
        if output.form() == Form::People {
            if jobs.is_empty() {
                output.line("没有任务")?;
            } else {
                output.line(rows.trim_fmt())?;
            }
        }
        Ok(Status::Done)
    }
}

fn row(job: &Job) -> [String; 6] {
    let title = Work::of(job).map_or_else(|_| job.kind.clone(), |work| work.chinese().to_owned());
    let result = job
        .result
        .map(|digest| hex(&digest))
        .or(job.message.clone());
    [
        progress(job),
        state(job.state).to_owned(),
        title,
        moment(job.created_at),
        job.id.clone(),
        result.unwrap_or_default(),
    ]
}

/// How far a job is, in whole percents rounded down.
fn progress(job: &Job) -> String {
    if job.state == JobState::Done {
        return "100%".to_owned();
    }
    let done = u128::from(job.done).saturating_mul(100);
    let percents = done.checked_div(u128::from(job.total));
    percents.map_or_else(String::new, |percents| format!("{}%", count(percents)))
}

fn state(state: JobState) -> &'static str {
    match state {
        JobState::Queued => "排队",
        JobState::Running => "正在办,或办到一半被杀掉",
        JobState::Done => "完成",
        JobState::Failed => "没有办成",
        JobState::Cancelled => "已取消",
    }
}

fn moment(at: i64) -> String {
    let at = jiff::Timestamp::from_microsecond(at).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
    at.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn as_data(job: &Job) -> Value {
    json!({
        "job": job.id,
        "kind": job.kind,
        "state": job.state.word(),
        "done": job.done,
        "total": job.total,
        "digest": job.result.map(|digest| hex(&digest)),
        "message": job.message,
        "claims": job.fence,
        "asked": moment(job.created_at),
        "changed": moment(job.changed_at),
        "arguments": serde_json::from_str::<Value>(&job.arguments).unwrap_or_default(),
    })
}

/// 取消还没有办完的任务;正在办的进程在下一次续约时停下
#[derive(Args, Debug)]
#[command(override_usage = "zhida job cancel <编号> [选项]")]
pub(super) struct Cancel {
    /// 任务编号
    #[arg(value_name = "编号")]
    job: String,
}

impl Cancel {
    pub(super) fn run(self, desk: &Desk, output: &mut Output) -> Result<Status, Failure> {
        let (before, after) = queue::cancel(desk, &self.job)?;
        if after != JobState::Cancelled {
            return Err(Failure::refused(
                format!("任务 {} 已经结束:{}", self.job, state(before)),
                "用 zhida job list 查看任务",
            ));
        }
        match output.form() {
            Form::Json => output.json(&json!({"job": self.job, "state": after.word()}))?,
            Form::People => output.line(format_args!("任务 {}:已取消", self.job))?,
        }
        Ok(Status::Done)
    }
}
