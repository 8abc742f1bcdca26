//! One enterprise of a snapshot, as the interpreter reads it.

use std::sync::Arc;

use zhida_policies::measure::MeasureRef;
use zhida_policies::measure::expression::Value;
use zhida_policies::values::{Money, Number, Period};
use zhida_policies::vocabulary::{Absent, FactId, FactType};

use crate::facts::{Facts, PaidWhen, Reading, Record};
use crate::snapshot::Snapshot;
use crate::snapshot::column::{Column, ListColumn};
use crate::snapshot::schema::ColumnKey;

/// One enterprise of a snapshot.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    snapshot: &'a Snapshot,
    row: usize,
}

impl<'a> Row<'a> {
    pub(crate) fn new(snapshot: &'a Snapshot, row: usize) -> Self {
        Self { snapshot, row }
    }

    /// Its place in the snapshot.
    #[must_use]
    pub fn index(&self) -> usize {
        self.row
    }

    /// Its registered name; empty when unknown.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.snapshot.name(self.row)
    }
}

impl Facts for Row<'_> {
    fn enterprise(&self) -> &str {
        self.snapshot.uscc(self.row)
    }

    fn read(&self, fact: FactId, period: Period) -> Reading {
        let column = self.snapshot.column(ColumnKey { fact, period });
        match column {
            Some(column) if column.is_known(self.row) => reading(column, self.row),
            Some(_) | None => absent(self.snapshot, fact),
        }
    }

    fn source(&self, fact: FactId, period: Period) -> String {
        let column = self.snapshot.column(ColumnKey { fact, period });
        if column.is_some_and(|column| column.is_known(self.row)) {
            self.snapshot.source_text(self.row)
        } else {
            String::new()
        }
    }

    fn paid(&self, measure: &MeasureRef, when: PaidWhen) -> Money {
        self.snapshot
            .ledger()
            .paid(self.enterprise(), measure, when)
    }
}

fn reading(column: &Column, row: usize) -> Reading {
    match column {
        Column::Records(list) => Reading::Records(records(list, row)),
        Column::Money(_)
        | Column::Number(_)
        | Column::NumberText(_)
        | Column::Boolean(_)
        | Column::Date(_)
        | Column::Text(_)
        | Column::Set(_) => value(column, row).map_or(Reading::Missing, Reading::Known),
    }
}

fn records(list: &ListColumn, row: usize) -> Arc<[Record]> {
    let record = |place| {
        list.fields()
            .iter()
            .map(|(_, field)| value(field, place))
            .collect()
    };
    list.range(row).map(record).collect()
}

/// The plain value of a row; `None` when it is missing.
fn value(column: &Column, row: usize) -> Option<Value> {
    if !column.is_known(row) {
        return None;
    }
    match column {
        Column::Money(values) => Some(Value::Money(Number::from_i64(values.value(row)))),
        Column::Number(_) | Column::NumberText(_) => {
            column.number(row)?.to_number().map(Value::Number)
        }
        Column::Boolean(values) => Some(Value::Boolean(values.value(row))),
        Column::Date(values) => crate::snapshot::column::day(values.value(row)).map(Value::Date),
        Column::Text(texts) => texts.word(row).map(|word| Value::Text(Arc::clone(word))),
        Column::Set(sets) => Some(Value::Set(sets.held(row))),
        Column::Records(_) => None,
    }
}

/// What the vocabulary says of a value that is not there.
fn absent(snapshot: &Snapshot, fact: FactId) -> Reading {
    let fact = snapshot.vocabulary().fact(fact);
    match (fact.absent, &fact.fact_type) {
        (Absent::False, FactType::Boolean) => Reading::Known(Value::Boolean(false)),
        (Absent::False, FactType::Set(_)) => Reading::Known(Value::Set(Arc::from([]))),
        (Absent::Zero, FactType::Money) => Reading::Known(Value::Money(Number::zero())),
        (Absent::Zero, FactType::Number) => Reading::Known(Value::Number(Number::zero())),
        (Absent::False | Absent::Zero, FactType::List(_)) => Reading::Records(Arc::from([])),
        (Absent::Unknown | Absent::False | Absent::Zero, _) => Reading::Missing,
    }
}
