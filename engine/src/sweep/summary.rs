//! What a sweep found, measure by measure.

use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};
use zhida_policies::measure::library::Library;
use zhida_policies::values::Money;

use crate::interpreter::Context;
use crate::snapshot::Snapshot;
use crate::snapshot::atomic::hex;
use crate::sweep::record::{DecisionKind, DecisionRecord};

/// An amount in fen that may exceed 64 bits, shown in yuan with two decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct TotalFen(i128);

impl TotalFen {
    /// Shown with its thousands apart, like [`Money::grouped`].
    pub(crate) fn grouped(self) -> String {
        let text = self.to_string();
        let (yuan, fen) = text.split_once('.').unwrap_or((&text, "00"));
        let mut grouped = String::new();
        for (index, digit) in yuan.chars().enumerate() {
            let left = yuan.len().saturating_sub(index);
            if index > 0 && left.is_multiple_of(3) && !grouped.ends_with('-') {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        format!("{grouped}.{fen}")
    }

    pub(crate) fn of(fen: i128) -> Self {
        Self(fen)
    }

    /// The total in fen.
    #[must_use]
    pub fn fen(self) -> i128 {
        self.0
    }

    pub(crate) fn add(&mut self, amount: Option<Money>) {
        // Fewer than 2⁶³ amounts of 64 bits cannot exceed 128.
        self.0 = self
            .0
            .saturating_add(amount.map_or(0, |money| i128::from(money.fen())));
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.0 = self.0.saturating_add(other.0);
    }
}

impl std::fmt::Display for TotalFen {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let whole = self.0.unsigned_abs();
        let (yuan, fen) = (whole.checked_div(100), whole.checked_rem(100));
        let sign = if self.0 < 0 { "-" } else { "" };
        formatter.pad(&format!(
            "{sign}{}.{:02}",
            yuan.unwrap_or(0),
            fen.unwrap_or(0)
        ))
    }
}

impl Serialize for TotalFen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What one measure came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MeasureSummary {
    /// `policy-id/measure-id`
    pub measure: String,
    /// Enterprises that are eligible.
    pub eligible: u64,
    /// Enterprises of which a fact is missing.
    pub undetermined: u64,
    /// Enterprises that are not eligible.
    pub ineligible: u64,
    /// Enterprises that the measure does not apply to.
    pub not_applicable: u64,
    /// Decisions that could not be computed.
    pub error: u64,
    /// The awards of the eligible, before limits over several measures or enterprises.
    pub award: TotalFen,
    /// The ceilings of the eligible, where a person decides the amount.
    pub ceiling: TotalFen,
}

impl MeasureSummary {
    pub(crate) fn count(&mut self, kind: DecisionKind) {
        let count = match kind {
            DecisionKind::NotApplicable => &mut self.not_applicable,
            DecisionKind::Ineligible => &mut self.ineligible,
            DecisionKind::Undetermined => &mut self.undetermined,
            DecisionKind::Eligible => &mut self.eligible,
            DecisionKind::Error => &mut self.error,
        };
        *count = count.saturating_add(1);
    }

    pub(crate) fn award(&mut self, record: &DecisionRecord) {
        self.award.add(record.award);
        self.ceiling.add(record.ceiling);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (count, more) in [
            (&mut self.eligible, other.eligible),
            (&mut self.undetermined, other.undetermined),
            (&mut self.ineligible, other.ineligible),
            (&mut self.not_applicable, other.not_applicable),
            (&mut self.error, other.error),
        ] {
            *count = count.saturating_add(more);
        }
        self.award.merge(other.award);
        self.ceiling.merge(other.ceiling);
    }
}

/// What a sweep found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SweepSummary {
    /// The version of the digest's encoding.
    pub format: u32,
    /// The SHA-256 of the result.
    pub digest: String,
    /// The SHA-256 of the snapshot.
    pub snapshot: String,
    /// The assessment year.
    pub year: i32,
    /// The as-of date.
    pub as_of: String,
    /// How many enterprises there were.
    pub enterprises: u64,
    /// The measures in the order of the library.
    pub measures: Vec<MeasureSummary>,
    /// All measures together; its name is empty.
    pub total: MeasureSummary,
}

/// The version of the digest's encoding.
pub const RESULT_FORMAT: u32 = 1;

/// The digest of a result while its rows arrive.
///
/// # Shape
/// SHA-256 over the format, the snapshot's digest, year and as-of date, the names of the measures,
/// each kept decision in order, and the counts of each measure. Texts and options carry their
/// length or presence, integers are little-endian.
pub(crate) struct ResultDigest(Sha256);

impl ResultDigest {
    pub(crate) fn new(snapshot: &Snapshot, library: &Library, context: Context) -> Self {
        let mut digest = Self(Sha256::new());
        digest.0.update(RESULT_FORMAT.to_le_bytes());
        digest.text(snapshot.digest());
        digest.0.update(context.year.to_le_bytes());
        digest.text(&context.as_of.to_string());
        digest.count(library.measures.len());
        for measure in &library.measures {
            digest.text(&measure.id.0);
        }
        digest
    }

    pub(crate) fn record(&mut self, uscc: &str, record: &DecisionRecord) {
        self.text(uscc);
        self.count(record.measure);
        self.text(record.kind.word());
        for amount in [record.award, record.ceiling, record.least, record.greatest] {
            self.0.update([u8::from(amount.is_some())]);
            self.0.update(amount.map_or(0, Money::fen).to_le_bytes());
        }
        self.0.update(
            record
                .reason
                .map_or(0, crate::decision::Reason::code)
                .to_le_bytes(),
        );
        self.text(&record.missing);
    }

    pub(crate) fn finish(mut self, measures: &[MeasureSummary]) -> String {
        self.text("counts");
        for measure in measures {
            let counts = [
                measure.eligible,
                measure.undetermined,
                measure.ineligible,
                measure.not_applicable,
                measure.error,
            ];
            counts
                .iter()
                .for_each(|count| self.0.update(count.to_le_bytes()));
        }
        hex(&self.0.finalize())
    }

    fn count(&mut self, count: usize) {
        self.0
            .update(u64::try_from(count).unwrap_or(u64::MAX).to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.update(text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_shown_in_yuan() {
        for (fen, shown) in [
            (0, "0.00"),
            (5, "0.05"),
            (12_345, "123.45"),
            (-101, "-1.01"),
        ] {
            assert_eq!(TotalFen(fen).to_string(), shown);
        }
        let large = TotalFen(i128::from(i64::MAX) * 1_000_000);
        assert_eq!(large.to_string(), "92233720368547758070000.00");
    }
}
