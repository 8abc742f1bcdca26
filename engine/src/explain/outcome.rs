//! A decision in words and as data for pages and lines of JSON.

use serde::Serialize;
use zhida_policies::measure::library::Library;
use zhida_policies::measure::{AwardKind, Condition, Measure};
use zhida_policies::span::Span;
use zhida_policies::values::Money;

use crate::decision::{
    DecidedCondition, Decision, Ineligible, MissingFacts, NotApplicable, ReadName, ReadValue,
    Reason,
};
use crate::explain::place::{Place, place_of, short_text_at};
use crate::explain::words;

/// A decision in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Which of the five outcomes it is.
    pub kind: OutcomeKind,
    /// One line that says it all.
    pub summary: String,
    /// The award, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub award: Option<Money>,
    /// Whether the award is the amount or only its ceiling.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub award_kind: Option<&'static str>,
    /// The least that could be paid, where facts are missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub least: Option<Money>,
    /// The most that could be paid, where facts are missing and it is bounded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub greatest: Option<Money>,
    /// Why there is no money.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<OutcomeReason>,
    /// What is missing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<OutcomeMissing>,
}

/// The five outcomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeKind {
    /// 不适用
    NotApplicable,
    /// 不符合
    Ineligible,
    /// 待核
    Undetermined,
    /// 应得
    Eligible,
    /// 出错
    Error,
}

/// One reason why there is no money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OutcomeReason {
    /// The published number.
    pub code: u16,
    /// The reason in words.
    pub text: String,
    /// The label of the condition or exception.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The condition, or the node that has no value, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written: Option<String>,
    /// Where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// The values that made it so.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<OutcomeValue>,
}

/// One value that a condition read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OutcomeValue {
    /// What was read, with its period.
    pub name: String,
    /// The value in words.
    pub value: String,
}

/// One thing that is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OutcomeMissing {
    /// Its name, with its period.
    pub name: String,
    /// The department that owns it.
    pub owner: String,
}

impl OutcomeKind {
    /// The outcome in Chinese.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::NotApplicable => "不适用",
            Self::Ineligible => "不符合",
            Self::Undetermined => "待核",
            Self::Eligible => "应得",
            Self::Error => "出错",
        }
    }
}

impl From<&Decision> for OutcomeKind {
    fn from(decision: &Decision) -> Self {
        match decision {
            Decision::NotApplicable(_) => Self::NotApplicable,
            Decision::Ineligible(_) => Self::Ineligible,
            Decision::Undetermined(_) => Self::Undetermined,
            Decision::Eligible { .. } => Self::Eligible,
            Decision::Error(_) => Self::Error,
        }
    }
}

/// Puts a decision into words.
#[must_use]
pub fn describe(library: &Library, measure: &Measure, decision: &Decision) -> Outcome {
    let mut outcome = Outcome {
        kind: OutcomeKind::from(decision),
        summary: String::new(),
        award: None,
        award_kind: None,
        least: None,
        greatest: None,
        reasons: Vec::new(),
        missing: Vec::new(),
    };
    match decision {
        Decision::NotApplicable(reason) => {
            outcome.reasons = not_applicable(library, measure, reason);
        }
        Decision::Ineligible(reasons) => {
            let reasons = reasons
                .iter()
                .map(|reason| ineligible(library, measure, reason));
            outcome.reasons = reasons.collect();
        }
        Decision::Undetermined(facts) => undetermined(library, facts, &mut outcome),
        Decision::Eligible { award, kind } => {
            outcome.award = Some(*award);
            outcome.award_kind = Some(match kind {
                AwardKind::Amount => "amount",
                AwardKind::Ceiling => "ceiling",
            });
        }
        Decision::Error(error) => {
            outcome
                .reasons
                .push(at(library, Reason::from(error.kind), error.span));
        }
    }
    outcome.summary = summary(&outcome);
    outcome
}

fn plain(reason: Reason, text: String) -> OutcomeReason {
    OutcomeReason {
        code: reason.code(),
        text,
        label: None,
        written: None,
        place: None,
        values: Vec::new(),
    }
}

fn at(library: &Library, reason: Reason, span: Span) -> OutcomeReason {
    OutcomeReason {
        written: Some(short_text_at(library, span)),
        place: place_of(library, span),
        ..plain(reason, reason.text().to_owned())
    }
}

fn not_applicable(
    library: &Library,
    measure: &Measure,
    reason: &NotApplicable,
) -> Vec<OutcomeReason> {
    match reason {
        NotApplicable::Region { have, want } => {
            let have = have.map_or_else(|| "未知".to_owned(), |have| words::region(library, have));
            let want = words::region(library, *want);
            let text = format!(
                "{}:企业在{have},本事项适用于{want}",
                Reason::OutsideRegion.text()
            );
            vec![plain(Reason::OutsideRegion, text)]
        }
        NotApplicable::Validity { year, validity } => {
            let to = validity
                .to
                .map_or_else(|| "长期".to_owned(), |to| to.to_string());
            let text = format!(
                "{}:{year}年度,有效期 {} 至 {to}",
                Reason::OutsideValidity.text(),
                validity.from
            );
            vec![plain(Reason::OutsideValidity, text)]
        }
        NotApplicable::Exceptions(exceptions) => exceptions
            .iter()
            .map(|decided| {
                condition(
                    library,
                    measure,
                    Reason::ExceptionHolds,
                    decided,
                    &measure.exceptions,
                )
            })
            .collect(),
    }
}

fn ineligible(library: &Library, measure: &Measure, reason: &Ineligible) -> OutcomeReason {
    match reason {
        Ineligible::Condition(decided) => condition(
            library,
            measure,
            Reason::ConditionFails,
            decided,
            &measure.conditions,
        ),
        Ineligible::AlreadyPaid { paid } => {
            let text = format!("{}:{} 元", Reason::AlreadyPaid.text(), paid.grouped());
            plain(Reason::AlreadyPaid, text)
        }
        Ineligible::AwardIsZero => at(library, Reason::AwardIsZero, measure.award.span),
    }
}

fn condition(
    library: &Library,
    measure: &Measure,
    reason: Reason,
    decided: &DecidedCondition,
    conditions: &[Condition],
) -> OutcomeReason {
    let Some(condition) = decided.of(conditions) else {
        return plain(reason, reason.text().to_owned());
    };
    OutcomeReason {
        label: condition.label.clone(),
        written: Some(
            condition
                .text
                .split_whitespace()
                .collect::<Vec<&str>>()
                .join(" "),
        ),
        place: place_of(library, condition.span),
        values: decided
            .values
            .iter()
            .map(|read| read_value(library, measure, read))
            .collect(),
        ..plain(reason, reason.text().to_owned())
    }
}

fn read_value(library: &Library, measure: &Measure, read: &ReadValue) -> OutcomeValue {
    let name = match &read.name {
        ReadName::Fact(fact, range) => {
            format!(
                "{}({})",
                library.vocabulary.fact(*fact).name,
                words::range(*range)
            )
        }
        ReadName::Binding(binding) => {
            let binding = measure.bindings.get(binding.0);
            binding.map_or_else(String::new, |binding| binding.name.clone())
        }
        ReadName::Written(span) | ReadName::Paid(_, span) => short_text_at(library, *span),
    };
    let value = match (&read.name, &read.value) {
        (_, None) => "未知".to_owned(),
        (ReadName::Fact(fact, _), Some(value)) => words::fact_value(library, *fact, value),
        (ReadName::Binding(_) | ReadName::Written(_) | ReadName::Paid(..), Some(value)) => {
            words::value(value)
        }
    };
    OutcomeValue { name, value }
}

fn undetermined(library: &Library, facts: &MissingFacts, outcome: &mut Outcome) {
    outcome.least = Some(facts.least);
    outcome.greatest = facts.greatest;
    outcome.reasons.push(plain(
        Reason::FactsMissing,
        Reason::FactsMissing.text().to_owned(),
    ));
    outcome.missing = facts
        .missing
        .iter()
        .map(|missing| OutcomeMissing {
            name: words::missing_name(library, *missing),
            owner: words::missing_owner(library, *missing),
        })
        .collect();
}

/// The outcome in one line.
fn summary(outcome: &Outcome) -> String {
    let kind = outcome.kind.text();
    match outcome.kind {
        OutcomeKind::Eligible => {
            let most = if outcome.award_kind == Some("ceiling") {
                "最高 "
            } else {
                ""
            };
            let award = outcome.award.unwrap_or(Money::ZERO);
            format!("{kind} {most}{} 元", award.grouped())
        }
        OutcomeKind::Undetermined => {
            let missing: Vec<String> = outcome
                .missing
                .iter()
                .map(|missing| match missing.owner.as_str() {
                    "" => missing.name.clone(),
                    owner => format!("{}[{owner}]", missing.name),
                })
                .collect();
            let least = outcome.least.unwrap_or(Money::ZERO).grouped();
            let range = match outcome.greatest {
                Some(greatest) => format!("{least} 元至 {} 元", greatest.grouped()),
                None => format!("不少于 {least} 元"),
            };
            format!("{kind},缺 {};金额{range}", missing.join("、"))
        }
        OutcomeKind::NotApplicable | OutcomeKind::Ineligible | OutcomeKind::Error => {
            let reasons: Vec<String> = outcome
                .reasons
                .iter()
                .map(|reason| match (&reason.label, &reason.written) {
                    (Some(label), _) => format!("{}“{label}”", reason.text),
                    (None, Some(written)) => format!("{}({written})", reason.text),
                    (None, None) => reason.text.clone(),
                })
                .collect();
            format!("{kind}:{}", reasons.join(";"))
        }
    }
}
