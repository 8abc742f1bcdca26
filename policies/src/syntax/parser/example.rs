//! Examples: facts given and the result expected.

use super::{Parsed, Parser, Role};
use crate::syntax::ast::{
    ExampleItem, ExampleResult, ExampleSyntax, ExampleTarget, ExprSyntax, Name, PeriodSyntax,
    SettledSyntax,
};
use crate::syntax::keywords::{Meaning, Particle};
use crate::syntax::lexer::{Symbol, TokenKind};

impl Parser<'_> {
    pub(super) fn example(&mut self) -> Parsed<ExampleSyntax> {
        let mut items = Vec::new();
        if !self.is_symbol(Symbol::Arrow) {
            items.push(self.example_item()?);
            while self.eat_symbol(Symbol::Comma) {
                items.push(self.example_item()?);
            }
        }
        if !self.eat_symbol(Symbol::Arrow) {
            return Err(self.expected("逗号或“=>”"));
        }
        let first = self.at;
        let result = self.example_result()?;
        let result_span = self.span_from(first);
        let settled = if let ExampleResult::Award(_) = result {
            self.settled()?
        } else {
            SettledSyntax::default()
        };
        Ok(ExampleSyntax {
            items,
            result,
            result_span,
            settled,
        })
    }

    /// `实付`, `分期` and `分担` behind an award, each at most once and in any order.
    fn settled(&mut self) -> Parsed<SettledSyntax> {
        let mut settled = SettledSyntax::default();
        loop {
            if settled.payable.is_none() && self.eat(Meaning::Particle(Particle::Payable)) {
                settled.payable = Some(self.additive_expression()?);
            } else if settled.instalments.is_empty()
                && self.eat(Meaning::Particle(Particle::PaidInParts))
            {
                settled.instalments = self.amounts()?;
            } else if settled.shares.is_empty() && self.eat(Meaning::Particle(Particle::BorneBy)) {
                settled.shares = self.shares()?;
            } else {
                return Ok(settled);
            }
        }
    }

    /// Amounts with commas between.
    pub(super) fn amounts(&mut self) -> Parsed<Vec<ExprSyntax>> {
        let mut amounts = vec![self.additive_expression()?];
        while self.eat_symbol(Symbol::Comma) {
            amounts.push(self.additive_expression()?);
        }
        Ok(amounts)
    }

    pub(super) fn example_item(&mut self) -> Parsed<ExampleItem> {
        let first = self.at;
        let target = self.example_target()?;
        self.expect_symbol(Symbol::Equal)?;
        let absent = Meaning::Particle(Particle::Absent);
        let is_absent = self.is_meaning(absent) && !self.is_symbol_ahead(1, Symbol::RoundOpen);
        let value = if is_absent {
            self.take(Role::Keyword(absent));
            None
        } else {
            Some(self.example_value()?)
        };
        Ok(ExampleItem {
            target,
            value,
            span: self.span_from(first),
        })
    }

    fn example_target(&mut self) -> Parsed<ExampleTarget> {
        let paid = Meaning::Particle(Particle::Paid);
        if self.is_meaning(paid) && self.is_symbol_ahead(1, Symbol::RoundOpen) {
            self.take(Role::Keyword(paid));
            let (measure, period) = self.paid_arguments()?;
            return Ok(ExampleTarget::Paid { measure, period });
        }
        let (name, period) = self.fact_with_period()?;
        Ok(ExampleTarget::Fact { name, period })
    }

    /// A value of an example: records and `缺失` may stand in it.
    fn example_value(&mut self) -> Parsed<ExprSyntax> {
        let outer = self.context;
        self.context.example = true;
        let value = self.additive_expression();
        self.context = outer;
        value
    }

    fn example_result(&mut self) -> Parsed<ExampleResult> {
        if self.eat(Meaning::Particle(Particle::Ineligible)) {
            return Ok(ExampleResult::Ineligible);
        }
        if self.eat(Meaning::Particle(Particle::NotApplicable)) {
            return Ok(ExampleResult::NotApplicable);
        }
        if self.eat(Meaning::Particle(Particle::Failed)) {
            return Ok(ExampleResult::Error);
        }
        if self.eat(Meaning::Particle(Particle::Undetermined)) {
            let mut facts = Vec::new();
            if self.token().is_some() {
                facts.push(self.fact_with_period()?);
                while self.eat_symbol(Symbol::Comma) {
                    facts.push(self.fact_with_period()?);
                }
            }
            return Ok(ExampleResult::Undetermined(facts));
        }
        if self.token().is_none() {
            return Err(self.expected("金额、不符合、不适用、待核或出错"));
        }
        self.additive_expression().map(ExampleResult::Award)
    }

    fn fact_with_period(&mut self) -> Parsed<(Name, Option<PeriodSyntax>)> {
        let name = self.builtin_or_name("事实的名字")?;
        Ok((name, self.period()))
    }

    /// Takes `@…` if it is there.
    pub(super) fn period(&mut self) -> Option<PeriodSyntax> {
        let token = self.token()?;
        let TokenKind::Period(kind) = token.kind else {
            return None;
        };
        // The at sign may be full-width, so its own length is looked up.
        let text = self.source.text().get(token.start..token.end);
        let sign = text
            .and_then(|text| text.chars().next())
            .map_or(0, char::len_utf8);
        let span = self
            .source
            .span(token.start.saturating_add(sign), token.end);
        self.take(Role::Plain);
        Some(PeriodSyntax { kind, span })
    }
}
