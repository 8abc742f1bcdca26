//! What may be paid, from which funds, and what is still open, for people.

use zhida_engine::sweep::{FundSummary, PayableSummary, ProvisionalTotals, SweepSummary, TotalFen};

use crate::failure::Failure;
use crate::output::Output;
use crate::table::{Side, count, table, total};

/// How many problems are listed; the files and `--json` hold more.
const PROBLEMS_LISTED: usize = 10;

/// The sum that may be paid: the first line of a sweep.
pub(crate) fn show_payable(output: &mut Output, summary: &SweepSummary) -> Result<(), Failure> {
    let payable = &summary.payable;
    let mut line = format!(
        "现在可付 {} 元,{} 笔",
        total(payable.payable),
        count(payable.payable_awards)
    );
    if payable.payable != summary.total.award {
        let awards = total(summary.total.award);
        line.push_str(&format!(";逐项算得 {awards} 元"));
    }
    output.line(line)
}

/// The funds, the limits that changed something, what is provisional and why, and problems:
/// nothing where there are none.
pub(crate) fn show_limits(output: &mut Output, payable: &PayableSummary) -> Result<(), Failure> {
    show_funds(output, &payable.funds)?;
    show_hits(output, payable)?;
    show_provisional(output, payable)?;
    show_problems(output, payable)
}

fn show_funds(output: &mut Output, funds: &[FundSummary]) -> Result<(), Failure> {
    if funds.is_empty() {
        return Ok(());
    }
    output.line("")?;
    output.heading(format_args!("资金 {} 项(元)", count(funds.len())))?;
    let mut rows = table(&[
        ("预算", Side::Right),
        ("已付", Side::Right),
        ("申报", Side::Right),
        ("发放", Side::Right),
        ("结余", Side::Right),
        ("笔数", Side::Right),
        ("待定", Side::Right),
        ("资金", Side::Left),
    ]);
    let (used, idle): (Vec<&FundSummary>, Vec<&FundSummary>) =
        funds.iter().partition(|fund| is_used(fund));
    for fund in used {
        let money = [
            fund.budget,
            fund.paid,
            fund.claimed,
            fund.granted,
            fund.left,
        ];
        let mut row: Vec<String> = money.map(total).into();
        row.extend([fund.awards, fund.open].map(count));
        row.push(format!("{} {}", fund.name, fund.fund));
        rows.add_row(row);
    }
    if idle.len() < funds.len() {
        output.line(rows.trim_fmt())?;
    }
    if !idle.is_empty() {
        let idle = count(idle.len());
        output.line(format_args!("{idle} 项资金没有已付、申报或待定,未列出"))?;
    }
    Ok(())
}

/// Whether anybody was paid, asks or may ask for money of a fund.
fn is_used(fund: &FundSummary) -> bool {
    fund.awards > 0 || fund.open > 0 || fund.paid != TotalFen::default()
}

fn show_hits(output: &mut Output, payable: &PayableSummary) -> Result<(), Failure> {
    if payable.limits.is_empty() {
        return Ok(());
    }
    output.line("")?;
    output.heading("各步骤的扣减(元)")?;
    let mut rows = table(&[
        ("扣减", Side::Right),
        ("笔数", Side::Right),
        ("扣完", Side::Right),
        ("规则", Side::Left),
    ]);
    for limit in &payable.limits {
        rows.add_row([
            total(limit.reduced),
            count(limit.awards),
            count(limit.nothing_left),
            format!(
                "第{}步 {} {}",
                limit.rule.step, limit.rule.name, limit.rule.rule
            ),
        ]);
    }
    output.line(rows.trim_fmt())
}

fn show_provisional(output: &mut Output, payable: &PayableSummary) -> Result<(), Failure> {
    let (rise, fall) = (&payable.may_rise, &payable.may_fall);
    if rise.awards == 0 && fall.awards == 0 {
        return Ok(());
    }
    output.line("")?;
    if fall.awards > 0 {
        output.line(format_args!(
            "暂不能付 {} 笔:现在算得 {} 元,{};别家待定,可能减少",
            count(fall.awards),
            total(fall.amount),
            ends(fall)
        ))?;
    }
    if rise.awards > 0 {
        output.line(format_args!(
            "可以先付 {} 笔:现在 {} 元,{};以后只增不减,差额补付",
            count(rise.awards),
            total(rise.amount),
            ends(rise)
        ))?;
    }
    for doubt in &payable.doubts {
        output.line(format_args!(
            "  {} 笔:{} 里有待定的企业或数据 {}",
            count(doubt.awards),
            doubt.rule.name,
            doubt.rule.rule
        ))?;
    }
    Ok(())
}

/// Between what provisional awards lie.
fn ends(totals: &ProvisionalTotals) -> String {
    let greatest: TotalFen = totals.greatest;
    if totals.unbounded > 0 {
        return format!(
            "最少 {} 元,其中 {} 笔没有上限",
            total(totals.least),
            count(totals.unbounded)
        );
    }
    format!(
        "最少 {} 元,最多 {} 元",
        total(totals.least),
        total(greatest)
    )
}

fn show_problems(output: &mut Output, payable: &PayableSummary) -> Result<(), Failure> {
    if payable.problem_count == 0 {
        return Ok(());
    }
    output.line("")?;
    output.line(format_args!(
        "规则算不出来 {} 处,须人工核定:",
        count(payable.problem_count)
    ))?;
    for problem in payable.problems.iter().take(PROBLEMS_LISTED) {
        output.line(format_args!(
            "  {} {} {}:{}",
            problem.enterprise, problem.rule.name, problem.rule.rule, problem.reason
        ))?;
    }
    let listed = u64::try_from(PROBLEMS_LISTED).unwrap_or(u64::MAX);
    if payable.problem_count > listed {
        output.line("  其余见汇总文件或 --json")?;
    }
    Ok(())
}
