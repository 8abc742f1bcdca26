//! `zhida replay --payout`: one payout, from the bank's line back to the facts.

use zhida_engine::payouts::{BankFact, PayoutId, Signature};

use crate::audit::sheet::Reader;
use crate::audit::trail::{SweepTrail, Trail, trail};
use crate::failure::{Failure, Status};
use crate::output::{Form, Output};
use crate::payouts::desk::{Desk, DeskArguments};
use crate::table::money;

/// Follows a payout back; the exit code says whether everything came out again.
pub(super) fn run(
    payout: &str,
    desk: &DeskArguments,
    output: &mut Output,
) -> Result<Status, Failure> {
    let desk = Desk::open(desk)?;
    let trail = trail(&desk, &PayoutId::new(payout), Reader::Official)?;
    match output.form() {
        Form::Json => output.json(&trail)?,
        Form::People => show(&trail, output)?,
    }
    Ok(match &trail.sweep {
        Some(sweep) if !sweep.is_equal => Status::Integrity,
        Some(_) | None => Status::Done,
    })
}

#[expect(
    clippy::indexing_slicing,
    reason = "a name that a JSON value does not have gives null"
)]
fn show(trail: &Trail, output: &mut Output) -> Result<(), Failure> {
    let text = |name: &str| trail.payout[name].as_str().unwrap_or_default();
    output.heading(format_args!(
        "{} 元 {} {}",
        text("amount"),
        text("enterprise"),
        text("title")
    ))?;
    output.line(format_args!(
        "编号:{}  状态:{}",
        text("payout"),
        text("state")
    ))?;
    for attempt in &trail.attempts {
        output.line(format_args!(
            "支付 {}:{} 元 {} 指令 {}",
            attempt.number,
            money(attempt.amount),
            attempt.state,
            attempt.end_to_end_id
        ))?;
        for fact in &attempt.bank {
            output.line(format_args!("  银行:{}", said(fact)))?;
        }
        if let Some(batch) = &attempt.batch {
            output.line(format_args!(
                "  批次:{} 报文 {} 付款日 {}",
                batch.id, batch.message_id, batch.execution
            ))?;
            signatures(&batch.signatures, "    ", output)?;
            for file in &batch.files {
                output.line(format_args!("    文件:{} {}", file.name, file.digest))?;
            }
        }
    }
    if let Some(notice) = &trail.notice {
        output.line(format_args!(
            "公示:{} {} 至 {} 名单摘要 {}",
            notice.id, notice.from, notice.until, notice.sheet
        ))?;
    }
    output.line("审批:")?;
    signatures(&trail.signatures, "  ", output)?;
    output.line("日志:")?;
    for event in &trail.events {
        output.line(format_args!(
            "  第 {} 条 {} {}",
            event.sequence, event.command, event.leaf
        ))?;
    }
    output.line(format_args!("清算:{}", trail.origin.sweep))?;
    match &trail.sweep {
        Some(sweep) => show_sweep(sweep, output),
        None => output.line("这笔兑付没有封存,不能重放"),
    }
}

fn signatures(given: &[Signature], indent: &str, output: &mut Output) -> Result<(), Failure> {
    for signature in given {
        output.line(format_args!(
            "{indent}{}:{} ({})",
            signature.role.chinese(),
            signature.person,
            signature.user
        ))?;
    }
    Ok(())
}

fn show_sweep(sweep: &SweepTrail, output: &mut Output) -> Result<(), Failure> {
    output.line(format_args!("封存:{}", sweep.seal))?;
    output.line(format_args!("快照:{}", sweep.snapshot))?;
    output.line(match sweep.is_equal {
        true => "重放:一致,金额和清单叶与封存的相同".to_owned(),
        false => format!(
            "重放:不一致,封存的结果 {},重放得 {},金额 {}",
            sweep.sealed,
            sweep.found,
            sweep.amount.map_or_else(|| "没有".to_owned(), money)
        ),
    })?;
    if let Some(article) = &sweep.article {
        let number = article.document.as_deref().unwrap_or_default();
        output.line(format_args!(
            "条文:《{}》{number} {}",
            article.policy, article.label
        ))?;
        for line in article.text.lines() {
            output.line(format_args!("  {line}"))?;
        }
    }
    output.line(format_args!("规则:{}", sweep.rule))?;
    if let Some(explanation) = &sweep.explanation {
        output.line("计算:")?;
        output.line(explanation.to_string().trim_end())?;
    }
    Ok(())
}

/// What a bank said in one line.
fn said(fact: &BankFact) -> String {
    let amount = fact
        .amount
        .map_or_else(String::new, |amount| format!(" {} 元", money(amount)));
    let on = fact.on.map_or_else(String::new, |on| format!(" {on}"));
    let reason = fact.reason.as_deref().unwrap_or_default();
    format!(
        "{:?}{amount}{on} 流水 {} {reason}",
        fact.kind, fact.reference
    )
}
