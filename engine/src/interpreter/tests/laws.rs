//! Laws of the logic and of the marginal tiers, against independent computations.

use std::sync::OnceLock;

use proptest::prelude::*;
use zhida_policies::measure::expression::{Band, Expr, ExprKind, Value};
use zhida_policies::measure::library::Library;
use zhida_policies::span::{FileId, Span};
use zhida_policies::values::{Date, Money, Number, Period};
use zhida_policies::vocabulary::FactId;

use super::library_of;
use crate::facts::{Facts, PaidWhen, Reading};
use crate::interpreter::{Context, Evaluation, Interpreter};

pub(super) const CONTEXT: Context = Context {
    year: 2025,
    as_of: Date::constant(2025, 12, 31),
};

/// A library with the vocabulary of the tests, the same for all cases.
pub(super) fn shared_library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        library_of(
            "",
            "事项 one \"一\"\n周期 每年\n资格 规上企业\n金额 1元 取整 元 舍去",
        )
    })
}

pub(super) fn node(kind: ExprKind) -> Expr {
    Expr {
        kind,
        span: Span::new(FileId(0), 0, 0),
    }
}

/// Facts given by name for 2025.
#[derive(Clone, Debug, Default)]
pub(super) struct Given(pub(super) Vec<(FactId, Option<Value>)>);

impl Facts for Given {
    fn enterprise(&self) -> &str {
        "91110000802100433B"
    }

    fn read(&self, fact: FactId, _period: Period) -> Reading {
        let found = self.0.iter().find(|(given, _)| *given == fact);
        match found.and_then(|(_, value)| value.clone()) {
            Some(value) => Reading::Known(value),
            None => Reading::Missing,
        }
    }

    fn source(&self, _fact: FactId, _period: Period) -> String {
        String::new()
    }

    fn paid(&self, _measure: &zhida_policies::measure::MeasureRef, _when: PaidWhen) -> Money {
        Money::ZERO
    }
}

/// A formula over literals: −1 false, 0 unknown, 1 true.
#[derive(Clone, Debug)]
enum Formula {
    Leaf(i8),
    Not(Box<Formula>),
    And(Vec<Formula>),
    Or(Vec<Formula>),
}

impl Formula {
    /// Kleene's strong logic is negation, minimum and maximum over −1, 0, 1.
    fn value(&self) -> i8 {
        match self {
            Self::Leaf(value) => *value,
            Self::Not(inner) => -inner.value(),
            Self::And(all) => all.iter().map(Self::value).min().unwrap(),
            Self::Or(all) => all.iter().map(Self::value).max().unwrap(),
        }
    }

    fn expr(&self) -> Expr {
        node(match self {
            Self::Leaf(0) => ExprKind::Unknown,
            Self::Leaf(value) => ExprKind::Literal(Value::Boolean(*value > 0)),
            Self::Not(inner) => ExprKind::Not(Box::new(inner.expr())),
            Self::And(all) => ExprKind::And(all.iter().map(Self::expr).collect()),
            Self::Or(all) => ExprKind::Or(all.iter().map(Self::expr).collect()),
        })
    }
}

fn formula() -> impl Strategy<Value = Formula> {
    (-1i8..=1)
        .prop_map(Formula::Leaf)
        .prop_recursive(4, 40, 4, |inner| {
            prop_oneof![
                inner.clone().prop_map(|one| Formula::Not(Box::new(one))),
                prop::collection::vec(inner.clone(), 2..5).prop_map(Formula::And),
                prop::collection::vec(inner, 2..5).prop_map(Formula::Or),
            ]
        })
}

fn evaluate(expr: &Expr) -> Evaluation {
    Interpreter::new(shared_library()).evaluate_expression(expr, &[], &Given::default(), CONTEXT)
}

/// Bands of whole numbers with rates in per mille, and the rate of each unit.
fn bands() -> impl Strategy<Value = Vec<(i64, i64)>> {
    prop::collection::vec((1i64..40, 0i64..1000), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_logic_is_kleenes(formula in formula()) {
        let expected = match formula.value() {
            0 => None,
            value => Some(Value::Boolean(value > 0)),
        };
        prop_assert_eq!(evaluate(&formula.expr()).known().cloned(), expected);
    }

    #[test]
    fn marginal_is_the_sum_over_every_unit(widths in bands(), subject in 0i64..250) {
        let mut low = 0;
        let mut rates = Vec::new();
        let mut checked = Vec::new();
        for (index, (width, rate)) in widths.iter().enumerate() {
            let last = index + 1 == widths.len();
            let high = low + width;
            checked.push(Band {
                low: Number::from_i64(low),
                high: (!last).then(|| Number::from_i64(high)),
                rate: node(ExprKind::Literal(Value::Number(
                    Number::from_ratio(*rate, 1000).unwrap(),
                ))),
                span: Span::new(FileId(0), 0, 0),
            });
            let units = if last { 250 } else { *width };
            rates.extend((0..units).map(|_| i128::from(*rate)));
            low = high;
        }
        let per_mille: i128 = rates[..usize::try_from(subject).unwrap()].iter().sum();
        let subject = node(ExprKind::Literal(Value::Money(Number::from_i64(subject))));
        let found = evaluate(&node(ExprKind::Marginal(Box::new(subject), checked)));
        let expected = Number::from_i128(per_mille).checked_div(&Number::from_i64(1000)).unwrap();
        prop_assert_eq!(found, Evaluation::Known(Value::Money(expected)));
    }
}
