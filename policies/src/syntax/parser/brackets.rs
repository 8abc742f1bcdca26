//! Brackets: groups, sequences, ranges, tests as values, and records.

use super::expression::comparison;
use super::{Parsed, Parser, Role};
use crate::span::Span;
use crate::syntax::ast::{ExprSyntax, ExprSyntaxKind, RangeSyntax, TestSyntax, TestSyntaxKind};
use crate::syntax::lexer::{Symbol, TokenKind};

impl Parser<'_> {
    /// `( … )`: an expression, a test, several tests, or a range open below.
    pub(super) fn round(&mut self) -> Parsed<ExprSyntax> {
        let first = self.at;
        let open = self.span();
        self.enter()?;
        self.take(Role::Plain);
        let outer = self.enter_brackets();
        self.context.tests = outer.tests;
        let inside = self.inside_round(first, open, outer.tests);
        self.context = outer;
        let inside = inside?;
        self.leave();
        Ok(inside)
    }

    fn inside_round(&mut self, first: usize, open: Span, tests: bool) -> Parsed<ExprSyntax> {
        if self.eat_symbol(Symbol::Range) {
            return self.range_end(first, open, None, false);
        }
        let element = self.element()?;
        if self.eat_symbol(Symbol::Range) {
            return self.range_end(first, open, Some(element), false);
        }
        if tests && self.is_symbol(Symbol::Comma) {
            let mut elements = vec![element];
            while self.eat_symbol(Symbol::Comma) {
                elements.push(self.element()?);
            }
            self.close(Symbol::RoundClose, open)?;
            let span = self.span_from(first);
            let tests = elements.into_iter().map(inner_test).collect();
            return Ok(test_value(TestSyntaxKind::Any(tests), span));
        }
        self.close(Symbol::RoundClose, open)?;
        Ok(ExprSyntax {
            kind: element.kind,
            span: self.span_from(first),
        })
    }

    /// `[ … ]`: a sequence, or a range closed below.
    pub(super) fn square(&mut self) -> Parsed<ExprSyntax> {
        let first = self.at;
        let open = self.span();
        self.enter()?;
        self.take(Role::Plain);
        let outer = self.enter_brackets();
        self.context.tests = outer.tests;
        let inside = self.inside_square(first, open);
        self.context = outer;
        let inside = inside?;
        self.leave();
        Ok(inside)
    }

    fn inside_square(&mut self, first: usize, open: Span) -> Parsed<ExprSyntax> {
        if self.eat_symbol(Symbol::Range) {
            return self.range_end(first, open, None, true);
        }
        let mut elements = Vec::new();
        if !self.is_symbol(Symbol::SquareClose) {
            elements.push(self.element()?);
            if self.eat_symbol(Symbol::Range) {
                return self.range_end(first, open, elements.pop(), true);
            }
            while self.eat_symbol(Symbol::Comma) {
                elements.push(self.element()?);
            }
        }
        self.close(Symbol::SquareClose, open)?;
        Ok(ExprSyntax {
            kind: ExprSyntaxKind::Sequence(elements),
            span: self.span_from(first),
        })
    }

    /// `]a..b[`, the other way to write a range open at its ends.
    pub(super) fn reversed_range(&mut self) -> Parsed<ExprSyntax> {
        let first = self.at;
        let open = self.span();
        self.enter()?;
        self.take(Role::RangeOpen);
        let outer = self.enter_brackets();
        let inside = self.inside_reversed(first, open);
        self.context = outer;
        let inside = inside?;
        self.leave();
        Ok(inside)
    }

    fn inside_reversed(&mut self, first: usize, open: Span) -> Parsed<ExprSyntax> {
        let low = if self.is_symbol(Symbol::Range) {
            None
        } else {
            Some(self.additive_expression()?)
        };
        self.expect_symbol(Symbol::Range)?;
        self.range_end(first, open, low, false)
    }

    /// Whether a `]` here opens a range: a `..` follows before anything closes.
    pub(super) fn opens_range(&self) -> bool {
        let mut depth: usize = 0;
        let rest = self.tokens.get(self.at.saturating_add(1)..self.limit);
        for token in rest.unwrap_or_default() {
            match token.kind {
                TokenKind::Symbol(Symbol::Range) if depth == 0 => return true,
                TokenKind::Symbol(Symbol::RoundOpen | Symbol::SquareOpen) => {
                    depth = depth.saturating_add(1);
                }
                TokenKind::Symbol(Symbol::RoundClose | Symbol::SquareClose) => {
                    let Some(outer) = depth.checked_sub(1) else {
                        return false;
                    };
                    depth = outer;
                }
                TokenKind::Symbol(Symbol::Comma | Symbol::Semicolon | Symbol::CurlyClose)
                    if depth == 0 =>
                {
                    return false;
                }
                TokenKind::Symbol(_)
                | TokenKind::Word(_)
                | TokenKind::Literal(_)
                | TokenKind::Text(_)
                | TokenKind::Line(_)
                | TokenKind::Period(_)
                | TokenKind::Bad(_) => {}
            }
        }
        false
    }

    /// The part of a range after its `..`.
    fn range_end(
        &mut self,
        first: usize,
        open: Span,
        low: Option<ExprSyntax>,
        low_included: bool,
    ) -> Parsed<ExprSyntax> {
        self.context.range_end = true;
        let closes = matches!(
            self.symbol(),
            Some(Symbol::RoundClose | Symbol::SquareClose | Symbol::SquareOpen)
        );
        let high = if closes {
            None
        } else {
            Some(self.additive_expression()?)
        };
        let high_included = self.is_symbol(Symbol::SquareClose);
        if self.is_symbol(Symbol::SquareOpen) {
            self.take(Role::RangeClose);
        } else if high_included {
            self.take(Role::Plain);
        } else if self.is_symbol(Symbol::RoundClose) || self.token().is_none() {
            self.close(Symbol::RoundClose, open)?;
        } else {
            return Err(self.expected("“)”或“]”"));
        }
        let span = self.span_from(first);
        if low.is_none() && high.is_none() {
            return Err(self.fault(Self::syntax(span, "区间的两端至少要写一个")));
        }
        let range = RangeSyntax {
            low: low.map(Box::new),
            low_included,
            high: high.map(Box::new),
            high_included,
        };
        Ok(test_value(TestSyntaxKind::Range(range), span))
    }

    /// What stands in brackets: an expression, or a comparison without its left side.
    fn element(&mut self) -> Parsed<ExprSyntax> {
        let first = self.at;
        let Some(operator) = self.symbol().and_then(comparison) else {
            return self.any_expression();
        };
        self.take(Role::Plain);
        let bound = self.additive_expression()?;
        let span = self.span_from(first);
        Ok(test_value(
            TestSyntaxKind::Compare { operator, bound },
            span,
        ))
    }

    /// `{ field = v, … }`
    pub(super) fn record(&mut self) -> Parsed<ExprSyntaxKind> {
        let open = self.span();
        self.enter()?;
        self.take(Role::Plain);
        let mut fields = Vec::new();
        while !self.is_symbol(Symbol::CurlyClose) {
            let name = self.name(Role::Name, "字段的名字")?;
            self.expect_symbol(Symbol::Equal)?;
            fields.push((name, self.additive_expression()?));
            if !self.eat_symbol(Symbol::Comma) {
                break;
            }
        }
        self.close(Symbol::CurlyClose, open)?;
        self.leave();
        Ok(ExprSyntaxKind::Record(fields))
    }
}

/// A test that stands where a value is expected.
fn test_value(kind: TestSyntaxKind, span: Span) -> ExprSyntax {
    ExprSyntax {
        kind: ExprSyntaxKind::Test(Box::new(TestSyntax { kind, span })),
        span,
    }
}

/// An element of a list of tests as a test; a list of plain values inside stays one value, so that
/// it can also be equalled.
pub(super) fn inner_test(element: ExprSyntax) -> TestSyntax {
    let span = element.span;
    let holds_tests = |items: &[ExprSyntax]| {
        items
            .iter()
            .any(|item| matches!(item.kind, ExprSyntaxKind::Test(_)))
    };
    let kind = if let ExprSyntaxKind::Test(test) = element.kind {
        return *test;
    } else if let ExprSyntaxKind::Sequence(items) = element.kind {
        if holds_tests(&items) {
            TestSyntaxKind::Any(items.into_iter().map(inner_test).collect())
        } else {
            let kind = ExprSyntaxKind::Sequence(items);
            TestSyntaxKind::Value(ExprSyntax { kind, span })
        }
    } else {
        TestSyntaxKind::Value(element)
    };
    TestSyntax { kind, span }
}
