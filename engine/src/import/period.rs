//! The period after the `@` of a heading.

use zhida_policies::values::{Period, PeriodKind};

/// Chinese numerals of the quarters.
const QUARTERS: [char; 4] = ['一', '二', '三', '四'];

/// The period that a heading means for a fact of this kind; without a text, the assessment year
/// of a yearly fact and the status of one without period.
pub(crate) fn read(text: Option<&str>, kind: PeriodKind, year: i32) -> Option<Period> {
    let Some(text) = text else {
        return match kind {
            PeriodKind::None => Some(Period::Status),
            PeriodKind::Year => Some(Period::Year(year)),
            PeriodKind::Quarter | PeriodKind::Month => None,
        };
    };
    let text: String = text
        .chars()
        .filter(|character| !character.is_whitespace())
        .collect();
    let text = text.to_ascii_lowercase();
    if text == "status" {
        return (kind == PeriodKind::None).then_some(Period::Status);
    }
    let (named, rest) = year_of(&text, year);
    let part = rest.trim_start_matches(['.', '-', '年']);
    let period = match (named, part) {
        (Some(named), "") => Period::Year(named),
        (named, part) => {
            let year_of_part = named.unwrap_or(year);
            match (quarter_of(part), month_of(part, named.is_some())) {
                (Some(quarter), _) => Period::Quarter(year_of_part, quarter),
                (None, Some(month)) => Period::Month(year_of_part, month),
                (None, None) => return None,
            }
        }
    };
    (period.kind() == kind).then_some(period)
}

/// The year at the beginning of the text, and what follows.
fn year_of(text: &str, year: i32) -> (Option<i32>, &str) {
    let words = [
        ("本年", 0),
        ("今年", 0),
        ("上年", -1),
        ("去年", -1),
        ("前年", -2),
        ("this_year", 0),
        ("last_year", -1),
    ];
    for (word, offset) in words {
        if let Some(rest) = text.strip_prefix(word) {
            return (
                year.checked_add(offset),
                rest.strip_prefix('度').unwrap_or(rest),
            );
        }
    }
    for word in ["年-", "year-"] {
        if let Some(rest) = text.strip_prefix(word) {
            let (digits, rest) = digits(rest);
            let earlier = digits.parse::<i32>().ok().filter(|_| digits.len() <= 2);
            return (earlier.and_then(|years| year.checked_sub(years)), rest);
        }
    }
    match text.split_at_checked(4) {
        Some((first, rest)) if first.bytes().all(|byte| byte.is_ascii_digit()) => {
            (first.parse().ok().filter(|year| *year > 0), rest)
        }
        Some(_) | None => (None, text),
    }
}

fn digits(text: &str) -> (&str, &str) {
    let end = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn quarter_of(text: &str) -> Option<u8> {
    let number = match text.strip_prefix('q') {
        Some(number) => number,
        None => {
            let number = text
                .strip_suffix("季度")
                .or_else(|| text.strip_suffix("季"))?;
            number.strip_prefix('第').unwrap_or(number)
        }
    };
    let mut characters = number.chars();
    let (first, None) = (characters.next()?, characters.next()) else {
        return None;
    };
    let place = QUARTERS.iter().position(|numeral| *numeral == first);
    let number = match place {
        Some(place) => u8::try_from(place).ok()?.checked_add(1)?,
        None => u8::try_from(first.to_digit(10)?).ok()?,
    };
    (1..=4).contains(&number).then_some(number)
}

fn month_of(text: &str, after_year: bool) -> Option<u8> {
    let number = match (
        text.strip_suffix("月份")
            .or_else(|| text.strip_suffix("月")),
        text.strip_prefix('m'),
    ) {
        (Some(number), _) | (None, Some(number)) => number,
        (None, None) if after_year => text,
        (None, None) => return None,
    };
    if number.is_empty() || number.len() > 2 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    number.parse().ok().filter(|month| (1..=12).contains(month))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, kind: PeriodKind, expected: Option<Period>) {
        assert_eq!(read(Some(text), kind, 2025), expected, "{text}");
    }

    #[test]
    fn years_in_both_languages() {
        for (text, year) in [
            ("2023", 2023),
            ("2023年", 2023),
            ("本年", 2025),
            ("上年", 2024),
            ("去年", 2024),
            ("上年度", 2024),
            ("前年", 2023),
            ("年-3", 2022),
            ("this_year", 2025),
            ("last_year", 2024),
            ("year-2", 2023),
        ] {
            check(text, PeriodKind::Year, Some(Period::Year(year)));
            check(text, PeriodKind::None, None);
            check(text, PeriodKind::Month, None);
        }
    }

    #[test]
    fn quarters_and_months() {
        for text in [
            "一季度",
            "第一季度",
            "Q1",
            "1季度",
            "2025Q1",
            "2025一季度",
            "2025年一季度",
            "this_year.q1",
        ] {
            check(text, PeriodKind::Quarter, Some(Period::Quarter(2025, 1)));
        }
        check(
            "上年四季度",
            PeriodKind::Quarter,
            Some(Period::Quarter(2024, 4)),
        );
        check(
            "last_year.q4",
            PeriodKind::Quarter,
            Some(Period::Quarter(2024, 4)),
        );
        for text in [
            "2025-03",
            "2025-3",
            "202503",
            "2025年3月",
            "3月",
            "03月",
            "3月份",
            "m3",
            "本年3月",
        ] {
            check(text, PeriodKind::Month, Some(Period::Month(2025, 3)));
        }
        check("上年12月", PeriodKind::Month, Some(Period::Month(2024, 12)));
    }

    #[test]
    fn without_a_period() {
        assert_eq!(read(None, PeriodKind::Year, 2025), Some(Period::Year(2025)));
        assert_eq!(read(None, PeriodKind::None, 2025), Some(Period::Status));
        assert_eq!(read(None, PeriodKind::Month, 2025), None);
        assert_eq!(read(None, PeriodKind::Quarter, 2025), None);
    }

    #[test]
    fn other_texts_are_no_period() {
        for text in [
            "",
            "明天",
            "13月",
            "2025-13",
            "2025-00",
            "五季度",
            "q5",
            "0000",
            "年-",
            "3",
            "2025-003",
        ] {
            for kind in PeriodKind::ALL {
                check(text, kind, None);
            }
        }
    }
}
