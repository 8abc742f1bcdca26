//! Finds the numbers of persons in a text that people typed.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

use super::number::{is_day, is_phone, is_resident_id};

/// From this many digits on a number is an account, or something as long as one.
const LONG_DIGITS: usize = 13;
/// The fewest digits of a phone with its area code.
const PHONE_DIGITS: usize = 10;
/// The most characters between two digits of one number.
const JOINERS_MAX: usize = 4;

/// What a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A resident ID, by its check digit and date of birth.
    ResidentId,
    /// A mobile phone, or a fixed one with its area code.
    Phone,
    /// A bank account, or a number as long as one.
    LongNumber,
}

/// A number to mask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// The bytes of the text from its first to its last digit.
    pub(super) range: Range<usize>,
    /// What it is.
    pub(super) found: Found,
    /// Its digits alone in ASCII; a star where the value of a digit is not known.
    pub(super) digits: String,
}

/// One digit of a text.
#[derive(Clone)]
struct Digit {
    /// Its bytes.
    range: Range<usize>,
    /// What it stands for.
    value: Value,
}

/// What a digit stands for, and how that is known.
#[derive(Clone, Copy)]
enum Value {
    /// A figure in any dress.
    Figure(u8),
    /// A word such as 三, which may also end a name.
    Word(u8),
    /// A figure of a script that is not read here.
    Unread,
}

impl Value {
    fn known(self) -> Option<u8> {
        match self {
            Value::Figure(value) | Value::Word(value) => Some(value),
            Value::Unread => None,
        }
    }
}

/// Digits with nothing but joining characters between them.
#[derive(Clone, Default)]
struct Run {
    digits: Vec<Digit>,
    /// Where the check character X of a resident ID ends, if it follows.
    letter: Option<usize>,
}

impl Run {
    /// The bytes from the first to the last digit.
    fn range(&self) -> Option<Range<usize>> {
        let (first, last) = (self.digits.first()?, self.digits.last()?);
        Some(first.range.start..self.letter.unwrap_or(last.range.end))
    }

    /// The run without one word at its begin and one at its end: the last character of 张三 is
    /// no digit of what follows.
    fn without_words(&self) -> Run {
        let mut run = self.clone();
        if let [first, second, ..] = run.digits.as_slice()
            && is_word(first)
            && !is_word(second)
        {
            run.digits.remove(0);
        }
        if let [.., other, last] = run.digits.as_slice()
            && run.letter.is_none()
            && is_word(last)
            && !is_word(other)
        {
            run.digits.pop();
        }
        run
    }
}

fn is_word(digit: &Digit) -> bool {
    match digit.value {
        Value::Word(_) => true,
        Value::Figure(_) | Value::Unread => false,
    }
}

/// The numbers of a text that must be masked, in order.
pub(super) fn find(text: &str) -> Vec<Finding> {
    let runs = runs(text).into_iter();
    // Only a run that is a number without its words loses them: at most one digit of a number
    // that somebody wrote half in words then stays.
    runs.filter_map(|run| finding(&run.without_words(), text).or_else(|| finding(&run, text)))
        .collect()
}

/// All runs of digits of a text.
fn runs(text: &str) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut open = Run::default();
    let mut joiners = 0usize;
    for (start, character) in text.char_indices() {
        let end = start.saturating_add(character.len_utf8());
        if let Some(value) = digit(character) {
            let range = start..end;
            open.digits.push(Digit { range, value });
            joiners = 0;
        } else if is_joiner(character) && joiners < JOINERS_MAX {
            joiners = joiners.saturating_add(1);
        } else {
            if is_letter_x(character) && open.digits.len() >= 17 {
                open.letter = Some(end);
            }
            runs.push(std::mem::take(&mut open));
            joiners = 0;
        }
    }
    runs.push(open);
    runs
}

/// What a run is, where it must be masked.
fn finding(run: &Run, text: &str) -> Option<Finding> {
    let range = run.range()?;
    let raw = text.get(range.clone())?;
    let rest = text.get(range.end..)?;
    let values: Vec<Option<u8>> = run.digits.iter().map(|digit| digit.value.known()).collect();
    if values.len() < PHONE_DIGITS || is_dates(raw) || is_amount(raw, rest) {
        return None;
    }
    let ascii = |value: &Option<u8>| {
        value.map_or('*', |digit| {
            char::from_digit(digit.into(), 10).unwrap_or('*')
        })
    };
    let mut digits: String = values.iter().map(ascii).collect();
    if run.letter.is_some() {
        digits.push('X');
    }
    let found = if is_resident_id(&digits) {
        Found::ResidentId
    } else if is_phone_run(&values) {
        Found::Phone
    } else if values.len() >= LONG_DIGITS {
        Found::LongNumber
    } else {
        return None;
    };
    Some(Finding {
        range,
        found,
        digits,
    })
}

/// Whether a run is one phone: as it is, or with the code of the country.
fn is_phone_run(digits: &[Option<u8>]) -> bool {
    let country: [&[Option<u8>]; 2] = [&[Some(8), Some(6)], &[Some(0), Some(0), Some(8), Some(6)]];
    let bare = country
        .iter()
        .find_map(|code| digits.strip_prefix(*code))
        .filter(|bare| bare.len() >= PHONE_DIGITS)
        .unwrap_or(digits);
    bare.len() < LONG_DIGITS && is_phone(bare)
}

/// The digit that a character stands for.
fn digit(character: char) -> Option<Value> {
    const WORDS: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
    let figure = |number: u32| u8::try_from(number).ok().map(Value::Figure);
    if let Some(number) = character.to_digit(10) {
        return figure(number);
    }
    if character.is_ascii() {
        return None;
    }
    let word = match character {
        '零' => Some(0),
        '幺' => Some(1),
        _ => WORDS.iter().position(|word| *word == character),
    };
    if let Some(place) = word {
        return u8::try_from(place).ok().map(Value::Word);
    }
    // Full-width, raised, circled and other dressed digits are the digits below their dress.
    let mut plain = std::iter::once(character).nfkc();
    if let (Some(first), None) = (plain.next(), plain.next())
        && let Some(number) = first.to_digit(10)
    {
        return figure(number);
    }
    character.is_numeric().then_some(Value::Unread)
}

/// Whether a character may stand between two digits of one number.
fn is_joiner(character: char) -> bool {
    character.is_whitespace() || is_invisible(character) || is_mark(character)
}

/// Characters that take no place of their own.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{feff}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
    )
}

/// Dashes, dots and the other marks with which people part the digits of a number.
fn is_mark(character: char) -> bool {
    matches!(
        character,
        '-' | '.'
            | ','
            | '/'
            | '_'
            | '('
            | ')'
            | '+'
            | '·'
            | '•'
            | '・'
            | '．'
            | '－'
            | '＿'
            | '（'
            | '）'
            | '／'
            | '＋'
            | 'ー'
            | 'ｰ'
            | '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}'
    )
}

fn is_letter_x(character: char) -> bool {
    matches!(character, 'X' | 'x' | 'Ｘ' | 'ｘ')
}

/// Whether a run is nothing but dates, parted by blanks or other marks than their own.
fn is_dates(raw: &str) -> bool {
    ['-', '.', '/'].iter().any(|mark| {
        raw.split(|character| character != *mark && is_joiner(character))
            .filter(|token| !token.is_empty())
            .all(|token| is_date(token, *mark))
    })
}

/// Whether a token is a day of the last or this century such as `2025-03-01`.
fn is_date(token: &str, mark: char) -> bool {
    let parts: Vec<&str> = token.split(mark).collect();
    let [year, month, day] = parts.as_slice() else {
        return false;
    };
    let number = |part: &str, longest: usize| {
        let digits = part.bytes().all(|byte| byte.is_ascii_digit());
        let fits = digits && part.len() <= longest;
        fits.then(|| part.parse::<i16>().ok()).flatten()
    };
    match (number(year, 4), number(month, 2), number(day, 2)) {
        (Some(year), Some(month), Some(day)) => {
            (1900..=2099).contains(&year) && is_day(year, month, day)
        }
        (None, _, _) | (_, None, _) | (_, _, None) => false,
    }
}

/// Whether a run is an amount in yuan: thousands apart, or few digits and two decimals, with the
/// word behind it.
fn is_amount(raw: &str, rest: &str) -> bool {
    let unit = rest.trim_start_matches(' ');
    if !["元", "万元", "亿元"]
        .iter()
        .any(|word| unit.starts_with(word))
    {
        return false;
    }
    let (whole, decimals) = raw.split_once('.').unwrap_or((raw, ""));
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !plain(decimals) || decimals.len() > 2 {
        return false;
    }
    let groups: Vec<&str> = whole.split(',').collect();
    match groups.as_slice() {
        [] => false,
        [alone] => plain(alone) && alone.len() <= 10 && decimals.len() == 2,
        [first, others @ ..] => {
            let first_fits = plain(first) && (1..=3).contains(&first.len());
            let others_fit = others.iter().all(|group| plain(group) && group.len() == 3);
            first_fits && others_fit && groups.len() <= 6
        }
    }
}
