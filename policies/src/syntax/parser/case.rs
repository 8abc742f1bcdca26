//! Cases: enterprises with their awards, and what each is paid after all limits.

use super::statement::whole_number;
use super::{Parsed, Parser, Role};
use crate::syntax::ast::{CaseRowSyntax, CaseSyntax};
use crate::syntax::keywords::{Meaning, Particle};
use crate::syntax::lexer::{Symbol, TokenKind};
use crate::syntax::limits::ROWS_MAX;

impl Parser<'_> {
    /// `"name" 适用 REF, … { ROW … }`, after `算例`.
    pub(super) fn case(&mut self, first: usize) -> Parsed<CaseSyntax> {
        let Some(name) = self.quoted() else {
            return Err(self.expected("引号里的名称"));
        };
        self.expect(Meaning::Particle(Particle::Over))?;
        let over = self.references()?;
        let open = self.span();
        self.expect_symbol(Symbol::CurlyOpen)?;
        let table = self.new_table();
        let mut rows = Vec::new();
        while !self.is_symbol(Symbol::CurlyClose) && self.token().is_some() {
            if rows.len() >= ROWS_MAX {
                return Err(self.too_many_rows());
            }
            match self.case_row(table) {
                Ok(row) => rows.push(row),
                Err(_) => self.skip_row(),
            }
            while self.eat_symbol(Symbol::Semicolon) {}
        }
        self.close(Symbol::CurlyClose, open)?;
        if rows.is_empty() {
            let fault = Self::syntax(open, "算例没有任何企业");
            self.fault(fault.with_help("写成 { 甲 : 30万元 => 20万元 }，一行一个企业"));
        }
        self.expect_end()?;
        Ok(CaseSyntax {
            name,
            over,
            rows,
            span: self.span_from(first),
        })
    }

    /// `NAME [* COUNT] : AWARD, … [, ITEM, …] => PAID, …`
    fn case_row(&mut self, table: usize) -> Parsed<CaseRowSyntax> {
        let outer = self.enter_brackets();
        self.context.line_ends = true;
        let row = self.case_cells(table);
        self.context = outer;
        let row = row?;
        let ends = self.token().is_none_or(|token| token.line_start)
            || matches!(self.symbol(), Some(Symbol::Semicolon | Symbol::CurlyClose));
        if ends {
            Ok(row)
        } else {
            Err(self.expected("这一行的末尾"))
        }
    }

    fn case_cells(&mut self, table: usize) -> Parsed<CaseRowSyntax> {
        let first = self.at;
        let name = self.name(Role::Plain, "企业的称呼，例如 甲")?;
        let count = if self.eat_symbol(Symbol::Star) {
            self.row_count()?
        } else {
            1
        };
        self.row_colon(table)?;
        let at = self.at;
        let mut awards = vec![self.additive_expression()?];
        let mut awards_span = self.span_from(at);
        let mut items = Vec::new();
        while self.eat_symbol(Symbol::Comma) {
            let is_amount = self.token().is_some_and(|token| {
                matches!(token.kind, TokenKind::Literal(_) | TokenKind::Symbol(_))
            });
            if is_amount && items.is_empty() {
                awards.push(self.additive_expression()?);
                awards_span = self.span_from(at);
            } else {
                items.push(self.example_item()?);
            }
        }
        if !self.eat_symbol(Symbol::Arrow) {
            return Err(self.expected("逗号或“=>”"));
        }
        let at = self.at;
        let results = self.amounts()?;
        Ok(CaseRowSyntax {
            name,
            count,
            awards,
            awards_span,
            items,
            results,
            results_span: self.span_from(at),
            span: self.span_from(first),
        })
    }

    /// How many enterprises a row stands for.
    fn row_count(&mut self) -> Parsed<u64> {
        let span = self.span();
        let Some(count) = self.token().and_then(|token| whole_number(&token.kind)) else {
            return Err(self.expected("企业的个数，一个整数"));
        };
        self.take(Role::Plain);
        let rows = u64::try_from(ROWS_MAX).unwrap_or(u64::MAX);
        if count == 0 || count > rows {
            let message = format!("一行代表 1 到 {ROWS_MAX} 个企业，这里是 {count}");
            return Err(self.fault(Self::syntax(span, message)));
        }
        Ok(count)
    }
}
