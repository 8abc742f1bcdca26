//! What a settlement comes to in sums, of all enterprises at once or of some of them at a time.

use rayon::prelude::*;
use zhida_policies::measure::library::Library;
use zhida_policies::values::Money;

use crate::awards::{
    Award, AwardTotals, Change, ClaimState, Doubt, FundUse, Problem, Settled, Standing, Step,
};
use crate::sweep::award_row::at;
use crate::sweep::payable::{OpenDecisions, ProvisionalTotals};
use crate::sweep::summary::TotalFen;

/// Awards that one thread adds up in one go.
const CHUNK: usize = 1 << 16;

/// A rule by step and place.
pub(crate) type RuleKey = (Step, u32);

/// The rules of a step, by its place in the order of steps.
const STEPS: [Step; 6] = [
    Step::EarlierPayments,
    Step::Places,
    Step::HighestOf,
    Step::Caps,
    Step::Funds,
    Step::PayableFrom,
];

/// The sums of a settlement.
pub(crate) struct PayableSums {
    /// By measure, in the order of the library.
    pub(crate) measures: Vec<AwardTotals>,
    /// The funds that a measure draws on, in the order of the library.
    pub(crate) funds: Vec<FundUse>,
    pub(crate) may_rise: ProvisionalTotals,
    pub(crate) may_fall: ProvisionalTotals,
    pub(crate) open: OpenDecisions,
    /// By step, rule and row.
    pub(crate) problems: Vec<Problem>,
    /// By step and rule, how many awards it made provisional.
    doubts: [Vec<u64>; 6],
    taken: [Vec<Taken>; 6],
}

/// What one rule took from the awards of the eligible.
#[derive(Clone, Default)]
pub(crate) struct Taken {
    pub(crate) awards: u64,
    pub(crate) nothing_left: u64,
    pub(crate) reduced: TotalFen,
}

impl PayableSums {
    /// The sums of nobody.
    pub(crate) fn new(library: &Library) -> Self {
        let measures = library.measures.len();
        let rules = |step: Step| match step {
            Step::Caps => library.caps.len(),
            Step::Funds => library.funds.len(),
            Step::HighestOf => library.highest_of.len(),
            Step::EarlierPayments | Step::Places | Step::PayableFrom => measures,
        };
        Self {
            measures: vec![AwardTotals::default(); measures],
            funds: Vec::new(),
            may_rise: ProvisionalTotals::default(),
            may_fall: ProvisionalTotals::default(),
            open: OpenDecisions::default(),
            problems: Vec::new(),
            doubts: STEPS.map(|step| vec![0; rules(step)]),
            taken: STEPS.map(|step| vec![Taken::default(); rules(step)]),
        }
    }

    /// The sums of a settlement, in the current pool.
    pub(crate) fn of(library: &Library, settled: &Settled) -> Self {
        let blank = || Self::new(library);
        let add = |mut sums: Self, awards: &[Award]| {
            awards.iter().for_each(|award| sums.add(award));
            sums
        };
        let merge = |mut sums: Self, others: Self| {
            sums.merge(others);
            sums
        };
        let awards = settled.awards.par_chunks(CHUNK).fold(blank, add);
        let mut sums = awards.reduce(blank, merge);
        let take = |mut sums: Self, (_, changes): &(usize, Vec<Change>)| {
            changes.iter().for_each(|change| sums.take(settled, change));
            sums
        };
        let changes = settled.changes.pieces().par_iter().fold(blank, take);
        sums.merge(changes.reduce(blank, merge));
        sums.measures.clone_from(&settled.measures);
        sums.funds.clone_from(&settled.funds);
        sums.problems.clone_from(&settled.problems);
        sums
    }

    /// Adds a settlement of a few enterprises, on this thread.
    pub(crate) fn add_settled(&mut self, settled: &Settled) {
        settled.awards.iter().for_each(|award| self.add(award));
        let changes = settled.changes.iter();
        changes.for_each(|change| self.take(settled, change));
        for (totals, more) in self.measures.iter_mut().zip(&settled.measures) {
            totals.merge(more);
        }
        self.funds.extend_from_slice(&settled.funds);
        self.problems.extend_from_slice(&settled.problems);
    }

    /// Adds the sums of other enterprises.
    pub(crate) fn merge(&mut self, other: Self) {
        for (totals, more) in self.measures.iter_mut().zip(&other.measures) {
            totals.merge(more);
        }
        self.funds.extend(other.funds);
        for (totals, more) in [
            (&mut self.may_rise, other.may_rise),
            (&mut self.may_fall, other.may_fall),
        ] {
            totals.awards = totals.awards.saturating_add(more.awards);
            totals.unbounded = totals.unbounded.saturating_add(more.unbounded);
            totals.amount.merge(more.amount);
            totals.least.merge(more.least);
            totals.greatest.merge(more.greatest);
        }
        for (count, more) in [
            (&mut self.open.ceiling, other.open.ceiling),
            (&mut self.open.undetermined, other.open.undetermined),
            (&mut self.open.error, other.open.error),
        ] {
            *count = count.saturating_add(more);
        }
        self.problems.extend(other.problems);
        let pairs = self.doubts.iter_mut().flatten();
        for (awards, more) in pairs.zip(other.doubts.iter().flatten()) {
            *awards = awards.saturating_add(*more);
        }
        let pairs = self.taken.iter_mut().flatten();
        for (taken, more) in pairs.zip(other.taken.iter().flatten()) {
            taken.awards = taken.awards.saturating_add(more.awards);
            taken.nothing_left = taken.nothing_left.saturating_add(more.nothing_left);
            taken.reduced.merge(more.reduced);
        }
    }

    /// All measures together.
    pub(crate) fn total(&self) -> AwardTotals {
        let mut total = AwardTotals::default();
        self.measures
            .iter()
            .for_each(|measure| total.merge(measure));
        total
    }

    /// How many awards each rule made provisional.
    pub(crate) fn doubts(&self) -> impl Iterator<Item = (RuleKey, u64)> {
        let steps = STEPS.into_iter().zip(&self.doubts);
        steps.flat_map(|(step, rules)| {
            let rules = (0u32..).zip(rules.iter().copied());
            let found = rules.filter(|(_, awards)| *awards > 0);
            found.map(move |(rule, awards)| ((step, rule), awards))
        })
    }

    /// What each rule took that took anything, in the order of the steps.
    pub(crate) fn taken(&self) -> impl Iterator<Item = (RuleKey, &Taken)> {
        let steps = STEPS.into_iter().zip(&self.taken);
        steps.flat_map(|(step, rules)| {
            let rules = (0u32..).zip(rules);
            let changed = rules.filter(|(_, taken)| taken.awards > 0);
            changed.map(move |(rule, taken)| ((step, rule), taken))
        })
    }

    fn add(&mut self, award: &Award) {
        let totals = match award.standing() {
            Standing::Final => return,
            Standing::MayRise => &mut self.may_rise,
            Standing::MayFall => &mut self.may_fall,
            Standing::Open => {
                match award.state {
                    ClaimState::Ceiling => count(&mut self.open.ceiling),
                    ClaimState::Undetermined => count(&mut self.open.undetermined),
                    ClaimState::Error => count(&mut self.open.error),
                    ClaimState::Eligible => {}
                }
                return;
            }
        };
        count(&mut totals.awards);
        totals.amount.add(Some(award.amount));
        totals.least.add(Some(award.least));
        if award.greatest == Money::MAX {
            count(&mut totals.unbounded);
        } else {
            totals.greatest.add(Some(award.greatest));
        }
        if let Some(Doubt { step, rule }) = award.doubt
            && let Some(awards) = of_rule(&mut self.doubts, step, rule)
        {
            count(awards);
        }
    }

    /// Adds what a change took, where the award is that of somebody eligible.
    fn take(&mut self, settled: &Settled, change: &Change) {
        let award = settled.awards.get(at(change.award));
        if award.is_none_or(|award| award.state != ClaimState::Eligible) {
            return;
        }
        let Some(taken) = of_rule(&mut self.taken, change.step, change.rule) else {
            return;
        };
        count(&mut taken.awards);
        if change.after.is_zero() {
            count(&mut taken.nothing_left);
        }
        let by = i128::from(change.before.fen()).saturating_sub(change.after.fen().into());
        taken.reduced.merge(TotalFen::of(by));
    }
}

/// What is kept of a rule.
fn of_rule<T>(steps: &mut [Vec<T>; 6], step: Step, rule: u32) -> Option<&mut T> {
    let mut rules = STEPS.iter().zip(steps);
    let (_, rules) = rules.find(|(other, _)| **other == step)?;
    rules.get_mut(at(rule))
}

fn count(count: &mut u64) {
    *count = count.saturating_add(1);
}
