//! Objections, and what was found of them.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use zhida_engine::payouts::{Action, Command, Digest, Finding, PayoutId, Subject};

use super::recover::paper;
use crate::arguments::Common;
use crate::failure::{Failure, Status};
use crate::output::Output;
use crate::payouts::desk::{Desk, told};
use crate::payouts::settings::BureauSettings;
use crate::payouts::sweep::SweepArguments;

/// 登记异议(经办):只停这一笔
#[derive(Args, Debug)]
pub(super) struct Object {
    /// 兑付事项编号
    #[arg(value_name = "编号")]
    payout: String,
    /// 谁提出的;可以匿名
    #[arg(long, value_name = "姓名", default_value = "匿名")]
    by: String,
    /// 异议书
    #[arg(long, value_name = "文件")]
    text: PathBuf,
}

impl Object {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let command = Command::Object {
            payout: PayoutId::new(&self.payout),
            by: self.by,
            text: paper(desk, &self.text)?,
        };
        let answered = desk.give(vec![command])?;
        told(output, "登记异议", &answered)
    }
}

/// 处理异议(复核提出,审批会签)
#[derive(Args, Debug)]
pub(super) struct Resolve {
    /// 兑付事项编号
    #[arg(value_name = "编号")]
    payout: String,
    /// 第几号异议
    #[arg(value_name = "号")]
    objection: u32,
    /// 异议成立:不予兑付
    #[arg(
        long,
        conflicts_with = "unfounded",
        required_unless_present = "unfounded"
    )]
    founded: bool,
    /// 异议不成立:公示继续
    #[arg(long)]
    unfounded: bool,
    /// 处理意见书
    #[arg(long, value_name = "文件")]
    text: PathBuf,
}

impl Resolve {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let action = Action::ResolveObjection {
            payout: PayoutId::new(&self.payout),
            objection: self.objection,
            finding: if self.founded {
                Finding::Founded
            } else {
                Finding::Unfounded
            },
            text: paper(desk, &self.text)?,
        };
        desk.open_motion(output, action)
    }
}

/// 更正金额(复核提出,审批会签):异议成立而金额有变,按重新清算的结果从头再走
#[derive(Args, Debug)]
pub(super) struct Amend {
    #[command(flatten)]
    sweep: SweepArguments,
    /// 单位设置(TOML)
    #[arg(long, value_name = "设置")]
    settings: PathBuf,
    /// 兑付事项编号
    #[arg(long, value_name = "编号")]
    payout: String,
    /// 第几号异议
    #[arg(long, value_name = "号")]
    objection: u32,
    /// 处理意见书
    #[arg(long, value_name = "文件")]
    text: PathBuf,
}

impl Amend {
    pub(super) fn run(
        self,
        desk: &mut Desk,
        common: &Common,
        output: &mut Output,
    ) -> Result<Status, Failure> {
        let settings = BureauSettings::read(&self.settings)?;
        let id = PayoutId::new(&self.payout);
        let books = desk.see(&[Subject::Payout(id.clone())])?;
        let before = books.payout(&id).and_then(|one| one.origin.seal.clone());
        let before: BTreeSet<Digest> = before.into_iter().collect();
        let recomputed = self.sweep.recompute(desk, common, &before, output)?;
        recomputed.record(desk)?;
        let awards = recomputed.supplemented(desk, &settings)?.into_iter();
        let award = awards.into_iter().find(|award| award.key.payout_id() == id);
        let award = award.ok_or_else(|| {
            Failure::refused(
                format!("重新清算后 {id} 没有应付金额"),
                "请改用 zhida payout resolve --founded",
            )
        })?;
        let action = Action::ResolveObjection {
            payout: id,
            objection: self.objection,
            finding: Finding::Changed(Box::new(award)),
            text: paper(desk, &self.text)?,
        };
        desk.open_motion(output, action)
    }
}
