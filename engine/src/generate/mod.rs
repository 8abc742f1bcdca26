//! Made-up enterprises for trials, demonstrations and measurements.
//!
//! They come from the vocabulary alone: facts that the table beside this file names look like
//! those of a city, the others follow their type. The same seed gives the same enterprises on
//! every machine, with any number of threads, and written as CSV and imported they are the same
//! snapshot as made directly.

mod csv_file;
mod enterprise;
mod facts;
mod places;
mod random;
mod tables;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use rayon::prelude::*;
use zhida_policies::values::{Codes, Date, Period, PeriodKind, Region};
use zhida_policies::vocabulary::{FactId, FactType, Vocabulary};

use crate::generate::enterprise::Enterprise;
use crate::generate::facts::FactMaker;
use crate::generate::places::Places;
use crate::generate::random::{Draw, Keys, mark};
use crate::snapshot::{ColumnKey, EnterpriseRow, Snapshot, SnapshotBuilder, SnapshotError};

/// Rows made at a time.
const BATCH_ROWS: u64 = 4_096;

/// The most enterprises of one run.
pub const ENTERPRISES_MAX: u64 = 100_000_000;

/// What to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenerateOptions {
    /// How many enterprises.
    pub count: u64,
    /// Where the draws begin.
    pub seed: u64,
    /// The assessment year; years before it are made too.
    pub year: i32,
    /// The day whose status the facts without period give.
    pub as_of: Option<Date>,
    /// The regions: counties inside them, or functional zones. The whole nation when empty.
    pub regions: Vec<Region>,
    /// The facts to make; all when absent.
    pub only: Option<BTreeSet<FactId>>,
}

/// Why no enterprises can be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// A region is not in the code table.
    #[error("区划代码“{0}”不存在;请用 GB/T 2260 的代码或功能区代码")]
    UnknownRegion(String),
    /// There are too many.
    #[error("一次最多生成 {ENTERPRISES_MAX} 家企业")]
    TooMany,
    /// The file cannot be written.
    #[error("写出失败:{0}")]
    Write(#[from] std::io::Error),
    /// The rows do not fit a snapshot.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The caller asked to stop.
    #[error("生成已取消")]
    Cancelled,
}

/// Makes enterprises.
#[derive(Debug)]
pub struct Generator {
    vocabulary: Arc<Vocabulary>,
    options: GenerateOptions,
    keys: Keys,
    places: Places,
    columns: Vec<ColumnKey>,
    makers: BTreeMap<FactId, FactMaker>,
    words: BTreeMap<&'static str, Vec<&'static str>>,
}

impl Generator {
    /// A maker of enterprises of a vocabulary.
    ///
    /// # Errors
    /// [`GenerateError::UnknownRegion`] and [`GenerateError::TooMany`].
    pub fn new(
        vocabulary: Arc<Vocabulary>,
        codes: &Codes,
        options: GenerateOptions,
    ) -> Result<Self, GenerateError> {
        if options.count > ENTERPRISES_MAX {
            return Err(GenerateError::TooMany);
        }
        let places = Places::new(codes, &options.regions)?;
        let mut columns = Vec::new();
        let mut makers = BTreeMap::new();
        let traits = tables::traits();
        for (id, fact) in vocabulary.facts() {
            if options
                .only
                .as_ref()
                .is_some_and(|only| !only.contains(&id))
            {
                continue;
            }
            makers.insert(
                id,
                FactMaker::new(&fact.id, &fact.fact_type, options.year, &traits),
            );
            let periods = periods(fact.period, &fact.fact_type, options.year);
            columns.extend(
                periods
                    .into_iter()
                    .map(|period| ColumnKey { fact: id, period }),
            );
        }
        let keys = Keys::new(options.seed);
        let words = tables::words();
        Ok(Self {
            vocabulary,
            options,
            keys,
            places,
            columns,
            makers,
            words,
        })
    }

    /// The columns of each row.
    #[must_use]
    pub fn columns(&self) -> &[ColumnKey] {
        &self.columns
    }

    /// How many enterprises there will be.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.options.count
    }

    /// One enterprise, by its number.
    #[must_use]
    pub fn row(&self, number: u64) -> EnterpriseRow {
        let key = self.keys.of(number);
        let mut draw = Draw::new(key);
        let place = self.places.place(&mut draw);
        let industry = self.places.industry(&mut draw);
        let revenue = enterprise::revenue(&mut draw);
        let growth = enterprise::growth(&mut draw);
        let employees = enterprise::employees(revenue, &mut draw);
        let division = place.map_or("420600", |place| &*place.code);
        let uscc = enterprise::uscc(number, self.options.seed, division);
        let made = Enterprise {
            key,
            uscc,
            place,
            industry,
            revenue,
            growth,
            employees,
        };
        let cells = self.columns.iter().map(|column| {
            let maker = self.makers.get(&column.fact);
            maker
                .map(|maker| maker.cell(&made, column.period))
                .unwrap_or_default()
        });
        let cells = cells.collect();
        let name = self.name(&made);
        EnterpriseRow {
            uscc: made.uscc,
            name,
            source: None,
            cells,
        }
    }

    /// The enterprises as a snapshot.
    ///
    /// # Errors
    /// [`GenerateError::Cancelled`] when `on_rows` breaks, [`GenerateError::Snapshot`] when there
    /// is more than a snapshot holds.
    pub fn snapshot(
        &self,
        on_rows: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<Snapshot, GenerateError> {
        let vocabulary = Arc::clone(&self.vocabulary);
        let mut builder = SnapshotBuilder::new(vocabulary, self.options.year, self.options.as_of);
        for column in &self.columns {
            builder.add_column(*column)?;
        }
        self.each(on_rows, &mut |row| Ok(builder.push(row)?))?;
        Ok(builder.finish()?)
    }

    /// Makes all rows in parallel and hands them on in order.
    fn each(
        &self,
        on_rows: &mut dyn FnMut(u64) -> ControlFlow<()>,
        take: &mut dyn FnMut(&EnterpriseRow) -> Result<(), GenerateError>,
    ) -> Result<(), GenerateError> {
        let mut done = 0u64;
        while done < self.options.count {
            let end = done.saturating_add(BATCH_ROWS).min(self.options.count);
            let rows: Vec<EnterpriseRow> = (done..end)
                .into_par_iter()
                .map(|number| self.row(number))
                .collect();
            for row in &rows {
                take(row)?;
            }
            done = end;
            if on_rows(done).is_break() {
                return Err(GenerateError::Cancelled);
            }
        }
        Ok(())
    }

    fn name(&self, made: &Enterprise<'_>) -> String {
        let mut draw = Draw::new(made.key ^ mark("name"));
        let section = made.section().to_string();
        let mut word = |kind: &str| {
            let words = self.words.get(kind).or_else(|| self.words.get("other"));
            words
                .and_then(|words| draw.pick(words))
                .copied()
                .unwrap_or_default()
        };
        let (first, second, trade, form) =
            (word("first"), word("second"), word(&section), word("form"));
        let place = made.place.map_or("", |place| &*place.name);
        format!("{place}{first}{second}{trade}{form}")
    }
}

/// The periods that are made of a fact: amounts of three years, anything else of two, the parts of
/// the assessment year and of the one before.
fn periods(kind: PeriodKind, fact_type: &FactType, year: i32) -> Vec<Period> {
    let before = |years: i32| year.saturating_sub(years);
    match kind {
        PeriodKind::None => vec![Period::Status],
        PeriodKind::Year => {
            let amount = matches!(fact_type, FactType::Money | FactType::Number);
            (0..if amount { 3 } else { 2 })
                .map(|years| Period::Year(before(years)))
                .collect()
        }
        PeriodKind::Quarter => {
            let quarters = (0..2).flat_map(|years| (1..=4).map(move |quarter| (years, quarter)));
            quarters
                .map(|(years, quarter)| Period::Quarter(before(years), quarter))
                .collect()
        }
        PeriodKind::Month => {
            let months = (0..2).flat_map(|years| (1..=12).map(move |month| (years, month)));
            months
                .map(|(years, month)| Period::Month(before(years), month))
                .collect()
        }
    }
}
