//! The pieces of a printed block: each token and comment with its text and how it sits between
//! its neighbours.

use super::Translate;
use crate::syntax::ast::{PeriodSyntaxKind, YearPart, YearSyntax};
use crate::syntax::keywords::{self, Language, Meaning, Opener, Particle, PeriodWord, TimeUnit};
use crate::syntax::lexer::{Comment, LiteralToken, Symbol, Token, TokenKind};
use crate::syntax::parser::{Annotated, Role};

/// One piece of text that is printed without a break inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// The text.
    pub(super) text: String,
    /// What it is to the layout.
    pub(super) kind: PieceKind,
    /// Whether it stood on a new line.
    pub(super) breaks: bool,
    /// Whether an empty line stood before it.
    pub(super) blank: bool,
    /// Whether no space comes before it.
    pub(super) tight_before: bool,
    /// Whether no space comes after it.
    pub(super) tight_after: bool,
    /// Whether it names something that a round bracket then calls.
    pub(super) callee: bool,
}

/// What a piece is to the layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PieceKind {
    /// The keyword of a declaration.
    Declaration,
    /// The keyword of a statement.
    Statement,
    /// An opening bracket.
    Open,
    /// A closing bracket.
    Close,
    /// A colon of a tier table.
    RowColon(usize),
    /// A bar of a decision table.
    Bar(usize),
    /// A comment that ends its line.
    LineComment,
    /// A comment that does not.
    BlockComment,
    /// Anything else.
    Plain,
}

/// The pieces of a block, in order.
pub(super) fn pieces(
    text: &str,
    annotated: &Annotated,
    language: Language,
    names: Translate<'_>,
) -> Vec<Piece> {
    let maker = Maker {
        text,
        language,
        names,
    };
    let mut pieces: Vec<Piece> = Vec::new();
    let mut comments = annotated.comments.iter().peekable();
    let mut previous_role = Role::Plain;
    let mut end = 0;
    for (index, (token, role)) in annotated.tokens.iter().zip(&annotated.roles).enumerate() {
        while let Some(comment) = comments.next_if(|comment| comment.start < token.start) {
            pieces.push(maker.comment(comment, end));
            end = comment.end;
        }
        let joined = token.glued && *role == previous_role;
        match role {
            Role::Identifier if joined => {
                let part = text.get(token.start..token.end).unwrap_or_default();
                if let Some(last) = pieces.last_mut() {
                    last.text.push_str(part);
                }
            }
            Role::EveryYears(_) if joined => {}
            Role::Plain
            | Role::Keyword(_)
            | Role::EveryYears(_)
            | Role::Name
            | Role::Identifier
            | Role::Sign
            | Role::Index
            | Role::RangeOpen
            | Role::RangeClose
            | Role::RowColon(_)
            | Role::Bar(_) => {
                let mut piece = maker.token(token, *role, end);
                if *role == Role::Keyword(Meaning::Opener(Opener::Fund))
                    && declares_fund(annotated, index)
                {
                    piece.kind = PieceKind::Declaration;
                }
                pieces.push(piece);
            }
        }
        previous_role = *role;
        end = token.end;
    }
    for comment in comments {
        pieces.push(maker.comment(comment, end));
        end = comment.end;
    }
    pieces
}

/// Whether the `资金` at `index` is a declaration: a budget follows before the next statement.
fn declares_fund(annotated: &Annotated, index: usize) -> bool {
    let rest = annotated.roles.get(index.saturating_add(1)..);
    rest.unwrap_or_default()
        .iter()
        .take_while(|role| !matches!(role, Role::Keyword(Meaning::Opener(_))))
        .any(|role| *role == Role::Keyword(Meaning::Particle(Particle::Budget)))
}

/// Makes pieces.
struct Maker<'a> {
    text: &'a str,
    language: Language,
    names: Translate<'a>,
}

impl Maker<'_> {
    fn comment(&self, comment: &Comment, end: usize) -> Piece {
        let written = self
            .text
            .get(comment.start..comment.end)
            .unwrap_or_default();
        let kind = if written.starts_with("/*") || written.starts_with('／') && !is_line(written) {
            PieceKind::BlockComment
        } else {
            PieceKind::LineComment
        };
        self.placed(written.trim_end().to_owned(), kind, comment.start, end)
    }

    fn token(&self, token: &Token, role: Role, end: usize) -> Piece {
        let kind = kind(token, role);
        let mut piece = self.placed(self.spelled(token, role), kind, token.start, end);
        let symbol = match token.kind {
            TokenKind::Symbol(symbol) => Some(symbol),
            TokenKind::Word(_)
            | TokenKind::Literal(_)
            | TokenKind::Text(_)
            | TokenKind::Line(_)
            | TokenKind::Period(_)
            | TokenKind::Bad(_) => None,
        };
        let opens = matches!(symbol, Some(Symbol::RoundOpen | Symbol::SquareOpen));
        let closes = matches!(symbol, Some(Symbol::RoundClose | Symbol::SquareClose));
        let separates = matches!(symbol, Some(Symbol::Comma | Symbol::Semicolon));
        let range = symbol == Some(Symbol::Range);
        let period = matches!(token.kind, TokenKind::Period(_));
        let index = role == Role::Index;
        let range_opens = role == Role::RangeOpen;
        let range_closes = role == Role::RangeClose;
        piece.tight_before =
            range_closes || (!range_opens && (closes || separates || range || period || index));
        piece.tight_after =
            range_opens || role == Role::Sign || (!range_closes && (opens || range));
        piece.callee = matches!(
            role,
            Role::Keyword(
                Meaning::Function(_)
                    | Meaning::Particle(
                        Particle::Step | Particle::Marginal | Particle::Paid | Particle::Not
                    )
            )
        );
        piece
    }

    fn placed(&self, text: String, kind: PieceKind, start: usize, end: usize) -> Piece {
        let between = self.text.get(end..start).unwrap_or_default();
        let lines = between.bytes().filter(|byte| *byte == b'\n').count();
        Piece {
            text,
            kind,
            breaks: lines > 0,
            blank: lines > 1,
            tight_before: false,
            tight_after: false,
            callee: false,
        }
    }

    /// The text of a token.
    fn spelled(&self, token: &Token, role: Role) -> String {
        match role {
            Role::Keyword(meaning) => {
                return keywords::entry(meaning)
                    .map_or("", |entry| entry.spelling(self.language))
                    .to_owned();
            }
            Role::EveryYears(years) => {
                return match self.language {
                    Language::Chinese => format!("每{years}年"),
                    Language::English => format!("every-{years}-years"),
                };
            }
            Role::Identifier => return self.written(token).to_owned(),
            Role::Plain
            | Role::Name
            | Role::Sign
            | Role::Index
            | Role::RangeOpen
            | Role::RangeClose
            | Role::RowColon(_)
            | Role::Bar(_) => {}
        }
        match &token.kind {
            TokenKind::Word(word) if role == Role::Name => {
                (self.names)(word, self.language).unwrap_or_else(|| word.clone())
            }
            TokenKind::Word(word) => word.clone(),
            TokenKind::Literal(literal) => self.literal(literal),
            TokenKind::Text(_) => self.quoted(token),
            TokenKind::Line(line) => line.clone(),
            TokenKind::Period(kind) => format!("@{}", period(*kind, self.language)),
            TokenKind::Symbol(symbol) => symbol.spelling().to_owned(),
            TokenKind::Bad(_) => self.written(token).to_owned(),
        }
    }

    fn written(&self, token: &Token) -> &str {
        self.text.get(token.start..token.end).unwrap_or_default()
    }

    /// A text as written, between straight quotes.
    fn quoted(&self, token: &Token) -> String {
        let mut inside = self.written(token).chars();
        inside.next();
        inside.next_back();
        format!("\"{}\"", inside.as_str())
    }

    fn literal(&self, literal: &LiteralToken) -> String {
        let written = &literal.written;
        match (literal.time, self.language) {
            (None, _) => written.clone(),
            (Some(time), Language::Chinese) => {
                format!("{written}{}", keywords::chinese(Meaning::Time(time)))
            }
            (Some(time), Language::English) => {
                let unit = match time {
                    TimeUnit::Year => "year",
                    TimeUnit::Month => "month",
                    TimeUnit::Day => "day",
                };
                let plural = if written == "1" { "" } else { "s" };
                format!("{written} {unit}{plural}")
            }
        }
    }
}

/// Whether a comment that starts with a full-width slash runs to the end of its line.
fn is_line(written: &str) -> bool {
    written
        .chars()
        .nth(1)
        .is_some_and(|second| matches!(second, '/' | '／'))
}

fn kind(token: &Token, role: Role) -> PieceKind {
    match role {
        Role::Keyword(Meaning::Opener(opener)) => match opener {
            Opener::Measure
            | Opener::Definition
            | Opener::Parameter
            | Opener::Cap
            | Opener::HighestOf
            | Opener::Case => PieceKind::Declaration,
            Opener::Fund
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
            | Opener::Example => PieceKind::Statement,
        },
        Role::RowColon(table) => PieceKind::RowColon(table),
        Role::Bar(table) => PieceKind::Bar(table),
        Role::RangeOpen => PieceKind::Open,
        Role::RangeClose => PieceKind::Close,
        Role::Plain
        | Role::Keyword(_)
        | Role::EveryYears(_)
        | Role::Name
        | Role::Identifier
        | Role::Sign
        | Role::Index => match token.kind {
            TokenKind::Symbol(Symbol::RoundOpen | Symbol::SquareOpen | Symbol::CurlyOpen) => {
                PieceKind::Open
            }
            TokenKind::Symbol(Symbol::RoundClose | Symbol::SquareClose | Symbol::CurlyClose) => {
                PieceKind::Close
            }
            TokenKind::Symbol(_)
            | TokenKind::Word(_)
            | TokenKind::Literal(_)
            | TokenKind::Text(_)
            | TokenKind::Line(_)
            | TokenKind::Period(_)
            | TokenKind::Bad(_) => PieceKind::Plain,
        },
    }
}

/// A period in one spelling, without its `@`.
fn period(kind: PeriodSyntaxKind, language: Language) -> String {
    let (year, part) = match kind {
        PeriodSyntaxKind::Date(date) => return date.to_string(),
        PeriodSyntaxKind::Year(year, part) => (year, part),
    };
    let Some(part) = part else {
        return year_text(year, language);
    };
    let part_text = part_text(part, language);
    if year == YearSyntax::Offset(0) {
        return part_text;
    }
    let year_text = year_text(year, language);
    let between = match (language, year, part) {
        (Language::English, _, _) => ".",
        (Language::Chinese, YearSyntax::Fixed(_), YearPart::Months(..)) => "年",
        // Without a dot the number of years would run into that of the month.
        (Language::Chinese, YearSyntax::Offset(offset), YearPart::Months(..))
            if !(-2..=1).contains(&offset) =>
        {
            "."
        }
        (Language::Chinese, _, _) => "",
    };
    format!("{year_text}{between}{part_text}")
}

fn year_text(year: YearSyntax, language: Language) -> String {
    let offset = match year {
        YearSyntax::Fixed(year) => return format!("{year:04}"),
        YearSyntax::Offset(offset) => offset,
    };
    let word = keywords::entry(Meaning::Period(PeriodWord::Year(offset)));
    match (word, language) {
        (Some(entry), _) => entry.spelling(language).to_owned(),
        (None, Language::Chinese) => format!("年{offset:+}"),
        (None, Language::English) => format!("year{offset:+}"),
    }
}

fn part_text(part: YearPart, language: Language) -> String {
    let word = match part {
        YearPart::Quarter(quarter) => PeriodWord::Quarter(quarter),
        YearPart::Half(half) => PeriodWord::Half(half),
        YearPart::Months(first, last) => {
            let month = |month: u8| match language {
                Language::Chinese => format!("{month}月"),
                Language::English => format!("m{month}"),
            };
            if first == last {
                return month(first);
            }
            return format!("{}..{}", month(first), month(last));
        }
    };
    keywords::entry(Meaning::Period(word))
        .map_or("", |entry| entry.spelling(language))
        .to_owned()
}
