//! What a snapshot says of itself: one canonical JSON document beside its files.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use zhida_policies::values::Date;

use crate::snapshot::json::{canonical_digest, canonical_json};

/// The version of the format written here, and the only one read.
pub const FORMAT_VERSION: u32 = 1;

/// The name of the manifest in its folder.
pub const MANIFEST_NAME: &str = "manifest.json";

/// What a snapshot says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT_VERSION`]
    pub format: u32,
    /// The SHA-256 of the content; it names the files.
    pub digest: String,
    /// The SHA-256 of the vocabulary at import.
    pub vocabulary: String,
    /// The assessment year of the import.
    pub year: i32,
    /// The day whose status the facts without period give.
    pub as_of: Option<Date>,
    /// How many enterprises there are.
    pub enterprises: u64,
    /// The columns by name.
    pub columns: Vec<ColumnEntry>,
    /// Where the data came from.
    pub sources: Vec<Source>,
    /// What the import found, by reason.
    pub quality: Quality,
    /// The payments known.
    pub ledger: LedgerSummary,
    /// The files written.
    pub files: Files,
    /// The SHA-256 of this document without this field.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub seal: String,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnEntry {
    /// Its name: `uscc`, `name`, or `fact@period`.
    pub name: String,
    /// The kind of its values.
    pub kind: String,
    /// How many rows are known.
    pub known: u64,
    /// The SHA-256 of its content.
    pub digest: String,
}

/// One file that was imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its name, without the folder.
    pub name: String,
    /// The SHA-256 of its bytes.
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
    /// The encoding it was read in.
    pub encoding: String,
}

/// A summary of the import report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quality {
    /// Data rows read.
    pub rows_read: u64,
    /// Rows refused as a whole.
    pub rows_refused: u64,
    /// Cells that became missing because they could not be read.
    pub cells_refused: u64,
    /// Findings by code of reason.
    pub findings: BTreeMap<String, u64>,
}

/// A summary of the ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerSummary {
    /// The position of the event log; empty when there was none.
    pub position: String,
    /// How many entries there are.
    pub entries: u64,
    /// The SHA-256 of the entries.
    pub digest: String,
}

/// The files of a snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// The facts.
    pub facts: FileEntry,
    /// The payments; absent when there are none.
    pub ledger: Option<FileEntry>,
}

/// One file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Its name in the folder.
    pub name: String,
    /// The SHA-256 of its bytes.
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
}

impl Manifest {
    /// The digest that the content has: of format, vocabulary, year, as-of date, columns and
    /// ledger. Sources, report and files do not count.
    #[must_use]
    pub fn content_digest(&self) -> String {
        let columns: Vec<serde_json::Value> = self
            .columns
            .iter()
            .map(|column| serde_json::json!([column.name, column.kind, column.digest]))
            .collect();
        canonical_digest(&serde_json::json!({
            "format": self.format,
            "vocabulary": self.vocabulary,
            "year": self.year,
            "as_of": self.as_of.map(|day| day.to_string()),
            "enterprises": self.enterprises,
            "columns": columns,
            "ledger": [self.ledger.position, self.ledger.digest],
        }))
    }

    /// The seal that this document should carry.
    #[must_use]
    pub fn expected_seal(&self) -> String {
        let unsealed = Self {
            seal: String::new(),
            ..self.clone()
        };
        canonical_digest(&serde_json::to_value(unsealed).unwrap_or_default())
    }

    /// The document as it is written.
    #[must_use]
    pub fn to_canonical_json(&self) -> String {
        canonical_json(&serde_json::to_value(self).unwrap_or_default())
    }
}
