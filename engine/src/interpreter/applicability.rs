//! Region and validity: conditions of every measure without being written.

use std::collections::BTreeSet;

use zhida_policies::measure::Measure;
use zhida_policies::measure::Validity;
use zhida_policies::measure::expression::Value;
use zhida_policies::syntax::words::Cadence;
use zhida_policies::values::{Date, Period, Region};

use crate::facts::{Facts, Reading};
use crate::interpreter::Interpreter;
use crate::interpreter::evaluation::{MissingFact, UndefinedReason};
use crate::interpreter::truth::Truth;

/// Where an enterprise is: all of its facts that tell which regions it lies in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    division: Division,
    zones: Reading,
}

/// Whether an enterprise lies inside a region, and where it is.
#[derive(Clone, Debug)]
pub(crate) struct Whereabouts {
    pub(super) inside: Truth,
    pub(super) division: Option<Region>,
}

/// What is known of an enterprise's division.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Division {
    Known(Region),
    Missing(MissingFact),
    /// A value that is no code.
    Broken,
}

impl Place {
    /// Where the facts say that the enterprise is.
    pub(super) fn of(interpreter: &Interpreter<'_>, facts: &dyn Facts) -> Self {
        let zones = interpreter.zones_fact;
        Self {
            division: Division::of(interpreter, facts),
            zones: zones.map_or(Reading::Missing, |fact| facts.read(fact, Period::Status)),
        }
    }
}

impl Division {
    fn of(interpreter: &Interpreter<'_>, facts: &dyn Facts) -> Self {
        let Some(fact) = interpreter.region_fact else {
            let division = facts.division();
            return division.map_or(Self::Missing(MissingFact::Division), Self::Known);
        };
        match facts.read(fact, Period::Status) {
            Reading::Known(Value::Text(code)) => code.parse().map_or(Self::Broken, Self::Known),
            Reading::Missing => Self::Missing(MissingFact::Fact {
                fact,
                period: Period::Status,
            }),
            Reading::Known(_) | Reading::Records(_) => Self::Broken,
        }
    }
}

/// Whether the enterprise lies inside the measure's region: its division does, or one of its
/// functional zones.
pub(super) fn region(
    interpreter: &Interpreter<'_>,
    measure: &Measure,
    place: &Place,
) -> Whereabouts {
    let wanted = measure.region;
    if wanted.is_nation() {
        return Whereabouts {
            inside: Truth::True,
            division: None,
        };
    }
    let codes = &interpreter.library.codes;
    let covers = |region: Region| region == wanted || codes.region_covers(wanted, region);
    let wrong_type = || Whereabouts {
        inside: Truth::undefined(UndefinedReason::WrongType, measure.span),
        division: None,
    };

    let mut missing = BTreeSet::new();
    let mut division = None;
    match place.division {
        Division::Known(region) if covers(region) => {
            return Whereabouts {
                inside: Truth::True,
                division: Some(region),
            };
        }
        Division::Known(region) => division = Some(region),
        Division::Missing(fact) => {
            missing.insert(fact);
        }
        Division::Broken => return wrong_type(),
    }
    match &place.zones {
        Reading::Known(Value::Set(zones)) => {
            let mut zones = zones.iter().filter_map(|zone| zone.parse::<Region>().ok());
            if zones.any(covers) {
                return Whereabouts {
                    inside: Truth::True,
                    division,
                };
            }
        }
        // An enterprise in a zone lies in a division too, so that zones can only be missed by a
        // measure of a zone.
        Reading::Missing if codes.is_zone(wanted) => {
            missing.insert(interpreter.zones_fact.map_or(MissingFact::Zones, |fact| {
                MissingFact::Fact {
                    fact,
                    period: Period::Status,
                }
            }));
        }
        Reading::Missing => {}
        Reading::Known(_) | Reading::Records(_) => return wrong_type(),
    }
    let inside = if missing.is_empty() {
        Truth::False
    } else {
        Truth::Unknown(missing)
    };
    Whereabouts { inside, division }
}

/// Whether the award period lies inside the validity: the whole assessment year, at least one of
/// its quarters or months, or for a measure paid once any day of it.
pub(crate) fn is_valid(validity: Validity, cadence: Cadence, year: i32) -> bool {
    match cadence {
        Cadence::Yearly | Cadence::EveryYears(_) => holds(validity, Period::Year(year)),
        Cadence::Quarterly => {
            (1..=4).any(|quarter| holds(validity, Period::Quarter(year, quarter)))
        }
        Cadence::Monthly => (1..=12).any(|month| holds(validity, Period::Month(year, month))),
        Cadence::Once => {
            let days = days_of(Period::Year(year));
            days.is_some_and(|(first, last)| {
                validity.from <= last && validity.to.is_none_or(|to| to >= first)
            })
        }
    }
}

fn holds(validity: Validity, period: Period) -> bool {
    days_of(period).is_some_and(|(first, last)| {
        validity.from <= first && validity.to.is_none_or(|to| to >= last)
    })
}

fn days_of(period: Period) -> Option<(Date, Date)> {
    period.first_day().zip(period.last_day())
}
