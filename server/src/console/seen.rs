//! Which enterprises a bureau sees, for sums over very many of them.
//!
//! # Shape
//! The same rule as for one enterprise ([`super::acts`]): it owes it something, or the enterprise
//! lies in the region of an office within sight; where no office is set, a bureau that is alone
//! sees all. A fact that is missing puts an enterprise into no region.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use zhida_engine::awards::ClaimState;
use zhida_engine::diff::SweepFile;
use zhida_engine::facts::{Facts, Reading};
use zhida_engine::replay::Sealed;
use zhida_engine::snapshot::Snapshot;
use zhida_policies::measure::expression::Value as FactValue;
use zhida_policies::measure::library::Library;
use zhida_policies::values::{Codes, Period, PeriodKind, Region};

use crate::failure::{Failure, Status};
use crate::library;
use crate::views::payouts;
use crate::web::{Ask, WebFault};

/// What somebody sees.
#[derive(Clone, Debug)]
pub(super) enum Seen {
    /// Every enterprise.
    All,
    /// Those in these regions, and these.
    Some {
        /// The regions of the offices within sight.
        regions: Vec<Region>,
        /// Enterprises that are owed something.
        owed: BTreeSet<String>,
        /// The code tables.
        codes: Arc<Codes>,
    },
}

impl Seen {
    /// What whoever asks sees.
    ///
    /// # Errors
    /// What the database says.
    pub(super) async fn of(ask: &Ask) -> Result<Self, WebFault> {
        let session = ask.session()?;
        let offices = ask.server.accounts.offices().await?;
        let own = offices
            .values()
            .filter(|office| session.scope.sees_bureau(&office.bureau));
        let regions: Vec<Region> = own.map(|office| office.region).collect();
        let is_alone = match ask.server.bureaus.as_slice() {
            [only] => session.scope.sees_bureau(&only.id()),
            _ => false,
        };
        let sees_all = match offices.is_empty() {
            true => is_alone,
            false => regions.iter().any(|region| region.is_nation()),
        };
        if sees_all {
            return Ok(Self::All);
        }
        let owed = payouts::enterprises(&ask.server.store, &session.scope).await?;
        Ok(Self::Some {
            regions,
            owed,
            codes: library::codes()?,
        })
    }

    /// Which rows of a snapshot those are; nothing where they are all.
    pub(super) fn rows(&self, snapshot: &Snapshot, year: i32) -> Option<Vec<bool>> {
        let (regions, owed, codes) = match self {
            Self::All => return None,
            Self::Some {
                regions,
                owed,
                codes,
            } => (regions, owed, codes),
        };
        let vocabulary = snapshot.vocabulary();
        let fact = vocabulary.region_fact();
        let period = fact.and_then(|fact| match vocabulary.fact(fact).period {
            PeriodKind::None => Some(Period::Status),
            PeriodKind::Year => Some(Period::Year(year)),
            PeriodKind::Quarter | PeriodKind::Month => None,
        });
        let mut known: BTreeMap<String, bool> = BTreeMap::new();
        let lies_in = |code: &str| {
            let own = code.parse::<Region>().ok();
            own.is_some_and(|own| {
                let covers = |region: &Region| codes.region_covers(*region, own);
                regions
                    .iter()
                    .any(|region| *region == own || covers(region))
            })
        };
        let mut seen = Vec::with_capacity(snapshot.len());
        for row in 0..snapshot.len() {
            let read = fact.zip(period);
            let read = read.map(|(fact, period)| snapshot.row(row).read(fact, period));
            let is_inside = match read {
                Some(Reading::Known(FactValue::Text(code))) => {
                    let code: &str = &code;
                    match known.get(code) {
                        Some(is_inside) => *is_inside,
                        None => {
                            let is_inside = lies_in(code);
                            known.insert(code.to_owned(), is_inside);
                            is_inside
                        }
                    }
                }
                Some(Reading::Known(_) | Reading::Records(_) | Reading::Missing) | None => false,
            };
            seen.push(is_inside || owed.contains(snapshot.uscc(row)));
        }
        Some(seen)
    }
}

/// Whether a row is among those that are seen; nothing is left out where all are.
pub(super) fn is_seen(rows: Option<&[bool]>, row: u32) -> bool {
    usize::try_from(row).is_ok_and(|row| is_row_seen(rows, row))
}

fn is_row_seen(rows: Option<&[bool]>, row: usize) -> bool {
    rows.is_none_or(|rows| rows.get(row).copied().unwrap_or(false))
}

/// How many of so many rows are seen.
pub(super) fn count_of(rows: Option<&[bool]>, all: usize) -> usize {
    rows.map_or(all, |rows| rows.iter().filter(|is_seen| **is_seen).count())
}

/// What one measure of a sweep came to among those that are seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct MeasureSum {
    /// Awards that are known.
    pub(super) eligible: u64,
    /// Decisions that wait for a fact.
    pub(super) undetermined: u64,
    /// The awards in fen, before limits over several measures or enterprises.
    pub(super) award: i128,
    /// What may be paid now, in fen.
    pub(super) payable: i128,
    /// How many awards that is.
    pub(super) listed: u64,
}

/// A sweep, added up over those that are seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SweepSums {
    /// How many enterprises are seen.
    pub(super) enterprises: u64,
    /// By the name of the measure.
    pub(super) measures: BTreeMap<String, MeasureSum>,
}

impl SweepSums {
    /// Adds up a sealed sweep; its snapshot and its policies are proven on the way.
    ///
    /// # Errors
    /// What cannot be opened, or is not what was sealed.
    pub(super) fn of(seen: &Seen, sweep: &Path, snapshot: &Path) -> Result<Self, Failure> {
        let failed =
            |error: &dyn std::fmt::Display| Failure::said(Status::BadData, error.to_string(), "");
        let sealed = Sealed::open(sweep, Some(snapshot)).map_err(|error| failed(&error))?;
        let file = SweepFile::open(sweep).map_err(|error| failed(&error))?;
        let (snapshot, library) = (&sealed.snapshot, &sealed.library);
        let rows = seen.rows(snapshot, sealed.context().year);
        let rows = rows.as_deref();
        let mut sums = Self {
            enterprises: u64::try_from(count_of(rows, snapshot.len())).unwrap_or(u64::MAX),
            ..Self::default()
        };
        let claims = file.claims(snapshot, library);
        for claim in claims.map_err(|error| failed(&error))? {
            if !is_seen(rows, claim.row) {
                continue;
            }
            let Some(sum) = sums.measure(library, usize::try_from(claim.measure).ok()) else {
                continue;
            };
            match claim.state {
                ClaimState::Eligible => {
                    sum.eligible = sum.eligible.saturating_add(1);
                    sum.award = sum.award.saturating_add(i128::from(claim.least.fen()));
                }
                ClaimState::Ceiling => sum.eligible = sum.eligible.saturating_add(1),
                ClaimState::Undetermined => sum.undetermined = sum.undetermined.saturating_add(1),
                ClaimState::Error => {}
            }
        }
        let list = file.payable(snapshot, library);
        let list = list.map_err(|error| failed(&error))?;
        for row in (0..snapshot.len()).filter(|row| is_row_seen(rows, *row)) {
            for award in list.of(row).filter(|award| award.payable.fen() > 0) {
                if let Some(sum) = sums.measure(library, Some(award.measure)) {
                    sum.payable = sum.payable.saturating_add(i128::from(award.payable.fen()));
                    sum.listed = sum.listed.saturating_add(1);
                }
            }
        }
        Ok(sums)
    }

    fn measure(&mut self, library: &Library, place: Option<usize>) -> Option<&mut MeasureSum> {
        let measure = library.measures.get(place?)?;
        Some(self.measures.entry(measure.id.to_string()).or_default())
    }
}
