//! How the rules of a measure differ between two libraries.
//!
//! Rules are compared by what they say. A rule that is written the same way in both says the same
//! of the names it uses; a name that stands for something else is reported by itself. A rule
//! written in another way is the same where its checked form is.

mod comparing;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use zhida_policies::measure::MeasureRef;

use crate::decision::{Decision, Ineligible, NotApplicable};
use crate::diff::DiffError;
use crate::diff::rules::comparing::Comparing;
use crate::diff::side::Side;
use crate::explain::Place;
use crate::snapshot::vocabulary_digest;

/// Which part of a measure differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RulePart {
    /// 适用地区
    Region,
    /// 有效期
    Validity,
    /// 周期
    Cadence,
    /// 仅限首次
    FirstTimeOnly,
    /// 除外
    Exception,
    /// 资格
    Condition,
    /// 金额 or 上限金额
    Award,
    /// 设 or 定义
    Binding,
    /// 参数
    Parameter,
    /// 名额
    Places,
    /// 起付
    PayableFrom,
    /// 资金
    Fund,
    /// 限额
    Cap,
    /// 就高
    HighestOf,
}

impl RulePart {
    /// Its word.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Region => "适用地区",
            Self::Validity => "有效期",
            Self::Cadence => "周期",
            Self::FirstTimeOnly => "仅限首次",
            Self::Exception => "除外",
            Self::Condition => "资格",
            Self::Award => "金额",
            Self::Binding => "计算项",
            Self::Parameter => "参数",
            Self::Places => "名额",
            Self::PayableFrom => "起付",
            Self::Fund => "资金",
            Self::Cap => "限额",
            Self::HighestOf => "就高",
        }
    }

    /// Whether it belongs to the steps after the decision.
    #[must_use]
    pub const fn is_limit(self) -> bool {
        match self {
            Self::Places | Self::PayableFrom | Self::Fund | Self::Cap | Self::HighestOf => true,
            Self::Region
            | Self::Validity
            | Self::Cadence
            | Self::FirstTimeOnly
            | Self::Exception
            | Self::Condition
            | Self::Award
            | Self::Binding
            | Self::Parameter => false,
        }
    }
}

/// A rule as it is written, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleText {
    /// The rule.
    pub written: String,
    /// The article of the policy that it stands below; empty where it stands below none.
    pub article: String,
    /// Its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Its number among the conditions or exceptions.
    #[serde(skip)]
    index: Option<usize>,
}

/// One rule that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleChange {
    /// Which part it is.
    pub part: RulePart,
    /// Its name: the label of a condition, the name of a binding, parameter, fund, cap or group.
    pub name: String,
    /// In the first library; absent where it is new.
    pub before: Option<RuleText>,
    /// In the second library; absent where it is gone.
    pub after: Option<RuleText>,
}

/// How the measures of two libraries differ.
pub(super) struct RuleDifferences {
    measures: BTreeMap<MeasureRef, Vec<RuleChange>>,
    /// Measures of one library only.
    single: BTreeSet<MeasureRef>,
}

impl RuleDifferences {
    pub(super) fn new(before: &Side<'_>, after: &Side<'_>) -> Result<Self, DiffError> {
        let (old, new) = (before.library, after.library);
        if vocabulary_digest(&old.vocabulary) != vocabulary_digest(&new.vocabulary) {
            return Err(DiffError::Vocabularies);
        }
        let mut found = Self {
            measures: BTreeMap::new(),
            single: BTreeSet::new(),
        };
        for measure in &old.measures {
            let Some(other) = new.measure(&measure.id.0) else {
                found.single.insert(measure.id.clone());
                continue;
            };
            let changes = Comparing { old, new }.measure(measure, other);
            if !changes.is_empty() {
                found.measures.insert(measure.id.clone(), changes);
            }
        }
        let ids = new.measures.iter().map(|measure| &measure.id);
        let added = ids.filter(|id| !old.measure_index.contains_key(id));
        found.single.extend(added.cloned());
        Ok(found)
    }

    /// The measures of both libraries whose rules differ.
    pub(super) fn measures(&self) -> impl Iterator<Item = &MeasureRef> {
        self.measures.keys()
    }

    /// How a measure differs.
    pub(super) fn of(&self, id: &MeasureRef) -> &[RuleChange] {
        self.measures.get(id).map_or(&[], Vec::as_slice)
    }

    /// Whether the decisions of a measure may differ by its rules alone.
    pub(super) fn decide(&self, id: &MeasureRef) -> bool {
        self.single.contains(id) || self.of(id).iter().any(|change| !change.part.is_limit())
    }

    /// How the limits of a measure differ.
    pub(super) fn limits(&self, id: &MeasureRef) -> Vec<RuleChange> {
        let changes = self.of(id).iter().filter(|change| change.part.is_limit());
        changes.cloned().collect()
    }

    /// The rules that made a decision come out differently: those that fail on one side and
    /// differ, or where none does, all that differ.
    pub(super) fn decisive(
        &self,
        id: &MeasureRef,
        old: Option<&Decision>,
        new: Option<&Decision>,
    ) -> Vec<RuleChange> {
        let all = self.of(id).iter().filter(|change| !change.part.is_limit());
        let all: Vec<RuleChange> = all.cloned().collect();
        let (old, new) = (failing(old), failing(new));
        let hit = |text: &Option<RuleText>, part, failing: &BTreeSet<(RulePart, usize)>| {
            let index = text.as_ref().and_then(|text| text.index);
            index.is_some_and(|index| failing.contains(&(part, index)))
        };
        let fails = |change: &&RuleChange| {
            hit(&change.before, change.part, &old) || hit(&change.after, change.part, &new)
        };
        let found: Vec<RuleChange> = all.iter().filter(fails).cloned().collect();
        if found.is_empty() { all } else { found }
    }
}

/// The conditions that are false and the exceptions that hold.
fn failing(decision: Option<&Decision>) -> BTreeSet<(RulePart, usize)> {
    match decision {
        Some(Decision::NotApplicable(NotApplicable::Exceptions(exceptions))) => exceptions
            .iter()
            .map(|one| (RulePart::Exception, one.index))
            .collect(),
        Some(Decision::Ineligible(reasons)) => reasons
            .iter()
            .filter_map(|reason| match reason {
                Ineligible::Condition(one) => Some((RulePart::Condition, one.index)),
                Ineligible::AlreadyPaid { .. } | Ineligible::AwardIsZero => None,
            })
            .collect(),
        Some(
            Decision::NotApplicable(NotApplicable::Region { .. } | NotApplicable::Validity { .. })
            | Decision::Undetermined(_)
            | Decision::Eligible { .. }
            | Decision::Error(_),
        )
        | None => BTreeSet::new(),
    }
}
