//! Expressions by precedence.

use super::{Broken, Parsed, Parser, Role};
use crate::syntax::ast::{ExprSyntax, ExprSyntaxKind, TestSyntax, TestSyntaxKind};
use crate::syntax::keywords::{self, Meaning, Particle};
use crate::syntax::lexer::{Symbol, TokenKind};
use crate::syntax::limits::HEIGHT_MAX;
use crate::syntax::words::BinaryOperator;

/// How tightly an operator binds, the loosest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// `或`
    Or,
    /// `且`
    And,
    /// Comparisons, `属于`, `介于`, `包含`, `开头是`.
    Comparison,
    /// `+ -`
    Additive,
    /// `* /`
    Multiplicative,
    /// The operand of a minus.
    Unary,
}

/// What stands between two operands.
enum Infix {
    Binary(BinaryOperator),
    In { negated: bool },
    Between,
}

impl Infix {
    fn level(&self) -> Level {
        match self {
            Self::In { .. } | Self::Between => Level::Comparison,
            Self::Binary(operator) => match operator {
                BinaryOperator::Or => Level::Or,
                BinaryOperator::And => Level::And,
                BinaryOperator::Equal
                | BinaryOperator::NotEqual
                | BinaryOperator::Less
                | BinaryOperator::LessOrEqual
                | BinaryOperator::Greater
                | BinaryOperator::GreaterOrEqual
                | BinaryOperator::Contains
                | BinaryOperator::StartsWith => Level::Comparison,
                BinaryOperator::Add | BinaryOperator::Subtract => Level::Additive,
                BinaryOperator::Multiply | BinaryOperator::Divide => Level::Multiplicative,
            },
        }
    }
}

/// The operator that a symbol is.
fn symbol_infix(symbol: Symbol) -> Option<Infix> {
    let operator = match symbol {
        Symbol::Plus => Some(BinaryOperator::Add),
        Symbol::Minus => Some(BinaryOperator::Subtract),
        Symbol::Star => Some(BinaryOperator::Multiply),
        Symbol::Slash => Some(BinaryOperator::Divide),
        Symbol::Equal
        | Symbol::NotEqual
        | Symbol::Less
        | Symbol::LessOrEqual
        | Symbol::Greater
        | Symbol::GreaterOrEqual
        | Symbol::RoundOpen
        | Symbol::RoundClose
        | Symbol::SquareOpen
        | Symbol::SquareClose
        | Symbol::CurlyOpen
        | Symbol::CurlyClose
        | Symbol::Comma
        | Symbol::Colon
        | Symbol::Semicolon
        | Symbol::Pipe
        | Symbol::Range
        | Symbol::Arrow => comparison(symbol),
    };
    operator.map(Infix::Binary)
}

/// The operator that a word is.
fn word_infix(word: &str) -> Option<Infix> {
    let particles = [
        (Particle::In, Infix::In { negated: false }),
        (Particle::NotIn, Infix::In { negated: true }),
        (Particle::Between, Infix::Between),
    ];
    let means = |particle| keywords::means(word, Meaning::Particle(particle));
    let particle = particles.into_iter().find(|(particle, _)| means(*particle));
    particle.map(|(_, infix)| infix).or_else(|| {
        keywords::entries(word).find_map(|entry| {
            if let Meaning::Operator(operator) = entry.meaning {
                Some(Infix::Binary(operator))
            } else {
                None
            }
        })
    })
}

/// The level of a right operand.
fn tighter(level: Level) -> Level {
    match level {
        Level::Or => Level::And,
        Level::And => Level::Comparison,
        Level::Comparison => Level::Additive,
        Level::Additive => Level::Multiplicative,
        Level::Multiplicative | Level::Unary => Level::Unary,
    }
}

/// The comparison that a symbol is.
pub(super) fn comparison(symbol: Symbol) -> Option<BinaryOperator> {
    match symbol {
        Symbol::Equal => Some(BinaryOperator::Equal),
        Symbol::NotEqual => Some(BinaryOperator::NotEqual),
        Symbol::Less => Some(BinaryOperator::Less),
        Symbol::LessOrEqual => Some(BinaryOperator::LessOrEqual),
        Symbol::Greater => Some(BinaryOperator::Greater),
        Symbol::GreaterOrEqual => Some(BinaryOperator::GreaterOrEqual),
        Symbol::RoundOpen
        | Symbol::RoundClose
        | Symbol::SquareOpen
        | Symbol::SquareClose
        | Symbol::CurlyOpen
        | Symbol::CurlyClose
        | Symbol::Comma
        | Symbol::Colon
        | Symbol::Semicolon
        | Symbol::Pipe
        | Symbol::Range
        | Symbol::Arrow
        | Symbol::Plus
        | Symbol::Minus
        | Symbol::Star
        | Symbol::Slash => None,
    }
}

impl Parser<'_> {
    /// An expression of any kind.
    pub(super) fn any_expression(&mut self) -> Parsed<ExprSyntax> {
        self.expression(Level::Or)
    }

    /// An expression without comparisons and logic outside brackets.
    pub(super) fn additive_expression(&mut self) -> Parsed<ExprSyntax> {
        self.expression(Level::Additive)
    }

    /// An expression whose operators bind at least as tightly as `level`.
    pub(super) fn expression(&mut self, level: Level) -> Parsed<ExprSyntax> {
        let outer = std::mem::take(&mut self.tallest);
        let result = self.climb(level);
        self.tallest = outer.max(self.tallest.saturating_add(1));
        result
    }

    fn climb(&mut self, level: Level) -> Parsed<ExprSyntax> {
        let first = self.at;
        let mut left = self.prefix(level)?;
        let mut compared = false;
        while let Some(infix) = self.infix() {
            let infix_level = infix.level();
            if infix_level < level {
                break;
            }
            if compared && infix_level == Level::Comparison {
                return Err(self.chained_comparison());
            }
            compared = infix_level == Level::Comparison;
            self.tallest = self.tallest.saturating_add(1);
            let kind = match infix {
                Infix::Binary(operator) => self.binary(operator, left)?,
                Infix::In { negated } => self.membership(negated, left)?,
                Infix::Between => self.between(left)?,
            };
            if self.tallest > HEIGHT_MAX {
                return Err(self.too_high());
            }
            left = ExprSyntax {
                kind,
                span: self.span_from(first),
            };
        }
        Ok(left)
    }

    fn too_high(&mut self) -> Broken {
        let span = self.span();
        let message = format!("一个算式里的运算超过 {HEIGHT_MAX} 层");
        let help = "用“设”或“定义”给其中的一部分起个名字";
        self.fault(Self::syntax(span, message).with_help(help))
    }

    fn chained_comparison(&mut self) -> Broken {
        let span = self.span();
        let fault = Self::syntax(span, "比较不能连写");
        let help = "a < b < c 写成 a < b 且 b < c，或 b 属于 (a..c)";
        self.fault(fault.with_help(help))
    }

    /// The operator that stands here, if the expression goes on.
    fn infix(&self) -> Option<Infix> {
        let token = self.token()?;
        if self.context.line_ends && token.line_start {
            return None;
        }
        match &token.kind {
            TokenKind::Symbol(symbol) => symbol_infix(*symbol),
            TokenKind::Word(word) => word_infix(word),
            TokenKind::Literal(_)
            | TokenKind::Text(_)
            | TokenKind::Line(_)
            | TokenKind::Period(_)
            | TokenKind::Bad(_) => None,
        }
    }

    fn binary(&mut self, operator: BinaryOperator, left: ExprSyntax) -> Parsed<ExprSyntaxKind> {
        let operator_span = self.span();
        let role = if self.word().is_some() {
            Role::Keyword(Meaning::Operator(operator))
        } else {
            Role::Plain
        };
        self.take(role);
        let right = self.expression(tighter(Infix::Binary(operator).level()))?;
        Ok(ExprSyntaxKind::Binary {
            operator,
            operator_span,
            left: Box::new(left),
            right: Box::new(right),
        })
    }

    fn membership(&mut self, negated: bool, subject: ExprSyntax) -> Parsed<ExprSyntaxKind> {
        let particle = if negated {
            Particle::NotIn
        } else {
            Particle::In
        };
        self.take(Role::Keyword(Meaning::Particle(particle)));
        let tests = any_of(self.test()?);
        Ok(ExprSyntaxKind::In {
            subject: Box::new(subject),
            negated,
            tests,
        })
    }

    fn between(&mut self, subject: ExprSyntax) -> Parsed<ExprSyntaxKind> {
        self.take(Role::Keyword(Meaning::Particle(Particle::Between)));
        let low = self.expression(Level::Additive)?;
        self.expect(Meaning::Particle(Particle::BetweenAnd))?;
        let high = self.expression(Level::Additive)?;
        Ok(ExprSyntaxKind::Between {
            subject: Box::new(subject),
            low: Box::new(low),
            high: Box::new(high),
        })
    }

    /// An operand with what stands before it.
    fn prefix(&mut self, level: Level) -> Parsed<ExprSyntax> {
        let first = self.at;
        let kind = if self.is_symbol(Symbol::Minus) {
            self.enter()?;
            self.take(Role::Sign);
            let operand = self.expression(Level::Unary)?;
            self.leave();
            ExprSyntaxKind::Negate(Box::new(operand))
        } else if self.is_meaning(Meaning::Particle(Particle::Not)) {
            self.enter()?;
            self.take(Role::Keyword(Meaning::Particle(Particle::Not)));
            let operand = self.expression(level.max(Level::Comparison))?;
            self.leave();
            ExprSyntaxKind::Not(Box::new(operand))
        } else if self.is_meaning(Meaning::Particle(Particle::If)) {
            self.enter()?;
            let kind = self.conditional()?;
            self.leave();
            kind
        } else {
            return self.indexed();
        };
        Ok(ExprSyntax {
            kind,
            span: self.span_from(first),
        })
    }

    fn conditional(&mut self) -> Parsed<ExprSyntaxKind> {
        let start = self.span();
        self.take(Role::Keyword(Meaning::Particle(Particle::If)));
        let condition = self.any_expression()?;
        self.conditional_word(Particle::Then, start)?;
        let then = self.any_expression()?;
        self.conditional_word(Particle::Else, start)?;
        let otherwise = self.any_expression()?;
        Ok(ExprSyntaxKind::If {
            condition: Box::new(condition),
            then: Box::new(then),
            otherwise: Box::new(otherwise),
        })
    }

    fn conditional_word(&mut self, particle: Particle, start: crate::span::Span) -> Parsed<()> {
        let meaning = Meaning::Particle(particle);
        if self.eat(meaning) {
            return Ok(());
        }
        if self.is_bad() {
            return Err(Broken);
        }
        let spelling = keywords::chinese(meaning);
        let mut fault = self.unexpected(&format!("“{spelling}”"));
        if fault.help.is_none() {
            fault.help = Some("写成 如果 条件 则 甲 否则 乙，三个词都要有".to_owned());
        }
        Err(self.fault(fault.with_related(start, "从这个“如果”开始")))
    }

    /// An operand with its indexes: `x[1]`.
    fn indexed(&mut self) -> Parsed<ExprSyntax> {
        let first = self.at;
        let mut operand = self.primary()?;
        while self.is_symbol(Symbol::SquareOpen)
            && !self.context.range_end
            && self.token().is_some_and(|token| token.glued)
        {
            let open = self.span();
            self.tallest = self.tallest.saturating_add(1);
            self.enter()?;
            self.take(Role::Index);
            let outer = self.enter_brackets();
            let place = self.any_expression();
            self.context = outer;
            let place = place?;
            self.close(Symbol::SquareClose, open)?;
            self.leave();
            if self.tallest > HEIGHT_MAX {
                return Err(self.too_high());
            }
            operand = ExprSyntax {
                kind: ExprSyntaxKind::Item {
                    sequence: Box::new(operand),
                    place: Box::new(place),
                },
                span: self.span_from(first),
            };
        }
        Ok(operand)
    }
}

/// The tests of which one must hold, lists taken apart.
fn any_of(test: TestSyntax) -> Vec<TestSyntax> {
    match test.kind {
        TestSyntaxKind::Any(tests) => tests,
        TestSyntaxKind::Range(_) | TestSyntaxKind::Compare { .. } | TestSyntaxKind::Value(_) => {
            vec![test]
        }
    }
}
