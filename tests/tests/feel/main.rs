//! The notation against the conformance cases of FEEL, the expression language of DMN.
//!
//! The cases come from the DMN Technology Compatibility Kit and lie outside the repository
//! (`../shared/feel` beside the workspace; its README gives format and licence). Gated are the
//! cases over numbers, texts, truth values, dates and lists that expect no error, of the topics
//! in [`case::TOPICS`], and all cases of decision tables. Each goes the whole way: text, parser,
//! checker, reference interpreter. Numbers are compared exactly, but for the folders whose
//! expected values the kit itself has cut off.
//!
//! Deliberate differences stand in `tests/feel-waivers.tsv`, each with its reason. A difference
//! that is not listed fails, and so does a waiver without a difference. A waived case counts as
//! not passed.
//!
//! # What counts as equal
//! FEEL has one `null` where the notation tells the *unknown* from the *undefined*; both count
//! as `null`. FEEL turns an operand of a wrong type into `null` at run time, the checker refuses
//! it: such a case passes only if the value agrees *and* a fault of type (Z03) was reported. Any
//! other fault is a difference.
//!
//! # What is translated
//! * The inputs of a case become names bound to literals; a part of a context becomes a name
//!   with a dot. The kit gives the inputs of folder 0015 without a type; its model declares them
//!   as numbers.
//! * The notation has no times of day, no date with a time and no durations in hours, and it
//!   does not order durations. In inputs they become exact numbers: seconds of the day, seconds
//!   since 1970 in UTC, months or seconds. Folders 0095 and 0098 ask a date with a time only for
//!   its day of the year and its week; there it becomes its day.
//! * A decision table becomes the syntax tree of a `按表`, so that the checker proves its rows and
//!   the interpreter finds the matching ones and applies the hit policy. `RULE ORDER` and
//!   `COLLECT` without an aggregation are `收集`, `OUTPUT ORDER` is `依序`, and the allowed values
//!   of the output are the order of `优先` and `依序`.
//! * A table with several outputs has a single result in the notation: the texts of one row are
//!   joined to one text, and the texts of the answer are split again. The order of several
//!   outputs is that of the first whose allowed values tell two rows apart.

#![cfg(test)]
#![allow(
    clippy::arithmetic_side_effects,
    reason = "counts of cases and the times of the kit are small"
)]

mod case;
mod expression;
mod given;
mod judge;
mod report;
mod table;
mod waiver;

use std::collections::BTreeMap;

use case::{Cases, read_cases};
use judge::{Outcome, spoiled};
use report::Report;
use waiver::read_waivers;

/// The least share of the gated cases that must pass, in percent.
const EXPRESSIONS_PERCENT_MIN: usize = 95;
/// The least number of table cases that must pass.
const TABLES_PASSED_MIN: usize = 78;

#[test]
fn expressions_come_to_what_feel_says() {
    let Some(Cases { expressions, .. }) = read_cases() else {
        return;
    };
    let mut report = Report::new(read_waivers());
    for case in &expressions {
        let outcome = expression::run(case, &case.expected);
        report.add(&case.topic, &case.id, &case.feel, &case.expected, outcome);
    }
    let totals = report.print_and_check();
    assert!(
        totals.passed * 100 >= totals.cases * EXPRESSIONS_PERCENT_MIN,
        "{totals:?}"
    );
}

#[test]
fn tables_come_to_what_dmn_says() {
    let Some(Cases { tables, .. }) = read_cases() else {
        return;
    };
    let mut report = Report::new(read_waivers());
    for case in &tables {
        let outcome = table::run(case, &case.expected);
        let policy = case.table.hit_policy_name();
        report.add(&policy, &case.id, "(table)", &case.expected, outcome);
    }
    let totals = report.print_and_check();
    assert!(totals.passed >= TABLES_PASSED_MIN, "{totals:?}");
}

#[test]
fn every_waiver_names_a_gated_case() {
    let Some(cases) = read_cases() else {
        return;
    };
    let expressions = cases.expressions.iter().map(|case| (&case.id, ()));
    let tables = cases.tables.iter().map(|case| (&case.id, ()));
    let known: BTreeMap<&String, ()> = expressions.chain(tables).collect();
    let unknown: Vec<String> = read_waivers()
        .into_keys()
        .filter(|id| !known.contains_key(id))
        .collect();
    assert_eq!(unknown, Vec::<String>::new());
}

/// The comparison can fail: no case passes once its expected value is changed.
#[test]
fn a_changed_expectation_is_noticed() {
    let Some(cases) = read_cases() else {
        return;
    };
    let passes = |outcome: Outcome| !matches!(outcome, Outcome::Differs(_));
    let expressions = cases.expressions.iter().filter(|case| {
        passes(expression::run(case, &case.expected))
            && passes(expression::run(case, &spoiled(&case.expected)))
    });
    let tables = cases.tables.iter().filter(|case| {
        passes(table::run(case, &case.expected))
            && passes(table::run(case, &spoiled(&case.expected)))
    });
    let fooled: Vec<&String> = expressions
        .map(|case| &case.id)
        .chain(tables.map(|case| &case.id))
        .collect();
    assert_eq!(fooled, Vec::<&String>::new());
}
