//! Which line of a table an award belongs to.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;
use serde::Serialize;
use zhida_policies::measure::Measure;
use zhida_policies::measure::expression::Value;
use zhida_policies::measure::library::Library;
use zhida_policies::values::{CodeTree, Period, PeriodKind, Region};
use zhida_policies::vocabulary::FactId;

use crate::awards::Award;
use crate::facts::{Facts, Reading};
use crate::forecast::amounts::Amounts;
use crate::forecast::month::{self, Due};
use crate::forecast::{Priced, Scope};

/// How a forecast is broken down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dimension {
    /// By measure.
    Measure,
    /// By the fund that pays.
    Fund,
    /// By the province of the enterprise's division.
    Province,
    /// By its city.
    City,
    /// By its county.
    County,
    /// By the section of its industry (GB/T 4754).
    Section,
    /// By the division of its industry.
    Division,
    /// By its size, as the policies define it.
    Size,
    /// By the month in which the money falls due ([`Due`]).
    Month,
}

impl Dimension {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Measure,
        Self::Fund,
        Self::Province,
        Self::City,
        Self::County,
        Self::Section,
        Self::Division,
        Self::Size,
        Self::Month,
    ];
}

/// What a line is about.
///
/// # Shape
/// Ordered as lines are listed; the line of what is not known comes last and has no key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Head {
    #[serde(skip)]
    order: (i32, u8),
    /// A measure, fund, code, class or month; empty for what is not known.
    pub key: String,
    /// What people read.
    pub name: String,
}

impl Head {
    fn new(key: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            order: (0, 0),
            key: key.into(),
            name: name.into(),
        }
    }

    fn unknown(name: &str) -> Self {
        Self {
            order: (i32::MAX, u8::MAX),
            key: String::new(),
            name: name.to_owned(),
        }
    }

    fn due(due: Due) -> Self {
        let (key, name) = match due {
            Due::Month(year, month) => (format!("{year}-{month:02}"), format!("{year}年{month}月")),
            Due::Year(year) => (year.to_string(), format!("{year}年,月份未定")),
            Due::Unstated => return Self::unknown("月份未定"),
        };
        Self {
            order: month::order(&due),
            key,
            name,
        }
    }
}

/// The lines of a dimension, and the line of every award of each side.
pub(super) struct Groups {
    pub(super) heads: Vec<Head>,
    sides: Vec<Lines>,
}

enum Lines {
    /// By row of the snapshot.
    Row(Arc<[u32]>),
    /// By measure of the library.
    Measure(Vec<u32>),
    /// By measure of the library, then by instalment.
    Instalment(Vec<Vec<u32>>),
}

impl Groups {
    /// The lines of a dimension, shared by all sides.
    pub(super) fn of(dimension: Dimension, scope: &Scope<'_>, sides: &[&Priced<'_>]) -> Self {
        let mut heads = Interner::default();
        let by_measure = |heads: &mut Interner, head: &dyn Fn(&Library, &Measure) -> Head| {
            let lines = sides.iter().map(|side| {
                let measures = side.library.measures.iter();
                let lines = measures.map(|measure| heads.place(head(side.library, measure)));
                Lines::Measure(lines.collect())
            });
            lines.collect()
        };
        let sides: Vec<Lines> = match dimension {
            Dimension::Measure => by_measure(&mut heads, &|_, measure| {
                Head::new(measure.id.to_string(), measure.name.clone())
            }),
            Dimension::Fund => by_measure(&mut heads, &fund),
            Dimension::Month => {
                let year = scope.context.year;
                let dues = |heads: &mut Interner, measure: &Measure| {
                    let dues = month::due(measure, year).into_iter();
                    dues.map(|due| heads.place(Head::due(due))).collect()
                };
                let lines = sides.iter().map(|side| {
                    let measures = side.library.measures.iter();
                    Lines::Instalment(measures.map(|one| dues(&mut heads, one)).collect())
                });
                lines.collect()
            }
            Dimension::Province
            | Dimension::City
            | Dimension::County
            | Dimension::Section
            | Dimension::Division
            | Dimension::Size => {
                let rows: Arc<[u32]> = by_row(dimension, scope, sides, &mut heads).into();
                sides
                    .iter()
                    .map(|_| Lines::Row(Arc::clone(&rows)))
                    .collect()
            }
        };
        Self {
            heads: heads.finish(),
            sides,
        }
    }

    /// The lines that an award of a side belongs to, with its money in each.
    pub(super) fn parts(
        &self,
        side: usize,
        award: &Award,
        library: &Library,
    ) -> Vec<(u32, Amounts)> {
        let row = usize::try_from(award.row).unwrap_or(usize::MAX);
        let measure = usize::try_from(award.measure).unwrap_or(usize::MAX);
        let whole = |line: Option<&u32>| {
            let line = line.copied().unwrap_or(u32::MAX);
            vec![(line, Amounts::of(award))]
        };
        match self.sides.get(side) {
            Some(Lines::Row(lines)) => whole(lines.get(row)),
            Some(Lines::Measure(lines)) => whole(lines.get(measure)),
            Some(Lines::Instalment(lines)) => {
                let lines = lines.get(measure).map_or(&[][..], Vec::as_slice);
                match library.measures.get(measure) {
                    Some(measure) if lines.len() > 1 => {
                        let parts = Amounts::parts(award, measure);
                        lines.iter().copied().zip(parts).collect()
                    }
                    Some(_) | None => whole(lines.first()),
                }
            }
            None => Vec::new(),
        }
    }
}

/// Numbers heads as they come; the same head gets the same number.
#[derive(Default)]
struct Interner {
    places: BTreeMap<Head, u32>,
}

impl Interner {
    fn place(&mut self, head: Head) -> u32 {
        let next = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
        *self.places.entry(head).or_insert(next)
    }

    fn finish(self) -> Vec<Head> {
        let mut heads: Vec<(u32, Head)> = self
            .places
            .into_iter()
            .map(|(head, place)| (place, head))
            .collect();
        heads.sort();
        heads.into_iter().map(|(_, head)| head).collect()
    }
}

fn fund(library: &Library, measure: &Measure) -> Head {
    let Some(id) = &measure.fund else {
        return Head::unknown("没有写明资金");
    };
    let declared = library.funds.iter().find(|fund| fund.id == *id);
    let name = declared.map_or("", |fund| fund.name.as_str());
    Head::new(id.to_string(), name)
}

/// The line of every row that has an award on any side; the others are not looked at.
fn by_row(
    dimension: Dimension,
    scope: &Scope<'_>,
    sides: &[&Priced<'_>],
    heads: &mut Interner,
) -> Vec<u32> {
    let awards = sides.iter().flat_map(|side| &side.settled.awards);
    let mut rows: Vec<u32> = awards.map(|award| award.row).collect();
    rows.sort_unstable();
    rows.dedup();
    let order = scope.sizes.map_or_else(Vec::new, |sizes| sizes.order());
    let head = |row: &u32| head_of(dimension, scope, *row, &order);
    let found: Vec<(u32, Head)> = rows.par_iter().map(|row| (*row, head(row))).collect();
    let mut lines = vec![u32::MAX; scope.snapshot.len()];
    for (row, head) in found {
        let line = heads.place(head);
        let row = usize::try_from(row).unwrap_or(usize::MAX);
        if let Some(place) = lines.get_mut(row) {
            *place = line;
        }
    }
    lines
}

fn head_of(dimension: Dimension, scope: &Scope<'_>, row: u32, order: &[&str]) -> Head {
    let vocabulary = scope.snapshot.vocabulary();
    let (regions, industries) = (scope.codes.regions(), scope.codes.industries());
    let region = |level, word| {
        let code = read(scope, vocabulary.region_fact(), row);
        let code = code.and_then(|code| code.parse::<Region>().ok());
        let head = code.and_then(|code| at_level(regions, code.as_str(), level, word));
        head.unwrap_or_else(|| Head::unknown("地区不明"))
    };
    let industry = |level, word| {
        let code = read(scope, vocabulary.industry_fact(), row);
        let head = code.and_then(|code| at_level(industries, &code, level, word));
        head.unwrap_or_else(|| Head::unknown("行业不明"))
    };
    match dimension {
        Dimension::Province => region(1, "省级"),
        Dimension::City => region(2, "市级"),
        Dimension::County => region(3, "县级"),
        Dimension::Section => industry(1, "门类"),
        Dimension::Division => industry(2, "大类"),
        Dimension::Size => size(scope, row, order),
        Dimension::Measure | Dimension::Fund | Dimension::Month => Head::unknown(""),
    }
}

fn size(scope: &Scope<'_>, row: u32, order: &[&str]) -> Head {
    let Some(sizes) = scope.sizes else {
        return Head::unknown("没有规模定义");
    };
    let row = usize::try_from(row).unwrap_or(usize::MAX);
    let facts = scope.snapshot.row(row);
    let Some(class) = sizes.class(&facts, scope.context) else {
        return Head::unknown("规模不明");
    };
    let place = order.iter().position(|known| *known == class);
    let place = place.and_then(|place| i32::try_from(place).ok());
    Head {
        order: (place.unwrap_or(i32::MAX), 0),
        name: class.clone(),
        key: class,
    }
}

/// What a coded fact says of an enterprise in this run.
fn read(scope: &Scope<'_>, fact: Option<FactId>, row: u32) -> Option<String> {
    let fact = fact?;
    let period = match scope.snapshot.vocabulary().fact(fact).period {
        PeriodKind::None => Period::Status,
        PeriodKind::Year => Period::Year(scope.context.year),
        PeriodKind::Quarter | PeriodKind::Month => return None,
    };
    let facts = scope.snapshot.row(usize::try_from(row).ok()?);
    match facts.read(fact, period) {
        Reading::Known(Value::Text(code)) => Some(code.to_string()),
        Reading::Known(_) | Reading::Records(_) | Reading::Missing => None,
    }
}

/// The code at a level of its tree; a code above that level stands for what is not told further.
fn at_level(tree: &CodeTree, code: &str, level: u8, word: &str) -> Option<Head> {
    let found = tree.lineage(code).find(|step| {
        let own = tree.level(step.as_str());
        own.is_some_and(|own| (1..=level).contains(&own))
    })?;
    let name = tree.name(found.as_str()).unwrap_or_default();
    if tree.level(found.as_str()) == Some(level) {
        return Some(Head::new(found.as_str(), name));
    }
    Some(Head::new(found.as_str(), format!("{name}(未到{word})")))
}
