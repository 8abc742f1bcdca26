//! Tests of a value: ranges, comparisons, members, codes.

use std::sync::Arc;

use crate::check::expression::any_of;
use crate::check::members;
use crate::check::scope::{Scope, Typed, is_literal};
use crate::check::types;
use crate::fault::{Code, Fault};
use crate::measure::expression::{Comparison, Expr, ExprKind, Test, Type, Value};
use crate::span::Span;
use crate::syntax::ast::{
    ExprSyntax, ExprSyntaxKind, Literal, RangeSyntax, TestSyntax, TestSyntaxKind,
};

impl Scope<'_> {
    pub(super) fn lower_in(
        &mut self,
        subject: &ExprSyntax,
        negated: bool,
        tests: &[TestSyntax],
        span: Span,
    ) -> Typed {
        let subject = self.lower(subject);
        let lowered: Vec<Test> = tests
            .iter()
            .map(|test| self.lower_test(test, &subject))
            .collect();
        let inside = Typed::new(
            ExprKind::In(Box::new(subject.expr), lowered),
            Type::Boolean,
            span,
        );
        if negated {
            return Typed::new(ExprKind::Not(Box::new(inside.expr)), Type::Boolean, span);
        }
        inside
    }

    pub(super) fn lower_between(
        &mut self,
        subject: &ExprSyntax,
        low: &ExprSyntax,
        high: &ExprSyntax,
        span: Span,
    ) -> Typed {
        let subject = self.lower(subject);
        let test = Test::Range {
            low: Some(Box::new(self.lower_bound(low, &subject))),
            low_included: true,
            high: Some(Box::new(self.lower_bound(high, &subject))),
            high_included: true,
        };
        Typed::new(
            ExprKind::In(Box::new(subject.expr), vec![test]),
            Type::Boolean,
            span,
        )
    }

    /// Lowers a test of a subject that is at hand.
    pub(crate) fn lower_test(&mut self, test: &TestSyntax, subject: &Typed) -> Test {
        match &test.kind {
            TestSyntaxKind::Range(range) => self.lower_range(range, subject),
            TestSyntaxKind::Compare { operator, bound } => {
                let Some(comparison) = super::operators::comparison_of(*operator) else {
                    return Test::Equal(Box::new(Typed::invalid(test.span).expr));
                };
                if matches!(comparison, Comparison::Equal | Comparison::NotEqual) {
                    let value = self.lower_equal(bound, subject);
                    return Test::Compare(comparison, Box::new(value));
                }
                Test::Compare(comparison, Box::new(self.lower_bound(bound, subject)))
            }
            TestSyntaxKind::Any(tests) => any_of(
                tests
                    .iter()
                    .map(|test| self.lower_test(test, subject))
                    .collect(),
            ),
            TestSyntaxKind::Value(value) => self.lower_value_test(value, subject),
        }
    }

    fn lower_range(&mut self, range: &RangeSyntax, subject: &Typed) -> Test {
        let low = range
            .low
            .as_ref()
            .map(|bound| Box::new(self.lower_bound(bound, subject)));
        let high = range
            .high
            .as_ref()
            .map(|bound| Box::new(self.lower_bound(bound, subject)));
        Test::Range {
            low,
            low_included: range.low_included,
            high,
            high_included: range.high_included,
        }
    }

    /// A bound must have the subject's type, and that type an order.
    fn lower_bound(&mut self, bound: &ExprSyntax, subject: &Typed) -> Expr {
        if !self.is_ordered(&subject.value_type) {
            let fault = Fault::new(
                Code::Z03,
                bound.span,
                format!(
                    "{}没有大小,不能与界限比较",
                    types::name(&subject.value_type)
                ),
            );
            return self.refuse(fault).expr;
        }
        self.lower_as(bound, &subject.value_type, "界限")
    }

    fn lower_equal(&mut self, value: &ExprSyntax, subject: &Typed) -> Expr {
        let lowered = self.lower_as(value, &subject.value_type, "比较的值");
        self.check_member(&subject.expr, &lowered);
        lowered
    }

    fn lower_value_test(&mut self, value: &ExprSyntax, subject: &Typed) -> Test {
        if let ExprSyntaxKind::Test(test) = &value.kind {
            return self.lower_test(test, subject);
        }
        if let (Type::Code(tree), ExprSyntaxKind::Literal(Literal::Text(code))) =
            (&subject.value_type, &value.kind)
        {
            return match members::known_code(self.globals.codes, *tree, code) {
                Ok(code) => Test::Below(*tree, code),
                Err(fault) => {
                    let fault = fault.at(value.span);
                    Test::Equal(Box::new(self.refuse(fault).expr))
                }
            };
        }
        if let ExprSyntaxKind::Sequence(items) = &value.kind
            && !matches!(subject.value_type, Type::Sequence(_))
        {
            return any_of(
                items
                    .iter()
                    .map(|item| self.lower_value_test(item, subject))
                    .collect(),
            );
        }
        let lowered = self.lower(value);
        self.typed_test(lowered, subject, value.span, is_literal(value))
    }

    /// What a value tests depends on its type: equality, or membership where it is a sequence or
    /// a range.
    fn typed_test(&mut self, value: Typed, subject: &Typed, span: Span, written: bool) -> Test {
        let sequence_of_subject = match &value.value_type {
            Type::Sequence(inner) | Type::Range(inner) => {
                types::fits(inner, &subject.value_type)
                    || matches!(&**inner, Type::Range(of) if types::fits(of, &subject.value_type))
            }
            Type::Money
            | Type::Number
            | Type::Boolean
            | Type::Date
            | Type::Duration
            | Type::Text
            | Type::Code(_)
            | Type::Set
            | Type::List(_)
            | Type::Unknown
            | Type::Invalid => false,
        };
        if types::fits(&value.value_type, &subject.value_type) {
            self.check_member(&subject.expr, &value.expr);
            return Test::Equal(Box::new(value.expr));
        }
        if sequence_of_subject {
            return Test::Member(Box::new(value.expr));
        }
        if subject.value_type == Type::Set && types::fits(&value.value_type, &Type::Text) {
            self.check_member(&subject.expr, &value.expr);
            return Test::Holds(Box::new(value.expr));
        }
        let mut fault = Fault::new(
            Code::Z03,
            span,
            format!(
                "{}不能与{}比较",
                types::name(&subject.value_type),
                types::name(&value.value_type)
            ),
        );
        if subject.value_type == Type::Money && value.value_type == Type::Number && written {
            let text = self.globals.text(span);
            fault = fault.with_help(format!("金额要带单位:想写的是“{text}元”还是“{text}万元”?"));
        }
        Test::Equal(Box::new(self.refuse(fault).expr))
    }

    /// Lowers a test that stands where a value is expected; its own bound gives its type.
    pub(super) fn lower_test_value(&mut self, test: &TestSyntax) -> (Test, Type) {
        let bound = match &test.kind {
            TestSyntaxKind::Range(range) => range.low.as_deref().or(range.high.as_deref()),
            TestSyntaxKind::Compare { bound, .. } => Some(bound),
            TestSyntaxKind::Value(value) => Some(value),
            TestSyntaxKind::Any(_) => None,
        };
        let inner = match bound {
            // A bound that is itself a test has no order; looking into it twice at every level
            // would take for ever.
            Some(bound) if matches!(bound.kind, ExprSyntaxKind::Test(_)) => Type::Unknown,
            Some(bound) => {
                let faults = self.faults.len();
                let value_type = self.lower(bound).value_type;
                self.faults.truncate(faults);
                value_type
            }
            None => Type::Unknown,
        };
        let subject = Typed::new(ExprKind::Unknown, inner.clone(), test.span);
        (self.lower_test(test, &subject), inner)
    }

    /// Checks a text against the closed list of what the other side can be: members of an enum
    /// or set, codes of a tree, results of a definition.
    pub(crate) fn check_member(&mut self, subject: &Expr, member: &Expr) {
        let ExprKind::Literal(Value::Text(text)) = &member.kind else {
            return;
        };
        let text: Arc<str> = Arc::clone(text);
        if let Some(fault) = members::foreign(self, subject, &text) {
            self.report(fault.at(member.span));
        }
    }
}
