//! What a sweep found, measure by measure.

use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};
use zhida_policies::measure::library::Library;
use zhida_policies::measure::{AwardKind, Measure};

use crate::awards::AwardTotals;
use crate::column::MeasureCounts;
use crate::snapshot::atomic::hex;
use crate::snapshot::digest::texts_digest;
use crate::sweep::payable::PayableSummary;
use zhida_policies::values::Money;

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

    /// A total in fen.
    #[must_use]
    pub fn of(fen: i128) -> Self {
        Self(fen)
    }

    /// The total without its sign.
    #[must_use]
    pub fn magnitude(self) -> Self {
        Self(self.0.saturating_abs())
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
    /// What may be paid now, after all limits.
    pub payable: TotalFen,
    /// Awards of which something may be paid now.
    pub payable_awards: u64,
    /// Awards of the eligible that someone else's open decision could change.
    pub provisional: u64,
}

impl MeasureSummary {
    /// The counts of a measure under its name.
    pub(crate) fn new(measure: &Measure, counts: &MeasureCounts, settled: &AwardTotals) -> Self {
        let total = TotalFen(counts.total_fen);
        let (award, ceiling) = match measure.award.kind {
            AwardKind::Amount => (total, TotalFen::default()),
            AwardKind::Ceiling => (TotalFen::default(), total),
        };
        Self {
            measure: measure.id.to_string(),
            eligible: counts.eligible,
            undetermined: counts.undetermined,
            ineligible: counts.ineligible,
            not_applicable: counts.not_applicable,
            error: counts.error,
            award,
            ceiling,
            payable: settled.payable,
            payable_awards: settled.payable_awards,
            provisional: settled.provisional,
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (count, more) in [
            (&mut self.eligible, other.eligible),
            (&mut self.undetermined, other.undetermined),
            (&mut self.ineligible, other.ineligible),
            (&mut self.not_applicable, other.not_applicable),
            (&mut self.error, other.error),
            (&mut self.payable_awards, other.payable_awards),
            (&mut self.provisional, other.provisional),
        ] {
            *count = count.saturating_add(more);
        }
        self.award.merge(other.award);
        self.ceiling.merge(other.ceiling);
        self.payable.merge(other.payable);
    }
}

/// How much of a sweep the reference interpreter did, because columns could not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ReferenceUse {
    /// Decisions of one enterprise and one measure that it made.
    pub decisions: u64,
    /// Nodes of the plan that are left to it.
    pub nodes: u64,
    /// The same by measure, where there is any.
    pub measures: Vec<MeasureReferenceUse>,
}

/// How much of one measure the reference interpreter did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MeasureReferenceUse {
    /// `policy-id/measure-id`
    pub measure: String,
    /// Enterprises whose decision it made.
    pub decisions: u64,
    /// Nodes of the measure that are left to it, each counted with every measure that has it.
    pub nodes: u64,
}

/// What a sweep found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SweepSummary {
    /// The version of the digest's encoding.
    pub format: u32,
    /// The version of the rules' meaning.
    pub semantics: u32,
    /// The SHA-256 of the result.
    pub digest: String,
    /// The root of the Merkle tree over the enterprises with their kept decisions (RFC 6962,
    /// SHA-256).
    pub root: String,
    /// How many decisions are kept row by row.
    pub kept: u64,
    /// Of how many enterprises decisions are kept: the leaves of both trees.
    pub leaves: u64,
    /// The SHA-256 of the snapshot.
    pub snapshot: String,
    /// The SHA-256 of the policy texts.
    pub policies: String,
    /// The SHA-256 of the vocabulary.
    pub vocabulary: String,
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
    /// What the settlement came to: the payable list and its funds.
    pub payable: PayableSummary,
    /// What was left to the reference interpreter; not part of the digest.
    pub reference: ReferenceUse,
}

/// The version of the digest's encoding.
pub const RESULT_FORMAT: u32 = 4;

/// The version of the rules' meaning: raised when the same policies over the same facts come out
/// differently. What the first version means is settled by the first release; until then it is
/// mended where it is wrong, and CHANGELOG.md says so.
pub const SEMANTICS_VERSION: u32 = 1;

impl SweepSummary {
    /// The SHA-256 of a result.
    ///
    /// # Shape
    /// SHA-256 over [`RESULT_FORMAT`], [`SEMANTICS_VERSION`], the digests of snapshot, policies
    /// and vocabulary, year, as-of date, enterprises, each measure by name with its five counts
    /// (not applicable, ineligible, undetermined, eligible, error) and its total of awards or
    /// ceilings in fen (128 bits), the number of kept decisions, of their enterprises and their
    /// root; then each measure's payable total in fen (128 bits), the number of rows of the payable
    /// list and their root, and each fund by name with its budget and what was paid, claimed,
    /// granted and left in fen (128 bits). Texts begin with their length in 64 bits; integers are
    /// little-endian.
    pub(crate) fn result_digest(&self) -> String {
        let mut hash = Sha256::new();
        let text = |text: &str, hash: &mut Sha256| {
            let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
            hash.update(length.to_le_bytes());
            hash.update(text.as_bytes());
        };
        hash.update(self.format.to_le_bytes());
        hash.update(self.semantics.to_le_bytes());
        text(&self.snapshot, &mut hash);
        text(&self.policies, &mut hash);
        text(&self.vocabulary, &mut hash);
        hash.update(self.year.to_le_bytes());
        text(&self.as_of, &mut hash);
        hash.update(self.enterprises.to_le_bytes());
        let measures = u64::try_from(self.measures.len()).unwrap_or(u64::MAX);
        hash.update(measures.to_le_bytes());
        for measure in &self.measures {
            text(&measure.measure, &mut hash);
            for count in [
                measure.not_applicable,
                measure.ineligible,
                measure.undetermined,
                measure.eligible,
                measure.error,
            ] {
                hash.update(count.to_le_bytes());
            }
            hash.update(measure.award.0.to_le_bytes());
            hash.update(measure.ceiling.0.to_le_bytes());
        }
        hash.update(self.kept.to_le_bytes());
        hash.update(self.leaves.to_le_bytes());
        text(&self.root, &mut hash);
        for measure in &self.measures {
            hash.update(measure.payable.0.to_le_bytes());
        }
        hash.update(self.payable.rows.to_le_bytes());
        text(&self.payable.root, &mut hash);
        let funds = u64::try_from(self.payable.funds.len()).unwrap_or(u64::MAX);
        hash.update(funds.to_le_bytes());
        for fund in &self.payable.funds {
            text(&fund.fund, &mut hash);
            for total in [
                fund.budget,
                fund.paid,
                fund.claimed,
                fund.granted,
                fund.left,
            ] {
                hash.update(total.0.to_le_bytes());
            }
        }
        hex(&hash.finalize())
    }
}

/// The SHA-256 of the texts of all policies, whatever their files are called.
pub(crate) fn policies_digest(library: &Library) -> String {
    let mut texts: Vec<&str> = library.files.iter().map(|file| &*file.text).collect();
    texts.sort_unstable();
    texts_digest(texts.into_iter())
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
