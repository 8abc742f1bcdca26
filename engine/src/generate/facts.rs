//! The values of one fact of a made-up enterprise.

use std::collections::BTreeMap;
use std::sync::Arc;

use zhida_policies::values::{Date, Money, Period};
use zhida_policies::vocabulary::FactType;

use crate::generate::enterprise::{Enterprise, scaled, whole_yuan};
use crate::generate::random::{Draw, mark};
use crate::generate::tables::{Base, Trait, words};
use crate::snapshot::{Cell, FiniteDecimal};

/// Cells of a thousand that are missing where the table says nothing.
const MISSING_DEFAULT: u64 = 30;

/// Records of a list: this many or fewer.
const RECORDS_MAX: u64 = 8;

/// Draws the values of one fact, or of one field of a list.
#[derive(Clone, Debug)]
pub(crate) struct FactMaker {
    id: String,
    mark: u64,
    kind: Kind,
    drawn: Trait,
    year: i32,
}

#[derive(Clone, Debug)]
enum Kind {
    Money,
    Number,
    Boolean,
    Date,
    Text(Vec<Arc<str>>),
    Code,
    Enum(Vec<Arc<str>>),
    Set(Vec<Arc<str>>),
    List(Vec<FactMaker>),
}

impl FactMaker {
    /// A maker for a fact.
    pub(crate) fn new(
        id: &str,
        fact_type: &FactType,
        year: i32,
        table: &BTreeMap<String, Trait>,
    ) -> Self {
        let words = |members: &[String]| {
            members
                .iter()
                .map(|word| Arc::from(word.as_str()))
                .collect()
        };
        let kind = match fact_type {
            FactType::Money => Kind::Money,
            FactType::Number => Kind::Number,
            FactType::Boolean => Kind::Boolean,
            FactType::Date => Kind::Date,
            FactType::Text => Kind::Text(banks()),
            FactType::Code(_) => Kind::Code,
            FactType::Enum(members) => Kind::Enum(words(members)),
            FactType::Set(members) => Kind::Set(words(members)),
            FactType::List(fields) => Kind::List(
                fields
                    .iter()
                    .map(|field| {
                        let id = format!("{id}.{}", field.id);
                        let mut made = Self::new(&id, &field.field_type, year, table);
                        if field.is_key {
                            // Nobody's numbers are made up.
                            made.kind = Kind::Text(Vec::new());
                        }
                        made
                    })
                    .collect(),
            ),
        };
        let drawn = table.get(id).cloned().unwrap_or_else(|| unnamed(&kind));
        Self {
            id: id.to_owned(),
            mark: mark(id),
            kind,
            drawn,
            year,
        }
    }

    /// The value of an enterprise for a period.
    pub(crate) fn cell(&self, enterprise: &Enterprise<'_>, period: Period) -> Cell {
        let once = Draw::new(enterprise.key ^ self.mark);
        let mut each = Draw::new(enterprise.key ^ self.mark ^ period_mark(period));
        if each.chance(self.drawn.missing) {
            return Cell::Missing;
        }
        self.known(enterprise, period, once, each)
    }

    /// `once` is the same for all periods of the fact, `each` differs.
    fn known(
        &self,
        enterprise: &Enterprise<'_>,
        period: Period,
        mut once: Draw,
        mut each: Draw,
    ) -> Cell {
        match &self.kind {
            Kind::Money => Cell::Money(Money::from_fen(
                self.amount(enterprise, period, &mut once, &mut each, true),
            )),
            Kind::Number => {
                let amount = self.amount(enterprise, period, &mut once, &mut each, false);
                let percent = self.id.ends_with(".rate");
                let number = FiniteDecimal::new(i128::from(amount), u8::from(percent));
                number.map_or(Cell::Missing, Cell::Number)
            }
            Kind::Boolean => Cell::Boolean(self.truth(enterprise, &mut each)),
            Kind::Date => self.date(&mut each).map_or(Cell::Missing, Cell::Date),
            Kind::Text(_) if self.id == "group_code" => {
                Cell::Text(Arc::from(enterprise.uscc.as_str()))
            }
            Kind::Text(words) => each
                .pick(words)
                .map_or(Cell::Missing, |word| Cell::Text(Arc::clone(word))),
            Kind::Code if self.id == "region" => enterprise.place.map_or(Cell::Missing, |place| {
                Cell::Text(Arc::from(place.code.as_str()))
            }),
            Kind::Code => {
                let code = enterprise.industry.filter(|_| self.id == "industry");
                code.map_or(Cell::Missing, |code| Cell::Text(Arc::from(code)))
            }
            Kind::Enum(members) => {
                // The first member is the usual one: the product of two draws leans to the front.
                let count = u64::try_from(members.len()).unwrap_or(0);
                let place = once
                    .below(count.saturating_mul(count))
                    .checked_div(count.max(1));
                let place = once.below(place.unwrap_or(0).saturating_add(1));
                let member = usize::try_from(place)
                    .ok()
                    .and_then(|place| members.get(place));
                member.map_or(Cell::Missing, |member| Cell::Text(Arc::clone(member)))
            }
            Kind::Set(members) => Cell::Set(self.members(members, enterprise, &mut each)),
            Kind::List(fields) => Cell::Records(records(fields, enterprise, &mut each)),
        }
    }

    /// Fen for money, units for numbers.
    fn amount(
        &self,
        enterprise: &Enterprise<'_>,
        period: Period,
        once: &mut Draw,
        each: &mut Draw,
        money: bool,
    ) -> i64 {
        let drawn = &self.drawn;
        if !once.chance(drawn.chance) || !self.fits(enterprise) {
            return 0;
        }
        let before = self
            .year
            .saturating_sub(period.year().unwrap_or(self.year))
            .clamp(0, 8);
        let ratio = once.between(drawn.low, drawn.high);
        // The ratio of one year differs a little from that of another.
        let ratio = if drawn.low == drawn.high {
            ratio
        } else {
            scaled(ratio, each.between(930, 1_070), 1_000)
        };
        match (drawn.base, money) {
            (Base::Revenue, true) => {
                whole_yuan(scaled(enterprise.revenue_before(before), ratio, 1_000))
            }
            (Base::Revenue, false) => scaled(enterprise.revenue_before(before), ratio, 700_000),
            (Base::Employees, true) => whole_yuan(scaled(enterprise.employees, ratio, 10)),
            (Base::Employees, false) => {
                let earlier = enterprise
                    .growth
                    .saturating_mul(i64::from(before))
                    .checked_div(3);
                let scale = 1_000i64.saturating_sub(earlier.unwrap_or(0)).max(200);
                scaled(scaled(enterprise.employees, ratio, 1_000), scale, 1_000).max(0)
            }
            (Base::Plain, true) => ratio.saturating_mul(100),
            (Base::Plain, false) => ratio.clamp(drawn.low, drawn.high),
        }
    }

    fn fits(&self, enterprise: &Enterprise<'_>) -> bool {
        self.drawn.sections.is_empty() || self.drawn.sections.contains(enterprise.section())
    }

    fn truth(&self, enterprise: &Enterprise<'_>, each: &mut Draw) -> bool {
        let trade = matches!(enterprise.section(), 'F' | 'H');
        match self.id.as_str() {
            "above_scale" => each.chance(if enterprise.is_large() && !trade {
                930
            } else {
                20
            }),
            "above_limit" => each.chance(if enterprise.is_large() && trade {
                930
            } else {
                10
            }),
            "in_register" => each.chance(if enterprise.is_large() { 930 } else { 20 }),
            _ => self.fits(enterprise) && each.chance(self.drawn.chance),
        }
    }

    fn date(&self, each: &mut Draw) -> Option<Date> {
        let in_list = self.id.contains('.');
        let back = if in_list {
            0
        } else {
            i32::try_from(each.below(16)).ok()?
        };
        let year = i16::try_from(self.year.checked_sub(back)?).ok()?;
        let month = i8::try_from(each.between(1, 12)).ok()?;
        Date::new(year, month, i8::try_from(each.between(1, 28)).ok()?).ok()
    }

    fn members(
        &self,
        members: &[Arc<str>],
        enterprise: &Enterprise<'_>,
        each: &mut Draw,
    ) -> Vec<usize> {
        if self.id == "zones" {
            let place = enterprise
                .place
                .filter(|place| place.only_zone || each.chance(200));
            let zone = place.and_then(|place| each.pick(&place.zones));
            let found = zone.and_then(|zone| members.iter().position(|member| **member == **zone));
            return found.into_iter().collect();
        }
        let often = if enterprise.is_large() { 550 } else { 150 };
        let mut chosen = std::collections::BTreeSet::new();
        while chosen.len() < 4 && each.chance(often) {
            let bound = u64::try_from(members.len()).unwrap_or(0);
            // The first members are the common ones.
            let bound = each.below(bound).saturating_add(1);
            chosen.extend(
                usize::try_from(each.below(bound))
                    .ok()
                    .filter(|place| *place < members.len()),
            );
        }
        chosen.into_iter().collect()
    }
}

fn records(fields: &[FactMaker], enterprise: &Enterprise<'_>, each: &mut Draw) -> Vec<Vec<Cell>> {
    let some = each.chance(if enterprise.is_large() { 600 } else { 250 });
    let count = if some {
        each.below(RECORDS_MAX).saturating_add(1)
    } else {
        0
    };
    let mut record = || {
        fields
            .iter()
            .map(|field| {
                let mut draw = Draw::new(each.next());
                if draw.chance(field.drawn.missing) {
                    return Cell::Missing;
                }
                let once = Draw::new(draw.next());
                field.known(enterprise, Period::Status, once, draw)
            })
            .collect()
    };
    (0..count).map(|_| record()).collect()
}

/// Names that free texts hold: they are banks, the commonest payees.
fn banks() -> Vec<Arc<str>> {
    let words = words();
    words
        .get("bank")
        .into_iter()
        .flatten()
        .map(|bank| Arc::from(*bank))
        .collect()
}

/// The part of a period in the keys.
fn period_mark(period: Period) -> u64 {
    let (year, part) = match period {
        Period::Status => return 0,
        Period::Year(year) => (year, 0),
        Period::Quarter(year, quarter) => (year, quarter),
        Period::Month(year, month) => (year, month.saturating_add(4)),
    };
    Draw::new(u64::from(year.unsigned_abs()).wrapping_shl(8) | u64::from(part)).next()
}

/// The trait of a fact that the table does not name.
fn unnamed(kind: &Kind) -> Trait {
    let (base, chance, low, high) = match kind {
        Kind::Money => (Base::Revenue, 400, 1, 50),
        Kind::Number => (Base::Plain, 400, 1, 60),
        Kind::Boolean => (Base::Plain, 200, 0, 0),
        Kind::Date | Kind::Text(_) | Kind::Code | Kind::Enum(_) | Kind::Set(_) | Kind::List(_) => {
            (Base::Plain, 1_000, 0, 0)
        }
    };
    Trait {
        base,
        chance,
        low,
        high,
        sections: String::new(),
        missing: MISSING_DEFAULT,
    }
}
