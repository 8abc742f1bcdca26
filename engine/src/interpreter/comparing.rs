//! Comparisons, and the tests of 属于, tiers and table cells.

use std::cmp::Ordering;

use zhida_policies::measure::expression::{Comparison, Expr, Test, Value};
use zhida_policies::span::Span;
use zhida_policies::values::{Duration, Region};
use zhida_policies::vocabulary::Tree;

use crate::interpreter::evaluation::{Evaluation, Lack, UndefinedReason};
use crate::interpreter::evaluator::Evaluator;
use crate::interpreter::truth::{Junction, Truth};

/// A comparison of two nodes; the bounds of an unknown decide nothing.
pub(super) fn compare_evaluated(
    comparison: Comparison,
    left: &Evaluation,
    right: &Evaluation,
    span: Span,
) -> Truth {
    if let (Evaluation::Known(left), Evaluation::Known(right)) = (left, right) {
        return compare_values(comparison, left, right, span);
    }
    lacking([left, right])
}

impl Evaluator<'_> {
    /// Whether any of the tests holds.
    pub(super) fn any_test(&mut self, subject: &Evaluation, tests: &[Test], span: Span) -> Truth {
        let mut any = Junction::any();
        for test in tests {
            any.add(self.matches(subject, test, span));
            if any.is_decided() && self.may_stop_early() {
                break;
            }
        }
        any.finish()
    }

    /// Whether a test holds of a subject that stands at `span`.
    pub(super) fn matches(&mut self, subject: &Evaluation, test: &Test, span: Span) -> Truth {
        match test {
            Test::Anything => Truth::True,
            Test::Any(tests) => self.any_test(subject, tests, span),
            Test::Not(test) => self.matches(subject, test, span).negate(),
            Test::Compare(comparison, bound) => self.against(subject, *comparison, bound),
            Test::Equal(bound) => {
                let bound_value = self.evaluate(bound);
                match (subject, &bound_value) {
                    (Evaluation::Known(value), Evaluation::Known(Value::Test(test)))
                        if !matches!(value, Value::Test(_)) =>
                    {
                        self.matches(subject, test, span)
                    }
                    _ => compare_evaluated(Comparison::Equal, subject, &bound_value, bound.span),
                }
            }
            Test::Range {
                low,
                low_included,
                high,
                high_included,
            } => {
                let mut all = Junction::all();
                all.add(lacking([subject]));
                if let Some(low) = low {
                    all.add(self.against(subject, lower(*low_included), low));
                }
                if let Some(high) = high {
                    all.add(self.against(subject, upper(*high_included), high));
                }
                all.finish()
            }
            Test::Below(tree, code) => self.below(subject, *tree, code, span),
            Test::Member(sequence) => self.member(subject, sequence, span),
            Test::Holds(member) => {
                let member = self.evaluate(member);
                self.holds(subject, &member, span)
            }
        }
    }

    fn against(&mut self, subject: &Evaluation, comparison: Comparison, bound: &Expr) -> Truth {
        let value = self.evaluate(bound);
        compare_evaluated(comparison, subject, &value, bound.span)
    }

    /// Whether a code is the one named or lies below it.
    fn below(&mut self, subject: &Evaluation, tree: Tree, code: &str, span: Span) -> Truth {
        let Some(value) = subject.known() else {
            return lacking([subject]);
        };
        let Value::Text(text) = value else {
            return Truth::undefined(UndefinedReason::WrongType, span);
        };
        let codes = &self.library.codes;
        Truth::from(match tree {
            Tree::Industry => &**text == code || codes.industries().covers(code, text),
            Tree::Region => match (code.parse::<Region>(), text.parse::<Region>()) {
                (Ok(outer), Ok(inner)) => outer == inner || codes.region_covers(outer, inner),
                (Ok(_) | Err(_), Ok(_) | Err(_)) => false,
            },
        })
    }

    /// Whether a sequence has an item that equals the subject, or a range that holds it.
    fn member(&mut self, subject: &Evaluation, sequence: &Expr, span: Span) -> Truth {
        let sequence_value = self.evaluate(sequence);
        let (Some(value), Some(items)) = (subject.known(), sequence_value.known()) else {
            return lacking([subject, &sequence_value]);
        };
        let items = match items {
            Value::Sequence(items) => &items[..],
            Value::Set(members) => {
                return Truth::from(
                    members
                        .iter()
                        .any(|member| matches!(value, Value::Text(text) if text == member)),
                );
            }
            Value::Money(_)
            | Value::Number(_)
            | Value::Boolean(_)
            | Value::Date(_)
            | Value::Duration(_)
            | Value::Text(_)
            | Value::Test(_) => std::slice::from_ref(items),
        };
        let mut any = Junction::any();
        for item in items {
            any.add(match (item, value) {
                (Value::Test(_), Value::Test(_)) => equal(value, item, sequence.span),
                (Value::Test(test), _) => self.matches(subject, test, span),
                _ => equal(value, item, sequence.span),
            });
        }
        any.finish()
    }

    /// Whether a set has a member, a text a part, or a sequence an item.
    pub(super) fn holds(&self, whole: &Evaluation, part: &Evaluation, span: Span) -> Truth {
        let (Some(whole_value), Some(part_value)) = (whole.known(), part.known()) else {
            return lacking([whole, part]);
        };
        match (whole_value, part_value) {
            (Value::Set(members), Value::Text(member)) => {
                Truth::from(members.binary_search(member).is_ok())
            }
            (Value::Text(text), Value::Text(part)) => Truth::from(text.contains(&**part)),
            (Value::Sequence(items), value) => {
                let mut any = Junction::any();
                for item in items.iter() {
                    any.add(equal(item, value, span));
                }
                any.finish()
            }
            _ => Truth::undefined(UndefinedReason::WrongType, span),
        }
    }
}

fn compare_values(comparison: Comparison, left: &Value, right: &Value, span: Span) -> Truth {
    let wrong_type = || Truth::undefined(UndefinedReason::WrongType, span);
    match comparison {
        Comparison::Equal => equal(left, right, span),
        Comparison::NotEqual => equal(left, right, span).negate(),
        Comparison::Less
        | Comparison::LessOrEqual
        | Comparison::Greater
        | Comparison::GreaterOrEqual => order(left, right).map_or_else(wrong_type, |ordering| {
            Truth::from(accepts(comparison, ordering))
        }),
    }
}

/// Whether two values are the same. Ranges are, when their ends are; where they stand in the
/// text does not matter.
fn equal(left: &Value, right: &Value, span: Span) -> Truth {
    match (left, right) {
        (Value::Sequence(left), Value::Sequence(right)) => {
            let mut all = Junction::all();
            all.add(Truth::from(left.len() == right.len()));
            for (left, right) in left.iter().zip(right.iter()) {
                all.add(equal(left, right, span));
            }
            all.finish()
        }
        _ if std::mem::discriminant(left) == std::mem::discriminant(right) => {
            Truth::from(left == right)
        }
        _ => Truth::undefined(UndefinedReason::WrongType, span),
    }
}

/// Unknown or undefined, as the operands are; true when they are all known.
fn lacking<const N: usize>(operands: [&Evaluation; N]) -> Truth {
    let mut lack = Lack::default();
    for operand in operands {
        lack.note(operand);
    }
    match (lack.undefined, lack.missing) {
        (Some(undefined), _) => Truth::Undefined(undefined),
        (None, Some(missing)) => Truth::Unknown(missing),
        (None, None) => Truth::True,
    }
}

fn lower(included: bool) -> Comparison {
    if included {
        Comparison::GreaterOrEqual
    } else {
        Comparison::Greater
    }
}

fn upper(included: bool) -> Comparison {
    if included {
        Comparison::LessOrEqual
    } else {
        Comparison::Less
    }
}

fn accepts(comparison: Comparison, ordering: Ordering) -> bool {
    match comparison {
        Comparison::Equal => ordering == Ordering::Equal,
        Comparison::NotEqual => ordering != Ordering::Equal,
        Comparison::Less => ordering == Ordering::Less,
        Comparison::LessOrEqual => ordering != Ordering::Greater,
        Comparison::Greater => ordering == Ordering::Greater,
        Comparison::GreaterOrEqual => ordering != Ordering::Less,
    }
}

/// How two values of one ordered type compare; nothing for other types, or for spans of time
/// that mix months with days.
pub(super) fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Money(a), Value::Money(b)) | (Value::Number(a), Value::Number(b)) => Some(a.cmp(b)),
        (Value::Date(a), Value::Date(b)) => Some(a.cmp(b)),
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        (Value::Duration(a), Value::Duration(b)) => order_durations(*a, *b),
        _ => None,
    }
}

fn order_durations(a: Duration, b: Duration) -> Option<Ordering> {
    match (a.months.cmp(&b.months), a.days.cmp(&b.days)) {
        (Ordering::Equal, ordering) | (ordering, Ordering::Equal) => Some(ordering),
        (months, days) => (months == days).then_some(months),
    }
}
