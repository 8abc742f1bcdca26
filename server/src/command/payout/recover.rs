//! Paid again, given up, claimed back, closed.

use std::path::PathBuf;

use clap::Args;
use zhida_engine::payouts::{Action, BureauId, ClaimTerms, Command, Digest, PayoutId, PayoutState};
use zhida_policies::values::{Date, Money, Uscc};

use super::which::Which;
use crate::failure::{Failure, Status};
use crate::output::Output;
use crate::payouts::desk::{Desk, told};

/// 办结:账期已结、三方对账一致的已支付事项
#[derive(Args, Debug)]
pub(super) struct Settle {
    #[command(flatten)]
    which: Which,
}

impl Settle {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let ids = self.which.ids(desk, &[PayoutState::Paid])?;
        let commands = ids.into_iter().map(|payout| Command::Settle { payout });
        let answered = desk.give(commands.collect())?;
        told(output, "办结", &answered)
    }
}

/// 结账(对账提出,审批会签):此日及以前不再记账
#[derive(Args, Debug)]
pub(super) struct Close {
    /// 单位
    #[arg(long, value_name = "单位")]
    bureau: String,
    /// 账期最后一天
    #[arg(value_name = "日期", value_parser = crate::command::day)]
    until: Date,
}

impl Close {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let action = Action::ClosePeriod {
            bureau: BureauId::new(self.bureau),
            until: self.until,
        };
        desk.open_motion(output, action)
    }
}

/// 重新支付(经办提出,复核会签):银行拒付或退票的
#[derive(Args, Debug)]
pub(super) struct Reissue {
    /// 兑付事项编号
    #[arg(value_name = "编号")]
    payout: String,
    /// 原因已怎样处理
    #[arg(long, value_name = "说明")]
    cause: String,
}

impl Reissue {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let action = Action::Reissue {
            payout: PayoutId::new(self.payout),
            cause: self.cause,
        };
        desk.open_motion(output, action)
    }
}

/// 取消(经办提出,复核、审批会签):还没有付出的部分不再付
#[derive(Args, Debug)]
pub(super) struct Cancel {
    /// 兑付事项编号
    #[arg(value_name = "编号")]
    payout: String,
    /// 理由
    #[arg(long, value_name = "理由")]
    reason: String,
}

impl Cancel {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let action = Action::Cancel {
            payout: PayoutId::new(self.payout),
            reason: self.reason,
        };
        desk.open_motion(output, action)
    }
}

/// 追回(经办提出,复核、审批会签)
#[derive(Args, Debug)]
pub(super) struct Clawback {
    /// 兑付事项编号
    #[arg(value_name = "编号")]
    payout: String,
    /// 金额(元)
    #[arg(value_name = "金额")]
    amount: Money,
    /// 决定文号
    #[arg(long, value_name = "文号")]
    document: String,
    /// 限期
    #[arg(long, value_name = "日期", value_parser = crate::command::day)]
    due: Date,
    /// 列支年度已结:记入以前年度
    #[arg(long)]
    prior_year: bool,
    /// 收回后恢复指标
    #[arg(long)]
    to_budget: bool,
}

impl Clawback {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let action = Action::Clawback {
            payout: PayoutId::new(self.payout),
            terms: ClaimTerms {
                amount: self.amount,
                document: self.document,
                due: self.due,
                is_prior_year: self.prior_year,
                returns_to_budget: self.to_budget,
            },
        };
        desk.open_motion(output, action)
    }
}

/// 认领追回款(对账两人会签):一笔未达款是某项追回,多出的是利息
#[derive(Args, Debug)]
pub(super) struct Recover {
    /// 兑付事项编号
    #[arg(value_name = "编号")]
    payout: String,
    /// 第几号追回
    #[arg(value_name = "号")]
    claim: u32,
    /// 未达款编号
    #[arg(long, value_name = "摘要")]
    line: String,
}

impl Recover {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let action = Action::MatchClaim {
            line: Digest::new(self.line),
            payout: PayoutId::new(self.payout),
            claim: self.claim,
        };
        desk.open_motion(output, action)
    }
}

/// 抵扣(经办提出,复核、审批会签):用同一企业的另一项兑付抵追回
#[derive(Args, Debug)]
pub(super) struct Offset {
    /// 被追回的兑付事项
    #[arg(value_name = "编号")]
    payout: String,
    /// 第几号追回
    #[arg(value_name = "号")]
    claim: u32,
    /// 用来抵扣的兑付事项
    #[arg(long, value_name = "编号")]
    against: String,
    /// 金额(元)
    #[arg(long, value_name = "金额")]
    amount: Money,
    /// 依据的条款
    #[arg(long, value_name = "条款")]
    law: String,
}

impl Offset {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let action = Action::Offset {
            payout: PayoutId::new(self.payout),
            claim: self.claim,
            against: PayoutId::new(self.against),
            amount: self.amount,
            law: self.law,
        };
        desk.open_motion(output, action)
    }
}

/// 撤回追回(经办提出,复核、审批会签):银行已退回的款,企业无从再还,也不算损失
#[derive(Args, Debug)]
pub(super) struct WithdrawClaim {
    /// 兑付事项编号
    #[arg(value_name = "编号")]
    payout: String,
    /// 第几号追回
    #[arg(value_name = "号")]
    claim: u32,
    /// 金额(元):不超过已被银行退回的部分
    #[arg(value_name = "金额")]
    amount: Money,
    /// 决定文号
    #[arg(long, value_name = "文号")]
    document: String,
}

impl WithdrawClaim {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let action = Action::WithdrawClaim {
            payout: PayoutId::new(self.payout),
            claim: self.claim,
            amount: self.amount,
            document: self.document,
        };
        desk.open_motion(output, action)
    }
}

/// 核销追回(两人审批)
#[derive(Args, Debug)]
pub(super) struct WriteOff {
    /// 兑付事项编号
    #[arg(value_name = "编号")]
    payout: String,
    /// 第几号追回
    #[arg(value_name = "号")]
    claim: u32,
    /// 金额(元)
    #[arg(value_name = "金额")]
    amount: Money,
    /// 决定文号
    #[arg(long, value_name = "文号")]
    document: String,
}

impl WriteOff {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let action = Action::WriteOff {
            payout: PayoutId::new(self.payout),
            claim: self.claim,
            amount: self.amount,
            document: self.document,
        };
        desk.open_motion(output, action)
    }
}

/// 限制申享(经办提出,复核会签):一家企业在一段时间里不得享受
#[derive(Args, Debug)]
pub(super) struct Bar {
    /// 企业
    #[arg(value_name = "代码", value_parser = crate::command::uscc)]
    uscc: Uscc,
    /// 到哪一天
    #[arg(long, value_name = "日期", value_parser = crate::command::day)]
    until: Date,
    /// 决定文号
    #[arg(long, value_name = "文号")]
    document: String,
}

impl Bar {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let action = Action::Bar {
            uscc: self.uscc,
            until: self.until,
            document: self.document,
        };
        desk.open_motion(output, action)
    }
}

/// Where a paper lies: only its digest goes into the log.
pub(super) fn paper(desk: &Desk, path: &PathBuf) -> Result<Digest, Failure> {
    let bytes = std::fs::read(path).map_err(|error| Failure::file(path, "读取", &error))?;
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let kept = desk
        .store
        .keep("paper", name.as_deref().unwrap_or("paper"), &bytes, desk.at);
    desk.wait(kept)
}
