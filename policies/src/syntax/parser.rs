//! From tokens to the syntax tree: a hand-written parser that reports every fault of a block.
//!
//! A statement runs from its keyword at the start of a line to the next such keyword, whatever is
//! wrong inside it, so that one broken statement never hides the faults of the others.

mod brackets;
mod case;
mod cursor;
mod declaration;
mod example;
mod expression;
mod primary;
mod reference;
mod statement;
mod table;
mod test;
mod tier;

use crate::fault::{Code, Fault};
use crate::span::FileId;
use crate::syntax::ast::{BlockSyntax, CellSyntax, ExprSyntax, ExprSyntaxKind};
use crate::syntax::keywords::Meaning;
use crate::syntax::lexer::{Comment, Dialect, Lexed, Token, TokenKind, lex};
use crate::syntax::source::BlockSource;

/// What a token turned out to be, for the printer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// A literal, a text, punctuation, or a name that is never translated.
    Plain,
    /// A keyword with this meaning.
    Keyword(Meaning),
    /// A part of `每3年`; the number belongs to the first part.
    EveryYears(u8),
    /// The name of a fact, a field or a definition.
    Name,
    /// A part of an identifier or a reference.
    Identifier,
    /// The minus of a negative number.
    Sign,
    /// A bracket that opens an index: `x[1]`.
    Index,
    /// A `]` that opens a range.
    RangeOpen,
    /// A `[` that closes a range.
    RangeClose,
    /// The colon of a row of a tier table; the number tells the tables of a block apart.
    RowColon(usize),
    /// A bar of a decision table.
    Bar(usize),
}

/// A statement that cannot be read; its fault has been reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Broken;

/// The outcome of reading one construct.
type Parsed<T> = Result<T, Broken>;

/// The state of the parser.
struct Parser<'s> {
    source: &'s BlockSource<'s>,
    tokens: Vec<Token>,
    roles: Vec<Role>,
    faults: Vec<Fault>,
    /// The next token.
    at: usize,
    /// One past the last token that may be read.
    limit: usize,
    /// The first token in which an open bracket is looked for.
    floor: usize,
    /// How many brackets and prefixes are open.
    nesting: usize,
    /// The height of the highest finished operand of the node being read.
    tallest: usize,
    context: Context,
    /// Whether a statement outside every measure has been reported since the last declaration.
    orphaned: bool,
    /// How many tables have been met, to tell them apart.
    tables: usize,
}

/// What is allowed at a place because of what surrounds it.
#[derive(Clone, Copy, Debug, Default)]
struct Context {
    /// A token at the start of a line ends the expression, as between the rows of `分档`.
    line_ends: bool,
    /// Tests may stand in brackets, as after `属于`.
    tests: bool,
    /// A `[` closes a range and does not open an index.
    range_end: bool,
    /// Records and `缺失` may stand for values.
    example: bool,
}

/// The tokens of a block with what each turned out to be.
pub(crate) struct Annotated {
    pub(crate) tokens: Vec<Token>,
    pub(crate) roles: Vec<Role>,
    pub(crate) comments: Vec<Comment>,
}

/// Reads one block.
///
/// # Shape
/// What could be read, and all faults in the order of their places. A statement whose expression
/// is broken is kept with [`ExprSyntaxKind::Unreadable`] in it; one that is broken in another way
/// is left out.
/// # Example
/// ```
/// # use zhida_policies::span::FileId;
/// # use zhida_policies::syntax::{BlockSource, parse_block};
/// let source = BlockSource::contiguous(FileId(0), "定义 大企业 = 营业收入 >= 4亿元", 0);
/// let (block, faults) = parse_block(&source);
/// assert_eq!((block.declarations.len(), faults.len()), (1, 0));
/// ```
#[must_use]
pub fn parse_block(source: &BlockSource<'_>) -> (BlockSyntax, Vec<Fault>) {
    let (block, faults, _) = annotate_block(source);
    (block, faults)
}

/// Reads one block and keeps its tokens for the printer.
pub(crate) fn annotate_block(source: &BlockSource<'_>) -> (BlockSyntax, Vec<Fault>, Annotated) {
    let mut lexed = lex(source, Dialect::Block);
    let comments = std::mem::take(&mut lexed.comments);
    let mut parser = Parser::new(source, lexed);
    let block = parser.block();
    let Parser {
        tokens,
        roles,
        mut faults,
        ..
    } = parser;
    settle(&mut faults);
    (
        block,
        faults,
        Annotated {
            tokens,
            roles,
            comments,
        },
    )
}

/// Reads one expression of plain FEEL.
///
/// # Shape
/// `names` are the names with spaces or dots inside that the text may use, in any order.
/// # Example
/// ```
/// # use zhida_policies::span::FileId;
/// # use zhida_policies::syntax::parse_expression;
/// let names = ["Monthly Salary".to_owned()];
/// let (_, faults) = parse_expression("12 * Monthly Salary", FileId(0), &names);
/// assert!(faults.is_empty());
/// ```
#[must_use]
pub fn parse_expression(text: &str, file: FileId, names: &[String]) -> (ExprSyntax, Vec<Fault>) {
    let source = BlockSource::contiguous(file, text, 0);
    let span = source.span(0, text.len());
    let (read, faults) = read_feel(&source, names, |parser| parser.whole_expression());
    let unreadable = ExprSyntax {
        kind: ExprSyntaxKind::Unreadable,
        span,
    };
    (read.unwrap_or(unreadable), faults)
}

/// Reads the tests of one input cell of a FEEL decision table: `-`, `< 18`, `"a", "b"`,
/// `not("a")`.
///
/// # Shape
/// As [`parse_expression`]; a cell that cannot be read comes back as `-` together with its fault.
#[must_use]
pub fn parse_cell(text: &str, file: FileId, names: &[String]) -> (CellSyntax, Vec<Fault>) {
    let source = BlockSource::contiguous(file, text, 0);
    let span = source.span(0, text.len());
    let (read, faults) = read_feel(&source, names, |parser| parser.whole_cell());
    let anything = CellSyntax {
        tests: Vec::new(),
        negated: false,
        contains: false,
        span,
    };
    (read.unwrap_or(anything), faults)
}

fn read_feel<T>(
    source: &BlockSource<'_>,
    names: &[String],
    read: impl FnOnce(&mut Parser<'_>) -> Parsed<T>,
) -> (Option<T>, Vec<Fault>) {
    let mut sorted: Vec<String> = names
        .iter()
        .filter(|name| !name.is_empty())
        .cloned()
        .collect();
    sorted.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
    let lexed = lex(source, Dialect::Feel(&sorted));
    let mut parser = Parser::new(source, lexed);
    let read = read(&mut parser).ok();
    parser.report_bad_tokens(0, parser.tokens.len());
    let mut faults = parser.faults;
    settle(&mut faults);
    (read, faults)
}

/// Puts faults into the order of their places and drops repetitions.
fn settle(faults: &mut Vec<Fault>) {
    faults.sort_by_key(|fault| fault.span);
    faults.dedup();
}

impl<'s> Parser<'s> {
    fn new(source: &'s BlockSource<'s>, lexed: Lexed) -> Self {
        let roles = vec![Role::Plain; lexed.tokens.len()];
        let limit = lexed.tokens.len();
        Self {
            source,
            tokens: lexed.tokens,
            roles,
            faults: lexed.faults,
            at: 0,
            limit,
            floor: 0,
            nesting: 0,
            tallest: 0,
            context: Context::default(),
            orphaned: false,
            tables: 0,
        }
    }

    fn whole_expression(&mut self) -> Parsed<ExprSyntax> {
        let expression = self.any_expression()?;
        self.expect_end()?;
        Ok(expression)
    }

    fn whole_cell(&mut self) -> Parsed<CellSyntax> {
        let cell = self.cell()?;
        self.expect_end()?;
        Ok(cell)
    }

    /// Reports the unreadable tokens of a range that are not parts of an identifier.
    fn report_bad_tokens(&mut self, from: usize, to: usize) {
        let tokens = self.tokens.get(from..to).unwrap_or_default();
        let roles = self.roles.get(from..to).unwrap_or_default();
        for (token, role) in tokens.iter().zip(roles) {
            if let (TokenKind::Bad(fault), Role::Plain) = (&token.kind, role) {
                self.faults.push((**fault).clone());
            }
        }
    }

    /// Reports a syntax fault.
    fn fault(&mut self, fault: Fault) -> Broken {
        self.faults.push(fault);
        Broken
    }

    /// A syntax fault at a span.
    fn syntax(span: crate::span::Span, message: impl Into<String>) -> Fault {
        Fault::new(Code::Z01, span, message)
    }
}
