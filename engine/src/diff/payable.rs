//! The payable list of a sweep, read back: what each enterprise may be paid after all limits.

use std::fs::File;

use arrow::array::{Array, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use zhida_policies::measure::MeasureRef;
use zhida_policies::measure::library::Library;
use zhida_policies::values::Money;

use crate::awards::Standing;
use crate::diff::file::digest;
use crate::diff::{DiffError, SweepFile};
use crate::snapshot::Snapshot;

/// One award after all limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedAward {
    /// The place of the measure in the library.
    pub measure: usize,
    /// How firm it is.
    pub standing: Standing,
    /// The award of the decision alone.
    pub base: Money,
    /// The amount as things stand.
    pub amount: Money,
    /// What may be paid now.
    pub payable: Money,
}

/// The payable list of a sweep, by the rows of its snapshot.
#[derive(Clone, Debug, Default)]
pub struct PayableFile {
    /// Row of the snapshot and award, in the order of the rows.
    lines: Vec<(u32, ListedAward)>,
}

/// The columns that are read.
const COLUMNS: [&str; 6] = [
    "uscc",
    "measure",
    "standing",
    "base_fen",
    "amount_fen",
    "payable_fen",
];

impl PayableFile {
    /// What one enterprise may be paid, by its row in the snapshot.
    pub fn of(&self, row: usize) -> impl Iterator<Item = &ListedAward> {
        let row = u32::try_from(row).unwrap_or(u32::MAX);
        let start = self.lines.partition_point(|(other, _)| *other < row);
        let rest = self.lines.get(start..).unwrap_or_default().iter();
        rest.take_while(move |(other, _)| *other == row)
            .map(|(_, award)| award)
    }

    /// How many awards it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}

impl SweepFile {
    /// The payable list, for the snapshot and the library that it was made of.
    ///
    /// # Errors
    /// [`DiffError`] when the file is not the one that the summary names, or names enterprises or
    /// measures that are not there.
    pub fn payable(
        &self,
        snapshot: &Snapshot,
        library: &Library,
    ) -> Result<PayableFile, DiffError> {
        let folder = self
            .path
            .parent()
            .unwrap_or_else(|| std::path::Path::new("."));
        let path = folder.join(&self.head.awards.name);
        if digest(&path)? != self.head.awards.sha256 {
            return Err(DiffError::Digest { path });
        }
        let unreadable = |reason: String| DiffError::Decisions {
            path: path.clone(),
            reason,
        };
        let file = File::open(&path).map_err(|error| DiffError::io(&path, error))?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(file)
            .map_err(|error| unreadable(error.to_string()))?;
        let wanted = ProjectionMask::columns(builder.parquet_schema(), COLUMNS);
        let reader = builder.with_projection(wanted).build();
        let reader = reader.map_err(|error| unreadable(error.to_string()))?;
        let mut found = PayableFile::default();
        // The list stands in the order of the snapshot, so one walk through both finds every row.
        let mut row = 0usize;
        for batch in reader {
            let batch = batch.map_err(|error| unreadable(error.to_string()))?;
            let columns = Columns::of(&batch)
                .ok_or_else(|| unreadable("缺少一列或一列的类型不对".to_owned()))?;
            for place in 0..batch.num_rows() {
                let unknown = |name: &str| DiffError::Unknown {
                    path: path.clone(),
                    row: found.len().saturating_add(1),
                    name: name.to_owned(),
                };
                let uscc = columns.uscc.value(place);
                while row < snapshot.len() && snapshot.uscc(row) != uscc {
                    row = row.saturating_add(1);
                }
                let number = u32::try_from(row).ok().filter(|_| row < snapshot.len());
                let number = number.ok_or_else(|| unknown(uscc))?;
                let id = columns.measure.value(place);
                let measure = library.measure_index.get(&MeasureRef(id.into()));
                let measure = *measure.ok_or_else(|| unknown(id))?;
                let award = columns.award(place, measure);
                let award = award.ok_or_else(|| unreadable(format!("兑付 {id} 不完整")))?;
                found.lines.push((number, award));
            }
        }
        Ok(found)
    }
}

struct Columns {
    uscc: StringArray,
    measure: StringArray,
    standing: StringArray,
    base: Int64Array,
    amount: Int64Array,
    payable: Int64Array,
}

impl Columns {
    fn of(batch: &RecordBatch) -> Option<Self> {
        let text = |name| {
            let column = cast(batch.column_by_name(name)?, &DataType::Utf8).ok()?;
            column.as_string_opt::<i32>().cloned()
        };
        let fen = |name| batch.column_by_name(name)?.as_any().downcast_ref().cloned();
        Some(Self {
            uscc: text("uscc")?,
            measure: text("measure")?,
            standing: text("standing")?,
            base: fen("base_fen")?,
            amount: fen("amount_fen")?,
            payable: fen("payable_fen")?,
        })
    }

    fn award(&self, place: usize, measure: usize) -> Option<ListedAward> {
        let standing = match self.standing.value(place) {
            "final" => Standing::Final,
            "may_rise" => Standing::MayRise,
            "may_fall" => Standing::MayFall,
            "open" => Standing::Open,
            _ => return None,
        };
        let fen = |column: &Int64Array| Money::from_fen(column.value(place));
        Some(ListedAward {
            measure,
            standing,
            base: fen(&self.base),
            amount: fen(&self.amount),
            payable: fen(&self.payable),
        })
    }
}
