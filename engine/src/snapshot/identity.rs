//! Who the rows are and where they came from.

use std::sync::{Arc, OnceLock};

use arrow::array::{Array, ArrayRef, StringArray, UInt32Array};
use arrow::datatypes::{DataType, Field};

use crate::snapshot::SnapshotError;
use crate::snapshot::arrow_form::downcast;
use crate::snapshot::digest::texts_digest;
use crate::snapshot::manifest::{ColumnEntry, Source};

/// The columns that every snapshot has. Fact columns carry a `@`, so that none can be mistaken.
const NAMES: [&str; 4] = ["uscc", "name", "source_file", "source_row"];

/// The row of a file, as a spreadsheet numbers it: the header is row 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceRow {
    /// The number of the file in the snapshot's sources.
    pub file: u32,
    /// The row.
    pub row: u32,
}

/// The fixed columns.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    uscc: StringArray,
    name: StringArray,
    file: UInt32Array,
    row: UInt32Array,
    /// The rows by code, sorted when somebody is first looked up.
    by_uscc: OnceLock<Arc<[u32]>>,
}

impl Identity {
    pub(crate) fn new(
        enterprises: &[(Arc<str>, Arc<str>, Option<SourceRow>)],
        order: &[u32],
        sources: &[Source],
    ) -> Self {
        let rows = || {
            order
                .iter()
                .filter_map(|row| enterprises.get(usize::try_from(*row).ok()?))
        };
        let known = |source: &SourceRow| {
            usize::try_from(source.file).is_ok_and(|file| file < sources.len())
        };
        let source = |row: &Option<SourceRow>| row.filter(known);
        Self::from_columns(
            rows().map(|(uscc, ..)| Some(&**uscc)).collect(),
            rows().map(|(_, name, _)| Some(&**name)).collect(),
            rows()
                .map(|(.., row)| source(row).map(|source| source.file))
                .collect(),
            rows()
                .map(|(.., row)| source(row).map(|source| source.row))
                .collect(),
        )
    }

    fn from_columns(
        uscc: StringArray,
        name: StringArray,
        file: UInt32Array,
        row: UInt32Array,
    ) -> Self {
        Self {
            uscc,
            name,
            file,
            row,
            by_uscc: OnceLock::new(),
        }
    }

    /// How many enterprises there are.
    pub(crate) fn len(&self) -> usize {
        self.uscc.len()
    }

    /// The code of a row.
    pub(crate) fn uscc(&self, row: usize) -> &str {
        if row < self.uscc.len() {
            self.uscc.value(row)
        } else {
            ""
        }
    }

    /// The name of a row; empty when unknown.
    pub(crate) fn name(&self, row: usize) -> &str {
        if row < self.name.len() {
            self.name.value(row)
        } else {
            ""
        }
    }

    /// Where a row came from.
    pub(crate) fn source(&self, row: usize) -> Option<SourceRow> {
        let known = row < self.file.len() && self.file.is_valid(row) && self.row.is_valid(row);
        known.then(|| SourceRow {
            file: self.file.value(row),
            row: self.row.value(row),
        })
    }

    /// The row of an enterprise.
    pub(crate) fn find(&self, uscc: &str) -> Option<usize> {
        let at = |row: &u32| self.uscc(usize::try_from(*row).unwrap_or(usize::MAX));
        let rows = self.by_uscc.get_or_init(|| self.sorted());
        let place = rows.binary_search_by(|row| at(row).cmp(uscc)).ok()?;
        usize::try_from(*rows.get(place)?).ok()
    }

    /// The rows in the order of their codes.
    fn sorted(&self) -> Arc<[u32]> {
        let mut rows: Vec<(&str, u32)> = self.uscc.iter().flatten().zip(0u32..).collect();
        rows.sort_unstable();
        rows.into_iter().map(|(_, row)| row).collect()
    }

    /// What the manifest says of the columns that belong to the content.
    pub(crate) fn entries(&self) -> [ColumnEntry; 2] {
        let entry = |name: &str, values: &StringArray| ColumnEntry {
            name: name.to_owned(),
            kind: "text".to_owned(),
            known: u64::try_from(values.len()).unwrap_or(u64::MAX),
            digest: texts_digest(
                std::iter::once(name).chain(values.iter().map(Option::unwrap_or_default)),
            ),
        };
        let (uscc, name) = rayon::join(|| entry("uscc", &self.uscc), || entry("name", &self.name));
        [uscc, name]
    }

    /// The columns for the file.
    pub(crate) fn to_arrow(&self) -> Vec<(Field, ArrayRef)> {
        let [uscc, name, file, row] = NAMES;
        vec![
            (
                Field::new(uscc, DataType::Utf8, false),
                Arc::new(self.uscc.clone()),
            ),
            (
                Field::new(name, DataType::Utf8, false),
                Arc::new(self.name.clone()),
            ),
            (
                Field::new(file, DataType::UInt32, true),
                Arc::new(self.file.clone()),
            ),
            (
                Field::new(row, DataType::UInt32, true),
                Arc::new(self.row.clone()),
            ),
        ]
    }

    /// The columns of a file.
    pub(crate) fn from_arrow(batch: &arrow::array::RecordBatch) -> Result<Self, SnapshotError> {
        let [uscc, name, file, row] = NAMES;
        Ok(Self::from_columns(
            column(batch, uscc)?,
            column(batch, name)?,
            column(batch, file)?,
            column(batch, row)?,
        ))
    }
}

fn column<T: Array + Clone + 'static>(
    batch: &arrow::array::RecordBatch,
    name: &str,
) -> Result<T, SnapshotError> {
    let missing = || SnapshotError::Shape {
        column: name.to_owned(),
        reason: "缺这一列".to_owned(),
    };
    downcast(name, batch.column_by_name(name).ok_or_else(missing)?)
}
