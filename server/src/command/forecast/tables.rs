//! Forecasts and comparisons as tables for people.

use zhida_engine::forecast::{
    Amounts, Comparison, Difference, DifferenceLine, Dimension, Forecast as Sums, ForecastLine,
    Scope,
};
use zhida_engine::sweep::TotalFen;
use zhida_policies::measure::library::Library;

use crate::failure::Failure;
use crate::library;
use crate::output::Output;
use crate::table::{Side, bar, count, signed, table, total};

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

/// What it comes to, and what of.
pub(super) fn heading(
    output: &mut Output,
    (scope, enterprises): (&Scope<'_>, usize),
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
        count(enterprises),
        count(library.measures.len()),
        scope.context.year,
        scope.context.as_of,
        count(whole.awards),
        count(whole.open)
    ))
}

/// How many measures belong to drafts.
pub(super) fn drafts(library: &Library) -> usize {
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

/// The tables of a forecast.
pub(super) fn show(output: &mut Output, sums: &Sums, most: usize) -> Result<(), Failure> {
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

/// What differs, and the tables of it.
pub(super) fn show_difference(
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
