//! The heading: which column is which fact of which period, in which unit.

use std::collections::{BTreeMap, BTreeSet};

use zhida_policies::values::{PeriodKind, spelling};
use zhida_policies::vocabulary::{Fact, FactType, Vocabulary};

use crate::import::cell::{CellReader, Unit};
use crate::import::period;
use crate::import::report::{Consequence, Finding, Reason};
use crate::import::text::{half_width, invisible};
use crate::snapshot::ColumnKey;

/// Headings of the unified social credit code.
const USCC: [&str; 3] = ["统一社会信用代码", "社会信用代码", "uscc"];

/// Headings of the enterprise's name.
const NAME: [&str; 3] = ["企业名称", "名称", "name"];

/// What a column of the file holds.
#[derive(Debug)]
pub(crate) enum Role {
    /// The unified social credit code.
    Uscc,
    /// The registered name.
    Name,
    /// A fact.
    Fact(Box<FactRole>),
    /// Nothing that is taken over.
    Ignored,
}

/// A column that holds a fact.
#[derive(Debug)]
pub(crate) struct FactRole {
    pub(crate) key: ColumnKey,
    pub(crate) reader: CellReader,
    /// The place among the facts of the snapshot's builder.
    pub(crate) place: usize,
}

/// A bound heading.
#[derive(Debug)]
pub(crate) struct Header {
    /// The headings as written, trimmed.
    pub(crate) titles: Vec<String>,
    pub(crate) roles: Vec<Role>,
    /// The facts, in the order of their columns.
    pub(crate) keys: Vec<ColumnKey>,
    pub(crate) findings: Vec<Finding>,
}

impl Header {
    /// Finds out what each column holds. What cannot be found out is reported and ignored.
    pub(crate) fn bind(
        titles: Vec<String>,
        vocabulary: &Vocabulary,
        year: i32,
        row: u64,
        line: u64,
    ) -> Self {
        let mut header = Self {
            titles: Vec::new(),
            roles: Vec::new(),
            keys: Vec::new(),
            findings: Vec::new(),
        };
        let mut taken = BTreeSet::new();
        for title in &titles {
            let role = match role_of(title, vocabulary, year) {
                Ok(role) => header.placed(role, &mut taken),
                Err(fault) => Err(fault),
            };
            header.roles.push(role.unwrap_or_else(|(reason, message)| {
                header.findings.push(Finding {
                    row,
                    line,
                    column: title.clone(),
                    value: title.clone(),
                    reason,
                    consequence: Consequence::ColumnIgnored,
                    message,
                });
                Role::Ignored
            }));
        }
        header.titles = titles;
        header
    }

    /// Whether a column names the enterprise.
    pub(crate) fn has_uscc(&self) -> bool {
        self.roles.iter().any(|role| matches!(role, Role::Uscc))
    }

    /// The columns taken over, by heading, with their names in the snapshot.
    pub(crate) fn columns(&self, vocabulary: &Vocabulary) -> BTreeMap<String, String> {
        let named = self
            .titles
            .iter()
            .zip(&self.roles)
            .filter_map(|(title, role)| {
                let name = match role {
                    Role::Uscc => "uscc".to_owned(),
                    Role::Name => "name".to_owned(),
                    Role::Fact(fact) => fact.key.name(vocabulary),
                    Role::Ignored => return None,
                };
                Some((title.clone(), name))
            });
        named.collect()
    }

    /// Refuses the second column of one kind and numbers the facts.
    fn placed(&mut self, role: Role, taken: &mut BTreeSet<Taken>) -> Result<Role, Fault> {
        let mark = match &role {
            Role::Uscc => Taken::Uscc,
            Role::Name => Taken::Name,
            Role::Fact(fact) => Taken::Fact(fact.key),
            Role::Ignored => return Ok(role),
        };
        if !taken.insert(mark) {
            let message = "前面已有同一事实、同一期间的列;只用前一列,请删去或改期间".to_owned();
            return Err((Reason::DuplicateColumn, message));
        }
        Ok(match role {
            Role::Fact(mut fact) => {
                fact.place = self.keys.len();
                self.keys.push(fact.key);
                Role::Fact(fact)
            }
            Role::Uscc | Role::Name | Role::Ignored => role,
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Taken {
    Uscc,
    Name,
    Fact(ColumnKey),
}

type Fault = (Reason, String);

fn role_of(title: &str, vocabulary: &Vocabulary, year: i32) -> Result<Role, Fault> {
    if let Some(character) = invisible(title) {
        let message = format!(
            "表头含不可见字符 U+{:04X};请重新键入这一列的列名",
            u32::from(character)
        );
        return Err((Reason::Invisible, message));
    }
    let plain = half_width(title);
    let plain = plain.trim();
    let is = |names: &[&str]| names.iter().any(|name| plain.eq_ignore_ascii_case(name));
    if is(&USCC) {
        return Ok(Role::Uscc);
    }
    if is(&NAME) {
        return Ok(Role::Name);
    }
    let (without_unit, unit) = split_unit(plain);
    let (name, period_text) = match without_unit.split_once('@') {
        Some((name, period)) => (name.trim(), Some(period.trim())),
        None => (without_unit.trim(), None),
    };
    let found = vocabulary
        .find(name)
        .or_else(|| vocabulary.find(&name.to_ascii_lowercase()));
    let Some(id) = found else {
        return Err(unknown(name, vocabulary));
    };
    let fact = vocabulary.fact(id);
    let period = period::read(period_text, fact.period, year);
    let period = period.ok_or_else(|| wrong_period(fact, period_text, year))?;
    let unit = unit_of(fact, unit.as_deref())?;
    let key = ColumnKey { fact: id, period };
    let reader = CellReader::new(&fact.fact_type, unit);
    Ok(Role::Fact(Box::new(FactRole {
        key,
        reader,
        place: 0,
    })))
}

/// The heading without its `(unit)`, and the unit.
fn split_unit(title: &str) -> (String, Option<String>) {
    let Some((before, rest)) = title.split_once('(') else {
        return (title.to_owned(), None);
    };
    let Some((unit, after)) = rest.split_once(')') else {
        return (title.to_owned(), None);
    };
    (format!("{before}{after}"), Some(unit.trim().to_owned()))
}

fn unknown(name: &str, vocabulary: &Vocabulary) -> Fault {
    let identity = USCC.iter().chain(&NAME).copied();
    let near = vocabulary
        .nearest(name)
        .or_else(|| spelling::nearest(name, identity));
    let message = match near {
        Some(near) => format!("词汇表里没有“{name}”;是不是“{near}”?请改列名,不需要的列可以不管"),
        None => format!("词汇表里没有“{name}”;请核对列名,不需要的列可以不管"),
    };
    (Reason::UnknownColumn, message)
}

fn wrong_period(fact: &Fact, text: Option<&str>, year: i32) -> Fault {
    let name = &fact.name;
    let (kind, example) = match fact.period {
        PeriodKind::None => ("没有期间", name.clone()),
        PeriodKind::Year => ("按年", format!("{name}@{year}")),
        PeriodKind::Quarter => ("按季", format!("{name}@{year}一季度")),
        PeriodKind::Month => ("按月", format!("{name}@{year}-03")),
    };
    let message = match text {
        Some(text) => format!("“{name}”{kind},读不懂期间“{text}”;请写成“{example}”"),
        None => format!("“{name}”{kind},列名里要写明期间;请写成“{example}”"),
    };
    (Reason::WrongPeriod, message)
}

fn unit_of(fact: &Fact, text: Option<&str>) -> Result<Unit, Fault> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(Unit::NONE);
    };
    let own = fact.unit.as_deref() == Some(text);
    let known = match &fact.fact_type {
        FactType::Money => Unit::of_money(text),
        FactType::Number => Unit::of_number(text),
        FactType::Boolean
        | FactType::Date
        | FactType::Text
        | FactType::Code(_)
        | FactType::Set(_)
        | FactType::Enum(_)
        | FactType::List(_) => None,
    };
    known.or(own.then_some(Unit::NONE)).ok_or_else(|| {
        let wanted = if fact.fact_type == FactType::Money {
            "元、千元、万元、百万元、亿元"
        } else {
            fact.unit.as_deref().unwrap_or("不写单位")
        };
        let message = format!("“{}”的单位“{text}”不认识,可用:{wanted};请改表头", fact.name);
        (Reason::UnknownUnit, message)
    })
}
