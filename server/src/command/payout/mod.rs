//! `zhida payout`: from award to account, one verb a transition.

mod answer;
mod approve;
mod batch;
mod ledger;
mod look;
mod motions;
mod notice;
mod objection;
mod payee;
mod proof;
mod recover;
mod reprint;
mod seal;
mod send;
mod setup;
mod sheet;
mod tick;
mod trial_bank;
mod which;
mod work;

use clap::{Args, Parser, Subcommand};

pub(super) use seal::Seal;

use crate::arguments::{Common, wrong};
use crate::failure::{Failure, Status};
use crate::output::Output;
use crate::payouts::desk::{Desk, DeskArguments};
use crate::publishing;

/// 兑付:从清算结果到企业账户,每一步一个动词,全程两人以上办理、可复算、不重付
#[derive(Args, Debug)]
#[command(
    subcommand_help_heading = "办理",
    subcommand_value_name = "办理",
    override_usage = "zhida payout <办理> [选项]",
    after_help = "一笔钱的一生:init → take → propose → check → approve → notice → tick → confirm → \n\
    batch → seal → send → answer → settle。需要几个人的事先提出,再由其他人 sign。\n\
    每个动词的说明:zhida payout <办理> --help"
)]
pub(crate) struct Payout {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    desk: DeskArguments,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Verb {
    Init(setup::Init),
    Take(setup::Take),
    Propose(approve::Propose),
    Check(approve::Check),
    Approve(approve::Approve),
    SendBack(approve::SendBack),
    Drop(approve::DropAward),
    Notice(notice::Notice),
    Reprint(reprint::Reprint),
    Object(objection::Object),
    Resolve(objection::Resolve),
    Amend(objection::Amend),
    Tick(tick::Tick),
    Payee(payee::Payee),
    Confirm(payee::Confirm),
    Decline(payee::Decline),
    Block(payee::Block),
    Unblock(payee::Unblock),
    Batch(batch::Batch),
    Unbatch(batch::Unbatch),
    Seal(seal::Seal),
    Send(send::Send),
    HandOver(send::HandOver),
    Void(batch::Void),
    Answer(answer::Answer),
    Unknown(answer::Unknown),
    Rule(answer::Rule),
    Question(answer::Question),
    Settle(recover::Settle),
    Close(recover::Close),
    Reissue(recover::Reissue),
    Cancel(recover::Cancel),
    Clawback(recover::Clawback),
    Recover(recover::Recover),
    Offset(recover::Offset),
    WithdrawClaim(recover::WithdrawClaim),
    WriteOff(recover::WriteOff),
    Bar(recover::Bar),
    Grant(motions::Grant),
    User(motions::User),
    Lend(motions::Lend),
    Suspend(motions::Suspend),
    Sign(motions::Sign),
    Withdraw(motions::Withdraw),
    List(look::List),
    Show(look::Show),
    Ledger(ledger::Ledger),
    Work(work::Work),
    Alarms(work::Alarms),
    Head(proof::Head),
    Proof(proof::Proof),
    Sheet(sheet::Sheet),
    Lines(look::Lines),
    Motions(look::Motions),
    Batches(look::Batches),
    BankLines(look::BankLines),
    Users(look::Users),
    TrialBank(trial_bank::TrialBank),
}

impl Payout {
    pub(super) fn run(self, common: &Common, output: &mut Output) -> Result<Status, Failure> {
        if let Verb::Init(init) = self.verb {
            return init.run(&self.desk, output);
        }
        let mut desk = Desk::open(&self.desk)?;
        let common = publishing::at_desk(&desk, common, &self.desk.data)?;
        self.verb.run(&mut desk, &common, output)
    }
}

/// A verb with its words, as the server types them.
#[derive(Debug, Parser)]
#[command(no_binary_name = true, disable_help_flag = true)]
struct Line {
    #[command(subcommand)]
    verb: Verb,
}

/// Runs a verb at a desk that is open, as if its words had been typed after `zhida payout`.
pub(crate) fn run_words(
    words: &[String],
    desk: &mut Desk,
    common: &Common,
    output: &mut Output,
) -> Result<Status, Failure> {
    let line = Line::try_parse_from(words)
        .map_err(|error| Failure::usage(wrong(&error), "请核对填写的内容"))?;
    line.verb.run(desk, common, output)
}

impl Verb {
    fn run(self, desk: &mut Desk, common: &Common, output: &mut Output) -> Result<Status, Failure> {
        match self {
            // It makes the folder that every desk stands in.
            Verb::Init(_) => Err(Failure::usage("数据文件夹已经建立", "不必再次建立")),
            Verb::Take(verb) => verb.run(desk, common, output),
            Verb::Propose(verb) => verb.run(desk, output),
            Verb::Check(verb) => verb.run(desk, common, output),
            Verb::Approve(verb) => verb.run(desk, output),
            Verb::SendBack(verb) => verb.run(desk, output),
            Verb::Drop(verb) => verb.run(desk, output),
            Verb::Notice(verb) => verb.run(desk, common, output),
            Verb::Reprint(verb) => verb.run(desk, output),
            Verb::Object(verb) => verb.run(desk, output),
            Verb::Resolve(verb) => verb.run(desk, output),
            Verb::Amend(verb) => verb.run(desk, common, output),
            Verb::Tick(verb) => verb.run(desk, output),
            Verb::Payee(verb) => verb.run(desk, output),
            Verb::Confirm(verb) => verb.run(desk, output),
            Verb::Decline(verb) => verb.run(desk, output),
            Verb::Block(verb) => verb.run(desk, output),
            Verb::Unblock(verb) => verb.run(desk, output),
            Verb::Batch(verb) => verb.run(desk, output),
            Verb::Unbatch(verb) => verb.run(desk, output),
            Verb::Seal(verb) => verb.run(desk, output),
            Verb::Send(verb) => verb.run(desk, output),
            Verb::HandOver(verb) => verb.run(desk, output),
            Verb::Void(verb) => verb.run(desk, output),
            Verb::Answer(verb) => verb.run(desk, output),
            Verb::Unknown(verb) => verb.run(desk, output),
            Verb::Rule(verb) => verb.run(desk, output),
            Verb::Question(verb) => verb.run(desk, output),
            Verb::Settle(verb) => verb.run(desk, output),
            Verb::Close(verb) => verb.run(desk, output),
            Verb::Reissue(verb) => verb.run(desk, output),
            Verb::Cancel(verb) => verb.run(desk, output),
            Verb::Clawback(verb) => verb.run(desk, output),
            Verb::Recover(verb) => verb.run(desk, output),
            Verb::Offset(verb) => verb.run(desk, output),
            Verb::WithdrawClaim(verb) => verb.run(desk, output),
            Verb::WriteOff(verb) => verb.run(desk, output),
            Verb::Bar(verb) => verb.run(desk, output),
            Verb::Grant(verb) => verb.run(desk, output),
            Verb::User(verb) => verb.run(desk, output),
            Verb::Lend(verb) => verb.run(desk, output),
            Verb::Suspend(verb) => verb.run(desk, output),
            Verb::Sign(verb) => verb.run(desk, output),
            Verb::Withdraw(verb) => verb.run(desk, output),
            Verb::List(verb) => verb.run(desk, output),
            Verb::Show(verb) => verb.run(desk, output),
            Verb::Ledger(verb) => verb.run(desk, output),
            Verb::Work(verb) => verb.run(desk, output),
            Verb::Alarms(verb) => verb.run(desk, output),
            Verb::Head(verb) => verb.run(desk, output),
            Verb::Proof(verb) => verb.run(desk, output),
            Verb::Sheet(verb) => verb.run(desk, output),
            Verb::Lines(verb) => verb.run(desk, output),
            Verb::Motions(verb) => verb.run(desk, output),
            Verb::BankLines(verb) => verb.run(desk, output),
            Verb::Users(verb) => verb.run(desk, output),
            Verb::Batches(verb) => verb.run(desk, output),
            Verb::TrialBank(verb) => verb.run(desk, output),
        }
    }
}

/// The names of all verbs.
#[cfg(test)]
pub(crate) fn verbs() -> Vec<String> {
    use clap::CommandFactory as _;
    let line = Line::command();
    let verbs = line.get_subcommands();
    verbs.map(|verb| verb.get_name().to_owned()).collect()
}
