//! A fact that arrives never takes back what had been decided without it.

use proptest::prelude::*;
use zhida_policies::measure::expression::{
    Arithmetic, Comparison, Expr, ExprKind, FactRead, PeriodRead, Table, TableRow, Test, TierRow,
    Value,
};
use zhida_policies::measure::{Condition, Measure};
use zhida_policies::span::{FileId, Span};
use zhida_policies::syntax::ast::YearSyntax;
use zhida_policies::syntax::words::{Function, HitPolicy};
use zhida_policies::values::{Money, Number, Period};
use zhida_policies::vocabulary::{FactId, Vocabulary};

use super::laws::{CONTEXT, Given, node, shared_library};
use crate::decision::Decision;
use crate::interpreter::{Interpreter, MissingFact};

const NUMBERS: [&str; 2] = ["人数", "评分"];
const BOOLEANS: [&str; 2] = ["规上企业", "红旗"];

/// A generated expression, before its names are resolved.
#[derive(Clone, Debug)]
enum Sketch {
    /// A number or a truth value, as the place demands.
    Constant(i64),
    Fact(usize),
    Arithmetic(Arithmetic, Box<Sketch>, Box<Sketch>),
    Function(Function, Box<Sketch>, Box<Sketch>),
    If(Box<Sketch>, Box<Sketch>, Box<Sketch>),
    Step(Box<Sketch>, [i64; 3]),
    Table(HitPolicy, [Box<Sketch>; 2], [i64; 3], Box<Sketch>),
    Compare(Comparison, Box<Sketch>, Box<Sketch>),
    Junction(bool, Box<Sketch>, Box<Sketch>),
    Not(Box<Sketch>),
}

fn span() -> Span {
    Span::new(FileId(0), 0, 0)
}

fn read(vocabulary: &Vocabulary, name: &str) -> ExprKind {
    let fact = vocabulary.find(name).unwrap();
    ExprKind::Fact(FactRead {
        fact,
        period: PeriodRead::Year(YearSyntax::Offset(0)),
    })
}

fn literal(number: i64) -> Expr {
    node(ExprKind::Literal(Value::Number(Number::from_i64(number))))
}

fn at_least(number: i64) -> Test {
    Test::Compare(Comparison::GreaterOrEqual, Box::new(literal(number)))
}

fn below(number: i64) -> Test {
    Test::Compare(Comparison::Less, Box::new(literal(number)))
}

impl Sketch {
    fn number(&self, vocabulary: &Vocabulary) -> Expr {
        let number = |sketch: &Sketch| Box::new(sketch.number(vocabulary));
        node(match self {
            Self::Constant(value) => return literal(*value),
            Self::Fact(index) => read(vocabulary, NUMBERS[index % NUMBERS.len()]),
            Self::Arithmetic(operation, left, right) => {
                ExprKind::Arithmetic(*operation, number(left), number(right))
            }
            Self::Function(function, left, right) => ExprKind::Call(
                *function,
                vec![left.number(vocabulary), right.number(vocabulary)],
            ),
            Self::If(condition, then, otherwise) => ExprKind::If(
                Box::new(condition.truth(vocabulary)),
                number(then),
                number(otherwise),
            ),
            Self::Step(subject, [first, second, third]) => {
                let row = |test: Test, value: i64| TierRow {
                    test,
                    value: literal(value),
                    span: span(),
                };
                let rows = vec![row(below(*first), *second), row(at_least(0), *third)];
                ExprKind::Step(number(subject), rows)
            }
            Self::Table(policy, [left, right], [first, second, third], result) => {
                let row = |cells: Vec<Test>, result: Expr| TableRow {
                    cells,
                    result,
                    span: span(),
                };
                ExprKind::Table(Box::new(Table {
                    policy: *policy,
                    order: vec![Value::Number(Number::from_i64(*second))],
                    columns: vec![left.number(vocabulary), right.number(vocabulary)],
                    rows: vec![
                        row(vec![below(*first), Test::Anything], literal(*second)),
                        row(vec![Test::Anything, at_least(*third)], literal(*second)),
                        row(
                            vec![at_least(*first), below(*third)],
                            result.number(vocabulary),
                        ),
                    ],
                }))
            }
            Self::Compare(..) | Self::Junction(..) | Self::Not(_) => return literal(1),
        })
    }

    fn truth(&self, vocabulary: &Vocabulary) -> Expr {
        let truth = |sketch: &Sketch| sketch.truth(vocabulary);
        let number = |sketch: &Sketch| Box::new(sketch.number(vocabulary));
        node(match self {
            Self::Constant(value) => ExprKind::Literal(Value::Boolean(*value > 0)),
            Self::Fact(index) => read(vocabulary, BOOLEANS[index % BOOLEANS.len()]),
            Self::Compare(comparison, left, right) => {
                ExprKind::Compare(*comparison, number(left), number(right))
            }
            Self::Junction(true, left, right) => ExprKind::And(vec![truth(left), truth(right)]),
            Self::Junction(false, left, right) => ExprKind::Or(vec![truth(left), truth(right)]),
            Self::Not(inner) => ExprKind::Not(Box::new(truth(inner))),
            Self::If(condition, then, otherwise) => ExprKind::If(
                Box::new(truth(condition)),
                Box::new(truth(then)),
                Box::new(truth(otherwise)),
            ),
            Self::Arithmetic(_, left, right) | Self::Function(_, left, right) => {
                ExprKind::Compare(Comparison::LessOrEqual, number(left), number(right))
            }
            Self::Step(subject, [first, ..]) | Self::Table(_, [subject, _], [first, ..], _) => {
                ExprKind::In(number(subject), vec![below(*first), at_least(first + 2)])
            }
        })
    }
}

/// A number without value, whatever is known.
fn undefined() -> Sketch {
    let [one, zero] = [1, 0].map(|number| Box::new(Sketch::Constant(number)));
    Sketch::Arithmetic(Arithmetic::Divide, one, zero)
}

fn sketch() -> impl Strategy<Value = Sketch> {
    let leaf = prop_oneof![
        (-3i64..6).prop_map(Sketch::Constant),
        (0usize..2).prop_map(Sketch::Fact),
        (0usize..2).prop_map(Sketch::Fact),
        Just(undefined()),
        Just(Sketch::Compare(
            Comparison::Less,
            Box::new(undefined()),
            Box::new(Sketch::Constant(0)),
        )),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        let operation = prop::sample::select(vec![
            Arithmetic::Add,
            Arithmetic::Subtract,
            Arithmetic::Multiply,
            Arithmetic::Divide,
        ]);
        let function = prop::sample::select(vec![
            Function::Min,
            Function::Max,
            Function::Sum,
            Function::Mean,
            Function::Modulo,
            Function::RoundHalfUp,
        ]);
        let policy = prop::sample::select(vec![
            HitPolicy::First,
            HitPolicy::Unique,
            HitPolicy::Any,
            HitPolicy::Priority,
            HitPolicy::Sum,
            HitPolicy::Max,
            HitPolicy::Min,
            HitPolicy::Count,
        ]);
        let comparison = prop::sample::select(vec![
            Comparison::Equal,
            Comparison::Less,
            Comparison::GreaterOrEqual,
        ]);
        let figures = prop::array::uniform3(-2i64..5);
        prop_oneof![
            (operation, boxed.clone(), boxed.clone())
                .prop_map(|(operation, a, b)| Sketch::Arithmetic(operation, a, b)),
            (function, boxed.clone(), boxed.clone())
                .prop_map(|(function, a, b)| Sketch::Function(function, a, b)),
            (boxed.clone(), boxed.clone(), boxed.clone())
                .prop_map(|(condition, a, b)| Sketch::If(condition, a, b)),
            (boxed.clone(), figures.clone())
                .prop_map(|(subject, rows)| Sketch::Step(subject, rows)),
            (
                policy,
                [boxed.clone(), boxed.clone()],
                figures,
                boxed.clone()
            )
                .prop_map(|(policy, columns, rows, result)| {
                    Sketch::Table(policy, columns, rows, result)
                }),
            (comparison, boxed.clone(), boxed.clone())
                .prop_map(|(comparison, a, b)| Sketch::Compare(comparison, a, b)),
            (any::<bool>(), boxed.clone(), boxed.clone())
                .prop_map(|(all, a, b)| Sketch::Junction(all, a, b)),
            boxed.prop_map(Sketch::Not),
        ]
    })
}

/// What is known of the four facts, and what fills the others.
fn facts() -> impl Strategy<Value = Vec<(Option<i64>, i64)>> {
    prop::collection::vec((prop::option::of(-2i64..5), -2i64..5), 4)
}

fn given_facts(vocabulary: &Vocabulary, values: &[Option<i64>]) -> Given {
    let names = NUMBERS.iter().chain(&BOOLEANS);
    Given(
        names
            .zip(values)
            .enumerate()
            .map(|(index, (name, value))| {
                let value = value.map(|value| {
                    if index < NUMBERS.len() {
                        Value::Number(Number::from_i64(value))
                    } else {
                        Value::Boolean(value > 0)
                    }
                });
                (vocabulary.find(name).unwrap(), value)
            })
            .collect(),
    )
}

fn generated_measure(base: &Measure, vocabulary: &Vocabulary, parts: &[Sketch]) -> Measure {
    let condition = |sketch: &Sketch| Condition {
        label: None,
        expression: sketch.truth(vocabulary),
        text: String::new(),
        span: span(),
    };
    let mut measure = base.clone();
    measure.exceptions = vec![condition(&parts[0])];
    measure.conditions = vec![condition(&parts[1]), condition(&parts[2])];
    let yuan = node(ExprKind::Literal(Value::Money(Number::from_i64(100))));
    measure.award.expression = node(ExprKind::Arithmetic(
        Arithmetic::Multiply,
        Box::new(yuan),
        Box::new(parts[3].number(vocabulary)),
    ));
    measure
}

/// Whether a decision is one that the earlier, with less known, had left open.
fn was_possible(before: &Decision, after: &Decision) -> bool {
    match (before, after) {
        (Decision::Undetermined(facts), Decision::Eligible { award, .. }) => {
            facts.least <= *award && facts.greatest.is_none_or(|greatest| *award <= greatest)
        }
        (Decision::Undetermined(facts), Decision::Undetermined(less)) => {
            less.missing.is_subset(&facts.missing)
        }
        (Decision::Undetermined(facts), Decision::Ineligible(_) | Decision::NotApplicable(_)) => {
            facts.least == Money::ZERO
        }
        (Decision::Undetermined(_), Decision::Error(_)) => true,
        // An exception that was unknown may hold after all; there is no money either way.
        (Decision::Ineligible(_), Decision::Ineligible(_) | Decision::NotApplicable(_))
        | (Decision::NotApplicable(_), Decision::NotApplicable(_))
        | (Decision::Error(_), Decision::Error(_)) => true,
        (Decision::Eligible { .. }, _) => before == after,
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_decided_stays_decided(
        parts in prop::collection::vec(sketch(), 4),
        facts in facts(),
    ) {
        let library = shared_library();
        let vocabulary = &library.vocabulary;
        let measure = generated_measure(&library.measures[0], vocabulary, &parts);
        let interpreter = Interpreter::new(library);
        let before: Vec<Option<i64>> = facts.iter().map(|(known, _)| *known).collect();
        let after: Vec<Option<i64>> =
            facts.iter().map(|(known, filled)| known.or(Some(*filled))).collect();
        let partial = given_facts(vocabulary, &before);
        let full = given_facts(vocabulary, &after);
        let first = interpreter.decide(&measure, &partial, CONTEXT);
        let then = interpreter.decide(&measure, &full, CONTEXT);
        prop_assert!(was_possible(&first, &then), "{first:?} became {then:?}");
        prop_assert!(
            !matches!(then, Decision::Undetermined(_)),
            "undetermined with everything known"
        );
        prop_assert_eq!(&interpreter.trace(&measure, &partial, CONTEXT).0, &first);

        // Facts that are not named as missing cannot change the outcome.
        if let Decision::Undetermined(missing) = &first {
            let named = |fact: FactId| {
                missing.missing.contains(&MissingFact::Fact { fact, period: Period::Year(2025) })
            };
            let others = full.0.iter().zip(&partial.0);
            let others = others.map(|((fact, full), (_, partial))| {
                (*fact, if named(*fact) { partial.clone() } else { full.clone() })
            });
            let others = Given(others.collect());
            let still = interpreter.decide(&measure, &others, CONTEXT);
            prop_assert_eq!(&still, &first);
        }
    }
}
