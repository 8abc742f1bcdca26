//! Quoted texts and their escapes.

use super::{Lexer, TokenKind};

/// Whether a character opens a quoted text.
pub(super) fn is_quote(folded: char) -> bool {
    folded == '"'
}

/// Why an escape cannot be read.
struct BadEscape;

impl Lexer<'_, '_> {
    /// Reads a quoted text up to the same kind of quote.
    ///
    /// Inside straight quotes curly ones are ordinary characters; inside curly quotes `”` and `"`
    /// both end the text.
    pub(super) fn text(&mut self) -> TokenKind {
        let start = self.scanner.at;
        let curly = matches!(self.scanner.raw(0), '“' | '”');
        self.scanner.advance(1);
        let mut text = String::new();
        let mut bad_escape = None;
        loop {
            let raw = self.scanner.raw(0);
            if self.scanner.is_end() || raw == '\n' {
                let message = "这个引号没有闭合".to_owned();
                return self.bad(start, message, Some("在同一行里补上右引号".into()));
            }
            let closes = raw == '"' || raw == '＂' || (curly && raw == '”');
            if closes {
                self.scanner.advance(1);
                break;
            }
            if raw == '\\' {
                let escape = self.scanner.at;
                match self.escape() {
                    Ok(c) => text.push(c),
                    Err(BadEscape) => {
                        bad_escape.get_or_insert((escape, self.scanner.at));
                    }
                }
            } else {
                text.push(raw);
                self.scanner.advance(1);
            }
        }
        match bad_escape {
            None => TokenKind::Text(text),
            Some((from, to)) => {
                let written = self.scanner.written(from, to);
                let message = format!("文本里的“{written}”读不懂");
                let help = "反斜杠之后只能是 \" \\ / n r t、四位的 uXXXX 或六位的 U0XXXXX";
                let bad = self.bad(start, message, Some(help.into()));
                self.at_escape(bad, from, to)
            }
        }
    }

    /// Points a fault at the escape instead of the whole text.
    fn at_escape(&self, bad: TokenKind, from: usize, to: usize) -> TokenKind {
        let TokenKind::Bad(mut fault) = bad else {
            return bad;
        };
        fault.span = self.scanner.span(from, to);
        TokenKind::Bad(fault)
    }

    /// Reads one escape; always reads at least the backslash, never past the line.
    fn escape(&mut self) -> Result<char, BadEscape> {
        self.scanner.advance(1);
        let c = self.scanner.raw(0);
        if c == '\n' || self.scanner.is_end() {
            return Err(BadEscape);
        }
        self.scanner.advance(1);
        match c {
            '"' | '\\' | '\'' | '/' => Ok(c),
            'n' => Ok('\n'),
            'r' => Ok('\r'),
            't' => Ok('\t'),
            'u' => self.utf16(),
            'U' => char::from_u32(self.hex(6)?).ok_or(BadEscape),
            _ => Err(BadEscape),
        }
    }

    /// Four digits, and the second half of a surrogate pair where the first half asks for it.
    fn utf16(&mut self) -> Result<char, BadEscape> {
        let first = self.hex(4)?;
        if let Some(c) = char::from_u32(first) {
            return Ok(c);
        }
        if !(self.scanner.raw(0) == '\\' && self.scanner.raw(1) == 'u') {
            return Err(BadEscape);
        }
        self.scanner.advance(2);
        let second = self.hex(4)?;
        let units = [first, second].map(|unit| u16::try_from(unit).unwrap_or(0xd800));
        char::decode_utf16(units)
            .next()
            .and_then(Result::ok)
            .ok_or(BadEscape)
    }

    fn hex(&mut self, digits: usize) -> Result<u32, BadEscape> {
        let mut value: u32 = 0;
        for _ in 0..digits {
            let digit = self.scanner.raw(0).to_digit(16).ok_or(BadEscape)?;
            value = value.saturating_mul(16).saturating_add(digit);
            self.scanner.advance(1);
        }
        Ok(value)
    }
}
