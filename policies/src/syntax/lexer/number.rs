//! Numbers with their units, and dates.

use super::period::{is_date_shape, read_date};
use super::{Dialect, Lexer, LiteralToken, TokenKind, is_word_char};
use crate::syntax::ast::Literal;
use crate::syntax::keywords::{self, Meaning, TimeUnit};
use crate::syntax::limits::{DIGITS_MAX, DURATION_MAX, EXPONENT_MAX};
use crate::values::{Duration, Number};

/// What a unit makes of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    /// No unit, a multiplier or a percent sign: a number times a power of ten.
    Number(i64),
    /// Money: fen times a power of ten.
    Money(i64),
    /// A duration.
    Time(TimeUnit),
}

/// The units of money and the multipliers; those of time stand in the table of keywords.
const UNITS: &[(&str, Unit)] = &[
    ("元", Unit::Money(2)),
    ("角", Unit::Money(1)),
    ("分", Unit::Money(0)),
    ("十元", Unit::Money(3)),
    ("百元", Unit::Money(4)),
    ("千元", Unit::Money(5)),
    ("万元", Unit::Money(6)),
    ("十万元", Unit::Money(7)),
    ("百万元", Unit::Money(8)),
    ("千万元", Unit::Money(9)),
    ("亿元", Unit::Money(10)),
    ("十亿元", Unit::Money(11)),
    ("百亿元", Unit::Money(12)),
    ("千亿元", Unit::Money(13)),
    ("万亿元", Unit::Money(14)),
    ("万", Unit::Number(4)),
    ("亿", Unit::Number(8)),
    ("%", Unit::Number(-2)),
    ("‰", Unit::Number(-3)),
];

/// The units, for messages.
const UNITS_HELP: &str = "单位有 元 角 分 百元 千元 万元 十万元 百万元 千万元 亿元 万亿元，% ‰ 万 亿，年 个月 天；\
     人数、件数、分数等不带单位";

/// The digits of a number as written.
struct Digits {
    whole: String,
    fraction: String,
    exponent: i64,
}

/// What is wrong with a number, and what to do.
type Wrong = (String, Option<String>);

impl Lexer<'_, '_> {
    /// Reads a number with its unit, or a date.
    pub(super) fn number(&mut self) -> TokenKind {
        let start = self.scanner.at;
        if let Some(date) = self.date() {
            return date;
        }
        let read = self.digits().and_then(|digits| {
            let number_end = self.scanner.at;
            let unit = self.unit()?;
            let literal = literal(&digits, unit)?;
            Ok((literal, unit, number_end))
        });
        match read {
            Ok((literal, unit, number_end)) => {
                let time = match unit {
                    Unit::Time(time) => Some(time),
                    Unit::Number(_) | Unit::Money(_) => None,
                };
                let end = if time.is_some() {
                    number_end
                } else {
                    self.scanner.at
                };
                let mut written = self.scanner.folded(start, end);
                written.retain(|c| !c.is_whitespace());
                TokenKind::Literal(LiteralToken {
                    literal,
                    written,
                    time,
                })
            }
            Err((message, help)) => self.bad(start, message, help),
        }
    }

    fn date(&mut self) -> Option<TokenKind> {
        let start = self.scanner.at;
        let text = self.scanner.folded(start, start.saturating_add(10));
        if is_date_shape(&text) && !is_word_char(self.scanner.peek(10)) {
            self.scanner.advance(10);
            return Some(match read_date(&text) {
                Ok(date) => TokenKind::Literal(LiteralToken {
                    literal: Literal::Date(date),
                    written: text,
                    time: None,
                }),
                Err(message) => self.bad(start, message, None),
            });
        }
        if self.dialect != Dialect::Block {
            return None;
        }
        let length = self.careless_date()?;
        self.scanner.advance(length);
        let written = self.scanner.written(start, self.scanner.at);
        let message = format!("“{written}”会读成算式，不是日期");
        Some(self.bad(
            start,
            message,
            Some("日期写成 2024-03-01；算式在运算符两侧留空格".into()),
        ))
    }

    /// The length of something like `2024-3-1` or `2024/03/01`, which would read as arithmetic.
    fn careless_date(&self) -> Option<usize> {
        let separator = self.scanner.peek(4);
        if !matches!(separator, '-' | '/') {
            return None;
        }
        let year: u32 = self.folded_ahead(0, 4).parse().ok()?;
        if !(1900..2200).contains(&year) {
            return None;
        }
        let digits = |from: usize| {
            (0..3)
                .take_while(|step| {
                    self.scanner
                        .peek(from.saturating_add(*step))
                        .is_ascii_digit()
                })
                .count()
        };
        let month = digits(5);
        let second = 5_usize.saturating_add(month);
        let day = digits(second.saturating_add(1));
        let end = second.saturating_add(1).saturating_add(day);
        let shaped = (1..3).contains(&month)
            && (1..3).contains(&day)
            && self.scanner.peek(second) == separator
            && !is_word_char(self.scanner.peek(end));
        shaped.then_some(end)
    }

    fn folded_ahead(&self, from: usize, to: usize) -> String {
        let at = self.scanner.at;
        self.scanner
            .folded(at.saturating_add(from), at.saturating_add(to))
    }

    fn digits(&mut self) -> Result<Digits, Wrong> {
        let start = self.scanner.at;
        self.scanner.skip_while(|c| c.is_ascii_digit());
        self.groups(start)?;
        while self.scanner.peek(0) == '_' && self.scanner.peek(1).is_ascii_digit() {
            self.scanner.advance(1);
            self.scanner.skip_while(|c| c.is_ascii_digit());
        }
        let mut whole = self.scanner.folded(start, self.scanner.at);
        whole.retain(|c| c.is_ascii_digit());
        let mut fraction = String::new();
        if self.scanner.peek(0) == '.' && self.scanner.peek(1).is_ascii_digit() {
            self.scanner.advance(1);
            let from = self.scanner.at;
            self.scanner.skip_while(|c| c.is_ascii_digit());
            fraction = self.scanner.folded(from, self.scanner.at);
        }
        let exponent = self.exponent()?;
        let count = whole.len().saturating_add(fraction.len());
        if count > DIGITS_MAX {
            return Err((format!("这个数有 {count} 位，最多 {DIGITS_MAX} 位"), None));
        }
        Ok(Digits {
            whole,
            fraction,
            exponent,
        })
    }

    /// Skips groups of three digits after commas, where the commas are not separators.
    fn groups(&mut self, start: usize) -> Result<(), Wrong> {
        let lead = self.scanner.at.saturating_sub(start);
        let is_group = |from: usize| {
            self.scanner.char_at(from) == ','
                && (1..4).all(|step| {
                    self.scanner
                        .char_at(from.saturating_add(step))
                        .is_ascii_digit()
                })
                && !self
                    .scanner
                    .char_at(from.saturating_add(4))
                    .is_ascii_digit()
        };
        let mut end = self.scanner.at;
        while (1..4).contains(&lead) && is_group(end) {
            end = end.saturating_add(4);
        }
        let continues = self.scanner.char_at(end) == ','
            && self.scanner.char_at(end.saturating_add(1)).is_ascii_digit();
        if self.depth == 0 && continues {
            self.scanner.at = end;
            self.scanner
                .skip_while(|c| c.is_ascii_digit() || matches!(c, ',' | '.'));
            return Err((
                "数字的逗号要每三位一个".to_owned(),
                Some("写成 1,000元 或 1000元；列举时逗号之后留空格".into()),
            ));
        }
        if end == self.scanner.at {
            return Ok(());
        }
        if self.depth == 0 || self.unit_follows(end) {
            self.scanner.at = end;
            return Ok(());
        }
        // `最小(1,000, x)` must not become the smallest of 1, 0 and x.
        let grouped = self.scanner.folded(self.scanner.at, end).contains(",0");
        if grouped && self.dialect == Dialect::Block {
            self.scanner.at = end;
            return Err((
                "括号里的逗号分隔各项，这里看不出是一个数还是几个数".to_owned(),
                Some("一个数写成 1000；几个数在逗号之后留空格".into()),
            ));
        }
        Ok(())
    }

    /// Whether a unit follows at `index`, after decimal places if there are any.
    fn unit_follows(&self, index: usize) -> bool {
        let mut at = index;
        let fraction = self.scanner.char_at(at) == '.'
            && self.scanner.char_at(at.saturating_add(1)).is_ascii_digit();
        if fraction {
            at = at.saturating_add(1);
            while self.scanner.char_at(at).is_ascii_digit() {
                at = at.saturating_add(1);
            }
        }
        self.unit_at(at).is_some()
    }

    fn exponent(&mut self) -> Result<i64, Wrong> {
        if !matches!(self.scanner.peek(0), 'e' | 'E') {
            return Ok(0);
        }
        let signed = matches!(self.scanner.peek(1), '+' | '-');
        if !self
            .scanner
            .peek(if signed { 2 } else { 1 })
            .is_ascii_digit()
        {
            return Ok(0);
        }
        self.scanner.advance(1);
        let from = self.scanner.at;
        self.scanner.advance(usize::from(signed));
        self.scanner.skip_while(|c| c.is_ascii_digit());
        let written = self.scanner.folded(from, self.scanner.at);
        match written.parse::<i64>() {
            Ok(value) if value.saturating_abs() <= EXPONENT_MAX => Ok(value),
            Ok(_) | Err(_) => Err((
                format!("指数 {written} 超出范围，最多到 {EXPONENT_MAX}"),
                None,
            )),
        }
    }

    /// Reads the unit, which may stand one or more spaces off.
    fn unit(&mut self) -> Result<Unit, Wrong> {
        let start = self.scanner.at;
        if let Some((unit, end)) = self.unit_at(start) {
            self.scanner.at = end;
            return Ok(unit);
        }
        self.scanner.skip_while(is_word_char);
        if self.scanner.at == start {
            return Ok(Unit::Number(0));
        }
        let word = self.scanner.folded(start, self.scanner.at);
        Err((format!("“{word}”不是单位"), Some(unit_help(&word))))
    }

    /// The unit at `index` and where it ends.
    fn unit_at(&self, index: usize) -> Option<(Unit, usize)> {
        let mut from = index;
        while matches!(self.scanner.char_at(from), ' ' | '\t') {
            from = from.saturating_add(1);
        }
        let mut end = from;
        if matches!(self.scanner.char_at(from), '%' | '‰') {
            end = end.saturating_add(1);
        } else {
            while is_word_char(self.scanner.char_at(end)) {
                end = end.saturating_add(1);
            }
        }
        let unit = unit(&self.scanner.folded(from, end))?;
        Some((unit, end))
    }
}

/// The unit that a word names.
fn unit(word: &str) -> Option<Unit> {
    let listed = UNITS.iter().find(|(name, _)| *name == word);
    if let Some((_, unit)) = listed {
        return Some(*unit);
    }
    keywords::entries(word).find_map(|entry| {
        if let Meaning::Time(time) = entry.meaning {
            Some(Unit::Time(time))
        } else {
            None
        }
    })
}

/// What to do about a word that is no unit.
fn unit_help(word: &str) -> String {
    let after_unit = UNITS
        .iter()
        .filter_map(|(unit, _)| word.strip_prefix(unit))
        .chain([word]);
    let mut rests = after_unit.filter_map(keyword_prefix);
    if let Some(keyword) = rests.next() {
        return format!("关键词两侧要有空格：“{keyword}”前后各空一格");
    }
    if word.starts_with('年') && word.contains('月') {
        return "日期写成 2024-03-01，时长写成 18个月".to_owned();
    }
    if word == "月" {
        return "时长写成 3个月，时期写成 @3月".to_owned();
    }
    UNITS_HELP.to_owned()
}

/// The keyword of expressions that a word begins with.
fn keyword_prefix(word: &str) -> Option<&'static str> {
    const KEYWORDS: [&str; 11] = [
        "不属于",
        "属于",
        "介于",
        "否则",
        "取整",
        "其中",
        "适用",
        "且",
        "或",
        "则",
        "与",
    ];
    KEYWORDS
        .into_iter()
        .find(|keyword| word.starts_with(keyword))
}

/// The exact value of digits with a unit.
fn literal(digits: &Digits, unit: Unit) -> Result<Literal, Wrong> {
    let (power, time) = match unit {
        Unit::Number(power) | Unit::Money(power) => (power, None),
        Unit::Time(time) => (0, Some(time)),
    };
    let exponent = digits.exponent.saturating_add(power);
    let whole = if digits.whole.is_empty() {
        "0"
    } else {
        &digits.whole
    };
    let point = if digits.fraction.is_empty() { "" } else { "." };
    let text = format!("{whole}{point}{}e{exponent}", digits.fraction);
    let number = Number::parse_decimal(&text)
        .map_err(|_| ("这个数太大或太长，无法精确计算".to_owned(), None))?;
    match (unit, time) {
        (Unit::Money(_), _) => Ok(Literal::Money(number)),
        (Unit::Time(_), Some(time)) => duration(&number, time).map(Literal::Duration),
        (Unit::Number(_) | Unit::Time(_), _) => Ok(Literal::Number(number)),
    }
}

fn duration(number: &Number, time: TimeUnit) -> Result<Duration, Wrong> {
    let count = number.to_i64().ok_or((
        "时长要写整数".to_owned(),
        Some("一年半写成 18个月".to_owned()),
    ))?;
    if count > DURATION_MAX {
        return Err((format!("时长最多 {DURATION_MAX}"), None));
    }
    Ok(match time {
        TimeUnit::Year => Duration::from_months(count.saturating_mul(12)),
        TimeUnit::Month => Duration::from_months(count),
        TimeUnit::Day => Duration::from_days(count),
    })
}
