//! What one enterprise is entitled to: every measure in one of four groups, with reasons.

use std::sync::Arc;

use zhida_engine::awards::Standing;
use zhida_engine::decision::{Decision, Ineligible};
use zhida_engine::diff::PayableFile;
use zhida_engine::explain::{Explanation, Outcome, OutcomeKind, OutcomeMissing, describe};
use zhida_engine::facts::{Facts, Reading};
use zhida_engine::interpreter::{Context, Interpreter};
use zhida_engine::snapshot::{Row, Snapshot};
use zhida_indexer::prospect::{MeasureSet, Profile, Prospects, Shown};
use zhida_policies::measure::library::Library;
use zhida_policies::measure::{AwardKind, Measure, MeasureRef, PolicyId};
use zhida_policies::values::{Money, Period};

use super::distance::{Gap, Surveyor};
use super::kept::Kept;
use crate::failure::{Failure, Status};
use crate::table::money;
use crate::web::{Material, Published};

/// The four groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    /// You get it.
    Due,
    /// Something is not known, or a person must look.
    Open,
    /// Not yet: a condition is not met.
    NotYet,
    /// Not for you: another place, another time, or an exception.
    Other,
}

impl Group {
    /// The group of an outcome.
    pub(crate) const fn of(kind: OutcomeKind) -> Self {
        match kind {
            OutcomeKind::Eligible => Self::Due,
            OutcomeKind::Undetermined | OutcomeKind::Error => Self::Open,
            OutcomeKind::Ineligible => Self::NotYet,
            OutcomeKind::NotApplicable => Self::Other,
        }
    }
}

/// What an award comes to after all limits of the last sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AfterLimits {
    /// What may be paid now.
    pub(crate) payable: Money,
    /// Whether limits changed it.
    pub(crate) is_reduced: bool,
    /// What may still happen to it, in words.
    pub(crate) standing: &'static str,
}

/// One measure, as it is for one enterprise.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// Its place in the library.
    pub(crate) place: usize,
    /// `policy/measure`.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// The title of its policy.
    pub(crate) policy: String,
    /// The clauses that it rests on.
    pub(crate) basis: String,
    /// What was decided.
    pub(crate) outcome: Outcome,
    /// How far it is from being met.
    pub(crate) gaps: Vec<Gap>,
    /// What remains of it after all limits, where a sweep has found that.
    pub(crate) after: Option<AfterLimits>,
}

impl Line {
    /// Its group.
    pub(crate) fn group(&self) -> Group {
        Group::of(self.outcome.kind)
    }

    /// What orders the lines of a group.
    fn most(&self) -> Money {
        let after = self.after.as_ref().map(|after| after.payable);
        let most = after.or(self.outcome.award).or(self.outcome.greatest);
        most.unwrap_or(Money::ZERO)
    }

    /// The amount of the decision alone, in words.
    pub(crate) fn amount(&self) -> String {
        let outcome = &self.outcome;
        match (outcome.award, outcome.greatest, outcome.kind) {
            (Some(award), _, _) if outcome.award_kind == Some("ceiling") => {
                format!("最高 {} 元", money(award))
            }
            (Some(award), _, _) => format!("{} 元", money(award)),
            (None, Some(most), OutcomeKind::Undetermined) => format!("最高 {} 元", money(most)),
            (None, _, OutcomeKind::Undetermined) => "金额待定".to_owned(),
            (None, _, _) => String::new(),
        }
    }

    /// What is missing, and who owns it.
    pub(crate) fn missing(&self) -> &[OutcomeMissing] {
        &self.outcome.missing
    }
}

/// All measures for one enterprise.
#[derive(Clone, Debug)]
pub(crate) struct MyMeasures {
    /// The code.
    pub(crate) uscc: String,
    /// The registered name.
    pub(crate) name: String,
    /// The assessment year and the as-of date.
    pub(crate) context: Context,
    /// What may be for the enterprise, the largest amount of each group first.
    pub(crate) lines: Vec<Line>,
    /// How many measures are for other places altogether, and were not looked at.
    pub(crate) elsewhere: usize,
    /// Whether a sweep has settled the amounts.
    pub(crate) is_settled: bool,
}

impl MyMeasures {
    /// The lines of a group.
    pub(crate) fn of(&self, group: Group) -> Vec<&Line> {
        let lines = self.lines.iter();
        lines.filter(|line| line.group() == group).collect()
    }

    /// What may be paid now: after limits where a sweep knows, else the awards themselves.
    pub(crate) fn total(&self) -> Money {
        let lines = self.lines.iter();
        let due = lines
            .filter(|line| line.group() == Group::Due && line.outcome.award_kind == Some("amount"));
        let fen = due.fold(0i64, |sum, line| {
            let after = line.after.as_ref().map(|after| after.payable);
            let amount = after.or(line.outcome.award).unwrap_or(Money::ZERO);
            sum.saturating_add(amount.fen())
        });
        Money::from_fen(fen)
    }
}

static PROSPECTS: Kept<Published, Prospects> = Kept::new();
static PAYABLE: Kept<Material, PayableFile> = Kept::new();

/// Who looks, over which policies and facts.
pub(crate) struct Looking {
    /// The policies.
    pub(crate) published: Arc<Published>,
    /// The facts.
    pub(crate) material: Arc<Material>,
}

/// Works out what every look needs, before the first visitor waits for it.
///
/// # Errors
/// What the index or the files of the sweep say.
pub(crate) fn prepare(published: &Arc<Published>, material: &Arc<Material>) -> Result<(), Failure> {
    let looking = Looking {
        published: Arc::clone(published),
        material: Arc::clone(material),
    };
    looking.prospects()?;
    looking.payable().map(drop)
}

impl Looking {
    fn library(&self) -> &Library {
        &self.published.library
    }

    /// The measures of the places where an enterprise is, and of no other place.
    ///
    /// Only its place is looked at: what it does and has may exclude it as well, and then the
    /// reason is to be told.
    fn nearby(&self, row: &Row<'_>) -> Result<MeasureSet, Failure> {
        let prospects = self.prospects()?;
        let vocabulary = &self.library().vocabulary;
        let mut profile = Profile::new(self.material.context.year);
        if let Some(division) = row.division() {
            profile.set_division(division);
        }
        for fact in [vocabulary.region_fact(), vocabulary.zones_fact()] {
            let Some(fact) = fact else { continue };
            if let Reading::Known(value) = row.read(fact, Period::Status) {
                profile.insert(fact, Period::Status, Shown::Known(value));
            }
        }
        Ok(prospects.candidates(&profile))
    }

    fn prospects(&self) -> Result<Arc<Prospects>, Failure> {
        let prospects = PROSPECTS.of(&self.published, |published| {
            Prospects::build(&published.library)
        });
        prospects.map_err(|error| {
            Failure::bad_data(format!("候选索引建不起来:{error}"), "请联系系统管理员")
        })
    }

    /// What the last sweep found payable; nothing where there is none over these facts and
    /// policies.
    fn payable(&self) -> Result<Option<Arc<PayableFile>>, Failure> {
        let Some(sweep) = &self.material.sweep else {
            return Ok(None);
        };
        let is_of_these = sweep.head.policies == self.published.digest
            && sweep.head.snapshot == self.material.snapshot.digest();
        if !is_of_these {
            return Ok(None);
        }
        let library = self.library();
        let list = PAYABLE.of(&self.material, |material| {
            sweep.payable(&material.snapshot, library)
        });
        list.map(Some)
            .map_err(|error| Failure::said(Status::Integrity, error.to_string(), ""))
    }

    /// All measures for the enterprise of a row.
    ///
    /// # Errors
    /// What the index or the files of the sweep say.
    pub(crate) fn all(&self, row: usize) -> Result<MyMeasures, Failure> {
        let snapshot: &Snapshot = &self.material.snapshot;
        let facts = snapshot.row(row);
        let library = self.library();
        let interpreter = Interpreter::new(library);
        let nearby = self.nearby(&facts)?;
        let payable = self.payable()?;
        let mut lines: Vec<Line> = Vec::with_capacity(nearby.len());
        for (place, measure) in library.measures.iter().enumerate() {
            if nearby.contains(place) {
                lines.push(self.line(&interpreter, (place, measure), &facts, payable.as_deref()));
            }
        }
        lines.sort_by_key(|line| (line.group(), std::cmp::Reverse(line.most()), line.place));
        Ok(MyMeasures {
            uscc: snapshot.uscc(row).to_owned(),
            name: snapshot.name(row).to_owned(),
            context: self.material.context,
            elsewhere: library.measures.len().saturating_sub(lines.len()),
            lines,
            is_settled: payable.is_some(),
        })
    }

    /// One measure for the enterprise of a row, with every step.
    ///
    /// # Errors
    /// As [`Looking::all`].
    pub(crate) fn one(&self, row: usize, id: &MeasureRef) -> Result<Option<One>, Failure> {
        let library = self.library();
        let place = library.measure_index.get(id).copied();
        let found = place.and_then(|place| Some((place, library.measures.get(place)?)));
        let Some((place, measure)) = found else {
            return Ok(None);
        };
        let facts = self.material.snapshot.row(row);
        let interpreter = Interpreter::new(library);
        let payable = self.payable()?;
        let line = self.line(&interpreter, (place, measure), &facts, payable.as_deref());
        let explanation = interpreter.explain(measure, &facts, self.material.context);
        Ok(Some(One { line, explanation }))
    }

    fn line(
        &self,
        interpreter: &Interpreter<'_>,
        (place, measure): (usize, &Measure),
        facts: &Row<'_>,
        payable: Option<&PayableFile>,
    ) -> Line {
        let library = self.library();
        let context = self.material.context;
        let decision = interpreter.decide(measure, facts, context);
        let PolicyId(policy) = measure.policy;
        let policy = library.policies.get(policy);
        let listed = payable.map(|list| {
            let mut awards = list.of(facts.index());
            awards.find(|award| award.measure == place).copied()
        });
        // What is open or only a ceiling has no amount that limits could leave.
        let is_amount = matches!(
            decision,
            Decision::Eligible {
                kind: AwardKind::Amount,
                ..
            }
        );
        let listed = listed.flatten().filter(|_| is_amount);
        let after = listed.map(|award| AfterLimits {
            payable: award.payable,
            is_reduced: award.amount != award.base,
            standing: match award.standing {
                Standing::Final => "",
                Standing::MayRise => "以后可能增加,差额补付",
                Standing::MayFall => "还可能减少,暂不兑付",
                Standing::Open => "尚未核定,暂不兑付",
            },
        });
        let surveyor = Surveyor {
            interpreter,
            measure,
            facts,
            context,
        };
        Line {
            place,
            id: measure.id.to_string(),
            name: measure.name.clone(),
            policy: policy.map_or_else(String::new, |policy| policy.title.clone()),
            basis: measure.basis.join("、"),
            gaps: gaps(&surveyor, &decision),
            outcome: describe(library, measure, &decision),
            after,
        }
    }
}

/// One measure for one enterprise.
pub(crate) struct One {
    /// As in the list.
    pub(crate) line: Line,
    /// Step by step.
    pub(crate) explanation: Explanation,
}

/// How far the conditions that fail are from being met.
fn gaps(surveyor: &Surveyor<'_>, decision: &Decision) -> Vec<Gap> {
    let Decision::Ineligible(reasons) = decision else {
        return Vec::new();
    };
    let failed = reasons.iter().filter_map(|reason| match reason {
        Ineligible::Condition(decided) => decided.of(&surveyor.measure.conditions),
        Ineligible::AlreadyPaid { .. } | Ineligible::AwardIsZero => None,
    });
    failed
        .flat_map(|condition| surveyor.gaps(&condition.expression))
        .collect()
}
