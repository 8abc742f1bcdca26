//! `zhida match`: one enterprise against all measures.

use std::collections::BTreeMap;

use clap::Args;
use serde_json::json;
use zhida_engine::explain::{Outcome, OutcomeKind, describe};
use zhida_engine::interpreter::Interpreter;
use zhida_policies::measure::Measure;
use zhida_policies::measure::library::Library;
use zhida_policies::values::Money;

use crate::arguments::Common;
use crate::enterprises::{self, Enterprises};
use crate::failure::{Failure, Status};
use crate::library;
use crate::output::{Form, Output};
use crate::table::{Side, count, money, table};

/// 一家企业能享受什么:可享受、待核(缺什么,归谁)、不符合(为什么)、不适用
#[derive(Args, Debug)]
#[command(
    after_help = "示例:\n  zhida match 91420600MA00000159 --snapshot out/snapshot\n  \
    zhida match 91420600MA00000159 --snapshot 企业.csv --year 2025 --all"
)]
pub(crate) struct Match {
    /// 统一社会信用代码
    #[arg(value_name = "企业")]
    enterprise: String,
    #[command(flatten)]
    enterprises: Enterprises,
    /// 不适用的也逐项列出
    #[arg(long)]
    all: bool,
}

/// What the amounts leave out.
const BEFORE_LIMITS: &str = "\n\
    金额按各事项单独计算,还没有经过已付扣减、名额、就高、限额、资金和起付;\n\
    实付看 zhida explain,或者 zhida sweep 的兑付清单";

/// What a measure says about the enterprise.
struct Line<'a> {
    measure: &'a Measure,
    outcome: Outcome,
}

impl Match {
    pub(super) fn run(self, common: &Common, output: &mut Output) -> Result<Status, Failure> {
        let mut library = library::sound(common, output)?;
        library::without_drafts(&mut library);
        let (snapshot, context) = self.enterprises.open(&library)?;
        let row = enterprises::find(&snapshot, &self.enterprise)?;
        let facts = snapshot.row(row);
        let interpreter = Interpreter::new(&library);
        let lines: Vec<Line<'_>> = library
            .measures
            .iter()
            .map(|measure| {
                let decision = interpreter.decide(measure, &facts, context);
                let outcome = describe(&library, measure, &decision);
                Line { measure, outcome }
            })
            .collect();
        match output.form() {
            Form::Json => {
                let mut kinds: BTreeMap<OutcomeKind, u64> = BTreeMap::new();
                for line in &lines {
                    let count = kinds.entry(line.outcome.kind).or_default();
                    *count = count.saturating_add(1);
                    output.json(&as_data(&library, line))?;
                }
                let number = |kind| kinds.get(&kind).copied().unwrap_or(0);
                output.json(&json!({"totals": {
                    "enterprise": snapshot.uscc(row), "name": snapshot.name(row),
                    "year": context.year, "as_of": context.as_of, "before_limits": true,
                    "eligible": number(OutcomeKind::Eligible),
                    "undetermined": number(OutcomeKind::Undetermined),
                    "ineligible": number(OutcomeKind::Ineligible),
                    "not_applicable": number(OutcomeKind::NotApplicable),
                    "error": number(OutcomeKind::Error),
                }}))?;
            }
            Form::People => {
                output.heading(format_args!(
                    "{} {}",
                    snapshot.uscc(row),
                    snapshot.name(row)
                ))?;
                output.line(format_args!(
                    "评定年度 {},基准日 {}",
                    context.year, context.as_of
                ))?;
                show(output, &library, &lines, self.all)?;
                output.line(BEFORE_LIMITS)?;
            }
        }
        Ok(Status::Done)
    }
}

fn as_data(library: &Library, line: &Line<'_>) -> serde_json::Value {
    let policy = library.policies.get(line.measure.policy.0);
    json!({
        "measure": line.measure.id.to_string(),
        "name": line.measure.name,
        "policy": policy.map(|policy| policy.title.as_str()),
        "basis": line.measure.basis,
        "outcome": line.outcome,
    })
}

fn show(
    output: &mut Output,
    library: &Library,
    lines: &[Line<'_>],
    all: bool,
) -> Result<(), Failure> {
    let of = |kind: OutcomeKind| -> Vec<&Line<'_>> {
        let mut found: Vec<&Line<'_>> = lines
            .iter()
            .filter(|line| line.outcome.kind == kind)
            .collect();
        found.sort_by_key(|line| std::cmp::Reverse(most(&line.outcome)));
        found
    };
    let groups = [
        (OutcomeKind::Eligible, "可享受", "金额(元)", "依据"),
        (OutcomeKind::Undetermined, "待核", "最多(元)", "缺什么,归谁"),
        (OutcomeKind::Ineligible, "不符合", "", "为什么"),
        (OutcomeKind::Error, "出错", "", "为什么"),
        (OutcomeKind::NotApplicable, "不适用", "", "为什么"),
    ];
    for (kind, title, amount, reason) in groups {
        let found = of(kind);
        if found.is_empty() && kind != OutcomeKind::Eligible {
            continue;
        }
        output.line("")?;
        output.heading(format_args!("{title} {} 项", count(found.len())))?;
        if found.is_empty() {
            continue;
        }
        if kind == OutcomeKind::NotApplicable && !all {
            output.line("不在适用地区、不在有效期或属于除外情形;加 --all 逐项列出")?;
            continue;
        }
        let mut headings = vec![("事项", Side::Left), (reason, Side::Left)];
        if !amount.is_empty() {
            headings.insert(0, (amount, Side::Right));
        }
        let mut rows = table(&headings);
        for line in found {
            let mut row = vec![
                format!("{}\n  {}", line.measure.name, line.measure.id),
                explained(library, line),
            ];
            if !amount.is_empty() {
                row.insert(0, amount_of(&line.outcome));
            }
            rows.add_row(row);
        }
        output.line(rows.trim_fmt())?;
    }
    Ok(())
}

/// What orders the measures of a group.
fn most(outcome: &Outcome) -> Money {
    outcome.award.or(outcome.greatest).unwrap_or(Money::ZERO)
}

fn amount_of(outcome: &Outcome) -> String {
    match (outcome.award, outcome.greatest) {
        (Some(award), _) if outcome.award_kind == Some("ceiling") => {
            format!("最高 {}", money(award))
        }
        (Some(award), _) | (None, Some(award)) => money(award),
        (None, None) => "不能确定".to_owned(),
    }
}

/// The reason beside a measure: the basis of an award, else what stands against it.
fn explained(library: &Library, line: &Line<'_>) -> String {
    let outcome = &line.outcome;
    match outcome.kind {
        OutcomeKind::Eligible => {
            let policy = library.policies.get(line.measure.policy.0);
            let title = policy.map_or("", |policy| policy.title.as_str());
            format!("《{title}》{}", line.measure.basis.join("、"))
        }
        OutcomeKind::Undetermined => {
            let missing = outcome
                .missing
                .iter()
                .map(|missing| match missing.owner.as_str() {
                    "" => missing.name.clone(),
                    owner => format!("{}({owner})", missing.name),
                });
            missing.collect::<Vec<String>>().join("\n")
        }
        OutcomeKind::Ineligible | OutcomeKind::NotApplicable | OutcomeKind::Error => {
            let reasons = outcome.reasons.iter().map(|reason| {
                let name = reason.label.as_ref().or(reason.written.as_ref());
                let name = name.map_or_else(String::new, |name| format!("“{name}”"));
                let values: Vec<String> = reason
                    .values
                    .iter()
                    .map(|value| format!("{} = {}", value.name, value.value))
                    .collect();
                let values = match values.as_slice() {
                    [] => String::new(),
                    values => format!(":{}", values.join(",")),
                };
                format!("{}{name}{values}", reason.text)
            });
            reasons.collect::<Vec<String>>().join("\n")
        }
    }
}
