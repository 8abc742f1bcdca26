//! When the money of a measure falls due, as far as its policy says.
//!
//! The notation has no statement for the day of payment, and none is made up here. What is known:
//!
//! * A monthly or quarterly measure that reads months or quarters of the assessment year cannot be
//!   decided before the last of them has ended: its money falls due in the month after.
//! * A yearly measure, or one in several years, is decided after the assessment year: its money
//!   falls due in the next year, in a month that is not stated.
//! * A later instalment under a condition that reads a later year falls due after that year.
//! * Everything else, a measure awarded once and an instalment without such a condition, has no
//!   stated time.

use zhida_policies::measure::Measure;
use zhida_policies::measure::expression::Expr;
use zhida_policies::syntax::words::Cadence;
use zhida_policies::values::Period;

use crate::interpreter::PeriodRange;
use crate::rule_reads::RuleReads;

/// When money falls due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// In a month of a year.
    Month(i32, u8),
    /// In a year, in a month that the policy does not state.
    Year(i32),
    /// The policy does not state it.
    Unstated,
}

/// When each instalment of a measure falls due; one entry where it has none.
#[must_use]
pub fn due(measure: &Measure, year: i32) -> Vec<Due> {
    let mut dues = vec![first(measure, year)];
    let later = measure.instalments.iter().skip(1);
    dues.extend(later.map(|instalment| {
        let condition = instalment.condition.as_ref();
        condition.map_or(Due::Unstated, |condition| {
            later_due(measure, condition, year)
        })
    }));
    dues
}

fn first(measure: &Measure, year: i32) -> Due {
    match measure.cadence {
        Cadence::Monthly | Cadence::Quarterly => {
            let reads = RuleReads::of_measure(measure);
            let within = ends(&reads, year).filter(|end| match end {
                Period::Quarter(of, _) | Period::Month(of, _) => *of == year,
                Period::Status | Period::Year(_) => false,
            });
            within.map(after).max().unwrap_or(Due::Unstated)
        }
        Cadence::Yearly | Cadence::EveryYears(_) => Due::Year(year.saturating_add(1)),
        Cadence::Once => Due::Unstated,
    }
}

fn later_due(measure: &Measure, condition: &Expr, year: i32) -> Due {
    let reads = RuleReads::of([condition], &measure.bindings);
    let later = ends(&reads, year).filter(|end| match end {
        Period::Quarter(of, _) | Period::Month(of, _) | Period::Year(of) => *of > year,
        Period::Status => false,
    });
    // A year ends after its months.
    later.map(after).max_by_key(order).unwrap_or(Due::Unstated)
}

/// The last periods of what is read.
fn ends(reads: &RuleReads<'_>, year: i32) -> impl Iterator<Item = Period> {
    let facts = reads.facts.iter();
    facts.map(move |read| PeriodRange::of(read.period, year).last)
}

/// When what needs a whole period can fall due.
fn after(period: Period) -> Due {
    let month_after = |year: i32, month: u8| match month {
        12.. => Due::Month(year.saturating_add(1), 1),
        month => Due::Month(year, month.saturating_add(1)),
    };
    match period {
        Period::Status => Due::Unstated,
        Period::Year(year) => Due::Year(year.saturating_add(1)),
        Period::Quarter(year, quarter) => month_after(year, quarter.saturating_mul(3)),
        Period::Month(year, month) => month_after(year, month),
    }
}

/// By year, the stated months first; what is not stated last.
pub(super) fn order(due: &Due) -> (i32, u8) {
    match due {
        Due::Month(year, month) => (*year, *month),
        Due::Year(year) => (*year, 13),
        Due::Unstated => (i32::MAX, 14),
    }
}
