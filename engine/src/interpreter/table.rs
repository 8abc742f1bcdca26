//! Decision tables with all their hit policies.

use std::sync::Arc;

use zhida_policies::measure::expression::{Arithmetic, Table, TableRow, Value};
use zhida_policies::span::Span;
use zhida_policies::syntax::words::HitPolicy;
use zhida_policies::values::Number;

use crate::interpreter::arithmetic;
use crate::interpreter::bounds::Bounds;
use crate::interpreter::choice;
use crate::interpreter::comparing::order;
use crate::interpreter::evaluation::{Evaluation, Lack, UndefinedReason};
use crate::interpreter::evaluator::Evaluator;
use crate::interpreter::shape;
use crate::interpreter::trace::Step;
use crate::interpreter::truth::{Junction, Truth};

/// The rows of a table that match, and those that may.
#[derive(Default)]
struct Hits {
    /// The results of the rows that surely match, each with its place.
    certain: Vec<(usize, Evaluation)>,
    /// The results of the rows that may match.
    possible: Vec<(usize, Evaluation)>,
    /// Why it is not known whether they do.
    lack: Lack,
}

impl Hits {
    /// The results of all rows that match or may match.
    fn all(self) -> (Vec<Evaluation>, Lack) {
        let rows = self.certain.into_iter().chain(self.possible);
        (rows.map(|(_, result)| result).collect(), self.lack)
    }

    fn is_sure(&self) -> bool {
        self.possible.is_empty()
    }

    /// The results that are known of rows that may match.
    fn known_possible(&self) -> impl Iterator<Item = Bounds> {
        let known = |(_, result): &(usize, Evaluation)| match result {
            Evaluation::Known(_) => Bounds::of(result),
            Evaluation::Unknown(_) | Evaluation::Undefined(_) => None,
        };
        self.possible.iter().filter_map(known)
    }

    /// What the rows that surely match lack.
    fn lack_of_certain(&self) -> Lack {
        let mut lack = Lack::default();
        for (_, result) in &self.certain {
            lack.note(result);
        }
        lack
    }
}

impl Evaluator<'_> {
    /// A decision table.
    pub(super) fn table(&mut self, table: &Table, span: Span) -> Evaluation {
        let columns: Vec<(Evaluation, Span)> = table
            .columns
            .iter()
            .map(|column| (self.evaluate(column), column.span))
            .collect();
        if table.policy == HitPolicy::First {
            return self.first_row(
                &table.rows,
                |evaluator, row| evaluator.row_matches(&columns, row),
                |row| (&row.result, row.span),
                UndefinedReason::NoRowMatches,
                span,
            );
        }
        let hits = self.hits(table, &columns);
        match table.policy {
            HitPolicy::First | HitPolicy::Unique => unique(hits, span),
            HitPolicy::Any => any(hits, span),
            HitPolicy::Priority => priority(hits, &table.order, span),
            HitPolicy::Sum => {
                let zero = table
                    .rows
                    .first()
                    .map(|row| shape::unit_of(self.scope(), &row.result));
                sum(hits, zero.unwrap_or(arithmetic::Unit::One), span)
            }
            HitPolicy::Max => extreme(hits, Extreme::Max, span),
            HitPolicy::Min => extreme(hits, Extreme::Min, span),
            HitPolicy::Count => count(hits),
            HitPolicy::Collect => collect(hits, &[]),
            HitPolicy::OutputOrder => collect(hits, &table.order),
        }
    }

    fn row_matches(&mut self, columns: &[(Evaluation, Span)], row: &TableRow) -> Truth {
        let mut all = Junction::all();
        for ((subject, span), cell) in columns.iter().zip(&row.cells) {
            all.add(self.matches(subject, cell, *span));
            if all.is_decided() {
                break;
            }
        }
        all.finish()
    }

    fn hits(&mut self, table: &Table, columns: &[(Evaluation, Span)]) -> Hits {
        let mut hits = Hits::default();
        for (index, row) in table.rows.iter().enumerate() {
            self.open();
            let truth = self.row_matches(columns, row);
            let result = match &truth {
                Truth::False => Evaluation::nothing(),
                Truth::True | Truth::Unknown(_) | Truth::Undefined(_) => self.evaluate(&row.result),
            };
            self.close(Step::Row(index.saturating_add(1)), row.span, &result);
            match truth {
                Truth::False => {}
                Truth::True => hits.certain.push((index, result)),
                Truth::Unknown(missing) => {
                    hits.lack.note_missing(&missing);
                    hits.possible.push((index, result));
                }
                Truth::Undefined(undefined) => {
                    hits.lack.note_undefined(*undefined);
                    hits.possible.push((index, result));
                }
            }
        }
        hits
    }
}

fn unique(mut hits: Hits, span: Span) -> Evaluation {
    if hits.certain.len() > 1 {
        return Evaluation::undefined(UndefinedReason::SeveralRowsMatch, span);
    }
    if !hits.is_sure() {
        // Another row that matches would make it undefined, so even equal results are not sure.
        let (results, lack) = hits.all();
        return choice::not_sure(&results, lack);
    }
    let only = hits.certain.pop();
    only.map_or_else(
        || Evaluation::undefined(UndefinedReason::NoRowMatches, span),
        |(_, result)| result,
    )
}

fn any(hits: Hits, span: Span) -> Evaluation {
    let mut known = hits.certain.iter().filter_map(|(_, result)| result.known());
    let first = known.next();
    if known.any(|other| Some(other) != first) {
        return Evaluation::undefined(UndefinedReason::RowsDisagree, span);
    }
    if let Some(Evaluation::Undefined(undefined)) = hits.lack_of_certain().result(Bounds::default) {
        return Evaluation::Undefined(undefined);
    }
    let nothing_matches = hits.certain.is_empty();
    let sure = hits.is_sure();
    if sure && nothing_matches {
        return Evaluation::undefined(UndefinedReason::NoRowMatches, span);
    }
    let lack_of_results = hits.lack_of_certain();
    let (results, mut lack) = hits.all();
    if nothing_matches {
        return choice::not_sure(&results, lack);
    }
    if let Some(missing) = &lack_of_results.missing {
        lack.note_missing(missing);
    }
    choice::among(results, lack)
}

/// The place of a result in the declared order; results that it does not name come last.
fn rank(order: &[Value], result: &Value) -> usize {
    order
        .iter()
        .position(|value| value == result)
        .unwrap_or(order.len())
}

fn priority(hits: Hits, order: &[Value], span: Span) -> Evaluation {
    if hits.certain.is_empty() && hits.is_sure() {
        return Evaluation::undefined(UndefinedReason::NoRowMatches, span);
    }
    let lack_of_results = hits.lack_of_certain();
    if lack_of_results.undefined.is_some() || hits.certain.is_empty() {
        return lack_of_results.result(Bounds::default).unwrap_or_else(|| {
            let (results, lack) = hits.all();
            choice::not_sure(&results, lack)
        });
    }
    let place = |(index, result): &(usize, Evaluation)| {
        result.known().map(|value| (rank(order, value), *index))
    };
    let best = hits
        .certain
        .iter()
        .filter_map(|hit| place(hit).map(|place| (place, hit)))
        .min_by_key(|(place, _)| *place);
    let Some((best_place, (_, best))) = best else {
        let (results, mut lack) = hits.all();
        if let Some(missing) = &lack_of_results.missing {
            lack.note_missing(missing);
        }
        return choice::not_sure(&results, lack);
    };
    let best = best.clone();
    let may_win = |hit: &(usize, Evaluation)| {
        hit.1 != best && place(hit).is_none_or(|place| place < best_place)
    };
    let rivals: Vec<Evaluation> = hits
        .certain
        .iter()
        .chain(&hits.possible)
        .filter(|hit| may_win(hit))
        .map(|(_, result)| result.clone())
        .collect();
    if rivals.is_empty() {
        return best;
    }
    let mut lack = hits.lack;
    if let Some(missing) = &lack_of_results.missing {
        lack.note_missing(missing);
    }
    // Rivals of which it is not known what they are may turn out to come later, or be the same.
    let unknown = |rival: &Evaluation| matches!(rival, Evaluation::Unknown(_));
    if rivals.iter().all(unknown) {
        lack.wait_for(&rivals);
    }
    let outcomes: Vec<Evaluation> = rivals.into_iter().chain([best]).collect();
    choice::not_sure(&outcomes, lack)
}

fn sum(hits: Hits, unit: arithmetic::Unit, span: Span) -> Evaluation {
    let mut total = Evaluation::Known(unit.value(Number::zero()));
    let operation = Arithmetic::Add;
    for (_, result) in &hits.certain {
        total = arithmetic::combine(operation, &total, result, span);
    }
    if hits.is_sure() || matches!(total, Evaluation::Undefined(_)) {
        return total;
    }
    let nothing = Bounds::exactly(Number::zero());
    let mut bounds = Bounds::of(&total).unwrap_or(Bounds::NONE);
    for (_, result) in &hits.possible {
        let bounds_of = Bounds::of(result).unwrap_or(Bounds::NONE);
        bounds = bounds.plus(bounds_of.join(nothing.clone()));
    }
    let is_zero = |bounds: &Bounds| *bounds == nothing;
    let can_be_sure = hits.known_possible().all(|bounds| is_zero(&bounds));
    pinched(hits, unit, bounds, can_be_sure)
}

/// Which end a table looks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extreme {
    Max,
    Min,
}

fn extreme(hits: Hits, which: Extreme, span: Span) -> Evaluation {
    if hits.certain.is_empty() && hits.is_sure() {
        return Evaluation::undefined(UndefinedReason::NoRowMatches, span);
    }
    let combine = |left: Bounds, right: Bounds| match which {
        Extreme::Max => left.greater(right),
        Extreme::Min => left.lesser(right),
    };
    let certain = hits
        .certain
        .iter()
        .filter_map(|(_, result)| Bounds::of(result))
        .reduce(combine);
    let lack = hits.lack_of_certain();
    if hits.is_sure() && lack.missing.is_none() && lack.undefined.is_none() {
        let values = hits.certain.iter().filter_map(|(_, result)| result.known());
        let best = values.reduce(|best, value| {
            let wanted = match which {
                Extreme::Max => std::cmp::Ordering::Greater,
                Extreme::Min => std::cmp::Ordering::Less,
            };
            if order(value, best) == Some(wanted) {
                value
            } else {
                best
            }
        });
        return best.map_or_else(Evaluation::nothing, |best| Evaluation::Known(best.clone()));
    }
    if lack.undefined.is_some() || hits.is_sure() {
        let bounds = certain.unwrap_or(Bounds::NONE);
        return lack.result(|| bounds).unwrap_or_else(Evaluation::nothing);
    }
    let unit = hits
        .certain
        .iter()
        .find_map(|(_, result)| arithmetic::quantity(result.known()?));
    let unit = unit.map_or(arithmetic::Unit::One, |(unit, _)| unit);
    let possible = Bounds::hull(hits.possible.iter().map(|(_, result)| result));
    let Some(certain) = certain else {
        let (results, lack) = hits.all();
        return choice::not_sure(&results, lack);
    };
    let stays = |bounds| combine(certain.clone(), bounds) == certain;
    let can_be_sure = lack.missing.is_some()
        || (certain.constant().is_some() && hits.known_possible().all(stays));
    // Each row that may match can only push the result further out.
    let further = combine(certain.clone(), possible);
    pinched(hits, unit, certain.join(further), can_be_sure)
}

/// An aggregate over rows of which some may match: sure only where no row that may match can
/// change it. `can_be_sure` says whether the results that are known leave room for that.
fn pinched(hits: Hits, unit: arithmetic::Unit, bounds: Bounds, can_be_sure: bool) -> Evaluation {
    let results = hits.certain.iter().chain(&hits.possible);
    let all_known = results.clone().all(|(_, result)| result.known().is_some());
    if let (true, Some(number)) = (all_known, bounds.constant()) {
        return Evaluation::Known(unit.value(number.clone()));
    }
    let undefined = |(_, result): &(usize, Evaluation)| matches!(result, Evaluation::Undefined(_));
    let can_be_sure = can_be_sure && !hits.possible.iter().any(undefined);
    let (results, mut lack) = hits.all();
    if can_be_sure {
        lack.wait_for(&results);
    }
    match choice::not_sure(&results, lack) {
        Evaluation::Unknown(mut unknown) => {
            unknown.bounds = bounds;
            Evaluation::Unknown(unknown)
        }
        other @ (Evaluation::Known(_) | Evaluation::Undefined(_)) => other,
    }
}

fn count(hits: Hits) -> Evaluation {
    let number = |count: usize| Number::from_i64(i64::try_from(count).unwrap_or(i64::MAX));
    let certain = hits.certain.len();
    if hits.is_sure() {
        return Evaluation::Known(Value::Number(number(certain)));
    }
    let greatest = number(certain.saturating_add(hits.possible.len()));
    let bounds = Bounds {
        least: Some(number(certain)),
        greatest: Some(greatest),
    };
    hits.lack
        .result(|| bounds)
        .unwrap_or_else(Evaluation::nothing)
}

/// All results, in the order of the rows, or in the declared order.
fn collect(hits: Hits, order: &[Value]) -> Evaluation {
    let lack = hits.lack_of_certain();
    if lack.undefined.is_some() || hits.is_sure() {
        let mut values: Vec<Value> = hits
            .certain
            .iter()
            .filter_map(|(_, result)| result.known().cloned())
            .collect();
        if !order.is_empty() {
            values.sort_by_key(|value| rank(order, value));
        }
        let values: Arc<[Value]> = values.into();
        return lack
            .result(Bounds::default)
            .unwrap_or(Evaluation::Known(Value::Sequence(values)));
    }
    let (results, lack) = hits.all();
    choice::not_sure(&results, lack)
}
