//! The commands, one a file.

mod account;
mod audit;
mod check;
mod demo;
mod diff;
mod explain;
mod export;
mod fmt;
mod forecast;
mod generate;
mod import;
mod job;
mod matches;
mod payout;
mod plan;
mod policy;
mod replay;
mod search;
pub(super) mod serve;
mod sweep;
mod test;
mod verify;

use std::process::ExitCode;

use clap::Subcommand;

use crate::arguments::{Arguments, Common};
use crate::failure::{Failure, Status};
use crate::output::{Form, Output, note};
use crate::views::seen::Seen;

pub(crate) use job::{Hand, run_words as run_job_words};
pub(crate) use payout::run_words;
#[cfg(test)]
pub(crate) use payout::verbs as payout_verbs;
pub(crate) use replay::replay;
pub(crate) use serve::published;
pub(crate) use sweep::watched;

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Check(check::Check),
    Fmt(fmt::Fmt),
    Test(test::Test),
    Search(search::Search),
    Match(matches::Match),
    Explain(explain::Explain),
    Generate(generate::Generate),
    Import(import::Import),
    Sweep(sweep::Sweep),
    Forecast(forecast::Forecast),
    Diff(diff::Diff),
    Plan(plan::Plan),
    Policy(policy::PolicyVerbs),
    Payout(payout::Payout),
    Account(account::Account),
    Job(job::Job),
    Replay(replay::Replay),
    Export(export::Export),
    Audit(audit::Audit),
    Verify(verify::Verify),
    Serve(Box<serve::Serve>),
    Demo(demo::Demo),
}

/// Runs a command and says why where it cannot go on.
pub(crate) fn run(arguments: Arguments) -> ExitCode {
    let Arguments { command, common } = arguments;
    let form = if common.json {
        Form::Json
    } else {
        Form::People
    };
    let mut output = Output::new(form);
    let result = command.run(&common, &mut output);
    let result = result.and_then(|status| output.flush().map(|()| status));
    match result {
        Ok(status) => status,
        Err(Failure::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            Status::Done
        }
        Err(Failure::Output(error)) => {
            note(format_args!("错误:结果无法输出:{error}"));
            Status::BadData
        }
        Err(Failure::Said {
            status,
            message,
            help,
        }) => {
            // What was found comes before what follows from it.
            let _the_message_matters_more = output.flush();
            note(format_args!("错误:{message}"));
            if !help.is_empty() {
                note(format_args!("帮助:{help}"));
            }
            status
        }
    }
    .into()
}

impl Command {
    pub(crate) fn run(self, common: &Common, output: &mut Output) -> Result<Status, Failure> {
        self.run_within(common, &Seen::All, output)
    }

    /// Runs a command; a forecast and a diff add up those that are seen, and no other command is
    /// run over enterprises for somebody who does not see them all.
    pub(crate) fn run_within(
        self,
        common: &Common,
        seen: &Seen,
        output: &mut Output,
    ) -> Result<Status, Failure> {
        match self {
            Self::Check(check) => check.run(common, output),
            Self::Fmt(fmt) => fmt.run(common, output),
            Self::Test(test) => test.run(common, output),
            Self::Search(search) => search.run(common, output),
            Self::Match(matches) => matches.run(common, output),
            Self::Explain(explain) => explain.run(common, output),
            Self::Generate(generate) => generate.run(common, output),
            Self::Import(import) => import.run(common, output),
            Self::Sweep(sweep) => sweep.run(common, output),
            Self::Forecast(forecast) => forecast.run(common, seen, output),
            Self::Diff(diff) => diff.run(common, seen, output),
            Self::Plan(plan) => plan.run(common, output),
            Self::Policy(policy) => policy.run(common, output),
            Self::Payout(payout) => payout.run(common, output),
            Self::Account(account) => account.run(output),
            Self::Job(job) => job.run(common, output),
            Self::Replay(replay) => replay.run(output),
            Self::Export(export) => export.run(output),
            Self::Audit(audit) => audit.run(output),
            Self::Verify(verify) => verify.run(output),
            Self::Serve(serve) => serve.run(common, output),
            Self::Demo(demo) => demo.run(common, output),
        }
    }
}

/// A day as it is typed: 2026-06-30.
pub(crate) fn day(text: &str) -> Result<zhida_policies::values::Date, String> {
    zhida_policies::values::date::parse_date(text)
        .map_err(|_| "日期写成 2026-06-30 这样".to_owned())
}

/// A code as it is typed.
pub(crate) fn uscc(text: &str) -> Result<zhida_policies::values::Uscc, String> {
    let parsed = zhida_policies::values::Uscc::parse(text.trim());
    parsed
        .map(|(uscc, _)| uscc)
        .map_err(|error| format!("不是统一社会信用代码:{error}"))
}
