//! What needs several people: asked for, signed, withdrawn; and the people themselves.

use clap::Args;
use zhida_engine::payouts::{
    Action, BudgetLineId, Command, Delegation, MotionId, MotionState, PersonId, Thing, UserId,
};
use zhida_policies::values::{Date, Money, Uscc};

use crate::failure::{Failure, Status};
use crate::output::Output;
use crate::payouts::desk::{Desk, told};
use crate::payouts::settings::role;
use crate::store::Listing;

/// 会签一项或几项:最后一人签完即办理
#[derive(Args, Debug)]
pub(super) struct Sign {
    /// 会签事项编号;不写时用 --all
    #[arg(value_name = "编号", required_unless_present = "all")]
    motions: Vec<String>,
    /// 所有未办结的会签事项;轮不到本人的会列为未办
    #[arg(long)]
    all: bool,
}

impl Sign {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let motions = if self.all {
            open_motions(desk)?
        } else {
            self.motions.iter().map(MotionId::new).collect()
        };
        let commands = motions
            .into_iter()
            .map(|motion| Command::SignMotion { motion });
        let answered = desk.give(commands.collect())?;
        told(output, "会签", &answered)
    }
}

fn open_motions(desk: &Desk) -> Result<Vec<MotionId>, Failure> {
    let things = desk.wait(desk.store.list(Listing::Motions))?;
    let mut open = Vec::new();
    for thing in things {
        if let Thing::Motion(motion) = thing
            && motion.state == MotionState::Open
        {
            open.push(motion.id);
        }
    }
    Ok(open)
}

/// 撤回或否决会签事项
#[derive(Args, Debug)]
pub(super) struct Withdraw {
    /// 会签事项编号
    #[arg(value_name = "编号")]
    motion: String,
    /// 理由
    #[arg(long, value_name = "理由")]
    reason: String,
}

impl Withdraw {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let command = Command::WithdrawMotion {
            motion: MotionId::new(self.motion),
            reason: self.reason,
        };
        let answered = desk.give(vec![command])?;
        told(output, "撤回", &answered)
    }
}

/// 下达指标(经办提出,复核会签)
#[derive(Args, Debug)]
pub(super) struct Grant {
    /// 指标
    #[arg(value_name = "指标")]
    line: String,
    /// 金额(元)
    #[arg(value_name = "金额")]
    amount: Money,
    /// 文号
    #[arg(long, value_name = "文号")]
    document: String,
}

impl Grant {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let action = Action::GrantBudget {
            line: BudgetLineId::new(self.line),
            document: self.document,
            amount: self.amount,
        };
        desk.open_motion(output, action)
    }
}

/// 设立或变更用户(安全管理员提出,审计管理员会签)
#[derive(Args, Debug)]
pub(super) struct User {
    /// 账号
    #[arg(value_name = "账号")]
    id: String,
    /// 自然人
    #[arg(long, value_name = "姓名")]
    person: String,
    /// 单位
    #[arg(long, value_name = "单位")]
    bureau: String,
    /// 职责,可写多次:经办、复核、审批、支付经办、支付复核、对账、审计、企业、帮办……
    #[arg(long = "role", value_name = "职责")]
    roles: Vec<String>,
    /// 企业用户:代表哪家企业
    #[arg(long, value_name = "代码", value_parser = crate::command::uscc)]
    enterprise: Option<Uscc>,
    /// 审批额度(元)
    #[arg(long, value_name = "金额")]
    approves_up_to: Option<Money>,
}

impl User {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let roles: Result<_, Failure> = self.roles.iter().map(|name| role(name)).collect();
        let user = zhida_engine::payouts::User {
            id: UserId::new(self.id),
            person: PersonId::new(self.person),
            bureau: zhida_engine::payouts::BureauId::new(self.bureau),
            roles: roles?,
            enterprise: self.enterprise,
            approves_up_to: self.approves_up_to,
            is_active: true,
        };
        desk.open_motion(output, Action::SetUser { user })
    }
}

/// 停用账号(安全管理员一人即可)
#[derive(Args, Debug)]
pub(super) struct Suspend {
    /// 账号
    #[arg(value_name = "账号")]
    user: String,
}

impl Suspend {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let command = Command::Suspend {
            user: UserId::new(self.user),
        };
        let answered = desk.give(vec![command])?;
        told(output, "停用", &answered)
    }
}

/// 委托:把自己的一项职责在一段时间里交给另一人
#[derive(Args, Debug)]
pub(super) struct Lend {
    /// 交给谁
    #[arg(value_name = "账号")]
    to: String,
    /// 哪项职责
    #[arg(long, value_name = "职责")]
    role: String,
    /// 第一天
    #[arg(long, value_name = "日期", value_parser = crate::command::day)]
    from: Date,
    /// 最后一天
    #[arg(long, value_name = "日期", value_parser = crate::command::day)]
    until: Date,
    /// 收回这项委托
    #[arg(long)]
    end: bool,
}

impl Lend {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let zhida_engine::payouts::Actor::User(of) = desk.actor.clone() else {
            return Err(Failure::usage(
                "委托须由本人办理",
                "请用 --as 写明本人的账号",
            ));
        };
        let delegation = Delegation {
            of,
            to: UserId::new(self.to),
            role: role(&self.role)?,
            from: self.from,
            until: self.until,
        };
        let command = if self.end {
            Command::EndDelegation(delegation)
        } else {
            Command::Delegate(delegation)
        };
        let answered = desk.give(vec![command])?;
        told(output, "委托", &answered)
    }
}
