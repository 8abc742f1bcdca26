//! Edges 2 to 5: proposed, checked, approved; or sent back.

use zhida_policies::values::Date;

use super::{has_reason, stands_at};
use crate::payouts::actor::{Actor, Role, Signature};
use crate::payouts::command::Terms;
use crate::payouts::draft::Draft;
use crate::payouts::ids::{Digest, PayoutId};
use crate::payouts::payout::Payout;
use crate::payouts::refusal::Refusal;
use crate::payouts::signing::refuse_same_person;
use crate::payouts::stage::{PayoutState, Stage};

impl Draft<'_> {
    pub(in crate::payouts) fn propose(&mut self, id: &PayoutId) -> Result<(), Refusal> {
        let payout = self.see(id)?;
        let signature = self.sign(Role::Maker, &payout.key.bureau)?;
        stands_at(payout, &[PayoutState::Computed], "提出")?;
        self.refuse_blocked(payout)?;
        let payout = self.payout(id)?;
        payout.signatures = vec![signature];
        self.enter(id, Stage::Proposed)
    }

    pub(in crate::payouts) fn check(
        &mut self,
        id: &PayoutId,
        recomputed: &Digest,
    ) -> Result<(), Refusal> {
        let payout = self.see(id)?;
        let signature = self.sign(Role::Checker, &payout.key.bureau)?;
        stands_at(payout, &[PayoutState::Proposed], "复核")?;
        refuse_same_person(&signature, &payout.signatures, "兑付事项")?;
        // The leaf alone would not show an amount that was put in beside it.
        if payout.award_digest() != *recomputed {
            return Err(Refusal::NotRecomputed(id.clone()));
        }
        self.payout(id)?.signatures.push(signature);
        self.enter(id, Stage::Checked)
    }

    pub(in crate::payouts) fn approve(&mut self, id: &PayoutId) -> Result<(), Refusal> {
        let payout = self.see(id)?;
        let bureau = payout.key.bureau.clone();
        let signature = self.sign(Role::Approver, &bureau)?;
        stands_at(payout, &[PayoutState::Checked], "审批")?;
        refuse_same_person(&signature, &payout.signatures, "兑付事项")?;
        self.refuse_above_tier(payout)?;
        refuse_expired(&payout.terms, self.today())?;
        let rules = self.rules(&bureau, "两人审批的起点金额")?;
        let needs_second = rules
            .second_approver_from
            .is_some_and(|from| payout.amount >= from);
        let payout = self.payout(id)?;
        payout.signatures.push(signature);
        let approvers = approvers(payout).count();
        if approvers > usize::from(needs_second) {
            return self.enter(id, Stage::Approved);
        }
        Ok(())
    }

    /// Back to the maker, who may propose again.
    pub(in crate::payouts) fn send_back(
        &mut self,
        id: &PayoutId,
        reason: &str,
    ) -> Result<(), Refusal> {
        let states = [PayoutState::Proposed, PayoutState::Checked];
        self.refuse_proposal(id, reason, &states, "退回")?;
        self.enter(id, Stage::Computed)
    }

    pub(in crate::payouts) fn give_up(
        &mut self,
        id: &PayoutId,
        reason: &str,
    ) -> Result<(), Refusal> {
        // An award of an older sweep that nobody proposed stands in the way of a newer one.
        let states = [
            PayoutState::Computed,
            PayoutState::Proposed,
            PayoutState::Checked,
        ];
        self.refuse_proposal(id, reason, &states, "取消")?;
        self.enter(id, Stage::Cancelled)
    }

    fn refuse_proposal(
        &mut self,
        id: &PayoutId,
        reason: &str,
        states: &[PayoutState],
        step: &'static str,
    ) -> Result<(), Refusal> {
        has_reason(reason)?;
        let payout = self.see(id)?;
        let bureau = payout.key.bureau.clone();
        let as_checker = self.sign(Role::Checker, &bureau);
        as_checker.or_else(|_| self.sign(Role::Approver, &bureau))?;
        stands_at(payout, states, step)?;
        self.payout(id)?.signatures.clear();
        Ok(())
    }

    /// Puts a payout at a stage, from now on.
    pub(in crate::payouts) fn enter(&mut self, id: &PayoutId, stage: Stage) -> Result<(), Refusal> {
        let at = self.order.at;
        let payout = self.payout(id)?;
        payout.stage = stage;
        payout.since = at;
        Ok(())
    }

    /// A delegate approves within the tier of the one who lent the role, and within his own.
    fn refuse_above_tier(&self, payout: &Payout) -> Result<(), Refusal> {
        let users = match &self.order.actor {
            Actor::User(user) => vec![user],
            Actor::Delegate { user, of } => vec![user, of],
            Actor::System | Actor::Assisted { .. } => Vec::new(),
        };
        for id in users {
            let user = self.active(id)?;
            if let Some(limit) = user.approves_up_to
                && payout.amount > limit
            {
                return Err(Refusal::AboveTier {
                    user: user.id.clone(),
                    amount: payout.amount,
                    limit,
                });
            }
        }
        Ok(())
    }
}

/// Who approved the present amount.
pub(in crate::payouts) fn approvers(payout: &Payout) -> impl Iterator<Item = &Signature> {
    let signatures = payout.signatures.iter();
    signatures.filter(|signature| signature.role == Role::Approver)
}

/// The policy must be in force, or the award date inside its time.
fn refuse_expired(terms: &Terms, today: Date) -> Result<(), Refusal> {
    let is_inside =
        |day: Date| terms.effective <= day && terms.expires.is_none_or(|expires| day <= expires);
    if is_inside(today) || is_inside(terms.award_date) {
        return Ok(());
    }
    match terms.expires {
        Some(expires) if today > expires => Err(Refusal::PolicyExpired(expires)),
        Some(_) | None => Err(Refusal::DatesDisagree(format!(
            "政策自{}起施行，认定日期{}",
            terms.effective, terms.award_date
        ))),
    }
}
