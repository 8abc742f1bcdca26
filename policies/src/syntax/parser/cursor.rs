//! Walking over the tokens, and the faults of finding something else than expected.

use super::{Broken, Parsed, Parser, Role};
use crate::fault::Fault;
use crate::span::Span;
use crate::syntax::ast::{Name, Quoted};
use crate::syntax::keywords::{self, Meaning, Opener};
use crate::syntax::lexer::{Symbol, Token, TokenKind};
use crate::syntax::limits::NESTING_MAX;

impl Parser<'_> {
    /// The next token; none at the end of the statement.
    pub(super) fn token(&self) -> Option<&Token> {
        self.ahead(0)
    }

    /// A token further on; none beyond the end of the statement.
    pub(super) fn ahead(&self, count: usize) -> Option<&Token> {
        let index = self.at.saturating_add(count);
        if index < self.limit {
            self.tokens.get(index)
        } else {
            None
        }
    }

    pub(super) fn advance(&mut self) {
        self.at = self.at.saturating_add(1).min(self.limit);
    }

    /// Gives the next token a role and goes past it.
    pub(super) fn take(&mut self, role: Role) {
        if let Some(slot) = self.roles.get_mut(self.at) {
            *slot = role;
        }
        self.advance();
    }

    pub(super) fn word(&self) -> Option<&str> {
        self.word_ahead(0)
    }

    pub(super) fn word_ahead(&self, count: usize) -> Option<&str> {
        match &self.ahead(count)?.kind {
            TokenKind::Word(word) => Some(word),
            TokenKind::Literal(_)
            | TokenKind::Text(_)
            | TokenKind::Line(_)
            | TokenKind::Period(_)
            | TokenKind::Symbol(_)
            | TokenKind::Bad(_) => None,
        }
    }

    pub(super) fn is_symbol(&self, symbol: Symbol) -> bool {
        self.is_symbol_ahead(0, symbol)
    }

    pub(super) fn is_symbol_ahead(&self, count: usize, symbol: Symbol) -> bool {
        self.ahead(count)
            .is_some_and(|token| token.kind == TokenKind::Symbol(symbol))
    }

    pub(super) fn symbol(&self) -> Option<Symbol> {
        match self.token()?.kind {
            TokenKind::Symbol(symbol) => Some(symbol),
            TokenKind::Word(_)
            | TokenKind::Literal(_)
            | TokenKind::Text(_)
            | TokenKind::Line(_)
            | TokenKind::Period(_)
            | TokenKind::Bad(_) => None,
        }
    }

    pub(super) fn eat_symbol(&mut self, symbol: Symbol) -> bool {
        let found = self.is_symbol(symbol);
        if found {
            self.take(Role::Plain);
        }
        found
    }

    pub(super) fn expect_symbol(&mut self, symbol: Symbol) -> Parsed<()> {
        if self.eat_symbol(symbol) {
            return Ok(());
        }
        Err(self.expected(&format!("“{}”", symbol.spelling())))
    }

    /// Closes the bracket opened at `open`.
    pub(super) fn close(&mut self, symbol: Symbol, open: Span) -> Parsed<()> {
        if self.eat_symbol(symbol) {
            return Ok(());
        }
        let spelling = symbol.spelling();
        if self.token().is_none() {
            let fault = Self::syntax(open, format!("这个括号没有闭合，缺“{spelling}”"));
            let end = self.end_span();
            return Err(self.fault(fault.with_related(end, "读到这里为止")));
        }
        if self.is_bad() {
            return Err(Broken);
        }
        let fault = self
            .unexpected(&format!("“{spelling}”"))
            .with_related(open, "括号从这里开始");
        Err(self.fault(fault))
    }

    pub(super) fn is_meaning(&self, meaning: Meaning) -> bool {
        self.word()
            .is_some_and(|word| keywords::means(word, meaning))
    }

    pub(super) fn eat(&mut self, meaning: Meaning) -> bool {
        let found = self.is_meaning(meaning);
        if found {
            self.take(Role::Keyword(meaning));
        }
        found
    }

    pub(super) fn expect(&mut self, meaning: Meaning) -> Parsed<()> {
        if self.eat(meaning) {
            return Ok(());
        }
        Err(self.expected(&format!("“{}”", keywords::chinese(meaning))))
    }

    /// Takes a keyword of a closed set.
    pub(super) fn choice<T>(
        &mut self,
        pick: impl Fn(Meaning) -> Option<T>,
        what: &str,
    ) -> Parsed<T> {
        if let Some(value) = self.eat_choice(pick) {
            return Ok(value);
        }
        Err(self.expected(what))
    }

    /// Takes a keyword of a closed set if one is there.
    pub(super) fn eat_choice<T>(&mut self, pick: impl Fn(Meaning) -> Option<T>) -> Option<T> {
        let (meaning, value) = keywords::entries(self.word()?)
            .find_map(|entry| pick(entry.meaning).map(|value| (entry.meaning, value)))?;
        self.take(Role::Keyword(meaning));
        Some(value)
    }

    /// Takes a word as a name.
    pub(super) fn name(&mut self, role: Role, what: &str) -> Parsed<Name> {
        let span = self.span();
        let Some(word) = self.word() else {
            return Err(self.expected(what));
        };
        let text = word.to_owned();
        self.take(role);
        Ok(Name { text, span })
    }

    /// Takes a quoted text if one is there.
    pub(super) fn quoted(&mut self) -> Option<Quoted> {
        let span = self.span();
        let TokenKind::Text(text) = &self.token()?.kind else {
            return None;
        };
        let text = text.clone();
        self.take(Role::Plain);
        Some(Quoted { text, span })
    }

    /// The span of the next token, or of the place where the statement ends.
    pub(super) fn span(&self) -> Span {
        self.token().map_or_else(
            || self.end_span(),
            |token| self.source.span(token.start, token.end),
        )
    }

    /// The span from a token to the last one read.
    pub(super) fn span_from(&self, first: usize) -> Span {
        let start = self.tokens.get(first).map_or(0, |token| token.start);
        let last = self.at.saturating_sub(1).max(first);
        let end = self.tokens.get(last).map_or(start, |token| token.end);
        self.source.span(start, end)
    }

    /// The place behind the last token of the statement.
    fn end_span(&self) -> Span {
        let end = self
            .limit
            .checked_sub(1)
            .and_then(|index| self.tokens.get(index))
            .map_or(0, |token| token.end);
        self.source.span(end, end)
    }

    pub(super) fn is_bad(&self) -> bool {
        self.token()
            .is_some_and(|token| matches!(token.kind, TokenKind::Bad(_)))
    }

    /// Reports that something else was expected here.
    ///
    /// An unreadable token reports itself; nothing is added to it.
    pub(super) fn expected(&mut self, what: &str) -> Broken {
        if self.is_bad() {
            return Broken;
        }
        if self.token().is_none()
            && let Some(open) = self.open_bracket()
        {
            let end = self.end_span();
            let fault = Self::syntax(open, "这个括号没有闭合");
            return self.fault(fault.with_related(end, format!("这里应为{what}")));
        }
        let fault = self.unexpected(what);
        self.fault(fault)
    }

    /// The innermost bracket that is still open where the statement ends.
    fn open_bracket(&self) -> Option<Span> {
        let mut closed: usize = 0;
        let tokens = self.tokens.get(self.floor..self.limit).unwrap_or_default();
        for token in tokens.iter().rev() {
            match token.kind {
                TokenKind::Symbol(
                    Symbol::RoundClose | Symbol::SquareClose | Symbol::CurlyClose,
                ) => closed = closed.saturating_add(1),
                TokenKind::Symbol(Symbol::RoundOpen | Symbol::SquareOpen | Symbol::CurlyOpen) => {
                    match closed.checked_sub(1) {
                        Some(left) => closed = left,
                        None => return Some(self.source.span(token.start, token.end)),
                    }
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
        None
    }

    /// The fault that something else was expected here, with the likely cause.
    pub(super) fn unexpected(&self, what: &str) -> Fault {
        let found = self.found();
        let fault = Self::syntax(self.span(), format!("这里应为{what}，却是{found}"));
        match self.likely_cause() {
            Some(help) => fault.with_help(help),
            None => fault,
        }
    }

    /// What stands here, in words.
    pub(super) fn found(&self) -> String {
        match self.token() {
            None => "语句的末尾".to_owned(),
            Some(token) => {
                let text = self.source.text();
                let written = text.get(token.start..token.end).unwrap_or_default();
                let mut shown: String = written.chars().take(20).collect();
                if shown.len() < written.len() {
                    shown.push('…');
                }
                format!("“{shown}”")
            }
        }
    }

    /// Why the text here may not be what was expected.
    fn likely_cause(&self) -> Option<String> {
        let token = self.token()?;
        if let Some(word) = self.word() {
            if keywords::opener(word).is_some() && !token.line_start {
                return Some(format!("“{word}”要另起一行"));
            }
            if let Some(keyword) = keywords::glued_keyword(word) {
                return Some(format!("关键词两侧要有空格：“{keyword}”前后各空一格"));
            }
            if token.line_start
                && let Some(near) = nearest_opener(word)
            {
                return Some(format!("这一行没有以关键词开头；想写“{near}”吗"));
            }
        }
        let before = self
            .at
            .checked_sub(1)
            .and_then(|index| self.tokens.get(index));
        if let Some(TokenKind::Word(word)) = before.map(|token| &token.kind)
            && let Some(keyword) = keywords::glued_keyword(word)
        {
            return Some(format!("关键词两侧要有空格：“{keyword}”前后各空一格"));
        }
        if token.kind == TokenKind::Symbol(Symbol::Arrow) {
            return Some("大于等于写 >=；=> 只用在举例的结果之前".to_owned());
        }
        None
    }

    /// Reports whatever is left of the statement.
    pub(super) fn expect_end(&mut self) -> Parsed<()> {
        if self.token().is_none() {
            return Ok(());
        }
        let what = "语句的末尾";
        Err(self.expected(what))
    }

    /// Counts one more open bracket or prefix.
    pub(super) fn enter(&mut self) -> Parsed<()> {
        if self.nesting >= NESTING_MAX {
            let span = self.span();
            let message = format!("嵌套超过 {NESTING_MAX} 层");
            let help = "用“设”或“定义”给其中的一部分起个名字";
            return Err(self.fault(Self::syntax(span, message).with_help(help)));
        }
        self.nesting = self.nesting.saturating_add(1);
        Ok(())
    }

    /// Counts one bracket or prefix less.
    pub(super) fn leave(&mut self) {
        self.nesting = self.nesting.saturating_sub(1);
    }
}

/// The statement keywords that differ from `word` in one character.
fn nearest_opener(word: &str) -> Option<String> {
    let letters: Vec<char> = word.chars().collect();
    let is_near = |spelling: &str| {
        let other: Vec<char> = spelling.chars().collect();
        let same = letters
            .iter()
            .zip(&other)
            .filter(|(left, right)| left == right)
            .count();
        letters.len() == other.len() && letters.len() > 1 && same == letters.len().saturating_sub(1)
    };
    let near: Vec<&str> = keywords::TABLE
        .iter()
        .filter(|entry| matches!(entry.meaning, Meaning::Opener(_)))
        .flat_map(|entry| [entry.chinese, entry.english])
        .filter(|spelling| is_near(spelling))
        .collect();
    (!near.is_empty()).then(|| near.join("”或“"))
}

/// The opener that a token is, at the start of a line.
pub(super) fn opener_of(token: &Token) -> Option<Opener> {
    match &token.kind {
        TokenKind::Word(word) if token.line_start => keywords::opener(word),
        TokenKind::Word(_)
        | TokenKind::Literal(_)
        | TokenKind::Text(_)
        | TokenKind::Line(_)
        | TokenKind::Period(_)
        | TokenKind::Symbol(_)
        | TokenKind::Bad(_) => None,
    }
}
