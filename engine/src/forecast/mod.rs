//! What a set of policies would cost on a snapshot, and how two sets differ.
//!
//! Everything is decided and settled as in a real run ([`crate::sweep`], [`crate::awards`]), drafts
//! included, and added up exactly: as things stand, at the least and at the most. The lines of each
//! dimension sum to the whole to the fen; what is not known of an enterprise or a payment has a
//! line of its own.

mod amounts;
mod compare;
mod groups;
mod month;
mod size;
#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    reason = "numbers of the tests are small"
)]
pub(crate) mod tests;

use serde::Serialize;
use zhida_policies::measure::library::Library;
use zhida_policies::values::Codes;

pub use amounts::Amounts;
pub use compare::{Comparison, Difference, DifferenceLine, DifferenceTable, Moved};
pub use groups::{Dimension, Head};
pub use month::{Due, due};
pub use size::SizeClasses;

use crate::awards::{Claim, ColumnReadings, Payments, SettleError, Settled, Settlement, settle};
use crate::forecast::groups::Groups;
use crate::interpreter::Context;
use crate::snapshot::Snapshot;
use crate::sweep::{SweepControl, SweepError, SweepOptions, SweepSummary, sweep};

/// Why there is no forecast.
#[derive(Debug, thiserror::Error)]
pub enum ForecastError {
    /// The decisions cannot be made.
    #[error(transparent)]
    Sweep(#[from] SweepError),
    /// The decisions cannot be settled.
    #[error("程序内部不一致:{0};请保留快照和政策文件并报告")]
    Settle(#[from] SettleError),
}

/// What one set of policies comes to on a snapshot.
#[derive(Clone, Debug)]
pub struct Priced<'a> {
    /// The policies.
    pub library: &'a Library,
    /// The counts of the sweep.
    pub sweep: SweepSummary,
    /// The awards after all limits.
    pub settled: Settled,
}

impl<'a> Priced<'a> {
    /// Decides and settles every measure of a library, in memory.
    ///
    /// # Errors
    /// [`ForecastError`] as in a sweep: faulty policies, another vocabulary, cancelled.
    pub fn new(
        snapshot: &Snapshot,
        library: &'a Library,
        options: SweepOptions,
        control: SweepControl<'_>,
    ) -> Result<Self, ForecastError> {
        let mut claims: Vec<Claim> = Vec::new();
        let sweep = sweep(snapshot, library, options, control, &mut |records| {
            claims.extend(records.iter().filter_map(Claim::of_record));
            Ok(())
        })?;
        let settled = settle(
            &Settlement {
                library,
                context: options.context,
                payments: &Payments::of(snapshot, library),
                readings: &ColumnReadings::new(library, snapshot, options.context),
            },
            &claims,
        )?;
        Ok(Self {
            library,
            sweep,
            settled,
        })
    }
}

/// What tells an enterprise's lines.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The enterprises.
    pub snapshot: &'a Snapshot,
    /// The regions and industries.
    pub codes: &'a Codes,
    /// The assessment year and the as-of date.
    pub context: Context,
    /// The definition of sizes, where there is one.
    pub sizes: Option<SizeClasses<'a>>,
}

/// What a set of policies would cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Forecast {
    /// Everything.
    pub whole: Amounts,
    /// The same by each dimension asked for.
    pub tables: Vec<ForecastTable>,
}

/// A forecast by one dimension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ForecastTable {
    /// The dimension.
    pub dimension: Dimension,
    /// The lines in their order, of which the last may be that of what is not known.
    pub lines: Vec<ForecastLine>,
}

/// One line of a forecast.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ForecastLine {
    /// What it is about.
    #[serde(flatten)]
    pub head: Head,
    /// What it comes to.
    #[serde(flatten)]
    pub amounts: Amounts,
}

impl Forecast {
    /// Adds up what a set of policies comes to.
    ///
    /// # Shape
    /// One table a dimension; a line that nobody is concerned by is left out. The lines of a table
    /// sum to the whole in every amount.
    #[must_use]
    pub fn new(scope: &Scope<'_>, priced: &Priced<'_>, dimensions: &[Dimension]) -> Self {
        let mut whole = Amounts::default();
        for award in &priced.settled.awards {
            whole.merge(&Amounts::of(award));
        }
        let tables = dimensions.iter();
        let tables = tables.map(|dimension| table(*dimension, scope, priced));
        Self {
            whole,
            tables: tables.collect(),
        }
    }
}

fn table(dimension: Dimension, scope: &Scope<'_>, priced: &Priced<'_>) -> ForecastTable {
    let groups = Groups::of(dimension, scope, &[priced]);
    let mut amounts = vec![Amounts::default(); groups.heads.len()];
    for award in &priced.settled.awards {
        for (line, part) in groups.parts(0, award, priced.library) {
            let line = usize::try_from(line).unwrap_or(usize::MAX);
            if let Some(sum) = amounts.get_mut(line) {
                sum.merge(&part);
            }
        }
    }
    let lines = groups.heads.into_iter().zip(amounts);
    let mut lines: Vec<ForecastLine> = lines
        .filter(|(_, amounts)| !amounts.is_nothing())
        .map(|(head, amounts)| ForecastLine { head, amounts })
        .collect();
    lines.sort_by(|left, right| left.head.cmp(&right.head));
    ForecastTable { dimension, lines }
}
