//! "What would I get if …", for everybody.

use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use zhida_policies::measure::Measure;
use zhida_policies::values::Date;

use super::parts::Trace;
use crate::table::{count, money};
use crate::views::calculator::{Calculation, Typed, YEAR};
use crate::views::rules::{Rule, policy_of};
use crate::web::{Access, Ask, Page, Place, Section, WebFault, html};

/// Measures that are listed to choose from.
const MEASURES_MAX: usize = 40;
/// A longer value is none, and is cut before it is read.
const VALUE_CHARACTERS_MAX: usize = 20_000;
/// More fields than any measure has.
const FIELDS_MAX: usize = 400;

/// The routes.
pub(super) fn places() -> Vec<Place> {
    vec![
        Place::get("/calculator", Access::Public, choose),
        Place::get("/calculator/{policy}/{measure}", Access::Public, calculate),
    ]
}

/// A measure to choose.
struct Choice {
    id: String,
    name: String,
    policy: String,
}

#[derive(Template)]
#[template(path = "portal/calculators.html")]
struct Choices {
    page: Page,
    typed: String,
    total: String,
    choices: Vec<Choice>,
    is_cut: bool,
}

async fn choose(
    ask: Ask,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, WebFault> {
    let published = ask.server.published();
    let library = &published.library;
    let typed = pairs.iter().find(|(key, _)| key == "q");
    let typed: String = typed.map_or_else(String::new, |(_, value)| {
        value.trim().chars().take(60).collect()
    });
    let choice = |measure: &Measure| {
        let policy = policy_of(library, measure);
        Choice {
            id: measure.id.to_string(),
            name: measure.name.clone(),
            policy: policy.map_or_else(String::new, |policy| policy.title.clone()),
        }
    };
    let all = library.measures.iter().map(choice);
    let mut held: Vec<Choice> = all
        .filter(|one| one.name.contains(&typed) || one.policy.contains(&typed))
        .collect();
    let total = held.len();
    held.truncate(MEASURES_MAX);
    html(&Choices {
        page: ask.page(Section::Portal, "算一算"),
        typed,
        total: count(total),
        is_cut: total > held.len(),
        choices: held,
    })
}

#[derive(Template)]
#[template(path = "portal/calculator.html")]
struct Calculator {
    page: Page,
    rule: Rule,
    calculation: Calculation,
    /// The kind of outcome, the number in front, and the line that says it all.
    outcome: Option<OutcomeView>,
    has_faults: bool,
}

/// The outcome, the number before the explanation.
struct OutcomeView {
    class: &'static str,
    headline: String,
    summary: String,
    missing: Vec<(String, String)>,
    reasons: Vec<String>,
    trace: String,
}

async fn calculate(
    ask: Ask,
    Path((policy, own)): Path<(String, String)>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, WebFault> {
    let published = ask.server.published();
    let library = &published.library;
    let measure = library.measure(&format!("{policy}/{own}"));
    let measure = measure.ok_or_else(WebFault::missing)?;
    let typed = typed(pairs);
    let usual = usual(&ask);
    let calculation = Calculation::of(library, measure, usual, typed.as_ref())?;
    let page = ask.page(Section::Portal, format!("算一算:{}", measure.name));
    let outcome = match &calculation.explanation {
        Some(explanation) => Some(outcome(&page, explanation)?),
        None => None,
    };
    let has_faults = calculation.year_fault.is_some()
        || calculation.fields.iter().any(|field| field.fault.is_some());
    let shown = Calculator {
        page,
        rule: Rule::of(library, measure),
        calculation,
        outcome,
        has_faults,
    };
    let mut response = html(&shown)?;
    if shown.has_faults {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// What was typed; nothing where the form is opened.
fn typed(pairs: Vec<(String, String)>) -> Option<Typed> {
    let mut typed = Typed::new();
    for (key, value) in pairs.into_iter().take(FIELDS_MAX) {
        let value: String = value.chars().take(VALUE_CHARACTERS_MAX).collect();
        typed.entry(key).or_default().push(value);
    }
    typed.contains_key(YEAR).then_some(typed)
}

/// The year and the day that a calculation is usually for.
fn usual(ask: &Ask) -> (i32, Date) {
    let today = ask.at.business_date();
    let year = ask.server.material().map(|material| material.context.year);
    (year.unwrap_or_else(|| i32::from(today.year())), today)
}

fn outcome(
    page: &Page,
    explanation: &zhida_engine::explain::Explanation,
) -> Result<OutcomeView, WebFault> {
    use zhida_engine::explain::OutcomeKind;
    let found = &explanation.outcome;
    let amount = found.award.map(money);
    let (class, headline) = match (found.kind, amount) {
        (OutcomeKind::Eligible, Some(amount)) if found.award_kind == Some("ceiling") => {
            ("good", format!("最高 {amount} 元"))
        }
        (OutcomeKind::Eligible, Some(amount)) => ("good", format!("{amount} 元")),
        (OutcomeKind::Eligible, None) => ("good", String::new()),
        (OutcomeKind::Undetermined, _) => ("wait", "还缺数据,不能确定".to_owned()),
        (OutcomeKind::Ineligible, _) => ("bad", "不符合条件".to_owned()),
        (OutcomeKind::NotApplicable, _) => ("bad", "不适用".to_owned()),
        (OutcomeKind::Error, _) => ("wait", "规则算不出来,须人工核定".to_owned()),
    };
    let reasons = found.reasons.iter().map(|reason| {
        let name = reason.label.as_ref().or(reason.written.as_ref());
        let name = name.map_or_else(String::new, |name| format!("“{name}”"));
        let values = reason.values.iter();
        let values = values.map(|value| format!("{}:{}", value.name, value.value));
        let values: Vec<String> = values.collect();
        match values.is_empty() {
            true => format!("{}{name}", reason.text),
            false => format!("{}{name}({})", reason.text, values.join(",")),
        }
    });
    let trace = askama::Template::render(&Trace::of(page, &explanation.steps))?;
    let missing = found.missing.iter();
    Ok(OutcomeView {
        class,
        headline,
        summary: found.summary.clone(),
        missing: missing
            .map(|missing| (missing.name.clone(), missing.owner.clone()))
            .collect(),
        reasons: reasons.collect(),
        trace,
    })
}
