//! Whether the examples of the library stand on the thresholds, and on both sides of them.
//!
//! For every constant that a condition, a tier or a table compares with, an example must have
//! exactly that value. Comparisons inside the records of a list fact are left out, because a
//! record has no value of its own here; the mutation test covers them.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    reason = "a test stops at what it does not expect, and prints its shares"
)]

use std::collections::{BTreeMap, BTreeSet};

use zhida_engine::example::ExampleFacts;
use zhida_engine::interpreter::{Context, Evaluation, Interpreter};
use zhida_policies::document::LineIndex;
use zhida_policies::measure::expression::{Comparison, Expr, ExprKind, Test, Value};
use zhida_policies::measure::library::Library;
use zhida_policies::measure::{BindingKind, Measure};
use zhida_policies::span::Span;
use zhida_policies::values::Number;
use zhida_tests::library::library;

/// The least share of thresholds with an example exactly on them, in percent.
const SHARE_MIN: usize = 90;

/// The measures of DOMAIN.md that the library uses, by the code they have there.
const DOMAIN: [(&str, &str); 36] = [
    ("M01", "haicang-leap-2020/leap"),
    ("M02", "haicang-power-2021/power-q2"),
    ("M02", "haicang-power-2021/power-q3"),
    ("M03", "putian-first-quarter-2022/growth"),
    ("M03", "putian-first-quarter-2022/emerging-growth"),
    ("M04", "beijing-first-quarter-2023/steady-run"),
    ("M06", "wenzhou-commerce-2022/retail-growth"),
    ("M06", "wenzhou-commerce-2022/hospitality-growth"),
    ("M09", "liuzhou-services-2021/retail-matrix"),
    ("M10", "pingtan-commerce-2021/retail-growth"),
    ("M11", "huli-commerce-2020/growth"),
    ("M12", "longyan-commerce-2021/city-xinluo"),
    ("M17", "shenzhen-commerce-2022h1/retail"),
    ("M17", "shenzhen-commerce-2022h1/wholesale"),
    ("M17", "shenzhen-commerce-2022h1/catering"),
    ("M21", "yanan-five-above/service-entry"),
    ("M22", "anhui-manufacturing-2017/upgrade-equipment"),
    ("M22", "anhui-manufacturing-2017/upgrade-interest"),
    ("M26", "yishui-industry-2022/equipment"),
    ("M27", "yishui-industry-2022/benchmark"),
    ("M28", "changfeng-quality-2018/new-project"),
    ("M29", "changfeng-quality-2018/upgrade"),
    ("M33", "shengzhou-software-2022/milestone"),
    ("M34", "nanchang-power-2021/growth"),
    ("M37", "anqing-gaoxin-2022/milestone"),
    ("M38", "anqing-gaoxin-2022/new-above-scale"),
    ("M39", "anqing-rd-2021/rd-award"),
    ("M40", "hefei-top-rd/amount"),
    ("M41", "zhongshan-gazelle-2021/small"),
    ("M41", "zhongshan-gazelle-2021/medium"),
    ("M41", "zhongshan-gazelle-2021/large"),
    ("M42", "xinxiang-listing-2017/listing"),
    ("M43", "deqing-listing/proceeds"),
    ("M48", "jiangxi-job-stability-2024/job-stability-refund"),
    ("M54", "putian-jobs-2022/hires"),
    (
        "M59",
        "investment-loan-subsidy-2026/investment-loan-subsidy",
    ),
];

/// A constant and what is compared with it.
struct Threshold<'a> {
    subject: &'a Expr,
    bound: &'a Value,
    span: Span,
}

/// How close the examples of a measure come to a threshold.
#[derive(Clone, Copy, Default)]
struct Closeness {
    at: bool,
    below: bool,
    above: bool,
}

fn constant(expr: &Expr) -> Option<&Value> {
    match &expr.kind {
        ExprKind::Literal(value @ (Value::Money(_) | Value::Number(_))) => Some(value),
        _ => None,
    }
}

fn number(value: &Value) -> Option<&Number> {
    match value {
        Value::Money(number) | Value::Number(number) => Some(number),
        _ => None,
    }
}

/// The thresholds below an expression, but for those inside aggregates.
fn thresholds<'a>(expr: &'a Expr, into: &mut Vec<Threshold<'a>>) {
    match &expr.kind {
        ExprKind::Aggregate(_) => return,
        // Equality names a value; only an order has a threshold.
        ExprKind::Compare(Comparison::Equal | Comparison::NotEqual, _, _) => {}
        ExprKind::Compare(_, left, right) => {
            for (subject, bound) in [(left, right), (right, left)] {
                if let Some(value) = constant(bound).filter(|_| constant(subject).is_none()) {
                    let span = bound.span;
                    into.push(Threshold {
                        subject,
                        bound: value,
                        span,
                    });
                }
            }
        }
        ExprKind::In(subject, tests) => {
            tests.iter().for_each(|test| bounds(subject, test, into));
        }
        ExprKind::Step(subject, rows) => {
            rows.iter().for_each(|row| bounds(subject, &row.test, into));
        }
        ExprKind::Table(table) => {
            for row in &table.rows {
                for (column, cell) in table.columns.iter().zip(&row.cells) {
                    bounds(column, cell, into);
                }
            }
        }
        _ => {}
    }
    expr.children()
        .into_iter()
        .for_each(|child| thresholds(child, into));
}

fn bounds<'a>(subject: &'a Expr, test: &'a Test, into: &mut Vec<Threshold<'a>>) {
    let mut push = |bound: &'a Expr| {
        if let Some(value) = constant(bound) {
            let span = bound.span;
            into.push(Threshold {
                subject,
                bound: value,
                span,
            });
        }
    };
    match test {
        Test::Range { low, high, .. } => {
            low.iter().chain(high).for_each(|end| push(end));
        }
        Test::Compare(_, bound) => push(bound),
        Test::Any(tests) => tests.iter().for_each(|one| bounds(subject, one, into)),
        Test::Not(inner) => bounds(subject, inner, into),
        Test::Equal(_) | Test::Member(_) | Test::Holds(_) | Test::Below(_, _) | Test::Anything => {}
    }
}

/// The thresholds of the measure's own text: its conditions, its 设 and its award.
fn own_thresholds(measure: &Measure) -> Vec<Threshold<'_>> {
    let lets = measure
        .bindings
        .iter()
        .filter(|binding| binding.kind == BindingKind::Let);
    let conditions = measure.exceptions.iter().chain(&measure.conditions);
    let mut found = Vec::new();
    for expr in lets
        .map(|binding| &binding.expression)
        .chain(conditions.map(|condition| &condition.expression))
        .chain([&measure.award.expression])
    {
        thresholds(expr, &mut found);
    }
    found
}

fn closeness(library: &Library, measure: &Measure, threshold: &Threshold<'_>) -> Closeness {
    let interpreter = Interpreter::new(library);
    let Some(bound) = number(threshold.bound) else {
        return Closeness::default();
    };
    // Just beside: within a thousandth of the threshold, or one unit (one yuan for money).
    let least = match threshold.bound {
        Value::Money(_) => Number::from_i64(100),
        _ => Number::one(),
    };
    let thousandth = bound
        .abs()
        .checked_mul(&Number::from_ratio(1, 1000).unwrap())
        .unwrap();
    let near = if bound.is_integer() {
        thousandth.max(least)
    } else {
        thousandth
    };
    let mut close = Closeness::default();
    for example in &measure.examples {
        let facts = ExampleFacts::new(library, measure, example);
        let context = Context {
            year: example.year,
            as_of: example.as_of,
        };
        let value =
            interpreter.evaluate_expression(threshold.subject, &measure.bindings, &facts, context);
        let Evaluation::Known(value) = value else {
            continue;
        };
        let Some(distance) = number(&value).map(|value| value.checked_sub(bound).unwrap()) else {
            continue;
        };
        close.at |= distance.is_zero();
        close.below |= distance.is_negative() && distance.abs() <= near;
        close.above |= distance.sign().is_gt() && distance <= near;
    }
    close
}

fn line(library: &Library, span: Span) -> String {
    let file = library
        .files
        .iter()
        .find(|file| file.id == span.file)
        .unwrap();
    let line = LineIndex::new(&file.text)
        .position(&file.text, span.range().start)
        .line;
    format!("{}:{line} {}", file.path, &file.text[span.range()])
}

#[test]
fn examples_stand_on_the_thresholds() {
    let library = library();
    let mut places: BTreeMap<Span, Closeness> = BTreeMap::new();
    for measure in &library.measures {
        for threshold in own_thresholds(measure) {
            let close = closeness(&library, measure, &threshold);
            places.insert(threshold.span, close);
        }
    }
    let count = |which: fn(&Closeness) -> bool| places.values().filter(|c| which(c)).count();
    let (at, below) = (count(|close| close.at), count(|close| close.below));
    let beside = count(|close| close.below || close.above);
    for (span, _) in places.iter().filter(|(_, close)| !close.at) {
        println!("no example at {}", line(&library, *span));
    }
    for (span, _) in places.iter().filter(|(_, close)| !close.below) {
        println!("no example just below {}", line(&library, *span));
    }
    let all = places.len();
    println!(
        "{all} thresholds: {at} with an example at them, {below} with one just below, {beside} just beside"
    );
    assert!(at * 100 >= all * SHARE_MIN, "{at} of {all}");
}

#[test]
fn the_measures_of_the_domain_have_examples_on_every_threshold() {
    let library = library();
    let codes: BTreeSet<&str> = DOMAIN.iter().map(|(code, _)| *code).collect();
    assert!(codes.len() >= 20, "{}", codes.len());
    let mut off = Vec::new();
    for (code, id) in DOMAIN {
        let measure = library.measure(id).unwrap_or_else(|| panic!("{code} {id}"));
        for threshold in own_thresholds(measure) {
            let close = closeness(&library, measure, &threshold);
            // The smallest step from nothing often pays nothing, which no example can tell apart.
            let is_zero = number(threshold.bound).is_some_and(Number::is_zero);
            if !close.at || !(is_zero || close.below || close.above) {
                off.push(format!("{code} {}", line(&library, threshold.span)));
            }
        }
    }
    for place in &off {
        println!("not shown: {place}");
    }
    assert_eq!(off.len(), 0);
}
