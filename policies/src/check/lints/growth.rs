//! W04: divisions by a figure of the enterprise that may be zero, without a branch for it.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a few kinds of node divide or guard; all others only hold such nodes"
)]

use crate::check::constants::constant_number;
use crate::fault::{Code, Fault};
use crate::measure::expression::{Arithmetic, Comparison, Expr, ExprKind, Test};
use crate::measure::{Binding, Measure};

pub(crate) fn check(measure: &Measure, faults: &mut Vec<Fault>) {
    let mut guarded: Vec<&Expr> = Vec::new();
    for condition in &measure.conditions {
        when_true(&condition.expression, &mut guarded);
    }
    for exception in &measure.exceptions {
        when_false(&exception.expression, &mut guarded);
    }
    let roots = measure
        .bindings
        .iter()
        .map(|binding| &binding.expression)
        .chain(
            measure
                .conditions
                .iter()
                .map(|condition| &condition.expression),
        )
        .chain(
            measure
                .exceptions
                .iter()
                .map(|condition| &condition.expression),
        )
        .chain(std::iter::once(&measure.award.expression))
        .chain(measure.places.iter().map(|places| &places.by))
        .chain(
            measure
                .instalments
                .iter()
                .filter_map(|part| part.condition.as_ref()),
        );
    let mut reported: Vec<&Expr> = Vec::new();
    for root in roots {
        let mut found = Vec::new();
        divisions(root, &guarded, &measure.bindings, &mut found);
        for division in found {
            if reported.contains(&division) {
                continue;
            }
            reported.push(division);
            faults.push(
                Fault::new(
                    Code::W04,
                    division.span,
                    "除数可能是零,却没有写零的时候怎么办",
                )
                .with_help(
                    "加一条除外,例如“除外 \"上年无营业收入\" 营业收入@上年 <= 0元”,或用“如果”分开",
                ),
            );
        }
    }
}

/// Divisors inside an expression that nothing keeps from being zero.
fn divisions<'m>(
    expr: &'m Expr,
    guarded: &[&'m Expr],
    bindings: &'m [Binding],
    found: &mut Vec<&'m Expr>,
) {
    match &expr.kind {
        ExprKind::Arithmetic(Arithmetic::Divide, numerator, divisor) => {
            if depends_on_facts(divisor, bindings) {
                let meant = resolved(divisor, bindings);
                let safe = guarded
                    .iter()
                    .any(|guard| resolved(guard, bindings) == meant);
                if !safe {
                    found.push(divisor);
                }
            }
            divisions(numerator, guarded, bindings, found);
            divisions(divisor, guarded, bindings, found);
        }
        ExprKind::If(condition, then, otherwise) => {
            divisions(condition, guarded, bindings, found);
            let mut inside = guarded.to_vec();
            when_true(condition, &mut inside);
            divisions(then, &inside, bindings, found);
            let mut outside = guarded.to_vec();
            when_false(condition, &mut outside);
            divisions(otherwise, &outside, bindings, found);
        }
        ExprKind::And(operands) => {
            let mut inside = guarded.to_vec();
            for operand in operands {
                divisions(operand, &inside, bindings, found);
                when_true(operand, &mut inside);
            }
        }
        ExprKind::Aggregate(aggregate) => {
            let mut inside = guarded.to_vec();
            if let Some(filter) = &aggregate.filter {
                divisions(filter, guarded, bindings, found);
                when_true(filter, &mut inside);
            }
            if let Some(value) = &aggregate.value {
                divisions(value, &inside, bindings, found);
            }
        }
        _other => {
            for child in expr.children() {
                divisions(child, guarded, bindings, found);
            }
        }
    }
}

/// What a name stands for, through `设` and `定义`.
fn resolved<'m>(expr: &'m Expr, bindings: &'m [Binding]) -> &'m Expr {
    let mut found = expr;
    // A binding reads only those before it, so this ends.
    while let ExprKind::Binding(id) = &found.kind {
        let Some(binding) = bindings.get(id.0) else {
            return found;
        };
        found = &binding.expression;
    }
    found
}

/// Only a figure of the enterprise can be zero unseen; parameters are law.
fn depends_on_facts(expr: &Expr, bindings: &[Binding]) -> bool {
    let mut depends = false;
    expr.visit_through(bindings, &mut |node| {
        depends |= matches!(
            node.kind,
            ExprKind::Fact(_) | ExprKind::Field(_, _) | ExprKind::Aggregate(_)
        );
    });
    depends
}

/// Adds what cannot be zero where the condition holds.
fn when_true<'m>(expr: &'m Expr, into: &mut Vec<&'m Expr>) {
    match &expr.kind {
        ExprKind::And(operands) => operands.iter().for_each(|operand| when_true(operand, into)),
        ExprKind::Not(inner) => when_false(inner, into),
        ExprKind::Compare(comparison, left, right) => {
            if let Some(bound) = constant_number(right)
                && excludes_zero(*comparison, bound.sign())
            {
                into.push(left);
            }
            if let Some(bound) = constant_number(left)
                && excludes_zero(mirrored(*comparison), bound.sign())
            {
                into.push(right);
            }
        }
        ExprKind::In(subject, tests) if tests.iter().all(positive) => into.push(subject),
        _other => {}
    }
}

/// Adds what cannot be zero where the condition fails.
fn when_false<'m>(expr: &'m Expr, into: &mut Vec<&'m Expr>) {
    match &expr.kind {
        ExprKind::Or(operands) => operands
            .iter()
            .for_each(|operand| when_false(operand, into)),
        ExprKind::Not(inner) => when_true(inner, into),
        ExprKind::Compare(comparison, left, right) => {
            if let Some(bound) = constant_number(right)
                && excludes_zero(opposite(*comparison), bound.sign())
            {
                into.push(left);
            }
            if let Some(bound) = constant_number(left)
                && excludes_zero(opposite(mirrored(*comparison)), bound.sign())
            {
                into.push(right);
            }
        }
        _other => {}
    }
}

/// Whether x cannot be zero where `x ? bound` holds, by the sign of the bound.
fn excludes_zero(comparison: Comparison, bound: std::cmp::Ordering) -> bool {
    match comparison {
        Comparison::Equal => bound.is_ne(),
        Comparison::NotEqual => bound.is_eq(),
        Comparison::Greater => bound.is_ge(),
        Comparison::GreaterOrEqual => bound.is_gt(),
        Comparison::Less => bound.is_le(),
        Comparison::LessOrEqual => bound.is_lt(),
    }
}

fn positive(test: &Test) -> bool {
    match test {
        Test::Range {
            low: Some(low),
            low_included,
            ..
        } => constant_number(low)
            .is_some_and(|low| low.sign().is_gt() || (low.is_zero() && !*low_included)),
        Test::Compare(comparison, bound) => {
            constant_number(bound).is_some_and(|bound| excludes_zero(*comparison, bound.sign()))
        }
        Test::Any(tests) => tests.iter().all(positive),
        Test::Range { low: None, .. }
        | Test::Equal(_)
        | Test::Below(_, _)
        | Test::Member(_)
        | Test::Holds(_)
        | Test::Not(_)
        | Test::Anything => false,
    }
}

fn opposite(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Equal => Comparison::NotEqual,
        Comparison::NotEqual => Comparison::Equal,
        Comparison::Less => Comparison::GreaterOrEqual,
        Comparison::LessOrEqual => Comparison::Greater,
        Comparison::Greater => Comparison::LessOrEqual,
        Comparison::GreaterOrEqual => Comparison::Less,
    }
}

fn mirrored(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Equal | Comparison::NotEqual => comparison,
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
    }
}
