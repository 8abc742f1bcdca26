//! One measure in plain words: who, under which conditions, how much, when and from what.

use std::collections::BTreeMap;

use zhida_engine::explain::{text_at, words};
use zhida_policies::measure::expression::{Expr, ExprKind, FactRead, Value};
use zhida_policies::measure::library::{Library, Policy};
use zhida_policies::measure::{AwardKind, Binding, BindingKind, Condition, Measure, Validity};
use zhida_policies::syntax::keywords::{CadenceWord, Meaning, chinese};
use zhida_policies::syntax::words::Cadence;
use zhida_policies::values::Number;

use super::sentences::{RuleTable, Speaker, period};
use crate::table::money;

/// One condition or exception in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Clause {
    /// What the policy calls it.
    pub(crate) label: String,
    /// The sentence.
    pub(crate) text: String,
    /// The rule as written.
    pub(crate) written: String,
}

/// One fact that a measure reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DataUse {
    /// Its name.
    pub(crate) name: String,
    /// Of which periods.
    pub(crate) periods: String,
    /// The department that owns it.
    pub(crate) owner: String,
    /// What exactly it is.
    pub(crate) about: String,
}

/// One measure in plain words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    /// `policy/measure`, which is also the end of its address.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// How it reaches the enterprise.
    pub(crate) delivery: &'static str,
    /// How often it is paid.
    pub(crate) cadence: String,
    /// Where the enterprise must be.
    pub(crate) region: String,
    /// When it applies.
    pub(crate) validity: String,
    /// What must not be.
    pub(crate) exceptions: Vec<Clause>,
    /// What must be.
    pub(crate) conditions: Vec<Clause>,
    /// How much.
    pub(crate) award: Clause,
    /// Whether a person decides up to that amount.
    pub(crate) is_ceiling: bool,
    /// How the award is rounded.
    pub(crate) rounding: String,
    /// The names that sentences use, each with what it stands for.
    pub(crate) definitions: Vec<(String, String)>,
    /// The tables that sentences name.
    pub(crate) tables: Vec<RuleTable>,
    /// What limits the award beyond its own rule.
    pub(crate) limits: Vec<String>,
    /// The fund that pays.
    pub(crate) fund: Option<String>,
    /// The clauses that it rests on.
    pub(crate) basis: Vec<String>,
    /// Where the published text is known to be wrong.
    pub(crate) errata: Vec<String>,
    /// What is read to decide it.
    pub(crate) data: Vec<DataUse>,
}

impl Rule {
    /// Puts a measure into words.
    pub(crate) fn of(library: &Library, measure: &Measure) -> Self {
        let mut speaker = Speaker::new(library, measure);
        let exceptions = clauses(&mut speaker, &measure.exceptions);
        let conditions = clauses(&mut speaker, &measure.conditions);
        let award = Clause {
            label: String::new(),
            text: speaker.value(&measure.award.expression),
            written: one_line(&measure.award.text),
        };
        let mut limits = limits(library, measure);
        if let Some(places) = &measure.places {
            let by = speaker.value(&places.by);
            limits.insert(0, format!("名额{}个,按{by}从高到低", places.count));
        }
        let definitions = definitions(&mut speaker, measure);
        Self {
            id: measure.id.to_string(),
            name: measure.name.clone(),
            delivery: chinese(Meaning::Delivery(measure.delivery)),
            cadence: cadence(measure),
            region: words::region(library, measure.region),
            validity: validity(measure.validity),
            exceptions,
            conditions,
            award,
            is_ceiling: measure.award.kind == AwardKind::Ceiling,
            rounding: format!(
                "计算到{},其后{}",
                chinese(Meaning::Unit(measure.award.unit)),
                chinese(Meaning::Rounding(measure.award.rounding))
            ),
            definitions,
            tables: speaker.tables,
            limits,
            fund: fund(library, measure),
            basis: measure.basis.clone(),
            errata: measure.errata.clone(),
            data: data(library, measure),
        }
    }
}

/// The policy of a measure.
pub(crate) fn policy_of<'a>(library: &'a Library, measure: &Measure) -> Option<&'a Policy> {
    library.policies.get(measure.policy.0)
}

/// The days on which something applies.
pub(crate) fn validity(validity: Validity) -> String {
    match validity.to {
        Some(to) => format!("{} 至 {to}", validity.from),
        None => format!("{} 起长期有效", validity.from),
    }
}

fn clauses(speaker: &mut Speaker<'_>, conditions: &[Condition]) -> Vec<Clause> {
    let clause = |condition: &Condition| Clause {
        label: condition.label.clone().unwrap_or_default(),
        text: speaker.truth(&condition.expression),
        written: one_line(&condition.text),
    };
    conditions.iter().map(clause).collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<&str>>().join(" ")
}

fn definitions(speaker: &mut Speaker<'_>, measure: &Measure) -> Vec<(String, String)> {
    let line = |binding: &Binding| {
        let text = speaker.value(&binding.expression);
        let name = match binding.kind {
            BindingKind::Let => binding.name.clone(),
            BindingKind::Definition { .. } => format!("{}(定义)", binding.name),
        };
        (name, text)
    };
    measure.bindings.iter().map(line).collect()
}

fn cadence(measure: &Measure) -> String {
    let word = match measure.cadence {
        Cadence::Yearly => chinese(Meaning::Cadence(CadenceWord::Yearly)).to_owned(),
        Cadence::Quarterly => chinese(Meaning::Cadence(CadenceWord::Quarterly)).to_owned(),
        Cadence::Monthly => chinese(Meaning::Cadence(CadenceWord::Monthly)).to_owned(),
        Cadence::Once => chinese(Meaning::Cadence(CadenceWord::Once)).to_owned(),
        Cadence::EveryYears(years) => format!("每{years}年一次"),
    };
    if measure.first_time_only {
        format!("{word},仅限首次")
    } else {
        word
    }
}

fn limits(library: &Library, measure: &Measure) -> Vec<String> {
    let mut found = Vec::new();
    let groups = library.highest_of.iter();
    for group in groups.filter(|group| group.over.contains(&measure.id)) {
        found.push(format!("“{}”里的几项只付最高的一项", group.name));
    }
    let caps = library.caps.iter();
    for cap in caps.filter(|cap| cap.over.contains(&measure.id)) {
        let limit = text_at(library, cap.limit.span);
        found.push(format!("“{}”合计不超过{limit}", cap.name));
    }
    if let Some(least) = measure.payable_from {
        found.push(format!("不足{} 元的不予兑付", money(least)));
    }
    let percent = |share: &zhida_policies::values::Percent| {
        let hundred = share.value().checked_mul(&Number::from_i64(100));
        hundred.map_or_else(|_| share.to_string(), |share| format!("{share}%"))
    };
    if !measure.instalments.is_empty() {
        let parts = measure.instalments.iter();
        let parts: Vec<String> = parts.map(|part| percent(&part.share)).collect();
        found.push(format!("分{}期兑付:{}", parts.len(), parts.join("、")));
    }
    if !measure.shares.is_empty() {
        let shares = measure.shares.iter();
        let shares = shares.map(|share| format!("{}{}", share.bearer, percent(&share.share)));
        let shares: Vec<String> = shares.collect();
        found.push(format!("资金分担:{}", shares.join("、")));
    }
    found
}

fn fund(library: &Library, measure: &Measure) -> Option<String> {
    let id = measure.fund.as_ref()?;
    let fund = library.funds.iter().find(|fund| fund.id == *id)?;
    Some(format!("{}(预算 {} 元)", fund.name, money(fund.budget)))
}

/// Every read of a measure's own rule, each once, in the order of the vocabulary.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "only two kinds of node read facts"
)]
pub(crate) fn reads(measure: &Measure) -> Vec<FactRead> {
    let mut found: BTreeMap<FactRead, ()> = BTreeMap::new();
    let mut visit = |expression: &Expr| {
        expression.visit_through(&measure.bindings, &mut |node| match &node.kind {
            ExprKind::Fact(read) => drop(found.insert(*read, ())),
            ExprKind::Aggregate(aggregate) => drop(found.insert(aggregate.list, ())),
            _ => {}
        });
    };
    let conditions = measure.exceptions.iter().chain(&measure.conditions);
    conditions.for_each(|condition| visit(&condition.expression));
    visit(&measure.award.expression);
    found.into_keys().collect()
}

fn data(library: &Library, measure: &Measure) -> Vec<DataUse> {
    let mut found: Vec<(zhida_policies::vocabulary::FactId, DataUse)> = Vec::new();
    for read in reads(measure) {
        let fact = library.vocabulary.fact(read.fact);
        let of = period(read.period).unwrap_or_else(|| "基准日".to_owned());
        match found.last_mut() {
            Some((last, data)) if *last == read.fact => {
                data.periods = format!("{}、{of}", data.periods);
            }
            _ => found.push((
                read.fact,
                DataUse {
                    name: fact.name.clone(),
                    periods: of,
                    owner: fact.source.clone(),
                    about: fact.about.clone().unwrap_or_default(),
                },
            )),
        }
    }
    found.into_iter().map(|(_, data)| data).collect()
}

/// A value of an example, as people write it.
pub(crate) fn shown(library: &Library, read: FactRead, value: &Value) -> String {
    words::fact_value(library, read.fact, value)
}
