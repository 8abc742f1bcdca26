//! What had been paid when the snapshot was taken.

use std::sync::Arc;

use zhida_policies::measure::MeasureRef;
use zhida_policies::values::{Date, Money};

use crate::facts::PaidWhen;
use crate::snapshot::SnapshotError;
use crate::snapshot::digest::texts_digest;

/// One payment, return or recovery.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LedgerEntry {
    /// Who was paid.
    pub uscc: Arc<str>,
    /// For what.
    pub measure: MeasureRef,
    /// The year of the award.
    pub award_year: i32,
    /// When the money moved.
    pub paid_on: Date,
    /// How much; returns and recoveries are negative.
    pub amount: Money,
}

/// The payments known to a snapshot, by enterprise and measure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    entries: Vec<LedgerEntry>,
    position: String,
}

impl Ledger {
    /// A ledger of these entries, in any order, read at this position of the event log.
    ///
    /// # Errors
    /// [`SnapshotError::LedgerOverflow`] when the payments of one enterprise for one measure
    /// could exceed 64-bit fen, so that no later sum can.
    pub fn new(mut entries: Vec<LedgerEntry>, position: String) -> Result<Self, SnapshotError> {
        entries.sort();
        let same = |left: &LedgerEntry, right: &LedgerEntry| {
            left.uscc == right.uscc && left.measure == right.measure
        };
        for group in entries.chunk_by(same) {
            let total = group.iter().try_fold(0i64, |total, entry| {
                total.checked_add(entry.amount.fen().checked_abs()?)
            });
            if let (None, Some(entry)) = (total, group.first()) {
                return Err(SnapshotError::LedgerOverflow {
                    uscc: entry.uscc.to_string(),
                    measure: entry.measure.to_string(),
                });
            }
        }
        Ok(Self { entries, position })
    }

    /// The entries by enterprise, measure, award year and day.
    #[must_use]
    pub fn entries(&self) -> &[LedgerEntry] {
        &self.entries
    }

    /// The position of the event log at which they were read; empty when there was none.
    #[must_use]
    pub fn position(&self) -> &str {
        &self.position
    }

    /// The SHA-256 of the entries.
    #[must_use]
    pub fn digest(&self) -> String {
        let texts = self.entries.iter().map(|entry| {
            let LedgerEntry {
                uscc,
                measure,
                award_year,
                paid_on,
                amount,
            } = entry;
            format!(
                "{uscc}\t{measure}\t{award_year}\t{paid_on}\t{}",
                amount.fen()
            )
        });
        let texts: Vec<String> = texts.collect();
        texts_digest(texts.iter().map(String::as_str))
    }

    /// Paid − returned − recovered.
    #[must_use]
    pub fn paid(&self, uscc: &str, measure: &MeasureRef, when: PaidWhen) -> Money {
        let start = self
            .entries
            .partition_point(|entry| (&*entry.uscc, &entry.measure) < (uscc, measure));
        let mine = self.entries.iter().skip(start);
        let mine = mine.take_while(|entry| *entry.uscc == *uscc && entry.measure == *measure);
        let fen = mine
            .filter(|entry| falls(entry, when))
            .fold(0i64, |sum, entry| {
                // `new` has bounded the sum of absolute amounts.
                sum.saturating_add(entry.amount.fen())
            });
        Money::from_fen(fen)
    }
}

fn falls(entry: &LedgerEntry, when: PaidWhen) -> bool {
    match when {
        PaidWhen::Always => true,
        PaidWhen::Year(year) => entry.award_year == year,
        PaidWhen::Dates(first, last) => first <= entry.paid_on && entry.paid_on <= last,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(uscc: &str, measure: &str, year: i32, day: &str, fen: i64) -> LedgerEntry {
        LedgerEntry {
            uscc: Arc::from(uscc),
            measure: MeasureRef(Arc::from(measure)),
            award_year: year,
            paid_on: day.parse().unwrap(),
            amount: Money::from_fen(fen),
        }
    }

    #[test]
    fn sums_what_falls_into_the_window() {
        let ledger = Ledger::new(
            vec![
                entry("B", "p/m", 2025, "2025-06-30", 1_000),
                entry("A", "p/m", 2025, "2025-07-01", 300),
                entry("A", "p/m", 2024, "2024-12-31", 500),
                entry("A", "p/m", 2024, "2025-01-15", -200),
                entry("A", "p/n", 2024, "2024-12-31", 9),
            ],
            String::new(),
        )
        .unwrap();
        let paid = |uscc, measure: &str, when| {
            ledger
                .paid(uscc, &MeasureRef(Arc::from(measure)), when)
                .fen()
        };
        assert_eq!(paid("A", "p/m", PaidWhen::Always), 600);
        assert_eq!(paid("A", "p/m", PaidWhen::Year(2024)), 300);
        let first_half =
            PaidWhen::Dates("2025-01-01".parse().unwrap(), "2025-06-30".parse().unwrap());
        assert_eq!(paid("A", "p/m", first_half), -200);
        assert_eq!(paid("B", "p/m", first_half), 1_000);
        assert_eq!(paid("C", "p/m", PaidWhen::Always), 0);
        assert_eq!(paid("A", "p/x", PaidWhen::Always), 0);
    }

    #[test]
    fn sums_beyond_64_bits_are_refused() {
        let entries = vec![
            entry("A", "p/m", 2025, "2025-01-01", i64::MAX),
            entry("A", "p/m", 2025, "2025-01-02", 1),
        ];
        let error = Ledger::new(entries, String::new()).unwrap_err();
        assert!(matches!(error, SnapshotError::LedgerOverflow { .. }));
    }
}
