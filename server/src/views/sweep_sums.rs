//! What a sweep came to among those that somebody sees.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use zhida_engine::awards::{ClaimState, Standing};
use zhida_engine::diff::{SweepFile, SweepHead};
use zhida_engine::replay::Sealed;
use zhida_engine::sweep::TotalFen;
use zhida_policies::measure::library::Library;

use super::seen::Seen;
use crate::failure::{Failure, Status};
use crate::materials::{self, MaterialKind, Registered};
use crate::web::{Ask, WebFault};

/// What one measure of a sweep came to among those that are seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct MeasureSum {
    /// Enterprises that are eligible.
    pub(crate) eligible: u64,
    /// Decisions that wait for a fact.
    pub(crate) undetermined: u64,
    /// Decisions that could not be computed.
    pub(crate) error: u64,
    /// The awards in fen, before limits over several measures or enterprises.
    pub(crate) award: i128,
    /// The ceilings in fen, where a person decides the amount.
    pub(crate) ceiling: i128,
    /// What may be paid now, in fen.
    pub(crate) payable: i128,
    /// How many awards that is.
    pub(crate) listed: u64,
    /// Awards that someone else's open decision could change.
    pub(crate) provisional: u64,
}

impl MeasureSum {
    fn merge(&mut self, other: &Self) {
        for (count, more) in [
            (&mut self.eligible, other.eligible),
            (&mut self.undetermined, other.undetermined),
            (&mut self.error, other.error),
            (&mut self.listed, other.listed),
            (&mut self.provisional, other.provisional),
        ] {
            *count = count.saturating_add(more);
        }
        for (fen, more) in [
            (&mut self.award, other.award),
            (&mut self.ceiling, other.ceiling),
            (&mut self.payable, other.payable),
        ] {
            *fen = fen.saturating_add(more);
        }
    }

    /// In the words of a summary. Who was refused is not kept enterprise by enterprise, so these
    /// counts are not known.
    fn told(&self, measure: &str) -> Value {
        let yuan = |fen: i128| TotalFen::of(fen);
        json!({
            "measure": measure,
            "eligible": self.eligible,
            "undetermined": self.undetermined,
            "ineligible": null,
            "not_applicable": null,
            "error": self.error,
            "award": yuan(self.award),
            "ceiling": yuan(self.ceiling),
            "payable": yuan(self.payable),
            "payable_awards": self.listed,
            "provisional": self.provisional,
        })
    }
}

/// A sweep, added up over those that are seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SweepSums {
    /// How many enterprises are seen.
    pub(crate) enterprises: u64,
    /// By the name of the measure; those that nobody seen is concerned by are left out.
    pub(crate) measures: BTreeMap<String, MeasureSum>,
}

impl SweepSums {
    /// What whoever asks sees of a sweep: added up one after the other with whatever else goes
    /// over all enterprises, and remembered while the same enterprises are seen.
    ///
    /// # Errors
    /// What cannot be opened, or is not what was sealed; what the database says.
    pub(crate) async fn seen_by(ask: &Ask, sweep: &Registered) -> Result<Arc<Self>, WebFault> {
        let snapshots = materials::list(&ask.server.store, MaterialKind::Snapshot).await?;
        let snapshot = snapshots.iter().find(|one| one.digest == sweep.snapshot);
        let snapshot = snapshot.ok_or_else(WebFault::missing)?;
        let seen = Seen::of(ask).await?;
        let name = format!("{} {}", sweep.digest, seen.digest());
        if let Some(known) = ask.server.sums.get(&name) {
            return Ok(known);
        }
        let data = &ask.server.folder;
        let (sweep, snapshot) = (data.join(&sweep.folder), data.join(&snapshot.folder));
        let server = Arc::clone(&ask.server);
        let adding = ask.server.in_turn(move || {
            // Whoever stood in line before may have asked for the same.
            if let Some(known) = server.sums.get(&name) {
                return Ok(known);
            }
            let sums = Arc::new(Self::of(&seen, &sweep, &snapshot)?);
            server.sums.keep(name, Arc::clone(&sums));
            Ok::<_, Failure>(sums)
        });
        Ok(adding.await??)
    }

    /// Adds up a sealed sweep; its snapshot and its policies are proven on the way.
    ///
    /// # Errors
    /// What cannot be opened, or is not what was sealed.
    pub(crate) fn of(seen: &Seen, sweep: &Path, snapshot: &Path) -> Result<Self, Failure> {
        let failed =
            |error: &dyn std::fmt::Display| Failure::said(Status::BadData, error.to_string(), "");
        let sealed = Sealed::open(sweep, Some(snapshot)).map_err(|error| failed(&error))?;
        let file = SweepFile::open(sweep).map_err(|error| failed(&error))?;
        let (snapshot, library) = (&sealed.snapshot, &sealed.library);
        let rows = seen.rows(snapshot, sealed.context().year);
        let mut sums = Self {
            enterprises: u64::try_from(rows.count(snapshot.len())).unwrap_or(u64::MAX),
            ..Self::default()
        };
        let claims = file.claims(snapshot, library);
        for claim in claims.map_err(|error| failed(&error))? {
            if !rows.has(claim.row) {
                continue;
            }
            let Some(sum) = sums.measure(library, usize::try_from(claim.measure).ok()) else {
                continue;
            };
            let fen = |money: zhida_policies::values::Money| i128::from(money.fen());
            let one = match claim.state {
                ClaimState::Eligible => MeasureSum {
                    eligible: 1,
                    award: fen(claim.least),
                    ..MeasureSum::default()
                },
                ClaimState::Ceiling => MeasureSum {
                    eligible: 1,
                    ceiling: fen(claim.greatest),
                    ..MeasureSum::default()
                },
                ClaimState::Undetermined => MeasureSum {
                    undetermined: 1,
                    ..MeasureSum::default()
                },
                ClaimState::Error => MeasureSum {
                    error: 1,
                    ..MeasureSum::default()
                },
            };
            sum.merge(&one);
        }
        let list = file.payable(snapshot, library);
        let list = list.map_err(|error| failed(&error))?;
        for row in (0..snapshot.len()).filter(|row| rows.has(*row)) {
            for award in list.of(row) {
                let Some(sum) = sums.measure(library, Some(award.measure)) else {
                    continue;
                };
                let is_listed = award.payable.fen() > 0;
                let is_provisional = match award.standing {
                    Standing::MayRise | Standing::MayFall => true,
                    Standing::Final | Standing::Open => false,
                };
                sum.merge(&MeasureSum {
                    payable: i128::from(award.payable.fen()),
                    listed: u64::from(is_listed),
                    provisional: u64::from(is_provisional),
                    ..MeasureSum::default()
                });
            }
        }
        Ok(sums)
    }

    fn measure(&mut self, library: &Library, place: Option<usize>) -> Option<&mut MeasureSum> {
        let measure = library.measures.get(place?)?;
        Some(self.measures.entry(measure.id.to_string()).or_default())
    }

    /// All measures together.
    pub(crate) fn total(&self) -> MeasureSum {
        let mut total = MeasureSum::default();
        for sum in self.measures.values() {
            total.merge(sum);
        }
        total
    }

    /// In the words of the summary of a sweep. What belongs to all enterprises together, as the
    /// funds do, is not known here.
    pub(crate) fn told(&self, head: &SweepHead) -> Value {
        let measures: Vec<Value> = self
            .measures
            .iter()
            .map(|(measure, sum)| sum.told(measure))
            .collect();
        json!({
            "digest": head.digest,
            "snapshot": head.snapshot,
            "policies": head.policies,
            "vocabulary": head.vocabulary,
            "year": head.year,
            "as_of": head.as_of,
            "is_whole": false,
            "enterprises": self.enterprises,
            "measures": measures,
            "total": self.total().told(""),
            "payable": null,
        })
    }
}
