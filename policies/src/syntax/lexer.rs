//! From the text of a block to tokens: words, literals and symbols, each with its place.
//!
//! Whether a word is a keyword is left to the parser, because many words are keywords in one
//! place only. A piece that cannot be read becomes a token that carries its fault, so that an
//! identifier may still hold it (`rules-2025q1`).

mod fold;
mod number;
pub(crate) mod period;
mod scanner;
mod symbol;
mod text;

use crate::fault::{Code, Fault};
use crate::syntax::ast::{Literal, PeriodSyntaxKind};
use crate::syntax::keywords::{self, Opener, TimeUnit};
use crate::syntax::limits::{BLOCK_BYTES_MAX, TOKENS_MAX};
use crate::syntax::source::BlockSource;

use scanner::Scanner;
pub(crate) use scanner::is_word_char;
pub(crate) use symbol::Symbol;

/// One token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// What it is.
    pub(crate) kind: TokenKind,
    /// Its first byte in the block.
    pub(crate) start: usize,
    /// One past its last byte in the block.
    pub(crate) end: usize,
    /// Whether only white space and comments stand before it on its line.
    pub(crate) line_start: bool,
    /// Whether it touches the token before it.
    pub(crate) glued: bool,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A word, folded; the parts of a compound word have one space between them.
    Word(String),
    /// A number with its unit, or a date.
    Literal(LiteralToken),
    /// A quoted text, escapes resolved.
    Text(String),
    /// The rest of the line after `依据`.
    Line(String),
    /// What stands after `@`.
    Period(PeriodSyntaxKind),
    /// An operator or a bracket.
    Symbol(Symbol),
    /// Something that cannot be read.
    Bad(Box<Fault>),
}

/// A number with its unit, or a date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LiteralToken {
    /// The value.
    pub(crate) literal: Literal,
    /// As written, folded, without the unit of time.
    pub(crate) written: String,
    /// The unit of a duration.
    pub(crate) time: Option<TimeUnit>,
}

/// A comment, kept for the printer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Comment {
    /// Its first byte in the block.
    pub(crate) start: usize,
    /// One past its last byte.
    pub(crate) end: usize,
}

/// The tokens of a block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lexed {
    /// The tokens, in order.
    pub(crate) tokens: Vec<Token>,
    /// The comments, in order.
    pub(crate) comments: Vec<Comment>,
    /// The faults that belong to no token.
    pub(crate) faults: Vec<Fault>,
}

/// What the text is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect<'n> {
    /// A `zhida` block.
    Block,
    /// One expression of plain FEEL, with the names that hold spaces or dots, longest first.
    Feel(&'n [String]),
}

/// Reads the tokens of a block.
pub(crate) fn lex(source: &BlockSource<'_>, dialect: Dialect<'_>) -> Lexed {
    let mut lexed = Lexed::default();
    if source.text().len() > BLOCK_BYTES_MAX {
        lexed.faults.push(
            Fault::new(
                Code::Z01,
                source.span(0, 0),
                format!(
                    "这一段有 {} 字节，最多 {BLOCK_BYTES_MAX} 字节",
                    source.text().len()
                ),
            )
            .with_help("把规则分到几个 zhida 段落里"),
        );
        return lexed;
    }
    let mut lexer = Lexer {
        scanner: Scanner::new(source),
        dialect,
        lexed,
        depth: 0,
        line_start: true,
        glued: false,
    };
    lexer.run();
    lexer.lexed
}

/// The state of the lexer.
struct Lexer<'s, 'n> {
    scanner: Scanner<'s>,
    dialect: Dialect<'n>,
    lexed: Lexed,
    /// How many brackets are open: inside, a comma between bare numbers separates.
    depth: usize,
    line_start: bool,
    glued: bool,
}

impl Lexer<'_, '_> {
    fn run(&mut self) {
        loop {
            self.skip_blank();
            if self.scanner.is_end() {
                return;
            }
            if self.lexed.tokens.len() >= TOKENS_MAX {
                let place = self.scanner.span_from(self.scanner.at);
                self.lexed.faults.push(Fault::new(
                    Code::Z01,
                    place,
                    format!("这一段超过 {TOKENS_MAX} 个词，从这里起没有读"),
                ));
                return;
            }
            let start = self.scanner.at;
            let kind = self.token();
            let basis = self.basis_follows(&kind);
            self.push(kind, start);
            if basis {
                self.rest_of_line();
            }
        }
    }

    fn push(&mut self, kind: TokenKind, start: usize) {
        self.lexed.tokens.push(Token {
            kind,
            start: self.scanner.offset(start),
            end: self.scanner.offset(self.scanner.at),
            line_start: self.line_start,
            glued: self.glued,
        });
        self.line_start = false;
        self.glued = true;
    }

    /// Skips white space and comments.
    fn skip_blank(&mut self) {
        loop {
            let c = self.scanner.peek(0);
            if self.scanner.is_end() {
                return;
            }
            if c == '\n' {
                self.line_start = true;
                self.glued = false;
                self.scanner.advance(1);
            } else if c.is_whitespace() || c == '\u{feff}' {
                self.glued = false;
                self.scanner.advance(1);
            } else if c == '#' || self.scanner.starts_with("//") {
                let start = self.scanner.at;
                self.scanner.skip_while(|c| c != '\n');
                self.comment(start);
            } else if self.scanner.starts_with("/*") {
                self.block_comment();
            } else {
                return;
            }
        }
    }

    fn block_comment(&mut self) {
        let start = self.scanner.at;
        self.scanner.advance(2);
        while !self.scanner.is_end() && !self.scanner.starts_with("*/") {
            self.scanner.advance(1);
        }
        if self.scanner.is_end() {
            let place = self.scanner.span(start, start.saturating_add(2));
            self.lexed.faults.push(
                Fault::new(Code::Z01, place, "这个注释没有结束").with_help("在注释的末尾写 */"),
            );
        } else {
            self.scanner.advance(2);
        }
        self.comment(start);
    }

    fn comment(&mut self, start: usize) {
        self.glued = false;
        self.lexed.comments.push(Comment {
            start: self.scanner.offset(start),
            end: self.scanner.offset(self.scanner.at),
        });
    }

    fn token(&mut self) -> TokenKind {
        let c = self.scanner.peek(0);
        if let Some(word) = self.known_name() {
            return TokenKind::Word(word);
        }
        if c.is_ascii_digit() || (c == '.' && self.scanner.peek(1).is_ascii_digit()) {
            return self.number();
        }
        if c == '@' {
            return self.period();
        }
        if text::is_quote(c) {
            return self.text();
        }
        if c.is_alphabetic() || c == '_' {
            return self.word();
        }
        self.symbol()
    }

    /// A name of plain FEEL that holds spaces or dots.
    fn known_name(&mut self) -> Option<String> {
        let Dialect::Feel(names) = self.dialect else {
            return None;
        };
        let name = names.iter().find(|name| {
            self.scanner.starts_with(name) && !is_word_char(self.scanner.peek(name.chars().count()))
        })?;
        self.scanner.advance(name.chars().count());
        Some(name.clone())
    }

    fn word(&mut self) -> TokenKind {
        for compound in keywords::compound_words() {
            // In FEEL `year-2` is a subtraction; here it is a period of `paid`.
            if *compound == "year-2" && self.dialect != Dialect::Block {
                continue;
            }
            if let Some(length) = self.scanner.compound_length(compound) {
                self.scanner.advance(length);
                return self.opened(String::from(*compound));
            }
        }
        let start = self.scanner.at;
        self.scanner.skip_while(is_word_char);
        let word = self.scanner.folded(start, self.scanner.at);
        self.opened(word)
    }

    /// A word; one that opens a statement also ends what the last left open.
    fn opened(&mut self, word: String) -> TokenKind {
        if self.line_start && keywords::opener(&word).is_some() {
            self.depth = 0;
        }
        TokenKind::Word(word)
    }

    fn basis_follows(&self, kind: &TokenKind) -> bool {
        self.line_start
            && self.dialect == Dialect::Block
            && matches!(
                kind,
                TokenKind::Word(word) if keywords::opener(word) == Some(Opener::Basis)
            )
    }

    /// The text after `依据`: to the end of the line, or to a comment after white space.
    fn rest_of_line(&mut self) {
        let blank = |c: char| c.is_whitespace() && c != '\n';
        self.scanner.skip_while(blank);
        let start = self.scanner.at;
        let mut end = start;
        let mut after_blank = true;
        while !self.scanner.is_end() && self.scanner.peek(0) != '\n' {
            let comment = self.scanner.peek(0) == '#' || self.scanner.starts_with("//");
            if comment && after_blank {
                break;
            }
            after_blank = blank(self.scanner.peek(0));
            self.scanner.advance(1);
            if !after_blank {
                end = self.scanner.at;
            }
        }
        self.scanner.at = end;
        if end > start {
            let line = self.scanner.written(start, end).to_owned();
            self.glued = false;
            self.push(TokenKind::Line(line), start);
        }
    }

    fn period(&mut self) -> TokenKind {
        let start = self.scanner.at;
        self.scanner.advance(1);
        let scan = period::scan(&self.scanner);
        self.scanner.at = scan.end.max(self.scanner.at);
        match scan.kind {
            Ok(kind) => TokenKind::Period(kind),
            Err(message) => self.bad(
                start,
                message,
                Some(
                    "写成 @本年 @上年 @前年 @年-3 @2023 @一季度 @上半年 @1月..9月 或 @2024-03-01"
                        .into(),
                ),
            ),
        }
    }

    fn bad(&self, start: usize, message: String, help: Option<String>) -> TokenKind {
        let mut fault = Fault::new(Code::Z01, self.scanner.span_from(start), message);
        fault.help = help;
        TokenKind::Bad(Box::new(fault))
    }
}
