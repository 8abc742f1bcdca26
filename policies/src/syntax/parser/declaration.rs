//! Blocks and their declarations.

use super::cursor::opener_of;
use super::{Parsed, Parser, Role};
use crate::syntax::ast::{
    BlockSyntax, CapSplit, CapSyntax, CapWindow, Declaration, DefinitionSyntax, FundRuleSyntax,
    FundSyntax, HighestOfSyntax, Literal, MeasureSyntax, Name, ParameterEntrySyntax,
    ParameterSyntax,
};
use crate::syntax::keywords::{Meaning, Opener, Particle};
use crate::syntax::lexer::{Symbol, TokenKind};
use crate::syntax::limits::ROWS_MAX;
use crate::syntax::words::TypeWord;
use crate::values::Date;

impl Parser<'_> {
    /// Reads the whole block, statement by statement.
    pub(super) fn block(&mut self) -> BlockSyntax {
        let mut block = BlockSyntax::default();
        let mut measure: Option<MeasureSyntax> = None;
        let end = self.tokens.len();
        let mut start = 0;
        self.skip_preamble(&mut start);
        while start < end {
            self.limit = self.statement_end(start);
            self.at = start;
            self.floor = start;
            self.one(&mut block, &mut measure);
            self.report_bad_tokens(start, self.limit);
            start = self.limit;
        }
        block.declarations.extend(measure.map(Declaration::Measure));
        block
    }

    /// Reports what stands before the first keyword.
    fn skip_preamble(&mut self, start: &mut usize) {
        let first = self
            .tokens
            .iter()
            .position(|token| opener_of(token).is_some())
            .unwrap_or(self.tokens.len());
        if first > 0 {
            self.limit = first;
            self.at = 0;
            self.expected("事项、定义、参数、资金、限额、就高或算例");
            self.report_bad_tokens(0, first);
        }
        *start = first;
    }

    /// One past the last token of the statement that starts at `start`.
    fn statement_end(&self, start: usize) -> usize {
        let after = start.saturating_add(1);
        let rest = self.tokens.get(after..).unwrap_or_default();
        rest.iter()
            .position(|token| opener_of(token).is_some())
            .map_or(self.tokens.len(), |offset| after.saturating_add(offset))
    }

    /// Reads one declaration or statement; `measure` is the one that statements belong to.
    fn one(&mut self, block: &mut BlockSyntax, measure: &mut Option<MeasureSyntax>) {
        self.nesting = 0;
        self.tallest = 0;
        self.context = super::Context::default();
        let Some(opener) = self.token().and_then(opener_of) else {
            return;
        };
        let first = self.at;
        let keyword_span = self.span();
        self.take(Role::Keyword(Meaning::Opener(opener)));
        if opener == Opener::Measure {
            block
                .declarations
                .extend(measure.take().map(Declaration::Measure));
            *measure = self.measure(first).ok();
            return;
        }
        if self.is_declaration(opener) {
            self.orphaned = false;
            block
                .declarations
                .extend(measure.take().map(Declaration::Measure));
            let declaration = self.declaration(opener, first);
            block.declarations.extend(declaration);
            return;
        }
        let statement = self.statement(opener, first, keyword_span);
        match (measure, statement) {
            (Some(measure), Ok(statement)) => {
                measure.span = measure.span.to(statement.span);
                measure.statements.push(statement);
            }
            (None, Ok(_)) if !self.orphaned => {
                self.orphaned = true;
                let fault = Self::syntax(keyword_span, "这条语句不在任何事项之内")
                    .with_help("先写一行“事项 编号 \"名称\"”；定义、参数等写在事项之前或之后");
                self.fault(fault);
            }
            (Some(_), Err(_)) | (None, _) => {}
        }
    }

    /// Whether the keyword just read begins a declaration; `资金` begins one when a name, a budget
    /// or an allocation follows its identifier.
    fn is_declaration(&self, opener: Opener) -> bool {
        match opener {
            Opener::Measure
            | Opener::Definition
            | Opener::Parameter
            | Opener::Cap
            | Opener::HighestOf
            | Opener::Case => true,
            Opener::Fund => (0..self.limit.saturating_sub(self.at)).any(|count| {
                self.word_ahead(count).is_some_and(|word| {
                    [Particle::Budget, Particle::WhenShort, Particle::Allocate]
                        .into_iter()
                        .any(|particle| {
                            crate::syntax::keywords::means(word, Meaning::Particle(particle))
                        })
                })
            }),
            Opener::Delivery
            | Opener::Cadence
            | Opener::FirstTimeOnly
            | Opener::Valid
            | Opener::Basis
            | Opener::Let
            | Opener::Condition
            | Opener::Exception
            | Opener::Award
            | Opener::AwardCeiling
            | Opener::Places
            | Opener::PayableFrom
            | Opener::Instalments
            | Opener::Shares
            | Opener::Erratum
            | Opener::Payee
            | Opener::Example => false,
        }
    }

    fn declaration(&mut self, opener: Opener, first: usize) -> Option<Declaration> {
        match opener {
            Opener::Definition => self.definition(first).map(Declaration::Definition).ok(),
            Opener::Parameter => self.parameter(first).map(Declaration::Parameter).ok(),
            Opener::Fund => self.fund(first).map(Declaration::Fund).ok(),
            Opener::Cap => self.cap(first).map(Declaration::Cap).ok(),
            Opener::HighestOf => self.highest_of(first).map(Declaration::HighestOf).ok(),
            Opener::Case => self.case(first).map(Declaration::Case).ok(),
            Opener::Measure
            | Opener::Delivery
            | Opener::Cadence
            | Opener::FirstTimeOnly
            | Opener::Valid
            | Opener::Basis
            | Opener::Let
            | Opener::Condition
            | Opener::Exception
            | Opener::Award
            | Opener::AwardCeiling
            | Opener::Places
            | Opener::PayableFrom
            | Opener::Instalments
            | Opener::Shares
            | Opener::Erratum
            | Opener::Payee
            | Opener::Example => None,
        }
    }

    /// A measure is kept even when its head is broken, so that its statements are read as its own.
    fn measure(&mut self, first: usize) -> Parsed<MeasureSyntax> {
        let place = self.span();
        let id = self.identifier("事项的编号");
        let name = self.quoted();
        if id.is_ok() {
            self.expect_end().ok();
        }
        let unnamed = Name {
            text: String::new(),
            span: place,
        };
        Ok(MeasureSyntax {
            id: id.unwrap_or(unnamed),
            name,
            statements: Vec::new(),
            span: self.span_from(first),
        })
    }

    /// `NAME [: TYPE] = EXPR`, after `定义` or `设`.
    pub(super) fn definition(&mut self, first: usize) -> Parsed<DefinitionSyntax> {
        let name = self.name(Role::Name, "名字")?;
        let type_word = self.type_word()?;
        self.expect_symbol(Symbol::Equal)?;
        let value = self.expression_to_end();
        Ok(DefinitionSyntax {
            name,
            type_word,
            value,
            span: self.span_from(first),
        })
    }

    fn type_word(&mut self) -> Parsed<Option<TypeWord>> {
        if !self.eat_symbol(Symbol::Colon) {
            return Ok(None);
        }
        let pick = |meaning| {
            if let Meaning::Type(word) = meaning {
                Some(word)
            } else {
                None
            }
        };
        self.choice(pick, "金额、数、布尔、日期或文本").map(Some)
    }

    fn parameter(&mut self, first: usize) -> Parsed<ParameterSyntax> {
        let name = self.name(Role::Name, "参数的名字")?;
        let type_word = self.type_word()?;
        let open = self.span();
        self.expect_symbol(Symbol::CurlyOpen)?;
        let table = self.new_table();
        let mut entries = Vec::new();
        while !self.is_symbol(Symbol::CurlyClose) && self.token().is_some() {
            if entries.len() >= ROWS_MAX {
                return Err(self.too_many_rows());
            }
            match self.parameter_entry(table) {
                Ok(entry) => entries.push(entry),
                Err(_) => self.skip_row(),
            }
            while self.eat_symbol(Symbol::Comma) || self.eat_symbol(Symbol::Semicolon) {}
        }
        self.close(Symbol::CurlyClose, open)?;
        if entries.is_empty() {
            let fault = Self::syntax(open, "参数没有任何取值");
            self.fault(fault.with_help("写成 { 2024-10-21 : 3.10%, 2025-05-20 : 3.00% }"));
        }
        self.expect_end()?;
        Ok(ParameterSyntax {
            name,
            type_word,
            entries,
            span: self.span_from(first),
        })
    }

    fn parameter_entry(&mut self, table: usize) -> Parsed<ParameterEntrySyntax> {
        let from_span = self.span();
        let from = self.date("起始日期，例如 2024-10-21")?;
        self.row_colon(table)?;
        let value = self.row_value()?;
        Ok(ParameterEntrySyntax {
            from,
            from_span,
            value,
        })
    }

    /// Takes a date.
    pub(super) fn date(&mut self, what: &str) -> Parsed<Date> {
        if let Some(date) = self.eat_date() {
            return Ok(date);
        }
        Err(self.expected(what))
    }

    /// Takes a date if one is there.
    pub(super) fn eat_date(&mut self) -> Option<Date> {
        let TokenKind::Literal(literal) = &self.token()?.kind else {
            return None;
        };
        let Literal::Date(date) = literal.literal else {
            return None;
        };
        self.take(Role::Plain);
        Some(date)
    }

    fn fund(&mut self, first: usize) -> Parsed<FundSyntax> {
        let id = self.identifier("资金的编号")?;
        let name = self.quoted();
        self.expect(Meaning::Particle(Particle::Budget))?;
        let budget = self.additive_expression()?;
        let rule = if self.eat(Meaning::Particle(Particle::Allocate)) {
            self.expect(Meaning::Particle(Particle::ByWeight))?;
            FundRuleSyntax::ByWeight(self.any_expression()?)
        } else if self.eat(Meaning::Particle(Particle::WhenShort)) {
            self.shortage_rule()?
        } else {
            return Err(self.expected("“不足时”或“分配”"));
        };
        self.expect_end()?;
        Ok(FundSyntax {
            id,
            name,
            budget,
            rule,
            span: self.span_from(first),
        })
    }

    fn shortage_rule(&mut self) -> Parsed<FundRuleSyntax> {
        if self.eat(Meaning::Particle(Particle::ProRata)) {
            return Ok(FundRuleSyntax::ProRata);
        }
        if self.eat(Meaning::Particle(Particle::Stop)) {
            return Ok(FundRuleSyntax::Stop);
        }
        if self.eat(Meaning::Particle(Particle::FirstCome)) {
            let order = if self.token().is_some() {
                Some(self.any_expression()?)
            } else {
                None
            };
            return Ok(FundRuleSyntax::FirstCome(order));
        }
        if self.eat(Meaning::Particle(Particle::Ranked)) {
            return Ok(FundRuleSyntax::Ranked(self.any_expression()?));
        }
        Err(self.expected("按比例、按先后、按排名或停发"))
    }

    fn cap(&mut self, first: usize) -> Parsed<CapSyntax> {
        let id = self.identifier("限额的编号")?;
        let name = self.quoted();
        self.expect_symbol(Symbol::Equal)?;
        let limit = self.any_expression()?;
        self.expect(Meaning::Particle(Particle::Over))?;
        let over = self.references()?;
        let mut window = None;
        let mut by = None;
        let mut split = None;
        while self.token().is_some() {
            if window.is_none() && self.eat(Meaning::Particle(Particle::PerYear)) {
                window = Some(CapWindow::PerYear);
            } else if window.is_none() && self.eat(Meaning::Particle(Particle::Cumulative)) {
                window = Some(CapWindow::Cumulative);
            } else if by.is_none() && self.eat(Meaning::Particle(Particle::By)) {
                by = Some(self.name(Role::Name, "事实的名字")?);
            } else if split.is_none() && self.eat(Meaning::Particle(Particle::ProRata)) {
                split = Some(CapSplit::ProRata);
            } else if split.is_none() && self.eat(Meaning::Particle(Particle::FirstCome)) {
                split = Some(CapSplit::FirstCome);
            } else {
                return Err(self.expected("每 年、累计、按 事实、按比例、按先后或语句的末尾"));
            }
        }
        Ok(CapSyntax {
            id,
            name,
            limit,
            over,
            window: window.unwrap_or(CapWindow::PerYear),
            by,
            split,
            span: self.span_from(first),
        })
    }

    fn highest_of(&mut self, first: usize) -> Parsed<HighestOfSyntax> {
        let id = self.identifier("就高组的编号")?;
        let name = self.quoted();
        self.expect(Meaning::Particle(Particle::Over))?;
        let over = self.references()?;
        let by = if self.eat(Meaning::Particle(Particle::By)) {
            Some(self.name(Role::Name, "事实的名字")?)
        } else {
            None
        };
        self.expect_end()?;
        Ok(HighestOfSyntax {
            id,
            name,
            over,
            by,
            span: self.span_from(first),
        })
    }
}
