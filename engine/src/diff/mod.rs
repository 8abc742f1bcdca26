//! How two sweeps differ: new, lost and changed decisions and awards, and what caused each.
//!
//! Between two sweeps the facts may differ, the rules, or both. They are told apart by deciding
//! the new facts by the old rules: what changes on the way there is the effect of the facts, what
//! changes from there is the effect of the rules, and what the limits over several measures and
//! enterprises do to the award comes last. The three sum to the difference of the award, to the
//! fen.
//!
//! A fact is named as the cause only where the old facts with this one fact new come to what the
//! new facts come to; where no single fact does, the smallest set found that does is named.

mod effects;
mod error;
mod facts;
mod file;
mod limits;
mod payable;
mod rules;
mod side;
#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    reason = "numbers of the tests are small"
)]
mod tests;

use serde::Serialize;
use zhida_policies::measure::MeasureRef;

pub use error::DiffError;
pub use facts::{FactCause, FactChange, FactsHow};
pub use file::{SweepFile, SweepHead, policies_digest};
pub use limits::LimitCause;
pub use payable::{ListedAward, PayableFile};
pub use rules::{RuleChange, RulePart, RuleText};
pub use side::Side;

use crate::awards::ClaimState;
use crate::diff::rules::RuleDifferences;
use crate::diff::side::{Held, Pair};
use crate::sweep::TotalFen;

/// What happened to a decision between two sweeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// Only the second sweep keeps it.
    New,
    /// Only the first sweep keeps it.
    Lost,
    /// Both keep it, and outcome, range or award differ.
    Changed,
}

/// A kept decision and its award.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Standpoint {
    /// What was decided: `eligible`, `ceiling`, `undetermined` or `error`.
    pub outcome: &'static str,
    /// The award of the decision alone; the least of an undetermined one, nothing of a ceiling.
    pub award: TotalFen,
    /// The most that the decision alone can come to; absent where nothing bounds it.
    pub greatest: Option<TotalFen>,
    /// The award after all limits, as things stand.
    pub amount: TotalFen,
}

/// What moved the award, in fen; the three sum to the difference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Effects {
    /// The new facts by the old rules.
    pub facts: TotalFen,
    /// The new rules on the new facts.
    pub rules: TotalFen,
    /// Limits over several measures and enterprises.
    pub limits: TotalFen,
}

impl Effects {
    /// The difference of the award.
    #[must_use]
    pub fn sum(&self) -> TotalFen {
        TotalFen::of(self.facts.fen() + self.rules.fen() + self.limits.fen())
    }

    fn merge(&mut self, other: &Self) {
        self.facts.merge(other.facts);
        self.rules.merge(other.rules);
        self.limits.merge(other.limits);
    }
}

/// One decision that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What happened.
    pub kind: ChangeKind,
    /// The enterprise, by its unified social credit code.
    pub enterprise: String,
    /// Its name.
    pub name: String,
    /// The measure.
    pub measure: String,
    /// The name of the measure.
    pub measure_name: String,
    /// In the first sweep.
    pub before: Option<Standpoint>,
    /// In the second sweep.
    pub after: Option<Standpoint>,
    /// What moved the award.
    pub effects: Effects,
}

/// Why a decision or its award differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DiffCause {
    /// The first snapshot does not hold the enterprise.
    EnterpriseAdded,
    /// The second snapshot does not hold the enterprise.
    EnterpriseRemoved,
    /// The first set of policies does not hold the measure.
    MeasureAdded,
    /// The second set of policies does not hold the measure.
    MeasureRemoved,
    /// Facts of the enterprise differ.
    Facts(FactCause),
    /// Rules differ.
    Rules(Vec<RuleChange>),
    /// Limits over several measures or enterprises came out differently.
    Limits(LimitCause),
}

/// How many decisions differ, and what that is worth.
///
/// # Shape
/// `before = lost + changed + same`, `after = new + changed + same`;
/// `amount_after − amount_before = effects`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DiffCounts {
    /// Decisions that the first sweep keeps.
    pub before: u64,
    /// Decisions that the second sweep keeps.
    pub after: u64,
    /// Only in the second.
    pub new: u64,
    /// Only in the first.
    pub lost: u64,
    /// In both, and different.
    pub changed: u64,
    /// In both, and the same.
    pub same: u64,
    /// The awards of the first sweep, after all limits.
    pub amount_before: TotalFen,
    /// The awards of the second sweep, after all limits.
    pub amount_after: TotalFen,
    /// What moved the awards.
    pub effects: Effects,
}

impl DiffCounts {
    fn merge(&mut self, other: &Self) {
        for (count, more) in [
            (&mut self.before, other.before),
            (&mut self.after, other.after),
            (&mut self.new, other.new),
            (&mut self.lost, other.lost),
            (&mut self.changed, other.changed),
            (&mut self.same, other.same),
        ] {
            *count += more;
        }
        self.amount_before.merge(other.amount_before);
        self.amount_after.merge(other.amount_after);
        self.effects.merge(&other.effects);
    }

    /// Whether no decision and no award differs.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.new == 0 && self.lost == 0 && self.changed == 0
    }
}

/// What differs of one measure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MeasureDiff {
    /// The measure.
    pub measure: String,
    /// Its name.
    pub name: String,
    /// How its decisions differ.
    #[serde(flatten)]
    pub counts: DiffCounts,
    /// How its rules differ.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<RuleChange>,
}

/// Whether an enterprise is counted and named, by its unified social credit code.
pub type Sees<'a> = &'a dyn Fn(&str) -> bool;

fn everybody(_: &str) -> bool {
    true
}

/// Two sweeps side by side.
pub struct Diff<'a> {
    before: &'a Side<'a>,
    after: &'a Side<'a>,
    sees: Sees<'a>,
    rules: RuleDifferences,
    facts_differ: bool,
    pairs: Vec<Pair>,
    /// All measures together.
    pub whole: DiffCounts,
    /// The measures of either sweep of which decisions or rules differ, by name.
    pub measures: Vec<MeasureDiff>,
}

impl<'a> Diff<'a> {
    /// Compares two sweeps.
    ///
    /// # Errors
    /// [`DiffError::Vocabularies`] when the two speak of different facts.
    pub fn new(before: &'a Side<'a>, after: &'a Side<'a>) -> Result<Self, DiffError> {
        Self::among(before, after, &everybody)
    }

    /// Compares two sweeps among some enterprises.
    ///
    /// # Shape
    /// Both sides count the same enterprises, so that counts and effects add up as those of all
    /// do. The awards are those of the whole sweeps: the others stood in line too, and are not
    /// named.
    ///
    /// # Errors
    /// As [`Diff::new`].
    pub fn among(
        before: &'a Side<'a>,
        after: &'a Side<'a>,
        sees: Sees<'a>,
    ) -> Result<Self, DiffError> {
        let rules = RuleDifferences::new(before, after)?;
        let facts_differ =
            before.snapshot.digest() != after.snapshot.digest() || before.context != after.context;
        let mut diff = Self {
            before,
            after,
            sees,
            rules,
            facts_differ,
            pairs: Vec::new(),
            whole: DiffCounts::default(),
            measures: Vec::new(),
        };
        diff.run();
        Ok(diff)
    }

    fn run(&mut self) {
        let mut counts = std::collections::BTreeMap::<MeasureRef, DiffCounts>::new();
        for pair in side::pairs(self.before, self.after) {
            if !self.is_seen(pair) {
                continue;
            }
            let (before, after) = (self.before.held(pair.before), self.after.held(pair.after));
            let Some(id) = self.measure_of(pair) else {
                continue;
            };
            let mut one = DiffCounts {
                before: u64::from(before.is_some()),
                after: u64::from(after.is_some()),
                amount_before: before.map_or_else(TotalFen::default, |held| held.amount()),
                amount_after: after.map_or_else(TotalFen::default, |held| held.amount()),
                ..DiffCounts::default()
            };
            match kind(before, after) {
                None => one.same = 1,
                Some(kind) => {
                    match kind {
                        ChangeKind::New => one.new = 1,
                        ChangeKind::Lost => one.lost = 1,
                        ChangeKind::Changed => one.changed = 1,
                    }
                    one.effects = self.effects(pair);
                    self.pairs.push(pair);
                }
            }
            counts.entry(id).or_default().merge(&one);
        }
        for id in self.rules.measures() {
            counts.entry(id.clone()).or_default();
        }
        for (id, counts) in counts {
            self.whole.merge(&counts);
            let rules = self.rules.of(&id).to_vec();
            if counts.is_nothing() && rules.is_empty() {
                continue;
            }
            let measure = self.after.measure(&id).or(self.before.measure(&id));
            self.measures.push(MeasureDiff {
                name: measure.map_or_else(String::new, |measure| measure.name.clone()),
                measure: id.to_string(),
                counts,
                rules,
            });
        }
    }

    fn is_seen(&self, pair: Pair) -> bool {
        let sees = |side: &Side<'_>, place: Option<usize>| {
            let held = side.held(place);
            held.is_some_and(|held| (self.sees)(side.uscc(held)))
        };
        sees(self.after, pair.after) || sees(self.before, pair.before)
    }

    fn measure_of(&self, pair: Pair) -> Option<MeasureRef> {
        let id = |side: &Side<'_>, place: Option<usize>| {
            let held = side.held(place)?;
            side.measure_id(held).cloned()
        };
        id(self.after, pair.after).or_else(|| id(self.before, pair.before))
    }

    /// How many decisions differ.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether no decision differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// The decisions that differ, by enterprise, then by measure.
    pub fn changes(&self) -> impl Iterator<Item = Change> {
        self.pairs.iter().filter_map(|pair| self.change(*pair))
    }

    /// What caused a change, by its place among [`Diff::changes`].
    #[must_use]
    pub fn causes(&self, place: usize) -> Vec<DiffCause> {
        self.pairs
            .get(place)
            .map_or_else(Vec::new, |pair| self.causes_of(*pair))
    }

    fn change(&self, pair: Pair) -> Option<Change> {
        let (before, after) = (self.before.held(pair.before), self.after.held(pair.after));
        let id = self.measure_of(pair)?;
        let measure = self.after.measure(&id).or(self.before.measure(&id))?;
        let (side, held) = after
            .map(|held| (self.after, held))
            .or(before.map(|held| (self.before, held)))?;
        Some(Change {
            kind: kind(before, after)?,
            enterprise: side.uscc(held).to_owned(),
            name: side.name(held).to_owned(),
            measure: id.to_string(),
            measure_name: measure.name.clone(),
            before: before.map(standpoint),
            after: after.map(standpoint),
            effects: self.effects(pair),
        })
    }
}

/// What happened; nothing where decision and award are the same.
fn kind(before: Option<Held<'_>>, after: Option<Held<'_>>) -> Option<ChangeKind> {
    match (before, after) {
        (None, None) => None,
        (None, Some(_)) => Some(ChangeKind::New),
        (Some(_), None) => Some(ChangeKind::Lost),
        (Some(before), Some(after)) => {
            let same = before.says() == after.says() && before.amount() == after.amount();
            (!same).then_some(ChangeKind::Changed)
        }
    }
}

fn standpoint(held: Held<'_>) -> Standpoint {
    let says = held.says();
    Standpoint {
        outcome: match says.state {
            ClaimState::Eligible => "eligible",
            ClaimState::Ceiling => "ceiling",
            ClaimState::Undetermined => "undetermined",
            ClaimState::Error => "error",
        },
        award: says.worth(),
        greatest: says.greatest(),
        amount: held.amount(),
    }
}
