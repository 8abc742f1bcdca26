//! Document numbers (文号), however they are typed.
//!
//! 襄政办发〔2025〕12号, 襄政办发[2025]第12号, 襄政办发（２０２５）12 and 襄政办发 2025 12号 are one number.

use crate::normal::{Normal, is_han};

/// Words that lead up to a number in a question and do not belong to it.
const LEADS: [&str; 14] = [
    "关于", "根据", "按照", "依据", "依照", "按", "查询", "查找", "查看", "搜索", "请问", "文件",
    "文号", "查",
];

/// A document number inside a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Number {
    /// Its one form: 襄政办发|2025|12.
    pub(crate) key: String,
    /// The bytes of the normal text it was read from.
    pub(crate) bytes: std::ops::Range<usize>,
}

/// All document numbers in a normal text.
pub(crate) fn numbers(normal: &str) -> Vec<Number> {
    let letters: Vec<(usize, char)> = normal.char_indices().collect();
    let mut found: Vec<Number> = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        match number_at(normal, &letters, at) {
            Some((number, next)) => {
                found.push(number);
                at = next;
            }
            None => at = at.saturating_add(1),
        }
    }
    found
}

/// The keys under which a printed number is found: its one form, and the bare text for numbers
/// without a year in the middle (国务院令第722号).
pub(crate) fn keys(printed: &str) -> Vec<String> {
    let normal = Normal::text_of(printed);
    let mut keys: Vec<String> = numbers(&normal)
        .into_iter()
        .map(|number| number.key)
        .collect();
    keys.extend(bare_key(&normal));
    keys
}

/// A normal text without everything that people type differently, if anything is left.
pub(crate) fn bare_key(normal: &str) -> Option<String> {
    let bare: String = normal
        .chars()
        .filter(|c| c.is_alphanumeric() && *c != '第')
        .collect();
    (!bare.is_empty()).then_some(bare)
}

/// Reads a number whose year starts at a letter: prefix, year, serial.
fn number_at(normal: &str, letters: &[(usize, char)], at: usize) -> Option<(Number, usize)> {
    let letter = |at: usize| letters.get(at).map(|&(_, letter)| letter);
    let digits = |from: usize| {
        let run = letters.get(from..).unwrap_or_default();
        run.iter()
            .take_while(|(_, c)| c.is_ascii_digit())
            .map(|&(_, c)| c)
            .collect::<String>()
    };
    let before = at.checked_sub(1).and_then(letter);
    let run = digits(at);
    let (year, glued) = run.split_at_checked(4)?;
    if before.is_some_and(|c| c.is_ascii_digit())
        || !(year.starts_with("19") || year.starts_with("20"))
    {
        return None;
    }
    let mut next = at.saturating_add(4);
    while letter(next).is_some_and(|c| is_filler(c) || c == '第') {
        next = next.saturating_add(1);
    }
    let serial = if glued.is_empty() {
        digits(next)
    } else {
        glued.to_owned()
    };
    if serial.is_empty() || serial.len() > 5 {
        return None;
    }
    next = next.saturating_add(serial.len());
    let prefix = prefix_before(letters, at)?;
    let start = letters.get(at.checked_sub(prefix.1)?)?.0;
    if letter(next) == Some('号') {
        next = next.saturating_add(1);
    }
    let end = letters.get(next).map_or(normal.len(), |&(byte, _)| byte);
    let serial = serial.trim_start_matches('0');
    let serial = if serial.is_empty() { "0" } else { serial };
    let key = format!("{}|{year}|{serial}", prefix.0);
    Some((
        Number {
            key,
            bytes: start..end,
        },
        next,
    ))
}

/// The letters that lead up to a year, and how many characters lie between their start and it.
fn prefix_before(letters: &[(usize, char)], at: usize) -> Option<(String, usize)> {
    let before = letters.get(..at)?;
    let gap = before
        .iter()
        .rev()
        .take_while(|(_, c)| is_filler(*c))
        .count();
    let end = at.checked_sub(gap)?;
    let run = before
        .get(..end)?
        .iter()
        .rev()
        .take_while(|(_, c)| is_han(*c))
        .count();
    let mut prefix: &[(usize, char)] = before.get(end.checked_sub(run)?..end)?;
    while let Some(lead) = LEADS.iter().find(|lead| starts_with(prefix, lead)) {
        prefix = prefix.get(lead.chars().count()..)?;
    }
    let prefix_text: String = prefix.iter().map(|&(_, c)| c).collect();
    let long_enough = prefix.len() >= 2;
    long_enough.then(|| (prefix_text, prefix.len().saturating_add(gap)))
}

fn starts_with(letters: &[(usize, char)], lead: &str) -> bool {
    let mut at = letters.iter();
    lead.chars()
        .all(|c| at.next().is_some_and(|&(_, letter)| letter == c))
}

/// Brackets and spaces, which every writer chooses differently.
fn is_filler(c: char) -> bool {
    c.is_whitespace() || "()[]{}〔〕【】〈〉《》「」<>-_".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found: Vec<String> = numbers(&Normal::text_of(text))
            .into_iter()
            .map(|number| number.key)
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn all_ways_to_type_a_number_are_one() {
        for typed in [
            "襄政办发〔2025〕12号",
            "襄政办发[2025]12号",
            "襄政办发【2025】12号",
            "襄政办发（2025）12号",
            "襄政办发(２０２５)１２號",
            "襄政辦發﹝2025﹞12號",
            "襄政办发 〔2025〕 第12号",
            "襄政办发2025 12号",
            "襄政办发202512号",
            "襄政办发〔2025〕012",
            "关于襄政办发〔2025〕12号",
            "请问文号襄政办发〔2025〕12号的奖励",
        ] {
            check(typed, &["襄政办发|2025|12"]);
        }
    }

    #[test]
    fn several_numbers_are_all_read() {
        check(
            "鄂政发〔2020〕1号、鄂政发〔2021〕2号",
            &["鄂政发|2020|1", "鄂政发|2021|2"],
        );
        check("襄政办发〔2025〕0号", &["襄政办发|2025|0"]);
    }

    #[test]
    fn other_figures_are_not_numbers() {
        for text in [
            "2025",
            "〔2025〕12号",
            "营业收入2000万元",
            "120251号",
            "年2025",
            "第20条",
            "",
        ] {
            check(text, &[]);
        }
    }

    #[test]
    fn numbers_without_a_year_have_a_bare_key() {
        assert_eq!(keys("国务院令第722号"), ["国务院令722号"]);
        assert_eq!(bare_key("国务院令 722号").as_deref(), Some("国务院令722号"));
        assert_eq!(bare_key("〔〕"), None);
    }
}
