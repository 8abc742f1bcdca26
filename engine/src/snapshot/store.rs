//! A snapshot as a folder: `manifest.json`, and Parquet files named by the digest.
//!
//! The manifest is written last and renamed into place: a folder without it holds no snapshot,
//! whatever a crash has left there.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, Date32Array, Int32Array, Int64Array, RecordBatch, StringArray,
};
use arrow::datatypes::{DataType, Field, Schema};
use zhida_policies::measure::MeasureRef;
use zhida_policies::values::Money;
use zhida_policies::vocabulary::Vocabulary;

use crate::snapshot::arrow_form::{downcast, from_arrow, to_arrow};
use crate::snapshot::atomic::write_atomic;
use crate::snapshot::column::day;
use crate::snapshot::digest::column_digest;
use crate::snapshot::identity::Identity;
use crate::snapshot::ledger::{Ledger, LedgerEntry};
use crate::snapshot::manifest::{ColumnEntry, FORMAT_VERSION, Files, MANIFEST_NAME, Manifest};
use crate::snapshot::parquet_file::largest_first;
use crate::snapshot::pending::days_since_epoch;
use crate::snapshot::schema::{ColumnKey, shape, vocabulary_digest};
use crate::snapshot::{FactColumn, Snapshot, SnapshotError, parquet_file};

impl Snapshot {
    /// Writes the snapshot into a folder, which is made where it does not exist. Writing the same
    /// snapshot again changes nothing.
    ///
    /// # Errors
    /// [`SnapshotError::Occupied`] when the folder holds another snapshot; what the file system
    /// says otherwise. After an error the folder holds no new snapshot.
    pub fn write(&self, folder: &Path) -> Result<Manifest, SnapshotError> {
        fs::create_dir_all(folder).map_err(|error| SnapshotError::io(folder, error))?;
        let place = folder.join(MANIFEST_NAME);
        if place.exists() {
            let there = read_manifest(&place)?;
            if there.digest == self.digest() {
                return Ok(there);
            }
            let path = folder.to_path_buf();
            return Err(SnapshotError::Occupied {
                path,
                digest: there.digest,
            });
        }
        let batch = self.to_batch()?;
        let facts =
            parquet_file::write(folder, &format!("facts-{}.parquet", self.digest()), &batch)?;
        let ledger = if self.ledger().entries().is_empty() {
            None
        } else {
            let name = format!("ledger-{}.parquet", self.digest());
            Some(parquet_file::write(
                folder,
                &name,
                &ledger_batch(self.ledger())?,
            )?)
        };
        let mut manifest = self.manifest().clone();
        manifest.files = Files { facts, ledger };
        manifest.seal = manifest.expected_seal();
        let text = manifest.to_canonical_json();
        write_atomic(&place, text.as_bytes()).map_err(|error| SnapshotError::io(&place, error))?;
        Ok(manifest)
    }

    /// Opens a snapshot: its folder, or the manifest in it.
    ///
    /// # Errors
    /// Whenever the manifest, the bytes of a file, the content of a column or the vocabulary is
    /// not the one that was sealed; the error names what differs and what to do.
    pub fn open(path: &Path, vocabulary: Arc<Vocabulary>) -> Result<Self, SnapshotError> {
        let place = if path.is_dir() {
            path.join(MANIFEST_NAME)
        } else {
            path.to_path_buf()
        };
        let folder = place.parent().unwrap_or_else(|| Path::new("."));
        let manifest = read_manifest(&place)?;
        let given = vocabulary_digest(&vocabulary);
        if given != manifest.vocabulary {
            let snapshot = manifest.vocabulary;
            return Err(SnapshotError::Vocabulary { snapshot, given });
        }
        let batch = parquet_file::read(folder, &manifest.files.facts)?;
        let identity = Identity::from_arrow(&batch)?;
        let (entries, columns) =
            rayon::join(|| identity.entries(), || fact_columns(&batch, &vocabulary));
        let columns = columns?;
        let ledger = match &manifest.files.ledger {
            Some(entry) => {
                let batch = parquet_file::read(folder, entry)?;
                Ledger::new(ledger_entries(&batch)?, manifest.ledger.position.clone())?
            }
            None => Ledger::new(Vec::new(), manifest.ledger.position.clone())?,
        };
        check_content(&manifest, &entries, &columns, &ledger)?;
        Ok(Self::new(vocabulary, identity, columns, ledger, manifest))
    }

    /// The identity and fact columns as one Arrow batch.
    ///
    /// # Errors
    /// [`SnapshotError::Shape`] when a column does not fit Arrow, which no column does.
    pub fn to_batch(&self) -> Result<RecordBatch, SnapshotError> {
        let mut parts = self.identity().to_arrow();
        for column in self.columns() {
            let array = to_arrow(&column.name, &column.values)?;
            parts.push((
                Field::new(&column.name, array.data_type().clone(), true),
                array,
            ));
        }
        to_batch("facts", parts)
    }
}

fn to_batch(name: &str, parts: Vec<(Field, ArrayRef)>) -> Result<RecordBatch, SnapshotError> {
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = parts.into_iter().unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(|error| {
        SnapshotError::Shape {
            column: name.to_owned(),
            reason: error.to_string(),
        }
    })
}

/// Reads a manifest and checks its version and seal.
pub(crate) fn read_manifest(place: &Path) -> Result<Manifest, SnapshotError> {
    let wrong = |reason: String| SnapshotError::Manifest {
        path: place.to_path_buf(),
        reason,
    };
    let text = fs::read(place).map_err(|error| SnapshotError::io(place, error))?;
    let value: serde_json::Value =
        serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
    let found = value.get("format").and_then(serde_json::Value::as_u64);
    let found = found.ok_or_else(|| wrong("没有 format".to_owned()))?;
    if found != u64::from(FORMAT_VERSION) {
        let found = u32::try_from(found).unwrap_or(u32::MAX);
        return Err(SnapshotError::FormatVersion {
            found,
            supported: FORMAT_VERSION,
        });
    }
    let manifest: Manifest =
        serde_json::from_value(value).map_err(|error| wrong(error.to_string()))?;
    let actual = manifest.expected_seal();
    if manifest.seal != actual || manifest.to_canonical_json().as_bytes() != text {
        let (path, expected) = (place.to_path_buf(), manifest.seal);
        return Err(SnapshotError::Seal {
            path,
            expected,
            actual,
        });
    }
    Ok(manifest)
}

fn fact_columns(
    batch: &RecordBatch,
    vocabulary: &Vocabulary,
) -> Result<Vec<FactColumn>, SnapshotError> {
    let schema = batch.schema();
    let named = schema.fields().iter().zip(batch.columns());
    let named = named.filter(|(field, _)| field.name().contains('@'));
    let sized = named.map(|(field, array)| (array.get_array_memory_size(), (field, array)));
    largest_first(sized, |(field, array)| {
        let name = field.name().clone();
        let key = ColumnKey::from_name(&name, vocabulary).ok_or_else(|| SnapshotError::Shape {
            column: name.clone(),
            reason: "词汇表没有这一列".to_owned(),
        })?;
        let values = from_arrow(&name, array, &shape(&vocabulary.fact(key.fact).fact_type))?;
        let digest = column_digest(&name, &values);
        Ok(FactColumn {
            key,
            name,
            values,
            digest,
        })
    })
}

/// Compares what was read with what the manifest has sealed.
fn check_content(
    manifest: &Manifest,
    identity: &[ColumnEntry],
    columns: &[FactColumn],
    ledger: &Ledger,
) -> Result<(), SnapshotError> {
    let differs = |column: &str, expected: &str, actual: &str| SnapshotError::ColumnDigest {
        column: column.to_owned(),
        expected: expected.to_owned(),
        actual: actual.to_owned(),
    };
    let found = columns
        .iter()
        .map(|column| (column.name.as_str(), column.digest.as_str()));
    let found = found.chain(
        identity
            .iter()
            .map(|entry| (entry.name.as_str(), entry.digest.as_str())),
    );
    let found: std::collections::BTreeMap<&str, &str> = found.collect();
    for entry in &manifest.columns {
        let actual = found
            .get(entry.name.as_str())
            .copied()
            .unwrap_or("没有这一列");
        if actual != entry.digest {
            return Err(differs(&entry.name, &entry.digest, actual));
        }
    }
    if found.len() != manifest.columns.len() {
        return Err(differs(
            "*",
            &manifest.columns.len().to_string(),
            &found.len().to_string(),
        ));
    }
    if ledger.digest() != manifest.ledger.digest {
        return Err(differs("ledger", &manifest.ledger.digest, &ledger.digest()));
    }
    let actual = manifest.content_digest();
    if actual != manifest.digest {
        return Err(SnapshotError::ContentDigest {
            expected: manifest.digest.clone(),
            actual,
        });
    }
    Ok(())
}

fn ledger_batch(ledger: &Ledger) -> Result<RecordBatch, SnapshotError> {
    let entries = ledger.entries();
    let texts = |text: fn(&LedgerEntry) -> &str| -> ArrayRef {
        Arc::new(
            entries
                .iter()
                .map(|entry| Some(text(entry)))
                .collect::<StringArray>(),
        )
    };
    let years: Int32Array = entries.iter().map(|entry| Some(entry.award_year)).collect();
    let days: Date32Array = entries
        .iter()
        .map(|entry| Some(days_since_epoch(entry.paid_on)))
        .collect();
    let fen: Int64Array = entries
        .iter()
        .map(|entry| Some(entry.amount.fen()))
        .collect();
    to_batch(
        "ledger",
        vec![
            (
                Field::new("uscc", DataType::Utf8, false),
                texts(|entry| &entry.uscc),
            ),
            (
                Field::new("measure", DataType::Utf8, false),
                texts(|entry| &entry.measure.0),
            ),
            (
                Field::new("award_year", DataType::Int32, false),
                Arc::new(years),
            ),
            (
                Field::new("paid_on", DataType::Date32, false),
                Arc::new(days),
            ),
            (
                Field::new("amount_fen", DataType::Int64, false),
                Arc::new(fen),
            ),
        ],
    )
}

fn ledger_entries(batch: &RecordBatch) -> Result<Vec<LedgerEntry>, SnapshotError> {
    let column = |name: &str| {
        let missing = || SnapshotError::Shape {
            column: name.to_owned(),
            reason: "缺这一列".to_owned(),
        };
        batch.column_by_name(name).ok_or_else(missing)
    };
    let uscc: StringArray = downcast("uscc", column("uscc")?)?;
    let measure: StringArray = downcast("measure", column("measure")?)?;
    let year: Int32Array = downcast("award_year", column("award_year")?)?;
    let paid_on: Date32Array = downcast("paid_on", column("paid_on")?)?;
    let fen: Int64Array = downcast("amount_fen", column("amount_fen")?)?;
    let entry = |row: usize| {
        Some(LedgerEntry {
            uscc: Arc::from(uscc.value(row)),
            measure: MeasureRef(Arc::from(measure.value(row))),
            award_year: year.value(row),
            paid_on: day(paid_on.value(row))?,
            amount: Money::from_fen(fen.value(row)),
        })
    };
    let wrong = || SnapshotError::Shape {
        column: "paid_on".to_owned(),
        reason: "日期越界".to_owned(),
    };
    (0..batch.num_rows())
        .map(|row| entry(row).ok_or_else(wrong))
        .collect()
}
