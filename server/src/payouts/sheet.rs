//! Payouts in tables.

use serde_json::{Value, json};
use zhida_engine::payouts::{Payout, WaitsFor};

use crate::failure::Failure;
use crate::output::{Form, Output};
use crate::table::{Side, count, money, table};

/// One line for each payout.
pub(crate) fn show(output: &mut Output, payouts: &[Payout], most: usize) -> Result<(), Failure> {
    if output.form() == Form::Json {
        for payout in payouts {
            output.json(&as_data(payout))?;
        }
        return Ok(());
    }
    let total: i128 = payouts
        .iter()
        .map(|payout| i128::from(payout.amount.fen()))
        .sum();
    output.heading(format_args!(
        "{} 元,{} 笔",
        crate::table::total(zhida_engine::sweep::TotalFen::of(total)),
        count(payouts.len())
    ))?;
    let mut rows = table(&[
        ("金额(元)", Side::Right),
        ("状态", Side::Left),
        ("下一步", Side::Left),
        ("企业", Side::Left),
        ("事项", Side::Left),
        ("期间", Side::Left),
        ("编号", Side::Left),
    ]);
    for payout in payouts.iter().take(most) {
        let waiting = payout.waiting();
        rows.add_row([
            money(payout.amount),
            payout.state().chinese().to_owned(),
            format!("{}{}", who(waiting.on), waiting.step),
            payout.enterprise.clone(),
            payout.terms.title.clone(),
            payout.key.period.clone(),
            payout.id.to_string(),
        ]);
    }
    output.line(rows.trim_fmt())?;
    if payouts.len() > most {
        output.line(format_args!(
            "其余 {} 笔未列出;用 --limit 列出更多,或用 --json",
            count(payouts.len().saturating_sub(most))
        ))?;
    }
    Ok(())
}

/// Who must act, in front of what is to be done.
pub(crate) fn who(waits: WaitsFor) -> String {
    match waits {
        WaitsFor::Role(role) => format!("{}:", role.chinese()),
        WaitsFor::Time => "等时间:".to_owned(),
        WaitsFor::Bank => "等银行:".to_owned(),
        WaitsFor::Channel => "等发送:".to_owned(),
        WaitsFor::Nobody => String::new(),
    }
}

/// One payout for a program. Accounts are shown by their last four digits.
pub(crate) fn as_data(payout: &Payout) -> Value {
    let waiting = payout.waiting();
    let attempts: Vec<Value> = payout
        .attempts
        .iter()
        .map(|attempt| {
            json!({
                "number": attempt.number,
                "end_to_end_id": attempt.end_to_end_id,
                "batch": attempt.batch,
                "amount": attempt.amount,
                "state": format!("{:?}", attempt.state()),
                "questions": attempt.questions().len(),
            })
        })
        .collect();
    json!({
        "payout": payout.id,
        "uscc": payout.key.uscc,
        "enterprise": payout.enterprise,
        "measure": payout.key.measure,
        "title": payout.terms.title,
        "period": payout.key.period,
        "supplement": payout.key.supplement,
        "line": payout.line,
        "amount": payout.amount,
        "state": payout.state().name(),
        "waits_for": who(waiting.on).trim_end_matches(':'),
        "step": waiting.step,
        "since": waiting.since,
        "moved": payout.moved(),
        "unpaid": payout.unpaid(),
        "open_return": payout.open_return(),
        "attempts": attempts,
        "claims": payout.claims,
        "sweep": payout.origin.sweep,
        "seal": payout.origin.seal,
        "award": payout.origin.award,
    })
}
