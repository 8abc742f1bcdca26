//! `zhida job`: long work that survives its process.
//!
//! # Shape
//! Asking writes down what is to be done, as JSON with paths that do not depend on where anybody
//! stands. Running claims one job after the other for a time, renews the claim while it works, and
//! ends the job with the digest of its result. A process that was killed has ended nothing: the
//! job is claimed again, and comes to the same digest, because all that could differ was written
//! down when it was asked for.

mod answer;
mod ask;
mod audit;
mod pulse;
mod queue;
mod run;
mod show;
#[cfg(test)]
mod tests;
mod work;

use clap::{Args, Parser, Subcommand};

pub(crate) use run::Hand;

use crate::arguments::{Common, wrong};
use crate::failure::{Failure, Status};
use crate::output::Output;
use crate::payouts::desk::{Desk, DeskArguments};
use crate::publishing;

/// 任务:导入、清算、封批这样的长活,中途被杀掉也能接着做,结果的摘要不变
#[derive(Args, Debug)]
#[command(
    subcommand_help_heading = "办理",
    subcommand_value_name = "办理",
    override_usage = "zhida job <办理> [选项]",
    after_help = "先提出(ask),再运行(run);run 逐个办完排队的任务,Ctrl-C 把手上的任务放回队列。\n\
    进程被杀掉的任务留在队列里,下一次 run 从头再做,得到同样的摘要。\n\
    每个动词的说明:zhida job <办理> --help"
)]
pub(crate) struct Job {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    desk: DeskArguments,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Verb {
    Ask(ask::Ask),
    Run(run::Run),
    List(show::List),
    Cancel(show::Cancel),
}

impl Job {
    pub(super) fn run(self, common: &Common, output: &mut Output) -> Result<Status, Failure> {
        let mut desk = Desk::open(&self.desk)?;
        match self.verb {
            Verb::Ask(verb) => {
                let common = publishing::at_desk(&desk, common, &self.desk.data)?;
                verb.run(&desk, &common, output)
            }
            Verb::Run(verb) => verb.run(&mut desk, &self.desk, output),
            Verb::List(verb) => verb.run(&desk, output),
            Verb::Cancel(verb) => verb.run(&desk, output),
        }
    }
}

/// A line about jobs, as the server types it.
#[derive(Debug, Parser)]
#[command(no_binary_name = true, disable_help_flag = true)]
struct Line {
    #[command(subcommand)]
    verb: Verb,
}

/// Asks for jobs, lists or cancels them at a desk that is open, as if the words had been typed
/// after `zhida job`.
pub(crate) fn run_words(
    words: &[String],
    desk: &Desk,
    common: &Common,
    output: &mut Output,
) -> Result<Status, Failure> {
    let line = Line::try_parse_from(words)
        .map_err(|error| Failure::usage(wrong(&error), "请核对填写的内容"))?;
    match line.verb {
        Verb::Ask(verb) => verb.run(desk, common, output),
        Verb::List(verb) => verb.run(desk, output),
        Verb::Cancel(verb) => verb.run(desk, output),
        // The server runs them by itself, see [`Hand`].
        Verb::Run(_) => Err(Failure::usage("任务由服务自动办理", "不必运行 job run")),
    }
}
