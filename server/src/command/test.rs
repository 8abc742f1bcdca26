//! `zhida test`: the examples of policies are run.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};
use zhida_engine::example::ExampleOutcome;
use zhida_engine::explain::{describe, text_at};
use zhida_policies::fault::Fault;
use zhida_policies::measure::Measure;
use zhida_policies::measure::example::Case;
use zhida_policies::measure::library::Library;
use zhida_policies::render::{record, render};

use crate::arguments::Common;
use crate::failure::{Failure, Status};
use crate::library;
use crate::output::{Form, Output};
use crate::report;

/// 运行事项里的举例,逐个事项报告;不符的给出应为、算得和计算过程
#[derive(Args, Debug)]
#[command(
    after_help = "示例:\n  zhida test\n  zhida test policies/library/hubei\n\n\
    有举例不符、规则有误时退出码为 1。"
)]
pub(crate) struct Test {
    /// 政策文件或文件夹;不写运行整个政策库
    #[arg(value_name = "路径")]
    paths: Vec<PathBuf>,
}

/// How many of the examples did what.
#[derive(Clone, Copy, Debug, Default)]
struct Totals {
    measures: usize,
    examples: usize,
    failed: usize,
    not_run: usize,
}

impl Test {
    pub(super) fn run(self, common: &Common, output: &mut Output) -> Result<Status, Failure> {
        let checked = library::check_paths(common, &self.paths, library::today())?;
        let faults: Vec<&Fault> = checked
            .faults()
            .filter(|fault| !fault.code.is_warning())
            .collect();
        let count = faults.len();
        report::faults(output, &checked.library, faults)?;
        let mut totals = Totals::default();
        for measure in checked.measures() {
            let outcomes = report::examples(&checked.library, measure);
            let failed = outcomes.iter().filter(|outcome| outcome.fault.is_some());
            let failed = failed.count();
            let not_run = measure.examples.len().saturating_sub(outcomes.len());
            totals.measures = totals.measures.saturating_add(1);
            totals.examples = totals.examples.saturating_add(outcomes.len());
            totals.failed = totals.failed.saturating_add(failed);
            totals.not_run = totals.not_run.saturating_add(not_run);
            match output.form() {
                Form::Json => output.json(&line(&checked.library, measure, &outcomes))?,
                Form::People => show(output, &checked.library, measure, &outcomes)?,
            }
        }
        for case in checked.cases() {
            let faults = report::case(&checked.library, case);
            match &faults {
                None => totals.not_run = totals.not_run.saturating_add(1),
                Some(faults) => {
                    let failed = usize::from(!faults.is_empty());
                    totals.examples = totals.examples.saturating_add(1);
                    totals.failed = totals.failed.saturating_add(failed);
                }
            }
            show_case(output, &checked.library, case, faults.as_deref())?;
        }
        summary(output, totals, count)?;
        let sound = totals.failed == 0 && totals.not_run == 0 && count == 0;
        Ok(if sound { Status::Done } else { Status::Usage })
    }
}

fn summary(output: &mut Output, totals: Totals, faults: usize) -> Result<(), Failure> {
    let Totals {
        measures,
        examples,
        failed,
        not_run,
    } = totals;
    match output.form() {
        Form::Json => output.json(&json!({"totals": {
            "measures": measures, "examples": examples, "failed": failed,
            "not_run": not_run, "faults": faults,
        }})),
        Form::People => {
            let mut text = format!("{measures} 个事项,{examples} 个举例:{failed} 个不符");
            if not_run > 0 {
                text.push_str(&format!(",{not_run} 个因规则有误没有运行"));
            }
            if faults > 0 {
                text.push_str(&format!(";{faults} 处错误"));
            }
            output.line(text)
        }
    }
}

/// A measure and its examples as data.
fn line(library: &Library, measure: &Measure, outcomes: &[ExampleOutcome]) -> Value {
    let failures: Vec<Value> = outcomes
        .iter()
        .filter_map(|outcome| {
            let fault = outcome.fault.as_ref()?;
            let example = measure.examples.get(outcome.index)?;
            Some(json!({
                "example": outcome.index.saturating_add(1),
                "written": text_at(library, example.span),
                "expected": text_at(library, example.expected_span),
                "got": describe(library, measure, &outcome.decision),
                "fault": record(library, fault),
            }))
        })
        .collect();
    json!({
        "measure": measure.id.to_string(),
        "name": measure.name,
        "examples": measure.examples.len(),
        "passed": outcomes.len().saturating_sub(failures.len()),
        "failed": failures.len(),
        "not_run": measure.examples.len().saturating_sub(outcomes.len()),
        "failures": failures,
    })
}

/// A case; `faults` is nothing where it was not run.
fn show_case(
    output: &mut Output,
    library: &Library,
    case: &Case,
    faults: Option<&[Fault]>,
) -> Result<(), Failure> {
    let policy = library.policies.get(case.policy.0);
    let policy = policy.map_or("", |policy| &policy.id);
    if output.form() == Form::Json {
        let failures: Vec<Value> = faults
            .unwrap_or_default()
            .iter()
            .map(|fault| json!(record(library, fault)))
            .collect();
        return output.json(&json!({
            "case": case.name,
            "policy": policy,
            "run": faults.is_some(),
            "failures": failures,
        }));
    }
    let word = match faults {
        None => "未运行",
        Some([]) => "通过",
        Some(_) => "不符",
    };
    output.line(format_args!("{word} 算例    {policy} {}", case.name))?;
    for fault in faults.unwrap_or_default() {
        let text = render(library, fault, output.colours());
        output.line(text.trim_end())?;
        output.line("")?;
    }
    Ok(())
}

/// A measure and its examples for people.
fn show(
    output: &mut Output,
    library: &Library,
    measure: &Measure,
    outcomes: &[ExampleOutcome],
) -> Result<(), Failure> {
    let failures: Vec<&Fault> = outcomes
        .iter()
        .filter_map(|outcome| outcome.fault.as_ref())
        .collect();
    let passed = outcomes.len().saturating_sub(failures.len());
    let all = measure.examples.len();
    let word = match (failures.is_empty(), outcomes.len() == all) {
        (true, true) => "通过",
        (false, _) => "不符",
        (true, false) => "未运行",
    };
    output.line(format_args!(
        "{word} {passed:>3}/{all:<3} {} {}",
        measure.id, measure.name
    ))?;
    for fault in failures {
        let text = render(library, fault, output.colours());
        output.line(text.trim_end())?;
        output.line("")?;
    }
    Ok(())
}
