//! `zhida replay --fact` and `--policy`: which payments would change.

use std::path::PathBuf;

use serde_json::json;
use zhida_engine::replay::{Correction, Sealed, Supposed, WhatIf, WhatIfChange};
use zhida_policies::check::PolicyText;
use zhida_policies::load;
use zhida_policies::values::Money;

use crate::audit::answers;
use crate::command::sweep::interrupted;
use crate::failure::{Failure, Status};
use crate::output::{Form, Output};
use crate::table::{Side, count, money, table, total};

/// How many computations are shown side by side.
const TRACES_SHOWN: usize = 3;

/// Lists the payments that change.
pub(super) fn run(
    sealed: &Sealed,
    (facts, policies): (&[Correction], &[PathBuf]),
    output: &mut Output,
) -> Result<Status, Failure> {
    let mut texts: Vec<PolicyText> = Vec::new();
    for path in policies {
        texts.extend(load::read_policies(path)?);
    }
    let cancel = interrupted()?;
    let supposed = sealed.suppose(facts, &texts)?;
    let found = answers::what_if(&supposed, None, &cancel)?;
    match output.form() {
        Form::Json => {
            for change in answers::traced(&supposed, &found.changes, usize::MAX) {
                output.json(&change)?;
            }
            output.json(&json!({"totals": {
                "seal": sealed.digest, "before": found.before, "after": found.after,
                "changes": found.changes.len(),
            }}))?;
        }
        Form::People => show(&supposed, &found, output)?,
    }
    Ok(Status::Done)
}

fn show(supposed: &Supposed<'_>, found: &WhatIf, output: &mut Output) -> Result<(), Failure> {
    output.heading(format_args!(
        "{} 笔应付金额会变:合计由 {} 元变为 {} 元",
        count(found.changes.len()),
        total(found.before),
        total(found.after)
    ))?;
    let mut rows = table(&[
        ("封存(元)", Side::Right),
        ("假如(元)", Side::Right),
        ("企业", Side::Left),
        ("事项", Side::Left),
    ]);
    for change in &found.changes {
        rows.add_row([
            amount(change.before),
            amount(change.after),
            format!("{} {}", change.enterprise, change.name),
            measure(change),
        ]);
    }
    if !found.changes.is_empty() {
        output.line(rows.trim_fmt())?;
    }
    for change in found.changes.iter().take(TRACES_SHOWN) {
        let (name, measure) = (&change.name, measure(change));
        output.line(format_args!("{name} 的 {measure}(左为封存,右为假如):"))?;
        output.line(supposed.traces(change).to_string().trim_end())?;
    }
    if found.changes.len() > TRACES_SHOWN {
        output.line("其余各笔的计算过程见 --json")?;
    }
    Ok(())
}

fn measure(change: &WhatIfChange) -> String {
    match change.instalment {
        Some(number) => format!("{} 第 {number} 期", change.measure),
        None => change.measure.clone(),
    }
}

fn amount(amount: Option<Money>) -> String {
    amount.map_or_else(|| "-".to_owned(), money)
}
