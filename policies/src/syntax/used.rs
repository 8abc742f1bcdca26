//! Which keywords a block uses, each in the meaning in which it was read.

use crate::syntax::ast::{Literal, PeriodSyntaxKind, YearPart, YearSyntax};
use crate::syntax::keywords::{Meaning, PeriodWord};
use crate::syntax::lexer::TokenKind;
use crate::syntax::parser::{Role, annotate_block};
use crate::syntax::source::BlockSource;

/// The meanings of all keywords of a block, in the order of the text.
///
/// # Shape
/// One for each use. `每3年` is a pattern and no keyword; months and years that are written with
/// their number are none either.
/// # Example
/// ```
/// # use zhida_policies::span::FileId;
/// # use zhida_policies::syntax::BlockSource;
/// # use zhida_policies::syntax::keywords::{Meaning, Opener};
/// # use zhida_policies::syntax::words::TypeWord;
/// # use zhida_policies::syntax::used::meanings;
/// let source = BlockSource::contiguous(FileId(0), "定义 甲 : 金额 = 1元", 0);
/// let expected = [Meaning::Opener(Opener::Definition), Meaning::Type(TypeWord::Money)];
/// assert_eq!(meanings(&source), expected);
/// ```
#[must_use]
pub fn meanings(source: &BlockSource<'_>) -> Vec<Meaning> {
    let (_, _, annotated) = annotate_block(source);
    let mut used = Vec::new();
    for (token, role) in annotated.tokens.iter().zip(&annotated.roles) {
        if let Role::Keyword(meaning) = role {
            used.push(*meaning);
            continue;
        }
        match &token.kind {
            TokenKind::Period(PeriodSyntaxKind::Year(year, part)) => {
                if let YearSyntax::Offset(offset) = year
                    && (part.is_none() || *offset != 0)
                {
                    used.push(Meaning::Period(PeriodWord::Year(*offset)));
                }
                match part {
                    Some(YearPart::Quarter(quarter)) => {
                        used.push(Meaning::Period(PeriodWord::Quarter(*quarter)));
                    }
                    Some(YearPart::Half(half)) => {
                        used.push(Meaning::Period(PeriodWord::Half(*half)));
                    }
                    Some(YearPart::Months(..)) | None => {}
                }
            }
            TokenKind::Literal(literal) => match &literal.literal {
                Literal::Duration(_) => used.extend(literal.time.map(Meaning::Time)),
                Literal::Boolean(value) => used.push(Meaning::Boolean(*value)),
                Literal::Unknown => used.push(Meaning::Null),
                Literal::Number(_) | Literal::Money(_) | Literal::Date(_) | Literal::Text(_) => {}
            },
            TokenKind::Period(PeriodSyntaxKind::Date(_))
            | TokenKind::Word(_)
            | TokenKind::Text(_)
            | TokenKind::Line(_)
            | TokenKind::Symbol(_)
            | TokenKind::Bad(_) => {}
        }
    }
    used
}
