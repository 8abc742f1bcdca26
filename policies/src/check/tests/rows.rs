//! Rows of tiers, bands and decision tables, and the intervals behind them.

use super::award;
use crate::check::cells::{self, Answers};
use crate::check::intervals::{End, Interval};
use crate::measure::expression::{Comparison, Expr, ExprKind, Test, Value};
use crate::span::{FileId, Span};
use crate::values::Number;

/// Tiers of the number of staff must give these faults.
#[track_caller]
fn tiers(rows: &[&str], expected: &[&str]) {
    award(
        &format!("分档(从业人员) {{\n{}\n}}", rows.join("\n")),
        expected,
    );
}

#[test]
fn tiers_meet_without_gap_or_overlap() {
    tiers(&["[1..5) : 1元", "[5..9] : 2元", "> 9 : 3元"], &[]);
    tiers(&["> 9 : 3元", "[1..5) : 1元", "[5..9] : 2元"], &[]);
    tiers(&["1 : 1元", "3 : 2元"], &[]);
    tiers(
        &["(1, 3, [5..9]) : 1元", "> 9 : 2元"],
        &["Z04 (1, 3, [5..9]) : 1元"],
    );
    tiers(&["[1..5) : 1元", "(5..9] : 2元"], &["Z04 (5..9] : 2元"]);
    tiers(&["[1..5] : 1元", "[5..9] : 2元"], &["Z04 [5..9] : 2元"]);
    tiers(&["[1..9] : 1元", "[2..3] : 2元"], &["Z04 [2..3] : 2元"]);
    tiers(&["[5..1] : 1元", "(1..5) : 2元"], &["Z04 [5..1] : 1元"]);
    tiers(&["[1..营业收入) : 1元"], &["Z03 营业收入"]);
}

#[test]
fn a_row_that_meets_itself_is_no_overlap() {
    tiers(&["([1..5], [3..9]) : 1元", "> 9 : 2元"], &[]);
}

#[test]
fn tiers_of_codes_do_not_hold_one_another() {
    award("分档(行业) {\n\"C\" : 1元\n\"F51\" : 2元\n}", &[]);
    award(
        "分档(行业) {\n\"F\" : 1元\n\"F51\" : 2元\n}",
        &["Z04 \"F51\" : 2元"],
    );
}

#[test]
fn bands_follow_one_another_from_zero() {
    let bands = |rows: &str| format!("累进(营业收入) {{\n{rows}\n}}");
    award(&bands("[0元..5元] : 1%\n(5元..9元] : 2%\n> 9元 : 3%"), &[]);
    award(&bands("<= 5元 : 1%\n> 5元 : 2%"), &[]);
    award(&bands("[1元..5元] : 1%"), &["Z04 [1元..5元] : 1%"]);
    award(&bands("[0元..5元] : 1%\n> 6元 : 2%"), &["Z04 > 6元 : 2%"]);
    award(&bands("[0元..5元] : 1%\n> 4元 : 2%"), &["Z04 > 4元 : 2%"]);
    award(
        &bands("[0元..5元] : 1%\n[5元..3元] : 2%"),
        &["Z04 [5元..3元] : 2%"],
    );
    award(
        &bands("[0元..5元] : 1%\n[5元..研发费用] : 2%"),
        &["Z04 [5元..研发费用] : 2%"],
    );
    award(
        &bands("[0元..5元] : 1元"),
        &["Z03 累进(营业收入) {\n[0元..5元] : 1元\n}"],
    );
}

/// A table over size and staff must give these faults.
#[track_caller]
fn table(policy: &str, rows: &[&str], expected: &[&str]) {
    award(
        &format!(
            "按表 {policy} {{\n| 企业规模 | 从业人员 | 结果 |\n{}\n}}",
            rows.join("\n")
        ),
        expected,
    );
}

#[test]
fn unique_rows_exclude_one_another() {
    table(
        "唯一",
        &["| \"大型\" | - | 1元 |", "| 非(\"大型\") | - | 2元 |"],
        &[],
    );
    table(
        "唯一",
        &[
            "| 属于 [\"大型\", \"中型\"] | - | 1元 |",
            "| 不属于 [\"大型\", \"中型\"] | - | 2元 |",
        ],
        &[],
    );
    table(
        "唯一",
        &["| - | < 5 | 1元 |", "| \"大型\" | >= 5 | 2元 |"],
        &[],
    );
    let both = "| - | >= 5 | 2元 |";
    table(
        "唯一",
        &["| \"大型\" | - | 1元 |", both],
        &[&format!("Z04 {both}")],
    );
}

#[test]
fn later_rows_can_be_reached() {
    let late = "| \"大型\" | > 5 | 2元 |";
    table("首个", &["| - | > 9 | 1元 |", late], &[]);
    table(
        "首个",
        &["| \"大型\" | - | 1元 |", late],
        &[&format!("Z04 {late}")],
    );
    table("任一", &["| - | > 9 | 2元 |", late], &[]);
    table(
        "任一",
        &["| - | > 9 | 1元 |", late],
        &[&format!("Z04 {late}")],
    );
    let never = "| - | [9..5] | 2元 |";
    table(
        "首个",
        &[never, "| - | - | 1元 |"],
        &[&format!("Z04 {never}")],
    );
}

#[test]
fn results_have_one_type_and_an_order() {
    table("首个", &["| - | > 9 | 1元 |", "| - | - | 2 |"], &["Z03 2"]);
    table(
        "优先 (2元, 1元)",
        &["| - | > 9 | 1元 |", "| - | - | 2元 |"],
        &[],
    );
    table(
        "优先 (2元)",
        &["| - | > 9 | 1元 |", "| - | - | 2元 |"],
        &["Z04 1元"],
    );
    table(
        "优先",
        &["| - | > 9 | 营业收入 |", "| - | - | 2元 |"],
        &["Z04 营业收入"],
    );
}

fn number(value: i64) -> Value {
    Value::Number(Number::from_i64(value))
}

fn interval(low: Option<(i64, bool)>, high: Option<(i64, bool)>) -> Interval {
    let end = |end: (i64, bool)| End {
        value: number(end.0),
        included: end.1,
    };
    Interval {
        low: low.map(end),
        high: high.map(end),
    }
}

#[test]
fn a_witness_lies_inside() {
    let half = Number::from_i64(3)
        .checked_div(&Number::from_i64(2))
        .unwrap();
    for (interval, expected) in [
        (interval(Some((1, true)), Some((2, false))), Some(number(1))),
        (interval(Some((1, false)), Some((2, true))), Some(number(2))),
        (
            interval(Some((1, false)), Some((2, false))),
            Some(Value::Number(half)),
        ),
        (interval(Some((1, false)), None), Some(number(2))),
        (interval(None, Some((1, false))), Some(number(0))),
        (interval(Some((2, true)), Some((1, true))), None),
        (Interval::ALL, None),
    ] {
        assert_eq!(interval.witness(), expected, "{interval:?}");
    }
}

#[test]
fn what_is_not_one_of_several_is_known() {
    let literal = |value: i64| {
        Box::new(Expr {
            kind: ExprKind::Literal(number(value)),
            span: Span::new(FileId(0), 0, 0),
        })
    };
    let several = Test::Any(vec![
        Test::Equal(literal(1)),
        Test::Compare(Comparison::GreaterOrEqual, literal(5)),
    ]);
    let outside = cells::of_cell(&Test::Not(Box::new(several.clone())));
    let inside = cells::of_cell(&several);
    assert_eq!(cells::common(&inside, &outside), None);
    let Answers::Line(parts) = outside else {
        panic!("{outside:?}");
    };
    assert_eq!(
        parts,
        [
            interval(None, Some((1, false))),
            interval(Some((1, false)), Some((5, false))),
        ]
    );
}
