//! `zhida demo`: made-up enterprises, all measures, one decision explained, and a month of payouts.

mod accounts;
mod month;

use std::cmp::Reverse;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use zhida_engine::awards::Settled;
use zhida_engine::generate::GenerateOptions;
use zhida_engine::interpreter::{Context, Interpreter};
use zhida_engine::payouts::Moment;
use zhida_engine::snapshot::Snapshot;
use zhida_engine::sweep::{SweepOptions, SweepSummary};
use zhida_policies::measure::library::Library;
use zhida_policies::measure::{Binding, BindingKind};
use zhida_policies::values::date::parse_date;
use zhida_policies::values::{Money, Uscc};

use self::month::Month;

use super::generate::{generator, make, regions_of};
use super::sweep::{decided, heading, show};
use crate::arguments::Common;
use crate::enterprises;
use crate::failure::{Failure, Status};
use crate::library;
use crate::output::{Form, Output};
use crate::table::{Side, count, money, table};
use crate::views::explained::continued;

/// The year of the show. It does not follow the clock, so that everybody sees the same.
const YEAR: i32 = 2025;
/// The as-of date of the show.
const AS_OF: &str = "2026-06-30";
/// How many measures are listed.
const MEASURES: usize = 20;
/// How many of the largest awards are listed.
const LARGEST: usize = 10;

/// 演示:编造一批企业,对照全部政策,汇总、最大的十笔、一笔的计算过程
#[derive(Args, Debug)]
#[command(
    after_help = "示例:\n  zhida demo\n  zhida demo --count 2000 --seed 7\n\n\
    企业数据全部是编造的,写在 --out 的文件夹里,可以接着用 match、explain、sweep 看。"
)]
pub(crate) struct Demo {
    /// 多少家企业;不写为 20000
    #[arg(
        long,
        value_name = "家数",
        default_value_t = 20_000,
        hide_default_value = true
    )]
    count: u64,
    /// 种子:同样的种子得到同样的企业;不写为 1
    #[arg(
        long,
        value_name = "数",
        default_value_t = 1,
        hide_default_value = true
    )]
    seed: u64,
    /// 快照写到哪个文件夹;不写为 out/demo
    #[arg(
        long,
        value_name = "文件夹",
        default_value = "out/demo",
        hide_default_value = true
    )]
    out: PathBuf,
    /// 只看清算,不演示一个月的兑付
    #[arg(long)]
    no_month: bool,
    /// 演示完以后启动服务,打开所有页面
    #[arg(long, conflicts_with = "no_month")]
    serve: bool,
    /// 服务监听的地址
    #[arg(long, value_name = "地址:端口", requires = "serve")]
    listen: Option<SocketAddr>,
    /// 检验用:服务的时钟从这一刻走起,如 2026-08-03T10:00:00+08:00
    #[arg(long, value_name = "时刻", value_parser = super::serve::moment, requires = "serve")]
    clock: Option<Moment>,
}

/// One award, ordered by amount, then by enterprise and measure.
type Award = (Reverse<Money>, usize, usize);

impl Demo {
    pub(super) fn run(self, common: &Common, output: &mut Output) -> Result<Status, Failure> {
        let mut library = library::sound(common, output)?;
        library::without_drafts(&mut library);
        let as_of = parse_date(AS_OF).unwrap_or_else(|_| library::today());
        let context = Context { year: YEAR, as_of };
        let snapshot = make(&generator(
            &library,
            GenerateOptions {
                count: self.count,
                seed: self.seed,
                year: YEAR,
                as_of: Some(as_of),
                regions: regions_of(&library),
                only: None,
            },
        )?)?;
        let name = snapshot.digest().get(..12).unwrap_or_default();
        let folder = self.out.join(format!("snapshot-{name}"));
        snapshot.write(&folder).map_err(enterprises::failed)?;
        let options = SweepOptions::new(context);
        let (summary, settled) = decided(&snapshot, &library, options)?;
        let mut awards: Vec<Award> = settled.awards.iter().filter_map(shown_award).collect();
        awards.sort_unstable();
        let telling = awards.iter().copied().find(|award| tells(&library, *award));
        let largest = awards.get(..LARGEST.min(awards.len())).unwrap_or_default();
        match output.form() {
            Form::Json => as_data(output, &snapshot, &library, &summary, largest)?,
            Form::People => {
                heading(output, &snapshot, &library, context)?;
                show(output, &library, &summary, MEASURES)?;
                output.line("")?;
                list(output, &snapshot, &library, largest)?;
            }
        }
        let shown = telling.or_else(|| largest.first().copied());
        let result = (&library, &snapshot, &settled);
        explain(output, result, context, shown)?;
        if let (Form::People, Some((_, row, _))) = (output.form(), &shown) {
            output.line(format_args!(
                "\n接着看:zhida match {} --snapshot {}",
                snapshot.uscc(*row),
                folder.display()
            ))?;
        }
        if self.serve || (output.form() == Form::People && !self.no_month) {
            if output.form() == Form::People {
                output.line("")?;
                output.heading("一个月的兑付:每一行都可以自己输入")?;
            }
            let enterprise = match self.serve {
                true => enterprise_of(&snapshot, largest),
                false => None,
            };
            let policies = common.policies.as_deref();
            let month = Month::new(&self.out, &folder, policies, enterprise)?;
            month.play(output)?;
            if self.serve {
                month.hand_over()?;
                return accounts::serve(&month, (self.listen, self.clock), common, output);
            }
        }
        Ok(Status::Done)
    }
}

/// The enterprise that signs in: the one with the largest award.
fn enterprise_of(snapshot: &Snapshot, largest: &[Award]) -> Option<Uscc> {
    let (_, row, _) = largest.first()?;
    Uscc::parse(snapshot.uscc(*row)).ok().map(|(uscc, _)| uscc)
}

/// An award of which something may be paid now.
fn shown_award(award: &zhida_engine::awards::Award) -> Option<Award> {
    let payable = award.payable();
    let row = usize::try_from(award.row).ok()?;
    let measure = usize::try_from(award.measure).ok()?;
    (payable > Money::ZERO).then_some((Reverse(payable), row, measure))
}

fn as_data(
    output: &mut Output,
    snapshot: &Snapshot,
    library: &Library,
    summary: &SweepSummary,
    largest: &[Award],
) -> Result<(), Failure> {
    for measure in &summary.measures {
        output.json(&json!({"summary": measure}))?;
    }
    output.json(&json!({"settlement": summary.payable}))?;
    for (Reverse(amount), row, measure) in largest {
        let measure = library.measures.get(*measure);
        output.json(&json!({"largest": {
            "payable": amount, "enterprise": snapshot.uscc(*row), "name": snapshot.name(*row),
            "measure": measure.map(|measure| measure.id.to_string()),
        }}))?;
    }
    Ok(())
}

/// The largest awards.
fn list(
    output: &mut Output,
    snapshot: &Snapshot,
    library: &Library,
    largest: &[Award],
) -> Result<(), Failure> {
    output.heading(format_args!("最大的 {} 笔", count(largest.len())))?;
    let mut rows = table(&[
        ("可付(元)", Side::Right),
        ("统一社会信用代码", Side::Left),
        ("企业", Side::Left),
        ("事项", Side::Left),
    ]);
    for (Reverse(amount), row, measure) in largest {
        let measure = library.measures.get(*measure);
        rows.add_row([
            money(*amount),
            snapshot.uscc(*row).to_owned(),
            snapshot.name(*row).to_owned(),
            measure.map_or_else(String::new, |measure| {
                format!("{} {}", measure.name, measure.id)
            }),
        ]);
    }
    output.line(rows.trim_fmt())
}

/// Whether the explanation of an award has intermediate steps with names.
fn tells(library: &Library, (_, _, measure): Award) -> bool {
    let measure = library.measures.get(measure);
    measure.is_some_and(|measure| {
        let named = |binding: &Binding| binding.kind == BindingKind::Let;
        measure.bindings.iter().any(named)
    })
}

/// How an award came about.
fn explain(
    output: &mut Output,
    result: (&Library, &Snapshot, &Settled),
    context: Context,
    shown: Option<Award>,
) -> Result<(), Failure> {
    let Some((_, row, place)) = shown else {
        return Ok(());
    };
    let (library, snapshot, _) = result;
    let Some(measure) = library.measures.get(place) else {
        return Ok(());
    };
    let interpreter = Interpreter::new(library);
    let explanation = interpreter.explain(measure, &snapshot.row(row), context);
    let explanation = continued(explanation, result, (row, place), &[]);
    match output.form() {
        Form::Json => output.json(&json!({"explanation": explanation})),
        Form::People => {
            output.line("")?;
            output.heading("一笔的计算过程")?;
            output.line(explanation.to_string().trim_end())
        }
    }
}
