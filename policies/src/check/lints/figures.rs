//! The figures that a law text states, and how it speaks of them.

use crate::values::Number;

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FigureKind {
    /// Money; the value is in fen.
    Money,
    /// A plain number or a percentage.
    Number,
}

/// To which side of a bound the text gives the bound itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// 以上, 不满: the figure itself belongs to the upper side.
    Upper,
    /// 以下, 超过: the figure itself belongs to the lower side.
    Lower,
}

/// A figure in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Figure {
    pub(crate) kind: FigureKind,
    pub(crate) value: Number,
    /// Byte range in the text.
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Where the text says to which side the figure belongs.
    pub(crate) side: Option<Side>,
    /// Whether a rule must use it; numbers in Chinese characters need not be.
    pub(crate) demanded: bool,
}

/// Every figure of a text: amounts, percentages and counts; not years, dates, article and
/// document numbers, nor list marks.
pub(crate) fn figures(text: &str) -> Vec<Figure> {
    let characters: Vec<(usize, char)> = text.char_indices().collect();
    let mut found: Vec<Figure> = Vec::new();
    let mut unitless: Vec<usize> = Vec::new();
    let mut at = 0;
    while let Some(&(start, character)) = characters.get(at) {
        if character == 'h'
            && text
                .get(start..)
                .is_some_and(|rest| rest.starts_with("http"))
        {
            at = skip_address(&characters, at);
            continue;
        }
        let read =
            read_ascii(text, &characters, at).or_else(|| read_chinese(text, &characters, at));
        let Some(read) = read else {
            at = at.saturating_add(1);
            continue;
        };
        at = read.next;
        let rest = text.get(read.end..).unwrap_or("");
        let Some(mut figure) = figure_of(text, &read) else {
            unitless.clear();
            continue;
        };
        figure.side = side(text.get(..figure.start).unwrap_or(""), rest);
        if read.unit.is_empty() {
            unitless.push(found.len());
        } else {
            share_unit(text, &mut found, &unitless, &read, figure.start);
            unitless.clear();
        }
        found.push(figure);
    }
    found
}

struct Read {
    start: usize,
    end: usize,
    next: usize,
    number: Number,
    unit: &'static str,
    chinese: bool,
}

/// Units with the factor to fen or to a plain number; the longest first.
const UNITS: [(&str, FigureKind, i64, i64); 19] = [
    ("万亿元", FigureKind::Money, 100_000_000_000_000, 1),
    ("百万元", FigureKind::Money, 100_000_000, 1),
    ("千万元", FigureKind::Money, 1_000_000_000, 1),
    ("十万元", FigureKind::Money, 10_000_000, 1),
    ("亿元", FigureKind::Money, 10_000_000_000, 1),
    ("万元", FigureKind::Money, 1_000_000, 1),
    ("千元", FigureKind::Money, 100_000, 1),
    ("百元", FigureKind::Money, 10_000, 1),
    ("个百分点", FigureKind::Number, 1, 100),
    ("百分点", FigureKind::Number, 1, 100),
    ("元", FigureKind::Money, 100, 1),
    ("角", FigureKind::Money, 10, 1),
    ("%", FigureKind::Number, 1, 100),
    ("\u{FF05}", FigureKind::Number, 1, 100),
    ("‰", FigureKind::Number, 1, 1000),
    ("亿", FigureKind::Number, 100_000_000, 1),
    ("万", FigureKind::Number, 10_000, 1),
    ("成", FigureKind::Number, 1, 10),
    ("", FigureKind::Number, 1, 1),
];

fn unit_after(rest: &str) -> &'static str {
    let trimmed = rest.trim_start_matches(' ');
    UNITS
        .iter()
        .map(|(unit, ..)| *unit)
        .find(|unit| trimmed.starts_with(unit) && !(*unit == "成" && trimmed.starts_with("成立")))
        .unwrap_or("")
}

fn scaled(number: &Number, unit: &str) -> Option<(FigureKind, Number)> {
    let (_, kind, times, over) = UNITS.iter().find(|(word, ..)| *word == unit)?;
    let value = number
        .checked_mul(&Number::from_i64(*times))
        .ok()?
        .checked_div(&Number::from_i64(*over))
        .ok()?;
    Some((*kind, value))
}

fn figure_of(text: &str, read: &Read) -> Option<Figure> {
    let before = text.get(..read.start).unwrap_or("");
    let after = text.get(read.end..).unwrap_or("");
    if read.unit.is_empty()
        && (is_label(before, after, &read.number)
            || read.chinese && after.starts_with(['条', '款', '项', '章', '、']))
    {
        return None;
    }
    let (kind, value) = scaled(&read.number, read.unit)?;
    Some(Figure {
        kind,
        value,
        start: read.start,
        end: read.end,
        side: None,
        demanded: !read.chinese && !before.ends_with('第'),
    })
}

/// In “5、10、20万元” and “10—50万元” the unit of the last belongs to all.
fn share_unit(text: &str, found: &mut [Figure], unitless: &[usize], read: &Read, start: usize) {
    let mut right = start;
    for index in unitless.iter().rev() {
        let Some(figure) = found.get_mut(*index) else {
            return;
        };
        let between = text.get(figure.end..right).unwrap_or("?").trim();
        let joins = [
            "、", "-", "—", "——", "~", "\u{FF5E}", "至", "到", "/", "–", "或", "和",
        ];
        if !joins.contains(&between) {
            return;
        }
        right = figure.start;
        if let Some((kind, value)) = scaled(&figure.value, read.unit) {
            figure.kind = kind;
            figure.value = value;
        }
    }
}

/// Numbers that count nothing: years, dates, numbers of articles, documents and list items.
fn is_label(before: &str, after: &str, number: &Number) -> bool {
    let previous = before.chars().next_back();
    let following = after.chars().next();
    let solid = before.trim_end_matches(' ').chars().next_back();
    let year = number
        .to_i64()
        .is_some_and(|value| (1900..=2200).contains(&value));
    // Only spaces may stand before the mark of a list item; looking further back would read a
    // long line again for each of its figures.
    let line_start = solid_before(before).is_none_or(|character| character == '\n');
    let counts = matches!(following, Some('个' | '名' | '年' | '次' | '位' | '档'));
    (previous == Some('第') && !counts)
        || solid.is_some_and(|character| character.is_ascii_alphabetic() || character == '/')
        || (year && (following == Some('年') || matches!(following, Some('-' | '—' | '~' | '至'))))
        || (matches!(following, Some('月' | '号' | '条' | '款' | '章')))
        || (following == Some('日') && before.trim_end().ends_with('月'))
        || (matches!(previous, Some('〔' | '[' | '【'))
            && matches!(following, Some('〕' | ']' | '】')))
        || (matches!(previous, Some('(' | '\u{FF08}'))
            && matches!(following, Some(')' | '\u{FF09}')))
        || (line_start && matches!(following, Some('.' | '、' | '\u{FF0E}' | ')' | '\u{FF09}')))
        || (matches!(previous, Some('-' | '.')) && !line_start)
}

/// The last character that is neither a space nor a tab.
fn solid_before(before: &str) -> Option<char> {
    before
        .trim_end_matches([' ', '\t', '\u{3000}', '\r'])
        .chars()
        .next_back()
}

fn skip_address(characters: &[(usize, char)], from: usize) -> usize {
    let mut at = from;
    while characters
        .get(at)
        .is_some_and(|(_, character)| character.is_ascii_graphic())
    {
        at = at.saturating_add(1);
    }
    at
}

fn ascii_digit(character: char) -> Option<char> {
    match character {
        '0'..='9' => Some(character),
        '\u{FF10}'..='\u{FF19}' => char::from_digit(u32::from(character).checked_sub(0xFF10)?, 10),
        _other => None,
    }
}

fn read_ascii(text: &str, characters: &[(usize, char)], from: usize) -> Option<Read> {
    let (start, first) = *characters.get(from)?;
    ascii_digit(first)?;
    let mut digits = String::new();
    let mut at = from;
    let digit_at = |index: usize| {
        characters
            .get(index)
            .and_then(|(_, found)| ascii_digit(*found))
    };
    while let Some(&(_, character)) = characters.get(at) {
        if let Some(digit) = ascii_digit(character) {
            digits.push(digit);
        } else if matches!(character, '.' | '\u{FF0E}') && !digits.contains('.') {
            digit_at(at.saturating_add(1))?;
            digits.push('.');
        } else {
            let grouped = character == ','
                && (1..=3).all(|step| digit_at(at.saturating_add(step)).is_some())
                && digit_at(at.saturating_add(4)).is_none();
            if !grouped {
                break;
            }
        }
        at = at.saturating_add(1);
    }
    let digits_end = characters.get(at).map_or(text.len(), |(offset, _)| *offset);
    if is_iso_date(text.get(start..).unwrap_or("")) {
        return Some(skip_date(characters, from, start));
    }
    let rest = text.get(digits_end..).unwrap_or("");
    let unit = unit_after(rest);
    let gap = rest
        .len()
        .saturating_sub(rest.trim_start_matches(' ').len());
    let end = if unit.is_empty() {
        digits_end
    } else {
        digits_end.saturating_add(gap).saturating_add(unit.len())
    };
    let next = characters.partition_point(|(offset, _)| *offset < end);
    Some(Read {
        start,
        end,
        next,
        number: Number::parse_decimal(&digits).ok()?,
        unit,
        chinese: false,
    })
}

fn is_iso_date(text: &str) -> bool {
    let bytes: Vec<u8> = text.bytes().take(10).collect();
    bytes.len() == 10
        && bytes.iter().enumerate().all(|(index, byte)| match index {
            4 | 7 => *byte == b'-',
            _digit => byte.is_ascii_digit(),
        })
}

/// A date is passed over: it reads as a number that is a label.
fn skip_date(characters: &[(usize, char)], from: usize, start: usize) -> Read {
    let next = from.saturating_add(10);
    let end = characters
        .get(next)
        .map_or(start.saturating_add(10), |(offset, _)| *offset);
    Read {
        start,
        end,
        next,
        number: Number::zero(),
        unit: "",
        chinese: true,
    }
}

/// Numbers in Chinese characters up to 亿, and 百分之…; they may stand for a figure of a rule.
fn read_chinese(text: &str, characters: &[(usize, char)], from: usize) -> Option<Read> {
    let (start, first) = *characters.get(from)?;
    let rest = text.get(start..)?;
    let (percent, body) = if let Some(body) = rest.strip_prefix("百分之") {
        (Some(100), body)
    } else if let Some(body) = rest.strip_prefix("千分之") {
        (Some(1000), body)
    } else {
        (None, rest)
    };
    if percent.is_none() && chinese_digit(first).is_none() && first != '十' {
        return None;
    }
    let (value, length) = chinese_number(body)?;
    let prefix = rest.len().saturating_sub(body.len());
    let digits_end = start.saturating_add(prefix).saturating_add(length);
    let mut number = Number::from_i64(value);
    let unit = match percent {
        Some(parts) => {
            number = number.checked_div(&Number::from_i64(parts)).ok()?;
            ""
        }
        None => unit_after(text.get(digits_end..).unwrap_or("")),
    };
    let end = digits_end.saturating_add(unit.len());
    Some(Read {
        start,
        end,
        next: characters.partition_point(|(offset, _)| *offset < end),
        number,
        unit,
        chinese: true,
    })
}

fn chinese_digit(character: char) -> Option<i64> {
    let value = match character {
        '零' | '〇' => 0,
        '一' | '壹' => 1,
        '二' | '两' | '贰' => 2,
        '三' | '叁' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' => 6,
        '七' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        _other => return None,
    };
    Some(value)
}

/// A number in Chinese characters below ten thousand, and how many bytes it takes.
fn chinese_number(text: &str) -> Option<(i64, usize)> {
    let mut total: i64 = 0;
    let mut digit: Option<i64> = None;
    let mut length = 0;
    for character in text.chars() {
        if let Some(value) = chinese_digit(character) {
            digit = Some(value);
        } else {
            let unit = match character {
                '十' | '拾' => 10,
                '百' | '佰' => 100,
                '千' | '仟' => 1000,
                _other => break,
            };
            total = total.checked_add(digit.unwrap_or(1).checked_mul(unit)?)?;
            digit = None;
        }
        length = character.len_utf8().checked_add(length)?;
    }
    total = total.checked_add(digit.unwrap_or(0))?;
    (length > 0).then_some((total, length))
}

/// To which side the words around a figure give the figure itself.
fn side(before: &str, after: &str) -> Option<Side> {
    const AFTER: [(&str, Side); 8] = [
        ("(含)以上", Side::Upper),
        ("及以上", Side::Upper),
        ("以上", Side::Upper),
        ("(含)以下", Side::Lower),
        ("及以下", Side::Lower),
        ("以下", Side::Lower),
        ("以内", Side::Lower),
        ("封顶", Side::Lower),
    ];
    const BEFORE: [(&str, Side); 17] = [
        ("不超过", Side::Lower),
        ("不高于", Side::Lower),
        ("不大于", Side::Lower),
        ("不多于", Side::Lower),
        ("不低于", Side::Upper),
        ("不少于", Side::Upper),
        ("不小于", Side::Upper),
        ("超过", Side::Lower),
        ("高于", Side::Lower),
        ("大于", Side::Lower),
        ("多于", Side::Lower),
        ("不满", Side::Upper),
        ("未满", Side::Upper),
        ("不足", Side::Upper),
        ("低于", Side::Upper),
        ("少于", Side::Upper),
        ("小于", Side::Upper),
    ];
    let folded: String = after
        .chars()
        .take(16)
        .map(|character| match character {
            '\u{FF08}' => '(',
            '\u{FF09}' => ')',
            other => other,
        })
        .collect();
    let excluded = folded.starts_with("(不含");
    let folded = strip_bracket(&folded);
    for (word, found) in AFTER {
        if folded.starts_with(word) {
            return Some(if excluded { opposite(found) } else { found });
        }
    }
    BEFORE
        .iter()
        .find(|(word, _)| before.trim_end().ends_with(word))
        .map(|(_, found)| *found)
}

/// The text after a remark in brackets such as “(含本数)”.
fn strip_bracket(text: &str) -> &str {
    if let Some(rest) = text.strip_prefix('(')
        && let Some((_, after)) = rest.split_once(')')
    {
        return after;
    }
    text
}

fn opposite(side: Side) -> Side {
    match side {
        Side::Upper => Side::Lower,
        Side::Lower => Side::Upper,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<String> {
        figures(text)
            .iter()
            .filter(|figure| figure.demanded)
            .map(|figure| figure.value.to_string())
            .collect()
    }

    #[test]
    fn amounts_rates_and_counts_are_figures() {
        assert_eq!(
            values("年营业收入1亿元以上,增速10%以上不满20%的奖励20万元,每户最多3次"),
            ["10000000000", "0.1", "0.2", "20000000", "3"]
        );
        assert_eq!(values("按6‰、1.5个百分点、0.05元"), ["0.006", "0.015", "5"]);
        assert_eq!(values("1,000元,1,234.5万元"), ["100000", "1234500000"]);
    }

    #[test]
    fn the_last_unit_belongs_to_all() {
        assert_eq!(
            values("分别奖励5、10、20万元"),
            ["5000000", "10000000", "20000000"]
        );
        assert_eq!(values("奖励10—50万元"), ["10000000", "50000000"]);
    }

    #[test]
    fn labels_are_no_figures() {
        for text in [
            "第8条",
            "2025年",
            "2025年3月1日",
            "襄政办发〔2025〕12号",
            "2024-03-01",
            "1. 奖励对象",
            "(1)奖励对象",
            "行业代码C13",
            "GB/T 4754-2017",
            "1月至9月",
            "2023—2025年",
        ] {
            assert_eq!(values(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn an_ordinal_may_stand_for_a_figure() {
        let found = figures("第5个以后到第10个台阶");
        let all: Vec<String> = found
            .iter()
            .map(|figure| figure.value.to_string())
            .collect();
        assert_eq!(all, ["5", "10"]);
        assert!(found.iter().all(|figure| !figure.demanded));
    }

    #[test]
    fn words_say_which_side_a_bound_belongs_to() {
        let side = |text: &str| figures(text).first().and_then(|figure| figure.side);
        assert_eq!(side("1亿元以上"), Some(Side::Upper));
        assert_eq!(side("1亿元(含)以上"), Some(Side::Upper));
        assert_eq!(side("5亿元(不含)以下"), Some(Side::Upper));
        assert_eq!(side("5亿元以下"), Some(Side::Lower));
        assert_eq!(side("超过5亿元"), Some(Side::Lower));
        assert_eq!(side("不超过5亿元"), Some(Side::Lower));
        assert_eq!(side("不满20%"), Some(Side::Upper));
        assert_eq!(side("奖励20万元"), None);
    }

    #[test]
    fn chinese_numbers_may_stand_for_figures() {
        let all: Vec<String> = figures("百分之十,三年,二十五万元")
            .iter()
            .map(|figure| figure.value.to_string())
            .collect();
        assert_eq!(all, ["0.1", "3", "25000000"]);
    }
}
