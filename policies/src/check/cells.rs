//! What the cells of decision tables answer, to prove which rows can match together.

use std::sync::Arc;

use crate::check::intervals::{self, Interval};
use crate::measure::expression::{Test, Value};

/// The values that a cell answers, as far as they are known before the run.
#[derive(Clone, Debug)]
pub(crate) enum Answers {
    /// Everything.
    All,
    /// Values on a line: numbers, money, dates, and texts and truth values as points.
    Line(Vec<Interval>),
    /// Codes and all below them.
    Codes(Vec<Arc<str>>),
    /// All codes but these and those below them.
    NotCodes(Vec<Arc<str>>),
    /// Not known: it can be anything.
    Unknown,
}

/// What a cell answers.
pub(crate) fn of_cell(test: &Test) -> Answers {
    match test {
        Test::Anything => Answers::All,
        Test::Below(_, code) => Answers::Codes(vec![Arc::clone(code)]),
        Test::Any(tests) if tests.iter().all(|test| matches!(test, Test::Below(_, _))) => {
            Answers::Codes(codes_of(tests))
        }
        Test::Not(inner) => match of_cell(inner) {
            Answers::Codes(codes) => Answers::NotCodes(codes),
            Answers::NotCodes(codes) => Answers::Codes(codes),
            Answers::All | Answers::Unknown => Answers::Unknown,
            Answers::Line(_) => line(test),
        },
        Test::Range { .. } | Test::Compare(_, _) | Test::Equal(_) | Test::Any(_) => line(test),
        Test::Member(_) | Test::Holds(_) => Answers::Unknown,
    }
}

fn codes_of(tests: &[Test]) -> Vec<Arc<str>> {
    tests
        .iter()
        .filter_map(|test| {
            let Test::Below(_, code) = test else {
                return None;
            };
            Some(Arc::clone(code))
        })
        .collect()
}

fn line(test: &Test) -> Answers {
    intervals::of_test(test).map_or(Answers::Unknown, Answers::Line)
}

/// Whether no value at all is answered.
pub(crate) fn is_nothing(answers: &Answers) -> bool {
    match answers {
        Answers::Line(intervals) => intervals.iter().all(Interval::is_empty),
        Answers::All | Answers::Codes(_) | Answers::NotCodes(_) | Answers::Unknown => false,
    }
}

/// Whether two cells can answer the same value, and one such value where it can be named.
pub(crate) fn common(left: &Answers, right: &Answers) -> Option<Option<Value>> {
    match (left, right) {
        (Answers::Line(a), Answers::Line(b)) => a
            .iter()
            .flat_map(|one| b.iter().map(move |other| one.intersection(other)))
            .find(|both| !both.is_empty())
            .map(|both| both.witness()),
        (Answers::Codes(a), Answers::Codes(b)) => a
            .iter()
            .flat_map(|one| b.iter().map(move |other| (one, other)))
            .find_map(|(one, other)| deeper(one, other))
            .map(|code| Some(Value::Text(code))),
        (Answers::Codes(a), Answers::NotCodes(b)) | (Answers::NotCodes(b), Answers::Codes(a)) => a
            .iter()
            .find(|code| !b.iter().any(|not| below(code, not)))
            .map(|code| Some(Value::Text(Arc::clone(code)))),
        (Answers::All, other) | (other, Answers::All) => Some(example(other)),
        (Answers::Unknown, _)
        | (_, Answers::Unknown)
        | (Answers::NotCodes(_), Answers::NotCodes(_))
        | (Answers::Line(_), Answers::Codes(_) | Answers::NotCodes(_))
        | (Answers::Codes(_) | Answers::NotCodes(_), Answers::Line(_)) => Some(None),
    }
}

fn example(answers: &Answers) -> Option<Value> {
    match answers {
        Answers::Line(intervals) => intervals.first().and_then(Interval::witness),
        Answers::Codes(codes) => codes.first().map(|code| Value::Text(Arc::clone(code))),
        Answers::All | Answers::NotCodes(_) | Answers::Unknown => None,
    }
}

/// Whether every value that `inner` answers is also answered by `outer`.
pub(crate) fn covers(outer: &Answers, inner: &Answers) -> bool {
    match (outer, inner) {
        (Answers::All, _) => true,
        (Answers::Line(a), Answers::Line(b)) => b
            .iter()
            .all(|interval| a.iter().any(|whole| whole.covers(interval))),
        (Answers::Codes(a), Answers::Codes(b)) => b
            .iter()
            .all(|code| a.iter().any(|whole| below(code, whole))),
        (Answers::NotCodes(a), Answers::NotCodes(b)) => a
            .iter()
            .all(|code| b.iter().any(|whole| below(code, whole))),
        (Answers::NotCodes(a), Answers::Codes(b)) => b
            .iter()
            .all(|code| !a.iter().any(|not| deeper(code, not).is_some())),
        (_, Answers::All | Answers::Unknown)
        | (Answers::Unknown, _)
        | (Answers::Line(_), Answers::Codes(_) | Answers::NotCodes(_))
        | (Answers::Codes(_), Answers::Line(_) | Answers::NotCodes(_))
        | (Answers::NotCodes(_), Answers::Line(_)) => false,
    }
}

/// Whether a code is another or one below it: both trees spell a child by its parent's code and
/// more characters.
fn below(code: &str, above: &str) -> bool {
    code.starts_with(above)
}

/// The deeper of two codes of which one is below the other.
fn deeper(left: &Arc<str>, right: &Arc<str>) -> Option<Arc<str>> {
    if below(left, right) {
        Some(Arc::clone(left))
    } else if below(right, left) {
        Some(Arc::clone(right))
    } else {
        None
    }
}
