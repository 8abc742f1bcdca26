//! `zhida policy propose`, `end`, `approve` and `return`.

use std::path::PathBuf;

use clap::Args;
use zhida_engine::payouts::{MotionId, PersonId};
use zhida_policies::document::Document;
use zhida_policies::values::Date;

use crate::arguments::Common;
use crate::failure::{Failure, Status};
use crate::output::Output;
use crate::payouts::desk::Desk;
use crate::publishing::{self, Wanted};

/// 提出发布(经办):文本按摘要封存,检查无误、举例全部相符才能提出
#[derive(Args, Debug)]
pub(super) struct Propose {
    /// 政策文件(.md)
    #[arg(value_name = "文件")]
    file: PathBuf,
    /// 理由
    #[arg(long, value_name = "理由")]
    reason: String,
    /// 从哪一天起施行;不写为批准之日
    #[arg(long, value_name = "日期", value_parser = crate::command::day)]
    from: Option<Date>,
    /// 还有谁写过这份文本,可写多次:起草人都不能批准
    #[arg(long = "author", value_name = "姓名")]
    authors: Vec<String>,
    /// 取代哪一版尚未施行的版本,可写多次:施行日期早于它们时,须全部写明
    #[arg(long = "replace", value_name = "版")]
    replaces: Vec<u32>,
}

impl Propose {
    pub(super) fn run(
        self,
        desk: &mut Desk,
        common: &Common,
        output: &mut Output,
    ) -> Result<Status, Failure> {
        let text = std::fs::read_to_string(&self.file)
            .map_err(|error| Failure::file(&self.file, "读取", &error))?;
        let document = Document::read(&text).document;
        let policy = document.front_matter().map(|front| front.id.value.clone());
        let policy = policy.ok_or_else(|| {
            Failure::bad_data(
                format!("{} 的文首读不出来", self.file.display()),
                "请先用 zhida check 检查",
            )
        })?;
        let wanted = Wanted {
            policy,
            text: Some(text),
            from: self.from,
            reason: self.reason,
            authors: self.authors.into_iter().map(PersonId::new).collect(),
            replaces: self.replaces.into_iter().collect(),
        };
        publishing::propose(desk, common, wanted, output)
    }
}

/// 提出废止(经办):从一天起不再执行;已经作出的认定不受影响
#[derive(Args, Debug)]
pub(super) struct End {
    /// 政策编号
    #[arg(value_name = "政策")]
    policy: String,
    /// 理由
    #[arg(long, value_name = "理由")]
    reason: String,
    /// 从哪一天起废止;不写为批准之日
    #[arg(long, value_name = "日期", value_parser = crate::command::day)]
    from: Option<Date>,
    /// 取代哪一版尚未施行的版本,可写多次:废止日期早于它们时,须全部写明
    #[arg(long = "replace", value_name = "版")]
    replaces: Vec<u32>,
}

impl End {
    pub(super) fn run(
        self,
        desk: &mut Desk,
        common: &Common,
        output: &mut Output,
    ) -> Result<Status, Failure> {
        let wanted = Wanted {
            policy: self.policy,
            text: None,
            from: self.from,
            reason: self.reason,
            authors: std::collections::BTreeSet::new(),
            replaces: self.replaces.into_iter().collect(),
        };
        publishing::propose(desk, common, wanted, output)
    }
}

/// 批准发布(审批):全部政策连同这一版重新检查一遍,通过才生效
#[derive(Args, Debug)]
pub(super) struct Approve {
    /// 提议编号
    #[arg(value_name = "编号")]
    motion: String,
}

impl Approve {
    pub(super) fn run(
        self,
        desk: &mut Desk,
        common: &Common,
        output: &mut Output,
    ) -> Result<Status, Failure> {
        publishing::approve(desk, common, &MotionId::new(self.motion), output)
    }
}

/// 退回或撤回提议,写明理由
#[derive(Args, Debug)]
pub(super) struct Return {
    /// 提议编号
    #[arg(value_name = "编号")]
    motion: String,
    /// 理由
    #[arg(long, value_name = "理由")]
    reason: String,
}

impl Return {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        publishing::give_back(desk, &MotionId::new(self.motion), &self.reason, output)
    }
}
