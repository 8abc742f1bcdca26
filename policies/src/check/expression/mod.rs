//! From written expressions to checked ones: names resolved, types proved.

mod aggregates;
mod calls;
mod names;
mod operators;
mod paid;
mod periods;
pub(crate) mod standalone;
mod tables;
mod tests;
mod tiers;

pub(crate) use periods::read_of;

use std::sync::Arc;

use crate::check::scope::{Scope, Typed};
use crate::check::types;
use crate::fault::{Code, Fault};
use crate::measure::expression::{ExprKind, Test, Type, Value};
use crate::syntax::ast::{ExprSyntax, ExprSyntaxKind, Literal};

/// How high an expression may be together with the definitions that it reads. One expression is
/// limited by the parser; this leaves room for the definitions of real policies.
const HEIGHT_MAX: usize = crate::syntax::limits::HEIGHT_MAX.saturating_add(64);

impl Scope<'_> {
    /// Lowers an expression; every fault in it is reported, and what is wrong becomes an
    /// invalid node that fits everywhere.
    pub(crate) fn lower(&mut self, syntax: &ExprSyntax) -> Typed {
        if self.height >= HEIGHT_MAX {
            return self.refuse_height(syntax.span);
        }
        self.height = self.height.saturating_add(1);
        let value = self.lower_node(syntax);
        self.height = self.height.saturating_sub(1);
        value
    }

    /// Expressions and the definitions they read are walked by recursion, so their height is
    /// limited. Reported even inside a definition that is read from elsewhere: only the whole
    /// is too high, not one of its parts.
    pub(crate) fn refuse_height(&mut self, span: crate::span::Span) -> Typed {
        self.too_high = true;
        self.faults.push(
            Fault::new(Code::Z07, span, "定义和式子一层套一层,太深了")
                .with_help("把中间的定义合并,或减少嵌套"),
        );
        Typed::invalid(span)
    }

    fn lower_node(&mut self, syntax: &ExprSyntax) -> Typed {
        let span = syntax.span;
        match &syntax.kind {
            ExprSyntaxKind::Literal(literal) => literal_of(literal, syntax),
            ExprSyntaxKind::Name { name, period } => self.lower_name(name, period.as_ref(), span),
            ExprSyntaxKind::Negate(operand) => self.lower_negate(operand, span),
            ExprSyntaxKind::Not(operand) => {
                let operand = self.lower_boolean(operand, "“非”后面");
                Typed::new(ExprKind::Not(Box::new(operand)), Type::Boolean, span)
            }
            ExprSyntaxKind::Binary {
                operator,
                operator_span,
                left,
                right,
            } => self.lower_binary(*operator, *operator_span, left, right, span),
            ExprSyntaxKind::If {
                condition,
                then,
                otherwise,
            } => self.lower_if(condition, then, otherwise, span),
            ExprSyntaxKind::In {
                subject,
                negated,
                tests,
            } => self.lower_in(subject, *negated, tests, span),
            ExprSyntaxKind::Between { subject, low, high } => {
                self.lower_between(subject, low, high, span)
            }
            ExprSyntaxKind::Call {
                function,
                function_span,
                arguments,
                filter,
            } => self.lower_call(
                *function,
                *function_span,
                arguments,
                filter.as_deref(),
                span,
            ),
            ExprSyntaxKind::Paid { measure, period } => {
                self.lower_paid(measure.as_ref(), *period, span)
            }
            ExprSyntaxKind::Sequence(items) => self.lower_sequence(items, span),
            ExprSyntaxKind::Item { sequence, place } => self.lower_item(sequence, place, span),
            ExprSyntaxKind::Test(test) => {
                let (test, inner) = self.lower_test_value(test);
                Typed::new(
                    ExprKind::Literal(Value::Test(Arc::new(test))),
                    Type::Range(Box::new(inner)),
                    span,
                )
            }
            ExprSyntaxKind::Record(_) => self.refuse(
                Fault::new(Code::Z03, span, "记录只能写在举例里")
                    .with_help("规则里用“合计(明细, …)”“计数(明细 其中 …)”查看明细"),
            ),
            ExprSyntaxKind::Step(tiers) => self.lower_step(tiers, span),
            ExprSyntaxKind::Marginal(tiers) => self.lower_marginal(tiers, span),
            ExprSyntaxKind::Table(table) => self.lower_table(table, span),
            ExprSyntaxKind::Unreadable => Typed::invalid(span),
        }
    }

    fn lower_negate(&mut self, operand: &ExprSyntax, span: crate::span::Span) -> Typed {
        let value = self.lower(operand);
        if matches!(
            value.value_type,
            Type::Number | Type::Money | Type::Duration | Type::Unknown | Type::Invalid
        ) {
            let value_type = value.value_type.clone();
            return Typed::new(ExprKind::Negate(Box::new(value.expr)), value_type, span);
        }
        self.refuse(Fault::new(
            Code::Z03,
            operand.span,
            format!(
                "负号后面应当是数或金额,这里是{}",
                types::name(&value.value_type)
            ),
        ))
    }

    /// Lowers an expression that must be a truth value.
    pub(crate) fn lower_boolean(
        &mut self,
        syntax: &ExprSyntax,
        what: &str,
    ) -> crate::measure::expression::Expr {
        self.lower_as(syntax, &Type::Boolean, what)
    }

    fn lower_if(
        &mut self,
        condition: &ExprSyntax,
        then: &ExprSyntax,
        otherwise: &ExprSyntax,
        span: crate::span::Span,
    ) -> Typed {
        let condition = self.lower_boolean(condition, "“如果”后面");
        let then_value = self.lower(then);
        let other_value = self.lower(otherwise);
        if !types::fits(&other_value.value_type, &then_value.value_type) {
            return self.refuse(
                Fault::new(
                    Code::Z03,
                    otherwise.span,
                    format!(
                        "“则”后面是{},“否则”后面是{},两边要一样",
                        types::name(&then_value.value_type),
                        types::name(&other_value.value_type)
                    ),
                )
                .with_related(then.span, types::name(&then_value.value_type)),
            );
        }
        let value_type = types::joined(&then_value.value_type, &other_value.value_type);
        Typed::new(
            ExprKind::If(
                Box::new(condition),
                Box::new(then_value.expr),
                Box::new(other_value.expr),
            ),
            value_type,
            span,
        )
    }

    fn lower_sequence(&mut self, items: &[ExprSyntax], span: crate::span::Span) -> Typed {
        let mut inner = Type::Unknown;
        let mut lowered = Vec::with_capacity(items.len());
        for item in items {
            let value = self.lower(item);
            if types::fits(&value.value_type, &inner) {
                inner = types::joined(&inner, &value.value_type);
                lowered.push(value.expr);
            } else {
                let fault = Fault::new(
                    Code::Z03,
                    item.span,
                    format!(
                        "一列里的值要是同一类型:前面是{},这里是{}",
                        types::name(&inner),
                        types::name(&value.value_type)
                    ),
                );
                lowered.push(self.refuse(fault).expr);
            }
        }
        Typed::new(
            ExprKind::Sequence(lowered),
            Type::Sequence(Box::new(inner)),
            span,
        )
    }

    fn lower_item(
        &mut self,
        sequence: &ExprSyntax,
        place: &ExprSyntax,
        span: crate::span::Span,
    ) -> Typed {
        let value = self.lower(sequence);
        let place = self.lower_as(place, &Type::Number, "方括号里的位置");
        let inner = if let Type::Sequence(inner) = &value.value_type {
            (**inner).clone()
        } else {
            value.value_type.clone()
        };
        Typed::new(
            ExprKind::Item(Box::new(value.expr), Box::new(place)),
            inner,
            span,
        )
    }
}

fn literal_of(literal: &Literal, syntax: &ExprSyntax) -> Typed {
    let (kind, value_type) = match literal {
        Literal::Number(number) => (
            ExprKind::Literal(Value::Number(number.clone())),
            Type::Number,
        ),
        Literal::Money(fen) => (ExprKind::Literal(Value::Money(fen.clone())), Type::Money),
        Literal::Boolean(value) => (ExprKind::Literal(Value::Boolean(*value)), Type::Boolean),
        Literal::Date(date) => (ExprKind::Literal(Value::Date(*date)), Type::Date),
        Literal::Duration(duration) => (
            ExprKind::Literal(Value::Duration(*duration)),
            Type::Duration,
        ),
        Literal::Text(text) => (
            ExprKind::Literal(Value::Text(Arc::from(text.as_str()))),
            Type::Text,
        ),
        Literal::Unknown => (ExprKind::Unknown, Type::Unknown),
    };
    Typed::new(kind, value_type, syntax.span)
}

/// A test that lists others is flat when it holds a single one.
pub(crate) fn any_of(mut tests: Vec<Test>) -> Test {
    if tests.len() == 1
        && let Some(only) = tests.pop()
    {
        return only;
    }
    Test::Any(tests)
}

/// Whether the notation itself gives the name a meaning.
pub(crate) fn is_builtin(name: &str) -> bool {
    names::BUILTINS
        .iter()
        .any(|(zh, en)| *zh == name || *en == name)
}

/// The two spellings of a builtin name, by its place in the list.
pub(crate) fn builtin(index: usize) -> Option<(&'static str, &'static str)> {
    names::BUILTINS.get(index).copied()
}
