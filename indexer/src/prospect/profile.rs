//! What is known of an enterprise, or of a group of them.

use std::collections::BTreeMap;

use zhida_policies::measure::expression::{FactRead, PeriodRead, Value};
use zhida_policies::syntax::ast::YearSyntax;
use zhida_policies::values::{Period, Region};
use zhida_policies::vocabulary::FactId;

/// What is known of a fact for one period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    /// The value.
    Known(Value),
    /// The records of a list fact, which exclude nothing.
    Records,
    /// Nothing, which excludes nothing either.
    #[default]
    Missing,
}

/// What is known of an enterprise, or of a group of them, in one assessment year.
///
/// # Shape
/// A fact that is not given is missing, so a group is given the facts that its members share.
/// The caller has applied the vocabulary's `absent` rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    year: i32,
    division: Option<Region>,
    shown: BTreeMap<(FactId, Period), Shown>,
}

impl Profile {
    /// Nothing but the assessment year.
    #[must_use]
    pub fn new(year: i32) -> Self {
        Self {
            year,
            division: None,
            shown: BTreeMap::new(),
        }
    }

    /// With a fact for a period; `Period::Status` for facts without period.
    #[must_use]
    pub fn with(mut self, fact: FactId, period: Period, shown: Shown) -> Self {
        self.insert(fact, period, shown);
        self
    }

    /// Adds a fact for a period, in place of what was there.
    pub fn insert(&mut self, fact: FactId, period: Period, shown: Shown) {
        self.shown.insert((fact, period), shown);
    }

    /// Sets the administrative division, which counts only where the vocabulary has no fact
    /// that says it.
    pub fn set_division(&mut self, division: Region) {
        self.division = Some(division);
    }

    /// The assessment year.
    #[must_use]
    pub fn year(&self) -> i32 {
        self.year
    }

    /// The administrative division, where the vocabulary has no fact that says it.
    #[must_use]
    pub fn division(&self) -> Option<Region> {
        self.division
    }

    /// What is known of a fact for a period.
    #[must_use]
    pub fn read(&self, fact: FactId, period: Period) -> &Shown {
        self.shown.get(&(fact, period)).unwrap_or(&Shown::Missing)
    }

    /// What is known of what a rule reads.
    pub(super) fn of(&self, read: FactRead) -> &Shown {
        period_of(read.period, self.year)
            .map_or(&Shown::Missing, |period| self.read(read.fact, period))
    }
}

impl Extend<(FactId, Period, Shown)> for Profile {
    fn extend<I: IntoIterator<Item = (FactId, Period, Shown)>>(&mut self, facts: I) {
        for (fact, period, shown) in facts {
            self.insert(fact, period, shown);
        }
    }
}

/// The one period that a rule reads in an assessment year; nothing where it sums several.
fn period_of(read: PeriodRead, assessment_year: i32) -> Option<Period> {
    let year = |year: YearSyntax| match year {
        YearSyntax::Offset(years) => assessment_year.saturating_add(years),
        YearSyntax::Fixed(year) => year,
    };
    match read {
        PeriodRead::Status => Some(Period::Status),
        PeriodRead::Year(named) => Some(Period::Year(year(named))),
        PeriodRead::Quarters(named, first, last) => {
            (first == last).then(|| Period::Quarter(year(named), first))
        }
        PeriodRead::Months(named, first, last) => {
            (first == last).then(|| Period::Month(year(named), first))
        }
    }
}
