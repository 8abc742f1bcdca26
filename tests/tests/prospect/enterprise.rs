//! Generated enterprises whose facts are drawn from the constants of the rules that read them,
//! so that conditions flip often.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use zhida_engine::decision::Decision;
use zhida_engine::facts::{Facts, PaidWhen, Reading};
use zhida_engine::interpreter::{Context, Interpreter, PeriodRange};
use zhida_indexer::prospect::{MeasureSet, Profile, Prospects, Shown};
use zhida_policies::measure::MeasureRef;
use zhida_policies::measure::expression::{Expr, ExprKind, FactRead, PeriodRead, Test, Value};
use zhida_policies::measure::library::Library;
use zhida_policies::values::{Date, Money, Number, Period};
use zhida_policies::vocabulary::{FactId, FactType, Tree};

/// One fact for one period, and the readings it may have besides being missing.
#[derive(Debug)]
pub(crate) struct Cell {
    pub(crate) fact: FactId,
    pub(crate) period: Period,
    pub(crate) choices: Vec<Reading>,
}

impl Cell {
    /// The reading that a drawn number stands for: 0, and one in eight, is missing, now and then
    /// one of a wrong type.
    pub(crate) fn reading(&self, drawn: u32) -> Reading {
        let place = usize::try_from(drawn / 8).unwrap();
        if drawn.is_multiple_of(8) || self.choices.is_empty() {
            Reading::Missing
        } else if drawn % 128 == 1 {
            let wrong = if matches!(self.choices[0], Reading::Known(Value::Boolean(_))) {
                Value::Text("甲".into())
            } else {
                Value::Boolean(true)
            };
            Reading::Known(wrong)
        } else {
            self.choices[place % self.choices.len()].clone()
        }
    }
}

/// The facts of one enterprise.
#[derive(Debug, Default)]
pub(crate) struct Enterprise {
    readings: BTreeMap<(FactId, Period), Reading>,
}

impl Enterprise {
    pub(crate) fn new(readings: impl IntoIterator<Item = (FactId, Period, Reading)>) -> Self {
        let readings = readings.into_iter();
        Self {
            readings: readings
                .map(|(fact, period, reading)| ((fact, period), reading))
                .collect(),
        }
    }

    pub(crate) fn profile(&self, year: i32) -> Profile {
        let mut profile = Profile::new(year);
        for ((fact, period), reading) in &self.readings {
            let shown = match reading {
                Reading::Known(value) => Shown::Known(value.clone()),
                Reading::Records(_) => Shown::Records,
                Reading::Missing => Shown::Missing,
            };
            profile.insert(*fact, *period, shown);
        }
        profile
    }
}

impl Facts for Enterprise {
    fn enterprise(&self) -> &str {
        "试验企业"
    }

    fn read(&self, fact: FactId, period: Period) -> Reading {
        let reading = self.readings.get(&(fact, period));
        reading.cloned().unwrap_or(Reading::Missing)
    }

    fn source(&self, _: FactId, _: Period) -> String {
        String::new()
    }

    fn paid(&self, _: &MeasureRef, _: PaidWhen) -> Money {
        Money::ZERO
    }
}

/// How many measures had each outcome.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) candidates: usize,
    pub(crate) excluded: usize,
    pub(crate) possible: usize,
}

/// Decides every measure for an enterprise and compares with its candidates.
#[track_caller]
pub(crate) fn compare(
    library: &Library,
    prospects: &Prospects,
    enterprise: &Enterprise,
    year: i32,
) -> Tally {
    let profile = enterprise.profile(year);
    let candidates: MeasureSet = prospects.candidates(&profile);
    assert_eq!(candidates, prospects.search(&profile).unwrap());
    let interpreter = Interpreter::new(library);
    let as_of = Date::new(i16::try_from(year + 1).unwrap(), 6, 30).unwrap();
    let mut tally = Tally::default();
    for (place, measure) in library.measures.iter().enumerate() {
        let decision = interpreter.decide(measure, enterprise, Context { year, as_of });
        let possible = match decision {
            Decision::NotApplicable(_) | Decision::Ineligible(_) => false,
            Decision::Undetermined(_) | Decision::Eligible { .. } | Decision::Error(_) => true,
        };
        if candidates.contains(place) {
            tally.candidates += 1;
        } else {
            assert!(!possible, "{}: {decision:?}\n{enterprise:?}", measure.id);
            tally.excluded += 1;
        }
        tally.possible += usize::from(possible);
    }
    tally
}

/// All that the rules of a library read, with what it may be.
pub(crate) fn cells(library: &Library, year: i32) -> Vec<Cell> {
    let mut found: BTreeMap<(FactId, Period), Constants> = BTreeMap::new();
    for expr in expressions(library) {
        let mut constants = Constants::default();
        let mut reads = Vec::new();
        expr.visit(&mut |node| {
            constants.note(node);
            reads.extend(read_of(node));
        });
        for read in reads {
            for period in PeriodRange::of(read.period, year).periods() {
                found
                    .entry((read.fact, period))
                    .or_default()
                    .extend(&constants);
            }
        }
    }
    let vocabulary = &library.vocabulary;
    for fact in [
        vocabulary.region_fact(),
        vocabulary.zones_fact(),
        vocabulary.industry_fact(),
    ] {
        found.entry((fact.unwrap(), Period::Status)).or_default();
    }
    let cell = |((fact, period), constants): ((FactId, Period), Constants)| Cell {
        fact,
        period,
        choices: choices(library, fact, &constants),
    };
    found.into_iter().map(cell).collect()
}

fn expressions(library: &Library) -> Vec<&Expr> {
    let mut all = Vec::new();
    for measure in &library.measures {
        all.extend(measure.bindings.iter().map(|binding| &binding.expression));
        all.extend(
            measure
                .conditions
                .iter()
                .map(|condition| &condition.expression),
        );
        all.extend(
            measure
                .exceptions
                .iter()
                .map(|exception| &exception.expression),
        );
        all.push(&measure.award.expression);
    }
    all
}

fn read_of(node: &Expr) -> Option<FactRead> {
    match &node.kind {
        ExprKind::Fact(read) => Some(*read),
        ExprKind::Aggregate(aggregate) => Some(aggregate.list),
        _ => None,
    }
}

/// What is written in the expressions that read a fact.
#[derive(Debug, Default)]
struct Constants {
    values: BTreeSet<Value>,
    codes: BTreeSet<Arc<str>>,
}

impl Constants {
    fn extend(&mut self, other: &Self) {
        self.values.extend(other.values.iter().cloned());
        self.codes.extend(other.codes.iter().cloned());
    }

    fn note(&mut self, node: &Expr) {
        match &node.kind {
            ExprKind::Literal(Value::Sequence(items)) => self.values.extend(items.iter().cloned()),
            ExprKind::Literal(value) => drop(self.values.insert(value.clone())),
            ExprKind::In(_, tests) => self.note_tests(tests),
            ExprKind::Step(_, rows) => rows
                .iter()
                .for_each(|row| self.note_tests(std::slice::from_ref(&row.test))),
            ExprKind::Table(table) => {
                table
                    .rows
                    .iter()
                    .for_each(|row| self.note_tests(&row.cells));
            }
            _ => {}
        }
    }

    fn note_tests(&mut self, tests: &[Test]) {
        for test in tests {
            match test {
                Test::Below(_, code) => drop(self.codes.insert(code.clone())),
                Test::Any(tests) => self.note_tests(tests),
                Test::Not(test) => self.note_tests(std::slice::from_ref(&**test)),
                _ => {}
            }
        }
    }

    fn texts(&self) -> Vec<Arc<str>> {
        let text = |value: &Value| match value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        };
        self.values.iter().filter_map(text).collect()
    }

    /// The numbers, each with its neighbours.
    fn numbers(&self) -> Vec<Number> {
        let mut numbers = BTreeSet::from([Number::zero(), Number::from_i64(1)]);
        for value in &self.values {
            if let Value::Money(number) | Value::Number(number) = value {
                numbers.insert(number.clone());
                for step in [-1, 1] {
                    numbers.insert(number.checked_add(&Number::from_i64(step)).unwrap());
                }
            }
        }
        numbers.into_iter().collect()
    }

    fn of_type(&self, fact_type: &FactType) -> Vec<Value> {
        let texts = || self.texts().into_iter().map(Value::Text);
        match fact_type {
            FactType::Boolean => [true, false].map(Value::Boolean).to_vec(),
            FactType::Money => self.numbers().into_iter().map(Value::Money).collect(),
            FactType::Number => self.numbers().into_iter().map(Value::Number).collect(),
            FactType::Date => [(2019, 3, 1), (2024, 12, 31), (2025, 1, 1), (2025, 7, 1)]
                .map(|(year, month, day)| Value::Date(Date::new(year, month, day).unwrap()))
                .to_vec(),
            FactType::Text => texts().chain([Value::Text("甲".into())]).collect(),
            FactType::Enum(members) => {
                let some = members
                    .iter()
                    .take(3)
                    .map(|member| Value::Text(member.as_str().into()));
                texts().chain(some).collect()
            }
            FactType::Set(members) => {
                let known = |text: &Arc<str>| members.iter().any(|member| **member == **text);
                let texts: Vec<_> = self.texts().into_iter().filter(known).collect();
                let mut sets: Vec<Vec<Arc<str>>> = vec![Vec::new(), texts.clone()];
                sets.extend(texts.into_iter().map(|text| vec![text]));
                sets.into_iter().map(|set| Value::Set(set.into())).collect()
            }
            FactType::Code(_) | FactType::List(_) => Vec::new(),
        }
    }
}

fn choices(library: &Library, fact: FactId, constants: &Constants) -> Vec<Reading> {
    let fact_type = &library.vocabulary.fact(fact).fact_type;
    let known = |values: Vec<Value>| values.into_iter().map(Reading::Known).collect();
    let regions: BTreeSet<_> = library
        .measures
        .iter()
        .map(|measure| measure.region)
        .collect();
    if Some(fact) == library.vocabulary.zones_fact() {
        let mut zones = vec![Value::Set(Arc::default())];
        let all = regions
            .iter()
            .filter(|region| library.codes.is_zone(**region));
        zones.extend(all.map(|zone| Value::Set([zone.as_str().into()].into())));
        return known(zones);
    }
    match fact_type {
        FactType::Code(tree) => {
            let mut codes: BTreeSet<Arc<str>> = constants.codes.clone();
            codes.insert("Z9".into());
            let codes_tree = match tree {
                Tree::Industry => library.codes.industries(),
                Tree::Region => library.codes.regions(),
            };
            if *tree == Tree::Region {
                codes.extend(regions.iter().map(|region| Arc::from(region.as_str())));
                codes.remove("");
            } else {
                codes.extend(["A01", "C13", "C3911", "E47", "F51", "H62"].map(Arc::from));
            }
            let inside: Vec<Arc<str>> = codes
                .iter()
                .filter_map(|code| codes_tree.children(code).last())
                .map(Arc::from)
                .collect();
            codes.extend(inside);
            known(codes.into_iter().map(Value::Text).collect())
        }
        FactType::List(fields) => {
            let field = |pick: usize| {
                let value = |field: &zhida_policies::vocabulary::Field| {
                    let values = constants.of_type(&field.field_type);
                    let place = pick.checked_rem(values.len())?;
                    values.get(place).cloned()
                };
                fields.iter().map(value).collect::<Vec<_>>()
            };
            let unknown = vec![None; fields.len()];
            let lists = [
                vec![],
                vec![field(0)],
                vec![field(1), field(5)],
                vec![unknown, field(9)],
            ];
            lists
                .into_iter()
                .map(|records| Reading::Records(records.into()))
                .collect()
        }
        _ => known(constants.of_type(fact_type)),
    }
}

/// A read of a status, for tests that name facts.
pub(crate) fn status(fact: FactId) -> FactRead {
    FactRead {
        fact,
        period: PeriodRead::Status,
    }
}
