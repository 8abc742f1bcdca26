//! `zhida policy`: policies put in force by two people.

mod look;
mod steps;

use clap::{Args, Subcommand};

use crate::arguments::Common;
use crate::failure::{Failure, Status};
use crate::output::Output;
use crate::payouts::desk::{Desk, DeskArguments};
use crate::publishing;

/// 发布政策:经办提出,另一人审批后生效;各版全部保留,可查看、可对照
#[derive(Args, Debug)]
#[command(
    subcommand_help_heading = "办理",
    subcommand_value_name = "办理",
    override_usage = "zhida policy <办理> [选项]",
    after_help = "示例:\n  zhida policy propose 惠企措施.md --reason 按常务会议修订 --as jingban\n  \
    zhida policy proposals\n  zhida policy approve M1A2B3C4D5E6 --as shenpi\n  \
    zhida policy versions xiangyang-industry-2025\n\n\
    起草、提出、批准须是不同的人;有错误或举例不符的文本不能发布。"
)]
pub(crate) struct PolicyVerbs {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    desk: DeskArguments,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Verb {
    Propose(steps::Propose),
    End(steps::End),
    Approve(steps::Approve),
    Return(steps::Return),
    Proposals(look::Proposals),
    Versions(look::Versions),
    Show(look::Show),
    Compare(look::Compare),
}

impl PolicyVerbs {
    pub(super) fn run(self, common: &Common, output: &mut Output) -> Result<Status, Failure> {
        let mut desk = Desk::open(&self.desk)?;
        // The policies of today, for the verbs that read them.
        let held = |desk: &Desk| publishing::at_desk(desk, common, &self.desk.data);
        match self.verb {
            Verb::Propose(verb) => {
                let held = held(&desk)?;
                verb.run(&mut desk, &held, output)
            }
            Verb::End(verb) => {
                let held = held(&desk)?;
                verb.run(&mut desk, &held, output)
            }
            Verb::Approve(verb) => {
                let before = held(&desk)?;
                let status = verb.run(&mut desk, &before, output)?;
                // What was approved lies there for the next command.
                held(&desk)?;
                Ok(status)
            }
            Verb::Return(verb) => verb.run(&mut desk, output),
            Verb::Proposals(verb) => verb.run(&desk, output),
            Verb::Versions(verb) => verb.run(&desk, output),
            Verb::Show(verb) => verb.run(&desk, &held(&desk)?, output),
            Verb::Compare(verb) => verb.run(&desk, &held(&desk)?, output),
        }
    }
}
