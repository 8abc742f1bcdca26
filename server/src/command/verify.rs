//! `zhida verify`: whether anything that was recorded has been changed.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::failure::{Failure, Status};
use crate::output::{Form, Output};
use crate::payouts::desk::{Desk, DeskArguments};
use crate::table::count;

/// 核验:日志、账簿、兑付事项和封存的文件是否被改动过,指出第一处
#[derive(Args, Debug)]
#[command(after_help = "示例:\n  zhida verify --data zhida-data\n  \
    zhida verify --data zhida-data --head 公示上抄下来的日志头.txt\n\n\
    日志从头重放一遍,与数据库里的每一条逐一比较;文件逐个重算 SHA-256。\n\
    连同整条日志一起改写的,只有用外面保存的日志头(--head)才能发现。\n\
    没有改动:退出码 0;有改动:退出码 4,并指出第一处。")]
pub(crate) struct Verify {
    #[command(flatten)]
    desk: DeskArguments,
    /// 以前打印或公示过的日志头(签名文本)
    #[arg(long, value_name = "文件")]
    head: Option<PathBuf>,
}

impl Verify {
    pub(super) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let desk = Desk::open(&self.desk)?;
        let note = match &self.head {
            Some(path) => Some(
                std::fs::read_to_string(path)
                    .map_err(|error| Failure::file(path, "读取", &error))?,
            ),
            None => None,
        };
        let found = desk.wait(desk.store.verify(note.as_deref()))?;
        match output.form() {
            Form::Json => output.json(&json!({
                "events": found.events,
                "things": found.things,
                "postings": found.postings,
                "files": found.files,
                "root": found.root.to_string(),
                "fault": found.fault,
            }))?,
            Form::People => {
                output.line(format_args!(
                    "日志 {} 条,事项 {} 条,分录 {} 条,文件 {} 个",
                    count(found.events),
                    count(found.things),
                    count(found.postings),
                    count(found.files)
                ))?;
                output.line(format_args!("日志树根:{}", found.root))?;
                match &found.fault {
                    None => output.line("没有发现改动")?,
                    Some(fault) => output.line(format_args!("发现改动:{fault}"))?,
                }
            }
        }
        Ok(match found.fault {
            None => Status::Done,
            Some(_) => Status::Integrity,
        })
    }
}
