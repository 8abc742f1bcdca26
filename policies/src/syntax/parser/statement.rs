//! The statements of a measure.

use super::{Parsed, Parser, Role};
use crate::span::Span;
use crate::syntax::ast::{
    AwardSyntax, ExprSyntax, ExprSyntaxKind, InstalmentSyntax, Literal, Quoted, ShareSyntax,
    Statement, StatementKind,
};
use crate::syntax::keywords::{CadenceWord, Meaning, Opener, Particle};
use crate::syntax::lexer::{Symbol, TokenKind, is_word_char};
use crate::syntax::words::{AwardUnit, Cadence, RoundingWord};

impl Parser<'_> {
    /// Reads the statement whose keyword was just read.
    pub(super) fn statement(
        &mut self,
        opener: Opener,
        first: usize,
        keyword_span: Span,
    ) -> Parsed<Statement> {
        let kind = self.statement_kind(opener, first)?;
        self.expect_end()?;
        Ok(Statement {
            kind,
            keyword_span,
            span: self.span_from(first),
        })
    }

    fn statement_kind(&mut self, opener: Opener, first: usize) -> Parsed<StatementKind> {
        match opener {
            Opener::Delivery => self.delivery(),
            Opener::Cadence => self.cadence().map(StatementKind::Cadence),
            Opener::FirstTimeOnly => Ok(StatementKind::FirstTimeOnly),
            Opener::Valid => self.valid(),
            Opener::Basis => self.basis().map(StatementKind::Basis),
            Opener::Fund => self.reference().map(StatementKind::Fund),
            Opener::Let => self.definition(first).map(StatementKind::Let),
            Opener::Condition => {
                let label = self.quoted();
                let expression = self.expression_to_end();
                Ok(StatementKind::Condition { label, expression })
            }
            Opener::Exception => {
                let label = self.quoted();
                let expression = self.expression_to_end();
                Ok(StatementKind::Exception { label, expression })
            }
            Opener::Award => self.award().map(StatementKind::Award),
            Opener::AwardCeiling => self.award().map(StatementKind::AwardCeiling),
            Opener::Places => self.places(),
            Opener::PayableFrom => Ok(StatementKind::PayableFrom(self.expression_to_end())),
            Opener::Instalments => self.instalments().map(StatementKind::Instalments),
            Opener::Shares => self.shares().map(StatementKind::Shares),
            Opener::Erratum => match self.quoted() {
                Some(text) => Ok(StatementKind::Erratum(text)),
                None => Err(self.expected("引号里的说明")),
            },
            Opener::Payee => self
                .name(Role::Name, "事实的名字")
                .map(StatementKind::Payee),
            Opener::Example => self.example().map(StatementKind::Example),
            Opener::Measure
            | Opener::Definition
            | Opener::Parameter
            | Opener::Cap
            | Opener::HighestOf
            | Opener::Case => Err(self.expected("语句")),
        }
    }

    fn delivery(&mut self) -> Parsed<StatementKind> {
        let pick = |meaning| {
            if let Meaning::Delivery(delivery) = meaning {
                Some(delivery)
            } else {
                None
            }
        };
        self.choice(pick, "免申即享、即申即享或申报")
            .map(StatementKind::Delivery)
    }

    fn cadence(&mut self) -> Parsed<Cadence> {
        let pick = |meaning| {
            if let Meaning::Cadence(word) = meaning {
                Some(word)
            } else {
                None
            }
        };
        if let Some(word) = self.eat_choice(pick) {
            return Ok(match word {
                CadenceWord::Yearly => Cadence::Yearly,
                CadenceWord::Quarterly => Cadence::Quarterly,
                CadenceWord::Monthly => Cadence::Monthly,
                CadenceWord::Once => Cadence::Once,
            });
        }
        let what = "每年、每季度、每月、一次性或每3年";
        let Some((years, end)) = self.every_years() else {
            return Err(self.expected(what));
        };
        let span = self.span();
        while self.token().is_some_and(|token| token.start < end) {
            self.take(Role::EveryYears(years));
        }
        if years < 2 {
            let fault = Self::syntax(span, format!("“每{years}年”至少要两年"));
            return Err(self.fault(fault.with_help("一年一次写“每年”，只有一次写“一次性”")));
        }
        Ok(Cadence::EveryYears(years))
    }

    /// Recognises `每3年` and `every-3-years`, and tells where it ends.
    fn every_years(&self) -> Option<(u8, usize)> {
        let start = self.token()?.start;
        let text = self.source.text().get(start..)?;
        let length: usize = text
            .chars()
            .take_while(|c| is_word_char(*c) || *c == '-')
            .map(char::len_utf8)
            .sum();
        let written = text.get(..length)?;
        let years = written
            .strip_prefix('每')
            .and_then(|rest| rest.strip_suffix('年'))
            .or_else(|| {
                written
                    .strip_prefix("every-")
                    .and_then(|rest| rest.strip_suffix("-years"))
            })?;
        let folded: String = years
            .chars()
            .map(|c| c.to_digit(10).or(full_width_digit(c)))
            .map(|digit| digit.and_then(|digit| char::from_digit(digit, 10)))
            .collect::<Option<_>>()?;
        Some((folded.parse().ok()?, start.saturating_add(length)))
    }

    fn valid(&mut self) -> Parsed<StatementKind> {
        let start = self.span();
        let from = self.eat_date();
        if !self.eat_symbol(Symbol::Range) {
            return Err(self.expected("日期或“..”"));
        }
        let to = self.eat_date();
        if from.is_none() && to.is_none() {
            return Err(self.fault(Self::syntax(start, "有效期的起止至少要写一个")));
        }
        if let (Some(from), Some(to)) = (from, to)
            && from > to
        {
            let message = format!("有效期的起始 {from} 晚于截止 {to}");
            return Err(self.fault(Self::syntax(start, message)));
        }
        Ok(StatementKind::Valid { from, to })
    }

    fn basis(&mut self) -> Parsed<Quoted> {
        let span = self.span();
        let Some(TokenKind::Line(line)) = self.token().map(|token| &token.kind) else {
            return Err(self.expected("依据的条款"));
        };
        let inner = line
            .strip_prefix(['"', '“'])
            .and_then(|rest| rest.strip_suffix(['"', '”']))
            .filter(|inner| !inner.contains(['"', '“', '”']));
        let text = inner.unwrap_or(line).to_owned();
        self.take(Role::Plain);
        Ok(Quoted { text, span })
    }

    fn award(&mut self) -> Parsed<AwardSyntax> {
        let expression = match self.any_expression() {
            Ok(expression) => expression,
            Err(_) => {
                let span = self.span();
                let round = Meaning::Particle(Particle::Round);
                while self.token().is_some() && !self.is_meaning(round) {
                    self.advance();
                }
                unreadable(span)
            }
        };
        let rounding = if self.eat(Meaning::Particle(Particle::Round)) {
            Some((self.award_unit()?, self.rounding_word()?))
        } else if self.token().is_some() {
            return Err(self.expected("“取整”"));
        } else {
            None
        };
        Ok(AwardSyntax {
            expression,
            rounding,
        })
    }

    fn award_unit(&mut self) -> Parsed<AwardUnit> {
        let pick = |meaning| {
            if let Meaning::Unit(unit) = meaning {
                Some(unit)
            } else {
                None
            }
        };
        self.choice(pick, "取整的单位：元、角、分、十元、百元、千元或万元")
    }

    fn rounding_word(&mut self) -> Parsed<RoundingWord> {
        let pick = |meaning| {
            if let Meaning::Rounding(word) = meaning {
                Some(word)
            } else {
                None
            }
        };
        self.choice(pick, "四舍五入、舍去或进位")
    }

    fn places(&mut self) -> Parsed<StatementKind> {
        let span = self.span();
        let count = self.token().and_then(|token| whole_number(&token.kind));
        let Some(count) = count else {
            return Err(self.expected("名额的个数，一个整数"));
        };
        self.take(Role::Plain);
        if count == 0 {
            return Err(self.fault(Self::syntax(span, "名额至少一个")));
        }
        self.expect(Meaning::Particle(Particle::By))?;
        let by = self.any_expression()?;
        let pick = |meaning| {
            if let Meaning::Ties(ties) = meaning {
                Some(ties)
            } else {
                None
            }
        };
        let ties = self.eat_choice(pick);
        Ok(StatementKind::Places { count, by, ties })
    }

    fn instalments(&mut self) -> Parsed<Vec<InstalmentSyntax>> {
        let mut instalments = Vec::new();
        loop {
            let share = self.additive_expression()?;
            let condition = if self.eat(Meaning::Particle(Particle::Provided)) {
                Some(self.any_expression()?)
            } else {
                None
            };
            instalments.push(InstalmentSyntax { share, condition });
            if !self.eat_symbol(Symbol::Comma) {
                return Ok(instalments);
            }
        }
    }

    pub(super) fn shares(&mut self) -> Parsed<Vec<ShareSyntax>> {
        let mut shares = Vec::new();
        loop {
            let bearer = self.name(Role::Plain, "承担的一级，例如 省")?;
            let share = self.additive_expression()?;
            shares.push(ShareSyntax { bearer, share });
            if !self.eat_symbol(Symbol::Comma) {
                return Ok(shares);
            }
        }
    }

    /// An expression up to the end of the statement; what cannot be read stays in the tree as such.
    pub(super) fn expression_to_end(&mut self) -> ExprSyntax {
        let span = self.span();
        let read = self
            .any_expression()
            .and_then(|expression| self.expect_end().map(|()| expression));
        read.unwrap_or_else(|_| {
            self.at = self.limit;
            unreadable(span)
        })
    }
}

/// The value of a token that is a whole number of zero or more.
pub(super) fn whole_number(kind: &TokenKind) -> Option<u64> {
    let TokenKind::Literal(literal) = kind else {
        return None;
    };
    let Literal::Number(number) = &literal.literal else {
        return None;
    };
    u64::try_from(number.to_i64()?).ok()
}

fn full_width_digit(c: char) -> Option<u32> {
    u32::from(c)
        .checked_sub(u32::from('０'))
        .filter(|digit| *digit < 10)
}

/// An expression that could not be read.
fn unreadable(span: Span) -> ExprSyntax {
    ExprSyntax {
        kind: ExprSyntaxKind::Unreadable,
        span,
    }
}
