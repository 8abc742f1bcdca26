//! The steps after the award in examples: what one enterprise is paid alone, and the cases of
//! several.

use std::collections::BTreeMap;

use zhida_policies::fault::{Code, Fault};
use zhida_policies::measure::Measure;
use zhida_policies::measure::example::{Case, CaseRow, Example, ExamplePaid};
use zhida_policies::measure::expression::Value;
use zhida_policies::measure::library::Library;
use zhida_policies::span::Span;
use zhida_policies::values::{Money, Period, PeriodKind};
use zhida_policies::vocabulary::FactId;

use crate::awards::{
    Award, Claim, ClaimState, Figure, Payment, Payments, Question, Readings, Settled, Settlement,
    settle,
};
use crate::decision::Decision;
use crate::example::ExampleFacts;
use crate::facts::{Facts, PaidWhen, Reading};
use crate::interpreter::{Context, Interpreter, paid_when};

/// One case that was run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseOutcome {
    /// Its place among the cases of the library.
    pub index: usize,
    /// How it disagrees with the text (Z06), one for each row; nothing where it agrees.
    pub faults: Vec<Fault>,
}

/// Runs the cases of a library, in its order.
///
/// # Source
/// docs/grammar.md, `算例`.
#[must_use]
pub fn run_cases(library: &Library) -> Vec<CaseOutcome> {
    let run = |(index, case): (usize, &Case)| CaseOutcome {
        index,
        faults: run_case(library, case),
    };
    library.cases.iter().enumerate().map(run).collect()
}

/// Runs one case of a library: how it disagrees with the text.
#[must_use]
pub fn run_case(library: &Library, case: &Case) -> Vec<Fault> {
    let Some(table) = Table::new(library, case) else {
        let message = "算例的事项没有全部读出来,算不了";
        return vec![Fault::new(Code::Z06, case.span, message)];
    };
    match table.settled() {
        Some(settled) => table.disagreements(&settled),
        None => vec![Fault::new(
            Code::Z06,
            case.span,
            "算例的金额排不成一次兑付,算不了",
        )],
    }
}

/// How what an example expects after the award disagrees with what comes out for the enterprise
/// alone; nothing where it agrees or expects nothing.
pub(super) fn disagreement(
    library: &Library,
    measure: &Measure,
    example: &Example,
    facts: &ExampleFacts<'_>,
    decision: &Decision,
) -> Option<Fault> {
    let wanted = &example.settled;
    if wanted.payable.is_none() && wanted.instalments.is_none() && wanted.shares.is_none() {
        return None;
    }
    let place = number(*library.measure_index.get(&measure.id)?);
    let claim = Claim::of(0, place, decision)?;
    let context = Context {
        year: example.year,
        as_of: example.as_of,
    };
    let payments = Payments::new(payments(library, 0, &example.paid, example.year));
    let readings = CaseReadings {
        interpreter: Interpreter::new(library),
        facts: vec![facts],
        context,
        rows: vec![0],
    };
    let settlement = Settlement {
        library,
        context,
        payments: &payments,
        readings: &readings,
    };
    let settled = settle(&settlement, &[claim]).ok()?;
    let award = settled.awards.first()?;
    let parts = |parts: &[Money]| shown(parts.iter().copied());
    let differ = |what: &str, wanted: String, found: String, at: Span| {
        let message = format!("举例应{what} {wanted},算得 {found}");
        Some(with_steps(
            Fault::new(Code::Z06, at, message),
            steps(&settled, award),
        ))
    };
    let payable = payable(award);
    if let Some((money, at)) = &wanted.payable
        && *money != payable
    {
        return differ("实付", parts(&[*money]), parts(&[payable]), *at);
    }
    if let Some((amounts, at)) = &wanted.instalments {
        let found: Vec<Money> = award
            .instalments(measure)
            .iter()
            .map(|part| part.amount)
            .collect();
        if *amounts != found {
            return differ("分期", parts(amounts), parts(&found), *at);
        }
    }
    if let Some((amounts, at)) = &wanted.shares {
        let found = award.shares(measure);
        if *amounts != found {
            return differ("分担", parts(amounts), parts(&found), *at);
        }
    }
    None
}

/// A case with its enterprises drawn out.
struct Table<'a> {
    library: &'a Library,
    case: &'a Case,
    /// The place of each measure in the library.
    measures: Vec<usize>,
    facts: Vec<ExampleFacts<'a>>,
    /// The row of the case for each enterprise.
    rows: Vec<usize>,
    context: Context,
}

impl<'a> Table<'a> {
    fn new(library: &'a Library, case: &'a Case) -> Option<Self> {
        let measures: Vec<usize> = case
            .measures
            .iter()
            .map(|id| library.measure_index.get(id).copied())
            .collect::<Option<_>>()?;
        let first = library.measures.get(*measures.first()?)?;
        let facts = case
            .rows
            .iter()
            .map(|row| ExampleFacts::given(library, first.region, case.year, &row.facts, &row.paid))
            .collect();
        let rows = case.rows.iter().enumerate();
        let rows = rows.flat_map(|(place, row)| (0..row.count).map(move |_| place));
        Some(Self {
            library,
            case,
            measures,
            facts,
            rows: rows.collect(),
            context: Context {
                year: case.year,
                as_of: case.as_of,
            },
        })
    }

    fn row(&self, place: usize) -> Option<&'a CaseRow> {
        self.case.rows.get(place)
    }

    /// The awards of all enterprises, by enterprise and then by measure.
    fn claims(&self) -> Vec<Claim> {
        let mut claims = Vec::new();
        for (enterprise, place) in self.rows.iter().enumerate() {
            let awards = self.row(*place).map_or(&[][..], |row| &row.awards);
            let mut own: Vec<Claim> = self
                .measures
                .iter()
                .zip(awards)
                .filter(|(_, award)| !award.is_zero())
                .filter_map(|(measure, award)| {
                    let decision = Decision::Eligible {
                        award: *award,
                        kind: self.library.measures.get(*measure)?.award.kind,
                    };
                    Claim::of(number(enterprise), number(*measure), &decision)
                })
                .collect();
            own.sort_by_key(|claim| claim.measure);
            claims.extend(own);
        }
        claims
    }

    fn settled(&self) -> Option<Settled> {
        let mut paid = Vec::new();
        for (enterprise, place) in self.rows.iter().enumerate() {
            if let Some(row) = self.row(*place) {
                let own = payments(self.library, number(enterprise), &row.paid, self.case.year);
                paid.extend(own);
            }
        }
        let payments = Payments::new(paid);
        let readings = CaseReadings {
            interpreter: Interpreter::new(self.library),
            facts: self.facts.iter().collect(),
            context: self.context,
            rows: self.rows.clone(),
        };
        let settlement = Settlement {
            library: self.library,
            context: self.context,
            payments: &payments,
            readings: &readings,
        };
        settle(&settlement, &self.claims()).ok()
    }

    /// The rows that come to something else; of enterprises alike the first that does.
    fn disagreements(&self, settled: &Settled) -> Vec<Fault> {
        let mut faults: BTreeMap<usize, Fault> = BTreeMap::new();
        for (enterprise, place) in self.rows.iter().enumerate() {
            let Some(row) = self.row(*place) else {
                continue;
            };
            let awards: Vec<Option<&Award>> = self
                .measures
                .iter()
                .map(|measure| settled.find(number(enterprise), number(*measure)))
                .collect();
            let found = awards
                .iter()
                .map(|award| award.map_or(Money::ZERO, payable));
            let found: Vec<Money> = found.collect();
            if found == row.expected || faults.contains_key(place) {
                continue;
            }
            let message = format!(
                "算例里“{}”应付 {},算得 {}",
                row.name,
                shown(row.expected.iter().copied()),
                shown(found.into_iter())
            );
            let why: Vec<String> = awards
                .into_iter()
                .flatten()
                .map(|award| steps(settled, award))
                .filter(|steps| !steps.is_empty())
                .collect();
            let fault = Fault::new(Code::Z06, row.expected_span, message);
            faults.insert(*place, with_steps(fault, why.join("\n")));
        }
        faults.into_values().collect()
    }
}

/// What an award comes to: what may be paid, or the ceiling of what a person may grant.
fn payable(award: &Award) -> Money {
    match award.state {
        ClaimState::Ceiling => award.greatest,
        ClaimState::Eligible | ClaimState::Undetermined | ClaimState::Error => award.payable(),
    }
}

/// A fault with the steps that led to it, where there are any.
fn with_steps(fault: Fault, steps: String) -> Fault {
    if steps.is_empty() {
        fault
    } else {
        fault.with_help(steps)
    }
}

/// Amounts as people read them.
fn shown(amounts: impl Iterator<Item = Money>) -> String {
    let texts: Vec<String> = amounts
        .map(|amount| format!("{} 元", amount.grouped()))
        .collect();
    texts.join("、")
}

/// What each step changed, one a line.
fn steps(settled: &Settled, award: &Award) -> String {
    let lines = settled.changes_of(award).iter().map(|change| {
        format!(
            "{}:{} 元 → {} 元",
            change.step.text(),
            change.before.grouped(),
            change.after.grouped()
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// What the ledger of an example holds. Days do not tell the award year: the check takes no such
/// payment where limits apply.
fn payments(library: &Library, row: u32, paid: &[ExamplePaid], year: i32) -> Vec<Payment> {
    let payment = |paid: &ExamplePaid| {
        let when = match paid.period {
            None => PaidWhen::Year(year),
            Some(period) => paid_when(Some(period), year),
        };
        let year = match when {
            PaidWhen::Always => year,
            PaidWhen::Year(given) => given,
            PaidWhen::Dates(..) => return None,
        };
        Some(Payment {
            row,
            measure: number(*library.measure_index.get(&paid.measure)?),
            year,
            fen: paid.amount.fen(),
        })
    };
    paid.iter().filter_map(payment).collect()
}

/// A place as 32 bits; a case has far fewer enterprises and a library far fewer measures.
fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

/// What the rules of a settlement read of the enterprises of a case.
struct CaseReadings<'a> {
    interpreter: Interpreter<'a>,
    facts: Vec<&'a ExampleFacts<'a>>,
    context: Context,
    /// The place in `facts` for each enterprise.
    rows: Vec<usize>,
}

impl CaseReadings<'_> {
    fn facts(&self, row: u32) -> Option<(usize, &ExampleFacts<'_>)> {
        let place = *self.rows.get(usize::try_from(row).ok()?)?;
        Some((place, self.facts.get(place)?))
    }
}

impl Readings for CaseReadings<'_> {
    fn figures(&self, question: Question<'_>, rows: &[u32]) -> Vec<Figure> {
        let mut known: BTreeMap<usize, Figure> = BTreeMap::new();
        let figure = |row: &u32| {
            let (place, facts) = self.facts(*row)?;
            let evaluate = || {
                let Question {
                    expression,
                    bindings,
                } = question;
                self.interpreter
                    .evaluate_expression(expression, bindings, facts, self.context)
                    .into()
            };
            Some(known.entry(place).or_insert_with(evaluate).clone())
        };
        rows.iter().filter_map(figure).collect()
    }

    fn shared(&self, fact: FactId, rows: &[u32]) -> Vec<Option<u32>> {
        let period = match self.interpreter.library().vocabulary.fact(fact).period {
            PeriodKind::None => Period::Status,
            PeriodKind::Year => Period::Year(self.context.year),
            PeriodKind::Quarter | PeriodKind::Month => return vec![None; rows.len()],
        };
        let mut codes: BTreeMap<Value, u32> = BTreeMap::new();
        let code = |row: &u32| {
            let (_, facts) = self.facts(*row)?;
            let Reading::Known(value) = facts.read(fact, period) else {
                return None;
            };
            let next = number(codes.len());
            Some(*codes.entry(value).or_insert(next))
        };
        rows.iter().map(code).collect()
    }
}
