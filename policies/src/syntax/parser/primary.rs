//! Operands: literals, names, calls, brackets and tables.

use super::{Context, Parsed, Parser, Role};
use crate::fault::{Code, Fault};
use crate::syntax::ast::{
    ExprSyntax, ExprSyntaxKind, Literal, Name, PaidPeriodSyntax, PeriodSyntaxKind, Reference,
    YearSyntax,
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
            | Particle::Payable
            | Particle::PaidInParts
            | Particle::BorneBy
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
}
