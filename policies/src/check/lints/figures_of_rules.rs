//! The figures that rules state: literals, and the comparisons in which they are bounds.

use crate::check::lints::figures::{FigureKind, Side};
use crate::span::Span;
use crate::syntax::ast::{
    CellSyntax, Declaration, ExprSyntax, ExprSyntaxKind, FundRuleSyntax, Literal, StatementKind,
    TableSyntax, TestSyntax, TestSyntaxKind, TierSyntax,
};
use crate::syntax::words::{BinaryOperator, Cadence};
use crate::values::Number;

/// A literal of a rule.
#[derive(Clone, Debug)]
pub(crate) struct RuleFigure {
    pub(crate) kind: FigureKind,
    pub(crate) value: Number,
    pub(crate) span: Span,
    /// The side to which a comparison gives the bound; absent outside comparisons.
    pub(crate) side: Option<Side>,
    /// Whether the law text must state it.
    pub(crate) demanded: bool,
}

/// Every figure of a declaration; examples do not count.
pub(crate) fn of_declaration(declaration: &Declaration) -> Vec<RuleFigure> {
    let mut into = Vec::new();
    match declaration {
        Declaration::Measure(measure) => {
            for statement in &measure.statements {
                of_statement(&statement.kind, statement.span, &mut into);
            }
        }
        Declaration::Definition(definition) => expression(&definition.value, None, &mut into),
        Declaration::Parameter(parameter) => {
            for entry in &parameter.entries {
                expression(&entry.value, None, &mut into);
            }
            into.iter_mut().for_each(|figure| figure.demanded = false);
        }
        Declaration::Fund(fund) => {
            expression(&fund.budget, None, &mut into);
            match &fund.rule {
                FundRuleSyntax::FirstCome(Some(key))
                | FundRuleSyntax::Ranked(key)
                | FundRuleSyntax::ByWeight(key) => expression(key, None, &mut into),
                FundRuleSyntax::ProRata
                | FundRuleSyntax::FirstCome(None)
                | FundRuleSyntax::Stop => {}
            }
        }
        Declaration::Cap(cap) => expression(&cap.limit, None, &mut into),
        Declaration::HighestOf(_) | Declaration::Case(_) => {}
    }
    into
}

fn of_statement(statement: &StatementKind, span: Span, into: &mut Vec<RuleFigure>) {
    match statement {
        StatementKind::Let(definition) => expression(&definition.value, None, into),
        StatementKind::Condition {
            expression: inner, ..
        }
        | StatementKind::Exception {
            expression: inner, ..
        }
        | StatementKind::PayableFrom(inner) => expression(inner, None, into),
        StatementKind::Award(award) | StatementKind::AwardCeiling(award) => {
            expression(&award.expression, None, into);
        }
        StatementKind::Places { count, by, .. } => {
            push_count(*count, span, true, into);
            expression(by, None, into);
        }
        StatementKind::Instalments(parts) => {
            for part in parts {
                expression(&part.share, None, into);
                if let Some(condition) = &part.condition {
                    expression(condition, None, into);
                }
            }
        }
        StatementKind::Shares(parts) => {
            parts
                .iter()
                .for_each(|part| expression(&part.share, None, into));
        }
        StatementKind::Cadence(Cadence::EveryYears(years)) => {
            push_count(u64::from(*years), span, false, into);
        }
        StatementKind::Delivery(_)
        | StatementKind::Cadence(_)
        | StatementKind::FirstTimeOnly
        | StatementKind::Valid { .. }
        | StatementKind::Basis(_)
        | StatementKind::Fund(_)
        | StatementKind::Erratum(_)
        | StatementKind::Payee(_)
        | StatementKind::Example(_) => {}
    }
}

fn push_count(count: u64, span: Span, demanded: bool, into: &mut Vec<RuleFigure>) {
    into.push(RuleFigure {
        kind: FigureKind::Number,
        value: Number::from_i64(i64::try_from(count).unwrap_or(i64::MAX)),
        span,
        side: None,
        demanded,
    });
}

fn expression(expr: &ExprSyntax, side: Option<Side>, into: &mut Vec<RuleFigure>) {
    match &expr.kind {
        ExprSyntaxKind::Literal(literal) => push_literal(literal, expr.span, side, into),
        ExprSyntaxKind::Name { .. } | ExprSyntaxKind::Paid { .. } | ExprSyntaxKind::Unreadable => {}
        ExprSyntaxKind::Negate(operand) => expression(operand, side, into),
        ExprSyntaxKind::Not(operand) => expression(operand, None, into),
        ExprSyntaxKind::Binary {
            operator,
            left,
            right,
            ..
        } => {
            let right_side = side_of(*operator);
            expression(left, right_side.map(flipped), into);
            expression(right, right_side, into);
        }
        ExprSyntaxKind::If {
            condition,
            then,
            otherwise,
        } => {
            for inner in [condition, then, otherwise] {
                expression(inner, None, into);
            }
        }
        ExprSyntaxKind::In { subject, tests, .. } => {
            expression(subject, None, into);
            tests.iter().for_each(|inner| test(inner, into));
        }
        ExprSyntaxKind::Between { subject, low, high } => {
            expression(subject, None, into);
            expression(low, Some(Side::Upper), into);
            expression(high, Some(Side::Lower), into);
        }
        ExprSyntaxKind::Call {
            arguments, filter, ..
        } => {
            arguments
                .iter()
                .for_each(|inner| expression(inner, None, into));
            if let Some(filter) = filter {
                expression(filter, None, into);
            }
        }
        ExprSyntaxKind::Sequence(items) => {
            items.iter().for_each(|inner| expression(inner, None, into));
        }
        ExprSyntaxKind::Item { sequence, place } => {
            expression(sequence, None, into);
            expression(place, None, into);
        }
        ExprSyntaxKind::Test(inner) => test(inner, into),
        ExprSyntaxKind::Record(fields) => {
            fields
                .iter()
                .for_each(|(_, value)| expression(value, None, into));
        }
        ExprSyntaxKind::Step(tiers) => of_tiers(tiers, into),
        ExprSyntaxKind::Marginal(tiers) => of_bands(tiers, into),
        ExprSyntaxKind::Table(table) => of_table(table, into),
    }
}

fn of_table(table: &TableSyntax, into: &mut Vec<RuleFigure>) {
    table
        .columns
        .iter()
        .for_each(|column| expression(column, None, into));
    for row in &table.rows {
        row.cells.iter().for_each(|inner| cell(inner, into));
        expression(&row.result, None, into);
    }
}

/// A sum over bands is the same to whichever band a bound belongs.
fn of_bands(tiers: &TierSyntax, into: &mut Vec<RuleFigure>) {
    let first = into.len();
    of_tiers(tiers, into);
    for figure in into.iter_mut().skip(first) {
        figure.side = None;
    }
}

fn of_tiers(tiers: &TierSyntax, into: &mut Vec<RuleFigure>) {
    expression(&tiers.subject, None, into);
    for row in &tiers.rows {
        test(&row.test, into);
        expression(&row.value, None, into);
    }
}

fn cell(cell: &CellSyntax, into: &mut Vec<RuleFigure>) {
    cell.tests.iter().for_each(|inner| test(inner, into));
}

fn test(syntax: &TestSyntax, into: &mut Vec<RuleFigure>) {
    match &syntax.kind {
        TestSyntaxKind::Range(range) => {
            if let Some(low) = &range.low {
                let side = if range.low_included {
                    Side::Upper
                } else {
                    Side::Lower
                };
                expression(low, Some(side), into);
            }
            if let Some(high) = &range.high {
                let side = if range.high_included {
                    Side::Lower
                } else {
                    Side::Upper
                };
                expression(high, Some(side), into);
            }
        }
        TestSyntaxKind::Compare { operator, bound } => expression(bound, side_of(*operator), into),
        TestSyntaxKind::Value(value) => expression(value, None, into),
        TestSyntaxKind::Any(tests) => tests.iter().for_each(|inner| test(inner, into)),
    }
}

fn push_literal(literal: &Literal, span: Span, side: Option<Side>, into: &mut Vec<RuleFigure>) {
    let (kind, value) = match literal {
        Literal::Number(number) => (FigureKind::Number, number.clone()),
        Literal::Money(fen) => (FigureKind::Money, fen.clone()),
        Literal::Duration(duration) => {
            let count = if duration.days != 0 {
                duration.days
            } else {
                duration.months
            };
            into.push(RuleFigure {
                kind: FigureKind::Number,
                value: Number::from_i64(count),
                span,
                side,
                demanded: false,
            });
            if duration.days == 0 && count.checked_rem(12) == Some(0) {
                let years = count.checked_div(12).unwrap_or(count);
                into.push(RuleFigure {
                    kind: FigureKind::Number,
                    value: Number::from_i64(years),
                    span,
                    side,
                    demanded: false,
                });
            }
            return;
        }
        Literal::Boolean(_) | Literal::Date(_) | Literal::Text(_) | Literal::Unknown => return,
    };
    into.push(RuleFigure {
        kind,
        value,
        span,
        side,
        demanded: true,
    });
}

/// To which side a comparison gives the bound on its right: `x >= b` holds of b itself together
/// with what is above.
fn side_of(operator: BinaryOperator) -> Option<Side> {
    match operator {
        BinaryOperator::GreaterOrEqual | BinaryOperator::Less => Some(Side::Upper),
        BinaryOperator::Greater | BinaryOperator::LessOrEqual => Some(Side::Lower),
        BinaryOperator::Or
        | BinaryOperator::And
        | BinaryOperator::Equal
        | BinaryOperator::NotEqual
        | BinaryOperator::Add
        | BinaryOperator::Subtract
        | BinaryOperator::Multiply
        | BinaryOperator::Divide
        | BinaryOperator::Contains
        | BinaryOperator::StartsWith => None,
    }
}

/// `b <= x` is `x >= b`.
fn flipped(side: Side) -> Side {
    match side {
        Side::Upper => Side::Lower,
        Side::Lower => Side::Upper,
    }
}
