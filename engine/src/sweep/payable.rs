//! What the settlement of a sweep came to: what may be paid, from which funds, what is still
//! provisional, and which rules a person has to look at.

use serde::Serialize;
use zhida_policies::measure::library::Library;
use zhida_policies::values::Money;

use crate::awards::{FundUse, Problem, ProblemKind, Step};
use crate::decision::Reason;
use crate::snapshot::Snapshot;
use crate::sweep::award_block::Listed;
use crate::sweep::award_row::{at, rule_id};
use crate::sweep::payable_sums::{PayableSums, RuleKey};
use crate::sweep::summary::TotalFen;

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

impl PayableSummary {
    /// What a settlement came to, with what became of its list.
    pub(crate) fn new(
        library: &Library,
        snapshot: &Snapshot,
        sums: &PayableSums,
        listed: &Listed,
    ) -> Self {
        let total = sums.total();
        let doubts = sums.doubts().map(|(key, awards)| DoubtSummary {
            rule: rule_name(library, key),
            awards,
        });
        let limits = sums.taken().map(|(key, taken)| LimitSummary {
            rule: rule_name(library, key),
            awards: taken.awards,
            nothing_left: taken.nothing_left,
            reduced: taken.reduced,
        });
        Self {
            root: listed.tree.root().to_string(),
            rows: listed.rows,
            payable: total.payable,
            payable_awards: total.payable_awards,
            nothing_left: total.nothing_left,
            may_rise: sums.may_rise,
            may_fall: sums.may_fall,
            open: sums.open,
            funds: funds(library, &sums.funds),
            limits: limits.collect(),
            doubts: doubts.collect(),
            problem_count: u64::try_from(sums.problems.len()).unwrap_or(u64::MAX),
            problems: problems(library, snapshot, &sums.problems),
        }
    }

    /// Whether a limit, a fund or an open decision made any award another one than it was.
    #[must_use]
    pub fn has_effects(&self) -> bool {
        let provisional = self.may_rise.awards > 0 || self.may_fall.awards > 0;
        provisional || !self.limits.is_empty()
    }
}

fn funds(library: &Library, funds: &[FundUse]) -> Vec<FundSummary> {
    let fen = |money: Money| TotalFen::of(money.fen().into());
    let funds = funds.iter().map(|used| {
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

fn problems(library: &Library, snapshot: &Snapshot, problems: &[Problem]) -> Vec<ProblemSummary> {
    let named = problems.iter().take(PROBLEMS_NAMED);
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
