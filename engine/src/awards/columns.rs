//! Readings by columns: what the rules of a settlement read, for millions of enterprises.

use std::collections::BTreeMap;

use arrow::array::Array;
use zhida_policies::measure::library::Library;
use zhida_policies::vocabulary::FactId;

use crate::awards::payments::number;
use crate::awards::readings::{Figure, InterpreterReadings, Question, Readings, place};
use crate::column;
use crate::interpreter::Context;
use crate::plan::{Plan, Schema};
use crate::snapshot::{Column, Snapshot};

/// Below this many enterprises a plan is not worth its making.
const ROWS_MIN: usize = 256;

/// Readings of a snapshot by columns, and by the reference interpreter where those do not tell.
#[derive(Clone, Debug)]
pub struct ColumnReadings<'a> {
    library: &'a Library,
    snapshot: &'a Snapshot,
    context: Context,
    schema: Schema,
    reference: InterpreterReadings<'a>,
}

impl<'a> ColumnReadings<'a> {
    /// Readings of this snapshot.
    #[must_use]
    pub fn new(library: &'a Library, snapshot: &'a Snapshot, context: Context) -> Self {
        Self {
            library,
            snapshot,
            context,
            schema: Schema::of(snapshot),
            reference: InterpreterReadings::new(library, snapshot, context),
        }
    }

    /// What columns tell, for ascending rows, each once; nothing when the question has no form in
    /// columns.
    fn told<T: Send>(
        &self,
        question: Question<'_>,
        rows: &[u32],
        of: impl Fn(i128, i128) -> Option<T> + Sync,
    ) -> Option<Vec<Option<T>>> {
        let schema = self.schema.clone();
        let (plan, node) = Plan::of_question(
            self.library,
            self.context,
            schema,
            question.expression,
            question.bindings,
        )?;
        Some(column::values(&plan, node, self.snapshot, rows, of))
    }
}

impl Readings for ColumnReadings<'_> {
    fn figures(&self, question: Question<'_>, rows: &[u32]) -> Vec<Figure> {
        if rows.len() < ROWS_MIN {
            return self.reference.figures(question, rows);
        }
        let mut distinct = rows.to_vec();
        let ascends = distinct.is_sorted();
        if !ascends {
            distinct.sort_unstable();
        }
        distinct.dedup();
        let Some(told) = self.told(question, &distinct, Figure::of_ratio) else {
            return self.reference.figures(question, rows);
        };
        let open: Vec<u32> = distinct
            .iter()
            .zip(&told)
            .filter(|(_, told)| told.is_none())
            .map(|(row, _)| *row)
            .collect();
        let mut asked = self.reference.figures(question, &open).into_iter();
        let all: Option<Vec<Figure>> = told
            .into_iter()
            .map(|told| told.or_else(|| asked.next()))
            .collect();
        let figures = match all {
            Some(all) if distinct.len() == rows.len() && ascends => Some(all),
            Some(all) => spread(&distinct, &all, rows),
            None => None,
        };
        figures.unwrap_or_else(|| self.reference.figures(question, rows))
    }

    fn wholes(&self, question: Question<'_>, rows: &[u32]) -> Vec<Option<i64>> {
        let ascends = rows.is_sorted_by(|one, other| one < other);
        // Nearly all fit 64 bits, where a division takes a part of the time.
        let of = |over: i128, under: i128| {
            let (over, under) = (i64::try_from(over).ok()?, i64::try_from(under).ok()?);
            over.checked_div_euclid(under).map(|whole| whole.max(0))
        };
        let told = (rows.len() >= ROWS_MIN && ascends)
            .then(|| self.told(question, rows, of))
            .flatten();
        let Some(mut told) = told else {
            let figures = self.figures(question, rows);
            return figures.iter().map(Figure::whole).collect();
        };
        let open = |(row, told): (&u32, &Option<i64>)| told.is_none().then_some(*row);
        let open: Vec<u32> = rows.iter().zip(&told).filter_map(open).collect();
        let asked = self.reference.wholes(question, &open);
        let places = told.iter_mut().filter(|told| told.is_none());
        places.zip(asked).for_each(|(place, whole)| *place = whole);
        told
    }

    fn shared(&self, fact: FactId, rows: &[u32]) -> Vec<Option<u32>> {
        let Some(Column::Text(column)) = self.reference.column(fact) else {
            return self.reference.shared(fact, rows);
        };
        // Two keys may stand for one text.
        let mut codes: BTreeMap<&str, u32> = BTreeMap::new();
        let codes: Vec<u32> = column
            .words()
            .iter()
            .map(|word| {
                let next = number(codes.len());
                *codes.entry(word).or_insert(next)
            })
            .collect();
        let code = |row: &u32| {
            let at = place(*row);
            let key = usize::try_from(column.keys().values().get(at).copied()?).ok()?;
            let is_known = column.keys().nulls().is_none_or(|nulls| nulls.is_valid(at));
            codes.get(key).copied().filter(|_| is_known)
        };
        rows.iter().map(code).collect()
    }
}

/// The figure of each row, from those of the distinct ones in ascending order.
fn spread(distinct: &[u32], figures: &[Figure], rows: &[u32]) -> Option<Vec<Figure>> {
    let mut at = 0usize;
    let figure = |row: &u32| {
        // Rows ascend nearly always: the next one is that of the one before, or follows it.
        let near = distinct.get(at..distinct.len().min(at.saturating_add(2)))?;
        at = match near.iter().position(|other| other == row) {
            Some(ahead) => at.saturating_add(ahead),
            None => distinct.binary_search(row).ok()?,
        };
        figures.get(at).cloned()
    };
    rows.iter().map(figure).collect()
}
