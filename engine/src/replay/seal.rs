//! What is sealed of a sweep: one canonical JSON document beside its result.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zhida_policies::values::Date;

use crate::snapshot::atomic::hex;
use crate::snapshot::{FileEntry, LedgerSummary, canonical_json};
use crate::sweep::{MeasureSummary, SweepSummary};

/// The version of the seal written here, and the only one read.
pub const SEAL_FORMAT: u32 = 1;

/// What went into a sweep and what came out, by digest.
///
/// # Shape
/// Written as canonical JSON, whose SHA-256 is the digest of the seal. No path, time, or name of a
/// machine is in it: the same sweep has the same seal wherever it is run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seal {
    /// [`SEAL_FORMAT`]
    pub format: u32,
    /// The version of the rules' meaning, [`crate::sweep::SEMANTICS_VERSION`] at the time.
    pub semantics: u32,
    /// The assessment year.
    pub year: i32,
    /// The as-of date.
    pub as_of: Date,
    /// The SHA-256 of the snapshot's content.
    pub snapshot: String,
    /// The payments that the snapshot knew, and the position of the log at which they were read.
    pub ledger: LedgerSummary,
    /// The SHA-256 of the policy texts together.
    pub policies: String,
    /// The policy texts, by path.
    pub policy_texts: Vec<SealedText>,
    /// The SHA-256 of what the vocabulary means.
    pub vocabulary: String,
    /// Its text.
    pub vocabulary_text: SealedText,
    /// The code tables: industries, regions, zones.
    pub code_tables: Vec<SealedText>,
    /// What came out.
    pub result: SealedResult,
    /// The files of the result.
    pub files: SealedFiles,
}

/// One text that went into a sweep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedText {
    /// Its path below the folder that was read, with `/`.
    pub path: String,
    /// The SHA-256 of its bytes, which is its name among the inputs.
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
}

/// What came out of a sweep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedResult {
    /// The version of the digest's encoding.
    pub format: u32,
    /// The SHA-256 of the result.
    pub digest: String,
    /// The root over the enterprises with their kept decisions.
    pub root: String,
    /// How many decisions are kept.
    pub kept: u64,
    /// Of how many enterprises.
    pub leaves: u64,
    /// The root over the payable list.
    pub awards_root: String,
    /// How many rows it has.
    pub award_rows: u64,
    /// What may be paid now, in yuan.
    pub payable: String,
    /// In how many awards.
    pub payable_awards: u64,
    /// How many enterprises there were.
    pub enterprises: u64,
    /// The measures in the order of the library.
    pub measures: Vec<SealedMeasure>,
}

/// What one measure came to: counts of decisions, totals in yuan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedMeasure {
    /// `policy-id/measure-id`
    pub measure: String,
    /// Decisions by outcome.
    pub eligible: u64,
    /// A fact is missing.
    pub undetermined: u64,
    /// A condition is false.
    pub ineligible: u64,
    /// The measure does not apply.
    pub not_applicable: u64,
    /// The award cannot be computed.
    pub error: u64,
    /// The awards before limits over several measures or enterprises.
    pub award: String,
    /// The ceilings, where a person decides the amount.
    pub ceiling: String,
    /// What may be paid now.
    pub payable: String,
}

/// The files of a result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedFiles {
    /// The kept decisions.
    pub decisions: FileEntry,
    /// The payable list.
    pub awards: FileEntry,
    /// The summary.
    pub summary: FileEntry,
}

impl Seal {
    /// The document as it is written.
    #[must_use]
    pub fn to_canonical_json(&self) -> String {
        canonical_json(&serde_json::to_value(self).unwrap_or_default())
    }

    /// The SHA-256 of the document.
    #[must_use]
    pub fn digest(&self) -> String {
        hex(&Sha256::digest(self.to_canonical_json().as_bytes()))
    }

    /// The name of its file.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("seal-{}.json", self.result.digest)
    }

    /// All texts that went in.
    pub fn texts(&self) -> impl Iterator<Item = &SealedText> {
        let policies = self.policy_texts.iter();
        let others = std::iter::once(&self.vocabulary_text).chain(&self.code_tables);
        policies.chain(others)
    }
}

impl SealedText {
    /// A text under its path.
    #[must_use]
    pub fn of(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            sha256: hex(&Sha256::digest(text.as_bytes())),
            bytes: u64::try_from(text.len()).unwrap_or(u64::MAX),
        }
    }

    /// The name of its file among the inputs: its digest, and the end of its path for people.
    #[must_use]
    pub fn file_name(&self) -> String {
        let end = self.path.rsplit_once('.').map_or("txt", |(_, end)| end);
        let is_plain = !end.is_empty() && end.chars().all(|c| c.is_ascii_alphanumeric());
        format!("{}.{}", self.sha256, if is_plain { end } else { "txt" })
    }
}

impl SealedResult {
    /// What a summary says, as it is sealed.
    #[must_use]
    pub fn of(summary: &SweepSummary) -> Self {
        Self {
            format: summary.format,
            digest: summary.digest.clone(),
            root: summary.root.clone(),
            kept: summary.kept,
            leaves: summary.leaves,
            awards_root: summary.payable.root.clone(),
            award_rows: summary.payable.rows,
            payable: summary.payable.payable.to_string(),
            payable_awards: summary.payable.payable_awards,
            enterprises: summary.enterprises,
            measures: summary.measures.iter().map(SealedMeasure::of).collect(),
        }
    }
}

impl SealedMeasure {
    fn of(measure: &MeasureSummary) -> Self {
        Self {
            measure: measure.measure.clone(),
            eligible: measure.eligible,
            undetermined: measure.undetermined,
            ineligible: measure.ineligible,
            not_applicable: measure.not_applicable,
            error: measure.error,
            award: measure.award.to_string(),
            ceiling: measure.ceiling.to_string(),
            payable: measure.payable.to_string(),
        }
    }
}
