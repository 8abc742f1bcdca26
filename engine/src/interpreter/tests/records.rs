//! Aggregates over records of which some fields are missing: whatever arrives, the result lies
//! where the aggregate said it would.

use std::sync::Arc;

use proptest::prelude::*;
use zhida_policies::measure::MeasureRef;
use zhida_policies::measure::expression::{
    Aggregate, Comparison, Expr, ExprKind, FactRead, PeriodRead, Value,
};
use zhida_policies::syntax::ast::YearSyntax;
use zhida_policies::syntax::words::Function;
use zhida_policies::values::{Money, Number, Period};
use zhida_policies::vocabulary::FactId;

use super::laws::{CONTEXT, node, shared_library};
use crate::facts::{Facts, PaidWhen, Reading, Record};
use crate::interpreter::{Evaluation, Interpreter};

const FUNCTIONS: [Function; 7] = [
    Function::Sum,
    Function::Count,
    Function::Min,
    Function::Max,
    Function::Mean,
    Function::Any,
    Function::All,
];

/// An enterprise with one list fact.
struct Records(FactId, Arc<[Record]>);

impl Facts for Records {
    fn enterprise(&self) -> &str {
        "91110000802100433B"
    }

    fn read(&self, fact: FactId, _period: Period) -> Reading {
        if fact == self.0 {
            Reading::Records(Arc::clone(&self.1))
        } else {
            Reading::Missing
        }
    }

    fn source(&self, _fact: FactId, _period: Period) -> String {
        String::new()
    }

    fn paid(&self, _measure: &MeasureRef, _when: PaidWhen) -> Money {
        Money::ZERO
    }
}

/// The number of months and whether it counts, each known or to be filled.
type Sketch = ((Option<i64>, i64), (Option<bool>, bool));

fn record(months: Option<i64>, counts: Option<bool>) -> Record {
    vec![
        months.map(|months| Value::Number(Number::from_i64(months))),
        counts.map(Value::Boolean),
        None,
    ]
}

fn aggregate(list: FactId, function: Function) -> Expr {
    let field = |index| node(ExprKind::Field(list, index));
    let value = match function {
        Function::Count => None,
        Function::Any | Function::All => Some(node(ExprKind::Compare(
            Comparison::GreaterOrEqual,
            Box::new(field(0)),
            Box::new(node(ExprKind::Literal(Value::Number(Number::from_i64(1))))),
        ))),
        _ => Some(field(0)),
    };
    let period = PeriodRead::Year(YearSyntax::Offset(0));
    node(ExprKind::Aggregate(Box::new(Aggregate {
        function,
        list: FactRead { fact: list, period },
        value,
        filter: Some(field(1)),
    })))
}

/// The aggregate over complete records, computed on machine integers; nothing where there is no
/// record to take it from. The mean as a ratio.
fn independent(function: Function, records: &[(i64, bool)]) -> Option<Value> {
    let months: Vec<i64> = records
        .iter()
        .filter(|(_, counts)| *counts)
        .map(|(months, _)| *months)
        .collect();
    let count = i64::try_from(months.len()).unwrap();
    let number = |value: i64| Value::Number(Number::from_i64(value));
    match function {
        Function::Sum => Some(number(months.iter().sum())),
        Function::Count => Some(number(count)),
        Function::Min => months.iter().min().map(|least| number(*least)),
        Function::Max => months.iter().max().map(|greatest| number(*greatest)),
        Function::Mean => Number::from_ratio(months.iter().sum(), count)
            .ok()
            .map(Value::Number),
        Function::Any => Some(Value::Boolean(months.iter().any(|months| *months >= 1))),
        Function::All => Some(Value::Boolean(months.iter().all(|months| *months >= 1))),
        _ => None,
    }
}

fn sketches() -> impl Strategy<Value = Vec<Sketch>> {
    let months = (prop::option::weighted(0.7, -2i64..4), -2i64..4);
    let counts = (prop::option::weighted(0.7, any::<bool>()), any::<bool>());
    prop::collection::vec((months, counts), 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(800))]

    #[test]
    fn what_arrives_lies_where_the_aggregate_said(sketches in sketches()) {
        let library = shared_library();
        let list = library.vocabulary.find("新增员工").unwrap();
        let interpreter = Interpreter::new(library);
        let partial: Vec<Record> =
            sketches.iter().map(|((months, _), (counts, _))| record(*months, *counts)).collect();
        let full: Vec<(i64, bool)> = sketches
            .iter()
            .map(|((months, month), (counts, count))| {
                (months.unwrap_or(*month), counts.unwrap_or(*count))
            })
            .collect();
        for function in FUNCTIONS {
            let expr = aggregate(list, function);
            let facts = Records(list, partial.clone().into());
            let found = interpreter.evaluate_expression(&expr, &[], &facts, CONTEXT);
            let expected = independent(function, &full);
            match (found, expected) {
                (Evaluation::Known(found), expected) => prop_assert_eq!(Some(found), expected),
                (Evaluation::Unknown(unknown), Some(Value::Number(number))) => {
                    let bounds = unknown.bounds;
                    prop_assert!(bounds.least.is_none_or(|least| least <= number));
                    prop_assert!(bounds.greatest.is_none_or(|greatest| number <= greatest));
                    prop_assert!(!unknown.missing.is_empty());
                }
                (Evaluation::Unknown(unknown), _) => prop_assert!(!unknown.missing.is_empty()),
                (Evaluation::Undefined(undefined), _) => {
                    prop_assert!(false, "{undefined:?}");
                }
            }
            let complete: Vec<Record> =
                full.iter().map(|(months, counts)| record(Some(*months), Some(*counts))).collect();
            let facts = Records(list, complete.into());
            let found = interpreter.evaluate_expression(&expr, &[], &facts, CONTEXT);
            prop_assert_eq!(found.known().cloned(), independent(function, &full));
        }
    }
}
