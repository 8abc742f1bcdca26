//! The command line as it was typed.

use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Args, CommandFactory, FromArgMatches, Parser};

use crate::command::Command;
use crate::failure::{Failure, Status};
use crate::output::{Output, note};
use crate::views::seen::Seen;

/// How the help of every command is laid out.
const TEMPLATE: &str = "{about-with-newline}\n用法:{usage}\n\n{all-args}{after-help}";

/// 直达:把政策文本变成每家企业能看懂、可复算的金额
///
/// 读政策、查错、检索,逐户逐项判断并精确到分计算,每一个结论都能逐步解释。
#[derive(Debug, Parser)]
#[command(
    name = "zhida",
    version,
    help_template = TEMPLATE,
    disable_help_flag = true,
    disable_version_flag = true,
    disable_help_subcommand = true,
    subcommand_help_heading = "命令",
    subcommand_value_name = "命令",
    subcommand_required = true,
    arg_required_else_help = true,
    override_usage = "zhida <命令> [选项]",
    after_help = "示例:\n  zhida check policies/library\n  zhida search 免申即享\n  zhida demo\n\n\
                  每个命令的说明:zhida <命令> --help"
)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// What all commands have in common.
    #[command(flatten)]
    pub(crate) common: Common,
}

/// What all commands have in common.
#[derive(Args, Debug)]
#[command(next_help_heading = "通用选项")]
pub(crate) struct Common {
    /// 政策文件夹或单个文件;不写用程序自带的政策库
    #[arg(long, value_name = "文件夹", global = true)]
    pub(crate) policies: Option<PathBuf>,
    /// 词汇表;不写用政策文件夹里的 vocabulary.toml,再没有用程序自带的
    #[arg(long, value_name = "文件", global = true)]
    pub(crate) vocabulary: Option<PathBuf>,
    /// 每行输出一个 JSON,供程序读取
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// 显示说明
    #[arg(short, long, action = ArgAction::Help, global = true)]
    help: Option<bool>,
    /// 显示版本
    #[arg(short = 'V', long, action = ArgAction::Version)]
    version: Option<bool>,
}

impl Common {
    /// As if these had been typed.
    pub(crate) fn with(policies: Option<PathBuf>, vocabulary: Option<PathBuf>) -> Self {
        Self {
            policies,
            vocabulary,
            json: false,
            help: None,
            version: None,
        }
    }
}

/// Runs a line as if it had been typed.
pub(crate) fn run_line(words: &[String], output: &mut Output) -> Result<Status, Failure> {
    run_line_within(words, &Seen::All, output)
}

/// The same for somebody who sees these enterprises.
pub(crate) fn run_line_within(
    words: &[String],
    seen: &Seen,
    output: &mut Output,
) -> Result<Status, Failure> {
    let typed = std::iter::once("zhida").chain(words.iter().map(String::as_str));
    let matches = in_chinese(Arguments::command()).try_get_matches_from(typed);
    let arguments = matches.and_then(|matches| Arguments::from_arg_matches(&matches));
    let arguments = arguments.map_err(|error| Failure::usage(error.to_string(), ""))?;
    let Arguments { command, common } = arguments;
    command.run_within(&common, seen, output)
}

/// Reads the command line. Help and version are shown here; so is what was typed wrongly.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "clap has many ways to be used wrongly, told apart below"
)]
pub(crate) fn read() -> Result<Arguments, Status> {
    let matches = in_chinese(Arguments::command()).try_get_matches();
    let arguments = matches.and_then(|matches| Arguments::from_arg_matches(&matches));
    arguments.map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let _nobody_listens = error.print();
            Status::Done
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _nobody_listens = error.print();
            Status::Usage
        }
        _ => {
            note(format_args!("错误:{}", wrong(&error)));
            note("帮助:运行 zhida --help 或 zhida <命令> --help 看用法和示例");
            Status::Usage
        }
    })
}

/// Gives the help of every command, however deep, its layout and its Chinese words.
fn in_chinese(command: clap::Command) -> clap::Command {
    below("zhida", command)
}

/// The same for what lies below a command that is typed like this.
fn below(typed: &str, command: clap::Command) -> clap::Command {
    command.mut_subcommands(|command| {
        let typed = format!("{typed} {}", command.get_name());
        let mut usage = vec![typed.clone()];
        if command.has_subcommands() {
            let name = command.get_subcommand_value_name().unwrap_or("命令");
            usage.push(format!("<{name}>"));
        }
        usage.push("[选项]".to_owned());
        usage.extend(command.get_positionals().map(shown));
        below(&typed, command)
            .help_template(TEMPLATE)
            .override_usage(usage.join(" "))
            .mut_args(argument_in_chinese)
    })
}

/// One argument, with what clap would say of its values in English said in Chinese.
fn argument_in_chinese(argument: Arg) -> Arg {
    let is_positional = argument.is_positional();
    let argument = match argument.get_help_heading() {
        Some(_) => argument,
        None if is_positional => argument.help_heading("参数"),
        None => argument.help_heading("选项"),
    };
    if !argument.get_action().takes_values() {
        return argument;
    }
    let mut help = argument
        .get_help()
        .map(ToString::to_string)
        .unwrap_or_default();
    let defaults = argument.get_default_values().iter();
    let defaults: Vec<_> = defaults.map(|value| value.to_string_lossy()).collect();
    if !defaults.is_empty() && !argument.is_hide_default_value_set() {
        help.push_str(&format!("(不写为 {})", defaults.join("、")));
    }
    let values = argument.get_possible_values();
    let values: Vec<&str> = values.iter().map(|value| value.get_name()).collect();
    if !values.is_empty() && !argument.is_hide_possible_values_set() {
        help.push_str(&format!("(可选:{})", values.join("、")));
    }
    if let Some(name) = argument.get_env() {
        help.push_str(&format!("(也可写在环境变量 {} 里)", name.to_string_lossy()));
    }
    argument
        .help(help)
        .hide_default_value(true)
        .hide_possible_values(true)
        .hide_env(true)
}

/// A positional argument as the usage shows it.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "only one action of clap takes several values"
)]
fn shown(argument: &Arg) -> String {
    let names = argument.get_value_names().unwrap_or_default();
    let name: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
    let name = name.join(" ");
    let more = match argument.get_action() {
        ArgAction::Append => "…",
        _ => "",
    };
    if argument.is_required_set() {
        format!("<{name}>{more}")
    } else {
        format!("[{name}]{more}")
    }
}

/// What was typed wrongly, in Chinese.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what is rare is told in the words of clap"
)]
pub(crate) fn wrong(error: &clap::Error) -> String {
    let about = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join("、"),
        _ => String::new(),
    };
    let argument = about(ContextKind::InvalidArg);
    let value = about(ContextKind::InvalidValue);
    let near = match about(ContextKind::SuggestedArg) + &about(ContextKind::SuggestedSubcommand) {
        near if near.is_empty() => String::new(),
        near => format!(";是不是 {near}?"),
    };
    match error.kind() {
        ErrorKind::UnknownArgument => format!("没有 {argument} 这个选项或参数{near}"),
        ErrorKind::InvalidSubcommand => {
            format!(
                "没有 {} 这个命令{near}",
                about(ContextKind::InvalidSubcommand)
            )
        }
        ErrorKind::MissingRequiredArgument => format!("缺少 {argument}"),
        ErrorKind::InvalidValue if value.is_empty() => format!("{argument} 后面要写值"),
        ErrorKind::InvalidValue => {
            let choices = about(ContextKind::ValidValue);
            format!("{argument} 不能是“{value}”,只能是:{choices}")
        }
        ErrorKind::ValueValidation => {
            let why = std::error::Error::source(error)
                .map_or_else(String::new, |source| format!(":{source}"));
            format!("{argument} 不能是“{value}”{why}")
        }
        ErrorKind::ArgumentConflict => {
            format!("{argument} 不能和 {} 一起用", about(ContextKind::PriorArg))
        }
        ErrorKind::MissingSubcommand => "没有写命令".to_owned(),
        _ => error.to_string(),
    }
}
