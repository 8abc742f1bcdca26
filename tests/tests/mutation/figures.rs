//! The figures of a measure: finding them, and changing one.

use std::collections::BTreeMap;

use zhida_policies::measure::Measure;
use zhida_policies::measure::expression::{Aggregate, Expr, ExprKind, Table, Test, Value};
use zhida_policies::span::Span;
use zhida_policies::syntax::words::Function;
use zhida_policies::values::Number;

/// Which figure: a literal by its place in the text.
///
/// The border between two rows of a tier is one figure although it is written twice: changing one
/// of the two alone leaves a gap, which the checker refuses anyway.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// A literal.
    Literal(Span),
    /// A border of 分档 or 累进, by the place of the whole table.
    Border(Span, Number),
}

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Fen.
    Money,
    /// Nothing: a number, a count or a rate.
    Number,
}

/// A figure of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Figure {
    pub(crate) place: Place,
    /// Where it is written first.
    pub(crate) span: Span,
    pub(crate) unit: Unit,
    pub(crate) value: Number,
    /// Whether something is compared with it.
    pub(crate) is_bound: bool,
}

/// All figures of the bindings, conditions and award of a measure.
pub(crate) fn figures(measure: &Measure) -> Vec<Figure> {
    let mut found: BTreeMap<Place, Figure> = BTreeMap::new();
    let mut copy = measure.clone();
    each_figure(&mut copy, &mut |figure, _| {
        found.entry(figure.place.clone()).or_insert(figure);
    });
    found.into_values().collect()
}

/// The measure with one figure changed, wherever it is read.
pub(crate) fn changed(measure: &Measure, place: &Place, value: &Number) -> Measure {
    let mut copy = measure.clone();
    each_figure(&mut copy, &mut |figure, number| {
        if figure.place == *place {
            *number = value.clone();
        }
    });
    copy
}

pub(crate) type Visitor<'v> = dyn FnMut(Figure, &mut Number) + 'v;

fn each_figure(measure: &mut Measure, visitor: &mut Visitor<'_>) {
    for binding in &mut measure.bindings {
        each(&mut binding.expression, Role::Value, visitor);
    }
    for condition in measure.exceptions.iter_mut().chain(&mut measure.conditions) {
        each(&mut condition.expression, Role::Value, visitor);
    }
    each(&mut measure.award.expression, Role::Value, visitor);
}

/// The figures of one expression outside the award.
pub(crate) fn each_of_expression(expression: &mut Expr, visitor: &mut Visitor<'_>) {
    each(expression, Role::Value, visitor);
}

/// What an expression is for its surroundings.
#[derive(Clone, Copy)]
enum Role {
    Value,
    Bound,
    /// A border of the tiers that stand here.
    Border(Span),
}

fn each(expr: &mut Expr, role: Role, visitor: &mut Visitor<'_>) {
    let span = expr.span;
    match &mut expr.kind {
        ExprKind::Literal(value) => literal(value, span, role, visitor),
        ExprKind::Unknown
        | ExprKind::Fact(_)
        | ExprKind::Field(_, _)
        | ExprKind::Binding(_)
        | ExprKind::Parameter(_, _)
        | ExprKind::AssessmentYear
        | ExprKind::AsOf
        | ExprKind::Paid(_, _)
        | ExprKind::Invalid => {}
        ExprKind::Negate(operand) => each(operand, role, visitor),
        ExprKind::Not(operand) | ExprKind::Missing(operand) => each(operand, Role::Value, visitor),
        ExprKind::Call(Function::CompoundGrowthAtLeast, operands) => {
            operands
                .iter_mut()
                .for_each(|operand| each(operand, Role::Bound, visitor));
        }
        ExprKind::And(operands)
        | ExprKind::Or(operands)
        | ExprKind::Call(_, operands)
        | ExprKind::Sequence(operands) => {
            operands
                .iter_mut()
                .for_each(|operand| each(operand, Role::Value, visitor));
        }
        ExprKind::Compare(_, left, right) => {
            each(left, Role::Bound, visitor);
            each(right, Role::Bound, visitor);
        }
        ExprKind::Arithmetic(_, left, right)
        | ExprKind::Contains(left, right)
        | ExprKind::Item(left, right) => {
            each(left, Role::Value, visitor);
            each(right, Role::Value, visitor);
        }
        ExprKind::If(condition, then, otherwise) => {
            each(condition, Role::Value, visitor);
            each(then, Role::Value, visitor);
            each(otherwise, Role::Value, visitor);
        }
        ExprKind::In(subject, tests) => {
            each(subject, Role::Value, visitor);
            tests
                .iter_mut()
                .for_each(|one| test(one, Role::Bound, visitor));
        }
        ExprKind::Step(subject, rows) => {
            each(subject, Role::Value, visitor);
            for row in rows {
                test(&mut row.test, Role::Border(span), visitor);
                each(&mut row.value, Role::Value, visitor);
            }
        }
        ExprKind::Marginal(subject, bands) => {
            each(subject, Role::Value, visitor);
            for band in bands {
                let row = band.span;
                // The ends of a band are plain numbers in the unit of the subject; the lowest
                // is the zero that the notation demands.
                for end in std::iter::once(&mut band.low).chain(band.high.as_mut()) {
                    if !end.is_zero() {
                        visitor(border(span, row, end), end);
                    }
                }
                each(&mut band.rate, Role::Value, visitor);
            }
        }
        ExprKind::Table(inner) => table(inner, visitor),
        ExprKind::Aggregate(inner) => aggregate(inner, visitor),
    }
}

fn literal(value: &mut Value, span: Span, role: Role, visitor: &mut Visitor<'_>) {
    let (unit, number) = match value {
        Value::Money(number) => (Unit::Money, number),
        Value::Number(number) => (Unit::Number, number),
        Value::Boolean(_)
        | Value::Date(_)
        | Value::Duration(_)
        | Value::Text(_)
        | Value::Set(_)
        | Value::Sequence(_)
        | Value::Test(_) => return,
    };
    let (place, is_bound) = match role {
        Role::Value => (Place::Literal(span), false),
        Role::Bound => (Place::Literal(span), true),
        Role::Border(tiers) => (Place::Border(tiers, number.clone()), true),
    };
    let figure = Figure {
        place,
        span,
        unit,
        value: number.clone(),
        is_bound,
    };
    visitor(figure, number);
}

/// An end of a band: money counts in fen there, and no library text has a band over a number
/// with ends this large.
fn border(tiers: Span, row: Span, end: &Number) -> Figure {
    let money = *end >= Number::from_i64(10_000);
    Figure {
        place: Place::Border(tiers, end.clone()),
        span: row,
        unit: if money { Unit::Money } else { Unit::Number },
        value: end.clone(),
        is_bound: true,
    }
}

fn test(one: &mut Test, role: Role, visitor: &mut Visitor<'_>) {
    match one {
        Test::Range { low, high, .. } => {
            for end in [low, high].into_iter().flatten() {
                each(end, role, visitor);
            }
        }
        Test::Compare(_, bound) | Test::Equal(bound) | Test::Member(bound) | Test::Holds(bound) => {
            each(bound, role, visitor);
        }
        Test::Any(tests) => tests
            .iter_mut()
            .for_each(|inner| test(inner, role, visitor)),
        Test::Not(inner) => test(inner, role, visitor),
        Test::Below(_, _) | Test::Anything => {}
    }
}

fn table(inner: &mut Table, visitor: &mut Visitor<'_>) {
    inner
        .columns
        .iter_mut()
        .for_each(|column| each(column, Role::Value, visitor));
    for row in &mut inner.rows {
        row.cells
            .iter_mut()
            .for_each(|cell| test(cell, Role::Bound, visitor));
        each(&mut row.result, Role::Value, visitor);
    }
}

fn aggregate(inner: &mut Aggregate, visitor: &mut Visitor<'_>) {
    for part in inner.value.iter_mut().chain(&mut inner.filter) {
        each(part, Role::Value, visitor);
    }
}
