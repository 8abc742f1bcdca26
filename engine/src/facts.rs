//! What is known of one enterprise, as the evaluators read it.

use std::sync::Arc;

use zhida_policies::measure::MeasureRef;
use zhida_policies::measure::expression::Value;
use zhida_policies::values::{Date, Money, Period, Region};
use zhida_policies::vocabulary::FactId;

use crate::interpreter::PeriodRange;

/// One record of a list fact: a value a field, in the order of the vocabulary; `None` is missing.
pub type Record = Vec<Option<Value>>;

/// What is known of a fact for one period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// The value.
    Known(Value),
    /// The records of a list fact.
    Records(Arc<[Record]>),
    /// Nothing: unknown, never zero, false or a match.
    Missing,
}

/// The facts of one enterprise.
///
/// An implementation has already applied the vocabulary's `absent` rule: it answers `Missing`
/// only where nothing may be assumed.
pub trait Facts {
    /// The enterprise's unified social credit code, for explanations and for the ledger.
    fn enterprise(&self) -> &str;

    /// What is known of a fact for a period. `Period::Status` for facts without period.
    fn read(&self, fact: FactId, period: Period) -> Reading;

    /// What is known of the sum over several periods where only the sum is known; `None` where
    /// the periods are known one by one, which is the rule.
    fn total(&self, fact: FactId, range: PeriodRange) -> Option<Reading> {
        let _ = (fact, range);
        None
    }

    /// The administrative division, where the vocabulary has no fact that says it.
    fn division(&self) -> Option<Region> {
        None
    }

    /// Where the value came from, for people: the file, row or system; empty when unknown.
    fn source(&self, fact: FactId, period: Period) -> String;

    /// What the ledger says was paid to this enterprise for a measure: paid − returned −
    /// recovered. With years, the payments whose award year lies between them; with dates, those
    /// paid between them; all, when neither is given.
    fn paid(&self, measure: &MeasureRef, when: PaidWhen) -> Money;
}

/// Which payments `已付` sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaidWhen {
    /// All of them.
    Always,
    /// Those of one award year.
    Year(i32),
    /// Those paid between two days, both included.
    Dates(Date, Date),
}
