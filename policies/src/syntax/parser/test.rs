//! Tests of a value: after `属于`, in the rows of tier tables and in the cells of decision tables.

use super::brackets::inner_test;
use super::expression::{Level, comparison};
use super::{Parsed, Parser, Role};
use crate::syntax::ast::{CellSyntax, ExprSyntaxKind, TestSyntax, TestSyntaxKind};
use crate::syntax::keywords::{Meaning, Particle};
use crate::syntax::lexer::Symbol;
use crate::syntax::words::BinaryOperator;

impl Parser<'_> {
    /// A range, a comparison, a value, or a list of tests.
    pub(super) fn test(&mut self) -> Parsed<TestSyntax> {
        let first = self.at;
        if let Some(operator) = self.symbol().and_then(comparison) {
            self.take(Role::Plain);
            let bound = self.additive_expression()?;
            return Ok(TestSyntax {
                kind: TestSyntaxKind::Compare { operator, bound },
                span: self.span_from(first),
            });
        }
        let outer = self.context;
        self.context.tests = true;
        let value = self.expression(Level::Additive);
        self.context = outer;
        let value = value?;
        if self.is_symbol(Symbol::Range) {
            let span = self.span();
            let fault = Self::syntax(span, "区间两边要有括号");
            return Err(self
                .fault(fault.with_help("含端点写方括号，不含写圆括号：[1..10) 从 1 起、不满 10")));
        }
        let span = value.span;
        if let ExprSyntaxKind::Sequence(items) = value.kind {
            let kind = TestSyntaxKind::Any(items.into_iter().map(inner_test).collect());
            return Ok(TestSyntax { kind, span });
        }
        Ok(inner_test(value))
    }

    /// Tests with commas between.
    fn tests(&mut self) -> Parsed<Vec<TestSyntax>> {
        let mut tests = vec![self.test()?];
        while self.eat_symbol(Symbol::Comma) {
            tests.push(self.test()?);
        }
        Ok(tests)
    }

    /// One cell of a decision table.
    pub(super) fn cell(&mut self) -> Parsed<CellSyntax> {
        let first = self.at;
        let mut cell = CellSyntax {
            tests: Vec::new(),
            negated: false,
            contains: false,
            span: self.span(),
        };
        let next = self.ahead(1).map(|token| &token.kind);
        let alone =
            next.is_none() || next == Some(&crate::syntax::lexer::TokenKind::Symbol(Symbol::Pipe));
        if self.is_symbol(Symbol::Minus) && alone {
            self.take(Role::Plain);
        } else if self.eat(Meaning::Particle(Particle::In)) {
            cell.tests = self.tests()?;
        } else if self.eat(Meaning::Particle(Particle::NotIn)) {
            cell.negated = true;
            cell.tests = self.tests()?;
        } else if self.is_meaning(Meaning::Particle(Particle::Not))
            && self.is_symbol_ahead(1, Symbol::RoundOpen)
        {
            self.take(Role::Keyword(Meaning::Particle(Particle::Not)));
            let open = self.span();
            self.take(Role::Plain);
            cell.negated = true;
            cell.tests = self.tests()?;
            self.close(Symbol::RoundClose, open)?;
        } else if self.eat(Meaning::Operator(BinaryOperator::Contains)) {
            cell.contains = true;
            cell.tests = self.tests()?;
        } else {
            cell.tests = self.tests()?;
        }
        cell.span = self.span_from(first);
        Ok(cell)
    }
}
