//! `分档` and `累进`, and what their rows share with those of `参数`.

use super::{Broken, Parsed, Parser, Role};
use crate::syntax::ast::{ExprSyntax, TierRowSyntax, TierSyntax};
use crate::syntax::keywords::{Meaning, Particle};
use crate::syntax::lexer::Symbol;
use crate::syntax::limits::ROWS_MAX;

impl Parser<'_> {
    /// `分档(E) { TEST : E … }`
    pub(super) fn tiers(&mut self, particle: Particle) -> Parsed<TierSyntax> {
        self.take(Role::Keyword(Meaning::Particle(particle)));
        let open = self.span();
        self.enter()?;
        self.take(Role::Plain);
        let outer = self.enter_brackets();
        let subject = self.any_expression();
        self.context = outer;
        let subject = subject?;
        self.close(Symbol::RoundClose, open)?;
        let open = self.span();
        self.expect_symbol(Symbol::CurlyOpen)?;
        let rows = self.tier_rows()?;
        self.close(Symbol::CurlyClose, open)?;
        if rows.is_empty() {
            return Err(self.fault(Self::syntax(open, "分档表没有任何一行")));
        }
        self.leave();
        Ok(TierSyntax {
            subject: Box::new(subject),
            rows,
        })
    }

    fn tier_rows(&mut self) -> Parsed<Vec<TierRowSyntax>> {
        let table = self.new_table();
        let nesting = self.nesting;
        let mut rows = Vec::new();
        let mut broken = false;
        while !self.is_symbol(Symbol::CurlyClose) && self.token().is_some() {
            if rows.len() >= ROWS_MAX {
                return Err(self.too_many_rows());
            }
            match self.tier_row(table) {
                Ok(row) => rows.push(row),
                Err(_) => {
                    broken = true;
                    self.nesting = nesting;
                    self.skip_row();
                }
            }
            while self.eat_symbol(Symbol::Comma) || self.eat_symbol(Symbol::Semicolon) {}
        }
        // The gap that a broken row leaves must not be reported as a gap of the table.
        if broken && self.token().is_some() {
            Err(Broken)
        } else {
            Ok(rows)
        }
    }

    fn tier_row(&mut self, table: usize) -> Parsed<TierRowSyntax> {
        let first = self.at;
        let outer = self.enter_brackets();
        let test = self.test();
        self.context = outer;
        let test = test?;
        self.row_colon(table)?;
        let value = self.row_value()?;
        Ok(TierRowSyntax {
            test,
            value,
            span: self.span_from(first),
        })
    }

    pub(super) fn row_colon(&mut self, table: usize) -> Parsed<()> {
        if self.is_symbol(Symbol::Colon) {
            self.take(Role::RowColon(table));
            return Ok(());
        }
        Err(self.expected("“:”"))
    }

    /// The value of a row, which ends where the line ends, at a comma, a semicolon or the bracket.
    pub(super) fn row_value(&mut self) -> Parsed<ExprSyntax> {
        let outer = self.enter_brackets();
        self.context.line_ends = true;
        let value = self.any_expression();
        self.context = outer;
        let value = value?;
        let ends = self.token().is_none_or(|token| token.line_start)
            || matches!(
                self.symbol(),
                Some(Symbol::Comma | Symbol::Semicolon | Symbol::CurlyClose)
            );
        if ends {
            Ok(value)
        } else {
            Err(self.expected("这一行的末尾"))
        }
    }

    /// Goes on to the next row after a broken one.
    pub(super) fn skip_row(&mut self) {
        self.advance();
        let mut depth: usize = 0;
        while let Some(token) = self.token() {
            if depth == 0 && (token.line_start || self.is_symbol(Symbol::CurlyClose)) {
                return;
            }
            if self.is_symbol(Symbol::CurlyOpen) {
                depth = depth.saturating_add(1);
            } else if self.is_symbol(Symbol::CurlyClose) {
                depth = depth.saturating_sub(1);
            }
            self.advance();
        }
    }

    /// A number for a table of the block.
    pub(super) fn new_table(&mut self) -> usize {
        self.tables = self.tables.saturating_add(1);
        self.tables
    }

    pub(super) fn too_many_rows(&mut self) -> Broken {
        let span = self.span();
        self.fault(Self::syntax(span, format!("一个表最多 {ROWS_MAX} 行")))
    }
}
