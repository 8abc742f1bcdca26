//! `按表`: decision tables, one row a line.

use super::{Broken, Parsed, Parser, Role};
use crate::syntax::ast::{CellSyntax, ExprSyntax, TableRowSyntax, TableSyntax};
use crate::syntax::keywords::{Meaning, Particle};
use crate::syntax::lexer::{Symbol, TokenKind};
use crate::syntax::limits::ROWS_MAX;

impl Parser<'_> {
    /// `按表 POLICY [("a", "b", …)] { rows }`
    pub(super) fn table(&mut self) -> Parsed<TableSyntax> {
        self.take(Role::Keyword(Meaning::Particle(Particle::Table)));
        let policy_span = self.span();
        let pick = |meaning| {
            if let Meaning::Hit(policy) = meaning {
                Some(policy)
            } else {
                None
            }
        };
        let what = "唯一、首个、任一、优先、合计、最大、最小、计数、收集或依序";
        let policy = self.choice(pick, what)?;
        let order = self.result_order()?;
        let open = self.span();
        self.expect_symbol(Symbol::CurlyOpen)?;
        self.enter()?;
        let Some(close) = self.matching_brace() else {
            self.at = self.limit;
            return Err(self.close(Symbol::CurlyClose, open).err().unwrap_or(Broken));
        };
        let outer_limit = std::mem::replace(&mut self.limit, close);
        let outer_floor = self.floor;
        let outer = self.enter_brackets();
        let body = self.table_body();
        self.context = outer;
        self.limit = outer_limit;
        self.floor = outer_floor;
        self.at = close;
        self.take(Role::Plain);
        let (columns, rows) = body?;
        self.leave();
        Ok(TableSyntax {
            policy,
            policy_span,
            order,
            columns,
            rows,
        })
    }

    fn result_order(&mut self) -> Parsed<Vec<ExprSyntax>> {
        let open = self.span();
        let mut order = Vec::new();
        if !self.eat_symbol(Symbol::RoundOpen) {
            return Ok(order);
        }
        order.push(self.additive_expression()?);
        while self.eat_symbol(Symbol::Comma) {
            order.push(self.additive_expression()?);
        }
        self.close(Symbol::RoundClose, open)?;
        Ok(order)
    }

    /// The token that closes the brace just opened.
    fn matching_brace(&self) -> Option<usize> {
        let mut depth: usize = 0;
        for index in self.at..self.limit {
            match self.tokens.get(index)?.kind {
                TokenKind::Symbol(Symbol::CurlyOpen) => depth = depth.saturating_add(1),
                TokenKind::Symbol(Symbol::CurlyClose) => match depth.checked_sub(1) {
                    Some(outer) => depth = outer,
                    None => return Some(index),
                },
                TokenKind::Symbol(_)
                | TokenKind::Word(_)
                | TokenKind::Literal(_)
                | TokenKind::Text(_)
                | TokenKind::Line(_)
                | TokenKind::Period(_)
                | TokenKind::Bad(_) => {}
            }
        }
        None
    }

    fn table_body(&mut self) -> Parsed<(Vec<ExprSyntax>, Vec<TableRowSyntax>)> {
        let table = self.new_table();
        let end = self.limit;
        let nesting = self.nesting;
        let mut columns = None;
        let mut rows = Vec::new();
        let mut broken = false;
        while self.at < end {
            if rows.len() >= ROWS_MAX {
                return Err(self.too_many_rows());
            }
            self.limit = self.line_end(end);
            let line = self.limit;
            self.floor = self.at;
            let read = match &columns {
                None => self.header(table).map(|header| columns = Some(header)),
                Some(header) => {
                    let width: usize = header.len();
                    self.row(table, width).map(|row| rows.push(row))
                }
            };
            broken |= read.is_err();
            self.nesting = nesting;
            self.limit = end;
            self.at = line;
            if columns.is_none() {
                return Err(Broken);
            }
        }
        match columns {
            Some(columns) if !broken && !rows.is_empty() => Ok((columns, rows)),
            Some(_) if !broken => Err(self.expected("表的至少一行")),
            Some(_) => Err(Broken),
            None => Err(self.expected("表头，例如 | 行业 | 营业收入 | 结果 |")),
        }
    }

    /// One past the last token of the line that the next token stands on.
    fn line_end(&self, end: usize) -> usize {
        let after = self.at.saturating_add(1);
        let rest = self.tokens.get(after..end).unwrap_or_default();
        rest.iter()
            .position(|token| token.line_start)
            .map_or(end, |offset| after.saturating_add(offset))
    }

    fn bar(&mut self, table: usize) -> Parsed<()> {
        if self.is_symbol(Symbol::Pipe) {
            self.take(Role::Bar(table));
            return Ok(());
        }
        Err(self.expected("“|”"))
    }

    fn header(&mut self, table: usize) -> Parsed<Vec<ExprSyntax>> {
        let mut columns = Vec::new();
        self.bar(table)?;
        loop {
            let last =
                self.is_meaning(Meaning::Particle(Particle::Result)) && self.ahead(2).is_none();
            if last {
                self.take(Role::Keyword(Meaning::Particle(Particle::Result)));
                self.bar(table)?;
                return Ok(columns);
            }
            if self.token().is_none() {
                return Err(self.expected("最后一列的表头“结果”"));
            }
            columns.push(self.any_expression()?);
            self.bar(table)?;
        }
    }

    fn row(&mut self, table: usize, width: usize) -> Parsed<TableRowSyntax> {
        let first = self.at;
        let line = self.tokens.get(self.at..self.limit).unwrap_or_default();
        let bars = line
            .iter()
            .filter(|token| token.kind == TokenKind::Symbol(Symbol::Pipe))
            .count();
        let expected = width.saturating_add(2);
        if self.is_symbol(Symbol::Pipe) && bars != expected {
            let columns = width.saturating_add(1);
            let found = bars.saturating_sub(1);
            let last = self.limit.saturating_sub(1);
            self.at = last;
            let end = self.span();
            self.at = first;
            let span = self.span().to(end);
            let message = format!("这一行有 {found} 格，表头有 {columns} 格");
            let fault = Self::syntax(span, message);
            return Err(self.fault(fault.with_help("每行以 | 开头、以 | 结尾；不限的格写 -")));
        }
        self.bar(table)?;
        let mut cells: Vec<CellSyntax> = Vec::new();
        for _ in 0..width {
            cells.push(self.cell()?);
            self.bar(table)?;
        }
        let result = self.any_expression()?;
        self.bar(table)?;
        self.expect_end()?;
        Ok(TableRowSyntax {
            cells,
            result,
            span: self.span_from(first),
        })
    }
}
