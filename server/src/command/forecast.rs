//! `zhida forecast`: what a set of policies would cost, and beside another set who gains and loses.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::json;
use zhida_engine::forecast::{
    Amounts, Comparison, Difference, DifferenceLine, Dimension, Forecast as Sums, ForecastError,
    ForecastLine, Priced, Scope, SizeClasses,
};
use zhida_engine::interpreter::Context;
use zhida_engine::snapshot::Snapshot;
use zhida_engine::sweep::{SweepOptions, TotalFen};
use zhida_policies::measure::library::Library;

use super::sweep::watched;
use crate::arguments::Common;
use crate::enterprises::Enterprises;
use crate::failure::{Failure, Status};
use crate::library;
use crate::output::{Form, Output};
use crate::table::{Side, bar, count, signed, table, total};
use crate::timings::Timings;

/// How many lines of a table are shown where nobody asked for one dimension.
const SHORT: usize = 5;

/// 测算一套政策在一批企业上要花多少钱;草案也算,用来在印发前比较方案
#[derive(Args, Debug)]
#[command(after_help = "示例:\n  zhida forecast --snapshot out/snapshot\n  \
    zhida forecast --snapshot out/snapshot --by region --by month\n  \
    zhida forecast --snapshot out/snapshot --compare policies/library\n\n\
    预计:按现有数据、扣除限额和资金总额后应得的金额,待核的按最低计。\n\
    最低、最高:缺的数据无论怎样补齐,逐笔之和都在两者之间;没有上限的另计笔数,不猜。\n\
    月份:每月、每季度的事项在所读的最后一个月、季度之后;每年的事项在次年,月份未定;\n\
    分期的后几期在条件所读年度之后;政策没有写明的,列作“月份未定”。")]
pub(crate) struct Forecast {
    #[command(flatten)]
    enterprises: Enterprises,
    /// 与另一套政策比较:谁得更多、谁得更少、差多少
    #[arg(long, value_name = "文件夹")]
    compare: Option<PathBuf>,
    /// 只看某个维度的全部行,可以写几次:measure 事项、fund 资金、region 地区、industry 行业、
    /// size 规模、month 月份
    #[arg(long, value_name = "维度", hide_possible_values = true)]
    by: Vec<By>,
    /// 按哪个定义划分规模;不写为 企业规模
    #[arg(
        long,
        value_name = "定义",
        default_value = "企业规模",
        hide_default_value = true
    )]
    size: String,
    /// 用几个线程;不写用全部处理器。结果与线程数无关
    #[arg(long, value_name = "数", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

/// What a person asks for; some are several tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum By {
    Measure,
    Fund,
    Region,
    Industry,
    Size,
    Month,
}

impl By {
    fn dimensions(self) -> &'static [Dimension] {
        match self {
            Self::Measure => &[Dimension::Measure],
            Self::Fund => &[Dimension::Fund],
            Self::Region => &[Dimension::Province, Dimension::City, Dimension::County],
            Self::Industry => &[Dimension::Section, Dimension::Division],
            Self::Size => &[Dimension::Size],
            Self::Month => &[Dimension::Month],
        }
    }
}

/// What is shown where nobody asked for one dimension.
const OVERVIEW: [Dimension; 6] = [
    Dimension::Measure,
    Dimension::Fund,
    Dimension::City,
    Dimension::Section,
    Dimension::Size,
    Dimension::Month,
];

/// What a table is headed by.
fn title(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Measure => "事项",
        Dimension::Fund => "资金",
        Dimension::Province => "地区(省级)",
        Dimension::City => "地区(市级)",
        Dimension::County => "地区(县级)",
        Dimension::Section => "行业(门类)",
        Dimension::Division => "行业(大类)",
        Dimension::Size => "规模",
        Dimension::Month => "月份",
    }
}

/// Whether the lines of a dimension have an order of their own; others come by amount.
fn has_own_order(dimension: Dimension) -> bool {
    match dimension {
        Dimension::Size | Dimension::Month => true,
        Dimension::Measure
        | Dimension::Fund
        | Dimension::Province
        | Dimension::City
        | Dimension::County
        | Dimension::Section
        | Dimension::Division => false,
    }
}

/// How many lines are shown: few sizes and months are known, and each counts.
fn shown(dimension: Dimension, most: usize) -> usize {
    if has_own_order(dimension) {
        usize::MAX
    } else {
        most
    }
}

impl Forecast {
    pub(super) fn run(self, common: &Common, output: &mut Output) -> Result<Status, Failure> {
        let library = library::sound(common, output)?;
        let other = match &self.compare {
            Some(path) => Some(library::sound_at(path, common, output)?),
            None => None,
        };
        let (snapshot, context) = self.enterprises.open(&library)?;
        let built_in = library::of_the_binary(common)?;
        let sizes = SizeClasses::find(&library, &self.size);
        let sizes = sizes.or_else(|| SizeClasses::find(built_in.as_ref()?, &self.size));
        let scope = Scope {
            snapshot: &snapshot,
            codes: &library.codes,
            context,
            sizes,
        };
        let dimensions = self.dimensions(output.form());
        let priced = self.priced(&snapshot, &library, context)?;
        let sums = Sums::new(&scope, &priced, &dimensions);
        let before = match &other {
            Some(other) => Some(self.priced(&snapshot, other, context)?),
            None => None,
        };
        let comparison =
            before.map(|before| Comparison::new(&scope, &before, &priced, &dimensions));
        let most = if self.by.is_empty() {
            SHORT
        } else {
            usize::MAX
        };
        match output.form() {
            Form::Json => as_data(output, &scope, &library, &sums, comparison.as_ref())?,
            Form::People => {
                heading(output, &scope, &library, &sums.whole)?;
                match &comparison {
                    Some(comparison) => show_difference(output, comparison, most)?,
                    None => show(output, &sums, most)?,
                }
            }
        }
        Ok(Status::Done)
    }

    /// The dimensions asked for; without any, all as data and one table each for people.
    fn dimensions(&self, form: Form) -> Vec<Dimension> {
        if self.by.is_empty() {
            return match form {
                Form::Json => Dimension::ALL.to_vec(),
                Form::People => OVERVIEW.to_vec(),
            };
        }
        let by = self.by.iter().flat_map(|by| by.dimensions());
        by.copied().collect()
    }

    /// Decides and settles with a progress bar.
    fn priced<'a>(
        &self,
        snapshot: &Snapshot,
        library: &'a Library,
        context: Context,
    ) -> Result<Priced<'a>, Failure> {
        let options = SweepOptions {
            threads: self.threads.map(usize::from),
            ..SweepOptions::new(context)
        };
        let settled = watched(snapshot, &Timings::start(), |control| {
            match Priced::new(snapshot, library, options, control) {
                Ok(priced) => Ok(Ok(priced)),
                Err(ForecastError::Sweep(error)) => Err(error),
                Err(error @ ForecastError::Settle(_)) => Ok(Err(error)),
            }
        })?;
        settled.map_err(|error| Failure::said(Status::Integrity, error.to_string(), ""))
    }
}

fn heading(
    output: &mut Output,
    scope: &Scope<'_>,
    library: &Library,
    whole: &Amounts,
) -> Result<(), Failure> {
    output.heading(format_args!(
        "预计 {} 元,最低 {} 元,最高 {} 元{}",
        total(whole.amount),
        total(whole.least),
        total(whole.greatest),
        match whole.unbounded {
            0 => String::new(),
            unbounded => format!("(另 {} 笔没有上限,未计入最高)", count(unbounded)),
        }
    ))?;
    let drafts = drafts(library);
    let drafts = match drafts {
        0 => String::new(),
        drafts => format!("(其中草案 {} 个)", count(drafts)),
    };
    output.line(format_args!(
        "{} 家企业 × {} 个事项{drafts},评定年度 {},基准日 {};{} 笔有金额,{} 笔未定",
        count(scope.snapshot.len()),
        count(library.measures.len()),
        scope.context.year,
        scope.context.as_of,
        count(whole.awards),
        count(whole.open)
    ))
}

fn drafts(library: &Library) -> usize {
    let measures = library.measures.iter();
    measures
        .filter(|measure| library::is_draft(library, measure))
        .count()
}

/// A line as people read it: the name, and the key where it says more.
fn name_of(dimension: Dimension, name: &str, key: &str) -> String {
    match dimension {
        Dimension::Size | Dimension::Month => name.to_owned(),
        Dimension::Measure
        | Dimension::Fund
        | Dimension::Province
        | Dimension::City
        | Dimension::County
        | Dimension::Section
        | Dimension::Division => format!("{name} {key}").trim().to_owned(),
    }
}

fn show(output: &mut Output, sums: &Sums, most: usize) -> Result<(), Failure> {
    for found in &sums.tables {
        let dimension = found.dimension;
        output.line("")?;
        let mut lines: Vec<&ForecastLine> = found.lines.iter().collect();
        if !has_own_order(dimension) {
            let key = |line: &&ForecastLine| (line.amounts.amount, line.amounts.greatest);
            lines.sort_by_key(|line| std::cmp::Reverse(key(line)));
        }
        let most = shown(dimension, most);
        let greatest = lines.iter().map(|line| line.amounts.amount).max();
        let greatest = greatest.unwrap_or_default();
        let mut rows = table(&[
            ("预计(元)", Side::Right),
            ("最低(元)", Side::Right),
            ("最高(元)", Side::Right),
            ("笔数", Side::Right),
            ("未定", Side::Right),
            ("无上限", Side::Right),
            ("", Side::Left),
            (title(dimension), Side::Left),
        ]);
        let mut row = |amounts: &Amounts, bar: String, name: String| {
            rows.add_row(vec![
                total(amounts.amount),
                total(amounts.least),
                total(amounts.greatest),
                count(amounts.awards),
                count(amounts.open),
                count(amounts.unbounded),
                bar,
                name,
            ]);
        };
        for line in lines.iter().take(most) {
            let name = name_of(dimension, &line.head.name, &line.head.key);
            row(&line.amounts, bar(line.amounts.amount, greatest), name);
        }
        row(&sums.whole, String::new(), "合计".to_owned());
        output.line(rows.trim_fmt())?;
        more(output, lines.len().saturating_sub(most))?;
    }
    Ok(())
}

fn more(output: &mut Output, more: usize) -> Result<(), Failure> {
    if more == 0 {
        return Ok(());
    }
    output.line(format_args!(
        "金额较小的 {} 行未列出,已计入合计;加 --by 看全部",
        count(more)
    ))
}

fn show_difference(
    output: &mut Output,
    comparison: &Comparison,
    most: usize,
) -> Result<(), Failure> {
    let whole = &comparison.whole;
    output.heading(format_args!(
        "{} 元:由 {} 元变为 {} 元",
        signed(whole.change()),
        total(whole.before.amount),
        total(whole.after.amount)
    ))?;
    output.line(format_args!(
        "{} 家得更多,共 {} 元;{} 家得更少,共 {} 元;{} 家不变",
        count(whole.winners.enterprises),
        total(whole.winners.amount),
        count(whole.losers.enterprises),
        total(whole.losers.amount),
        count(whole.unchanged)
    ))?;
    if comparison.is_empty() {
        return output.line("两套政策在这批企业上没有差别");
    }
    for found in &comparison.tables {
        let mut lines: Vec<&DifferenceLine> = found.lines.iter().collect();
        if lines.is_empty() {
            continue;
        }
        output.line("")?;
        let size = |line: &&DifferenceLine| line.difference.change().fen().abs();
        if !has_own_order(found.dimension) {
            lines.sort_by_key(|line| std::cmp::Reverse(size(line)));
        }
        let most = shown(found.dimension, most);
        let greatest = lines.iter().map(size).max().unwrap_or(0);
        let mut rows = table(&[
            ("差额(元)", Side::Right),
            ("原预计(元)", Side::Right),
            ("现预计(元)", Side::Right),
            ("更多(家)", Side::Right),
            ("更少(家)", Side::Right),
            ("不变(家)", Side::Right),
            ("", Side::Left),
            (title(found.dimension), Side::Left),
        ]);
        let mut row = |one: &Difference, bar: String, name: String| {
            rows.add_row(vec![
                signed(one.change()),
                total(one.before.amount),
                total(one.after.amount),
                count(one.winners.enterprises),
                count(one.losers.enterprises),
                count(one.unchanged),
                bar,
                name,
            ]);
        };
        for line in lines.iter().take(most) {
            let name = name_of(found.dimension, &line.head.name, &line.head.key);
            let change = line.difference.change();
            row(&line.difference, difference_bar(change, greatest), name);
        }
        row(whole, String::new(), "合计(每家企业只计一次)".to_owned());
        output.line(rows.trim_fmt())?;
        let left = lines.len().saturating_sub(most);
        more(output, left)?;
        if found.same > 0 {
            output.line(format_args!("{} 行没有差别,未列出", count(found.same)))?;
        }
    }
    Ok(())
}

fn difference_bar(change: TotalFen, greatest: i128) -> String {
    let sign = if change.fen() < 0 { "-" } else { "+" };
    match bar(change.magnitude(), TotalFen::of(greatest)) {
        empty if empty.is_empty() => empty,
        bar => format!("{sign}{bar}"),
    }
}

fn as_data(
    output: &mut Output,
    scope: &Scope<'_>,
    library: &Library,
    sums: &Sums,
    comparison: Option<&Comparison>,
) -> Result<(), Failure> {
    for table in &sums.tables {
        for line in &table.lines {
            output.json(&json!({"by": table.dimension, "line": line}))?;
        }
    }
    for table in comparison.iter().flat_map(|comparison| &comparison.tables) {
        for line in &table.lines {
            let change = line.difference.change();
            output.json(&json!({"by": table.dimension, "change": change, "difference": line}))?;
        }
    }
    let difference = comparison
        .map(|comparison| json!({"change": comparison.whole.change(), "whole": comparison.whole}));
    output.json(&json!({"totals": {
        "whole": sums.whole,
        "difference": difference,
        "enterprises": scope.snapshot.len(),
        "measures": library.measures.len(),
        "drafts": drafts(library),
        "year": scope.context.year,
        "as_of": scope.context.as_of,
        "snapshot": scope.snapshot.digest(),
        "sizes": scope.sizes.is_some(),
    }}))
}
