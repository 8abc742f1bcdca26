//! What an award comes to after all limits, in one line.

use serde::Serialize;
use zhida_policies::values::Money;

use crate::awards::{Award, ClaimState, Standing, Step};
use crate::explain::{Explanation, ExplanationStep, StepState};

/// What an award comes to after all limits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExplainedPayable {
    /// One line that says it all; empty where the limits changed nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// What may be paid now.
    pub payable: Money,
    /// The amount as things stand.
    pub amount: Money,
    /// The least that it can become.
    pub least: Money,
    /// The most that it can become, where something bounds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub greatest: Option<Money>,
    /// How firm it is.
    pub standing: Standing,
    /// Whether steps that need other enterprises are left out.
    pub is_partial: bool,
}

impl Explanation {
    /// The explanation with what its award comes to after all limits, and the steps that lead
    /// there.
    ///
    /// `left_out` holds the steps that were not computed because they need other enterprises, each
    /// with the name of its rule.
    #[must_use]
    pub fn settled(
        self,
        award: &Award,
        steps: Vec<ExplanationStep>,
        left_out: &[(Step, String)],
    ) -> Self {
        let mut continued = self.continued(steps);
        let left_out_steps = left_out
            .iter()
            .map(|(step, name)| not_computed(*step, name));
        continued.steps.extend(left_out_steps);
        continued.payable = Some(ExplainedPayable::new(award, !left_out.is_empty()));
        continued
    }
}

impl ExplainedPayable {
    fn new(award: &Award, is_partial: bool) -> Self {
        Self {
            summary: summary(award, is_partial),
            payable: award.payable(),
            amount: award.amount,
            least: award.least,
            greatest: Some(award.greatest).filter(|greatest| *greatest != Money::MAX),
            standing: award.standing(),
            is_partial,
        }
    }
}

/// The number before what is to be said of it.
fn summary(award: &Award, is_partial: bool) -> String {
    let yuan = |money: Money| format!("{} 元", money.grouped());
    let most = |until: &str| match award.greatest {
        Money::MAX => String::new(),
        greatest => format!("{until} {}", yuan(greatest)),
    };
    if is_partial && award.state == ClaimState::Eligible {
        let amount = yuan(award.amount);
        return format!("单独算得 {amount},还要看其他企业,见下面未计算的步骤");
    }
    match (award.standing(), award.state) {
        (Standing::Final, _) if award.amount == award.base => String::new(),
        (Standing::Final, _) => format!("现在可付 {}", yuan(award.amount)),
        (Standing::MayRise, _) => {
            let later = most(",最多到");
            format!("现在可付 {},以后可能增加{later}", yuan(award.amount))
        }
        (Standing::MayFall, _) => {
            let (amount, least) = (yuan(award.amount), yuan(award.least));
            let most = most(",最多");
            format!("暂不兑付:现在算得 {amount},最少 {least}{most}")
        }
        (Standing::Open, ClaimState::Ceiling) if award.greatest < award.base => {
            format!("暂不兑付:可核定的最多 {}", yuan(award.greatest))
        }
        (Standing::Open, _) => String::new(),
    }
}

/// A step that needs other enterprises.
fn not_computed(step: Step, name: &str) -> ExplanationStep {
    ExplanationStep {
        label: format!("第{}步 {}“{name}”", step.number(), step.text()),
        written: "要与其他企业一起算;请用全部企业的快照".to_owned(),
        place: None,
        state: StepState::Unknown,
        result: "未计算".to_owned(),
        source: String::new(),
        owner: String::new(),
        children: Vec::new(),
    }
}
