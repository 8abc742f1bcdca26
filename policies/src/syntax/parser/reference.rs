//! Identifiers and references: names that may hold hyphens, put together from tokens that touch.

use super::{Parsed, Parser, Role};
use crate::span::Span;
use crate::syntax::ast::{Name, Reference};
use crate::syntax::lexer::{Symbol, is_word_char};

impl Parser<'_> {
    /// Takes an identifier: `growth-award`.
    pub(super) fn identifier(&mut self, what: &str) -> Parsed<Name> {
        let starts = self.word().is_some_and(|word| !word.contains(' '));
        let Some(start) = self.token().map(|token| token.start).filter(|_| starts) else {
            return Err(self.expected(what));
        };
        let end = start.saturating_add(identifier_length(
            self.source.text().get(start..).unwrap_or_default(),
        ));
        let span = self.source.span(start, end);
        let text = self.source.text().get(start..end).unwrap_or_default();
        let text = text.to_owned();
        let mut last = start;
        while let Some(token) = self.token().filter(|token| token.start < end) {
            last = token.end;
            self.take(Role::Identifier);
        }
        if last != end {
            return Err(self.bad_identifier(self.source.span(start, last)));
        }
        Ok(Name { text, span })
    }

    fn bad_identifier(&mut self, span: Span) -> super::Broken {
        let message = "这不是编号";
        let help = "编号由字母、数字、下划线和连字符组成，例如 growth-award";
        self.fault(Self::syntax(span, message).with_help(help))
    }

    /// Takes `ID` or `policy-id/ID`.
    pub(super) fn reference(&mut self) -> Parsed<Reference> {
        let first = self.identifier("事项的编号")?;
        let glued = |parser: &Self, count| parser.ahead(count).is_some_and(|token| token.glued);
        if !(self.is_symbol(Symbol::Slash) && glued(self, 0) && glued(self, 1)) {
            let span = first.span;
            return Ok(Reference {
                policy: None,
                item: first,
                span,
            });
        }
        self.take(Role::Identifier);
        let item = self.identifier("事项的编号")?;
        let span = first.span.to(item.span);
        Ok(Reference {
            policy: Some(first),
            item,
            span,
        })
    }

    /// Takes references with commas between.
    pub(super) fn references(&mut self) -> Parsed<Vec<Reference>> {
        let mut references = vec![self.reference()?];
        while self.eat_symbol(Symbol::Comma) {
            references.push(self.reference()?);
        }
        Ok(references)
    }
}

/// How many bytes of a text belong to an identifier that starts there.
fn identifier_length(text: &str) -> usize {
    let mut length: usize = 0;
    let mut hyphens: usize = 0;
    for c in text.chars() {
        if c == '-' {
            hyphens = hyphens.saturating_add(1);
        } else if is_word_char(c) {
            length = length.saturating_add(hyphens).saturating_add(c.len_utf8());
            hyphens = 0;
        } else {
            break;
        }
    }
    length
}
