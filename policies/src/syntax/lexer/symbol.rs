//! Operators and brackets.

use super::{Lexer, TokenKind};

/// An operator or a bracket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Symbol {
    /// `(`
    RoundOpen,
    /// `)`
    RoundClose,
    /// `[`
    SquareOpen,
    /// `]`
    SquareClose,
    /// `{`
    CurlyOpen,
    /// `}`
    CurlyClose,
    /// `,`
    Comma,
    /// `:`
    Colon,
    /// `;`
    Semicolon,
    /// `|`
    Pipe,
    /// `..`
    Range,
    /// `=>`
    Arrow,
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Star,
    /// `/`
    Slash,
}

/// The spellings, the longer before the shorter; the first of a symbol is the one printed.
const SPELLINGS: &[(&str, Symbol)] = &[
    ("..", Symbol::Range),
    ("=>", Symbol::Arrow),
    ("!=", Symbol::NotEqual),
    ("≠", Symbol::NotEqual),
    ("<=", Symbol::LessOrEqual),
    ("≤", Symbol::LessOrEqual),
    (">=", Symbol::GreaterOrEqual),
    ("≥", Symbol::GreaterOrEqual),
    ("(", Symbol::RoundOpen),
    (")", Symbol::RoundClose),
    ("[", Symbol::SquareOpen),
    ("]", Symbol::SquareClose),
    ("{", Symbol::CurlyOpen),
    ("}", Symbol::CurlyClose),
    (",", Symbol::Comma),
    (":", Symbol::Colon),
    (";", Symbol::Semicolon),
    ("|", Symbol::Pipe),
    ("=", Symbol::Equal),
    ("<", Symbol::Less),
    (">", Symbol::Greater),
    ("+", Symbol::Plus),
    ("-", Symbol::Minus),
    ("*", Symbol::Star),
    ("/", Symbol::Slash),
];

/// Spellings of other languages, with what the notation has instead.
const STRANGERS: &[(&str, &str)] = &[
    (
        "**",
        "没有乘方；复合增速写 复合增速不低于(事实, 年数, 比率)",
    ),
    ("==", "相等写一个等号：="),
    ("=<", "小于等于写 <="),
    ("<>", "不等于写 !="),
    ("&&", "写 且"),
    ("||", "写 或"),
    ("!", "写 非"),
    ("&", "写 且"),
    ("、", "列举的各项之间写逗号"),
    ("~", "区间写成 [下限..上限)"),
    ("–", "减号写 -，区间写成 [下限..上限)"),
    ("—", "减号写 -，区间写成 [下限..上限)"),
    ("…", "区间写成 [下限..上限)"),
    ("'", "文本两边写双引号"),
    ("‘", "文本两边写双引号"),
    ("$", "金额的单位写在数后：100元"),
    ("¥", "金额的单位写在数后：100元"),
    ("￥", "金额的单位写在数后：100元"),
    ("。", "语句末尾不写句号"),
];

impl Symbol {
    /// The spelling.
    pub(crate) fn spelling(self) -> &'static str {
        SPELLINGS
            .iter()
            .find(|(_, symbol)| *symbol == self)
            .map_or("", |(spelling, _)| spelling)
    }
}

impl Lexer<'_, '_> {
    /// Reads an operator or a bracket, or one character that is none.
    pub(super) fn symbol(&mut self) -> TokenKind {
        let start = self.scanner.at;
        if let Some((spelling, help)) = STRANGERS
            .iter()
            .find(|(spelling, _)| self.stranger(spelling))
        {
            self.scanner.advance(spelling.chars().count());
            return self.bad(
                start,
                format!("这里不能写“{spelling}”"),
                Some((*help).into()),
            );
        }
        let Some((spelling, symbol)) = SPELLINGS
            .iter()
            .find(|(spelling, _)| self.scanner.starts_with(spelling))
        else {
            self.scanner.advance(1);
            let c = self.scanner.char_at(start);
            let shown: String = c.escape_debug().collect();
            return self.bad(start, format!("不认识的字符“{shown}”"), None);
        };
        self.scanner.advance(spelling.chars().count());
        match symbol {
            Symbol::RoundOpen | Symbol::SquareOpen | Symbol::CurlyOpen => {
                self.depth = self.depth.saturating_add(1);
            }
            Symbol::RoundClose | Symbol::SquareClose | Symbol::CurlyClose => {
                self.depth = self.depth.saturating_sub(1);
            }
            Symbol::Comma
            | Symbol::Colon
            | Symbol::Semicolon
            | Symbol::Pipe
            | Symbol::Range
            | Symbol::Arrow
            | Symbol::Equal
            | Symbol::NotEqual
            | Symbol::Less
            | Symbol::LessOrEqual
            | Symbol::Greater
            | Symbol::GreaterOrEqual
            | Symbol::Plus
            | Symbol::Minus
            | Symbol::Star
            | Symbol::Slash => {}
        }
        TokenKind::Symbol(*symbol)
    }

    /// Whether a spelling of another language stands here; `!` alone and not that of `!=`.
    fn stranger(&self, spelling: &str) -> bool {
        self.scanner.starts_with(spelling) && !(spelling == "!" && self.scanner.peek(1) == '=')
    }
}
