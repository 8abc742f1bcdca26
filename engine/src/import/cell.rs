//! One cell of a file as a value of its fact, or the reason why it is none.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use zhida_policies::values::{Codes, Date, spelling};
use zhida_policies::vocabulary::{FactType, Tree};

use crate::import::limits::TEXT_CHARS_MAX;
use crate::import::list::{FieldReader, records};
use crate::import::number::{MONEY_UNITS, PARTS, money, number};
use crate::import::report::Reason;
use crate::import::text::{half_width, invisible, is_missing};
use crate::snapshot::Cell;

/// Ways to write a set without members; an empty cell is a missing set.
pub const EMPTY_SET_WORDS: [&str; 2] = ["[]", "无"];

/// What stands between the members of a set.
const MEMBER_SEPARATORS: [char; 4] = ['|', ';', '；', '、'];

/// Why a cell is no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CellFault {
    pub(crate) reason: Reason,
    pub(crate) message: String,
}

impl CellFault {
    pub(crate) fn new(reason: Reason, message: String) -> Self {
        Self { reason, message }
    }
}

/// The unit that a heading gives to its numbers, as powers of ten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unit {
    /// The number counts this power of ten.
    pub(crate) up: u8,
    /// The number is divided by this power of ten.
    pub(crate) down: u8,
}

impl Unit {
    /// Yuan, or the unit of the vocabulary.
    pub(crate) const NONE: Self = Self { up: 0, down: 0 };

    /// A unit of money.
    pub(crate) fn of_money(text: &str) -> Option<Self> {
        let found = MONEY_UNITS.iter().find(|(unit, _)| *unit == text);
        found.map(|(_, up)| Self { up: *up, down: 0 })
    }

    /// A unit of a number.
    pub(crate) fn of_number(text: &str) -> Option<Self> {
        let found = PARTS.iter().find(|(sign, _)| *sign == text);
        found.map(|(_, down)| Self { up: 0, down: *down })
    }
}

/// Reads the cells of one column.
#[derive(Clone, Debug)]
pub(crate) struct CellReader {
    kind: Kind,
    unit: Unit,
}

#[derive(Clone, Debug)]
enum Kind {
    Money,
    Number,
    Boolean,
    Date,
    Text,
    Code(Tree),
    Enum(BTreeSet<Arc<str>>),
    Set(BTreeMap<String, usize>),
    List(Vec<FieldReader>),
}

impl CellReader {
    /// A reader for values of a type.
    pub(crate) fn new(fact_type: &FactType, unit: Unit) -> Self {
        let kind = match fact_type {
            FactType::Money => Kind::Money,
            FactType::Number => Kind::Number,
            FactType::Boolean => Kind::Boolean,
            FactType::Date => Kind::Date,
            FactType::Text => Kind::Text,
            FactType::Code(tree) => Kind::Code(*tree),
            FactType::Enum(members) => Kind::Enum(
                members
                    .iter()
                    .map(|member| Arc::from(member.as_str()))
                    .collect(),
            ),
            FactType::Set(members) => Kind::Set(members.iter().cloned().zip(0usize..).collect()),
            FactType::List(fields) => Kind::List(fields.iter().map(FieldReader::new).collect()),
        };
        Self { kind, unit }
    }

    /// The value of a cell.
    pub(crate) fn read(&self, cell: &str, codes: &Codes) -> Result<Cell, CellFault> {
        let cell = cell.trim();
        // A member of a closed list may read like a word for nothing.
        if let Kind::Enum(members) = &self.kind
            && let Some(member) = members.get(cell)
        {
            return Ok(Cell::Text(Arc::clone(member)));
        }
        let is_member = matches!(&self.kind, Kind::Set(members) if members.contains_key(cell));
        if is_missing(cell) && !is_member {
            return Ok(Cell::Missing);
        }
        if let Kind::List(fields) = &self.kind {
            return records(cell, fields, codes);
        }
        if let Some(character) = invisible(cell) {
            let code = u32::from(character);
            let message = format!("含不可见字符 U+{code:04X};请重新键入这一格");
            return Err(CellFault::new(Reason::Invisible, message));
        }
        match &self.kind {
            Kind::Money => money(cell, self.unit).map(Cell::Money),
            Kind::Number => number(cell, self.unit).map(Cell::Number),
            Kind::Boolean => boolean(cell).map(Cell::Boolean),
            Kind::Date => date(cell).map(Cell::Date),
            Kind::Text => text(cell),
            Kind::Code(tree) => code(cell, *tree, codes),
            Kind::Enum(members) => member(cell, members),
            Kind::Set(members) => set(cell, members),
            Kind::List(fields) => records(cell, fields, codes),
        }
    }
}

fn boolean(cell: &str) -> Result<bool, CellFault> {
    match half_width(cell).to_ascii_lowercase().as_str() {
        "是" | "true" | "1" | "y" | "yes" => Ok(true),
        "否" | "false" | "0" | "n" | "no" => Ok(false),
        _ => {
            let message = format!("“{cell}”既不是“是”也不是“否”;请填 是 或 否,不知道请留空");
            Err(CellFault::new(Reason::NotBoolean, message))
        }
    }
}

fn date(cell: &str) -> Result<Date, CellFault> {
    let plain = half_width(cell);
    let plain = plain
        .strip_suffix(" 00:00:00")
        .or_else(|| plain.strip_suffix("T00:00:00"))
        .unwrap_or(&plain);
    date_parts(plain)
        .and_then(|(year, month, day)| Date::new(year, month, day).ok())
        .ok_or_else(|| {
            let message = format!("“{cell}”不是日历上的日期;请写成 2025-03-01");
            CellFault::new(Reason::NotADate, message)
        })
}

/// Year, month and day of the forms that are accepted.
fn date_parts(text: &str) -> Option<(i16, i8, i8)> {
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let (year, rest) = text.split_at_checked(4)?;
        let (month, day) = rest.split_at_checked(2)?;
        return Some((year.parse().ok()?, month.parse().ok()?, day.parse().ok()?));
    }
    let plain = text
        .strip_suffix('日')
        .map(|text| text.replace(['年', '月'], "-"));
    let text = plain.as_deref().unwrap_or(text);
    let separator = text
        .chars()
        .find(|character| ['-', '/', '.'].contains(character))?;
    let mut parts = text.split(separator);
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = |part: &str, least: usize, most: usize| {
        (least..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let formed = digits(year, 4, 4) && digits(month, 1, 2) && digits(day, 1, 2);
    if !formed || parts.next().is_some() {
        return None;
    }
    Some((year.parse().ok()?, month.parse().ok()?, day.parse().ok()?))
}

fn text(cell: &str) -> Result<Cell, CellFault> {
    if cell.chars().count() > TEXT_CHARS_MAX {
        let message = format!("文本超过 {TEXT_CHARS_MAX} 字;请缩短");
        return Err(CellFault::new(Reason::TooLong, message));
    }
    Ok(Cell::Text(Arc::from(cell)))
}

fn code(cell: &str, tree: Tree, codes: &Codes) -> Result<Cell, CellFault> {
    let plain = half_width(cell);
    let found = match tree {
        Tree::Region => codes
            .region(&plain)
            .map(|region| region.as_str().to_owned()),
        Tree::Industry => codes
            .industry(&plain)
            .map(|industry| industry.as_str().to_owned()),
    };
    match found {
        Ok(found) if !found.is_empty() => Ok(Cell::Text(Arc::from(found))),
        Ok(_) => Ok(Cell::Missing),
        Err(error) => {
            let (what, table) = match tree {
                Tree::Region => ("区划", "GB/T 2260"),
                Tree::Industry => ("行业", "GB/T 4754-2017"),
            };
            let near = error
                .nearest
                .map_or_else(String::new, |near| format!(",是不是 {near}"));
            let message = format!("{what}代码“{cell}”不在 {table} 里{near};请核对代码");
            Err(CellFault::new(Reason::UnknownCode, message))
        }
    }
}

fn member(cell: &str, members: &BTreeSet<Arc<str>>) -> Result<Cell, CellFault> {
    let plain = half_width(cell);
    match members.get(plain.as_str()) {
        Some(member) => Ok(Cell::Text(Arc::clone(member))),
        None => Err(unknown_member(cell, members.iter().map(|member| &**member))),
    }
}

fn set(cell: &str, members: &BTreeMap<String, usize>) -> Result<Cell, CellFault> {
    if EMPTY_SET_WORDS.contains(&cell) && !members.contains_key(cell) {
        return Ok(Cell::Set(Vec::new()));
    }
    let mut chosen = BTreeSet::new();
    for part in cell
        .split(MEMBER_SEPARATORS)
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        let place = members.get(part).or_else(|| members.get(&half_width(part)));
        match place {
            Some(place) => chosen.insert(*place),
            // One unknown member could be any: the set as a whole is not known.
            None => return Err(unknown_member(part, members.keys().map(String::as_str))),
        };
    }
    Ok(Cell::Set(chosen.into_iter().collect()))
}

fn unknown_member<'a>(word: &str, members: impl Iterator<Item = &'a str>) -> CellFault {
    let near = spelling::nearest(word, members);
    let near = near.map_or_else(String::new, |near| format!(",是不是“{near}”"));
    let message = format!("“{word}”不在词汇表的取值清单里{near};请改成清单里的词");
    CellFault::new(Reason::UnknownMember, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes() -> Codes {
        Codes::from_texts(
            "code,level,name\nC,section,制造业\nC38,division,电气机械\nC382,group,输配电\nC3823,class,配电开关\n",
            "code,level,name\n42,province,湖北省\n4206,city,襄阳市\n420606,county,樊城区\n",
            "code,name,parent,overlaps\n",
        )
        .unwrap()
    }

    #[track_caller]
    fn check(fact_type: &FactType, text: &str, expected: Result<Cell, Reason>) {
        let reader = CellReader::new(fact_type, Unit::NONE);
        let found = reader.read(text, &codes()).map_err(|fault| fault.reason);
        assert_eq!(found, expected, "{text:?}");
    }

    fn word(text: &str) -> Result<Cell, Reason> {
        Ok(Cell::Text(Arc::from(text)))
    }

    #[test]
    fn nothing_is_missing_in_every_type() {
        let set = FactType::Set(vec!["甲".to_owned()]);
        for fact_type in [FactType::Money, FactType::Boolean, FactType::Text, set] {
            for text in ["", "  ", "无数据", "null", "N/A", "-"] {
                check(&fact_type, text, Ok(Cell::Missing));
            }
        }
    }

    #[test]
    fn yes_and_no() {
        for text in ["是", "true", "TRUE", "1", "１", "y", "Yes"] {
            check(&FactType::Boolean, text, Ok(Cell::Boolean(true)));
        }
        for text in ["否", "false", "0", "N", "no"] {
            check(&FactType::Boolean, text, Ok(Cell::Boolean(false)));
        }
        for text in ["2", "有", "√", "01"] {
            check(&FactType::Boolean, text, Err(Reason::NotBoolean));
        }
    }

    #[test]
    fn days_of_the_calendar() {
        let day = Date::constant(2024, 2, 29);
        for text in [
            "2024-02-29",
            "2024/2/29",
            "20240229",
            "2024.2.29",
            "2024年2月29日",
            "２０２４－０２－２９",
            "2024-02-29 00:00:00",
        ] {
            check(&FactType::Date, text, Ok(Cell::Date(day)));
        }
        for text in [
            "2025-02-29",
            "2024-13-01",
            "24-2-29",
            "2024-2",
            "2024-02-29 08:00:00",
            "45351",
            "2024-2/29",
        ] {
            check(&FactType::Date, text, Err(Reason::NotADate));
        }
    }

    #[test]
    fn codes_of_the_trees() {
        let region = FactType::Code(Tree::Region);
        check(&region, "420606", word("420606"));
        check(&region, "420600", word("4206"));
        check(&region, "４２０６０６", word("420606"));
        check(&region, "420699", Err(Reason::UnknownCode));
        check(&region, "樊城区", Err(Reason::UnknownCode));
        let industry = FactType::Code(Tree::Industry);
        check(&industry, "C3823", word("C3823"));
        check(&industry, "3823", word("C3823"));
        check(&industry, "c38", word("C38"));
        check(&industry, "F38", Err(Reason::UnknownCode));
    }

    #[test]
    fn members_of_closed_lists() {
        let members: Vec<String> = ["高新技术企业", "瞪羚企业", "A类"]
            .map(str::to_owned)
            .to_vec();
        let kind = FactType::Enum(members.clone());
        check(&kind, "瞪羚企业", word("瞪羚企业"));
        check(&kind, "Ａ类", word("A类"));
        check(&kind, "瞪羚", Err(Reason::UnknownMember));
        let kind = FactType::Set(members);
        check(&kind, "瞪羚企业|高新技术企业", Ok(Cell::Set(vec![0, 1])));
        check(
            &kind,
            "高新技术企业、瞪羚企业;A类；",
            Ok(Cell::Set(vec![0, 1, 2])),
        );
        check(&kind, "瞪羚企业|瞪羚企业", Ok(Cell::Set(vec![1])));
        check(&kind, "[]", Ok(Cell::Set(vec![])));
        check(&kind, "无", Ok(Cell::Set(vec![])));
        check(&kind, "瞪羚企业|高薪技术企业", Err(Reason::UnknownMember));
    }

    #[test]
    fn texts_stay_as_they_are() {
        check(
            &FactType::Text,
            " 中国银行（樊城） ",
            word("中国银行（樊城）"),
        );
        check(&FactType::Text, "甲\u{202E}乙", Err(Reason::Invisible));
        check(&FactType::Money, "1\u{200B}00", Err(Reason::Invisible));
        check(&FactType::Text, &"长".repeat(2_001), Err(Reason::TooLong));
    }
}
