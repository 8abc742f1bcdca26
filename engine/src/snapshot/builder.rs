//! Putting a snapshot together, row by row, in any order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;
use zhida_policies::values::Date;
use zhida_policies::vocabulary::{FactId, Vocabulary};

use crate::snapshot::cell::{Cell, Shape};
use crate::snapshot::column::Column;
use crate::snapshot::digest::column_digest;
use crate::snapshot::identity::{Identity, SourceRow};
use crate::snapshot::ledger::Ledger;
use crate::snapshot::manifest::{
    ColumnEntry, FORMAT_VERSION, Files, LedgerSummary, Manifest, Quality, Source,
};
use crate::snapshot::pending::{Pending, PushError};
use crate::snapshot::schema::{ColumnKey, shape, vocabulary_digest};
use crate::snapshot::{FactColumn, Snapshot, SnapshotError};
use zhida_policies::values::Period;

/// One enterprise on its way into a snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnterpriseRow {
    /// Its unified social credit code.
    pub uscc: String,
    /// Its registered name; empty when unknown.
    pub name: String,
    /// Where the row came from.
    pub source: Option<SourceRow>,
    /// One cell for each column of the builder, in the order in which they were added.
    pub cells: Vec<Cell>,
}

/// A snapshot in the making.
///
/// # Shape
/// First the columns, then the rows, then [`SnapshotBuilder::finish`]. The order of rows and
/// columns does not show in the result.
#[derive(Debug)]
pub struct SnapshotBuilder {
    vocabulary: Arc<Vocabulary>,
    year: i32,
    as_of: Option<Date>,
    columns: Vec<(ColumnKey, Pending)>,
    enterprises: Vec<(Arc<str>, Arc<str>, Option<SourceRow>)>,
    seen: BTreeSet<Arc<str>>,
    sources: Vec<Source>,
    quality: Quality,
    ledger: Ledger,
}

impl SnapshotBuilder {
    /// An empty snapshot for an assessment year.
    #[must_use]
    pub fn new(vocabulary: Arc<Vocabulary>, year: i32, as_of: Option<Date>) -> Self {
        Self {
            vocabulary,
            year,
            as_of,
            columns: Vec::new(),
            enterprises: Vec::new(),
            seen: BTreeSet::new(),
            sources: Vec::new(),
            quality: Quality::default(),
            ledger: Ledger::default(),
        }
    }

    /// Adds a column and answers its place in the cells of each row.
    ///
    /// # Errors
    /// [`SnapshotError::Shape`] when the fact has another kind of period, the column is there
    /// already, or rows have been added.
    pub fn add_column(&mut self, key: ColumnKey) -> Result<usize, SnapshotError> {
        let wrong = |reason: &str| SnapshotError::Shape {
            column: key.name(&self.vocabulary),
            reason: reason.to_owned(),
        };
        let fact = self.vocabulary.fact(key.fact);
        if fact.period != key.period.kind() {
            return Err(wrong("期间与词汇表不符"));
        }
        if !self.enterprises.is_empty() {
            return Err(wrong("列要在行之前加入"));
        }
        if self.columns.iter().any(|(other, _)| *other == key) {
            return Err(wrong("列加入了两次"));
        }
        let place = self.columns.len();
        let pending = Pending::new(&shape(&fact.fact_type));
        self.columns.push((key, pending));
        Ok(place)
    }

    /// Adds a file that rows come from and answers its number.
    pub fn add_source(&mut self, source: Source) -> usize {
        let place = self.sources.len();
        self.sources.push(source);
        place
    }

    /// Whether an enterprise has been added.
    #[must_use]
    pub fn contains(&self, uscc: &str) -> bool {
        self.seen.contains(uscc)
    }

    /// How many enterprises have been added.
    #[must_use]
    pub fn len(&self) -> usize {
        self.enterprises.len()
    }

    /// Whether no enterprise has been added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.enterprises.is_empty()
    }

    /// Adds one enterprise; on an error nothing has been added.
    ///
    /// # Errors
    /// [`SnapshotError::DuplicateEnterprise`] for the second row of an enterprise,
    /// [`SnapshotError::WrongCell`] for a value of another kind than its column,
    /// [`SnapshotError::TooMany`] beyond 2³¹ rows, records or distinct texts.
    pub fn push(&mut self, row: &EnterpriseRow) -> Result<(), SnapshotError> {
        if self.seen.contains(&*row.uscc) {
            return Err(SnapshotError::DuplicateEnterprise {
                uscc: row.uscc.clone(),
            });
        }
        let too_many = SnapshotError::TooMany { what: "企业" };
        i32::try_from(self.enterprises.len()).map_err(|_| too_many)?;
        let missing = Cell::Missing;
        for (place, (key, column)) in self.columns.iter().enumerate() {
            if !column.accepts(row.cells.get(place).unwrap_or(&missing)) {
                return Err(self.wrong_cell(*key));
            }
        }
        for (place, (key, column)) in self.columns.iter_mut().enumerate() {
            match column.push(row.cells.get(place).unwrap_or(&missing)) {
                Ok(()) => {}
                Err(PushError::TooMany) => {
                    return Err(SnapshotError::TooMany {
                        what: "文本或明细"
                    });
                }
                Err(PushError::WrongKind) => {
                    let column = key.name(&self.vocabulary);
                    return Err(SnapshotError::WrongCell {
                        column,
                        expected: "别的类型",
                    });
                }
            }
        }
        let uscc: Arc<str> = Arc::from(&*row.uscc);
        self.seen.insert(Arc::clone(&uscc));
        self.enterprises
            .push((uscc, Arc::from(&*row.name), row.source));
        Ok(())
    }

    fn wrong_cell(&self, key: ColumnKey) -> SnapshotError {
        let expected = self.vocabulary.fact(key.fact).fact_type.word();
        SnapshotError::WrongCell {
            column: key.name(&self.vocabulary),
            expected,
        }
    }

    /// Sets the payments known.
    pub fn set_ledger(&mut self, ledger: Ledger) {
        self.ledger = ledger;
    }

    /// Sets the summary of the import report.
    pub fn set_quality(&mut self, quality: Quality) {
        self.quality = quality;
    }

    /// The snapshot: rows by region, then industry, then code; columns without any known value
    /// left out, since they say nothing.
    ///
    /// # Errors
    /// [`SnapshotError::TooMany`] beyond 2³¹ distinct texts.
    pub fn finish(self) -> Result<Snapshot, SnapshotError> {
        let order = self.order();
        let identity = Identity::new(&self.enterprises, &order, &self.sources);
        let known = self
            .columns
            .into_par_iter()
            .filter(|(_, column)| column.known_count() > 0);
        let columns: Result<Vec<FactColumn>, SnapshotError> = known
            .map(|(key, column)| {
                let name = key.name(&self.vocabulary);
                let values = column.ordered(&order)?;
                let digest = column_digest(&name, &values);
                Ok(FactColumn {
                    key,
                    name,
                    values,
                    digest,
                })
            })
            .collect();
        let mut columns = columns?;
        columns.sort_by(|left, right| left.name.cmp(&right.name));
        let manifest = describe(Description {
            vocabulary: &self.vocabulary,
            year: self.year,
            as_of: self.as_of,
            identity: &identity,
            columns: &columns,
            ledger: &self.ledger,
            sources: self.sources,
            quality: self.quality,
        });
        Ok(Snapshot::new(
            self.vocabulary,
            identity,
            columns,
            self.ledger,
            manifest,
        ))
    }

    /// The rows by region, industry and code; what is missing comes first.
    fn order(&self) -> Vec<u32> {
        let ranks = |fact: Option<FactId>| {
            let key = fact.map(|fact| ColumnKey {
                fact,
                period: Period::Status,
            });
            let column = self.columns.iter().find(|(column, _)| Some(*column) == key);
            column
                .map(|(_, column)| column.word_ranks())
                .unwrap_or_default()
        };
        let regions = ranks(self.vocabulary.region_fact());
        let industries = ranks(self.vocabulary.industry_fact());
        let mut keys: Vec<(u32, u32, &str, u32)> = self
            .enterprises
            .iter()
            .enumerate()
            .map(|(row, (uscc, ..))| {
                let rank = |ranks: &[u32]| ranks.get(row).copied().unwrap_or(0);
                (
                    rank(&regions),
                    rank(&industries),
                    &**uscc,
                    u32::try_from(row).unwrap_or(u32::MAX),
                )
            })
            .collect();
        keys.par_sort_unstable();
        keys.into_iter().map(|(.., row)| row).collect()
    }
}

struct Description<'a> {
    vocabulary: &'a Vocabulary,
    year: i32,
    as_of: Option<Date>,
    identity: &'a Identity,
    columns: &'a [FactColumn],
    ledger: &'a Ledger,
    sources: Vec<Source>,
    quality: Quality,
}

/// The manifest of a snapshot that has no files yet.
fn describe(parts: Description<'_>) -> Manifest {
    let rows = parts.identity.len();
    let mut columns: BTreeMap<String, ColumnEntry> = parts
        .columns
        .iter()
        .map(|column| {
            let entry = ColumnEntry {
                name: column.name.clone(),
                kind: kind_word(&column.values).to_owned(),
                known: u64::try_from(column.values.known_count()).unwrap_or(u64::MAX),
                digest: column.digest.clone(),
            };
            (column.name.clone(), entry)
        })
        .collect();
    for entry in parts.identity.entries() {
        columns.insert(entry.name.clone(), entry);
    }
    let mut manifest = Manifest {
        format: FORMAT_VERSION,
        digest: String::new(),
        vocabulary: vocabulary_digest(parts.vocabulary),
        year: parts.year,
        as_of: parts.as_of,
        enterprises: u64::try_from(rows).unwrap_or(u64::MAX),
        columns: columns.into_values().collect(),
        sources: parts.sources,
        quality: parts.quality,
        ledger: LedgerSummary {
            position: parts.ledger.position().to_owned(),
            entries: u64::try_from(parts.ledger.entries().len()).unwrap_or(u64::MAX),
            digest: parts.ledger.digest(),
        },
        files: Files::default(),
        seal: String::new(),
    };
    manifest.digest = manifest.content_digest();
    manifest
}

/// The word of a column's kind in the manifest.
fn kind_word(column: &Column) -> &'static str {
    match column {
        Column::Money(_) => Shape::Money.word(),
        Column::Number(_) | Column::NumberText(_) => Shape::Number.word(),
        Column::Boolean(_) => Shape::Boolean.word(),
        Column::Date(_) => Shape::Date.word(),
        Column::Text(_) => Shape::Text.word(),
        Column::Set(_) => "set",
        Column::Records(_) => "list",
    }
}
