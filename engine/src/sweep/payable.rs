//! What the settlement of a sweep came to: what may be paid, from which funds, what is still
//! provisional, and which rules a person has to look at.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;
use zhida_policies::measure::library::Library;
use zhida_policies::values::Money;

use crate::awards::{Award, Change, ClaimState, Doubt, ProblemKind, Settled, Standing, Step};
use crate::decision::Reason;
use crate::snapshot::Snapshot;
use crate::sweep::award_block::Listed;
use crate::sweep::award_row::rule_id;
use crate::sweep::summary::TotalFen;

/// Awards that one thread adds up in one go.
const CHUNK: usize = 1 << 16;

/// How many problems are named; all are counted.
const PROBLEMS_NAMED: usize = 100;

/// What the settlement of a sweep came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PayableSummary {
    /// The root of the Merkle tree over the enterprises with their rows of the payable list (RFC
    /// 6962, SHA-256).
    pub root: String,
    /// How many rows the list has.
    pub rows: u64,
    /// What may be paid now.
    pub payable: TotalFen,
    /// Awards of which something may be paid now.
    pub payable_awards: u64,
    /// Eligible awards of which the limits left nothing, whatever arrives.
    pub nothing_left: u64,
    /// Awards that may be paid now and can only grow.
    pub may_rise: ProvisionalTotals,
    /// Awards of which nothing may be paid now, because something could be taken away.
    pub may_fall: ProvisionalTotals,
    /// Decisions that are open themselves.
    pub open: OpenDecisions,
    /// The funds that a measure draws on.
    pub funds: Vec<FundSummary>,
    /// What the rules took from the awards of the eligible, by step and rule.
    ///
    /// The awards less all of this are what may be paid and the amounts of those that may fall.
    pub limits: Vec<LimitSummary>,
    /// Why awards are provisional, by step and rule.
    pub doubts: Vec<DoubtSummary>,
    /// How often a rule gave no value where one was needed.
    pub problem_count: u64,
    /// The first of them.
    pub problems: Vec<ProblemSummary>,
}

/// Eligible awards that someone else's open decision could change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ProvisionalTotals {
    /// How many.
    pub awards: u64,
    /// The amounts as things stand.
    pub amount: TotalFen,
    /// The least that they can become.
    pub least: TotalFen,
    /// The most that they can become, of those that are bounded.
    pub greatest: TotalFen,
    /// How many of them nothing bounds.
    pub unbounded: u64,
}

/// Decisions that are open themselves, so that nothing of them may be paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OpenDecisions {
    /// A person decides the amount up to a ceiling.
    pub ceiling: u64,
    /// Facts are missing.
    pub undetermined: u64,
    /// The award could not be computed.
    pub error: u64,
}

/// A rule by its names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RuleName {
    /// The number of the step.
    pub step: u8,
    /// `policy-id/…` of the fund, cap or group; of the measure itself for the other steps.
    pub rule: String,
    /// Step and rule as people read them.
    pub name: String,
}

/// What a fund came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FundSummary {
    /// `policy-id/fund-id`
    pub fund: String,
    /// Its name.
    pub name: String,
    /// The budget of the year.
    pub budget: TotalFen,
    /// What the ledger had already paid from it for the assessment year.
    pub paid: TotalFen,
    /// What the awards asked for as things stand.
    pub claimed: TotalFen,
    /// What they get as things stand.
    pub granted: TotalFen,
    /// What is left.
    pub left: TotalFen,
    /// How many awards asked for something.
    pub awards: u64,
    /// How many that draw on it are open.
    pub open: u64,
}

/// What a rule took from awards.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LimitSummary {
    /// The rule.
    #[serde(flatten)]
    pub rule: RuleName,
    /// How many awards it changed.
    pub awards: u64,
    /// How many of them it left with nothing.
    pub nothing_left: u64,
    /// By how much it changed them together.
    pub reduced: TotalFen,
}

/// How many awards a rule made provisional.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DoubtSummary {
    /// The rule.
    #[serde(flatten)]
    pub rule: RuleName,
    /// How many awards.
    pub awards: u64,
}

/// A rule that gave no value where one was needed: a person has to look at it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ProblemSummary {
    /// The rule.
    #[serde(flatten)]
    pub rule: RuleName,
    /// The enterprise.
    pub enterprise: String,
    /// The published number of the reason.
    pub code: u16,
    /// The reason in words.
    pub reason: String,
}

/// A rule by step and place.
type RuleKey = (Step, u32);

impl PayableSummary {
    /// What a settlement came to, with what became of its list.
    pub(crate) fn new(
        library: &Library,
        snapshot: &Snapshot,
        settled: &Settled,
        listed: &Listed,
    ) -> Self {
        let mut summary = Self {
            root: listed.tree.root().to_string(),
            rows: listed.rows,
            payable: settled.total.payable,
            payable_awards: settled.total.payable_awards,
            nothing_left: settled.total.nothing_left,
            funds: funds(library, settled),
            limits: limits(library, settled),
            problem_count: u64::try_from(settled.problems.len()).unwrap_or(u64::MAX),
            problems: problems(library, snapshot, settled),
            ..Self::default()
        };
        summary.add_provisional(library, settled);
        summary
    }

    fn add_provisional(&mut self, library: &Library, settled: &Settled) {
        let blank = Provisional::default;
        let add = |mut sums: Provisional, awards: &[Award]| {
            awards.iter().for_each(|award| sums.add(award));
            sums
        };
        let chunks = settled.awards.par_chunks(CHUNK).fold(blank, add);
        let sums = chunks.reduce(blank, Provisional::merge);
        (self.may_rise, self.may_fall, self.open) = (sums.may_rise, sums.may_fall, sums.open);
        let doubts = sums.doubts.into_iter();
        self.doubts = doubts
            .map(|(key, awards)| DoubtSummary {
                rule: rule_name(library, key),
                awards,
            })
            .collect();
    }

    /// Whether a limit, a fund or an open decision made any award another one than it was.
    #[must_use]
    pub fn has_effects(&self) -> bool {
        let provisional = self.may_rise.awards > 0 || self.may_fall.awards > 0;
        provisional || !self.limits.is_empty()
    }
}

/// What is provisional of some awards.
#[derive(Default)]
struct Provisional {
    may_rise: ProvisionalTotals,
    may_fall: ProvisionalTotals,
    open: OpenDecisions,
    doubts: BTreeMap<RuleKey, u64>,
}

impl Provisional {
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
        if let Some(Doubt { step, rule }) = award.doubt {
            count(self.doubts.entry((step, rule)).or_default());
        }
    }

    fn merge(mut self, other: Self) -> Self {
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
        for (key, awards) in other.doubts {
            let all = self.doubts.entry(key).or_default();
            *all = all.saturating_add(awards);
        }
        self
    }
}

fn count(count: &mut u64) {
    *count = count.saturating_add(1);
}

fn funds(library: &Library, settled: &Settled) -> Vec<FundSummary> {
    let fen = |money: Money| TotalFen::of(money.fen().into());
    let funds = settled.funds.iter().map(|used| {
        let fund = library.funds.get(at(used.fund));
        FundSummary {
            fund: fund.map_or_else(String::new, |fund| fund.id.to_string()),
            name: fund.map_or_else(String::new, |fund| fund.name.clone()),
            budget: fen(used.budget),
            paid: fen(used.paid),
            claimed: used.claimed,
            granted: used.granted,
            left: fen(used.left),
            awards: used.awards,
            open: used.open,
        }
    });
    funds.collect()
}

/// The rules of a step, by its place in the order of steps.
const STEPS: [Step; 6] = [
    Step::EarlierPayments,
    Step::Places,
    Step::HighestOf,
    Step::Caps,
    Step::Funds,
    Step::PayableFrom,
];

/// What one rule took.
#[derive(Clone, Default)]
struct Taken {
    awards: u64,
    nothing_left: u64,
    reduced: TotalFen,
}

/// What the steps changed of the awards of the eligible.
fn limits(library: &Library, settled: &Settled) -> Vec<LimitSummary> {
    let rules = |step: &Step| match step {
        Step::Caps => library.caps.len(),
        Step::Funds => library.funds.len(),
        Step::HighestOf => library.highest_of.len(),
        Step::EarlierPayments | Step::Places | Step::PayableFrom => library.measures.len(),
    };
    let blank = || STEPS.map(|step| vec![Taken::default(); rules(&step)]);
    let add = |mut taken: [Vec<Taken>; 6], (_, changes): &(usize, Vec<Change>)| {
        for change in changes {
            let award = settled.awards.get(at(change.award));
            let is_eligible = award.is_some_and(|award| award.state == ClaimState::Eligible);
            let places = STEPS.iter().zip(&mut taken);
            let rules = places.filter(|(step, _)| **step == change.step);
            let mut rule = rules.filter_map(|(_, rules)| rules.get_mut(at(change.rule)));
            let Some(limit) = rule.next().filter(|_| is_eligible) else {
                continue;
            };
            count(&mut limit.awards);
            if change.after.is_zero() {
                count(&mut limit.nothing_left);
            }
            let by = i128::from(change.before.fen()).saturating_sub(change.after.fen().into());
            limit.reduced.merge(TotalFen::of(by));
        }
        taken
    };
    let merge = |mut taken: [Vec<Taken>; 6], others: [Vec<Taken>; 6]| {
        let pairs = taken.iter_mut().flatten().zip(others.iter().flatten());
        for (limit, other) in pairs {
            limit.awards = limit.awards.saturating_add(other.awards);
            limit.nothing_left = limit.nothing_left.saturating_add(other.nothing_left);
            limit.reduced.merge(other.reduced);
        }
        taken
    };
    let pieces = settled.changes.pieces().par_iter().fold(blank, add);
    let taken = pieces.reduce(blank, merge);
    let steps = STEPS.into_iter().zip(taken);
    let limits = steps.flat_map(|(step, rules)| {
        let rules = (0u32..).zip(rules);
        let changed = rules.filter(|(_, taken)| taken.awards > 0);
        changed.map(move |(rule, taken)| ((step, rule), taken))
    });
    limits
        .map(|(key, taken)| LimitSummary {
            rule: rule_name(library, key),
            awards: taken.awards,
            nothing_left: taken.nothing_left,
            reduced: taken.reduced,
        })
        .collect()
}

fn problems(library: &Library, snapshot: &Snapshot, settled: &Settled) -> Vec<ProblemSummary> {
    let named = settled.problems.iter().take(PROBLEMS_NAMED);
    let named = named.map(|problem| {
        let (code, reason) = match problem.kind {
            ProblemKind::Undefined(reason) => {
                let reason = Reason::from(reason);
                (reason.code(), reason.text())
            }
            ProblemKind::LimitsDiffer => (
                Reason::RuleWithoutValue.code(),
                "同组各企业算得的限额不一,须人工核定",
            ),
        };
        ProblemSummary {
            rule: rule_name(library, (problem.at.step, problem.at.rule)),
            enterprise: snapshot.uscc(at(problem.row)).to_owned(),
            code,
            reason: reason.to_owned(),
        }
    });
    named.collect()
}

fn rule_name(library: &Library, (step, rule): RuleKey) -> RuleName {
    let place = at(rule);
    let name = match step {
        Step::Caps => library.caps.get(place).map(|cap| &cap.name),
        Step::Funds => library.funds.get(place).map(|fund| &fund.name),
        Step::HighestOf => library.highest_of.get(place).map(|group| &group.name),
        Step::EarlierPayments | Step::Places | Step::PayableFrom => {
            library.measures.get(place).map(|measure| &measure.name)
        }
    };
    RuleName {
        step: step.number(),
        rule: rule_id(library, step, rule).to_owned(),
        name: format!("{}“{}”", step.text(), name.map_or("", String::as_str)),
    }
}

fn at(place: u32) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}
