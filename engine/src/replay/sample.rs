//! Which awards an auditor should look at first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicBool;

use serde::Serialize;
use sha2::{Digest, Sha256};
use zhida_policies::measure::Measure;
use zhida_policies::values::{Money, Number};

use crate::decision::Decision;
use crate::facts::Facts;
use crate::interpreter::Interpreter;
use crate::replay::nudged::Nudged;
use crate::replay::{ReplayError, Sealed};
use crate::rule_reads::RuleReads;
use crate::sweep::PayableAward;

/// Why an award should be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// A little more or less of one fact, and it would not be due, or be much another amount.
    NearThreshold,
    /// Nothing was ever paid to the enterprise, as far as the ledger of the snapshot knows.
    FirstTime,
    /// The enterprise has changed its account.
    ChangedAccount,
    /// One of the largest.
    Largest,
    /// Drawn by lot.
    Random,
}

impl Risk {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::NearThreshold,
        Self::FirstTime,
        Self::ChangedAccount,
        Self::Largest,
        Self::Random,
    ];

    /// What people call it.
    #[must_use]
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::NearThreshold => "接近门槛",
            Self::FirstTime => "首次受款",
            Self::ChangedAccount => "变更过账户",
            Self::Largest => "金额最大",
            Self::Random => "随机",
        }
    }
}

/// How a sample is drawn.
#[derive(Clone, Copy, Debug)]
pub struct SampleOptions<'a> {
    /// How many of each risk at most.
    pub each: usize,
    /// What the lot depends on: the same words draw the same awards from the same seal.
    pub seed: &'a str,
    /// How little is near, in thousandths of a fact.
    pub margin_permille: u16,
    /// Enterprises that have changed their account.
    pub changed_accounts: &'a BTreeSet<String>,
    /// Draw among these alone, each an enterprise and a measure; among all where there is no list.
    pub among: Option<&'a BTreeSet<(String, String)>>,
}

/// One award of a sample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sampled {
    /// The enterprise, by its code.
    pub enterprise: String,
    /// Its name.
    pub name: String,
    /// The measure.
    pub measure: String,
    /// The number of the instalment, where there are several.
    pub instalment: Option<u16>,
    /// What may be paid.
    pub amount: Money,
    /// Why it was drawn.
    pub risks: Vec<Risk>,
    /// The facts of which a little more or less would change it.
    pub near: Vec<String>,
}

/// A jump of an award is near when it is so many times the nudge.
const JUMP: i64 = 10;

impl Sealed {
    /// Draws awards of the payable list by risk.
    ///
    /// # Shape
    /// By enterprise, then by measure, each once with all that it was drawn for. Within a risk the
    /// lot decides, which is SHA-256 over seed, seal, enterprise, measure and instalment; the
    /// largest are the largest.
    /// # Errors
    /// What a sweep says.
    pub fn sample(
        &self,
        options: SampleOptions<'_>,
        cancel: &AtomicBool,
    ) -> Result<Vec<Sampled>, ReplayError> {
        let mut awards = self.awards_of((&self.snapshot, &self.library), cancel)?;
        if let Some(among) = options.among {
            awards.retain(|award| {
                let enterprise = self.snapshot.uscc(award.row).to_owned();
                among.contains(&(enterprise, award.measure.to_string()))
            });
        }
        let mut lot: Vec<usize> = (0..awards.len()).collect();
        lot.sort_by_cached_key(|place| {
            let award = awards.get(*place);
            award.map(|award| self.rank(options.seed, award))
        });
        let mut drawn: BTreeMap<usize, (Vec<Risk>, Vec<String>)> = BTreeMap::new();
        for risk in Risk::ALL {
            let mut order = lot.clone();
            if risk == Risk::Largest {
                order.sort_by_key(|place| awards.get(*place).map(|award| Reverse(award.amount)));
            }
            let mut left = options.each;
            for place in order {
                let Some(award) = awards.get(place).filter(|_| left > 0) else {
                    break;
                };
                if let Some(near) = self.is_at_risk(risk, award, options) {
                    let entry = drawn.entry(place).or_default();
                    entry.0.push(risk);
                    entry.1.extend(near);
                    left = left.saturating_sub(1);
                }
            }
        }
        let sampled = drawn.into_iter().filter_map(|(place, (risks, near))| {
            let award = awards.get(place)?;
            Some(Sampled {
                enterprise: self.snapshot.uscc(award.row).to_owned(),
                name: self.snapshot.name(award.row).to_owned(),
                measure: award.measure.to_string(),
                instalment: award.instalment,
                amount: award.amount,
                risks,
                near,
            })
        });
        let mut sampled: Vec<Sampled> = sampled.collect();
        sampled.sort_by(|one, other| {
            let key = |of: &Sampled| (of.enterprise.clone(), of.measure.clone(), of.instalment);
            key(one).cmp(&key(other))
        });
        Ok(sampled)
    }

    fn rank(&self, seed: &str, award: &PayableAward) -> [u8; 32] {
        let text = format!(
            "zhida sample\n{seed}\n{}\n{}\n{}\n{}",
            self.digest,
            self.snapshot.uscc(award.row),
            award.measure,
            award.instalment.unwrap_or(0)
        );
        Sha256::digest(text.as_bytes()).into()
    }

    /// Whether an award has a risk, and the facts that make it so.
    fn is_at_risk(
        &self,
        risk: Risk,
        award: &PayableAward,
        options: SampleOptions<'_>,
    ) -> Option<Vec<String>> {
        let uscc = self.snapshot.uscc(award.row);
        let is_it = match risk {
            Risk::NearThreshold => {
                let near = self.near(award, options.margin_permille);
                return (!near.is_empty()).then_some(near);
            }
            Risk::FirstTime => {
                let entries = self.snapshot.ledger().entries();
                let place = entries.partition_point(|entry| *entry.uscc < *uscc);
                entries.get(place).is_none_or(|entry| *entry.uscc != *uscc)
            }
            Risk::ChangedAccount => options.changed_accounts.contains(uscc),
            Risk::Largest | Risk::Random => true,
        };
        is_it.then(Vec::new)
    }

    /// The facts of which a little more or less would change a decision.
    fn near(&self, award: &PayableAward, permille: u16) -> Vec<String> {
        let Some(measure) = self.library.measure(&award.measure.0) else {
            return Vec::new();
        };
        let row = self.snapshot.row(award.row);
        let interpreter = Interpreter::new(&self.library);
        let now = interpreter.decide(measure, &row, self.context());
        let facts = RuleReads::of_measure(measure).facts.into_iter();
        let facts: BTreeSet<_> = facts.map(|read| read.fact).collect();
        let mut near = Vec::new();
        for fact in facts {
            let signs = [-1i64, 1];
            let is_near = signs.into_iter().any(|sign| {
                let parts = sign
                    .saturating_mul(i64::from(permille))
                    .saturating_add(1_000);
                let Ok(ratio) = Number::from_ratio(parts, 1_000) else {
                    return false;
                };
                let facts = Nudged {
                    facts: &row,
                    fact,
                    ratio,
                };
                jumps(&now, &self.decided(&interpreter, measure, &facts), permille)
            });
            if is_near {
                near.push(self.library.vocabulary.fact(fact).name.clone());
            }
        }
        near
    }

    fn decided(
        &self,
        interpreter: &Interpreter<'_>,
        measure: &Measure,
        facts: &dyn Facts,
    ) -> Decision {
        interpreter.decide(measure, facts, self.context())
    }
}

/// Whether two decisions differ by more than a nudge explains.
fn jumps(now: &Decision, then: &Decision, permille: u16) -> bool {
    let (Decision::Eligible { award: one, .. }, Decision::Eligible { award: other, .. }) =
        (now, then)
    else {
        return std::mem::discriminant(now) != std::mem::discriminant(then);
    };
    let (one, other) = (i128::from(one.fen()), i128::from(other.fen()));
    let least = one
        .saturating_mul(i128::from(permille))
        .saturating_mul(JUMP.into());
    one.abs_diff(other).saturating_mul(1_000) > least.unsigned_abs()
}
