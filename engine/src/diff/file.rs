//! A sweep as it was written to a folder.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use arrow::array::{Array, Int64Array, RecordBatch, StringArray};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use zhida_policies::measure::library::Library;
use zhida_policies::measure::{AwardKind, MeasureRef};
use zhida_policies::values::Money;

use crate::awards::{Claim, ClaimState};
use crate::diff::DiffError;
use crate::snapshot::atomic::hex;
use crate::snapshot::{FileEntry, Snapshot};
use crate::sweep::DecisionKind;

/// How much of a file is read at a time.
const BUFFER_BYTES: usize = 1 << 16;

/// The SHA-256 of the policy texts of a library, as a summary names it.
#[must_use]
pub fn policies_digest(library: &Library) -> String {
    crate::sweep::policies_digest(library)
}

/// What a summary says of its sweep.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SweepHead {
    /// The SHA-256 of the result.
    pub digest: String,
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
    /// The file of kept decisions.
    pub decisions: FileEntry,
    /// The file of the payable list.
    pub awards: FileEntry,
}

/// A sweep in its folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepFile {
    /// The summary.
    pub path: PathBuf,
    /// What it says.
    pub head: SweepHead,
}

impl SweepFile {
    /// Opens the summary at a path, or the only one of a folder.
    ///
    /// # Errors
    /// [`DiffError`] when there is none, or it is not the summary of a sweep.
    pub fn open(path: &Path) -> Result<Self, DiffError> {
        let path = if path.is_dir() {
            only_summary(path)?
        } else {
            path.to_path_buf()
        };
        let text = fs::read_to_string(&path).map_err(|error| DiffError::io(&path, error))?;
        let head = serde_json::from_str(&text).map_err(|error| DiffError::Summary {
            path: path.clone(),
            reason: error.to_string(),
        })?;
        Ok(Self { path, head })
    }

    /// The kept decisions, for the snapshot and the library that they were made of.
    ///
    /// # Errors
    /// [`DiffError`] when the file is not the one that the summary names, or names enterprises or
    /// measures that are not there.
    pub fn claims(&self, snapshot: &Snapshot, library: &Library) -> Result<Vec<Claim>, DiffError> {
        let folder = self.path.parent().unwrap_or_else(|| Path::new("."));
        let path = folder.join(&self.head.decisions.name);
        if digest(&path)? != self.head.decisions.sha256 {
            return Err(DiffError::Digest { path });
        }
        let unreadable = |reason: String| DiffError::Decisions {
            path: path.clone(),
            reason,
        };
        let file = File::open(&path).map_err(|error| DiffError::io(&path, error))?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file)
            .and_then(ParquetRecordBatchReaderBuilder::build)
            .map_err(|error| unreadable(error.to_string()))?;
        let mut claims = Vec::new();
        for batch in reader {
            let batch = batch.map_err(|error| unreadable(error.to_string()))?;
            let columns = Columns::of(&batch)
                .ok_or_else(|| unreadable("缺少一列或一列的类型不对".to_owned()))?;
            for row in 0..batch.num_rows() {
                let unknown = |name: &str| DiffError::Unknown {
                    path: path.clone(),
                    row: claims.len().saturating_add(1),
                    name: name.to_owned(),
                };
                let uscc = columns.uscc.value(row);
                let enterprise = snapshot.find(uscc).ok_or_else(|| unknown(uscc))?;
                let id = columns.measure.value(row);
                let measure = library.measure_index.get(&MeasureRef(id.into()));
                let measure = *measure.ok_or_else(|| unknown(id))?;
                let claim = columns.claim(row, enterprise, measure, library);
                claims.push(claim.ok_or_else(|| unreadable(format!("结论 {id} 不完整")))?);
            }
        }
        // Decisions stand in the order of the snapshot; a settlement takes them so.
        claims.sort_by_key(|claim: &Claim| (claim.row, claim.measure));
        Ok(claims)
    }
}

fn only_summary(folder: &Path) -> Result<PathBuf, DiffError> {
    let io = |error| DiffError::io(folder, error);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        let name = path.file_name().map(|name| name.to_string_lossy());
        if name.is_some_and(|name| name.starts_with("summary-") && name.ends_with(".json")) {
            found.push(path);
        }
    }
    match (found.len(), found.pop()) {
        (1, Some(path)) => Ok(path),
        (found, _) => Err(DiffError::Summaries {
            path: folder.to_path_buf(),
            found,
        }),
    }
}

pub(super) fn digest(path: &Path) -> Result<String, DiffError> {
    let failed = |error| DiffError::io(path, error);
    let mut file = File::open(path).map_err(failed)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0u8; BUFFER_BYTES];
    loop {
        match file.read(&mut buffer).map_err(failed)? {
            0 => return Ok(hex(&hash.finalize())),
            count => hash.update(buffer.get(..count).unwrap_or_default()),
        }
    }
}

struct Columns<'a> {
    uscc: &'a StringArray,
    measure: &'a StringArray,
    outcome: &'a StringArray,
    award: &'a Int64Array,
    ceiling: &'a Int64Array,
    least: &'a Int64Array,
    greatest: &'a Int64Array,
}

impl<'a> Columns<'a> {
    fn of(batch: &'a RecordBatch) -> Option<Self> {
        let text = |name| batch.column_by_name(name)?.as_any().downcast_ref();
        let fen = |name| batch.column_by_name(name)?.as_any().downcast_ref();
        Some(Self {
            uscc: text("uscc")?,
            measure: text("measure")?,
            outcome: text("outcome")?,
            award: fen("award_fen")?,
            ceiling: fen("ceiling_fen")?,
            least: fen("least_fen")?,
            greatest: fen("greatest_fen")?,
        })
    }

    fn claim(
        &self,
        row: usize,
        enterprise: usize,
        measure: usize,
        library: &Library,
    ) -> Option<Claim> {
        let fen = |column: &Int64Array| {
            column
                .is_valid(row)
                .then(|| Money::from_fen(column.value(row)))
        };
        let outcome = self.outcome.value(row);
        let is = |kind: DecisionKind| outcome == kind.word();
        let kind = library.measures.get(measure)?.award.kind;
        let (state, least, greatest) = if is(DecisionKind::Eligible) {
            match kind {
                AwardKind::Amount => {
                    let award = fen(self.award)?;
                    (ClaimState::Eligible, award, award)
                }
                AwardKind::Ceiling => (ClaimState::Ceiling, Money::ZERO, fen(self.ceiling)?),
            }
        } else if is(DecisionKind::Undetermined) {
            let greatest = fen(self.greatest).unwrap_or(Claim::NO_BOUND);
            (ClaimState::Undetermined, fen(self.least)?, greatest)
        } else if is(DecisionKind::Error) {
            (ClaimState::Error, Money::ZERO, Claim::NO_BOUND)
        } else {
            return None;
        };
        Some(Claim {
            row: u32::try_from(enterprise).ok()?,
            measure: u32::try_from(measure).ok()?,
            state,
            least,
            greatest,
        })
    }
}
