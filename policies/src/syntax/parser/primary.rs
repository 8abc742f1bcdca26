//! Operands: literals, names, calls, brackets and tables.

use super::expression::comparison;
use super::{Context, Parsed, Parser, Role};
use crate::fault::{Code, Fault};
use crate::span::Span;
use crate::syntax::ast::{
    ExprSyntax, ExprSyntaxKind, Literal, Name, PaidPeriodSyntax, PeriodSyntaxKind, RangeSyntax,
    Reference, TestSyntax, TestSyntaxKind, YearSyntax,
};
use crate::syntax::keywords::{self, Builtin, Meaning, Particle, PeriodWord};
use crate::syntax::lexer::{Symbol, TokenKind};
use crate::syntax::words::Function;

impl Parser<'_> {
    /// An operand without index.
    pub(super) fn primary(&mut self) -> Parsed<ExprSyntax> {
        let first = self.at;
        let Some(token) = self.token() else {
            return Err(self.expected("一个值"));
        };
        let kind = match &token.kind {
            TokenKind::Literal(literal) => {
                let kind = ExprSyntaxKind::Literal(literal.literal.clone());
                self.take(Role::Plain);
                kind
            }
            TokenKind::Text(text) => {
                let kind = ExprSyntaxKind::Literal(Literal::Text(text.clone()));
                self.take(Role::Plain);
                kind
            }
            TokenKind::Word(_) => self.word_operand()?,
            TokenKind::Symbol(Symbol::RoundOpen) => return self.round(),
            TokenKind::Symbol(Symbol::SquareOpen) => return self.square(),
            TokenKind::Symbol(Symbol::SquareClose) if self.opens_range() => {
                return self.reversed_range();
            }
            TokenKind::Symbol(Symbol::CurlyOpen) if self.context.example => self.record()?,
            TokenKind::Symbol(_)
            | TokenKind::Line(_)
            | TokenKind::Period(_)
            | TokenKind::Bad(_) => return Err(self.expected("一个值")),
        };
        Ok(ExprSyntax {
            kind,
            span: self.span_from(first),
        })
    }

    /// The context inside ordinary brackets: lines do not end it. Gives back the one outside.
    pub(super) fn enter_brackets(&mut self) -> Context {
        let outer = self.context;
        self.context = Context {
            example: outer.example,
            ..Context::default()
        };
        outer
    }

    fn word_operand(&mut self) -> Parsed<ExprSyntaxKind> {
        let word = self.word().unwrap_or_default().to_owned();
        let call = self.is_symbol_ahead(1, Symbol::RoundOpen);
        for entry in keywords::entries(&word) {
            match entry.meaning {
                Meaning::Boolean(value) => {
                    self.take(Role::Keyword(entry.meaning));
                    return Ok(ExprSyntaxKind::Literal(Literal::Boolean(value)));
                }
                Meaning::Null => {
                    self.take(Role::Keyword(entry.meaning));
                    return Ok(ExprSyntaxKind::Literal(Literal::Unknown));
                }
                Meaning::Particle(Particle::Absent) if self.context.example && !call => {
                    self.take(Role::Keyword(entry.meaning));
                    return Ok(ExprSyntaxKind::Literal(Literal::Unknown));
                }
                Meaning::Particle(particle) => {
                    if let Some(kind) = self.particle_operand(particle, call)? {
                        return Ok(kind);
                    }
                }
                Meaning::Operator(_) if !call => return Err(self.expected("一个值")),
                Meaning::Function(function) if call => return self.call(function),
                Meaning::Function(_)
                | Meaning::Operator(_)
                | Meaning::Opener(_)
                | Meaning::Type(_)
                | Meaning::Delivery(_)
                | Meaning::Cadence(_)
                | Meaning::Unit(_)
                | Meaning::Rounding(_)
                | Meaning::Ties(_)
                | Meaning::Hit(_)
                | Meaning::Time(_)
                | Meaning::Builtin(_)
                | Meaning::Period(_) => {}
            }
        }
        if call {
            return Err(self.unknown_function(&word));
        }
        let name = self.builtin_or_name("一个值")?;
        let period = self.period();
        Ok(ExprSyntaxKind::Name { name, period })
    }

    /// What a particle stands for as an operand; `None` for one that may also be a name there.
    fn particle_operand(
        &mut self,
        particle: Particle,
        call: bool,
    ) -> Parsed<Option<ExprSyntaxKind>> {
        match particle {
            Particle::Step if call => self.tiers(particle).map(ExprSyntaxKind::Step).map(Some),
            Particle::Marginal if call => {
                self.tiers(particle).map(ExprSyntaxKind::Marginal).map(Some)
            }
            Particle::Table => self.table().map(ExprSyntaxKind::Table).map(Some),
            Particle::Paid if call => {
                self.take(Role::Keyword(Meaning::Particle(particle)));
                let (measure, period) = self.paid_arguments()?;
                Ok(Some(ExprSyntaxKind::Paid { measure, period }))
            }
            Particle::Then
            | Particle::Else
            | Particle::In
            | Particle::NotIn
            | Particle::Between
            | Particle::BetweenAnd
            | Particle::Satisfies
            | Particle::Round
            | Particle::Over => Err(self.expected("一个值")),
            Particle::Absent if !call => {
                let fault = self.unexpected("一个值");
                Err(self.fault(fault.with_help("问一项事实是否缺失，写成 缺失(事实)")))
            }
            Particle::Budget
            | Particle::WhenShort
            | Particle::ProRata
            | Particle::FirstCome
            | Particle::Ranked
            | Particle::Stop
            | Particle::Allocate
            | Particle::ByWeight
            | Particle::PerYear
            | Particle::Cumulative
            | Particle::By
            | Particle::Provided
            | Particle::Ineligible
            | Particle::NotApplicable
            | Particle::Undetermined
            | Particle::Failed
            | Particle::If
            | Particle::Not
            | Particle::Step
            | Particle::Marginal
            | Particle::Result
            | Particle::Paid
            | Particle::ThisMeasure
            | Particle::Absent => Ok(None),
        }
    }

    fn unknown_function(&mut self, word: &str) -> super::Broken {
        let span = self.span();
        let fault = Fault::new(Code::Z02, span, format!("没有名为“{word}”的函数"));
        let near = keywords::glued_keyword(word);
        let fault = match near {
            Some(keyword) => {
                fault.with_help(format!("关键词两侧要有空格：“{keyword}”前后各空一格"))
            }
            None => fault,
        };
        self.fault(fault)
    }

    /// Takes a name; the builtin ones are known by their Chinese spelling from here on.
    pub(super) fn builtin_or_name(&mut self, what: &str) -> Parsed<Name> {
        for builtin in [Builtin::AsOf, Builtin::AssessmentYear] {
            let meaning = Meaning::Builtin(builtin);
            if self.is_meaning(meaning) {
                let mut name = self.name(Role::Keyword(meaning), what)?;
                keywords::chinese(meaning).clone_into(&mut name.text);
                return Ok(name);
            }
        }
        self.name(Role::Name, what)
    }

    fn call(&mut self, function: Function) -> Parsed<ExprSyntaxKind> {
        let function_span = self.span();
        self.take(Role::Keyword(Meaning::Function(function)));
        let open = self.span();
        self.take(Role::Plain);
        self.enter()?;
        let outer = self.enter_brackets();
        let inside = self.arguments();
        self.context = outer;
        let (arguments, filter) = inside?;
        self.close(Symbol::RoundClose, open)?;
        self.leave();
        Ok(ExprSyntaxKind::Call {
            function,
            function_span,
            arguments,
            filter,
        })
    }

    fn arguments(&mut self) -> Parsed<(Vec<ExprSyntax>, Option<Box<ExprSyntax>>)> {
        let mut arguments = Vec::new();
        if self.is_symbol(Symbol::RoundClose) {
            return Ok((arguments, None));
        }
        arguments.push(self.any_expression()?);
        while self.eat_symbol(Symbol::Comma) {
            arguments.push(self.any_expression()?);
        }
        let filter = if self.eat(Meaning::Particle(Particle::Satisfies)) {
            Some(Box::new(self.any_expression()?))
        } else {
            None
        };
        Ok((arguments, filter))
    }

    /// `(本事项 | REF [, period])`
    pub(super) fn paid_arguments(
        &mut self,
    ) -> Parsed<(Option<Reference>, Option<PaidPeriodSyntax>)> {
        let open = self.span();
        self.take(Role::Plain);
        let measure = if self.eat(Meaning::Particle(Particle::ThisMeasure)) {
            None
        } else {
            Some(self.reference()?)
        };
        let period = if self.eat_symbol(Symbol::Comma) {
            Some(self.paid_period()?)
        } else {
            None
        };
        self.close(Symbol::RoundClose, open)?;
        Ok((measure, period))
    }

    fn paid_period(&mut self) -> Parsed<PaidPeriodSyntax> {
        let what = "本年、上年、@年份或起止日期";
        if let Some(from) = self.eat_date() {
            self.expect_symbol(Symbol::Range)?;
            return Ok(PaidPeriodSyntax::Dates(from, self.date("截止日期")?));
        }
        if let Some(TokenKind::Period(PeriodSyntaxKind::Year(year, None))) =
            self.token().map(|token| &token.kind)
        {
            let year = *year;
            self.take(Role::Plain);
            return Ok(PaidPeriodSyntax::Year(year));
        }
        let pick = |meaning| {
            if let Meaning::Period(PeriodWord::Year(offset)) = meaning {
                Some(offset)
            } else {
                None
            }
        };
        self.choice(pick, what)
            .map(|offset| PaidPeriodSyntax::Year(YearSyntax::Offset(offset)))
    }

    /// `( … )`: an expression, a test, several tests, or a range open below.
    fn round(&mut self) -> Parsed<ExprSyntax> {
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
    fn square(&mut self) -> Parsed<ExprSyntax> {
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
    fn reversed_range(&mut self) -> Parsed<ExprSyntax> {
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
    fn opens_range(&self) -> bool {
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
    fn record(&mut self) -> Parsed<ExprSyntaxKind> {
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
