//! All facts known at one instant, frozen.
//!
//! A snapshot is an immutable table: one row per enterprise, one column per fact and period, on
//! Arrow arrays. It is named by the SHA-256 of what it says, which depends neither on the order
//! of its input nor on how its files are written, and opening one proves that nothing has
//! changed since. It never reads a clock, and it does not decide anything.

mod arrow_form;
pub(crate) mod atomic;
mod builder;
mod cell;
mod column;
mod column_encoding;
mod decimal;
pub(crate) mod digest;
mod error;
mod identity;
mod json;
mod ledger;
mod manifest;
mod number_column;
pub(crate) mod parquet_file;
mod pending;
mod row;
mod schema;
mod store;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use zhida_policies::vocabulary::Vocabulary;

pub use builder::{EnterpriseRow, SnapshotBuilder};
pub use cell::{Cell, Shape};
pub use column::{Column, ListColumn, SetColumn, TextColumn};
pub use decimal::{DIGITS_MAX, DecimalError, FiniteDecimal};
pub use error::SnapshotError;
pub use identity::SourceRow;
pub use json::{canonical_digest, canonical_json};
pub use ledger::{Ledger, LedgerEntry};
pub use manifest::{
    ColumnEntry, FORMAT_VERSION, FileEntry, Files, LedgerSummary, MANIFEST_NAME, Manifest, Quality,
    Source,
};
pub use number_column::NumberColumn;
pub use parquet_file::ROW_GROUP_ROWS;
pub use row::Row;
pub use schema::{ColumnKey, shape, vocabulary_digest};

use identity::Identity;

/// One fact for one period, of all enterprises, with its name and digest.
#[derive(Clone, Debug)]
pub struct FactColumn {
    /// Its place.
    pub key: ColumnKey,
    /// Its name in files.
    pub name: String,
    /// Its values.
    pub values: Column,
    /// The SHA-256 of its content.
    pub digest: String,
}

/// All facts known at one instant, frozen.
///
/// # Shape
/// Rows by region, then industry, then unified social credit code, as texts; a missing region or
/// industry comes first. A column without any known value is left out.
#[derive(Clone, Debug)]
pub struct Snapshot {
    vocabulary: Arc<Vocabulary>,
    identity: Identity,
    columns: Vec<FactColumn>,
    places: BTreeMap<ColumnKey, usize>,
    ledger: Ledger,
    manifest: Manifest,
}

impl Snapshot {
    fn new(
        vocabulary: Arc<Vocabulary>,
        identity: Identity,
        columns: Vec<FactColumn>,
        ledger: Ledger,
        manifest: Manifest,
    ) -> Self {
        let places = columns
            .iter()
            .enumerate()
            .map(|(place, column)| (column.key, place));
        let places = places.collect();
        Self {
            vocabulary,
            identity,
            columns,
            places,
            ledger,
            manifest,
        }
    }

    /// How many enterprises there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.identity.len()
    }

    /// Whether there is no enterprise.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The SHA-256 of the content.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.manifest.digest
    }

    /// What the snapshot says of itself. Its `files` are empty until it is written.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The facts that the columns speak of.
    #[must_use]
    pub fn vocabulary(&self) -> &Arc<Vocabulary> {
        &self.vocabulary
    }

    /// The fact columns, by name.
    #[must_use]
    pub fn columns(&self) -> &[FactColumn] {
        &self.columns
    }

    /// The values of a fact for a period; `None` when nothing is known of any enterprise.
    #[must_use]
    pub fn column(&self, key: ColumnKey) -> Option<&Column> {
        let place = self.places.get(&key)?;
        self.columns.get(*place).map(|column| &column.values)
    }

    /// The payments known.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// One enterprise. Past the end nothing is known.
    #[must_use]
    pub fn row(&self, row: usize) -> Row<'_> {
        Row::new(self, row)
    }

    /// The row of an enterprise.
    #[must_use]
    pub fn find(&self, uscc: &str) -> Option<usize> {
        self.identity.find(uscc)
    }

    /// The unified social credit code of a row.
    #[must_use]
    pub fn uscc(&self, row: usize) -> &str {
        self.identity.uscc(row)
    }

    /// The registered name of a row; empty when unknown.
    #[must_use]
    pub fn name(&self, row: usize) -> &str {
        self.identity.name(row)
    }

    /// Where a row came from, for people: `enterprises.csv 第 12 行`; empty when unknown.
    #[must_use]
    pub fn source_text(&self, row: usize) -> String {
        let text = self.identity.source(row).and_then(|source| {
            let file = self
                .manifest
                .sources
                .get(usize::try_from(source.file).ok()?)?;
            Some(format!("{} 第 {} 行", file.name, source.row))
        });
        text.unwrap_or_default()
    }

    /// The identity columns.
    fn identity(&self) -> &Identity {
        &self.identity
    }
}
