//! `zhida replay`: a sealed sweep run again, or one payout followed back.

mod payout;
mod what_if;

use std::path::PathBuf;

use clap::Args;
use zhida_engine::explain::Place;
use zhida_engine::replay::{
    Correction, Difference, ReplayOptions, Replayed, RowDifference, Sealed, TraceLine,
};
use zhida_engine::sweep::{Evaluator, SweepControl, SweepError};

use super::sweep::{Watch, interrupted, watched_by};
use crate::audit::{self, answers};
use crate::failure::{Failure, Status};
use crate::output::{Form, Output};
use crate::payouts::desk::DeskArguments;
use crate::progress::Progress;
use crate::scratch::Scratch;
use crate::store::PublicKey;
use crate::store::log::{Signed, signed_digest};
use crate::table::count;
use crate::timings::Timings;

/// 重放:只凭封存的材料把清算重算一遍,或从一笔付款追回条文和数据
#[derive(Args, Debug)]
#[command(
    after_help = "示例:\n  zhida replay out/sweep\n  zhida replay out/sweep --reference --threads 2\n  \
    zhida replay --payout PILOGLAQZNWKPTT7UJ5VMTSH4W --data zhida-data\n  \
    zhida replay out/sweep --fact 91420600MA00000159:营业收入@2025=90000000\n\n\
    政策、词汇表、代码表、快照、年度和基准日都取自封存文件,与本机的政策库和时间无关。\n\
    一致:退出码 0;不一致:退出码 4,并列出第一处不同的结论、两边的计算过程和第一个不同的步骤。"
)]
pub(crate) struct Replay {
    /// zhida sweep --out 写出的文件夹,或其中的 seal-….json
    #[arg(value_name = "封存", required_unless_present = "payout")]
    sealed: Option<PathBuf>,
    /// 用另一份同样的快照;不写用封存时保存的
    #[arg(long, value_name = "快照", requires = "sealed")]
    snapshot: Option<PathBuf>,
    /// 改用逐户解释计算:慢得多,是规则含义的定义
    #[arg(long)]
    reference: bool,
    /// 假如这项数据改正:“统一社会信用代码:数据@年度=值”;可写多次。列出应付金额会变的每一笔
    #[arg(long, value_name = "改正", requires = "sealed", value_parser = correction)]
    fact: Vec<Correction>,
    /// 假如换上这份政策(按政策编号替换);可写多次
    #[arg(long, value_name = "文件", requires = "sealed")]
    policy: Vec<PathBuf>,
    /// 用几个线程;不写用全部处理器。结果与线程数无关
    #[arg(long, value_name = "数", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// 封存的签名要是这把公钥的(zhida payout take 在封存旁边写的 seal-….note)
    #[arg(long, value_name = "公钥", requires = "sealed", value_parser = super::verify::public_key)]
    public_key: Option<PublicKey>,
    /// 追查一笔兑付:银行流水、批次、审批、金额、清算、规则、条文、数据
    #[arg(long, value_name = "编号", conflicts_with = "sealed")]
    payout: Option<String>,
    #[command(flatten)]
    desk: DeskArguments,
}

fn correction(text: &str) -> Result<Correction, String> {
    Correction::parse(text).map_err(|error| error.to_string())
}

impl Replay {
    pub(super) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        if let Some(payout) = &self.payout {
            return payout::run(payout, &self.desk, output);
        }
        let path = self.sealed.unwrap_or_default();
        let timings = Timings::start();
        let sealed = Sealed::open(&path, self.snapshot.as_deref()).map_err(audit::failed)?;
        if let Some(key) = &self.public_key {
            check_signature(&sealed, key)?;
        }
        if !self.fact.is_empty() || !self.policy.is_empty() {
            return what_if::run(&sealed, (&self.fact, &self.policy), output);
        }
        let evaluator = match self.reference {
            true => Evaluator::Reference,
            false => Evaluator::Columns,
        };
        let threads = self.threads.map(usize::from);
        let replayed = replay(&sealed, (evaluator, threads), &timings)?;
        show(&sealed, &replayed, output)?;
        Ok(match replayed.difference {
            None => Status::Done,
            Some(_) => Status::Integrity,
        })
    }
}

/// Checks the note beside a seal, which a store wrote when it took the sweep up.
fn check_signature(sealed: &Sealed, key: &PublicKey) -> Result<(), Failure> {
    let name = sealed.seal.file_name().replace(".json", ".note");
    let path = sealed.path.with_file_name(name);
    let note =
        std::fs::read_to_string(&path).map_err(|error| Failure::file(&path, "读取", &error))?;
    if signed_digest(&note, Signed::Seal, key).as_ref() == Some(&sealed.digest) {
        return Ok(());
    }
    Err(Failure::said(
        Status::Integrity,
        format!("{} 不是这把公钥对这份封存的签名", path.display()),
        "封存或签名可能被改动过,或公钥不是这个日志的",
    ))
}

/// Runs a sealed sweep again with a progress bar.
pub(crate) fn replay(
    sealed: &Sealed,
    (evaluator, threads): (Evaluator, Option<usize>),
    timings: &Timings,
) -> Result<Replayed, Failure> {
    let interrupted = interrupted()?;
    let progress = Progress::new("重放", 0);
    let watch = Watch {
        stop: &interrupted,
        tell: &|done, total| progress.set(done, total),
    };
    let scratch = Scratch::passing()
        .map_err(|error| Failure::file(&std::env::temp_dir(), "建立临时文件夹", &error))?;
    replay_watched(sealed, (evaluator, threads), (timings, &scratch), watch)
}

/// Runs a sealed sweep again; whoever watches is told how far it is, and may stop it. Where the
/// two differ, the new result lies in the scratch folder while they are compared.
pub(super) fn replay_watched(
    sealed: &Sealed,
    (evaluator, threads): (Evaluator, Option<usize>),
    (timings, scratch): (&Timings, &Scratch),
    watch: Watch<'_>,
) -> Result<Replayed, Failure> {
    let mut failure = None;
    let work = |control: SweepControl<'_>| {
        let options = ReplayOptions {
            evaluator,
            threads,
            scratch: scratch.path(),
        };
        sealed.replay(options, control).map_err(|error| {
            failure = Some(audit::failed(error));
            SweepError::Cancelled
        })
    };
    let replayed = watched_by(&sealed.snapshot, timings, watch, work);
    match failure {
        Some(failure) => Err(failure),
        None => replayed,
    }
}

fn show(sealed: &Sealed, replayed: &Replayed, output: &mut Output) -> Result<(), Failure> {
    if output.form() == Form::Json {
        return output.json(&answers::replay(sealed, replayed, None));
    }
    let seal = &sealed.seal;
    output.heading(format_args!(
        "{} 家企业 × {} 个事项,评定年度 {},基准日 {}",
        count(sealed.snapshot.len()),
        count(seal.result.measures.len()),
        seal.year,
        seal.as_of
    ))?;
    output.line(format_args!("封存摘要:{}", sealed.digest))?;
    output.line(format_args!("封存的结果:{}", seal.result.digest))?;
    output.line(format_args!("重放的结果:{}", replayed.summary.digest))?;
    match &replayed.difference {
        None => output.line(format_args!(
            "一致:{} 笔结论、{} 行清单、可付 {} 元逐字节相同",
            count(seal.result.kept),
            count(seal.result.award_rows),
            seal.result.payable
        )),
        Some(difference) => show_difference(difference, output),
    }
}

fn show_difference(difference: &Difference, output: &mut Output) -> Result<(), Failure> {
    match difference {
        Difference::File {
            name,
            sealed,
            found,
        } => output.line(format_args!(
            "不一致:文件 {name} 被改动,封存的摘要 {sealed},现在是 {found}"
        )),
        Difference::Result {
            what,
            sealed,
            found,
        } => output.line(format_args!(
            "不一致:{what},封存的是 {sealed},重放得 {found}"
        )),
        Difference::Decision(row) => show_row("结论", row, output),
        Difference::Award(row) => show_row("清单行", row, output),
    }
}

fn show_row(what: &str, row: &RowDifference, output: &mut Output) -> Result<(), Failure> {
    output.line(format_args!(
        "不一致:第一处不同的{what}是 {} {} 的 {}",
        row.enterprise, row.name, row.measure
    ))?;
    for (side, kept) in [("封存", &row.sealed), ("重放", &row.found)] {
        let text = kept.as_ref().map_or_else(
            || "没有这一行".to_owned(),
            |kept| {
                let cells = kept.cells.iter().filter(|(_, value)| !value.is_empty());
                let cells: Vec<String> = cells
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect();
                cells.join(" ")
            },
        );
        output.line(format_args!("{side}:{text}"))?;
    }
    for pair in &row.columns {
        output.line(format_args!(
            "不同的列:{} 封存 {},重放 {}",
            pair.name,
            shown(&pair.sealed),
            shown(&pair.found)
        ))?;
    }
    show_first_node(row, output)?;
    output.line("两边的计算过程(左为封存,右为重放):")?;
    output.line(row.traces.to_string().trim_end())
}

fn shown(value: &str) -> &str {
    if value.is_empty() { "空" } else { value }
}

/// The first node that differs, with both values.
fn show_first_node(row: &RowDifference, output: &mut Output) -> Result<(), Failure> {
    if let Some(first) = row.nodes.first() {
        output.line(format_args!(
            "第一个不同的节点:{} 按列计算得 {},逐户解释得 {}",
            first.written, first.columns, first.reference
        ))?;
        return show_place(first.place.as_ref(), output);
    }
    if let Some(first) = row.traces.first() {
        let line = first.right.as_ref().or(first.left.as_ref());
        let result = |line: Option<&TraceLine>| line.map_or("没有", |line| &line.result).to_owned();
        output.line(format_args!(
            "第一个不同的步骤:{} {},封存须为 {},重放得 {}",
            line.map_or("", |line| &line.label),
            line.map_or("", |line| &line.written),
            result(first.left.as_ref()),
            result(first.right.as_ref())
        ))?;
        show_place(line.and_then(|line| line.place.as_ref()), output)?;
    } else if !row.traces.pairs.is_empty() {
        output.line("每一步都能得出封存的结论;不同的是上面列出的列")?;
    }
    if row.nodes.pairs.is_empty() {
        return output.line("没有可以比较的节点:封存的快照里没有这家企业(或事项)");
    }
    output.line(format_args!(
        "按列计算与逐户解释的 {} 个节点都相同",
        count(row.nodes.pairs.len())
    ))
}

fn show_place(place: Option<&Place>, output: &mut Output) -> Result<(), Failure> {
    match place {
        Some(place) => output.line(format_args!(
            "  在 {}:{}:{}",
            place.path, place.line, place.column
        )),
        None => Ok(()),
    }
}
