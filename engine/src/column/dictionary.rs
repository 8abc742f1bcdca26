//! Conditions on one text: decided once for each distinct word, by the reference interpreter.

use std::sync::Arc;

use rayon::prelude::*;
use zhida_policies::measure::expression::{Aggregate, Expr, ExprKind, FactRead, PeriodRead, Value};
use zhida_policies::measure::{Binding, MeasureRef};
use zhida_policies::syntax::words::Function;
use zhida_policies::values::{Money, Period};
use zhida_policies::vocabulary::FactId;

use crate::column::bound::Bound;
use crate::facts::{Facts, PaidWhen, Reading};
use crate::interpreter::Evaluation;
use crate::plan::{NodeId, Op, Written};

/// The bit of an entry that is true.
pub(super) const YES: u8 = 1;
/// The bit of an entry that is unknown.
pub(super) const UNKNOWN_BIT: u8 = 2;
/// The bit of an entry without value.
pub(super) const UNDEFINED_BIT: u8 = 4;
/// The bit of an entry that the reference must decide row by row.
pub(super) const BEYOND_BIT: u8 = 8;

/// An enterprise of which one text is known, or one record with one text.
struct OneWord {
    fact: FactId,
    reading: Reading,
}

impl Facts for OneWord {
    fn enterprise(&self) -> &str {
        ""
    }

    fn read(&self, fact: FactId, _: Period) -> Reading {
        if fact == self.fact {
            self.reading.clone()
        } else {
            Reading::Missing
        }
    }

    fn source(&self, _: FactId, _: Period) -> String {
        String::new()
    }

    fn paid(&self, _: &MeasureRef, _: PaidWhen) -> Money {
        Money::ZERO
    }
}

/// What the condition comes to for each word, and last for a missing one.
pub(super) fn decide(
    bound: &Bound<'_>,
    subject: NodeId,
    written: &Written,
    words: &[Arc<str>],
) -> Vec<u8> {
    let bindings: &[Binding] = written
        .measure
        .and_then(|measure| bound.plan.library().measures.get(measure))
        .map_or(&[], |measure| &measure.bindings);
    let (fact, field) = match bound.op(subject) {
        Op::Column(key) => (key.fact, None),
        Op::Field(key, field) => (key.fact, Some(*field)),
        _ => return vec![BEYOND_BIT; words.len() + 1],
    };
    let expr = match field {
        None => (*written.expression).clone(),
        Some(_) => in_one_record(fact, &written.expression),
    };
    let one = |word: Option<&Arc<str>>| {
        let value = word.map(|word| Value::Text(Arc::clone(word)));
        let reading = match (field, value) {
            (None, Some(value)) => Reading::Known(value),
            (None, None) => Reading::Missing,
            (Some(field), value) => {
                let mut record = vec![None; field + 1];
                record[field] = value;
                Reading::Records(Arc::from([record]))
            }
        };
        let facts = OneWord { fact, reading };
        let context = bound.plan.context();
        entry(
            &bound
                .interpreter
                .evaluate_expression(&expr, bindings, &facts, context),
        )
    };
    let mut entries: Vec<u8> = words.par_iter().map(|word| one(Some(word))).collect();
    entries.push(one(None));
    entries
}

/// 存在 over a single record comes to what its condition comes to.
fn in_one_record(list: FactId, condition: &Expr) -> Expr {
    let aggregate = Aggregate {
        function: Function::Any,
        list: FactRead {
            fact: list,
            period: PeriodRead::Status,
        },
        value: Some(condition.clone()),
        filter: None,
    };
    Expr {
        kind: ExprKind::Aggregate(Box::new(aggregate)),
        span: condition.span,
    }
}

/// A condition's outcome as an entry.
pub(super) fn entry(evaluation: &Evaluation) -> u8 {
    match evaluation {
        Evaluation::Known(Value::Boolean(true)) => YES,
        Evaluation::Known(Value::Boolean(false)) => 0,
        Evaluation::Known(_) => BEYOND_BIT,
        Evaluation::Unknown(_) => UNKNOWN_BIT,
        Evaluation::Undefined(_) => UNDEFINED_BIT,
    }
}
