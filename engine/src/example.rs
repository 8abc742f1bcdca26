//! Running the `举例` of the measures and the `算例` of the library.

mod settled;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use zhida_policies::fault::{Code, Fault};
use zhida_policies::measure::example::{
    Example, ExampleFact, ExamplePaid, ExampleValue, Expected, ExpectedMissing,
};
use zhida_policies::measure::expression::Value;
use zhida_policies::measure::library::Library;
use zhida_policies::measure::{Measure, MeasureRef};
use zhida_policies::values::{Date, Money, Number, Period, Region};
use zhida_policies::vocabulary::{Absent, FactId, FactType, Vocabulary};

use crate::decision::Decision;
use crate::explain::{Explanation, ExplanationStep, OutcomeKind};
use crate::facts::{Facts, PaidWhen, Reading};
use crate::interpreter::{Context, Interpreter, MissingFact, PeriodRange, paid_when};

pub use settled::{CaseOutcome, run_case, run_cases};

/// How deep the explanation of a failed example goes.
const SHORT_DEPTH: usize = 2;

/// One example that was run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExampleOutcome {
    /// The measure.
    pub measure: MeasureRef,
    /// Its place among the examples of the measure.
    pub index: usize,
    /// What was decided.
    pub decision: Decision,
    /// How it disagrees with the text (Z06); nothing where it agrees.
    pub fault: Option<Fault>,
}

/// Runs the examples of all measures, in the order of the library.
///
/// # Source
/// NOTATION.md part 2, `举例`.
#[must_use]
pub fn run_examples(library: &Library) -> Vec<ExampleOutcome> {
    library
        .measures
        .iter()
        .flat_map(|measure| run_measure(library, measure))
        .collect()
}

/// Runs the examples of one measure.
#[must_use]
pub fn run_measure(library: &Library, measure: &Measure) -> Vec<ExampleOutcome> {
    let interpreter = Interpreter::new(library);
    let run = |(index, example): (usize, &Example)| {
        let facts = ExampleFacts::new(library, measure, example);
        let context = Context {
            year: example.year,
            as_of: example.as_of,
        };
        let decision = interpreter.decide(measure, &facts, context);
        let fault = if agrees(&decision, example) {
            settled::disagreement(library, measure, example, &facts, &decision)
        } else {
            let explanation = interpreter.explain(measure, &facts, context);
            Some(disagreement(library, example, &explanation))
        };
        ExampleOutcome {
            measure: measure.id.clone(),
            index,
            decision,
            fault,
        }
    };
    measure.examples.iter().enumerate().map(run).collect()
}

/// Whether all examples of one measure agree, without saying why one does not.
#[must_use]
pub fn examples_agree(library: &Library, measure: &Measure) -> bool {
    let interpreter = Interpreter::new(library);
    measure.examples.iter().all(|example| {
        let facts = ExampleFacts::new(library, measure, example);
        let context = Context {
            year: example.year,
            as_of: example.as_of,
        };
        let decision = interpreter.decide(measure, &facts, context);
        agrees(&decision, example)
            && settled::disagreement(library, measure, example, &facts, &decision).is_none()
    })
}

fn agrees(decision: &Decision, example: &Example) -> bool {
    match (&example.expected, decision) {
        (Expected::Award(expected), Decision::Eligible { award, .. }) => award == expected,
        (Expected::Ineligible, Decision::Ineligible(_))
        | (Expected::NotApplicable, Decision::NotApplicable(_))
        | (Expected::Error, Decision::Error(_)) => true,
        (Expected::Undetermined(expected), Decision::Undetermined(facts)) => {
            expected.iter().all(|wanted| {
                facts
                    .missing
                    .iter()
                    .any(|missing| names(*wanted, *missing, example))
            })
        }
        _ => false,
    }
}

/// Whether something missing is what an example expects to be named. Where it names a range of
/// months or quarters, any of them will do.
fn names(wanted: ExpectedMissing, missing: MissingFact, example: &Example) -> bool {
    let (fact, period) = match missing {
        MissingFact::Fact { fact, period } => (fact, period),
        MissingFact::Field { list, period, .. } => (list, period),
        MissingFact::Division | MissingFact::Zones | MissingFact::Parameter { .. } => return false,
    };
    let in_range = |range: PeriodRange| range.periods().any(|wanted| wanted == period);
    fact == wanted.fact
        && wanted
            .read
            .is_none_or(|read| in_range(PeriodRange::of(read.period, example.year)))
}

fn disagreement(library: &Library, example: &Example, explanation: &Explanation) -> Fault {
    let expected = match &example.expected {
        Expected::Award(award) => format!("{} 元", award.grouped()),
        Expected::Ineligible => OutcomeKind::Ineligible.text().to_owned(),
        Expected::NotApplicable => OutcomeKind::NotApplicable.text().to_owned(),
        Expected::Error => OutcomeKind::Error.text().to_owned(),
        Expected::Undetermined(facts) => {
            let names: Vec<&str> = facts
                .iter()
                .map(|wanted| library.vocabulary.fact(wanted.fact).name.as_str())
                .collect();
            format!("{} {}", OutcomeKind::Undetermined.text(), names.join("、"))
        }
    };
    let message = format!("举例应为 {expected},算得 {}", explanation.outcome.summary);
    let mut lines = Vec::new();
    for reason in &explanation.outcome.reasons {
        lines.extend(
            reason
                .values
                .iter()
                .map(|read| format!("{} = {}", read.name, read.value)),
        );
    }
    for step in &explanation.steps {
        shorten(step, 0, &mut lines);
    }
    Fault::new(Code::Z06, example.expected_span, message).with_help(lines.join("\n"))
}

/// The upper steps of an explanation, one a line.
fn shorten(step: &ExplanationStep, depth: usize, lines: &mut Vec<String>) {
    if depth >= SHORT_DEPTH {
        return;
    }
    let indent = "  ".repeat(depth);
    let written = if step.written.is_empty() {
        String::new()
    } else {
        format!(" {}", step.written)
    };
    lines.push(format!("{indent}{} ← {}{written}", step.result, step.label));
    for child in &step.children {
        shorten(child, depth.saturating_add(1), lines);
    }
}

/// The enterprise of an example: it has the facts given and lies inside the measure's region.
#[derive(Debug)]
pub struct ExampleFacts<'a> {
    vocabulary: &'a Vocabulary,
    /// The values given for one period.
    single: BTreeMap<(FactId, Period), Reading>,
    /// The values given for several periods together.
    sums: BTreeMap<(FactId, PeriodRange), Reading>,
    paid: Vec<(MeasureRef, PaidWhen, Money)>,
    region: Region,
    region_fact: Option<FactId>,
}

impl<'a> ExampleFacts<'a> {
    /// The enterprise of an example of a measure.
    #[must_use]
    pub fn new(library: &'a Library, measure: &Measure, example: &Example) -> Self {
        let Example {
            year, facts, paid, ..
        } = example;
        Self::given(library, measure.region, *year, facts, paid)
    }

    /// An enterprise in a region with the facts and payments given, in an assessment year.
    #[must_use]
    pub fn given(
        library: &'a Library,
        region: Region,
        year: i32,
        given: &[ExampleFact],
        paid: &[ExamplePaid],
    ) -> Self {
        let mut facts = Self {
            vocabulary: &library.vocabulary,
            single: BTreeMap::new(),
            sums: BTreeMap::new(),
            paid: Vec::new(),
            region,
            region_fact: library.vocabulary.region_fact(),
        };
        // An enterprise in no zone, unless the example says otherwise.
        if let Some(zones) = library.vocabulary.zones_fact() {
            let none = Reading::Known(Value::Set(Arc::default()));
            facts.single.insert((zones, Period::Status), none);
        }
        for given in given {
            let reading = match &given.value {
                ExampleValue::Value(value) => Reading::Known(value.clone()),
                ExampleValue::Records(records) => Reading::Records(records.clone().into()),
                ExampleValue::Missing => Reading::Missing,
            };
            let range = PeriodRange::of(given.read.period, year);
            if range.is_single() {
                facts.single.insert((given.read.fact, range.first), reading);
            } else {
                facts.sums.insert((given.read.fact, range), reading);
            }
        }
        for paid in paid {
            let when = match paid.period {
                None => PaidWhen::Year(year),
                Some(period) => paid_when(Some(period), year),
            };
            facts.paid.push((paid.measure.clone(), when, paid.amount));
        }
        facts
    }

    /// Whether a sum was given that a period is part of: then the period itself is not known.
    fn is_part_of_a_sum(&self, fact: FactId, period: Period) -> bool {
        self.sums
            .keys()
            .any(|(summed, range)| *summed == fact && range.periods().any(|part| part == period))
    }

    /// What the vocabulary says of a value that is not there.
    fn absent(&self, fact: FactId) -> Reading {
        let fact = self.vocabulary.fact(fact);
        match fact.absent {
            Absent::Unknown => Reading::Missing,
            Absent::False | Absent::Zero => match &fact.fact_type {
                FactType::Money => Reading::Known(Value::Money(Number::zero())),
                FactType::Number => Reading::Known(Value::Number(Number::zero())),
                FactType::Boolean => Reading::Known(Value::Boolean(false)),
                FactType::Set(_) => Reading::Known(Value::Set(Arc::default())),
                FactType::List(_) => Reading::Records(Arc::default()),
                FactType::Date | FactType::Text | FactType::Code(_) | FactType::Enum(_) => {
                    Reading::Missing
                }
            },
        }
    }
}

impl Facts for ExampleFacts<'_> {
    fn enterprise(&self) -> &str {
        "举例"
    }

    fn read(&self, fact: FactId, period: Period) -> Reading {
        if let Some(reading) = self.single.get(&(fact, period)) {
            return reading.clone();
        }
        if Some(fact) == self.region_fact && !self.region.is_nation() {
            return Reading::Known(Value::Text(Arc::from(self.region.as_str())));
        }
        if self.is_part_of_a_sum(fact, period) {
            return Reading::Missing;
        }
        self.absent(fact)
    }

    fn total(&self, fact: FactId, range: PeriodRange) -> Option<Reading> {
        self.sums.get(&(fact, range)).cloned()
    }

    fn division(&self) -> Option<Region> {
        Some(self.region)
    }

    fn source(&self, _fact: FactId, _period: Period) -> String {
        String::new()
    }

    fn paid(&self, measure: &MeasureRef, when: PaidWhen) -> Money {
        let of_measure = self.paid.iter().filter(|(paid, _, _)| paid == measure);
        of_measure
            .filter(|(_, paid, _)| includes(when, *paid))
            .fold(Money::ZERO, |sum, (_, _, amount)| {
                sum.checked_add(*amount).unwrap_or(Money::MAX)
            })
    }
}

/// Whether the payments asked for include those given. A payment of a year counts between two
/// days when the whole year lies between them; a payment between days counts to a year when they
/// all lie in it.
fn includes(asked: PaidWhen, given: PaidWhen) -> bool {
    match (asked, given) {
        (PaidWhen::Always, _) => true,
        (PaidWhen::Year(asked), PaidWhen::Year(given)) => asked == given,
        (PaidWhen::Dates(from, to), PaidWhen::Dates(first, last)) => within(from, to, first, last),
        (PaidWhen::Dates(from, to), PaidWhen::Year(year)) => {
            days(year).is_some_and(|(first, last)| within(from, to, first, last))
        }
        (PaidWhen::Year(year), PaidWhen::Dates(first, last)) => {
            days(year).is_some_and(|(from, to)| within(from, to, first, last))
        }
        (PaidWhen::Year(_) | PaidWhen::Dates(..), PaidWhen::Always) => false,
    }
}

fn within(from: Date, to: Date, first: Date, last: Date) -> bool {
    from <= first && last <= to
}

fn days(year: i32) -> Option<(Date, Date)> {
    let year = Period::Year(year);
    year.first_day().zip(year.last_day())
}
